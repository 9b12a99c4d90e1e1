"""The tree of places: paths, what lies within a place, and how much was recorded where."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from fieldkit.domain.views import RecordView
from fieldkit.vault.reading import VaultReader

SEPARATOR: Final = " / "
_DEEPEST: Final = 12


@dataclass(slots=True)
class Place:
    """A place, how deep it lies, and the places directly within it."""

    view: RecordView
    depth: int = 0
    within: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        """Its name, or its number where it has none."""
        return str(self.view.doc.get("name") or self.view.number)

    @property
    def aliases(self) -> tuple[str, ...]:
        """Its other names."""
        found = self.view.doc.get("aliases")
        return tuple(map(str, found)) if isinstance(found, list) else ()


class PlaceTree:
    """Every place by its id, in the order of the tree: those within a place come behind it, by name."""

    def __init__(self, places: Iterable[RecordView]) -> None:
        found = {view.id: Place(view) for view in places}
        roots: list[str] = []
        for record, place in found.items():
            parent = str(place.view.doc.get("parent") or "")
            if parent in found and not _circular(found, record):
                found[parent].within.append(record)
            else:
                roots.append(record)
        self._places: dict[str, Place] = {}
        self._roots = sorted(roots, key=lambda each: _order(found[each]))
        for record in self._roots:
            self._put(found, record, 0)

    @classmethod
    def read(cls, reader: VaultReader) -> PlaceTree:
        """The tree as it stands, retracted places left out."""
        return cls(reader.list("location"))

    @property
    def places(self) -> Mapping[str, Place]:
        """Every place by its id, in the order of the tree."""
        return self._places

    def path(self, record: str) -> str:
        """`Site 2 / Hall / Room 3`; empty where the id is no place's."""
        names: list[str] = []
        while (place := self._places.get(record)) is not None and len(names) < _DEEPEST:
            names.append(place.name)
            record = self.parent(record)
        return SEPARATOR.join(reversed(names))

    def inside(self, record: str) -> Iterator[str]:
        """The id of a place and of every place within it, however deep."""
        place = self._places.get(record)
        if place is None:
            return
        yield record
        for each in place.within:
            yield from self.inside(each)

    def like(self, text: str) -> list[str]:
        """The places whose number or one of whose names is `text`; else those in whose names it occurs."""
        wanted = text.strip().casefold()
        exact = [
            record
            for record, place in self._places.items()
            if wanted in (place.view.number.casefold(), record, *(each.casefold() for each in _names(place)))
        ]
        return exact or [
            record
            for record, place in self._places.items()
            if any(wanted in each.casefold() for each in _names(place))
        ]

    def counts(self, reader: VaultReader) -> dict[str, dict[str, int]]:
        """By kind and place, how many records stand that name it, or a place within it, as their location.

        Under the empty id: those that name no place that is known.
        """
        # What is asked for stands in one index, in these words.
        rows = reader._rows(
            "SELECT kind, json_extract(doc, '$.location'), count(*) FROM records WHERE retracted = 0 GROUP BY 1, 2"
        )
        found: dict[str, dict[str, int]] = {}
        for kind, record, count in rows:
            totals = found.setdefault(kind, {})
            at = record if record in self._places else ""
            for _ in range(_DEEPEST):
                totals[at] = totals.get(at, 0) + count
                at = self.parent(at)
                if not at:
                    break
        return found

    def parent(self, record: str) -> str:
        """The place that a place lies in; empty for an outermost one."""
        place = self._places.get(record)
        above = str(place.view.doc.get("parent") or "") if place is not None and place.depth else ""
        return above if above in self._places else ""

    def _put(self, found: Mapping[str, Place], record: str, depth: int) -> None:
        place = found[record]
        place.depth = depth
        place.within.sort(key=lambda each: _order(found[each]))
        self._places[record] = place
        for each in place.within:
            self._put(found, each, depth + 1)


def path_of(reader: VaultReader, location: str) -> str:
    """`Site 2 / Hall / Room 3`, for one place; empty where it is none."""
    names: list[str] = []
    while location and len(names) < _DEEPEST:
        view = reader.peek(location)
        if view is None:
            break
        names.append(str(view.doc.get("name", view.number)))
        location = str(view.doc.get("parent") or "")
    return SEPARATOR.join(reversed(names))


def _circular(found: Mapping[str, Place], record: str) -> bool:
    """Whether a place lies within itself, as two laptops can make it, or too deep to be shown."""
    at = record
    for _ in range(_DEEPEST):
        at = str(found[at].view.doc.get("parent") or "")
        if at == record:
            return True
        if at not in found:
            return False
    return True


def _names(place: Place) -> tuple[str, ...]:
    return (place.name, *place.aliases)


def _order(place: Place) -> tuple[list[tuple[int, int | str]], str]:
    """By name, numbers in it by their size."""
    parts: list[tuple[int, int | str]] = []
    text = ""
    for char in place.name.casefold() + " ":
        if char.isdecimal() != text.isdecimal() and text:
            parts.append((0, int(text)) if text.isdecimal() else (1, text))
            text = ""
        text += char
    return parts, place.view.id
