"""What is asked for an act on one line or on many, each recorded at once or not at all.

What is typed is kept in the store while it is typed, and stands there again when the same act is begun anew.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar, Final

from fieldkit.capture.captions import link
from fieldkit.capture.counting import count_undeclared
from fieldkit.capture.tallying import NOT_ACCESSIBLE, NOT_FOUND, count_lines, take_back
from fieldkit.domain.fields import Field, FieldType
from fieldkit.domain.jsontypes import Doc
from fieldkit.domain.kinds import kind as kind_named
from fieldkit.errors import FieldkitError, UsageError
from fieldkit.tui.forms.lookup import CONTROL_FIELDS
from fieldkit.tui.forms.typed import linked, now, read_texts
from fieldkit.tui.screens.ask import AskScreen, asked
from fieldkit.tui.screens.inventory_readings import named
from fieldkit.tui.tasks import task
from fieldkit.tui.widgets.field import FieldRow
from fieldkit.tui.widgets.links import LinkRow
from fieldkit.tui.widgets.plain import Plain
from fieldkit.vault.pages import views
from fieldkit.vault.reading import VaultReader
from fieldkit.vault.recording import Amend

ITEM: Final = kind_named("item")
COUNT: Final = kind_named("count")
_EDITED: Final = (
    "nomenclature", "type", "maker", "location", "condition", "markings", "legibility", "control_entry", "disposition",
)  # fmt: skip
_REASON: Final = dataclasses.replace(
    COUNT.fields["reason"], required=True, help="Why, in the words of who said it."
)


class LineAct(AskScreen):
    """An act on lines (record ids). `act` names its draft, `about` says what will happen."""

    act: ClassVar[str] = ""

    def __init__(self, items: Sequence[str], done: Callable[[], object]) -> None:
        super().__init__()
        self.items = tuple(items)
        self._after = done
        self.draft = f"inventory/{self.act}"

    def on_mount(self) -> None:
        self.tell_which()

    @task
    async def tell_which(self) -> None:
        """Say what the act is about."""
        told = await self.store.read(lambda reader: which(reader, self.items))
        self.query_one("#about", Plain).put(f"{told}. {self.about}" if told else self.about)

    async def finish(self, told: str) -> None:
        """It is recorded: drop the draft, go back, say so."""
        await self.forget()
        self.app.pop_screen()
        self._after()
        self.fieldkit.recorded()
        self.fieldkit.tell(told, "done")

    async def values(self, fields: Mapping[str, Field], texts: Mapping[str, str]) -> Doc:
        """What was typed, with links as ids. Raises the error of the first field that is wrong, naming it."""
        read = read_texts(fields, texts, now())
        for name, error in read.errors.items():
            error.where = name
            raise error
        try:
            return await self.store.read(lambda reader: linked(reader, ITEM, read.values))
        except UsageError as error:
            error.where = error.where.rpartition(".")[2]
            raise

    async def count_all(self, status: str, reason: str) -> int:
        """Record the same of all of them."""
        inherited = self.fieldkit.around.inherited(COUNT)
        values: Doc = {**inherited, "status": status}
        values |= {"reason": reason} if reason else {}
        author = self.store.author
        done = await self.store.write(lambda vault: count_lines(vault, self.items, values, author=author))
        return len(done)


class NoAccessScreen(LineAct):
    """Nobody could get at them."""

    act = "no-access"
    title_text = "NOT ACCESSIBLE"
    about = "Not accessed never reads as nothing there: the reason is needed."

    def rows(self) -> list[FieldRow]:
        return [FieldRow(_REASON)]

    async def answer(self, texts: Mapping[str, str]) -> None:
        done = await self.count_all(NOT_ACCESSIBLE, texts["reason"].strip())
        await self.finish(f"{_lines(done)} not accessible.")


class MissingScreen(LineAct):
    """They were looked for and are not there."""

    act = "missing"
    title_text = "MISSING"
    about = "Looked for where it was declared, and not there."

    def rows(self) -> list[FieldRow]:
        return [
            FieldRow(
                dataclasses.replace(_REASON, required=False, help="What the host says to it, if anything.")
            )
        ]

    async def answer(self, texts: Mapping[str, str]) -> None:
        done = await self.count_all(NOT_FOUND, texts["reason"].strip())
        await self.finish(f"{_lines(done)} missing.")


class TakeBackScreen(LineAct):
    """The last count of a line does not stand any more."""

    act = "take-back"
    title_text = "TAKE YOUR LAST COUNT BACK"
    about = "It stays in the journal, retracted, with the reason."

    def rows(self) -> list[FieldRow]:
        return [FieldRow(asked("reason", "Reason", "As: scanned the wrong plate."))]

    async def answer(self, texts: Mapping[str, str]) -> None:
        reason, author, (item,) = texts["reason"].strip(), self.store.author, self.items
        gone = await self.store.write(lambda vault: take_back(vault, item, reason, author=author))
        await self.finish(f"{gone.number} is taken back.")


class EditScreen(LineAct):
    """Fields of several lines put right with one reason; a field that is left empty stays as it is in each of them."""

    act = "edit"
    title_text = "PUT LINES RIGHT"
    about = "What is filled in here is set in all of them, with one reason; what is left empty stays."

    def fields(self) -> dict[str, Field]:
        """What can be put right."""
        return {name: dataclasses.replace(ITEM.fields[name], required=False) for name in _EDITED}

    def rows(self) -> list[FieldRow]:
        reason = FieldRow(asked("why", "Reason", "One for all of them, as: read off the plates."))
        return [*(_row(each) for each in self.fields().values()), reason]

    async def answer(self, texts: Mapping[str, str]) -> None:
        values = await self.values(self.fields(), texts)
        if not values:
            raise UsageError("Nothing is filled in", where=_EDITED[0], remedy="Fill in what is to be set.")
        reason, author = texts["why"].strip(), self.store.author
        changes = [Amend(item, reason, set=values) for item in self.items]
        done = await self.store.write(lambda vault: vault.record(changes, author=author))
        await self.finish(f"{_lines(len(done))} put right.")


class PhotosOfScreen(LineAct):
    """Photos that show the items, by their numbers or by words of their captions."""

    act = "photos"
    title_text = "PHOTOS THAT SHOW IT"
    about = "In the photo area (F5), l links all that are marked there."

    def rows(self) -> list[FieldRow]:
        return [LinkRow(dataclasses.replace(ITEM.fields["photos"], required=True))]

    async def answer(self, texts: Mapping[str, str]) -> None:
        values, author = await self.values({"photos": ITEM.fields["photos"]}, texts), self.store.author
        photos = [str(each) for each in values["photos"]] if isinstance(values["photos"], list) else []
        await self.store.write(
            lambda vault: link(vault, views(vault, photos), items=self.items, author=author)
        )
        await self.finish(f"{len(photos)} photo{'' if len(photos) == 1 else 's'} linked.")


class ExtraScreen(LineAct):
    """Something that stands on no list: what it is, and the count of it, recorded together."""

    act = "extra"
    title_text = "EXTRA: ON NO LIST"
    about = "The thing and its count are recorded together, as undeclared."
    asked_anew = frozenset({"serials"})

    def __init__(self, read: str, done: Callable[[], object]) -> None:
        super().__init__((), done)
        self._read = read

    def fields(self) -> dict[str, Field]:
        """What it is."""
        named_so = dataclasses.replace(ITEM.fields["nomenclature"], required=True)
        return {"nomenclature": named_so} | {name: ITEM.fields[name] for name in ("type", "maker")}

    def rows(self) -> list[FieldRow]:
        return [
            *(FieldRow(each) for each in self.fields().values()),
            FieldRow(dataclasses.replace(COUNT.fields["serials"], label="Serial read"), self._read),
            FieldRow(dataclasses.replace(COUNT.fields["counted"], label="How many", help="1 unless given.")),
            FieldRow(COUNT.fields["condition"]),
        ]

    async def answer(self, texts: Mapping[str, str]) -> None:
        item = await self.values(self.fields(), texts)
        counted_fields = {name: COUNT.fields[name] for name in ("serials", "counted", "condition")}
        counted = await self.values(counted_fields, texts)
        values: Doc = {**self.fieldkit.around.inherited(COUNT), **counted}
        author = self.store.author
        try:
            told = await self.store.write(lambda vault: count_undeclared(vault, item, values, author=author))
        except FieldkitError as error:
            error.where = error.where.rpartition(".")[2]
            raise
        await self.finish(f"{told.item_number}: recorded as undeclared, {told.count.number} counts it.")


def which(reader: VaultReader, items: Sequence[str]) -> str:
    """The item, or how many and the first of them."""
    found = views(reader, items[:1])
    if not found:
        return ""
    return named(found[0]) if len(items) == 1 else f"{len(items):,} lines, {named(found[0])} the first"


def _row(about: Field) -> FieldRow:
    linked_field = about.type is FieldType.RECORD or about.name in CONTROL_FIELDS
    return LinkRow(about) if linked_field else FieldRow(about)


def _lines(count: int) -> str:
    return f"{count:,} line{'' if count == 1 else 's'}"
