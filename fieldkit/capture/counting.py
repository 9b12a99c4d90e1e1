"""Counting on the spot: what one person met of one item, and what was met that nobody declared.

A count never changes the item or another count: independent recounts stand side by side and are held against each other
in the reconciliation. An item may be named by its number or by a serial as read; a serial that is only near a
declared one is offered with the reason, never taken. A person may take it: then the count says what was read, what it
was taken for and what parts the two.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fieldkit.capture.matching import Match, match, nearest, of_type
from fieldkit.domain.jsontypes import JSON, Doc
from fieldkit.domain.serials import as_read
from fieldkit.domain.views import RecordView
from fieldkit.errors import RefusedError, UsageError
from fieldkit.vault.recording import Add, Recorded, uuid7
from fieldkit.vault.vault import Vault

MOST_OFFERED = 5


@dataclass(frozen=True, slots=True)
class Counted:
    """A recorded count, and the item that it is of: its id and number; `undeclared` if the item was recorded with it."""

    count: Recorded
    item: str
    item_number: str
    undeclared: bool


def find_item(vault: Vault, text: str, at: str = "") -> RecordView:
    """The item that a number, an id or a serial exactly as declared names.

    Raises `UsageError` where none or several fit, offering near serials with the reason; those of things declared at
    the place `at` first.
    """
    found = match(vault, text, at)
    exact = {each.item.id: each.item for each in found if each.exact}
    if len(exact) == 1:
        return exact.popitem()[1]
    if exact:
        raise UsageError(
            f"the serial {text!r} stands in {len(exact)} lines: {_listed(list(exact.values()))}",
            remedy="Name the item by its number.",
        )
    try:
        view = vault.get(text)
    except UsageError:
        raise UsageError(f"no item has the number or the serial {text!r}", remedy=_offer(found)) from None
    return _item(view)


def find_type(vault: Vault, name: str, at: str = "") -> RecordView:
    """The one item of a type or name, at the place `at` if given. Raises `UsageError` where none or several fit."""
    found = of_type(vault, name, at)
    where = " declared there" if at else ""
    if not found:
        raise UsageError(
            f"no item of the type {name!r} is{where or ' on the list'}",
            remedy="Look it up with 'fieldkit inventory list', or record it as undeclared.",
        )
    if len(found) > 1:
        raise UsageError(
            f"{len(found)} items{where} are of the type {name!r}: {_listed(found)}",
            remedy="Name one by its number or serial" + (", or the place with --at." if not at else "."),
        )
    return found[0]


def count(vault: Vault, item: str, values: Mapping[str, JSON], *, author: str | None = None) -> Counted:
    """Record what one person met of one item (number, id or serial as declared).

    `values` are fields of the `count` record; `status` is `found`, `counter` the author and `counted` the number of
    serials unless given. Raises `UsageError` and `RefusedError` as `Vault.record` does.
    """
    view = find_item(vault, item)
    _standing(view)
    (recorded,) = vault.record([_count(vault, view.id, values, author)], author=author)
    return Counted(recorded, view.id, view.number, undeclared=False)


def count_taken(
    vault: Vault, read: str, item: str, values: Mapping[str, JSON], *, author: str | None = None
) -> Counted:
    """Record a count of `item` (number or id) whose serial was read as `read`, which a person takes for the declared one.

    The reading stays as it is among the count's serials; `taken` says for which serial it was taken and by what the two
    differ. Raises `UsageError` where the reading is not near a serial of the item.
    """
    view = _item(vault.get(item))
    _standing(view)
    found = nearest(read, view)
    given = values.get("serials")
    filled: Doc = {
        **values,
        "serials": list(dict.fromkeys([as_read(read), *(given if isinstance(given, list) else [])])),
    }
    if not found.exact:
        filled["taken"] = [{"read": as_read(read), "declared": found.serial, "difference": str(found.near)}]
    (recorded,) = vault.record([_count(vault, view.id, filled, author)], author=author)
    return Counted(recorded, view.id, view.number, undeclared=False)


def count_undeclared(
    vault: Vault, item: Mapping[str, JSON], values: Mapping[str, JSON], *, author: str | None = None
) -> Counted:
    """Record something met that is on no list, and the count of it, together.

    `item` gives what it is (nomenclature, type, maker …), `values` are fields of the `count`; one piece unless they say
    otherwise.
    """
    found = uuid7()
    thing: Doc = {**item, "undeclared": True}
    if values.get("serials"):
        thing["observed_serials"] = values["serials"]
    if values.get("location"):
        thing.setdefault("location", values["location"])
    counting = _count(vault, found, {"counted": None, **values}, author)
    if counting.values.get("counted") is None:
        counting = Add("count", {**counting.values, "counted": 1})
    made, recorded = vault.record([Add("item", thing, id=found), counting], author=author)
    return Counted(recorded, found, made.number, undeclared=True)


def _count(vault: Vault, item: str, values: Mapping[str, JSON], author: str | None) -> Add:
    filled: Doc = {**values, "item": item}
    filled.setdefault("status", "found")
    filled.setdefault("counter", author or vault.author)
    serials = filled.get("serials")
    if filled.get("counted") is None and filled["status"] == "found" and isinstance(serials, list):
        filled["counted"] = len({str(serial) for serial in serials})
    return Add("count", filled)


def _item(view: RecordView) -> RecordView:
    if view.kind != "item":
        raise UsageError(f"{view.number} is of kind {view.kind}, not an item", remedy="Name an item.")
    return view


def _standing(view: RecordView) -> None:
    if view.retracted:
        raise RefusedError(f"{view.number} was retracted", remedy="Count the line that stands instead.")


def _offer(found: Sequence[Match]) -> str:
    if not found:
        return "Look it up with 'fieldkit search', or record it as undeclared."
    offers = "; ".join(f"{each.serial} of {each.item.number} ({each.near})" for each in found[:MOST_OFFERED])
    more = f" and {len(found) - MOST_OFFERED} more" if len(found) > MOST_OFFERED else ""
    return f"Near: {offers}{more}. If it is one of them, say so: --take ITEM."


def _listed(views: Sequence[RecordView]) -> str:
    shown = ", ".join(view.number for view in views[:MOST_OFFERED])
    return shown if len(views) <= MOST_OFFERED else f"{shown} and {len(views) - MOST_OFFERED} more"
