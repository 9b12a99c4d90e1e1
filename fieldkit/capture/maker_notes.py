"""The body's serial number from the notes that camera makers keep in EXIF, each in a form of its own.

Most are a TIFF directory behind a maker's header; what differs is where it begins, where its offsets count from and in
which byte order it is. Read strictly within the block: a directory has at most `MOST_ENTRIES` entries, a text at most
`LONGEST` bytes, and whatever points outside is nothing. A serial number is a claim of the camera, as all of EXIF is.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable
from dataclasses import dataclass

MOST_ENTRIES = 512
LONGEST = 64
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 6: 1, 7: 1, 8: 2, 9: 4, 13: 4}
_SERIAL = re.compile(r"(?=.*[0-9])[0-9A-Za-z][0-9A-Za-z ./-]{2,39}")
_RECONYX = b"\x01\xf1"
_RECONYX_SERIAL = slice(0x2A, 0x2A + 30)


@dataclass(frozen=True, slots=True)
class _Directory:
    """A TIFF directory at `start` in `data`; its offsets count from `base`."""

    data: bytes
    start: int
    base: int
    order: str

    def value(self, tag: int) -> bytes:
        """The bytes of a tag's value, at most `LONGEST`; nothing where the tag is missing or points outside."""
        found = self._entry(tag)
        if found is None:
            return b""
        kind, count, at = found
        size = min(count * _SIZES.get(kind, 0), LONGEST)
        if count * _SIZES.get(kind, 0) > 4:
            at = self.base + self._number(at, 4)
        return self.data[at : at + size] if 0 <= at <= len(self.data) - size else b""

    def text(self, tag: int) -> str:
        """A tag's value as text: NULs before it are padding, the first one after it ends it."""
        return self.value(tag).lstrip(b"\0").split(b"\0")[0].decode("ascii", "replace").strip()

    def number(self, tag: int) -> int:
        """A tag's value as an unsigned number of four bytes; 0 if it is none."""
        value = self.value(tag)
        return int.from_bytes(value, "little" if self.order == "<" else "big") if len(value) == 4 else 0

    def below(self, tag: int) -> _Directory:
        """The directory that a tag points at or holds."""
        found = self._entry(tag)
        at = self._number(found[2], 4) if found else 0
        return _Directory(self.data, self.base + at if at else len(self.data), self.base, self.order)

    def _entry(self, tag: int) -> tuple[int, int, int] | None:
        count = self._number(self.start, 2)
        if not 0 < count <= MOST_ENTRIES:
            return None
        for at in range(self.start + 2, min(self.start + 2 + 12 * count, len(self.data) - 11), 12):
            found, kind, size = struct.unpack_from(f"{self.order}HHI", self.data, at)
            if found == tag:
                return kind, size, at + 8
        return None

    def _number(self, at: int, size: int) -> int:
        piece = self.data[at : at + size] if at >= 0 else b""
        return int.from_bytes(piece, "little" if self.order == "<" else "big") if len(piece) == size else 0


@dataclass(frozen=True, slots=True)
class _Note:
    """A maker's note: its bytes, the block around it, its place in that, the byte order of the block."""

    data: bytes
    block: bytes
    at: int
    order: str

    def directory(self, start: int, base: int, order: str | None = None) -> _Directory:
        """The directory `start` bytes into the note."""
        return _Directory(self.block, self.at + start, base, order or self.order)


def serial_of(make: str, model: str, note: bytes, block: bytes) -> str:
    """The serial number in a maker's note, or nothing.

    `block` is the whole EXIF block, TIFF header first, in which `note` stands: the offsets of some makers count from its
    beginning.
    """
    if not note or block[:2] not in (b"II", b"MM"):
        return ""
    if note.startswith(_RECONYX):
        return _checked(note[_RECONYX_SERIAL].decode("utf-16-le", "replace").split("\0")[0])
    found = _Note(note, block, block.find(note), "<" if block[:2] == b"II" else ">")
    if found.at < 0:
        return ""
    for begin, read in _READERS:
        if note.startswith(begin):
            return _checked(read(found))
    return _checked(_canon(model, found.directory(0, 0))) if make.upper().startswith("CANON") else ""


def _checked(text: str) -> str:
    """The text if it can be a serial number: letters and digits, not all zeros."""
    text = text.strip()
    return text if _SERIAL.fullmatch(text) and text.strip("0 .-/") else ""


def _order(mark: bytes, otherwise: str) -> str:
    return {b"II": "<", b"MM": ">"}.get(mark, otherwise)


def _canon(model: str, notes: _Directory) -> str:
    number = notes.number(0x000C)
    if not number:
        return notes.text(0x0096)
    if re.search(r"EOS D30\b", model):
        return f"{number >> 16:04x}{number & 0xFFFF:05d}"
    return f"{number:010d}"


def _nikon(note: _Note) -> str:
    order = _order(note.data[10:12], "")
    if note.data[6:7] != b"\x02" or not order or len(note.data) < 18:
        return ""
    (first,) = struct.unpack_from(f"{order}I", note.data, 14)
    notes = note.directory(10 + first, note.at + 10, order)
    return notes.text(0x001D) or notes.text(0x00A0).removeprefix("NO=").strip()


def _olympus(note: _Note) -> str:
    if note.data.startswith(b"OLYMP\0"):
        notes = note.directory(8, 0)
    elif note.data.startswith(b"OM SYSTEM"):
        notes = note.directory(16, note.at, _order(note.data[12:14], note.order))
    else:
        notes = note.directory(12, note.at, _order(note.data[8:10], note.order))
    return notes.below(0x2010).text(0x0101) or notes.text(0x0404)


def _fujifilm(note: _Note) -> str:
    return note.directory(int.from_bytes(note.data[8:12], "little"), note.at, "<").text(0x0010)


def _panasonic(note: _Note) -> str:
    return note.directory(12, 0).text(0x0025)


def _pentax(note: _Note) -> str:
    if note.data.startswith(b"AOC\0"):
        return note.directory(6, 0, _order(note.data[4:6], note.order)).text(0x0229)
    return note.directory(10, note.at, _order(note.data[8:10], note.order)).text(0x0229)


_READERS: tuple[tuple[bytes, Callable[[_Note], str]], ...] = (
    (b"Nikon\0", _nikon),
    (b"OLYMP", _olympus),
    (b"OM SYSTEM", _olympus),
    (b"FUJIFILM", _fujifilm),
    (b"Panasonic\0", _panasonic),
    (b"AOC\0", _pentax),
    (b"PENTAX \0", _pentax),
)
