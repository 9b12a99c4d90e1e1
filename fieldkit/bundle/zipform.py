"""Writing a bundle's zip: the one spelling that names, sizes and checksums allow, so that equal bags give equal zips.

Members are stored, in the order in which they were begun, dated 1980-01-01, with their sizes in front and no data
descriptors, comments or padding; ZIP64 fields stand only where a number needs them (from 4 GiB, from 65,535 members).
Layout: PKWARE APPNOTE 6.3.10, sections 4.3 and 4.5.3. Memory is constant but for the list of members.
"""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple, TypeAlias

from fieldkit.bundle.direct import WORTH, PastCache
from fieldkit.errors import UnavailableError, UnreadableError
from fieldkit.vault.durable import write_all

Buffer: TypeAlias = bytes | bytearray | memoryview

_LOCAL: Final = struct.Struct("<4sHHHHHLLLHH")
_CENTRAL: Final = struct.Struct("<4sHHHHHHLLLHHHHHLL")
_END: Final = struct.Struct("<4sHHHHLLH")
_END64: Final = struct.Struct("<4sQHHLLQQQQ")
_LOCATOR: Final = struct.Struct("<4sLQL")
_MAX32, _MAX16 = 0xFFFFFFFF, 0xFFFF
_PLAIN, _ZIP64 = 20, 45
_UNIX: Final = 3 << 8
_MIDNIGHT, _FIRST_DAY = 0, 1 << 5 | 1
_REGULAR_FILE: Final = 0o100644 << 16
_COPY: Final = 1 << 20


class Member(NamedTuple):
    """One member: its path, its size in bytes, its CRC-32 and where its local header begins."""

    path: str
    size: int
    crc: int
    offset: int


def local_header(member: Member) -> bytes:
    """The bytes before a member's content."""
    name = member.path.encode("ascii")
    wide = member.size >= _MAX32
    extra = struct.pack("<HHQQ", 1, 16, member.size, member.size) if wide else b""
    size = min(member.size, _MAX32)
    version = _ZIP64 if wide else _PLAIN
    fixed = _LOCAL.pack(
        b"PK\x03\x04", version, 0, 0, _MIDNIGHT, _FIRST_DAY, member.crc, size, size, len(name), len(extra)
    )
    return fixed + name + extra


def central_header(member: Member) -> bytes:
    """A member's entry in the list at the end."""
    name = member.path.encode("ascii")
    wide = [member.size, member.size] if member.size >= _MAX32 else []
    if member.offset >= _MAX32:
        wide.append(member.offset)
    extra = struct.pack(f"<HH{len(wide)}Q", 1, 8 * len(wide), *wide) if wide else b""
    version = _ZIP64 if wide else _PLAIN
    size, offset = min(member.size, _MAX32), min(member.offset, _MAX32)
    fixed = _CENTRAL.pack(
        b"PK\x01\x02", _UNIX | version, version, 0, 0, _MIDNIGHT, _FIRST_DAY, member.crc, size, size,
        len(name), len(extra), 0, 0, 0, _REGULAR_FILE, offset,
    )  # fmt: skip
    return fixed + name + extra


def end_records(count: int, size: int, start: int) -> bytes:
    """What follows a list of `count` members, `size` bytes long, that begins at `start`."""
    records = b""
    if count >= _MAX16 or size >= _MAX32 or start >= _MAX32:
        records = _END64.pack(
            b"PK\x06\x06", _END64.size - 12, _UNIX | _ZIP64, _ZIP64, 0, 0, count, count, size, start
        ) + _LOCATOR.pack(b"PK\x06\x07", 0, start + size, 1)
    count, size, start = min(count, _MAX16), min(size, _MAX32), min(start, _MAX32)
    return records + _END.pack(b"PK\x05\x06", 0, 0, count, count, size, start, 0)


class ZipLayout:
    """Where each member goes; gives the bytes around the members' content, which may be written in any order."""

    def __init__(self) -> None:
        self._members: list[Member] = []
        self.position = 0

    def begin(self, path: str, size: int, crc: int = 0) -> int:
        """Give the next member its place; its index, for `settle`."""
        member = Member(path, size, crc, self.position)
        self.position += len(local_header(member)) + size
        self._members.append(member)
        return len(self._members) - 1

    def settle(self, index: int, crc: int) -> Member:
        """The member with the checksum that its content turned out to have."""
        member = self._members[index] = self._members[index]._replace(crc=crc)
        return member

    def take_back(self) -> None:
        """Forget the member begun last."""
        self.position = self._members.pop().offset

    def member(self, index: int) -> Member:
        """The member begun as number `index`, from 0."""
        return self._members[index]

    def tail(self) -> Iterator[bytes]:
        """The list of members and what follows it."""
        size = 0
        for member in self._members:
            header = central_header(member)
            size += len(header)
            yield header
        yield end_records(len(self._members), size, self.position)


class ZipFile:
    """A new zip at `path`. Members of known size may be filled from several threads at once."""

    def __init__(self, path: Path) -> None:
        """`UnavailableError` where something is at `path` already."""
        self._path = path
        self._layout = ZipLayout()
        path.touch(mode=0o644, exist_ok=False)

    def place(self, path: str, size: int) -> Callable[[Iterable[Buffer]], None]:
        """Give the next member its place. What comes back fills it, from any thread, with exactly `size` bytes."""
        index = self._layout.begin(path, size)

        def fill(content: Iterable[Buffer]) -> None:
            start = self._content_start(index)
            with self._open_at(start) as file:
                if size >= WORTH:
                    with PastCache(file, self._path, start) as past:
                        written, crc = _pass(content, size, past.write)
                else:
                    written, crc = _pass(content, size, _writer(file))
                if written != size:
                    raise UnreadableError(f"has {written} bytes, not {size}", where=path)
                self._head(file, index, crc)

        return fill

    def stream(self, path: str, source: Callable[[], Iterable[Buffer]]) -> None:
        """Append a member of unknown size. `source` is asked anew, twice, if that turns out to be 4 GiB or more."""
        index = self._layout.begin(path, 0)
        with self._open_at(self._content_start(index)) as file:
            size, crc = _pass(source(), _MAX32 - 1, _writer(file))
        self._layout.take_back()
        if size >= _MAX32:
            size = sum(len(block) for block in source())
            self.place(path, size)(source())
            return
        index = self._layout.begin(path, size)
        with self._open_at(0) as file:
            self._head(file, index, crc)

    def finish(self) -> None:
        """Write the list of members; the zip is whole and on the disk after this."""
        with self._open_at(self._layout.position) as file:
            file.truncate()
            for block in _gathered(self._layout.tail()):
                file.write(block)
            os.fsync(file.fileno())

    def _content_start(self, index: int) -> int:
        member = self._layout.member(index)
        return member.offset + len(local_header(member))

    def _open_at(self, position: int) -> BinaryIO:
        file = self._path.open("r+b", buffering=0)
        file.seek(position)
        return file

    def _head(self, file: BinaryIO, index: int, crc: int) -> None:
        member = self._layout.settle(index, crc)
        file.seek(member.offset)
        file.write(local_header(member))


def append_members(path: Path, files: Sequence[tuple[str, bytes]], fresh: Path) -> None:
    """Add small members to a zip that fieldkit wrote: a whole new zip at `fresh`, then moved over the old one.

    The caller has read the zip strictly. Raises `UnreadableError` where its end is not the one fieldkit writes.
    """
    length = path.stat().st_size
    with path.open("rb") as old, fresh.open("xb") as new:
        count, size, start = _end(old, length, path)
        _copy(old, new, start)
        old.seek(start)
        directory = old.read(size)
        added = []
        for name, content in files:
            member = Member(name, len(content), zlib.crc32(content), new.tell())
            new.write(local_header(member))
            new.write(content)
            added.append(central_header(member))
        start = new.tell()
        tail = directory + b"".join(added)
        new.write(tail)
        new.write(end_records(count + len(added), len(tail), start))
        new.flush()
        os.fsync(new.fileno())
    fresh.replace(path)


def _end(file: BinaryIO, length: int, path: Path) -> tuple[int, int, int]:
    """Count of members, size and start of their list, from the records at the end."""
    file.seek(max(0, length - _END.size - _LOCATOR.size - _END64.size))
    tail = file.read()
    if len(tail) >= _END.size and tail[-_END.size :].startswith(b"PK\x05\x06"):
        *_, count, size, start, _ = _END.unpack(tail[-_END.size :])
        if count == _MAX16 or _MAX32 in (size, start):
            *_, count, size, start = _END64.unpack(tail[: _END64.size])
        records = end_records(count, size, start)
        if tail.endswith(records) and start + size + len(records) == length:
            return count, size, start
    raise UnreadableError("is not a zip as fieldkit writes it", where=str(path))


def _writer(file: BinaryIO) -> Callable[[Buffer], None]:
    return lambda block: write_all(file.fileno(), block)


def _pass(content: Iterable[Buffer], limit: int, write: Callable[[Buffer], None]) -> tuple[int, int]:
    """Write blocks; their total size and CRC-32. Stops writing, with a size beyond it, where `limit` is passed."""
    size = crc = 0
    for block in content:
        size += len(block)
        if size > limit:
            return size, crc
        crc = zlib.crc32(block, crc)
        write(block)
    return size, crc


def _copy(old: BinaryIO, new: BinaryIO, size: int) -> None:
    old.seek(0)
    while size:
        block = old.read(min(size, _COPY))
        if not block:
            raise UnavailableError("became shorter while it was read", where=old.name)
        new.write(block)
        size -= len(block)


def _gathered(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes in blocks of about a megabyte."""
    held = bytearray()
    for piece in pieces:
        held += piece
        if len(held) >= _COPY:
            yield bytes(held)
            held.clear()
    yield bytes(held)
