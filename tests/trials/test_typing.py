"""Nothing that was typed a second ago is lost, however the program ends."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

if sys.platform == "win32":
    pytest.skip("needs a POSIX terminal", allow_module_level=True)

ROOT = Path(__file__).resolve().parents[2]


def test_what_was_typed_a_second_before_the_end_is_in_the_draft(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.trials.typing", "--kills", "20", "--seed", "5"],
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr
    assert "20 ends" in done.stdout


def test_nothing_that_comes_in_a_burst_is_lost(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.trials.bursts"],
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr


def test_a_scanner_into_the_inventory_loses_no_reading_and_triggers_nothing(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.trials.scanning", "--readings", "63", "--seed", "3"],
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr
    assert "none lost, none acted" in done.stdout
