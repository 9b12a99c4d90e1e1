"""Camera clocks: how far one is ahead, how sure that is, how it drifts, and what its photos' times become by it.

A camera's *wall time* is what it wrote down: UTC + zone + how far its clock is ahead. A clock is estimated from *readings*,
pairs of a wall time and the right time. Three methods give them: the receiver in the camera (`gps`; its time may be
stale), a photographed clock (`qr`), a person (`stated`). What was found replaces no earlier value: it is amended, with its
uncertainty, and can be undone because each photo keeps the offset that was taken from it.
"""

from __future__ import annotations

import re
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final, Literal
from zoneinfo import ZoneInfo

from fieldkit.errors import UsageError

Method = Literal["qr", "stated", "gps"]
METHODS: Final[tuple[Method, ...]] = ("qr", "stated", "gps")

FINEST_S: Final = 1.0
"""Cameras, receivers and clock codes all show whole seconds."""
FEW: Final = 3
UNSURE_S: Final = 60.0
"""The uncertainty of a time from fewer than `FEW` receiver readings: nothing shows whether they were stale."""
SPAN_FOR_DRIFT: Final = timedelta(hours=1)
USUAL_DRIFT_S: Final = 2.0
"""Seconds a day that a camera's clock may drift where nothing is known of it."""
_DAY: Final = 86_400.0
_MAD: Final = 1.4826
_ZONES: Final = tuple(
    sorted([3600 * hour for hour in range(-12, 15)]
    + [1800 * half for half in (-19, -7, -5, 7, 9, 11, 13, 19, 21)]
    + [900 * quarter for quarter in (23, 35, 51)])
)  # fmt: skip
_SPAN: Final = re.compile(
    r"(?P<sign>[+-]?)(?:(?P<d>\d{1,5})d)?(?:(?P<h>\d{1,6})h)?(?:(?P<m>\d{1,7})m(?:in)?)?(?:(?P<s>\d{1,9}(?:\.\d{1,6})?)s)?",
    re.ASCII,
)
_ZONE: Final = re.compile(r"(?P<sign>[+-])(?P<h>\d\d):?(?P<m>[0-5]\d)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Reading:
    """The camera's wall time and the right time (UTC) of one moment, both naive.

    `zone_s` is the wall time's zone in seconds ahead of UTC where the camera states it or a person confirmed it.
    """

    wall: datetime
    utc: datetime
    zone_s: int | None = None
    uncertainty_s: float = FINEST_S


@dataclass(frozen=True, slots=True)
class CameraClock:
    """A camera's clock: at `reference` (UTC, naive) it was `ahead_s` ahead of its zone's time, give or take.

    `zone_s` is the zone that the readings show; None where each of them came with its own.
    `spread_s` is that of the `n` readings it rests on (1.4826 MAD); `stale` and `outliers` were left out. `days` says that
    the receiver's date lies so many days behind the camera's: which of the two is wrong cannot be told from the files.
    """

    method: Method
    zone_s: int | None
    ahead_s: float
    uncertainty_s: float
    reference: datetime
    drift_s_per_day: float | None = None
    until: datetime | None = None
    spread_s: float = 0.0
    n: int = 1
    stale: int = 0
    outliers: int = 0
    days: int = 0

    def ahead_at(self, utc: datetime) -> float:
        """Seconds ahead at a moment, by its drift where that is known."""
        return self.ahead_s + (self.drift_s_per_day or 0.0) * _days(utc - self.reference)

    def uncertainty_at(self, utc: datetime) -> float:
        """The uncertainty at a moment: it grows outside the time in which the clock was read."""
        until = self.until or self.reference
        away = max(timedelta(), self.reference - utc, utc - until)
        if self.drift_s_per_day is None:
            rate = USUAL_DRIFT_S
        else:
            rate = 2 * self.uncertainty_s / max(_days(until - self.reference), 1 / 24)
        return self.uncertainty_s + rate * _days(away)

    def utc_of(self, wall: datetime, zone_s: int) -> datetime:
        """The right time (UTC, naive) of a wall time in a zone."""
        there = wall - timedelta(seconds=zone_s)
        utc = there - timedelta(seconds=self.ahead_s)
        for _ in range(3):  # the offset depends, ever so slightly, on the moment it leads to
            utc = there - timedelta(seconds=round(self.ahead_at(utc), 3))
        return utc


def from_receiver(readings: Iterable[Reading]) -> CameraClock | None:
    """The clock by the receiver's times: their median modulo a day, then modulo the zones in use; None without any.

    A receiver that repeats a time while the camera's clock goes on has lost the sky: only the first of such readings
    counts. Of the rest, those beyond five spreads (at least 5 s) are outliers.
    """
    ordered = sorted(_alike(readings), key=lambda reading: (reading.utc, reading.wall))
    fresh = ordered[:1] + [after for before, after in pairwise(ordered) if after.utc != before.utc]
    if not fresh:
        return None
    folded = _folded([_total(reading) for reading in fresh])
    middle = statistics.median(folded)
    reach = max(5.0, 5 * _spread(folded, middle))
    kept = [each for each in zip(folded, fresh, strict=True) if abs(each[0] - middle) <= reach]
    values = [value for value, _ in kept]
    times = [reading.utc for _, reading in kept]
    middle = statistics.median(values)
    spread = _spread(values, middle)
    zone = _nearest_zone(middle) if fresh[0].zone_s is None else None
    return CameraClock(
        "gps",
        zone,
        round(middle - (zone or 0), 3),
        max(FINEST_S, 2 * spread) if len(values) >= FEW else UNSURE_S,
        min(times),
        until=max(times),
        spread_s=round(spread, 3),
        n=len(values),
        stale=len(ordered) - len(fresh),
        outliers=len(fresh) - len(values),
        days=round(statistics.median([(_total(reading) - value) / _DAY for value, reading in kept])),
    )


def from_points(method: Method, readings: Iterable[Reading]) -> CameraClock | None:
    """The clock by points that are right in themselves: one gives an offset, two or more an hour apart also the drift."""
    points = sorted(_alike(readings), key=lambda reading: reading.utc)
    if not points:
        return None
    first, last = points[0].utc, points[-1].utc
    totals = [_total(reading) for reading in points]
    zone = _nearest_zone(statistics.median(totals)) if points[0].zone_s is None else None
    aheads = [total - (zone or 0) for total in totals]
    drift, start = None, statistics.median(aheads)
    if last - first >= SPAN_FOR_DRIFT:
        drift, start = statistics.linear_regression([_days(each.utc - first) for each in points], aheads)
        drift = round(drift, 3)
    aside = [
        abs(ahead - start - (drift or 0.0) * _days(reading.utc - first))
        for ahead, reading in zip(aheads, points, strict=True)
    ]
    return CameraClock(
        method,
        zone,
        round(start, 3),
        round(max(*aside, *(reading.uncertainty_s for reading in points)), 3),
        first,
        drift_s_per_day=drift,
        until=last,
        spread_s=round(_MAD * statistics.median(aside), 3),
        n=len(points),
    )


def parse_span(text: str) -> float:
    """A typed length of time with its sign, `-3m12s`, `45s`, `+1h`, in seconds; UsageError otherwise."""
    found = _SPAN.fullmatch(text.strip().lower().replace(" ", "").replace("−", "-"))
    if not found or not any(found[unit] for unit in "dhms"):
        raise UsageError(f"{text!r} is no length of time", remedy="Write -3m12s, +1h or 45s.")
    sizes = {"d": _DAY, "h": 3600.0, "m": 60.0, "s": 1.0}
    seconds = sum(float(found[unit]) * size for unit, size in sizes.items() if found[unit])
    return -seconds if found["sign"] == "-" else seconds


def span_of(seconds: float) -> str:
    """`-3m12s`, `+45s`, `+0s`: what `parse_span` reads, to a tenth of a second where it is not whole."""
    tenths = round(abs(seconds) * 10)
    rest, tenth = divmod(tenths, 10)
    minutes, second = divmod(rest, 60)
    hours, minute = divmod(minutes, 60)
    text = f"{hours}h" * bool(hours) + f"{minute}m" * bool(minute)
    if second or tenth or not text:
        text += f"{second}.{tenth}s" if tenth else f"{second}s"
    return ("-" if seconds < 0 and tenths else "+") + text


def zone_at(zone: str, wall: datetime) -> int:
    """Seconds ahead of UTC of a zone (`+02:00` or `Africa/Tripoli`) at a wall time; UsageError if there is none such."""
    if zone.strip().upper() in ("Z", "UTC"):
        return 0
    if found := _ZONE.fullmatch(zone.strip()):
        seconds = 3600 * int(found["h"]) + 60 * int(found["m"])
        if seconds <= 14 * 3600:
            return -seconds if found["sign"] == "-" else seconds
    try:
        shift = wall.replace(tzinfo=ZoneInfo(zone.strip())).utcoffset()
    except (ValueError, OSError, LookupError):
        shift = None
    if shift is None:
        raise UsageError(f"{zone!r} is no zone", remedy="Write +02:00 or Africa/Tripoli.")
    return round(shift.total_seconds())


def zone_text(seconds: int) -> str:
    """`+02:00`."""
    minutes = round(abs(seconds) / 60)
    return f"{'-' if seconds < 0 else '+'}{minutes // 60:02d}:{minutes % 60:02d}"


def nearest_day(wall: datetime, hour: int, minute: int, second: float) -> datetime:
    """The moment of that time of day which lies nearest to `wall`: for receivers that give no date."""
    start = datetime(wall.year, wall.month, wall.day)  # noqa: DTZ001 - wall times have no zone
    there = start + timedelta(hours=hour, minutes=minute, seconds=second)
    return there + timedelta(days=round((wall - there) / timedelta(days=1)))


def _total(reading: Reading) -> float:
    """Seconds by which the wall time is ahead of UTC, less the zone where the camera states one."""
    return (reading.wall - reading.utc).total_seconds() - (reading.zone_s or 0)


def _folded(totals: Sequence[float]) -> list[float]:
    """The values modulo a day, all within half a day of their middle."""
    within = sorted((total + _DAY / 2) % _DAY - _DAY / 2 for total in totals)
    middle = within[len(within) // 2]
    middle = statistics.median([middle + (value - middle + _DAY / 2) % _DAY - _DAY / 2 for value in within])
    return [middle + (total - middle + _DAY / 2) % _DAY - _DAY / 2 for total in totals]


def _spread(values: Sequence[float], middle: float) -> float:
    return _MAD * statistics.median([abs(value - middle) for value in values])


def _alike(readings: Iterable[Reading]) -> list[Reading]:
    """The readings whose zone is known, or those whose zone is not, whichever are more."""
    known: list[Reading] = []
    unknown: list[Reading] = []
    for reading in readings:
        (unknown if reading.zone_s is None else known).append(reading)
    return known if len(known) >= len(unknown) else unknown


def _nearest_zone(total: float) -> int:
    """The zone in use anywhere that leaves the clock least wrong."""
    return min(_ZONES, key=lambda zone: abs(total - zone))


def _days(span: timedelta) -> float:
    return span.total_seconds() / _DAY
