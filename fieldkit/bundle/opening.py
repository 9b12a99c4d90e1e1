"""Opening what somebody says is a bundle: a folder, a zip, or neither."""

from __future__ import annotations

import stat
from pathlib import Path

from fieldkit.bundle.sources import Source, open_folder
from fieldkit.bundle.zipsource import open_zip
from fieldkit.errors import UnreadableError

_AGE_MAGIC = b"age-encryption.org/"
_ZIP_MAGIC = b"PK"
_REMEDY = "Give the bundle's folder, or its zip, as it was received."


def open_source(path: Path) -> Source:
    """The bundle at `path`: a folder or a zip. `UnreadableError` for anything else, and for a zip that is not exact."""
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            return open_folder(path)
        if not stat.S_ISREG(mode):
            raise UnreadableError("is neither a folder nor a file", where=str(path), remedy=_REMEDY)
        with path.open("rb") as stream:
            magic = stream.read(len(_AGE_MAGIC))
    except OSError as cause:
        where = str(cause.filename or path)
        raise UnreadableError(f"cannot be read: {cause.strerror}", where=where, remedy=_REMEDY) from cause
    if magic == _AGE_MAGIC:
        raise UnreadableError(
            "is encrypted", where=str(path), remedy="Decrypt it with age, then verify the zip that comes out."
        )
    if magic[:2] != _ZIP_MAGIC and path.suffix.lower() != ".zip":
        raise UnreadableError(
            "is not a bundle",
            where=str(path),
            remedy=_REMEDY,
        )
    return open_zip(path)
