"""Acts on one record that stands: retracting it, attaching evidence to it. Each asks for its reason and remembers it."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO, Final

from fieldkit.domain.by_hand import check_by_hand
from fieldkit.domain.jsontypes import JSON, Doc
from fieldkit.domain.kinds import kind as kind_named
from fieldkit.domain.views import RecordView
from fieldkit.errors import UnavailableError, UsageError
from fieldkit.tui.forms.typed import linked, now, read_texts
from fieldkit.tui.screens.ask import AskScreen, asked
from fieldkit.tui.tasks import task
from fieldkit.tui.widgets.field import FieldRow
from fieldkit.tui.widgets.links import LinkRow
from fieldkit.tui.widgets.plain import Plain
from fieldkit.vault.reading import VaultReader
from fieldkit.vault.recording import Amend, Retract
from fieldkit.vault.vault import Vault
from fieldkit.vault.wording import Wording

_EVIDENCE: Final = replace(
    kind_named("observation").fields["evidence"], label="Records", help="By number, separated by commas."
)
_ATTACHED: Final = "evidence attached"


class CorrectionScreen(AskScreen):
    """An act on `record`, which is named above what is asked."""

    def __init__(self, record: str) -> None:
        super().__init__()
        self.record = record

    def on_mount(self) -> None:
        self._say_which()

    @task
    async def _say_which(self) -> None:
        def named(reader: VaultReader) -> str:
            return Wording(reader).link(self.record)

        told = await self.store.read(named)
        self.query_one("#about", Plain).put(f"{told}\n{self.about}")

    async def done(self, told: str) -> None:
        """It is recorded: the draft goes, and one is back where one came from."""
        await self.forget()
        self.app.pop_screen()
        self.fieldkit.recorded()
        self.fieldkit.tell(told, "done")


class RetractScreen(CorrectionScreen):
    """Why it no longer stands."""

    title_text = "RETRACT"
    about = "It stays in the journal and in every list, marked as retracted, with this reason. That is signed and stays."

    def __init__(self, record: str) -> None:
        super().__init__(record)
        self.draft = f"retract/{record}"

    def rows(self) -> list[FieldRow]:
        return [FieldRow(asked("reason", "Reason", "Why it no longer stands."))]

    async def answer(self, texts: Mapping[str, str]) -> None:
        record, reason, author = self.record, texts["reason"], self.store.author

        def retract(vault: Vault) -> str:
            view = vault.get(record)
            check_by_hand(view.kind, "retract")
            vault.record([Retract(view.id, reason)], author=author)
            vault.drop_draft(f"amend/{view.id}")
            return view.number

        await self.done(f"{await self.store.write(retract)} retracted.")


class AttachScreen(CorrectionScreen):
    """Records that bear it out, or a file that is taken in for it."""

    title_text = "ATTACH EVIDENCE"
    about = "Records by their number, or a file, which is taken in and encrypted; the file itself stays where it is."

    def __init__(self, record: str) -> None:
        super().__init__(record)
        self.draft = f"attach/{record}"

    def rows(self) -> list[FieldRow]:
        return [
            LinkRow(_EVIDENCE),
            FieldRow(asked("file", "File", "Its path, as on a stick.", required=False)),
            FieldRow(asked("reason", "Reason", "Why it is attached."), _ATTACHED),
        ]

    async def answer(self, texts: Mapping[str, str]) -> None:
        record, author, path = self.record, self.store.author, texts["file"].strip()
        read = read_texts({"evidence": _EVIDENCE}, texts, now())
        if not read.values and not path:
            raise UsageError(
                "Name a record or a file", where="evidence", remedy="A number, letters of a name, or a path."
            )

        def attach(vault: Vault) -> str:
            view = vault.get(record)
            links = self._new_links(vault, view, read.values)
            told = [f"{len(links)} {'record' if len(links) == 1 else 'records'}"] if links or not path else []
            file = Path(path).expanduser()
            with _opened(file) if path else contextlib.nullcontext() as stream:
                if links:
                    vault.record([Amend(view.id, texts["reason"], add={"evidence": links})], author=author)
                if stream is not None:
                    media, _ = vault.attach(stream, file.name, view.id, author=author)
                    told.append(media.number)
            return f"{' and '.join(told)} attached to {view.number}."

        await self.done(await self.store.long(attach) if path else await self.store.write(attach))

    def _new_links(self, vault: Vault, view: RecordView, values: Doc) -> list[JSON]:
        """The records that are named and are not attached yet."""
        try:
            found = linked(vault, kind_named(view.kind), values).get("evidence")
        except UsageError as error:
            raise UsageError(error.problem, where="evidence", remedy=error.remedy) from None
        there = view.doc.get("evidence")
        held = there if isinstance(there, list) else []
        return [each for each in (found if isinstance(found, list) else []) if each not in held]


def _opened(file: Path) -> BinaryIO:
    try:
        if not file.is_file():
            raise UsageError("There is no such file", where="file", remedy="Check its name and folder.")
        return file.open("rb")
    except OSError as error:
        raise UnavailableError(
            f"The file cannot be read ({error.strerror})", where="file", remedy="Is the stick plugged in?"
        ) from None
