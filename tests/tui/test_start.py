"""Before a mission is open: making one, unlocking one, checking a bundle, what a host may see."""

from __future__ import annotations

import re
from pathlib import Path

from textual import events

from fieldkit.cli.main import main as command_line
from fieldkit.domain.jsontypes import Doc
from fieldkit.tui.app import FieldkitApp
from fieldkit.vault.doctor import examine
from fieldkit.vault.stages import Stage
from fieldkit.vault.vault import Vault
from tests.tui.screens import Terminal, a_mission, run, terminal, visiting
from tests.vault.missions import CHEAP, PASSPHRASE


async def vault_made(seen: Terminal, folder: Path) -> None:
    """From the first screen to the page that asks what the mission begins with."""
    await seen.press("f3")
    await seen.sees("NEW MISSION, 1 of 2", "Once more")
    await seen.at("folder")
    await seen.press("ctrl+u")
    await seen.write(str(folder))
    for field in ("passphrase", "again"):
        await seen.at(field)
        await seen.write(PASSPHRASE)
    await seen.press("enter")
    await seen.sees("NEW MISSION, 2 of 2", "Your name")


def kept_for_a_mission(folder: Path) -> Doc:
    """What a vault keeps of what was typed for its mission, which was not begun."""
    with Vault.open(folder, PASSPHRASE, unbegun=True) as vault:
        assert vault.stage is Stage.UNBEGUN
        return vault.drafts().get("asked/NewMissionScreen", {})


def in_the_clear(folder: Path, *words: str) -> list[str]:
    """Which of these words stand in any file of a folder."""
    return [
        word
        for path in folder.rglob("*")
        if path.is_file()
        for word in words
        if word.encode() in path.read_bytes()
    ]


def test_a_mission_begins_in_a_vault_and_its_recovery_words_are_shown_once(tmp_path: Path) -> None:
    folder = tmp_path / "plant"
    words: list[str] = []

    async def story() -> None:
        async with terminal(FieldkitApp(kdf=CHEAP)) as seen:
            await seen.sees("none yet: F3 makes one")
            await seen.press("f3")
            await seen.sees("NEW MISSION, 1 of 2")
            for field, text in (
                ("folder", str(folder)),
                ("passphrase", PASSPHRASE),
                ("again", "something else"),
            ):
                await seen.at(field)
                if field == "folder":
                    await seen.press("ctrl+u")
                await seen.write(text)
            await seen.press("enter")
            await seen.sees("The two passphrases are not the same")
            await seen.at("passphrase")
            await seen.press("ctrl+u")
            await seen.write("short")
            await seen.press("ctrl+s")
            await seen.sees("is guessed too soon")
            assert not folder.exists()
            await seen.press("ctrl+u")
            await seen.write(PASSPHRASE)
            await seen.at("again")
            assert PASSPHRASE not in seen.shown
            await seen.press("ctrl+u")
            await seen.write(PASSPHRASE)
            await seen.press("enter")
            await seen.sees("NEW MISSION, 2 of 2", "Your name")
            for field, text in (
                ("title", "Plant 4"),
                ("author", "A. Nasser"),
                ("range_limit", "150 miles an hour"),
                ("payload_limit", "500 kg"),
                ("mark_scheme", "un"),
                ("mark", "confidential"),
                ("team", "B. Khan, C. Meyer"),
            ):
                await seen.at(field)
                await seen.write(text)
            await seen.press("ctrl+s")
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
        assert vault.notices == []
        assert vault.drafts().get("asked/NewMissionScreen") is None
        mission = vault.get(vault.mission_id).doc
        assert (mission["title"], mission["mark_scheme"], mission["mark"]) == (
            "Plant 4",
            "un",
            "confidential",
        )
        assert "300" in str(mission["range_limit"])
        assert "500" in str(mission["payload_limit"])
        assert {view.doc["name"] for view in vault.list("person")} == {"A. Nasser", "B. Khan", "C. Meyer"}
        assert all(finding.good for finding in examine(vault, refold=True))


def test_a_mission_left_half_way_is_gone_on_with_and_nothing_typed_for_it_is_lost_or_readable(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "plant"

    async def leave(seen: Terminal, way: str) -> None:
        await seen.press(way)
        await seen.sees("plant (a mission not begun yet)")
        assert not seen.app.store.is_open
        for word in ("Orchid", "Nasser"):
            assert word not in seen.shown

    async def story() -> None:
        async with terminal(FieldkitApp(kdf=CHEAP)) as seen:
            await vault_made(seen, folder)
            await seen.press(*"Orchid")
            await seen.until(lambda: kept_for_a_mission(folder).get("title") == "Orchid")
            await seen.at("author")
            await seen.write("A. Nasser")
            await leave(seen, "f9")
            await seen.sees("Locked.")
            await seen.at_passphrase("not this one")
            await seen.sees("Wrong passphrase")
            await seen.at_passphrase(PASSPHRASE)
            await seen.sees("NEW MISSION, 2 of 2", "Orchid", "A. Nasser", "stands here again")
            await leave(seen, "escape")
            await seen.sees("not begun yet. What was typed is kept")
            await seen.at_passphrase(PASSPHRASE)
            await seen.sees("NEW MISSION, 2 of 2", "Orchid")
            await seen.press("f10")
            await seen.sees("WHAT THIS LAPTOP HOLDS", "vault.json")
            assert "Orchid" not in seen.shown
            await leave(seen, "escape")
        assert in_the_clear(tmp_path, "Orchid", "Nasser") == []
        async with terminal(FieldkitApp(folder, PASSPHRASE, kdf=CHEAP)) as seen:
            await seen.sees("NEW MISSION, 2 of 2", "Orchid", "A. Nasser")
            await seen.press("ctrl+s")
            await seen.sees("RECOVERY WORDS")
            await seen.press("ctrl+s")
            await seen.sees("Orchid", "OPEN", "TODAY")
            await seen.press("f9")
            await seen.sees("plant in ")

    run(story())
    assert in_the_clear(tmp_path, "Orchid", "Nasser") == []


def burst(seen: Terminal, *parts: str) -> None:
    """Keys faster than any screen is made: characters, `enter` and `tab`."""
    for part in parts:
        for key in [part] if part in ("enter", "tab") else part:
            seen.app.post_message(events.Key(key, "\r" if key == "enter" else key if len(key) == 1 else None))


def test_keys_faster_than_a_vault_is_made_or_opened_land_where_they_lead(tmp_path: Path) -> None:
    folder = tmp_path / "plant"

    async def story() -> None:
        async with terminal(FieldkitApp()) as seen:
            await seen.press("f3")
            await seen.sees("NEW MISSION, 1 of 2")
            await seen.at("folder")
            await seen.press("ctrl+u")
            await seen.write(str(folder))
            await seen.press("tab")
            burst(seen, PASSPHRASE, "enter", PASSPHRASE, "enter", "Orchid", "enter", "A. Nasser")
            await seen.sees("NEW MISSION, 2 of 2", "A. Nasser")
            await seen.press("f9")
            await seen.until(lambda: seen.app.focused is not None and seen.app.focused.id == "passphrase")
            burst(seen, PASSPHRASE, "enter", "Annex B")
            await seen.sees("NEW MISSION, 2 of 2", "Orchid", "Annex B")
            await seen.press("f9")
            await seen.sees("Locked.")

    run(story())
    kept = kept_for_a_mission(folder)
    assert (kept["title"], kept["author"], kept["mandate"]) == ("Orchid", "A. Nasser", "Annex B")


def test_a_laptop_left_alone_with_a_mission_half_begun_locks_itself(tmp_path: Path) -> None:
    folder = tmp_path / "plant"
    with Vault.prepare_mission(folder, PASSPHRASE, kdf=CHEAP) as vault:
        vault.save_draft("asked/NewMissionScreen", {"title": "Orchid"})

    async def story() -> None:
        async with terminal(FieldkitApp(folder, PASSPHRASE, kdf=CHEAP, idle_minutes=0.01)) as seen:
            await seen.sees("Locked.", "a mission not begun yet")
            await seen.until(lambda: not seen.app.store.is_open)
            assert "Orchid" not in seen.shown

    run(story())
    assert kept_for_a_mission(folder)["title"] == "Orchid"


def test_recovery_words_that_nobody_wrote_down_are_told_until_others_are_made(tmp_path: Path) -> None:
    folder = tmp_path / "plant"

    async def story() -> None:
        async with terminal(FieldkitApp(kdf=CHEAP)) as seen:
            await vault_made(seen, folder)
            await seen.write("Orchid")
            await seen.at("author")
            await seen.write("A. Nasser")
            await seen.press("ctrl+s")
            await seen.sees("RECOVERY WORDS")
            await seen.press("f9")
            await seen.sees("Locked.")
            assert "12 " not in seen.words
            await seen.at_passphrase(PASSPHRASE)
            await seen.sees("OPEN", "nobody said that they are written down", "fieldkit vault recovery")

    run(story())
    (tmp_path / "passphrase").write_text(PASSPHRASE)
    line = ["vault", "recovery", "-m", str(folder), "--passphrase-file", str(tmp_path / "passphrase")]
    assert command_line(line) == 0

    async def afterwards() -> None:
        async with visiting(folder) as seen:
            assert "written down" not in seen.words

    run(afterwards())


def test_a_mission_that_was_not_begun_is_dropped_with_all_that_was_typed(tmp_path: Path) -> None:
    folder = tmp_path / "plant"

    async def story() -> None:
        async with terminal(FieldkitApp(kdf=CHEAP)) as seen:
            await vault_made(seen, folder)
            await seen.write("Orchid")
            await seen.press("ctrl+g")
            await seen.sees("DROP THIS MISSION?")
            await seen.press("escape")
            await seen.sees("NEW MISSION, 2 of 2", "Orchid")
            await seen.press("ctrl+g")
            await seen.sees("DROP THIS MISSION?", "plant")
            await seen.press("ctrl+s")
            await seen.sees("Dropped", "none yet: F3 makes one")
            assert not folder.exists()

    run(story())


def test_a_folder_that_is_taken_is_told_where_it_is_typed_and_a_mission_not_begun_in_it_is_gone_on_with(
    tmp_path: Path,
) -> None:
    begun, full, folder = a_mission(tmp_path / "begun"), tmp_path / "full", tmp_path / "plant"
    full.mkdir()
    (full / "note").write_text("mine")
    with Vault.prepare_mission(folder, PASSPHRASE, kdf=CHEAP) as vault:
        vault.save_draft("asked/NewMissionScreen", {"title": "Orchid"})

    async def at_folder(seen: Terminal, path: Path, told: str) -> None:
        await seen.at("folder")
        await seen.press("ctrl+u")
        await seen.write(str(path))
        await seen.press("ctrl+s")
        await seen.sees(told)
        await seen.until(lambda: seen.app.screen.query_one("#row-folder").has_class("-wrong"))

    async def story() -> None:
        async with terminal(FieldkitApp(kdf=CHEAP)) as seen:
            await seen.press("f3")
            await seen.sees("NEW MISSION, 1 of 2")
            for field in ("passphrase", "again"):
                await seen.at(field)
                await seen.write(PASSPHRASE)
            await at_folder(seen, begun, "there is something here already")
            await at_folder(seen, full, "Name a new or an empty folder")
            assert [path.name for path in full.iterdir()] == ["note"]
            await seen.at("folder")
            await seen.press("ctrl+u")
            await seen.write(str(folder))
            await seen.press("ctrl+s")
            await seen.sees("NEW MISSION, 2 of 2", "Orchid")

    run(story())


def test_a_mission_begun_by_another_fieldkit_meanwhile_is_told_and_not_begun_twice(tmp_path: Path) -> None:
    folder = tmp_path / "plant"

    async def story() -> None:
        async with terminal(FieldkitApp(kdf=CHEAP)) as seen:
            await vault_made(seen, folder)
            await seen.write("Orchid")
            await seen.at("author")
            await seen.write("A. Nasser")
            with Vault.open(folder, PASSPHRASE, unbegun=True) as other:
                other.begin(title="Lily", author="B. Khan", kdf=CHEAP)
            await seen.press("ctrl+s")
            await seen.sees("another fieldkit has begun this mission meanwhile", "Orchid")
            await seen.press("escape")
            await seen.at_passphrase(PASSPHRASE)
            await seen.sees("Lily", "OPEN", "TODAY")

    run(story())


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
