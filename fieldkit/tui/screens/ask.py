"""A screen that asks for a few things and then does one: made of the same rows as every form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll

from fieldkit.domain.fields import Field, FieldType
from fieldkit.errors import FieldkitError
from fieldkit.tui.keys import WRITE, bound
from fieldkit.tui.screens.kept import KeptScreen
from fieldkit.tui.tasks import act, task
from fieldkit.tui.widgets.field import FieldRow
from fieldkit.tui.widgets.plain import Plain


def asked(
    name: str, label: str, help: str = "", *, choices: tuple[str, ...] = (), required: bool = True
) -> Field:
    """Something to ask for: a line, or one of a few choices."""
    return Field(
        name=name,
        label=label,
        help=help,
        type=FieldType.CHOICE if choices else FieldType.LINE,
        many=False,
        listed=False,
        required=required,
        choices=choices,
        targets=(),
        dimension=None,
        parts=(),
        limit=0,
        encoded=False,
    )


class _Rows(VerticalScroll, can_focus=False):
    """What is asked for, scrolled where it does not fit."""

    def on_resize(self) -> None:
        """What is typed into stays in sight when the terminal changes."""
        for row in self.query(FieldRow):
            if row.has_pseudo_class("focus-within"):
                row.scroll_visible(animate=False)


class AskScreen(KeptScreen):
    """`title` and `rows` say what is asked for; `answer` does it. What it refuses is told at the field it names."""

    title_text: str = ""
    about: str = ""
    DEFAULT_CSS = """
    AskScreen #rows { height: 1fr; scrollbar-size-vertical: 1; }
    AskScreen #about { padding: 0 1 1 1; color: $text-muted; }
    AskScreen.-tiny #about { display: none; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        bound("ctrl+s", "go", "Go on", "Do it with what is typed here", WRITE, priority=True),
    ]

    def rows(self) -> list[FieldRow]:
        """The rows, made anew."""
        return []

    async def prepare(self) -> None:
        """Fill in what can be known before anything is typed."""

    def first_row(self) -> FieldRow:
        """Where the cursor begins: in what is still empty."""
        return next((row for row in self._rows if not row.text), self._rows[0])

    async def answer(self, texts: Mapping[str, str]) -> None:
        """Do it. A `FieldkitError` whose `where` is a field's name is told there."""

    def body(self) -> ComposeResult:
        self._rows = self.rows()
        yield Plain(self.title_text, classes="title")
        yield Plain(self.about, id="about")
        with _Rows(id="rows"):
            yield from self._rows

    def asked_rows(self) -> Sequence[FieldRow]:
        return self._rows

    @task
    async def on_mount(self) -> None:
        """Keys wait for the cursor: what was typed before stands here before anything is typed over it."""
        try:
            await self.prepare()
            await self.put_back()
        finally:
            if self.focused is None:
                self.first_row().take_focus()

    @act
    async def action_go(self) -> None:
        texts = {row.field.name: row.text for row in self._rows}
        missing = [row for row in self._rows if row.field.required and not row.text.strip()]
        for row in self._rows:
            row.complain(f"{row.field.label} is needed. {row.field.help}".strip() if row in missing else "")
        if missing:
            missing[0].take_focus()
            return
        try:
            await self.answer(texts)
            await self.forget()
        except FieldkitError as error:
            named = [row for row in self._rows if row.field.name == error.where]
            if not named:
                raise
            named[0].complain(f"{error.problem}. {error.remedy}".strip())
            named[0].take_focus()
