"""A sync that is killed before any one of its steps: both sides go on, nothing is lost, nothing is half taken in."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from fieldkit.team.depot import Depot
from fieldkit.team.folder import FolderStore
from fieldkit.team.store import Listed
from fieldkit.team.syncing import Sync
from fieldkit.vault.doctor import examine
from fieldkit.vault.recording import Add
from fieldkit.vault.vault import Vault
from tests.team.teams import joined, meet, new_depot, tables
from tests.vault.missions import PASSPHRASE, new_mission

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
_KILLED = 77


class DeadlyStore(FolderStore):
    """Ends the process at its nth step, without any clearing up."""

    def __init__(self, root: Path, left: int) -> None:
        super().__init__(root)
        self.left = left

    def names(self, prefix: str) -> Iterator[Listed]:
        self._step()
        return super().names(prefix)

    def read(self, name: str, limit: int) -> bytes:
        self._step()
        return super().read(name, limit)

    def write(self, name: str, data: bytes) -> None:
        self._step()
        super().write(name, data)

    def _step(self) -> None:
        self.left -= 1
        if self.left < 0:
            os._exit(_KILLED)


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_sync_killed_at_any_step_goes_on(tmp_path: Path) -> None:
    depot = new_depot(tmp_path / "stick")
    killed = 0
    with new_mission(tmp_path / "a") as lead:
        joined(tmp_path / "b", lead).close()
        for step in range(0, 40, 2):
            text = f"seen {step}"
            (seen,) = lead.record([Add("observation", {"basis": "seen", "text": text})])
            lead.attach(io.BytesIO(text.encode() * 1000), "x.txt", seen.id)
            Sync(lead, depot).run()
            with Vault.open(tmp_path / "b", PASSPHRASE) as other:
                other.record([Add("observation", {"basis": "seen", "text": f"other {step}"})])
            child = os.fork()
            if child == 0:
                with Vault.open(tmp_path / "b", PASSPHRASE) as other:
                    Sync(other, Depot(DeadlyStore(tmp_path / "stick", step))).run()
                os._exit(0)
            killed += os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == _KILLED
            with Vault.open(tmp_path / "b", PASSPHRASE) as other:
                texts = {str(view.doc["text"]) for view in other.list("observation")}
                assert f"other {step}" in texts
        assert killed >= 4
        assert list(depot.check()) == []
        with Vault.open(tmp_path / "b", PASSPHRASE) as other:
            meet(depot, lead, other)
            assert tables(lead) == tables(other)
            for vault in (lead, other):
                assert [one for one in examine(vault, refold=True) if not one.good] == []
