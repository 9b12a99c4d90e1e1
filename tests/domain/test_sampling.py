"""Sample sizes: the published table, the definition by brute force, and requests that leave nothing to plan."""

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldkit.domain.sampling import detection as reached_by
from fieldkit.domain.sampling import parse_defects, parse_probability, plan
from fieldkit.errors import UsageError


@pytest.mark.parametrize(
    ("population", "defects", "probability", "exact", "approximation"),
    [
        (100, 1, "0.90", 90, 90),
        (100, 5, "0.95", 45, 46),
        (500, 25, "0.95", 56, 57),
        (1000, 50, "0.95", 57, 59),
        (50, 5, "0.50", 7, 7),
    ],
)
def test_the_table(population: int, defects: int, probability: str, exact: int, approximation: int) -> None:
    found = plan(population, defects, Decimal(probability))
    assert (found.size, found.approximation, found.method) == (exact, approximation, "exact")


def detection(population: int, defects: int, size: int, accept: int) -> Fraction:
    """The definition: the share of all samples that hold more than `accept` defects."""
    missed = sum(
        math.comb(defects, k) * math.comb(population - defects, size - k)
        for k in range(min(accept, size) + 1)
    )
    return 1 - Fraction(missed, math.comb(population, size))


@st.composite
def requests(draw: st.DrawFn) -> tuple[int, int, Decimal, int]:
    population = draw(st.integers(1, 60))
    defects = draw(st.integers(1, population))
    accept = draw(st.integers(0, min(defects - 1, 5)))
    return population, defects, Decimal(draw(st.integers(1, 1000))) / 1000, accept


@given(requests())
def test_the_size_is_the_smallest_that_reaches_the_probability(
    request: tuple[int, int, Decimal, int],
) -> None:
    population, defects, probability, accept = request
    found = plan(population, defects, probability, accept)
    reached = detection(population, defects, found.size, accept)
    assert reached >= Fraction(probability)
    assert found.size == accept + 1 or detection(population, defects, found.size - 1, accept) < Fraction(
        probability
    )
    assert 0 <= reached - Fraction(found.detection) < Fraction(1, 10**6)


@given(requests())
def test_the_approximation_is_the_rounded_up_formula(request: tuple[int, int, Decimal, int]) -> None:
    population, defects, probability, _ = request
    found = plan(population, defects, probability).approximation
    assert found is not None
    miss = 1 - Fraction(probability)
    assert Fraction(population - found, population) ** defects <= miss
    assert found == 0 or Fraction(population - found + 1, population) ** defects > miss


def test_the_approximation_does_not_round_up_a_whole_number() -> None:
    """In floating point 1000 (1 - 0.1) comes out a little above 900, and 64 (1 - 2^-1) must stay 32."""
    assert plan(1000, 1, Decimal("0.9")).approximation == 900
    assert plan(64, 2, Decimal("0.75")).approximation == 32


@settings(max_examples=25)
@given(st.integers(39, 60), st.integers(61, 2000), st.sampled_from(["0.5", "0.95", "0.999999999999"]))
def test_both_ways_of_rounding_agree_where_roots_meet_decimals(
    defects: int, population: int, probability: str
) -> None:
    found = plan(population, defects, Decimal(probability)).approximation
    assert found is not None
    miss = 1 - Fraction(probability)
    assert Fraction(population - found, population) ** defects <= miss
    assert Fraction(population - found + 1, population) ** defects > miss


def test_certainty_leaves_no_room_for_the_defects() -> None:
    assert plan(100, 5, Decimal(1)).size == 96
    assert plan(100, 5, Decimal(1), accept=2).size == 98
    assert plan(1_000_000, 500_000, Decimal(1)).size == 500_001


def test_an_acceptance_number_asks_for_more_and_has_no_approximation() -> None:
    strict, lenient = plan(500, 25, Decimal("0.95")), plan(500, 25, Decimal("0.95"), accept=1)
    assert lenient.size > strict.size
    assert lenient.approximation is None


@pytest.mark.parametrize(
    ("request_", "problem"),
    [
        ((0, 1, "0.9", 0), "population"),
        ((1_000_001, 1, "0.9", 0), "population"),
        ((10, 0, "0.9", 0), "defects"),
        ((10, 11, "0.9", 0), "defects"),
        ((10, 2, "0.9", 2), "accept"),
        ((10, 2, "0.9", -1), "accept"),
        ((10, 2, "0", 0), "probability"),
        ((10, 2, "1.01", 0), "probability"),
        ((10, 2, "NaN", 0), "probability"),
        ((10, 2, "0.1234567890123", 0), "probability"),
    ],
)
def test_what_leaves_nothing_to_plan_is_refused(request_: tuple[int, int, str, int], problem: str) -> None:
    population, defects, probability, accept = request_
    with pytest.raises(UsageError) as caught:
        plan(population, defects, Decimal(probability), accept)
    assert caught.value.where == problem
    assert caught.value.remedy


def test_a_probability_is_a_share_or_a_percentage() -> None:
    assert parse_probability("95%") == parse_probability(" 0.95 ") == Decimal("0.95")
    for text in ("95", "0", "0%", "101%", "-0.5", "0,95", "nan", "1e-1", ""):
        with pytest.raises(UsageError):
            parse_probability(text)


def test_the_largest_request_takes_no_longer_than_a_breath() -> None:
    assert plan(1_000_000, 10_000, Decimal("0.999999999999"), accept=100).size > 10_000


@given(requests(), st.data())
def test_what_an_actual_sample_reaches_is_the_definition(
    request: tuple[int, int, Decimal, int], data: st.DataObject
) -> None:
    population, defects, _, accept = request
    size = data.draw(st.integers(0, population))
    exact = detection(population, defects, size, accept)
    assert 0 <= exact - Fraction(reached_by(population, defects, size, accept)) < Fraction(1, 10**6)


def test_an_actual_sample_lies_within_the_population() -> None:
    assert reached_by(10, 1, 10) == 1
    assert reached_by(10, 1, 0) == 0
    for size in (-1, 11):
        with pytest.raises(UsageError, match="sample of"):
            reached_by(10, 1, size)


def test_a_share_of_defects_is_rounded_down_but_never_to_none() -> None:
    assert [parse_defects(text, 118) for text in ("5%", "2.5 %", "0.1%", "7")] == [5, 2, 1, 7]
    for text in ("", "-1", "1.5", "5%%", "five", "²"):
        with pytest.raises(UsageError):
            parse_defects(text, 118)
