"""What refers to a record: by field and kind, few by name, many by their number."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from fieldkit.vault.reading import VaultReader

MOST: Final = 2_000
"""Links that are looked at; a place with more is asked for by its timeline."""


@dataclass(frozen=True, slots=True)
class Referring:
    """The records of a kind that name this one in a field: ids in the order of their numbers, retracted ones too."""

    kind: str
    field: str
    ids: tuple[str, ...]


def referring(reader: VaultReader, record: str, *, without: tuple[str, ...] = ()) -> list[Referring]:
    """What refers to a record, of at most 2,000 links; `without` leaves fields out."""
    rows = reader._rows(
        "SELECT r.kind, l.field, r.id FROM (SELECT field, source FROM links"
        f" WHERE target = ? AND field NOT IN ({','.join('?' * len(without))}) LIMIT ?) l"
        " JOIN records r ON r.id = l.source ORDER BY r.kind, l.field, r.letter, r.ordinal, r.id",
        record,
        *without,
        MOST,
    )
    found: dict[tuple[str, str], list[str]] = {}
    for kind, field, source in rows:
        found.setdefault((kind, field), []).append(source)
    return [Referring(kind, field, tuple(ids)) for (kind, field), ids in found.items()]
