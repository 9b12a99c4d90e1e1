"""One picture as large as its place allows, drawn in half blocks away from the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial

from PIL import Image
from rich.segment import Segment
from textual.strip import Strip
from textual.widget import Widget

from fieldkit.tui.text import fitted
from fieldkit.tui.widgets.halfblocks import colours_of, drawn, opened
from fieldkit.tui.widgets.settling import settling


class Picture(Widget, can_focus=True):
    """A picture, or the words that stand in its place. `put` shows another one."""

    DEFAULT_CSS = "Picture { width: 1fr; height: 1fr; }"

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._jpeg: bytes | None = None
        self._instead = ""
        self._lines: Sequence[Strip] = ()

    def put(self, jpeg: bytes | None, instead: str) -> None:
        """Show a small JPEG; where it is none, or cannot be read, show the words."""
        self._jpeg, self._instead = jpeg, instead
        self._draw()

    def on_resize(self) -> None:
        self._draw()

    @settling
    async def _draw(self) -> None:
        jpeg, (columns, rows) = self._jpeg, self.size
        lines: Sequence[Strip] = ()
        if jpeg is not None and columns and rows:
            paint = partial(drawn, colours=colours_of(self.app), dark=self.app.current_theme.dark)
            lines = await asyncio.to_thread(_painted, jpeg, columns, rows, paint)
        self._lines = lines
        self.refresh()

    def render_line(self, y: int) -> Strip:
        width, lines = self.size.width, self._lines
        place = y - (self.size.height - len(lines)) // 2
        if not lines and y == self.size.height // 2:
            return Strip([Segment(fitted(f"  {self._instead}", width), self.rich_style)], width)
        if not 0 <= place < len(lines):
            return Strip([Segment(" " * width, self.rich_style)], width)
        left = (width - lines[place].cell_length) // 2
        return Strip([Segment(" " * left, self.rich_style), *lines[place]]).adjust_cell_length(
            width, self.rich_style
        )


def _painted(jpeg: bytes, columns: int, rows: int, paint: partial[Sequence[Strip]]) -> Sequence[Strip]:
    image: Image.Image | None = opened(jpeg)
    return paint(image, columns, rows) if image is not None else ()
