"""Reading GPX tracks (1.0 and 1.1): the points that have a time, in a stream, within bounds.

The file is hostile until read: a document type, and with it every entity, is refused; so are deep nesting and sizes that no
day's track has. Points without a time, off the globe or at exactly 0,0 are counted and left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import BinaryIO
from xml.parsers import expat

from fieldkit.domain.tracks import ERROR_PER_HDOP_M, RECEIVER_ERROR_M, Point, Track
from fieldkit.errors import UnreadableError

LARGEST = 512 << 20
MOST_POINTS = 5_000_000
DEEPEST = 32
LONGEST_TEXT = 100
_CHUNK = 1 << 16
_REMEDY = "Export the track again as GPX, with times."


@dataclass(frozen=True, slots=True)
class ReadTrack:
    """A track as read: its points that can be used, and how many cannot."""

    track: Track
    left_out: int


class _Reader:
    """expat's callbacks; namespaces are ignored, as GPX writers disagree on them."""

    def __init__(self, name: str) -> None:
        self.points: list[Point] = []
        self.left_out = 0
        self._name = name
        self._depth = 0
        self._text: list[str] | None = None
        self._length = 0
        self._lat = self._lon = self._time = self._hdop = ""
        self._inside = False

    def parse(self, stream: BinaryIO) -> None:
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        parser.StartDoctypeDeclHandler = self._doctype
        size = 0
        try:
            while chunk := stream.read(_CHUNK):
                size += len(chunk)
                if size > LARGEST:
                    raise self._refused(f"larger than {LARGEST >> 20} MiB")
                parser.Parse(chunk)
            parser.Parse(b"", True)
        except expat.ExpatError as error:
            raise self._refused(f"line {error.lineno}: {expat.ErrorString(error.code)}") from None

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        tag = tag.rpartition(":")[2]
        self._depth += 1
        if self._depth == 1 and tag != "gpx":
            raise self._refused(f"it begins with {tag[:40]!r}, not with gpx")
        if self._depth > DEEPEST:
            raise self._refused(f"elements nest deeper than {DEEPEST}")
        if tag == "trkpt":
            self._inside = True
            self._lat, self._lon = attributes.get("lat", ""), attributes.get("lon", "")
            self._time = self._hdop = ""
        elif self._inside and tag in ("time", "hdop"):
            self._text, self._length = [], 0

    def _end(self, tag: str) -> None:
        tag = tag.rpartition(":")[2]
        self._depth -= 1
        if self._text is not None:
            text, self._text = "".join(self._text).strip(), None
            if tag == "time":
                self._time = text
            elif tag == "hdop":
                self._hdop = text
        if tag == "trkpt" and self._inside:
            self._inside = False
            point = _point(self._time, self._lat, self._lon, self._hdop)
            if point is None:
                self.left_out += 1
                return
            self.points.append(point)
            if len(self.points) > MOST_POINTS:
                raise self._refused(f"more than {MOST_POINTS} points")

    def _characters(self, text: str) -> None:
        if self._text is not None and self._length <= LONGEST_TEXT:
            self._length += len(text)
            self._text.append(text[:LONGEST_TEXT])

    def _doctype(self, *_: object) -> None:
        raise self._refused("it declares a document type, which GPX has no use for")

    def _refused(self, problem: str) -> UnreadableError:
        return UnreadableError(f"no GPX track: {problem}", where=self._name, remedy=_REMEDY)


def read_track(stream: BinaryIO, name: str) -> ReadTrack:
    """The track in a GPX file. Raises `UnreadableError` naming the file where it is none, or holds no usable point."""
    reader = _Reader(name)
    reader.parse(stream)
    if not reader.points:
        raise UnreadableError("no GPX track: no point has a time and a place", where=name, remedy=_REMEDY)
    return ReadTrack(Track(reader.points), reader.left_out)


def _point(time: str, lat: str, lon: str, hdop: str) -> Point | None:
    try:
        when = datetime.fromisoformat(time)
        point = Point(
            (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp(),
            float(lat),
            float(lon),
            max(RECEIVER_ERROR_M / 2, ERROR_PER_HDOP_M * float(hdop)) if hdop else RECEIVER_ERROR_M,
        )
    except (ValueError, OverflowError):
        return None
    if not (-90 <= point.lat <= 90 and -180 <= point.lon <= 180 and 0 <= point.error_m < 1e6):
        return None
    return None if point.lat == 0 and point.lon == 0 else point
