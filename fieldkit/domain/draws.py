"""Witnessed random selection: which items of a list are drawn, so that neither side could have steered it.

Three steps, each of them something that both sides can repeat with stock tools:

1. `freeze`: the list is sorted and hashed; both sides sign the digest before any seed exists. The digest is SHA-256 over
   the lines in code-point order, each ended by a line feed (`LC_ALL=C sort list | sha256sum`).
2. The seed: dice rolled in turn by both sides (`seed_from_dice`: the digits as they fell), or each side commits to a
   secret before either is told (`commitment`, then `seed_from_reveals`). A commitment is SHA-256 over
   `digest,party,secret`; the seed is the hex SHA-256 over `digest,team's secret,host's secret`.
3. `positions`: 1 + SHA-256("seed,i") mod N for i = 1, 2, …, repeats dropped (R. Rivest's sampler as used by P. Stark).

The variant is pinned in the record of the draw (`VARIANT`); `replaying` does the whole again from that record.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from fieldkit.errors import AlteredError, UsageError

VARIANT = "sha256-seed-comma-counter-1"
MOST_LINES = 1_000_000
FEWEST_ROLLS = {10: 20, 6: 26}
"""Sides of a die, and the rolls that make about 66 bits with it."""

Party = Literal["team", "host"]
PARTIES: tuple[Party, Party] = ("team", "host")
_SEED = re.compile(r"[0-9A-Za-z]{16,200}")
_SECRET = re.compile(r"[0-9A-Za-z]{16,200}")
_DIGEST = re.compile(r"[0-9a-f]{64}")
_BEFORE_SEED = "Freeze the list and have both sides sign its digest before there is a seed."


@dataclass(frozen=True, slots=True)
class FrozenList:
    """The sorted lines that are drawn from, and their digest (hex SHA-256)."""

    lines: tuple[str, ...]
    digest: str


@dataclass(frozen=True, slots=True)
class Roll:
    """One roll of a die, as read: 0 to 9 of ten sides, 1 to 6 of six."""

    party: Party
    value: int


@dataclass(frozen=True, slots=True)
class Promise:
    """One side's commitment and, once both are there, the secret it was made over."""

    party: Party
    commitment: str
    secret: str = ""


def freeze(lines: Iterable[str]) -> FrozenList:
    """Sort and hash what is drawn from. `UsageError` for an empty list, an empty or broken line, a line that repeats."""
    ordered = tuple(sorted(lines))
    if not ordered:
        raise UsageError("nothing to draw from", where="draw", remedy="Give the list of items.")
    if len(ordered) > MOST_LINES:
        raise UsageError(f"more than {MOST_LINES} lines", where="draw", remedy="Draw from parts of the list.")
    sha256 = hashlib.sha256()
    before = None
    for line in ordered:
        if line == before:
            raise UsageError(
                f"{line!r} stands twice in the list", where="draw", remedy="Give each item once."
            )
        if not line or not line.isprintable():
            raise UsageError(f"{line!r} is no line of a list", where="draw", remedy="Give one item a line.")
        before = line
        sha256.update(line.encode() + b"\n")
    return FrozenList(ordered, sha256.hexdigest())


def commitment(digest: str, party: Party, secret: str) -> str:
    """What a side hands over before it tells its secret: hex SHA-256 over `digest,party,secret`."""
    _check_digest(digest)
    _check_party(party)
    if not _SECRET.fullmatch(secret):
        raise UsageError(
            "a secret is 16 to 200 letters and digits",
            where="draw",
            remedy="Take 32 random hexadecimal digits.",
        )
    return hashlib.sha256(f"{digest},{party},{secret}".encode()).hexdigest()


def seed_from_reveals(digest: str, promises: Sequence[Promise]) -> str:
    """The seed from both sides' secrets; `AlteredError` where a secret is not the one committed to."""
    _check_digest(digest)
    if sorted(promise.party for promise in promises) != sorted(PARTIES):
        raise UsageError(
            "each side commits once", where="draw", remedy="Take one commitment of the team, one of the host."
        )
    secrets = {promise.party: promise.secret for promise in promises}
    for promise in promises:
        if not hmac.compare_digest(commitment(digest, promise.party, promise.secret), promise.commitment):
            raise AlteredError(
                f"the secret told by the {promise.party} is not the one it committed to",
                where="draw",
                remedy="Both sides commit again, to new secrets.",
            )
    return hashlib.sha256(f"{digest},{secrets['team']},{secrets['host']}".encode()).hexdigest()


def seed_from_dice(rolls: Sequence[Roll], sides: int = 10) -> str:
    """The digits as they fell. Both sides roll in turn and equally often; `UsageError` for too few rolls, and for a side
    whose die always fell alike."""
    if sides not in FEWEST_ROLLS:
        raise UsageError(
            f"dice of {sides} sides", where="draw", remedy="Roll dice of 10 sides (0 to 9) or 6 (1 to 6)."
        )
    if len(rolls) < FEWEST_ROLLS[sides] or len(rolls) % 2:
        raise UsageError(
            f"{len(rolls)} rolls",
            where="draw",
            remedy=f"Roll an even number of times, {FEWEST_ROLLS[sides]} or more.",
        )
    low, high = (0, 9) if sides == 10 else (1, 6)
    for number, roll in enumerate(rolls, start=1):
        _check_party(roll.party)
        if not low <= roll.value <= high:
            raise UsageError(
                f"roll {number} reads {roll.value}", where="draw", remedy=f"Give {low} to {high}."
            )
        if number > 1 and roll.party == rolls[number - 2].party:
            raise UsageError(
                f"the {roll.party} rolled twice in a row", where="draw", remedy="Both sides roll in turn."
            )
    for party in PARTIES:
        if len({roll.value for roll in rolls if roll.party == party}) == 1:
            raise UsageError(
                f"every roll of the {party} reads the same",
                where="draw",
                remedy="Roll anew, with other dice, before both sides.",
            )
    return "".join(str(roll.value) for roll in rolls)


def positions(population: int, size: int, seed: str) -> tuple[int, ...]:
    """`size` different positions of 1 to `population`, in the order drawn."""
    if not 1 <= population <= MOST_LINES:
        raise UsageError(f"a list of {population}", where="draw", remedy=f"Give 1 to {MOST_LINES} items.")
    if not 1 <= size <= population:
        raise UsageError(
            f"{size} of {population} cannot be drawn", where="draw", remedy="Draw 1 up to the whole list."
        )
    if not _SEED.fullmatch(seed):
        raise UsageError(
            "a seed is 16 to 200 letters and digits", where="draw", remedy="Roll dice, or commit and reveal."
        )
    start = hashlib.sha256(f"{seed},".encode())
    drawn: dict[int, None] = {}
    counter = 0
    while len(drawn) < size:
        counter += 1
        ticket = start.copy()
        ticket.update(str(counter).encode())
        drawn[1 + int.from_bytes(ticket.digest(), "big") % population] = None
    return tuple(drawn)


def _check_digest(digest: str) -> None:
    if not _DIGEST.fullmatch(digest):
        raise UsageError(f"{digest!r} is not the digest of a list", where="draw", remedy=_BEFORE_SEED)


def _check_party(party: str) -> None:
    if party not in PARTIES:
        raise UsageError(f"{party!r} is no side of a draw", where="draw", remedy="The sides are: team, host.")
