"""The team at the keyboard: two laptops meet over a stick, one is admitted, one struck off, an alarm is read."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from fieldkit import paths
from fieldkit.team import members as team
from fieldkit.team.admission import make_request
from fieldkit.team.compartments import create
from fieldkit.team.depot import open_depot
from fieldkit.team.keyring import Keyring
from fieldkit.team.members import member, members
from fieldkit.team.striking import revoke
from fieldkit.team.syncing import Sync
from fieldkit.tui.widgets import lines
from fieldkit.tui.widgets.field import FieldRow
from fieldkit.vault.recording import Add
from fieldkit.vault.vault import Vault
from tests.team.teams import joined, meet, new_depot, sync
from tests.tui.screens import LARGE, SMALL, Terminal, a_mission, run, visiting
from tests.tui.test_pictures import DRAW, PICTURES
from tests.vault.missions import CHEAP, PASSPHRASE

WORDS = ("orbit", "velvet", "anchor", "seven", "canyon", "mint")


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in which the stick is called `stick` and the mission `visit`."""
    monkeypatch.chdir(tmp_path)
    a_mission(tmp_path / "visit")
    return tmp_path


@contextmanager
def lead(place: Path) -> Iterator[Vault]:
    with Vault.open(place / "visit", PASSPHRASE) as vault:
        yield vault


def a_team(place: Path) -> None:
    """A second laptop that has joined, recorded and synced."""
    depot = new_depot(place / "stick")
    with lead(place) as first, joined(place / "b", first) as second:
        sync(depot, first, second)
        second.record([Add("observation", {"basis": "seen", "text": "Crates in the yard"})])
        create(first, "interviews")
        sync(depot, second)


async def open_team(seen: Terminal) -> None:
    await seen.press("f7")
    await seen.sees("TEAM", "this laptop")


def test_syncing_over_a_stick_tells_what_came_of_whom_and_remembers_the_place(place: Path) -> None:
    a_team(place)

    async def story() -> None:
        async with visiting(place / "visit") as seen:
            await open_team(seen)
            await seen.press("s")
            await seen.sees("SYNC")
            await seen.write("stick")
            await seen.press("enter")
            await seen.sees("Synced.", "Received: 3 new entries", "laptop B:", "this laptop:")
            assert "ALARM" not in seen.shown
            await seen.press("escape", "s")
            await seen.until(lambda: "stick" in seen.shown.splitlines()[4])
            await seen.press("f2")
            await seen.sees("B-0001", "seen · Crates")

    run(story())


def test_a_place_that_is_no_depot_is_told_and_made_one_by_a_key(place: Path) -> None:
    (place / "usb").mkdir()

    async def story() -> None:
        async with visiting(place / "visit") as seen:
            await open_team(seen)
            await seen.press("s")
            await seen.write("usb")
            await seen.press("enter")
            await seen.sees("this is no depot")
            await seen.press("ctrl+n")
            await seen.sees("It is a depot now")
            await seen.press("enter")
            await seen.sees("Synced.")

    run(story())
    assert open_depot(str(place / "usb")).contents().of("log")


def test_a_laptop_is_admitted_only_by_the_words_that_its_owner_reads(place: Path) -> None:
    vault, _ = Vault.prepare(place / "b", PASSPHRASE, kdf=CHEAP)
    with vault:
        request = make_request(vault, "Boris Khan", "laptop")
    (place / "b.request").write_bytes(request.data)

    async def story() -> None:
        async with visiting(place / "visit") as seen:
            await open_team(seen)
            await seen.press("a")
            await seen.sees("ADMIT A LAPTOP")
            await seen.at("request")
            await seen.write("b.request")
            await seen.at("words")
            await seen.write("abandon ability able about above absent")
            await seen.press("ctrl+s")
            await seen.sees("not the words of this file")
            assert not (place / "b.grant").exists()
            seen.app.screen.query_one("#row-words", FieldRow).text = " ".join(
                word[:4] for word in request.words
            )
            await seen.press("ctrl+s")
            await seen.sees("ADMITTED: READ THESE WORDS ALOUD")
            await seen.press("escape")
            await seen.sees("Boris Khan")

    run(story())
    assert (place / "b.grant").exists()
    with lead(place) as first:
        assert member(first, "B").standing.role == "inspector"


def test_a_lost_laptop_is_struck_off_with_a_reason(place: Path) -> None:
    a_team(place)

    async def story() -> None:
        async with visiting(place / "visit") as seen:
            await open_team(seen)
            await seen.press("down", "enter")
            await seen.sees("LAPTOP B Boris Khan")
            with lead(place) as first:
                words = member(first, "B").words
            await seen.sees(*(" ".join(word.upper()) for word in words))
            await seen.press("r")
            await seen.sees("STRIKE OFF")
            await seen.write("stolen at the gate")
            await seen.press("ctrl+s")
            await seen.sees("Struck off", "STRUCK OFF: its first")

    run(story())
    with lead(place) as first:
        assert member(first, "B").standing.cut is not None


def test_a_laptop_that_was_struck_off_by_one_who_was_struck_off_himself_is_trusted_again(place: Path) -> None:
    depot = new_depot(place / "stick")
    with lead(place) as first:
        with (
            joined(place / "b", first, "Boris Khan", "deputy") as deputy,
            joined(place / "c", first, "Cora Vance") as third,
        ):
            meet(depot, first, deputy, third)
            revoke(first, "B", "he left the team")
            revoke(deputy, "C", "lost, it is said")
            sync(depot, deputy, first)
        assert not member(first, "C").standing.trusted

    async def story() -> None:
        async with visiting(place / "visit") as seen:
            await open_team(seen)
            # Past the two alarms and the other laptops.
            await seen.press("down", "down", "down", "down", "enter")
            await seen.sees("LAPTOP C Cora Vance", "given no keys until that is settled")
            await seen.press("t")
            await seen.sees("TRUST A LAPTOP AGAIN")
            await seen.write("She has it in her hands")
            await seen.press("ctrl+s")
            await seen.sees("Trusted again")

    run(story())
    with lead(place) as first:
        assert member(first, "C").standing.trusted


def test_who_leads_makes_a_new_key_for_the_team(place: Path) -> None:
    a_team(place)
    with lead(place) as first:
        before = first.epoch

    async def story() -> None:
        async with visiting(place / "visit") as seen:
            await open_team(seen)
            await seen.press("n")
            await seen.sees("A NEW KEY FOR THE TEAM")
            await seen.write("the newest one is kept back")
            await seen.press("ctrl+s")
            await seen.sees("Made. It travels")

    run(story())
    with lead(place) as first:
        assert first.epoch != before
        assert member(first, "B").log in Keyring(first)._openers(first.epoch)


def test_a_laptop_written_twice_is_an_alarm_with_the_next_step(place: Path) -> None:
    a_team(place)
    state, depot = paths.state_dir() / "heads", open_depot(str(place / "stick"))
    shutil.copytree(place / "b", place / "kept")
    shutil.copytree(state, place / "state")
    for text, target in (("One history", depot), ("Another history", new_depot(place / "usb"))):
        with Vault.open(place / "b", PASSPHRASE) as vault:
            vault.record([Add("observation", {"basis": "seen", "text": text})])
            Sync(vault, target).run()
        shutil.rmtree(place / "b")
        shutil.copytree(place / "kept", place / "b")
        shutil.copytree(place / "state", state, dirs_exist_ok=True)
    with lead(place) as first:
        sync(depot, first)

    async def story() -> None:
        async with visiting(place / "visit") as seen:
            await open_team(seen)
            await seen.press("s")
            await seen.write("usb")
            await seen.press("enter")
            await seen.sees("ALARM", "LAPTOP B WAS WRITTEN TWICE", "Next: Both histories are kept")
            await seen.press("escape")
            await seen.sees("! ALARM", "1 SECURITY INCIDENT")
            await seen.press("up", "enter")
            await seen.until(lambda: "Next:" in seen.words)

    run(story())


def test_an_original_that_is_only_here_stands_first_and_leads_to_its_record(place: Path) -> None:
    (place / "plan.pdf").write_bytes(b"%PDF-1.4 plan of the hall")
    with lead(place) as first, (place / "plan.pdf").open("rb") as source:
        item = next(iter(first.list("item")))
        first.attach(source, "plan.pdf", item.id)

    async def story() -> None:
        async with visiting(place / "visit") as seen:
            await open_team(seen)
            await seen.press("c")
            await seen.sees("1 ONLY HERE", "plan.pdf")
            await seen.press("enter")
            await seen.sees("A-F-")

    run(story())


def test_a_laptop_that_was_copied_is_told_from_the_log_that_it_left(place: Path) -> None:
    a_team(place)
    shutil.copytree(place / "visit", place / "copied")
    with Vault.open(place / "copied", PASSPHRASE) as vault:
        vault.record([Add("observation", {"basis": "seen", "text": "From the copy"})])

    async def story() -> None:
        async with visiting(place / "copied") as seen:
            await open_team(seen)
            await seen.sees("left for a later log")
            own = [line for line in seen.lines if line.lstrip().startswith("A ")]
            assert len(own) == 2
            assert "left for a later log" in own[0]
            assert "this laptop" in own[1]
            assert any(line.endswith("read by A") for line in seen.lines)

    run(story())
    with Vault.open(place / "copied", PASSPHRASE) as vault:
        assert [one.left for one in members(vault)] == [True, False, False]


@pytest.mark.parametrize("size", [SMALL, LARGE], ids=["80x24", "120x40"])
@pytest.mark.parametrize("name", ["team", "laptop", "synced"])
def test_the_team_looks_as_it_was_drawn(
    place: Path, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int], name: str
) -> None:
    monkeypatch.setattr(lines, "clock_text", lambda: "12 Feb 10:42 +02")
    monkeypatch.setattr(team, "spoken", lambda _digest: WORDS)
    a_team(place)

    async def story() -> list[str]:
        async with visiting(place / "visit", size) as seen:
            await open_team(seen)
            if name == "laptop":
                await seen.press("down", "enter")
                await seen.sees("O R B I T", "strike off")
            elif name == "synced":
                await seen.press("s")
                await seen.write("stick")
                await seen.press("enter")
                await seen.sees("Synced.", "laptop B:")
            await seen.pilot.pause()
            return seen.lines

    drawn = "\n".join(line.rstrip() for line in run(story())) + "\n"
    file = PICTURES / f"{name}-{size[0]}x{size[1]}.txt"
    if os.environ.get(DRAW):
        file.write_text(drawn, "utf-8")
    assert drawn == file.read_text("utf-8")


def test_the_words_of_two_laptops_differ(place: Path) -> None:
    a_team(place)
    with lead(place) as first:
        one, two = members(first)
        assert one.words != two.words
        assert len(one.words) == 6


def test_who_is_alone_reads_how_another_laptop_joins(place: Path) -> None:
    async def story() -> None:
        async with visiting(place / "visit") as seen:
            await seen.press("f7")
            await seen.sees("this laptop", "No other laptop yet", "fieldkit members request FILE")

    run(story())
    a_team(place)

    async def later() -> None:
        async with visiting(place / "visit") as seen:
            await seen.press("f7")
            await seen.sees("laptop")
            await seen.sees("A lead", "B inspector")
            assert "No other laptop yet" not in seen.words

    run(later())
