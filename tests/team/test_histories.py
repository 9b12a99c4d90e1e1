"""A laptop is struck off whose log was written twice before anybody knew: whoever strikes off says which history is its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from fieldkit.errors import RefusedError, UsageError
from fieldkit.team.histories import History
from fieldkit.team.members import member
from fieldkit.team.striking import known_histories, revoke
from tests.cli.conftest import Fieldkit, fieldkit, passphrase_file
from tests.team.earlier import exchange, seen, written_twice
from tests.team.teams import joined, meet, new_depot, tables
from tests.vault.missions import PASSPHRASE, new_mission

__all__ = ["fieldkit", "passphrase_file"]

_HONEST, _FORGED = {"before", "honest 0", "honest 1", "honest 2"}, {"forged 0", "forged 1"}


def _one_with(known: list[History], text: str) -> int:
    """The number of the history in which something was recorded."""
    (number,) = (
        number
        for number, one in enumerate(known, 1)
        if text in {entry.values.get("text") for entry in (one.first, one.last) if entry}
    )
    return number


def test_nothing_is_done_before_somebody_says_which_history_counts(tmp_path: Path) -> None:
    with written_twice(tmp_path) as (lead, _, log, _team):
        assert seen(lead) == _HONEST | _FORGED
        with pytest.raises(RefusedError, match="wrote its log twice") as caught:
            revoke(lead, log, "stolen from the hotel")
        told = str(caught.value)
        for number, one in enumerate(known_histories(lead, log), 1):
            assert one.first is not None
            assert (
                f"history {number}: entries {one.differs + 1} to {one.size}: {one.first.number} recorded"
                in told
            )
        assert len({one.first.hash for one in known_histories(lead, log) if one.first}) == 2
        assert lead.standing(log).belongs
        for wrong in ((0,), (3,), (1, 2)):
            with pytest.raises((UsageError, RefusedError)):
                revoke(lead, log, "stolen from the hotel", history=wrong)
        assert lead.standing(log).belongs


@pytest.mark.parametrize("own", ["honest 0", "forged 0"])
def test_only_the_history_that_was_chosen_counts_for_everybody(tmp_path: Path, own: str) -> None:
    with written_twice(tmp_path) as (lead, third, log, team):
        chosen = _one_with(known_histories(lead, log), own)
        revoke(lead, log, "stolen from the hotel", history=[chosen])
        meet(team, lead, third)
        for vault in (lead, third):
            assert seen(vault) == (_HONEST if own == "honest 0" else {"before"} | _FORGED)
        assert tables(lead) == tables(third)


def test_all_histories_count_where_somebody_says_so(tmp_path: Path) -> None:
    with written_twice(tmp_path) as (lead, third, log, team):
        revoke(lead, log, "it was put back by its owner", history="all")
        meet(team, lead, third)
        assert seen(third) == _HONEST | _FORGED


def test_what_came_behind_a_gap_is_of_no_history_that_somebody_chose(tmp_path: Path) -> None:
    """The thief's host keeps back where his history parts from the other: his later entries contradict nothing."""
    with written_twice(tmp_path) as (lead, third, log, team):
        known = known_histories(lead, log)
        chosen = _one_with(known, "honest 0")
        for path in (tmp_path / "between").rglob("*.seg"):
            (tmp_path / "behind" / path.relative_to(tmp_path / "between")).unlink()
        exchange(new_depot(tmp_path / "behind"), lead)
        assert "forged behind the gap" in seen(lead)
        revoke(lead, log, "stolen from the hotel", history=[chosen])
        meet(team, lead, third)
        assert seen(lead) == seen(third) == _HONEST


def test_of_a_log_that_was_written_once_there_is_no_choice(tmp_path: Path) -> None:
    with new_mission(tmp_path / "lead") as lead, joined(tmp_path / "gone", lead) as gone:
        meet(new_depot(tmp_path / "team"), lead, gone)
        assert known_histories(lead, gone.own_log.log) == []
        with pytest.raises(UsageError, match="only one history"):
            revoke(lead, gone.own_log.log, "stolen", history=[1])
        revoke(lead, gone.own_log.log, "stolen")


def test_the_command_names_the_histories_and_lets_one_count(
    tmp_path: Path, passphrase_file: Path, fieldkit: Fieldkit
) -> None:
    passphrase_file.write_text(PASSPHRASE, "utf-8")
    with written_twice(tmp_path) as (lead, _, log, _team):
        letter = str(member(lead, log).record.doc["letter"])
    strike = ("members", "revoke", letter, "--reason", "stolen", "-m", tmp_path / "lead")
    refused = fieldkit(*strike)
    assert refused.code != 0
    assert "history 1: entries 5 to 7" in refused.err
    assert "“honest 0”" in refused.err
    assert "--history N" in refused.err
    assert fieldkit(*strike, "--history", "1", "--all-histories").code == 2
    assert "from 1 to 2" in fieldkit(*strike, "--history", "7").err
    fieldkit.done(*strike, "--history", "1")
    shown = fieldkit.done("list", "observation", "-m", tmp_path / "lead").out
    assert ("honest 2" in shown) is not ("forged 1" in shown)
