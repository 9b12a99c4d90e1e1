"""One field of a form: its label, the place to type, and what is wrong with what was typed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widgets import Input, TextArea

from fieldkit.domain.fields import Field, FieldType
from fieldkit.domain.hostile import visible
from fieldkit.tui.keys import WRITE, bound
from fieldkit.tui.widgets.choice import Choice
from fieldkit.tui.widgets.entry import LongText, OneLine
from fieldkit.tui.widgets.plain import Plain

YES_NO: Final = ("yes", "no")
_FEW: Final = 12
_HINTS: Final = {
    FieldType.MOMENT: "as 10:41, 2026-02-12 10:41",
    FieldType.DATE: "as 2026-02-12, today",
    FieldType.PERIOD: "as 2026-02-10 to 2026-02-14",
    FieldType.POSITION: "as 32.8872,13.1913 ±10m gps",
    FieldType.SIDES: "as 1200 x 300 (mm), 1.2 x 0.3 m",
    FieldType.QUANTITY: "as 12.5 kg",
    FieldType.MEASURED: "as 5.2 ± 0.1 mm (k=2)",
}

Editor = OneLine | LongText | Choice


class FieldRow(Vertical):
    """A field's row. `text` is what stands in it, in the form in which the command line would take it."""

    DEFAULT_CSS = """
    FieldRow { height: auto; padding: 0 1; }
    FieldRow Horizontal { height: auto; }
    FieldRow .label { width: 17; height: auto; color: $text-muted; }
    FieldRow:focus-within .label { color: $accent; text-style: bold; }
    FieldRow .problem { color: $error; padding-left: 17; display: none; }
    FieldRow.-wrong .problem { display: block; }
    FieldRow .known { color: $success; padding-left: 17; display: none; }
    FieldRow.-known .known { display: block; }
    FieldRow OneLine { width: 1fr; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        bound("up", "previous", "Up", "The field above", WRITE, show=False),
        bound("down", "next", "Down", "The field below", WRITE, show=False),
    ]

    @dataclass
    class Changed(Message):
        """Something was typed or chosen."""

        row: FieldRow

        @property
        def control(self) -> FieldRow:
            return self.row

    def __init__(self, field: Field, text: str = "", marks: tuple[str, ...] = ()) -> None:
        super().__init__(id=f"row-{field.name}")
        self.field = field
        self._letter = ""
        self.editor = self.make_editor(text, marks)

    def make_editor(self, text: str, marks: tuple[str, ...]) -> Editor:
        """What the field is typed into."""
        field, name = self.field, f"field-{self.field.name}"
        if field.type is FieldType.TEXT and not field.many:
            return LongText(text, id=name)
        if field.type is FieldType.BOOLEAN:
            return Choice(YES_NO, text, id=name)
        if field.type is FieldType.CHOICE and len(field.choices) <= _FEW and not field.many:
            return Choice(field.choices, text.replace(" ", "_"), id=name)
        if field.type is FieldType.MARK and not field.listed and marks and (not text or text in marks):
            return Choice(marks, text, id=name)
        return OneLine(text, joiner=", " if field.many or field.listed else " ", id=name)

    @property
    def hint(self) -> str:
        """How the field is written, shown while it is typed into and still empty."""
        several = "several, separated by commas" if self.field.many or self.field.listed else ""
        return _HINTS.get(self.field.type, several or self.field.help)

    @property
    def text(self) -> str:
        """What stands in the field."""
        return self.editor.text if isinstance(self.editor, LongText) else self.editor.value

    @text.setter
    def text(self, text: str) -> None:
        if isinstance(self.editor, LongText):
            self.editor.replace(visible(text), (0, 0), self.editor.document.end)
            self.editor.move_cursor(self.editor.document.end)
        elif isinstance(self.editor, Choice):
            self.editor.value = text if text in self.editor.choices else text.replace(" ", "_")
        else:
            self.editor.value = visible(text, lines=False)
            self.editor.cursor_position = len(self.editor.value)

    def compose(self) -> ComposeResult:
        with Horizontal():
            yield Plain(self._label(), classes="label")
            yield self.editor
        yield from self.below()
        yield Plain(classes="problem")

    def below(self) -> ComposeResult:
        """What stands under the editor."""
        yield from ()

    def complain(self, problem: str) -> None:
        """Show what is wrong and the remedy; an empty text takes it away."""
        self.set_class(bool(problem), "-wrong")
        self.query_one(".problem", Plain).put(problem)

    def letter(self, letter: str) -> None:
        """Show the letter that jumps here; none where it is empty."""
        self._letter = letter
        self.query_one(".label", Plain).put(self._label())

    def take_focus(self) -> None:
        """Type here."""
        self.editor.focus()

    def go_on(self) -> None:
        """Type here, behind what stands here."""
        if isinstance(self.editor, LongText):
            self.editor.move_cursor(self.editor.document.end)
        self.take_focus()

    def on_descendant_focus(self) -> None:
        if isinstance(self.editor, OneLine):
            self.editor.placeholder = self.hint

    def on_descendant_blur(self) -> None:
        if isinstance(self.editor, OneLine):
            self.editor.placeholder = ""

    def action_previous(self) -> None:
        self.screen.focus_previous()

    def action_next(self) -> None:
        self.screen.focus_next()

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

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.entered()

    def entered(self) -> None:
        """Enter was pressed: on to the next field."""
        self.screen.focus_next()
