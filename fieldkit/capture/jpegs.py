"""The outline of a JPEG, read from its markers alone: size, whether it is progressive, whether its end is there."""

from __future__ import annotations

import struct
from dataclasses import dataclass

_MOST_MARKERS = 400
_TAIL = 1 << 16
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_PROGRESSIVE = frozenset({0xC2, 0xC6, 0xCA, 0xCE})


@dataclass(frozen=True, slots=True)
class Outline:
    """Pixels as stored (not turned upright); `scan` is where the first scan begins; `ended` says that an end mark stands within
    the last 64 KiB.
    """

    width: int
    height: int
    progressive: bool
    scan: int
    ended: bool


def outline(data: bytes) -> Outline | None:
    """The outline of a JPEG's bytes; None where its markers lead nowhere."""
    at = 2
    found: tuple[int, int, bool] | None = None
    for _ in range(_MOST_MARKERS):
        while data[at : at + 2] == b"\xff\xff":
            at += 1
        head = data[at : at + 9]
        if len(head) < 9 or head[0] != 0xFF:
            return None
        marker, (length,) = head[1], struct.unpack_from(">H", head, 2)
        if marker in _FRAMES:
            height, width = struct.unpack_from(">HH", head, 5)
            found = width, height, marker in _PROGRESSIVE
        elif marker == 0xDA:
            ended = data.rfind(b"\xff\xd9", max(at, len(data) - _TAIL)) > at
            return Outline(*found, at, ended) if found and found[0] and found[1] else None
        at += 2 + length
    return None
