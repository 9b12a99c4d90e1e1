"""Help says everything at one glance on the smallest screen; by its name one gets everywhere."""

from __future__ import annotations

import asyncio
from pathlib import Path
from threading import Event

import pytest

from fieldkit.tui.areas import AREAS
from fieldkit.tui.screens.help import HelpScreen, Key, in_words
from fieldkit.tui.screens.palette import IN_AREAS, PaletteScreen
from fieldkit.tui.widgets.entry import LongText
from fieldkit.tui.widgets.pages import Pages
from fieldkit.vault.recording import Add
from fieldkit.vault.vault import Vault
from tests.tui.screens import LARGE, SMALL, a_mission, run, visiting
from tests.vault.missions import PASSPHRASE

WAYS = {
    "visit": (["f2"], "Left stands what is open"),
    "capture": (["f3"], "A letter begins a record of that kind"),
    "form": (["o"], "Tab goes to the next field"),
    "inventory": (["f4"], "a letter acts by itself on the line under the cursor"),
    "photos": (["f5"], "An act is about the marked photos"),
    "browse": (["f6"], "What occurred on a day"),
    "places": (["f6", "t"], "The tree of places"),
    "find": (["slash"], "Type any words"),
    "team": (["f7"], "Alarms stand first"),
    "close": (["f8"], "Every line says OPEN or done"),
    "where": (["ctrl+l"], "New records inherit this"),
}


@pytest.mark.parametrize("name", WAYS)
def test_every_key_is_seen_at_once_on_the_smallest_screen(tmp_path: Path, name: str) -> None:
    folder = a_mission(tmp_path / "visit")
    keys, about = WAYS[name]

    async def story() -> None:
        async with visiting(folder, SMALL) as seen:
            await seen.press(*keys)
            await seen.pilot.pause()
            app = seen.app
            bound = {
                app.get_key_display(each.binding)
                for each in app.screen.active_bindings.values()
                if each.binding.group
            }
            assert len(bound) > 10
            await seen.press("f1")
            await seen.sees("KEYS HERE", about)
            assert app.screen.query_one(Pages).scroll_y == 0
            missing = {key for key in bound if f" {key} " not in f" {seen.words} "}
            assert not missing
            await seen.press("greater_than_sign")
            await seen.sees("Begin the tour of the screens")

    run(story())


def test_sentences_that_are_broken_stay_in_their_column() -> None:
    key = Key("f10", "Host's view", "Lock, and show what a host may see: version, files, digests")
    (_, first, second) = in_words([("Always", [key])], 60)
    assert first.index("Lock") == second.index("version")
    assert max(map(len, (first, second))) < 60


def test_where_there_is_room_the_sentences_stand_there_at_once(tmp_path: Path) -> None:
    folder = a_mission(tmp_path / "visit")

    async def story() -> None:
        async with visiting(folder, (120, 50)) as seen:
            await seen.press("f1")
            await seen.sees(
                "Left stands what is open", "Begin the tour of the screens", "Record an observation here"
            )
            assert isinstance(seen.app.screen, HelpScreen)
            assert "RECORD o observation" not in seen.words

    run(story())


@pytest.mark.parametrize("entry", IN_AREAS, ids=[each[3].split(":")[0] for each in IN_AREAS])
def test_the_palette_leads_behind_every_letter_of_an_area(
    tmp_path: Path, entry: tuple[str, str, str, str]
) -> None:
    area, act, key, told = entry
    folder = a_mission(tmp_path / "visit")

    async def story() -> None:
        async with visiting(folder, LARGE) as seen:
            await seen.press("ctrl+p")
            await seen.write(told.partition(":")[0])
            await seen.sees(told, f"{next(each.key for each in AREAS if each.name == area).upper()} {key}")
            await seen.press("enter")
            await seen.until(lambda: seen.app.current_mode == area)
            first = seen.app.screen_stack[0]
            bound = first._bindings.key_to_bindings[key]
            assert [each.action for each in bound] == [act]
            if told.startswith("sign"):
                await seen.sees("No bundle lies where")
            elif act == "part":
                await seen.sees("last card")
            elif act == "narrow":
                await seen.until(lambda: seen.app.focused is not None and seen.app.focused.id == "narrowed")
            else:
                await seen.until(lambda: len(seen.app.screen_stack) > 1)

    run(story())


def test_the_palette_finds_records_people_and_places_by_name(tmp_path: Path) -> None:
    folder = a_mission(tmp_path / "visit")

    async def story() -> None:
        async with visiting(folder, SMALL) as seen:
            for text, found in (
                ("salem", "Maj. Salem"),
                ("447108", "Vertical gyroscope"),
                ("A-0004", "J. Bauer"),
            ):
                await seen.press("ctrl+p")
                await seen.write(text)
                await seen.sees(found)
                await seen.press("escape")
                await seen.until(lambda: not isinstance(seen.app.screen, PaletteScreen))
            await seen.press("ctrl+p")
            await seen.write("assembly")
            await seen.sees("we are here: Assembly hall")
            await seen.press("down", "enter")
            await seen.sees("▸ Assembly hall")

    run(story())


def test_words_of_the_domain_are_said_as_people_say_them_wherever_they_are_seen(tmp_path: Path) -> None:
    folder = a_mission(tmp_path / "visit")
    with Vault.open(folder, PASSPHRASE) as vault:
        vault.record(
            [
                Add("event", {"event": "inspection_completed"}),
                Add("count", {"item": "A-I-0001", "status": "not_accessible", "reason": "locked"}),
            ]
        )

    async def story() -> None:
        async with visiting(folder, LARGE) as seen:
            await seen.sees("not accessible", "inspection completed")
            assert "_" not in seen.shown
            await seen.press("f6")
            await seen.sees("BROWSE", "inspection completed", "not accessible")
            assert "_" not in seen.shown
            await seen.press("ctrl+p")
            await seen.write("inspection")
            await seen.sees("step of the procedure: inspection completed")
            await seen.press("enter")
            await seen.sees("STEP OF THE PROCEDURE", "Event", "inspection completed")
            assert "inspection_completed" not in seen.shown

    run(story())


@pytest.mark.parametrize(("keys", "shown"), [(("enter",), "Locked"), (("down", "enter"), "CAMERAS' CLOCKS")])
def test_enter_waits_for_what_was_typed_last(tmp_path: Path, keys: tuple[str, ...], shown: str) -> None:
    folder = a_mission(tmp_path / "visit")
    gate = Event()

    async def story() -> None:
        async with visiting(folder, SMALL) as seen:
            await seen.press("ctrl+p")
            await seen.sees("go to visit")
            held = asyncio.create_task(seen.app.store.read(lambda _reader: gate.wait(20)))
            await asyncio.sleep(0.05)
            await seen.write("lock")
            await seen.press(*keys)
            await seen.pilot.pause(0.1)
            assert isinstance(seen.app.screen, PaletteScreen), "acted on what was found for something else"
            gate.set()
            await held
            await seen.sees(shown)
            await seen.until(lambda: not isinstance(seen.app.screen, PaletteScreen))

    run(story())


def test_long_text_is_undone_and_redone_by_the_keys_that_help_names(tmp_path: Path) -> None:
    folder = a_mission(tmp_path / "visit")

    async def story() -> None:
        async with visiting(folder, SMALL) as seen:
            await seen.press("o")
            await seen.write("Two crates")
            await seen.press("f1")
            await seen.sees("Ctrl+Z undo", "Ctrl+Y redo")
            await seen.press("escape")
            await seen.until(lambda: isinstance(seen.app.focused, LongText))
            await seen.write(" and\na rack")
            await seen.sees("Two crates and a rack")
            await seen.press("ctrl+z")
            await seen.until(lambda: "a rack" not in seen.shown)
            assert "Two crates" in seen.shown
            await seen.press("ctrl+y")
            await seen.sees("Two crates and a rack")

    run(story())
