"""Walking a camera card or a folder: sorted, read-only, following no link. What is left out is listed with the reason.

Files that other systems strew on cards (AppleDouble, thumbnail databases, waste bins) are left out too, but only
counted as such. Nothing but a plain file is ever opened, so that a pipe or a device on a stick cannot hold up an intake.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from fieldkit.capture.picture_kinds import is_photo
from fieldkit.capture.plain import plain_line
from fieldkit.errors import UnreadableError, UsageError

DEEPEST = 32
NO_PHOTO = "no picture, film or sound"
_HEAD = 32
_SYSTEM_FILES = {
    "thumbs.db",
    "desktop.ini",
    ".ds_store",
    "ehthumbs.db",
    ".nomedia",
    "indexervolumeguid",
    "wpsettings.dat",
}
_SYSTEM_FOLDERS = {
    "system volume information",
    "$recycle.bin",
    "recycler",
    "lost+found",
    ".trashes",
    ".trash",
    ".spotlight-v100",
    ".fseventsd",
    ".temporaryitems",
    "__macosx",
}
_READ_FLAGS = (
    os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
)


@dataclass(frozen=True, slots=True)
class CardFile:
    """A file to take in: where it is, its name relative to the card (with `/`, safe to show), its size in bytes."""

    path: Path
    name: str
    size: int


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A file or folder that was not taken in, and why."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Card:
    """What lies on a card. `system_files` counts what other systems strewed there; `failures` could not be looked at."""

    label: str
    files: tuple[CardFile, ...]
    left_out: tuple[LeftOut, ...]
    failures: tuple[LeftOut, ...]
    system_files: int


def look_through(paths: Iterable[Path]) -> Card:
    """Everything on the cards, in folders or as files named. Raises `UsageError` for a path that is not there."""
    walk = _Walk()
    roots = list(paths)
    for root in roots:
        walk.begin(root)
    label = ", ".join(dict.fromkeys(_label(root) for root in roots))
    return Card(
        plain_line(label), tuple(walk.files), tuple(walk.left_out), tuple(walk.failures), walk.system_files
    )


def open_file(path: Path) -> int:
    """A descriptor of a plain file, opened for reading without following a link or waiting.

    Raises `OSError`; `UnreadableError` if what is there now is no plain file.
    """
    descriptor = os.open(path, _READ_FLAGS)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise UnreadableError("not a plain file", where=plain_line(path.name))
    return descriptor


class _Walk:
    def __init__(self) -> None:
        self.files: list[CardFile] = []
        self.left_out: list[LeftOut] = []
        self.failures: list[LeftOut] = []
        self.system_files = 0
        self._seen: set[tuple[int, int]] = set()

    def begin(self, root: Path) -> None:
        try:
            found = root.stat()
        except OSError as error:
            raise UsageError(
                f"cannot be read: {_reason(error)}",
                where=plain_line(str(root)),
                remedy="Name the folder at which the card is mounted, or a file.",
            ) from None
        if stat.S_ISDIR(found.st_mode):
            self._folder(root, "", 0)
        else:
            self._file(root, plain_line(root.name), found)

    def _folder(self, folder: Path, name: str, depth: int) -> None:
        shown = name or "."
        try:
            here = folder.stat()
            identity = (here.st_dev, here.st_ino)
            if identity in self._seen:
                self.failures.append(LeftOut(shown, "the folder leads back to one already seen"))
                return
            self._seen.add(identity)
            if depth > DEEPEST:
                self.failures.append(LeftOut(shown, f"folders nest deeper than {DEEPEST}"))
                return
            entries = sorted(_entries(folder), key=lambda entry: entry.name)
        except OSError as error:
            self.failures.append(LeftOut(shown, _reason(error)))
            return
        for entry in entries:
            self._entry(entry, f"{name}/{plain_line(entry.name)}" if name else plain_line(entry.name), depth)

    def _entry(self, entry: os.DirEntry[str], name: str, depth: int) -> None:
        lowered = entry.name.lower()
        if lowered.startswith("._") or lowered in _SYSTEM_FILES or lowered in _SYSTEM_FOLDERS:
            self.system_files += 1
            return
        try:
            if entry.is_symlink():
                self.left_out.append(LeftOut(name, "a link, not followed"))
            elif entry.is_dir(follow_symlinks=False):
                self._folder(Path(entry.path), name, depth + 1)
            else:
                self._file(Path(entry.path), name, entry.stat(follow_symlinks=False))
        except OSError as error:
            self.failures.append(LeftOut(name, _reason(error)))

    def _file(self, path: Path, name: str, found: os.stat_result) -> None:
        if not stat.S_ISREG(found.st_mode):
            self.left_out.append(LeftOut(name, "not a plain file"))
            return
        try:
            taken = is_photo(path.name, b"") or is_photo(path.name, _head(path))
        except (OSError, UnreadableError) as error:
            self.failures.append(LeftOut(name, _reason(error)))
            return
        if taken:
            self.files.append(CardFile(path, name, found.st_size))
        else:
            self.left_out.append(LeftOut(name, NO_PHOTO))


def _entries(folder: Path) -> Iterator[os.DirEntry[str]]:
    with os.scandir(folder) as entries:
        yield from entries


def _head(path: Path) -> bytes:
    descriptor = open_file(path)
    try:
        return os.read(descriptor, _HEAD)
    finally:
        os.close(descriptor)


def _label(root: Path) -> str:
    return root.resolve().name or str(root.resolve().anchor)


def _reason(error: OSError | UnreadableError) -> str:
    if isinstance(error, UnreadableError):
        return error.problem
    return (error.strerror or type(error).__name__).lower()
