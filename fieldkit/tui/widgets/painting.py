"""A small picture made ready for the terminal at hand: what its cells hold, and what is written besides."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import count
from typing import TYPE_CHECKING, Final

from PIL import Image
from textual.strip import Strip

from fieldkit.tui.widgets import pixels
from fieldkit.tui.widgets.halfblocks import Colours, colours_of, drawn

if TYPE_CHECKING:
    from fieldkit.tui.app import FieldkitApp

_NUMBERS: Final = count(0x2F1D01)
"""Under which kitty keeps pictures: other programs on the same terminal hardly use these."""


@dataclass(frozen=True, slots=True)
class Painted:
    """A picture: the lines of its cells, what is written before them, what takes it away.

    In sixels it is what is written `over` so many blank `cells` (across and down); its lines are for where that cannot be.
    """

    lines: Sequence[Strip] = ()
    before: str = ""
    after: str = ""
    over: str = ""
    cells: tuple[int, int] = (0, 0)


Paint = Callable[[Image.Image, int, int], Painted]
"""Makes a picture for so many columns and rows at the most; does not need the event loop."""


def paint_of(app: FieldkitApp) -> Paint:
    """How pictures are painted on an app's terminal."""
    colours, graphics = colours_of(app), app.graphics
    blocks = partial(_in_blocks, colours=colours, dark=app.current_theme.dark)
    if graphics.way == "sixel" and colours != "none" and not graphics.pace.slow:
        return partial(_in_sixels, cell=graphics.cell, blocks=blocks)
    if graphics.way == "kitty" and colours == "many":
        return partial(_in_kitty, cell=graphics.cell)
    return blocks


def write_to(app: FieldkitApp, sequence: str) -> None:
    """Write to the terminal, behind what has been painted so far."""
    driver = app._driver
    if sequence and driver is not None and not app.is_headless:
        driver.write(sequence)


def _in_blocks(image: Image.Image, columns: int, rows: int, *, colours: Colours, dark: bool) -> Painted:
    return Painted(drawn(image, columns, rows, colours, dark=dark))


def _in_sixels(
    image: Image.Image, columns: int, rows: int, *, cell: tuple[int, int], blocks: Paint
) -> Painted:
    size, cells = pixels.fitting(image.size, columns, rows, cell)
    return Painted(blocks(image, columns, rows).lines, over=pixels.sixels(image, *size), cells=cells)


def _in_kitty(image: Image.Image, columns: int, rows: int, *, cell: tuple[int, int]) -> Painted:
    number = next(_NUMBERS)
    size, cells = pixels.fitting(image.size, columns, rows, cell)
    small = image if size[0] > image.width else image.resize(size, Image.Resampling.BILINEAR)
    return Painted(
        pixels.kitty_cells(number, cells),
        before=pixels.kitty_picture(small, number, cells),
        after=pixels.kitty_gone(number),
    )
