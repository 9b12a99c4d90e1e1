"""Positions from a track: interpolated with their error, never across a gap."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldkit.domain.places import distance_m
from fieldkit.domain.tracks import LONGEST_GAP_S, Point, Track

WALK = [Point(1000.0 + 10 * n, 32.0 + 1e-4 * n, 13.0, 5.0) for n in range(7)]
"""North at about 1.1 m a second, a point every ten seconds."""


def error(track: Track, time: float, uncertainty: float = 0) -> float:
    position = track.at(time, uncertainty).position
    assert position
    return float(str(position["error_m"]))


def test_between_two_points_the_position_is_interpolated() -> None:
    position = Track(WALK).at(1015).position
    assert position == {"lat": "32.0001500", "lon": "13.0000000", "error_m": "7", "source": "gpx"}


def test_the_error_grows_with_the_clocks_uncertainty_and_between_points() -> None:
    track = Track(WALK)
    assert error(track, 1020) == 5
    assert error(track, 1025) > error(track, 1020)
    assert error(track, 1020, uncertainty=60) > 60


def test_a_gap_is_told_not_bridged() -> None:
    track = Track([*WALK, Point(1060 + LONGEST_GAP_S + 1, 32.1, 13.0)])
    placed = track.at(1090)
    assert placed.position is None
    assert "gap of 61 s" in placed.reason
    assert Track([*WALK, Point(1060 + LONGEST_GAP_S, 32.1, 13.0)]).at(1090).position


@pytest.mark.parametrize(("time", "said"), [(990, "10 s before"), (1075, "15 s after")])
def test_outside_the_track_there_is_no_position(time: float, said: str) -> None:
    placed = Track(WALK).at(time)
    assert placed.position is None
    assert said in placed.reason
    assert Track([]).at(time).reason == "the track is empty"


def test_the_date_line_is_crossed_the_short_way() -> None:
    placed = Track([Point(0, 10, 179.999), Point(10, 10, -179.999)]).at(5)
    assert placed.position
    assert abs(abs(float(str(placed.position["lon"]))) - 180) < 1e-6


@given(
    st.lists(
        st.tuples(st.integers(0, 500), st.floats(31, 32), st.floats(13, 14)),
        min_size=1,
        max_size=12,
        unique_by=lambda p: p[0],
    ),
    st.floats(-10, 510),
)
def test_a_position_lies_no_farther_from_the_nearer_point_than_its_error(
    points: list[tuple[int, float, float]], time: float
) -> None:
    track = Track([Point(float(t), lat, lon) for t, lat, lon in points])
    placed = track.at(time)
    if placed.position is None:
        assert placed.reason
        return
    nearer = min(track.points, key=lambda point: abs(point.time - time))
    away = distance_m(placed.position, {"lat": str(nearer.lat), "lon": str(nearer.lon)})
    assert away <= 1.2 * float(str(placed.position["error_m"])) + 1
