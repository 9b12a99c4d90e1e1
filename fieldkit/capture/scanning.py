"""One file of a card at a time, in a worker thread: read once, hashed, kept encrypted, glanced at. Touches no database.

Reading, hashing, encryption and decoding release Python's lock, so a few threads use every core. A file that is known
already is neither stored nor looked at again. What was written is read back from the disk and hashed. Films, sounds and files
beyond 256 MiB are kept in pieces; of films and sounds the container's headers are read.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO

from fieldkit.capture.apart import Decoders
from fieldkit.capture.card import CardFile, open_file
from fieldkit.capture.containers import is_recording, read_recording
from fieldkit.capture.exif import Taken
from fieldkit.capture.pictures import PhotoFacts, Problem, glance
from fieldkit.errors import AlteredError, UnavailableError, UnreadableError
from fieldkit.vault.media import MediaStore, StoredMedia

LARGEST_DECODED = 256 << 20
_HEAD = 32


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


def scan(file: CardFile, media: MediaStore, decoders: Decoders, is_known: Callable[[str], bool]) -> Scanned:
    """Read, keep and look at one file. Raises `UnavailableError` only, when the store cannot take it or gives it back changed."""
    try:
        with os.fdopen(open_file(file.path), "rb") as stream:
            head = stream.peek(_HEAD)[:_HEAD]
            if os.fstat(stream.fileno()).st_size > LARGEST_DECODED or is_recording(file.path.name, head):
                return _keep_in_pieces(file, stream, media)
            data = stream.read()
    except OSError as error:
        return Scanned(file, failure=f"cannot be read: {(error.strerror or type(error).__name__).lower()}")
    except UnreadableError as error:
        return Scanned(file, failure=error.problem)
    except MemoryError:
        return Scanned(file, failure="cannot be read: not enough memory")
    digest = hashlib.sha256(data).hexdigest()
    if is_known(digest):
        return Scanned(file, digest, len(data))
    stored = media.put(data)
    read_back(media, stored)
    name = file.path.name
    return Scanned(file, digest, len(data), stored, glance(data, name) or decoders.examine(data, name))


def read_back(media: MediaStore, stored: StoredMedia) -> None:
    """Read what was written from the disk and hash it. Raises `UnavailableError` where that is not what was written."""
    for part in stored.parts:
        cipher = str(part["cipher"])
        path = media.part_path(cipher)
        if hasattr(os, "posix_fadvise"):
            with contextlib.suppress(OSError), path.open("rb") as written:
                os.posix_fadvise(
                    written.fileno(), 0, 0, os.POSIX_FADV_DONTNEED
                )  # from the disk, not from memory
        try:
            media.read_part(cipher)
        except AlteredError:
            raise UnavailableError(
                "the disk does not give back what was written to it",
                where=str(path),
                remedy="Do not trust this disk. Stop, and use another one.",
            ) from None


def digest_of(file: CardFile) -> str:
    """SHA-256 (hex) of a file's bytes; empty if they cannot be read."""
    try:
        with os.fdopen(open_file(file.path), "rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except (OSError, UnreadableError):
        return ""


def _keep_in_pieces(file: CardFile, stream: BinaryIO, media: MediaStore) -> Scanned:
    stored = media.put(stream)
    read_back(media, stored)
    head = _head(stream)
    if is_recording(file.path.name, head):
        facts = _recorded(stream, file.path.name)
    else:
        note = Problem("pixels", f"{stored.size >> 20} MiB, kept but not looked into", damage=False)
        facts = PhotoFacts(file.path.name, "application/octet-stream", problems=(note,))
    return Scanned(file, stored.sha256, stored.size, stored, facts)


def _head(stream: BinaryIO) -> bytes:
    stream.seek(0)
    return stream.read(_HEAD)


def _recorded(stream: BinaryIO, name: str) -> PhotoFacts:
    """The facts of a film or a sound."""
    found = read_recording(stream, name)
    problems = (Problem("", found.damage, damage=True),) if found.damage else ()
    taken = Taken(found.raw, found.local, "+00:00" if found.utc else "")
    return PhotoFacts(name, found.media_type, taken=taken, problems=problems, recording=found)
