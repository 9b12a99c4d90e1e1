"""Counting by serial as read, by type and by place: near matches are offered, taking one is said and kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bad import sheets
from tests.cli.conftest import Fieldkit

ROWS = [
    [1, "Gyroscope", "GX", "AO-4471", 1, "Store 10"],
    [2, "Gyroscope", "GX", "AO-4472", 1, "Store 2"],
    [3, "Pump", "P-9", "", 4, "Store 2"],
    [4, "Case", "C", "", 2, ""],
]


@pytest.fixture
def listed(fieldkit: Fieldkit, mission: Path, tmp_path: Path) -> Fieldkit:
    path = tmp_path / "list.xlsx"
    path.write_bytes(sheets.sound_xlsx(ROWS))
    fieldkit.done("inventory", "load", path)
    return fieldkit


def test_a_dry_run_shows_the_first_items_as_they_would_be_recorded(
    fieldkit: Fieldkit, tmp_path: Path
) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes(
        sheets.csv([[n, "Gyroscope", f"S{n}", 1, "2.5"] for n in range(1, 8)],
                   headings=("No", "Name", "Serial", "Qty", "Mass (kg)"))
    )  # fmt: skip
    told = fieldkit.done("inventory", "load", path, "--dry-run", "--skip-rows", "4").out
    assert "  row 2: line=1; nomenclature=Gyroscope; serials=S1; declared=1; mass=2.5 kg" in told
    assert "  row 7: line=6" in told
    assert "row 4:" not in told
    assert "row 8:" not in told
    assert fieldkit("inventory", "load", path, "--dry-run", "--decimal", ",").code == 5


def test_a_near_serial_is_offered_in_words_and_taken_only_when_told(listed: Fieldkit) -> None:
    asked = listed("inventory", "match", "А0-4471")
    assert asked.code == 1
    assert "A-I-0001  AO-4471" in asked.out
    assert "near: Cyrillic А→A, 0→O" in asked.out
    refused = listed("inventory", "count", "A0-4471")
    assert refused.code == 2
    assert "AO-4471 of A-I-0001 (0→O)" in refused.err
    assert listed.done("list", "count", "--json").document == []
    told = listed.done("inventory", "count", "A0-4471", "--take", "A-I-0001", "verified=1", "--json").document
    assert told["taken"] == [{"declared": "AO-4471", "difference": "0→O", "read": "A0-4471"}]
    (kept,) = listed.done("list", "count", "--json").document
    assert kept["fields"]["serials"] == ["A0-4471"]
    totals = listed.done("inventory", "reconcile", "--json").document
    assert (totals["matched"], totals["identity_mismatch"]) == (1, 0)


def test_one_wrong_character_is_offered_last(listed: Fieldkit) -> None:
    found = listed("inventory", "match", "AO-4571", "--json").document
    assert [(each["item"], each["nearness"], each["reasons"]) for each in found] == [
        ("A-I-0001", "one wrong", ["character 4: 5→4"])
    ]
    assert listed("inventory", "match", "AO-4478", "--json").document[0]["nearness"] == "one wrong"
    exact = listed.done("inventory", "match", "AO-4471", "--json").document
    assert [each["item"] for each in exact] == ["A-I-0001"]


def test_illegible_characters_are_written_as_questions(listed: Fieldkit) -> None:
    found = listed("inventory", "match", "AO-447?", "--json").document
    assert [each["item"] for each in found] == ["A-I-0001", "A-I-0002"]
    here = listed("inventory", "match", "*4472", "--at", "Store 2", "--json").document
    assert [each["item"] for each in here] == ["A-I-0002"]


def test_what_is_not_near_is_not_taken(listed: Fieldkit) -> None:
    answer = listed("inventory", "count", "ZZ-99", "--take", "A-I-0001")
    assert answer.code == 2
    assert "not near" in answer.err
    assert listed("inventory", "match", "ZZ-99").out == "No item has a serial like ZZ-99.\n"


def test_counting_by_type_and_quantity_at_a_place(listed: Fieldkit) -> None:
    told = listed.done(
        "inventory", "count", "--type", "p-9", "--at", "Store 2", "counted=4", "--json"
    ).document
    assert told["item_number"] == "A-I-0003"
    several = listed("inventory", "count", "--type", "GX", "counted=1")
    assert several.code == 2
    assert "2 items are of the type 'GX': A-I-0001, A-I-0002" in several.err
    one = listed.done(
        "inventory", "count", "--type", "GX", "--at", "Store 10", "counted=1", "--json"
    ).document
    assert one["item_number"] == "A-I-0001"
    assert listed("inventory", "count", "--type", "GX", "--take", "A-I-0001", "counted=1").code == 2


def test_the_list_goes_place_by_place_and_shows_what_is_left(listed: Fieldkit) -> None:
    order = [each["item"] for each in listed.done("inventory", "list", "--json").document]
    assert order == ["A-I-0002", "A-I-0003", "A-I-0001", "A-I-0004"]
    listed.done("inventory", "count", "AO-4472", "verified=1", "serials=AO-4472", "--at", "Store 2")
    left = listed.done("inventory", "list", "--at", "Store 2", "--left")
    assert left.out.splitlines() == ["Store 2", "  A-I-0003  line 3  4 × Pump · P-9  TO DO"]
    listed.done("inventory", "count", "A-I-0003", "counted=4")
    listed.done("inventory", "count", "A-I-0003", "counted=3")
    again = listed.done("inventory", "list", "--left", "--json").document
    assert [(each["item"], each["left"], each["looked_for"]) for each in again] == [
        ("A-I-0003", 1, True), ("A-I-0001", 1, False), ("A-I-0004", 2, False),
    ]  # fmt: skip
    assert listed("inventory", "list", "--at", "Nowhere").code == 2


def test_a_thing_met_a_second_time_is_known_by_the_serial_read_on_it(listed: Fieldkit) -> None:
    listed.done("inventory", "count", "Turbopump", "--undeclared", "serials=X-1700")
    told = listed.done("inventory", "count", "X-1700", "serials=X-1700", "--json").document
    assert told["item_number"] == "A-I-0005"
