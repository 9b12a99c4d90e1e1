"""A depot in a folder: a stick, a share, a disk. Written for FAT32 and exFAT, and for sticks that are pulled out.

An object is written under a temporary name, synced, read back from the disk, renamed, and the folder synced; no hard
links are used. What a torn write leaves under a final name does not fit the hash in it: who reads it notices, and
whoever still has the object writes it again. Links, pipes and devices on a stick are neither followed nor read.
"""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import stat
from collections.abc import Iterator
from pathlib import Path

from fieldkit.errors import UnavailableError, UnreadableError
from fieldkit.team.store import Listed, gone, too_large
from fieldkit.vault.durable import TEMPORARY_SUFFIX, reaching, write_all

_NO_DIRECTORY_SYNC = {errno.EINVAL, errno.ENOTSUP, errno.EACCES, errno.EBADF}
_DEEPEST = 8


class FolderStore:
    """Objects as files below a folder."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._made: set[Path] = set()

    @property
    def where(self) -> str:
        """The folder."""
        return str(self._root)

    def names(self, prefix: str) -> Iterator[Listed]:
        """Every regular file below the prefix."""
        with reaching(self._root):
            if not self._root.is_dir():
                raise _absent(self._root)
            yield from _walk(self._root / prefix.rstrip("/"), prefix, _DEEPEST)

    def read(self, name: str, limit: int) -> bytes:
        """The file's bytes."""
        path = self._root / name
        flags = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0)
        with reaching(path):
            try:
                descriptor = os.open(path, flags | getattr(os, "O_NONBLOCK", 0))
            except (FileNotFoundError, NotADirectoryError):
                raise gone(str(path)) from None
            except OSError as error:
                if error.errno == errno.ELOOP:
                    raise gone(str(path)) from None
                raise
            with os.fdopen(descriptor, "rb") as file:
                about = os.fstat(file.fileno())
                if not stat.S_ISREG(about.st_mode):
                    raise UnreadableError(
                        "no file, but something else",
                        where=str(path),
                        remedy="Move it away; the next sync writes the object again.",
                    )
                data = file.read(min(about.st_size, limit) + 1)
        if len(data) > limit:
            raise too_large(str(path), limit)
        return data

    def write(self, name: str, data: bytes) -> None:
        """Put the file in place."""
        path = self._root / name
        temporary = path.with_name(f"{secrets.token_hex(8)}{TEMPORARY_SUFFIX}")
        with reaching(path):
            self._make(path.parent)
            descriptor = os.open(
                temporary, os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600
            )
            try:
                try:
                    write_all(descriptor, data)
                    os.fsync(descriptor)
                    _compare(descriptor, data, path)
                finally:
                    os.close(descriptor)
                temporary.replace(path)
            except BaseException:
                with contextlib.suppress(OSError):
                    temporary.unlink()
                raise
            _sync_directory(path.parent)

    def remove(self, name: str) -> None:
        """Unlink the file."""
        path = self._root / name
        with reaching(path):
            try:
                path.unlink()
            except FileNotFoundError:
                raise gone(str(path)) from None

    def _make(self, folder: Path) -> None:
        """Make a folder below the root, durably, through no link that leads out of it."""
        if folder in self._made and folder.is_dir():
            return
        if not self._root.is_dir():
            raise _absent(self._root)
        missing = []
        at = folder
        while at != self._root and not at.is_dir():
            missing.append(at)
            at = at.parent
        for one in reversed(missing):
            with contextlib.suppress(FileExistsError):
                one.mkdir(mode=0o700)
            _sync_directory(one.parent)
        if not folder.resolve().is_relative_to(self._root.resolve()):
            raise UnreadableError(
                "a link in the depot leads out of it",
                where=str(folder),
                remedy="Remove the link; a depot holds files and folders only.",
            )
        self._made.add(folder)


def _walk(folder: Path, prefix: str, deeper: int) -> Iterator[Listed]:
    try:
        entries = os.scandir(folder)
    except (FileNotFoundError, NotADirectoryError):
        return
    with entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                if deeper:
                    yield from _walk(Path(entry.path), f"{prefix}{entry.name}/", deeper - 1)
            elif entry.is_file(follow_symlinks=False) and not entry.name.endswith(TEMPORARY_SUFFIX):
                yield Listed(prefix + entry.name, entry.stat(follow_symlinks=False).st_size)


def _compare(descriptor: int, data: bytes, path: Path) -> None:
    """Read back what was written, from the disk where the system can be told to."""
    if hasattr(os, "posix_fadvise"):
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
    os.lseek(descriptor, 0, os.SEEK_SET)
    back = bytearray(len(data))
    filled = 0
    with os.fdopen(os.dup(descriptor), "rb", buffering=0) as file:
        view = memoryview(back)
        while filled < len(back) and (count := file.readinto(view[filled:])):
            filled += count
    if filled != len(data) or back != data:
        raise UnavailableError(
            "the disk gives back something else than was written",
            where=str(path),
            remedy="Do not trust this stick: use another one.",
        )


def _sync_directory(folder: Path) -> None:
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in _NO_DIRECTORY_SYNC:
            raise
    finally:
        os.close(descriptor)


def _absent(root: Path) -> UnavailableError:
    return UnavailableError("the folder is not there", where=str(root), remedy="Is the stick plugged in?")
