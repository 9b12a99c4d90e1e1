"""Two editions of one list: which line of the newer one is which line of the older.

A line is known again by all that it says, else by its serials, else by its printed number (where no line known otherwise has got
another number), else by what it is and where it is, else by what it is. Only what stands once in either edition
decides, and things of which both state other serials are never taken for one; what is left is new, or gone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from fieldkit.domain.jsontypes import JSON, Doc

_WHAT: Final = ("nomenclature", "type", "maker")


@dataclass(slots=True)
class Pairing:
    """Places in the older and the newer edition: `pairs` of one line, `gone` from the older, `added` in the newer."""

    pairs: list[tuple[int, int]] = field(default_factory=list)
    gone: list[int] = field(default_factory=list)
    added: list[int] = field(default_factory=list)


def pair(
    older: Sequence[Doc], newer: Sequence[Doc], compared: Collection[str], declared: Callable[[int], Doc]
) -> Pairing:
    """Pair the lines of two editions, given as items; `compared` names the fields that the newer edition speaks of.

    `older` is how the items stand, `declared` gives what the older edition said of the one at a place: it is asked
    only of lines that do not stand as the newer edition has them.
    """
    names = sorted(compared)

    def whole(line: Doc) -> Hashable:
        return tuple(_hashable(line.get(name) or None) for name in names)

    found = _Finder(older, newer)
    found.alike(whole)
    found.restate(declared)
    found.alike(whole)
    found.single(lambda line: [("serial", serial) for serial in _serials(line)])
    if not found.renumbered():
        found.single(lambda line: _told(line, ("line",)), _agree)
    found.single(lambda line: _told(line, (*_WHAT, "location")), _serials_allow)
    found.single(lambda line: _told(line, _WHAT), _serials_allow)
    return found.pairing()


def differing(before: Mapping[str, JSON], after: Mapping[str, JSON], compared: Iterable[str]) -> list[str]:
    """The compared fields in which two states of a line differ, sorted; an empty set is as good as none."""
    return sorted(name for name in compared if (before.get(name) or None) != (after.get(name) or None))


class _Finder:
    """Pairs lines by one property after the other, each line once."""

    def __init__(self, older: Sequence[Doc], newer: Sequence[Doc]) -> None:
        self._lines = (list(older), newer)
        self._left = (dict.fromkeys(range(len(older))), dict.fromkeys(range(len(newer))))
        self._pairs: list[tuple[int, int]] = []

    def restate(self, declared: Callable[[int], Doc]) -> None:
        """Take the older lines that are left as they were declared."""
        for place in self._left[0]:
            self._lines[0][place] = declared(place)

    def alike(self, key: Callable[[Doc], Hashable]) -> None:
        """Pair lines of one key in their order, however many there are."""
        waiting: dict[Hashable, list[int]] = defaultdict(list)
        for place in reversed(self._left[0]):
            waiting[key(self._lines[0][place])].append(place)
        for place in list(self._left[1]):
            if held := waiting.get(key(self._lines[1][place])):
                self._take(held.pop(), place)

    def single(
        self, keys: Callable[[Doc], Iterable[Hashable]], allowed: Callable[[Doc, Doc], bool] = lambda *_: True
    ) -> None:
        """Pair lines that share a key which only one line left in either edition has."""
        older, newer = (self._index(side, keys) for side in (0, 1))
        for shared, places in newer.items():
            others = older.get(shared, ())
            if len(places) != 1 or len(others) != 1:
                continue
            (one,), (other,) = others, places
            left = one in self._left[0] and other in self._left[1]
            if left and allowed(self._lines[0][one], self._lines[1][other]):
                self._take(one, other)

    def renumbered(self) -> bool:
        """Whether a line that is known again has another printed number."""
        return any(
            self._lines[0][one].get("line") != self._lines[1][other].get("line") for one, other in self._pairs
        )

    def pairing(self) -> Pairing:
        """What was found, in the order of the newer edition; what is gone in that of the older."""
        return Pairing(
            sorted(self._pairs, key=lambda each: each[1]), sorted(self._left[0]), sorted(self._left[1])
        )

    def _index(self, side: int, keys: Callable[[Doc], Iterable[Hashable]]) -> dict[Hashable, list[int]]:
        found: dict[Hashable, list[int]] = defaultdict(list)
        for place in self._left[side]:
            for key in keys(self._lines[side][place]):
                found[key].append(place)
        return found

    def _take(self, one: int, other: int) -> None:
        self._pairs.append((one, other))
        del self._left[0][one], self._left[1][other]


def _serials(line: Doc) -> list[str]:
    held = line.get("serials")
    return [str(serial) for serial in held] if isinstance(held, list) else []


def _serials_allow(one: Doc, other: Doc) -> bool:
    ours, theirs = _serials(one), _serials(other)
    return not ours or not theirs or not set(ours).isdisjoint(theirs)


def _agree(one: Doc, other: Doc) -> bool:
    """Whether two lines of one number may be one thing: they agree in name or type."""
    return any(name in one and one[name] == other.get(name) for name in ("nomenclature", "type"))


def _told(line: Doc, names: Sequence[str]) -> list[Hashable]:
    told = tuple(line.get(name) for name in names)
    return [(names, *told)] if any(told[:2]) else []


def _hashable(value: JSON) -> Hashable:
    if isinstance(value, list):
        return tuple(map(_hashable, value))
    if isinstance(value, dict):
        return tuple((name, _hashable(member)) for name, member in sorted(value.items()))
    return value
