"""Verifying a whole log as a state machine that is fed, and touches no file.

Memory is constant: the tree's frontier and a tally. The costly part, opening entries, is a pure function over
a stretch of lines (`open_chunk`), so that a caller may farm stretches out to processes and feed the results in
order.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Generic, NamedTuple, TypeVar

from fieldkit.errors import AlteredError, NewerFormatError, UnreadableError, UsageError
from fieldkit.journal import keys
from fieldkit.journal.checkpoint import open_checkpoint, split_origin
from fieldkit.journal.leaf import VERSION, OpenedEntry, open_entry
from fieldkit.journal.merkle import Frontier, verify_consistency

MAX_REMARKS: Final = 200
FOUNDING_KIND: Final = "log"
SEALED_ACT: Final = "sealed"
"""Of an entry of a compartment: its author is within, for those who read it."""

T = TypeVar("T")


class Remark(NamedTuple):
    """Something a reader should know about the entry `seq`, which is no reason to refuse it."""

    seq: int
    text: str


class Founding(NamedTuple):
    """What a log says of itself in its first entry: the device's public key (32 bytes), its name, its letter."""

    public_key: bytes
    device: str
    letter: str


@dataclass(slots=True)
class Tally:
    """What was met in a stretch of entries.

    `authors`: entries by author. `opened` of `of` digests were opened. `newer`: entries of newer versions.
    `first_at`, `last_at`: the recorded UTC times at both ends, to the second. At most `MAX_REMARKS` remarks are
    kept; `remarks_dropped` counts the rest.
    """

    entries: int = 0
    opened: int = 0
    of: int = 0
    newer: int = 0
    authors: dict[str, int] = field(default_factory=dict)
    first_at: str = ""
    last_at: str = ""
    remarks: list[Remark] = field(default_factory=list)
    remarks_dropped: int = 0

    def add(self, entry: OpenedEntry) -> None:
        """Count one entry; entries come in order."""
        self.entries += 1
        self.opened += entry.opened
        self.of += entry.of
        if entry.version > VERSION:
            self.newer += 1
            self.remark(entry.seq, f"of version {entry.version}: kept, and understood in part")
            return
        author = entry.fields.get("author")
        if type(author) is str:
            self.authors[author] = self.authors.get(author, 0) + 1
        elif entry.opened == entry.of and entry.fields.get("act") != SEALED_ACT:
            self.remark(entry.seq, "names no author")
        recorded = entry.fields.get("recorded")
        at = recorded.get("at") if type(recorded) is dict else None
        if type(at) is str:
            self._step(entry.seq, at[:19], at[:19])

    def merge(self, later: Tally, seq: int) -> None:
        """Add the tally of the stretch that follows and begins at `seq`."""
        self.entries += later.entries
        self.opened += later.opened
        self.of += later.of
        self.newer += later.newer
        for author, count in later.authors.items():
            self.authors[author] = self.authors.get(author, 0) + count
        if later.first_at:
            self._step(seq, later.first_at, later.last_at)
        for remark in later.remarks:
            self.remark(*remark)
        self.remarks_dropped += later.remarks_dropped

    def _step(self, seq: int, at: str, then: str) -> None:
        if at < self.last_at:
            self.remark(seq, f"recorded at {at}, before the entry ahead of it ({self.last_at})")
        self.first_at = self.first_at or at
        self.last_at = then

    def remark(self, seq: int, text: str) -> None:
        """Keep a remark, or count it where there are too many."""
        if len(self.remarks) < MAX_REMARKS:
            self.remarks.append(Remark(seq, text))
        else:
            self.remarks_dropped += 1


@dataclass(slots=True)
class OpenedChunk(Generic[T]):
    """A stretch of a log whose entries were opened: leaf hashes as one run of bytes, and what was asked for."""

    log: str
    start: int
    hashes: bytes
    tally: Tally
    founding: Founding | None
    picked: list[T]


def open_chunk(
    log: str,
    start: int,
    leaves: Sequence[bytes],
    disclosures: Sequence[bytes],
    *,
    complete: bool = True,
    pick: Callable[[OpenedEntry], T | None] | None = None,
    where: str = "",
) -> OpenedChunk[T]:
    """Open the entries `start`... of `log`; line i of `leaves` belongs to line i of `disclosures`, no newlines.

    `pick` is asked about every entry, and what it gives that is not None is passed on in `picked`. Enforces what
    `LogVerifier` says of single entries. To run in another process, `pick` must be a function of a module.
    """
    if len(leaves) != len(disclosures):
        raise AlteredError(f"{len(leaves)} leaves have {len(disclosures)} lines of disclosures", where=where)
    tally = Tally()
    founding = None
    hashes = []
    picked: list[T] = []
    for seq, (leaf, opened) in enumerate(zip(leaves, disclosures, strict=True), start):
        entry = _open(log, seq, leaf, opened, complete, where)
        if seq == 0:
            founding = _founding(entry, where)
        hashes.append(entry.hash)
        tally.add(entry)
        if pick is not None and (result := pick(entry)) is not None:
            picked.append(result)
    return OpenedChunk(log, start, b"".join(hashes), tally, founding, picked)


class VerifiedHead(NamedTuple):
    """The head that a log was verified against."""

    origin: str
    mission: str
    log: str
    size: int
    root: bytes
    public_key: bytes


class LogVerifier:
    """Verifies one log, fed in order from its first entry (or from the frontier before a stretch of it).

    Every entry:
    - opens completely, each digest by one disclosure, and names its own fields (`complete=False`: what is opened
      belongs to it, and the tally says how many of how many);
    - stands in this log and at its own number, which count from 0 without a gap.

    The first entry is of kind `log` and names the device's public key; that key is sound, hashes to the log's id,
    and is the one expected where one is. A log whose first entry is not fed, or withholds this, needs the key
    from outside.

    `finish` checks a checkpoint: signed by that key, of this log (and mission, where one is expected), its size
    and its root those of what was fed. Heads that were seen earlier must have been met on the way, so nothing
    was dropped, changed or inserted since.

    Entries of newer versions count by their bytes. Times that run backwards and entries without an author are
    remarks in the tally: clocks are claims. Anything else is AlteredError, or UnreadableError where it is not of
    the format; after an error the verifier must not be used further.
    """

    def __init__(
        self,
        log: str,
        *,
        public_key: bytes | None = None,
        mission: str | None = None,
        complete: bool = True,
        frontier: Frontier | None = None,
        earlier: Iterable[tuple[int, bytes]] = (),
        on_hashes: Callable[[bytes], object] | None = None,
        where: str = "",
    ) -> None:
        """`earlier`: sizes and roots of heads seen before. `on_hashes` is given the leaf hashes as they pass."""
        self.log = log
        self.mission = mission
        self.tally = Tally()
        self.founding: Founding | None = None
        self._where = where or log
        self._complete = complete
        self._frontier = frontier.copy() if frontier is not None else Frontier()
        self._on_hashes = on_hashes
        self._key: bytes | None = None
        self._heads: dict[int, bytes] = {}
        for size, root in earlier:
            if self._heads.setdefault(size, root) != root:
                raise AlteredError(f"two different heads of size {size} were seen", where=self._where)
        if any(size < max(1, self._frontier.size) for size in self._heads):
            raise UsageError("an earlier head lies before what is to be verified")
        if public_key is not None:
            self._take_key(public_key)
        self._meet()

    @property
    def size(self) -> int:
        """How many entries the log has so far."""
        return self._frontier.size

    @property
    def root(self) -> bytes:
        """The root over all entries so far."""
        return self._frontier.root()

    @property
    def frontier(self) -> Frontier:
        """A copy of the tree's right edge, to go on from later."""
        return self._frontier.copy()

    @property
    def public_key(self) -> bytes | None:
        """The device's key, once it is known."""
        return self._key

    def feed(self, leaf: bytes, disclosures: bytes) -> OpenedEntry:
        """Take the next entry; give it opened."""
        seq = self._frontier.size
        entry = _open(self.log, seq, leaf, disclosures, self._complete, self._where)
        if seq == 0:
            self._found(_founding(entry, self._where))
        self._frontier.append(entry.hash)
        self.tally.add(entry)
        if self._on_hashes is not None:
            self._on_hashes(entry.hash)
        if self._heads:
            self._meet()
        return entry

    def feed_chunk(self, chunk: OpenedChunk[Any]) -> None:
        """Take the next stretch, opened by `open_chunk`."""
        if chunk.log != self.log or chunk.start != self._frontier.size:
            raise UsageError(f"the stretch of {chunk.log} from {chunk.start} does not follow {self.size}")
        if chunk.start == 0 and chunk.hashes:
            self._found(chunk.founding)
        for i in range(0, len(chunk.hashes), 32):
            self._frontier.append(chunk.hashes[i : i + 32])
            if self._heads:
                self._meet()
        self.tally.merge(chunk.tally, chunk.start)
        if self._on_hashes is not None:
            self._on_hashes(chunk.hashes)

    def finish(self, note: bytes, public_key: bytes | None = None) -> VerifiedHead:
        """Check the checkpoint `note` against everything fed. May be asked at every checkpoint on the way."""
        if public_key is not None:
            self._take_key(public_key)
        if self._key is None:
            raise UsageError(f"the key of the log {self.log} is not known")
        head = open_checkpoint(note, self._key, where=self._where)
        mission, log = split_origin(head.origin, where=self._where)
        if log != self.log:
            raise AlteredError(f"the checkpoint is that of the log {log}", where=self._where)
        if self.mission is not None and mission != self.mission:
            raise AlteredError(f"the checkpoint is that of the mission {mission}", where=self._where)
        if head.size != self.size:
            raise AlteredError(
                f"the checkpoint counts {head.size} entries, but there are {self.size}", where=self._where
            )
        if head.root != self.root:
            raise AlteredError(
                "the entries are not those that the checkpoint was signed over", where=self._where
            )
        if self._heads:
            ahead = min(self._heads)
            raise AlteredError(
                f"the log ends at {self.size} entries, but {ahead} were seen before", where=self._where
            )
        return VerifiedHead(head.origin, mission, log, head.size, head.root, self._key)

    def extends(self, size: int, root: bytes, proof: Sequence[bytes]) -> None:
        """Check by a consistency proof that what was fed extends an earlier head. AlteredError where not."""
        verify_consistency(size, self.size, root, self.root, proof)

    def _found(self, founding: Founding | None) -> None:
        if founding is not None:
            self.founding = founding
            self._take_key(founding.public_key)
        elif self._key is None:
            raise AlteredError("the first entry does not show the log's key", where=self._where)

    def _take_key(self, public_key: bytes) -> None:
        if self._key is not None:
            if public_key != self._key:
                raise AlteredError("the log has another key than expected", where=self._where)
            return
        keys.check_public_key(public_key, where=self._where)
        if keys.log_id(public_key) != self.log:
            raise AlteredError("the key is not that of this log", where=self._where)
        self._key = public_key

    def _meet(self) -> None:
        root = self._heads.pop(self._frontier.size, None)
        if root is not None and root != self._frontier.root():
            raise AlteredError(
                f"the log does not extend what was seen of it at {self.size} entries", where=self._where
            )


def _open(log: str, seq: int, leaf: bytes, disclosures: bytes, complete: bool, where: str) -> OpenedEntry:
    place = f"{where or log}:{seq + 1}"
    entry = open_entry(leaf, disclosures, where=place, complete=complete)
    if entry.log != log:
        raise AlteredError(f"the entry belongs to the log {entry.log}", where=place)
    if entry.seq != seq:
        raise AlteredError(f"the entry is number {entry.seq} of its log, not {seq}", where=place)
    return entry


def _founding(entry: OpenedEntry, where: str) -> Founding | None:
    """What the first entry says; None where it withholds that."""
    kind, key = entry.fields.get("kind"), entry.fields.get(".key")
    if entry.version > VERSION and (kind != FOUNDING_KIND or key is None):
        raise NewerFormatError("the log was begun by a newer fieldkit", where=where)
    whole = entry.opened == entry.of
    if kind != FOUNDING_KIND and (whole or kind is not None):
        raise AlteredError("a log begins with an entry of kind log", where=where)
    if key is None and not whole:
        return None
    try:
        raw = base64.b64decode(key, validate=True) if isinstance(key, str) else b""
    except (binascii.Error, ValueError) as error:
        raise UnreadableError("the log's key is not base64", where=where) from error
    if len(raw) != keys.KEY_BYTES:
        raise AlteredError("the first entry does not name the log's key", where=where)
    device, letter = entry.fields.get(".device"), entry.fields.get(".letter")
    return Founding(raw, device if isinstance(device, str) else "", letter if isinstance(letter, str) else "")
