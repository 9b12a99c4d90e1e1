"""The key screens as a reader sees them, line by line, at both sizes; `FIELDKIT_DRAW=1` draws them anew.

A change of a picture is looked at by a person before it is committed.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path

import pytest

from fieldkit.tui import record_rows, today
from fieldkit.tui.widgets import lines
from fieldkit.vault.clock import Stamp
from fieldkit.vault.recording import Add
from fieldkit.vault.vault import Vault
from tests.tui.screens import LARGE, SMALL, run, visiting
from tests.vault.missions import CHEAP, PASSPHRASE

PICTURES = Path(__file__).parent / "pictures"
DRAW = "FIELDKIT_DRAW"
_DAY = "2026-02-12T0"
CHANCE = re.compile(r"\b[0-9a-f]{8,12}(?=…)")
"""Beginnings of log ids and leaf hashes, which are others in every mission."""


class StillClock:
    """A minute later at every reading."""

    def __init__(self) -> None:
        self._minutes = 0

    def read(self) -> Stamp:
        self._minutes += 1
        hour, minute = divmod(self._minutes, 60)
        return Stamp(f"{_DAY}{7 + hour}:{minute:02d}:00.000000Z", "+02:00", self._minutes, "0" * 32)


@pytest.fixture
def mission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A morning's work on a day that is over, shown as if it were today."""
    monkeypatch.setattr(lines, "clock_text", lambda: "12 Feb 10:42 +02")
    monkeypatch.setattr(record_rows, "_this_year", lambda: 2026)
    monkeypatch.setattr(today, "_midnight", lambda: "2026-02-12T00:00:00.000000Z")
    folder = tmp_path / "visit"
    vault, _ = Vault.create(
        folder, title="TRIPOLI-04", author="Amira Nasser", passphrase=PASSPHRASE, kdf=CHEAP, clock=StillClock(),
        mission={"mark": "confidential"},
    )  # fmt: skip
    with vault:
        vault.record(
            [
                Add("person", {"name": "Maj. Salem", "party": "host", "role": "escort"}),
                Add("location", {"name": "Assembly hall", "level": "building"}),
            ]
        )
        vault.record(
            [
                Add(
                    "observation",
                    {"text": "Two gyroscopes, covers off", "basis": "seen", "open_question": "Whose?"},
                )
            ]
        )
        vault.record([Add("access", {"requested": {"at": f"{_DAY}8:00:00Z", "offset": "+02:00"}})])
        vault.record([Add("commitment", {"text": "Bring the keys to store 3"})])
    return folder


@pytest.mark.parametrize("size", [SMALL, LARGE], ids=["80x24", "120x40"])
@pytest.mark.parametrize(
    ("name", "keys", "waits"),
    [
        ("visit", [], ["1 open question"]),
        ("observation", ["o"], ["NEW OBSERVATION", "Remark"]),
        ("access", ["a"], ["NEW ACCESS", "Remark"]),
        ("kinds", ["f3"], ["RECORD WHAT?", "Finding"]),
        ("where", ["ctrl+l"], ["WHERE WE ARE", "Mark"]),
        ("help", ["f1"], ["KEYS HERE", "RECORD"]),
        ("record", ["enter"], ["1 ACCESS NOT ANSWERED", "A-000"]),
        ("browse", ["f6"], ["BROWSE", "7 records", "Bring the keys"]),
        ("find", ["slash", *"gyro"], ["FIND 1", "Two gyroscopes"]),
        ("places", ["f6", "t"], ["PLACES", "no place named"]),
        ("one-record", ["slash", *"gyro", "enter"], ["OBSERVATION", "Whose?", "entry 7"]),
    ],
)
def test_a_screen_looks_as_it_was_drawn(
    mission: Path, size: tuple[int, int], name: str, keys: Sequence[str], waits: Sequence[str]
) -> None:
    async def story() -> list[str]:
        async with visiting(mission, size) as seen:
            await seen.sees("1 access not answered", "seen · Two gyro")
            await seen.press(*keys)
            await seen.sees(*waits)
            await seen.pilot.pause()
            return seen.lines

    drawn = CHANCE.sub(
        lambda found: "x" * len(found[0]), "\n".join(line.rstrip() for line in run(story())) + "\n"
    )
    file = PICTURES / f"{name}-{size[0]}x{size[1]}.txt"
    if os.environ.get(DRAW):
        PICTURES.mkdir(exist_ok=True)
        file.write_text(drawn, "utf-8")
    assert drawn == file.read_text("utf-8")
