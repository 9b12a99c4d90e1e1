"""What a team's records must say after any exchange, worked out from what each laptop was seen to know, and from
nothing of fieldkit's own: no journals, no folding, no tables."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Write:
    """One value somebody wrote: which field of which record, and the writes that it knowingly replaced."""

    number: int
    record: int
    value: str
    replaced: frozenset[int]


@dataclass
class Oracle:
    """Every write there ever was, and which of them each laptop and each depot has got."""

    writes: dict[int, Write] = field(default_factory=dict)
    known: dict[str, set[int]] = field(default_factory=dict)

    def begin(self, place: str) -> None:
        """A laptop or depot that knows nothing."""
        self.known[place] = set()

    def wrote(self, laptop: str, record: int, value: str) -> None:
        """A laptop wrote a value, seeing what stood there on it."""
        seen = frozenset(write.number for write in self.standing(laptop, record))
        number = len(self.writes)
        self.writes[number] = Write(number, record, value, seen)
        self.known[laptop].add(number)

    def standing(self, place: str, record: int) -> list[Write]:
        """The writes of a record that nobody known here replaced knowingly."""
        known = [self.writes[number] for number in self.known[place]]
        gone = {number for write in known for number in write.replaced}
        return [write for write in known if write.record == record and write.number not in gone]

    def values(self, place: str, record: int) -> set[str]:
        """What must be shown of a record."""
        return {write.value for write in self.standing(place, record)}

    def met(self, laptop: str, depot: str) -> None:
        """Both have everything that either had."""
        both = self.known[laptop] | self.known[depot]
        self.known[laptop], self.known[depot] = set(both), set(both)
