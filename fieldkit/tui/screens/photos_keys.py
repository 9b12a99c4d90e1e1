"""The letters that act on photos, the same in the grid and in the single view."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import BindingType

from fieldkit.tui.keys import HERE, bound
from fieldkit.tui.screens.base import MissionScreen
from fieldkit.tui.screens.photos_acts import (
    CaptionScreen,
    GiveScreen,
    HoldScreen,
    LinkScreen,
    PhotoAct,
    ReleaseScreen,
    WithholdScreen,
)
from fieldkit.tui.screens.photos_outside import FillScreen, OutsideScreen
from fieldkit.tui.screens.redaction import RedactScreen
from fieldkit.tui.tasks import act
from fieldkit.vault.pages import views


class PhotoKeys(MissionScreen):
    """`acted_on` are the photos that an act is about, `under` the one under the cursor."""

    BINDINGS: ClassVar[list[BindingType]] = [
        bound("c", "caption", "caption", "Give the marked photos a caption, in one act", HERE),
        bound("l", "link", "link", "Link the marked photos to items, observations, a place", HERE),
        bound("h", "hold", "hold", "The host holds the marked photos", HERE),
        bound("R", "release", "release", "The marked photos are released", HERE),
        bound("W", "withhold", "withhold", "The marked photos stay withheld, with the reason", HERE),
        bound("b", "redact", "redact", "Black out parts of this photo, in a copy", HERE),
        bound(
            "O",
            "outside",
            "Open outside",
            "Decrypted copies of the marked photos leave the vault",
            HERE,
            show=False,
        ),
        bound(
            "F",
            "fill",
            "File handed over",
            "The host hands over the file of this held frame",
            HERE,
            show=False,
        ),
        bound("G", "give", "Log as given", "Copies of the marked photos were handed over", HERE, show=False),
        bound(
            "o", "observe", "Observation", "Record an observation that these photos show", HERE, show=False
        ),
        bound("d", "details", "Record", "The photo's record, with every field", HERE, show=False),
    ]

    @property
    def acted_on(self) -> Sequence[str]:
        """The photos that an act is about."""
        return ()

    @property
    def under(self) -> str:
        """The photo under the cursor; empty where there is none."""
        return ""

    def acted(self) -> None:
        """An act on them was recorded."""

    def action_caption(self) -> None:
        """Caption them."""
        self._begin(CaptionScreen)

    def action_link(self) -> None:
        """Link them."""
        self._begin(LinkScreen)

    def action_hold(self) -> None:
        """Hold them."""
        self._begin(HoldScreen)

    def action_release(self) -> None:
        """Release them."""
        self._begin(ReleaseScreen)

    def action_withhold(self) -> None:
        """Withhold them."""
        self._begin(WithholdScreen)

    def action_give(self) -> None:
        """Log copies as given."""
        self._begin(GiveScreen)

    def action_outside(self) -> None:
        """Let decrypted copies leave."""
        self._begin(OutsideScreen)

    def action_fill(self) -> None:
        """Fill the frame under the cursor."""
        if self.under:
            self.app.push_screen(FillScreen([self.under], self.acted))

    def action_redact(self) -> None:
        """Put boxes on it."""
        if self.under:
            self.app.push_screen(RedactScreen(self.under))

    @act
    async def action_observe(self) -> None:
        """Begin an observation with them."""
        photos = list(self.acted_on)
        numbers = await self.store.read(lambda reader: [view.number for view in views(reader, photos)])
        self.fieldkit.capture("observation", {"photos": ", ".join(numbers)} if numbers else {})

    def action_details(self) -> None:
        """Open the record."""
        if self.under:
            self.fieldkit.show_record(self.under)

    def _begin(self, screen: type[PhotoAct]) -> None:
        photos = self.acted_on
        if photos:
            self.app.push_screen(screen(photos, self.acted))
        else:
            self.tell("There is no photo here.", "error")
