"""The big areas of a visit, one key each. An area is a mode of the app with a stack of screens of its own."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from fieldkit.tui.screens.base import MissionScreen


@dataclass(frozen=True, slots=True)
class Area:
    """One area: its name, its key, what it is called, and where its first screen lives (`module:class`)."""

    name: str
    key: str
    title: str
    tooltip: str
    target: str

    @property
    def module(self) -> str:
        """The module of its first screen."""
        return self.target.partition(":")[0]

    def factory(self) -> Callable[[], MissionScreen]:
        """What makes the area's first screen; its module is loaded then, unless it was loaded ahead."""

        def make() -> MissionScreen:
            attribute = self.target.partition(":")[2]
            screen: MissionScreen = getattr(importlib.import_module(self.module), attribute)()
            return screen

        return make


VISIT: Final = "visit"
CAPTURE: Final = "capture"

AREAS: Final = (
    Area(
        VISIT,
        "f2",
        "Visit",
        "What is open, what happened today, where we are",
        "fieldkit.tui.screens.visit:VisitScreen",
    ),
    Area(
        CAPTURE,
        "f3",
        "Capture",
        "Record something; drafts that are not saved yet",
        "fieldkit.tui.screens.kinds:KindsScreen",
    ),
    Area(
        "inventory",
        "f4",
        "Inventory",
        "The declared lines in walking order: scan, count, verify, draw",
        "fieldkit.tui.screens.inventory:InventoryScreen",
    ),
    Area(
        "photos",
        "f5",
        "Photos",
        "Camera cards, the photo log, captions, what is held or withheld",
        "fieldkit.tui.screens.photos:PhotosScreen",
    ),
    Area(
        "browse",
        "f6",
        "Browse",
        "The timeline of a day, search, places, history, differences",
        "fieldkit.tui.screens.browse:BrowseScreen",
    ),
    Area(
        "team",
        "f7",
        "Team",
        "Laptops of the team, syncing, who holds what, alarms",
        "fieldkit.tui.screens.team:TeamScreen",
    ),
    Area(
        "close",
        "f8",
        "Close the day",
        "What is still open, deadlines, export, signatures",
        "fieldkit.tui.screens.close:CloseScreen",
    ),
)
