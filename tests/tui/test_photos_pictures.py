"""The photo screens as a reader sees them, line by line, at both sizes; `FIELDKIT_DRAW=1` draws them anew.

A picture's cells are all the same character, so these hold its place and size; colours are tested elsewhere. Digests and sizes
depend on the JPEG coder and are blotted out.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from fieldkit.capture.captions import caption, captions
from fieldkit.capture.custody import WITHHELD, change_state, placeholders
from fieldkit.tui import today
from fieldkit.tui.widgets import lines
from fieldkit.vault.recording import Add
from fieldkit.vault.vault import Vault
from tests.bad import photos as bad
from tests.capture.cards import take_in
from tests.tui.screens import LARGE, SMALL, Terminal, run, visiting
from tests.tui.test_pictures import DRAW, PICTURES, StillClock
from tests.vault.missions import CHEAP, PASSPHRASE

_DIGEST = re.compile(r"\b[0-9a-f]{6,64}\b|\d+(?= bytes not)")


@pytest.fixture(autouse=True)
def _colours(monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal that shows every colour, whatever the tests run in."""
    monkeypatch.setenv("COLORTERM", "truecolor")
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)


@pytest.fixture
def mission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A card with what cards hold, taken in on a day that is over."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TZ", "UTC")
    monkeypatch.setattr(lines, "clock_text", lambda: "12 Feb 10:42 +02")
    monkeypatch.setattr(today, "_midnight", lambda: "2026-02-12T00:00:00.000000Z")
    folder = tmp_path / "visit"
    vault, _ = Vault.create(
        folder, title="TRIPOLI-04", author="Amira Nasser", passphrase=PASSPHRASE, kdf=CHEAP, clock=StillClock(),
        mission={"mark": "confidential"},
    )  # fmt: skip
    with vault:
        vault.record([Add("item", {"line": "63", "nomenclature": "Vertical gyroscope"})])
        take_in(vault, tmp_path, 6)
        views = list(vault.list("photo"))
        caption(vault, captions(vault, views[:2], "Plate {n} of {of}"))
        change_state(vault, views[3:4], WITHHELD, "Shows the gate")
        placeholders(vault, 2, "The host develops them")
    card = tmp_path / "card"
    card.mkdir()
    for number in (1, 2, 5):
        (card / f"DSC_{number:04d}.JPG").write_bytes(bad.sound_jpeg(160, 120, seed=40 + number))
    (card / "DSC_0002.JPG").write_bytes(bad.broken_off())
    (card / "DSC_0009.JPG").write_bytes((tmp_path / "card-team" / "DSC_0001.JPG").read_bytes())
    (card / "notes.txt").write_text("not a picture")
    return folder


@pytest.mark.parametrize("size", [SMALL, LARGE], ids=["80x24", "120x40"])
def test_the_photo_screens_look_as_they_were_drawn(mission: Path, size: tuple[int, int]) -> None:
    drawn: dict[str, str] = {}

    async def keep(seen: Terminal, name: str, *waits: str) -> None:
        await seen.sees(*waits)
        await seen.pilot.pause()
        text = "\n".join(line.rstrip() for line in seen.lines) + "\n"
        drawn[name] = _DIGEST.sub(lambda found: "#" * len(found[0]), text)

    async def story() -> None:
        async with visiting(mission, size) as seen:
            await seen.press("f5")
            await seen.sees("PHOTOS 8")
            await seen.press("home", "space")
            await keep(seen, "photos", "Plate 2 of 2", "1 marked", "WITHHELD", "▀▀▀▀▀▀")
            await seen.press("c")
            await seen.write("Plate of {number}")
            await keep(seen, "photo-captions", "A-P-0001 Plate of A-P-0001")
            await seen.press("escape", "left", "enter")
            await keep(seen, "photo", "PHOTO A-P-0001", "only here", "▀▀▀▀▀▀")
            await seen.press("escape", "b")
            await seen.sees("no box yet")
            await seen.press("n", "left", "left", "n", "s", "right")
            await keep(seen, "photo-boxes", "box 2 of 2", "SIZE", "╔", "┌")
            await seen.press("escape", "t")
            await keep(seen, "clocks", "NOT CHECKED")
            await seen.press("escape", "O")
            await keep(seen, "photo-outside", "LEAVE THE VAULT", "A-P-0001")
            await seen.press("escape", "i")
            await seen.write("card")
            await seen.press("ctrl+s")
            await keep(seen, "card", "every file is safe", "i shows the receipt")

    run(story())
    for name, text in drawn.items():
        file = PICTURES / f"{name}-{size[0]}x{size[1]}.txt"
        if os.environ.get(DRAW):
            file.write_text(text, "utf-8")
        assert text == file.read_text("utf-8"), name
    assert len(drawn) == 7
