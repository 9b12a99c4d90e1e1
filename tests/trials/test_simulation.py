"""A few plays of the team under faults in every run; and broken versions of the code, which the plays must notice."""

from __future__ import annotations

from pathlib import Path

import pytest

from fieldkit.team.syncing import Sync
from fieldkit.vault.reading import VaultReader
from tests.trials import simulation
from tests.trials.simulation import run


def test_a_team_under_faults_loses_nothing_and_agrees(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(simulation, "STEPS", 14)
    done = run(tmp_path, 20, 2)
    assert done.total() == 28


@pytest.mark.parametrize(
    "broken", ["never folds", "the last entry wins", "a difference is settled by a clock"]
)
def test_a_fault_in_the_code_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: str) -> None:
    monkeypatch.setattr(simulation, "STEPS", 24)
    monkeypatch.setattr(simulation, "WEIGHTS", (1, 8, 6, 0, 0, 0, 0))
    kept = VaultReader.entries_of
    match broken:
        case "never folds":
            monkeypatch.setattr(Sync, "_opened", lambda *_: iter(()))
        case "the last entry wins":
            monkeypatch.setattr(VaultReader, "entries_of", lambda self, record: kept(self, record)[-1:])
        case _:
            monkeypatch.setattr(VaultReader, "differences", lambda self: iter(()))
    with pytest.raises(AssertionError):
        run(tmp_path, 40, 6)
