"""SIGKILL at any moment loses nothing that was acknowledged, leaves nothing by halves, and the work can go on."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

if sys.platform == "win32":
    pytest.skip("forks its writers", allow_module_level=True)

from tests.trials.killing import run


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_what_was_acknowledged_before_a_kill_is_there_after_it(seed: int, tmp_path: Path) -> None:
    tally = run(tmp_path, 15, seed)
    assert tally.kills.total() == 15
    assert tally.entries + tally.photos + tally.bundles > 0
