"""This laptop's time as a code over the whole screen, anew each second, for every camera to photograph."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from rich.segment import Segment
from rich.style import Style
from textual.app import ComposeResult
from textual.strip import Strip
from textual.widget import Widget

from fieldkit.capture.clock_codes import clock_text, modules
from fieldkit.tui.screens.base import FieldkitScreen
from fieldkit.tui.tasks import task
from fieldkit.tui.widgets.halfblocks import colours_of
from fieldkit.tui.widgets.plain import Plain

_SECOND: Final = 1.0
_DARK: Final = Style(color="#ffffff", bgcolor="#000000")
_LIGHT: Final = Style(color="#000000", bgcolor="#ffffff")
_HALVES: Final = {(False, False): " ", (True, False): "▀", (False, True): "▄", (True, True): "█"}


class Code(Widget, can_focus=True):
    """Modules of a code as square as characters allow, each as large as fits; dark on light whatever the theme."""

    DEFAULT_CSS = "Code { height: 1fr; width: 1fr; }"

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._rows: Sequence[Sequence[bool]] = ()

    def put(self, rows: Sequence[Sequence[bool]]) -> None:
        """Show a code with its quiet zone; True is dark."""
        self._rows = rows
        self.refresh()

    @property
    def scale(self) -> int:
        """Half cells that a module is wide and high; 0 where the screen is too small."""
        count = len(self._rows)
        return min(self.size.width // count, 2 * self.size.height // count) if count else 0

    def render_line(self, y: int) -> Strip:
        width, scale, count = self.size.width, self.scale, len(self._rows)
        blank = Strip([Segment(" " * width, self.rich_style)], width)
        if not scale:
            return blank
        lines = -(-count * scale // 2)
        line = y - (self.size.height - lines) // 2
        if not 0 <= line < lines:
            return blank
        above, below = self._half(2 * line), self._half(2 * line + 1)
        left = (width - count * scale) // 2
        margin = Segment(" " * left, self.rich_style)
        if colours_of(self.app) == "none":
            text = "".join(_HALVES[not up, not down] * scale for up, down in zip(above, below, strict=True))
            cells = [Segment(text, self.rich_style)]
        else:
            cells = [_cell(up, down, scale) for up, down in zip(above, below, strict=True)]
        return Strip([margin, *cells]).adjust_cell_length(width, self.rich_style)

    def _half(self, half: int) -> Sequence[bool]:
        row = half // self.scale
        return self._rows[row] if row < len(self._rows) else [False] * len(self._rows)


def _cell(up: bool, down: bool, scale: int) -> Segment:
    """One module's width. Even cells are the ground's colour alone: blocks leave seams between lines in some terminals."""
    if up == down:
        return Segment(" " * scale, _DARK if up else _LIGHT)
    return Segment(("▀" if up else "▄") * scale, _LIGHT)


class ClockCodeScreen(FieldkitScreen):
    """Nothing but the code, the time that it says, and how to photograph it."""

    AUTO_FOCUS = "#code"
    DEFAULT_CSS = "ClockCodeScreen #says { text-align: center; height: 1; }"

    def compose(self) -> ComposeResult:
        yield Code(id="code")
        yield Plain(id="says")

    def on_mount(self) -> None:
        self.set_interval(_SECOND, self.paint)
        self.paint()

    @task
    async def paint(self) -> None:
        """Show the code of now."""
        now = datetime.now(UTC)
        rows = await asyncio.to_thread(modules, clock_text(self.fieldkit.opened.mission, now))
        code = self.query_one(Code)
        code.put(rows)
        told = f"{now:%Y-%m-%d %H:%M:%S} UTC · photograph it, first and last · Esc back"
        self.query_one("#says", Plain).put(told if code.scale else "The window is too small for the code.")

    def tell(self, text: str, sort: str = "") -> None:
        """There is no place for it here: it is told on the screen below."""
        self._notice = (text, sort)
