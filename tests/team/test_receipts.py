"""Copies: who has what, by signed receipts, and giving up one's own."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from fieldkit.errors import RefusedError
from fieldkit.team.names import BLOB
from fieldkit.team.receipts import copies_of_original, copies_of_record, shed
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
        assert shed(lead, media, second) > 0
        meet(depot, lead, other, home)
        assert not lead.media.holds(str(media.doc["parts"][0]["cipher"]))
        assert [one for one in examine(lead) if not one.good] == []
        assert copies_of_original(home, media.doc).laptops == ("B",)
        assert copies_of_original(other, media.doc).headquarters
        for name in depot.contents().of(BLOB):
            depot.remove(name)
        with pytest.raises(RefusedError, match="no copy"):
            shed(other, media, depot)
        sync(depot, home)
        assert shed(other, media, depot) > 0
