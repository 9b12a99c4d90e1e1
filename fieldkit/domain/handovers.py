"""Custody without gap and without overlap: every hand-over begins with whoever held the thing before.

The team's own hand-overs are refused where they leave one; what arrives from another laptop may, and is then told.
Hand-overs are ordered by when they occurred, because they may be written down late; those of the same moment by when
they were recorded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from fieldkit.domain.acts import Change
from fieldkit.domain.jsontypes import JSON, Doc
from fieldkit.domain.views import RecordView

_LAST: Final = "~"
"""Sorts after every time."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a chain of custody: a `gap`, an `overlap` or a `seal`, in words, and the hand-overs concerned."""

    sort: str
    text: str
    handovers: tuple[str, ...]


def in_order(handovers: Iterable[RecordView]) -> list[RecordView]:
    """The hand-overs of one thing that stand, as they occurred."""
    return sorted((view for view in handovers if not view.retracted), key=_when)


def faults(
    chain: Sequence[RecordView], name: Callable[[JSON], str], of_team: Callable[[JSON], bool]
) -> list[Fault]:
    """What is wrong with a chain `in_order`. `name` and `of_team` tell of a person's record id what it is called, and
    whether it is of the team: what the host hands over was the host's, and needs no earlier hand-over."""
    found = []
    for first in chain[:1]:
        giver = first.doc.get("from_whom")
        if giver is not None and of_team(giver):
            said = f"a gap: {first.number} is the first hand-over, and nothing says how {name(giver)} came by the thing"
            found.append(Fault("gap", said, (first.number,)))
    for earlier, later in pairwise(chain):
        holder, giver = earlier.doc.get("to_whom"), later.doc.get("from_whom")
        if giver == holder:
            continue
        numbers = (earlier.number, later.number)
        if giver is not None and giver == earlier.doc.get("from_whom"):
            said = f"an overlap: by {earlier.number} and by {later.number}, {name(giver)} hands the same thing over"
            found.append(Fault("overlap", said, numbers))
        else:
            comes = f"comes from {name(giver)}" if giver is not None else "begins anew"
            said = f"a gap: by {earlier.number} it was with {name(holder)}, but {later.number} {comes}"
            found.append(Fault("gap", said, numbers))
    for view in chain:
        state = view.doc.get("seal_state")
        if state not in (None, "intact", "none"):
            found.append(Fault("seal", f"the seal was {state} at {view.number}", (view.number,)))
    return found


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
    for view in sorted(chain, key=_when):
        if _time(view.doc) > at:
            return earlier, view
        earlier = view
    return earlier, None


def _when(view: RecordView) -> tuple[str, str, int, str]:
    return _time(view.doc), view.recorded, view.seq, view.id


def _time(doc: Doc) -> str:
    occurred = doc.get("occurred")
    return str(occurred["at"]) if isinstance(occurred, dict) else _LAST


def _name(change: Change, person: JSON) -> str:
    view = change.lookup.get(person) if isinstance(person, str) else None
    return str(view.doc.get("name")) if view else "nobody"
