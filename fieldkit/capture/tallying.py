"""Counting while one goes along: reading after reading of one item goes into one person's one count of it.

A count begun at a place is carried on there by whoever began it: a further serial is a further piece, a serial read twice
is one. What was near a declared serial is kept as read, with what it was taken for. Nothing here touches the count of
anybody else.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from fieldkit.capture.matching import Match, match, nearest, serials
from fieldkit.domain.jsontypes import JSON, Doc
from fieldkit.domain.numbers import looks_like_number
from fieldkit.domain.serials import as_read
from fieldkit.domain.views import RecordView
from fieldkit.errors import RefusedError, UsageError
from fieldkit.vault.reading import VaultReader
from fieldkit.vault.recording import Add, Amend, Change, Recorded, Retract
from fieldkit.vault.vault import Vault

FOUND, NOT_FOUND, NOT_ACCESSIBLE = "found", "not_found", "not_accessible"


@dataclass(frozen=True, slots=True)
class Looked:
    """What a reading is: the one item that it names (with its serial, empty where its number was given), else what it
    may be, nearest first."""

    read: str
    item: RecordView | None
    serial: str
    offers: tuple[Match, ...]


@dataclass(frozen=True, slots=True)
class Tallied:
    """A piece that was counted, or had been `before`: the count's id and number, and how many pieces it holds now."""

    count: str
    number: str
    item: RecordView
    pieces: int
    before: bool = False


def look_up(vault: VaultReader, read: str, at: str = "") -> Looked:
    """What a reading names, as a person holds the thing: a serial exactly as declared, or an item's number; else what it
    is near, things declared at the place `at` before others."""
    found = match(vault, read, at)
    exact = {each.item.id: each for each in found if each.exact}
    if len(exact) == 1:
        (one,) = exact.values()
        return Looked(read, one.item, one.serial, ())
    if not exact and looks_like_number(read.strip()):
        try:
            view = vault.get(read.strip())
        except UsageError:
            return Looked(read, None, "", found)
        if view.kind == "item" and not view.retracted:
            return Looked(read, view, "", ())
    return Looked(read, None, "", tuple(exact.values()) or found)


def asks_for_a_number(item: RecordView) -> bool:
    """Whether a reading says nothing of how many there are: more pieces were declared than serials."""
    declared = item.doc.get("declared")
    return isinstance(declared, int) and declared > max(1, len(serials(item)))


def running(vault: VaultReader, item: str, counter: str, location: str = "") -> RecordView | None:
    """The count of an item that this person carries on at this place: the last one, if something was found."""
    own = [
        view
        for view in vault.referring(item, "item")
        if view.kind == "count"
        and not view.retracted
        and view.doc.get("counter") == counter
        and (view.doc.get("location") or "") == location
    ]
    last = own[-1] if own else None
    return last if last is not None and last.doc.get("status", FOUND) == FOUND else None


def count_reading(
    vault: Vault,
    read: str,
    item: str,
    values: Mapping[str, JSON] | None = None,
    *,
    pieces: int | None = None,
    differs: bool = False,
    author: str | None = None,
) -> Tallied:
    """Count a piece of `item` (record id) whose serial was read as `read`, in this person's count of it.

    `pieces` says how many there are, where a serial does not tell: a count of its own. `differs`: the reading is none of the item's serials,
    and is recorded as it is. Raises `UsageError` where it is not near a serial of the item and `differs` is not said.
    """
    view, reading = _standing(vault, item), as_read(read)
    found = None if differs else nearest(reading, view)
    given, counter = dict(values or {}), author or vault.author
    if pieces is not None:
        change: Change | None = _begun(view, [(reading, found)], {**given, "counted": pieces}, counter)
        own = None
    else:
        own = running(vault, view.id, counter, str(given.get("location") or ""))
        change = carried_on(view, own, [(reading, found)], given, counter)
    if change is None and own is not None:
        return Tallied(own.id, own.number, view, _pieces(own), before=True)
    (made,) = vault.record([change] if change is not None else [], author=author)
    counted = vault.peek(made.id)
    return Tallied(made.id, made.number, view, _pieces(counted) if counted is not None else 1)


def carried_on(
    item: RecordView,
    own: RecordView | None,
    readings: Sequence[tuple[str, Match | None]],
    values: Mapping[str, JSON],
    counter: str,
) -> Change | None:
    """The change that puts readings, each with the serial that it is taken for, into a person's `running` count of an item,
    or begins one; None where all of them stand in it already."""
    if own is None:
        return _begun(item, readings, values, counter)
    held, pairs = _texts(own.doc.get("serials")), _pairs(own.doc.get("taken"))
    known = {str(pair["read"]): str(pair["declared"]) for pair in pairs}
    there = {known.get(each, each) for each in held}
    fresh: dict[str, Match | None] = {}
    for read, found in readings:
        serial = as_read(found.serial) if found is not None else read
        if serial not in there:
            there.add(serial)
            fresh[read] = found
    if not fresh:
        return None
    total = max(_pieces(own), len({*held, *fresh}))
    changed: Doc = {} if total == own.doc.get("counted") else {"counted": total}
    taken = [*pairs, *_taken(fresh.items())]
    changed |= {"taken": taken} if len(taken) > len(pairs) else {}
    return Amend(own.id, "a further piece was read", set=changed, add={"serials": list(fresh)})


def count_lines(
    vault: Vault, items: Sequence[str], values: Mapping[str, JSON], *, author: str | None = None
) -> Sequence[Recorded]:
    """Record the same of several items (record ids), a count each, all or none: how many, or why none could be seen."""
    counter = author or vault.author
    filled = [
        Add("count", {"status": FOUND, "counter": counter, **values, "item": _standing(vault, item).id})
        for item in items
    ]
    return vault.record(filled, author=author)


def verify(
    vault: Vault, items: Sequence[str], location: str = "", *, author: str | None = None
) -> Sequence[Recorded]:
    """Record that what this person counted of the items was identified one by one; an item of one piece that they have
    not counted yet is counted with it. All or none; raises `RefusedError` where a number is lacking."""
    counter = author or vault.author
    changes: list[Change] = []
    for item in items:
        view, own = _standing(vault, item), running(vault, item, counter, location)
        if own is not None:
            held = _pieces(own)
            if own.doc.get("verified") != held:
                said: Doc = {"verified": held}
                said |= {"counted": held} if own.doc.get("counted") is None else {}
                changes.append(Amend(own.id, "identified one by one", set=said))
        elif asks_for_a_number(view) or len(serials(view)) > 1:
            raise RefusedError(
                f"{view.number} is of several pieces, and nobody says how many were met",
                remedy="Count it first, then say that the pieces are verified.",
            )
        else:
            one: Doc = {"status": FOUND, "counter": counter, "item": item, "counted": 1, "verified": 1}
            changes.append(Add("count", one | ({"location": location} if location else {})))
    return vault.record(changes, author=author) if changes else ()


def last_count(vault: VaultReader, item: str, counter: str) -> RecordView | None:
    """What this person recorded last of an item and did not take back."""
    own = [
        view
        for view in vault.referring(item, "item")
        if view.kind == "count" and not view.retracted and view.doc.get("counter") == counter
    ]
    return own[-1] if own else None


def take_back(vault: Vault, item: str, reason: str, *, author: str | None = None) -> Recorded:
    """Retract the last count that this person made of an item, with the reason. Raises `RefusedError` where there is none."""
    own = last_count(vault, item, author or vault.author)
    if own is None:
        raise RefusedError("you have not counted this", remedy="Whoever counted it takes the count back.")
    return vault.record([Retract(own.id, reason)], author=author)[0]


def _begun(
    item: RecordView, readings: Sequence[tuple[str, Match | None]], values: Mapping[str, JSON], counter: str
) -> Add:
    serials = {
        as_read(found.serial) if found is not None else read: (read, found) for read, found in readings
    }
    filled: Doc = {"status": FOUND, "counter": counter, "counted": len(serials), **values, "item": item.id}
    filled["serials"] = [read for read, _ in serials.values()]
    taken = _taken(serials.values())
    return Add("count", filled | ({"taken": taken} if taken else {}))


def _taken(readings: Iterable[tuple[str, Match | None]]) -> list[JSON]:
    return [
        {"read": read, "declared": found.serial, "difference": str(found.near)}
        for read, found in readings
        if found is not None and not found.exact
    ]


def _pieces(count: RecordView) -> int:
    return _number(count.doc.get("counted")) or max(1, len(_texts(count.doc.get("serials"))))


def _standing(vault: VaultReader, item: str) -> RecordView:
    view = vault.peek(item)
    if view is None or view.kind != "item":
        raise UsageError("this is not an item", remedy="Name a line of the inventory.")
    if view.retracted:
        raise RefusedError(f"{view.number} was retracted", remedy="Count the line that stands instead.")
    return view


def _texts(value: JSON) -> list[str]:
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []


def _pairs(value: JSON) -> list[Doc]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _number(value: JSON) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else 0
