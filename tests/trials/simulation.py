"""Plays of a team at work under faults, from a seed: laptops that record and sync over several depots, sticks that are
pulled, torn writes, hosts that delete, alter, plant and roll back, listings that lag, laptops put back from backups with
and without noticing it, clocks that are years off, people who are admitted late and struck off. After every sync a
laptop shows what the oracle says, to the value, and has whatever lies whole in the depot; at the end every promise of
`invariants` is checked.

`python -m tests.trials.simulation --runs 200000` plays as many as wanted, on all processors, and names the seed that
failed; `--seed` begins at a certain one.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import random
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from tests.trials import play_boxes, play_host, play_team, play_work
from tests.trials.play import Play
from tests.trials.play_end import everybody_meets
from tests.trials.stage import Stage, quick_folder, remembering

STEPS = (4, 13)
ACTS = {**play_work.ACTS, **play_team.ACTS, **play_boxes.ACTS, **play_host.ACTS}
WEIGHTS: Mapping[str, float] = {
    "new": 2, "amend": 6, "put_in": 2, "take_out": 1, "retract": 0.5, "attach": 0.6, "sync": 9, "fault": 4,
    "restore": 0.7, "rewind": 0.7, "strike": 0.3, "backdate": 0.1, "late": 0.3, "give_all": 0.2, "enclose": 0.5, "readers": 0.3,
    "shed": 0.7, "newer": 0.4, "forge": 0.4, "meddle": 0.4, "intrude": 0.2, "delete": 1, "keep_from": 0.2, "keep_back": 0.5, "tear": 0.7, "alter": 0.7, "rename": 0.7, "plant": 0.5, "roll_back": 0.7, "copy": 0.7,
}  # fmt: skip
_SHARE = 50


def one(
    stage: Stage, seed: int, weights: Mapping[str, float] = WEIGHTS, steps: tuple[int, int] = STEPS
) -> Counter[str]:
    """One play; how often each act was played."""
    played = Play(stage, seed)
    try:
        for _ in range(played.rng.randint(*steps)):
            (act,) = played.rng.choices(list(weights), list(weights.values()))
            played.done[act] += 1
            ACTS[act](played, played.rng.choice(played.active))
        everybody_meets(played)
    finally:
        played.close()
    return played.done


def run(
    stage: Stage, seed: int, runs: int, weights: Mapping[str, float] = WEIGHTS, steps: tuple[int, int] = STEPS
) -> Counter[str]:
    """So many plays from a seed on; raises at the first that fails, naming its seed."""
    total: Counter[str] = Counter()
    with remembering():
        for number in range(seed, seed + runs):
            try:
                total += one(stage, number, weights, steps)
            except BaseException as error:
                error.add_note(f"seed {number}")
                raise
    return total


def _some(place: str, seed: int, runs: int) -> Counter[str]:
    """What one process plays."""
    folder = Path(place) / f"from{seed}"
    done = run(Stage(folder), seed, runs)
    shutil.rmtree(folder)
    return done


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.trials.simulation", description=__doc__)
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().getrandbits(32))
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    given = parser.parse_args()
    print(f"seed {given.seed}", flush=True)
    began = time.monotonic()
    done: Counter[str] = Counter()
    with (
        tempfile.TemporaryDirectory(prefix="fieldkit-team-", dir=quick_folder()) as place,
        multiprocessing.get_context("spawn").Pool(given.processes, maxtasksperchild=40) as pool,
    ):
        stop = given.seed + given.runs
        waiting = [
            pool.apply_async(_some, (place, seed, min(_SHARE, stop - seed)))
            for seed in range(given.seed, stop, _SHARE)
        ]
        for number, result in enumerate(waiting, 1):
            done += result.get()
            if number % 20 == 0:
                spent = time.monotonic() - began
                print(f"{min(number * _SHARE, given.runs)} plays, {spent:.0f} s", flush=True)
    acts = ", ".join(f"{count} {act}" for act, count in sorted(done.items()))
    spent = time.monotonic() - began
    print(f"{given.runs} plays ({acts}) in {spent:.0f} s, {given.runs / spent:.1f} a second")


if __name__ == "__main__":
    main()
