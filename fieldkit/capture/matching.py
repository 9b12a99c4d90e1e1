"""Which inventory line a serial, a type or a place belongs to, as a person on the spot asks it.

A serial that is exactly a declared one names its item. Whatever is only near is told with what parts the two, in
words, and never taken by itself: look-alikes and spacing first, partly illegible readings next, one wrong character
last.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from fieldkit.domain.duplicates import folded
from fieldkit.domain.jsontypes import Doc
from fieldkit.domain.placing import Places
from fieldkit.domain.serials import (
    Near,
    Nearness,
    as_read,
    forms_near,
    forms_one_wrong,
    glob,
    is_partial,
    near,
    one_wrong,
)
from fieldkit.domain.views import RecordView
from fieldkit.errors import UsageError
from fieldkit.vault.naming import target
from fieldkit.vault.reading import VaultReader

MOST_LOOKED_AT = 200
"""Items held against one reading: a list may give every line the same serial."""

_ORDER = (Nearness.SAME, Nearness.LOOKALIKE, Nearness.PARTIAL, Nearness.ONE_WRONG)


@dataclass(frozen=True, slots=True)
class Match:
    """An item, the serial of it that the reading may be, and what parts the two."""

    item: RecordView
    serial: str
    near: Near

    @property
    def exact(self) -> bool:
        """Whether the reading is that serial, character for character."""
        return self.near.nearness is Nearness.SAME


def match(vault: VaultReader, read: str, at: str = "") -> tuple[Match, ...]:
    """Every item that the reading is, or may be, a serial of: nearest first, those declared at the place `at` before
    others. One wrong character is looked for only where nothing nearer is there."""
    found = _near(vault, read)
    if not found:
        found = [
            Match(view, serial, said)
            for view in _standing(vault.serials_of(forms_one_wrong(read), MOST_LOOKED_AT))
            for serial in serials(view)
            if (said := one_wrong(read, serial)) is not None
        ]
    here = within(vault, at) if at else frozenset()
    return tuple(
        sorted(
            found,
            key=lambda each: (
                _ORDER.index(each.near.nearness),
                each.item.doc.get("location") not in here,
                len(each.near.reasons),
                each.item.number,
                each.serial,
            ),
        )
    )


def nearest(read: str, item: RecordView) -> Match:
    """The serial of `item` that the reading may be; `UsageError` where there is none, or two of them are as near."""
    found = [
        Match(item, serial, said)
        for serial in serials(item)
        if (said := near(read, serial) or one_wrong(read, serial)) is not None
    ]
    found.sort(key=lambda each: (_ORDER.index(each.near.nearness), len(each.near.reasons), each.serial))
    if not found:
        held = ", ".join(serials(item)[:5]) or "no serial"
        raise UsageError(
            f"{read!r} is not near a serial of {item.number}",
            remedy=f"It declares {held}. Count {item.number} with serials={read}: the reconciliation tells the difference.",
        )
    if len(found) > 1 and _rank(found[0]) == _rank(found[1]):
        raise UsageError(
            f"{read!r} may be {found[0].serial} or {found[1].serial} of {item.number}",
            remedy="Read it again; if that does not settle it, count the item with serials= as read.",
        )
    return found[0]


def of_type(vault: VaultReader, name: str, at: str = "") -> tuple[RecordView, ...]:
    """The items of a type or of a name, without regard to case and spacing; those at the place `at` only, if given."""
    wanted = folded(name)
    views: Iterable[RecordView]
    if at:
        views = (view for place in within(vault, at) for view in vault.referring(place, "location"))
    else:
        views = vault.list("item")
    found = [
        view
        for view in views
        if view.kind == "item"
        and not view.retracted
        and wanted in (folded(str(view.doc.get(field, ""))) for field in ("type", "nomenclature"))
    ]
    return tuple(sorted(found, key=lambda view: (view.log, view.seq)))


def place(vault: VaultReader, ref: str) -> str:
    """The record id of a place, by its name, one of its other names, its number or id. Raises `UsageError`."""
    record = target(vault, ref, ("location",))
    if vault.kind_of(record) != "location":
        raise UsageError(
            f"{ref} is not a place", remedy="`fieldkit list location` shows which places are known."
        )
    return record


def within(vault: VaultReader, at: str) -> frozenset[str]:
    """A place and every place that it encloses, by id."""
    parents = {view.id: str(view.doc.get("parent", "")) for view in vault.list("location")}
    places = Places(parents)
    return frozenset(one for one in parents if one == at or at in places.enclosing(one)) | {at}


def serials(view: RecordView) -> Sequence[str]:
    """The serials of an item: as declared, and of one that nobody declared those read on it."""
    return serials_in(view.doc)


def serials_in(doc: Doc) -> Sequence[str]:
    """The same of an item's fields."""
    held = doc.get("serials") or (doc.get("observed_serials") if doc.get("undeclared") else ())
    return [serial for serial in held if isinstance(serial, str)] if isinstance(held, list) else []


def _near(vault: VaultReader, read: str) -> list[Match]:
    if is_partial(read):
        views = vault.serials_like(glob(as_read(read)), MOST_LOOKED_AT)
    else:
        views = vault.serials_of(forms_near(read), MOST_LOOKED_AT)
    return [
        Match(view, serial, said)
        for view in _standing(views)
        for serial in serials(view)
        if (said := near(read, serial)) is not None
    ]


def _standing(views: Iterable[RecordView]) -> Iterable[RecordView]:
    return (view for view in views if not view.retracted)


def _rank(found: Match) -> tuple[int, int]:
    return _ORDER.index(found.near.nearness), len(found.near.reasons)
