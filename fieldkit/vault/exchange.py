"""What a laptop keeps of what travels: segments and keys as they lie in depots, receipts, copies, what was shed.

None of this is folded; losing it costs another journey and no more.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from fieldkit.errors import UsageError
from fieldkit.journal.checkpoint import Checkpoint, sign_checkpoint
from fieldkit.journal.keys import DeviceKey
from fieldkit.journal.merkle import Frontier
from fieldkit.vault.vault import Vault


class HeldSegment(NamedTuple):
    """A segment as it is kept: the parts of its name (`hash` is that of its bytes), whether it is folded, its size."""

    hash: str
    log: str
    first: int
    last: int
    folded: bool
    size: int


class Uncut(NamedTuple):
    """Entries of an own log that are in no segment yet: the tree before the first, bodies and leaves, the head after."""

    key: DeviceKey
    frontier: Frontier
    entries: Sequence[tuple[bytes, bytes | None]]
    note: bytes


class Exchange:
    """Reads and writes it through the vault's writing connection."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self._store = vault.database

    def keyring(self) -> dict[str, bytes]:
        """Every object of the keyring by its hash."""
        return {name: bytes(body) for name, body in self._store.rows("SELECT name, body FROM keyring")}

    def keep_keys(self, objects: Iterable[tuple[str, bytes]]) -> None:
        """Keep objects of the keyring."""
        with self._store.write():
            self._store.connection.executemany("INSERT OR IGNORE INTO keyring VALUES (?,?)", objects)

    def segments(self) -> list[HeldSegment]:
        """Every segment that is here."""
        rows = self._store.rows("SELECT name, log, first, last, folded, length(sealed) FROM segments")
        return [
            HeldSegment(name, log, first, last, bool(folded), size)
            for name, log, first, last, folded, size in rows
        ]

    def segment(self, name: str) -> bytes:
        """The bytes of a segment."""
        return bytes(self._store.value("SELECT sealed FROM segments WHERE name = ?", (name,)))

    def keep_segments(self, segments: Iterable[tuple[HeldSegment, bytes]]) -> None:
        """Keep segments as they travel."""
        with self._store.write():
            self._store.connection.executemany(
                "INSERT OR IGNORE INTO segments (name, log, first, last, folded, sealed) VALUES (?,?,?,?,?,?)",
                [(*held[:4], int(held.folded), sealed) for held, sealed in segments],
            )

    def drop_segments(self, names: Iterable[str]) -> None:
        """Forget segments that turned out to be unsound; nothing of them was folded."""
        with self._store.write():
            self._store.connection.executemany(
                "DELETE FROM segments WHERE folded = 0 AND name = ?", [(name,) for name in names]
            )

    def own_logs(self) -> list[str]:
        """Every log whose key is here: the one that is written and those that were left."""
        rows = self._store.rows(
            "SELECT l.log FROM secrets s JOIN logs l ON l.log = substr(s.name, 8)"
            " WHERE s.name LIKE 'device/%' AND l.size > 0 ORDER BY l.log"
        )
        return [row[0] for row in rows]

    def uncut(self, log: str, most_entries: int, enough_bytes: int) -> Iterator[Uncut]:
        """What of an own log is in no segment, in pieces; each is asked for after the one before was kept."""
        seed = self._store.value("SELECT value FROM secrets WHERE name = ?", (f"device/{log}",))
        if seed is None:
            raise UsageError(f"the log {log} is another laptop's")
        key = DeviceKey.from_bytes(bytes(seed))
        frontier = Frontier()
        cut = self._store.value("SELECT max(last) + 1 FROM segments WHERE log = ?", (log,)) or 0
        for (leaf_hash,) in self._store.stream(
            "SELECT hash FROM entries WHERE log = ? AND seq < ? ORDER BY seq", (log, cut)
        ):
            frontier.append(leaf_hash)
        size = self._store.value("SELECT size FROM logs WHERE log = ?", (log,))
        while frontier.size < min(size, 2**62):
            before, entries, held = frontier.copy(), [], 0
            for leaf_hash, leaf, body in self._store.rows(
                "SELECT hash, leaf, body FROM entries WHERE log = ? AND seq >= ? AND seq < ? ORDER BY seq",
                (log, before.size, min(size, before.size + most_entries)),
            ):
                frontier.append(leaf_hash)
                entries.append((bytes(body), leaf))
                held += len(body)
                if held >= enough_bytes:
                    break
            yield Uncut(key, before, entries, self._note(log, key, frontier))

    def has_uncut(self, log: str) -> bool:
        """Whether an own log has entries that are in no segment."""
        cut = self._store.value("SELECT max(last) + 1 FROM segments WHERE log = ?", (log,)) or 0
        return bool(cut < self._store.value("SELECT size FROM logs WHERE log = ?", (log,)))

    def _note(self, log: str, key: DeviceKey, frontier: Frontier) -> bytes:
        """The signed head of an own log at this size; signed now where it was not."""
        where = (log, frontier.size)
        note = self._store.value("SELECT note FROM checkpoints WHERE log = ? AND size = ?", where)
        if note is None:
            origin = self._store.value("SELECT origin FROM logs WHERE log = ?", (log,))
            note = sign_checkpoint(Checkpoint(origin, frontier.size, frontier.root()), key)
            with self._store.write():
                self._store.execute("INSERT OR IGNORE INTO checkpoints VALUES (?,?,?)", (*where, note))
        return bytes(note)

    def roster(self, kinds: Sequence[str]) -> Iterator[tuple[str, bytes, int, bytes, bytes]]:
        """Every entry about records of these kinds that counts: log, its key, number, leaf (where kept), body."""
        for log, key, seq, leaf, body in self._store.rows(
            "SELECT e.log, l.public_key, e.seq, e.leaf, e.body FROM entries e JOIN logs l ON l.log = e.log"
            " JOIN records r ON r.id = e.record WHERE e.hash NOT IN (SELECT hash FROM quarantine)"
            f" AND r.kind IN ({','.join('?' * len(kinds))}) ORDER BY e.log, e.seq",
            tuple(kinds),
        ):
            yield log, bytes(key), seq, bytes(leaf or b""), bytes(body)

    def founding(self, founder: str) -> bytes | None:
        """The leaf hash of the mission's first entry, if it is here."""
        found = self._store.value("SELECT hash FROM entries WHERE log = ? AND seq = 0", (founder,))
        return None if found is None else bytes(found)

    def receipts(self) -> dict[str, tuple[str, bytes]]:
        """Every receipt by its hash: who gives it, and its bytes."""
        rows = self._store.rows("SELECT name, log, body FROM receipts")
        return {name: (log, bytes(body)) for name, log, body in rows}

    def shed(self) -> set[str]:
        """Parts that were given up here, because others have them."""
        return {row[0] for row in self._store.rows("SELECT part FROM shed")}
