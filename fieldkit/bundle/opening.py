"""Opening what somebody says is a bundle: a folder, a zip, or neither."""

from __future__ import annotations

import stat
from pathlib import Path

from fieldkit.bundle.sources import Source, open_folder, open_regular
from fieldkit.bundle.zipsource import open_zip
from fieldkit.errors import UnreadableError

AGE_MAGIC = b"age-encryption.org/"
_AGE_HEADER_LIMIT = 1024
_ZIP_MAGIC = b"PK"
_REMEDY = "Give the bundle's folder, or its zip, as it was received."


def is_age(path: Path) -> bool:
    """Whether a file is encrypted with age."""
    if not path.is_file():
        return False
    with open_regular(str(path)) as file:
        return file.read(len(AGE_MAGIC)) == AGE_MAGIC


def is_locked_by_passphrase(path: Path) -> bool:
    """Whether an age file asks for a passphrase, by its first stanza; else it asks for somebody's key."""
    with open_regular(str(path)) as file:
        return b"\n-> scrypt " in file.read(_AGE_HEADER_LIMIT)


def open_source(path: Path) -> Source:
    """The bundle at `path`: a folder or a zip. `UnreadableError` for anything else, and for a zip that is not exact."""
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            return open_folder(path)
        if not stat.S_ISREG(mode):
            raise UnreadableError("is neither a folder nor a file", where=str(path), remedy=_REMEDY)
        with path.open("rb") as stream:
            magic = stream.read(len(AGE_MAGIC))
    except OSError as cause:
        where = str(cause.filename or path)
        raise UnreadableError(f"cannot be read: {cause.strerror}", where=where, remedy=_REMEDY) from cause
    if magic == AGE_MAGIC:
        how = "--decrypt-passphrase-file FILE" if is_locked_by_passphrase(path) else "--identity FILE"
        raise UnreadableError(
            "is encrypted",
            where=str(path),
            remedy=f"'fieldkit unwrap {path} DIR {how}' opens it; go on with the zip that comes out.",
        )
    if magic[:2] != _ZIP_MAGIC and path.suffix.lower() != ".zip":
        raise UnreadableError(
            "is not a bundle",
            where=str(path),
            remedy=_REMEDY,
        )
    return open_zip(path)
