"""Missions on the screen for tests: an app over a small mission, what it shows as text, waiting for what it does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

from textual import events
from textual.pilot import Pilot
from textual.widgets import Input, TextArea

from fieldkit.tui.app import FieldkitApp
from fieldkit.tui.widgets.field import FieldRow
from tests.vault.missions import CHEAP, PASSPHRASE, new_mission

Result = TypeVar("Result")
SMALL = (80, 24)
LARGE = (120, 40)
PATIENCE = 20.0
"""Seconds to wait for what has to come; far more than it takes."""


class Terminal:
    """An app that runs, and a person at its keyboard."""

    def __init__(self, app: FieldkitApp, pilot: Pilot[int]) -> None:
        self.app = app
        self.pilot = pilot

    async def press(self, *keys: str) -> None:
        """Press keys one after the other."""
        await self.pilot.press(*keys)

    async def write(self, text: str) -> None:
        """Put a text where the cursor is, as a terminal brings it in one piece; `press` types key by key."""
        await self.until(lambda: isinstance(self.app.focused, Input | TextArea))
        focused = self.app.focused
        assert isinstance(focused, Input | TextArea)
        before = focused.text if isinstance(focused, TextArea) else focused.value
        focused.post_message(events.Paste(text))
        await self.until(lambda: (focused.text if isinstance(focused, TextArea) else focused.value) != before)

    async def at_passphrase(self, passphrase: str) -> None:
        """Type a passphrase on the start screen."""
        await self.until(lambda: self.app.focused is not None and self.app.focused.id == "passphrase")
        await self.write(passphrase)
        await self.press("enter")

    async def at(self, field: str) -> None:
        """Put the cursor into a field of the form that is shown."""
        await self.until(lambda: self.app.screen.query(f"#row-{field}"))
        row = self.app.screen.query_one(f"#row-{field}", FieldRow)
        row.take_focus()
        await self.until(lambda: row.has_pseudo_class("focus-within"))

    async def until(self, condition: Callable[[], Any]) -> None:
        """Wait until something holds, without a fixed time."""
        async with asyncio.timeout(PATIENCE):
            while not condition():
                await asyncio.sleep(0.01)

    async def sees(self, *texts: str) -> None:
        """Wait until all these texts stand on the screen, however lines are broken."""
        try:
            await self.until(lambda: all(text in self.words for text in texts))
        except TimeoutError:
            raise AssertionError(f"{texts} not on the screen:\n{self.shown}") from None

    @property
    def lines(self) -> list[str]:
        """What the screen shows, line by line, as a reader sees it."""
        screen = self.app.screen
        strips = screen._compositor.render_strips()
        return ["".join(segment.text for segment in strip).rstrip() for strip in strips]

    @property
    def words(self) -> str:
        """The screen's words with single blanks between them, wherever lines were broken."""
        return " ".join(self.shown.split())

    @property
    def shown(self) -> str:
        """The whole screen as one text."""
        return "\n".join(self.lines)


@asynccontextmanager
async def terminal(app: FieldkitApp, size: tuple[int, int] = SMALL) -> AsyncIterator[Terminal]:
    """Run an app without a terminal; its threads have ended afterwards."""
    try:
        async with app.run_test(size=size) as pilot:
            yield Terminal(app, pilot)
    finally:
        app.store.shut_down()


@asynccontextmanager
async def visiting(folder: Path, size: tuple[int, int] = SMALL, **options: Any) -> AsyncIterator[Terminal]:
    """An app with the mission in `folder` unlocked, on its visit screen."""
    async with terminal(FieldkitApp(folder, PASSPHRASE, kdf=CHEAP, **options), size) as found:
        await found.sees("OPEN", "TODAY")
        yield found


def a_mission(folder: Path) -> Path:
    """A small mission: a team, a host, a hall, an item."""
    from fieldkit.vault.recording import Add

    with new_mission(folder) as vault:
        vault.record(
            [
                Add("person", {"name": "Maj. Salem", "party": "host", "role": "escort"}),
                Add("person", {"name": "J. Bauer", "party": "team", "role": "interpreter"}),
                Add("location", {"name": "Assembly hall", "level": "building"}),
                Add("item", {"line": "63", "nomenclature": "Vertical gyroscope", "serials": ["447108"]}),
            ]
        )
    return folder


def run(story: Coroutine[Any, Any, Result]) -> Result:
    """Play an async story to its end."""
    return asyncio.run(story)
