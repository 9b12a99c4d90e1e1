"""What a photo says of itself: camera, time, position, orientation and the small picture embedded in it.

Everything here is a claim of the camera. The time is kept as written and interpreted apart from that; an
offset is given only where the camera states one. A position of exactly (0, 0) is none. Tags: CIPA DC-008 (Exif 3.0);
the body's serial number also from the maker's note, DNG's own tag and XMP, `aux:SerialNumber`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

from PIL import ExifTags, Image

from fieldkit.capture.decoder_errors import HOSTILE_INPUT, cause_of
from fieldkit.capture.maker_notes import serial_of
from fieldkit.capture.plain import plain_line
from fieldkit.domain.clocks import nearest_day

LARGEST_EMBEDDED = 1 << 20
_MAKE, _MODEL, _ORIENTATION, _CHANGED = 0x010F, 0x0110, 0x0112, 0x0132
_TIMES = ((0x9003, 0x9011, 0x9291), (0x9004, 0x9012, 0x9292))  # taken, digitised: time, offset, subseconds
_OFFSET, _SUBSECONDS = 0x9010, 0x9290
_BODY_SERIAL, _MAKER_NOTE, _DNG_SERIAL = 0xA431, 0x927C, 0xC62F
_EMBEDDED_AT, _EMBEDDED_SIZE = 0x0201, 0x0202
_TIME = re.compile(r"(\d{4})[:\-/.](\d\d)[:\-/.](\d\d)[ T](\d\d):(\d\d):(\d\d)")
_MOST_PARTS = 60
_DATE = re.compile(r"(\d{4})[:\-/.](\d\d)[:\-/.](\d\d)")
_UTC_OFFSET = re.compile(r"([+-])(\d\d):?(\d\d)")
_XMP_SERIAL = re.compile(
    rb"aux:SerialNumber(?:=[\"']([^\"'<>]{1,64})[\"']|>([^<>]{1,64})</aux:SerialNumber>)"
)

_Found = TypeVar("_Found")


@dataclass(frozen=True, slots=True)
class Camera:
    """A camera as its photos name it. `serial` is empty where none was found; `source` says where it stood."""

    make: str = ""
    model: str = ""
    serial: str = ""
    source: str = ""

    def __bool__(self) -> bool:
        return bool(self.make or self.model or self.serial)


@dataclass(frozen=True, slots=True)
class Taken:
    """When the camera says the photo was taken.

    `raw` is the text as written; `local` the same as `YYYY-MM-DDTHH:MM:SS[.fff]` or empty if it is no time;
    `offset` is `+HH:MM` where the camera states one, else empty. `receiver` is the time that its satellite receiver
    gave (UTC, written as `local`), of the day nearest to `local` where it gave no date; else empty.
    """

    raw: str = ""
    local: str = ""
    offset: str = ""
    receiver: str = ""


@dataclass(frozen=True, slots=True)
class Fix:
    """A position from the camera: WGS84 decimal degrees, error and height in metres (NaN where not stated)."""

    latitude: float
    longitude: float
    error: float = math.nan
    altitude: float = math.nan


@dataclass(frozen=True, slots=True)
class Exif:
    """All of it; `problems` says which part could not be read, and why."""

    camera: Camera = Camera()
    taken: Taken = Taken()
    fix: Fix | None = None
    orientation: int = 1
    embedded: bytes = b""
    problems: tuple[str, ...] = ()


def read_exif(image: Image.Image, *, decode: bool = True) -> Exif:
    """The EXIF and XMP of an opened picture. Never raises on bad input: what cannot be read is left out and told.

    A PNG may have them behind its pixels: they are found there only where it may be decoded for it.
    """
    xmp = image.info.get("xmp")
    block = image.info.get("exif")
    try:
        tags = image.getexif() if decode else Image.Image.getexif(image)
    except HOSTILE_INPUT as error:
        return Exif(problems=(f"EXIF: {cause_of(error).words}",))
    return _read(tags, xmp if isinstance(xmp, bytes) else b"", block if isinstance(block, bytes) else b"")


def read_exif_of_raw(data: bytes) -> Exif:
    """The EXIF of a raw file of the TIFF family (DNG, NEF, CR2, ARW, PEF, SRW); empty with a problem for others."""
    tags = Image.Exif()
    try:
        tags.load(data)
    except HOSTILE_INPUT as error:
        return Exif(problems=(f"EXIF: {cause_of(error).words}",))
    return _read(tags, b"", data)


def read_embedded(block: bytes) -> tuple[bytes, int]:
    """The small picture that an EXIF block or the head of a raw file brings along, and its orientation (1 to 8).

    Empty where there is none, or where it cannot be found. It is not looked into.
    """
    tags = Image.Exif()
    try:
        tags.load(block)
        return _embedded(tags, block), _orientation(dict(tags))
    except HOSTILE_INPUT:
        return b"", 1


def _read(tags: Image.Exif, xmp: bytes, block: bytes) -> Exif:
    problems: list[str] = []

    def attempt(part: str, read: Callable[[], _Found], otherwise: _Found) -> _Found:
        try:
            return read()
        except HOSTILE_INPUT as error:
            problems.append(f"{part}: {cause_of(error).words}")
            return otherwise

    nothing: Mapping[int, Any] = {}
    main = attempt("EXIF", lambda: dict(tags), nothing)
    details = attempt("EXIF details", lambda: tags.get_ifd(ExifTags.IFD.Exif), nothing)
    position = attempt("GPS", lambda: tags.get_ifd(ExifTags.IFD.GPSInfo), nothing)
    if any(_number(part) > _MOST_PARTS for tag in (2, 4) for part in _parts(position.get(tag))[1:]):
        problems.append(f"position: doubtful, with more than {_MOST_PARTS} minutes or seconds in it")
    return Exif(
        camera=attempt("camera", lambda: _camera(main, details, xmp, block), Camera()),
        taken=_with_receiver(
            attempt("time", lambda: _taken(main, details), Taken()),
            attempt("GPS time", lambda: _clock(position), None),
        ),
        fix=attempt("position", lambda: _fix(position), None),
        orientation=attempt("orientation", lambda: _orientation(main), 1),
        embedded=attempt("embedded picture", lambda: _embedded(tags, block), b""),
        problems=tuple(problems),
    )


def _text(value: object) -> str:
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    return plain_line(value, 120) if isinstance(value, str) else ""


def _camera(main: Mapping[int, Any], details: Mapping[int, Any], xmp: bytes, block: bytes) -> Camera:
    make, model = _text(main.get(_MAKE)), _text(main.get(_MODEL))
    found = (
        ("EXIF", _text(details.get(_BODY_SERIAL)) or _text(main.get(_DNG_SERIAL))),
        ("maker note", _noted(make, model, details.get(_MAKER_NOTE), block)),
        ("XMP", _text(match[1] or match[2]) if (match := _XMP_SERIAL.search(xmp)) else ""),
    )
    source, serial = next(((source, serial) for source, serial in found if serial.strip("0 ")), ("", ""))
    return Camera(make, model, serial, source)


def _noted(make: str, model: str, note: object, block: bytes) -> str:
    return serial_of(make, model, note, block.removeprefix(b"Exif\0\0")) if isinstance(note, bytes) else ""


def _taken(main: Mapping[int, Any], details: Mapping[int, Any]) -> Taken:
    candidates = [tuple(_text(details.get(tag)) for tag in tags) for tags in _TIMES]
    candidates.append(
        (_text(main.get(_CHANGED)), _text(details.get(_OFFSET)), _text(details.get(_SUBSECONDS)))
    )
    readings = [_interpret(*candidate) for candidate in candidates if candidate[0]]
    return next((reading for reading in readings if reading.local), readings[0] if readings else Taken())


def _interpret(raw: str, offset: str, subseconds: str) -> Taken:
    stated = ""
    if (match := _UTC_OFFSET.fullmatch(offset)) and int(match[2]) <= 14 and int(match[3]) < 60:
        stated = f"{match[1]}{match[2]}:{match[3]}"
    if not (match := _TIME.match(raw)):
        return Taken(raw, "", stated)
    try:
        moment = datetime(*(int(part) for part in match.groups()))  # type: ignore[arg-type]  # noqa: DTZ001
    except ValueError:
        return Taken(raw, "", stated)
    fraction = f".{subseconds[:6]}" if subseconds.isascii() and subseconds.isdigit() else ""
    return Taken(raw, moment.isoformat() + fraction, stated)


def _clock(gps: Mapping[int, Any]) -> tuple[str, int, int, float] | None:
    """The receiver's date (`YYYY-MM-DD` or empty), hour, minute and second."""
    parts = gps.get(7)
    if not isinstance(parts, tuple) or len(parts) != 3:
        return None
    hour, minute, second = (_number(part) for part in parts)
    if not (0 <= hour < 24 and 0 <= minute < 60 and 0 <= second < 61):
        return None
    match = _DATE.fullmatch(_text(gps.get(29)))
    return "-".join(match.groups()) if match else "", int(hour), int(minute), second


def _with_receiver(taken: Taken, clock: tuple[str, int, int, float] | None) -> Taken:
    if clock is None:
        return taken
    date, hour, minute, second = clock
    try:
        if date:
            found = datetime.fromisoformat(date) + timedelta(hours=hour, minutes=minute, seconds=second)
        elif taken.local:
            found = nearest_day(datetime.fromisoformat(taken.local), hour, minute, second)
        else:
            return taken
    except (ValueError, OverflowError):
        return taken
    return replace(taken, receiver=found.isoformat(timespec="milliseconds"))


def _orientation(main: Mapping[int, Any]) -> int:
    value = main.get(_ORIENTATION, 1)
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def _fix(gps: Mapping[int, Any]) -> Fix | None:
    latitude = _degrees(gps.get(2), gps.get(1), "N", "S", 90)
    longitude = _degrees(gps.get(4), gps.get(3), "E", "W", 180)
    if latitude is None or longitude is None or (latitude == 0 and longitude == 0):
        return None
    altitude = _number(gps.get(6))
    return Fix(
        latitude,
        longitude,
        error=_number(gps.get(31)),
        altitude=-altitude if gps.get(5) in (1, b"\x01") else altitude,
    )


def _parts(value: object) -> tuple[object, ...]:
    return value if isinstance(value, tuple) else ()


def _degrees(parts: object, reference: object, positive: str, negative: str, limit: int) -> float | None:
    side = _text(reference).upper()[:1]
    if not isinstance(parts, tuple) or not 1 <= len(parts) <= 3 or side not in (positive, negative):
        return None
    value = float(sum(_number(part) / 60.0**power for power, part in enumerate(parts)))
    if not 0 <= value <= limit:  # not a number is refused here too
        return None
    return round(-value if side == negative else value, 7)


def _number(value: object) -> float:
    try:
        number = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, ArithmeticError):
        return math.nan
    return number if math.isfinite(number) else math.nan


def _embedded(tags: Image.Exif, block: bytes) -> bytes:
    """The JPEG that the second directory points at, or nothing. Offsets count from the TIFF header."""
    second = tags.get_ifd(ExifTags.IFD.IFD1)
    start, size = second.get(_EMBEDDED_AT), second.get(_EMBEDDED_SIZE)
    if not isinstance(start, int) or not isinstance(size, int) or not 0 < size <= LARGEST_EMBEDDED:
        return b""
    start += 6 if block.startswith(b"Exif\0\0") else 0
    found = bytes(block[start : start + size])
    return found if found.startswith(b"\xff\xd8\xff") else b""
