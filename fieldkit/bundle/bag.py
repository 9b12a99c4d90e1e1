"""The BagIt 1.0 side of a bundle (RFC 8493): its fixed files and its manifests, SHA-256 only.

A manifest line is 64 lowercase hex digits, two spaces and a path; lines are sorted by bytes. That is what bagit.py
and `sha256sum --strict -c` both take. There is no bagging date: the same content gives the same bytes.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping

from fieldkit.bundle.lines import quote
from fieldkit.errors import UnreadableError

BAGIT = "bagit.txt"
BAG_INFO = "bag-info.txt"
MANIFEST = "manifest-sha256.txt"
TAG_MANIFEST = "tagmanifest-sha256.txt"
DECLARATION = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"

_LINE = re.compile(r"([0-9a-f]{64})  ([a-z0-9._/-]+|VERIFY\.txt|FORMAT\.md)")
_PATH = re.compile(r"(?:[a-z0-9_-][a-z0-9._-]*/)*[a-z0-9_-][a-z0-9._-]*")


def check_path(path: str) -> str:
    """`path`, if it may stand in a bundle; ValueError otherwise (a fault of the program, not of a person)."""
    if not _PATH.fullmatch(path) and path not in ("VERIFY.txt", "FORMAT.md"):
        raise ValueError(f"not a path for a bundle: {path!r}")
    return path


def manifest(digests: Mapping[str, str]) -> bytes:
    """The bytes of a manifest from SHA-256 (hex) by path."""
    return b"".join(f"{digests[path]}  {path}\n".encode() for path in sorted(digests))


def tag_manifest(files: Mapping[str, bytes]) -> bytes:
    """The tag manifest over these tag files, given by path."""
    return manifest({path: hashlib.sha256(content).hexdigest() for path, content in files.items()})


def bag_info(fields: Iterable[tuple[str, str]]) -> bytes:
    """The bytes of bag-info.txt. Values are one line each: what could break or hide in a line is escaped."""
    return b"".join(f"{name}: {quote(value)[1:-1]}\n".encode() for name, value in fields)


def read_manifest(data: bytes, *, where: str) -> dict[str, str]:
    """SHA-256 (hex) by path, read strictly: this form, sorted, no path twice. Raises `UnreadableError`."""
    digests: dict[str, str] = {}
    last = ""
    try:
        lines = data.decode("ascii").split("\n")
    except UnicodeDecodeError as cause:
        raise UnreadableError("holds characters outside ASCII", where=where) from cause
    if lines.pop() or not lines:
        raise UnreadableError("does not end with a line feed, or is empty", where=where)
    for number, line in enumerate(lines, 1):
        match = _LINE.fullmatch(line)
        if match is None:
            raise UnreadableError("is not: SHA-256, two spaces, path", where=f"{where}, line {number}")
        if match[2] <= last:
            raise UnreadableError("a path twice, or out of order", where=f"{where}, line {number}")
        last = match[2]
        digests[last] = match[1]
    return digests
