"""One picture as large as its place allows: in pixels where the terminal draws them, else in half blocks.

It is worked out away from the event loop. Sixels are written over blank cells whenever these have been painted.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

from PIL import Image
from rich.segment import Segment
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from fieldkit.tui.text import fitted
from fieldkit.tui.widgets.halfblocks import opened
from fieldkit.tui.widgets.painting import Paint, Painted, paint_of, write_to
from fieldkit.tui.widgets.settling import settling

if TYPE_CHECKING:
    from fieldkit.tui.app import FieldkitApp


class Picture(Widget, can_focus=True):
    """A picture, or the words that stand in its place. `put` shows another one."""

    DEFAULT_CSS = "Picture { width: 1fr; height: 1fr; }"

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._jpeg: bytes | None = None
        self._instead = ""
        self._lines: Sequence[Strip] = ()
        self._painted = Painted()
        self._over_asked = False

    def put(self, jpeg: bytes | None, instead: str) -> None:
        """Show a small JPEG; where it is none, or cannot be read, show the words."""
        self._jpeg, self._instead = jpeg, instead
        self._draw()

    def on_resize(self) -> None:
        self._draw()

    def on_unmount(self) -> None:
        self._show(Painted())

    @settling
    async def _draw(self) -> None:
        jpeg, (columns, rows) = self._jpeg, self.size
        found = Painted()
        if jpeg is not None and columns and rows:
            paint = paint_of(cast("FieldkitApp", self.app))
            found = await asyncio.to_thread(_painted, jpeg, columns, rows, paint)
        self._show(found)
        self.refresh()

    def _show(self, found: Painted) -> None:
        before, self._painted = self._painted, found
        self._lines = found.lines
        self._write(before.after + found.before)

    def render_lines(self, crop: Region) -> list[Strip]:
        if self._painted.over and not self._over_asked:
            self._over_asked = True
            self.call_after_refresh(self._write_over)
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        width, lines = self.size.width, self._lines
        place = y - self._above
        if not lines and y == self.size.height // 2:
            return Strip([Segment(fitted(f"  {self._instead}", width), self.rich_style)], width)
        if not 0 <= place < len(lines):
            return Strip([Segment(" " * width, self.rich_style)], width)
        left = (width - lines[place].cell_length) // 2
        return Strip([Segment(" " * left, self.rich_style), *lines[place]]).adjust_cell_length(
            width, self.rich_style
        )

    @property
    def _above(self) -> int:
        return (self.size.height - len(self._lines)) // 2

    def _write_over(self) -> None:
        """Draw over the cells that have just been painted, where this screen is the one that is shown."""
        self._over_asked = False
        if self._painted.over and self.is_attached and self.app.screen is self.screen:
            region = self.content_region
            left = (region.width - self._lines[0].cell_length) // 2
            at = f"\x1b[{region.y + self._above + 1};{region.x + left + 1}H"
            self._write(f"\x1b7{at}{self._painted.over}\x1b8")

    def _write(self, sequence: str) -> None:
        write_to(cast("FieldkitApp", self.app), sequence)


def _painted(jpeg: bytes, columns: int, rows: int, paint: Paint) -> Painted:
    image: Image.Image | None = opened(jpeg)
    return paint(image, columns, rows) if image is not None else Painted()
