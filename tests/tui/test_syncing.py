"""A sync at the keyboard that takes its time: one works elsewhere, stops it, locks, leaves; how it ended is told all the same."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event
from time import monotonic

import pytest

from fieldkit.tui.screens.syncing import SyncScreen
from fieldkit.vault.recording import Add
from fieldkit.vault.vault import Vault
from tests.team.teams import joined, new_depot, sync
from tests.tui.screens import PATIENCE, Terminal, a_mission, run, visiting
from tests.vault.missions import PASSPHRASE


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A laptop, and on the stick beside it what another one recorded."""
    monkeypatch.chdir(tmp_path)
    a_mission(tmp_path / "visit")
    depot = new_depot(tmp_path / "stick")
    with Vault.open(tmp_path / "visit", PASSPHRASE) as first, joined(tmp_path / "b", first) as second:
        sync(depot, first, second)
        second.record([Add("observation", {"basis": "seen", "text": "Crates in the yard"})])
        sync(depot, second)
    return tmp_path


class Slow:
    """A depot that gives nothing more until it is let."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._reached, self._free = Event(), Event()
        self._when: Callable[[], bool] = lambda: False
        reach = SyncScreen._reach

        def slowly(screen: SyncScreen, what: str, done: int, total: int) -> None:
            self._reached.set()
            began = monotonic()
            while not self._free.wait(0.01) and not self._when():
                assert monotonic() - began < PATIENCE
            reach(screen, what, done, total)

        monkeypatch.setattr(SyncScreen, "_reach", slowly)

    async def is_reached(self, seen: Terminal) -> None:
        await seen.until(self._reached.is_set)

    def go_on(self) -> None:
        self._free.set()

    def go_on_when(self, condition: Callable[[], bool]) -> None:
        self._when = condition


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Iterator[Slow]:
    slow = Slow(monkeypatch)
    yield slow
    slow.go_on()


async def begin(seen: Terminal, slow: Slow) -> None:
    """Begin a sync, and wait until it stands still in the middle."""
    await seen.press("f7")
    await seen.sees("TEAM", "this laptop")
    await seen.press("s")
    await seen.sees("SYNC")
    await seen.write("stick")
    await seen.press("enter")
    await slow.is_reached(seen)


def texts(folder: Path) -> set[object]:
    with Vault.open(folder, PASSPHRASE) as vault:
        return {one.doc["text"] for one in vault.list("observation")}


def test_one_records_elsewhere_meanwhile_and_is_told_there_how_it_ended(place: Path, slow: Slow) -> None:
    async def story() -> None:
        async with visiting(place / "visit") as seen:
            await begin(seen, slow)
            await seen.press("f2")
            await seen.sees("TODAY")
            await seen.press("o")
            await seen.sees("NEW OBSERVATION")
            await seen.write("A gate in the fence")
            await seen.at("basis")
            await seen.press("s", "ctrl+s")
            await seen.sees("recorded", "1 observation")
            slow.go_on()
            await seen.sees("Synced.", "2 observations")
            await seen.press("f7")
            await seen.sees("Received: 3 new entries", "laptop B:")

    run(story())
    assert texts(place / "visit") == {"A gate in the fence", "Crates in the yard"}


def test_keys_that_lead_away_or_begin_it_again_leave_it_alone(place: Path, slow: Slow) -> None:
    async def story() -> None:
        async with visiting(place / "visit") as seen:
            await begin(seen, slow)
            for key in ("escape", "f7", "ctrl+s", "enter"):
                await seen.press(key)
                await seen.sees("SYNC", "x stop")
            await seen.sees("This goes on: x stops it")
            slow.go_on()
            await seen.sees("Synced.", "Received: 3 new entries")
            await seen.press("escape")
            await seen.sees("TEAM", "this laptop")

    run(story())


def test_x_stops_it_and_the_next_goes_on(place: Path, slow: Slow) -> None:
    async def story() -> None:
        async with visiting(place / "visit") as seen:
            await begin(seen, slow)
            await seen.press("x")
            await seen.sees("Stopping…")
            slow.go_on()
            await seen.sees("Stopped. What had arrived is safe here")
            await seen.press("enter")
            await seen.sees("Synced.", "3 new entries")

    run(story())
    assert texts(place / "visit") == {"Crates in the yard"}


def test_a_stick_that_is_pulled_is_told_wherever_one_is(place: Path, slow: Slow) -> None:
    async def story() -> None:
        async with visiting(place / "visit") as seen:
            await begin(seen, slow)
            await seen.press("f2")
            await seen.sees("TODAY")
            shutil.move(place / "stick", place / "pocket")
            slow.go_on()
            await seen.sees("stick: the folder is not there", "Is the stick plugged in?")
            await seen.press("f7")
            await seen.sees("Broken off")

    run(story())


def test_locking_stops_it(place: Path, slow: Slow) -> None:
    async def story() -> None:
        async with visiting(place / "visit") as seen:
            await begin(seen, slow)
            await seen.press("f9")
            await seen.sees("Locked")
            slow.go_on()
            await seen.until(lambda: not seen.app.store.is_busy)
            await seen.at_passphrase(PASSPHRASE)
            await seen.sees("TODAY")
            assert "Crates" not in seen.shown
            await seen.press("f7", "s")
            await seen.sees("SYNC")
            await seen.write("stick")
            await seen.press("enter")
            await seen.sees("Synced.", "3 new entries")

    run(story())


def test_leaving_stops_it(place: Path, slow: Slow) -> None:
    async def story() -> int | None:
        async with visiting(place / "visit") as seen:
            await begin(seen, slow)
            screen = seen.app.screen
            assert isinstance(screen, SyncScreen)
            slow.go_on_when(lambda: screen.course.stop)
            await seen.press("ctrl+q")
            await seen.until(lambda: not seen.app.is_running)
            return seen.app.return_code

    assert run(story()) == 0
    assert texts(place / "visit") == set()
