"""A laptop's disk put back, or copied, so that nothing on it tells that time went on since."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fieldkit import paths
from fieldkit.team.depot import Depot
from fieldkit.vault.recording import Add
from fieldkit.vault.vault import Vault
from tests.team.teams import joined, meet, new_depot, sync
from tests.vault.missions import PASSPHRASE, new_mission


def see(vault: Vault, *texts: str) -> None:
    for text in texts:
        vault.record([Add("observation", {"basis": "seen", "text": text})])


def seen(vault: Vault) -> set[str]:
    return {str(view.doc["text"]) for view in vault.list("observation")}


class Earlier:
    """A laptop's disk as it was, with all that it remembers outside the vault: nothing in it tells that time went on."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._kept = folder, folder.with_name(f"{folder.name} earlier")
        shutil.copytree(folder, self._kept / "vault")
        shutil.copytree(paths.state_dir(), self._kept / "state")

    @contextmanager
    def again(self) -> Iterator[Vault]:
        """The vault, put back to then and open; the rest of the test's laptops keep what they remember."""
        shutil.rmtree(self._folder)
        shutil.copytree(self._kept / "vault", self._folder)
        now = self._kept / "now"
        shutil.copytree(paths.state_dir(), now)
        shutil.rmtree(paths.state_dir())
        shutil.copytree(self._kept / "state", paths.state_dir())
        with Vault.open(self._folder, PASSPHRASE) as vault:
            yield vault
        shutil.rmtree(paths.state_dir())
        shutil.move(now, paths.state_dir())


def exchange(depot: Depot, *vaults: Vault) -> None:
    for _ in range(3):
        sync(depot, *vaults)


@contextmanager
def written_twice(tmp_path: Path) -> Iterator[tuple[Vault, Vault, str, Depot]]:
    """A lead, another, and the log of a third, of which both have met what a copy of its disk wrote."""
    team = new_depot(tmp_path / "team")
    with new_mission(tmp_path / "lead") as lead, joined(tmp_path / "third", lead, "Cora Vance") as third:
        with joined(tmp_path / "gone", lead, "Boris Khan") as gone:
            see(gone, "before")
            meet(team, lead, third, gone)
        earlier = Earlier(tmp_path / "gone")
        with Vault.open(tmp_path / "gone", PASSPHRASE) as gone:
            see(gone, "honest 0", "honest 1")
            sync(team, gone)
            see(gone, "honest 2")
            sync(team, gone)
            log = gone.own_log.log
        with earlier.again() as thief:
            see(thief, "forged 0", "forged 1")
            sync(new_depot(tmp_path / "thieves"), thief)
            see(thief, *(f"between {number}" for number in range(9)))
            sync(new_depot(tmp_path / "between"), thief)
            see(thief, "forged behind the gap")
            sync(new_depot(tmp_path / "behind"), thief)
        exchange(team, lead, third)
        exchange(new_depot(tmp_path / "thieves"), lead, third)
        yield lead, third, log, team
