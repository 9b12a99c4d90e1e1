"""The lines of the inventory as ids with the place each is declared at, and what changed since one looked last."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import msgspec

from fieldkit.domain.jsontypes import Doc
from fieldkit.vault.reading import VaultReader

_DECLARED: Final = (
    "kind = 'item' AND retracted = 0 AND json_extract(doc, '$.declaration') IS NOT NULL"
    " AND coalesce(json_extract(doc, '$.undeclared'), 0) = 0"
)
_IN_ORDER: Final = "ORDER BY r.kind, r.letter, r.ordinal, r.id"


def declared_lines(reader: VaultReader) -> list[tuple[str, str]]:
    """Every declared line and its place (empty for none), in the order of the numbers."""
    rows = reader._rows(
        f"SELECT id, coalesce(json_extract(doc, '$.location'), '') FROM records r WHERE {_DECLARED} {_IN_ORDER}"
    )
    return [(row[0], row[1]) for row in rows]


def lines_at(reader: VaultReader, places: Sequence[str]) -> list[str]:
    """The declared lines at exactly these places, in the order of the numbers."""
    # CROSS JOIN: the place first, else every item is looked at.
    rows = reader._rows(
        f"SELECT r.id FROM links l CROSS JOIN records r ON r.id = l.source WHERE l.field = 'location'"
        f" AND l.target IN ({','.join('?' * len(places))}) AND {_DECLARED} {_IN_ORDER}",
        *places,
    )
    return [row[0] for row in rows]


def lines_of(reader: VaultReader, declaration: str) -> Iterator[tuple[str, Doc]]:
    """Number and fields of the items that name this declaration and stand, in no order."""
    rows = reader._rows(
        "SELECT r.number, r.doc FROM links l CROSS JOIN records r ON r.id = l.source"
        " WHERE l.target = ? AND l.field = 'declaration' AND r.kind = 'item' AND r.retracted = 0",
        declaration,
    )
    return ((number, msgspec.json.decode(doc)) for number, doc in rows)


def members(reader: VaultReader, declaration: str) -> frozenset[str]:
    """The ids of what names this declaration."""
    rows = reader._rows("SELECT source FROM links WHERE target = ? AND field = 'declaration'", declaration)
    return frozenset(row[0] for row in rows)


def newest_entry(reader: VaultReader) -> int:
    """A number that grows with every entry that comes in."""
    return int(reader._rows("SELECT coalesce(max(n), 0) FROM entries")[0][0])


def changed_since(reader: VaultReader, entry: int, most: int) -> list[tuple[str, str]]:
    """Id and kind of every record that an entry after this one is about; at most `most`."""
    rows = reader._rows(
        "SELECT DISTINCT e.record, coalesce(r.kind, '') FROM entries e LEFT JOIN records r ON r.id = e.record"
        " WHERE e.n > ? LIMIT ?",
        entry,
        most,
    )
    return [(row[0], row[1]) for row in rows]
