"""Recording how an entry of the control list stands to a national list: one record for each entry and list, amended later."""

from __future__ import annotations

from collections.abc import Sequence

from fieldkit.domain.crosswalk import judgements_of
from fieldkit.domain.jsontypes import Doc
from fieldkit.domain.views import RecordView
from fieldkit.errors import UsageError
from fieldkit.vault.legislation import control_list, judgements, national_list
from fieldkit.vault.recording import Add, Amend, Recorded
from fieldkit.vault.vault import Vault


def record_relation(
    vault: Vault,
    law: RecordView,
    entry: str,
    codes: Sequence[str],
    relation: str,
    rationale: str,
    *,
    author: str | None = None,
) -> tuple[Recorded, bool]:
    """Record a relation, or amend the record of the same entry and list; what was recorded, and whether it is new.

    Raises `UsageError` for an entry or a code that is not there, or where several records stand for the entry.
    """
    number = control_list(vault).entry(entry).id
    national = national_list(vault, law)
    named = sorted({national.named(code) for code in codes})
    if relation == "absent" and named:
        raise UsageError(
            f"absent, and yet {', '.join(named)} is named",
            where="national entry",
            remedy="Leave the national entry out, or choose another relation.",
        )
    values: Doc = {"relation": relation, "national_entries": list(named), "rationale": rationale}
    standing = judgements_of(number, judgements(vault, law.id))
    if len(standing) > 1:
        raise UsageError(
            f"{len(standing)} records stand for {number}: {', '.join(each.number for each in standing)}",
            where="crosswalk",
            remedy="Amend or retract one of them by its number.",
        )
    if standing:
        change = Amend(standing[0].record, f"judged again: {rationale}", set=values)
        return vault.record([change], author=author)[0], False
    new = Add("crosswalk", {"control_entry": number, "law": law.id, **values})
    return vault.record([new], author=author)[0], True
