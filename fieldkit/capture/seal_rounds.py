"""Looking at seals: a seal is named by its number as read; a near one is offered, never taken."""

from __future__ import annotations

from fieldkit.domain.duplicates import folded
from fieldkit.domain.jsontypes import Doc
from fieldkit.domain.moments import Moment, as_json
from fieldkit.domain.serials import near, one_wrong
from fieldkit.domain.views import RecordView
from fieldkit.errors import RefusedError, UsageError
from fieldkit.vault.reading import VaultReader
from fieldkit.vault.recording import Amend, Recorded
from fieldkit.vault.vault import Vault

RESULTS = ("intact", "broken", "missing", "mismatch")
MOST_OFFERED = 5


def find_seal(vault: VaultReader, number: str) -> RecordView:
    """The seal that a number as printed on it, or its record's number, names. Raises `UsageError` where none or several
    do, offering near ones."""
    found = [
        view
        for view in vault.find("seal", "number", number)
        if not view.retracted and folded(str(view.doc.get("number"))) == folded(number)
    ]
    found = [view for view in found if not view.doc.get("removed")] or found
    if len(found) == 1:
        return found[0]
    if found:
        raise UsageError(
            f"{len(found)} seals bear the number {number}: {', '.join(view.number for view in found)}",
            remedy="That is a finding. Name the record's number.",
        )
    try:
        view = vault.get(number)
    except UsageError:
        raise UsageError(f"no seal has the number {number!r}", remedy=_offer(vault, number)) from None
    if view.kind != "seal":
        raise UsageError(f"{view.number} is of kind {view.kind}, not a seal", remedy="Name a seal.")
    return view


def record_check(
    vault: Vault,
    number: str,
    result: str,
    *,
    at: Moment,
    by: str,
    remark: str = "",
    author: str | None = None,
) -> Recorded:
    """Record one look at a seal. `by` is a person's record id. Raises `RefusedError` where it was taken off already."""
    view = _on(find_seal(vault, number))
    held = view.doc.get("checks")
    check: Doc = {"at": as_json(at), "result": result, "by": by}
    checks = [*(held if isinstance(held, list) else []), check | ({"remark": remark} if remark else {})]
    return vault.record([Amend(view.id, f"looked at: {result}", set={"checks": checks})], author=author)[0]


def remove(
    vault: Vault, number: str, reason: str, *, at: Moment, by: str, author: str | None = None
) -> Recorded:
    """Record that a seal was taken off. Its number is never used again."""
    view = _on(find_seal(vault, number))
    removal: Doc = {"at": as_json(at), "by": by, "reason": reason}
    return vault.record([Amend(view.id, "taken off", set={"removed": removal})], author=author)[0]


def _on(view: RecordView) -> RecordView:
    if view.retracted or view.doc.get("removed"):
        raise RefusedError(
            f"seal {view.doc.get('number')} was {'retracted' if view.retracted else 'taken off'} already",
            where=view.number,
            remedy="Look at it with 'fieldkit show', and read the number on the seal again.",
        )
    return view


def _offer(vault: VaultReader, read: str) -> str:
    offers = [
        f"{number} ({said})"
        for view in vault.list("seal")
        if isinstance(number := view.doc.get("number"), str)
        and (said := near(read, number) or one_wrong(read, number)) is not None
    ]
    if not offers:
        return "'fieldkit list seal' shows all. A seal nobody applied here is an incident: fieldkit add incident …"
    return f"Near: {'; '.join(offers[:MOST_OFFERED])}. If the seal bears another number than recorded, record it as mismatch."
