"""What is gathered for a reconciliation: one bad number never keeps the rest from being held against each other."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from fieldkit.capture.reconciliation import reconcile_inventory
from fieldkit.domain.inventory import Discrepancy, LineResult, Status
from fieldkit.domain.jsontypes import JSON, Doc
from fieldkit.vault.recording import Add, uuid7
from fieldkit.vault.tables import Tables
from fieldkit.vault.vault import Vault
from tests.vault.missions import new_mission


class Inventory:
    """A mission with two declared lines, and ways to say something of the first."""

    def __init__(self, vault: Vault) -> None:
        self.vault = vault
        (listed,) = vault.record([Add("declaration", {"name": "List"})])
        self.item, self.other = (
            vault.record(
                [
                    Add(
                        "item",
                        {"declaration": listed.id, "line": str(n), "nomenclature": "Gyro", "declared": 4},
                    )
                ]
            )[0].id
            for n in (1, 2)
        )

    def add(self, kind: str, **values: JSON) -> str:
        (recorded,) = self.vault.record([Add(kind, values)])
        return recorded.number

    def merge(self, number: str, kind: str, **values: JSON) -> None:
        """A record as a merged journal of other rules might bring it."""
        (pattern,) = self.vault.entries_of(self.vault.author)[:1]
        doc: Doc = {**values}
        entry = replace(pattern, kind=kind, record=uuid7(), number=number, hash="aa" * 32, values=doc)
        with self.vault.database.write():
            tables = Tables(self.vault.database)
            tables.restore([entry])
            tables.flush()

    def reconciled(self) -> tuple[LineResult, LineResult]:
        result = reconcile_inventory(self.vault).result
        totals = result.totals
        assert totals.declared == sum(
            (totals.matched, totals.identity_mismatch, totals.missing, totals.not_accessible, totals.left)
        )
        first, second = result.lines
        return first, second


@pytest.fixture
def inventory(tmp_path: Path) -> Iterator[Inventory]:
    with new_mission(tmp_path / "mission") as vault:
        yield Inventory(vault)


def said(line: LineResult, found: Discrepancy) -> str:
    (text,) = [finding.text for finding in line.findings if finding.discrepancy is found]
    return text


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("counted", -3),
        ("verified", -1),
        ("counted", "a few"),
        ("counted", True),
        ("status", "vanished"),
        ("status", 7),
    ],
)
def test_a_merged_count_that_no_count_can_be_is_left_out_and_told(
    inventory: Inventory, name: str, value: JSON
) -> None:
    inventory.add("count", item=inventory.item, counted=4)
    inventory.add("count", item=inventory.other, counted=3)
    inventory.merge("B-C-0001", "count", **{"item": inventory.item, "counted": 4, name: value})
    first, second = inventory.reconciled()
    assert (first.status, first.matched) == (Status.MATCHED, 4)
    assert (second.status, second.missing) == (Status.MISSING, 1)
    assert f"B-C-0001 says {name} {value!r}" in said(first, Discrepancy.UNUSABLE)


def test_a_line_of_which_only_an_unusable_count_is_there_waits_to_be_counted(inventory: Inventory) -> None:
    inventory.merge("B-C-0001", "count", item=inventory.item, counted=-3)
    first, _ = inventory.reconciled()
    assert (first.status, first.left) == (Status.LEFT, 4)
    assert said(first, Discrepancy.UNUSABLE)


def test_numbers_of_a_merged_item_are_left_out_in_the_same_way(inventory: Inventory) -> None:
    inventory.merge("B-I-0001", "item", undeclared=True, nomenclature="Mast", counted=-2, serials="none")
    (thing,) = reconcile_inventory(inventory.vault).result.undeclared
    assert thing.pieces == 1
    assert "B-I-0001 says counted -2" in {f.discrepancy: f.text for f in thing.findings}[Discrepancy.UNUSABLE]


@pytest.mark.parametrize("counted", [True, False])
def test_a_measurement_beyond_the_tolerance_is_a_discrepancy_of_its_item(
    inventory: Inventory, *, counted: bool
) -> None:
    if counted:
        inventory.add("count", item=inventory.item, counted=4)
    of_mass: Doc = {"quantity": "mass", "item": inventory.item, "declared": {"value": "10", "unit": "kg"}}
    within: Doc = {"value": "10.19", "unit": "kg", "uncertainty": "0.2", "k": "2"}
    inventory.add("measurement", **of_mass, value=within)
    first, _ = inventory.reconciled()
    assert not first.findings
    number = inventory.add(
        "measurement", **of_mass, value={**within, "value": "10210", "unit": "g", "uncertainty": "200"}
    )
    reconciled = reconcile_inventory(inventory.vault)
    (finding,) = reconciled.result.lines[0].findings
    assert finding.text == "mass 10210 ± 200 g (k=2) where 10 kg was declared, beyond the tolerance"
    assert [reconciled.numbers[ref] for ref in finding.counts] == [number]
    assert reconciled.result.discrepancies == {Discrepancy.TOLERANCE: 1}


def test_a_seal_that_is_not_intact_is_found_on_a_line_that_nobody_counted(inventory: Inventory) -> None:
    looks: list[JSON] = [
        {"at": _at(hour), "result": result} for hour, result in ((9, "intact"), (10, "broken"))
    ]
    inventory.add("seal", number="4711", applied_to=inventory.item, checks=looks)
    inventory.add("seal", number="4712", applied_to=inventory.item, checks=looks[:1])
    first, _ = inventory.reconciled()
    assert said(first, Discrepancy.SEAL) == "seal 4711: broken"


def _at(hour: int) -> Doc:
    return {"at": f"2026-02-12T{hour:02}:00:00Z", "offset": "+00:00", "source": "typed"}
