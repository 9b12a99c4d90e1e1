"""The letters that act on lines of the inventory: on the one under the cursor, or on all that are marked."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual.binding import BindingType

from fieldkit.capture.tallying import verify
from fieldkit.tui.keys import HERE, bound
from fieldkit.tui.screens.draws import DrawsScreen
from fieldkit.tui.screens.inventory_acts import (
    EditScreen,
    ExtraScreen,
    MissingScreen,
    NoAccessScreen,
    PhotosOfScreen,
    TakeBackScreen,
)
from fieldkit.tui.screens.marked import MarkedScreen
from fieldkit.tui.tasks import act, task


class InventoryKeys(MarkedScreen):
    """Acts on the marked lines, or on the one under the cursor."""

    nothing = "There is no line here."

    BINDINGS: ClassVar[list[BindingType]] = [
        bound("enter", "count", "count", "Count the line here, or take what is offered", HERE),
        bound("v", "verify", "verified", "What you counted of it is identified one by one", HERE),
        bound("n", "no_access", "no access", "It could not be got at, and why", HERE),
        bound("x", "missing", "missing", "It was looked for and is not there", HERE),
        bound("w", "next_open", "next open", "The next line that is still to do", HERE),
        bound("s", "seal", "seal", "Record a seal on it", HERE),
        bound("p", "photos", "photo", "Photos that show it", HERE),
        bound("c", "number", "count again", "Count it with a number, once more too", HERE, show=False),
        bound("m", "measure", "measure", "Record a measurement of it", HERE, show=False),
        bound("h", "history", "history", "Every record about it", HERE),
        bound("e", "edit", "edit", "Put fields of the marked lines right, with one reason", HERE),
        bound(
            "u",
            "take_back",
            "take back",
            "Take your last count of it back, with the reason",
            HERE,
            show=False,
        ),
        bound("d", "draw", "draw", "Plan a sample, draw it before witnesses", HERE),
    ]

    def show_drawn(self, items: frozenset[str]) -> None:
        """Show only the lines that were drawn."""

    def action_count(self) -> None:
        """Count the line, or take what is offered."""

    def action_next_open(self) -> None:
        """Go to the next line that is to do."""

    @task
    async def action_verify(self) -> None:
        """What was counted is verified."""
        items, author = list(self.acted_on), self.store.author
        if not items:
            return
        at = self.fieldkit.around.location
        done = await self.store.write(lambda vault: verify(vault, items, at, author=author))
        self.acted()
        self.fieldkit.recorded()
        self.fieldkit.tell(
            f"Verified: {len(items):,} line{'s' if len(items) > 1 else ''}." if done else "Verified before.",
            "done",
        )

    def action_no_access(self) -> None:
        """It could not be got at."""
        self.begin_act(NoAccessScreen)

    def action_missing(self) -> None:
        """It is not there."""
        self.begin_act(MissingScreen)

    def action_edit(self) -> None:
        """Put fields right."""
        self.begin_act(EditScreen)

    def action_photos(self) -> None:
        """Photos of it."""
        self.begin_act(PhotosOfScreen)

    def action_take_back(self) -> None:
        """Take the last count back."""
        if self.under:
            self.app.push_screen(TakeBackScreen([self.under], self.acted))

    def begin_extra(self, read: str, done: Callable[[], object]) -> None:
        """Record something that is on no list."""
        self.app.push_screen(ExtraScreen(read, done))

    @act
    async def action_seal(self) -> None:
        """A seal on it."""
        if self.under:
            number = (await self.store.read(lambda reader: reader.get(self.under))).number
            self.fieldkit.capture("seal", {"applied_to": number})

    @act
    async def action_measure(self) -> None:
        """A measurement of it."""
        if self.under:
            number = (await self.store.read(lambda reader: reader.get(self.under))).number
            self.fieldkit.capture("measurement", {"item": number})

    def action_draw(self) -> None:
        """Plans and draws."""
        self.app.push_screen(DrawsScreen(self.show_drawn))
