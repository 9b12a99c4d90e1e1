"""Whoever has the lead's laptop can put everybody in dispute; headquarters ends that, and each of its remedies works for good."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from fieldkit import paths
from fieldkit.errors import RefusedError
from fieldkit.team.copying import copy_depot
from fieldkit.team.members import member, members
from fieldkit.team.striking import readmit, revoke
from fieldkit.team.telling import alarms
from fieldkit.vault.recording import Add
from fieldkit.vault.vault import Vault
from tests.team.teams import joined, meet, new_depot, sync, tables
from tests.vault.missions import PASSPHRASE, new_mission


def seen(vault: Vault, text: str) -> None:
    vault.record([Add("observation", {"basis": "seen", "text": text})])


def texts(vault: Vault) -> set[str]:
    return {str(view.doc["text"]) for view in vault.list("observation")}


def test_a_stolen_lead_stops_nobody_for_good(tmp_path: Path) -> None:
    depot = new_depot(tmp_path / "stick")
    lead = new_mission(tmp_path / "a")
    with (
        joined(tmp_path / "b", lead, "Dora Lind", "deputy") as deputy,
        joined(tmp_path / "c", lead, "Chen Li") as other,
        joined(tmp_path / "h", lead, "Home", "headquarters") as home,
    ):
        meet(depot, lead, deputy, other, home)
        size = member(home, "A").size
        lead.close()
        for wave in (1, 2, 3):
            shutil.copytree(tmp_path / "a", tmp_path / f"stolen{wave}")
        shutil.copytree(paths.state_dir(), tmp_path / "state")

        def strikes(wave: int) -> None:
            """The thief strikes off the whole team from the disk that he took, and brings that into the depot."""
            shutil.rmtree(tmp_path / "a")
            shutil.copytree(tmp_path / f"stolen{wave}", tmp_path / "a")
            shutil.copytree(tmp_path / "state", paths.state_dir(), dirs_exist_ok=True)
            own = new_depot(tmp_path / f"thief{wave}")
            with Vault.open(tmp_path / "a", PASSPHRASE) as stolen:
                for letter in ("B", "C"):
                    revoke(stolen, letter, f"wave {wave}")
                sync(own, stolen)
            copy_depot(own, depot)

        seen(other, "before it was known")
        strikes(1)
        sync(depot, other, deputy, home)
        with pytest.raises(RefusedError, match="struck off"):
            seen(other, "while it counts")
        with pytest.raises(RefusedError, match="--let-fall"):
            revoke(home, "A", "stolen", keep=size)
        revoke(home, "A", "stolen", keep=size, falling="let fall")
        for _ in range(2):
            sync(depot, home, other, deputy)
        for letter in ("B", "C"):
            one = member(home, letter)
            assert one.standing.belongs
            assert not one.standing.trusted
            assert any(f"members readmit {letter}" in told.step for told in alarms(home))
            readmit(home, letter, "seen in its owner's hands")
        meet(depot, home, other, deputy)
        for wave in (2, 3):
            strikes(wave)
            seen(other, f"after wave {wave}")
            meet(depot, home, other, deputy)
            assert all(one.standing.trusted for one in members(home) if one.record.doc["letter"] in "BCD")
            assert home.epoch == other.epoch == deputy.epoch
            assert home.epoch not in stolen_epochs(tmp_path)
        assert texts(home) == texts(deputy) == {"before it was known", "after wave 2", "after wave 3"}
        for vault in (other, deputy):
            assert tables(vault)["records"] == tables(home)["records"]
            assert tables(vault)["standings"] == tables(home)["standings"]


def stolen_epochs(folder: Path) -> set[int]:
    with Vault.open(folder / "a", PASSPHRASE) as stolen:
        return set(stolen.epoch_keys())
