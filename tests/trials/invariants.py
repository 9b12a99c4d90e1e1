"""What must hold of a team whatever happens to its laptops and depots, each by its name: a trial says which one broke."""

from __future__ import annotations

from enum import StrEnum


class Invariant(StrEnum):
    """The promises of the depot's design."""

    REACHES_ALL = "an acknowledged entry on a surviving laptop or depot reaches all"
    SAME_TABLES = "the same set of entries gives the same tables, byte for byte"
    VISIBLE = "every value that nobody knowingly superseded is visible"
    ENDED_BY_PEOPLE = "a difference ends only by a signed human act"
    NOTHING_CHANGES = "nothing signed changes or vanishes"
    SEALED = "a depot's host sees ciphertext, sizes, ids of logs and timing, and a laptop what it is to read"
    CLOCKS = "a wrong clock never changes a folded value"
    RELAYED = "software relays what newer software recorded, unchanged"
    REBUILT = "a vault can be made again from a depot alone"
    MEMBERS_ONLY = "what foreign and struck-off laptops record does not count, and no key is given to them"
    NOBODY_OVERSTEPS = "what a laptop may not say of others, of compartments or of the mission does not count"
    NEVER_BY_HALVES = "what arrives is folded whole or not at all"
    TOLD = "what a depot's host keeps back, or puts back to an older state, is told"
    TWO_COPIES = "an original is given up only where headquarters has signed for it"


class BrokenError(AssertionError):
    """A trial found an invariant broken."""

    def __init__(self, invariant: Invariant, text: str) -> None:
        super().__init__(invariant, text)
        self.invariant, self.text = invariant, text

    def __str__(self) -> str:
        return f"{self.invariant.name}: {self.invariant}: {self.text}"


def hold(condition: object, invariant: Invariant, text: str) -> None:
    """Raise `BrokenError` unless the condition holds."""
    if not condition:
        raise BrokenError(invariant, text)
