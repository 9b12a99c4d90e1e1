"""Two control lists side by side: what is proposed and why, figures held against each other, coverage that adds up."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldkit.domain.controls import shipped
from fieldkit.domain.crosswalk import (
    OPEN,
    RELATIONS,
    Comparison,
    Judgement,
    NationalEntry,
    NationalList,
    code_key,
    from_kept,
    kept,
    lowest,
)
from fieldkit.domain.crosswalk_figures import DIFFERS, MISSING, SAME, compare, figures
from fieldkit.domain.crosswalk_proposals import CONCORDANCE, NUMBER, WORDS, Proposer
from fieldkit.domain.crosswalk_words import Texts, stems
from fieldkit.errors import UnreadableError, UsageError

MTCR = shipped()
LAW = NationalList(
    "Decree 12",
    (
        NationalEntry(code="9A101", title="Turbojet and turbofan engines, as follows", row=4),
        NationalEntry(code="9A101.a", text="thrust greater than 400 N", row=5),
        NationalEntry(code="9A004", title="Launch vehicles", text="a payload of at least 500 kg to a range of at least 280 km", row=6),
        NationalEntry(code="7A103", title="Instruments with accelerometers or gyros, inertial", row=7),
        NationalEntry(code="2B109", title="Flow-forming machines", row=8),
        NationalEntry(code="1C350", title="Chemicals, precursors of toxic agents", row=9),
        NationalEntry(code="6-12.A.6", title="Thermal batteries", row=10),
        NationalEntry(code="X1", title="Rugs and carpets", row=11),
    ),
)  # fmt: skip


def judged(entry: str, relation: str, *codes: str, number: str = "A-0001") -> Judgement:
    return Judgement(entry, relation, codes, "", number, number)


def test_what_hangs_under_a_code_speaks_for_it() -> None:
    assert [each.code for each in LAW.provisions][:2] == ["9A101", "9A004"]
    provision = LAW.provision("9a101 . a")
    assert provision is not None
    assert "400 N" in provision.text
    assert LAW.provision("9A101.z") == provision
    assert LAW.named("9А101") == "9A101", "a Cyrillic А is read as the Latin one"
    assert LAW.named("9A101.z") == "9A101.z"
    with pytest.raises(UsageError, match="no entry '9A999'"):
        LAW.named("9A999")


def test_a_list_is_kept_and_read_again_as_it_was() -> None:
    assert from_kept(kept(LAW.entries), "x") == LAW.entries
    for damaged in (
        b"",
        b"[]",
        b'{"entries": [{"code": ""}]}',
        b"\xff",
        b'{"entries": [{"code": "x", "y": 1}]}',
    ):
        with pytest.raises(UnreadableError):
            from_kept(damaged, "x")


def test_proposals_say_why_and_what_was_not_verified() -> None:
    proposer = Proposer(MTCR, LAW)
    engines = proposer.propose(MTCR.entry("3.A.1")).proposals[0]
    assert engines.code == "9A101"
    assert [(reason.source, reason.verified) for reason in engines.reasons] == [
        (CONCORDANCE, False),
        (WORDS, True),
    ]
    assert "turbojet" in engines.reasons[1].text
    batteries = proposer.propose(MTCR.entry("12.A.6")).proposals[0]
    assert (batteries.code, batteries.reasons[0].source, batteries.reasons[0].verified) == (
        "6-12.A.6",
        NUMBER,
        False,
    )
    imu = proposer.propose(MTCR.entry("9.A.6"))
    assert imu.proposals[0].code == "7A103"
    assert imu.missing == ("7A101", "7A102", "7A104")
    assert proposer.propose(MTCR.entry("17.B.1")).proposals == ()
    assert all(each.code != "X1" for entry in MTCR.entries for each in proposer.propose(entry).proposals)


def test_a_list_that_numbers_as_the_control_list_does() -> None:
    law = NationalList("Ordinance", (NationalEntry(code="9.A.6."), NationalEntry(code="9A601")))
    first = Proposer(MTCR, law).propose(MTCR.entry("9.A.6")).proposals[0]
    assert (first.code, first.reasons[0].source) == ("9.A.6.", NUMBER)


def test_a_threshold_that_differs_is_shown_with_both_figures() -> None:
    rockets = Proposer(MTCR, LAW).propose(MTCR.entry("1.A.1"))
    by_quantity = {
        each.quantity: each for each in compare(MTCR.entry("1.A.1").threshold, LAW.provisions[1].text)
    }
    assert by_quantity["payload"].verdict == SAME
    assert by_quantity["range"].verdict == DIFFERS
    assert by_quantity["range"].in_words() == "range at least 300 km against at least 280 km: differs"
    assert all(each.code != "9A101" for each in rockets.proposals)


@pytest.mark.parametrize(
    ("entry", "text", "verdicts"),
    [
        ("1.A.1", "payload of 500 kg or more, range of 300 km or more", [SAME, SAME]),
        ("1.A.1", "range exceeding 300 km", [DIFFERS, MISSING]),
        ("1.A.1", "дальность не менее 300 км, полезная нагрузка не менее 500 кг", [SAME, SAME]),
        ("1.A.1", "portée supérieure ou égale à 300 km et charge utile de 500 kg", [SAME, SAME]),
        ("1.A.1", "مدى لا يقل عن ٣٠٠ كم وحمولة ٥٠٠ كجم", [SAME, SAME]),
        ("1.A.1", "a range of 300 000 m", [MISSING, MISSING]),
        ("1.A.1", "a tolerance of 5 mm", [MISSING, MISSING]),
        ("2.A.1.c", "equal to or greater than 1.1 x 10^6 Ns", [SAME]),
        ("2.A.1.c", "1,1 × 10⁶ N·s or more", [SAME]),
        ("2.A.1.c", "1,100,000 N s", [SAME]),
        ("2.A.1.c", "8.41 x 105 Ns or greater", [DIFFERS]),
        ("2.A.1.d", "3,33 % or less of the range", [SAME]),
        ("20.A.1.b", "at least 8.41 × 10^5 Ns, but less than 1.1 × 10^6 Ns", [SAME, SAME]),
        ("19.A.3", "more than 20 litres", [SAME]),
        ("19.A.3", "20 litres or more", [DIFFERS]),
    ],
)  # fmt: skip
def test_figures_are_compared_however_they_are_written(entry: str, text: str, verdicts: list[str]) -> None:
    assert [each.verdict for each in compare(MTCR.entry(entry).threshold, text)] == verdicts


def test_an_ambiguous_comma_counts_as_either() -> None:
    (figure,) = figures("no more than 1,250 kg")
    assert ({*map(int, figure.readings)}, figure.bound) == ({1, 1250}, "at_most")


@given(st.text(max_size=200))
def test_no_text_whatever_breaks_the_comparison(text: str) -> None:
    for entry in ("1.A.1", "2.A.1.c", "2.A.1.d", "19.A.3"):
        assert all(
            each.theirs or each.verdict == MISSING for each in compare(MTCR.entry(entry).threshold, text)
        )


@given(st.integers(1, 10**9), st.sampled_from(["km", "kg", "N s", "%", "L", "MPa"]))
def test_a_number_is_read_with_its_unit_wherever_it_stands(number: int, unit: str) -> None:
    (figure,) = figures(f"capable of at least {number} {unit}, and more")
    assert figure.readings[0] == number * figure.unit.factor
    assert figure.bound == "at_least"


def test_words_meet_in_their_stems_and_common_ones_do_not_count() -> None:
    assert [stem for stem, _ in stems("Accelerometers, and the accelerometer")] == ["acceleromet"] * 2
    assert [stem for stem, _ in stems("Гироскопов гироскопы")] == ["гироскоп"] * 2
    texts = Texts(["linear accelerometers", "gyros of other systems", "systems and equipment"])
    (match,) = texts.near("Linear accelerometer for systems")
    assert (match.place, match.words) == (0, ("accelerometer", "linear"))
    assert texts.near("the of and") == []
    assert Texts([]).near("gyros") == []


@given(st.lists(st.text("abcde ", max_size=20), max_size=6), st.text("abcde ", max_size=20))
def test_nearness_lies_between_none_and_all(texts: list[str], words: str) -> None:
    found = Texts(texts).near(words, "ab cd")
    assert all(0 < each.nearness <= 1 for each in found)
    assert all(one.nearness >= other.nearness for one, other in pairwise(found))


def test_a_judgement_holds_for_what_is_below_it_until_that_has_its_own() -> None:
    found = Comparison(MTCR, LAW, (judged("9.A", "broader", "7A103"), judged("9a6", "same", "7A103")))
    rows = {row.entry.id: row for row in found.rows}
    assert (rows["9.A.6"].state, rows["9.A.6"].level) == ("same", "9.A.6")
    assert (rows["9.A.4"].state, rows["9.A.4"].level) == ("broader", "9.A")
    assert rows["9.B.2"].state == OPEN
    assert "9.A" not in rows


def test_two_that_disagree_are_shown_as_that() -> None:
    found = Comparison(
        MTCR, LAW, (judged("9.A.6", "same", "7A103"), judged("9.A.6", "absent", number="B-0001"))
    )
    assert next(row for row in found.rows if row.entry.id == "9.A.6").state == "differing"
    assert Comparison(MTCR, LAW, (judged("99.Z", "same", "x"),)).strays[0].entry == "99.Z"


@given(
    st.lists(
        st.tuples(st.sampled_from([entry.id for entry in MTCR.entries]), st.sampled_from(RELATIONS)),
        max_size=30,
    )
)
def test_coverage_adds_up_whatever_was_judged(judgements: list[tuple[str, str]]) -> None:
    found = Comparison(MTCR, LAW, tuple(judged(entry, relation) for entry, relation in judgements))
    assert sum(each.total for each in found.coverage) == found.whole.total == len(list(lowest(MTCR)))
    assert sum(each.done for each in found.coverage) == found.whole.done
    assert (found.whole.percent == 100) == (found.whole.done == found.whole.total)
    assert bool(found.whole.done) == bool(judgements)


@pytest.mark.parametrize("one", ["9A101.a", "9a101 .A", " 9А101.a. "])
def test_codes_are_the_same_however_they_are_spaced(one: str) -> None:
    assert code_key(one) == "9a101.a"


def test_one_word_of_another_name_is_chance() -> None:
    texts = Texts(["filament winding of fibres", "gyros", "an optical gyroscope with a ring laser"])
    assert {each.place for each in texts.near("Gyros", "fibre optic gyro, ring laser gyroscope")} == {1, 2}
