"""Writing past the system's cache: every byte where it belongs, nothing beside it touched, also where it is refused."""

from __future__ import annotations

import os
import random
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from fieldkit.bundle import direct
from fieldkit.bundle.direct import WORTH, PastCache
from fieldkit.bundle.targets import FolderTarget
from fieldkit.bundle.zipform import ZipFile
from fieldkit.vault.parts import PART_BYTES, room_of

PAGE = 4096


def written(path: Path, offset: int, blocks: list[bytes | memoryview]) -> bytes:
    """What a file of `#` holds after blocks went into it."""
    size = offset + sum(map(len, blocks))
    path.write_bytes(b"#" * (size + 3 * PAGE))
    with path.open("r+b", buffering=0) as file, PastCache(file, path, offset) as past:
        for block in blocks:
            past.write(block)
    return path.read_bytes()


def expected(offset: int, blocks: list[bytes | memoryview]) -> bytes:
    return b"#" * offset + b"".join(blocks) + b"#" * (3 * PAGE)


@pytest.mark.parametrize("refused", [False, True])
@pytest.mark.parametrize("offset", [0, 1, 511, PAGE - 1, PAGE, 3 * PAGE + 17])
def test_every_byte_lands_where_it_belongs(
    offset: int, refused: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if refused:
        monkeypatch.setattr(direct, "_BLOCK", 1)  # the system takes no such blocks past its cache
    dice = random.Random(offset)
    for number in range(6):
        sizes = [
            dice.choice([1, 100, PAGE, 70_001, PART_BYTES, 4_000_000]) for _ in range(dice.randint(1, 4))
        ]
        blocks: list[bytes | memoryview] = [dice.randbytes(size) for size in sizes]
        for place in range(0, len(blocks), 2):
            room = room_of(len(blocks[place]))
            room[:] = blocks[place]
            blocks[place] = room
        assert written(tmp_path / str(number), offset, blocks) == expected(offset, blocks)


def test_members_that_share_a_block_keep_their_bytes_when_they_are_written_at_once(tmp_path: Path) -> None:
    dice = random.Random(4)
    contents = [dice.randbytes(dice.randint(WORTH, WORTH + 3 * PAGE)) for _ in range(24)]
    packed = ZipFile(tmp_path / "x.zip")
    fills = [packed.place(f"data/{n}", len(content)) for n, content in enumerate(contents)]
    with ThreadPoolExecutor(8) as pool:
        for done in [pool.submit(fill, [content]) for fill, content in zip(fills, contents, strict=True)]:
            done.result()
    packed.finish()
    with zipfile.ZipFile(tmp_path / "x.zip") as archive:
        assert [archive.read(f"data/{n}") for n in range(len(contents))] == contents


@pytest.mark.skipif(not hasattr(os, "RWF_NOWAIT"), reason="the system does not say what it has cached")
def test_what_was_written_is_read_back_from_the_medium(tmp_path: Path) -> None:
    room = room_of(2 * WORTH)
    plain = os.open(tmp_path / "probe", os.O_WRONLY | os.O_CREAT | os.O_DIRECT)
    os.write(plain, room)
    os.close(plain)
    if cached(tmp_path / "probe"):
        pytest.skip("this file system lies in memory")
    target = FolderTarget(tmp_path / "bundle")
    for name, content in (("data/a", room), ("data/b", bytes(room))):
        target.place(name, len(content))([content])
        assert not cached(tmp_path / "bundle" / name)


def cached(path: Path) -> bool:
    """Whether the beginning of a file can be read without waiting for the medium."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        return os.preadv(descriptor, [bytearray(PAGE)], 0, os.RWF_NOWAIT) > 0
    except BlockingIOError:
        return False
    finally:
        os.close(descriptor)
