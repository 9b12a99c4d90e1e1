"""What a comparison of laws needs, gathered from the vault: the control list in use, national lists, what was judged.

Retracted records are left out. A judgement that names no national list counts for whichever is looked at.
"""

from __future__ import annotations

from fieldkit.domain.controls import ControlList, load, shipped
from fieldkit.domain.crosswalk import Comparison, Judgement, NationalList, from_kept
from fieldkit.domain.nearness import suggestion
from fieldkit.domain.views import RecordView
from fieldkit.errors import UnreadableError, UsageError
from fieldkit.vault.vault import Vault


def carried_file(vault: Vault, field: str) -> tuple[bytes, str] | None:
    """The bytes and the number of a file that the mission's record names in `field`; None where it names none."""
    media = vault.get(vault.mission_id).doc.get(field)
    if not isinstance(media, str):
        return None
    view = vault.get(media)
    return b"".join(vault.media.open(view.doc)), view.number


def read_text(data: bytes, where: str) -> str:
    """The text of a file that people edit. Raises `UnreadableError`."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise UnreadableError("not UTF-8 text", where=where, remedy="Save it as UTF-8.") from None


def control_list(vault: Vault) -> ControlList:
    """The list that the mission carries, else the one that ships with fieldkit."""
    carried = carried_file(vault, "control_list")
    return load(read_text(*carried), carried[1]) if carried else shipped()


def national_list(vault: Vault, view: RecordView) -> NationalList:
    """The list that a record names, with its entries as they were read."""
    media = vault.get(str(view.doc.get("entries")))
    data = b"".join(vault.media.open(media.doc))
    return NationalList(str(view.doc.get("title")), from_kept(data, media.number), view.id, view.number)


def find_national_list(vault: Vault, named: str | None) -> RecordView:
    """The record of a list by title or number; the only one where none is named. Raises `UsageError`."""
    lists = list(vault.list("national_list"))
    titles = [str(view.doc.get("title")) for view in lists]
    if named is None and len(lists) == 1:
        return lists[0]
    if not lists:
        raise UsageError(
            "no national list is loaded", remedy="'fieldkit crosswalk load FILE' keeps one with the mission."
        )
    if named is None:
        raise UsageError(
            f"{len(lists)} national lists are loaded",
            where="--list",
            remedy=f"Name one: {', '.join(titles)}.",
        )
    for view, title in zip(lists, titles, strict=True):
        if named in (view.number, view.id) or named.casefold() == title.casefold():
            return view
    raise UsageError(
        f"no national list is called {named!r}",
        where="--list",
        remedy=f"{suggestion(named, titles)}There are: {', '.join(titles)}.",
    )


def judgements(vault: Vault, law: str) -> tuple[Judgement, ...]:
    """What was judged of the national list with this record id."""
    return tuple(_judgement(view) for view in vault.list("crosswalk") if view.doc.get("law") in (None, law))


def comparison(vault: Vault, law: RecordView) -> Comparison:
    """The control list in use against a national list."""
    return Comparison(control_list(vault), national_list(vault, law), judgements(vault, law.id))


def _judgement(view: RecordView) -> Judgement:
    codes = view.doc.get("national_entries")
    return Judgement(
        entry=str(view.doc.get("control_entry", "")),
        relation=str(view.doc.get("relation", "")),
        codes=tuple(str(code) for code in codes) if isinstance(codes, list) else (),
        rationale=str(view.doc.get("rationale") or ""),
        record=view.id,
        number=view.number,
        differs=bool({"relation", "control_entry"}.intersection(view.differs)),
    )
