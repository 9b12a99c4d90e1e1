"""Where somebody was at a moment, by the track of a receiver that was carried along. Gaps are told, never bridged.

Between two points the position is interpolated; its error is the receiver's, widened by the way to the nearer of the two
points and by the way made in the time by which the moment may be wrong.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, NamedTuple

from fieldkit.domain.jsontypes import Doc
from fieldkit.domain.places import distance_m

LONGEST_GAP_S: Final = 60.0
RECEIVER_ERROR_M: Final = 10.0
"""Where the track says nothing of it."""
ERROR_PER_HDOP_M: Final = 5.0


class Point(NamedTuple):
    """Seconds since 1970 (UTC), degrees (WGS84), and the receiver's error in metres."""

    time: float
    lat: float
    lon: float
    error_m: float = RECEIVER_ERROR_M


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a track says somebody was; or, without a position, why it does not."""

    position: Doc | None
    reason: str = ""


class Track:
    """The points of a track in the order of time."""

    def __init__(self, points: Sequence[Point]) -> None:
        self.points = sorted(points)
        self._times = [point.time for point in self.points]

    def at(self, time: float, uncertainty_s: float = 0.0) -> Placed:
        """The position at a moment that may be wrong by `uncertainty_s`."""
        after = bisect_left(self._times, time)
        if after < len(self._times) and self._times[after] == time:
            first = last = self.points[after]
        elif not 0 < after < len(self._times):
            return Placed(None, self._outside(time))
        else:
            first, last = self.points[after - 1], self.points[after]
        span = last.time - first.time
        if span > LONGEST_GAP_S:
            return Placed(None, f"the track has a gap of {span:.0f} s here")
        share = (time - first.time) / span if span else 0.0
        lat, lon = first.lat + share * (last.lat - first.lat), _between(first.lon, last.lon, share)
        if lat == 0 and lon == 0:
            return Placed(None, "the receiver gave 0,0 here")
        way = distance_m(_doc(first.lat, first.lon), _doc(last.lat, last.lon))
        error = max(first.error_m, last.error_m)
        aside = min(share, 1 - share) * way + self._speed(after) * uncertainty_s
        return Placed({**_doc(lat, lon), "error_m": f"{math.hypot(error, aside):.0f}", "source": "gpx"})

    def _speed(self, after: int) -> float:
        """The greatest speed around a point, in metres a second."""
        around = self.points[max(0, after - 2) : after + 2]
        return max(
            (
                distance_m(_doc(one.lat, one.lon), _doc(two.lat, two.lon)) / (two.time - one.time)
                for one, two in pairwise(around)
                if two.time > one.time
            ),
            default=0.0,
        )

    def _outside(self, time: float) -> str:
        if not self._times:
            return "the track is empty"
        before = time < self._times[0]
        away = self._times[0] - time if before else time - self._times[-1]
        return f"{away:.0f} s {'before the track begins' if before else 'after the track ends'}"


def _between(one: float, other: float, share: float) -> float:
    """Longitude between two, the short way, also across the date line."""
    way = (other - one + 180) % 360 - 180
    return (one + share * way + 180) % 360 - 180


def _doc(lat: float, lon: float) -> Doc:
    return {"lat": f"{lat:.7f}", "lon": f"{lon:.7f}"}
