"""Acts on one photo or on many at once, each one signed record call: captions, links, hold, release, withhold, copies given.

What is typed is kept in the store while it is typed, and stands there again when the same act is begun anew.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult

from fieldkit.capture.captions import Captioned, caption, captions, link, parse_gap
from fieldkit.capture.custody import (
    HELD,
    RELEASED,
    WITHHELD,
    as_kept,
    change_state,
    log_copies,
    placeholders,
)
from fieldkit.domain.fields import Field
from fieldkit.domain.jsontypes import JSON, Doc
from fieldkit.domain.kinds import kind as kind_named
from fieldkit.domain.views import RecordView
from fieldkit.errors import FieldkitError, UsageError
from fieldkit.tui.forms.typed import linked, now, read_texts
from fieldkit.tui.screens.ask import AskScreen, asked
from fieldkit.tui.tasks import task
from fieldkit.tui.widgets.field import FieldRow
from fieldkit.tui.widgets.links import LinkRow
from fieldkit.tui.widgets.plain import Plain
from fieldkit.tui.widgets.settling import settling
from fieldkit.vault.pages import views
from fieldkit.vault.reading import VaultReader
from fieldkit.vault.vault import Vault

PHOTO = kind_named("photo")
_PREFIX = "photos/"
_SHOWN = 4


class PhotoAct(AskScreen):
    """An act on photos. `act` names its draft; what was typed stands there again for whichever photos it is begun anew."""

    act: ClassVar[str] = ""

    def __init__(self, photos: Sequence[str], done: Callable[[], object] | None = None) -> None:
        super().__init__()
        self.photos = tuple(photos)
        self.draft = _PREFIX + self.act
        self._after = done

    def on_mount(self) -> None:
        self.describe()

    @task
    async def describe(self) -> None:
        """Say what the act is about."""
        told = await self.store.read(self.looked)
        self.query_one("#about", Plain).put(f"{told}. {self.about}".strip())

    def looked(self, reader: VaultReader) -> str:
        """Which photos, in words."""
        return which(views(reader, self.photos))

    async def finish(self, told: str) -> None:
        """It is recorded: go back, say so."""
        await self.forget()
        self.app.pop_screen()
        if self._after is not None:
            self._after()
        self.fieldkit.recorded()
        self.fieldkit.tell(told, "done")

    async def values(self, fields: Mapping[str, Field], texts: Mapping[str, str]) -> Doc:
        """What was typed, with links as ids. Raises `UsageError` naming the field."""
        read = read_texts(fields, texts, now())
        for name, error in read.errors.items():
            raise UsageError(error.problem, where=name, remedy=error.remedy)
        try:
            return await self.store.read(lambda reader: linked(reader, PHOTO, read.values))
        except UsageError as error:
            raise UsageError(
                error.problem, where=error.where.rpartition(".")[2], remedy=error.remedy
            ) from None


class CaptionScreen(PhotoAct):
    """One text for all of them, with counters and with what they are linked to; the first captions are shown while one types."""

    act = "caption"
    title_text = "CAPTION"
    about = "{n} counts, {of} is how many; {group} {number} {subject} {item} {seal} {place} {time} come from the photo."
    DEFAULT_CSS = "CaptionScreen #preview { padding: 0 1; height: 8; color: $text-muted; }"

    def rows(self) -> list[FieldRow]:
        return [
            FieldRow(asked("text", "Caption", "As printed under the picture.")),
            FieldRow(asked("first", "{n} begins at", "1 unless given.", required=False)),
            FieldRow(asked("gap", "New group after", "A pause between photos: 2min, 90s.", required=False)),
        ]

    def body(self) -> ComposeResult:
        self._views: Sequence[RecordView] = ()
        yield from super().body()
        yield Plain(id="preview")

    def looked(self, reader: VaultReader) -> str:
        self._views = views(reader, self.photos)
        return which(self._views)

    @on(FieldRow.Changed)
    def _changed(self) -> None:
        self._preview()

    @settling
    async def _preview(self) -> None:
        texts = {row.field.name: row.text for row in self._rows}
        if not texts["text"].strip():
            self.query_one("#preview", Plain).put("")
            return
        if not self._views:
            # What was typed before may stand here again sooner than it is known which photos these are.
            self._views = await self.store.read(lambda reader: views(reader, self.photos))
        try:
            made = await self.store.write(lambda vault: self._captions(vault, texts))
            shown = "\n".join(f"{one.number}  {one.text}" for one in made[:_SHOWN])
            more = f"\nand {len(made) - _SHOWN:,} more" if len(made) > _SHOWN else ""
            told = shown + more
        except FieldkitError as error:
            told = f"not yet: {error.problem}. {error.remedy}"
        self.query_one("#preview", Plain).put(told)

    def _captions(self, vault: Vault, texts: Mapping[str, str]) -> list[Captioned]:
        first, gap = texts["first"].strip(), texts["gap"].strip()
        if first and not (first.isascii() and first.isdigit() and len(first) <= 6):
            raise UsageError(f"{first!r} is no number to begin at", where="first", remedy="Write 1, 12, 100.")
        try:
            pause = parse_gap(gap) if gap else None
        except UsageError as error:
            raise UsageError(error.problem, where="gap", remedy=error.remedy) from None
        try:
            return captions(vault, self._views, texts["text"], first=int(first or 1), gap=pause)
        except UsageError as error:
            raise UsageError(error.problem, where="text", remedy=error.remedy) from None

    async def answer(self, texts: Mapping[str, str]) -> None:
        author = self.store.author

        def act(vault: Vault) -> int:
            self._views = views(vault, self.photos)
            return len(caption(vault, self._captions(vault, texts), author=author))

        await self.finish(f"{counted(await self.store.write(act))} captioned.")


class LinkScreen(PhotoAct):
    """What they show. Links that stand already stay."""

    act = "link"
    title_text = "LINK"
    about = "Links that stand already stay as they are."

    def rows(self) -> list[FieldRow]:
        return [LinkRow(each) for each in self._fields().values()]

    def _fields(self) -> Mapping[str, Field]:
        return {
            name: dataclasses.replace(PHOTO.fields[name], required=False)
            for name in ("items", "observations", "location")
        }

    async def answer(self, texts: Mapping[str, str]) -> None:
        values, author = await self.values(self._fields(), texts), self.store.author
        location = values.get("location")
        if not values:
            raise UsageError("Name what they show", where="items", remedy="A number, or letters of its name.")
        recorded = await self.store.write(
            lambda vault: link(
                vault,
                views(vault, self.photos),
                items=_ids(values.get("items")),
                observations=_ids(values.get("observations")),
                location=location if isinstance(location, str) else None,
                author=author,
            )
        )
        await self.finish(f"{counted(len(recorded))} linked.")


class StateScreen(PhotoAct):
    """Why, and who decided."""

    state: ClassVar[str]
    done_word: ClassVar[str]

    def rows(self) -> list[FieldRow]:
        return [FieldRow(REASON), LinkRow(BY)]

    async def answer(self, texts: Mapping[str, str]) -> None:
        values, author = await self.values({"state_by": BY}, texts), self.store.author
        by = values.get("state_by")
        recorded = await self.store.write(
            lambda vault: change_state(
                vault,
                views(vault, self.photos),
                self.state,
                texts["reason"].strip(),
                by=by if isinstance(by, str) else None,
                author=author,
            )
        )
        await self.finish(f"{counted(len(recorded))} {self.done_word}.")


class HoldScreen(StateScreen):
    """The host holds them."""

    act = state = HELD
    done_word = "held by the host"
    title_text = "HELD BY THE HOST"
    about = "The host wants to look them through first. They do not travel until they are released."


class ReleaseScreen(StateScreen):
    """The host releases them."""

    act = state = RELEASED
    done_word = "released"
    title_text = "RELEASE"
    about = "The host releases them, or a decision to withhold them is taken back."


class WithholdScreen(StateScreen):
    """They stay withheld."""

    act = state = WITHHELD
    done_word = "withheld"
    title_text = "WITHHOLD"
    about = "They keep their numbers and the reason; their originals do not travel."


class GiveScreen(PhotoAct):
    """Copies that the host or somebody else received: which files, to whom."""

    act = "give"
    title_text = "LOG COPIES AS GIVEN"
    about = (
        "Nothing is written outside the vault here: this logs which files were handed over, by their SHA-256."
    )

    def rows(self) -> list[FieldRow]:
        return [
            LinkRow(TO),
            FieldRow(asked("medium", "On what", "USB stick, paper…", required=False)),
        ]

    async def answer(self, texts: Mapping[str, str]) -> None:
        values, author = (
            await self.values({"state_by": TO}, {"state_by": texts["state_by"]}),
            self.store.author,
        )
        person, medium = str(values["state_by"]), texts["medium"].strip() or None
        made = await self.store.write(
            lambda vault: log_copies(
                vault, as_kept(vault, views(vault, self.photos)), person, medium=medium, author=author
            )
        )
        await self.finish(f"{made.number}: copies of {counted(len(self.photos))} logged as given.")


class PlaceholderScreen(PhotoAct):
    """Frames of the host's camera that exist but were not handed over."""

    act = "placeholder"
    title_text = "FRAMES THAT WERE NOT HANDED OVER"
    about = "Each gets a number, so that the photo log has no gap; F fills one when its file comes."

    def __init__(self, done: Callable[[], object] | None = None) -> None:
        super().__init__((), done)

    def looked(self, reader: VaultReader) -> str:
        return "They are held by the host"

    def rows(self) -> list[FieldRow]:
        return [
            FieldRow(asked("count", "How many", "As the host's camera counts.")),
            FieldRow(REASON),
            FieldRow(asked("subject", "What they show", "As far as that is known.", required=False)),
            LinkRow(BY),
        ]

    async def answer(self, texts: Mapping[str, str]) -> None:
        values, author = await self.values({"state_by": BY}, texts), self.store.author
        count, by = texts["count"].strip(), values.get("state_by")
        if not (count.isascii() and count.isdigit() and len(count) <= 6):
            raise UsageError(f"{count!r} is no number", where="count", remedy="Write how many there are.")
        location = self.fieldkit.around.location
        common: Doc = {"location": location} if location else {}
        try:
            recorded = await self.store.write(
                lambda vault: placeholders(
                    vault,
                    int(count),
                    texts["reason"].strip(),
                    subject=texts["subject"].strip() or None,
                    common=common,
                    by=by if isinstance(by, str) else None,
                    author=author,
                )
            )
        except UsageError as error:
            raise UsageError(error.problem, where="count", remedy=error.remedy) from None
        await self.finish(f"{recorded[0].number} to {recorded[-1].number} are numbered, held by the host.")


def which(found: Sequence[RecordView]) -> str:
    """`A-P-0112`, or `40 photos, A-P-0112 to A-P-0151`."""
    if len(found) == 1:
        return found[0].number
    return f"{len(found):,} photos, {found[0].number} to {found[-1].number}" if found else "no photo"


def counted(count: int) -> str:
    """`1 photo`, `40 photos`."""
    return f"{count:,} photo{'' if count == 1 else 's'}"


def _ids(value: JSON) -> list[str]:
    return [str(each) for each in value] if isinstance(value, list) else []


REASON = asked("reason", "Reason", "Why, in the words of who decided.")
BY = dataclasses.replace(PHOTO.fields["state_by"], required=False)
TO = dataclasses.replace(PHOTO.fields["state_by"], label="To whom", required=True)
