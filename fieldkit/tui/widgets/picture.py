"""One picture as large as its place allows: in pixels where the terminal draws them, else in half blocks.

It is worked out away from the event loop.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

from PIL import Image
from rich.segment import Segment
from textual.geometry import Region
from textual.strip import Strip

from fieldkit.tui.text import fitted
from fieldkit.tui.widgets.halfblocks import opened
from fieldkit.tui.widgets.over import Over, Piece
from fieldkit.tui.widgets.painting import Paint, Painted, paint_of, write_to
from fieldkit.tui.widgets.settling import settling

if TYPE_CHECKING:
    from fieldkit.tui.app import FieldkitApp


class Picture(Over, can_focus=True):
    """A picture, or the words that stand in its place. `put` shows another one."""

    DEFAULT_CSS = "Picture { width: 1fr; height: 1fr; }"

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._jpeg: bytes | None = None
        self._instead = ""
        self._painted = Painted()
        self._not_free: set[int] = set()
        """Lines of the widget that were not painted since what is shown now is: other words may stand there."""

    def put(self, jpeg: bytes | None, instead: str) -> None:
        """Show a small JPEG; where it is none, or cannot be read, show the words."""
        self._jpeg, self._instead = jpeg, instead
        self._draw()

    def drawn_anew(self) -> None:
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
            paint = paint_of(self._fieldkit)
            found = await asyncio.to_thread(_painted, jpeg, columns, rows, paint)
        self._show(found)
        self.refresh()

    def _show(self, found: Painted) -> None:
        before, self._painted, self._not_free = self._painted, found, set(range(self.size.height))
        write_to(self._fieldkit, before.after + found.before)

    def painted(self, y: int) -> None:
        self._not_free.discard(y - self.content_region.y)

    def pieces(self) -> Mapping[str, Piece]:
        if not self._in_pixels or self._not_free:
            return {}
        (across, down), region = self._painted.cells, self.content_region
        x, y = region.x + (region.width - across) // 2, region.y + (region.height - down) // 2
        return {"picture": Piece(Region(x, y, across, down), self._painted.over)}

    def render_line(self, y: int) -> Strip:
        width, lines = self.size.width, self._painted.lines
        place = y - (self.size.height - len(lines)) // 2
        if self._in_pixels:
            return Strip.blank(width, self.rich_style)
        if not lines and y == self.size.height // 2:
            return Strip([Segment(fitted(f"  {self._instead}", width), self.rich_style)], width)
        if not 0 <= place < len(lines):
            return Strip([Segment(" " * width, self.rich_style)], width)
        left = (width - lines[place].cell_length) // 2
        return Strip([Segment(" " * left, self.rich_style), *lines[place]]).adjust_cell_length(
            width, self.rich_style
        )

    @property
    def _in_pixels(self) -> bool:
        return bool(self._painted.over) and not self._fieldkit.graphics.pace.slow

    @property
    def _fieldkit(self) -> FieldkitApp:
        return cast("FieldkitApp", self.app)


def _painted(jpeg: bytes, columns: int, rows: int, paint: Paint) -> Painted:
    image: Image.Image | None = opened(jpeg)
    return paint(image, columns, rows) if image is not None else Painted()
