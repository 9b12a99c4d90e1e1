"""Type into a form on a real terminal, end the program at a random moment, and look at what the vault kept.

`python -m tests.trials.typing --kills 2000 --seed 7` ends it as often as wanted: by SIGKILL, by SIGTERM, or by closing
the terminal. Whatever was typed a second before is in the draft; what a draft holds was typed. POSIX only.
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

from fieldkit import paths
from fieldkit.tui.drafts import read_drafts
from fieldkit.vault.vault import Vault
from tests.trials.terminal import Screen, load_ahead
from tests.vault.missions import PASSPHRASE, new_mission

LOST_S = 1.0
"""The most that may be lost, in seconds of typing."""
LAG_ALLOWANCE = 5
"""How many times the slowest painting of a key a busy machine is granted on top."""
WORDS = "two gyroscopes on the stand covers off plates legible third behind the door "
ENDINGS = ("kill", "kill", "kill", "terminate", "close")
_STARTED = b"OPEN"
_FORM = b"OBSERVATION"


@dataclass
class Tally:
    """What was tried: endings by kind, letters typed, letters found in drafts, the most time that was lost."""

    endings: Counter[str] = field(default_factory=Counter)
    typed: int = 0
    kept: int = 0
    most_lost_s: float = 0.0


def trial(folder: Path, passphrase_file: Path, rng: random.Random, tally: Tally) -> None:
    """Type for a random time, end the program in a random way, and compare the draft. AssertionError at a loss."""
    how = rng.choice(ENDINGS)
    screen = Screen(folder, passphrase_file)
    screen.wait_for(_STARTED)
    screen.press("o")
    screen.wait_for(_FORM)
    typed: list[float] = []
    until = time.monotonic() + rng.uniform(0.05, 1.5)
    letters = _letters()
    text = ""
    while time.monotonic() < until:
        letter = next(letters)
        screen.press(letter)
        text += letter
        typed.append(time.monotonic())
        screen.drain(rng.uniform(0.01, 0.12))
    ended = time.monotonic()
    screen.end(how)
    kept = _draft(folder)
    allowed = LOST_S + LAG_ALLOWANCE * screen.slowest
    due = sum(ended - when > allowed for when in typed)
    assert text.startswith(kept), f"the draft holds what was never typed: {kept!r} of {text!r}"
    assert len(kept.rstrip()) >= len(text[:due].rstrip()), (
        f"{how}: {kept!r} is left of {text!r}, {due} letters were due"
    )
    lost = ended - typed[len(kept)] if len(kept) < len(typed) else 0.0
    tally.endings[how] += 1
    tally.typed += len(text)
    tally.kept += len(kept)
    tally.most_lost_s = max(tally.most_lost_s, lost)


def run(folder: Path, kills: int, seed: int) -> Tally:
    """End the program `kills` times over missions in `folder`."""
    load_ahead()
    rng = random.Random(seed)
    tally = Tally()
    passphrase_file = folder / "passphrase.txt"
    passphrase_file.write_text(f"{PASSPHRASE}\n", "utf-8")
    mission = folder / "mission"
    new_mission(mission).close()
    for _ in range(kills):
        trial(mission, passphrase_file, rng, tally)
    return tally


def _draft(folder: Path) -> str:
    """The text of the draft that is left; the vault is put in order for the next trial."""
    with Vault.open(folder, PASSPHRASE) as vault:
        drafts = read_drafts(vault)
        for draft in drafts:
            vault.drop_draft(draft.name)
        assert vault.count("observation") == 0
        assert len(drafts) <= 1
        return drafts[0].texts.get("text", "") if drafts else ""


def _letters() -> Iterator[str]:
    while True:
        yield from WORDS


def main(arguments: Sequence[str]) -> int:
    """The command line of the trial."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 30))
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        os.environ[paths.STATE_VARIABLE] = f"{folder}/state"
        print(f"seed {options.seed}", flush=True)
        tally = run(Path(folder), options.kills, options.seed)
    print(
        f"{tally.endings.total()} ends {dict(tally.endings)}: {tally.typed} letters typed, {tally.kept} kept,"
    )
    print(f"at most {tally.most_lost_s:.2f} s of typing lost")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
