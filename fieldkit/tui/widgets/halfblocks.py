"""Pictures out of characters: each cell shows two pixels, one above the other; without colours, one shade.

Worked out away from the event loop, from small JPEGs alone. A terminal of 256 colours gets exactly these, one of 16 the four
greys among them, because its hues tell less; one of more colours gets the 64 that suit the picture best, so that equal cells
share their style.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, Final, Literal, cast

from PIL import Image, ImageOps
from rich.color import Color
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from fieldkit.capture.decoder_errors import HOSTILE_INPUT
from fieldkit.capture.jpegs import outline

if TYPE_CHECKING:
    from textual.app import App

Colours = Literal["many", "256", "16", "none"]
"""What the terminal can show."""

UPPER: Final = "▀"
SHADES: Final = " ░▒▓█"
_BEST: Final = 64
_LARGEST: Final = 4_000_000
_LEVELS: Final = (0, 95, 135, 175, 215, 255)
_GREYS: Final = ((0, 0, 0), (85, 85, 85), (170, 170, 170), (255, 255, 255))
_LEAST_DITHERED: Final = 40
Triple = tuple[int, int, int]


def colours_of(app: App[Any]) -> Colours:
    """What the terminal of an app can show, as far as it says so."""
    console = app.console
    if app.no_color or console.color_system is None:
        return "none"
    match console.color_system:
        case "256":
            return "256"
        case "standard" | "windows":
            return "16"
        case _:
            return "many"


def opened(jpeg: bytes) -> Image.Image | None:
    """The pixels of a small JPEG; None where they cannot be read or are too many to be one."""
    found = outline(jpeg)
    if found is None or found.width * found.height > _LARGEST:
        return None
    try:
        with Image.open(io.BytesIO(jpeg), formats=["JPEG"]) as image:
            return image.convert("RGB")
    except HOSTILE_INPUT:
        return None


def fitting(size: tuple[int, int], columns: int, rows: int) -> tuple[int, int]:
    """Pixels of a picture that fills `columns` x `rows` cells as far as its proportions allow; both are even."""
    width, height = size
    scale = min(columns / max(1, width), 2 * rows / max(1, height))
    return max(1, round(width * scale)), max(1, min(rows, round(height * scale / 2))) * 2


def drawn(
    image: Image.Image, columns: int, rows: int, colours: Colours, *, dark: bool = True
) -> Sequence[Strip]:
    """The lines of a picture as large as fits; `dark` says that the terminal's ground is dark."""
    width, height = fitting(image.size, columns, rows)
    if colours == "none":
        return _shaded(image.resize((width, height // 2), Image.Resampling.BOX), dark=dark)
    small = image.resize((width, height), Image.Resampling.BOX)
    if colours == "16":
        small = ImageOps.equalize(small.convert("L")).convert("RGB")
    if colours == "many":
        reduced = small.quantize(_BEST, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    else:
        large = width >= _LEAST_DITHERED
        dither = Image.Dither.FLOYDSTEINBERG if large else Image.Dither.NONE
        reduced = small.quantize(palette=_palette(colours), dither=dither)
    return _blocks(reduced)


def _blocks(reduced: Image.Image) -> list[Strip]:
    width, height = reduced.size
    flat = reduced.getpalette() or []
    palette = [cast("Triple", tuple(flat[at : at + 3])) for at in range(0, len(flat), 3)]
    pixels = reduced.tobytes()
    lines = []
    for top in range(0, height * width, 2 * width):
        pairs = zip(pixels[top : top + width], pixels[top + width : top + 2 * width], strict=True)
        segments: list[Segment] = []
        run, before = 0, (-1, -1)
        for pair in pairs:
            if pair != before and run:
                segments.append(Segment(UPPER * run, _style(palette[before[0]], palette[before[1]])))
                run = 0
            run, before = run + 1, pair
        segments.append(Segment(UPPER * run, _style(palette[before[0]], palette[before[1]])))
        lines.append(Strip(segments, width))
    return lines


def _shaded(small: Image.Image, *, dark: bool) -> list[Strip]:
    grey = ImageOps.equalize(small.convert("L"))
    levels = SHADES if dark else SHADES[::-1]
    pixels, width = grey.tobytes(), grey.width
    return [
        Strip([Segment("".join(levels[level * 5 // 256] for level in pixels[at : at + width]))], width)
        for at in range(0, len(pixels), width)
    ]


@cache
def _palette(colours: Colours) -> Image.Image:
    chosen = _GREYS if colours == "16" else _two_hundred_and_forty()
    ground = Image.new("P", (1, 1))
    ground.putpalette([level for triple in chosen for level in triple])
    return ground


def _two_hundred_and_forty() -> tuple[Triple, ...]:
    cube = tuple((red, green, blue) for red in _LEVELS for green in _LEVELS for blue in _LEVELS)
    return (*cube, *((level, level, level) for level in range(8, 239, 10)))


@lru_cache(maxsize=65_536)
def _style(above: Triple, below: Triple) -> Style:
    return Style(color=Color.from_rgb(*above), bgcolor=Color.from_rgb(*below))
