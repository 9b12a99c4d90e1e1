"""Facts one below the other, each with its label, broken into lines; some lead on to a record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from rich.segment import Segment
from rich.style import Style
from textual.binding import BindingType
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from fieldkit.tui.keys import FIRST, LAST, LIST, PAGE_DOWN, PAGE_UP, bound
from fieldkit.tui.text import fitted, wrapped

LABEL: Final = 17
_LEADS: Final = "› "


@dataclass(frozen=True, slots=True)
class Fact:
    """A label and a text; `key` is what Enter opens, `style` a component class (`facts--alert`, `facts--heading`…)."""

    label: str
    text: str
    key: str = ""
    style: str = ""


class Facts(ScrollView, can_focus=True, inherit_bindings=False):
    """The cursor goes from fact to fact, and line by line through one that is longer than the screen. Posts `Taken`."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "facts--label", "facts--cursor", "facts--dim", "facts--alert", "facts--good", "facts--heading", "facts--lead",
    }  # fmt: skip
    DEFAULT_CSS = """
    Facts { height: 1fr; overflow-x: hidden; scrollbar-size-vertical: 1; padding: 0 1; }
    Facts .facts--label { color: $text-muted; }
    Facts .facts--cursor { background: $panel; }
    Facts:focus .facts--cursor { background: $primary; color: $background; text-style: bold; }
    Facts .facts--dim { color: $text-muted; }
    Facts .facts--alert { color: $error; }
    Facts .facts--good { color: $success; }
    Facts .facts--heading { text-style: bold underline; }
    Facts .facts--lead { color: $accent; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        bound("up", "move(-1)", "Up", "One line up", LIST, show=False),
        bound("down", "move(1)", "Down", "One line down", LIST, show=False),
        bound(PAGE_UP, "page(-1)", "Page up", "One page up", LIST, show=False),
        bound(PAGE_DOWN, "page(1)", "Page down", "One page down", LIST, show=False),
        bound(FIRST, "jump(0)", "First", "The first line", LIST, show=False),
        bound(LAST, "jump(-1)", "Last", "The last line", LIST, show=False),
        bound("enter", "take", "Open", "Open what this line leads to", LIST),
    ]

    @dataclass
    class Taken(Message):
        """Enter was pressed on a fact that leads on."""

        facts: Facts
        key: str

        @property
        def control(self) -> Facts:
            return self.facts

    def __init__(self, *, empty: str = "", id: str | None = None) -> None:
        super().__init__(id=id)
        self._facts: Sequence[Fact] = ()
        self._lines: list[tuple[int, str, str]] = []
        self._first: list[int] = []
        self._empty = empty
        self.cursor = 0

    @property
    def facts(self) -> Sequence[Fact]:
        """The facts that are shown."""
        return self._facts

    def put(self, facts: Sequence[Fact]) -> None:
        """Show these facts; the cursor stays where it is, as far as there are facts."""
        self._facts = list(facts)
        self.cursor = max(0, min(self.cursor, len(self._facts) - 1))
        self._break()

    def on_resize(self) -> None:
        self._break()

    def render_line(self, y: int) -> Strip:
        width = self.scrollable_content_region.width
        place = y + int(self.scroll_offset.y)
        if place >= len(self._lines):
            text = self._empty if not self._facts and y == 0 else ""
            return Strip([Segment(fitted(text, width), self._style("facts--dim"))], width)
        index, label, text = self._lines[place]
        fact = self._facts[index]
        if index == self.cursor:
            shown = self._style("facts--cursor")
            return Strip([Segment(fitted(label + text, width), shown)], width)
        style = self._style(fact.style or ("facts--lead" if fact.key else ""))
        if not label:
            return Strip([Segment(fitted(text, width), style)], width)
        parts = [Segment(label, self._style("facts--label")), Segment(fitted(text, width - LABEL), style)]
        return Strip(parts, width)

    def action_move(self, by: int) -> None:
        """To the next fact, or through one that goes on beyond the screen."""
        top, room = int(self.scroll_offset.y), self._room
        first, last = self._reach(self.cursor)
        if by > 0 and last >= top + room:
            self._scroll(top + 1)
        elif by < 0 and first < top:
            self._scroll(top - 1)
        else:
            self._go(self.cursor + by)

    def action_page(self, by: int) -> None:
        if not self._lines:
            return
        first, _ = self._reach(self.cursor)
        wanted = max(0, min(len(self._lines) - 1, first + by * max(1, self._room - 1)))
        self._go(self._lines[wanted][0])

    def action_jump(self, place: int) -> None:
        self._go(place if place >= 0 else len(self._facts) - 1)

    def action_take(self) -> None:
        if self._facts and self._facts[self.cursor].key:
            self.post_message(self.Taken(self, self._facts[self.cursor].key))

    @property
    def _room(self) -> int:
        return max(1, self.scrollable_content_region.height)

    def _go(self, place: int) -> None:
        if not self._facts:
            return
        self.cursor = max(0, min(len(self._facts) - 1, place))
        top, room = int(self.scroll_offset.y), self._room
        first, last = self._reach(self.cursor)
        if first < top or last - first >= room:
            self._scroll(first)
        elif last >= top + room:
            self._scroll(last - room + 1)
        self.refresh()

    def _scroll(self, top: int) -> None:
        self.scroll_to(y=max(0, top), animate=False, force=True)

    def _reach(self, index: int) -> tuple[int, int]:
        """The first and the last line of a fact."""
        first = self._first[index] if index < len(self._first) else 0
        after = self._first[index + 1] if index + 1 < len(self._first) else len(self._lines)
        return first, max(first, after - 1)

    def _break(self) -> None:
        width = self.scrollable_content_region.width - (not self.show_vertical_scrollbar)
        self._lines, self._first = [], []
        for index, fact in enumerate(self._facts):
            self._first.append(len(self._lines))
            label = fitted(fact.label, LABEL - 1) + " " if fact.label else ""
            text = (_LEADS if fact.key else "") + fact.text
            for place, line in enumerate(wrapped(text, width - len(label))):
                self._lines.append((index, label if not place or not label else " " * LABEL, line))
        self.virtual_size = Size(self.size.width, max(1, len(self._lines)))
        self.refresh(layout=True)

    def _style(self, name: str) -> Style:
        return self.get_component_rich_style(name) if name else self.rich_style
