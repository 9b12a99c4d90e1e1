"""README's table of keys for each task, played: exactly these keys and what is typed between them, and the task is done."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from fieldkit.capture.custody import placeholders
from fieldkit.tui.app import FieldkitApp
from fieldkit.vault.recording import Add
from fieldkit.vault.vault import Vault
from tests.capture.cards import take_in
from tests.tui.halls import a_hall
from tests.tui.screens import SMALL, Terminal, a_mission, run, terminal, visiting
from tests.tui.test_browse import two_laptops
from tests.vault.missions import CHEAP, PASSPHRASE

README = Path(__file__).resolve().parents[2] / "README.md"
_NAMES = {"Shift+Tab": "shift+tab", "/": "slash"}


def told(task: str) -> tuple[int, list[str]]:
    """How many keys README says a task takes, and which, before any semicolon or parenthesis."""
    row = re.search(rf"^\| {re.escape(task)} \| (\d): (.*) \|$", README.read_text("utf-8"), re.MULTILINE)
    assert row is not None, task
    way = re.sub(r"\([^)]*\)", "", row[2].partition(";")[0]).replace("instead of `Ctrl+S`", "")
    keys = [_NAMES.get(key, key if len(key) == 1 else key.lower()) for key in re.findall(r"`([^`]+)`", way)]
    return int(row[1]), keys


async def play(seen: Terminal, task: str, typed: Mapping[str, str], begun: str = "") -> None:
    """Press the keys that README names for a task; `typed` is what is written after each, `begun` before the first."""
    count, keys = told(task)
    assert len(keys) == count
    if begun:
        await seen.write(begun)
    for key in keys:
        await seen.press(key)
        if key in typed:
            await seen.write(typed[key])


def test_open_a_mission_and_lock_it(tmp_path: Path) -> None:
    folder = a_mission(tmp_path / "visit")

    async def story() -> None:
        async with terminal(FieldkitApp(folder, kdf=CHEAP), SMALL) as seen:
            await seen.until(lambda: seen.app.focused is not None)
            await play(seen, "open a mission", {}, PASSPHRASE)
            await seen.sees("OPEN", "TODAY")
            await play(seen, "lock", {})
            await seen.sees("Locked")

    run(story())


def test_record_observations(tmp_path: Path) -> None:
    folder = a_mission(tmp_path / "visit")

    async def story() -> None:
        async with visiting(folder) as seen:
            await play(seen, "record an observation", {"o": "Two gyroscopes"})
            await seen.sees("A-0006 observation recorded.")
            await seen.press("o")
            await seen.write("Crates")
            await seen.press("tab", "s")
            await play(seen, "and another like it", {"ctrl+n": "More crates"})
            await seen.sees("A-0008 observation recorded.")

    run(story())
    assert told("record an observation")[0] <= 4
    with Vault.open(folder, PASSPHRASE) as vault:
        found = [(view.doc["text"], view.doc["basis"]) for view in vault.list("observation")]
    assert found == [("Two gyroscopes", "seen"), ("Crates", "seen"), ("More crates", "seen")]


def test_change_where_we_are_and_find(tmp_path: Path) -> None:
    folder = a_mission(tmp_path / "visit")

    async def story() -> None:
        async with visiting(folder) as seen:
            await play(seen, "change where we are", {"ctrl+l": "assem"})
            await seen.sees("▸ Assembly hall")
            await play(seen, "find anything", {"slash": "bauer"})
            await seen.sees("PERSON", "interpreter")

    run(story())


def test_count_an_item_by_a_scan_and_verify_it_by_one_key(tmp_path: Path) -> None:
    folder = a_hall(tmp_path / "visit")

    async def story() -> None:
        async with visiting(folder) as seen:
            await seen.press("f4")
            await seen.sees("LEFT 258")
            count, keys = told("count an item")
            assert (count, keys) == (0, [])
            await seen.press(*"447108", "enter")
            await seen.sees("LEFT 257")
            await play(seen, "and verify it", {})
            await seen.sees("Verified: 1 line.")

    run(story())
    with Vault.open(folder, PASSPHRASE) as vault:
        (counted,) = vault.list("count")
        assert counted.doc["serials"] == ["447108"]
        assert counted.doc["verified"] == 1


def test_caption_forty_photos_in_one_act(tmp_path: Path) -> None:
    folder = a_mission(tmp_path / "visit")
    with Vault.open(folder, PASSPHRASE) as vault:
        placeholders(vault, 2, "The host develops them")
        take_in(vault, tmp_path, 40)

    async def story() -> None:
        async with visiting(folder) as seen:
            await seen.press("f5")
            await seen.sees("PHOTOS 42")
            await play(seen, "caption 40 photos of a card", {"c": "Plate {n} of {of}"})
            await seen.sees("40 photos")

    run(story())
    with Vault.open(folder, PASSPHRASE) as vault:
        captions = [view.doc.get("caption") for view in vault.list("photo")]
    assert captions == [None, None, *(f"Plate {place} of 40" for place in range(1, 41))]


def test_put_a_record_right(tmp_path: Path) -> None:
    folder = a_mission(tmp_path / "visit")
    with Vault.open(folder, PASSPHRASE) as vault:
        vault.record([Add("observation", {"text": "Two gyroscopes", "basis": "seen"})])

    async def story() -> None:
        async with visiting(folder) as seen:
            await seen.press("slash")
            await seen.write("two gyroscopes")
            await seen.press("enter")
            await seen.sees("OBSERVATION", "Two gyroscopes")
            await play(
                seen, "put a record right", {"e": ", the third behind the door", "shift+tab": "looked again"}
            )
            await seen.sees("amended.")

    run(story())
    with Vault.open(folder, PASSPHRASE) as vault:
        assert vault.get("A-0006").doc["text"] == "Two gyroscopes, the third behind the door"


@pytest.mark.parametrize("other", ["1", "2", "b"])
def test_settle_a_difference(tmp_path: Path, other: str) -> None:
    folder = two_laptops(tmp_path)

    async def story() -> None:
        async with visiting(folder) as seen:
            await seen.sees("1 difference between laptops")
            await seen.press("enter")
            await seen.sees("DIFFERENCES 1 to be settled")
            await seen.press("enter")
            await seen.sees("2 VALUES STAND")
            assert told("settle a difference") == (2, ["1", "ctrl+s"])
            await seen.press(other)
            await seen.write("We looked again together")
            await seen.press("ctrl+s")
            await seen.sees("DIFFERENCES 0 to be settled")

    run(story())


def test_close_the_day(tmp_path: Path) -> None:
    folder = a_mission(tmp_path / "visit")

    async def story() -> None:
        async with visiting(folder) as seen:
            await play(seen, "close the day", {})
            await seen.sees("CLOSE", "nothing was exported yet")

    run(story())


def test_every_row_is_played() -> None:
    rows = re.findall(r"^\| ([^|]+) \| \d: ", README.read_text("utf-8"), re.MULTILINE)
    source = Path(__file__).read_text("utf-8")
    assert len(rows) == 12
    assert [row for row in rows if f'"{row}"' not in source] == []
