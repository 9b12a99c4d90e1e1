"""What may be one serial: look-alikes, spacing, case and illegible marks; and what never is offered."""

from __future__ import annotations

import fnmatch
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldkit.domain.serials import (
    Nearness,
    as_read,
    forms_near,
    forms_one_wrong,
    glob,
    is_partial,
    is_serial,
    near,
    normal_form,
    one_wrong,
    without_zeros,
)

# Marks that a serial may be read as, so that near pairs are common enough to be drawn.
_MARKS = st.text(alphabet="O0oОΟIl1LiІΙABАВΒЗ36бБ9٣-/ .éＡx?…*", max_size=8)


@pytest.mark.parametrize(
    ("read", "declared", "reasons"),
    [
        ("AO1", "A01", ("O→0",)),
        ("A01", "AO1", ("0→O",)),
        ("7I4", "714", ("I→1",)),
        ("7l4", "714", ("l→1",)),
        ("7l4", "7I4", ("l→I",)),
        ("АВС-7", "ABC-7", ("Cyrillic А→A", "Cyrillic В→B", "Cyrillic С→C")),
        ("ΑΒ7", "AB7", ("Greek Α→A", "Greek Β→B")),
        ("ΑΒ7", "АВ7", ("Greek Α→Cyrillic А", "Greek Β→Cyrillic В")),
        ("О7", "07", ("Cyrillic О→0",)),
        ("А3", "АЗ", ("3→Cyrillic З",)),
        ("ab7", "AB7", ("case",)),
        ("AB 7", "AB7", ("spacing",)),
        ("AB-7", "AB7", ("separators",)),
        ("AB-7", "AB/7", ("separators",)),
        ("А-7", "A 7", ("Cyrillic А→A", "separators")),
        ("É7", "E7", ("accent",)),
        ("A٧", "A7", ("digits of another script",)),
        ("ＡB7", "AB7", ("form of the characters",)),
        ("00124", "124", ("zeros before it",)),
        ("124", "000124", ("zeros before it",)),
        ("00-I24", "124", ("zeros before it", "I→1", "separators")),
        ("٠٠١٢٤", "124", ("zeros before it", "digits of another script")),
        ("AB?7", "ABC7", ("partly illegible",)),
        ("…4567", "XZ-34567", ("partly illegible",)),
        ("AB...9", "AB123459", ("partly illegible",)),
        ("AO?7", "A057", ("partly illegible",)),
    ],
)
def test_a_near_reading_is_offered_with_its_reason(
    read: str, declared: str, reasons: tuple[str, ...]
) -> None:
    found = near(read, declared)
    assert found is not None
    assert found.reasons == reasons
    assert str(found) == ", ".join(reasons)


@pytest.mark.parametrize(
    ("read", "declared"),
    [
        ("1001", "1002"), ("1001", "1010"), ("1001", "10011"), ("L7", "17"), ("L7", "I7"), ("AB7", "AD7"), ("AB8", "AB3"),
        ("AB?7", "ABC8"), ("AB?7", "AB7"), ("??", "AB"), ("…7", "XYZ7"), ("*", "ABC"), ("", ""), ("", "A"), ("-", "/"),
        ("Б7", "B7"), ("A0124", "A124"), ("00124", "1240"), ("O124", "124"), ("0" * 13 + "1", "1"), ("00124", "125"),
    ],
)  # fmt: skip
def test_neighbours_in_a_series_and_readings_that_say_too_little_are_not_offered(
    read: str, declared: str
) -> None:
    assert near(read, declared) is None


def test_the_same_reading_is_the_same_however_it_is_encoded() -> None:
    found = near(" AB\t É7 ", unicodedata.normalize("NFD", "AB É7"))
    assert found is not None
    assert (found.nearness, str(found)) == (Nearness.SAME, "the same")
    assert as_read("  AB \n 7 ") == "AB 7"


def test_a_partial_reading_makes_a_pattern_over_normal_forms() -> None:
    assert glob("ab-?O…") == "AB?0*"
    assert is_partial("AB?7")
    assert is_partial("AB…")
    assert not is_partial("AB.7")
    for declared in ("AB-1O9", "ABX0"):
        assert fnmatch.fnmatchcase(normal_form(declared), glob("ab-?O…")), declared


def test_a_dash_is_no_serial() -> None:
    assert [is_serial(text) for text in ("—", " - ", "", "?", "0", "№ 7", "Я")] == [False] * 4 + [True] * 3


_NUMBERS = st.text(alphabet="0OI1l٣-", max_size=7)


@given(_MARKS | _NUMBERS, _MARKS | _NUMBERS)
def test_near_readings_are_found_by_look_up_and_nearness_goes_both_ways(a: str, b: str) -> None:
    there, back = near(a, b), near(b, a)
    assert (there is None) == (back is None)
    if there is not None and there.nearness is not Nearness.PARTIAL:
        assert normal_form(b) in {"", *forms_near(a)}
        assert without_zeros(normal_form(a)) == without_zeros(normal_form(b))


@given(_MARKS)
def test_a_partial_reading_fits_any_serial_it_was_read_from(serial: str) -> None:
    whole = as_read(serial.translate({ord(mark): None for mark in "?*…."}))
    for place in range(len(whole)):
        read = f"{whole[:place]}?{whole[place + 1 :]}"
        legible = normal_form(read)
        if len(legible) >= 3 and whole[place].isalnum():
            found = near(read, whole)
            assert found is not None
            assert found.nearness is Nearness.PARTIAL


@given(st.text(max_size=30), st.text(max_size=30))
def test_any_text_at_all_can_be_compared(a: str, b: str) -> None:
    near(a, b)
    assert normal_form(normal_form(a)) == normal_form(a)
    assert normal_form(a) == normal_form(unicodedata.normalize("NFD", a)) or not a.isascii()


def test_a_hostile_reading_of_wildcards_ends_at_once() -> None:
    assert near("*a" * 5000, "a" * 10_000) is None


@pytest.mark.parametrize(
    ("read", "declared", "said"),
    [
        ("447108", "447308", "character 4: 1→3"),
        ("4471O8", "447308", "character 4: 1→3, O→0"),
        ("447108", "44718", "character 5, 0, is too many"),
        ("44718", "447108", "0 is left out before character 5"),
        ("447108", "447180", "characters 5 and 6 changed places"),
        ("L447", "1447", "character 1: L→1"),
        ("447Б1", "44701", "character 4: Cyrillic Б→0"),
    ],
)
def test_one_wrong_character_is_told(read: str, declared: str, said: str) -> None:
    found = one_wrong(read, declared)
    assert found is not None
    assert (found.nearness, str(found)) == (Nearness.ONE_WRONG, said)


@pytest.mark.parametrize(
    ("read", "declared"),
    [("447108", "447399"), ("447", "448"), ("4471?8", "447308"), ("447108", "4473081"), ("", "4471")],
)
def test_two_wrong_characters_or_too_few_are_none(read: str, declared: str) -> None:
    assert one_wrong(read, declared) is None


@given(st.text("AB01O-", min_size=4, max_size=9), st.text("AB01O-", min_size=4, max_size=9))
def test_whatever_is_one_character_off_is_among_the_forms_looked_up(a: str, b: str) -> None:
    there, back = one_wrong(a, b), one_wrong(b, a)
    assert (there is None) == (back is None)
    if there is not None:
        assert normal_form(b) in forms_one_wrong(a)
