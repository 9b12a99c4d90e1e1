"""Moments, dates and periods. A moment keeps the UTC instant, the local offset it was read in and its source.

`at` is written in one way, with six digits of a second and `Z`, so that moments sort as text. A moment from the
clock is a claim like a typed one: only its source differs.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Annotated, ClassVar, Final, Literal

import msgspec
from msgspec import Meta

from fieldkit.domain.fields import About, FieldType
from fieldkit.domain.jsontypes import Doc
from fieldkit.domain.values import DateText, canonical_date
from fieldkit.errors import UsageError

AT_PATTERN: Final = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?Z$(?!\n)"
OFFSET_PATTERN: Final = r"^[+-](0[0-9]|1[0-4]):[0-5][0-9]$(?!\n)"
_WRITTEN: Final = re.compile(
    r"(?:(?P<date>\d{4}-\d{2}-\d{2})(?:[T ]\s*))?"
    r"(?P<time>\d{1,2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?)"
    r"\s*(?P<zone>Z|UTC|[+-]\d{2}(?::?\d{2})?)?",
    re.IGNORECASE | re.ASCII,
)
_REMEDY: Final = "Write 10:41, 2026-02-12 10:41 or 2026-02-12T10:41+02:00."


class Moment(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An instant (`at`, UTC), the local offset it was told in, and whether the clock or a person gave it."""

    field_type: ClassVar[FieldType] = FieldType.MOMENT

    at: Annotated[
        str,
        Meta(pattern=AT_PATTERN, extra_json_schema={"format": "date-time"}),
        About("UTC", "The instant in UTC."),
        FieldType.LINE,
    ]
    offset: Annotated[
        str, Meta(pattern=OFFSET_PATTERN), About("Offset", "Local time minus UTC."), FieldType.LINE
    ]
    source: Annotated[Literal["clock", "typed"], About("Source", "From the clock, or typed by a person.")] = (
        "typed"
    )


class Period(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """First and last day, both included; without a last day it is open."""

    field_type: ClassVar[FieldType] = FieldType.PERIOD

    first: Annotated[DateText, About("From", "First day.")] = msgspec.field(name="from")
    last: Annotated[DateText | None, About("To", "Last day, included.")] = msgspec.field(
        name="to", default=None
    )


def moment(when: datetime, source: Literal["clock", "typed"] = "clock") -> Moment:
    """A moment from an aware `datetime`, whose own offset is kept to the minute."""
    shift = when.utcoffset()
    if shift is None:
        raise ValueError("a moment needs a time zone")
    return Moment(at=_written(when.astimezone(UTC)), offset=_offset(shift), source=source)


def as_json(value: Moment) -> Doc:
    """The JSON form of a moment, as it stands in a record."""
    return {"at": value.at, "offset": value.offset, "source": value.source}


def instant(at: str) -> datetime:
    """The UTC `datetime` of an `at` text; UsageError if the calendar or the clock has no such moment."""
    try:
        return datetime.fromisoformat(at)
    except ValueError:
        raise UsageError(f"{at} is no moment of the calendar", remedy=_REMEDY) from None


def local(value: Moment) -> datetime:
    """The moment as local time in its own offset."""
    return instant(value.at).astimezone(timezone(_shift(value.offset)))


def canonical_moment(value: Doc) -> Doc:
    """A moment's JSON in its one form; UsageError if there is no such moment."""
    offset = str(value["offset"])
    return {
        "at": _written(instant(str(value["at"]))),
        "offset": "+00:00" if offset == "-00:00" else offset,
        "source": value.get("source", "typed"),
    }


def canonical_period(value: Doc) -> Doc:
    """A period's JSON in its one form; UsageError if it ends before it begins."""
    first = canonical_date(str(value["from"]))
    if value.get("to") is None:
        return {"from": first}
    last = canonical_date(str(value["to"]))
    if last < first:
        raise UsageError(
            f"the period ends on {last}, before it begins on {first}",
            remedy="Exchange the two, or correct one.",
        )
    return {"from": first, "to": last}


def parse_moment(text: str, now: Moment) -> Moment:
    """A typed moment. A missing date is the day of `now`, a missing offset that of `now`; UsageError otherwise."""
    if text.strip().lower() == "now":
        return Moment(at=now.at, offset=now.offset, source="typed")
    found = _WRITTEN.fullmatch(text.strip())
    if not found:
        raise UsageError(f"{text!r} is not a time", remedy=_REMEDY)
    shift = _shift(now.offset) if found["zone"] is None else _zone(found["zone"])
    zone = timezone(shift)
    day = found["date"] or local(now).date().isoformat()
    clock = found["time"] if found["time"][1] != ":" else f"0{found['time']}"
    try:
        when = datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=zone)
        return moment(when, "typed")
    except (ValueError, OverflowError):
        raise UsageError(f"{text!r} is no moment of the calendar", remedy=_REMEDY) from None


def parse_date(text: str) -> str:
    """A typed day, `2026-02-12`; UsageError otherwise."""
    try:
        return date.fromisoformat(text.strip()).isoformat()
    except ValueError:
        raise UsageError(f"{text!r} is not a day", remedy="Write it as 2026-02-12.") from None


def parse_period(text: str) -> Doc:
    """A typed period: `2026-02-10/2026-02-14`, `… to …`, or a first day alone; UsageError otherwise."""
    first, *rest = re.split(r"\s*(?:/|\.\.|…|–|\bto\b)\s*", text.strip(), maxsplit=1)
    found: Doc = {"from": parse_date(first)}
    if rest and rest[0]:
        found["to"] = parse_date(rest[0])
    return canonical_period(found)


def moment_text(value: Doc) -> str:
    """`2026-02-12 10:41 +02:00`, with seconds where there are any."""
    when = local(Moment(at=str(value["at"]), offset=str(value["offset"])))
    clock = when.strftime("%H:%M")
    if when.second or when.microsecond:
        clock = when.strftime("%H:%M:%S")
    if when.microsecond:
        clock += f".{when.microsecond:06d}".rstrip("0")
    return f"{when.date().isoformat()} {clock} {value['offset']}"


def period_text(value: Doc) -> str:
    """`2026-02-10 to 2026-02-14`."""
    return f"{value['from']} to {value['to']}" if value.get("to") else f"{value['from']} to"


def span_text(span: timedelta) -> str:
    """A length of time in the two units that matter: `12 min`, `2 h 5 min`, `3 d 4 h`, `40 s`."""
    seconds = int(abs(span).total_seconds())
    sign = "−" if span < timedelta() else ""
    minutes, second = divmod(seconds, 60)
    hours, minute = divmod(minutes, 60)
    days, hour = divmod(hours, 24)
    units = [(days, "d"), (hour, "h"), (minute, "min"), (second, "s")]
    while len(units) > 1 and not units[0][0]:
        units.pop(0)
    shown = [f"{number} {unit}" for number, unit in units[:2] if number] or ["0 s"]
    return sign + " ".join(shown)


def _written(when: datetime) -> str:
    return f"{when.replace(tzinfo=None).isoformat(timespec='microseconds')}Z"


def _offset(shift: timedelta) -> str:
    minutes = round(shift.total_seconds() / 60)
    sign = "-" if minutes < 0 else "+"
    hours, rest = divmod(abs(minutes), 60)
    if hours > 14:
        raise UsageError("no place on Earth is more than 14 hours from UTC", remedy=_REMEDY)
    return f"{sign}{hours:02d}:{rest:02d}"


def _shift(offset: str) -> timedelta:
    sign = -1 if offset[0] == "-" else 1
    return sign * timedelta(hours=int(offset[1:3]), minutes=int(offset[4:6]))


def _zone(text: str) -> timedelta:
    if text.upper() in ("Z", "UTC"):
        return timedelta()
    digits = text[1:].replace(":", "").ljust(4, "0")
    if int(digits[:2]) > 14 or int(digits[2:]) > 59:
        raise UsageError(f"{text} is no offset from UTC", remedy=_REMEDY)
    return _shift(f"{text[0]}{digits[:2]}:{digits[2:]}")
