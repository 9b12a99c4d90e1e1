"""A newer edition of a list changes what it changes, and nothing else; what was counted stays counted."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldkit.capture.declarations import Loaded, load_declaration
from fieldkit.capture.reconciliation import reconcile_inventory
from fieldkit.domain.editions import pair
from fieldkit.domain.inventory import Totals
from fieldkit.errors import RefusedError, UsageError
from fieldkit.vault.doctor import examine
from fieldkit.vault.recording import Add, Amend
from fieldkit.vault.vault import Vault
from tests.bad import sheets

Rows = list[list[object]]
Load = Callable[..., Loaded]
FIRST: Rows = [
    [1, "Gyroscope", "GX-7", "SN-1", 1, "Hall 4"],
    [2, "Gyroscope", "GX-7", "SN-2", 1, "Hall 4"],
    [3, "Turbopump", "TP", "", 6, "Hall 5"],
    [4, "Valve", "V-2", "", 12, "Hall 5"],
]


@pytest.fixture
def load(vault: Vault, tmp_path: Path) -> Load:
    def loaded(rows: Rows, edition: str | None, **options: object) -> Loaded:
        path = tmp_path / "annex.xlsx"
        path.write_bytes(sheets.sound_xlsx(rows))
        return load_declaration(vault, path, version=edition, **options)

    return loaded


def totals(vault: Vault) -> Totals:
    """The totals, after holding them to the two sums that always are to come out."""
    found = reconcile_inventory(vault, None).result.totals
    assert (
        found.declared
        == found.matched + found.identity_mismatch + found.missing + found.not_accessible + found.left
    )
    assert found.observed == found.matched + found.identity_mismatch + found.undeclared
    return found


def test_an_edition_amends_what_changed_and_leaves_the_rest_alone(vault: Vault, load: Load) -> None:
    first = load(FIRST, "10 February")
    before = {view.number: view for view in vault.list("item")}
    entries = vault.own_log.size
    second: Rows = [
        ["New list", "", "", "", "", ""],
        [1, "Gyroscope", "GX-7", "SN-1", 1, "Hall 4"],
        [2, "Rate gyroscope", "GX-8", "SN-2", 1, "Hall 6"],
        [3, "Turbopump", "TP", "", 8, "Hall 5"],
        [5, "Compressor", "K", "C-9", 1, "Hall 5"],
    ]
    tried = load(second, "12 February", dry_run=True)
    assert vault.own_log.size == entries
    done = load(second, "12 February")
    assert (done.number, done.declaration) == (first.number, first.declaration)
    found = done.comparison
    assert found == tried.comparison
    assert found is not None
    assert (found.unchanged, [each.number for each in found.changed]) == (1, ["A-I-0002", "A-I-0003"])
    assert {name: (was, now) for name, was, now in found.changed[0].fields} == {
        "nomenclature": ("Gyroscope", "Rate gyroscope"), "type": ("GX-7", "GX-8"), "location": ("Hall 4", "Hall 6"),
    }  # fmt: skip
    assert found.changed[1].fields == (("declared", "6", "8"),)
    assert [number for number, _ in found.gone] == ["A-I-0004"]
    assert found.added == ("5 · Compressor · K · C-9",)
    after = {view.number: view for view in vault.list("item")}
    assert after["A-I-0001"] == before["A-I-0001"]
    assert after["A-I-0002"].doc["row"] == 4
    assert vault.history("A-I-0003")[-1].reason == f"edition 12 February of {first.number}"
    assert "A-I-0004" not in after
    assert (
        vault.history("A-I-0004")[-1].reason == f"no longer declared: edition 12 February of {first.number}"
    )
    assert after["A-I-0005"].doc["declaration"] == first.declaration
    declaration = vault.get(first.declaration)
    assert (declaration.doc["version"], declaration.doc["lines"]) == ("12 February", 4)
    assert len({str(e.values["media"]) for e in vault.history(first.declaration)}) == 2
    assert totals(vault).declared == 1 + 1 + 8 + 1
    assert [finding.text for finding in examine(vault, refold=True) if not finding.good] == []


def test_what_was_counted_stays_counted_when_its_line_is_gone(vault: Vault, load: Load) -> None:
    load(FIRST, "1")
    vault.record([Add("count", {"item": vault.resolve("A-I-0004"), "counted": 12})])
    assert (totals(vault).matched, totals(vault).undeclared) == (12, 0)
    found = load(FIRST[:3], "2").comparison
    assert [number for number, _ in found.kept] == ["A-I-0004"]
    assert (totals(vault).declared, totals(vault).undeclared, totals(vault).observed) == (8, 12, 12)
    back = load(FIRST, "3").comparison
    assert [each.number for each in back.changed] == ["A-I-0004"]
    assert (totals(vault).declared, totals(vault).matched, totals(vault).undeclared) == (20, 12, 0)


def test_a_correction_of_the_team_stands_until_an_edition_says_something_new(
    vault: Vault, load: Load
) -> None:
    load(FIRST, "1")
    vault.record([Amend("A-I-0003", "as on the plate", set={"type": "TP-2"})])
    assert load([*FIRST[:3], [4, "Valve", "V-2", "", 13, "Hall 5"]], "2").comparison.unchanged == 3
    assert vault.get("A-I-0003").doc["type"] == "TP-2"
    load([*FIRST[:2], [3, "Turbopump", "TP-3", "", 6, "Hall 5"], FIRST[3]], "3")
    assert vault.get("A-I-0003").doc["type"] == "TP-3"


def test_an_edition_is_told_from_those_before_and_a_list_of_its_own_is_asked_for(
    vault: Vault, load: Load
) -> None:
    load(FIRST, "1")
    for edition in (None, "1"):
        with pytest.raises(RefusedError, match="edition 1: ") as caught:
            load(FIRST[:2], edition)
        assert "--edition" in caught.value.where
    assert load(FIRST[:2], None, again=True).comparison is None
    with pytest.raises(UsageError, match="several lists"):
        load(FIRST[:3], "2")
    assert load(FIRST[:3], "2", name="Annex B").comparison is None
    first = next(vault.list("declaration")).number
    assert load(FIRST[1:3], "2", name="Annexe", revises=first).comparison.unchanged == 2
    assert vault.get(first).doc["name"] == "Annexe"


def test_a_list_of_things_that_are_declared_already_is_not_loaded_beside_them_unasked(
    vault: Vault, tmp_path: Path, load: Load
) -> None:
    load(FIRST, "1")
    path = tmp_path / "annex (2).xlsx"
    other: list[object] = [5, "Gyroscope", "GX-8", "SN-9", 1, "Hall 4"]
    path.write_bytes(sheets.sound_xlsx([FIRST[0], other, *FIRST[2:]]))
    first = next(vault.list("declaration")).number
    for dry_run in (True, False):
        with pytest.raises(
            RefusedError, match=f"of 2 serials looked up, 1 are declared already, in {first}"
        ) as caught:
            load_declaration(vault, path, version="2", dry_run=dry_run)
    assert f"--revises {first}" in str(caught.value.remedy)
    assert vault.count("item") == len(FIRST)
    path.write_bytes(sheets.sound_xlsx([FIRST[0], other, [6, "Pump", "P", "SN-10", 1, ""]]))
    assert load_declaration(vault, path, version="2").comparison is None


def test_a_column_that_an_edition_leaves_out_says_nothing(vault: Vault, tmp_path: Path, load: Load) -> None:
    load(FIRST, "1")
    path = tmp_path / "annex.xlsx"
    rows: Rows = [["No", "Item", "Serial", "Qty"], *([r[0], r[1], r[3], r[4]] for r in FIRST)]
    path.write_bytes(sheets.workbook({"Inventory": rows}))
    assert load_declaration(vault, path, version="2").comparison.unchanged == 4
    assert vault.get("A-I-0001").doc["type"] == "GX-7"


lines = st.fixed_dictionaries(
    {"declared": st.integers(0, 3)},
    optional={
        "line": st.sampled_from("12345"),
        "nomenclature": st.sampled_from(["Gyroscope", "Valve"]),
        "type": st.sampled_from(["A", "B"]),
        "serials": st.lists(st.sampled_from(["S1", "S2", "S3"]), min_size=1, unique=True).map(sorted),
        "location": st.sampled_from(["h1", "h2"]),
    },
)
FIELDS = ("declared", "line", "location", "nomenclature", "serials", "type")


@settings(max_examples=150)
@given(st.lists(lines, max_size=8), st.lists(lines, max_size=8))
def test_every_line_of_both_editions_is_accounted_for_once(older: list, newer: list) -> None:
    found = pair(older, newer, FIELDS, older.__getitem__)
    assert sorted([one for one, _ in found.pairs] + found.gone) == list(range(len(older)))
    assert sorted([other for _, other in found.pairs] + found.added) == list(range(len(newer)))


@settings(max_examples=50)
@given(st.lists(lines, max_size=8), st.randoms(use_true_random=False))
def test_the_same_lines_in_another_order_are_the_same_lines(older: list, chance: random.Random) -> None:
    newer = list(older)
    chance.shuffle(newer)
    found = pair(older, newer, FIELDS, older.__getitem__)
    assert (found.gone, found.added) == ([], [])
    assert all(older[one] == newer[other] for one, other in found.pairs)


def test_other_serials_are_other_things_and_a_printed_number_counts_only_in_a_list_not_renumbered() -> None:
    older = [
        {"line": "1", "nomenclature": "Gyro", "serials": ["S1"]},
        {"line": "2", "nomenclature": "Gyro", "serials": ["S2"]},
    ]
    fresh = [
        {"line": "1", "nomenclature": "Gyro", "serials": ["S2"]},
        {"line": "2", "nomenclature": "Gyro", "serials": ["S3"]},
    ]
    found = pair(older, fresh, FIELDS, older.__getitem__)
    assert (found.pairs, found.gone, found.added) == ([(1, 0)], [0], [1])
    corrected = [older[0], {"line": "2", "nomenclature": "Gyro", "serials": ["S-20"]}]
    assert pair(older, corrected, FIELDS, older.__getitem__).pairs == [(0, 0), (1, 1)]
