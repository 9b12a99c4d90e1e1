"""Closing the day at the keyboard: what is open, the words read aloud, a bundle made, checked, signed, refused."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import pytest

from fieldkit.bundle.verify import verify_bundle
from fieldkit.capture.adopting import adopt_procedures
from fieldkit.capture.intake import ingest
from fieldkit.capture.tiles import uncommitted
from fieldkit.domain.words import spoken
from fieldkit.journal.checkpoint import open_checkpoint
from fieldkit.tui.screens.exporting_progress import Course
from fieldkit.vault.recording import Add
from fieldkit.vault.vault import Vault
from tests.bad.photos import sound_jpeg
from tests.tui.screens import LARGE, Terminal, a_mission, run, visiting
from tests.vault.missions import PASSPHRASE

PROCEDURES = """
name = "mandate"
title = "Mandate"
event = [{ name = "completed", title = "Inspection completed" }, { name = "findings", title = "Findings handed over" }]
deadline = [
  { name = "findings", title = "Hand over the findings", form = "within", start = "completed", event = "findings", hours = 24 },
]
"""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that holds the mission, and takes bundles in `out`."""
    monkeypatch.chdir(tmp_path)
    a_mission(tmp_path / "visit")
    return tmp_path


async def close(seen: Terminal) -> None:
    await seen.press("f8")
    await seen.sees("CLOSE", "nothing was exported yet")


async def export(seen: Terminal, folder: str = "out") -> None:
    """Export into a folder and wait for the check."""
    await seen.press("e")
    await seen.sees("EXPORT", "Encrypted to")
    await seen.write(folder)
    await seen.press("ctrl+s")


def test_every_open_point_leads_to_what_it_counts(place: Path) -> None:
    with Vault.open(place / "visit", PASSPHRASE) as vault:
        vault.record([Add("access", {"requested": {"at": "2026-02-12T08:00:00Z", "offset": "+02:00"}})])

    async def story() -> None:
        async with visiting(place / "visit") as seen:
            await close(seen)
            await seen.sees("OPEN 1 access not answered", "OPEN nothing was exported yet")
            await seen.press("enter")
            await seen.sees("1 ACCESS NOT ANSWERED", "A-0006")

    run(story())


def uncommitted_in(folder: Path) -> int:
    with Vault.open(folder, PASSPHRASE) as vault:
        return len(uncommitted(vault))


def test_pixels_of_new_photos_are_committed_to_meanwhile_and_go_on_after_leaving(place: Path) -> None:
    card = place / "CARD"
    card.mkdir()
    for number in range(24):
        (card / f"DSC_{number:04d}.JPG").write_bytes(sound_jpeg(2400, 1800, seed=number + 1))
    with Vault.open(place / "visit", PASSPHRASE) as vault:
        ingest(vault, [card])

    async def leave() -> None:
        async with visiting(place / "visit") as seen:
            await seen.press("f8")
            await seen.sees("CLOSE")
            await seen.press("escape")

    async def stay() -> None:
        async with visiting(place / "visit") as seen:
            await seen.press("f8", "e")
            await seen.sees("EXPORT")
            await seen.press("escape")
            await seen.sees("CLOSE", "nothing was exported yet")
            async with asyncio.timeout(60):
                while uncommitted_in(place / "visit"):
                    await asyncio.sleep(0.5)

    run(leave())
    run(stay())
    assert uncommitted_in(place / "visit") == 0


def test_the_head_of_the_journal_is_read_aloud_in_words(place: Path) -> None:
    with Vault.open(place / "visit", PASSPHRASE) as vault:
        log = vault.own_log
        words = spoken(open_checkpoint(vault.checkpoint(log.log), log.public_key).root)

    async def story() -> None:
        async with visiting(place / "visit") as seen:
            await close(seen)
            await seen.sees(" · ".join(words))
            await seen.press("r")
            await seen.sees(*(" ".join(word.upper()) for word in words))
            await seen.press("p")
            await seen.write("sheet.txt")
            await seen.press("ctrl+s")
            await seen.sees("Written to sheet.txt")

    run(story())
    assert " - ".join(words) in (place / "sheet.txt").read_text("utf-8")


def test_a_bundle_is_made_read_back_and_told_in_plain_words(place: Path) -> None:
    async def story() -> None:
        async with visiting(place / "visit", LARGE) as seen:
            await close(seen)
            await export(seen)
            await seen.sees("INTACT, NOT SIGNED", "Every byte was read back", "WHAT GOES TO WHOM")
            words = spoken(bytes.fromhex(verify_bundle(place / "out" / "tripoli-04-1").seal))
            await seen.sees(" · ".join(words))
            await seen.press("escape")
            await seen.sees("done bundle 1 holds all that is recorded", "OPEN nobody has signed tripoli-04-1")

    run(story())


def test_an_export_that_is_stopped_leaves_nothing_behind(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = place / "form.pdf"
    source.write_bytes(bytes(3 << 20))
    with Vault.open(place / "visit", PASSPHRASE) as vault, source.open("rb") as stream:
        vault.attach(stream, "form.pdf", vault.mission_id)
    reach = Course.reach

    def stopped_half_way(course: Course, done: int, total: int | None = None) -> None:
        course.stop = course.stop or done > 0
        reach(course, done, total)

    monkeypatch.setattr(Course, "reach", stopped_half_way)

    async def story() -> None:
        async with visiting(place / "visit") as seen:
            await close(seen)
            await export(seen)
            await seen.sees("STOPPED. Nothing of this bundle was left behind")
            assert not list((place / "out").iterdir())
            await seen.press("escape")
            await seen.sees("OPEN nothing was exported yet")

    run(story())


def test_what_keeps_an_export_from_being_made_is_told_and_costs_no_typing(place: Path) -> None:
    async def story() -> None:
        async with visiting(place / "visit") as seen:
            await close(seen)
            await export(seen, "visit/inside")
            await seen.sees("NOT EXPORTED", "this is inside the folder of the mission")
            await seen.press("escape", "e")
            await seen.sees("visit/inside")

    run(story())


def test_an_encrypted_bundle_needs_somebody_to_read_it(place: Path) -> None:
    async def story() -> None:
        async with visiting(place / "visit") as seen:
            await close(seen)
            await seen.press("e")
            await seen.write("out")
            await seen.at("form")
            await seen.press("e", "ctrl+s")
            await seen.sees("An encrypted bundle is made for somebody")
            await seen.at("passphrase")
            await seen.write("four words for headquarters")
            await seen.press("ctrl+s")
            await seen.sees("ENCRYPTED. It is whole on the disk")
            assert "four words" not in seen.shown
            await seen.press("escape")
            await seen.sees("bundle-1.age is encrypted")

    run(story())
    assert (place / "out" / "bundle-1.age").read_bytes().startswith(b"age-encryption.org/v1")


def test_locking_while_an_export_runs_stops_it(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with (place / "form.pdf").open("wb") as file:
        file.write(bytes(3 << 20))
    with Vault.open(place / "visit", PASSPHRASE) as vault, (place / "form.pdf").open("rb") as stream:
        vault.attach(stream, "form.pdf", vault.mission_id)
    begun, go_on = threading.Event(), threading.Event()
    reach = Course.reach

    def waiting(course: Course, done: int, total: int | None = None) -> None:
        if done:
            begun.set()
            go_on.wait(20)
        reach(course, done, total)

    monkeypatch.setattr(Course, "reach", waiting)

    async def story() -> None:
        async with visiting(place / "visit") as seen:
            await close(seen)
            await export(seen)
            await seen.until(begun.is_set)
            await seen.press("escape")
            await seen.sees("x stops it")
            await seen.press("f9")
            await seen.sees("Locked")
            go_on.set()
            await seen.until(lambda: not list((place / "out").iterdir()))

    run(story())


def test_a_clock_is_noted_as_done_with_two_keys(place: Path) -> None:
    with Vault.open(place / "visit", PASSPHRASE) as vault:
        adopt_procedures(vault, PROCEDURES.encode(), "mandate.toml")
        vault.record(
            [
                Add(
                    "event",
                    {"event": "completed", "occurred": {"at": "2026-02-10T15:00:00Z", "offset": "+02:00"}},
                )
            ]
        )

    async def story() -> None:
        async with visiting(place / "visit") as seen:
            await close(seen)
            await seen.sees("OPEN deadlines: 1 overdue")
            await seen.press("enter")
            await seen.sees("DEADLINES", "overdue Hand over the findings")
            await seen.press("n")
            await seen.sees("NEW STEP OF THE PROCEDURE", "findings")
            await seen.press("ctrl+s")
            await seen.sees("recorded.", "late Hand over the findings")

    run(story())
