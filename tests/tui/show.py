"""Draws the pictures that README shows, from the demo's visit: `python -m tests.tui.show` writes them to `tests/tui/shown/`.

Fonts are whatever monospaced one the reader has: a picture fetches nothing.
"""

from __future__ import annotations

import asyncio
import os
import re
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from fieldkit.demo.run import play
from fieldkit.tui.app import FieldkitApp
from tests.tui.screens import terminal

SHOWN: Final = Path(__file__).parent / "shown"
SIZE: Final = (100, 30)
_FETCHED: Final = re.compile(r"@font-face \{.*?\}", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture: the keys that lead there from the visit, what has to stand on the screen, what is typed first."""

    name: str
    keys: Sequence[str]
    sees: Sequence[str]
    text: str = ""


PICTURES: Final = (
    Picture("visit", (), ("OPEN", "overdue")),
    Picture("capture", ("o",), ("NEW OBSERVATION", "draft kept"), "Two vertical gyroscopes, covers off. Plates legible."),
    Picture("inventory", ("f4",), ("declared 118", "matched 112")),
    Picture("photos", ("f5", "down", "down"), ("160",)),
    Picture("places", ("f6", "t"), ("Site",)),
    Picture("close", ("f8",), ("items disagree",)),
)  # fmt: skip


async def draw(visit: Path, passphrase: str, picture: Picture) -> str:
    """The picture as SVG."""
    async with terminal(FieldkitApp(visit, passphrase), SIZE) as seen:
        await seen.sees("OPEN", "TODAY")
        await seen.press(*picture.keys)
        if picture.text:
            await seen.write(picture.text)
        await seen.sees(*picture.sees)
        await seen.pilot.pause(2)
        drawn = seen.app.export_screenshot(title="fieldkit")
    return _FETCHED.sub("", drawn).replace("Fira Code", "ui-monospace")


def main(names: Sequence[str]) -> None:
    """Draw those that are named, or all."""
    os.environ.update(COLORTERM="truecolor", TERM="xterm-256color")
    os.environ.pop("NO_COLOR", None)
    with tempfile.TemporaryDirectory() as place:
        os.environ["FIELDKIT_STATE_DIR"] = f"{place}/state"
        played = play(Path(place) / "demo")
        passphrase = (played.mission.parent / "passphrase.txt").read_text("utf-8").strip()
        for picture in PICTURES:
            if not names or picture.name in names:
                svg = asyncio.run(draw(played.mission, passphrase, picture))
                (SHOWN / f"{picture.name}.svg").write_text(svg, "utf-8")
                print(picture.name, flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
