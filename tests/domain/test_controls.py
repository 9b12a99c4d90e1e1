"""The shipped MTCR list says what the regime says and what was not verified; an edited list that slips is refused by place."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest

from fieldkit.domain import controls
from fieldkit.errors import UnreadableError, UsageError

SHIPPED = controls.shipped_text()
CONCORDANCE = """
2.A.1.a/20.A.1.a~9A119; 2.A.1.b~9A116; 2.A.1.c~9A005, 9A007, 9A105, 9A107; 2.A.1.d~7A117; 3.A.1~9A101; 3.A.3~9A108;
3.A.4~9A117; 3.A.6~9A109; 3.B.3~2B109; 4.B.3~1B117, 1B118, 1B119; 4.C~1C111; 6.A.2~1A102; 6.B.1~1B101; 6.B.3~2B104;
6.C.8~1C116; 9.A~7A101, 7A102, 7A103, 7A104; 9.B.2~2B119, 2B120, 2B121, 2B122; 10.A~7A116; 11.A.2~7A115; 11.A.3~7A105;
12.A.1/12.A.2~9A115; 12.A.3~6A107; 12.A.4~5A101; 13.A.1~4A101; 14.A.1~3A101; 15.B.1~2B116; 15.B.2~9B105; 16.A.1~4A102;
17.B.1~6B108; 17.C.1~1C101; 18.A.2~6A102; 1.A.2/19.A~9A012, 9A112
"""


def edited(old: str, new: str) -> str:
    assert old in SHIPPED
    return SHIPPED.replace(old, new, 1)


def test_the_twenty_items_stand_in_their_categories() -> None:
    mtcr = controls.shipped()
    assert [item.number for item in mtcr.items] == list(range(1, 21))
    assert [item.number for item in mtcr.items if item.category == "I"] == [1, 2]
    assert [item.number for item in mtcr.items if item.reserved] == [5, 7, 8]
    assert not any(item.verified for item in mtcr.items if item.reserved)
    assert all(item.verified for item in mtcr.items if not item.reserved)
    assert "".join(group.letter for group in mtcr.groups) == "ABCDE"
    assert (mtcr.edition, mtcr.source) == ("2022", "MTCR/TEM/2022")


@pytest.mark.parametrize(
    ("entry", "said", "verified"),
    [
        ("1.A.1", ["range at least 300 km", "payload at least 500 kg"], True),
        ("1.A.2", ["range at least 300 km", "payload at least 500 kg"], True),
        ("2.A.1.c", ["total impulse at least 1100000 N s"], True),
        ("2.A.1.d", ["accuracy at most 3.33 % of range"], True),
        ("19.A.1", ["range at least 300 km"], True),
        ("19.A.2", ["range at least 300 km"], True),
        ("19.A.3", ["aerosol volume above 20 L"], False),
        ("20.A.1.b", ["total impulse at least 841000 and below 1100000 N s"], False),
    ],
)
def test_thresholds_are_the_facts_and_say_whether_they_were_verified(
    entry: str, said: list[str], verified: bool
) -> None:
    thresholds = controls.shipped().entry(entry).threshold
    assert [threshold.in_words() for threshold in thresholds] == said
    assert {threshold.verified for threshold in thresholds} == {verified}


def test_the_concordance_is_whole_and_nowhere_verified() -> None:
    mtcr = controls.shipped()
    rows = {(row.entries, row.national) for row in mtcr.concordance}
    wanted = {
        (tuple(left.split("/")), tuple(right.split(", ")))
        for left, right in (row.strip().split("~") for row in CONCORDANCE.replace("\n", " ").split(";"))
    }
    assert rows == wanted
    assert not any(row.verified for row in mtcr.concordance)
    assert not any(
        definition.verified for definition in mtcr.definitions if definition.term in ("range", "payload")
    )


def test_an_entry_is_found_as_people_write_its_number() -> None:
    mtcr = controls.shipped()
    for written in ("9.A.6", "9a6", "9.a.6.", " 9 A 6 ", "MTCR 9.A.6", "item 9.A.6", "MTCR item 9A6"):
        assert mtcr.entry(written).id == "9.A.6", written
    assert mtcr.entry("2a1c").id == "2.A.1.c"


def test_an_unknown_entry_names_what_is_above_it() -> None:
    with pytest.raises(UsageError, match=r"stand under 2\.A\.1\.c"):
        controls.shipped().entry("2.A.1.c.1")
    with pytest.raises(UsageError, match="is not the number of an entry"):
        controls.shipped().entry("gyro")
    with pytest.raises(UsageError, match="no item 21"):
        controls.shipped().item(21)
    with pytest.raises(UsageError, match="mtcr"):
        controls.shipped("mctr")


def test_search_finds_by_word_by_number_and_by_national_code() -> None:
    mtcr = controls.shipped()
    assert "9.A.4" in [hit.id for hit in mtcr.search("gyro")]
    assert [hit.id for hit in mtcr.search("IMU")] == ["9.A.6"]
    assert [hit.id for hit in mtcr.search("9A101")] == ["3.A.1"]
    assert mtcr.search("19")[0].id == "19"
    assert {hit.id for hit in mtcr.search("2.A")} == {"2.A.1", *(f"2.A.1.{letter}" for letter in "abcdef")}
    assert mtcr.search("   ") == []
    assert mtcr.search("[?] *") == []
    assert len(mtcr.search("a", limit=3)) == 3


def test_a_national_code_tells_its_regime_and_an_entry_its_codes() -> None:
    mtcr = controls.shipped()
    regimes = {
        code: origin.regime
        for code in ("9A004", "9A101", "2B201", "2B350", "1C450")
        if (origin := mtcr.origin(code))
    }
    assert [regimes[code].split()[0] for code in regimes] == [
        "Wassenaar",
        "Missile",
        "Nuclear",
        "Australia",
        "Chemical",
    ]
    assert mtcr.origin("ML4") is None
    assert [row.national for _, row in mtcr.national("9.A.6")] == [("7A101", "7A102", "7A103", "7A104")]
    assert mtcr.from_national("7a103.b")[0].entries == ("9.A",)


@pytest.mark.parametrize(
    ("old", "new", "place", "problem"),
    [
        ('title = "Gyros"', 'titel = "Gyros"', "[[entry]] 79 (9.A.4)", "titel"),
        ('title = "Gyros"', "title = 4", "[[entry]] 79 (9.A.4), title", "Expected text"),
        ('id = "9.A.4"', 'id = "9.A.5"', "[[entry]]", "9.A.5 stands twice"),
        ('id = "9.A.4"', 'id = "9a4"', "[[entry]] 9a4, id", "9.A.4"),
        ('id = "9.A.4"', 'id = "nine"', "[[entry]] nine, id", "not the number"),
        ('id = "9.A.4"', 'id = "7.A.4"', "[[entry]] 7.A.4, id", "item 7 is reserved"),
        ('id = "9.A.4"', 'id = "41.A.4"', "[[entry]] 41.A.4, id", "no item 41"),
        ('id = "9.A.4"', 'id = "9.F.4"', "[[entry]] 9.F.4, id", "no group F"),
        ('category = "I"', 'category = "III"', "[[item]] 1, category", "III"),
        ("number = 2\n", "number = 1\n", "[[item]]", "1 stands twice"),
        ('entries = ["6.C.8"]', 'entries = ["6.C.88"]', "[[concordance]] 15, entries", "6.C.88"),
        (", above = 20", "", "[[entry]] 19.A.3, threshold", "no bound"),
        ("above = 20", "above = 20, at_most = 10", "[[entry]] 19.A.3, threshold", "holds nothing"),
        ("above = 20", "above = nan", "my.toml", "nan"),
        ("above = 20", "above = 1e999999999", "my.toml", "1e999999999"),
        ("above = 20", "at_least = 20", "[[entry]] 19.A.3, threshold", "above so many L"),
        ("at_least = 1.1e6", "at_least = true", "[[threshold]] 1, at_least", "true or false"),
        ('complete = ["1.A.1", "1.A.2"]', 'complete = ["1.A.9"]', "[classification], complete", "1.A.9"),
        (
            "at_least = 300, verified",
            "at_least = 150, verified",
            "[classification]",
            "range thresholds differ",
        ),
        ("[classification]", "[classification", "my.toml", "not TOML"),
        ('edition = "2022"', "", "my.toml", "edition"),
    ],
)
def test_a_slip_in_an_edited_list_is_refused_by_table_and_key(
    old: str, new: str, place: str, problem: str
) -> None:
    with pytest.raises(UnreadableError) as caught:
        controls.load(edited(old, new), "my.toml")
    assert caught.value.where.startswith("my.toml")
    assert place in caught.value.where
    assert problem in caught.value.problem
    assert caught.value.remedy


def test_a_mission_may_carry_other_limits_in_its_own_list() -> None:
    iraq = controls.load(SHIPPED.replace("at_least = 300", "at_least = 150"), "iraq.toml")
    limits = iraq.limits_or_refuse()
    assert limits.range_km == 150
    point = controls.parse_point("160km,500kg")
    assert controls.classify([point], limits=limits).result == "1.A"


def test_a_list_without_thresholds_is_searched_but_does_not_classify() -> None:
    bare = controls.load(re.sub(r"(?s)\[classification\].*?\n\n", "", SHIPPED, count=1), "bare.toml")
    assert bare.search("gyro")
    with pytest.raises(UsageError, match="names no thresholds"):
        bare.limits_or_refuse()


def test_numbers_of_a_list_stay_decimal() -> None:
    assert controls.shipped().entry("2.A.1.d").threshold[0].at_most == Decimal("3.33")


def test_every_item_that_is_not_reserved_has_entries_in_order_and_technology_of_its_own() -> None:
    mtcr = controls.shipped()
    for item in mtcr.items:
        mine = [entry for entry in mtcr.entries if entry.id.split(".")[0] == str(item.number)]
        assert bool(mine) is not item.reserved
        assert item.reserved or any(entry.id.split(".")[1] == "E" for entry in mine)
    places = [[part.zfill(3) for part in entry.id.split(".")] for entry in mtcr.entries]
    assert places == sorted(places)


def test_a_fact_is_verified_only_where_it_was() -> None:
    verified = {entry.id for entry in controls.shipped().entries if entry.verified}
    assert verified == {"1.A.1", "1.A.2", "2.A.1", "19.A.1", "19.A.2"}
    thresholds = {
        (entry.id, threshold.quantity)
        for entry in controls.shipped().entries
        for threshold in entry.threshold
        if threshold.verified
    }
    assert thresholds == {
        *((entry, quantity) for entry in ("1.A.1", "1.A.2") for quantity in ("range", "payload")),
        ("2.A.1.c", "total impulse"),
        ("2.A.1.d", "accuracy"),
        ("19.A.1", "range"),
        ("19.A.2", "range"),
    }
