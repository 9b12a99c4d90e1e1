"""What a camera's clock makes of the times of its photos, on records' values.

The camera's wall time stays derivable for ever: it is the moment `taken`, in its offset, plus `taken_offset_s`. So the
times can be derived anew, with another clock or zone, as often as more becomes known. A time that a person typed is theirs.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Final

from fieldkit.domain.clocks import METHODS, CameraClock, Method, Reading, span_of, zone_at, zone_text
from fieldkit.domain.jsontypes import Doc
from fieldkit.domain.moments import Moment, as_json, instant, local, moment

EARLIEST_YEAR: Final = 1990
IN_WORDS: Final[dict[Method, str]] = {
    "qr": "a photographed clock",
    "stated": "what a person stated of its clock",
    "gps": "its satellite receiver",
}


def moment_in(doc: Doc, field: str) -> Moment | None:
    """The moment in a field of a record; None where there is none."""
    value = doc.get(field)
    if not isinstance(value, dict):
        return None
    return Moment(
        at=str(value["at"]),
        offset=str(value["offset"]),
        source="clock" if value.get("source") == "clock" else "typed",
    )


def utc_in(doc: Doc, field: str) -> datetime | None:
    """The moment in a field as naive UTC."""
    found = moment_in(doc, field)
    return instant(found.at).replace(tzinfo=None) if found else None


def wall_time(photo: Doc) -> datetime | None:
    """What the camera's clock showed (naive); None where the camera wrote no time or a person typed one."""
    taken = moment_in(photo, "taken")
    if taken is None or taken.source == "typed":
        return None
    return local(taken).replace(tzinfo=None) + timedelta(seconds=_number(photo, "taken_offset_s"))


def stated_zone(photo: Doc, camera: Doc) -> int | None:
    """The zone of a photo's wall time, in seconds, as the camera states or a person confirmed it."""
    taken = moment_in(photo, "taken")
    if taken and photo.get("taken_zone_by") == "camera":
        return zone_at(taken.offset, datetime.min)  # noqa: DTZ901 - an offset is the same at any time
    wall = wall_time(photo)
    confirmed = camera.get("zone") if camera.get("zone_by") != "readings" else None
    return zone_at(str(confirmed), wall) if wall and confirmed else None


def reading(photo: Doc, camera: Doc, right: str, uncertainty_s: float) -> Reading | None:
    """The camera's clock against the right time in a field of the photo; None where either is missing."""
    wall, utc = wall_time(photo), utc_in(photo, right)
    if wall is None or utc is None:
        return None
    return Reading(wall, utc, stated_zone(photo, camera), uncertainty_s)


def retimed(photo: Doc, camera: Doc, clock: CameraClock | None) -> Doc:
    """A photo's time derived anew by its camera's clock (None: taken to be right) and zone: the values that change."""
    wall, taken = wall_time(photo), moment_in(photo, "taken")
    if wall is None or taken is None:
        return {}
    zone_s, by = stated_zone(photo, camera), "camera" if photo.get("taken_zone_by") == "camera" else "person"
    if zone_s is None and clock is not None and clock.zone_s is not None:
        zone_s, by = clock.zone_s, "readings"
    if zone_s is None:
        zone_s, by = zone_at(taken.offset, wall), str(photo.get("taken_zone_by", "laptop"))
    values: Doc = {"taken_zone_by": by}
    if clock is None:
        utc = wall - timedelta(seconds=zone_s)
        values["taken_offset_s"] = values["taken_uncertainty_s"] = None
        values["taken_method"] = f"camera clock, in the zone {zone_in_words(by)}"
    else:
        utc = clock.utc_of(wall, zone_s)
        values["taken_offset_s"] = _decimal((wall - utc).total_seconds() - zone_s)
        values["taken_uncertainty_s"] = _decimal(clock.uncertainty_at(utc), 1)
        values["taken_method"] = (
            f"camera clock, corrected by {IN_WORDS[clock.method]}, in the zone {zone_in_words(by)}"
        )
    shown = utc.replace(tzinfo=UTC).astimezone(timezone(timedelta(seconds=zone_s)))
    values["taken"] = as_json(moment(shown))
    return {name: value for name, value in values.items() if photo.get(name) != value}


def doubt(wall: datetime, now: datetime) -> str:
    """Why a camera's wall time is doubted as it stands; empty if it is not. `now` is a wall time here, both naive.

    Clocks that lost their power begin anew with 1 January of a year that the maker chose.
    """
    if wall - now > timedelta(days=1):
        return "it lies in the future of this laptop's clock"
    if wall.year < EARLIEST_YEAR:
        return "no digital camera took pictures then: its clock was reset"
    if (wall.month, wall.day) == (1, 1) and wall.year < now.year:
        return "clocks of cameras begin with 1 January when they were reset"
    return ""


def zone_in_words(by: str) -> str:
    """Who says so, for people."""
    return {
        "camera": "that the camera states",
        "readings": "that readings of its clock show",
        "person": "that a person confirmed",
    }.get(by, "of this laptop: the camera states no offset")


def clock_values(clock: CameraClock) -> Doc:
    """A camera's fields for the clock it is taken to have."""
    until = clock.until or clock.reference
    drift = clock.drift_s_per_day
    zone: Doc = {} if clock.zone_s is None else {"zone": zone_text(clock.zone_s), "zone_by": "readings"}
    return {
        **zone,
        "clock_method": clock.method,
        "clock_offset_s": _decimal(clock.ahead_at(until)),
        "clock_uncertainty_s": _decimal(clock.uncertainty_s),
        "clock_drift_s_per_day": None if drift is None else _decimal(drift),
        "clock_since": as_json(moment(clock.reference.replace(tzinfo=UTC))),
        "clock_checked": as_json(moment(until.replace(tzinfo=UTC))),
    }


def clock_in(camera: Doc) -> CameraClock | None:
    """The clock that a camera is taken to have; None where nothing was decided yet."""
    method = next((each for each in METHODS if each == camera.get("clock_method")), None)
    since, checked = utc_in(camera, "clock_since"), utc_in(camera, "clock_checked")
    if method is None or since is None or checked is None:
        return None
    drift = _number(camera, "clock_drift_s_per_day") if camera.get("clock_drift_s_per_day") else None
    days = (checked - since) / timedelta(days=1)
    return CameraClock(
        method,
        zone_at(str(camera["zone"]), checked) if camera.get("zone_by") == "readings" else None,
        _number(camera, "clock_offset_s") - (drift or 0.0) * days,
        _number(camera, "clock_uncertainty_s"),
        since,
        drift_s_per_day=drift,
        until=checked,
    )


def clock_text(clock: CameraClock) -> str:
    """`+1m32s ±1s, drifting +4.8s a day`."""
    drift = "" if clock.drift_s_per_day is None else f", drifting {span_of(clock.drift_s_per_day)} a day"
    return f"{span_of(clock.ahead_s)} ±{span_of(clock.uncertainty_s)[1:]}{drift}"


def _number(doc: Doc, field: str) -> float:
    value = doc.get(field)
    return float(value) if isinstance(value, str) else 0.0


def _decimal(number: float, digits: int = 3) -> str:
    text = f"{number:.{digits}f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text
