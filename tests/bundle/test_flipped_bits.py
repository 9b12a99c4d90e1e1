"""One flipped bit anywhere in a signed bundle is told, and the file that holds it is named."""

from __future__ import annotations

import random
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from fieldkit.bundle.verify import verify_bundle
from tests.bundle.builders import KEY_LIST, Files, complete, later_visit, small_visit, write_folder, write_zip

SAMPLES = 24


def the_files() -> Files:
    """A second export, so that every kind of file is there, consistency proofs too."""
    visit = small_visit()
    return complete(later_visit(visit, complete(visit)))


def flipped(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 1 << random.randrange(8)]) + data[at + 1 :]


def sampled(start: int, stop: int) -> list[int]:
    """First and last position, and a random one in each of equal stretches between."""
    if stop - start <= SAMPLES:
        return list(range(start, stop))
    step = (stop - start) / (SAMPLES - 2)
    between = [
        random.randrange(int(start + n * step), int(start + (n + 1) * step)) for n in range(SAMPLES - 2)
    ]
    return sorted({start, *between, stop - 1})


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    path = tmp_path / "my-keys"
    path.write_text(KEY_LIST)
    return path


@pytest.mark.parametrize("name", sorted(the_files()))
def test_a_flipped_bit_in_a_file_is_told(name: str, tmp_path: Path, keys: Path) -> None:
    files = the_files()
    folder = write_folder(files, tmp_path / "visit-2")
    assert verify_bundle(folder, keys=keys).exit_code == 0
    for at in sampled(0, len(files[name])):
        changed = flipped(files[name], at)
        (folder / name).write_bytes(changed)
        report = verify_bundle(folder, keys=keys)
        assert report.exit_code in (3, 5), (at, report.to_text())
        assert any(fault.where.startswith(name) for fault in report.faults), (at, report.to_text())


def structures(path: Path) -> Iterator[tuple[int, int]]:
    """The byte ranges of a zip that are not content."""
    at = 0
    with zipfile.ZipFile(path) as archive:
        for info in archive.infolist():
            yield at, info.header_offset + 30 + len(info.filename)
            at = info.header_offset + 30 + len(info.filename) + info.file_size
    yield at, path.stat().st_size


def test_a_flipped_bit_in_the_structures_of_a_zip_is_told(tmp_path: Path) -> None:
    path = write_zip(the_files(), tmp_path / "visit-2.zip")
    whole = path.read_bytes()
    assert verify_bundle(path).exit_code == 4
    for start, stop in structures(path):
        for at in range(start, stop):
            path.write_bytes(flipped(whole, at))
            report = verify_bundle(path)
            assert report.exit_code == 5, (at, report.to_text())
            assert report.faults[0].where.startswith("visit-2.zip"), report.to_text()


def test_a_flipped_bit_in_the_content_of_a_zip_is_told(tmp_path: Path, keys: Path) -> None:
    path = write_zip(the_files(), tmp_path / "visit-2.zip")
    whole = path.read_bytes()
    assert verify_bundle(path, keys=keys).exit_code == 0
    with zipfile.ZipFile(path) as archive:
        members = archive.infolist()
    for info in members:
        start = info.header_offset + 30 + len(info.filename)
        for at in sampled(start, start + info.file_size)[:: SAMPLES // 4]:
            path.write_bytes(flipped(whole, at))
            report = verify_bundle(path, keys=keys)
            assert report.exit_code in (3, 5), (info.filename, at, report.to_text())
            assert any(info.filename in str(fault) for fault in report.faults), report.to_text()
