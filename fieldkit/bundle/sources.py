"""Reading a bundle where it lies, from a folder or a zip, without trusting it and without extracting it.

A source lists what is there as byte ranges of real files (`Span`), so that any number of readers can work at once.
What a bundle may never hold (links, pipes, devices, names outside the format's alphabet, names that differ only in
case) is listed as a `Refusal` and is never opened. RFC 8493 leaves more open; the bundle's format does not.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, NamedTuple

from fieldkit.errors import UnreadableError

TAG_FILES_IN_CAPITALS = frozenset({"VERIFY.txt", "FORMAT.md"})
MAX_DEPTH = 16
MAX_NAME = 255
MAX_PATH = 1024
BLOCK = 1 << 20

_SEGMENT = re.compile(r"[a-z0-9_-](?:[a-z0-9._-]*[a-z0-9_-])?", re.ASCII)
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\..*)?", re.ASCII)
_OPEN_FLAGS = os.O_RDONLY
for _flag in ("O_NOFOLLOW", "O_NONBLOCK", "O_CLOEXEC", "O_BINARY"):
    _OPEN_FLAGS |= getattr(os, _flag, 0)


class Span(NamedTuple):
    """`size` bytes at `offset` of a real file: all of a file in a folder, or one stored member of a zip.

    `crc` is the CRC-32 that the zip gives for the member, None in a folder.
    """

    file: str
    offset: int
    size: int
    crc: int | None = None

    def open(self, *, buffering: int = 0) -> BinaryIO:
        """The file, at the start of the span. Never follows a link and never waits for a pipe."""
        stream = open_regular(self.file, buffering=buffering)
        stream.seek(self.offset)
        return stream

    def blocks(self, size: int = BLOCK) -> Iterator[bytes]:
        """The bytes of the span in blocks; `UnreadableError` where the file has become shorter."""
        left = self.size
        with self.open() as stream:
            while left:
                block = stream.read(min(size, left))
                if not block:
                    raise UnreadableError("became shorter while it was read", where=self.file)
                left -= len(block)
                yield block


class Refusal(NamedTuple):
    """A name that may not be in a bundle, as it stands there, and why. Nothing behind it was opened."""

    path: str
    problem: str


@dataclass(frozen=True, slots=True)
class Source:
    """A bundle's files. `name` is how the bundle is called in messages; `files` are sorted by path.

    `empty` are folders in which nothing lies. Hostile names stand in `refusals` only.
    """

    name: str
    files: dict[str, Span]
    refusals: tuple[Refusal, ...] = ()
    empty: tuple[str, ...] = ()

    def read(self, path: str, *, limit: int) -> bytes:
        """The whole of one small file. `UnreadableError` where it is missing or larger than `limit` bytes."""
        span = self.files.get(path)
        if span is None:
            raise UnreadableError("is missing", where=path, remedy="The bundle is not complete.")
        if span.size > limit:
            raise UnreadableError(f"is larger than {limit} bytes", where=path)
        try:
            return b"".join(span.blocks())
        except OSError as cause:
            raise UnreadableError(f"cannot be read: {cause.strerror}", where=path) from cause

    def under(self, folder: str) -> list[str]:
        """The paths below a folder, named with its trailing slash."""
        return [path for path in self.files if path.startswith(folder)]


def open_regular(file: str, *, buffering: int = 0) -> BinaryIO:
    """Open a regular file for reading, whatever stands at its path by now. Unbuffered by default."""
    descriptor = os.open(file, _OPEN_FLAGS)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise UnreadableError("is not a regular file", where=file)
    return os.fdopen(descriptor, "rb", buffering=buffering)


def name_problem(path: str) -> str | None:
    """Why a path may not stand in a bundle, or None."""
    if len(path) > MAX_PATH:
        return f"a path longer than {MAX_PATH} characters"
    if path in TAG_FILES_IN_CAPITALS:
        return None
    segments = path.split("/")
    if len(segments) > MAX_DEPTH:
        return f"more than {MAX_DEPTH} folders deep"
    if path.startswith("/") or path[1:3] in (":\\", ":/"):
        return "an absolute path"
    if ".." in segments or "\\" in path:
        return "a path that could lead out of the bundle"
    if path == "fetch.txt":
        return "asks for files to be fetched from elsewhere: a bundle holds what it lists"
    for segment in segments:
        if len(segment) > MAX_NAME:
            return f"a name longer than {MAX_NAME} characters"
        if not _SEGMENT.fullmatch(segment):
            return "a name with other characters than a-z 0-9 . _ -"
        if _RESERVED.fullmatch(segment):
            return "a name that Windows keeps for devices"
    return None


def check_names(paths: Iterable[str]) -> Iterator[Refusal]:
    """Refusals for every path that is no allowed name or that some file system would take for another one."""
    seen: dict[str, str] = {}
    parents: dict[str, str] = {}
    for path in paths:
        problem = name_problem(path)
        if problem:
            yield Refusal(path, problem)
        folded = path.casefold()
        if folded in seen:
            yield Refusal(path, f"differs only in upper and lower case from {seen[folded]}")
        seen[folded] = path
        parent = path.rpartition("/")[0]
        while parent and parent.casefold() not in parents:
            parents[parent.casefold()] = parent
            parent = parent.rpartition("/")[0]
        while parent and parents[parent.casefold()] == parent:
            parent = parent.rpartition("/")[0]
        if parent:
            yield Refusal(
                path, f"its folder differs only in upper and lower case from {parents[parent.casefold()]}"
            )
    for folded, path in seen.items():
        if folded in parents:
            yield Refusal(path, "is the name of a file and of a folder")


_KINDS: tuple[tuple[Callable[[int], bool], str], ...] = (
    (stat.S_ISLNK, "a symbolic link: a bundle holds its files themselves"),
    (stat.S_ISFIFO, "a named pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


def open_folder(root: Path) -> Source:
    """The bundle in a folder: what is there, as spans, and what is refused. Nothing is read yet."""
    files: dict[str, Span] = {}
    refusals: list[Refusal] = []
    empty: list[str] = []
    pending = [("", str(root))]
    while pending:
        prefix, folder = pending.pop()
        with os.scandir(folder) as entries:
            listed = sorted(entries, key=lambda entry: entry.name)
        if not listed and prefix:
            empty.append(prefix.rstrip("/"))
        for entry in listed:
            path = prefix + entry.name
            status = entry.stat(follow_symlinks=False)
            if stat.S_ISDIR(status.st_mode):
                problem = name_problem(path)
                if problem:
                    refusals.append(Refusal(path + "/", problem))
                else:
                    pending.append((path + "/", entry.path))
            elif stat.S_ISREG(status.st_mode):
                files[path] = Span(entry.path, 0, status.st_size)
            else:
                kind = next((text for test, text in _KINDS if test(status.st_mode)), "not a regular file")
                refusals.append(Refusal(path, kind))
    refusals += check_names(sorted(files))
    refused = {refusal.path for refusal in refusals}
    kept = {path: files[path] for path in sorted(files) if path not in refused}
    return Source(root.name or str(root), kept, tuple(sorted(set(refusals))), tuple(sorted(empty)))
