"""Nothing of a mission is on the disk in the clear: not in its folder, not in a temporary, state or home directory."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

FIELDKIT = Path(sys.executable).parent / "fieldkit"
PLANTED = ("Zwetschgenknoedel", "Qaraqoyunlu", "Huitzilopochtli", "Llanfairpwll", "four-words-of-ones-own")


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that holds all that a person's machine would: home, temporary files, state, the mission."""
    for variable, name in (("HOME", "home"), ("TMPDIR", "tmp"), ("FIELDKIT_STATE_DIR", "state")):
        (tmp_path / "machine" / name).mkdir(parents=True)
        monkeypatch.setenv(variable, str(tmp_path / "machine" / name))
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "passphrase.txt").write_text(f"{PLANTED[4]}\n", "utf-8")
    monkeypatch.setenv("FIELDKIT_PASSPHRASE_FILE", str(outside / "passphrase.txt"))
    (outside / f"{PLANTED[2]}.txt").write_text(f"{PLANTED[3]} " * 200_000, "utf-8")
    return tmp_path / "machine"


def run(machine: Path, *arguments: str | Path, code: int = 0, stdin: str = "") -> None:
    done = subprocess.run(
        [FIELDKIT, *arguments],
        cwd=machine,
        capture_output=True,
        text=True,
        input=stdin,
        check=False,
        timeout=60,
    )
    assert done.returncode == code, done.stderr


def test_a_whole_visit_leaves_no_word_of_it_readable(machine: Path) -> None:
    evidence = machine.parent / "outside" / f"{PLANTED[2]}.txt"
    run(machine, "new", "mission", "--title", f"Visit to {PLANTED[0]}", "--as", f"A. {PLANTED[1]}")
    run(machine, "add", "observation", "basis=seen", f"text={PLANTED[0]} on the stand")
    run(
        machine,
        "add",
        "--from",
        "-",
        stdin=f'{{"kind": "comment", "text": "{PLANTED[1]}", "language": "en"}}',
    )
    run(machine, "add", "observation", "basis=told", f"text={PLANTED[2]}", code=7)
    run(machine, "add", "--from", "-", stdin=f'{{"kind": "comment", "{PLANTED[3]}": ', code=5)
    run(machine, "attach", evidence, "--to", "A-0003")
    run(machine, "amend", "A-0003", f"remark={PLANTED[3]}", "--reason", f"{PLANTED[2]} was missing")
    run(machine, "search", PLANTED[0])
    run(machine, "vault", "backup", "visit.backup")
    run(machine, "vault", "restore", "visit.backup", "restored")
    run(machine, "doctor", "--refold", code=1)
    run(machine, "day", "close")
    files = [path for path in machine.rglob("*") if path.is_file()]
    assert len(files) > 8
    for path in files:
        data = path.read_bytes()
        for word in PLANTED:
            assert word.encode() not in data, f"{word} in {path}"
            assert word not in str(path)
    assert not [left for folder in ("home", "tmp") for left in (machine / folder).iterdir()]
