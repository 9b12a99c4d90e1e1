"""Pieces counted at places of which some enclose others.

A place is an id of the location tree. The empty id is "no place noted": it speaks of wherever the pieces were, and so
encloses every place.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

DEEPEST = 64
"""Levels of enclosure that are followed; a tree that closes on itself ends here."""


class Places:
    """The tree of locations, given as each location's encloser."""

    def __init__(self, parents: Mapping[str, str]) -> None:
        self._parents = parents

    def enclosing(self, place: str) -> Iterator[str]:
        """The places around `place`, nearest first."""
        for _ in range(DEEPEST):
            place = self._parents.get(place, "")
            if not place:
                return
            yield place

    def related(self, one: str, other: str) -> bool:
        """Whether the places are the same or one encloses the other."""
        if one == other or not one or not other:
            return True
        return one in self.enclosing(other) or other in self.enclosing(one)

    def pieces(self, counts: Sequence[tuple[str, int]]) -> tuple[int, int]:
        """The lowest and the highest number that the (place, pieces) counts support.

        Counts at one place are recounts; a place that encloses others is a recount of their sum; the rest adds up.
        """
        if len(counts) == 1:
            return counts[0][1], counts[0][1]
        direct: dict[str, list[int]] = defaultdict(list)
        for place, pieces in counts:
            direct[place].append(pieces)
        if len(direct) <= 1:
            alone = next(iter(direct.values()), [0])
            return min(alone), max(alone)
        depth = {place: self._depth(place) for place in direct}
        inner: dict[str, list[tuple[int, int]]] = defaultdict(list)
        total_low = total_high = 0
        for place in sorted(direct, key=lambda p: -depth[p]):
            low, high = min(direct[place]), max(direct[place])
            if inner[place]:
                low = min(low, sum(least for least, _ in inner[place]))
                high = max(high, sum(most for _, most in inner[place]))
            around = self._around(place, depth)
            if around is None:
                total_low, total_high = total_low + low, total_high + high
            else:
                inner[around].append((low, high))
        return total_low, total_high

    def _depth(self, place: str) -> int:
        return sum(1 for _ in self.enclosing(place)) if place else -1

    def _around(self, place: str, depth: Mapping[str, int]) -> str | None:
        """The nearest place of `depth` around `place`."""
        for around in self.enclosing(place):
            if around in depth and depth[around] < depth[place]:
                return around
        return "" if place and "" in depth else None
