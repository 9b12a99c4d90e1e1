"""One of a few: all choices in sight, taken by their first letters or the arrows, cleared by Delete."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from rich.cells import cell_len
from textual import events
from textual.binding import BindingType
from textual.content import Content
from textual.geometry import Size
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from fieldkit.tui.keys import WRITE, bound

_WORD_SECONDS: Final = 1.5
"""Within which a letter goes on with the word that the one before it began."""


class Choice(Widget, can_focus=True):
    """A field with a few choices on one line, or on more where they do not fit."""

    DEFAULT_CSS = """
    Choice { height: auto; width: 1fr; }
    Choice:focus { background-tint: $foreground 8%; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        bound("right,space", "step(1)", "Next", "The next choice", WRITE, show=False),
        bound("left", "step(-1)", "Previous", "The choice before", WRITE, show=False),
        bound("delete,backspace", "clear", "Clear", "No choice", WRITE, show=False),
    ]
    value: reactive[str] = reactive("")

    @dataclass
    class Changed(Message):
        """Another choice was taken."""

        choice: Choice
        value: str

        @property
        def control(self) -> Choice:
            return self.choice

    def __init__(self, choices: Sequence[str], value: str = "", *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.choices = tuple(choices)
        self._typed = ""
        self._typed_at = float("-inf")
        self.set_reactive(Choice.value, value if value in choices else "")

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return len(self._rows(width))

    def render(self) -> Content:
        lines = []
        for row in self._rows(self.size.width):
            parts = [
                Content.assemble(
                    (f"(•) {_shown(each)}", "bold $accent") if each == self.value else f"( ) {_shown(each)}",
                    "  ",
                )
                for each in row
            ]
            lines.append(Content("").join(parts))
        return Content("\n").join(lines)

    def validate_value(self, value: str) -> str:
        """What is none of the choices is no choice."""
        return value if value in self.choices else ""

    def watch_value(self) -> None:
        self.post_message(self.Changed(self, self.value))

    def action_step(self, by: int) -> None:
        place = self.choices.index(self.value) + by if self.value in self.choices else 0 if by > 0 else -1
        self.value = self.choices[place % len(self.choices)]

    def action_clear(self) -> None:
        self.value = ""

    def on_key(self, event: events.Key) -> None:
        """A letter takes the next choice that begins with it; letters typed on, the one that begins with all of them."""
        letter = (event.character or "").lower()
        before = self._typed if event.time - self._typed_at < _WORD_SECONDS else ""
        for word in (before + letter, letter):
            if letter and (begun := self._begun(word)):
                event.stop()
                event.prevent_default()
                self._typed, self._typed_at = word, event.time
                after = begun.index(self.value) + (len(word) == 1) if self.value in begun else 0
                self.value = begun[after % len(begun)]
                return

    def _begun(self, word: str) -> list[str]:
        return [each for each in self.choices if _shown(each).lower().startswith(word)]

    def _rows(self, width: int) -> list[list[str]]:
        rows: list[list[str]] = [[]]
        used = 0
        for each in self.choices:
            room = cell_len(_shown(each)) + 6
            if rows[-1] and used + room - 2 > width:
                rows.append([])
                used = 0
            rows[-1].append(each)
            used += room
        return rows


def _shown(choice: str) -> str:
    return choice.replace("_", " ")
