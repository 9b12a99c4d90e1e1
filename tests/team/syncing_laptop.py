"""A laptop as a process of its own: it records, and syncs with one depot after another, whether they answer or not.

`python -m tests.team.syncing_laptop MISSION SEED ROUNDS DEPOT…` prints a line for each text that is durable, and for each
sync how it ended; the addresses of S3 servers are in its environment.
"""

from __future__ import annotations

import io
import random
import sys
from pathlib import Path

from fieldkit.errors import UnavailableError
from fieldkit.team.depot import open_depot
from fieldkit.team.syncing import Sync
from fieldkit.vault.recording import Add
from fieldkit.vault.vault import Vault
from tests.vault.missions import PASSPHRASE

RECORDED, SYNCED, AWAY = "recorded", "synced", "away"


def _work(mission: str, seed: str, rounds: str, *depots: str) -> None:
    rng = random.Random(seed)
    with Vault.open(Path(mission), PASSPHRASE) as vault:
        for number in range(int(rounds)):
            text = f"seen by {seed} in round {number}"
            (seen,) = vault.record([Add("observation", {"basis": "seen", "text": text})])
            if number % 3 == 0:
                vault.attach(io.BytesIO(rng.randbytes(300_000)), f"{seed}-{number}.bin", seen.id)
            print(RECORDED, text, flush=True)
            place = rng.choice(depots)
            try:
                Sync(vault, open_depot(place)).run()
            except UnavailableError:
                print(AWAY, place, flush=True)
            else:
                print(SYNCED, place, flush=True)


if __name__ == "__main__":
    _work(*sys.argv[1:])
