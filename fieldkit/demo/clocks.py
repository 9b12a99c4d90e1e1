"""The cameras' clocks and positions: one camera has a receiver; the other photographs the laptop's clock and is located by a track."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, timedelta
from itertools import pairwise

from fieldkit.capture import clocks
from fieldkit.capture.clock_codes import clock_text, code_png
from fieldkit.capture.code_search import read_codes
from fieldkit.capture.locating import locate
from fieldkit.demo.frames import Body, Frame
from fieldkit.demo.visit import Visit
from fieldkit.domain.photo_times import clock_text as clock_in_words

TRACK_STEP_S = 30


def with_codes(exposed: Sequence[Frame], mission: str) -> list[Frame]:
    """The same exposures, the first and the last of them of the clock code on the laptop's screen."""
    ends = {0, len(exposed) - 1}
    return [_of_the_clock(frame, mission) if place in ends else frame for place, frame in enumerate(exposed)]


def correct(visit: Visit, body: Body, exposed: Sequence[Frame]) -> None:
    """Correct the times of a camera's photos by what is known of its clock; locate those that have no position."""
    vault, author = visit.vault, visit.team[1]
    (camera,) = clocks.cameras(vault, body.serial)
    if not body.receiver:
        read_codes(vault, camera.id, author=author)
    found, changed = clocks.use(vault, camera, "gps" if body.receiver else "qr", author=author)
    told = f"{body.model}: {clock_in_words(found)}, the times of {changed} photos corrected"
    if not body.receiver:
        located = locate(vault, track(exposed), "team car.gpx", camera=camera.id, author=author)
        told += f", {len(located.photos)} located by a track of {located.points} points"
    visit.say(told)


def track(exposed: Sequence[Frame]) -> bytes:
    """The way from exposure to exposure as a receiver in the car writes it (GPX)."""
    points = "".join(
        f'<trkpt lat="{latitude:.6f}" lon="{longitude:.6f}"><time>{when}</time></trkpt>'
        for when, latitude, longitude in _points(exposed)
    )
    return (
        '<?xml version="1.0"?><gpx version="1.1" creator="demo" xmlns="http://www.topografix.com/GPX/1/1">'
        f"<trk><trkseg>{points}</trkseg></trk></gpx>"
    ).encode()


def _of_the_clock(frame: Frame, mission: str) -> Frame:
    code = code_png(clock_text(mission, frame.taken.astimezone(UTC)))
    return replace(frame, subject="Clock of the laptop", code=code)


def _points(exposed: Sequence[Frame]) -> Iterator[tuple[str, float, float]]:
    margin = timedelta(minutes=1)
    begin, end = exposed[0], exposed[-1]
    there = [
        replace(begin, taken=begin.taken - margin),
        *exposed,
        replace(end, taken=end.taken + margin),
    ]
    for one, other in pairwise(there):
        span = (other.taken - one.taken).total_seconds()
        for second in range(0, max(1, round(span)), TRACK_STEP_S):
            share = second / span if span else 0.0
            yield (
                f"{(one.taken + timedelta(seconds=second)).astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
                one.latitude + share * (other.latitude - one.latitude),
                one.longitude + share * (other.longitude - one.longitude),
            )
