"""The head outside the database: cheap to write, honest when damaged, and a witness against a store cut or copied."""

from __future__ import annotations

import dataclasses
import hashlib
import random
import shutil
import signal
import subprocess
import sys
import uuid
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldkit import paths
from fieldkit.errors import AlteredError, UnavailableError
from fieldkit.vault.head import RECORD_BYTES, Head, HeadFiles, Place, Verdict, compare

STORE = "5f4dcc3b-5aa7-4d61-9d83-27deb882cf99"
LOG, OTHER_LOG = "ab" * 16, "cd" * 16
HERE = Place("1" * 32, "2" * 32, "3" * 32)
NOTE = "fieldkit/mission/log\n5\nAAAA\n\n— fieldkit/mission/log c2lnbmF0dXJl\n"


def root(log: str, size: int) -> bytes:
    return hashlib.sha256(f"{log}{size}".encode()).digest()


def head(size: int = 5, *, log: str = LOG, place: Place = HERE) -> Head:
    return Head(STORE, log, size, root(log, size), NOTE, place)


def holds(size: int, *logs: str) -> object:
    def prove(log: str, asked: int, claimed: bytes) -> bool:
        return log in (logs or (LOG,)) and asked <= size and claimed == root(log, asked)

    return prove


def judge(
    database: Head, folder: Head | AlteredError | None, state: Head | AlteredError | None, *logs: str
) -> tuple[Verdict, bool, bool]:
    verdict = compare(database, folder, state, holds(database.size, *logs))  # type: ignore[arg-type]
    assert bool(verdict.problem and verdict.remedy) == verdict.to_tell
    return verdict.verdict, verdict.to_tell, verdict.needs_new_log


def test_what_was_written_is_read_from_both_copies(tmp_path: Path) -> None:
    files = HeadFiles(tmp_path, STORE)
    assert files.read(files.folder_copy) is None
    for size in (1, 700, 5):
        files.write(head(size))
        assert files.read(files.folder_copy) == files.read(files.state_copy) == head(size)
    files.close()
    files.close()
    assert files.folder_copy.stat().st_size == RECORD_BYTES
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["head"]
    assert files.state_copy == paths.head_copy(STORE)


def test_every_flipped_bit_and_every_cut_is_told_by_the_copy(tmp_path: Path) -> None:
    files = HeadFiles(tmp_path, STORE)
    files.write(head())
    files.close()
    good = files.folder_copy.read_bytes()
    for i in range(RECORD_BYTES):
        damaged = bytearray(good)
        damaged[i] ^= 1 << i % 8
        with pytest.raises(AlteredError, match="damaged"):
            Head.parse(bytes(damaged), where="head")
        with pytest.raises(AlteredError, match="damaged"):
            Head.parse(good[:i], where="head")
    files.folder_copy.write_bytes(good + b"\n")
    told = files.read(files.folder_copy)
    assert isinstance(told, AlteredError)
    assert told.where == str(files.folder_copy)


@given(st.binary(max_size=200))
def test_a_record_of_another_form_is_told_even_with_its_checksum_mended(line: bytes) -> None:
    line = line.replace(b"\n", b"")
    record = line + b"\n" + hashlib.sha256(line).hexdigest().encode() + b"\n"
    files = HeadFiles(Path("nowhere"), STORE)
    path = paths.state_dir() / "forged"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(record.ljust(RECORD_BYTES - 1) + b"\n")
    assert isinstance(files.read(path), AlteredError)


def test_a_longer_record_is_no_record() -> None:
    line = b'"' + b"x" * RECORD_BYTES + b'"'
    record = line + b"\n" + hashlib.sha256(line).hexdigest().encode() + b"\n\n"
    with pytest.raises(AlteredError, match="damaged"):
        Head.parse(record, where="head")


def test_a_damaged_head_is_written_whole_again(tmp_path: Path) -> None:
    files = HeadFiles(tmp_path, STORE)
    files.folder_copy.write_bytes(b"cut")
    files.write(head(6))
    assert files.read(files.folder_copy) == head(6)
    files.close()


def test_two_programs_may_write_one_head(tmp_path: Path) -> None:
    one, other = HeadFiles(tmp_path, STORE), HeadFiles(tmp_path, STORE)
    one.write(head(1))
    other.write(head(2))
    one.write(head(3))
    assert other.read(other.folder_copy) == head(3)
    one.close()
    other.close()


def test_the_state_directory_holds_no_path_and_no_name(tmp_path: Path) -> None:
    folder = tmp_path / "mission-to-a-secret-place"
    folder.mkdir()
    files = HeadFiles(folder, STORE)
    files.write(head(place=Place.of(folder)))
    files.close()
    for path in paths.state_dir().rglob("*"):
        assert path.is_dir() or b"secret-place" not in path.read_bytes()


def test_a_state_directory_that_cannot_be_made_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_bytes(b"")
    monkeypatch.setenv(paths.STATE_VARIABLE, str(tmp_path / "file"))
    with pytest.raises(UnavailableError):
        HeadFiles(tmp_path, STORE).write(head())


def test_a_note_too_long_for_the_record_is_refused() -> None:
    with pytest.raises(ValueError, match="does not fit"):
        dataclasses.replace(head(), checkpoint="x" * RECORD_BYTES).to_bytes()


def test_places_tell_moved_from_copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = tmp_path / "first"
    first.mkdir()
    place = Place.of(first)
    assert Place.of(first) == place
    shutil.copytree(first, tmp_path / "copy")
    assert not Place.of(tmp_path / "copy").same_folder(place)
    first.rename(tmp_path / "moved")
    assert Place.of(tmp_path / "moved").same_folder(place)
    monkeypatch.setenv(paths.STATE_VARIABLE, str(tmp_path / "another machine's state"))
    assert not Place.of(tmp_path / "moved").same_folder(place)


ELSEWHERE = Place("9" * 32, "2" * 32, "3" * 32)
COPIED_HERE = Place(HERE.machine, "8" * 32, "8" * 32)
BROKEN = AlteredError("damaged", where="the head")


@pytest.mark.parametrize(
    ("folder", "state", "expected"),
    [
        (head(), head(), Verdict.NORMAL),
        (head(4), head(5), Verdict.EXTENDED),
        (head(3), head(4), Verdict.EXTENDED),
        (None, head(), Verdict.NORMAL),
        (head(6), head(5), Verdict.BEHIND),
        (head(5), head(6), Verdict.BEHIND),
        (None, head(6), Verdict.BEHIND),
        (BROKEN, head(6), Verdict.BEHIND),
        (head(6), None, Verdict.BEHIND),
        (dataclasses.replace(head(4), root=bytes(32)), head(6), Verdict.DIVERGING),
        (head(), dataclasses.replace(head(), root=bytes(32)), Verdict.DIVERGING),
        (dataclasses.replace(head(), store_id=str(uuid.uuid4())), head(), Verdict.DIVERGING),
        (head(), None, Verdict.COPIED),
        (None, None, Verdict.COPIED),
        (BROKEN, None, Verdict.COPIED),
        (head(place=ELSEWHERE), head(place=ELSEWHERE), Verdict.COPIED),
        (head(), head(4, place=COPIED_HERE), Verdict.COPIED),
        (BROKEN, head(), Verdict.DAMAGED),
        (head(), BROKEN, Verdict.DAMAGED),
        (BROKEN, BROKEN, Verdict.DAMAGED),
        (head(log=OTHER_LOG), head(), Verdict.BEHIND),
    ],
)
def test_the_gravest_thing_is_told(
    folder: Head | AlteredError | None, state: Head | AlteredError | None, expected: Verdict
) -> None:
    verdict, told, new_log = judge(head(), folder, state)
    assert verdict == expected
    assert told == (expected not in (Verdict.NORMAL, Verdict.EXTENDED))
    assert new_log == (expected in (Verdict.DIVERGING, Verdict.BEHIND, Verdict.COPIED))


def test_lost_entries_are_counted_by_the_copy_that_knows_most() -> None:
    verdict = compare(head(5), head(7), head(12), lambda *_: False)
    assert (verdict.verdict, verdict.lost) == (Verdict.BEHIND, 7)
    assert "7 are missing" in verdict.problem


def test_a_head_of_the_log_before_is_an_extension_and_of_an_unknown_log_a_loss() -> None:
    """The program may die between starting a new log and writing its first head."""
    now = head(2, log=OTHER_LOG)
    before = head(2)
    assert judge(now, before, before, LOG, OTHER_LOG)[0] == Verdict.EXTENDED
    assert judge(now, before, before, OTHER_LOG)[0] == Verdict.BEHIND


def test_damage_is_named_beside_a_graver_verdict() -> None:
    verdict = compare(head(5), BROKEN, head(6), lambda *_: False)
    assert verdict.damaged == ("the head",)
    assert verdict.verdict == Verdict.BEHIND


_WRITER = """
import sys
from pathlib import Path
from fieldkit.vault.head import Head, HeadFiles, Place
files = HeadFiles(Path(sys.argv[1]), sys.argv[2])
n = 0
while True:
    files.write(Head(sys.argv[2], "ab" * 16, n, bytes(32), "note", Place("1" * 32, "2" * 32, "3" * 32)))
    n += 1
    if n % 1000 == 0:
        print(n, flush=True)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL")
def test_killing_the_writer_leaves_both_copies_whole(tmp_path: Path) -> None:
    files = HeadFiles(tmp_path, STORE)
    for seed in range(3):
        command = [sys.executable, "-c", _WRITER, str(tmp_path), STORE]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
            assert child.stdout is not None
            for _ in range(random.Random(seed).randrange(1, 6)):
                last = int(child.stdout.readline())
            child.send_signal(signal.SIGKILL)
        for path in (files.folder_copy, files.state_copy):
            found = files.read(path)
            assert isinstance(found, Head)
            assert found.size >= last - 1
