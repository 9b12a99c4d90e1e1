"""Taking in entries of other laptops: stored, judged and folded in one transaction.

What arrives has been verified by itself: a stretch of one log under its laptop's signature. Stretches may come in any
order and with gaps; a log's verified size grows when a gap closes. Two different entries at one place of a log are a
fork: both branches are kept and both count. The tables that come out are a function of the set of entries alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from fieldkit.errors import UnreadableError
from fieldkit.journal.checkpoint import log_origin, open_checkpoint, unverified_checkpoint
from fieldkit.journal.leaf import VERSION, OpenedEntry, open_entry, read_fields
from fieldkit.journal.merkle import Frontier
from fieldkit.vault.belonging import JUDGED
from fieldkit.vault.compartments import SEALED, Look, look
from fieldkit.vault.database import Reader as StoreReader
from fieldkit.vault.fold import EntryView
from fieldkit.vault.locks import Locks
from fieldkit.vault.packing import unpack
from fieldkit.vault.reading import VaultReader
from fieldkit.vault.spans import Span, Spans
from fieldkit.vault.standing import Standing, judge
from fieldkit.vault.tables import Tables, known_kind

_ACTS = ("member", "log")
_PAGE = 1000
_LEAF = re.compile("[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Incoming:
    """One verified entry in its stored form. `leaf` is given only where the disclosures do not make it."""

    opened: OpenedEntry
    leaf: bytes | None
    body: bytes


@dataclass(frozen=True, slots=True)
class Stretch:
    """Entries `first`... of one log, the root of its tree before them (empty for none) and the signed head right after the
    last (empty: vouched for otherwise)."""

    log: str
    public_key: bytes
    first: int
    before: bytes
    entries: Sequence[Incoming]
    note: bytes


@dataclass(frozen=True, slots=True)
class Fork:
    """A log that was written twice: `seq` is the first place at which two entries are known."""

    log: str
    seq: int
    hashes: tuple[str, str]


@dataclass(slots=True)
class Merged:
    """What a merge brought: entries new here, records that changed, logs written twice, entries of unknown kinds and of
    compartments that are not read here."""

    entries: int = 0
    records: int = 0
    unknown: int = 0
    sealed: int = 0
    forks: list[Fork] = field(default_factory=list)


class Merge:
    """One merge within the caller's transaction: `take` any number of stretches, then `finish`."""

    def __init__(self, store: StoreReader, reader: VaultReader, *, members_changed: bool = False) -> None:
        self._store = store
        self._reader = reader
        self._mission = reader.meta("mission")
        self._touched: set[str] = set()
        self._fresh: dict[str, list[_Said]] = {}
        self._acts = members_changed
        self._spans = Spans(store)
        self._merged = Merged()
        self._secrets: dict[tuple[str, int], list[bytes]] | None = None

    def take(self, stretch: Stretch) -> None:
        """Store the entries of a stretch. What is here already changes nothing."""
        self._know(stretch.log, stretch.public_key)
        stop = stretch.first + len(stretch.entries)
        stored = self._store.rows(
            "SELECT seq, hash, span FROM entries WHERE log = ? AND seq >= ? AND seq < ?",
            (stretch.log, stretch.first, stop),
        )
        here: dict[int, bytes] = {seq: leaf_hash for seq, leaf_hash, _ in stored}
        span = self._span(stretch, stop)
        within = {leaf_hash for _, leaf_hash, its in stored if its == span}
        other = next(
            (
                one.opened
                for one in stretch.entries
                if here.get(one.opened.seq, one.opened.hash) != one.opened.hash
            ),
            None,
        )
        if other is not None:
            self._fork(stretch.log, other.seq, here[other.seq], other.hash)
        table = "entries" if other is None else "branches"
        known = [
            one.opened.hash
            for one in stretch.entries
            if here.get(one.opened.seq) == one.opened.hash or not self._store_entry(table, one, span)
        ]
        if span is not None:
            self._spans.lie_within(span, (one for one in known if one not in within))
        if stretch.note and other is None:
            head = open_checkpoint(stretch.note, stretch.public_key, where=f"log {stretch.log}")
            self._store.execute(
                "INSERT OR IGNORE INTO heads (log, size, root, note) VALUES (?,?,?,?)",
                (stretch.log, head.size, head.root, stretch.note),
            )

    def finish(self) -> Merged:
        """Join what has no gaps, judge, and fold every record that is touched."""
        self._open_waiting()
        for log in self._fresh:
            self._advance(log)
        for table in ("entries", "branches"):
            self._store.execute(f"DELETE FROM awaited WHERE hash IN (SELECT hash FROM {table})")
        self._judge()
        self._fold()
        self._name_logs()
        self._count_numbers()
        self._merged.records = len(self._touched)
        return self._merged

    def membership(self) -> Iterator[EntryView]:
        """Every entry that says who belongs to the team, whether it counts or not."""
        columns = "hash, log, seq, leaf, body"
        seen = set()
        for table in ("entries", "branches"):
            for row in self._store.rows(
                f"SELECT {columns} FROM {table} WHERE hash IN (SELECT hash FROM acts) OR record IN"
                f" (SELECT id FROM records WHERE kind IN ('member', 'log'))"
            ):
                if row[0] not in seen:
                    seen.add(row[0])
                    yield EntryView.read(row[0], row[1], row[2], _opened(row).fields)

    def _know(self, log: str, public_key: bytes) -> None:
        self._store.execute(
            "INSERT OR IGNORE INTO logs (log, device, letter, public_key, origin, size, frontier, own)"
            " VALUES (?,'','',?,?,0,?,0)",
            (log, public_key, log_origin(self._mission, log), Frontier().encode()),
        )
        self._fresh.setdefault(log, [])

    def _span(self, stretch: Stretch, stop: int) -> int | None:
        """The number of the span in which these entries lie; None where they are vouched for otherwise."""
        if not stretch.note:
            return None
        root = unverified_checkpoint(stretch.note).root
        return self._spans.add(stretch.log, Span(stretch.first, stretch.before, stop, root))

    def _store_entry(self, table: str, one: Incoming, span: int | None) -> bool:
        """Whether it is new here."""
        entry = one.opened
        seen = self._look(entry)
        record = seen.fields.get("id")
        named = record if isinstance(record, str) and _reads_quickly(one) else ""
        done = self._store.execute(
            f"INSERT OR IGNORE INTO {table} (hash, log, seq, record, span, leaf, body) VALUES (?,?,?,?,?,?,?)",
            (entry.hash, entry.log, entry.seq, named, span, one.leaf, one.body),
        )
        if not done.rowcount:
            return False
        self._merged.entries += 1
        self._touched.add(named)
        self._fresh[entry.log].append(_said(entry, seen))
        self._await(entry, seen)
        kind = seen.fields.get("kind")
        if seen.sealed is not None:
            self._store.execute(
                "INSERT OR IGNORE INTO sealed (hash, compartment, epoch, opened) VALUES (?,?,?,?)",
                (entry.hash, seen.sealed.compartment, seen.sealed.epoch, seen.opened),
            )
            self._merged.sealed += seen.opened is None
        elif kind in _ACTS:
            self._acts = True
            self._store.execute("INSERT OR IGNORE INTO acts (hash) VALUES (?)", (entry.hash,))
        elif not isinstance(kind, str) or known_kind(kind) is None:
            self._merged.unknown += 1
        return True

    def _await(self, entry: OpenedEntry, seen: Look) -> None:
        """Note what the entry takes the place of; what is here by the end is forgotten again."""
        record, supersedes = seen.fields.get("id"), seen.fields.get("supersedes")
        if not isinstance(record, str) or not isinstance(supersedes, dict):
            return
        self._store.connection.executemany(
            "INSERT OR IGNORE INTO awaited (hash, superseded_by, record, field) VALUES (?,?,?,?)",
            [
                (bytes.fromhex(leaf), entry.hash, record, field)
                for field, leaves in supersedes.items()
                for leaf in (leaves if isinstance(leaves, list) else ())
                if isinstance(leaf, str) and _LEAF.fullmatch(leaf)
            ],
        )

    def _look(self, entry: OpenedEntry) -> Look:
        """The entry, opened where it is one of a compartment that is read here."""
        return look(self._mission, entry.log, entry.seq, entry.fields, self._keys)

    def _keys(self, compartment: str, epoch: int) -> Sequence[bytes]:
        if self._secrets is None:
            self._secrets = Locks(self._store, self._reader).secrets()
        return self._secrets.get((compartment, epoch), ())

    def _open_waiting(self) -> None:
        """Open what lies sealed here and came before its key."""
        waiting = self._store.rows("SELECT hash, compartment, epoch FROM sealed WHERE opened IS NULL")
        for leaf_hash, compartment, epoch in waiting:
            if not self._keys(compartment, epoch):
                continue
            for table in ("entries", "branches"):
                for row in self._store.rows(
                    f"SELECT hash, log, seq, leaf, body FROM {table} WHERE hash = ?", (leaf_hash,)
                ):
                    entry = _opened(row)
                    seen = self._look(entry)
                    said = _said(entry, seen)
                    self._fresh.setdefault(entry.log, []).append(said)
                    if seen.opened is not None:
                        self._await(entry, seen)
                        self._touched.add(said.record)
                        self._store.execute(
                            f"UPDATE {table} SET record = ? WHERE hash = ?", (said.record, leaf_hash)
                        )
                        self._store.execute(
                            "UPDATE sealed SET opened = ? WHERE hash = ?", (seen.opened, leaf_hash)
                        )

    def _fork(self, log: str, seq: int, one: bytes, two: bytes) -> None:
        first, second = sorted((one.hex(), two.hex()))
        self._merged.forks.append(Fork(log, seq, (first, second)))

    def _advance(self, log: str) -> None:
        """Let the verified part of a log grow over every entry that follows without a gap, up to a signed head."""
        ((size, encoded),) = self._store.rows("SELECT size, frontier FROM logs WHERE log = ?", (log,))
        frontier = Frontier.decode(encoded)
        heads: dict[int, dict[bytes, bytes]] = {}
        for at, root, note in self._store.rows(
            "SELECT size, root, note FROM heads WHERE log = ? AND size > ? ORDER BY size", (log, size)
        ):
            heads.setdefault(at, {})[root] = note
        while heads:
            stop = min(heads)
            known = heads.pop(stop)
            hashes = self._hashes(log, frontier.size, stop)
            if len(hashes) != stop - frontier.size:
                return
            longer = frontier.copy()
            for leaf in hashes:
                longer.append(leaf)
            root = longer.root()
            if root not in known:
                self._part(log, frontier.size, stop)
                return
            frontier = longer
            self._store.execute(
                "INSERT OR IGNORE INTO checkpoints (log, size, note) VALUES (?,?,?)", (log, stop, known[root])
            )
            self._store.execute(
                "UPDATE logs SET size = ?, frontier = ? WHERE log = ?", (stop, frontier.encode(), log)
            )

    def _hashes(self, log: str, start: int, stop: int) -> list[bytes]:
        return [
            row[0]
            for row in self._store.rows(
                "SELECT hash FROM entries WHERE log = ? AND seq >= ? AND seq < ? ORDER BY seq",
                (log, start, stop),
            )
        ]

    def _part(self, log: str, start: int, stop: int) -> None:
        """Entries that follow by number but not by the signed head belong to another branch of the log."""
        first, *_ = self._hashes(log, start, stop)
        self._fork(log, start, first, b"")
        values = (log, start, stop)
        within = "log = ? AND seq >= ? AND seq < ?"
        self._store.execute(
            "INSERT OR IGNORE INTO branches (hash, log, seq, record, span, leaf, body)"
            f" SELECT hash, log, seq, record, span, leaf, body FROM entries WHERE {within}",
            values,
        )
        self._store.execute(f"DELETE FROM entries WHERE {within}", values)
        self._store.execute("DELETE FROM heads WHERE log = ? AND size = ?", (log, stop))

    def _judge(self) -> None:
        """Put into quarantine what does not count, and take out what does."""
        before = {log: Standing(*rest) for log, *rest in self._store.rows("SELECT * FROM standings")}
        judgement = judge(self._mission, self._reader.meta("founder"), self.membership(), self._spans)
        now = judgement.standings
        changed = {log for log in before.keys() | now.keys() if before.get(log) != now.get(log)}
        if changed:
            self._store.execute("DELETE FROM standings")
            self._store.connection.executemany(
                "INSERT INTO standings VALUES (?,?,?,?,?)",
                [(log, *standing) for log, standing in now.items()],
            )
        # What is left of a log that was struck off depends on what leads up to where, and that has come meanwhile.
        cut = {log for log, standing in now.items() if standing.cut is not None}
        anew = changed | (cut if self._acts else cut & self._fresh.keys())
        for log in anew | self._fresh.keys():
            said: Iterable[_Said] = self._fresh.get(log, ())
            if log in anew:
                said = (_said(entry, self._look(entry)) for entry in self._all(log))
            roots = self._spans.roots_of(log) if log in cut else {}
            for one in said:
                against = judgement.objection(
                    one.kind, one.log, one.seq, one.hash, one.record, one.judged, roots.get(one.hash, ())
                )
                self._quarantine(one, against or one.objection)

    def _quarantine(self, entry: _Said, reason: str) -> None:
        if reason:
            done = self._store.execute(
                "INSERT OR REPLACE INTO quarantine (hash, reason) VALUES (?,?)", (entry.hash, reason)
            )
            if entry.kind in _ACTS:
                # No record tells of it any more, and it may come to count again.
                self._store.execute("INSERT OR IGNORE INTO acts (hash) VALUES (?)", (entry.hash,))
        else:
            done = self._store.execute("DELETE FROM quarantine WHERE hash = ?", (entry.hash,))
        if done.rowcount:
            self._touched.add(entry.record)

    def _all(self, log: str) -> Iterator[OpenedEntry]:
        for table in ("entries", "branches"):
            after = -1
            while rows := self._store.rows(
                f"SELECT hash, log, seq, leaf, body, n FROM {table} WHERE log = ? AND n > ? ORDER BY n LIMIT {_PAGE}",
                (log, after),
            ):
                yield from map(_opened, rows)
                after = rows[-1][5]

    def _name_logs(self) -> None:
        """Device and letter of each log, as its first entry or its admission says."""
        for (log,) in self._store.rows("SELECT log FROM logs WHERE letter = ''"):
            for name, letter in self._store.rows(
                "SELECT doc ->> 'device', doc ->> 'letter' FROM records WHERE (kind = 'log' AND log = ? AND seq = 0)"
                " OR (kind = 'member' AND doc ->> 'log' = ?) ORDER BY kind LIMIT 1",
                (log, log),
            ):
                self._store.execute(
                    "UPDATE logs SET device = ?, letter = ? WHERE log = ?", (name or "", letter or "", log)
                )

    def _fold(self) -> None:
        self._touched.discard("")
        tables = Tables(self._store)
        for record in sorted(self._touched):
            tables.renew(record, self._reader.entries_of(record))
        tables.flush()

    def _count_numbers(self) -> None:
        """No number that an earlier incarnation of this laptop gave is given again."""
        for kind, used in self._store.rows(
            "SELECT kind, max(ordinal) FROM records WHERE letter = ? GROUP BY kind",
            (self._reader.meta("letter"),),
        ):
            known = known_kind(kind)
            if known is not None:
                self._store.execute(
                    "INSERT INTO numbers (series, last) VALUES (?,?)"
                    " ON CONFLICT (series) DO UPDATE SET last = max(last, excluded.last)",
                    (known.series, used),
                )


class _Said(NamedTuple):
    """What decides whether an entry counts; `judged` where its kind is one of `JUDGED`, `objection` where it is out of its
    place."""

    hash: bytes
    log: str
    seq: int
    record: str
    kind: str
    judged: EntryView | None
    objection: str


def _said(entry: OpenedEntry, seen: Look) -> _Said:
    kind, record = seen.fields.get("kind"), seen.fields.get("id")
    closed = seen.sealed is not None and seen.opened is None
    judged = kind in JUDGED and not closed
    return _Said(
        entry.hash,
        entry.log,
        entry.seq,
        record if isinstance(record, str) else "",
        SEALED if closed else kind if isinstance(kind, str) else "",
        EntryView.read(entry.hash, entry.log, entry.seq, seen.fields) if judged else None,
        seen.objection,
    )


def _opened(row: tuple[bytes, str, int, bytes | None, bytes, *tuple[int, ...]]) -> OpenedEntry:
    """A stored entry; one of a newer version is opened the long way."""
    leaf_hash, log, seq, leaf, body = row[:5]
    disclosures = unpack(body)
    try:
        fields = read_fields(disclosures)
    except UnreadableError:
        if leaf is None:
            raise
        return open_entry(leaf, disclosures, complete=False)
    return OpenedEntry(log, seq, fields, leaf_hash, 0, 0, 1)


def _reads_quickly(one: Incoming) -> bool:
    """Whether an entry can be folded; one of a newer version may not be, and is kept and passed on all the same."""
    if one.opened.version == VERSION:
        return True
    try:
        read_fields(unpack(one.body))
    except UnreadableError:
        return False
    return True
