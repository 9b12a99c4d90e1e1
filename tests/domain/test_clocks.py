"""Camera clocks: offsets, drift and zones from readings; stale receivers; times that can always be derived again."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldkit.domain.clocks import (
    FINEST_S,
    UNSURE_S,
    Reading,
    from_points,
    from_receiver,
    nearest_day,
    parse_span,
    span_of,
    zone_at,
    zone_text,
)
from fieldkit.domain.jsontypes import Doc
from fieldkit.domain.photo_times import clock_in, clock_values, doubt, retimed, wall_time
from fieldkit.errors import UsageError

day = datetime.fromisoformat
START = datetime.fromisoformat("2026-02-12T08:00")
HOUR = 3600


def receiver(*ahead: float, every: int = 60, zone: int | None = None) -> list[Reading]:
    """Readings a minute apart; each `ahead` is wall time less receiver time, in seconds."""
    found = []
    for number, seconds in enumerate(ahead):
        utc = START + timedelta(seconds=every * number)
        found.append(Reading(utc + timedelta(seconds=seconds), utc, zone))
    return found


def test_the_receivers_median_gives_zone_and_offset() -> None:
    clock = from_receiver(receiver(*(2 * HOUR + 92 + wobble for wobble in (0, 1, 0, -1, 0))))
    assert clock is not None
    assert (clock.zone_s, clock.ahead_s, clock.n, clock.stale, clock.outliers) == (2 * HOUR, 92, 5, 0, 0)
    assert clock.uncertainty_s >= FINEST_S


def test_a_wrong_date_of_the_receiver_is_told_and_not_taken_over() -> None:
    clock = from_receiver(receiver(*[2 * HOUR + 92 - 86_400] * 4))
    assert clock is not None
    assert (clock.zone_s, clock.ahead_s, clock.days) == (2 * HOUR, 92, -1)


def test_a_receiver_that_repeats_its_time_is_stale() -> None:
    readings = receiver(*[3600 + 5.0] * 4)
    stuck = readings[-1].utc
    readings += [Reading(stuck + timedelta(seconds=3605 + 60 * n), stuck) for n in range(1, 8)]
    clock = from_receiver(readings)
    assert clock is not None
    assert (clock.ahead_s, clock.n, clock.stale) == (5, 4, 7)


def test_single_stale_times_are_outliers() -> None:
    clock = from_receiver(receiver(7, 7, 8, 7, 407, 6, 95, 7))
    assert clock is not None
    assert (clock.ahead_s, clock.n, clock.outliers) == (7, 6, 2)


def test_two_readings_are_too_few_to_be_sure() -> None:
    clock = from_receiver(receiver(10, 10))
    assert clock is not None
    assert clock.uncertainty_s == UNSURE_S
    assert from_receiver([]) is None


def test_midnight_does_not_split_the_readings() -> None:
    clock = from_receiver(receiver(*(12 * HOUR + wobble for wobble in (-2, -1, 0, 1, 2)), zone=0))
    assert clock is not None
    assert abs(abs(clock.ahead_s) - 12 * HOUR) <= 1
    assert clock.n == 5


def test_two_points_give_the_drift() -> None:
    points = [
        Reading(START + timedelta(seconds=5), START, 0),
        Reading(START + timedelta(hours=12, seconds=7), START + timedelta(hours=12), 0),
    ]
    clock = from_points("qr", points)
    assert clock is not None
    assert clock.drift_s_per_day == 4
    assert [round(clock.ahead_at(START + timedelta(hours=hours)), 2) for hours in (0, 6, 12, 24)] == [
        5,
        6,
        7,
        9,
    ]
    inside, outside = (clock.uncertainty_at(START + timedelta(hours=hours)) for hours in (6, 48))
    assert inside == FINEST_S < outside


def test_points_that_disagree_show_it_in_the_uncertainty() -> None:
    points = [Reading(START + timedelta(seconds=s), START, 0) for s in (0, 30)]
    clock = from_points("stated", points)
    assert clock is not None
    assert clock.drift_s_per_day is None
    assert clock.uncertainty_s == 15


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("-3m12s", -192),
        ("+1h", 3600),
        ("45s", 45),
        ("1d2h", 93_600),
        ("−2s", -2),
        ("1m 5s", 65),
        ("0.5s", 0.5),
        ("4min", 240),
    ],
)
def test_a_typed_span(text: str, seconds: float) -> None:
    assert parse_span(text) == seconds


@pytest.mark.parametrize("text", ["", "-", "3", "3x", "1s2m", "--3s", "١s", "9" * 40 + "s"])
def test_what_is_no_span_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        parse_span(text)


@given(st.integers(-10_000_000, 10_000_000))
def test_a_span_is_shown_as_it_is_typed(tenths: int) -> None:
    assert abs(parse_span(span_of(tenths / 10)) - tenths / 10) < 0.01


def test_zones() -> None:
    assert zone_at("+05:30", START) == 19_800
    assert zone_at("Europe/Vienna", START) == HOUR
    assert zone_at("Europe/Vienna", day("2026-07-01")) == 2 * HOUR
    assert (zone_text(-12_600), zone_text(0)) == ("-03:30", "+00:00")
    for wrong in ("+15:00", "Nowhere/Atall", "", "../../etc/passwd"):
        with pytest.raises(UsageError):
            zone_at(wrong, START)


def test_a_time_of_day_alone_is_of_the_nearest_day() -> None:
    assert nearest_day(day("2026-02-12T00:01"), 23, 59, 0) == day("2026-02-11T23:59")
    assert nearest_day(day("2026-02-12T23:59"), 0, 1, 0) == day("2026-02-13T00:01")


def photo(by: str) -> Doc:
    return {
        "taken": {"at": "2026-02-12T08:41:00.250000Z", "offset": "+02:00", "source": "clock"},
        "taken_zone_by": by,
        "taken_method": "camera clock",
    }


@given(
    ahead=st.integers(-40_000_000, 40_000_000),
    drift=st.integers(-20, 20),
    zone=st.sampled_from([-12_600, 0, 3600, 20_700]),
    by=st.sampled_from(["camera", "laptop"]),
)
def test_the_cameras_own_time_can_always_be_derived_again(ahead: int, drift: int, zone: int, by: str) -> None:
    first = photo(by)
    points = [
        Reading(START + timedelta(seconds=ahead + drift * day), START + timedelta(days=day), zone)
        for day in (0, 1)
    ]
    clock = from_points("qr", points)
    assert clock is not None
    once = {**first, **retimed(first, {}, clock)}
    again = {**once, **retimed(once, {"zone": "+03:00", "zone_by": "person"}, clock)}
    for doc in (once, again):
        assert wall_time(doc) == wall_time(first) == day("2026-02-12T10:41:00.250")
    back = {**again, **retimed(again, {"zone": "+02:00", "zone_by": "person"}, None)}
    assert back["taken"] == first["taken"]


def test_a_time_that_a_person_typed_is_theirs() -> None:
    typed = {
        **photo("laptop"),
        "taken": {"at": "2026-02-12T08:41:00.000000Z", "offset": "+02:00", "source": "typed"},
    }
    clock = from_points("qr", receiver(100, zone=0))
    assert retimed(typed, {}, clock) == {}


def test_the_clock_on_record_is_the_clock_that_was_found() -> None:
    clock = from_points("qr", receiver(2 * HOUR + 5, 2 * HOUR + 5, 2 * HOUR + 8, every=20_000))
    assert clock is not None
    held = clock_in(clock_values(clock))
    assert held is not None
    assert (held.method, held.zone_s, held.uncertainty_s) == (clock.method, clock.zone_s, clock.uncertainty_s)
    for hours in (-5, 0, 7, 40):
        there = START + timedelta(hours=hours)
        assert abs(held.ahead_at(there) - clock.ahead_at(there)) < 0.01
        assert abs(held.uncertainty_at(there) - clock.uncertainty_at(there)) < 0.01


@pytest.mark.parametrize(
    ("wall", "word"),
    [
        ("9999-12-31T23:59:59", "future"),
        ("2026-02-14T08:00:01", "future"),
        ("1970-01-01T00:00:00", "reset"),
        ("1980-01-06T00:00:11", "reset"),
        ("1998-01-01T00:00:00", "reset"),
        ("2000-01-01T00:03:12", "reset"),
        ("2021-01-01T04:00:00", "reset"),
        ("2026-02-13T01:00:00", ""),
        ("2026-01-01T00:00:00", ""),
        ("2008-10-22T16:28:39", ""),
    ],
)
def test_times_that_cannot_be_right_are_doubted(wall: str, word: str) -> None:
    found = doubt(day(wall), day("2026-02-12T08:00:00"))
    assert (word in found) if word else not found
