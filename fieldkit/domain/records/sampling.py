"""Drawing at random before witnesses: the plan and the draw."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from fieldkit.domain.fields import About
from fieldkit.domain.moments import Moment
from fieldkit.domain.records.base import Part, Record, refuse_without
from fieldkit.domain.values import (
    SET_LIMIT,
    Count,
    DecimalText,
    Digest,
    Line,
    Positive,
    RecordId,
    RecordIds,
    Text,
)


class Plan(Record, frozen=True, kw_only=True):
    """How many items are to be looked at, of which part of which list."""

    population: Annotated[Positive, About("Population", "N: items in the list.")]
    size: Annotated[Count, About("Sample size", "n: items to look at.")]
    defects: Annotated[Count | None, About("Defects", "d: defects to be found, if there are as many.")] = None
    probability: Annotated[
        DecimalText | None, About("Probability", "P: of finding more than are accepted, as 0.95.")
    ] = None
    detection: Annotated[
        DecimalText | None, About("Reached", "The probability that this sample size reaches.")
    ] = None
    accept: Annotated[Count | None, About("Accept", "c: defects still accepted.")] = None
    approximation: Annotated[Count | None, About("Approximation", "n by the approximation.")] = None
    method: Annotated[
        Literal["exact", "approximation"] | None, About("Method", "Which of the two was used.")
    ] = None
    stratum: Annotated[Line | None, About("Stratum", "Which part of the inventory.")] = None
    declaration: Annotated[RecordId | None, About("Declaration", targets=("declaration",))] = None

    def constrain(self) -> None:
        refuse_without(
            self.size <= self.population,
            f"{self.size} cannot be drawn from {self.population}",
            where="plan.size",
            remedy="The sample is at most the population.",
        )


class Contribution(Part, frozen=True, kw_only=True):
    """What one side put into the seed: one roll of a die, or a secret to which it committed before."""

    party: Annotated[Literal["team", "host"], About("Party", "Team or host.")]
    by: Annotated[RecordId | None, About("By", "Who rolled, or committed.", targets=("person",))] = None
    digest: Annotated[Digest | None, About("Commitment", "SHA-256 given before the secret.")] = None
    committed: Annotated[Moment | None, About("Committed", "When the commitment was given.")] = None
    value: Annotated[Line | None, About("Value", "The die as it fell, or the secret once told.")] = None
    told: Annotated[Moment | None, About("Told", "When the die fell, or the secret was told.")] = None


class Draw(Record, frozen=True, kw_only=True):
    """A witnessed draw: first the frozen list, then what both sides gave for the seed, then the numbers drawn.

    It occurred when the list was frozen. Both sides agree to the list's digest by a signature each (`signoff`).
    """

    plan: Annotated[RecordId | None, About("Plan", targets=("plan",))] = None
    declaration: Annotated[RecordId | None, About("Declaration", targets=("declaration",))] = None
    stratum: Annotated[Line | None, About("Stratum", "Which part of the inventory.")] = None
    list_file: Annotated[
        RecordId | None, About("List", "The frozen list, one piece a line.", targets=("media",))
    ] = None
    list_sha256: Annotated[Digest | None, About("List digest", "SHA-256 of the frozen list.")] = None
    population: Annotated[Positive, About("Population", "N: lines of the list.")]
    size: Annotated[Count, About("Size", "Numbers to draw.")]
    seed_method: Annotated[
        Literal["dice", "commit_reveal"] | None, About("Seed by", "How it came about.")
    ] = None
    sides: Annotated[Positive | None, About("Sides", "Of the dice: 10 or 6.")] = None
    contributions: Annotated[
        tuple[Contribution, ...],
        Meta(max_length=1000),
        About("Contributions", "What each side gave, in order."),
    ] = ()
    seed: Annotated[Line | None, About("Seed", "As put together from both sides.")] = None
    variant: Annotated[Line, About("Variant", "Name of the drawing rule.")]
    drawn: Annotated[
        tuple[Positive, ...], Meta(max_length=SET_LIMIT), About("Drawn", "Numbers drawn, in order, from 1.")
    ] = ()
    drawn_at: Annotated[Moment | None, About("Drawn at", "When the numbers were drawn.")] = None
    items: Annotated[RecordIds, About("Items", "The items drawn.", targets=("item",))] = frozenset()
    witnesses: Annotated[RecordIds, About("Witnesses", targets=("person",))] = frozenset()
    protocol: Annotated[Text | None, About("Protocol", "How the seed was made, in words.")] = None

    def constrain(self) -> None:
        refuse_without(
            len(set(self.drawn)) == len(self.drawn)
            and all(number <= self.population for number in self.drawn),
            "the numbers drawn repeat, or lie outside the list",
            where="draw.drawn",
            remedy="Draw again from the same seed.",
        )
