"""A team at work under faults, from a seed: laptops that record and sync over several depots, sticks that are pulled,
torn writes, objects that a host deletes or alters, listings that lag, laptops put back from backups with and without
noticing it, clocks that are years off. After every sync the laptop shows what the oracle says, to the value, and has
whatever lies whole in the depot; at the end all laptops have the same tables, a laptop made from a depot alone has
them too, no depot shows a word in the clear, and the doctor finds nothing.

`python -m tests.trials.simulation --runs 200000` plays as many as wanted, on all processors, and names the seed that
failed; `--seed` begins at a certain one.
"""

from __future__ import annotations

import argparse
import contextlib
import multiprocessing
import os
import random
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from fieldkit import paths
from fieldkit.errors import UnavailableError
from fieldkit.team.admission import join, make_request, open_grant
from fieldkit.team.depot import Depot
from fieldkit.team.folder import FolderStore
from fieldkit.team.members import admit
from fieldkit.team.store import Listed
from fieldkit.team.syncing import Sync
from fieldkit.vault.clock import Stamp, SystemClock
from fieldkit.vault.doctor import examine
from fieldkit.vault.exchange import Exchange
from fieldkit.vault.recording import Add, Amend
from fieldkit.vault.vault import Vault
from tests.team.teams import joined, tables
from tests.trials.team_oracle import Oracle
from tests.vault.missions import CHEAP, PASSPHRASE, new_mission

STEPS = (6, 24)
LAPTOPS = 3
DEPOTS = 2
WEIGHTS = {
    "new": 2, "amend": 7, "sync": 9, "fault": 4, "delete": 1, "tear": 1, "alter": 1, "restore": 1, "rewind": 1,
}  # fmt: skip
SKEWS = (0, 0, 0, 400, -400)
"""Days by which a laptop's clock may be off."""


class SkewedClock:
    """A clock that is days off."""

    def __init__(self, days: int) -> None:
        self._off = timedelta(days=days)
        self._clock = SystemClock()

    def read(self) -> Stamp:
        stamp = self._clock.read()
        at = datetime.fromisoformat(stamp.at) + self._off
        return replace(stamp, at=at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"))


class FaultyStore:
    """A folder whose stick may be pulled after so many operations, whose last write may be torn, whose listing may lag."""

    def __init__(self, root: Path, rng: random.Random) -> None:
        self._inner = FolderStore(root)
        self._rng = rng
        self.left: int | None = None
        self.lagging = False

    @property
    def where(self) -> str:
        return self._inner.where

    def names(self, prefix: str) -> Iterator[Listed]:
        self._step()
        for listed in self._inner.names(prefix):
            if not (self.lagging and self._rng.random() < 0.3):
                yield listed

    def read(self, name: str, limit: int) -> bytes:
        self._step()
        return self._inner.read(name, limit)

    def write(self, name: str, data: bytes) -> None:
        try:
            self._step()
        except UnavailableError:
            if self._rng.random() < 0.5:
                path = Path(self.where) / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(data[: self._rng.randrange(len(data))])
            raise
        self._inner.write(name, data)

    def remove(self, name: str) -> None:
        self._inner.remove(name)

    def _step(self) -> None:
        if self.left is not None:
            self.left -= 1
            if self.left < 0:
                raise UnavailableError("the stick was pulled", where=self.where)


class Play:
    """One run."""

    def __init__(self, place: Path, seed: int) -> None:
        self.rng = random.Random(seed)
        self.place = place
        self.oracle = Oracle()
        self.records: list[str] = []
        self.folders = [place / f"laptop{number}" for number in range(LAPTOPS)]
        self.clocks = [SkewedClock(self.rng.choice(SKEWS)) for _ in range(LAPTOPS)]
        self.stores = []
        for number in range(DEPOTS):
            (place / f"stick{number}").mkdir()
            self.stores.append(FaultyStore(place / f"stick{number}", self.rng))
            Depot(self.stores[-1]).begin()
        with new_mission(self.folders[0]) as lead:
            for number in range(1, LAPTOPS):
                vault, _ = Vault.prepare(self.folders[number], PASSPHRASE, kdf=CHEAP)
                with vault:
                    request = make_request(vault, f"Inspector {number}", f"laptop {number}")
                    role = "deputy" if number == 1 else "inspector"
                    join(vault, open_grant(vault, admit(lead, request, role)[0]))
        self.backups: dict[int, tuple[set[int], set[int]]] = {}
        self.done: Counter[str] = Counter()
        for number in range(LAPTOPS):
            self.oracle.begin(f"laptop{number}")
        self.new(0)
        for number in range(LAPTOPS):
            # Everybody knows from the beginning who was admitted, and one record.
            with self.opened(number) as vault:
                self.meet(number, vault, 0)

    def run(self) -> Counter[str]:
        """Play all steps, let everybody meet, and compare."""
        for number in range(LAPTOPS):
            self.backup(number)
        for _ in range(self.rng.randint(*STEPS)):
            (act,) = self.rng.choices(list(WEIGHTS), list(WEIGHTS.values()))
            self.done[act] += 1
            getattr(self, act)(self.rng.randrange(LAPTOPS))
        self.everybody_meets()
        return self.done

    def opened(self, laptop: int) -> Vault:
        return Vault.open(self.folders[laptop], PASSPHRASE, clock=self.clocks[laptop])

    def new(self, laptop: int) -> None:
        with self.opened(laptop) as vault:
            text = f"first word {len(self.oracle.writes)}"
            (made,) = vault.record([Add("observation", {"basis": "seen", "text": text})])
        self.records.append(made.id)
        self.oracle.wrote(f"laptop{laptop}", len(self.records) - 1, text)

    def amend(self, laptop: int) -> None:
        place = f"laptop{laptop}"
        known = [r for r in range(len(self.records)) if self.oracle.standing(place, r)]
        if not known:
            return
        record = self.rng.choice(known[:2] if self.rng.random() < 0.7 else known)
        text = f"amended word {len(self.oracle.writes)}"
        with self.opened(laptop) as vault:
            vault.record([Amend(self.records[record], "seen anew", set={"text": text})])
        self.oracle.wrote(place, record, text)

    def sync(self, laptop: int) -> None:
        with self.opened(laptop) as vault:
            self.meet(laptop, vault, self.rng.randrange(DEPOTS))

    def meet(self, laptop: int, vault: Vault, depot: int) -> bool:
        """A whole sync, after which the laptop has what the depot gives, and the depot what the laptop has."""
        root = Path(self.stores[depot].where)
        given = self.oracle.carried(root)
        with self.cutting(laptop, vault):
            report = Sync(vault, Depot(self.stores[depot])).run()
        self.learn(laptop, vault)
        missed = given - self.oracle.known[f"laptop{laptop}"]
        assert not missed, f"laptop{laptop} did not get {[self.oracle.writes[n].value for n in missed]}"
        there = {path.name: path.stat().st_size for path in root.rglob("*.seg")}
        for held in Exchange(vault).segments():
            name = f"{held.first}-{held.last}-{held.hash}.seg"
            assert there.get(name) == held.size, f"the depot was not given {name}"
        return bool(report.entries or any(report.sent.values()))

    def fault(self, laptop: int) -> None:
        """A sync that breaks off somewhere, or that does not see everything there."""
        store = self.stores[self.rng.randrange(DEPOTS)]
        store.left, store.lagging = self.rng.randrange(1, 30), self.rng.random() < 0.5
        with self.opened(laptop) as vault:
            with contextlib.suppress(UnavailableError), self.cutting(laptop, vault):
                Sync(vault, Depot(store)).run()
            store.left, store.lagging = None, False
            self.learn(laptop, vault)

    @contextlib.contextmanager
    def cutting(self, laptop: int, vault: Vault) -> Iterator[None]:
        """Notice into which objects the laptop puts what it wrote, also where the sync breaks off."""
        exchange = Exchange(vault)
        before = {held.hash for held in exchange.segments()}
        try:
            yield
        finally:
            own = exchange.own_logs()
            if not any(map(exchange.has_uncut, own)):
                made = [one for one in exchange.segments() if one.log in own and one.hash not in before]
                names = frozenset(f"{one.first}-{one.last}-{one.hash}.seg" for one in made)
                self.oracle.cut(f"laptop{laptop}", names)

    def delete(self, _: int) -> None:
        """The host of a depot deletes some objects."""
        for path in self.objects():
            if self.rng.random() < 0.2:
                path.unlink()

    def tear(self, _: int) -> None:
        """Objects are cut short."""
        for path in self.objects():
            if self.rng.random() < 0.1:
                path.write_bytes(path.read_bytes()[: self.rng.randrange(10)])

    def alter(self, _: int) -> None:
        """The host of a depot changes bytes in objects."""
        for path in self.objects():
            if self.rng.random() < 0.1:
                data = bytearray(path.read_bytes())
                if data:
                    data[self.rng.randrange(len(data))] ^= 1 << self.rng.randrange(8)
                    path.write_bytes(data)

    def restore(self, laptop: int) -> None:
        """A laptop is put back from its backup, without the user's state; then a backup is made anew."""
        if self.rng.random() < 0.5:
            self.put_back(laptop)
            self.head(laptop).unlink(missing_ok=True)
        self.backup(laptop)

    def rewind(self, laptop: int) -> None:
        """A laptop's whole disk is put back, with the user's state: nothing on it tells."""
        self.put_back(laptop)
        _copy(self.place / f"head{laptop}", self.head(laptop))

    def put_back(self, laptop: int) -> None:
        shutil.rmtree(self.folders[laptop])
        shutil.copytree(self.place / f"backup{laptop}", self.folders[laptop])
        known, uncut = self.backups[laptop]
        self.oracle.known[f"laptop{laptop}"] = set(known)
        self.oracle.uncut[f"laptop{laptop}"] = set(uncut)

    def backup(self, laptop: int) -> None:
        kept = self.place / f"backup{laptop}"
        shutil.rmtree(kept, ignore_errors=True)
        self.opened(laptop).close()
        shutil.copytree(self.folders[laptop], kept)
        _copy(self.head(laptop), self.place / f"head{laptop}")
        place = f"laptop{laptop}"
        self.backups[laptop] = set(self.oracle.known[place]), set(self.oracle.uncut[place])

    def head(self, laptop: int) -> Path:
        """The file in the user's state that keeps the head of this laptop's log."""
        with self.opened(laptop) as vault:
            return paths.head_copy(vault.slots.store_id)

    def objects(self) -> list[Path]:
        root = Path(self.rng.choice(self.stores).where) / "v1"
        return sorted(path for path in root.rglob("*") if path.is_file())

    def learn(self, laptop: int, vault: Vault) -> None:
        """Take from the laptop which writes have reached it, by their values alone, and hold it to them."""
        place = f"laptop{laptop}"
        before = set(self.oracle.known[place])
        said = {
            value
            for record in self.records
            for entry in (vault.entries_of(record) if vault.peek(record) else ())
            if isinstance(value := entry.values.get("text"), str)
        }
        now = {number for number, write in self.oracle.writes.items() if write.value in said}
        assert before <= now, f"{place} lost {[self.oracle.writes[n] for n in before - now]}"
        self.oracle.known[place] = now
        self.compare(place, vault)

    def compare(self, place: str, vault: Vault) -> None:
        differing = {(one.record.id, one.field): one for one in vault.differences()}
        self.done["differences looked at"] += len(differing)
        for number, record in enumerate(self.records):
            expected = self.oracle.values(place, number)
            view = vault.peek(record)
            if view is None:
                assert not expected, f"{place} does not show {expected}"
                continue
            difference = differing.get((record, "text"))
            shown = (
                {str(value) for value, _ in difference.values} if difference else {str(view.doc.get("text"))}
            )
            assert shown == expected, f"{place} shows {shown}, not {expected}"

    def everybody_meets(self) -> None:
        with contextlib.ExitStack() as stack:
            vaults = [stack.enter_context(self.opened(number)) for number in range(LAPTOPS)]
            for store in self.stores:
                self.mend(store)
            for _ in range(8):
                moved = [self.meet(n, one, d) for n, one in enumerate(vaults) for d in range(DEPOTS)]
                if not any(moved):
                    break
            first, *others = map(tables, vaults)
            for other in others:
                assert first == other, "the same entries give other tables"
            known = [self.oracle.known[f"laptop{number}"] for number in range(LAPTOPS)]
            assert all(one == known[0] for one in known)
            chosen = self.rng.choice(vaults)
            bad = [one for one in examine(chosen, refold=True) if not one.good and one.area != "head"]
            assert not bad, bad
            if self.rng.random() < 0.2:
                self.rebuild(vaults[0])
        for store in self.stores:
            for path in Path(store.where, "v1").rglob("*"):
                assert not path.is_file() or b"word" not in path.read_bytes(), (
                    f"{path} shows what was recorded"
                )

    def mend(self, store: FaultyStore) -> None:
        """What a host altered is removed, as `depot check --remove` does: the size alone does not betray it."""
        depot = Depot(store)
        for name, _ in list(depot.check()):
            depot.remove(name)

    def rebuild(self, lead: Vault) -> None:
        """A new laptop gets everything from one depot alone."""
        depot = Depot(self.stores[0])
        with joined(self.place / "fresh", lead, "Late Comer") as fresh:
            for vault in (lead, fresh, lead, fresh, lead):
                Sync(vault, depot).run()
            assert tables(fresh) == tables(lead), "a laptop made from the depot alone has other tables"


def quick_folder() -> str | None:
    """A folder in memory where the system has one: plays are about order, not about disks."""
    memory = Path("/dev/shm")
    return str(memory) if memory.is_dir() and os.access(memory, os.W_OK) else None


def _copy(one: Path, other: Path) -> None:
    """The other file becomes what the one is, absent if it is."""
    if one.exists():
        shutil.copyfile(one, other)
    else:
        other.unlink(missing_ok=True)


def run(place: Path, seed: int, runs: int) -> Counter[str]:
    """So many plays from a seed on; raises at the first that fails, naming its seed."""
    total: Counter[str] = Counter()
    for number in range(seed, seed + runs):
        folder = place / str(number)
        folder.mkdir(parents=True)
        try:
            total += Play(folder, number).run()
        except BaseException as error:
            error.add_note(f"seed {number}")
            raise
        shutil.rmtree(folder)
    return total


def _some(place: str, seed: int, runs: int) -> Counter[str]:
    """What one process plays, with a state directory of its own."""
    folder = Path(place) / f"from{seed}"
    os.environ[paths.STATE_VARIABLE] = str(folder / "state")
    done = run(folder, seed, runs)
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
    share = 25
    done: Counter[str] = Counter()
    with (
        tempfile.TemporaryDirectory(prefix="fieldkit-team-", dir=quick_folder()) as place,
        multiprocessing.get_context("spawn").Pool(given.processes, maxtasksperchild=40) as pool,
    ):
        stop = given.seed + given.runs
        waiting = [
            pool.apply_async(_some, (place, seed, min(share, stop - seed)))
            for seed in range(given.seed, stop, share)
        ]
        for number, one in enumerate(waiting, 1):
            done += one.get()
            if number % 20 == 0:
                print(
                    f"{min(number * share, given.runs)} plays, {time.monotonic() - began:.0f} s", flush=True
                )
    acts = ", ".join(f"{count} {act}" for act, count in sorted(done.items()))
    print(f"{given.runs} plays ({acts}) in {time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    main()
