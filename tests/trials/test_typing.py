"""Nothing that was typed a second ago is lost, however the program ends; nothing that comes in a burst is."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

if sys.platform == "win32":
    pytest.skip("needs a POSIX terminal", allow_module_level=True)

ROOT = Path(__file__).resolve().parents[2]


def trial(tmp_path: Path, name: str, *arguments: str) -> str:
    """What a trial prints that finds nothing wrong; its seed and what it found are in the failure of one that does."""
    done = subprocess.run(
        [sys.executable, "-m", f"tests.trials.{name}", *arguments],
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_what_was_typed_a_second_before_the_end_is_offered_again(tmp_path: Path) -> None:
    assert "20 ends" in trial(tmp_path, "typing", "--ends", "20")


def test_nothing_that_comes_in_a_burst_is_lost(tmp_path: Path) -> None:
    assert "nothing lost" in trial(tmp_path, "bursts")


def test_a_scanner_into_the_inventory_loses_no_reading_and_triggers_nothing(tmp_path: Path) -> None:
    assert "none lost, none acted" in trial(tmp_path, "scanning", "--readings", "63", "--seed", "3")
