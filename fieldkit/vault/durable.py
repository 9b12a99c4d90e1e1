"""Writing files so that they are whole or absent, and telling in plain words when the disk does not allow it.

The order is always: temporary file beside the target, fsync, rename over the target, fsync of the directory.
Only ciphertext and public parameters pass through here; nothing of a mission's content may be written so.
"""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
from collections.abc import Iterator
from pathlib import Path

from fieldkit.errors import UnavailableError

TEMPORARY_SUFFIX = ".fieldkit-tmp"

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_IN_THE_WAY = {errno.EEXIST, errno.ENOTDIR}
_FORBIDDEN = {errno.EACCES, errno.EPERM, errno.EROFS}


def unavailable(error: OSError, path: Path) -> UnavailableError:
    """The refusal to show a person for an error of the operating system at `path`."""
    where = str(path)
    if error.errno in _FULL:
        return UnavailableError(
            "the disk is full",
            where=where,
            remedy="Free some space and try again; what was acknowledged is kept.",
        )
    if error.errno in _FORBIDDEN:
        return UnavailableError(
            "writing or reading is not permitted here",
            where=where,
            remedy="Check the permissions of the folder.",
        )
    if error.errno in _IN_THE_WAY:
        return UnavailableError(
            "a file stands where a folder is meant",
            where=where,
            remedy="Name another folder, or move the file away.",
        )
    reason = (error.strerror or type(error).__name__).lower()
    return UnavailableError(
        f"the disk answered: {reason}", where=where, remedy="Check the disk and its cable."
    )


@contextlib.contextmanager
def reaching(path: Path) -> Iterator[None]:
    """Turn any `OSError` inside into `UnavailableError` naming `path`."""
    try:
        yield
    except OSError as error:
        raise unavailable(error, path) from error


def temporary_beside(path: Path) -> Path:
    """A fresh name in the directory of `path`, recognisable as left over by its suffix."""
    return path.with_name(f".{path.name[:40]}.{secrets.token_hex(6)}{TEMPORARY_SUFFIX}")


def write_all(descriptor: int, data: bytes | bytearray | memoryview) -> None:
    """Write every byte of `data`, however often the system writes less than asked."""
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def sync_directory(folder: Path) -> None:
    """Make renames and new names in `folder` durable (where the system can sync directories at all)."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_file(path: Path) -> None:
    """Make the content of a file written by somebody else durable."""
    descriptor = os.open(path, os.O_RDWR | getattr(os, "O_BINARY", 0))
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def replace_file(path: Path, data: bytes | bytearray | memoryview, *, sync_folder: bool = True) -> None:
    """Put `data` at `path`: after this returns, the old or the new content is there, never a mixture.

    With `sync_folder` false the caller syncs the directory once for several files. Raises `UnavailableError`
    and leaves no temporary file behind.
    """
    temporary = temporary_beside(path)
    with reaching(path):
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
        descriptor = os.open(temporary, flags, 0o600)
        try:
            try:
                write_all(descriptor, data)
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
            temporary.replace(path)
        except BaseException:
            with contextlib.suppress(OSError):
                temporary.unlink()
            raise
        if sync_folder:
            sync_directory(path.parent)


def make_folder(folder: Path) -> None:
    """Make `folder` and its parents for this user alone, durably. Raises `UnavailableError`."""
    with reaching(folder):
        if not folder.is_dir():
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            sync_directory(folder.parent)
