"""A scanner into the inventory on a real terminal: hundreds of characters in one piece, and not one reading is lost.

`python -m tests.trials.scanning --readings 63 --seed 3` sends that many readings at once, together with the key that opens the
inventory; some are near a declared serial, some on no list, many begin with letters that act on the list. Everything exact
is counted, everything else waits, kept; nothing else was recorded. POSIX only.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from fieldkit import paths
from fieldkit.vault.vault import Vault
from tests.trials.terminal import Screen, load_ahead
from tests.tui.halls import a_hall
from tests.vault.missions import PASSPHRASE

_F4 = "\x1bOS"
_QUIET_S = 3.0
_ACTING = "vnxspcmheudfwl"


def scanned(folder: Path, readings: int, rng: random.Random) -> int:
    """Scan so many readings into a new mission in one piece; how many characters that were. AssertionError at a loss."""
    passphrase = folder / "passphrase.txt"
    passphrase.write_text(f"{PASSPHRASE}\n", "utf-8")
    mission = a_hall(folder / "mission", further=readings)
    exact = [str(2000000 + 7 * n) for n in range(readings - readings // 8)]
    unknown = [f"{rng.choice(_ACTING)}{rng.choice(_ACTING)}-{n:04d}x" for n in range(readings // 8)]
    sent = [*exact, *unknown]
    rng.shuffle(sent)
    text = "".join(f"{reading}\r" for reading in sent)
    screen = Screen(mission, passphrase)
    screen.wait_for(b"OPEN")
    screen.send(_F4 + text)
    screen.settle(_QUIET_S)
    screen.end("kill")
    with Vault.open(mission, PASSPHRASE) as vault:
        counted = sorted(
            str(serial) for view in vault.list("count") for serial in _texts(view.doc["serials"])
        )
        waiting = vault.drafts().get("inventory/readings", {}).get("waiting")
        kinds = {view.kind for view in vault.latest(len(sent))} - {"item"}
    assert counted == sorted(exact), f"counted {len(counted)} of {len(exact)}: {set(exact) ^ set(counted)}"
    assert sorted(_texts(waiting)) == sorted(unknown), f"{waiting!r} wait, not {unknown!r}"
    assert kinds == {"count"}, f"letters acted: {kinds}"
    return len(text)


def _texts(value: object) -> list[str]:
    return [str(each) for each in value] if isinstance(value, list) else []


def main(arguments: Sequence[str]) -> int:
    """The command line of the trial."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--readings", type=int, default=63)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 30))
    options = parser.parse_args(arguments)
    load_ahead()
    with tempfile.TemporaryDirectory() as folder:
        os.environ[paths.STATE_VARIABLE] = f"{folder}/state"
        print(f"seed {options.seed}", flush=True)
        characters = scanned(Path(folder), options.readings, random.Random(options.seed))
    print(f"{characters} characters, {options.readings} readings: none lost, none acted")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
