"""Values beside each other, or one below the other where there is no room."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import ClassVar, Final

from rich.segment import Segment
from rich.style import Style
from textual.binding import BindingType
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from fieldkit.tui.keys import LIST, PAGE_DOWN, PAGE_UP, bound
from fieldkit.tui.text import fitted, wrapped

_NARROWEST: Final = 34
_BETWEEN: Final = " │ "


@dataclass(frozen=True, slots=True)
class Side:
    """One value: what stands above it, the value itself, what is told of it."""

    head: str
    value: str
    told: Sequence[str]


_Cell = tuple[str, str]
"""A line of a side, and its component class."""


class Sides(ScrollView, can_focus=True, inherit_bindings=False):
    """Two or more sides; the arrows scroll."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"sides--head", "sides--value", "sides--told"}
    DEFAULT_CSS = """
    Sides { height: 1fr; overflow-x: hidden; scrollbar-size-vertical: 1; padding: 0 1; }
    Sides .sides--head { text-style: bold underline; }
    Sides .sides--value { color: $accent; text-style: bold; }
    Sides .sides--told { color: $text-muted; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        bound("up", "scroll(-1)", "Up", "One line up", LIST, show=False),
        bound("down", "scroll(1)", "Down", "One line down", LIST, show=False),
        bound(PAGE_UP, "scroll(-10)", "Page up", "Ten lines up", LIST, show=False),
        bound(PAGE_DOWN, "scroll(10)", "Page down", "Ten lines down", LIST, show=False),
    ]

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._sides: Sequence[Side] = ()
        self._rows: list[list[_Cell]] = []
        self._width = 0

    def put(self, sides: Sequence[Side]) -> None:
        """Show these sides."""
        self._sides = list(sides)
        self._lay()

    def on_resize(self) -> None:
        self._lay()

    def action_scroll(self, by: int) -> None:
        """Scroll by lines."""
        self.scroll_relative(y=by, animate=False)

    def render_line(self, y: int) -> Strip:
        width = self.scrollable_content_region.width
        place = y + int(self.scroll_offset.y)
        segments: list[Segment] = []
        for number, (text, name) in enumerate(self._rows[place] if place < len(self._rows) else ()):
            if number:
                segments.append(Segment(_BETWEEN, self.rich_style))
            segments.append(Segment(fitted(text, self._width), self._style(name)))
        return Strip(segments).adjust_cell_length(width, self.rich_style)

    def _lay(self) -> None:
        width = self.scrollable_content_region.width - (not self.show_vertical_scrollbar)
        count = max(1, len(self._sides))
        beside = (width - len(_BETWEEN) * (count - 1)) // count
        if beside >= _NARROWEST or count == 1:
            self._width = beside
            columns = [self._cells(side) for side in self._sides]
            self._rows = [list(row) for row in zip_longest(*columns, fillvalue=("", ""))]
        else:
            self._width = width
            self._rows = [[cell] for side in self._sides for cell in [*self._cells(side), ("", "")]]
        self.virtual_size = Size(self.size.width, max(1, len(self._rows)))
        self.refresh(layout=True)

    def _cells(self, side: Side) -> list[_Cell]:
        cells = [(line, "sides--head") for line in wrapped(side.head, self._width)]
        cells += [(line, "sides--value") for line in wrapped(side.value, self._width)]
        for told in side.told:
            cells += [(line, "sides--told") for line in wrapped(told, self._width)]
        return cells

    def _style(self, name: str) -> Style:
        return self.get_component_rich_style(name) if name else self.rich_style
