"""Nobody who types waits for what can be done in a pause."""

from __future__ import annotations

import gc
import subprocess
import sys
import weakref
from collections.abc import Iterator
from pathlib import Path
from time import monotonic
from typing import Any

import pytest

from fieldkit.tui.areas import AREAS
from fieldkit.tui.screens.base import FieldkitScreen
from tests.tui.screens import a_mission, run, visiting

_TYPING_SECONDS = 2.5
_TYPED_INTO = "Form, FieldRow, LongText, OneLine, Choice"
_LOADED = """
import sys, threading
from fieldkit.tui.areas import AREAS
from fieldkit.tui.pauses import load_ahead
load_ahead(area.module for area in AREAS)
for thread in threading.enumerate():
    if thread is not threading.current_thread():
        thread.join()
print(*(area.module for area in AREAS if area.module in sys.modules))
"""


@pytest.fixture
def searches() -> Iterator[list[float]]:
    """When all memory was looked through."""
    found: list[float] = []

    def heard(phase: str, about: dict[str, Any]) -> None:
        if phase == "start" and about["generation"] == 2:
            found.append(monotonic())

    thresholds = gc.get_threshold()
    gc.callbacks.append(heard)
    yield found
    gc.callbacks.remove(heard)
    gc.unfreeze()
    gc.set_threshold(*thresholds)


@pytest.mark.skipif(sys.version_info >= (3, 14), reason="Python searches memory in small steps")
def test_memory_is_looked_through_in_a_pause_and_not_between_two_keys(
    tmp_path: Path, searches: list[float]
) -> None:
    folder = a_mission(tmp_path / "visit")

    async def story() -> None:
        async with visiting(folder) as seen:
            await seen.press("o")
            await seen.sees("NEW OBSERVATION")
            seen.app.memory.begin()
            searches.clear()
            until = monotonic() + _TYPING_SECONDS
            while monotonic() < until:
                await seen.press("a")
                await seen.app.store.read(lambda _: [[row] for row in range(5_000)])
                assert searches == []
            lasting = [[row] for row in range(20_000)]
            await seen.until(lambda: searches)
            assert len(lasting) == 20_000

    run(story())


def test_nothing_stays_in_memory_of_a_form_that_was_locked_away(
    tmp_path: Path, searches: list[float]
) -> None:
    folder = a_mission(tmp_path / "visit")

    async def story() -> None:
        async with visiting(folder) as seen:
            seen.app.memory.begin()
            await seen.press("o")
            await seen.sees("NEW OBSERVATION")
            held = [weakref.ref(each) for each in (seen.app.screen, *seen.app.screen.query(_TYPED_INTO))]
            await seen.press("f9")
            await seen.sees("Locked")
            await seen.until(lambda: not [each() for each in held if each() is not None])

    run(story())
    assert searches


def test_a_key_moves_nothing_else_on_the_screen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """To lay out a form of many fields anew for every key is what typing would cost most."""
    folder = a_mission(tmp_path / "visit")
    laid_out = []
    lay_out = FieldkitScreen._refresh_layout

    def counted(screen: FieldkitScreen, *given: Any, **named: Any) -> None:
        laid_out.append(screen)
        lay_out(screen, *given, **named)

    monkeypatch.setattr(FieldkitScreen, "_refresh_layout", counted)

    async def story() -> None:
        async with visiting(folder) as seen:
            for key, asks, shown in (("f2", "o", "NEW OBSERVATION"), ("f5", "i", "TAKE IN A CARD")):
                await seen.press(key, asks)
                await seen.sees(shown)
                await seen.pilot.pause()
                laid_out.clear()
                await seen.write("1234567")
                await seen.sees("1234567")
                assert laid_out == []

    run(story())


def test_the_areas_are_loaded_before_anybody_goes_there() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _LOADED], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.split() == [area.module for area in AREAS]
