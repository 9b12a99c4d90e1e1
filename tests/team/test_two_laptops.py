"""Two laptops of one mission: asked, admitted, joined, both record, both sync, one mission comes out."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path

import pytest

from fieldkit.bundle.export import export_bundle
from fieldkit.bundle.verify import verify_bundle
from fieldkit.vault import open_points
from fieldkit.vault.doctor import examine
from fieldkit.vault.recording import Add, Amend
from tests.team.teams import joined, meet, new_depot, sync, tables
from tests.vault.missions import new_mission


def test_two_laptops_become_one_mission(tmp_path: Path) -> None:
    depot = new_depot(tmp_path / "stick")
    with new_mission(tmp_path / "a") as lead, joined(tmp_path / "b", lead) as other:
        assert other.letter == "B"
        (seen,) = lead.record([Add("observation", {"basis": "seen", "text": "Two gyroscopes on the stand"})])
        other.record([Add("observation", {"basis": "seen", "text": "Crates behind the door"})])
        picture = b"\xff\xd8" + b"original" * 700_000
        (tmp_path / "x.jpg").write_bytes(picture)
        with (tmp_path / "x.jpg").open("rb") as source:
            lead.attach(source, "x.jpg", seen.id)
        meet(depot, lead, other)
        assert tables(lead) == tables(other)
        assert [view.number for view in other.list("observation")] == ["A-0004", "B-0001"]
        (media,) = other.list("media")
        assert b"".join(map(bytes, other.media.open(media.doc))) == picture
        for vault in (lead, other):
            assert [one for one in examine(vault, refold=True) if not one.good] == []
        assert {(view.log, view.doc["log"]) for view in lead.list("witness")} == {
            (lead.own_log.log, other.own_log.log),
            (other.own_log.log, lead.own_log.log),
        }
        quiet = sync(depot, lead, other)
        assert not any(sum(one.sent.values()) + sum(one.received.values()) for one in quiet)


def test_what_two_say_of_one_thing_is_shown_and_ended_by_a_person(tmp_path: Path) -> None:
    depot = new_depot(tmp_path / "stick")
    with new_mission(tmp_path / "a") as lead, joined(tmp_path / "b", lead) as other:
        (crates,) = lead.record([Add("observation", {"basis": "seen", "text": "Crates"})])
        meet(depot, lead, other)
        lead.record([Amend(crates.id, "counted", set={"text": "Three crates"})])
        other.record([Amend(crates.id, "counted", set={"text": "Four crates"})])
        meet(depot, lead, other)
        assert tables(lead) == tables(other)
        for vault in (lead, other):
            (difference,) = vault.differences()
            assert {value for value, _ in difference.values} == {"Three crates", "Four crates"}
        other.record([Amend(crates.id, "counted again together", set={"text": "Four crates"})])
        meet(depot, lead, other)
        assert tables(lead) == tables(other)
        assert lead.get(crates.id).doc["text"] == "Four crates"
        assert not list(lead.differences())


@pytest.mark.parametrize("whose", ["lead", "other"])
def test_the_merged_mission_leaves_in_one_bundle(tmp_path: Path, whose: str) -> None:
    depot = new_depot(tmp_path / "stick")
    with new_mission(tmp_path / "a") as lead, joined(tmp_path / "b", lead) as other:
        lead.record([Add("observation", {"basis": "seen", "text": "Gate locked"})])
        other.record([Add("observation", {"basis": "seen", "text": "Gate open"})])
        meet(depot, lead, other)
        bundle = export_bundle(lead if whose == "lead" else other, tmp_path / "out").path
        report = verify_bundle(bundle)
        assert [fault.problem for fault in report.faults] == [
            "nobody has signed: anybody could have made this bundle"
        ]
        logs = [lead.own_log.log, other.own_log.log]
        seen = {log.log: log.witnessed for log in report.logs}
        assert seen.keys() == set(logs)
        for own, others in (logs, logs[::-1]):
            (one,) = seen[own]
            assert one.log == others
        text = report.to_text()
        assert f"log A up to {seen[logs[0]][0].size} of " in text
        assert f"log B up to {seen[logs[1]][0].size} of " in text


def test_an_original_of_another_laptop_that_is_not_here_is_not_called_lost(tmp_path: Path) -> None:
    depot = new_depot(tmp_path / "stick")
    with new_mission(tmp_path / "a") as lead, joined(tmp_path / "b", lead) as other:
        (form,) = other.record([Add("observation", {"basis": "seen", "text": "A form"})])
        media, _ = other.attach(io.BytesIO(b"filled in by hand"), "form.txt", form.id)
        meet(depot, lead, other)
        for part in (lead.folder / "media").glob("*/*"):
            part.unlink()
        omissions = export_bundle(lead, tmp_path / "out").omissions
        assert (omissions.lost, omissions.absent) == ((), (lead.get(media.id).doc["sha256"],))


def test_nothing_of_the_mission_is_readable_in_a_depot(tmp_path: Path) -> None:
    depot = new_depot(tmp_path / "stick")
    words = [b"Amira Nasser", b"Boris Khan", b"TRIPOLI", b"gyroscope", b"inspector", b"laptop of"]
    with new_mission(tmp_path / "a") as lead, joined(tmp_path / "b", lead) as other:
        other.record([Add("observation", {"basis": "seen", "text": "gyroscope"})])
        (held,) = lead.record(
            [Add("document", {"title": "gyroscope list", "pages": 2, "original_seen": True})]
        )
        lead.attach(io.BytesIO(b"gyroscope" * 10), "gyroscope.txt", held.id)
        meet(depot, lead, other)
    for path in (tmp_path / "stick").rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            assert not [word for word in words if word in data], path
            assert path.name == "fieldkit-depot.txt" or hashlib.sha256(data).hexdigest() in path.name


def test_marks_that_cross_each_other_are_told_and_never_refused(tmp_path: Path) -> None:
    depot = new_depot(tmp_path / "stick")
    with new_mission(tmp_path / "a") as lead, joined(tmp_path / "b", lead) as other:
        (seen,) = lead.record(
            [Add("observation", {"basis": "seen", "text": "A drawing", "mark": "unclassified"})]
        )
        meet(depot, lead, other)
        lead.record([Amend(seen.id, "it shows a range", set={"mark": "strictly confidential"})])
        (finding,) = other.record(
            [Add("finding", {"statement": "f", "rests_on": [seen.id], "mark": "unclassified"})]
        )
        meet(depot, lead, other)
        assert tables(lead) == tables(other)
        for vault in (lead, other):
            assert open_points.undermarked(vault) == [finding.id, vault.mission_id]
