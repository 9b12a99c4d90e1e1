"""Films and sounds: what their containers say of time and length. Nothing is decoded, and only headers are read.

ISO base media (MP4, MOV, M4A, 3GP: ISO/IEC 14496-12, `mvhd`) and RIFF (WAV with `bext`, EBU Tech 3285; AVI). Whatever a box claims,
the walk stays within the file, takes at most `MOST_BOXES` steps and reads at most `LARGEST_BOX` of one. Other kinds are
kept as they are, without a time.
"""

from __future__ import annotations

import math
import os
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import PurePath
from typing import BinaryIO

FILM_TYPES = {
    ".mp4": "video/mp4",
    ".m4v": "video/mp4",
    ".mov": "video/quicktime",
    ".3gp": "video/3gpp",
    ".avi": "video/x-msvideo",
    ".mts": "video/mp2t",
    ".m2ts": "video/mp2t",
    ".mkv": "video/x-matroska",
    ".webm": "video/webm",
    ".mpg": "video/mpeg",
    ".wmv": "video/x-ms-wmv",
}
SOUND_TYPES = {
    ".wav": "audio/wav",
    ".m4a": "audio/mp4",
    ".mp3": "audio/mpeg",
    ".amr": "audio/amr",
    ".aac": "audio/aac",
    ".flac": "audio/flac",
    ".ogg": "audio/ogg",
    ".opus": "audio/opus",
    ".wma": "audio/x-ms-wma",
}
MOST_BOXES = 4000
LARGEST_BOX = 4096
DEEPEST = 5
UTC_CLAIM = "its container gives the time as UTC; many cameras write their local time there"
_EPOCH = datetime(1904, 1, 1)  # noqa: DTZ001 - containers hold seconds since then, without a zone
_FILM_BRANDS = (
    b"isom",
    b"iso2",
    b"iso4",
    b"iso5",
    b"iso6",
    b"mp41",
    b"mp42",
    b"avc1",
    b"qt  ",
    b"M4V ",
    b"M4A ",
    b"MSNV",
    b"XAVC",
)
_NESTED = (b"moov", b"trak", b"mdia")
_BEXT = re.compile(rb"(\d{4})\D(\d\d)\D(\d\d)(\d\d)\D(\d\d)\D(\d\d)")
_DATE_AT = 320  # description, originator and its reference come before the date in `bext`


@dataclass(frozen=True, slots=True)
class Recording:
    """What a container says: `film` or `sound`, media type, seconds (NaN if unknown), when it was begun.

    `local` is `YYYY-MM-DDTHH:MM:SS` or empty, `utc` whether that claims to be UTC, `raw` the same as it stood there; `damage`
    says what is missing.
    """

    form: str
    media_type: str
    duration: float = math.nan
    raw: str = ""
    local: str = ""
    utc: bool = False
    damage: str = ""


def is_recording(name: str, head: bytes) -> bool:
    """Whether a name or the first 32 bytes say that a file is a film or a sound."""
    suffix = PurePath(name).suffix.lower()
    return suffix in FILM_TYPES or suffix in SOUND_TYPES or _family(head) != ""


def read_recording(stream: BinaryIO, name: str) -> Recording:
    """What the container of a film or sound says, whatever is wrong with it. Raises `OSError` only."""
    size = stream.seek(0, os.SEEK_END)
    stream.seek(0)
    head = stream.read(32)
    suffix = PurePath(name).suffix.lower()
    form = "sound" if suffix in SOUND_TYPES else "film"
    family = _family(head)
    guessed = {"iso": "video/mp4", "wav": "audio/wav", "avi": "video/x-msvideo"}.get(
        family, "application/octet-stream"
    )
    found = Recording(form, FILM_TYPES.get(suffix) or SOUND_TYPES.get(suffix) or guessed)
    if not head.strip(b"\0"):
        return replace(found, damage="the file is empty" if not size else "the file begins with zeros")
    try:
        if family == "iso":
            return _iso(stream, size, found)
        if family == "wav":
            return _wav(stream, size, replace(found, form="sound"))
        if family == "avi":
            return _avi(stream, size, found)
    except (struct.error, ValueError, OverflowError):
        return replace(
            found, damage="its container cannot be read: a part of it is cut short or makes no sense"
        )
    return found


def _family(head: bytes) -> str:
    if head[4:8] == b"ftyp":
        return "iso" if head[8:12] in _FILM_BRANDS or head[8:11] in (b"3gp", b"mp4") else ""
    if head[4:8] in (b"moov", b"mdat", b"wide"):
        return "iso"
    if head[:4] == b"RIFF":
        return {b"WAVE": "wav", b"AVI ": "avi"}.get(head[8:12], "")
    return ""


def _iso(stream: BinaryIO, size: int, found: Recording) -> Recording:
    header, pictures, sounds = b"", False, False
    for kind, start, end in _boxes(stream, 0, size, [MOST_BOXES], 0):
        if kind == b"mvhd" and not header:
            header = _read(stream, start, end, 40)
        elif kind == b"hdlr":
            handler = _read(stream, start, end, 12)[8:12]
            pictures, sounds = pictures or handler == b"vide", sounds or handler == b"soun"
    if sounds and not pictures:
        found = replace(found, form="sound")
    if not header:
        return replace(found, damage="its index (moov) is missing: the recording was broken off")
    created, scale, length = (
        struct.unpack_from(">QxxxxxxxxIQ", header, 4)
        if header[0] == 1
        else struct.unpack_from(">IxxxxII", header, 4)
    )
    unknown = length in (0xFFFFFFFF, 0xFFFFFFFFFFFFFFFF) or not scale
    found = replace(found, duration=math.nan if unknown else length / scale)
    if not created:
        return found
    began = (_EPOCH + timedelta(seconds=created)).isoformat()
    return replace(found, raw=f"{created} (mvhd, seconds since 1904)", local=began, utc=True)


def _wav(stream: BinaryIO, size: int, found: Recording) -> Recording:
    rate, length = 0, 0
    for kind, start, end in _chunks(stream, 12, size):
        if kind == b"fmt ":
            rate = struct.unpack_from("<I", _read(stream, start, end, 16), 8)[0]
        elif kind == b"data":
            length = end - start
        elif kind == b"bext" and (match := _BEXT.match(_read(stream, start, end, _DATE_AT + 18)[_DATE_AT:])):
            raw = match[0].decode("ascii", "replace")
            found = replace(found, raw=f"{raw} (bext)", local=_calendar(match))
    return replace(found, duration=length / rate if rate else math.nan)


def _avi(stream: BinaryIO, size: int, found: Recording) -> Recording:
    for kind, start, end in _chunks(stream, 12, size):
        if kind != b"LIST" or _read(stream, start, end, 4) != b"hdrl":
            continue
        for inner, begin, stop in _chunks(stream, start + 4, end):
            if inner == b"avih":
                each, _, _, _, frames = struct.unpack_from("<5I", _read(stream, begin, stop, 20))
                return replace(found, duration=each * frames / 1e6)
    return replace(found, damage="its header (avih) is missing")


def _boxes(
    stream: BinaryIO, start: int, end: int, left: list[int], depth: int
) -> Iterator[tuple[bytes, int, int]]:
    """Every box from `start` to `end` with the bounds of its content, those within the nested ones too."""
    while start + 8 <= end and left[0] > 0:
        left[0] -= 1
        head = _read(stream, start, end, 16)
        if len(head) < 8:
            return
        length, kind = struct.unpack_from(">I4s", head)
        content = start + 8
        if length == 1 and len(head) == 16:
            length, content = struct.unpack_from(">Q", head, 8)[0], start + 16
        stop = end if length == 0 else start + length
        if stop < content:
            return
        if kind in _NESTED and depth < DEEPEST:
            yield from _boxes(stream, content, min(stop, end), left, depth + 1)
        elif stop <= end:
            yield kind, content, stop
        start = stop


def _chunks(stream: BinaryIO, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    for _ in range(MOST_BOXES):
        head = _read(stream, start, end, 8)
        if len(head) < 8:
            return
        kind, length = struct.unpack("<4sI", head)
        yield kind, start + 8, min(start + 8 + length, end)
        start += 8 + length + length % 2


def _read(stream: BinaryIO, start: int, end: int, most: int) -> bytes:
    stream.seek(start)
    return stream.read(max(0, min(most, LARGEST_BOX, end - start)))


def _calendar(match: re.Match[bytes]) -> str:
    """The moment as text, or nothing if no calendar has it."""
    try:
        return datetime(*(int(part) for part in match.groups())).isoformat()  # type: ignore[arg-type]  # noqa: DTZ001
    except ValueError:
        return ""
