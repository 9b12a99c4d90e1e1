"""A field that holds a list of parts, each with fields of its own: one line a part, Enter opens it."""

from __future__ import annotations

from collections.abc import Mapping

from textual import on
from textual.app import ComposeResult

from fieldkit.tui.forms.parts import parts_of, summary, text_of_parts
from fieldkit.tui.widgets.choices import Choices, Line
from fieldkit.tui.widgets.entry import OneLine
from fieldkit.tui.widgets.field import Editor, FieldRow

_NEW = "new"


class PartsRow(FieldRow):
    """The parts of a record. What is typed into a part stands here at once, so that the draft holds it too."""

    DEFAULT_CSS = """
    PartsRow Choices { width: 1fr; height: auto; max-height: 8; padding: 0; }
    PartsRow OneLine { display: none; }
    """

    def make_editor(self, text: str, marks: tuple[str, ...]) -> Editor:
        return OneLine(text, id=f"field-{self.field.name}")

    def compose(self) -> ComposeResult:
        yield from super().compose()

    def on_mount(self) -> None:
        self.query_one("Horizontal").mount(Choices(self._lines()))

    @property
    def parts(self) -> list[dict[str, str]]:
        """The texts of each part."""
        return parts_of(self.text)

    def put_part(self, place: int, texts: Mapping[str, str]) -> None:
        """Replace a part, add one behind the last, or take one away whose every field is blank."""
        parts = self.parts
        typed = {name: text for name, text in texts.items() if text.strip()}
        parts[place : place + 1] = [typed] if typed else []
        if parts != self.parts:
            self.text = text_of_parts(parts)

    def take_focus(self) -> None:
        self.query_one(Choices).focus()

    @on(OneLine.Changed)
    def _put(self) -> None:
        for choices in self.query(Choices):
            choices.put(self._lines())

    @on(Choices.Taken)
    def _open(self, event: Choices.Taken) -> None:
        from fieldkit.tui.screens.part import PartScreen

        event.stop()
        parts = self.parts
        self.app.push_screen(PartScreen(self, len(parts) if event.key == _NEW else int(event.key)))

    def _lines(self) -> list[Line]:
        parts = self.parts
        lines = [
            Line(str(place), f"{place + 1}. {summary(self.field, part)}") for place, part in enumerate(parts)
        ]
        if self.field.listed or self.field.many or not parts:
            lines.append(Line(_NEW, "+ Enter adds one", "", "choices--dim"))
        return lines
