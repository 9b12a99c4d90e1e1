"""The names of a depot's objects. Every name carries the SHA-256 of its object, so that to sync is to compare names.

`v1/<mission>/keyring/<hash>`, `…/log/<log>/<first>-<last>-<hash>.seg`, `…/blob/<2 hex>/<hash>`,
`…/receipt/<log>/<hash>`. Lower-case letters, digits, `-`, `.` and `/` only: names that every file system takes.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from fieldkit.domain.jsontypes import JSON, Doc

ROOT: Final = "v1"
MARKER: Final = "fieldkit-depot.txt"
KEYRING: Final = "keyring"
LOG: Final = "log"
BLOB: Final = "blob"
RECEIPT: Final = "receipt"

KINDS: Final = (KEYRING, LOG, RECEIPT, BLOB)
TAG_BYTES: Final = 16
LIMITS: Final = {KEYRING: 4 << 20, LOG: 32 << 20, RECEIPT: 16 << 20, BLOB: (4 << 20) + TAG_BYTES}
"""The most bytes that an object of each kind may have."""

MARKS: Final = {LOG: b"fieldkit-segment/1\n", RECEIPT: b"fieldkit-receipt/1\n", KEYRING: b'{"'}
"""What an object of each kind begins with; encrypted parts of originals begin with anything."""

FETCH_AGAIN: Final = (
    "It stays where it lies; sync with another laptop or depot, then 'fieldkit depot check DEPOT --remove'."
)
"""What to do about an object that is not what it should be."""

KEY_MISSING: Final = "Sync again; if it stays so, ask who leads for the key: fieldkit members history LAPTOP."
"""What to do about an object whose key is not here."""

_HASH: Final = re.compile("[0-9a-f]{64}")
_MISSION = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_NUMBER = "(?:0|[1-9][0-9]{0,14})"
_SEGMENT = (
    rf"(?P<seglog>[0-9a-f]{{32}})/(?P<first>{_NUMBER})-(?P<last>{_NUMBER})-(?P<seg>[0-9a-f]{{64}})\.seg"
)
_NAME: Final = re.compile(
    rf"{ROOT}/(?P<mission>{_MISSION})/(?:"
    rf"{KEYRING}/(?P<key>[0-9a-f]{{64}})"
    rf"|{LOG}/{_SEGMENT}"
    rf"|{BLOB}/(?P<shard>[0-9a-f]{{2}})/(?P<blob>(?P=shard)[0-9a-f]{{62}})"
    rf"|{RECEIPT}/(?P<reclog>[0-9a-f]{{32}})/(?P<rec>[0-9a-f]{{64}}))"
)


class Name(NamedTuple):
    """A name taken apart. `log`, `first` and `last` (numbers of the first and the last entry) are those of a segment;
    a receipt has the log of who gives it."""

    mission: str
    kind: str
    hash: str
    log: str = ""
    first: int = 0
    last: int = 0

    def __str__(self) -> str:
        start = f"{ROOT}/{self.mission}/{self.kind}"
        if self.kind == LOG:
            return f"{start}/{self.log}/{self.first}-{self.last}-{self.hash}.seg"
        if self.kind == BLOB:
            return f"{start}/{self.hash[:2]}/{self.hash}"
        if self.kind == RECEIPT:
            return f"{start}/{self.log}/{self.hash}"
        return f"{start}/{self.hash}"

    def fits(self, data: bytes) -> bool:
        """Whether these bytes are the object of this name."""
        return len(data) <= LIMITS[self.kind] and hashlib.sha256(data).hexdigest() == self.hash

    def looks_right(self, data: bytes) -> bool:
        """Whether these bytes can be an object of this kind."""
        if self.kind == BLOB:
            return not data.startswith((MARKS[LOG], MARKS[RECEIPT]))
        return data.startswith(MARKS[self.kind])


def parse(text: str) -> Name | None:
    """The parts of a name; None for anything that fieldkit does not put into a depot."""
    found = _NAME.fullmatch(text)
    if found is None:
        return None
    mission = found["mission"]
    if found["key"]:
        return Name(mission, KEYRING, found["key"])
    if found["blob"]:
        return Name(mission, BLOB, found["blob"])
    if found["rec"]:
        return Name(mission, RECEIPT, found["rec"], found["reclog"])
    first, last = int(found["first"]), int(found["last"])
    return Name(mission, LOG, found["seg"], found["seglog"], first, last) if first <= last else None


def is_hash(text: str) -> bool:
    """Whether this is a SHA-256 as names have it."""
    return _HASH.fullmatch(text) is not None


class ListedPart(NamedTuple):
    """An encrypted part as a record lists it: its name, its size, and what the record says of it."""

    name: str
    size: int
    doc: Doc


def listed_parts(doc: Doc) -> Iterator[ListedPart]:
    """Each encrypted part that the document of a `media` record lists."""
    parts = doc.get("parts")
    for part in parts if isinstance(parts, list) else []:
        yield from _listed(part)


def listed_thumbnail(doc: Doc) -> Iterator[ListedPart]:
    """The encrypted thumbnail, where it lists one."""
    yield from _listed(doc.get("thumbnail"))


def _listed(part: JSON) -> Iterator[ListedPart]:
    if isinstance(part, dict):
        match part:
            case {"cipher": str(cipher), "length": int(length)} if is_hash(cipher):
                yield ListedPart(cipher, length + TAG_BYTES, part)


def named(mission: str, kind: str, data: bytes, log: str = "", first: int = 0, last: int = 0) -> Name:
    """The name of an object with this content."""
    return Name(mission, kind, hashlib.sha256(data).hexdigest(), log, first, last)
