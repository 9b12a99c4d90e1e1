"""Taking in a camera card: which one, how far it is, and what came of it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType

from fieldkit.errors import UsageError
from fieldkit.tui.keys import HERE, bound
from fieldkit.tui.screens.ask import AskScreen, asked
from fieldkit.tui.screens.base import MissionScreen
from fieldkit.tui.screens.intake_job import Card, told_of
from fieldkit.tui.widgets.field import FieldRow
from fieldkit.tui.widgets.pages import Pages
from fieldkit.tui.widgets.plain import Plain

if TYPE_CHECKING:
    from fieldkit.tui.screens.photos import PhotosScreen

_MOST_LINES = 500


class CardScreen(AskScreen):
    """Which card, whose camera, who took the photos. The place is where we are."""

    title_text = "TAKE IN A CARD"
    about = "Every original is kept encrypted, byte for byte; the card is only read. What is here already is recognised."

    def __init__(self, photos: PhotosScreen) -> None:
        super().__init__()
        self._photos = photos

    def rows(self) -> list[FieldRow]:
        return [
            FieldRow(asked("folder", "Card or folder", "Where the card is mounted, as /media/card.")),
            FieldRow(asked("owner", "Camera of", choices=("team", "host")), "team"),
            FieldRow(asked("operator", "Taken by", "A person's name or number.", required=False)),
        ]

    async def answer(self, texts: Mapping[str, str]) -> None:
        path = Path(texts["folder"].strip()).expanduser()
        if not await asyncio.to_thread(path.exists):
            raise UsageError("There is nothing at this place", where="folder", remedy="Is the card in?")
        typed = texts["operator"].strip()

        operator = await self.store.write(lambda vault: vault.person(typed)) if typed else None
        location = self.fieldkit.around.location or None
        self._photos.take_in(Card((path,), operator, texts["owner"] or None, location))
        self.app.switch_screen(IntakeScreen(self._photos))


class IntakeScreen(MissionScreen):
    """A card that is being taken in, or the receipt of the last one."""

    AUTO_FOCUS = "#receipt"
    DEFAULT_CSS = """
    IntakeScreen #far { padding: 0 1; height: auto; text-style: bold; }
    IntakeScreen #told { padding: 0 1; height: 1fr; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        bound("p", "pause", "pause", "Rest, or go on", HERE),
        bound("s", "stop", "stop", "Stop; what was kept is safe, and the same card goes on later", HERE),
        bound(
            "n", "another", "another card", "Take in another card, or go on with one that was stopped", HERE
        ),
    ]

    def __init__(self, photos: PhotosScreen) -> None:
        super().__init__()
        self._photos = photos

    def body(self) -> ComposeResult:
        yield Plain("CARD", classes="title")
        yield Plain(id="far")
        with Pages(id="receipt"):
            yield Plain(id="told")

    def on_mount(self) -> None:
        self.show()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A card that is done can neither rest nor be stopped."""
        return self._photos.running if action in ("pause", "stop") else True

    def show(self) -> None:
        """Show how far it is."""
        intake = self._photos.intake
        if intake is None or not self.is_attached:
            return
        self.refresh_bindings()
        self.query_one("#far", Plain).put(intake.line())
        told = list(intake.now())
        if intake.receipt is not None:
            receipt = intake.receipt
            if intake.removable:
                told = [f"{receipt.number}  every file is safe here: the card can be taken out"]
                if receipt.photos:
                    told.append(f"numbers {receipt.photos[0]} to {receipt.photos[-1]}")
                told.append(f"SHA-256 over the sorted hashes: {receipt.digest}")
            lines = told_of(receipt, intake.improved)
            told += lines[:_MOST_LINES]
            if len(lines) > _MOST_LINES:
                told.append(f"and {len(lines) - _MOST_LINES:,} more, in the record {receipt.number}")
        self.query_one("#told", Plain).put("\n".join(told))

    def action_pause(self) -> None:
        """Rest, or go on."""
        if self._photos.intake is not None and self._photos.running:
            self._photos.intake.pause()
            self.show()

    def action_stop(self) -> None:
        """Stop."""
        if self._photos.intake is not None and self._photos.running:
            self._photos.intake.stop()
            self.show()

    def action_another(self) -> None:
        """Another card."""
        if self._photos.running:
            self.tell("This card is not done yet: wait for it, or stop it (s).", "error")
        else:
            self.app.switch_screen(CardScreen(self._photos))
