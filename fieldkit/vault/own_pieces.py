"""Entries of this laptop's own logs on their way into segments: what is in none yet, piece by piece, and where each lies."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from fieldkit.domain.values import GREATEST_INTEGER
from fieldkit.errors import UsageError
from fieldkit.journal.checkpoint import Checkpoint, sign_checkpoint
from fieldkit.journal.keys import DeviceKey
from fieldkit.journal.merkle import Frontier
from fieldkit.vault.fold import EntryView
from fieldkit.vault.packing import read_packed
from fieldkit.vault.spans import Span, Spans
from fieldkit.vault.vault import Vault

_OPENING: Final = 2
"""How many entries at the beginning of a log say whose it is."""


class Uncut(NamedTuple):
    """Entries of an own log that are in no segment yet: the tree before the first, bodies and leaves, the head after."""

    key: DeviceKey
    frontier: Frontier
    entries: Sequence[tuple[bytes, bytes | None]]
    note: bytes


class OwnPieces:
    """Reads and writes through the vault's writing connection."""

    def __init__(self, vault: Vault) -> None:
        self._store = vault.database

    def has_uncut(self, log: str) -> bool:
        """Whether an own log has entries that are in no segment."""
        cut = self._cut(log)
        return bool(cut < self._store.value("SELECT size FROM logs WHERE log = ?", (log,)))

    def uncut_kinds(self, log: str) -> set[str]:
        """The kinds of record that an own log's entries in no segment are about; empty where there is none."""
        return self.kinds(log, self._cut(log), GREATEST_INTEGER)

    def kinds(self, log: str, first: int, last: int) -> set[str]:
        """The kinds of record that entries of a log are about; the empty text for one that is not folded."""
        rows = self._store.rows(
            "SELECT DISTINCT coalesce(r.kind, '') FROM entries e LEFT JOIN records r ON r.id = e.record"
            " WHERE e.log = ? AND e.seq BETWEEN ? AND ?",
            (log, first, last),
        )
        return {row[0] for row in rows}

    def uncut(self, log: str, most_entries: int, enough_bytes: int) -> Iterator[Uncut]:
        """What of an own log is in no segment, in pieces."""
        key = self._key(log)
        frontier = self._frontier(log, self._cut(log))
        size = self._store.value("SELECT size FROM logs WHERE log = ?", (log,))
        while frontier.size < min(size, 2**62):
            yield self._piece(log, key, frontier, min(size, frontier.size + most_entries), enough_bytes)

    def said_to_all(self, log: str) -> list[tuple[int, int]]:
        """Where an own log says what everybody has to hear, as stretches from one number up to another: in its opening,
        which says whose it is where it continues another, and where it strikes somebody off. What comes behind a gap is left
        out: of a disk that was put back, entries may have come from a depot without those before them."""
        rows = self._store.rows(
            "SELECT e.seq, e.body FROM entries e JOIN records r ON r.id = e.record JOIN logs l ON l.log = e.log"
            " WHERE e.log = ? AND e.seq < l.size AND r.kind IN ('log', 'member') ORDER BY e.seq",
            (log,),
        )
        said = [(seq, EntryView.read(b"", log, seq, read_packed(bytes(body))).values) for seq, body in rows]
        continues = any(seq == 0 and "previous" in values for seq, values in said)
        found: list[tuple[int, int]] = []
        for seq, values in said:
            if "cut_log" in values or (continues and seq < _OPENING):
                first = found.pop()[0] if found and found[-1][1] == seq else seq
                found.append((first, seq + 1))
        return found

    def piece(self, log: str, first: int, stop: int) -> Uncut:
        """Entries of an own log once more, from one number up to another."""
        return self._piece(log, self._key(log), self._frontier(log, first), stop, 0)

    def keep(self, log: str, note: bytes, span: Span) -> None:
        """Remember, within the caller's transaction, the signed head after entries of an own log, and in which span of its
        tree they travel."""
        self._store.execute("INSERT OR IGNORE INTO checkpoints VALUES (?,?,?)", (log, span.stop, note))
        hashes = self._store.rows(
            "SELECT hash FROM entries WHERE log = ? AND seq >= ? AND seq < ?", (log, span.first, span.stop)
        )
        spans = Spans(self._store)
        spans.lie_within(spans.add(log, span), (leaf_hash for (leaf_hash,) in hashes))

    def _frontier(self, log: str, size: int) -> Frontier:
        frontier = Frontier()
        for (leaf_hash,) in self._store.stream(
            "SELECT hash FROM entries WHERE log = ? AND seq < ? ORDER BY seq", (log, size)
        ):
            frontier.append(leaf_hash)
        return frontier

    def _key(self, log: str) -> DeviceKey:
        seed = self._store.value("SELECT value FROM secrets WHERE name = ?", (f"device/{log}",))
        if seed is None:
            raise UsageError(
                f"the log {log} is another laptop's", remedy="Only its own laptop cuts it: sync there."
            )
        return DeviceKey.from_bytes(bytes(seed))

    def _piece(self, log: str, key: DeviceKey, frontier: Frontier, stop: int, enough_bytes: int) -> Uncut:
        """Entries of an own log from where the tree ends, which grows by them: up to `stop`, or to so many bytes (0: any)."""
        before, entries, held = frontier.copy(), [], 0
        for leaf_hash, leaf, body in self._store.rows(
            "SELECT hash, leaf, body FROM entries WHERE log = ? AND seq >= ? AND seq < ? ORDER BY seq",
            (log, before.size, stop),
        ):
            frontier.append(leaf_hash)
            entries.append((bytes(body), leaf))
            held += len(body)
            if 0 < enough_bytes <= held:
                break
        return Uncut(key, before, entries, self._note(log, key, frontier))

    def _cut(self, log: str) -> int:
        """Up to which entry an own log is in segments. What another laptop had of it counts as far as the log is one: of a
        disk that was put back, the other history is in segments, too, and this one's entries must travel all the same."""
        sql = (
            "SELECT max(last) + 1 FROM segments WHERE log = :log AND (cut OR (folded AND"
            " last < coalesce((SELECT min(seq) FROM branches WHERE log = :log), last + 1)))"
        )
        return self._store.value(sql, {"log": log}) or 0

    def _note(self, log: str, key: DeviceKey, frontier: Frontier) -> bytes:
        """The signed head of an own log at this size; signed now where it was not."""
        where = (log, frontier.size)
        note = self._store.value("SELECT note FROM checkpoints WHERE log = ? AND size = ?", where)
        if note is None:
            origin = self._store.value("SELECT origin FROM logs WHERE log = ?", (log,))
            note = sign_checkpoint(Checkpoint(origin, frontier.size, frontier.root()), key)
        return bytes(note)
