"""Where we are, who is with us, which mark holds: set here once, inherited by every new record."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType

from fieldkit.domain.jsontypes import Doc
from fieldkit.domain.kinds import kind as kind_named
from fieldkit.errors import UsageError
from fieldkit.tui.forms.typed import linked, now, read_texts, texts_of
from fieldkit.tui.keys import WRITE, bound
from fieldkit.tui.screens.base import MissionScreen
from fieldkit.tui.screens.kept import KeptScreen
from fieldkit.tui.tasks import task
from fieldkit.tui.widgets.field import FieldRow
from fieldkit.tui.widgets.form import Form
from fieldkit.tui.widgets.plain import Plain
from fieldkit.vault.reading import VaultReader

_ACCESS = kind_named("access")
_FIELDS = {
    "location": dataclasses.replace(_ACCESS.fields["location"], label="Where we are"),
    "with_whom": dataclasses.replace(_ACCESS.fields["with_whom"], label="With"),
    "mark": _ACCESS.fields["mark"],
}


class SurroundingsScreen(KeptScreen, MissionScreen):
    """Three fields; Ctrl+S takes them over."""

    HELP = "New records inherit this until it is changed. Some letters of a place or a name are enough."
    BINDINGS: ClassVar[list[BindingType]] = [
        bound(
            "ctrl+s", "save", "Take over", "New records begin with these from now on", WRITE, priority=True
        ),
    ]

    def body(self) -> ComposeResult:
        yield Plain("WHERE WE ARE", classes="title")
        yield Form(_FIELDS.values(), {}, self.opened.marks)

    def asked_rows(self) -> Sequence[FieldRow]:
        return self.query_one(Form).rows

    @task
    async def load(self) -> None:
        around = self.fieldkit.around
        doc: Doc = {"location": around.location, "with_whom": list(around.people), "mark": around.mark}
        texts = await self.store.read(
            lambda reader: texts_of(reader, _ACCESS, {name: value for name, value in doc.items() if value})
        )
        form = self.query_one(Form)
        for name, text in texts.items():
            if not form.row(name).text:
                form.row(name).text = text
        await self.put_back()
        form.rows[0].take_focus()

    @task
    async def action_save(self) -> None:
        form = self.query_one(Form)
        read = read_texts(_FIELDS, form.texts, now())

        def found(reader: VaultReader) -> Doc:
            return linked(reader, _ACCESS, read.values)

        try:
            values = await self.store.read(found)
        except UsageError as error:
            form.row(error.where.rpartition(".")[2]).complain(f"{error.problem}. {error.remedy}")
            return
        await self.fieldkit.surround(
            {
                "location": values.get("location"),
                "people": values.get("with_whom") or [],
                "mark": values.get("mark"),
            }
        )
        await self.forget()
        self.fieldkit.step_back()
