"""Whether the coded data of a JPEG are whole: every warning of libjpeg-turbo while it decodes them, in words.

Decoders show what they can of corrupt data and say nothing; zeros, text or another file's bytes within a scan come out as grey or
shifted stripes. Here every complaint counts. What cannot be seen are data that
were changed and still decode to the right number of blocks: a lost sector of 512 bytes is nearly always told, a single
flipped bit in one case of two to seven, an edit by a program never. Pictures behind the end of the first are not looked at.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from typing import Any, NamedTuple

from PIL import Image

from fieldkit.capture.jpegs import outline
from fieldkit.capture.plain import plain_line

LARGEST_PADDING = 512
"""Bytes. Some cameras fill up to a sector before the end mark, or leave a few bytes there."""
FEW_BYTES = 8
_LEFT_OVER = re.compile(r"(\d+) extraneous bytes before marker 0x([0-9a-f]{2})")
_IN_WORDS = (
    ("premature end of data segment", "its data end before the picture does"),
    ("Premature end of JPEG file", "the file ends before the picture does"),
    ("bad Huffman code", "a stretch of its data cannot be decoded"),
    ("found marker", "a part of its data is missing or out of order"),
    ("Unsupported marker type", "a mark within its data belongs to no picture"),
    ("Inconsistent progression", "its passes contradict each other"),
    ("Invalid JPEG file structure", "its parts contradict each other"),
    ("Bogus", "its tables contradict each other"),
    ("Corrupt JPEG data", "its data are corrupt"),
)
_REFUSED = (ValueError, MemoryError, OverflowError)
_HARMLESS = (
    "unknown JFIF revision",
    "Unknown Adobe color transform",
    "Invalid SOS parameters for sequential JPEG",
    "Corrupt JPEG data: bad ICC marker",
)


class Flaw(NamedTuple):
    """What is wrong with the coded data, in words, and whether that is damage or may be a camera's habit."""

    cause: str
    damage: bool


def decoded(data: bytes, mode: str, least: tuple[int, int]) -> tuple[Image.Image | None, Flaw | None]:
    """The picture at the smallest scale that has at least that many pixels, and the flaw of its coded data.

    `mode` is that of the picture, as Pillow names it. There is no picture where something was complained of, or where
    the mode is neither `RGB` nor `L`.
    """
    space = "RGB" if mode == "RGB" else "GRAY"
    try:
        pixels = _decoder()(data, colorspace=space, min_width=least[0], min_height=least[1], strict=True)
    except _REFUSED as error:
        return None, _flaw(data, str(error) or type(error).__name__)
    if mode not in ("RGB", "L"):
        return None, None
    return Image.frombytes(mode, (pixels.shape[1], pixels.shape[0]), pixels.tobytes()), None


def only_black_within(data: bytes, corners: Iterable[tuple[int, int, int, int]]) -> list[bool]:
    """Whether each rectangle (left, top, and the first column and row beyond it) of a JPEG is black to the last pixel.

    Colours are not blended over the borders of blocks, so that of 4:2:0 data the whole rectangle can be held to it. False for
    everything where the decoder complains.
    """
    try:
        pixels = _decoder()(data, colorspace="RGB", fastupsample=True, strict=True)
    except _REFUSED:
        return [False for _ in corners]
    return [not pixels[top:bottom, left:right].any() for left, top, right, bottom in corners]


def _decoder() -> Any:
    # numpy comes along with the decoder; threads for linear algebra are of no use here.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    import simplejpeg

    return simplejpeg.decode_jpeg


def _flaw(data: bytes, complaint: str) -> Flaw | None:
    if any(text in complaint for text in _HARMLESS):
        return None
    if left_over := _LEFT_OVER.search(complaint):
        count = int(left_over[1])
        if left_over[2] == "d9" and (count <= FEW_BYTES or _padded(data, count)):
            return Flaw(f"{count} bytes too many before its end, as some cameras write", damage=False)
        return Flaw(f"{count} bytes of its data are left over where a part of the picture ends", damage=True)
    for text, words in _IN_WORDS:
        if text in complaint:
            return Flaw(words, damage=True)
    return Flaw(f"its data were not checked for damage: {plain_line(complaint, 120)}", damage=False)


def _padded(data: bytes, count: int) -> bool:
    """Whether that many zeros or ones stand before an end mark."""
    found = outline(data)
    if found is None or count > LARGEST_PADDING:
        return False
    return any(data.find(fill * count + b"\xff\xd9", found.scan) >= 0 for fill in (b"\0", b"\xff"))
