"""Originals: encrypted, idempotent, every altered byte told by the name of the part."""

from __future__ import annotations

import hashlib
import io
import os
import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldkit.domain.jsontypes import Doc
from fieldkit.errors import AlteredError, UnavailableError, UsageError
from fieldkit.vault.media import MediaStore
from fieldkit.vault.parts import PART_BYTES

KEYS = {1: b"\x01" * 32, 2: b"\x02" * 32}
MIB = 1024 * 1024


def store(folder: Path, *, mission: str = "mission-1", epoch: int = 1) -> MediaStore:
    return MediaStore(folder, mission, _key, epoch)


def _key(epoch: int) -> bytes:
    if epoch not in KEYS:
        raise UsageError("this laptop does not hold the key")
    return KEYS[epoch]


def files(folder: Path) -> list[Path]:
    return sorted(path for path in (folder / "media").rglob("*") if path.is_file())


def whole(media: MediaStore, doc: Doc) -> bytes:
    return b"".join(media.open(doc))


@pytest.mark.parametrize("size", [0, 1, 1000, PART_BYTES - 1, PART_BYTES, PART_BYTES + 1, 9 * MIB])
def test_what_was_put_comes_back_and_parts_are_at_most_4_mib(tmp_path: Path, size: int) -> None:
    data = random.Random(size).randbytes(size)
    stored = store(tmp_path).put(data)
    assert stored.sha256 == hashlib.sha256(data).hexdigest()
    assert stored.size == size
    assert sum(int(str(part["length"])) for part in stored.parts) == size
    assert all(1 <= int(str(part["length"])) <= PART_BYTES for part in stored.parts)
    assert whole(store(tmp_path), stored.to_doc()) == data
    assert store(tmp_path).check(stored.to_doc()) == []
    for path in files(tmp_path):
        assert path.name == hashlib.sha256(path.read_bytes()).hexdigest()
        assert path.parent.name == path.name[:2]


class Dribble(io.RawIOBase):
    """A card reader that gives a few bytes at a time."""

    def __init__(self, data: bytes) -> None:
        self._rest = memoryview(data)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        view = memoryview(buffer).cast("B")  # type: ignore[arg-type]
        count = min(len(view), len(self._rest), 70_001)
        view[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count


def test_streams_files_and_bytes_give_the_same_parts(tmp_path: Path) -> None:
    data = random.Random(1).randbytes(5 * MIB)
    (tmp_path / "original").write_bytes(data)
    media = store(tmp_path)
    with (tmp_path / "original").open("rb") as file:
        from_file = media.put(file)
    spooled = media.put(io.BufferedReader(Dribble(data)))
    assert from_file == media.put(data) == media.put(io.BytesIO(data)) == media.put(Dribble(data)) == spooled
    assert len(files(tmp_path)) == 2


def test_nothing_readable_is_on_disk(tmp_path: Path) -> None:
    store(tmp_path).put(b"a planted sentence about gyroscopes " * 1000)
    for path in files(tmp_path):
        assert b"gyroscopes" not in path.read_bytes()
        assert path.stat().st_mode & 0o077 == 0


def test_another_mission_or_epoch_gives_other_ciphertext_and_old_epochs_stay_readable(tmp_path: Path) -> None:
    first = store(tmp_path).put(b"x" * 100)
    other_mission = store(tmp_path, mission="mission-2").put(b"x" * 100)
    second = store(tmp_path, epoch=2).put(b"x" * 100)
    assert len({str(stored.parts[0]["cipher"]) for stored in (first, other_mission, second)}) == 3
    assert whole(store(tmp_path, epoch=2), first.to_doc()) == b"x" * 100
    with pytest.raises(AlteredError):
        whole(store(tmp_path), other_mission.to_doc())


def test_every_flipped_byte_and_every_truncation_is_told_by_the_part(tmp_path: Path) -> None:
    stored = store(tmp_path).put(b"a short original")
    (path,) = files(tmp_path)
    good = path.read_bytes()
    for i in range(len(good)):
        for bad in (good[:i], good[:i] + bytes([good[i] ^ 1]) + good[i + 1 :]):
            path.write_bytes(bad)
            with pytest.raises(AlteredError) as caught:
                whole(store(tmp_path), stored.to_doc())
            assert path.name in caught.value.where
            assert len(store(tmp_path).check(stored.to_doc())) == 1
    path.write_bytes(good + b"\0")
    with pytest.raises(AlteredError, match="33 bytes, not 32"):
        whole(store(tmp_path), stored.to_doc())


@settings(max_examples=20)
@given(st.integers(0, 3), st.integers(0, 4 * MIB + 15), st.integers(1, 255))
def test_a_change_anywhere_in_a_long_original_is_told_before_that_part_is_given(
    long_original: tuple[Path, Doc], part: int, offset: int, change: int
) -> None:
    folder, doc = long_original
    parts = doc["parts"]
    assert isinstance(parts, list)
    entry = parts[part]
    assert isinstance(entry, dict)
    path = store(folder).part_path(str(entry["cipher"]))
    good = path.read_bytes()
    offset %= len(good)
    path.write_bytes(good[:offset] + bytes([good[offset] ^ change]) + good[offset + 1 :])
    chunks = store(folder).open(doc)
    try:
        for _ in range(part):
            next(chunks)
        with pytest.raises(AlteredError, match="not what was sealed"):
            next(chunks)
    finally:
        path.write_bytes(good)


@pytest.fixture(scope="module")
def long_original(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Doc]:
    folder = tmp_path_factory.mktemp("long")
    return folder, store(folder).put(random.Random(4).randbytes(13 * MIB)).to_doc()


def test_swapped_parts_are_told(long_original: tuple[Path, Doc]) -> None:
    folder, doc = long_original
    parts = doc["parts"]
    assert isinstance(parts, list)
    swapped: Doc = {**doc, "parts": [parts[1], parts[0], *parts[2:]]}
    with pytest.raises(AlteredError, match="do not make up the original"):
        whole(store(folder), swapped)
    assert len(store(folder).check(swapped)) == 1


@pytest.mark.parametrize("field", ["sha256", "size"])
def test_a_record_that_names_another_hash_or_size_is_told(tmp_path: Path, field: str) -> None:
    doc = store(tmp_path).put(b"one part").to_doc()
    doc[field] = "00" * 32 if field == "sha256" else 7
    with pytest.raises(AlteredError):
        whole(store(tmp_path), doc)


def test_a_missing_part_is_told_and_listed(tmp_path: Path) -> None:
    media = store(tmp_path)
    doc = media.put(random.Random(2).randbytes(5 * MIB)).to_doc()
    assert media.missing(doc) == []
    gone = files(tmp_path)[0]
    gone.unlink()
    assert media.missing(doc) == [gone.name]
    assert [fault.where for fault in media.check(doc)] == [str(gone)]
    with pytest.raises(AlteredError, match="missing"):
        whole(media, doc)


def test_putting_again_mends_a_damaged_part_and_writes_nothing_else(tmp_path: Path) -> None:
    data = random.Random(3).randbytes(5 * MIB)
    stored = store(tmp_path).put(data)
    untouched, damaged = files(tmp_path)
    before = untouched.stat().st_mtime_ns
    damaged.write_bytes(b"rubbish")
    assert store(tmp_path).put(data) == stored
    assert whole(store(tmp_path), stored.to_doc()) == data
    assert untouched.stat().st_mtime_ns == before


@pytest.mark.parametrize(
    "part",
    [
        {"epoch": 1, "plain": "00" * 32, "cipher": "../../../etc/passwd", "length": 1},
        {"epoch": 1, "plain": "00" * 32, "cipher": "00" * 31 + "0/", "length": 1},
        {"epoch": 1, "plain": "00" * 32, "cipher": "AA" * 32, "length": 1},
        {"epoch": 1, "plain": "00" * 32, "cipher": "00" * 32, "length": 0},
        {"epoch": 1, "plain": "00" * 32, "cipher": "00" * 32, "length": 2**40},
        {"epoch": 1, "plain": "00", "cipher": "00" * 32, "length": 1},
        {"epoch": "1", "plain": "00" * 32, "cipher": "00" * 32, "length": 1},
        {"cipher": "00" * 32},
        "part",
        None,
    ],
)
def test_a_list_of_parts_made_by_an_enemy_reaches_no_file(tmp_path: Path, part: object) -> None:
    doc: Doc = {"sha256": "00" * 32, "size": 1, "parts": [part]}  # type: ignore[list-item]
    with pytest.raises(AlteredError):
        whole(store(tmp_path), doc)
    assert len(store(tmp_path).check(doc)) == 1


@pytest.mark.parametrize("name", ["", "../secret", "A" * 64, "0" * 63, "0" * 64 + "\n"])
def test_a_name_that_is_no_hash_reaches_no_file(tmp_path: Path, name: str) -> None:
    for ask in (store(tmp_path).holds, store(tmp_path).part_path, store(tmp_path).read_part):
        with pytest.raises(AlteredError):
            ask(name)


def test_a_record_without_parts_is_told(tmp_path: Path) -> None:
    with pytest.raises(AlteredError):
        whole(store(tmp_path), {"sha256": hashlib.sha256(b"x").hexdigest(), "size": 1})


def test_parts_travel_as_they_are_stored(tmp_path: Path) -> None:
    here, there = store(tmp_path / "here"), store(tmp_path / "there")
    doc = here.put(random.Random(5).randbytes(5 * MIB)).to_doc()
    for name in there.missing(doc):
        there.take_part(name, here.read_part(name))
    assert whole(there, doc) == whole(here, doc)
    assert list(there.names()) == list(here.names())


def test_a_part_that_is_not_what_its_name_says_is_not_taken(tmp_path: Path) -> None:
    media = store(tmp_path)
    for name, sealed in [
        ("00" * 32, b"x" * 20),
        (hashlib.sha256(b"short").hexdigest(), b"short"),
        ("../x", b"y" * 20),
    ]:
        with pytest.raises(AlteredError):
            media.take_part(name, sealed)
    assert not (tmp_path / "media").exists()


def test_a_part_that_a_record_lists_is_given_only_whole(tmp_path: Path) -> None:
    """Whether it opens, or its key is not here, or a record lists it wrongly: the bytes decide, never the record."""
    media = store(tmp_path)
    (one,) = media.put(random.Random(7).randbytes(MIB)).parts
    name = str(one["cipher"])
    whole_part = media.part_path(name).read_bytes()
    listings: list[Doc] = [one, {**one, "epoch": 9}, {**one, "plain": "00" * 32}, {"cipher": name}]
    for listed in listings:
        assert media.read_listed(name, listed) == whole_part
    for place in (0, MIB // 2, len(whole_part) - 1):
        media.part_path(name).write_bytes(
            whole_part[:place] + bytes([whole_part[place] ^ 1]) + whole_part[place + 1 :]
        )
        for listed in listings:
            with pytest.raises(AlteredError, match=name):
                media.read_listed(name, listed)
    for other in (whole_part[:-1], whole_part + b"x", b""):
        media.part_path(name).write_bytes(other)
        with pytest.raises(AlteredError):
            media.read_listed(name, one)
    media.part_path(name).unlink()
    with pytest.raises(AlteredError, match="missing"):
        media.read_listed(name, one)


def test_orphans_are_parts_that_no_entry_names_and_temporary_files(tmp_path: Path) -> None:
    media = store(tmp_path)
    kept, left = media.put(b"kept"), media.put(b"left over")
    known = {str(part["cipher"]) for part in kept.parts}
    assert [path.name for path in media.orphans(known)] == [str(left.parts[0]["cipher"])]
    leftover = (tmp_path / "media" / "ab").resolve()
    leftover.mkdir(exist_ok=True)
    (leftover / ".x.fieldkit-tmp").write_bytes(b"")
    assert len(list(media.orphans(known))) == 2


def test_read_back_after_writing_finds_what_it_wrote(tmp_path: Path) -> None:
    media = MediaStore(tmp_path, "mission-1", KEYS.__getitem__, 1, reread=True)
    data = random.Random(6).randbytes(MIB)
    assert whole(media, media.put(data).to_doc()) == data


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="needs permissions that bind")
def test_a_folder_that_may_not_be_written_is_told(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(UnavailableError, match="not permitted"):
            store(tmp_path).put(b"x")
    finally:
        tmp_path.chmod(0o700)


def test_parts_that_pass_in_one_piece_of_memory_are_those_that_are_kept(tmp_path: Path) -> None:
    data = random.Random(1).randbytes(2 * PART_BYTES + 17)
    media = store(tmp_path)
    doc = media.put(data).to_doc()
    passed = [hashlib.sha256(part).digest() for part in media.passing(doc)]
    kept = list(media.open(doc))
    assert passed == [hashlib.sha256(part).digest() for part in kept]
    assert b"".join(kept) == data
    part = files(tmp_path)[1]
    part.write_bytes(part.read_bytes()[:-1] + b"x")
    with pytest.raises(AlteredError):
        for _ in media.passing(doc):
            pass


def test_an_original_whose_parts_are_somebody_elses_does_not_pass(tmp_path: Path) -> None:
    media = store(tmp_path)
    first = media.put(random.Random(1).randbytes(2 * PART_BYTES)).to_doc()
    other = media.put(random.Random(2).randbytes(2 * PART_BYTES)).to_doc()
    with pytest.raises(AlteredError, match="do not make up the original"):
        for _ in media.passing({**first, "parts": other["parts"]}):
            pass
