"""Type on a real terminal, end the program at a random moment, and look at what the vault kept.

`python -m tests.trials.typing --ends 2000` ends it as often as wanted, in turn by SIGKILL, SIGTERM, SIGHUP and by closing the
terminal, while something is typed into one of many places. Whatever was typed a second before is kept, and now and then it is
looked whether it is offered again; what is kept was typed. POSIX only.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from fieldkit import paths
from fieldkit.vault.letterbox import empty_into
from fieldkit.vault.making import drop
from fieldkit.vault.vault import Vault
from tests.trials.terminal import ENDINGS, Screen, load_ahead
from tests.trials.typed_places import Place, a_day, clear, places
from tests.vault.missions import PASSPHRASE

LOST_S = 1.0
"""The most that may be lost, in seconds of typing."""
LAG_ALLOWANCE = 5
"""How many times the slowest painting of a key a busy machine is granted on top."""
WORDS = "two gyroscopes on the stand covers off plates legible third behind the door "
_LONGEST_S = 2.2
_LOOKED_AT = 6
"""Every so many ends it is looked on the screen whether what was kept is offered again."""
_TOLD = 12
_FIRST, _VISIT = b"passphrase", b"OPEN"
_One = TypeVar("_One")


@dataclass
class Tally:
    """What was tried: ends by way and by place, letters typed, kept, offered again on a screen; the most time that was lost."""

    ways: Counter[str] = field(default_factory=Counter)
    places: Counter[str] = field(default_factory=Counter)
    typed: int = 0
    kept: int = 0
    offered: int = 0
    most_lost_s: float = 0.0

    def __str__(self) -> str:
        ways = ", ".join(f"{number} by {way}" for way, number in sorted(self.ways.items()))
        where = ", ".join(f"{number} in {place}" for place, number in sorted(self.places.items()))
        return (
            f"{self.ways.total()} ends ({ways}; {where}): {self.typed} letters typed, {self.kept} kept, looked at on the screen"
            f" {self.offered} times; at most {self.most_lost_s:.2f} s of typing lost"
        )


class Trial:
    """One mission that is typed into again and again."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.tally = Tally()
        self._seed = seed
        self._mission, bundle = a_day(folder)
        self._places = places(self._mission, bundle)
        self._passphrase = folder / "passphrase.txt"
        self._passphrase.write_text(f"{PASSPHRASE}\n", "utf-8")
        with Vault.open(self._mission, PASSPHRASE) as vault:
            self._recorded = vault.count()

    def run(self, ends: int) -> None:
        """End the program so often; every way and every place has its turn, in an order that is drawn."""
        rng = random.Random(self._seed)
        ways, where = _drawn(rng, ENDINGS), _drawn(rng, self._places)
        for number in range(ends):
            way, place = next(ways), next(where)
            try:
                self._one(place, way, random.Random(f"{self._seed}/{number}"), look=number % _LOOKED_AT == 0)
            except BaseException as error:
                error.add_note(f"end {number} of seed {self._seed}: {way}, typing into {place.name}")
                raise

    def _one(self, place: Place, way: str, rng: random.Random, *, look: bool) -> None:
        screen = self._start(place.made is None)
        place.go(screen)
        screen.slowest = 0.0
        typed: list[float] = []
        text = ""
        until = time.monotonic() + rng.uniform(0.05, _LONGEST_S)
        letters = _letters()
        while time.monotonic() < until:
            letter = next(letters)
            screen.press(letter)
            text += letter
            typed.append(time.monotonic())
            screen.drain(rng.uniform(0.01, 0.12))
        ended = time.monotonic()
        screen.end(way)
        kept = self._kept(place)
        allowed = LOST_S + LAG_ALLOWANCE * screen.slowest
        due = sum(ended - when > allowed for when in typed)
        assert text.startswith(kept), f"what was never typed is kept: {kept!r} of {text!r}"
        assert len(kept.rstrip()) >= len(text[:due].rstrip()), (
            f"{kept!r} is left of {text!r}, {due} letters were due"
        )
        if look and len(kept) > _TOLD:
            self._offered(place, kept)
        if place.made is not None:
            drop(place.made)
        else:
            with Vault.open(self._mission, PASSPHRASE) as vault:
                clear(vault)
        self.tally.ways[way] += 1
        self.tally.places[place.name] += 1
        self.tally.typed += len(text)
        self.tally.kept += len(kept)
        self.tally.most_lost_s = max(
            self.tally.most_lost_s, ended - typed[len(kept)] if len(kept) < len(typed) else 0.0
        )

    def _start(self, visit: bool) -> Screen:
        screen = Screen(self._mission if visit else None, self._passphrase)
        screen.wait_for(_VISIT if visit else _FIRST)
        return screen

    def _kept(self, place: Place) -> str:
        """What is left in the vault of what was typed; nothing else has changed in it."""
        with Vault.open(place.made or self._mission, PASSPHRASE, unbegun=True) as vault:
            empty_into(vault)
            assert vault.count() == (0 if place.made else self._recorded), "something was recorded"
            return place.kept(vault)

    def _offered(self, place: Place, kept: str) -> None:
        """A screen shows it again: `TimeoutError` where none does."""
        screen = Screen(place.made, self._passphrase) if place.made else self._start(visit=True)
        if not place.on_visit and place.made is None:
            place.go(screen)
        screen.has_shown(kept[:_TOLD])
        screen.end("kill")
        self.tally.offered += 1


def _drawn(rng: random.Random, of: Sequence[_One]) -> Iterator[_One]:
    """One after the other for ever, each as often as the others, in an order drawn anew each time."""
    while True:
        yield from rng.sample(of, len(of))


def _letters() -> Iterator[str]:
    while True:
        yield from WORDS


def main(arguments: Sequence[str]) -> int:
    """The command line of the trial."""
    parser = argparse.ArgumentParser(prog="python -m tests.trials.typing", description=__doc__)
    parser.add_argument("--ends", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().getrandbits(32))
    options = parser.parse_args(arguments)
    load_ahead()
    with tempfile.TemporaryDirectory() as folder:
        os.environ[paths.STATE_VARIABLE] = f"{folder}/state"
        print(f"seed {options.seed}", flush=True)
        trial = Trial(Path(folder), options.seed)
        began = time.monotonic()
        trial.run(options.ends)
    print(f"{trial.tally}; {time.monotonic() - began:.0f} s")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
