"""What a host may see of a vault: every file with its digest, and nothing is lost by looking."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

import pytest

from fieldkit.errors import UnavailableError
from fieldkit.vault.doctor import examine
from fieldkit.vault.files import held_files
from fieldkit.vault.recording import Add
from fieldkit.vault.vault import Vault
from tests.vault.missions import PASSPHRASE, new_mission

_COUNT = """
import sys
from pathlib import Path
from fieldkit.vault.vault import Vault
with Vault.open(Path(sys.argv[1]), sys.argv[2]) as vault:
    print(vault.count("observation"))
"""


def _seen_by_another_process(folder: Path) -> int:
    command = [sys.executable, "-c", _COUNT, folder, PASSPHRASE]
    return int(subprocess.run(command, check=True, capture_output=True, timeout=60).stdout)


def test_every_file_stands_there_with_its_digest(tmp_path: Path) -> None:
    new_mission(tmp_path / "visit").close()
    found = {one.name: one for one in held_files(tmp_path / "visit")}
    assert {"head", "store.db", "vault.json"} <= found.keys()
    for name, one in found.items():
        data = (tmp_path / "visit" / name).read_bytes()
        assert (one.size, one.sha256) == (len(data), hashlib.sha256(data).hexdigest())


def test_looking_while_the_mission_is_open_costs_no_record(tmp_path: Path) -> None:
    """On POSIX, a process that closes a file gives up the locks of all its connections to it."""
    folder = tmp_path / "visit"
    with new_mission(folder) as vault:
        vault.record([Add("observation", {"basis": "seen", "text": "before"})])
        held_files(folder)
        assert _seen_by_another_process(folder) == 1
        for number in range(2, 5):
            vault.record([Add("observation", {"basis": "seen", "text": f"seen {number}"})])
            assert _seen_by_another_process(folder) == number
    with Vault.open(folder, PASSPHRASE) as vault:
        assert vault.count("observation") == 4
        assert [one for one in examine(vault, refold=True) if not one.good] == []


def test_a_folder_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "visit").mkdir()
    (tmp_path / "visit" / "head").symlink_to("/proc/self/mem")
    with pytest.raises(UnavailableError, match="cannot all be read"):
        held_files(tmp_path / "visit")
