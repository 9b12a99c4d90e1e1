"""The outline of a JPEG, read from its markers alone: size, what decoding it costs, whether its end is there, its EXIF."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

_MOST_MARKERS = 400
_TAIL = 1 << 16
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_APP1, _SCAN = 0xE1, 0xDA
_PROGRESSIVE = frozenset({0xC2, 0xC6, 0xCA, 0xCE})


@dataclass(frozen=True, slots=True)
class Outline:
    """Pixels as stored (not turned upright); `scan` is where the first scan begins; `ended` says that an end mark stands within
    the last 64 KiB. `passes` is how often a decoder goes over all pixels at most; above 1 it also holds them all at once.
    """

    width: int
    height: int
    passes: int
    scan: int
    ended: bool

    @property
    def work(self) -> int:
        """Pixels times passes: what decoding costs."""
        return self.width * self.height * self.passes


def outline(data: bytes) -> Outline | None:
    """The outline of a JPEG's bytes; None where its markers lead nowhere."""
    width = height = components = 0
    progressive = False
    for at, marker, head in _markers(data):
        if marker in _FRAMES:
            height, width, components = struct.unpack_from(">HHB", head, 5)
            progressive = marker in _PROGRESSIVE
        elif marker == _SCAN:
            ended = data.rfind(b"\xff\xd9", max(at, len(data) - _TAIL)) > at
            in_parts = progressive or data[at + 4] < components
            passes = 1 + data.count(b"\xff\xda", at) if in_parts else 1
            return Outline(width, height, passes, at, ended) if width and height else None
    return None


def exif_block(head: bytes) -> bytes:
    """The EXIF block of a JPEG of which the first bytes are given; empty where there is none among them."""
    for at, marker, _ in _markers(head):
        if marker == _APP1 and head[at + 4 : at + 10] == b"Exif\0\0":
            (length,) = struct.unpack_from(">H", head, at + 2)
            return head[at + 4 : at + 2 + length]
        if marker == _SCAN:
            break
    return b""


def _markers(data: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Where each marker stands, which one it is, and the 10 bytes that begin with it; as far as they lead."""
    at = 2
    for _ in range(_MOST_MARKERS):
        while data[at : at + 2] == b"\xff\xff":
            at += 1
        head = data[at : at + 10]
        if len(head) < 10 or head[0] != 0xFF:
            return
        yield at, head[1], head
        at += 2 + int.from_bytes(head[2:4], "big")
