"""What a team's records must say after any exchange, worked out from what each laptop was seen to know and from which
objects lie whole in a depot; nothing of fieldkit's own is used: no journals, no folding, no tables."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Write:
    """One value somebody wrote: which field of which record, and the writes that it knowingly replaced."""

    number: int
    record: int
    value: str
    replaced: frozenset[int]


@dataclass(frozen=True)
class Cut:
    """Objects that a laptop cut in one go, by name, and the writes that are in them."""

    names: frozenset[str]
    writes: frozenset[int]


@dataclass
class Oracle:
    """Every write there ever was, which of them each laptop has got, and in which objects they travel."""

    writes: dict[int, Write] = field(default_factory=dict)
    known: dict[str, set[int]] = field(default_factory=dict)
    uncut: dict[str, set[int]] = field(default_factory=dict)
    cuts: list[Cut] = field(default_factory=list)

    def begin(self, place: str) -> None:
        """A laptop that knows nothing."""
        self.known[place], self.uncut[place] = set(), set()

    def cut(self, laptop: str, names: frozenset[str]) -> None:
        """A laptop put everything that it wrote since the last time into objects."""
        if names and self.uncut[laptop]:
            self.cuts.append(Cut(names, frozenset(self.uncut[laptop])))
            self.uncut[laptop] = set()

    def carried(self, depot: Path) -> set[int]:
        """The writes that a depot gives whoever can read it: all objects that they are in lie there, whole."""
        whole = {path.name for path in depot.rglob("*.seg") if _whole(path)}
        return {write for cut in self.cuts if cut.names <= whole for write in cut.writes}

    def wrote(self, laptop: str, record: int, value: str) -> None:
        """A laptop wrote a value, seeing what stood there on it."""
        seen = frozenset(write.number for write in self.standing(laptop, record))
        number = len(self.writes)
        self.writes[number] = Write(number, record, value, seen)
        self.known[laptop].add(number)
        self.uncut[laptop].add(number)

    def standing(self, place: str, record: int) -> list[Write]:
        """The writes of a record that nobody known here replaced knowingly."""
        known = [self.writes[number] for number in self.known[place]]
        gone = {number for write in known for number in write.replaced}
        return [write for write in known if write.record == record and write.number not in gone]

    def values(self, place: str, record: int) -> set[str]:
        """What must be shown of a record."""
        return {write.value for write in self.standing(place, record)}


def _whole(path: Path) -> bool:
    """Whether the object is what its name says: the last part of it is the SHA-256 of the bytes."""
    return hashlib.sha256(path.read_bytes()).hexdigest() == path.stem.rpartition("-")[2]
