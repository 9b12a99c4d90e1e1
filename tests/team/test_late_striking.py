"""A laptop admitted by one who had not heard of a striking-off learns of it, whatever keys it was given."""

from __future__ import annotations

from pathlib import Path

from fieldkit.team.keyring import Keyring
from fieldkit.team.striking import revoke
from tests.team.teams import joined, meet, new_depot
from tests.vault.missions import new_mission


def test_who_came_late_and_without_history_knows_who_was_struck_off_before(tmp_path: Path) -> None:
    here, there = new_depot(tmp_path / "stick"), new_depot(tmp_path / "share")
    with (
        new_mission(tmp_path / "lead") as lead,
        joined(tmp_path / "deputy", lead, "Dora Lind", "deputy") as deputy,
        joined(tmp_path / "gone", lead, "Gero Falk") as gone,
    ):
        meet(here, lead, deputy, gone)
        revoke(lead, gone.own_log.log, "lost at the airport")
        with joined(tmp_path / "late", deputy, "Lena Ott", history=False) as late:
            meet(there, deputy, late)
            assert late.standing(gone.own_log.log).cut is None
            meet(here, lead, deputy)
            meet(here, lead, deputy, late)
            assert late.standing(gone.own_log.log).cut is not None
            for vault in (lead, deputy, late):
                opened = {log for log in (gone.own_log.log,) if log in Keyring(vault)._openers(vault.epoch)}
                assert not opened
