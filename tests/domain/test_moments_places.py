"""Times and positions as people and instruments give them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldkit.domain.moments import (
    as_json,
    canonical_moment,
    instant,
    local,
    moment,
    moment_text,
    parse_moment,
    span_text,
)
from fieldkit.domain.places import distance_m, parse_position, position_text
from fieldkit.errors import UsageError

OFFSETS = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
TIMES = st.datetimes(
    min_value=datetime(1970, 1, 2),  # noqa: DTZ001
    max_value=datetime(2200, 1, 1),  # noqa: DTZ001
    timezones=OFFSETS,
)


@given(TIMES)
def test_a_moment_keeps_instant_and_offset(when: datetime) -> None:
    found = moment(when)
    assert instant(found.at) == when
    assert local(found) == when
    assert local(found).utcoffset() == when.utcoffset()
    assert canonical_moment(as_json(found)) == as_json(found)
    assert parse_moment(moment_text(as_json(found)), moment(datetime(2026, 1, 1, tzinfo=UTC))).at == found.at


@given(TIMES, TIMES)
def test_moments_sort_as_they_happened(one: datetime, other: datetime) -> None:
    assert (moment(one).at < moment(other).at) == (one < other)


def test_a_time_without_zone_is_no_moment() -> None:
    with pytest.raises(ValueError, match="time zone"):
        moment(datetime(2026, 2, 12, 10, 41))  # noqa: DTZ001


@pytest.mark.parametrize(
    "text", ["2026-02-12T10:41:60Z", "10:61", "2026-02-12 10:41 +15:00", "24:00", "１０:４１x"]
)
def test_times_that_are_none(text: str) -> None:
    with pytest.raises(UsageError):
        parse_moment(text, moment(datetime(2026, 1, 1, tzinfo=UTC)))


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (40, "40 s"),
        (720, "12 min"),
        (7500, "2 h 5 min"),
        (273_600, "3 d 4 h"),
        (-192, "−3 min 12 s"),
    ],
)
def test_lengths_of_time(seconds: int, text: str) -> None:
    assert span_text(timedelta(seconds=seconds)) == text


@pytest.mark.parametrize(
    ("text", "lat", "lon", "error", "source"),
    [
        ("32.8872,13.1913 ±10m gps", "32.8872", "13.1913", "10", "gps"),
        ("32.8872, 13.1913", "32.8872", "13.1913", None, "typed"),
        ("32.8872N 13.1913W", "32.8872", "-13.1913", None, "typed"),
        ("-32.88720 13.1913 +/-0.5km map", "-32.8872", "13.1913", "500", "map"),
        ("32.8872° S, 13.1913° E", "-32.8872", "13.1913", None, "typed"),
        ("90,180", "90", "180", None, "typed"),
        ("0,13.5", "0", "13.5", None, "typed"),
    ],
)
def test_typed_positions(text: str, lat: str, lon: str, error: str | None, source: str) -> None:
    found = parse_position(text)
    assert (found["lat"], found["lon"], found.get("error_m"), found["source"]) == (lat, lon, error, source)
    assert parse_position(position_text(found)) == found


@pytest.mark.parametrize(
    "text",
    [
        "0,0",
        "0.000,-0.0",
        "90.0001,0",
        "13,180.5",
        "32.8872",
        "32°53'14\",13",
        "1,2 ±5m hearsay",
        "-5S,3E",
        "32,8872 13,1913",
    ],
)
def test_positions_that_are_none(text: str) -> None:
    with pytest.raises(UsageError):
        parse_position(text)


def test_distance_along_the_globe() -> None:
    tripoli, valletta = parse_position("32.8872,13.1913"), parse_position("35.8989,14.5146")
    assert distance_m(tripoli, valletta) == pytest.approx(356_500, rel=0.01)
    assert distance_m(tripoli, tripoli) == 0
    assert distance_m(parse_position("90,0"), parse_position("-90,0")) == pytest.approx(20_015_087, rel=0.001)
