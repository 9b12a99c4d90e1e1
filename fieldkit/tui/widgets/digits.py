"""Figures so large that people on both sides of a table read them: each four cells wide and three lines high."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Final

from rich.segment import Segment
from textual.geometry import Size
from textual.strip import Strip
from textual.widget import Widget

HEIGHT: Final = 3
_WIDTH: Final = 4
_SHAPES: Final = {
    "0": ("█▀█", "█ █", "▀▀▀"),
    "1": ("▀█ ", " █ ", "▀▀▀"),
    "2": ("▀▀█", "█▀▀", "▀▀▀"),
    "3": ("▀▀█", " ▀█", "▀▀▀"),
    "4": ("█ █", "▀▀█", "  ▀"),
    "5": ("█▀▀", "▀▀█", "▀▀▀"),
    "6": ("█▀▀", "█▀█", "▀▀▀"),
    "7": ("▀▀█", "  █", "  ▀"),
    "8": ("█▀█", "█▀█", "▀▀▀"),
    "9": ("█▀█", "▀▀█", "▀▀▀"),
    "-": ("   ", "▄▄▄", "   "),
}


class LargeDigits(Widget):
    """Rows of digits with a letter under each, as many in a row as fit."""

    DEFAULT_CSS = "LargeDigits { height: auto; padding: 0 1; }"
    COMPONENT_CLASSES: ClassVar[set[str]] = {"digits--team", "digits--host"}

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._digits: Sequence[tuple[str, str, str]] = ()

    def put(self, digits: Sequence[tuple[str, str, str]]) -> None:
        """Show other digits: each with the letter under it, and a style (empty for none)."""
        self._digits = [each for each in digits if each[0] in _SHAPES]
        self.refresh(layout=True)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        rows = -(-len(self._digits) // self._in_a_row(width))
        return max(1, rows) * (HEIGHT + 2) - 1

    def render_line(self, y: int) -> Strip:
        width = self.content_size.width
        many = self._in_a_row(width)
        row, line = divmod(y, HEIGHT + 2)
        shown = self._digits[row * many : (row + 1) * many] if line <= HEIGHT else []
        segments = [
            Segment(
                (_SHAPES[digit][line] if line < HEIGHT else f" {letter}").ljust(_WIDTH),
                self.get_component_rich_style(style) if style else self.rich_style,
            )
            for digit, letter, style in shown
        ]
        return Strip(segments).adjust_cell_length(width, self.rich_style)

    @staticmethod
    def _in_a_row(width: int) -> int:
        return max(1, width // _WIDTH)
