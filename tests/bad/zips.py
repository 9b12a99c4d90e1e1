"""Zips of a genuine, signed bundle, each with one defect of the container. Every one is unreadable.

The standard library's writer makes the zip; the defect is put into its bytes, so that nothing refuses to make it.
"""

from __future__ import annotations

import io
import struct
import warnings
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

from tests.bad.bundles import Maker, defect, genuine
from tests.bundle.builders import Files, member, photograph, write_zip

ZIPS: dict[str, Maker] = {}

NAME = "visit-1.zip"
FIRST = "FORMAT.md"
VIEW = "data/views/report.html"


def refused(at_fault: str) -> Callable[[Callable[[Path], Path]], Maker]:
    return defect(ZIPS, 5, at_fault)


def zipped(files: Files | None = None) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for path, data in sorted((files or genuine()).items()):
            archive.writestr(member(path), data)
    return stream.getvalue()


def put(folder: Path, data: bytes) -> Path:
    path = folder / NAME
    path.write_bytes(data)
    return path


def local_at(data: bytes, name: str) -> int:
    """Where a member's local header begins."""
    return next(
        at
        for at in _all(data, b"PK\x03\x04")
        if data[at + 30 : at + 30 + len(name)] == name.encode() and data[at + 26] == len(name)
    )


def central_at(data: bytes, name: str) -> int:
    """Where a member's entry in the central directory begins."""
    return next(
        at
        for at in _all(data, b"PK\x01\x02")
        if data[at + 46 : at + 46 + len(name)] == name.encode() and data[at + 28] == len(name)
    )


def end_at(data: bytes) -> int:
    return data.rindex(b"PK\x05\x06")


def _all(data: bytes, magic: bytes) -> list[int]:
    found, at = [], data.find(magic)
    while at >= 0:
        found.append(at)
        at = data.find(magic, at + 1)
    return found


def patched(data: bytes, at: int, value: bytes) -> bytes:
    return data[:at] + value + data[at + len(value) :]


def both_headers(data: bytes, name: str, local_offset: int, central_offset: int, value: bytes) -> bytes:
    """The same change in a member's local header and in its central entry."""
    data = patched(data, local_at(data, name) + local_offset, value)
    return patched(data, central_at(data, name) + central_offset, value)


def renamed(data: bytes, old: str, new: str) -> bytes:
    assert len(old) == len(new)
    return both_headers(data, old, 30, 46, new.encode())


def moved(data: bytes, by: int, *, start: int = 0) -> bytes:
    """Offsets of members from `start` on, and of the directory, as they are after `by` bytes were put in there."""
    for at in _all(data, b"PK\x01\x02"):
        (offset,) = struct.unpack_from("<L", data, at + 42)
        if offset >= start:
            data = patched(data, at + 42, struct.pack("<L", offset + by))
    end = end_at(data)
    (offset,) = struct.unpack_from("<L", data, end + 16)
    return patched(data, end + 16, struct.pack("<L", offset + by))


@refused(FIRST)
def zip_duplicate_names(folder: Path) -> Path:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        path = write_zip(genuine(), folder / NAME)
        with zipfile.ZipFile(path, "a") as archive:
            archive.writestr(member(FIRST), b"another")
    return path


@refused(NAME)
def zip_prefix(folder: Path) -> Path:
    return put(folder, b"#!/bin/sh\nexit 0\n" + zipped())


@refused(FIRST)
def zip_prefix_with_offsets_corrected(folder: Path) -> Path:
    script = b"#!/bin/sh\nexit 0\n"
    return put(folder, script + moved(zipped(), len(script)))


@refused(NAME)
def zip_trailing_bytes(folder: Path) -> Path:
    return put(folder, zipped() + b"\n")


@refused(NAME)
def zip_concatenated_archives(folder: Path) -> Path:
    return put(folder, zipped(genuine() | {VIEW: b"<p>Hall 3</p>"}) + zipped())


@refused(FIRST)
def zip_concatenated_archives_with_offsets_corrected(folder: Path) -> Path:
    other = zipped(genuine() | {VIEW: b"<p>Hall 3</p>"})
    return put(folder, other + moved(zipped(), len(other)))


@refused(VIEW)
def zip_gap_between_members(folder: Path) -> Path:
    data = zipped()
    at = local_at(data, VIEW)
    return put(folder, moved(data[:at] + b"hidden" + data[at:], 6, start=at))


@refused(NAME)
def zip_gap_before_the_directory(folder: Path) -> Path:
    data = zipped()
    at = data.index(b"PK\x01\x02")
    return put(folder, moved(data[:at] + b"hidden" + data[at:], 6, start=at))


@refused(NAME)
def zip_gap_behind_the_directory(folder: Path) -> Path:
    data = zipped()
    return put(folder, data[: end_at(data)] + b"hidden" + data[end_at(data) :])


@refused(VIEW)
def zip_overlapping_members(folder: Path) -> Path:
    data = zipped()
    return put(folder, patched(data, central_at(data, VIEW) + 42, struct.pack("<L", local_at(data, FIRST))))


@refused("signatures/01-host.att")
def zip_member_that_swallows_the_next(folder: Path) -> Path:
    """`seal.txt` claims the bytes of what follows it as its own."""
    data = zipped()
    (size,) = struct.unpack_from("<L", data, local_at(data, "seal.txt") + 22)
    larger = struct.pack("<LL", size + 50, size + 50)
    return put(folder, both_headers(data, "seal.txt", 18, 20, larger))


@refused(VIEW)
def zip_local_name_unlike_central(folder: Path) -> Path:
    data = zipped()
    return put(folder, patched(data, local_at(data, VIEW) + 30, b"data/views/summary.txt"))


@refused(VIEW)
def zip_local_size_unlike_central(folder: Path) -> Path:
    data = zipped()
    return put(folder, patched(data, local_at(data, VIEW) + 22, struct.pack("<L", 3)))


@refused(VIEW)
def zip_checksum_of_other_bytes(folder: Path) -> Path:
    return put(folder, both_headers(zipped(), VIEW, 14, 16, struct.pack("<L", zlib.crc32(b"other"))))


@refused("../../../x")
def zip_path_that_leads_outside(folder: Path) -> Path:
    return put(folder, renamed(zipped(), VIEW, "../../../x".ljust(len(VIEW), "y")))


@refused("/data/view")
def zip_absolute_path(folder: Path) -> Path:
    return put(folder, renamed(zipped(), VIEW, "/data/views/reportxhtm"))


@refused("data\\views")
def zip_backslashes(folder: Path) -> Path:
    return put(folder, renamed(zipped(), VIEW, VIEW.replace("/", "\\")))


@refused("c:\\")
def zip_drive_letter(folder: Path) -> Path:
    return put(folder, renamed(zipped(), VIEW, "c:\\" + VIEW[3:]))


@refused("verify.txt")
def zip_names_that_differ_in_case(folder: Path) -> Path:
    return put(folder, renamed(zipped(genuine() | {"zerify.txt": b"x"}), "zerify.txt", "verify.txt"))


@refused(VIEW)
def zip_file_where_a_folder_is(folder: Path) -> Path:
    return put(folder, zipped(genuine() | {VIEW + "/x": b"x"}))


@refused("data/views/repor␀.html")
def zip_null_in_a_name(folder: Path) -> Path:
    return put(folder, renamed(zipped(), VIEW, "data/views/repor\x00.html"))


@refused("data/views/empty/")
def zip_entry_for_a_folder(folder: Path) -> Path:
    path = write_zip(genuine(), folder / NAME)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(member("data/views/empty/"), b"")
    return path


def _compressed(folder: Path, data: bytes, method: int) -> Path:
    path = write_zip({name: content for name, content in genuine().items() if name != VIEW}, folder / NAME)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(member(VIEW), data, compress_type=method)
    return path


@refused(VIEW)
def zip_compressed_member(folder: Path) -> Path:
    return _compressed(folder, genuine()[VIEW], zipfile.ZIP_DEFLATED)


@refused(VIEW)
def zip_bomb(folder: Path) -> Path:
    return _compressed(folder, bytes(50_000_000), zipfile.ZIP_LZMA)


@refused(VIEW)
def zip_encrypted_member(folder: Path) -> Path:
    return put(folder, both_headers(zipped(), VIEW, 6, 8, struct.pack("<H", 1)))


@refused(VIEW)
def zip_data_descriptor(folder: Path) -> Path:
    class Pipe(io.BytesIO):
        def seekable(self) -> bool:
            return False

        def seek(self, *_: int) -> int:
            raise OSError

        def tell(self) -> int:
            raise OSError

    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w") as archive:
        archive.writestr(member(VIEW), genuine()[VIEW])
    return put(folder, pipe.getvalue())


@refused(NAME)
def zip_comment(folder: Path) -> Path:
    path = write_zip(genuine(), folder / NAME)
    with zipfile.ZipFile(path, "a") as archive:
        archive.comment = b"all is well"
    return path


def _with_info(folder: Path, change: Callable[[zipfile.ZipInfo], None]) -> Path:
    path = folder / NAME
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in sorted(genuine().items()):
            info = member(name)
            if name == VIEW:
                change(info)
            archive.writestr(info, data)
    return path


@refused(VIEW)
def zip_comment_on_a_member(folder: Path) -> Path:
    return _with_info(folder, lambda info: setattr(info, "comment", b"all is well"))


@refused(VIEW)
def zip_extra_field(folder: Path) -> Path:
    return _with_info(folder, lambda info: setattr(info, "extra", struct.pack("<HHL", 0x5455, 4, 0)))


@refused(VIEW)
def zip_member_as_a_symlink(folder: Path) -> Path:
    return _with_info(folder, lambda info: setattr(info, "external_attr", 0o120777 << 16))


@refused(VIEW)
def zip_member_dated_today(folder: Path) -> Path:
    return _with_info(folder, lambda info: setattr(info, "date_time", (2026, 2, 12, 8, 0, 0)))


@refused(FIRST)
def zip64_without_need(folder: Path) -> Path:
    path = folder / NAME
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in sorted(genuine().items()):
            with archive.open(member(name), "w", force_zip64=True) as stream:
                stream.write(data)
    return path


@refused(NAME)
def zip_cut_short(folder: Path) -> Path:
    return put(folder, zipped()[:-30])


@refused(NAME)
def zip_of_two_disks(folder: Path) -> Path:
    data = zipped()
    return put(folder, patched(data, end_at(data) + 4, b"\x01\x00"))


@refused(NAME)
def zip_that_lists_fewer_members_than_it_holds(folder: Path) -> Path:
    data = zipped()
    (count,) = struct.unpack_from("<H", data, end_at(data) + 10)
    return put(folder, patched(data, end_at(data) + 8, struct.pack("<HH", count - 1, count - 1)))


@refused(NAME)
def zip_of_a_billion_members(folder: Path) -> Path:
    """Sixty bytes that ask for gigabytes of memory."""
    count, size = 10**9, 50 * 10**9
    record = struct.pack("<4sQHHLLQQQQ", b"PK\x06\x06", 44, 45, 45, 0, 0, count, count, size, 0)
    locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, 0, 1)
    end = struct.pack("<4sHHHHLLH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    return put(folder, record + locator + end)


@refused(NAME)
def photograph_named_as_a_zip(folder: Path) -> Path:
    return put(folder, photograph("a", 4000))


@refused(NAME)
def empty_file_named_as_a_zip(folder: Path) -> Path:
    return put(folder, b"")
