"""Copies: who has what, by signed receipts, and giving up one's own."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from fieldkit.errors import RefusedError
from fieldkit.team.names import BLOB
from fieldkit.team.receipts import all_parts, copies_of_original, copies_of_record, shed
from fieldkit.vault.doctor import examine
from fieldkit.vault.recording import Add
from tests.team.teams import joined, meet, new_depot, sync
from tests.vault.missions import new_mission


def test_an_original_is_given_up_only_when_headquarters_and_another_have_it(tmp_path: Path) -> None:
    depot, second = new_depot(tmp_path / "stick"), new_depot(tmp_path / "second")
    with (
        new_mission(tmp_path / "a") as lead,
        joined(tmp_path / "b", lead, "Boris Khan") as other,
        joined(tmp_path / "h", lead, "Home", "headquarters") as home,
    ):
        (seen,) = lead.record([Add("observation", {"basis": "seen", "text": "Gate"})])
        lead.attach(io.BytesIO(b"\xff\xd8picture"), "x.jpg", seen.id)
        (media,) = lead.list("media")
        assert str(copies_of_original(lead, media.doc)) == "only here"
        assert str(copies_of_record(lead, lead.get(seen.id))) == "only here"
        meet(depot, lead, other)
        assert str(copies_of_original(lead, media.doc)) == "on 1 other laptop"
        assert str(copies_of_record(lead, lead.get(seen.id))) == "on 1 other laptop"
        with pytest.raises(RefusedError, match="headquarters has not signed"):
            shed(lead, media, depot)
        meet(depot, lead, home)
        assert str(copies_of_original(lead, media.doc)) == "headquarters has it"
        with pytest.raises(RefusedError, match="no whole copy"):
            shed(lead, media, second)
        assert shed(lead, media, depot) > 0
        meet(depot, lead, other, home)
        assert not lead.media.holds(str(media.doc["parts"][0]["cipher"]))
        assert [one for one in examine(lead) if not one.good] == []
        assert copies_of_original(home, media.doc).laptops == ("B",)
        assert copies_of_original(other, media.doc).headquarters
        for name in depot.contents().of(BLOB):
            depot.remove(name)
        with pytest.raises(RefusedError, match="no whole copy"):
            shed(other, media, depot)
        sync(depot, home)
        assert shed(other, media, depot) > 0


def test_two_laptops_that_count_on_each_other_do_not_both_give_up(tmp_path: Path) -> None:
    """Neither has heard of the other's shedding; what the depot gives back is what counts."""
    depot, empty = new_depot(tmp_path / "stick"), new_depot(tmp_path / "second")
    with (
        new_mission(tmp_path / "a") as lead,
        joined(tmp_path / "b", lead, "Boris Khan") as other,
        joined(tmp_path / "h", lead, "Home", "headquarters") as home,
    ):
        (seen,) = lead.record([Add("observation", {"basis": "seen", "text": "Gate"})])
        lead.attach(io.BytesIO(b"\xff\xd8picture"), "x.jpg", seen.id)
        meet(depot, lead, other, home)
        (media,) = lead.list("media")
        assert copies_of_original(lead, media.doc).laptops == ("B", "C")
        for vault in (lead, other):
            with pytest.raises(RefusedError, match="at this moment"):
                shed(vault, media, empty)
            assert not vault.media.missing(media.doc)


def test_what_a_finding_rests_on_travels_before_what_is_newer(tmp_path: Path) -> None:
    with new_mission(tmp_path / "a") as lead:
        files = []
        for number in range(4):
            (seen,) = lead.record([Add("observation", {"basis": "seen", "text": f"Gate {number}"})])
            media, _ = lead.attach(io.BytesIO(b"picture %d" % number), "x.jpg", seen.id)
            files.append((seen.id, media.id))
        lead.record([Add("finding", {"statement": "The gate was open", "rests_on": [files[1][0]]})])
        parts = [lead.get(media).doc["parts"][0]["cipher"] for _, media in files]
        assert [part.name for part, _ in all_parts(lead)] == [parts[place] for place in (1, 3, 2, 0)]
