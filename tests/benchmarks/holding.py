"""What holds up the loop of the screens, over a mission of many records: `python -m tests.benchmarks.holding FOLDER` on a real terminal.

`FOLDER` has `visit` and `passphrase.txt`. Prints JSON: for every step of an ordinary day the longest that the loop did one
thing, in seconds by the clock and of a processor, and what that was. Keys and painting wait for as long.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from tests.trials.terminal import Screen, load_ahead

LEAST: Final = 0.02
"""Seconds: what is shorter is not told."""
_QUIET: Final = 1.0
_F2, _F3, _F4, _F5, _F6, _F7, _F8 = (
    "\x1bOQ",
    "\x1bOR",
    "\x1bOS",
    "\x1b[15~",
    "\x1b[17~",
    "\x1b[18~",
    "\x1b[19~",
)
_ENTER, _ESCAPE, _CTRL_N, _CTRL_P, _CTRL_S, _END = "\r", "\x1b", "\x0e", "\x10", "\x13", "\x1b[F"


class Held(NamedTuple):
    """One callback of the loop: when it ended, how long it took, of that on a processor (seconds), what it was."""

    ended: float
    clock: float
    processor: float
    what: str


_NOTHING: Final = Held(0.0, 0.0, 0.0, f"nothing of {LEAST * 1e3:.0f} ms")


def tell_of_holding(file: Path) -> None:
    """From now on every callback of this process's loops that takes longer than `LEAST` is a line of the file."""
    told = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    run = asyncio.events.Handle._run

    def timed(handle: Any) -> None:
        began, busy = time.monotonic(), time.thread_time()
        run(handle)
        ended = time.monotonic()
        if ended - began > LEAST:
            one = Held(ended, ended - began, time.thread_time() - busy, _what(handle))
            os.write(told, f"{json.dumps(one)}\n".encode())

    asyncio.events.Handle._run = timed  # type: ignore[method-assign]


def _what(handle: Any) -> str:
    step = getattr(handle._callback, "__self__", None)
    if isinstance(step, asyncio.Task):
        return step.get_name()
    return getattr(handle._callback, "__qualname__", repr(handle._callback))


def steps(folder: Path) -> Sequence[tuple[str, str, str]]:
    """What is done, its keys and what is seen at its end: one after the other, each until nothing is painted any more."""
    depot, bundles = folder / "depot", folder / "bundles"
    for each in (depot, bundles):
        each.mkdir()
    return (
        ("the kinds of records", _F3, ""),
        ("a form", "o", ""),
        ("typing", "crate 7", ""),
        ("leaving it, its draft kept", _ESCAPE, ""),
        ("the inventory", _F4, "to do"),
        ("its last line", _END, ""),
        ("only what is to do", "f", ""),
        ("a serial", "1000007" + _ENTER, "by "),
        ("photos", _F5, ""),
        ("the timeline of a day", _F6, ""),
        ("its end", _END, ""),
        ("the tree of places", "t", "Room 1"),
        ("its end", _END, ""),
        ("back", _ESCAPE, ""),
        ("days", "g", ""),
        ("back", _ESCAPE, ""),
        ("the search", "/", ""),
        ("what was searched", "valve" + _ENTER, "leaf"),
        ("back", _ESCAPE, ""),
        ("everything by name", _CTRL_P, ""),
        ("words of a record", "Many versions", ""),
        ("a record", _ENTER, "recorded"),
        ("its thousand versions", "h", "until"),
        ("the end of them", _END, ""),
        ("back", _ESCAPE, ""),
        ("back", _ESCAPE, ""),
        ("the team", _F7, ""),
        ("sync", "s", ""),
        ("a new depot", str(depot) + _CTRL_N, ""),
        ("syncing", _ENTER, "Synced."),
        ("closing the day", _F8, "CLOSE"),
        ("read aloud", "r", "root "),
        ("back", _ESCAPE, ""),
        ("export", "e", "EXPORT"),
        ("exporting", str(bundles) + _CTRL_S, "HAND OVER"),
        ("the visit", _F2, "TODAY"),
    )


def longest(file: Path, since: float, until: float = float("inf")) -> Held:
    """What took longest by the clock of what ended between two moments."""
    held = [Held(*json.loads(line)) for line in file.read_text("utf-8").splitlines()]
    within = [one for one in held if since <= one.ended < until]
    return max([*within, _NOTHING], key=lambda one: one.clock)


def measure(folder: Path) -> dict[str, Held]:
    """The longest of each step."""
    file = folder / "held"
    load_ahead()
    os.register_at_fork(after_in_child=lambda: tell_of_holding(file))
    screen = Screen(folder / "visit", folder / "passphrase.txt")
    began = [("unlocking", time.monotonic())]
    screen.wait_for(b"OPEN")
    screen.settle(_QUIET)
    for name, keys, text in steps(folder):
        began.append((name, time.monotonic()))
        screen.send(keys)
        screen.wait_for(text.encode())
        screen.settle(_QUIET)
    screen.end("kill")
    found: dict[str, Held] = {}
    for (name, start), end in zip(began, [*(start for _, start in began[1:]), float("inf")], strict=True):
        found[name] = max(longest(file, start, end), found.get(name, _NOTHING), key=lambda one: one.clock)
    return found


if __name__ == "__main__":
    print(json.dumps(measure(Path(sys.argv[1]))))
