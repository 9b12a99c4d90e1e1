"""Writers to be killed: a warm process forks one per job, which works on a real vault and acknowledges what is durable.

`python -m tests.trials.writers` reads jobs on standard input and answers on standard output, both one JSON document
a line: `{"pid": …}` at the fork, what the writer says, `{"ended": …}` when it is dead. Imports are paid once.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import random
import signal
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from fieldkit.bundle.export import export_bundle
from fieldkit.capture.intake import Progress, ingest
from fieldkit.domain.jsontypes import JSON
from fieldkit.team.depot import open_depot
from fieldkit.team.syncing import Sync
from fieldkit.vault.recording import Add, Amend, Recorded, Retract
from fieldkit.vault.slots import KdfParameters
from fieldkit.vault.vault import Vault

CHEAP = KdfParameters(memory_kib=8, iterations=1, lanes=1)
PASSPHRASES = ("gyroscopes under the tarpaulin", "tarpaulin over the gyroscopes")
LONGEST_LIFE_S = 90
SIZES = (10, 3_000, 200_000, 4_300_000)
"""Bytes of attached files; the last one takes two parts."""


@dataclass(frozen=True, slots=True)
class Job:
    """What a writer is to do (a name in `ACTS`), to which vault; `extra` is the act's own: a card, a target."""

    act: str
    folder: str
    passphrase: str
    seed: int
    extra: str = ""

    def open(self) -> Vault:
        """The vault of the job."""
        return Vault.open(Path(self.folder), self.passphrase)


def say(**what: JSON) -> None:
    """One line on which the parent relies: written in one piece, after what it acknowledges."""
    os.write(1, json.dumps(what).encode() + b"\n")


def capture(job: Job) -> None:
    """Record, amend, retract, attach, keep drafts, close and open again, without end."""
    rng = random.Random(job.seed)
    vault = job.open()
    say(ready=True)
    mine: list[str] = []
    turn = 0
    while True:
        turn += 1
        tag = f"{job.seed:x}-{turn}"
        act = rng.choices(("add", "amend", "retract", "attach", "draft", "reopen"), (8, 5, 1, 3, 2, 1))[0]
        if act == "reopen":
            vault.close()
            vault = job.open()
        elif act == "draft":
            vault.save_draft("observation", {"text": f"{job.seed:x}", "turn": turn})
            say(draft=turn)
        elif act == "add" or not mine:
            size = rng.choice((1, 1, 1, 2, 5))
            made = vault.record([_observation(f"{tag} {n} of {size}") for n in range(1, size + 1)])
            mine += [one.id for one in made]
            _acknowledge(made)
        elif act == "amend":
            changed = {"text": f"{tag} amended", "remark": f"{tag} remarked"}
            _acknowledge(vault.record([Amend(rng.choice(mine), "read again", set=changed)]))
        elif act == "retract":
            gone = mine.pop(rng.randrange(len(mine)))
            _acknowledge(vault.record([Retract(gone, "seen by nobody")]))
        else:
            content = rng.randbytes(rng.choice(SIZES))
            made = vault.attach(io.BytesIO(content), f"{tag}.bin", rng.choice(mine))
            _acknowledge(made)
            say(media=made[0].id, content=hashlib.sha256(content).hexdigest())


def intake(job: Job) -> None:
    """Take in a card; each group of photos is acknowledged."""
    with job.open() as vault:
        say(ready=True)

        def told(progress: Progress) -> None:
            say(photos=progress.done)

        ingest(vault, [Path(job.extra)], progress=told)


def export(job: Job) -> None:
    """Export into a folder or a zip."""
    with job.open() as vault:
        say(ready=True)
        exported = export_bundle(vault, Path(job.extra), zipped=bool(job.seed % 2))
        say(bundle=str(exported.path))


def sync(job: Job) -> None:
    """Record, attach and sync with a depot, without end; what a depot was given is acknowledged."""
    rng = random.Random(job.seed)
    depot = open_depot(job.extra)
    with job.open() as vault:
        say(ready=True)
        turn = 0
        while True:
            turn += 1
            made = vault.record([_observation(f"{job.seed:x}-{turn} 1 of 1")])
            _acknowledge(made)
            content = rng.randbytes(rng.choice(SIZES[:3]))
            attached = vault.attach(io.BytesIO(content), f"{turn}.bin", made[0].id)
            _acknowledge(attached)
            say(media=attached[0].id, content=hashlib.sha256(content).hexdigest())
            Sync(vault, depot).run()
            say(synced=turn)


def slots(job: Job) -> None:
    """Change the passphrase to and fro, without end."""
    with job.open() as vault:
        say(ready=True)
        now = PASSPHRASES.index(job.passphrase)
        while True:
            now = 1 - now
            vault.change_slots(vault.slots.with_passphrase(vault.master, PASSPHRASES[now], CHEAP))
            say(passphrase=PASSPHRASES[now])


def create(job: Job) -> None:
    """Make a mission in a new folder."""
    say(ready=True)
    vault, _ = new_mission(Path(job.folder))
    with vault:
        say(created=True)


ACTS: dict[str, Callable[[Job], None]] = {
    act.__name__: act for act in (capture, intake, export, slots, create, sync)
}


def new_mission(folder: Path) -> tuple[Vault, tuple[str, ...]]:
    """A vault that the first passphrase opens at once."""
    return Vault.create(
        folder, title="Night watch", author="Amira Nasser", passphrase=PASSPHRASES[0], kdf=CHEAP
    )


def _observation(text: str) -> Add:
    return Add("observation", {"text": text, "basis": "seen"})


def _acknowledge(made: Sequence[Recorded]) -> None:
    say(entries=[[one.id, one.number, one.hash] for one in made])


def _work(job: Job) -> None:
    """One job, in a child that lives until it is killed, or until its own alarm."""
    signal.alarm(LONGEST_LIFE_S)
    ACTS[job.act](job)
    say(finished=True)
    while True:
        signal.pause()


def main() -> None:
    """Fork a writer per job until standard input ends."""
    for line in sys.stdin:
        job = Job(**json.loads(line))
        child = os.fork()
        if child == 0:
            try:
                _work(job)
            except BaseException as error:  # noqa: BLE001 - whatever it was, the parent is told
                say(failed=f"{type(error).__name__}: {error}")
            finally:
                os._exit(1)
        say(pid=child)
        say(ended=os.waitpid(child, 0)[1])


if __name__ == "__main__":
    main()
