"""What a team's records must say after any exchange, worked out from what each laptop was seen to hold and from which
objects lie whole in a depot. Nothing of fieldkit's own is used: no journals, no folding, no tables; the hash that a
laptop acknowledged an entry with is a mere name here."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

RANKS = {"headquarters": 3, "lead": 2, "deputy": 1}
EPOCH = slice(19, 27)
"""Where an object of a log tells, in the clear, the number of the key that it is sealed under."""

Act = Literal["value", "add", "remove", "retract", "other"]


@dataclass(frozen=True)
class Write:
    """One entry that somebody recorded: by which laptop, about which record, what it says, which entries it knowingly
    took the place of, how many days its clock was off, which laptops may never read it, and the entries that say whose log
    it stands in, where that is not a laptop's first."""

    hash: str
    place: str
    record: str
    act: Act
    values: frozenset[str] = frozenset()
    replaced: frozenset[str] = frozenset()
    skew: int = 0
    hidden_from: frozenset[str] = frozenset()
    openings: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Strike:
    """A laptop struck another off: what of that one it held then counts, and nothing else."""

    hash: str
    by: str
    target: str
    counted: frozenset[str]


@dataclass(frozen=True)
class Cut:
    """An object that a laptop cut, by name, and the writes that it put into it."""

    name: str
    writes: frozenset[str]


@dataclass(frozen=True)
class Shown:
    """What has to be shown of a record: its values by the entries that hold them, its elements, whether it stands."""

    values: dict[str, str]
    elements: frozenset[str]
    retracted: bool


@dataclass
class Oracle:
    """Every write there ever was, which of them each laptop has got, and in which objects they travel."""

    roles: dict[str, str] = field(default_factory=dict)
    writes: dict[str, Write] = field(default_factory=dict)
    known: dict[str, set[str]] = field(default_factory=dict)
    cuts: list[Cut] = field(default_factory=list)
    strikes: list[Strike] = field(default_factory=list)
    admissions: dict[str, str] = field(default_factory=dict)

    def begin(self, place: str, role: str, admission: str = "") -> None:
        """A laptop that knows nothing; `admission` is the entry by which it was admitted, where that may not count."""
        self.roles[place] = role
        self.known[place] = set()
        if admission:
            self.admissions[place] = admission

    def wrote(self, write: Write) -> None:
        """A laptop acknowledged an entry."""
        self.writes[write.hash] = write
        self.known[write.place].add(write.hash)

    def struck(self, strike: Strike) -> None:
        """A laptop struck another off, by an entry that was told to `wrote`."""
        self.strikes.append(strike)

    def cut(self, name: str, entries: Iterable[str]) -> None:
        """A laptop put entries into an object."""
        self.cuts.append(Cut(name, frozenset(one for one in entries if one in self.writes)))

    def carried(self, depot: Path, epochs: Collection[int]) -> set[str]:
        """The writes that a depot gives whoever has these keys: an object that they are in lies there, whole."""
        there = {path.name for path in depot.rglob("*.seg") if _gives(path, epochs)}
        return {write for cut in self.cuts if cut.name in there for write in cut.writes}

    def halves(self, place: str, apart: Collection[str]) -> Iterable[Cut]:
        """Objects of which a laptop knows some entries and others not, those left out that it may know otherwise: because they
        came apart, it wrote them itself, or a disk that was put back has put them into an object of another history, too."""
        known = self.known[place]
        own = {one for one in known if self.writes[one].place == place}
        objects = Counter(write for writes in {cut.writes for cut in self.cuts} for write in writes)
        twice = {write for write, count in objects.items() if count > 1}
        for cut in self.cuts:
            whole = cut.writes - set(apart) - own - twice
            if 0 < len(whole & known) < len(whole):
                yield cut

    def out(self, place: str) -> set[str]:
        """The writes known at a place that do not count, by what is known there of whose logs they stand in and of who was
        struck off."""
        known = self.known[place]
        gone = {one for one in known if not self.writes[one].openings <= known}
        for strike in sorted(self.strikes, key=lambda one: -RANKS[self.roles[one.by]]):
            if strike.hash in known - gone:
                gone |= {
                    one
                    for one in known
                    if self.writes[one].place == strike.target and one not in strike.counted
                }
        for late, admission in self.admissions.items():
            if admission not in known - gone:
                gone |= {one for one in known if self.writes[one].place == late}
        return gone

    def is_struck(self, target: str, place: str) -> bool:
        """Whether a laptop counts as struck off, by what is known at a place."""
        counting = self.known[place] - self.out(place)
        return any(one.target == target and one.hash in counting for one in self.strikes)

    def is_open(self, place: str, record: str, here: Collection[str]) -> bool:
        """Whether nothing at a place, where these entries are, can tell what of a record counts: who wrote it was struck off, what a
        thief wrote on from an earlier disk of his came there, and not all of the history that counts, so that nobody can hold one
        against the other. So it is with a laptop that was admitted late and was not given the keys of that history."""
        counting = self.known[place] - self.out(place)
        for strike in self.strikes:
            if strike.hash in counting and not strike.counted <= set(here):
                his = {one for one in self.known[place] if self.writes[one].place == strike.target}
                about = {one for one in his & strike.counted if self.writes[one].record == record}
                if about and his - strike.counted:
                    return True
        return False

    def shown(self, place: str, record: str) -> Shown:
        """What has to be shown of a record at a place."""
        counting = [self.writes[one] for one in self.known[place] - self.out(place)]
        about = [one for one in counting if one.record == record]
        gone = {one for write in about if write.act == "value" for one in write.replaced}
        removed = {
            (value, one) for write in about if write.act == "remove" for value in write.values for one in write.replaced
        }  # fmt: skip
        return Shown(
            {one.hash: min(one.values) for one in about if one.act == "value" and one.hash not in gone},
            frozenset(
                value
                for one in about
                if one.act == "add"
                for value in one.values
                if (value, one.hash) not in removed
            ),
            any(one.act == "retract" for one in about),
        )

    def adders(self, place: str, record: str) -> frozenset[str]:
        """The entries that put elements into a record's set, as far as they are known and count at a place."""
        counting = self.known[place] - self.out(place)
        return frozenset(
            one for one in counting if self.writes[one].record == record and self.writes[one].act == "add"
        )

    def said(self, place: str, record: str) -> bool:
        """Whether anything that counts is known of a record at a place."""
        return any(self.writes[one].record == record for one in self.known[place] - self.out(place))


def _gives(path: Path, epochs: Collection[int]) -> bool:
    """Whether the object is what its name says (its last part is the SHA-256 of the bytes), under one of these keys."""
    data = path.read_bytes()
    return (
        hashlib.sha256(data).hexdigest() == path.stem.rpartition("-")[2]
        and int.from_bytes(data[EPOCH], "big") in epochs
    )
