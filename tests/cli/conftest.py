"""A mission with a cheap passphrase, and `fieldkit` as a person at a keyboard or a script would run it."""

from __future__ import annotations

import io
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from fieldkit.cli.main import main
from fieldkit.vault.slots import KdfParameters
from fieldkit.vault.vault import Vault

PASSPHRASE = "held only by the team"


@dataclass(frozen=True)
class Answer:
    """What a command left behind: exit code, standard output, standard error."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        return json.loads(self.out)

    @property
    def numbers(self) -> list[str]:
        """The numbers of `<id> <number>` lines."""
        return [line.split()[1] for line in self.out.splitlines()]


class Fieldkit:
    """Runs commands in this process; text given as `stdin` is what a pipe would bring."""

    def __init__(self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
        self._capsys = capsys
        self._monkeypatch = monkeypatch

    def __call__(self, *arguments: str | Path, stdin: str = "") -> Answer:
        self._monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin.encode()), "utf-8"))
        self._capsys.readouterr()
        code = main([str(argument) for argument in arguments])
        out, err = self._capsys.readouterr()
        return Answer(code, out, err)

    def done(self, *arguments: str | Path, stdin: str = "") -> Answer:
        """The answer of a command that has to succeed."""
        answer = self(*arguments, stdin=stdin)
        assert answer.code == 0, answer.err
        return answer


@pytest.fixture
def fieldkit(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Fieldkit:
    return Fieldkit(capsys, monkeypatch)


@pytest.fixture
def passphrase_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file with the passphrase, named by the environment."""
    path = tmp_path / "passphrase.txt"
    path.write_text(PASSPHRASE + "\n", "utf-8")
    monkeypatch.setenv("FIELDKIT_PASSPHRASE_FILE", str(path))
    return path


@pytest.fixture
def mission(
    tmp_path: Path, passphrase_file: Path, cheap_kdf: KdfParameters, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """The folder of a new mission, named by the environment."""
    folder = tmp_path / "mission"
    vault, _ = Vault.create(folder, title="Plant 4", author="A. Nasser", passphrase=PASSPHRASE, kdf=cheap_kdf)
    vault.close()
    monkeypatch.setenv("FIELDKIT_MISSION", str(folder))
    return folder
