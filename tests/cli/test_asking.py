"""A passphrase typed at a terminal: asked for in words, never echoed, asked twice where it is new."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import PASSPHRASE

pytestmark = pytest.mark.skipif(os.name == "nt", reason="needs a POSIX terminal")
FIELDKIT = Path(sys.executable).parent / "fieldkit"


def at_a_terminal(*arguments: str | Path, typed: list[str]) -> tuple[int, str, str]:
    """Exit code, standard output, and what the terminal showed while `typed` was typed, a line at each question."""
    ours, theirs = os.openpty()
    try:
        with subprocess.Popen(
            [FIELDKIT, *arguments],
            stdin=theirs,
            stderr=theirs,
            stdout=subprocess.PIPE,
            start_new_session=True,
        ) as running:
            os.close(theirs)
            shown = b""
            for line in typed:
                while not shown.endswith(b": "):
                    shown += os.read(ours, 1000)
                os.write(ours, line.encode() + b"\n")
                shown += b"|"
            out, _ = running.communicate(timeout=60)
            os.set_blocking(ours, False)
            try:
                while more := os.read(ours, 1000):
                    shown += more
            except OSError:
                pass
            return running.returncode, out.decode(), shown.decode()
    finally:
        os.close(ours)


def test_a_passphrase_is_asked_for_and_not_echoed(mission: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FIELDKIT_PASSPHRASE_FILE")
    code, out, shown = at_a_terminal("list", "person", typed=[PASSPHRASE])
    assert code == 0
    assert "A. Nasser" in out
    assert shown.startswith("Passphrase: ")
    assert PASSPHRASE not in shown + out


def test_a_new_passphrase_is_asked_for_twice(tmp_path: Path) -> None:
    line = ("new", tmp_path / "visit", "--title", "Plant 4", "--as", "A. Nasser")
    code, out, shown = at_a_terminal(*line, typed=["one of two", "another"])
    assert (code, out) == (2, "")
    assert "not the same" in shown
    assert not (tmp_path / "visit").exists()
    code, out, _ = at_a_terminal(*line, typed=["twice the same", "twice the same"])
    assert code == 0
    assert "Recovery words" in out
