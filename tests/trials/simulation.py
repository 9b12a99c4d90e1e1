"""A team at work under faults, from a seed: laptops that record and sync over several depots, sticks that are pulled,
torn writes, objects that a host deletes, listings that lag, laptops put back from backups. After every sync the laptop
shows what the oracle says, to the value; at the end all laptops have the same tables, and the doctor finds nothing.

`python -m tests.trials.simulation --runs 500 --seed 7` plays as many as wanted, and names the seed that failed.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from fieldkit import paths
from fieldkit.errors import UnavailableError
from fieldkit.team.admission import join, make_request, open_grant
from fieldkit.team.depot import Depot
from fieldkit.team.folder import FolderStore
from fieldkit.team.members import admit
from fieldkit.team.store import Listed
from fieldkit.team.syncing import Sync
from fieldkit.vault.doctor import examine
from fieldkit.vault.recording import Add, Amend
from fieldkit.vault.vault import Vault
from tests.team.teams import tables
from tests.trials.team_oracle import Oracle
from tests.vault.missions import CHEAP, PASSPHRASE, new_mission

STEPS = 24
LAPTOPS = 3
DEPOTS = 2
ACTS = ("new", "amend", "sync", "fault", "delete", "tear", "restore")
WEIGHTS = (3, 5, 9, 4, 1, 2, 1)


class FaultyStore:
    """A folder whose stick may be pulled after so many operations, whose last write may be torn, whose listing may lag."""

    def __init__(self, root: Path, rng: random.Random) -> None:
        self._inner = FolderStore(root)
        self._rng = rng
        self.left: int | None = None
        self.lagging = False
        self.torn = False

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
                self.torn = True
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
        self.stores = []
        for number in range(DEPOTS):
            (place / f"stick{number}").mkdir()
            self.stores.append(FaultyStore(place / f"stick{number}", self.rng))
            Depot(self.stores[-1]).begin()
            self.oracle.begin(f"depot{number}")
        with new_mission(self.folders[0]) as lead:
            for number in range(1, LAPTOPS):
                vault, _ = Vault.prepare(self.folders[number], PASSPHRASE, kdf=CHEAP)
                with vault:
                    request = make_request(vault, f"Inspector {number}", f"laptop {number}")
                    role = "deputy" if number == 1 else "inspector"
                    join(vault, open_grant(vault, admit(lead, request, role)[0]))
        for number in range(LAPTOPS):
            self.oracle.begin(f"laptop{number}")
            # Everybody knows from the beginning who was admitted.
            with self.opened(number) as vault:
                Sync(vault, Depot(self.stores[0])).run()
        self.backups: dict[int, set[int]] = {}
        self.done: Counter[str] = Counter()

    def run(self) -> Counter[str]:
        """Play all steps, let everybody meet, and compare."""
        for number in range(LAPTOPS):
            self.backup(number)
        for _ in range(STEPS):
            act = self.rng.choices(ACTS, WEIGHTS)[0]
            self.done[act] += 1
            getattr(self, act)(self.rng.randrange(LAPTOPS))
        self.everybody_meets()
        return self.done

    def opened(self, laptop: int) -> Vault:
        return Vault.open(self.folders[laptop], PASSPHRASE)

    def new(self, laptop: int) -> None:
        with self.opened(laptop) as vault:
            text = f"first {len(self.oracle.writes)}"
            (made,) = vault.record([Add("observation", {"basis": "seen", "text": text})])
        self.records.append(made.id)
        self.oracle.wrote(f"laptop{laptop}", len(self.records) - 1, text)

    def amend(self, laptop: int) -> None:
        place = f"laptop{laptop}"
        known = [r for r in range(len(self.records)) if self.oracle.standing(place, r)]
        if not known:
            return
        record = self.rng.choice(known)
        text = f"amended {len(self.oracle.writes)}"
        with self.opened(laptop) as vault:
            vault.record([Amend(self.records[record], "seen anew", set={"text": text})])
        self.oracle.wrote(place, record, text)

    def sync(self, laptop: int) -> None:
        number = self.rng.randrange(DEPOTS)
        with self.opened(laptop) as vault:
            Sync(vault, Depot(self.stores[number])).run()
            self.learn(laptop, vault, number, whole=True)

    def fault(self, laptop: int) -> None:
        """A sync that breaks off somewhere, or that does not see everything there."""
        number = self.rng.randrange(DEPOTS)
        store = self.stores[number]
        store.left, store.lagging = self.rng.randrange(1, 30), self.rng.random() < 0.5
        with self.opened(laptop) as vault:
            with contextlib.suppress(UnavailableError):
                Sync(vault, Depot(store)).run()
            store.left, store.lagging = None, False
            if store.torn:
                # Over an object that the listing did not show, perhaps.
                self.oracle.known[f"depot{number}"] = set()
                store.torn = False
            self.learn(laptop, vault, number, whole=False)

    def delete(self, _: int) -> None:
        """The host of a depot deletes some objects."""
        for path in self.objects():
            if self.rng.random() < 0.2:
                path.unlink()
        self.forget()

    def tear(self, _: int) -> None:
        """An object is cut short."""
        for path in self.objects():
            if self.rng.random() < 0.1:
                path.write_bytes(path.read_bytes()[: self.rng.randrange(10)])
        self.forget()

    def restore(self, laptop: int) -> None:
        """A laptop is put back from its backup, with the state that was backed up, or none; then one is made anew."""
        if self.rng.random() < 0.5:
            shutil.rmtree(self.folders[laptop])
            shutil.copytree(self.place / f"backup{laptop}", self.folders[laptop])
            for trace in (paths.state_dir() / "heads").iterdir():
                if trace.stem == self.store_id(laptop):
                    trace.unlink()
            self.oracle.known[f"laptop{laptop}"] = set(self.backups[laptop])
        self.backup(laptop)

    def store_id(self, laptop: int) -> str:
        with self.opened(laptop) as vault:
            return vault.slots.store_id

    def backup(self, laptop: int) -> None:
        kept = self.place / f"backup{laptop}"
        shutil.rmtree(kept, ignore_errors=True)
        shutil.copytree(self.folders[laptop], kept)
        self.backups[laptop] = set(self.oracle.known[f"laptop{laptop}"])

    def objects(self) -> list[Path]:
        root = Path(self.rng.choice(self.stores).where) / "v1"
        return sorted(path for path in root.rglob("*") if path.is_file())

    def forget(self) -> None:
        """What a depot still gives is asked of it, not assumed: the next sync tells."""
        for number in range(DEPOTS):
            self.oracle.known[f"depot{number}"] = set()

    def learn(self, laptop: int, vault: Vault, depot: int, *, whole: bool) -> None:
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
        if whole:
            assert self.oracle.known[f"depot{depot}"] <= now, f"{place} did not get what the depot has"
            self.oracle.known[f"depot{depot}"] = set(now)
        self.compare(place, vault)

    def compare(self, place: str, vault: Vault) -> None:
        differing = {(one.record.id, one.field): one for one in vault.differences()}
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
            for _ in range(8):
                reports = [Sync(vault, Depot(store)).run() for vault in vaults for store in self.stores]
                if not any(report.entries or any(report.sent.values()) for report in reports):
                    break
            for number, vault in enumerate(vaults):
                self.learn(number, vault, 0, whole=False)
            first, *others = map(tables, vaults)
            for other in others:
                assert first == other, "the same entries give other tables"
            known = [self.oracle.known[f"laptop{number}"] for number in range(LAPTOPS)]
            assert all(one == known[0] for one in known)
            for vault in vaults:
                bad = [one for one in examine(vault, refold=True) if not one.good and one.area != "head"]
                assert not bad, bad


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


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.trials.simulation", description=__doc__)
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().getrandbits(32))
    given = parser.parse_args()
    print(f"seed {given.seed}", flush=True)
    with tempfile.TemporaryDirectory(prefix="fieldkit-team-") as place:
        os.environ[paths.STATE_VARIABLE] = str(Path(place) / "state")
        began = time.monotonic()
        done = run(Path(place), given.seed, given.runs)
        acts = ", ".join(f"{count} {act}" for act, count in sorted(done.items()))
        print(f"{given.runs} plays ({acts}) in {time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    main()
