"""Lines pasted from a spreadsheet: each is told for what it is, then all are recorded or none."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from fieldkit.capture import pasting, tallying
from fieldkit.capture.pasting import Sort
from fieldkit.capture.reconciliation import reconcile_inventory
from fieldkit.errors import RefusedError, UsageError
from fieldkit.vault.vault import Vault
from tests.tui.halls import a_hall
from tests.vault.missions import PASSPHRASE


@pytest.fixture
def hall(tmp_path: Path) -> Iterator[Vault]:
    with Vault.open(a_hall(tmp_path / "visit"), PASSPHRASE) as vault:
        yield vault


def connectors(vault: Vault) -> str:
    return next(view.number for view in vault.list("item") if view.doc.get("line") == "66")


def test_every_line_is_told_for_what_it_is(hall: Vault) -> None:
    text = "447101\n4471O8\nAC-77\t2\n447101\n\n\t4\nGT-9\tmany\n" + connectors(hall)
    found = pasting.looked_up(hall, text)
    assert [(one.read, one.sort) for one in found] == [
        ("447101", Sort.MATCH),
        ("4471O8", Sort.NEAR),
        ("AC-77", Sort.EXTRA),
        ("447101", Sort.TWICE),
        ("4", Sort.WRONG),
        ("GT-9", Sort.WRONG),
        (connectors(hall), Sort.WRONG),
    ]
    assert "O→0" in found[1].said
    assert "pasted line 1" in found[3].said
    assert "how many" in found[6].said
    assert hall.count("count") == 0


def test_near_ones_are_recorded_only_where_they_are_taken_and_extras_only_with_a_name(hall: Vault) -> None:
    found = pasting.looked_up(hall, "447101\n4471O8\nAC-77\t2")
    pasting.record_all(hall, found, {})
    assert hall.count("count") == 1
    pasting.record_all(hall, pasting.looked_up(hall, "4471O8\nAC-77\t2"), {}, take={1}, extra="Accelerometer")
    totals = reconcile_inventory(hall).result.totals
    assert (totals.matched, totals.undeclared) == (2, 2)
    (taken,) = [view for view in hall.list("count") if view.doc.get("taken")]
    assert taken.doc["serials"] == ["4471O8"]


def test_serials_of_one_line_go_on_with_the_count_that_was_begun(hall: Vault) -> None:
    item = next(view for view in hall.list("item") if view.doc.get("line") == "65")
    tallying.count_reading(hall, "AC-1001", item.id)
    pasting.record_all(hall, pasting.looked_up(hall, "AC-1001\nAC-1002\nAC-1003"), {})
    (count,) = hall.list("count")
    assert (count.doc["counted"], count.doc["serials"]) == (3, ["AC-1001", "AC-1002", "AC-1003"])


def test_numbers_of_pieces_are_counted(hall: Vault) -> None:
    pasting.record_all(hall, pasting.looked_up(hall, f"{connectors(hall)}\t250\nSV-1001\t1"), {})
    assert reconcile_inventory(hall).result.totals.matched == 251


def test_one_that_is_refused_leaves_nothing_of_the_others(hall: Vault) -> None:
    found = pasting.looked_up(hall, "447101\nSV-1001")
    with pytest.raises((RefusedError, UsageError)):
        pasting.record_all(hall, found, {"verified": 5})
    assert hall.count("count") == 0


def test_nothing_to_record_and_too_much_are_told(hall: Vault) -> None:
    with pytest.raises(UsageError, match="nothing of this"):
        pasting.record_all(hall, pasting.looked_up(hall, "AC-77"), {})
    with pytest.raises(UsageError, match="lines"):
        pasting.looked_up(hall, "x\n" * (pasting.MOST_LINES + 1))
