"""What the keyboard feels like over a mission of many records: `python -m tests.benchmarks.keyboard FOLDER CARD` on a real terminal.

Prints JSON: seconds from a key to its letter on the screen, alone and while a card is taken in; of unlocking; of opening
a list of everything; and what the loop of the screens did longest meanwhile, by the clock and of a processor: a key that is later
than that waited for a processor, or for whoever reads the terminal. No letter has stood on the screen before.
"""

from __future__ import annotations

import json
import os
import sys
import time
import unicodedata
from pathlib import Path
from typing import Any

from fieldkit.tui.drafts import read_drafts
from fieldkit.vault.vault import Vault
from tests.benchmarks.holding import longest, tell_of_holding
from tests.trials.terminal import Screen, load_ahead
from tests.vault.missions import PASSPHRASE

_LETTERS = [
    letter for letter in map(chr, range(0x100, 0x500)) if unicodedata.category(letter) in ("Ll", "Lu")
]
_APART_S = 0.05
_KEYS = 240
_BURST = "0123456789" * 50 + "Ω"
_F2, _F5, _F9, _CTRL_S, _ESCAPE, _TAB = "\x1bOQ", "\x1b[15~", "\x1b[20~", "\x13", "\x1b", "\t"


def measure(folder: Path, card: Path, passphrase: Path) -> dict[str, list[Any]]:
    """Everything, in seconds; `burst` is how many of 500 scanned characters arrived, `held` what held the loop longest meanwhile."""
    load_ahead()
    held = folder.parent / f"{folder.name}-held"
    os.register_at_fork(after_in_child=lambda: tell_of_holding(held))
    screen = Screen(folder, passphrase)
    screen.wait_for(b"OPEN")
    screen.drain(3)
    found: dict[str, list[Any]] = {"unlock": [], "list": []}
    for _ in range(5):
        screen.until_painted(_F9, "Locked")
        screen.drain(1)
        found["unlock"].append(screen.until_painted(f"{PASSPHRASE}\r", "OPEN"))
        screen.drain(2)
        found["list"].append(screen.until_painted("\r", "Crate 1,"))
        screen.drain(0.5)
        screen.until_painted(_F2, "OPEN")
        screen.drain(2)
    screen.until_painted("o", "NEW OBSERVATION")
    found["alone"] = _typed(screen)
    screen.send(_ESCAPE)
    screen.drain(1)
    screen.until_painted(_F5, "no photos here yet")
    screen.send("i")
    screen.drain(1)
    began = time.monotonic()
    screen.until_painted(f"{card}{_CTRL_S}", "files")
    screen.until_painted(_F2, "OPEN")
    screen.until_painted("o", "NEW OBSERVATION")
    found["intake"] = _typed(screen)
    found["held"] = [longest(held, began)]
    screen.send(_ESCAPE)
    screen.drain(1)
    found["burst seconds"] = [screen.until_painted("o" + _BURST, _BURST[-1])]
    screen.drain(2)
    screen.end("kill")
    with Vault.open(folder, PASSPHRASE) as vault:
        typed = max((draft.texts.get("text", "") for draft in read_drafts(vault)), key=len)
        found["burst"] = [len(typed) if typed == _BURST else 0.0]
        found["photos"] = [float(vault.count("photo"))]
    return found


def _typed(screen: Screen) -> list[float]:
    """The seconds of each key."""
    spent = []
    for letter in _LETTERS[:_KEYS]:
        spent.append(screen.until_painted(letter, letter))
        screen.drain(_APART_S)
    return spent


if __name__ == "__main__":
    print(json.dumps(measure(*map(Path, sys.argv[1:]))))
