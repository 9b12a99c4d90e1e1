"""Reading after reading of an item goes into one person's one count of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from fieldkit.capture import tallying
from fieldkit.capture.reconciliation import reconcile_inventory
from fieldkit.domain.views import RecordView
from fieldkit.errors import RefusedError, UsageError
from fieldkit.vault.vault import Vault
from tests.tui.halls import a_hall
from tests.vault.missions import PASSPHRASE


@pytest.fixture
def hall(tmp_path: Path) -> Iterator[Vault]:
    with Vault.open(a_hall(tmp_path / "visit"), PASSPHRASE) as vault:
        yield vault


def line(vault: Vault, number: int) -> RecordView:
    return next(view for view in vault.list("item") if view.doc.get("line") == str(number))


def counts(vault: Vault, item: str) -> list[RecordView]:
    return [view for view in vault.referring(item, "item") if view.kind == "count"]


def standing(vault: Vault, number: int) -> tuple[int, int, int]:
    """Pieces matched, verified and missing of a line."""
    result = reconcile_inventory(vault).result
    (found,) = [each for each in result.lines if each.declared.line == str(number)]
    return found.matched, found.verified, found.missing


def test_three_serials_of_one_line_are_three_pieces_in_one_count(hall: Vault) -> None:
    item = line(hall, 65).id
    told = [tallying.count_reading(hall, serial, item) for serial in ("AC-1001", "AC-1003", "AC-1002")]
    assert [each.pieces for each in told] == [1, 2, 3]
    (count,) = counts(hall, item)
    assert (count.doc["counted"], count.doc["serials"]) == (3, ["AC-1001", "AC-1002", "AC-1003"])
    assert standing(hall, 65) == (3, 0, 0)


def test_a_serial_read_twice_is_one_piece(hall: Vault) -> None:
    item = line(hall, 65).id
    tallying.count_reading(hall, "AC-1001", item)
    again = tallying.count_reading(hall, "AC-1001", item)
    near = tallying.count_reading(hall, "AC-10O1", item)
    assert (again.before, again.pieces) == (True, 1)
    assert (near.before, near.pieces) == (True, 1)
    assert counts(hall, item)[0].doc["counted"] == 1


def test_a_near_reading_keeps_what_was_read_and_what_it_was_taken_for(hall: Vault) -> None:
    item = line(hall, 65).id
    tallying.count_reading(hall, "AC-1001", item)
    tallying.count_reading(hall, "AC-1OO2", item)
    (count,) = counts(hall, item)
    (taken,) = count.doc["taken"]  # type: ignore[misc]
    assert (taken["read"], taken["declared"]) == ("AC-1OO2", "AC-1002")  # type: ignore[index,call-overload]
    assert standing(hall, 65)[0] == 2


def test_what_is_not_near_is_taken_for_the_line_only_where_that_is_said(hall: Vault) -> None:
    item = line(hall, 63).id
    with pytest.raises(UsageError, match="not near"):
        tallying.count_reading(hall, "998877", item)
    tallying.count_reading(hall, "998877", item, differs=True)
    result = reconcile_inventory(hall).result
    assert result.totals.identity_mismatch == 1


def test_another_person_counts_beside_and_another_place_adds_up(hall: Vault) -> None:
    item = line(hall, 65).id
    other = next(view.id for view in hall.list("person") if view.doc["name"] == "J. Bauer")
    tallying.count_reading(hall, "AC-1001", item)
    tallying.count_reading(hall, "AC-1001", item, author=other)
    assert len(counts(hall, item)) == 2
    place = next(view.id for view in hall.list("location") if view.doc["name"] == "Shelf 2")
    tallying.count_reading(hall, "AC-1002", item, {"location": place})
    assert len(counts(hall, item)) == 3


def test_a_number_given_anew_is_a_count_of_its_own(hall: Vault) -> None:
    item = line(hall, 66).id
    tallying.count_lines(hall, [item], {"counted": 248})
    tallying.count_lines(hall, [item], {"counted": 250})
    assert sorted(view.doc["counted"] for view in counts(hall, item)) == [248, 250]  # type: ignore[type-var]


def test_verified_is_said_of_what_was_counted(hall: Vault) -> None:
    three, one, many = (line(hall, number).id for number in (65, 67, 66))
    tallying.count_reading(hall, "AC-1001", three)
    tallying.count_reading(hall, "AC-1002", three)
    assert len(tallying.verify(hall, [three, one])) == 2
    assert standing(hall, 65) == (2, 2, 1)
    assert standing(hall, 67) == (1, 1, 0)
    assert not tallying.verify(hall, [three, one])
    with pytest.raises(RefusedError, match="several pieces"):
        tallying.verify(hall, [line(hall, 68).id, many])
    assert standing(hall, 68) == (0, 0, 0)


def test_the_last_count_is_taken_back_with_the_reason_and_the_one_before_stands(hall: Vault) -> None:
    item = line(hall, 66).id
    first, _ = (tallying.count_lines(hall, [item], {"counted": number})[0] for number in (250, 25))
    gone = tallying.take_back(hall, item, "typed 25 for 250")
    assert [view.id for view in counts(hall, item) if not view.retracted] == [first.id]
    assert hall.history(gone.id)[-1].reason == "typed 25 for 250"
    tallying.take_back(hall, item, "x")
    with pytest.raises(RefusedError, match="not counted"):
        tallying.take_back(hall, item, "x")


def test_not_accessible_without_a_reason_records_nothing_of_any_line(hall: Vault) -> None:
    items = [line(hall, number).id for number in (67, 68)]
    with pytest.raises(RefusedError, match="needs the reason"):
        tallying.count_lines(hall, items, {"status": tallying.NOT_ACCESSIBLE})
    assert not any(counts(hall, item) for item in items)
    tallying.count_lines(hall, items, {"status": tallying.NOT_ACCESSIBLE, "reason": "no key"})
    assert reconcile_inventory(hall).result.totals.not_accessible == 2


def test_a_reading_names_an_item_by_serial_or_number_or_offers_what_is_near(hall: Vault) -> None:
    item = line(hall, 63)
    exact, number = tallying.look_up(hall, " 447108 "), tallying.look_up(hall, item.number)
    near, none = tallying.look_up(hall, "4471O8"), tallying.look_up(hall, "nothing")
    assert exact.item is not None
    assert (exact.item.id, exact.serial) == (item.id, "447108")
    assert number.item is not None
    assert (number.item.id, number.serial) == (item.id, "")
    assert near.item is None
    assert [(each.serial, str(each.near)) for each in near.offers] == [("447108", "O→0")]
    assert (none.item, none.offers) == (None, ())
