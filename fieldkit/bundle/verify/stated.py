"""What the laptop that exported says, in bag-info.txt, is not in this copy: originals and entries.

It is a statement, which the signers' seal covers; nothing else in a bundle could tell of what is not there.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from fieldkit.bundle.bag import BAG_INFO, BAG_INFO_LIMIT, ENTRIES_MISSING, ORIGINAL_LOST, ORIGINAL_MISSING
from fieldkit.bundle.sources import Source
from fieldkit.errors import FieldkitError

_ORIGINAL = re.compile(rf"^({ORIGINAL_LOST}|{ORIGINAL_MISSING}): ([0-9a-f]{{64}})$".encode(), re.MULTILINE)
_ENTRIES = re.compile(
    rf"^{ENTRIES_MISSING}: ([0-9a-f]{{32}}) ([1-9][0-9]{{0,15}})-([1-9][0-9]{{0,15}})$".encode()
)
_REASONS = {
    ORIGINAL_LOST: "LOST on the laptop that exported, which had recorded it; ask for a copy of it",
    ORIGINAL_MISSING: "it had not reached the laptop that exported",
}


class Absent(NamedTuple):
    """Entries `first` to `last` (the first of a log is 1) of a log that had not reached the laptop that exported."""

    log: str
    first: int
    last: int

    def told(self, letter: str) -> str:
        """What is not here, in words; `letter` is the laptop's, empty where it is not known."""
        one = (
            f"entry {self.first:,}" if self.first == self.last else f"entries {self.first:,} to {self.last:,}"
        )
        who = f"{self.log} ({letter})" if letter else self.log
        return f"{one} of log {who}: known to the team, and not arrived on the laptop that exported"


class Stated(NamedTuple):
    """Why originals are not here, by SHA-256 (hex), and which entries are not; `unclear` are lines that say neither."""

    originals: dict[str, str]
    entries: tuple[Absent, ...]
    unclear: tuple[str, ...]


def read_stated(source: Source) -> Stated:
    """What bag-info.txt says; nothing where it cannot be read."""
    try:
        data = source.read(BAG_INFO, limit=BAG_INFO_LIMIT)
    except FieldkitError:
        return Stated({}, (), ())
    entries: list[Absent] = []
    unclear: list[str] = []
    for line in data.split(b"\n"):
        if not line.startswith(f"{ENTRIES_MISSING}:".encode()):
            continue
        found = _ENTRIES.fullmatch(line)
        if found and int(found[2]) <= int(found[3]):
            entries.append(Absent(found[1].decode(), int(found[2]), int(found[3])))
        else:
            unclear.append(line.decode("utf-8", "replace"))
    originals = {digest.decode(): _REASONS[name.decode()] for name, digest in _ORIGINAL.findall(data)}
    return Stated(originals, tuple(entries), tuple(unclear))
