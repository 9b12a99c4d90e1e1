"""One photo file at a time, in a worker thread: read once, hashed, kept encrypted, looked at. Touches no database.

Reading, hashing, encryption and decoding release Python's lock, so a few threads use every core. A file that is known
already is neither stored nor decoded again. Files beyond 256 MiB are kept in pieces and not decoded.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass

from fieldkit.capture.card import CardFile, open_file
from fieldkit.capture.pictures import PhotoFacts, Problem, examine
from fieldkit.errors import UnreadableError
from fieldkit.vault.media import MediaStore, StoredMedia

LARGEST_DECODED = 256 << 20


@dataclass(frozen=True, slots=True)
class Scanned:
    """What became of one file. `failure` is set when its bytes could not be read; then there is no digest.

    `stored` and `facts` are absent for a file that was known already.
    """

    file: CardFile
    sha256: str = ""
    size: int = 0
    stored: StoredMedia | None = None
    facts: PhotoFacts | None = None
    failure: str = ""


def scan(file: CardFile, media: MediaStore, is_known: Callable[[str], bool]) -> Scanned:
    """Read, keep and look at one file. Raises `UnavailableError` only, when the store cannot take it."""
    try:
        data = _read(file)
        if data is None:
            return _keep_in_pieces(file, media)
    except OSError as error:
        return Scanned(file, failure=f"cannot be read: {(error.strerror or type(error).__name__).lower()}")
    except UnreadableError as error:
        return Scanned(file, failure=error.problem)
    except MemoryError:
        return Scanned(file, failure="cannot be read: not enough memory")
    digest = hashlib.sha256(data).hexdigest()
    if is_known(digest):
        return Scanned(file, digest, len(data))
    return Scanned(file, digest, len(data), media.put(data), examine(data, file.path.name))


def digest_of(file: CardFile) -> str:
    """SHA-256 (hex) of a file's bytes; empty if they cannot be read."""
    try:
        with os.fdopen(open_file(file.path), "rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except (OSError, UnreadableError):
        return ""


def _read(file: CardFile) -> bytes | None:
    """The file's bytes, or None where it is too large to hold."""
    with os.fdopen(open_file(file.path), "rb", buffering=0) as stream:
        if os.fstat(stream.fileno()).st_size > LARGEST_DECODED:
            return None
        return stream.readall()


def _keep_in_pieces(file: CardFile, media: MediaStore) -> Scanned:
    with os.fdopen(open_file(file.path), "rb") as stream:
        stored = media.put(stream)
    facts = examine_nothing(file, stored.size)
    return Scanned(file, stored.sha256, stored.size, stored, facts)


def examine_nothing(file: CardFile, size: int) -> PhotoFacts:
    """The facts of a file too large to look into: its name's media type and a note."""
    note = Problem("pixels", f"{size >> 20} MiB, kept but not looked into", damage=False)
    return PhotoFacts(file.path.name, "application/octet-stream", problems=(note,))
