"""The inventory in the order in which one walks it: place by place, then line by line, and what is still to do."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from fieldkit.capture.matching import within
from fieldkit.capture.reconciliation import reconcile_inventory
from fieldkit.domain.inventory import LineResult
from fieldkit.vault.reading import VaultReader

DEEPEST = 64
_NUMBERS = re.compile(r"(\d+)")


@dataclass(frozen=True, slots=True)
class Stop:
    """One line to look for: the item's number, the names of its place (outermost first), and how it stands.

    `looked` is whether anybody counted it; `left` are the pieces still to do: not looked for, or to be counted again
    because counts differ.
    """

    number: str
    place: tuple[str, ...]
    result: LineResult
    looked: bool

    @property
    def left(self) -> int:
        """Pieces still to be looked for or counted again."""
        return self.result.left


def walk(
    vault: VaultReader,
    *,
    at: str = "",
    left: bool = False,
    declaration: str | None = None,
    only: frozenset[str] | None = None,
) -> list[Stop]:
    """The declared lines in walking order: those at the place `at` and within it, those with pieces `left`, those of one
    declaration, those whose item ids are among `only`, where asked for."""
    reconciled = reconcile_inventory(vault, declaration)
    way = way_through(vault)
    here = within(vault, at) if at else None
    counted = {view.doc.get("item") for view in vault.list("count")}
    stops = [
        Stop(
            reconciled.numbers[result.declared.id],
            way.path(result.declared.location),
            result,
            result.declared.id in counted or result.left < result.declared.quantity,
        )
        for result in reconciled.result.lines
        if (here is None or result.declared.location in here)
        and (only is None or result.declared.id in only)
        and (result.left or not left)
    ]
    # Sorting keeps the order of the declaration within a place.
    return sorted(stops, key=lambda stop: way.rank(stop.result.declared.location))


class Way:
    """The places in the order in which one walks them; what has no place comes last."""

    def __init__(self, paths: Mapping[str, tuple[str, ...]]) -> None:
        self._paths = paths
        named = {path: [_natural(name) for name in path] for path in paths.values()}
        ranks = {path: rank for rank, path in enumerate(sorted(named, key=lambda path: named[path]))}
        self._ranks = {place: ranks[path] for place, path in paths.items()}
        self._last = len(ranks)

    def path(self, place: str) -> tuple[str, ...]:
        """The names of a place and of those around it, outermost first."""
        return self._paths.get(place, ())

    def rank(self, place: str) -> int:
        """How many differently named places are passed before this one."""
        return self._ranks.get(place, self._last)

    def stops(self) -> list[list[str]]:
        """The places one after the other; those of one name together."""
        found: dict[int, list[str]] = {}
        for place, rank in self._ranks.items():
            found.setdefault(rank, []).append(place)
        return [found[rank] for rank in sorted(found)]


def way_through(vault: VaultReader) -> Way:
    """The way through all places of the mission."""
    places = {
        view.id: (str(view.doc.get("name", view.number)), str(view.doc.get("parent", "")))
        for view in vault.list("location")
    }
    return Way({place: _path(places, place) for place in places})


def _path(places: Mapping[str, tuple[str, str]], place: str) -> tuple[str, ...]:
    names: list[str] = []
    while place in places and len(names) < DEEPEST:
        name, place = places[place]
        names.append(name)
    return tuple(reversed(names))


def _natural(name: str) -> list[tuple[bool, int, str]]:
    """Store 2 before Store 10."""
    return [
        (part.isdecimal(), int(part) if part.isdecimal() else 0, part.casefold())
        for part in _NUMBERS.split(name)
    ]
