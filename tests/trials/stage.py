"""Where plays take place: a team made once, put back to its beginning before every play, with its own state directory.

Every play happens at the same path, because a vault found elsewhere is a copy and goes on in a new log. A play's
randomness is its seed's, that of the keys and salts it makes excepted.
"""

from __future__ import annotations

import copy
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path

import pytest

from fieldkit import paths
from fieldkit.errors import UnavailableError
from fieldkit.team import keyring, syncing
from fieldkit.team.depot import Depot
from fieldkit.team.folder import FolderStore
from fieldkit.team.store import Listed
from fieldkit.team.syncing import Sync
from fieldkit.vault import locks, sealed_keys
from fieldkit.vault.clock import Stamp, SystemClock
from fieldkit.vault.envelopes import EnvelopeKey
from fieldkit.vault.recording import Add
from fieldkit.vault.vault import Vault
from tests.team.teams import joined, meet, new_depot
from tests.trials.team_oracle import Oracle, Write
from tests.vault.missions import new_mission

ROLES = ("lead", "deputy", "inspector", "headquarters")
DEPOTS = 2
FOREIGN_WORD = "foreign word"


@dataclass(frozen=True)
class SkewedClock:
    """A clock that is days off."""

    days: int

    def read(self) -> Stamp:
        """The time now, and so many days."""
        stamp = SystemClock().read()
        at = datetime.fromisoformat(stamp.at) + timedelta(days=self.days)
        return replace(stamp, at=at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"))


class FaultyStore:
    """A folder whose stick may be pulled after so many operations, whose last write may be torn, whose listing may lag.

    `chance` gives numbers from 0 to 1.
    """

    def __init__(self, root: Path) -> None:
        self._inner = FolderStore(root)
        self.left: int | None = None
        self.lagging = False
        self.chance: Iterator[float] = iter(())

    @property
    def where(self) -> str:
        """The folder."""
        return self._inner.where

    def names(self, prefix: str) -> Iterator[Listed]:
        """What the listing shows by now."""
        self._step()
        for listed in self._inner.names(prefix):
            if not (self.lagging and next(self.chance) < 0.3):
                yield listed

    def read(self, name: str, limit: int) -> bytes:
        """An object's bytes."""
        self._step()
        return self._inner.read(name, limit)

    def write(self, name: str, data: bytes) -> None:
        """Put the object, or half of it when the stick is pulled meanwhile."""
        try:
            self._step()
        except UnavailableError:
            if next(self.chance) < 0.5:
                path = Path(self.where) / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(data[: int(next(self.chance) * len(data))])
            raise
        self._inner.write(name, data)

    def remove(self, name: str) -> None:
        """Delete the object."""
        self._inner.remove(name)

    def _step(self) -> None:
        if self.left is not None:
            self.left -= 1
            if self.left < 0:
                raise UnavailableError("the stick was pulled", where=self.where)


class Stage:
    """A lead, a deputy, an inspector and headquarters who have met once, and a foreign mission with a depot of its own."""

    def __init__(self, place: Path) -> None:
        self.now, self._kept = place / "now", place / "kept"
        self.now.mkdir(parents=True)
        os.environ[paths.STATE_VARIABLE] = str(self.now / "state")
        self._oracle = Oracle()
        depots = [new_depot(self.now / f"stick{number}") for number in range(DEPOTS)]
        with new_mission(self.folder(0)) as lead:
            self.mission = lead.mission_id
            (made,) = lead.record([Add("observation", {"basis": "seen", "text": "first word"})])
            vaults = [lead]
            for number, role in enumerate(ROLES[1:], 1):
                vaults.append(joined(self.folder(number), lead, f"Inspector {number}", role))
            meet(depots[0], *vaults)
            for vault in vaults[1:]:
                vault.close()
        self.record = made.id
        for number, role in enumerate(ROLES):
            self._oracle.begin(f"laptop{number}", role)
            self._oracle.known[f"laptop{number}"].add(made.hash)
        self._oracle.writes[made.hash] = Write(
            made.hash, "laptop0", made.id, "value", frozenset({"first word"})
        )
        with new_mission(self.now / "foreign", title="Elsewhere") as foreign:
            foreign.record([Add("observation", {"basis": "seen", "text": FOREIGN_WORD})])
            Sync(foreign, new_depot(self.now / "foreign-stick")).run()
        self.now.rename(self._kept)

    def folder(self, number: int) -> Path:
        """Where a laptop's vault lies."""
        return self.now / f"laptop{number}"

    def set(self) -> tuple[Oracle, list[FaultyStore]]:
        """Put everything back to the beginning; what the oracle knows then, and the depots."""
        shutil.rmtree(self.now, ignore_errors=True)
        shutil.copytree(self._kept, self.now)
        os.environ[paths.STATE_VARIABLE] = str(self.now / "state")
        return copy.deepcopy(self._oracle), [
            FaultyStore(self.now / f"stick{number}") for number in range(DEPOTS)
        ]


@contextmanager
def remembering() -> Iterator[None]:
    """Read every object of a keyring, and make every encryption key, once: they are what plays spend most of their time on.

    Both are functions of the bytes that they are given, and of nothing else.
    """
    with pytest.MonkeyPatch.context() as patch:
        read = lru_cache(maxsize=2000)(sealed_keys.read_key)
        for module in (keyring, locks, syncing):
            patch.setattr(module, "read_key", read)
        patch.setattr(EnvelopeKey, "from_bytes", lru_cache(maxsize=200)(EnvelopeKey.from_bytes))
        yield


def quick_folder() -> str | None:
    """A folder in memory where the system has one: plays are about order, not about disks."""
    memory = Path("/dev/shm")
    return str(memory) if memory.is_dir() and os.access(memory, os.W_OK) else None


def depot_of(store: FaultyStore) -> Depot:
    """The depot in a store."""
    return Depot(store)


def held(vault: Vault) -> set[str]:
    """The name of every entry that is here, whether it counts or not."""
    return {
        row[0].hex()
        for row in vault.database.rows("SELECT hash FROM entries UNION SELECT hash FROM branches")
    }


def logs_of(vault: Vault) -> set[str]:
    """Every log whose key is on a laptop."""
    rows = vault.database.rows("SELECT substr(name, 8) FROM secrets WHERE name LIKE 'device/%'")
    return {row[0] for row in rows}
