"""Before a mission is open: making one, unlocking one, checking a bundle, what a host may see."""

from __future__ import annotations

import re
from pathlib import Path

from fieldkit.tui.app import FieldkitApp
from fieldkit.vault.vault import Vault
from tests.tui.screens import a_mission, run, terminal, visiting
from tests.vault.missions import CHEAP, PASSPHRASE


def test_a_mission_is_made_on_one_page_and_its_recovery_words_are_shown_once(tmp_path: Path) -> None:
    folder = tmp_path / "plant"
    words: list[str] = []

    async def story() -> None:
        async with terminal(FieldkitApp(kdf=CHEAP)) as seen:
            await seen.sees("none yet: F3 makes one")
            await seen.press("f3")
            await seen.sees("NEW MISSION", "Your name")
            for field, text in (
                ("folder", str(folder)),
                ("title", "Plant 4"),
                ("author", "A. Nasser"),
                ("range_limit", "150 miles an hour"),
                ("payload_limit", "500 kg"),
                ("mark_scheme", "un"),
                ("mark", "confidential"),
                ("team", "B. Khan, C. Meyer"),
                ("passphrase", PASSPHRASE),
                ("again", "something else"),
            ):
                await seen.at(field)
                if field == "folder":
                    await seen.press("ctrl+u")
                await seen.write(text)
            await seen.press("ctrl+s")
            await seen.sees("The two passphrases are not the same")
            await seen.at("passphrase")
            await seen.press("ctrl+u")
            await seen.write("short")
            await seen.press("ctrl+s")
            await seen.sees("is guessed too soon")
            await seen.press("ctrl+u")
            await seen.write(PASSPHRASE)
            await seen.at("again")
            assert PASSPHRASE not in seen.shown
            await seen.press("ctrl+u")
            await seen.write(PASSPHRASE)
            await seen.press("ctrl+s")
            await seen.sees("150 miles an hour")
            await seen.until(lambda: seen.app.screen.query_one("#row-range_limit").has_class("-wrong"))
            await seen.press("ctrl+u")
            await seen.write("300 km")
            await seen.press("ctrl+s")
            await seen.sees("RECOVERY WORDS")
            words.extend(re.findall(r"\b\d+ ([a-z]+)", seen.words))
            await seen.press("escape")
            await seen.sees("Ctrl+S goes on")
            await seen.press("ctrl+s")
            await seen.sees("Plant 4", "OPEN", "TODAY")

    run(story())
    with Vault.recover(folder, " ".join(words)) as vault:
        mission = vault.get(vault.mission_id).doc
        assert (mission["title"], mission["mark_scheme"], mission["mark"]) == (
            "Plant 4",
            "un",
            "confidential",
        )
        assert "300" in str(mission["range_limit"])
        assert "500" in str(mission["payload_limit"])
        assert {view.doc["name"] for view in vault.list("person")} == {"A. Nasser", "B. Khan", "C. Meyer"}


def test_the_mission_opened_last_stands_first(tmp_path: Path) -> None:
    far = tmp_path / ("a folder with a long name " * 4)
    first, last = a_mission(far / "first"), a_mission(far / "last")

    async def story() -> None:
        for folder in (first, last):
            async with visiting(folder):
                pass
        async with terminal(FieldkitApp(kdf=CHEAP)) as seen:
            await seen.sees("last in", "first in")
            assert seen.words.index("last in") < seen.words.index("first in")
            await seen.press("down")
            await seen.at_passphrase(PASSPHRASE)
            await seen.sees("OPEN")
            assert seen.app.opened.folder == first

    run(story())


def test_a_wrong_passphrase_is_told_and_not_kept_on_the_screen(tmp_path: Path) -> None:
    folder = a_mission(tmp_path / "visit")

    async def story() -> None:
        async with terminal(FieldkitApp(folder, kdf=CHEAP)) as seen:
            await seen.at_passphrase("not this one")
            await seen.sees("Wrong passphrase")
            assert "not this one" not in seen.shown

    run(story())


def test_what_is_no_bundle_is_told_as_such(tmp_path: Path) -> None:
    async def story() -> None:
        async with terminal(FieldkitApp(kdf=CHEAP)) as seen:
            await seen.press("f5")
            await seen.sees("VERIFY A BUNDLE")
            await seen.press("ctrl+s")
            await seen.sees("Bundle is needed")
            await seen.write(str(tmp_path))
            await seen.press("ctrl+s")
            await seen.sees("RESULT")

    run(story())


def test_a_host_sees_files_and_digests_and_no_content(tmp_path: Path) -> None:
    folder = a_mission(tmp_path / "visit")

    async def story() -> None:
        async with visiting(folder) as seen:
            await seen.press("f10")
            await seen.sees("WHAT THIS LAPTOP HOLDS", "store.db", "vault.json")
            assert "TRIPOLI" not in seen.shown
            assert "Salem" not in seen.shown
            assert not seen.app.store.is_open
            await seen.press("escape")
            await seen.sees("Locked.")

    run(story())
