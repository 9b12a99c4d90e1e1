"""The BagIt 1.0 side of a bundle (RFC 8493): its fixed files and its manifests, SHA-256 only.

A manifest line is 64 lowercase hex digits, two spaces and a path; lines are sorted by bytes. That is what bagit.py
and `sha256sum --strict -c` both take. There is no bagging date: the same content gives the same bytes.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping

from fieldkit.bundle.lines import quote

BAGIT = "bagit.txt"
BAG_INFO = "bag-info.txt"
MANIFEST = "manifest-sha256.txt"
TAG_MANIFEST = "tagmanifest-sha256.txt"
DECLARATION = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
BAG_INFO_LIMIT = 64 << 20
ORIGINAL_MISSING = "Original-Missing"
"""In bag-info.txt: the SHA-256 of an original that had not reached the laptop that exported."""
ORIGINAL_LOST = "Original-Lost"
"""The same of one that the laptop recorded itself and no longer has."""
ENTRIES_MISSING = "Entries-Missing"
"""A log, first and last of its entries (the first of a log is 1) that the team knew of and that had not reached that laptop."""

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
