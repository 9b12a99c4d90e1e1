"""One part of a record: a question with its answer, a check of a seal. Everything typed stands in the record at once."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType

from fieldkit.tui.keys import WRITE, bound
from fieldkit.tui.screens.base import MissionScreen
from fieldkit.tui.widgets.field import FieldRow
from fieldkit.tui.widgets.form import Form
from fieldkit.tui.widgets.parts import PartsRow
from fieldkit.tui.widgets.plain import Plain


class PartScreen(MissionScreen):
    """The fields of the part at `place` of `parent`."""

    BINDINGS: ClassVar[list[BindingType]] = [
        bound("ctrl+s", "back", "Done", "Back to the record", WRITE, priority=True),
        bound("ctrl+n", "another", "Next", "Another part behind this one", WRITE, priority=True),
    ]

    def __init__(self, parent: PartsRow, place: int) -> None:
        super().__init__()
        self._row = parent
        self._place = place

    def body(self) -> ComposeResult:
        parts = self._row.parts
        texts = parts[self._place] if self._place < len(parts) else {}
        yield Plain(f"{self._row.field.label.upper()} {self._place + 1}", classes="title")
        yield Form(self._row.field.parts, texts, self.opened.marks)

    def on_mount(self) -> None:
        self.query_one(Form).begin()

    @on(FieldRow.Changed)
    def _changed(self) -> None:
        self._row.put_part(self._place, self.query_one(Form).texts)

    def action_another(self) -> None:
        self.app.switch_screen(PartScreen(self._row, len(self._row.parts)))
