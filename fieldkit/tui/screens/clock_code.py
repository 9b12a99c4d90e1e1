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
from fieldkit.tui.screens.base import MissionScreen
from fieldkit.tui.tasks import task
from fieldkit.tui.widgets.halfblocks import colours_of
from fieldkit.tui.widgets.plain import Plain

_SECOND: Final = 1.0
_DARK_ON_LIGHT: Final = Style(color="#000000", bgcolor="#ffffff")
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
        plain = colours_of(self.app) == "none"
        pairs = zip(self._half(2 * line), self._half(2 * line + 1), strict=True)
        text = "".join(_HALVES[(above != plain, below != plain)] * scale for above, below in pairs)
        left = (width - len(text)) // 2
        style = self.rich_style if plain else _DARK_ON_LIGHT
        return Strip([Segment(" " * left, self.rich_style), Segment(text, style)]).adjust_cell_length(
            width, self.rich_style
        )

    def _half(self, half: int) -> Sequence[bool]:
        row = half // self.scale
        return self._rows[row] if row < len(self._rows) else [False] * len(self._rows)


class ClockCodeScreen(MissionScreen):
    """Nothing but the code, the time that it says, and how to photograph it."""

    AUTO_FOCUS = "#code"
    DEFAULT_CSS = "ClockCodeScreen #says { text-align: center; height: 1; }"

    def compose(self) -> ComposeResult:
        yield Code(id="code")
        yield Plain(id="says")

    def on_mount(self) -> None:
        self.set_interval(_SECOND, self.load)

    def on_screen_resume(self) -> None:
        self.load()

    @task
    async def load(self) -> None:
        now = datetime.now(UTC)
        rows = await asyncio.to_thread(modules, clock_text(self.opened.mission, now))
        code = self.query_one(Code)
        code.put(rows)
        told = f"{now:%Y-%m-%d %H:%M:%S} UTC · photograph it with every camera, first and last · Esc back"
        self.query_one("#says", Plain).put(told if code.scale else "The window is too small for the code.")

    def tell(self, text: str, sort: str = "") -> None:
        """There is no place for it here: it is told on the screen below."""
        self._notice = (text, sort)
