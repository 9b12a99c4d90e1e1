"""Kill writers at random moments and look at what is left: nothing that was acknowledged may be missing.

`python -m tests.trials.killing --kills 3000 --seed 7` runs as many as wanted and prints what was tried; it ends with
1 at the first loss, telling which kill it was. POSIX only: the writers are forked.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import select
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from fieldkit import paths
from fieldkit.team.depot import open_depot
from tests.bad.photos import sound_jpeg
from tests.team.teams import new_depot
from tests.trials.surviving import Ledger, check_bundles, check_card, check_created, check_depot, check_vault
from tests.trials.writers import PASSPHRASES, Job, new_mission

ROOT = Path(__file__).resolve().parents[2]
ACTS = ("capture", "intake", "export", "slots", "create", "sync")
WEIGHTS = (10, 6, 5, 1, 1, 4)
KILLS_PER_VAULT = 8
SPANS_S = {"capture": 0.25, "intake": 0.25, "export": 0.12, "slots": 0.06, "create": 0.1, "sync": 0.3}
"""How long after its beginning each act is still worth killing."""


@dataclass(frozen=True, slots=True)
class Moment:
    """When to kill: so many seconds after so many lines of the writer."""

    lines: int
    delay_s: float

    @classmethod
    def choose(cls, rng: random.Random, act: str) -> Moment:
        """While opening, anywhere in the work, or right after something was acknowledged."""
        match rng.choices(("opening", "anywhere", "acknowledged"), (1, 5, 4))[0]:
            case "opening":
                return cls(0, rng.uniform(0, 0.01))
            case "anywhere":
                return cls(1, rng.uniform(0, SPANS_S[act]))
            case _:
                return cls(rng.randint(2, 9), rng.uniform(0, 0.01))


class Server:
    """The warm process that forks the writers. Use as a context manager."""

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.trials.writers"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                stream.close()
        self._process.wait(timeout=120)

    def kill_at(self, moment: Moment, job: Job) -> list[dict[str, Any]]:
        """Start a writer, kill it at that moment, and give every line that it said."""
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        stdin.write(json.dumps(asdict(job)).encode() + b"\n")
        said: list[dict[str, Any]] = []
        rest = b""
        pid, at, killed = 0, 0.0, False
        while True:
            due = max(0.0, at - time.monotonic()) if at and not killed else None
            if not select.select([stdout], [], [], due)[0]:
                os.kill(pid, signal.SIGKILL)
                killed = True
                continue
            data = os.read(stdout.fileno(), 1 << 16)
            assert data, "the server of writers ended"
            *lines, rest = (rest + data).split(b"\n")
            for line in map(json.loads, lines):
                if "ended" in line:
                    assert not any("failed" in one for one in said), said[-1]
                    return said
                pid = line.get("pid", pid)
                said += [line] if "pid" not in line else []
            over = bool(said) and "finished" in said[-1]
            if pid and not at and (over or len(said) >= moment.lines):
                at = time.monotonic() + moment.delay_s


@dataclass(slots=True)
class Tally:
    """What was tried."""

    kills: Counter[str] = field(default_factory=Counter)
    entries: int = 0
    media: int = 0
    photos: int = 0
    bundles: int = 0
    syncs: int = 0

    def __str__(self) -> str:
        kills = ", ".join(f"{number} at {act}" for act, number in sorted(self.kills.items()))
        return (
            f"{self.kills.total()} kills ({kills}); acknowledged and found again: {self.entries} entries, "
            f"{self.media} attached files, {self.photos} photos; {self.bundles} bundles verified; {self.syncs} syncs"
        )


def run(folder: Path, kills: int, seed: int, acts: Sequence[str] = ACTS) -> Tally:
    """Kill that often, in missions below `folder`. Raises AssertionError at the first loss."""
    tally = Tally()
    weights = [WEIGHTS[ACTS.index(act)] for act in acts]
    with Server() as server:
        ledger = Ledger()
        for number in range(kills):
            rng = random.Random(f"{seed}/{number}")
            place = folder / f"{number // KILLS_PER_VAULT}"
            if number % KILLS_PER_VAULT == 0:
                new_mission(place / "mission")[0].close()
                new_depot(place / "depot")
                ledger = Ledger(PASSPHRASES[0])
            act = rng.choices(acts, weights)[0]
            tally.kills[act] += 1
            try:
                _one(server, place, number, act, rng, ledger, tally)
            except BaseException as error:
                error.add_note(f"kill {number} of seed {seed}, at {act}, in {place}")
                raise
    return tally


def _one(
    server: Server, place: Path, number: int, act: str, rng: random.Random, ledger: Ledger, tally: Tally
) -> None:
    mission, bundles = place / "mission", place / "bundles"
    card = make_card(place / f"card{number}", rng) if act == "intake" else None
    depot = place / "depot"
    extra = {"intake": str(card), "export": str(bundles), "sync": str(depot)}.get(act, "")
    folder = place / f"new{number}" if act == "create" else mission
    job = Job(act, str(folder), ledger.passphrase, rng.getrandbits(48), extra)
    said = server.kill_at(Moment.choose(rng, act), job)
    if act == "create":
        check_created(folder, said)
    tally.entries += ledger.take(said)
    tally.media += sum("media" in line for line in said)
    with check_vault(mission, ledger, said) as vault:
        if card:
            tally.photos += check_card(vault, card, said)
        if act == "export":
            tally.bundles += check_bundles(vault, bundles, zipped=bool(job.seed % 2), said=said)
        if act == "sync":
            tally.syncs += check_depot(vault, open_depot(str(depot)), place / f"fresh{number}", ledger, said)


def make_card(folder: Path, rng: random.Random) -> Path:
    """A card of a dozen small photos that are on no other card, one of them of several parts."""
    pictures = folder / "DCIM" / "100MEDIA"
    pictures.mkdir(parents=True)
    base = sound_jpeg(160, 120)
    for number in range(1, rng.randint(6, 14)):
        comment = rng.randbytes(12).hex().encode()
        photo = base[:2] + b"\xff\xfe" + (len(comment) + 2).to_bytes(2, "big") + comment + base[2:]
        if number == 4:
            photo += rng.randbytes(4_300_000)
        (pictures / f"DSC{number:05d}.JPG").write_bytes(photo)
    return folder


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.trials.killing", description=__doc__)
    parser.add_argument("--kills", type=int, default=3000)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().getrandbits(32))
    parser.add_argument("--act", action="append", choices=ACTS, help="Only this; may be given several times.")
    given = parser.parse_args()
    print(f"seed {given.seed}", flush=True)
    with tempfile.TemporaryDirectory(prefix="fieldkit-trials-") as place:
        os.environ[paths.STATE_VARIABLE] = str(Path(place) / "state")
        began = time.monotonic()
        print(run(Path(place), given.kills, given.seed, given.act or ACTS))
        print(f"in {time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    main()
