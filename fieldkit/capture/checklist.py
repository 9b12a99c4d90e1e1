"""What is still open before a day is closed: each point with the records that it counts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from fieldkit.capture.reconciliation import reconcile_inventory
from fieldkit.domain.inventory import Discrepancy
from fieldkit.domain.seal_rounds import due
from fieldkit.vault import open_points
from fieldkit.vault.reading import VaultReader


@dataclass(frozen=True, slots=True)
class Point:
    """One point that is open: a name that stays the same, what it says, and the ids of the records that it counts."""

    name: str
    text: str
    ids: Sequence[str]


def checklist(reader: VaultReader) -> list[Point]:
    """Everything that is open, in the order in which it is settled; what counts nothing is left out.

    Comparing an inventory of 100,000 lines takes seconds: `quick` and `compared` are its two halves.
    """
    return [*quick(reader), *compared(reader)]


def quick(reader: VaultReader) -> list[Point]:
    """What the store answers at once."""
    return [
        Point(name, _counted(ids, one, many), ids) for name, one, many, ask in _ASKED if (ids := ask(reader))
    ]


def compared(reader: VaultReader) -> list[Point]:
    """What disagrees with the declaration, for which all of it is compared."""
    counts = reader.counts()
    if not counts.get("item"):
        return []
    result = reconcile_inventory(reader).result
    apart = [
        line.declared.id
        for line in result.lines
        if any(finding.discrepancy is not Discrepancy.NOT_ACCESSIBLE for finding in line.findings)
    ]
    extra = [thing.id for thing in result.undeclared]
    return [
        Point(name, _counted(ids, one, many), ids)
        for name, one, many, ids in (
            (
                "unmatched",
                "item disagrees with the declaration",
                "items disagree with the declaration",
                apart,
            ),
            ("extra", "item that nobody declared", "items that nobody declared", extra),
        )
        if ids
    ]


def _seals(reader: VaultReader) -> list[str]:
    """Seals to be looked at by now, and those found broken or missing."""
    return [one.seal.id for one in due(reader.list("seal"), datetime.now(UTC))]


def _counted(ids: Sequence[str], one: str, many: str) -> str:
    return f"{len(ids):,} {one if len(ids) == 1 else many}"


_ASKED: Final[tuple[tuple[str, str, str, Callable[[VaultReader], list[str]]], ...]] = (
    ("broken_off", "CARD NOT TAKEN IN TO ITS END", "CARDS NOT TAKEN IN TO THEIR END", open_points.broken_off),
    ("access", "access not answered", "accesses not answered", open_points.unanswered),
    ("uncounted", "item not counted", "items not counted", open_points.uncounted),
    ("seals", "seal to be looked at", "seals to be looked at", _seals),
    ("held", "photo held by the host", "photos held by the host", open_points.held),
    ("unlinked", "photo linked to nothing", "photos linked to nothing", open_points.unlinked),
    ("unphotographed", "item without a photo", "items without a photo", open_points.unphotographed),
    ("differences", "difference between laptops", "differences between laptops", open_points.differing),
    (
        "same_numbers",
        "record with the number of another",
        "records with the numbers of others",
        open_points.same_numbers,
    ),
    (
        "undermarked",
        "record marked lower than what is in it",
        "records marked lower than what is in them",
        open_points.undermarked,
    ),
    (
        "strange_marks",
        "record with a mark that the scheme does not have",
        "records with marks that the scheme does not have",
        open_points.strange_marks,
    ),
    (
        "uncertain",
        "observation with low confidence",
        "observations with low confidence",
        open_points.uncertain,
    ),
    (
        "lapsed",
        "measurement with an instrument past its calibration",
        "measurements with instruments past their calibration",
        open_points.lapsed,
    ),
    ("ahead", "record that lies in the future", "records that lie in the future", open_points.ahead),
    ("questions", "open question", "open questions", open_points.questions),
    ("promises", "commitment not done", "commitments not done", open_points.promises),
    ("findings", "finding still open", "findings still open", open_points.findings),
)
