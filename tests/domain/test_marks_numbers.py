"""Handling marks and human numbers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldkit.domain.marks import all_schemes, read_schemes, scheme, scheme_of
from fieldkit.domain.numbers import HumanNumber, format_number, looks_like_number, parse_number
from fieldkit.errors import UnreadableError, UsageError

ANY_MARK = st.sampled_from([None, "unclassified", "confidential", "strictly confidential", "cosmic"])


def test_a_container_carries_its_highest_content() -> None:
    un = scheme("UN")
    assert (
        un.highest(["confidential", None, "strictly confidential", "unclassified"]) == "strictly confidential"
    )
    assert un.highest([None]) is None
    assert scheme("opcw").highest(["protected", "restricted"]) == "protected"


@given(st.lists(ANY_MARK))
def test_the_highest_covers_everything(marks: list[str | None]) -> None:
    un = scheme("un")
    assert all(un.covers(un.highest(marks), mark) for mark in marks)


def test_an_unknown_mark_is_not_let_down() -> None:
    assert not scheme("un").covers("strictly confidential", "cosmic")


def test_a_mistyped_mark_names_its_neighbours() -> None:
    assert scheme("un").parse("STRICTLY  Confidential") == "strictly confidential"
    with pytest.raises(UsageError, match="Did you mean confidential"):
        scheme("un").parse("confidental")
    with pytest.raises(UsageError, match="Schemes: un, opcw, iaea"):
        scheme("nato")


def test_a_mission_may_bring_its_own_scheme() -> None:
    (own,) = read_schemes('[own]\ntitle = "Own"\nmarks = ["Offen", "Geheim"]', where="own.toml")
    assert own.covers("geheim", "offen")
    for broken in ("[own", "[own]\ntitle = 'x'", "own = 3", "[own]\ntitle='x'\nmarks=[1]"):
        with pytest.raises(UnreadableError):
            read_schemes(broken, where="own.toml")


def test_what_a_mission_states_of_its_marks_is_taken_in_turn() -> None:
    assert scheme_of({"mark_scheme": "OPCW", "regime": "iaea"}).name == "opcw"
    assert scheme_of({"regime": "iaea"}).name == "iaea"
    assert scheme_of({"regime": "mtcr"}, ["", "Protected"]).name == "opcw"
    own = scheme_of({"mark_scheme": "un", "marks": ["open", "closed"]})
    assert own.marks == ("open", "closed")
    assert not own.covers("closed", "confidential")


@pytest.mark.parametrize("hostile", [" ", "", "\u2003", "x" * 5000])
def test_a_mark_that_arrives_without_sense_is_ranked_all_the_same(hostile: str) -> None:
    assert scheme("un").rank(hostile) == (4 if hostile.strip() else 0)


def test_shipped_schemes_have_no_mark_twice() -> None:
    for each in all_schemes():
        assert len(set(each.marks)) == len(each.marks)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("A-0042", HumanNumber("A", "", 42)),
        (" a-42 ", HumanNumber("A", "", 42)),
        ("A-I-0031", HumanNumber("A", "I", 31)),
        ("ab-p-12345", HumanNumber("AB", "P", 12345)),
    ],
)
def test_numbers_read_aloud(text: str, number: HumanNumber) -> None:
    assert parse_number(text) == number
    assert looks_like_number(text)


@pytest.mark.parametrize("text", ["", "A", "A-0", "A-", "42", "A-II-3", "A-0042x", "A--3", "А-42", "A-٤٢"])
def test_what_is_no_number(text: str) -> None:
    with pytest.raises(UsageError, match="A-0042"):
        parse_number(text)


@given(st.sampled_from(["A", "B", "QZ"]), st.sampled_from(["", "I", "P"]), st.integers(1, 10**9))
def test_numbers_come_back(letter: str, series: str, number: int) -> None:
    assert parse_number(format_number(letter, series, number)) == HumanNumber(letter, series, number)
