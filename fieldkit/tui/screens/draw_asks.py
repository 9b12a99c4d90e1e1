"""What each side is asked for in a draw before witnesses: who agrees to the list, a secret committed to, the secret itself."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Final

from fieldkit.capture import drawing
from fieldkit.domain import draws
from fieldkit.domain.draws import PARTIES, Party
from fieldkit.domain.kinds import kind as kind_named
from fieldkit.domain.replaying import DrawRecord
from fieldkit.errors import FieldkitError, UsageError
from fieldkit.tui.forms.typed import now
from fieldkit.tui.screens import draw_words as words
from fieldkit.tui.screens.ask import AskScreen, asked
from fieldkit.tui.screens.kept import SecretRow
from fieldkit.tui.tasks import task
from fieldkit.tui.widgets.field import FieldRow
from fieldkit.tui.widgets.links import LinkRow
from fieldkit.vault.naming import target
from fieldkit.vault.reading import VaultReader

_PERSON: Final = kind_named("signoff").fields["signer"]


class AgreeScreen(AskScreen):
    """Who of the team and who of the host agrees to the digest."""

    title_text = "WHO AGREES TO THE DIGEST"

    def __init__(self, draw: str, record: DrawRecord, person: str) -> None:
        super().__init__()
        self._draw = draw
        self._record = record
        self._person = person
        self.draft = f"inventory/agree/{draw}"
        self.about = f"Both have read it: {record.list_sha256}"

    def rows(self) -> list[FieldRow]:
        there = words.agreed(self._record)
        return [
            LinkRow(dataclasses.replace(_PERSON, name=party, label=f"For the {party}", required=False))
            for party in PARTIES
            if not there[party]
        ]

    def on_mount(self) -> None:
        self.begin()

    @task
    async def begin(self) -> None:
        """The team's is whoever is at the keyboard, unless somebody else is named."""
        number = await self.store.read(lambda reader: reader.get(self._person).number)
        for row in self._rows:
            if row.field.name == "team" and not row.text:
                row.text = number
        next((row for row in self._rows if not row.text), self._rows[0]).take_focus()

    async def answer(self, texts: Mapping[str, str]) -> None:
        fields = {row.field.name: row.field for row in self._rows}

        def persons(reader: VaultReader) -> dict[Party, str]:
            found: dict[Party, str] = {}
            for party in PARTIES:
                if party in fields and texts[party].strip():
                    try:
                        found[party] = target(reader, texts[party].strip(), fields[party].targets)
                    except UsageError as error:
                        error.where = party
                        raise
            return found

        named, draw, author = await self.store.read(persons), self._draw, self.store.author
        if not named:
            raise UsageError("Nobody is named", where=self._rows[0].field.name, remedy="Name who agrees.")
        await self.store.write(lambda vault: drawing.agree(vault, draw, named, at=now(), author=author))
        await self.forget()
        self.app.pop_screen()
        self.fieldkit.recorded()
        self.fieldkit.tell("Agreed and recorded.", "done")


class CommitScreen(AskScreen):
    """One side types a secret that nobody sees, or hands over the SHA-256 of one; what is recorded is the SHA-256."""

    def __init__(self, draw: str, digest: str, party: Party) -> None:
        super().__init__()
        self._draw = draw
        self._digest = digest
        self._party: Party = party
        self.draft = f"inventory/commit/{draw}/{party}"
        self.about = (
            f"For the {party} alone to type. Write the secret down and keep it hidden: it is not kept here. Only the SHA-256"
            " of 'digest,side,secret' is recorded."
        )
        self.title_text = f"THE {party.upper()} COMMITS TO A SECRET"

    def rows(self) -> list[FieldRow]:
        return [
            SecretRow(asked("secret", "Secret", "16 letters and digits, or more.", required=False)),
            SecretRow(asked("again", "Once more", "The same.", required=False)),
            FieldRow(asked("commitment", "Or its SHA-256", "Made on the side's own device.", required=False)),
        ]

    async def answer(self, texts: Mapping[str, str]) -> None:
        commitment = texts["commitment"].strip().lower()
        if not commitment:
            if texts["secret"] != texts["again"]:
                raise UsageError("The two are not the same", where="again", remedy="Type both once more.")
            try:
                commitment = draws.commitment(self._digest, self._party, texts["secret"])
            except UsageError as error:
                error.where = "secret"
                raise
        draw, party, author = self._draw, self._party, self.store.author
        try:
            await self.store.write(
                lambda vault: drawing.commit(vault, draw, party, commitment, at=now(), author=author)
            )
        except UsageError as error:
            error.where = "commitment"
            raise
        await self.forget()
        self.app.pop_screen()
        self.fieldkit.recorded()
        self.fieldkit.tell(f"The {party} committed.", "done")


class RevealScreen(AskScreen):
    """One side tells its secret: it is public from now on."""

    def __init__(self, draw: str, party: Party) -> None:
        super().__init__()
        self._draw = draw
        self._party: Party = party
        self.draft = f"inventory/reveal/{draw}/{party}"
        self.title_text = f"THE {party.upper()} TELLS ITS SECRET"
        self.about = "It is public from now on, and has to be the one that was committed to."

    def rows(self) -> list[FieldRow]:
        return [FieldRow(asked("secret", "Secret", "As it was written down."))]

    async def answer(self, texts: Mapping[str, str]) -> None:
        draw, party, author = self._draw, self._party, self.store.author
        secret = texts["secret"].strip()
        try:
            await self.store.write(
                lambda vault: drawing.reveal(vault, draw, party, secret, at=now(), author=author)
            )
        except FieldkitError as error:
            error.where = "secret"
            raise
        await self.forget()
        self.app.pop_screen()
        self.fieldkit.recorded()
        self.fieldkit.tell(f"The {party}'s secret is the one it committed to.", "done")
