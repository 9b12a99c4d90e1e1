"""The letters that act on photos, the same in the grid and in the single view."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import BindingType

from fieldkit.tui.keys import HERE, bound
from fieldkit.tui.screens.marked import MarkedScreen
from fieldkit.tui.screens.photos_acts import (
    CaptionScreen,
    GiveScreen,
    HoldScreen,
    LinkScreen,
    ReleaseScreen,
    WithholdScreen,
)
from fieldkit.tui.screens.photos_outside import FillScreen, OutsideScreen
from fieldkit.tui.screens.redaction import RedactScreen
from fieldkit.tui.tasks import act
from fieldkit.vault.pages import views


class PhotoKeys(MarkedScreen):
    """Acts on the marked photos, or on the one under the cursor."""

    nothing = "There is no photo here."

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

    def action_caption(self) -> None:
        """Caption them."""
        self.begin_act(CaptionScreen)

    def action_link(self) -> None:
        """Link them."""
        self.begin_act(LinkScreen)

    def action_hold(self) -> None:
        """Hold them."""
        self.begin_act(HoldScreen)

    def action_release(self) -> None:
        """Release them."""
        self.begin_act(ReleaseScreen)

    def action_withhold(self) -> None:
        """Withhold them."""
        self.begin_act(WithholdScreen)

    def action_give(self) -> None:
        """Log copies as given."""
        self.begin_act(GiveScreen)

    def action_outside(self) -> None:
        """Let decrypted copies leave."""
        self.begin_act(OutsideScreen)

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
