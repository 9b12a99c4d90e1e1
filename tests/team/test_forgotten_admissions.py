"""An admission outlives the laptop that made it: whoever was admitted carries it, signed, with the keys that came with it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from fieldkit import paths
from fieldkit.team.members import member
from fieldkit.vault.recording import Add
from fieldkit.vault.vault import Vault
from tests.team.teams import joined, meet, new_depot, tables
from tests.vault.missions import PASSPHRASE, new_mission


@pytest.mark.parametrize("state", ["lost", "put back as well"])
@pytest.mark.parametrize("history", [True, False])
def test_who_was_admitted_counts_though_the_admitter_was_put_back_before_anybody_synced(
    tmp_path: Path, history: bool, state: str
) -> None:
    depot = new_depot(tmp_path / "stick")
    lead = new_mission(tmp_path / "a")
    with joined(tmp_path / "c", lead, "Chen Li") as third:
        lead.record([Add("observation", {"basis": "seen", "text": "from before"})])
        meet(depot, lead, third)
        lead.close()
        shutil.copytree(tmp_path / "a", tmp_path / "backup")
        shutil.copytree(paths.state_dir(), tmp_path / "state")
        with (
            Vault.open(tmp_path / "a", PASSPHRASE) as before,
            joined(tmp_path / "b", before, history=history) as late,
        ):
            late.record([Add("observation", {"basis": "seen", "text": "from the late one"})])
        shutil.rmtree(tmp_path / "a")
        (tmp_path / "backup").rename(tmp_path / "a")
        if state == "lost":
            for head in (paths.state_dir() / "heads").iterdir():
                head.unlink()
        else:
            shutil.copytree(tmp_path / "state", paths.state_dir(), dirs_exist_ok=True)
        with Vault.open(tmp_path / "a", PASSPHRASE) as lead, Vault.open(tmp_path / "b", PASSPHRASE) as late:
            lead.record([Add("observation", {"basis": "seen", "text": "since it was put back"})])
            meet(depot, late, lead, third)
            for vault in (lead, third, late):
                assert member(vault, late.own_log.log).standing.role == "inspector"
                texts = {str(view.doc["text"]) for view in vault.list("observation")}
                assert {"from the late one", "since it was put back"} <= texts
                assert ("from before" in texts) is (history or vault is not late)
            assert tables(lead) == tables(third)
            assert tables(lead)["quarantine"] == []
