"""Ways to the screens on which one looks records up and settles what stands in them; each screen is loaded when it is first shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.app import App

if TYPE_CHECKING:
    from fieldkit.tui.drafts import Draft


class Ways(App[int]):
    """What every screen may ask of the app."""

    async def act_in(self, area: str, act: str) -> None:
        """Go to an area's first screen and do there what one of its letters does."""
        for _ in ("to the area", "to its first screen"):
            await self.run_action(f"area('{area}')")
        await self.run_action(act, self.screen)

    def find(self, text: str = "") -> None:
        """Search everything recorded; `text` is what the line begins with."""
        from fieldkit.tui.screens.find import FindScreen

        self.push_screen(FindScreen(text))

    def show_history(self, record: str) -> None:
        """Open the history of one record, by id."""
        from fieldkit.tui.screens.history import HistoryScreen

        self.push_screen(HistoryScreen(record))

    def show_places(self) -> None:
        """Open the tree of places."""
        from fieldkit.tui.screens.places import PlacesScreen

        self.push_screen(PlacesScreen())

    def show_differences(self) -> None:
        """Open the differences between laptops."""
        from fieldkit.tui.screens.differences import DifferencesScreen

        self.push_screen(DifferencesScreen())

    def show_difference(self, record: str, field: str) -> None:
        """Open one difference."""
        from fieldkit.tui.screens.differences import DifferenceScreen

        self.push_screen(DifferenceScreen(record, field))

    def show_kept_apart(self) -> None:
        """Open the entries that are kept and do not count."""
        from fieldkit.tui.screens.apart import KeptApartScreen

        self.push_screen(KeptApartScreen())

    def show_faults(self) -> None:
        """Open the reports of faults of the program that are kept here."""
        from fieldkit.tui.screens.faults import FaultsScreen

        self.push_screen(FaultsScreen())

    def amend(self, record: str) -> None:
        """Correct a record, or go on with a correction that was left."""
        from fieldkit.tui.screens.base import MissionScreen

        if isinstance(self.screen, MissionScreen):
            self.screen.amend(record)

    def resume(self, draft: Draft) -> None:
        """Go on with a form that was left."""
        from fieldkit.tui.screens.capture import CaptureScreen

        if draft.before is not None:
            self.amend(draft.record)
        else:
            self.push_screen(CaptureScreen(draft.kind, draft=draft))
