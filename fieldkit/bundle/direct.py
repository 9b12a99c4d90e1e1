"""Writing much at once past the system's cache, where the system can (O_DIRECT): originals on their way out.

Through the cache every byte is copied once more, to pages that have to be found first, which can take longer than decrypting
and hashing it; and what is checked after an export would be read from memory, not from the stick. Whole blocks go to the
medium; what is left at the ends of a stretch, where members of a zip share a block, goes through the cache. On file systems
that refuse (some of networks), everything does.
"""

from __future__ import annotations

import errno
import os
import threading
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Final, Self

from fieldkit.vault.durable import write_all
from fieldkit.vault.parts import PAGE_BYTES, PART_BYTES, Buffer, begins_page, room_of

WORTH: Final = 1 << 20
"""What is shorter than this many bytes gains nothing."""
_BLOCK: Final = PAGE_BYTES
_FLAG: Final = getattr(os, "O_DIRECT", 0)
_REFUSALS: Final = {errno.EINVAL, errno.EOPNOTSUPP}
_NONE: Final = -1
_own = threading.local()


class PastCache:
    """Takes the bytes that go into `file`, open for writing at `path`, from `offset` on; all are written when it is left.

    They are not synced: `os.fsync` of `file` does that, as ever. One in a thread at a time.
    """

    def __init__(self, file: BinaryIO, path: Path, offset: int) -> None:
        self._file = file
        self._at = offset
        self._held = 0
        self._room = _room()
        self._direct = _open(path)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                self._empty()
        finally:
            self._close()

    def write(self, block: Buffer) -> None:
        """The next bytes. Quickest where the block begins a page of memory and `offset` a block of the file."""
        rest = memoryview(block)
        if not self._held and self._at % _BLOCK:
            before = -self._at % _BLOCK
            self._through(rest[:before])
            rest = rest[before:]
        if self._direct != _NONE and not self._held and begins_page(rest):
            rest = rest[self._past(rest[: len(rest) // _BLOCK * _BLOCK]) :]
        while rest and self._direct != _NONE:
            taken = rest[: len(self._room) - self._held]
            self._room[self._held : self._held + len(taken)] = taken
            self._held += len(taken)
            rest = rest[len(taken) :]
            if self._held == len(self._room):
                self._empty()
        self._through(rest)

    def _empty(self) -> None:
        """Write what is held: whole blocks past the cache."""
        done = self._past(self._room[: self._held // _BLOCK * _BLOCK])
        self._through(self._room[done : self._held])
        self._held = 0

    def _past(self, blocks: memoryview) -> int:
        """Write blocks past the cache; how many bytes were, before the file system refused."""
        done = 0
        try:
            while done < len(blocks):
                done += os.pwrite(self._direct, blocks[done:], self._at + done)
        except OSError as error:
            if error.errno not in _REFUSALS:
                raise
            self._close()
        self._at += done
        return done

    def _through(self, data: memoryview) -> None:
        if data:
            self._file.seek(self._at)
            self._at += len(data)
            write_all(self._file.fileno(), data)

    def _close(self) -> None:
        if self._direct != _NONE:
            os.close(self._direct)
            self._direct = _NONE


def _open(path: Path) -> int:
    if not _FLAG:
        return _NONE
    try:
        return os.open(path, os.O_WRONLY | _FLAG)
    except OSError as error:
        if error.errno not in _REFUSALS:
            raise
        return _NONE


def _room() -> memoryview:
    """This thread's room for whole blocks."""
    room: memoryview | None = getattr(_own, "room", None)
    if room is None:
        room = _own.room = room_of(PART_BYTES)
    return room
