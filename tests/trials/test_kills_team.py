"""A sync that is killed before any of its I/O steps: both sides go on, nothing is lost, nothing is half taken in."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest

from tests.trials.killed_syncs import TRIALS, Trial, run
from tests.trials.stage import quick_folder

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
_SAMPLE = 4


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
@pytest.mark.parametrize("trial", TRIALS)
def test_a_sync_killed_before_any_step_goes_on(trial: type[Trial]) -> None:
    with tempfile.TemporaryDirectory(prefix="fieldkit-kills-", dir=quick_folder()) as place:
        kinds, kills = run(Path(place), trial, _SAMPLE)
    assert kills == kinds["begin"] + _SAMPLE
    assert kinds.keys() >= {"open", "write", "fsync", "replace", "begin", "commit", "statement"}
