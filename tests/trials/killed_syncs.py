"""Syncs that are killed before any one of their I/O steps, from the same beginning every time: the vault is sound,
nothing acknowledged is lost, nothing is half taken in, the next sync completes, the tables are equal, the depot is clean.

`python -m tests.trials.killed_syncs` kills before every step of every kind of sync and prints how many there were;
`--sample 50` before so many of each. POSIX only: the syncs are forked.
"""

from __future__ import annotations

import argparse
import io
import os
import random
import shutil
import signal
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from fieldkit import paths
from fieldkit.team import compartments
from fieldkit.team.depot import Depot, open_depot
from fieldkit.team.striking import revoke
from fieldkit.team.syncing import Sync
from fieldkit.vault.doctor import examine
from fieldkit.vault.exchange import Exchange
from fieldkit.vault.recording import Add, Amend
from fieldkit.vault.vault import Vault
from tests.team.teams import joined, meet, new_depot, tables
from tests.trials.stage import quick_folder
from tests.trials.stepping import Steps, counted
from tests.vault.missions import PASSPHRASE, new_mission

LEAD, OTHER = "lead", "other"


@dataclass
class Ledger:
    """What was acknowledged before a sync began: texts by the laptop that recorded them, attached files by media record."""

    texts: set[str] = field(default_factory=set)
    originals: dict[str, bytes] = field(default_factory=dict)

    def saw(self, vault: Vault, text: str, *, attached: bytes = b"") -> str:
        """Record an observation, and attach a file to it; the record's id."""
        (made,) = vault.record([Add("observation", {"basis": "seen", "text": text})])
        self.texts.add(text)
        if attached:
            media, _ = vault.attach(io.BytesIO(attached), "x.bin", made.id)
            self.originals[media.id] = attached
        return made.id


class Trial:
    """A place with two laptops and a depot, and the sync that is to be killed."""

    def __init__(self, place: Path) -> None:
        self.now, self._kept = place / "now", place / "kept"
        self.now.mkdir(parents=True)
        os.environ[paths.STATE_VARIABLE] = str(self.now / "state")
        self.ledger = Ledger()
        depot = new_depot(self.now / "stick")
        with new_mission(self.now / LEAD) as lead, joined(self.now / OTHER, lead, role="deputy") as other:
            self.prepare(depot, lead, other)
        self.now.rename(self._kept)

    @property
    def depot(self) -> Depot:
        """The depot, as a process would open it."""
        return open_depot(str(self.now / "stick"))

    def vault(self, who: str) -> Vault:
        """A laptop's vault."""
        return Vault.open(self.now / who, PASSPHRASE)

    def prepare(self, depot: Depot, lead: Vault, other: Vault) -> None:
        """Bring about what the sync is to find."""
        raise NotImplementedError

    def work(self) -> None:
        """What is killed."""
        with self.vault(OTHER) as other:
            Sync(other, self.depot).run()

    def steps(self) -> list[str]:
        """The kind of each step that the sync takes."""
        self._set()
        reading, writing = os.pipe()
        ended = self._child(0, writing)
        os.close(writing)
        with os.fdopen(reading, "rb") as told:
            said = told.read().decode()
        assert ended == 0, "the sync failed without any kill"
        return said.split()

    def kill(self, step: int) -> bool:
        """Kill the sync before this step, and look at what is left; whether it came that far."""
        self._set()
        ended = self._child(step, None)
        assert ended in (0, -signal.SIGKILL), f"the sync failed by itself: {ended}"
        self._look()
        return ended == -signal.SIGKILL

    def _set(self) -> None:
        shutil.rmtree(self.now, ignore_errors=True)
        shutil.copytree(self._kept, self.now)
        os.environ[paths.STATE_VARIABLE] = str(self.now / "state")

    def _child(self, step: int, told: int | None) -> int:
        child = os.fork()
        if child == 0:
            code = 1
            try:
                with counted(Steps(step)) as steps:
                    self.work()
                if told is not None:
                    os.write(told, " ".join(steps.taken).encode())
                code = 0
            finally:
                os._exit(code)
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

    def _look(self) -> None:
        with self.vault(OTHER) as other:
            assert other.notices == [] or not self.unsound("head")
            self._sound(other)
            self._by_halves(other)
        with self.vault(LEAD) as lead, self.vault(OTHER) as other:
            own = {str(view.doc["text"]) for one in (lead, other) for view in one.list("observation")}
            assert own >= self.ledger.texts - self.sealed(), "an acknowledged entry is missing"
            meet(self.depot, other, lead)
            assert tables(lead) == tables(other)
            for one in (lead, other):
                shown = {str(view.doc["text"]) for view in one.list("observation")}
                assert shown == self.ledger.texts, "what was acknowledged is not shown everywhere"
                for record, content in self.ledger.originals.items():
                    assert b"".join(one.media.open(one.get(record).doc)) == content
                self._sound(one, later=True)
        assert list(self.depot.check()) == [], "what was left in the depot is not what its name says"

    def sealed(self) -> set[str]:
        """Texts that only a depot holds when the sync begins."""
        return set()

    def unsound(self, area: str) -> bool:
        """Whether what the doctor finds there, right after the kill, is a fault."""
        return True

    def _sound(self, vault: Vault, *, later: bool = False) -> None:
        found = [one for one in examine(vault, refold=True) if not one.good]
        bad = [one.text for one in found if self.unsound(one.area) or (later and one.area != "head")]
        assert bad == [], bad

    def _by_halves(self, vault: Vault) -> None:
        """Of every segment that was kept, all entries are folded, or it waits."""
        for one in Exchange(vault).segments():
            count = sum(
                vault.database.value(
                    f"SELECT count(*) FROM {table} WHERE log = ? AND seq BETWEEN ? AND ?", one[1:4]
                )
                for table in ("entries", "branches")
            )
            whole = one.last - one.first + 1
            assert count == whole or (not one.folded and self._vouched(vault, one.log) >= count), one

    def _vouched(self, vault: Vault, log: str) -> int:
        """Entries of a log that came with a grant, before their segments."""
        size = vault.database.value("SELECT size FROM logs WHERE log = ?", (log,))
        rows = vault.database.value("SELECT count(*) FROM entries WHERE log = ? AND seq >= ?", (log, size))
        return int(rows)


class BothWays(Trial):
    """Entries, originals and keys go both ways, and one value is amended on both sides."""

    def prepare(self, depot: Depot, lead: Vault, other: Vault) -> None:
        """Both have met, and recorded since."""
        shared = self.ledger.saw(lead, "shared", attached=b"shared" * 100)
        meet(depot, lead, other)
        for vault, who in ((lead, "lead"), (other, "other")):
            self.ledger.saw(vault, f"seen by {who}", attached=who.encode() * 1000)
            vault.record([Amend(shared, "looked", set={"remark": f"remark by {who}"})])
        compartments.create(lead, "sources", [other.letter])
        Sync(lead, depot).run()


class EmptyDepot(Trial):
    """The first sync with a depot: every folder of it is made."""

    def prepare(self, depot: Depot, lead: Vault, other: Vault) -> None:
        """The depot has nothing but its marker."""
        self.ledger.saw(other, "seen by other", attached=b"other" * 1000)


class PutBack(Trial):
    """A laptop that was put back from a backup takes in its own tail, and goes on in a new log."""

    def prepare(self, depot: Depot, lead: Vault, other: Vault) -> None:
        """The tail is in the depot only."""
        meet(depot, lead, other)
        other.close()
        folder = self.now / OTHER
        shutil.copytree(folder, self.now / "backup")
        with Vault.open(folder, PASSPHRASE) as again:
            self.ledger.saw(again, "seen by other", attached=b"other" * 1000)
            Sync(again, depot).run()
            head = paths.head_copy(again.slots.store_id)
        shutil.rmtree(folder)
        (self.now / "backup").rename(folder)
        head.unlink()
        self.ledger.saw(lead, "seen by lead")
        Sync(lead, depot).run()

    def sealed(self) -> set[str]:
        """The tail."""
        return {"seen by other"}

    def unsound(self, area: str) -> bool:
        """Its head file is gone, and its originals come last."""
        return area not in ("head", "originals")


class Struck(Trial):
    """One who leads strikes off a third laptop, and syncs: a new epoch, its keys, and a cut."""

    def prepare(self, depot: Depot, lead: Vault, other: Vault) -> None:
        """The third has recorded something."""
        with joined(self.now / "third", lead, "Chen Li") as third:
            meet(depot, lead, third, other)
            self.ledger.saw(third, "seen by a third")
            meet(depot, third, lead, other)
        self.ledger.saw(lead, "seen by lead")
        Sync(lead, depot).run()

    def work(self) -> None:
        """Strike off, and sync."""
        with self.vault(OTHER) as other:
            revoke(other, "C", "stolen at the gate")
            Sync(other, self.depot).run()


TRIALS: tuple[type[Trial], ...] = (BothWays, EmptyDepot, PutBack, Struck)


def run(
    place: Path,
    trial: type[Trial],
    sample: int | None = None,
    seed: int = 0,
    tell: Callable[[str], object] = lambda _: None,
) -> tuple[Counter[str], int]:
    """Kill before every step of a trial, or between any two transactions and before `sample` other steps, chosen by the
    seed; steps by kind, and how many kills."""
    played = trial(place / trial.__name__)
    kinds = played.steps()
    between = [step for step, kind in enumerate(kinds, 1) if kind == "begin"]
    others = [step for step in range(1, len(kinds) + 1) if step not in between]
    if sample is not None:
        others = random.Random(seed).sample(others, min(sample, len(others)))
    chosen = sorted(between + others)
    kills = 0
    for step in chosen:
        try:
            kills += played.kill(step)
        except BaseException as error:
            error.add_note(f"{trial.__name__}, killed before step {step} of {len(kinds)}, {kinds[step - 1]}")
            raise
        if not step % 100:
            tell(f"  {trial.__name__}: step {step}")
    return Counter(kinds), kills


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.trials.killed_syncs", description=__doc__)
    parser.add_argument("--sample", type=int)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="fieldkit-kills-", dir=quick_folder()) as place:
        for trial in TRIALS:
            began = time.monotonic()
            kinds, kills = run(Path(place), trial, given.sample, given.seed, print)
            told = ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items()))
            spent = time.monotonic() - began
            print(
                f"{trial.__name__}: {kills} kills before {kinds.total()} steps ({told}), {spent:.0f} s",
                flush=True,
            )


if __name__ == "__main__":
    main()
