"""What stands in a control list's TOML file: one struct per table, field for field.

`verified` says of a fact that it was checked against the edition named in `source`; where a file says nothing it was not.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

import msgspec

Title = Annotated[str, msgspec.Meta(min_length=1, max_length=400)]
Text = Annotated[str, msgspec.Meta(max_length=4000)]
Key = Annotated[str, msgspec.Meta(min_length=1, max_length=60)]


class Group(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One of the letters that divide an item."""

    letter: Annotated[str, msgspec.Meta(pattern="^[A-Z]$")]
    title: Title
    verified: bool = False


class Item(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A numbered item; `reserved` ones are empty."""

    number: Annotated[int, msgspec.Meta(ge=1, le=99)]
    title: Title
    category: Literal["I", "II", ""] = ""
    reserved: bool = False
    note: Text = ""
    verified: bool = False


class Threshold(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """From where an entry controls: `quantity` in `unit`, bounded by at least one of the four bounds."""

    quantity: Key
    unit: Key
    at_least: Decimal | None = None
    above: Decimal | None = None
    below: Decimal | None = None
    at_most: Decimal | None = None
    verified: bool = False

    def in_words(self) -> str:
        """`range at least 300 km`; a number is written out, without an exponent."""
        bounds = (
            ("at least", self.at_least),
            ("above", self.above),
            ("below", self.below),
            ("at most", self.at_most),
        )
        said = " and ".join(f"{word} {value:f}" for word, value in bounds if value is not None)
        return f"{self.quantity} {said} {self.unit}"


class Entry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One entry of the list, `item.group[.paragraph…]`; `words` are what a searcher may call it."""

    id: Key
    title: Title
    note: Text = ""
    words: tuple[Key, ...] = ()
    threshold: tuple[Threshold, ...] = ()
    verified: bool = False


class Definition(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A word that the list uses in its own sense."""

    term: Key
    text: Text
    verified: bool = False


class Concordance(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Entries of this list and the codes of national lists that hold about the same."""

    entries: Annotated[tuple[Key, ...], msgspec.Meta(min_length=1)]
    national: Annotated[tuple[Key, ...], msgspec.Meta(min_length=1)]
    note: Text = ""
    verified: bool = False


class Origin(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which regime the first of a national code's three digits points to."""

    digit: Annotated[str, msgspec.Meta(pattern="^[0-9]$")]
    regime: Title
    note: Text = ""
    verified: bool = False


class Scheme(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A national list that numbers by a prefix and this list's own number."""

    name: Title
    prefix: Key
    verified: bool = False


class Roles(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which entries carry the thresholds for complete systems."""

    complete: Annotated[tuple[Key, ...], msgspec.Meta(min_length=1)]
    range_only: Annotated[tuple[Key, ...], msgspec.Meta(min_length=1)]
    aerosol: Key


class ListFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A whole control list."""

    name: Key
    title: Title
    edition: Key
    source: Title
    note: Text = ""
    classification: Roles | None = None
    group: tuple[Group, ...] = ()
    item: Annotated[tuple[Item, ...], msgspec.Meta(min_length=1)]
    entry: tuple[Entry, ...] = ()
    definition: tuple[Definition, ...] = ()
    concordance: tuple[Concordance, ...] = ()
    origin: tuple[Origin, ...] = ()
    scheme: tuple[Scheme, ...] = ()
