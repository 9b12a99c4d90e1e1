"""Laptops put back from a backup, copied, or written twice: nothing is lost, both branches stay, people are told."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from fieldkit import paths
from fieldkit.errors import UsageError
from fieldkit.team.telling import outcome
from fieldkit.vault import open_points
from fieldkit.vault.doctor import examine
from fieldkit.vault.gaps import gaps
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
            (report,) = sync(depot, lead)
            assert "Laptop B (Boris Khan) goes on in a new log" in " ".join(
                told.text for told in outcome(lead, report)
            )
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


def test_who_came_late_counts_what_a_restored_laptop_says_though_it_began_its_log_before(
    tmp_path: Path,
) -> None:
    """The late one has no key of what was recorded before, and who admitted him had not met the new log."""
    here, there = new_depot(tmp_path / "stick"), new_depot(tmp_path / "share")
    with new_mission(tmp_path / "a") as lead:
        joined(tmp_path / "b", lead).close()
        shutil.copytree(tmp_path / "b", tmp_path / "backup")
        with Vault.open(tmp_path / "b", PASSPHRASE) as other:
            seen(other, "after the backup")
            sync(here, other, lead)
        shutil.rmtree(tmp_path / "b")
        shutil.copytree(tmp_path / "backup", tmp_path / "b")
        for trace in (paths.state_dir() / "heads").iterdir():
            trace.unlink()
        with Vault.open(tmp_path / "b", PASSPHRASE) as other:
            sync(here, other)
            seen(other, "before he came")
            sync(there, other)
            with joined(tmp_path / "c", lead, "Chen Li", history=False) as late:
                meet(here, lead, other)
                seen(other, "while he was there")
                meet(here, lead, other, late)
                assert late.standing(other.own_log.log).role == "inspector"
                assert texts(late) == {"while he was there"}
                assert texts(lead) == {"after the backup", "before he came", "while he was there"}


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


def test_the_longer_of_two_histories_is_here_though_the_shorter_came_first(tmp_path: Path) -> None:
    one, two = new_depot(tmp_path / "one"), new_depot(tmp_path / "two")
    with new_mission(tmp_path / "a") as lead, joined(tmp_path / "c", lead, "Chen Li") as third:
        joined(tmp_path / "b", lead).close()
        sync(two, lead, third)
        state = paths.state_dir() / "heads"
        shutil.copytree(tmp_path / "b", tmp_path / "kept")
        shutil.copytree(state, tmp_path / "state")
        for stick, said in ((one, ["short"]), (two, ["a long one", "with more", "and more"])):
            with Vault.open(tmp_path / "b", PASSPHRASE) as other:
                for text in said:
                    seen(other, text)
                sync(stick, other)
            shutil.rmtree(tmp_path / "b")
            shutil.copytree(tmp_path / "kept", tmp_path / "b")
            shutil.copytree(tmp_path / "state", state, dirs_exist_ok=True)
        sync(one, lead)
        sync(two, third, lead)
        assert texts(lead) == {"short", "a long one", "with more", "and more"}
        assert gaps(lead) == []


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


def test_a_number_that_a_vault_and_its_copy_both_gave_names_its_records_and_is_told(tmp_path: Path) -> None:
    depot = new_depot(tmp_path / "stick")
    with new_mission(tmp_path / "a") as lead:
        joined(tmp_path / "b", lead).close()
        shutil.copytree(tmp_path / "b", tmp_path / "copy")
        for folder, said in (("b", ["a door", "the first crate"]), ("copy", ["another crate"])):
            with Vault.open(tmp_path / folder, PASSPHRASE) as other:
                for text in said:
                    seen(other, text)
                sync(depot, other)
        sync(depot, lead)
        number = "B-0002"
        twins = {view.id: view for view in lead.list("observation") if view.number == number}
        assert {str(view.doc["text"]) for view in twins.values()} == {"the first crate", "another crate"}
        with pytest.raises(UsageError, match="names several records") as caught:
            lead.get(number)
        for view in twins.values():
            assert view.id in caught.value.problem
            assert str(view.doc["text"]) in caught.value.problem
            assert f"laptop B, log {view.log[:8]}" in caught.value.problem
        assert set(open_points.same_numbers(lead)) >= twins.keys()
        told = [one for one in examine(lead) if one.note]
        assert any(number in one.text and one.area == "numbers" for one in told)
        assert any("3 are missing" in one.text and one.area == "incident" for one in told)
        assert all(one.good for one in examine(lead))


def test_a_copy_with_a_damaged_head_tells_both(tmp_path: Path) -> None:
    with new_mission(tmp_path / "a"):
        pass
    shutil.copytree(tmp_path / "a", tmp_path / "copy")
    (tmp_path / "copy" / "head").write_bytes(b"x" * 4096)
    with Vault.open(tmp_path / "copy", PASSPHRASE) as copy:
        assert [notice.verdict for notice in copy.notices] == ["copied or restored", "damaged"]
        assert str(tmp_path / "copy" / "head") in copy.notices[1].problem


def test_a_store_that_was_rolled_back_is_still_told_after_work_went_on(tmp_path: Path) -> None:
    with new_mission(tmp_path / "a") as vault:
        seen(vault, "kept")
    shutil.copytree(tmp_path / "a", tmp_path / "before")
    with Vault.open(tmp_path / "a", PASSPHRASE) as vault:
        seen(vault, "lost")
    for path in (tmp_path / "before").glob("store.db*"):
        shutil.copy(path, tmp_path / "a")
    with Vault.open(tmp_path / "a", PASSPHRASE) as vault:
        assert [notice.verdict for notice in vault.notices] == ["behind"]
        seen(vault, "went on")
    with Vault.open(tmp_path / "a", PASSPHRASE) as vault:
        assert not vault.notices
        found = examine(vault)
        assert all(one.good for one in found)
        (told,) = [one for one in found if one.note]
        assert "1 are missing" in told.text
