"""Rows of fields, made from their definitions, that scroll where they do not fit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from textual.app import ComposeResult
from textual.containers import VerticalScroll

from fieldkit.domain.fields import Field, FieldType
from fieldkit.tui.forms.lookup import CONTROL_FIELDS
from fieldkit.tui.widgets.entry import LongText
from fieldkit.tui.widgets.field import FieldRow
from fieldkit.tui.widgets.links import LinkRow
from fieldkit.tui.widgets.parts import PartsRow

MOST_INPUTS: Final = 40


class Form(VerticalScroll, can_focus=False):
    """At most 40 fields; a form of more is for the command line."""

    DEFAULT_CSS = "Form { height: 1fr; scrollbar-size-vertical: 1; }"

    def __init__(
        self, fields: Iterable[Field], texts: Mapping[str, str], marks: tuple[str, ...] = ()
    ) -> None:
        super().__init__()
        self._rows = [
            row_for(field, texts.get(field.name, ""), marks) for field in list(fields)[:MOST_INPUTS]
        ]

    def compose(self) -> ComposeResult:
        yield from self._rows

    def on_resize(self) -> None:
        """What is typed into stays in sight when the terminal changes."""
        row = self.focused_row
        if row is not None and isinstance(row.editor, LongText):
            self.call_after_refresh(row.editor.follow_cursor)
        elif row is not None:
            row.scroll_visible(animate=False)

    @property
    def rows(self) -> list[FieldRow]:
        """The rows in order."""
        return self._rows

    def row(self, name: str) -> FieldRow:
        """The row of a field."""
        return next(row for row in self._rows if row.field.name == name)

    @property
    def texts(self) -> dict[str, str]:
        """What stands in the fields, blank ones left out."""
        return {row.field.name: row.text for row in self._rows if row.text.strip()}

    @property
    def focused_row(self) -> FieldRow | None:
        """The row that is typed into."""
        return next((row for row in self._rows if row.has_pseudo_class("focus-within")), None)

    def begin(self, at: str = "") -> None:
        """Type into the field of that name, behind what stands there; else into the first that is still empty."""
        left = next((row for row in self._rows if row.field.name == at), None)
        if left is not None:
            left.go_on()
        else:
            (next((row for row in self._rows if not row.text), self._rows[0])).take_focus()


def row_for(field: Field, text: str, marks: tuple[str, ...]) -> FieldRow:
    """The row that a field is typed into."""
    if field.type is FieldType.STRUCT:
        return PartsRow(field, text)
    if field.type is FieldType.RECORD or field.name in CONTROL_FIELDS:
        return LinkRow(field, text)
    return FieldRow(field, text, marks)
