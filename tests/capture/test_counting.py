"""Counting and reconciling: recounts stand side by side, near serials are offered, undeclared things are met."""

from __future__ import annotations

from pathlib import Path

import pytest

from fieldkit.capture.counting import count, count_taken, count_undeclared, find_item
from fieldkit.capture.declarations import load_declaration
from fieldkit.capture.reconciliation import reconcile_inventory
from fieldkit.domain.inventory import Discrepancy, Status
from fieldkit.errors import RefusedError, UsageError
from fieldkit.vault.recording import Add, Amend, Retract
from fieldkit.vault.vault import Vault
from tests.bad import sheets

ROWS = [
    [1, "Gyroscope", "GX", "SN-001", 1, "Hall 4"],
    [2, "Gyroscope", "GX", "SN-002", 1, "Hall 4"],
    [3, "Accelerometer", "AX", "", 10, "Hall 5"],
    [4, "Pump", "P", "77", 2, "Hall 5"],
]


@pytest.fixture
def inventory(vault: Vault, tmp_path: Path) -> Vault:
    path = tmp_path / "list.xlsx"
    path.write_bytes(sheets.sound_xlsx(ROWS))
    load_declaration(vault, path)
    return vault


def test_an_item_is_found_by_number_and_by_its_serial_exactly_as_declared(inventory: Vault) -> None:
    assert find_item(inventory, "A-I-0002").number == "A-I-0002"
    assert find_item(inventory, "SN-002").number == "A-I-0002"
    assert find_item(inventory, "77").number == "A-I-0004"


def test_a_near_serial_is_offered_with_the_reason_never_taken(inventory: Vault) -> None:
    with pytest.raises(UsageError) as caught:
        count(inventory, "SN-OO1", {"counted": 1})
    assert "SN-001 of A-I-0001 (O→0)" in caught.value.remedy
    assert inventory.count("count") == 0


def test_zeros_that_a_spreadsheet_dropped_are_offered_where_they_are_read_on_the_thing(
    vault: Vault, tmp_path: Path
) -> None:
    path = tmp_path / "list.xlsx"
    path.write_bytes(sheets.sound_xlsx([[1, "Gyroscope", "GX", 124, 1, ""], [2, "Pump", "P", 125, 1, ""]]))
    load_declaration(vault, path)
    with pytest.raises(UsageError) as caught:
        count(vault, "00124", {})
    assert "124 of A-I-0001 (zeros before it)" in caught.value.remedy
    count(vault, "A-I-0001", {"serials": ["00124"]})
    (line, _) = reconcile_inventory(vault).result.lines
    assert line.status is Status.IDENTITY_MISMATCH
    assert [(each.declared, each.reason) for each in line.offers] == [("124", "zeros before it")]
    count_taken(vault, "00125", "A-I-0002", {})
    assert reconcile_inventory(vault).result.lines[1].status is Status.MATCHED


def test_a_serial_that_stands_in_two_lines_is_not_settled_here(inventory: Vault) -> None:
    inventory.record([Add("item", {"nomenclature": "Copy", "serials": ["SN-001"]})])
    with pytest.raises(UsageError, match="2 lines"):
        find_item(inventory, "SN-001")


def test_what_is_no_item_is_not_counted(inventory: Vault) -> None:
    (seal,) = inventory.record([Add("seal", {"number": "Z-1"})])
    with pytest.raises(UsageError, match="not an item"):
        count(inventory, seal.number, {"counted": 1})
    inventory.record([Retract("A-I-0003", "entered twice")])
    with pytest.raises(RefusedError, match="retracted"):
        count(inventory, "A-I-0003", {"counted": 1})


def test_a_count_knows_who_counted_and_counts_the_serials_read(inventory: Vault) -> None:
    told = count(inventory, "A-I-0004", {"serials": ["77", "78"]})
    doc = inventory.get(told.count.id).doc
    assert (doc["counted"], doc["counter"], doc["status"]) == (2, inventory.author, "found")


def test_totals_add_up_and_every_discrepancy_is_named(inventory: Vault) -> None:
    count(inventory, "SN-001", {"counted": 1, "verified": 1, "serials": ["SN-001"]})
    count(inventory, "A-I-0002", {"status": "not_accessible", "reason": "the key was not there"})
    count(inventory, "A-I-0003", {"counted": 7})
    count(inventory, "A-I-0004", {"counted": 3})
    count_undeclared(inventory, {"nomenclature": "Turbopump"}, {"serials": ["X-9"]})
    found = reconcile_inventory(inventory)
    totals = found.result.totals
    assert totals.declared == 14
    assert totals.declared == (
        totals.matched + totals.identity_mismatch + totals.missing + totals.not_accessible + totals.left
    )
    assert totals.observed == totals.matched + totals.identity_mismatch + totals.undeclared
    assert (totals.missing, totals.not_accessible, totals.undeclared) == (3, 1, 2)
    assert {each.value for each in found.result.discrepancies} == {
        "short",
        "over",
        "not_accessible",
        "undeclared",
    }
    assert {found.numbers[line.declared.id] for line in found.result.lines} == {
        f"A-I-000{n}" for n in range(1, 5)
    }


def test_independent_recounts_stand_side_by_side(inventory: Vault) -> None:
    (colleague,) = inventory.record(
        [Add("person", {"name": "B. Osei", "party": "team", "role": "inspector"})]
    )
    count(inventory, "A-I-0003", {"counted": 10})
    count(inventory, "A-I-0003", {"counted": 9, "counter": colleague.id})
    assert inventory.count("count") == 2
    result = reconcile_inventory(inventory).result
    line = next(line for line in result.lines if line.declared.line == "3")
    assert (line.matched, line.left) == (9, 1)
    assert Discrepancy.COUNTS_DIFFER in result.discrepancies


def test_a_retracted_count_no_longer_stands(inventory: Vault) -> None:
    told = count(inventory, "A-I-0003", {"counted": 2})
    inventory.record([Retract(told.count.id, "counted the wrong shelf")])
    result = reconcile_inventory(inventory).result
    assert result.totals.left == 14
    assert result.clean


def test_the_place_where_it_was_counted_is_held_against_the_declared_one(inventory: Vault) -> None:
    room, hall = (view for view in inventory.list("location"))
    count(
        inventory, "SN-001", {"counted": 1, "location": hall.id if hall.doc["name"] == "Hall 5" else room.id}
    )
    assert Discrepancy.LOCATION in reconcile_inventory(inventory).result.discrepancies


def test_what_stands_on_the_item_itself_counts_where_nobody_counted(inventory: Vault) -> None:
    inventory.record(
        [
            Amend(
                "A-I-0003",
                "room locked",
                set={"access_status": "not_accessible", "not_accessible_reason": "locked"},
            )
        ]
    )
    line = next(line for line in reconcile_inventory(inventory).result.lines if line.declared.line == "3")
    assert (line.status, line.not_accessible) == (Status.NOT_ACCESSIBLE, 10)


def test_a_broken_seal_on_an_item_is_an_anomaly(inventory: Vault) -> None:
    item = inventory.resolve("A-I-0001")
    at = {"at": "2026-02-12T08:41:00Z", "offset": "+02:00"}
    inventory.record(
        [Add("seal", {"number": "Z-1", "applied_to": item, "checks": [{"at": at, "result": "broken"}]})]
    )
    count(inventory, "A-I-0001", {"counted": 1})
    assert Discrepancy.SEAL in reconcile_inventory(inventory).result.discrepancies


def test_one_declaration_can_be_reconciled_by_itself(inventory: Vault, tmp_path: Path) -> None:
    path = tmp_path / "second.xlsx"
    path.write_bytes(sheets.sound_xlsx([[1, "Case", "C", "", 100, ""]]))
    second = load_declaration(inventory, path)
    assert reconcile_inventory(inventory).result.totals.declared == 114
    assert reconcile_inventory(inventory, second.number).result.totals.declared == 100
    with pytest.raises(UsageError, match="not a declaration"):
        reconcile_inventory(inventory, "A-I-0001")
