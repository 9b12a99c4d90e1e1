"""Pictures out of pixels, for terminals that draw them: sixels (DEC's STD 070) and kitty's pictures in placeholder cells.

A sixel picture is written over blank cells and goes when text is written there. Of a kitty picture the cells hold characters
that stand for its parts, so it goes with them, too. Both are worked out away from the event loop, from decoded pixels alone.
"""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Iterator, Sequence
from typing import Final

from PIL import Image
from rich.color import Color
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

_COLOURS: Final = 64
_SMALL_COLOURS: Final = 32
_SMALL: Final = 400
"""Pixels of the longer side of a picture that is one of many: half the colours are two thirds of the bytes."""
_KITTY_COLOURS: Final = 256
_BAND: Final = 6
_MOST: Final = 640
"""Pixels of the longer side that are sent at the most: what a slow line still brings."""
_OFFSET: Final = 63
_ONES: Final = tuple(bytes(1 if value == colour else 0 for value in range(256)) for colour in range(_COLOURS))
_RUN: Final = re.compile(rb"(.)\1{3,}", re.DOTALL)
_CHUNK: Final = 4096
PLACEHOLDER: Final = "\U0010eeee"
_ROWS: Final = tuple(
    map(
        chr,
        (
            0x305, 0x30D, 0x30E, 0x310, 0x312, 0x33D, 0x33E, 0x33F, 0x346, 0x34A, 0x34B, 0x34C, 0x350, 0x351, 0x352,
            0x357, 0x35B, 0x363, 0x364, 0x365, 0x366, 0x367, 0x368, 0x369, 0x36A, 0x36B, 0x36C, 0x36D, 0x36E, 0x36F,
            0x483, 0x484, 0x485, 0x486, 0x487, 0x592, 0x593, 0x594, 0x595, 0x597, 0x598, 0x599, 0x59C, 0x59D, 0x59E,
            0x59F, 0x5A0, 0x5A1, 0x5A8, 0x5A9, 0x5AB, 0x5AC, 0x5AF, 0x5C4, 0x610, 0x611, 0x612, 0x613, 0x614, 0x615,
        ),
    )
)  # fmt: skip
"""The marks by which kitty's graphics protocol counts rows of placeholders."""


def fitting(
    size: tuple[int, int], columns: int, rows: int, cell: tuple[int, int]
) -> tuple[tuple[int, int], tuple[int, int]]:
    """Pixels of a picture in `columns` x `rows` cells of `cell` pixels, and how many cells of them it takes.

    The height is a whole number of sixels, and never more than the cells have.
    """
    rows = min(rows, len(_ROWS))
    scale = min(columns * cell[0] / max(1, size[0]), rows * cell[1] / max(1, size[1]), _MOST / max(1, *size))
    width = max(1, round(size[0] * scale))
    height = max(_BAND, int(size[1] * scale) // _BAND * _BAND)
    return (width, height), (-(-width // cell[0]), -(-height // cell[1]))


def sixels(image: Image.Image, width: int, height: int) -> str:
    """The sequence that draws the picture where the cursor is. `height` is a multiple of six."""
    small = image.resize((width, height), Image.Resampling.BILINEAR)
    colours = _SMALL_COLOURS if max(width, height) <= _SMALL else _COLOURS
    reduced = small.quantize(colours, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    flat = (reduced.getpalette() or [])[: 3 * colours]
    parts = [b'\x1bP0;1;0q"1;1;%d;%d' % (width, height)]
    for at in range(0, len(flat), 3):
        red, green, blue = (level * 100 // 255 for level in flat[at : at + 3])
        parts.append(b"#%d;2;%d;%d;%d" % (at // 3, red, green, blue))
    pixels, band = reduced.tobytes(), width * _BAND
    bands = (pixels[top : top + band] for top in range(0, len(pixels), band))
    parts.extend(b"$".join(_layers(each, width)) + b"-" for each in bands)
    return b"".join((*parts, b"\x1b\\")).decode("ascii")


def _layers(pixels: bytes, width: int) -> Iterator[bytes]:
    """Six rows of pixels, once for each colour in them."""
    blank = int.from_bytes(bytes([_OFFSET]) * width)
    rows = [pixels[at : at + width] for at in range(0, len(pixels), width)]
    for colour in sorted(set(pixels)):
        bits = sum(int.from_bytes(row.translate(_ONES[colour])) << place for place, row in enumerate(rows))
        drawn = (bits + blank).to_bytes(width).rstrip(b"?")
        yield b"#%d" % colour + _RUN.sub(lambda run: b"!%d%c" % (len(run[0]), run[0][0]), drawn)


def kitty_picture(image: Image.Image, number: int, cells: tuple[int, int]) -> str:
    """The sequences that give kitty a picture under a number, to be shown in so many cells; kitty makes it as large as these."""
    reduced = image.quantize(_KITTY_COLOURS, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    png = io.BytesIO()
    reduced.save(png, "PNG")
    told = base64.b64encode(png.getvalue()).decode("ascii")
    head = f"a=T,U=1,q=2,f=100,i={number},c={cells[0]},r={cells[1]}"
    chunks = [told[at : at + _CHUNK] for at in range(0, len(told), _CHUNK)]
    return "".join(
        f"\x1b_G{f'{head},' if place == 0 else ''}m={int(place + 1 < len(chunks))};{chunk}\x1b\\"
        for place, chunk in enumerate(chunks)
    )


def kitty_cells(number: int, cells: tuple[int, int]) -> Sequence[Strip]:
    """The lines of characters in which kitty shows a picture: their colour is its number."""
    columns, rows = cells
    style = Style(color=Color.from_rgb(number >> 16 & 255, number >> 8 & 255, number & 255))
    return [
        Strip([Segment(f"{PLACEHOLDER}{mark}{_ROWS[0]}" + f"{PLACEHOLDER}{mark}" * (columns - 1), style)], columns)
        for mark in _ROWS[:rows]
    ]  # fmt: skip


def kitty_gone(number: int) -> str:
    """The sequence that takes a picture out of kitty's memory."""
    return f"\x1b_Ga=d,d=I,i={number},q=2\x1b\\"
