"""What a reconciliation reads and what it says: declared lines, counts, and the ways in which they can disagree.

Quantities are pieces, in whole numbers; bulk material is weighed, and compared as a measurement. Locations are ids of the
location tree. Texts that are empty make no claim, so that what nobody noted is never a discrepancy.
"""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

import msgspec

COVERAGE = 2
"""k of the tolerance: two standard deviations."""


class Seen(StrEnum):
    """What one person met where an item was looked for."""

    FOUND = "found"
    NOT_FOUND = "not_found"
    NOT_ACCESSIBLE = "not_accessible"


class Status(StrEnum):
    """What became of a declared line. `LEFT`: not yet looked at, or counts differ and wait for a recount."""

    MATCHED = "matched"
    IDENTITY_MISMATCH = "identity_mismatch"
    MISSING = "missing"
    NOT_ACCESSIBLE = "not_accessible"
    LEFT = "left"


class Discrepancy(StrEnum):
    """The classes of discrepancy."""

    SHORT = "short"
    OVER = "over"
    SERIAL = "serial"
    TYPE = "type"
    LOCATION = "location"
    CONDITION = "condition"
    SEAL = "seal"
    ILLEGIBLE = "illegible"
    DUPLICATE_SERIAL = "duplicate_serial"
    UNDECLARED = "undeclared"
    TOLERANCE = "tolerance"
    NOT_ACCESSIBLE = "not_accessible"
    COUNTS_DIFFER = "counts_differ"
    UNUSABLE = "unusable"


ANOMALIES = frozenset({Discrepancy.SEAL, Discrepancy.NOT_ACCESSIBLE})
"""What the IAEA calls an anomaly rather than a discrepancy: denied access, seals that are not intact."""


# Nothing here can refer to itself, so the collector of cycles does not look at it: with 100,000 lines it would hold up the
# screens for a quarter of a second at a time.


class DeclaredLine(msgspec.Struct, frozen=True, gc=False):
    """One line of the declaration. `id` is the item record's, `line` the number that people read.

    `nomenclature` is what it is called, `type` the type or variant where the declaration tells them apart.
    """

    id: str
    line: str
    nomenclature: str = ""
    type: str = ""
    maker: str = ""
    quantity: int = 1
    serials: tuple[str, ...] = ()
    location: str = ""
    condition: str = ""
    disposition: str = ""


class Measured(msgspec.Struct, frozen=True):
    """A declared and a measured value of one quantity in one unit, with their standard uncertainties (k = 1)."""

    quantity: str
    declared: Decimal
    value: Decimal
    uncertainty: Decimal
    declared_uncertainty: Decimal = Decimal(0)


class Count(msgspec.Struct, frozen=True, gc=False):
    """One person's count of an item, or of something nobody declared.

    `item` is the id of a declared line, or of a thing that is on no line; None stands for a thing without a record.
    `serials` are as read; `taken` pairs a reading with the declared serial that a person took it for. `illegible`: a
    marking was looked for and could not be read. Two counts of one item at one place are recounts; at places of which
    neither encloses the other they add up. No location: found wherever it was; not found where it was declared.
    """

    id: str
    item: str | None
    status: Seen = Seen.FOUND
    counted: int = 1
    verified: int = 0
    serials: tuple[str, ...] = ()
    taken: tuple[tuple[str, str], ...] = ()
    illegible: bool = False
    type: str = ""
    maker: str = ""
    location: str = ""
    condition: str = ""
    disposition: str = ""


class Finding(msgspec.Struct, frozen=True, gc=False):
    """One disagreement: its class, in words, and the ids of the counts, seals or measurements that it rests on.

    `UNUSABLE`: a number that a merged journal brought and that no count can have; it was left out.
    """

    discrepancy: Discrepancy
    text: str
    counts: tuple[str, ...] = ()

    @property
    def anomaly(self) -> bool:
        """Whether the IAEA would call it an anomaly."""
        return self.discrepancy in ANOMALIES


class Offer(msgspec.Struct, frozen=True, gc=False):
    """A declared serial that a reading may be, offered to a person: `reason` is `O→0`, or that it is the same."""

    read: str
    declared: str
    item: str
    line: str
    reason: str


class LineResult(msgspec.Struct, frozen=True, gc=False):
    """A declared line in pieces: quantity = matched + identity_mismatch + missing + not_accessible + left.

    `observed` = matched + identity_mismatch + over; `over` are the pieces beyond the quantity; `verified` is a part of
    what was observed. A line in several states takes the first of missing, identity_mismatch, not_accessible, left.
    """

    declared: DeclaredLine
    status: Status
    matched: int = 0
    identity_mismatch: int = 0
    missing: int = 0
    not_accessible: int = 0
    left: int = 0
    observed: int = 0
    over: int = 0
    verified: int = 0
    findings: tuple[Finding, ...] = ()
    offers: tuple[Offer, ...] = ()


class UndeclaredThing(msgspec.Struct, frozen=True, gc=False):
    """Something on no line. `id` is the item record's, else the count's."""

    id: str
    pieces: int
    counts: tuple[Count, ...]
    findings: tuple[Finding, ...] = ()
    offers: tuple[Offer, ...] = ()


class Totals(msgspec.Struct, frozen=True):
    """Pieces. declared = matched + identity_mismatch + missing + not_accessible + left, and
    observed = matched + identity_mismatch + undeclared, where undeclared holds what is over on a line as well.
    """

    declared: int = 0
    matched: int = 0
    identity_mismatch: int = 0
    missing: int = 0
    not_accessible: int = 0
    left: int = 0
    undeclared: int = 0
    observed: int = 0
    verified: int = 0


class Reconciliation(msgspec.Struct, frozen=True):
    """All lines in the order declared, what was on none, the totals in pieces, and tallies of lines and findings."""

    lines: tuple[LineResult, ...]
    undeclared: tuple[UndeclaredThing, ...]
    totals: Totals
    statuses: dict[Status, int] = {}
    discrepancies: dict[Discrepancy, int] = {}

    @property
    def clean(self) -> bool:
        """Whether nothing disagrees. Lines that are left do not disagree."""
        return not self.discrepancies


def out_of_tolerance(measured: Measured, coverage: int = COVERAGE) -> bool:
    """|x - declared| > k sqrt(u1² + u2²), squared and in exact fractions (GUM, uncorrelated)."""
    apart = Fraction(measured.value) - Fraction(measured.declared)
    spread = Fraction(measured.uncertainty) ** 2 + Fraction(measured.declared_uncertainty) ** 2
    return apart**2 > coverage**2 * spread
