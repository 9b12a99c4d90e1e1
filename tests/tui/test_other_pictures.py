"""The screens around the day's work as a reader sees them, at both sizes; drawn anew as those of `test_pictures` are.

What is another in every mission (digests, words of keys, sizes, times) is blotted out or put in place of by fixed words.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from fieldkit.bundle.export import export_bundle
from fieldkit.bundle.last_export import Last, keep
from fieldkit.bundle.roster import SignerKey
from fieldkit.capture import closing
from fieldkit.journal.sshsig import public_of
from fieldkit.team import differences as team
from fieldkit.tui.app import FieldkitApp
from fieldkit.tui.screens import close, handover_sheet, host, new, signing, signing_forms, start
from fieldkit.tui.widgets import lines
from fieldkit.vault.vault import Vault
from tests.tui.screens import LARGE, SMALL, Terminal, a_mission, run, terminal, visiting
from tests.tui.test_browse import two_laptops
from tests.tui.test_pictures import DRAW, PICTURES
from tests.vault.missions import CHEAP, PASSPHRASE

WORDS = ("orbit", "velvet", "anchor", "seven", "canyon", "mint")
_BLOTTED = re.compile(
    r"[A-Za-z0-9+/]{43}=|\b[0-9a-f]{8,64}\b|(?:\b[0-9a-f]{4}\b ?){5,}|\b\d{4}-\d\d-\d\d|[+-]?\d\d:\d\d(?::\d\d)?|\b\d\d [A-Z][a-z]{2}\b|[\d,.]+(?= (?:bytes|MB|kB)| +#)"
)
_FRACTION = re.compile(r"(\d\d:\d\d:\d\d)\.\d+")
_WHOLE_MINUTE = re.compile(r"(?<![:\d])(\d\d:\d\d)( [+-]\d\d:\d\d)(?:   (?= ))?")


class Sheet:
    """Pictures of one story, compared with those that were drawn at its end."""

    def __init__(self, size: tuple[int, int]) -> None:
        self._size = size
        self._drawn: dict[str, str] = {}

    async def keep(self, seen: Terminal, name: str, *waits: str) -> None:
        """The screen as it stands once it shows these texts."""
        await seen.sees(*waits)
        await seen.pilot.pause()
        text = "\n".join(line.rstrip() for line in seen.lines) + "\n"
        text = _WHOLE_MINUTE.sub(r"\1:00\2", _FRACTION.sub(r"\1", text))
        self._drawn[name] = _BLOTTED.sub(lambda found: "#" * len(found[0]), text)

    def compare(self, count: int) -> None:
        """Whether all of them look as they were drawn."""
        assert len(self._drawn) == count
        for name, text in self._drawn.items():
            file = PICTURES / f"{name}-{self._size[0]}x{self._size[1]}.txt"
            if os.environ.get(DRAW):
                file.write_text(text, "utf-8")
            assert text == file.read_text("utf-8"), name


@pytest.fixture(params=[SMALL, LARGE], ids=["80x24", "120x40"])
def size(request: pytest.FixtureRequest) -> tuple[int, int]:
    """Both sizes."""
    return request.param  # type: ignore[no-any-return]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home in which the mission lies, on a day that does not change."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(lines, "clock_text", lambda: "12 Feb 10:42 +02")
    monkeypatch.setattr(close, "_title", lambda: "CLOSE 12 FEB")
    monkeypatch.setattr(closing, "spoken", lambda _root: WORDS)
    for module in (handover_sheet, signing, signing_forms):
        monkeypatch.setattr(module, "seal_words", lambda _seal: WORDS)
    for module in (start, host):
        monkeypatch.setattr(module, "version", lambda _name: "0.1.0")
    return tmp_path


def test_before_a_mission_is_open_and_behind_the_lock(place: Path, size: tuple[int, int]) -> None:
    folder = a_mission(place / "visit")
    sheet = Sheet(size)

    async def story() -> None:
        async with terminal(FieldkitApp(kdf=CHEAP), size) as seen:
            await sheet.keep(seen, "start-first", "none yet")
        async with terminal(FieldkitApp(folder, kdf=CHEAP), size) as seen:
            await sheet.keep(seen, "start", "visit in ~")
            await seen.press("f3")
            await sheet.keep(seen, "wizard-vault", "NEW MISSION", "Once more", "visit-2")
            for field in ("passphrase", "again"):
                await seen.at(field)
                await seen.write(PASSPHRASE)
            await seen.press("enter")
            await sheet.keep(seen, "wizard", "NEW MISSION, 2 of 2", "Team")
            await seen.press("ctrl+g")
            await sheet.keep(seen, "wizard-drop", "DROP THIS MISSION?")
            await seen.press("escape", "escape")
            await sheet.keep(seen, "start-not-begun", "visit-2 (a mission not begun yet)")
            await seen.press("f5")
            await sheet.keep(seen, "verify", "VERIFY A BUNDLE")
            await seen.press("escape", "f6")
            await sheet.keep(seen, "demo", "DEMO", "all invented")
            await seen.press("escape", "escape", "down")
            await seen.at_passphrase(PASSPHRASE)
            await seen.sees("OPEN", "TODAY")
            seen.app.push_screen(new.RecoveryScreen(seen.app.opened, WORDS + WORDS))
            await sheet.keep(seen, "recovery", "RECOVERY WORDS", "12 mint")
            seen.app.pop_screen()
            await seen.press("f9")
            await sheet.keep(seen, "locked", "Locked.")
            await seen.press("f10")
            await sheet.keep(seen, "host", "WHAT THIS LAPTOP HOLDS", "vault.json")

    run(story())
    sheet.compare(11)


def test_the_end_of_the_day(place: Path, size: tuple[int, int]) -> None:
    with Vault.open(a_mission(place / "visit"), PASSPHRASE) as vault:
        host_key = public_of(Ed25519PrivateKey.generate())
        exported = export_bundle(vault, Path("out"), required=[SignerKey("host", host_key)])
        keep(vault, Last(path=str(exported.path), folder="out"))
    sheet = Sheet(size)

    async def story() -> None:
        async with visiting(place / "visit", size) as seen:
            await seen.press("f8")
            await sheet.keep(seen, "close", "still to sign tripoli-04-1: host", "bundle 1 holds all")
            await seen.press("r")
            await sheet.keep(seen, "aloud", "O R B I T", "M I N T")
            await seen.press("escape", "e")
            await sheet.keep(seen, "export", "EXPORT", "Has to sign")
            await seen.press("escape", "d")
            await sheet.keep(seen, "deadlines", "DEADLINES")
            await seen.press("escape", "h")
            await sheet.keep(seen, "handover", "HAND OVER", "WHAT GOES TO WHOM")
            await seen.press("escape", "v")
            await sheet.keep(seen, "copy", "Bundle")
            await seen.press("escape", "s")
            await sheet.keep(seen, "sign", "SIGN tripoli-04-1", "orbit")
            await seen.press("t")
            await sheet.keep(seen, "sign-team", "SIGN AS THE TEAM")
            await seen.press("escape", "h")
            await sheet.keep(seen, "sign-host", "SIGNATURE OF THE HOST", "orbit")

    run(story())
    sheet.compare(9)


def in_order(place: Path) -> Path:
    """A mission whose difference shows laptop A's value first: the order follows from digests, which are others every time."""
    for number in range(30):
        (place / str(number)).mkdir()
        folder = two_laptops(place / str(number))
        with Vault.open(folder, PASSPHRASE) as vault:
            (one,) = team.standing(vault)
            if one.sides[0].value == "Two gyroscopes":
                return folder
    raise AssertionError("never in this order")


def test_what_stands_against_each_other(place: Path, size: tuple[int, int]) -> None:
    folder = in_order(place)
    sheet = Sheet(size)

    async def story() -> None:
        async with visiting(folder, size) as seen:
            await seen.press("f6", "d")
            await sheet.keep(seen, "differences", "1 to be settled", "Two gyroscopes")
            await seen.press("enter")
            await sheet.keep(seen, "difference", "2 VALUES STAND", "counted anew by B")
            await seen.press("b")
            await sheet.keep(seen, "settle", "KEEP BOTH AS DIFFERING OBSERVATIONS")
            await seen.press("escape", "escape", "h")
            await seen.press("escape", "slash")
            await seen.write("gyroscopes basis")
            await seen.press("ctrl+u")
            await seen.write("o:gyroscopes")
            await seen.sees("FIND 1")
            await seen.press("enter", "h")
            await sheet.keep(seen, "history", "HISTORY OF", "stands")
            await seen.press("escape", "e")
            await sheet.keep(seen, "correct", "CORRECT", "Why")

    run(story())
    sheet.compare(5)


def test_beside_the_work(place: Path, size: tuple[int, int]) -> None:
    folder = a_mission(place / "visit")
    sheet = Sheet(size)

    async def story() -> None:
        async with visiting(folder, size, guides=True) as seen:
            await sheet.keep(seen, "tour", "TOUR 1 of", "Next: F3")
            await seen.press("ctrl+t", "ctrl+p")
            await sheet.keep(seen, "palette", "go to visit")
            await seen.press("escape", "f7", "a")
            await sheet.keep(seen, "admit", "ADMIT A LAPTOP")
            await seen.press("escape", "c")
            await sheet.keep(seen, "copies", "WHO HOLDS THE ORIGINALS")
            await seen.press("escape", "f6", "x")
            await sheet.keep(seen, "apart", "KEPT APART", "every entry that came here counts")
            await seen.press("escape", "f4", "d")
            await sheet.keep(seen, "draws", "PLANS AND DRAWS")
            await seen.press("n")
            await sheet.keep(seen, "plan", "PLAN")

    run(story())
    sheet.compare(7)
