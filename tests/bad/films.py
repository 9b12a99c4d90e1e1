"""Films and sounds, whole and broken, each builder named by what it gives."""

from __future__ import annotations

import struct

CREATED = 3_853_730_467
"""Seconds from 1904 to 2026-02-12T08:41:07."""


def box(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(content), kind) + content


def mvhd(created: int = CREATED, scale: int = 600, length: int = 7500, *, long: bool = False) -> bytes:
    if long:
        return box(b"mvhd", b"\x01\0\0\0" + struct.pack(">QQIQ", created, created, scale, length) + bytes(80))
    return box(b"mvhd", bytes(4) + struct.pack(">IIII", created, created, scale, length) + bytes(80))


def track(handler: bytes) -> bytes:
    return box(b"trak", box(b"mdia", box(b"hdlr", bytes(8) + handler + bytes(12))))


def film(*, long: bool = False, index_last: bool = True) -> bytes:
    """A film of 12.5 s with pictures and sound."""
    index = box(b"moov", mvhd(long=long) + track(b"vide") + track(b"soun"))
    pixels = box(b"mdat", bytes(range(256)) * 40)
    begin = box(b"ftyp", b"isom\0\0\2\0isommp41")
    return begin + (pixels + index if index_last else index + pixels)


def sound_in_mp4() -> bytes:
    return box(b"ftyp", b"M4A \0\0\0\0") + box(b"moov", mvhd() + track(b"soun"))


def film_without_a_time() -> bytes:
    return box(b"ftyp", b"qt  \0\0\0\0") + box(b"moov", mvhd(created=0) + track(b"vide"))


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack("<4sI", kind, len(content)) + content + bytes(len(content) % 2)


def wav(*, date: bytes = b"2026-02-1210:41:07") -> bytes:
    """Half a second of silence, with the date in `bext`."""
    told = chunk(b"bext", b"Interview".ljust(320, b"\0") + date + bytes(264))
    form = chunk(b"fmt ", struct.pack("<HHIIHH", 1, 1, 8000, 16_000, 2, 16))
    body = b"WAVE" + told + form + chunk(b"data", bytes(8000))
    return b"RIFF" + struct.pack("<I", len(body)) + body


def avi() -> bytes:
    header = chunk(b"avih", struct.pack("<5I", 40_000, 0, 0, 0, 100) + bytes(36))
    body = b"AVI " + chunk(b"LIST", b"hdrl" + header) + chunk(b"LIST", b"movi" + bytes(400))
    return b"RIFF" + struct.pack("<I", len(body)) + body


def broken_off() -> bytes:
    """The camera was switched off before it wrote the index."""
    return film()[: len(film()) - 300]


def empty() -> bytes:
    return b""


def zeros() -> bytes:
    return bytes(4096)


def boxes_without_end() -> bytes:
    """A hundred thousand boxes, nested as deep as they go."""
    return box(b"ftyp", b"isom\0\0\0\0") + struct.pack(">I4s", 0, b"moov") * 100_000


def box_of_eighteen_exabytes() -> bytes:
    return box(b"ftyp", b"isom\0\0\0\0") + struct.pack(">I4sQ", 1, b"free", 2**64 - 1) + bytes(100)


def box_that_ends_before_it_begins() -> bytes:
    return box(b"ftyp", b"isom\0\0\0\0") + struct.pack(">I4sQ", 1, b"free", 3) + bytes(100)


def header_cut_short() -> bytes:
    return box(b"ftyp", b"isom\0\0\0\0") + box(b"moov", box(b"mvhd", bytes(6)))


EVERY_BROKEN = (
    broken_off,
    empty,
    zeros,
    boxes_without_end,
    box_of_eighteen_exabytes,
    box_that_ends_before_it_begins,
    header_cut_short,
)
"""Builders of files that count as damaged."""
