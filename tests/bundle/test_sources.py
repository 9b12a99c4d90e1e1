"""Reading a bundle where it lies: large zips work, and what changes under the reader's hands is told."""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldkit.bundle.opening import open_source
from fieldkit.bundle.sources import check_names, name_problem
from fieldkit.bundle.verify import verify_bundle
from fieldkit.bundle.zipform import ZipFile, ZipLayout, local_header
from fieldkit.errors import UnreadableError
from tests.bundle.builders import KEY_LIST, complete, reissued, small_visit, write_folder, write_zip


def test_a_zip_beyond_four_gigabytes_is_read(tmp_path: Path) -> None:
    large, size = "data/media/large.mov", 5 * 2**30
    path = tmp_path / "visit-1.zip"
    layout = ZipLayout()
    with path.open("wb") as stream:
        for name, length, content in [("bagit.txt", 3, b"one"), (large, size, b""), ("seal.txt", 3, b"two")]:
            member = layout.settle(layout.begin(name, length), zlib.crc32(content))
            stream.seek(member.offset)
            stream.write(local_header(member) + content)
        stream.seek(layout.position)
        stream.writelines(layout.tail())
    source = open_source(path)
    assert source.files[large].size == size
    assert source.files["seal.txt"].offset > size
    assert source.read("seal.txt", limit=3) == b"two"
    with zipfile.ZipFile(path) as archive:
        assert {info.filename: info.file_size for info in archive.infolist()} == {
            name: span.size for name, span in source.files.items()
        }


def test_a_zip_of_more_than_65535_members_is_verified(tmp_path: Path) -> None:
    visit = small_visit()
    many = {f"data/views/list/{number:05d}.txt": b"%d" % number for number in range(65_600)}
    files = reissued(complete(visit) | many, visit)
    path = tmp_path / "visit-1.zip"
    archive = ZipFile(path)
    for name in sorted(files):
        archive.place(name, len(files[name]))([files[name]])
    archive.finish()
    (tmp_path / "keys").write_text(KEY_LIST)
    report = verify_bundle(path, keys=tmp_path / "keys")
    assert report.exit_code == 0, report.to_text()
    assert report.content.files > 65_600


def test_a_zip_of_the_standard_librarys_writer_has_the_same_bytes(tmp_path: Path) -> None:
    files = complete(small_visit())
    ours = tmp_path / "ours.zip"
    archive = ZipFile(ours)
    for name in sorted(files):
        archive.place(name, len(files[name]))([files[name]])
    archive.finish()
    assert ours.read_bytes() == write_zip(files, tmp_path / "theirs.zip").read_bytes()


def test_a_file_that_is_exchanged_for_a_link_is_not_followed(tmp_path: Path) -> None:
    folder = write_folder(complete(small_visit()), tmp_path / "visit-1")
    source = open_source(folder)
    (tmp_path / "elsewhere").write_bytes(source.read("bagit.txt", limit=100))
    (folder / "bagit.txt").unlink()
    (folder / "bagit.txt").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(UnreadableError, match="cannot be read"):
        source.read("bagit.txt", limit=100)


def test_a_file_that_becomes_shorter_is_told(tmp_path: Path) -> None:
    folder = write_folder(complete(small_visit()), tmp_path / "visit-1")
    source = open_source(folder)
    (folder / "bagit.txt").write_bytes(b"Bag")
    with pytest.raises(UnreadableError, match="shorter"):
        source.read("bagit.txt", limit=100)


def test_a_file_larger_than_it_may_be_is_not_read(tmp_path: Path) -> None:
    folder = write_folder(complete(small_visit()), tmp_path / "visit-1")
    with (folder / "seal.txt").open("r+b") as stream:
        stream.truncate(2**40)
    report = verify_bundle(folder)
    assert report.exit_code == 5
    assert "seal.txt: is larger than" in report.to_text()


ALLOWED = [
    "seal.txt",
    "VERIFY.txt",
    "FORMAT.md",
    "data/views/ro-crate-metadata.json",
    "data/media/" + "0" * 64 + ".jpg",
    "signatures/01-host.att.sig",
]


@pytest.mark.parametrize("path", ALLOWED)
def test_the_names_of_the_format_are_allowed(path: str) -> None:
    assert name_problem(path) is None


@given(st.text(min_size=1, max_size=40))
def test_an_allowed_name_stays_inside_and_has_one_spelling(path: str) -> None:
    if name_problem(path) is None and path not in ("VERIFY.txt", "FORMAT.md"):
        assert path == path.casefold()
        assert path.isascii()
        assert ".." not in path.split("/")
        assert Path("/bundle", path).resolve().is_relative_to("/bundle")
        assert path == Path(path).as_posix()


def test_folders_that_differ_in_case_are_refused() -> None:
    refusals = list(check_names(["data/a/x", "DATA/a/y"]))
    assert any("upper and lower case" in refusal.problem for refusal in refusals)
