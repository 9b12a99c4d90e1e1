"""Laptops put back from a backup, copied, or written twice: nothing is lost, both branches stay, people are told."""

from __future__ import annotations

import shutil
from pathlib import Path

from fieldkit import paths
from fieldkit.vault.doctor import examine
from fieldkit.vault.recording import Add
from fieldkit.vault.vault import Vault
from tests.team.teams import joined, meet, new_depot, sync, tables
from tests.vault.missions import PASSPHRASE, new_mission


def seen(vault: Vault, text: str) -> None:
    vault.record([Add("observation", {"basis": "seen", "text": text})])


def texts(vault: Vault) -> set[str]:
    return {str(view.doc["text"]) for view in vault.list("observation")}


def test_a_restored_laptop_gets_its_lost_entries_back_and_goes_on_in_a_new_log(tmp_path: Path) -> None:
    depot = new_depot(tmp_path / "stick")
    with new_mission(tmp_path / "a") as lead:
        joined(tmp_path / "b", lead).close()
        shutil.copytree(tmp_path / "b", tmp_path / "backup")
        with Vault.open(tmp_path / "b", PASSPHRASE) as other:
            seen(other, "after the backup")
            before = other.own_log.log
            sync(depot, other, lead)
        shutil.rmtree(tmp_path / "b")
        shutil.copytree(tmp_path / "backup", tmp_path / "b")
        for trace in (paths.state_dir() / "heads").iterdir():
            trace.unlink()
        with Vault.open(tmp_path / "b", PASSPHRASE) as other:
            (report,) = sync(depot, other)
            assert report.recovered
            assert texts(other) == {"after the backup"}
            assert other.own_log.log != before
            seen(other, "in the new log")
            meet(depot, lead, other)
            assert texts(lead) == {"after the backup", "in the new log"}
            assert tables(lead) == tables(other)
            assert lead.standing(other.own_log.log).role == "inspector"
            numbers = [view.number for view in lead.list("observation")]
            assert len(set(numbers)) == 2
            for vault in (lead, other):
                assert [
                    one for one in examine(vault, refold=True) if not one.good and one.area != "head"
                ] == []


def test_a_log_written_twice_keeps_both_branches_and_raises_an_incident(tmp_path: Path) -> None:
    one_stick, two_stick = new_depot(tmp_path / "one"), new_depot(tmp_path / "two")
    with new_mission(tmp_path / "a") as lead, joined(tmp_path / "c", lead, "Chen Li") as third:
        joined(tmp_path / "b", lead).close()
        state = paths.state_dir() / "heads"
        shutil.copytree(tmp_path / "b", tmp_path / "kept")
        shutil.copytree(state, tmp_path / "state")
        with Vault.open(tmp_path / "b", PASSPHRASE) as other:
            seen(other, "in one branch")
            sync(one_stick, other)
        shutil.rmtree(tmp_path / "b")
        shutil.move(tmp_path / "kept", tmp_path / "b")
        shutil.copytree(tmp_path / "state", state, dirs_exist_ok=True)
        with Vault.open(tmp_path / "b", PASSPHRASE) as other:
            seen(other, "in another branch")
            sync(two_stick, other)
        first, *_ = sync(one_stick, lead)
        assert not first.forks
        (forked,) = sync(two_stick, lead)
        assert forked.forks
        assert texts(lead) == {"in one branch", "in another branch"}
        assert any("Two different histories" in str(one.doc["text"]) for one in lead.list("incident"))
        meet(two_stick, lead, third)
        meet(one_stick, lead, third)
        assert texts(third) == texts(lead)
        assert tables(third) == tables(lead)
        assert [one for one in examine(lead, refold=True) if not one.good] == []


def test_a_head_that_another_laptop_witnessed_betrays_a_branch_that_was_held_back(tmp_path: Path) -> None:
    one, two, three = (new_depot(tmp_path / name) for name in ("one", "two", "three"))
    with new_mission(tmp_path / "a") as lead, joined(tmp_path / "c", lead, "Chen Li") as third:
        joined(tmp_path / "b", lead).close()
        state = paths.state_dir() / "heads"
        shutil.copytree(tmp_path / "b", tmp_path / "kept")
        shutil.copytree(state, tmp_path / "state")
        for stick, text in ((one, "shown to the lead"), (two, "shown to the third")):
            with Vault.open(tmp_path / "b", PASSPHRASE) as other:
                seen(other, text)
                log = other.own_log.log
                sync(stick, other)
            shutil.rmtree(tmp_path / "b")
            shutil.copytree(tmp_path / "kept", tmp_path / "b")
            shutil.copytree(tmp_path / "state", state, dirs_exist_ok=True)
        sync(one, lead)
        sync(three, lead)
        sync(two, third)
        for path in (tmp_path / "three").rglob(f"{log}/*.seg"):
            path.unlink()
        (report,) = sync(three, third)
        assert [fork.log for fork in report.forks] == [log]
        assert any("Two different histories" in str(view.doc["text"]) for view in third.list("incident"))
        assert texts(third) == {"shown to the third"}
        meet(one, lead, third)
        assert texts(third) == texts(lead) == {"shown to the lead", "shown to the third"}
        assert tables(third) == tables(lead)
