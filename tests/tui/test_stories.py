"""What an inspector does at the keyboard, from arriving to a saved record."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

from textual import events

from fieldkit.vault.vault import Vault
from tests.tui.screens import a_mission, run, visiting
from tests.vault.missions import PASSPHRASE


def recorded(folder: Path, kind: str) -> list[dict[str, Any]]:
    """The values of every record of a kind, read after the app has ended."""
    with Vault.open(folder, PASSPHRASE) as vault:
        return [dict(view.doc) for view in vault.list(kind)]


def test_an_observation_takes_four_keys_besides_its_text(tmp_path: Path) -> None:
    folder = a_mission(tmp_path / "visit")

    async def story() -> None:
        async with visiting(folder) as seen:
            await seen.press("o")
            await seen.sees("NEW OBSERVATION")
            await seen.press(*"Gate", "tab", "s", "ctrl+s")
            await seen.sees("recorded", "TODAY", "seen · Gate")

    run(story())
    (observation,) = recorded(folder, "observation")
    assert (observation["text"], observation["basis"]) == ("Gate", "seen")


def test_arriving_and_being_refused(tmp_path: Path) -> None:
    folder = a_mission(tmp_path / "visit")

    async def story() -> None:
        async with visiting(folder) as seen:
            await seen.press("ctrl+l")
            await seen.sees("WHERE WE ARE")
            await seen.write("hall")
            await seen.sees("A-0005")
            await seen.press("enter", "enter")
            await seen.write("sal")
            await seen.sees("A-0003")
            await seen.press("enter", "ctrl+s")
            await seen.sees("▸ Assembly hall", "with Maj. Salem")
            await seen.press("a")
            await seen.sees("NEW ACCESS", "A-0005", "A-0003")
            for field, text in (("requested", "10:20"), ("answered", "10:41")):
                await seen.at(field)
                await seen.write(text)
            await seen.at("outcome")
            await seen.press("r", "r", "ctrl+s")
            await seen.sees("needs the reason", "Write it in the host's words")
            assert not recorded_now(folder)
            await seen.write("Fire drill")
            await seen.at("decided_by")
            await seen.write("sal")
            await seen.until(lambda: seen.words.count("Maj. Salem") == 3)
            await seen.press("enter", "ctrl+s")
            await seen.sees("access recorded")

    run(story())
    (access,) = recorded(folder, "access")
    assert (access["outcome"], access["reason"]) == ("refused", "Fire drill")
    assert access["with_whom"] == [access["decided_by"]]
    assert "location" in access


def recorded_now(folder: Path) -> list[dict[str, Any]]:
    """The accesses, read while the app has the vault open."""
    return recorded(folder, "access")


def test_what_was_told_leads_to_the_interview_it_was_told_in(tmp_path: Path) -> None:
    folder = a_mission(tmp_path / "visit")

    async def story() -> None:
        async with visiting(folder) as seen:
            await seen.press("o")
            await seen.sees("NEW OBSERVATION")
            await seen.write("None left")
            await seen.press("tab", "t", "ctrl+s")
            await seen.sees("needs the interview it was told in")
            await seen.write("Omar")
            await seen.sees("+ new interview: Omar")
            await seen.press("enter")
            await seen.sees("NEW INTERVIEW")
            await seen.at("exchanges")
            await seen.press("enter")
            await seen.sees("EXCHANGES 1", "Question")
            await seen.write("How many")
            await seen.press("tab")
            await seen.write("None")
            await seen.press("ctrl+s")
            await seen.sees("NEW INTERVIEW", "1. How many · None")
            await seen.press("ctrl+s")
            await seen.sees("NEW OBSERVATION", "interview recorded")
            await seen.until(lambda: seen.app.screen.form.row("interview").text.startswith("A-"))
            await seen.press("ctrl+s")
            await seen.sees("TODAY", "observation told")

    run(story())
    (observation,) = recorded(folder, "observation")
    (interview,) = recorded(folder, "interview")
    assert (interview["interviewee"], interview["exchanges"]) == (
        "Omar",
        [{"question": "How many", "answer": "None"}],
    )
    assert observation["interview"]


def test_the_next_like_it_keeps_the_surroundings_and_nothing_observed(tmp_path: Path) -> None:
    folder = a_mission(tmp_path / "visit")

    async def story() -> None:
        async with visiting(folder) as seen:
            await seen.press("s")
            await seen.sees("NEW SEAL")
            await seen.write("4471")
            await seen.press("tab")
            await seen.write("cup")
            await seen.press("ctrl+n")
            await seen.sees("recorded")
            await seen.until(lambda: not seen.app.screen.form.row("number").text)
            assert seen.app.screen.form.texts == {"seal_type": "cup"}
            await seen.write("4471")
            await seen.press("ctrl+s")
            await seen.sees("seal number 4471 was applied already")

    run(story())
    assert [seal["number"] for seal in recorded(folder, "seal")] == ["4471"]


def test_ditto_jump_and_repeat_fill_fields_as_last_time(tmp_path: Path) -> None:
    folder = a_mission(tmp_path / "visit")

    async def story() -> None:
        async with visiting(folder) as seen:
            await seen.press("s")
            await seen.sees("NEW SEAL")
            await seen.write("1")
            await seen.press("tab")
            await seen.write("cup")
            await seen.press("ctrl+s")
            await seen.sees("recorded")
            await seen.press("s")
            await seen.sees("NEW SEAL")
            await seen.press("ctrl+j")
            await seen.sees("[b] Type")
            await seen.press("b", "ctrl+d")
            await seen.until(lambda: seen.app.screen.form.texts == {"seal_type": "cup"})
            await seen.press("ctrl+r")
            await seen.until(lambda: seen.app.screen.form.texts.get("number") == "1")

    run(story())


def test_a_wrong_value_is_told_at_its_field_with_the_remedy(tmp_path: Path) -> None:
    folder = a_mission(tmp_path / "visit")

    async def story() -> None:
        async with visiting(folder) as seen:
            await seen.press("m")
            await seen.sees("NEW MEASUREMENT")
            await seen.write("mass")
            await seen.press("tab")
            await seen.write("12 kg")
            await seen.press("ctrl+s")
            await seen.sees("'12 kg' has no uncertainty", "5.2 ± 0.1 mm")

    run(story())
    assert not recorded(folder, "measurement")


def test_an_empty_form_records_nothing_and_letters_typed_on_choose_by_the_word(tmp_path: Path) -> None:
    folder = a_mission(tmp_path / "visit")

    async def story() -> None:
        async with visiting(folder) as seen:
            await seen.press("a")
            await seen.sees("NEW ACCESS")
            await seen.press("ctrl+s")
            await seen.sees("Nothing stands in this form")
            await seen.at("outcome")
            row = seen.app.screen.form.row("outcome")
            for key, outcome in (("r", "restricted"), ("e", "restricted"), ("f", "refused")):
                await seen.press(key)
                await seen.until(lambda outcome=outcome: row.text == outcome)
            await seen.press("r")
            await seen.until(lambda: row.text == "restricted")
            await seen.at("evidence")
            await seen.write("nowhere")
            await seen.press("ctrl+s")
            await seen.sees("no record 'nowhere' in this mission. Search finds its number: Ctrl+P")

    run(story())
    assert not recorded(folder, "access")


def test_several_lines_pasted_into_one_lose_nothing(tmp_path: Path) -> None:
    folder = a_mission(tmp_path / "visit")

    async def story() -> None:
        async with visiting(folder) as seen:
            await seen.press("a")
            await seen.sees("NEW ACCESS")
            row = seen.app.screen.form.row("measures")
            await seen.at("measures")
            row.editor.post_message(events.Paste("shrouding\nlogging off\r\n\nno phones"))
            await seen.until(lambda: row.text == "shrouding, logging off, no phones")

    run(story())


def test_the_palette_finds_records_places_and_commands(tmp_path: Path) -> None:
    folder = a_mission(tmp_path / "visit")

    async def story() -> None:
        async with visiting(folder) as seen:
            await seen.press("ctrl+p")
            await seen.sees("go to visit")
            await seen.write("hall")
            await seen.sees("location: Assembly hall", "we are here: Assembly hall")
            await seen.press("down", "enter")
            await seen.sees("▸ Assembly hall", "OPEN")
            await seen.press("slash")
            await seen.write("447108")
            await seen.sees("A-I-0001 item")
            await seen.press("enter")
            await seen.sees("A-I-0001 ITEM", "Vertical gyroscope")
            await seen.press("ctrl+p")
            await seen.sees("go to visit")
            await seen.write("paste")
            await seen.sees("lines pasted from a spreadsheet")
            await seen.press("enter")
            await seen.sees("INVENTORY", "scan, or type a serial")

    run(story())


def test_enter_in_the_palette_takes_what_was_typed_however_quickly(tmp_path: Path) -> None:
    folder = a_mission(tmp_path / "visit")

    async def story() -> None:
        async with visiting(folder) as seen:
            await seen.press("ctrl+p")
            await seen.sees("go to visit")
            looking = asyncio.ensure_future(seen.app.store.read(lambda _: time.sleep(1)))
            await seen.press(*"hall", "enter")
            await looking
            await seen.sees("A-0005 LOCATION")

    run(story())


def test_what_is_open_leads_to_what_it_counts(tmp_path: Path) -> None:
    folder = a_mission(tmp_path / "visit")

    async def story() -> None:
        async with visiting(folder) as seen:
            await seen.press("a")
            await seen.sees("NEW ACCESS")
            await seen.write("10:41")
            await seen.press("ctrl+s")
            await seen.sees("1 access not answered")
            await seen.press("enter")
            await seen.sees("1 ACCESS NOT ANSWERED", "A-0006")
            await seen.press("enter")
            await seen.sees("A-0006 ACCESS")
            await seen.press("escape", "escape")
            await seen.sees("OPEN", "TODAY")

    run(story())
