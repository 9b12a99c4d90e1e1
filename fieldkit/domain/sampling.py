"""How many items to draw so that defects among them are found with a stated probability.

Attribute sampling without replacement: of `population` items `defects` are taken to be defective; the plan is the
smallest sample that shows more than `accept` of them with at least `probability`. The sum is hypergeometric and done in
whole numbers throughout, since rounding a logarithm gives samples that are one too large or too small. The IAEA's
approximation N (1 - (1 - P)^(1/d)), rounded up, is shown beside it, also without rounding errors; it knows no acceptance
number. The exact plan is the one used.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal, localcontext
from fractions import Fraction
from math import comb
from typing import Literal

from fieldkit.errors import UsageError

LARGEST_POPULATION = 1_000_000
LARGEST_ACCEPT = 100
MOST_DIGITS = 12

_PROBABILITY = re.compile(r"(?P<number>[0-9]{1,3}(?:\.[0-9]{1,12})?)\s*(?P<percent>%?)")
_DEFECTS = re.compile(r"(?P<number>[0-9]{1,7}(?:\.[0-9]{1,6})?)\s*(?P<percent>%?)")
_PROBABILITY_FORM = "Write a share above 0 and at most 1: 0.95, or 95%."
_SHOWN = 6
_EXACT_ROOTS = 40


@dataclass(frozen=True, slots=True)
class SamplingPlan:
    """A plan and what it was asked for.

    `size` is exact and used; `detection` is the probability it reaches (cut off, never rounded up); `approximation` is
    the IAEA's, None where an acceptance number makes it meaningless. `method` says which of the two `size` is.
    """

    population: int
    defects: int
    probability: Decimal
    accept: int
    size: int
    detection: Decimal
    approximation: int | None
    method: Literal["exact"] = "exact"


def plan(population: int, defects: int, probability: Decimal, accept: int = 0) -> SamplingPlan:
    """The smallest sample of `population` that shows more than `accept` of `defects` with at least `probability`.

    `UsageError` for numbers that leave nothing to plan: no items, more defects than items, an acceptance number that the
    defects cannot exceed, a probability outside 0 < P <= 1.
    """
    _check(population, defects, probability, accept)
    miss = 1 - Fraction(probability)
    size = _smallest(population, defects, miss, accept)
    return SamplingPlan(
        population=population,
        defects=defects,
        probability=probability,
        accept=accept,
        size=size,
        detection=detection(population, defects, size, accept),
        approximation=_approximation(population, defects, miss) if accept == 0 else None,
    )


def detection(population: int, defects: int, size: int, accept: int = 0) -> Decimal:
    """The probability with which a sample of `size` shows more than `accept` of `defects`; cut off, never rounded up.

    `UsageError` as `plan`, and for a sample that is larger than the population.
    """
    _check(population, defects, Decimal(1), accept)
    if not 0 <= size <= population:
        raise UsageError(
            f"a sample of {size} out of {population}",
            where="size",
            remedy="Give a whole number from 0 to the population.",
        )
    missed, of = _missed(population, defects, size, accept) if size > accept else (1, 1)
    return Decimal(10**_SHOWN * (of - missed) // of).scaleb(-_SHOWN)


def parse_defects(text: str, population: int) -> int:
    """A number of defects, or a share of the population, as `5%`: rounded down, since fewer are harder to find, but one
    at least. `UsageError` for anything else."""
    found = _DEFECTS.fullmatch(text.strip())
    if found is None:
        raise UsageError(
            f"{text!r} is no number of defects",
            where="defects",
            remedy="Write a whole number, or a share as 5%.",
        )
    if not found["percent"] and "." in found["number"]:
        raise UsageError(
            f"{text!r} is no whole number", where="defects", remedy="Write a whole number, or a share as 5%."
        )
    number = Fraction(found["number"])
    return max(1, int(number / 100 * population)) if found["percent"] else int(number)


def parse_probability(text: str) -> Decimal:
    """`0.95` or `95%`; `UsageError` for anything else."""
    match = _PROBABILITY.fullmatch(text.strip())
    if match is None:
        raise UsageError(f"{text!r} is not a probability", where="probability", remedy=_PROBABILITY_FORM)
    number = Decimal(match["number"])
    number = number.scaleb(-2) if match["percent"] else number
    if not 0 < number <= 1:
        raise UsageError(f"{text!r} is not a probability", where="probability", remedy=_PROBABILITY_FORM)
    return number


def _check(population: int, defects: int, probability: Decimal, accept: int) -> None:
    if not 1 <= population <= LARGEST_POPULATION:
        raise UsageError(
            f"a population of {population}",
            where="population",
            remedy=f"Give 1 to {LARGEST_POPULATION} items.",
        )
    if not 1 <= defects <= population:
        raise UsageError(
            f"{defects} defects among {population} items",
            where="defects",
            remedy="Give a whole number from 1 to the population.",
        )
    if not 0 <= accept <= LARGEST_ACCEPT:
        raise UsageError(
            f"an acceptance number of {accept}",
            where="accept",
            remedy=f"Give a whole number from 0 to {LARGEST_ACCEPT}.",
        )
    if accept >= defects:
        raise UsageError(
            f"{defects} defects never exceed an acceptance number of {accept}",
            where="accept",
            remedy="Give an acceptance number below the number of defects.",
        )
    if not (probability.is_finite() and 0 < probability <= 1):
        raise UsageError(f"{probability} is not a probability", where="probability", remedy=_PROBABILITY_FORM)
    if probability != probability.quantize(Decimal(1).scaleb(-MOST_DIGITS), ROUND_FLOOR):
        raise UsageError(
            "the probability has too many digits",
            where="probability",
            remedy=f"Give at most {MOST_DIGITS} decimals.",
        )


def _smallest(population: int, defects: int, miss: Fraction, accept: int) -> int:
    """Doubling, then halving: the tail falls as the sample grows, and small samples are cheap to sum.

    To be certain, the sample leaves out at most so many items that `accept` + 1 defects cannot hide among them.
    """
    if not miss:
        return population - defects + accept + 1

    def enough(size: int) -> bool:
        missed, of = _missed(population, defects, size, accept)
        return missed * miss.denominator <= miss.numerator * of

    high = accept + 1
    low = high - 1
    while not enough(high):
        low, high = high, min(2 * high, population)
    while high - low > 1:
        middle = (low + high) // 2
        if enough(middle):
            high = middle
        else:
            low = middle
    return high


def _missed(population: int, defects: int, size: int, accept: int) -> tuple[int, int]:
    """P(at most `accept` defects in the sample) as (numerator, denominator).

    Drawn and defective may change places, so the sum runs over the smaller of the two.
    """
    few, many = sorted((defects, size))
    rest = population - many
    first = max(0, few - rest)
    if first > accept:
        return 0, 1
    term = comb(many, first) * comb(rest, few - first)
    total = term
    for k in range(first, min(accept, few)):
        term = term * (many - k) * (few - k) // ((k + 1) * (rest - few + k + 1))
        total += term
    return total, comb(population, few)


def _approximation(population: int, defects: int, miss: Fraction) -> int:
    """N (1 - (1 - P)^(1/d)) rounded up: the smallest n with ((N - n) / N)^d <= 1 - P.

    A probability of at most 12 decimals is a d-th power of a fraction only for d up to 12 log2(10) < 40. Up to there whole
    numbers decide; beyond, the value is never a whole number and 60 digits settle which one is next.
    """
    if not miss:
        return population
    if defects > _EXACT_ROOTS:
        with localcontext(prec=60):
            root = ((Decimal(miss.numerator) / Decimal(miss.denominator)).ln() / defects).exp()
            return int((population * (1 - root)).to_integral_value(ROUND_CEILING))
    low, high = -1, population
    limit = miss.numerator * population**defects
    while high - low > 1:
        middle = (low + high) // 2
        if (population - middle) ** defects * miss.denominator <= limit:
            high = middle
        else:
            low = middle
    return high
