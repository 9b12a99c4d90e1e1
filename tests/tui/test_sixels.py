"""Sixels in the grid, on a terminal that knows which cells show a part of which picture: where they lie, what they cost, that they go."""

from __future__ import annotations

import shutil
import sys
import time
from pathlib import Path

import pytest

from fieldkit.vault.vault import Vault
from tests.capture.cards import take_in
from tests.tui.screens import a_mission
from tests.vault.missions import PASSPHRASE

if sys.platform == "win32":
    pytest.skip("needs a POSIX terminal", allow_module_level=True)

from fieldkit.tui.pace import Pace
from tests.tui.live import Live, live
from tests.tui.test_graphics import WINDOWS_TERMINAL, answering

PHOTOS = 14
IN_SIGHT = 8
TILE = (16, 6)
"""Columns and rows that a picture of four by three takes in a tile, where a cell has 10 x 20 pixels."""


@pytest.fixture(scope="module")
def taken_in(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A mission with more photos than a screen shows, to be copied."""
    place = tmp_path_factory.mktemp("photos")
    folder = a_mission(place / "visit")
    with Vault.open(folder, PASSPHRASE) as vault:
        take_in(vault, place, PHOTOS)
    return folder


@pytest.fixture
def folder(taken_in: Path, tmp_path: Path) -> Path:
    """A mission of one test's own."""
    return Path(shutil.copytree(taken_in, tmp_path / "visit"))


def drawn(terminal: Live) -> int:
    """How many pictures were drawn since the beginning."""
    return sum(each.startswith("P0;1;0q") for each in terminal.strings)


def shown(terminal: Live) -> dict[int, set[tuple[int, int]]]:
    """The pictures that are seen, each with its cells."""
    found: dict[int, set[tuple[int, int]]] = {}
    for cell, picture in list(terminal.sixels.items()):
        found.setdefault(picture, set()).add(cell)
    return found


def whole(terminal: Live, count: int) -> bool:
    """Whether just so many pictures are seen, all of each."""
    cells = shown(terminal).values()
    return len(cells) == count and all(len(each) == TILE[0] * TILE[1] for each in cells)


def at_rest(terminal: Live) -> None:
    """Wait until nothing is written any more."""
    before = -1
    while before != len(terminal.painted):
        before = len(terminal.painted)
        time.sleep(0.3)


def test_pictures_lie_in_their_tiles_and_go_with_them(folder: Path) -> None:
    with live(folder, answers=answering(WINDOWS_TERMINAL)) as terminal:
        terminal.send("\x1b[15~")
        terminal.sees(f"PHOTOS {PHOTOS}")
        terminal.until(lambda: whole(terminal, 6), "the six in the last rows")
        terminal.send("\x1b[H")
        terminal.until(lambda: whole(terminal, IN_SIGHT), "the first eight")
        corners = sorted(min(cells) for cells in shown(terminal).values())
        numbers = [(row - 1, column - 1) for row, column in corners]
        at_rest(terminal)
        assert [terminal.shown.splitlines()[row][column : column + 8] for row, column in numbers] == [
            f"A-P-{place + 1:04d}" for place in range(IN_SIGHT)
        ]

        before, count = len(terminal.painted), drawn(terminal)
        terminal.send("\x1b[C")
        terminal.sees("2026-02-12 10:01 ")
        at_rest(terminal)
        assert drawn(terminal) == count, "the cursor alone moved"
        assert len(terminal.painted) - before < 3000
        terminal.send(" ")
        terminal.sees("1 marked")
        at_rest(terminal)
        assert drawn(terminal) == count, "a mark was set"
        assert whole(terminal, IN_SIGHT)

        terminal.send("\x1b[B\x1b[B")
        terminal.until(lambda: drawn(terminal) > count and whole(terminal, IN_SIGHT), "the next row")
        at_rest(terminal)
        assert drawn(terminal) <= count + IN_SIGHT, "a row further, each picture is drawn once"

        for key, title in (("c", "CAPTION"), ("\x1bOP", "KEYS HERE"), ("\x1b[17~", "BROWSE")):
            terminal.send(key)
            terminal.sees(title)
            terminal.until(lambda: not terminal.sixels, "their end")
            terminal.send("\x1b" if key != "\x1b[17~" else "\x1b[15~")
            terminal.until(lambda: whole(terminal, IN_SIGHT), "them again")

        terminal.resize(120, 40)
        terminal.until(lambda: whole(terminal, PHOTOS), "all of them")
        terminal.resize(80, 21)
        terminal.until(lambda: whole(terminal, 4), "a row in pixels")
        terminal.until(lambda: "▀" in terminal.shown, "one of which too little is seen, in half blocks")
        terminal.send("\x1b[20~")
        terminal.sees("Locked")
        terminal.until(lambda: not terminal.sixels, "their end")
        assert not terminal.harm
        assert terminal.quit() == 0


@pytest.mark.parametrize("why", ["a slow line", "no size of a cell"])
def test_where_pixels_would_not_do_the_grid_is_in_half_blocks(folder: Path, why: str) -> None:
    slow = why == "a slow line"
    answers = (
        answering(WINDOWS_TERMINAL, after=0.7)
        if slow
        else lambda asked: WINDOWS_TERMINAL if asked == "c" else ""
    )
    with live(folder, answers=answers, tells_pixels=slow) as terminal:
        terminal.send("\x1b[15~")
        terminal.sees(f"PHOTOS {PHOTOS}")
        terminal.until(lambda: terminal.shown.count("▀") > 50, "half blocks")
        assert drawn(terminal) == 0


def test_a_line_is_slow_when_it_was_so_three_times_or_very_slow_twice() -> None:
    pace = Pace()
    for _ in range(2):
        pace.answered(2000, 0.6, 100)
        assert not pace.slow, "the laptop may have been busy"
        assert not pace.speed, "it is tried again"
    pace.answered(2000, 0.01, 101)
    assert pace.fits(80_000, 0), "what came in no time says nothing of large ones"
    assert not pace.fits(15_000, 15_000), "more than a tenth of a second at once"
    for _ in range(3):
        pace.answered(2000, 0.6, 102)
    assert pace.slow
    assert not pace.is_tried_again(130)
    assert pace.is_tried_again(163)
    pace.answered(2000, 0.01, 163)
    assert not pace.slow
    crawling = Pace()
    for seconds in (2.1, 2.1):
        assert not crawling.slow
        crawling.answered(2000, seconds)
    assert crawling.slow
