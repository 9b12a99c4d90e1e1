"""Custody without gap and without overlap: every hand-over begins with whoever held the thing before.

Hand-overs are ordered by when they occurred, because they may be written down late; those of the same moment by when
they were recorded.
"""

from __future__ import annotations

from typing import Final

from fieldkit.domain.acts import Change
from fieldkit.domain.jsontypes import JSON, Doc
from fieldkit.domain.views import RecordView

_LAST: Final = "~"
"""Sorts after every time."""


def custody_is_unbroken(change: Change) -> None:
    """RefusedError if the act leaves a gap or an overlap in the custody of a thing."""
    thing = change.after.get("thing")
    if change.act != "retract":
        _fits_between(change, str(thing))
    if change.act == "retract" or (change.act == "amend" and change.before.get("thing") != thing):
        _closes_without(change, str(change.before["thing"]))


def _fits_between(change: Change, thing: str) -> None:
    earlier, later = _neighbours(change, thing, _time(change.after))
    giver, taker = change.after.get("from_whom"), change.after.get("to_whom")
    if earlier is not None and giver != earlier.doc.get("to_whom"):
        holder = _name(change, earlier.doc.get("to_whom"))
        change.refuse(
            f"a gap in custody: by {earlier.number} the thing was with {holder}",
            field="from_whom",
            remedy=f"Record the hand-over from {holder} first, or correct from_whom or occurred.",
        )
    if later is not None and taker != later.doc.get("from_whom"):
        change.refuse(
            f"custody would overlap: {later.number} hands the thing over later, and not from {_name(change, taker)}",
            field="to_whom",
            remedy="Correct to_whom or occurred, so that every hand-over begins where the last one ended.",
        )


def _closes_without(change: Change, thing: str) -> None:
    earlier, later = _neighbours(change, thing, _time(change.before))
    if earlier is not None and later is not None and earlier.doc.get("to_whom") != later.doc.get("from_whom"):
        change.refuse(
            f"without it there is a gap in custody between {earlier.number} and {later.number}",
            remedy="Record the right hand-over as a correction of this one.",
        )


def _neighbours(change: Change, thing: str, at: str) -> tuple[RecordView | None, RecordView | None]:
    """The hand-overs of the thing just before (or at) a time and just after it, this record's own left out."""
    earlier: RecordView | None = None
    chain = [
        view
        for view in change.lookup.find("custody", "thing", thing)
        if view.id != change.id and not view.retracted
    ]
    for view in sorted(chain, key=lambda view: (_time(view.doc), view.recorded, view.seq, view.id)):
        if _time(view.doc) > at:
            return earlier, view
        earlier = view
    return earlier, None


def _time(doc: Doc) -> str:
    occurred = doc.get("occurred")
    return str(occurred["at"]) if isinstance(occurred, dict) else _LAST


def _name(change: Change, person: JSON) -> str:
    view = change.lookup.get(person) if isinstance(person, str) else None
    return str(view.doc.get("name")) if view else "nobody"
