"""Files written so that they are whole or absent: when the disk is full, and when the writer is killed."""

from __future__ import annotations

import hashlib
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from fieldkit.errors import UnavailableError
from fieldkit.vault.durable import TEMPORARY_SUFFIX, replace_file
from fieldkit.vault.media import MediaStore
from fieldkit.vault.slots import KeySlots

_FULL_FOR_A_PROCESS = """
import resource, sys
from pathlib import Path
from fieldkit.errors import UnavailableError
from fieldkit.vault.durable import replace_file
from fieldkit.vault.media import MediaStore
folder = Path(sys.argv[1])
replace_file(folder / "vault.json", b"the old content")
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
for attempt in (
    lambda: replace_file(folder / "vault.json", bytes(10_000)),
    lambda: MediaStore(folder, "m", lambda _: bytes(32), 1).put(bytes(10_000)),
):
    try:
        attempt()
    except UnavailableError as error:
        print(error.exit_code, error.problem)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs a limit on the size of files")
def test_no_room_is_told_and_leaves_the_old_file_and_no_other(tmp_path: Path) -> None:
    finished = subprocess.run(
        [sys.executable, "-c", _FULL_FOR_A_PROCESS, tmp_path], capture_output=True, text=True, check=True
    )
    assert finished.stdout.splitlines() == ["8 the disk is full"] * 2
    assert finished.stderr == ""
    assert (tmp_path / "vault.json").read_bytes() == b"the old content"
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["vault.json"]


def test_originals_on_a_full_disk(small_disk: Path) -> None:
    media = MediaStore(small_disk, "mission", lambda _: bytes(32), 1)
    kept = media.put(b"kept")
    with pytest.raises(UnavailableError, match="disk is full"):
        media.put(bytes(3 * 1024 * 1024))
    assert b"".join(media.open(kept.to_doc())) == b"kept"
    assert list(media.orphans([str(part["cipher"]) for part in kept.parts])) == []


def test_a_missing_folder_is_told_and_named(tmp_path: Path) -> None:
    with pytest.raises(UnavailableError) as caught:
        replace_file(tmp_path / "absent" / "file", b"x")
    assert str(tmp_path / "absent" / "file") in str(caught.value)


_WRITER = """
import os, sys
from pathlib import Path
from fieldkit.vault.media import MediaStore
from fieldkit.vault.slots import KdfParameters, KeySlots
folder, cheap = Path(sys.argv[1]), KdfParameters(8, 1, 1)
media = MediaStore(folder, "mission", lambda _: bytes(32), 1)
slots, master, _ = KeySlots.create("x", cheap)
while True:
    slots.with_passphrase(master, "x", cheap).write(folder / "vault.json")
    stored = media.put(os.urandom(300_000))
    print(stored.parts[0]["cipher"], flush=True)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL")
def test_kill_leaves_whole_files_and_loses_nothing_acknowledged(tmp_path: Path) -> None:
    for lines in (1, 7, 15):
        with subprocess.Popen(
            [sys.executable, "-c", _WRITER, tmp_path], stdout=subprocess.PIPE, text=True
        ) as child:
            assert child.stdout is not None
            acknowledged = [child.stdout.readline() for _ in range(lines)]
            child.send_signal(signal.SIGKILL)
            acknowledged += child.stdout.readlines()
        KeySlots.read(tmp_path / "vault.json").unlock("x")
        names = set()
        for path in (tmp_path / "media").rglob("*"):
            if path.is_file() and not path.name.endswith(TEMPORARY_SUFFIX):
                assert hashlib.sha256(path.read_bytes()).hexdigest() == path.name
                names.add(path.name)
        assert {line.strip() for line in acknowledged if line.endswith("\n")} <= names
