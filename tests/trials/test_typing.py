"""Nothing that was typed a second ago is lost, however the program ends; nothing that comes in a burst is."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

if sys.platform == "win32":
    pytest.skip("needs a POSIX terminal", allow_module_level=True)

ROOT = Path(__file__).resolve().parents[2]
_PATIENCE_S = 600


def trials(tmp_path: Path, name: str, *each: Sequence[str]) -> list[str]:
    """What trials print that find nothing wrong, run beside each other: most of their time they wait for terminals. Their seeds and
    what they found are in the failure of one that does."""
    running = []
    for number, arguments in enumerate(each):
        place = tmp_path / str(number)
        place.mkdir()
        running.append(
            subprocess.Popen(
                [sys.executable, "-m", f"tests.trials.{name}", *arguments],
                cwd=ROOT,
                env={**os.environ, "TMPDIR": str(place)},
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
        )
    try:
        said = [one.communicate(timeout=_PATIENCE_S)[0] for one in running]
    finally:
        for one in running:
            one.kill()
            one.wait()
    assert [one.returncode for one in running] == [0] * len(running), "\n".join(said)
    return said


def test_what_was_typed_a_second_before_the_end_is_offered_again(tmp_path: Path) -> None:
    for said in trials(tmp_path, "typing", ["--ends", "10"], ["--ends", "10"]):
        assert "10 ends" in said


def test_nothing_that_comes_in_a_burst_is_lost(tmp_path: Path) -> None:
    from tests.trials.bursts import BURSTS

    names = [burst.__name__ for burst in BURSTS]
    slow = [name for name in names if "slow_line" in name]
    quick = [name for name in names if name not in slow]
    for group, said in zip(
        (quick, slow[:1], slow[1:]), trials(tmp_path, "bursts", quick, slow[:1], slow[1:]), strict=True
    ):
        assert said.count("nothing lost") == len(group) > 0


def test_a_scanner_into_the_inventory_loses_no_reading_and_triggers_nothing(tmp_path: Path) -> None:
    (said,) = trials(tmp_path, "scanning", ["--readings", "63", "--seed", "3"])
    assert "none lost, none acted" in said
