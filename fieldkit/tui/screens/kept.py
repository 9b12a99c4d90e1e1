"""Screens that ask for something and keep what is typed: in the vault while a mission is open, else for as long as the program runs,
and sealed to the mission that was locked for it.

It stands there again when the same thing is asked anew, until it is done or cleared. Secrets are never kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import on

from fieldkit.domain.jsontypes import Doc
from fieldkit.tui.screens.base import FieldkitScreen
from fieldkit.tui.widgets.entry import OneLine
from fieldkit.tui.widgets.field import Editor, FieldRow
from fieldkit.tui.widgets.settling import settling


class SecretRow(FieldRow):
    """What is typed here is not shown, and not kept."""

    def make_editor(self, text: str, marks: tuple[str, ...]) -> Editor:
        return OneLine(password=True, id=f"field-{self.field.name}")


class KeptScreen(FieldkitScreen):
    """`asked_rows` are what is typed into; `draft` names what is kept, one for each class of screens unless it says otherwise."""

    draft: str = ""
    asked_anew: ClassVar[frozenset[str]] = frozenset()
    """Fields that are not kept."""
    in_letterbox: ClassVar[bool] = False
    """Whether what is typed is for the mission that was locked for this screen."""
    _done = False
    _first: Doc | None = None

    def asked_rows(self) -> Sequence[FieldRow]:
        """The rows on the screen."""
        return ()

    async def put_back(self) -> None:
        """Put back what was typed and not done, where nothing else was typed meanwhile. The cursor is set afterwards: keys wait for
        it. Looked up where it is kept, so that nothing that is typed now is kept before."""
        first = self._first = self._texts()
        kept = self.fieldkit.asked.get(self._kept_as, {})
        if self.store.is_open:
            kept = (await self.store.write(lambda vault: vault.drafts())).get(self._kept_as, {})
        for row in self.asked_rows():
            text = kept.get(row.field.name)
            if isinstance(text, str) and text != row.text == first.get(row.field.name, ""):
                row.text = text
                self.tell("What was typed before and not done stands here again.")

    async def forget(self) -> None:
        """It was done: nothing is left to be offered."""
        self._done = True
        self.fieldkit.asked.pop(self._kept_as, None)
        if self.store.is_open:
            await self.store.write(lambda vault: vault.drop_draft(self._kept_as))
        elif self.in_letterbox:
            await self.store.keep_outside(self._kept_as, {})

    @on(FieldRow.Changed)
    def _typed(self) -> None:
        self._keep()

    @settling
    async def _keep(self) -> None:
        await self.keep_typed()

    async def keep_typed(self) -> None:
        """Keep what stands here now."""
        if self._done or self._first is None:
            return
        texts = self._texts()
        if texts == self._first:
            texts = {}
        if self.store.is_open:
            name = self._kept_as
            await self.store.write(
                lambda vault: vault.save_draft(name, texts) if texts else vault.drop_draft(name)
            )
        else:
            self.fieldkit.asked[self._kept_as] = texts
            if self.in_letterbox:
                await self.store.keep_outside(self._kept_as, texts)

    def _texts(self) -> Doc:
        return {
            row.field.name: row.text
            for row in self.asked_rows()
            if row.text.strip() and not isinstance(row, SecretRow) and row.field.name not in self.asked_anew
        }

    @property
    def _kept_as(self) -> str:
        return self.draft or f"asked/{type(self).__name__}"
