"""Counting on the spot: what one person met of one item, and what was met that nobody declared.

A count never changes the item or another count: independent recounts stand side by side and are held against each other
in the reconciliation. An item may be named by its number or by a serial as read; a serial that is only near a
declared one is offered with the reason, never taken.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fieldkit.domain.jsontypes import JSON, Doc
from fieldkit.domain.serials import near
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


def find_item(vault: Vault, text: str) -> RecordView:
    """The item that a number, an id or a serial exactly as declared names.

    Raises `UsageError` where none or several fit, offering near serials with the reason.
    """
    candidates = [view for view in vault.serial_matches(text) if not view.retracted]
    exact = [view for view in candidates if text.strip() in _serials(view)]
    if len(exact) == 1:
        return exact[0]
    if len(exact) > 1:
        raise UsageError(
            f"the serial {text!r} stands in {len(exact)} lines: {_listed(exact)}",
            remedy="Name the item by its number.",
        )
    try:
        view = vault.get(text)
    except UsageError:
        raise UsageError(
            f"no item has the number or the serial {text!r}", remedy=_offer(text, candidates)
        ) from None
    if view.kind != "item":
        raise UsageError(f"{view.number} is of kind {view.kind}, not an item", remedy="Name an item.")
    return view


def count(vault: Vault, item: str, values: Mapping[str, JSON], *, author: str | None = None) -> Counted:
    """Record what one person met of one item (number, id or serial as declared).

    `values` are fields of the `count` record; `status` is `found`, `counter` the author and `counted` the number of
    serials unless given. Raises `UsageError` and `RefusedError` as `Vault.record` does.
    """
    view = find_item(vault, item)
    if view.retracted:
        raise RefusedError(f"{view.number} was retracted", remedy="Count the line that stands instead.")
    (recorded,) = vault.record([_count(vault, view.id, values, author)], author=author)
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


def _serials(view: RecordView) -> list[str]:
    held = view.doc.get("serials")
    return [serial for serial in held if isinstance(serial, str)] if isinstance(held, list) else []


def _offer(text: str, candidates: Sequence[RecordView]) -> str:
    offers = [
        f"{serial} of {view.number} ({reason})"
        for view in candidates
        for serial in _serials(view)
        if (reason := near(text, serial)) is not None
    ]
    if not offers:
        return "Look it up with 'fieldkit search', or record it as undeclared."
    return "Near: " + "; ".join(offers[:MOST_OFFERED]) + ". Name the item by its number if it is the one."


def _listed(views: Sequence[RecordView]) -> str:
    shown = ", ".join(view.number for view in views[:MOST_OFFERED])
    return shown if len(views) <= MOST_OFFERED else f"{shown} and {len(views) - MOST_OFFERED} more"
