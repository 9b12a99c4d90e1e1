"""Finding records: by words, number, serial, kind, person, place and day. Ids first, however many; rows by `pages`.

What is asked for by words comes newest first by arrival; without words, by when it occurred. Days are those of this
laptop's time zone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Final

from fieldkit.domain.asking import Asked
from fieldkit.domain.numbers import looks_like_number
from fieldkit.errors import UsageError
from fieldkit.vault.places_tree import PlaceTree
from fieldkit.vault.reading import VaultReader
from fieldkit.vault.search import find_rows

MOST_FOUND: Final = 1_000
"""Records that words are looked up for; who needs more narrows down."""
BOOKKEEPING: Final = ("log", "member", "compartment", "witness", "media", "camera")
"""Kinds that a timeline leaves out unless they are asked for."""
# The unary plus keeps the engine from leaving the index of time for that of kinds.
_NOT_KEPT: Final = f"+kind NOT IN ({','.join('?' * len(BOOKKEEPING))})"
_AT_ONCE: Final = 500


def found(reader: VaultReader, asked: Asked, limit: int = MOST_FOUND) -> list[str]:
    """The ids of the records that are asked for, newest first, retracted ones too. What words or nothing ask for is at
    most `limit`; what filters alone ask for is all of it.

    A number or a serial that is asked for alone comes first.
    """
    narrowed = _narrowed(reader, asked)
    if narrowed is None:
        return []
    conditions, values = narrowed
    if asked.on is not None:
        first, after = bounds(asked.on)
        conditions = [*conditions, "n IN (SELECT n FROM records WHERE occurred >= ? AND occurred < ?)"]
        values = [*values, first, after]
    if not asked.words:
        return _in_time(reader, asked, conditions, values, limit if asked.is_empty else -1)
    rows = find_rows(reader._store, asked.words, asked.kinds, limit, conditions, values)
    by_row: dict[int, str] = {}
    for start in range(0, len(rows), _AT_ONCE):
        part = rows[start : start + _AT_ONCE]
        marks = ",".join("?" * len(part))
        by_row.update(reader._rows(f"SELECT n, id FROM records WHERE n IN ({marks})", *part))
    ids = [by_row[n] for n in rows if n in by_row]
    exact = _exact(reader, asked)
    return list(dict.fromkeys([*exact, *ids]))


def on_day(reader: VaultReader, day: date, asked: Asked) -> list[str]:
    """The ids of what occurred on a day and is asked for, the last first; bookkeeping only if asked for."""
    if asked.words:
        return found(reader, Asked(asked.words, asked.kinds, asked.by, asked.at, day, asked.unknown))
    narrowed = _narrowed(reader, asked)
    if narrowed is None:
        return []
    conditions, values = narrowed
    first, after = bounds(day)
    conditions = [*conditions, "occurred >= ? AND occurred < ?"]
    values = [*values, first, after]
    if not asked.kinds:
        conditions.append(_NOT_KEPT)
        values += BOOKKEEPING
    return _in_time(reader, asked, conditions, values)


def days(reader: VaultReader) -> Iterator[tuple[date, int]]:
    """Every day on which something occurred, the last first, and how many records it has; bookkeeping left out."""
    day = last_day(reader)
    while day is not None:
        ((count,),) = reader._rows(
            f"SELECT count(*) FROM records WHERE {_NOT_KEPT} AND occurred >= ? AND occurred < ?",
            *BOOKKEEPING,
            *bounds(day),
        )
        yield day, count
        day = last_day(reader, before=day)


def last_day(reader: VaultReader, *, before: date | None = None) -> date | None:
    """The last day on which something occurred, or the last one before a day."""
    limit, values = ("AND occurred < ?", (bounds(before)[0],)) if before else ("", ())
    return _day_of(
        reader, f"SELECT max(occurred) FROM records WHERE {_NOT_KEPT} {limit}", *BOOKKEEPING, *values
    )


def next_day(reader: VaultReader, after: date) -> date | None:
    """The first day after a day on which something occurred."""
    asked = f"SELECT min(occurred) FROM records WHERE {_NOT_KEPT} AND occurred >= ?"
    return _day_of(reader, asked, *BOOKKEEPING, bounds(after)[1])


def bounds(day: date) -> tuple[str, str]:
    """The first instant of a day and of the next, in UTC, as records have them."""

    def start(of: date) -> str:
        return datetime(of.year, of.month, of.day).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000000Z")

    return start(day), start(day + timedelta(days=1))


def _day_of(reader: VaultReader, sql: str, *values: str) -> date | None:
    ((at,),) = reader._rows(sql, *values)
    try:
        return datetime.fromisoformat(at).astimezone().date() if at else None
    except ValueError:
        return None


def _in_time(
    reader: VaultReader, asked: Asked, conditions: Sequence[str], values: Sequence[str], limit: int = -1
) -> list[str]:
    """Ids in the order of time. Everything that is asked of a row stands in one index."""
    wanted = list(conditions)
    if asked.kinds:
        wanted.append(f"+kind IN ({','.join('?' * len(asked.kinds))})")
    where = f"WHERE {' AND '.join(wanted)}" if wanted else ""
    return reader._ids(
        f"SELECT id FROM records {where} ORDER BY occurred DESC, n DESC LIMIT ?", *values, *asked.kinds, limit
    )


def _narrowed(reader: VaultReader, asked: Asked) -> tuple[list[str], list[str]] | None:
    """Conditions on the row number for persons and places, with their values; None where nothing can fit."""
    if asked.unknown:
        return None
    conditions: list[str] = []
    values: list[str] = []
    if asked.by:
        people = [each for text in asked.by for each in _people(reader, text)]
        if not people:
            return None
        marks = ",".join("?" * len(people))
        conditions.append(
            f"n IN (SELECT n FROM records WHERE author IN ({marks}))"
            if asked.words
            else f"author IN ({marks})"
        )
        values += people
    if asked.at:
        tree = PlaceTree.read(reader)
        within = [each for text in asked.at for place in tree.like(text) for each in tree.inside(place)]
        if not within:
            return None
        marks = ",".join("?" * len(within))
        conditions.append(
            "n IN (SELECT r.n FROM links l JOIN records r ON r.id = l.source"
            f" WHERE l.field = 'location' AND l.target IN ({marks})"
            f" UNION ALL SELECT n FROM records WHERE id IN ({marks}))"
        )
        values += [*within, *within]
    return conditions, values


def _people(reader: VaultReader, text: str) -> list[str]:
    """Persons by number, or by a part of the name."""
    wanted = text.casefold()
    return [
        view.id
        for view in reader.list("person", retracted=True)
        if wanted == view.number.casefold()
        or any(wanted in str(view.doc.get(name) or "").casefold() for name in ("name", "transliteration"))
    ]


def _exact(reader: VaultReader, asked: Asked) -> list[str]:
    """The record whose number is asked for, or the items with this serial, where that is all that is asked for."""
    if asked.kinds or asked.by or asked.at or asked.on:
        return []
    if looks_like_number(asked.words):
        try:
            return [reader.resolve(asked.words)]
        except UsageError:
            return []
    return [view.id for view in reader.serial_matches(asked.words)]
