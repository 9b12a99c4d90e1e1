"""Lists of any length, a page at a time: first the keys of all rows, cheap to hold, then the rows that are looked at."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from fieldkit.domain.views import RecordView
from fieldkit.vault.reading import _COLUMNS, VaultReader, _view

_AT_ONCE: Final = 500


def ids(reader: VaultReader, kind: str, *, retracted: bool = False) -> list[str]:
    """The ids of all records of a kind, in the order of their numbers."""
    gone = "" if retracted else "AND retracted = 0"
    return reader._ids(
        f"SELECT id FROM records WHERE kind = ? {gone} ORDER BY kind, letter, ordinal, id", kind
    )


def views(reader: VaultReader, wanted: Sequence[str]) -> list[RecordView]:
    """The records of these ids, in this order; ids that name none are left out."""
    found: dict[str, RecordView] = {}
    for start in range(0, len(wanted), _AT_ONCE):
        part = wanted[start : start + _AT_ONCE]
        marks = ",".join("?" * len(part))
        for row in reader._rows(f"SELECT {_COLUMNS} FROM records WHERE id IN ({marks})", *part):
            found[row[0]] = _view(row)
    return [found[each] for each in wanted if each in found]


def since(reader: VaultReader, instant: str, limit: int) -> list[RecordView]:
    """What occurred at or after a UTC instant, newest first, at most `limit`; bookkeeping left out."""
    rows = reader._rows(
        f"SELECT {_COLUMNS} FROM records WHERE occurred >= ? AND retracted = 0"
        " AND kind NOT IN ('log', 'member', 'compartment', 'witness', 'media', 'camera') ORDER BY occurred DESC, n DESC LIMIT ?",
        instant,
        limit,
    )
    return [_view(row) for row in rows]


def newest(reader: VaultReader, kind: str, author: str | None = None) -> RecordView | None:
    """What was recorded last of a kind, by `author` or by anybody."""
    rows = reader._rows(
        f"SELECT {_COLUMNS} FROM records WHERE kind = ?1 AND (?2 IS NULL OR author = ?2) AND retracted = 0"
        " ORDER BY letter DESC, ordinal DESC LIMIT 1",
        kind,
        author,
    )
    return _view(rows[0]) if rows else None
