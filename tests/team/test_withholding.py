"""Whoever keeps a depot can hold objects back, rename them, or put an old copy in place; the team is told what is missing."""

from __future__ import annotations

import io
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from fieldkit.bundle.export import export_bundle
from fieldkit.bundle.verify import verify_bundle
from fieldkit.team import differences, names
from fieldkit.team.depot import Depot
from fieldkit.team.folder import FolderStore
from fieldkit.team.members import give_history
from fieldkit.team.names import Name
from fieldkit.team.opening import own_names
from fieldkit.team.striking import revoke
from fieldkit.team.syncing import Sync
from fieldkit.team.telling import alarms, outcome
from fieldkit.vault.doctor import examine
from fieldkit.vault.gaps import awaited, gaps
from fieldkit.vault.recording import Add, Amend
from fieldkit.vault.vault import Vault
from tests.team.teams import joined, meet, new_depot, sync, tables
from tests.vault.missions import new_mission


@pytest.fixture
def team(tmp_path: Path) -> Iterator[tuple[Depot, Vault, Vault]]:
    """A lead whose record of crates was amended twice, each in a segment of its own, and a laptop that has synced nothing
    of that."""
    depot = new_depot(tmp_path / "stick")
    with new_mission(tmp_path / "a") as lead, joined(tmp_path / "b", lead) as other:
        meet(depot, lead, other)
        lead.record([Add("observation", {"basis": "seen", "text": "Crates"})])
        sync(depot, lead)
        for text in ("Three crates", "Four crates"):
            lead.record([Amend(crates(lead), "counted", set={"text": text})])
            sync(depot, lead)
        yield depot, lead, other


def crates(vault: Vault) -> str:
    (view,) = vault.list("observation")
    return view.id


def segments(depot: Depot, vault: Vault) -> list[Name]:
    """Those of a laptop's own log, in their order."""
    own = [name for name in depot.contents().of(names.LOG) if name.log == vault.own_log.log]
    return sorted(own, key=lambda name: name.first)


def move(depot: Depot, name: Name, to: Name) -> None:
    """As the keeper of the stick renames a file."""
    root = Path(depot.where)
    (root / str(to)).parent.mkdir(parents=True, exist_ok=True)
    (root / str(name)).rename(root / str(to))


@pytest.mark.parametrize("kind", [names.LOG, names.KEYRING, names.RECEIPT])
def test_an_object_under_a_wrong_name_is_told_and_its_author_writes_it_again(
    team: tuple[Depot, Vault, Vault], kind: str
) -> None:
    depot, lead, other = team
    name = segments(depot, lead)[-1]
    wrong = Name(name.mission, kind, name.hash, name.log if kind != names.KEYRING else "")
    if kind == names.LOG:
        wrong = name._replace(first=900, last=999)
    move(depot, name, wrong)
    (report,) = sync(depot, other)
    assert [found for found, _ in report.unsound] == [str(wrong)]
    assert "Four crates" not in str(tables(other)["records"])
    assert [found for found, _ in depot.check(look=own_names(other))] == [wrong]
    if kind != names.LOG:
        assert [found for found, _ in depot.check()] == [wrong]
    (report,) = sync(depot, lead)
    assert report.sent[names.LOG] == 1
    sync(depot, other)
    assert other.get(crates(other)).doc["text"] == "Four crates"
    assert set(depot.contents().doubled()) == {name, wrong}
    assert [found for found, _ in depot.check(look=own_names(other))] == [wrong]
    depot.remove(wrong)
    assert depot.contents().doubled() == []
    assert list(depot.check()) == []


def test_a_missing_middle_is_a_gap_and_no_difference(
    team: tuple[Depot, Vault, Vault], tmp_path: Path
) -> None:
    depot, lead, other = team
    middle = segments(depot, lead)[-2]
    kept = depot.read(middle)
    depot.remove(middle)
    (report,) = sync(depot, other)
    assert report.wants_a_person
    assert [(gap.first, gap.last, gap.sealed) for gap in report.missing] == [
        (middle.first, middle.last, False)
    ]
    assert (report.differing, report.differing_with_gaps) == (0, 1)
    (one,) = differences.standing(other)
    assert one.has_gap
    assert sorted(side.absent for side in one.sides) == [0, 1]
    assert awaited(other) == {crates(other): ("text",)}
    said = " ".join(told.text for told in outcome(other, report))
    assert f"ENTRY {middle.first + 1} OF LAPTOP A HAS NOT ARRIVED" in said
    assert any("HAS NOT ARRIVED" in told.text for told in alarms(other))
    assert [one.area for one in examine(other) if not one.good] == ["gaps", "gaps"]
    exported = export_bundle(other, tmp_path / "bundles")
    first, last = middle.first + 1, middle.last + 1
    line = f"Entries-Missing: {lead.own_log.log} {first}-{last}\n"
    assert line in (exported.path / "bag-info.txt").read_text("utf-8")
    told = verify_bundle(exported.path)
    missing = dict(told.sections())["MISSING"][-1]
    assert missing.startswith(f"entry {first} of log {lead.own_log.log} (A): ")
    assert "not arrived on the laptop that exported" in missing
    assert told.copy.startswith("NOT COMPLETE")
    assert told.to_json()["entries_missing"] == [{"log": lead.own_log.log, "first": first, "last": last}]
    depot.write(middle, kept)
    (report,) = sync(depot, other)
    assert not report.wants_a_person
    assert (gaps(other), awaited(other), list(differences.standing(other))) == ([], {}, [])
    assert [one for one in examine(other) if not one.good] == []
    assert other.get(crates(other)).doc["text"] == "Four crates"


def test_a_withheld_tail_is_betrayed_by_who_witnessed_its_head(
    team: tuple[Depot, Vault, Vault], tmp_path: Path
) -> None:
    depot, lead, other = team
    with joined(tmp_path / "c", lead, "Chen Li") as third:
        sync(depot, lead, third)
        last = segments(depot, lead)[-1]
        depot.remove(last)
        (report,) = sync(depot, other)
    assert [(gap.log, gap.first, gap.last) for gap in report.missing] == [
        (lead.own_log.log, last.first, last.last)
    ]
    sync(depot, lead)
    (report,) = sync(depot, other)
    assert report.missing == []


def test_a_depot_put_back_to_an_older_state_is_told(team: tuple[Depot, Vault, Vault], tmp_path: Path) -> None:
    depot, lead, other = team
    shutil.copytree(depot.where, tmp_path / "old")
    lead.record([Add("observation", {"basis": "seen", "text": "Later"})])
    meet(depot, lead, other)
    there = len(depot.contents().objects)
    shutil.rmtree(depot.where)
    shutil.copytree(tmp_path / "old", depot.where)
    rolled_back = there - len(depot.contents().objects)
    (report,) = sync(depot, other)
    assert report.gone == rolled_back > 0
    assert report.wants_a_person
    assert any("GONE" in told.text and told.alarm for told in outcome(other, report))
    for vault in (other, lead):
        (report,) = sync(depot, vault)
        assert not report.gone
    shutil.rmtree(depot.where)
    (report,) = sync(new_depot(Path(depot.where)), other)
    assert report.another
    assert not report.gone


class Counting(FolderStore):
    """A folder that notes what is read from it."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.fetched: list[str] = []

    def read(self, name: str, limit: int) -> bytes:
        self.fetched.append(name)
        return super().read(name, limit)


def test_what_a_late_laptop_cannot_open_is_no_forgery_and_is_fetched_once(tmp_path: Path) -> None:
    new_depot(tmp_path / "stick")
    store = Counting(tmp_path / "stick")
    depot = Depot(store)
    with new_mission(tmp_path / "a") as lead:
        (seen,) = lead.record([Add("observation", {"basis": "seen", "text": "before"})])
        sync(depot, lead)
        with joined(tmp_path / "b", lead, history=False) as late:
            lead.record([Amend(seen.id, "looked again", set={"text": "after"})])
            sync(depot, lead)
            (report,) = sync(depot, late)
            assert report.unsound == []
            assert report.locked >= 2
            assert not report.wants_a_person
            assert gaps(late)
            assert all(gap.sealed for gap in gaps(late))
            assert awaited(late) == {seen.id: ("text",)}
            assert [one for one in examine(late) if not one.good] == []
            assert alarms(late) == []
            meet(depot, lead, late)
            store.fetched.clear()
            plan = Sync(late, depot).plan()
            assert (sum(plan.received.values()), plan.locked > 0) == (0, True)
            sync(depot, late)
            assert store.fetched == [names.MARKER, names.MARKER]
            give_history(lead, "B")
            meet(depot, lead, late)
            assert Sync(late, depot).plan().locked == 0
            assert tables(late) == tables(lead)
            assert gaps(late) == []


def test_an_original_under_a_key_that_was_not_given_is_no_damage(tmp_path: Path) -> None:
    """Kept before a laptop came late, its entry cut afterwards: the late one reads of it, and cannot open it."""
    depot = new_depot(tmp_path / "stick")
    with new_mission(tmp_path / "a") as lead, joined(tmp_path / "c", lead, "Chen Li") as third:
        meet(depot, lead, third)
        (seen,) = third.record([Add("observation", {"basis": "seen", "text": "a door"})])
        third.attach(io.BytesIO(b"original"), "door.txt", seen.id)
        with joined(tmp_path / "b", lead, history=False) as late:
            sync(depot, lead)
            meet(depot, third, lead, late)
            (media,) = late.list("media")
            assert not late.media.missing(media.doc)
            assert [one for one in examine(late) if not one.good] == []
            assert any("1 under keys that this laptop was not given" in one.text for one in examine(late))
            give_history(lead, "C")
            meet(depot, lead, late)
            assert b"".join(late.media.open(media.doc)) == b"original"


def test_a_struck_off_laptop_is_told_so_first(tmp_path: Path) -> None:
    depot = new_depot(tmp_path / "stick")
    with new_mission(tmp_path / "a") as lead, joined(tmp_path / "b", lead) as lost:
        meet(depot, lead, lost)
        revoke(lead, "B", "left in a taxi")
        for _ in range(2):
            sync(depot, lead)
            (report,) = sync(depot, lost)
            first, *_ = outcome(lost, report)
            assert first.text.startswith("THIS LAPTOP WAS STRUCK OFF by laptop A (Amira Nasser) at ")
            assert first.text.endswith("UTC: left in a taxi")
            assert report.unsound == []
        assert alarms(lost)[0].text == first.text


def test_a_sync_says_whose_standing_changed_and_what_is_kept_apart(tmp_path: Path) -> None:
    depot = new_depot(tmp_path / "stick")
    with (
        new_mission(tmp_path / "a") as lead,
        joined(tmp_path / "b", lead) as lost,
        joined(tmp_path / "c", lead, "Chen Li") as third,
    ):
        meet(depot, lead, lost, third)
        revoke(lead, "B", "left in a taxi")
        with joined(tmp_path / "d", lead, "Dora"):
            lost.record([Add("observation", {"basis": "seen", "text": "after"})])
            sync(depot, lead, lost)
            (report,) = sync(depot, third)
        said = "\n".join(told.text for told in outcome(third, report))
        assert "Laptop B (Boris Khan) was struck off by laptop A (Amira Nasser) at " in said
        assert "UTC: left in a taxi; " in said
        assert "Laptop D (Dora) was admitted by laptop A (Amira Nasser): inspector" in said
        assert "1 more entry is kept apart and does not count" in said
        (report,) = sync(depot, third)
        assert not report.standings
        assert not report.newly_apart
