"""Where an export goes: a folder, a zip, or a pipe that takes a zip and cannot go back.

A target gives each file its place in the order of the calls; a file of known size may then be filled from any
thread. All three are given the same files in the same order, and a zip comes out with the same bytes either way.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Protocol, TypeAlias

from fieldkit.bundle.bag import check_path
from fieldkit.bundle.direct import WORTH, PastCache
from fieldkit.bundle.zipform import Buffer, ZipFile, ZipLayout, local_header
from fieldkit.errors import AlteredError
from fieldkit.vault.durable import sync_directory, write_all

Fill: TypeAlias = Callable[[Iterable[Buffer]], None]
Source: TypeAlias = Callable[[], Iterable[Buffer]]


class Target(Protocol):
    """Takes the files of one bundle. `parallel`: whether fills may run at the same time."""

    parallel: bool

    def place(self, path: str, size: int) -> Fill:
        """Give a file of exactly `size` bytes its place; what comes back fills it."""

    def stream(self, path: str, source: Source) -> None:
        """Write a file of unknown size. `source` may be asked for its blocks more than once."""

    def finish(self) -> None:
        """Everything is written, and on the disk."""


class FolderTarget:
    """A new folder of plain files."""

    parallel = True

    def __init__(self, root: Path) -> None:
        self._root = root
        self._folders: set[Path] = {root}
        root.mkdir()

    def place(self, path: str, size: int) -> Fill:
        """A file that is written when it is filled."""
        file = self._path(path)
        return lambda content: _fill_file(file, content, path, size)

    def stream(self, path: str, source: Source) -> None:
        """A file of any size."""
        _fill_file(self._path(path), source(), path, None)

    def finish(self) -> None:
        """The names are on the disk too."""
        for folder in self._folders:
            sync_directory(folder)

    def _path(self, path: str) -> Path:
        file = self._root / check_path(path)
        if file.parent not in self._folders:
            file.parent.mkdir(parents=True, exist_ok=True)
            self._folders.update(folder for folder in file.parents if self._root in folder.parents)
        return file


class ZipTarget:
    """A new zip file."""

    parallel = True

    def __init__(self, path: Path) -> None:
        self._zip = ZipFile(path)

    def place(self, path: str, size: int) -> Fill:
        """The next member of the zip."""
        return self._zip.place(check_path(path), size)

    def stream(self, path: str, source: Source) -> None:
        """The next member of the zip, of any size."""
        self._zip.stream(check_path(path), source)

    def finish(self) -> None:
        """The list of members."""
        self._zip.finish()


class Measure:
    """A first pass that writes nothing: the size and CRC-32 of every file, for `ZipPipe`."""

    parallel = True

    def __init__(self) -> None:
        self.measured: dict[str, tuple[int, int]] = {}

    def place(self, path: str, size: int) -> Fill:
        """Take the checksum of a file."""

        def fill(content: Iterable[Buffer]) -> None:
            self._measure(path, content)
            if self.measured[path][0] != size:
                raise _changed(path)

        return fill

    def stream(self, path: str, source: Source) -> None:
        """Take size and checksum of a file."""
        self._measure(path, source())

    def finish(self) -> None:
        """Nothing is left to do."""

    def _measure(self, path: str, content: Iterable[Buffer]) -> None:
        size = crc = 0
        for block in content:
            size += len(block)
            crc = zlib.crc32(block, crc)
        self.measured[check_path(path)] = size, crc


class ZipPipe:
    """A zip written strictly from front to back; each file has to be what it was in the first pass."""

    parallel = False

    def __init__(self, write: Callable[[Buffer], object], measured: dict[str, tuple[int, int]]) -> None:
        self._write = write
        self._measured = measured
        self._layout = ZipLayout()

    def place(self, path: str, size: int) -> Fill:  # noqa: ARG002 - the first pass has measured it
        """The next member; it is to be filled before another one is begun."""
        return lambda content: self._send(path, content)

    def stream(self, path: str, source: Source) -> None:
        """The next member."""
        self._send(path, source())

    def finish(self) -> None:
        """The list of members."""
        for block in self._layout.tail():
            self._write(block)

    def _send(self, path: str, content: Iterable[Buffer]) -> None:
        expected, checksum = self._measured[path]
        member = self._layout.member(self._layout.begin(check_path(path), expected, checksum))
        self._write(local_header(member))
        size = crc = 0
        for block in content:
            size += len(block)
            crc = zlib.crc32(block, crc)
            self._write(block)
        if (size, crc) != (expected, checksum):
            raise _changed(path)


def _fill_file(file: Path, content: Iterable[Buffer], path: str, size: int | None) -> None:
    with file.open("xb", buffering=0) as stream:
        if size is not None and size >= WORTH:
            with PastCache(stream, file, 0) as past:
                written = _pass(content, past.write)
        else:
            written = _pass(content, lambda block: write_all(stream.fileno(), block))
        os.fsync(stream.fileno())
    if size is not None and written != size:
        raise _changed(path)


def _pass(content: Iterable[Buffer], write: Callable[[Buffer], None]) -> int:
    size = 0
    for block in content:
        size += len(block)
        write(block)
    return size


def _changed(path: str) -> AlteredError:
    return AlteredError(
        "is not what it was a moment ago", where=path, remedy="Run `fieldkit doctor`, then export again."
    )
