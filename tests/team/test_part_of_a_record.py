"""A laptop that came late has of a record only what was amended since: it cannot correct what it does not have whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from fieldkit.errors import RefusedError
from fieldkit.team.members import give_history
from fieldkit.vault.recording import Add, Amend
from tests.team.teams import joined, meet, new_depot
from tests.vault.missions import new_mission


def test_a_record_whose_beginning_is_not_here_is_corrected_once_it_is(tmp_path: Path) -> None:
    depot = new_depot(tmp_path / "stick")
    with new_mission(tmp_path / "lead") as lead:
        (made,) = lead.record([Add("observation", {"basis": "seen", "text": "four crates"})])
        with joined(tmp_path / "late", lead, history=False) as late:
            lead.record([Amend(made.id, "counted again", set={"text": "five crates"})])
            meet(depot, lead, late)
            correction = Amend(made.id, "one was empty", set={"text": "six crates"})
            with pytest.raises(RefusedError, match="not whole here") as caught:
                late.record([correction])
            assert "members history" in str(caught.value)
            give_history(lead, late.letter)
            meet(depot, lead, late)
            late.record([correction])
            meet(depot, lead, late)
            assert lead.get(made.id).doc["text"] == "six crates"
