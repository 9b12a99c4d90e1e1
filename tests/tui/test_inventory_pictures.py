"""The inventory's key screens as a reader sees them, at both sizes; drawn anew as those of `test_pictures` are."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from textual import events

from fieldkit.capture import drawing, tallying
from fieldkit.capture.counting import count_undeclared
from fieldkit.tui.widgets import lines
from fieldkit.vault.vault import Vault
from tests.tui.halls import declared
from tests.tui.screens import LARGE, SMALL, Terminal, run, visiting
from tests.tui.test_pictures import DRAW, PICTURES, StillClock
from tests.vault.missions import CHEAP, PASSPHRASE


@pytest.fixture
def mission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A hall half counted, and a list that both sides agreed to."""
    monkeypatch.setattr(lines, "clock_text", lambda: "12 Feb 10:42 +02")
    monkeypatch.setenv("TZ", "EET-2")
    time.tzset()
    vault, _ = Vault.create(
        tmp_path / "visit", title="TRIPOLI-04", author="Amira Nasser", passphrase=PASSPHRASE, kdf=CHEAP,
        clock=StillClock(), mission={"mark": "confidential"},
    )  # fmt: skip
    with vault:
        declared(vault)
        items = {str(view.doc["line"]): view.id for view in vault.list("item")}
        tallying.count_reading(vault, "447101", items["61"])
        tallying.verify(vault, [items["61"]])
        tallying.count_reading(vault, "AC-1002", items["65"])
        tallying.count_lines(vault, [items["66"]], {"counted": 250})
        tallying.count_lines(vault, [items["67"]], {"status": "not_accessible", "reason": "behind the press"})
        count_undeclared(vault, {"nomenclature": "Accelerometer"}, {"serials": ["AC-77"]})
        host = next(view.id for view in vault.list("person") if view.doc["party"] == "host")
        frozen = drawing.freeze(vault, declaration=vault.get("A-T-0003").id, size=12)
        drawing.agree(vault, frozen.draw.id, {"team": vault.author, "host": host})
    yield tmp_path / "visit"
    monkeypatch.undo()
    time.tzset()


async def _near(seen: Terminal) -> None:
    await seen.press(*"4471O8", "enter")
    await seen.sees("NEAR 4471O8 → 447108", "LEFT 3")


async def _pasted(seen: Terminal) -> None:
    assert seen.app.focused is not None
    seen.app.focused.post_message(events.Paste("447108\n4471O8\t1\nSV-1002\nAC-78\t2"))
    await seen.sees("PASTED LINES", "4 lines")


async def _dice(seen: Terminal) -> None:
    await seen.press("d")
    await seen.sees("12 of 258 pieces · to go on with")
    await seen.press("enter")
    await seen.sees("Both sides agreed to the list")
    await seen.press("x", *"2023733112815")
    await seen.sees("The HOST rolls", "13 rolled, 7 to go")


async def _drawn(seen: Terminal) -> None:
    await _dice(seen)
    await seen.press(*"9211123", "enter")
    await seen.sees("6 CHECK", "1. number")


STEPS = {"inventory": _near, "inventory-pasted": _pasted, "draw-dice": _dice, "draw-drawn": _drawn}


@pytest.mark.parametrize("size", [SMALL, LARGE], ids=["80x24", "120x40"])
@pytest.mark.parametrize("name", list(STEPS))
def test_the_inventory_looks_as_it_was_drawn(mission: Path, size: tuple[int, int], name: str) -> None:
    async def story() -> list[str]:
        async with visiting(mission, size) as seen:
            await seen.press("f4")
            await seen.sees("LEFT 3 declared 258")
            await STEPS[name](seen)
            await seen.pilot.pause()
            return seen.lines

    drawn = "\n".join(line.rstrip() for line in run(story())) + "\n"
    file = PICTURES / f"{name}-{size[0]}x{size[1]}.txt"
    if os.environ.get(DRAW):
        file.write_text(drawn, "utf-8")
    assert drawn == file.read_text("utf-8")
