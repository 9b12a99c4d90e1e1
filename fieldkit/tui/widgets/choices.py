"""A short list of things to do or open, with a letter for each; for lists of any length see `paged`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from rich.segment import Segment
from textual import events
from textual.binding import BindingType
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from fieldkit.tui.keys import LIST, bound
from fieldkit.tui.text import fitted

MOST: Final = 200


@dataclass(frozen=True, slots=True)
class Line:
    """One line: its key, its text, and the letter that takes it at once. `style` as in `PagedList`."""

    key: str
    text: str
    letter: str = ""
    style: str = ""


class Choices(ScrollView, can_focus=True):
    """At most 200 lines with a cursor. Posts `Taken`."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "choices--cursor",
        "choices--dim",
        "choices--alert",
        "choices--good",
    }
    DEFAULT_CSS = """
    Choices { height: 1fr; overflow-x: hidden; scrollbar-size-vertical: 1; padding: 0 1; }
    Choices .choices--cursor { background: $panel; }
    Choices:focus .choices--cursor { background: $primary; color: $background; text-style: bold; }
    Choices .choices--dim { color: $text-muted; }
    Choices .choices--alert { color: $warning; }
    Choices .choices--good { color: $success; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        bound("up", "move(-1)", "Up", "One line up", LIST, show=False),
        bound("down", "move(1)", "Down", "One line down", LIST, show=False),
        bound("enter", "take", "Open", "Take the line under the cursor", LIST),
    ]

    @dataclass
    class Taken(Message):
        """A line was taken, by Enter or by its letter."""

        choices: Choices
        key: str

        @property
        def control(self) -> Choices:
            return self.choices

    def __init__(self, lines: Sequence[Line] = (), *, empty: str = "", id: str | None = None) -> None:
        super().__init__(id=id)
        self._lines = list(lines)[:MOST]
        self._empty = empty
        self.cursor = 0

    @property
    def lines_shown(self) -> Sequence[Line]:
        """The lines."""
        return self._lines

    @property
    def key(self) -> str:
        """The key of the line under the cursor; empty where there are none."""
        return self._lines[self.cursor].key if self.cursor < len(self._lines) else ""

    def put(self, lines: Sequence[Line]) -> None:
        """Show other lines; the cursor stays on its key, if that is still there."""
        key = self._lines[self.cursor].key if self._lines else ""
        self._lines = list(lines)[:MOST]
        places = [place for place, line in enumerate(self._lines) if line.key == key]
        self.cursor = places[0] if places else min(self.cursor, max(0, len(self._lines) - 1))
        self._measure()
        self.refresh(layout=True)

    def on_mount(self) -> None:
        self._measure()

    def on_resize(self) -> None:
        self._measure()

    def render_line(self, y: int) -> Strip:
        width = self.scrollable_content_region.width
        place = y + int(self.scroll_offset.y)
        if place >= len(self._lines):
            text = self._empty if not self._lines and place == 0 else ""
            return Strip([Segment(fitted(text, width), self.get_component_rich_style("choices--dim"))], width)
        line = self._lines[place]
        lead = f"{line.letter} " if line.letter else ""
        name = "choices--cursor" if place == self.cursor else line.style
        style = self.get_component_rich_style(name) if name else self.rich_style
        return Strip([Segment(fitted(lead + line.text, width), style)], width)

    def action_move(self, by: int) -> None:
        if self._lines:
            self.cursor = (self.cursor + by) % len(self._lines)
            self._reveal()
            self.refresh()

    def action_take(self) -> None:
        if self._lines:
            self.post_message(self.Taken(self, self._lines[self.cursor].key))

    def on_key(self, event: events.Key) -> None:
        for place, line in enumerate(self._lines):
            if line.letter and event.character == line.letter:
                event.stop()
                event.prevent_default()
                self.cursor = place
                self.refresh()
                self.action_take()
                return

    def _measure(self) -> None:
        self.virtual_size = Size(self.size.width, max(1, len(self._lines)))

    def _reveal(self) -> None:
        top, room = int(self.scroll_offset.y), max(1, self.scrollable_content_region.height)
        if self.cursor < top:
            self.scroll_to(y=self.cursor, animate=False, force=True)
        elif self.cursor >= top + room:
            self.scroll_to(y=self.cursor - room + 1, animate=False, force=True)
