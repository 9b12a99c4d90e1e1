"""A serial met twice per type and maker: on two declared lines, on two things, or on one thing at two places apart.

Only readings that are the same count; near ones run through whole series. Which of the two is right is for people.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import combinations, islice
from typing import Generic, TypeAlias, TypeVar

from fieldkit.domain.inventory import Count, DeclaredLine, Discrepancy, Finding
from fieldkit.domain.placing import Places
from fieldkit.domain.serials import as_read, is_partial, is_serial

MOST_NAMED = 5
"""Lines named in one finding; the others are numbered."""


_T = TypeVar("_T")
_Key: TypeAlias = tuple[str, str, str]
_Meeting: TypeAlias = tuple[str, Count]
"""The line or thing that a count is of, and the count."""


@lru_cache(maxsize=4096)
def folded(text: str) -> str:
    """A type or maker as it is compared: without regard to case and spacing."""
    return " ".join(text.split()).casefold()


def duplicates(
    lines: Iterable[DeclaredLine],
    by_item: Mapping[str, Sequence[Count]],
    things: Mapping[str, Sequence[Count]],
    places: Places,
) -> dict[str, list[Finding]]:
    """Findings by the id of the line or thing; `by_item` and `things` give the counts of each."""
    declared: _Twice[DeclaredLine] = _Twice()
    met: _Twice[_Meeting] = _Twice()
    for line in lines:
        kind, maker = folded(line.type or line.nomenclature), folded(line.maker)
        for serial in line.serials:
            if is_serial(serial):
                declared.add((as_read(serial), kind, maker), line)
        for count in by_item.get(line.id, ()):
            if count.serials:
                read = folded(count.type) if line.type else ""
                _meet(met, line.id, count, read or kind, maker)
    for id_, counts in things.items():
        for count in counts:
            _meet(met, id_, count, folded(count.type), "")

    found: dict[str, list[Finding]] = defaultdict(list)
    for (serial, *_), group in declared.again.items():
        finding = Finding(
            Discrepancy.DUPLICATE_SERIAL, f"{serial!r} is declared {len(group)} times: {_named(group)}"
        )
        for id_ in dict.fromkeys(line.id for line in group):
            found[id_].append(finding)
    for (serial, *_), meetings in met.again.items():
        if _apart(meetings, places):
            ids = tuple(dict.fromkeys(count.id for _, count in meetings))
            finding = Finding(Discrepancy.DUPLICATE_SERIAL, f"{serial!r} was met more than once", ids)
            for id_ in dict.fromkeys(owner for owner, _ in meetings):
                found[id_].append(finding)
    return found


class _Twice(Generic[_T]):
    """What was met under keys that came more than once; the rest costs one entry."""

    def __init__(self) -> None:
        self._first: dict[_Key, _T] = {}
        self.again: dict[_Key, list[_T]] = {}

    def add(self, key: _Key, value: _T) -> None:
        if key in self._first:
            self.again.setdefault(key, [self._first[key]]).append(value)
        else:
            self._first[key] = value


def _meet(met: _Twice[_Meeting], owner: str, count: Count, kind: str, maker: str) -> None:
    key = kind, folded(count.maker) or maker
    for serial in count.serials:
        if is_serial(serial) and not is_partial(serial):
            met.add((as_read(serial), *key), (owner, count))


def _apart(meetings: Sequence[_Meeting], places: Places) -> bool:
    """Whether the meetings cannot all be of one thing."""
    if any(owner != meetings[0][0] for owner, _ in meetings):
        return True
    if len({count.id for _, count in meetings}) < len(meetings):
        return True
    where = dict.fromkeys(count.location for _, count in meetings)
    return any(not places.related(one, other) for one, other in combinations(where, 2))


def _named(lines: Sequence[DeclaredLine]) -> str:
    named = ", ".join(f"line {line.line}" for line in islice(lines, MOST_NAMED))
    return f"{named} and {len(lines) - MOST_NAMED} more" if len(lines) > MOST_NAMED else named
