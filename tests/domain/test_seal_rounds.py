"""Due seals and chains of custody, as they stand after laptops were merged that knew nothing of each other."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from fieldkit.domain.handovers import faults, in_order
from fieldkit.domain.seal_rounds import due, last_check, standing
from fieldkit.domain.views import RecordView


def view(number: str, kind: str, /, **doc: Any) -> RecordView:
    return RecordView(
        number,
        number,
        kind,
        doc,
        "",
        "",
        1,
        "2026-02-12T06:00:00.000000Z",
        "",
        "",
        bool(doc.pop("gone", False)),
        (),
    )


def at(hour: int) -> dict[str, str]:
    return {"at": f"2026-02-12T{hour:02}:00:00.000000Z", "offset": "+02:00"}


def handed(number: str, giver: str | None, taker: str, hour: int, **doc: Any) -> RecordView:
    given = {"from_whom": giver} if giver else {}
    return view(number, "custody", to_whom=taker, occurred=at(hour), **given, **doc)


def told(*handovers: RecordView) -> list[tuple[str, str]]:
    found = faults(in_order(handovers), str, lambda person: person != "host")
    return [(fault.sort, fault.text) for fault in found]


def test_a_number_on_two_seals_is_faulty_however_it_is_written() -> None:
    seals = [
        view("1", "seal", number="UN-7", occurred=at(8)),
        view("2", "seal", number="un-7 ", occurred=at(8)),
    ]
    assert [(one.bearers, one.faulty) for one in standing(seals)] == [(2, True), (2, True)]
    assert len(due(seals, datetime(2026, 2, 12, 9, tzinfo=UTC))) == 2


def test_seals_taken_off_or_retracted_are_not_looked_at() -> None:
    seals = [
        view("1", "seal", number="1", removed={"at": at(9)}, checks=[{"at": at(8), "result": "broken"}]),
        view("2", "seal", number="2", gone=True),
        view("3", "seal", number="3", occurred=at(8), interval_hours=2),
    ]
    assert [one.number for one in due(seals, datetime(2026, 2, 12, 11, tzinfo=UTC))] == ["3"]
    assert due(seals, datetime(2026, 2, 12, 9, tzinfo=UTC)) == []


def test_the_last_look_is_that_of_the_latest_time_not_the_one_written_down_last() -> None:
    checks = [{"at": at(10), "result": "broken"}, {"at": at(9), "result": "intact"}]
    found = last_check({"checks": checks})
    assert found is not None
    assert found["result"] == "broken"
    (one,) = standing([view("1", "seal", number="1", checks=checks)])
    assert one.faulty


def test_what_two_laptops_recorded_apart_is_told() -> None:
    first = handed("A-1", None, "Ann", 8)
    assert told(first, handed("A-2", "Ann", "Ben", 9)) == []
    assert told(first, handed("B-1", "Cem", "Ben", 9)) == [
        ("gap", "a gap: by A-1 it was with Ann, but B-1 comes from Cem")
    ]
    assert told(first, handed("B-1", None, "Ben", 9)) == [
        ("gap", "a gap: by A-1 it was with Ann, but B-1 begins anew")
    ]
    both = [first, handed("A-2", "Ann", "Ben", 9), handed("B-1", "Ann", "Cem", 10, seal_state="broken")]
    assert told(*reversed(both)) == [
        ("overlap", "an overlap: by A-2 and by B-1, Ann hands the same thing over"),
        ("seal", "the seal was broken at B-1"),
    ]
    assert told(first, handed("B-1", "Cem", "Ben", 9, gone=True)) == []


def test_what_the_host_hands_over_was_the_hosts() -> None:
    assert told(handed("A-1", "host", "Ann", 8)) == []
    assert [sort for sort, _ in told(handed("A-1", "Ben", "Ann", 8))] == ["gap"]
