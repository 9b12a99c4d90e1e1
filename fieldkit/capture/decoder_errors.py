"""What decoders raise on damaged or hostile input, and what that means in words: damage, or a limit of ours."""

from __future__ import annotations

import re
import struct
import zlib
from typing import NamedTuple

from PIL import Image, UnidentifiedImageError

from fieldkit.capture.plain import plain_line

HOSTILE_INPUT = (
    OSError,
    ValueError,
    TypeError,
    LookupError,
    ArithmeticError,
    AttributeError,
    AssertionError,
    EOFError,
    RuntimeError,
    SyntaxError,
    MemoryError,
    struct.error,
    zlib.error,
    Image.DecompressionBombError,
)
"""What they raise besides what they document."""
_PIXELS = re.compile(r"\((\d+) pixels\)")
_MOST_PIXELS_A_BYTE = {"JPEG": 512, "PNG": 8 * 1032}
"""A bit for each block of 64 pixels; 8 pixels in a byte, packed as densely as deflate packs."""


class Cause(NamedTuple):
    """Why a picture was not decoded, and whether that is damage or a limit of ours."""

    words: str
    damage: bool


def cause_of(error: BaseException, kind: str = "", size: int = 0) -> Cause:
    """The cause of what a decoder raised for a file of a Pillow format and a size in bytes."""
    text = str(error)
    if isinstance(error, MemoryError):
        return Cause("decoding it takes more memory than is given to one picture", damage=False)
    if isinstance(error, Image.DecompressionBombError):
        pixels = int(found[1]) if (found := _PIXELS.search(text)) else 0
        claimed = f"{pixels // 1_000_000:,} megapixels"
        if pixels > size * _MOST_PIXELS_A_BYTE.get(kind, pixels):
            return Cause(f"the file is far too short for the {claimed} that it claims", damage=True)
        return Cause(f"{claimed}, more than are decoded here", damage=False)
    if "MAX_TEXT" in text:
        return Cause("the texts in it are longer than are read here", damage=False)
    if "truncated" in text.lower():
        return Cause("the file is cut short", damage=True)
    if isinstance(error, UnidentifiedImageError):
        return Cause("the header is broken", damage=True)
    return Cause(plain_line(text or type(error).__name__, 200), damage=True)
