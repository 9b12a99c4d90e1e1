"""Files that leave the vault in the clear, written only where a person said, and never over something that is there."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterable
from pathlib import Path, PurePath

from fieldkit.errors import UsageError
from fieldkit.vault.durable import make_folder, reaching, sync_directory, write_all

_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
_LONGEST = 60


def new_folder(folder: Path) -> Path:
    """The folder, made if missing. `UsageError` where something is in it already."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(
            "there is something here already", where=str(folder), remedy="Name a new or an empty folder."
        )
    make_folder(folder)
    return folder


def write_file(path: Path, blocks: Iterable[bytes | bytearray | memoryview]) -> None:
    """A new file for this user alone, durable on return; nothing stays of one that could not be finished."""
    try:
        descriptor = os.open(path, _FLAGS, 0o600)
    except FileExistsError:
        raise UsageError("this file is there already", where=str(path), remedy="Name another one.") from None
    except (FileNotFoundError, NotADirectoryError):
        raise UsageError("there is no such folder", where=str(path.parent)) from None
    except OSError:
        with reaching(path):
            raise
    try:
        with reaching(path):
            for block in blocks:
                write_all(descriptor, block)
            os.fsync(descriptor)
    except BaseException:
        os.close(descriptor)
        with contextlib.suppress(OSError):
            path.unlink()
        raise
    os.close(descriptor)
    with reaching(path.parent):
        sync_directory(path.parent)


def safe_name(name: str, extension: str) -> str:
    """A name from outside as every file system takes it: without folders, plain characters, bounded, one extension."""
    stem = PurePath(name.replace("\\", "/")).stem
    plain = _UNSAFE.sub("_", stem).strip("._-")[:_LONGEST]
    return f"{plain or 'photo'}.{extension}"
