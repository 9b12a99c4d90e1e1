"""Very small terminals: what is worked on has room, what matters less gives way, and the ways out always stand below."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.widget import Widget

from fieldkit.tui.app import FieldkitApp
from fieldkit.tui.keys import key_text
from fieldkit.tui.widgets.choices import Choices
from fieldkit.tui.widgets.field import FieldRow
from fieldkit.tui.widgets.form import Form
from fieldkit.tui.widgets.lines import AroundLine, KeyLine
from fieldkit.tui.widgets.paged import PagedList
from fieldkit.tui.widgets.photo_grid import PhotoGrid
from tests.trials.typed_places import a_day
from tests.tui.screens import SMALL, Terminal, run, terminal, visiting
from tests.vault.missions import CHEAP, PASSPHRASE

SIZES = ((40, 10), (60, 15))
MAIN: dict[str, tuple[type[Widget], str]] = {
    "f2": (PagedList, "items not"),
    "o": (Form, "NEW OBSERVATION"),
    "f4": (PagedList, "447101"),
    "f5": (PhotoGrid, "A-P-0003"),
    "f6": (PagedList, "A-I-000"),
    "f7": (Choices, "lead"),
    "f8": (Choices, "items not counted"),
}
FEWEST = 3


def in_order(seen: Terminal) -> None:
    """Nothing is pushed off the screen; the key line is the last, with the ways out."""
    screen = seen.app.screen
    assert screen.max_scroll_y == 0, seen.shown
    (keys,) = screen.query(KeyLine)
    assert keys.region.y == screen.size.height - 1, seen.shown
    assert "F1 Help" in seen.lines[-1], seen.shown
    assert ("Esc Back" in seen.lines[-1]) == getattr(screen, "leads_back", False), seen.shown


@pytest.fixture(scope="module")
def mission(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A mission with a hall and photos, and a bundle that waits for its signatures."""
    folder, _ = a_day(tmp_path_factory.mktemp("day"))
    return folder


@pytest.mark.parametrize("size", SIZES, ids=["40x10", "60x15"])
def test_every_main_screen_shows_what_it_is_for(mission: Path, size: tuple[int, int]) -> None:
    async def story() -> None:
        async with terminal(FieldkitApp(mission, kdf=CHEAP), size) as seen:
            await seen.sees("mission in")
            in_order(seen)
            assert seen.app.screen.query_one("#passphrase").region.height == 1
            await seen.press("f3")
            await seen.sees("NEW MISSION")
            in_order(seen)
            rows = list(seen.app.screen.query(FieldRow))
            assert all(row.region.bottom <= size[1] - 1 for row in rows), seen.shown
            await seen.press("escape")
            await seen.at_passphrase(PASSPHRASE)
            await seen.sees("TODAY")
            for key, (kind, text) in MAIN.items():
                await seen.press(key)
                await seen.sees(text)
                await seen.pilot.pause()
                in_order(seen)
                assert seen.app.screen.query(AroundLine).first().region.height == 1
                heading = 1 if kind is PagedList and key != "f2" else 0
                assert seen.app.screen.query(kind).last().region.height >= FEWEST + heading, seen.shown
                if key == "o":
                    await seen.press("escape")
            await seen.press("f4")
            await seen.sees("447101 ", "to do")
            await seen.write("447109")
            await seen.press("enter")
            await seen.sees("447109 ")
            assert seen.app.screen.query_one("#lines").region.height > FEWEST, seen.shown
            in_order(seen)
            await seen.press("delete")
            await seen.sees("DROPPED")

    run(story())


def test_the_ways_out_stand_below_however_much_can_be_done(mission: Path) -> None:
    async def story() -> None:
        async with visiting(mission, SMALL) as seen:
            await seen.press("f7")
            await seen.sees("new key")
            in_order(seen)

    run(story())


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("ctrl+s", "Ctrl+S"),
        ("f10", "F10"),
        ("escape", "Esc"),
        ("shift+tab", "Shift+Tab"),
        ("pageup", "Page Up"),
        ("question_mark", "?"),
        ("f", "f"),
        ("R", "R"),
        ("left", "←"),
        ("space", "Space"),
    ],
)
def test_keys_are_written_as_in_the_readme(key: str, text: str) -> None:
    assert key_text(key) == text
