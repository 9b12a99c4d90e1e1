"""A screen that was asked for is not there at once: whatever goes on meanwhile meets one that is still being made."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from fieldkit.tui.app import FieldkitApp
from fieldkit.tui.areas import AREAS, VISIT
from fieldkit.tui.screens.base import FieldkitScreen
from fieldkit.tui.screens.capture import CaptureScreen
from fieldkit.tui.screens.intake import IntakeScreen
from fieldkit.tui.screens.intake_job import Card, CardIntake
from fieldkit.tui.screens.photos import PhotosScreen
from fieldkit.tui.screens.surroundings import SurroundingsScreen
from fieldkit.tui.screens.syncing import SyncScreen
from fieldkit.tui.screens.team import TeamScreen
from fieldkit.vault.vault import Vault
from tests.tui.screens import Terminal, a_mission, run, visiting

SCREENS: dict[str, Callable[[], FieldkitScreen]] = {
    "form": lambda: CaptureScreen("observation"),
    "surroundings": SurroundingsScreen,
    "team": TeamScreen,
    "sync": SyncScreen,
    "photos": PhotosScreen,
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return a_mission(tmp_path / "visit")


async def goes_on(seen: Terminal) -> None:
    """The program runs, and the screen that is shown has come to be."""
    await seen.until(lambda: isinstance(seen.app.screen, FieldkitScreen) and seen.app.screen.has_begun)
    assert seen.app.is_running
    assert not seen.app.fault_line


@pytest.mark.parametrize("name", SCREENS)
def test_something_is_recorded_while_a_screen_is_being_made(folder: Path, name: str) -> None:
    async def story() -> None:
        async with visiting(folder) as seen:
            made = SCREENS[name]()
            pushed = seen.app.push_screen(made)
            assert not made.is_mounted
            seen.app.recorded()
            await pushed
            await goes_on(seen)

    run(story())


@pytest.mark.parametrize("area", [area.name for area in AREAS if area.name != VISIT])
def test_something_is_recorded_while_an_area_is_entered(folder: Path, area: str) -> None:
    async def story() -> None:
        async with visiting(folder) as seen:
            entered = seen.app.switch_mode(area)
            seen.app.recorded()
            await entered
            await goes_on(seen)

    run(story())


@pytest.mark.parametrize("name", SCREENS)
def test_one_comes_to_another_place_while_a_screen_is_being_made(folder: Path, name: str) -> None:
    async def story() -> None:
        async with visiting(folder) as seen:
            write, mine = seen.app.store.write, asyncio.current_task()
            made = SCREENS[name]()

            async def write_and_go_on(act: Callable[[Vault], object]) -> object:
                done = await write(act)
                if asyncio.current_task() is mine:
                    seen.app.push_screen(made)
                return done

            around = seen.app.around.as_draft()
            hall = await seen.app.store.read(lambda reader: next(iter(reader.list("location"))).id)
            seen.app.store.write = write_and_go_on  # type: ignore[assignment, method-assign]
            await seen.app.surround({**around, "location": hall})
            seen.app.store.write = write  # type: ignore[method-assign]
            await goes_on(seen)
            await seen.sees("▸ Assembly hall")

    run(story())


@pytest.mark.parametrize("name", ["form", "surroundings"])
def test_one_locks_while_a_screen_is_being_made(folder: Path, name: str) -> None:
    async def story() -> None:
        async with visiting(folder) as seen:
            seen.app.push_screen(SCREENS[name]())
            seen.app.call_later(seen.app.action_lock)
            await seen.sees("Locked")
            await seen.until(lambda: not seen.app.store.is_open)
            assert not seen.app.fault_line

    run(story())


@pytest.mark.parametrize("name", ["form", "surroundings"])
def test_one_leaves_while_a_screen_is_being_made(folder: Path, name: str) -> None:
    async def story() -> FieldkitApp:
        async with visiting(folder) as seen:
            seen.app.push_screen(SCREENS[name]())
            assert seen.app.unsaved_drafts() == []
            seen.app.call_later(seen.app.action_quit)
            await seen.until(lambda: not seen.app.is_running)
            return seen.app

    app = run(story())
    assert (app.return_code, app.fault_line) == (0, "")


def test_a_card_gets_further_while_its_screen_is_being_made(folder: Path) -> None:
    async def story() -> None:
        async with visiting(folder) as seen:
            await seen.press("f5")
            await seen.sees("no photos here yet")
            photos = seen.app.screen
            assert isinstance(photos, PhotosScreen)
            photos.intake = CardIntake(Card((folder,)), lambda: None)
            pushed = seen.app.push_screen(IntakeScreen(photos))
            photos._moved()
            await pushed
            await goes_on(seen)
            await seen.sees("CARD visit")

    run(story())
