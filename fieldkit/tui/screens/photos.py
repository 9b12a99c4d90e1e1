"""Photos: a card's progress, the grid, what the photo under the cursor is; acts on it or on all that are marked."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.message import Message

from fieldkit.capture.first_look import NOT_YET
from fieldkit.errors import FieldkitError
from fieldkit.tui.keys import HERE, bound
from fieldkit.tui.screens.clock import ClockScreen
from fieldkit.tui.screens.intake import CardScreen, IntakeScreen
from fieldkit.tui.screens.intake_job import Card, CardIntake, summary
from fieldkit.tui.screens.photos_acts import PlaceholderScreen
from fieldkit.tui.screens.photos_keys import PhotoKeys
from fieldkit.tui.screens.photos_shown import PhotoLog, lines, lines_ahead
from fieldkit.tui.screens.photos_view import PhotoScreen
from fieldkit.tui.tasks import task
from fieldkit.tui.widgets.photo_grid import AHEAD, PhotoGrid
from fieldkit.tui.widgets.plain import Plain
from fieldkit.tui.widgets.settling import settling
from fieldkit.vault.photo_lists import ALL, PARTS

_RELOAD_EVERY = 8
"""Tellings of a running intake between two looks at the log."""


class PhotosScreen(PhotoKeys):
    """The photo area's first screen. The card that is being taken in belongs to it, so that one may go elsewhere meanwhile."""

    HELP = (
        "An act is about the marked photos, or else the one under the cursor. Space marks, r marks from there "
        "to here, a all of them, m again what the last act was about. Held, withheld and damaged photos say so above their picture."
    )
    AUTO_FOCUS = "#photos"
    leading_keys: ClassVar[Sequence[str]] = ("card", "mark")
    DEFAULT_CSS = """
    PhotosScreen #facts { height: 3; padding: 0 1; color: $text-muted; text-wrap: nowrap; text-overflow: ellipsis; }
    PhotosScreen.-tiny #facts { height: 1; }
    PhotosScreen #photos { padding: 0; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        bound("i", "card", "card", "Take in a camera card, or see how far one is", HERE),
        bound(
            "n",
            "placeholder",
            "Number frames",
            "Frames of the host's camera that were not handed over",
            HERE,
            show=False,
        ),
        bound("t", "clocks", "clocks", "The cameras' clocks, and the code for cameras to photograph", HERE),
        bound("f", "part", "show", "Show another part of the log: held, without caption, damaged…", HERE),
    ]

    class CardMoved(Message):
        """The card that is being taken in got further."""

    def __init__(self) -> None:
        super().__init__()
        self.intake: CardIntake | None = None
        self._part = ALL
        self._tellings = 0
        self._to_the_card = False

    def body(self) -> ComposeResult:
        yield Plain("PHOTOS", classes="title", id="head")
        yield PhotoGrid(self._log(), empty="no photos here yet · i takes in a camera card", id="photos")
        yield Plain(id="facts")

    def load(self) -> None:
        self.grid.reload()

    def on_unmount(self) -> None:
        if self.intake is not None:
            self.intake.stop()

    def _log(self) -> PhotoLog:
        return PhotoLog(self._part, self.intake.look if self.intake is not None else None)

    @property
    def grid(self) -> PhotoGrid:
        """The grid."""
        return self.query_one(PhotoGrid)

    @property
    def running(self) -> bool:
        """Whether a card is being taken in."""
        return self.intake is not None and not self.intake.ended

    @property
    def acted_on(self) -> Sequence[str]:
        return self.grid.chosen

    @property
    def under(self) -> str:
        key = self.grid.key
        return "" if key.startswith(AHEAD) else key

    def acted(self) -> None:
        self.grid.unmark()

    def action_placeholder(self) -> None:
        """Number frames that were not handed over."""
        self.app.push_screen(PlaceholderScreen())

    def action_card(self) -> None:
        """The card: how far it is, or which one."""
        self.app.push_screen(IntakeScreen(self) if self.intake is not None else CardScreen(self))

    def action_clocks(self) -> None:
        """The cameras' clocks."""
        self.app.push_screen(ClockScreen())

    def action_part(self) -> None:
        """Show the next part of the log."""
        self._part = PARTS[(PARTS.index(self._part) + 1) % len(PARTS)]
        self.grid.show(self._log())

    @task
    async def take_in(self, card: Card) -> None:
        """Take in a card in the background."""
        if self.running:
            return
        intake = self.intake = CardIntake(card, lambda: self.post_message(self.CardMoved()))
        self._to_the_card = not self.grid.marks
        self.grid.show(self._log())
        author = self.store.author
        self._head()
        try:
            await self.store.long(lambda vault: intake.run(vault, author))
        except FieldkitError as error:
            intake.failure = error.problem
            raise
        finally:
            intake.ended = True
            if self.is_attached and self.fieldkit.holds(self):
                self._moved()
                self.fieldkit.recorded()
        if intake.receipt and intake.removable:
            self.fieldkit.tell(
                f"{intake.receipt.number}: {summary(intake.receipt)}. i shows the receipt.", "done"
            )

    @on(CardMoved)
    def _moved(self) -> None:
        self._head()
        self._tellings += 1
        looking = self.intake is not None and self.intake.look.looked < self.intake.look.total
        if (looking or self._tellings % _RELOAD_EVERY == 0) and self.is_current:
            self.grid.reload()
        for screen in self.app.screen_stack:
            if isinstance(screen, IntakeScreen):
                screen.call_later(screen.show)

    @on(PhotoGrid.Marked)
    def _head(self) -> None:
        grid, marks = self.grid, len(self.grid.marks)
        photos = len(grid.photos)
        part = "" if self._part == ALL else f" · {self._part}"
        marked = f" · {marks:,} marked" if marks else ""
        waiting = len(grid.keys) - photos
        ahead = f" · {waiting:,} {NOT_YET}" if waiting else ""
        here = f"PHOTOS {photos:,}{part}{marked}{ahead}"
        running = self.intake if self.running else None
        card = f"   {running.line(brief=waiting > 0)}" if running else ""
        self.query_one("#head", Plain).put(here + card)
        if waiting and self._to_the_card:
            self._to_the_card = False
            grid.go_to(grid.keys[photos])

    @on(PhotoGrid.Moved)
    def _on_photo(self) -> None:
        self._facts()

    @on(PhotoGrid.Chosen)
    def _chosen(self, event: PhotoGrid.Chosen) -> None:
        if event.key.startswith(AHEAD):
            self.tell("This frame is not yet kept: it can be opened once it has its number.", "error")
        else:
            self.app.push_screen(PhotoScreen(self.grid.photos, event.key))

    @settling
    async def _facts(self) -> None:
        photo = self.grid.key
        if photo.startswith(AHEAD) and self.intake is not None:
            told = lines_ahead(self.intake.look, photo)
        else:
            told = await self.store.read(partial(lines, photo=photo)) if photo else ""
        self.query_one("#facts", Plain).put(told)
