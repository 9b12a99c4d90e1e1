"""What every test stands on: a home and a state directory of its own, and nothing of the user's surroundings."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from fieldkit import paths
from fieldkit.vault.slots import KdfParameters

_FROM_OUTSIDE = ("FIELDKIT_MISSION", "FIELDKIT_PASSPHRASE_FILE", "NO_COLOR", "FORCE_COLOR", "COLUMNS")


@pytest.fixture(autouse=True)
def surroundings(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A home, a state directory and a folder of temporary files for this test alone. Yields the home, which must be empty
    afterwards, as the temporary files: fieldkit keeps its own things in the state directory and a mission's in the
    mission's folder."""
    home, temporary = tmp_path_factory.mktemp("home"), tmp_path_factory.mktemp("temporary")
    monkeypatch.setenv("TMPDIR", str(temporary))
    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("USERPROFILE", str(home))
    monkeypatch.setenv(paths.STATE_VARIABLE, str(tmp_path_factory.mktemp("state")))
    for name in [*_FROM_OUTSIDE, *(name for name in os.environ if name.startswith("XDG_"))]:
        monkeypatch.delenv(name, raising=False)
    where = Path.cwd()
    before = set(where.iterdir())
    yield home
    assert not list(home.rglob("*")), "left behind in the home directory"
    assert not list(temporary.iterdir()), "left behind in the folder of temporary files"
    left = [entry.name for entry in where.iterdir() if entry not in before and entry.name[0] != "."]
    assert not left, "left behind in the working directory"


@pytest.fixture
def cheap_kdf() -> KdfParameters:
    """Key derivation that costs next to nothing, for tests that are not about passphrases."""
    return KdfParameters(memory_kib=64, iterations=1, lanes=1)
