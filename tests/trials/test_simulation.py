"""Plays of the team under faults in every run; and broken versions of the code, each of which the plays must notice by
the promise that it breaks."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.trials.invariants import BrokenError
from tests.trials.mutants import MUTANTS, Mutant
from tests.trials.simulation import run
from tests.trials.stage import Stage, quick_folder

PLAYS, AT_ONCE = 300, 50
_ENOUGH, _STEPS = 60, (24, 24)


@pytest.fixture
def stage() -> Iterator[Stage]:
    with tempfile.TemporaryDirectory(prefix="fieldkit-team-", dir=quick_folder()) as folder:
        yield Stage(Path(folder) / "stage")


@pytest.mark.parametrize("seed", range(0, PLAYS, AT_ONCE))
def test_a_team_under_faults_loses_nothing_and_agrees(stage: Stage, seed: int) -> None:
    done = run(stage, seed, AT_ONCE)
    assert done["new"] + done["amend"] > AT_ONCE


@pytest.mark.parametrize("mutant", MUTANTS, ids=str)
def test_a_fault_in_the_code_is_noticed(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, mutant: Mutant
) -> None:
    mutant.broken(monkeypatch)
    with pytest.raises(BrokenError) as caught:
        run(stage, 0, _ENOUGH, mutant.weights, _STEPS)
    assert caught.value.invariant in mutant.betrayed_by
