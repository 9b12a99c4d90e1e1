"""One field of a form: its label, the place to type, records to choose from, and what is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widgets import Input, TextArea

from fieldkit.domain.fields import Field, FieldType
from fieldkit.tui.widgets.choice import Choice
from fieldkit.tui.widgets.entry import LongText, OneLine
from fieldkit.tui.widgets.plain import Plain

YES_NO: Final = ("yes", "no")
_FEW: Final = 12
_HINTS: Final = {
    FieldType.MOMENT: "10:41",
    FieldType.DATE: "2026-02-12",
    FieldType.PERIOD: "2026-02-10 to 2026-02-14",
    FieldType.POSITION: "32.8872,13.1913 ±10m gps",
    FieldType.QUANTITY: "12.5 kg",
    FieldType.MEASURED: "5.2 ± 0.1 mm (k=2)",
}


class FieldRow(Vertical):
    """A field's row. `text` is what stands in it, in the form in which the command line would take it."""

    DEFAULT_CSS = """
    FieldRow { height: auto; padding: 0 1; }
    FieldRow Horizontal { height: auto; }
    FieldRow .label { width: 16; color: $text-muted; }
    FieldRow:focus-within .label { color: $accent; text-style: bold; }
    FieldRow .problem { color: $error; padding-left: 16; display: none; }
    FieldRow.-wrong .problem { display: block; }
    FieldRow .known { color: $text-muted; padding-left: 16; display: none; }
    FieldRow.-known .known { display: block; }
    FieldRow OneLine { width: 1fr; }
    """

    @dataclass
    class Changed(Message):
        """Something was typed or chosen."""

        row: FieldRow

        @property
        def control(self) -> FieldRow:
            return self.row

    def __init__(self, field: Field, text: str, marks: tuple[str, ...] = ()) -> None:
        super().__init__(id=f"row-{field.name}")
        self.field = field
        self._letter = ""
        self.editor = _editor(field, text, marks)

    @property
    def text(self) -> str:
        """What stands in the field."""
        if isinstance(self.editor, LongText):
            return self.editor.text
        return self.editor.value

    @text.setter
    def text(self, text: str) -> None:
        if isinstance(self.editor, LongText):
            self.editor.text = text
        else:
            self.editor.value = text

    def compose(self) -> ComposeResult:
        with Horizontal():
            yield Plain(self._label(), classes="label")
            yield self.editor
        yield Plain(classes="known")
        yield Plain(classes="problem")

    def complain(self, problem: str) -> None:
        """Show what is wrong and the remedy; an empty text takes it away."""
        self.set_class(bool(problem), "-wrong")
        self.query_one(".problem", Plain).put(problem)

    def describe(self, text: str) -> None:
        """Show what the numbers in the field stand for."""
        self.set_class(bool(text), "-known")
        self.query_one(".known", Plain).put(text)

    def letter(self, letter: str) -> None:
        """Show the letter that jumps here; none where it is empty."""
        self._letter = letter
        self.query_one(".label", Plain).put(self._label())

    def take_focus(self) -> None:
        """Type here."""
        self.editor.focus()

    def _label(self) -> str:
        lead = f"[{self._letter}] " if self._letter else ""
        return f"{lead}{self.field.label}{'*' if self.field.required else ''}"

    @on(Input.Changed)
    @on(TextArea.Changed)
    @on(Choice.Changed)
    def _changed(self, event: Message) -> None:
        event.stop()
        self.complain("")
        self.post_message(self.Changed(self))


def _editor(field: Field, text: str, marks: tuple[str, ...]) -> OneLine | LongText | Choice:
    name = f"field-{field.name}"
    if field.type is FieldType.TEXT and not field.many:
        return LongText(text, id=name)
    if field.type is FieldType.BOOLEAN:
        return Choice(YES_NO, text, id=name)
    if field.type is FieldType.CHOICE and len(field.choices) <= _FEW:
        return Choice(field.choices, text.replace(" ", "_"), id=name)
    if field.type is FieldType.MARK and marks and (not text or text in marks):
        return Choice(marks, text, id=name)
    return OneLine(
        text,
        placeholder=_HINTS.get(field.type, ""),
        joiner=", " if field.many or field.listed else " ",
        id=name,
    )
