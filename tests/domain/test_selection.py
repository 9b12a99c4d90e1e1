"""Which photos a person means, and which numbers a log lacks."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldkit.domain.numbers import format_number
from fieldkit.domain.selection import missing_numbers, selected
from fieldkit.errors import UsageError


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        (["A-P-0112"], ["A-P-0112"]),
        (["a-p-112..0114"], ["A-P-0112", "A-P-0113", "A-P-0114"]),
        (["A-P-0112..A-P-0113,B-P-1"], ["A-P-0112", "A-P-0113", "B-P-0001"]),
        (["A-P-3", "0198c1f2-7a54"], ["A-P-0003", "0198c1f2-7a54"]),
        ([], []),
    ],
)
def test_runs_are_written_out(words: list[str], meant: list[str]) -> None:
    assert list(selected(words)) == meant


@pytest.mark.parametrize(
    "word", ["A-P-0005..0003", "A-P-1..B-P-2", "A-P-1..", "..0003", "A-P-1..99999999", "x..y"]
)
def test_what_is_no_run_is_refused(word: str) -> None:
    with pytest.raises(UsageError):
        list(selected([word]))


def test_gaps_are_named_as_runs_for_each_laptop() -> None:
    there = ["A-P-0001", "A-P-0002", "A-P-0006", "B-P-0002", "A-I-0001"]
    assert missing_numbers(there) == ["A-P-0003..0005", "B-P-0001"]


@given(st.sets(st.integers(1, 60), min_size=1))
def test_what_is_missing_and_what_is_there_make_an_unbroken_run(there: set[int]) -> None:
    gaps = missing_numbers(format_number("A", "P", number) for number in there)
    named = {int(number.rpartition("-")[2]) for number in selected(gaps)}
    assert named | there == set(range(1, max(there) + 1))
    assert not named & there
