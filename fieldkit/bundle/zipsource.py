"""Reading a bundle's zip strictly: the container is exactly what fieldkit's own writer makes, or it is refused.

A zip says everything twice (local header, central directory) and readers differ in which they believe. Here every
header is compared with the one spelling that a member's name, size and CRC-32 allow: stored, no comments, no extra
fields but ZIP64 where a number needs it, no gaps, nothing before, between or behind. So no changed byte outside
the members goes unseen, and inside them the manifests tell. Layout: PKWARE APPNOTE 6.3.10, sections 4.3 and 4.5.3.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple, NoReturn

from fieldkit.bundle.sources import MAX_PATH, Source, Span, check_names, open_regular
from fieldkit.bundle.zipform import Member, central_header, end_records, local_header
from fieldkit.errors import UnreadableError

MAX_MEMBERS: Final = 1_000_000
READ_AHEAD: Final = 1 << 20

_CENTRAL: Final = struct.Struct("<4sHHHHHHLLLHHHHHLL")
_END: Final = struct.Struct("<4sHHHHLLH")
_END64: Final = struct.Struct("<4sQHHLLQQQQ")
_LOCATOR_SIZE: Final = 20
_CENTRAL_MAGIC, _END_MAGIC, _END64_MAGIC = b"PK\x01\x02", b"PK\x05\x06", b"PK\x06\x06"
_MAX32, _MAX16 = 0xFFFFFFFF, 0xFFFF
_LONGEST_HEADER: Final = _CENTRAL.size + 3 * _MAX16
_ENCRYPTED, _SIZES_BEHIND = 0x1, 0x8
_ZIP64_EXTRA: Final = 1
_REMEDY: Final = "Ask for the bundle again, or for the folder it was made from. Do not repack it."


class _Listed(NamedTuple):
    """What the list of members says of one, before anything is believed: `header` are its bytes as they stand."""

    header: bytes
    member: Member
    flags: int
    method: int
    stored: int


def open_zip(path: Path) -> Source:
    """The bundle in the zip at `path`. `UnreadableError` names the member (or the zip) that is not exact."""
    with open_regular(str(path)) as stream:
        return _Reader(stream, path).source()


class _Reader:
    """One pass over the list of members, each member's own header beside it."""

    def __init__(self, stream: BinaryIO, path: Path) -> None:
        self._stream = stream
        self._path = path
        self._length = path.stat().st_size

    def source(self) -> Source:
        """Check the whole container and list its members."""
        count, size, start = self._end()
        spans: dict[str, Span] = {}
        due = 0
        for listed in self._directory(count, size, start):
            member = listed.member
            self._check(listed, due)
            content = due + len(local_header(member))
            due = content + member.size
            if due > start:
                self._refuse("reaches into the list of members", member.path)
            if member.path in spans:
                self._refuse("stands in the archive twice", member.path)
            spans[member.path] = Span(str(self._path), content, member.size, member.crc)
        if due != start:
            self._refuse(f"{start - due} bytes lie between the last member and the list of members")
        refusals = tuple(sorted(set(check_names(sorted(spans)))))
        refused = {refusal.path for refusal in refusals}
        kept = {name: spans[name] for name in sorted(spans) if name not in refused}
        return Source(self._path.name, kept, refusals)

    def _end(self) -> tuple[int, int, int]:
        """Number of members, size and start of their list, after checking the records at the end."""
        if self._length < _END.size:
            self._refuse("is too short for a zip")
        end = self._length - _END.size
        magic, _, _, _, count, size, start, comment = _END.unpack(self._at(end, _END.size))
        if magic != _END_MAGIC or comment:
            self._refuse("does not end where its last record ends: a comment, or something appended")
        if count == _MAX16 or _MAX32 in (size, start):
            end -= _LOCATOR_SIZE + _END64.size
            if end < 0:
                self._refuse("is too short for a ZIP64 archive")
            magic64, *_, count, size, start = _END64.unpack(self._at(end, _END64.size))
            if magic64 != _END64_MAGIC:
                self._refuse("has no ZIP64 record where one is due")
        if count > MAX_MEMBERS or size > count * (_CENTRAL.size + MAX_PATH + 28):
            self._refuse(f"lists more than {MAX_MEMBERS} members, or longer names than a bundle has")
        if start + size != end:
            self._refuse("its list of members does not lie directly before the end: something was put in")
        if self._at(end, self._length - end) != end_records(count, size, start):
            self._refuse("its last records are not those that fieldkit writes")
        return count, size, start

    def _directory(self, count: int, size: int, start: int) -> Iterator[_Listed]:
        """Every entry of the list of members, read in blocks."""
        buffer = b""
        at = 0
        for _ in range(count):
            if len(buffer) - at < _LONGEST_HEADER and size:
                more = self._at(start, min(size, READ_AHEAD))
                start, size = start + len(more), size - len(more)
                buffer, at = buffer[at:] + more, 0
            listed = self._entry(buffer, at)
            at += len(listed.header)
            yield listed
        if size or at != len(buffer):
            self._refuse("its list of members is longer than its members")

    def _entry(self, buffer: bytes, at: int) -> _Listed:
        if len(buffer) - at < _CENTRAL.size:
            self._refuse("its list of members is cut off")
        magic, _, _, flags, method, _, _, crc, stored, size, *lengths, _, _, _, offset = _CENTRAL.unpack_from(
            buffer, at
        )
        if magic != _CENTRAL_MAGIC:
            self._refuse("its list of members holds something else")
        name_end = at + _CENTRAL.size + lengths[0]
        extra_end = name_end + lengths[1]
        end = extra_end + lengths[2]
        raw = buffer[at + _CENTRAL.size : name_end]
        name = raw.decode("latin-1")
        if end > len(buffer) or len(name) > MAX_PATH:
            self._refuse("its name, extra field or comment is too long", name)
        if not raw.isascii():
            self._refuse("a name with other characters than a-z 0-9 . _ -", name)
        wide = [value for value in (size, stored, offset) if value == _MAX32]
        if wide:
            extra = buffer[name_end:extra_end]
            if extra[:4] != struct.pack("<HH", _ZIP64_EXTRA, 8 * len(wide)) or len(extra) != 4 + 8 * len(
                wide
            ):
                self._refuse("its ZIP64 field is not exact", name)
            values = iter(struct.unpack(f"<{len(wide)}Q", extra[4:]))
            size, stored, offset = (next(values) if v == _MAX32 else v for v in (size, stored, offset))
        return _Listed(buffer[at:end], Member(name, size, crc, offset), flags, method, stored)

    def _check(self, listed: _Listed, due: int) -> None:
        """Refuse a member that is not at byte `due`, or not written as fieldkit writes it, in both places."""
        member = listed.member
        if listed.flags & _ENCRYPTED:
            self._refuse("is encrypted inside the zip", member.path)
        if listed.flags & _SIZES_BEHIND:
            self._refuse("has its sizes behind it, in a data descriptor", member.path)
        if listed.method or listed.stored != member.size:
            self._refuse("is compressed: a bundle's members are stored as they are", member.path)
        if member.offset != due:
            self._refuse(
                f"begins at byte {member.offset} where byte {due} is due: a gap, an overlap or something in front",
                member.path,
            )
        if listed.header != central_header(member):
            self._refuse("its entry in the list of members is not as fieldkit writes it", member.path)
        expected = local_header(member)
        if self._at(due, len(expected)) != expected:
            self._refuse("its own header says something else than the list of members", member.path)
        if member.path.endswith("/"):
            self._refuse("is an entry for a folder", member.path)

    def _at(self, offset: int, size: int) -> bytes:
        """The bytes there; fewer at the end of the file."""
        self._stream.seek(offset)
        data = b""
        while len(data) < size and (more := self._stream.read(size - len(data))):
            data += more
        return data

    def _refuse(self, problem: str, member: str = "") -> NoReturn:
        where = f"{self._path.name}: {member}" if member else self._path.name
        raise UnreadableError(problem, where=where, remedy=_REMEDY)
