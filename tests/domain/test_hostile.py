"""Text from outside cannot drive a terminal, hide, reorder itself or make a spreadsheet compute."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldkit.domain.hostile import cell, visible

ANY_TEXT = st.text(st.characters(codec=None), max_size=40)


@given(ANY_TEXT)
def test_nothing_that_drives_or_hides_is_left(text: str) -> None:
    shown = visible(text, lines=False)
    left = {character for character in shown if unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp")}
    assert not left
    assert not {unicodedata.bidirectional(each) for each in shown} & {
        "LRE",
        "RLE",
        "LRO",
        "RLO",
        "PDF",
        "LRI",
        "RLI",
        "FSI",
        "PDI",
    }
    shown.encode()


@given(
    st.text(st.characters(categories=["L", "N", "P", "Zs"], exclude_characters="\u115f\u1160\u3164\uffa0"))
)
def test_ordinary_text_of_any_script_stays(text: str) -> None:
    assert visible(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\x1b[31mb", "a␛[31mb"),
        ("a\x00b\x7f", "a␀b␡"),
        ("a\x9bb", "a⟨U+009B⟩b"),
        ("447\u200b108", "447⟨U+200B⟩108"),
        ("\u202egpj.exe", "⟨U+202E⟩gpj.exe"),
        ("\u2067x\u2069", "⟨U+2067⟩x⟨U+2069⟩"),
        ("\ufeffx", "⟨U+FEFF⟩x"),
        ("x\u200cy", "x⟨U+200C⟩y"),
        ("x\U000e0041", "x⟨U+E0041⟩"),
        ("\ud800", "⟨U+D800⟩"),
        ("one\n\ttwo\r", "one\n\ttwo␍"),
    ],
)
def test_what_hides_is_shown(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_a_view_of_one_line_has_one_line() -> None:
    assert visible("one\n\ttwo", lines=False) == "one␊␉two"


def test_joiners_stay_where_the_script_needs_them() -> None:
    persian = "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"
    hindi = "\u0915\u094d\u200d\u0937"
    assert visible(persian) == persian
    assert visible(hindi) == hindi


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", " =1", "\t=1", "\r=1", "\n=1", "＝1", "\u3000=1"]
)
def test_a_cell_is_never_a_formula(text: str) -> None:
    assert cell(text).startswith("'")


@given(ANY_TEXT)
def test_a_cell_never_begins_as_a_formula(text: str) -> None:
    assert cell(text)[:1] not in set("=+-@\t\r＝＋－＠")


def test_an_ordinary_cell_stays() -> None:
    assert cell("Vertical gyroscope 447108") == "Vertical gyroscope 447108"
    assert cell("") == ""
