"""An admission outlives the laptop that made it: whoever was admitted carries it, signed, with the keys that came with it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from fieldkit import paths
from fieldkit.errors import RefusedError
from fieldkit.team.admission import request_again
from fieldkit.team.members import admit, member
from fieldkit.team.striking import revoke
from fieldkit.team.telling import alarms, outcome
from fieldkit.vault.recording import Add
from fieldkit.vault.slots import FILE_NAME, KeySlots
from fieldkit.vault.vault import Vault
from tests.team.teams import joined, meet, new_depot, sync, tables
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


@pytest.mark.parametrize("history", [True, False])
def test_who_was_struck_off_stays_so_though_whoever_said_so_forgot_it_and_only_a_late_laptop_heard(
    tmp_path: Path, history: bool
) -> None:
    depot = new_depot(tmp_path / "stick")
    lead = new_mission(tmp_path / "a")
    with joined(tmp_path / "g", lead, "Gero Falk") as gone:
        meet(depot, lead, gone)
        lead.close()
        shutil.copytree(tmp_path / "a", tmp_path / "backup")
        with Vault.open(tmp_path / "a", PASSPHRASE) as before:
            revoke(before, gone.letter, "lost at the airport")
            joined(tmp_path / "b", before, history=history).close()
        shutil.rmtree(tmp_path / "a")
        (tmp_path / "backup").rename(tmp_path / "a")
        paths.head_copy(KeySlots.read(tmp_path / "a" / FILE_NAME).store_id).unlink()
        gone.record([Add("observation", {"basis": "seen", "text": "from who has it now"})])
        with Vault.open(tmp_path / "a", PASSPHRASE) as lead, Vault.open(tmp_path / "b", PASSPHRASE) as late:
            meet(depot, late, lead)
            for _ in range(3):
                sync(depot, gone, lead, late)
            for vault in (lead, late):
                assert member(vault, gone.own_log.log).standing.cut is not None
                assert list(vault.list("observation")) == []
            assert lead.epoch not in gone.epoch_keys()


def test_whose_admission_fell_counts_again_once_he_is_admitted_anew(
    tmp_path: Path,
) -> None:
    """The lead's laptop is struck off; whom it admitted unknown to headquarters asks again with the same request."""
    depot = new_depot(tmp_path / "stick")
    with (
        new_mission(tmp_path / "a") as lead,
        joined(tmp_path / "h", lead, "Home", "headquarters") as home,
    ):
        meet(depot, lead, home)
        with joined(tmp_path / "b", lead) as late:
            late.record([Add("observation", {"basis": "seen", "text": "before it fell"})])
            revoke(home, "A", "stolen at the airport")
            for _ in range(2):
                sync(depot, home, late)
            assert late.standing(late.own_log.log).role == ""
            (report,) = sync(depot, late)
            told, *_ = outcome(late, report)
            assert told.alarm
            assert "ADMITTED NO MORE" in told.text
            assert alarms(late)[0] == told
            with pytest.raises(RefusedError, match="admitted no more"):
                late.record([Add("observation", {"basis": "seen", "text": "after it fell"})])
            assert list(home.list("observation")) == []
            admit(home, request_again(late), "inspector")
            for _ in range(3):
                sync(depot, home, late)
            assert late.standing(late.own_log.log).role == "inspector"
            late.record([Add("observation", {"basis": "seen", "text": "admitted anew"})])
            for _ in range(3):
                sync(depot, home, late)
            assert {str(view.doc["text"]) for view in home.list("observation")} == {
                "before it fell",
                "admitted anew",
            }
            assert tables(home) == tables(late)


def test_what_came_back_with_a_gap_before_it_is_not_sealed_again(tmp_path: Path) -> None:
    """A laptop whose disk was put back gets its own striking-off again, and not what it recorded before that: whoever had it
    in the depot lost it. The rest of the team takes in all that it seals afterwards."""
    depot = new_depot(tmp_path / "stick")
    lead = new_mission(tmp_path / "a")
    with (
        joined(tmp_path / "b", lead) as other,
        joined(tmp_path / "g", lead, "Gero Falk") as gone,
        joined(tmp_path / "h", lead, "Hilde Moor") as next_gone,
    ):
        meet(depot, lead, other, gone, next_gone)
        lead.close()
        shutil.copytree(tmp_path / "a", tmp_path / "backup")
        with Vault.open(tmp_path / "a", PASSPHRASE) as before:
            lost = before.own_log.size
            before.record([Add("observation", {"basis": "seen", "text": "lost by everybody"})])
            sync(depot, before)
            revoke(before, gone.letter, "lost at the airport")
            sync(depot, before)
        (object_,) = (tmp_path / "stick").rglob(f"{lost}-{lost}-*.seg")
        object_.unlink()
        shutil.rmtree(tmp_path / "a")
        (tmp_path / "backup").rename(tmp_path / "a")
        with Vault.open(tmp_path / "a", PASSPHRASE) as lead:
            sync(depot, lead, other)
            assert member(lead, gone.own_log.log).standing.cut is not None
            revoke(lead, next_gone.letter, "went home")
            for _ in range(3):
                reports = sync(depot, lead, other)
            assert [report.unsound for report in reports] == [[], []]
            assert not any(any(report.sent.values()) for report in reports)
            assert tables(lead) == tables(other)
