"""One consistent state of a vault, read while others go on writing: logs, entries, records.

Whatever comes from other laptops is brought into a form that the database takes: ids that are none, times that the
calendar lacks and NUL characters are no reason to publish nothing.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import Any, Final, NamedTuple, TypeVar

import msgspec

from fieldkit.domain.jsontypes import JSON
from fieldkit.domain.moments import AT_PATTERN
from fieldkit.domain.values import RECORD_PATTERN
from fieldkit.errors import UnreadableError
from fieldkit.journal.checkpoint import unverified_checkpoint
from fieldkit.journal.leaf import open_entry
from fieldkit.journal.merkle import Frontier
from fieldkit.vault.compartments import SEALED, is_enclosed, sealed_in
from fieldkit.vault.database import Reader as StoreReader
from fieldkit.vault.packing import read_packed, unpack
from fieldkit.vault.reading import VaultReader
from fieldkit.vault.tables import fold_entries
from fieldkit.vault.vault import Vault

T = TypeVar("T")
Row = tuple[object, ...]

_AT_ONCE: Final = 500
_SHORT: Final = 200
_NUL: Final = "\N{SYMBOL FOR NULL}"
_RAW: Final = "e.hash, e.log, e.seq, e.record, e.leaf, e.body"
_ID: Final = re.compile(RECORD_PATTERN)
_AT: Final = re.compile(AT_PATTERN)
_encode: Final = msgspec.json.Encoder().encode


class Log(NamedTuple):
    """A log: its name for people, its standing, and how far it is here without a gap."""

    log: str
    letter: str
    device: str
    role: str
    cut: int | None
    public_key: bytes
    size: int
    root: bytes


class State(NamedTuple):
    """What an entry has beside its content: why it does not count, whether it is of a compartment and whether that stays
    closed, and whether it lies after a gap or in another branch."""

    objection: str | None
    enclosed: bool
    sealed: bool
    beyond: bool


PLAIN: Final = State(None, enclosed=False, sealed=False, beyond=False)


class Snapshot:
    """Reads one state of the vault. With `closed`, nothing of compartments is opened."""

    def __init__(self, store: StoreReader, *, closed: bool) -> None:
        self._store = store
        self._reader = VaultReader(store)
        self._closed = closed
        self.mission = self._reader.meta("mission")
        self.states = self._states()

    def logs(self) -> list[Log]:
        """Every log of which anything is here."""
        rows = self._store.rows(
            "SELECT l.log, l.letter, l.device, coalesce(s.role, ''), s.cut, l.public_key, l.size, l.frontier"
            " FROM logs l LEFT JOIN standings s ON s.log = l.log ORDER BY l.log"
        )
        return [
            Log(log, _text(letter), _text(device), role, cut, bytes(key), size, Frontier.decode(edge).root())
            for log, letter, device, role, cut, key, size, edge in rows
        ]

    def root_at(self, log: str, size: int) -> bytes | None:
        """The root over the first entries of a log, where a head of that size is kept."""
        note = self._store.value("SELECT note FROM checkpoints WHERE log = ? AND size = ?", (log, size))
        return None if note is None else unverified_checkpoint(bytes(note)).root

    def hashes(self, log: str) -> set[bytes]:
        """Every entry of a log that is here, all branches."""
        sql = "SELECT hash FROM entries WHERE log = ? UNION SELECT hash FROM branches WHERE log = ?"
        return {row[0] for row in self._store.rows(sql, (log, log))}

    def known(self, hashes: Iterable[bytes]) -> set[bytes]:
        """Those of these entries that are here."""
        return {row[0] for row in self._chosen(hashes)}

    def stretch(
        self, log: str, first: int, size: int, without: Collection[bytes]
    ) -> Iterator[tuple[str, Row]]:
        """Record and row of each entry from `first` on that has no state of its own and is not left out."""
        sql = f"SELECT {_RAW} FROM entries e WHERE log = ? AND seq >= ? AND seq < ? ORDER BY seq"
        for raw in self._store.stream(sql, (log, first, size)):
            if raw[0] not in self.states and raw[0] not in without:
                yield self._entry(raw, None, PLAIN)

    def entries(self, hashes: Iterable[bytes]) -> Iterator[tuple[str, Row]]:
        """Record and row of each of these entries."""
        for raw in self._chosen(hashes):
            state = self.states.get(raw[0], PLAIN)
            opened = None
            if state.enclosed and not state.sealed:
                opened = self._store.value("SELECT opened FROM sealed WHERE hash = ?", (raw[0],))
            yield self._entry(raw, opened, state)

    def records(self, ids: Collection[str] | None) -> Iterator[tuple[str, Row, bool]]:
        """Id and row of each of these records (of all), and whether values differ in it."""
        columns = "id, kind, number, author, log, seq, recorded, occurred, mark, retracted, differs, doc"
        for row in self._by_id("SELECT " + columns + " FROM records", "id", ids, "n"):
            record = row[0]
            if _ID.fullmatch(record) and not (self._closed and is_enclosed(record)):
                yield record, self._record(row), bool(row[10])

    def links(self, ids: Collection[str] | None) -> Iterator[Row]:
        """Every link that goes out from these records (from all)."""
        for source, field, target in self._by_id(
            "SELECT source, field, target FROM links", "source", ids, "target"
        ):
            whole = _ID.fullmatch(source) and _ID.fullmatch(target)
            if whole and not (self._closed and is_enclosed(source)):
                yield self.mission, source, field, target

    def differences(self, record: str) -> Iterator[Row]:
        """The values that stand against each other in a record."""
        folded = fold_entries(self._reader.entries_of(record))
        for field in folded.differs:
            for leaf, value in folded.fields[field].values.items():
                yield self.mission, record, _text(field), _bytes(bytes.fromhex(leaf)), _json(value)

    def title(self) -> str | None:
        """The mission's title."""
        view = self._reader.peek(self.mission)
        title = view.doc.get("title") if view else None
        return _text(title) if isinstance(title, str) else None

    def _states(self) -> dict[bytes, State]:
        found: dict[bytes, State] = {}
        for (leaf,) in self._store.rows(
            "SELECT hash FROM branches UNION ALL"
            " SELECT e.hash FROM logs l JOIN entries e ON e.log = l.log AND e.seq >= l.size"
        ):
            found[leaf] = PLAIN._replace(beyond=True)
        for leaf, opened in self._store.rows("SELECT hash, opened IS NOT NULL FROM sealed"):
            sealed = self._closed or not opened
            found[leaf] = found.get(leaf, PLAIN)._replace(enclosed=True, sealed=sealed)
        for leaf, reason in self._store.rows("SELECT hash, reason FROM quarantine"):
            found[leaf] = found.get(leaf, PLAIN)._replace(objection=_text(reason))
        return found

    def _chosen(self, hashes: Iterable[bytes]) -> Iterator[tuple[Any, ...]]:
        for some in _some(hashes):
            marks = ",".join("?" * len(some))
            seen = set()
            for table in ("entries", "branches"):
                for raw in self._store.rows(f"SELECT {_RAW} FROM {table} e WHERE hash IN ({marks})", some):
                    if raw[0] not in seen:
                        seen.add(raw[0])
                        yield raw

    def _by_id(
        self, select: str, column: str, ids: Collection[str] | None, order: str
    ) -> Iterator[tuple[Any, ...]]:
        if ids is None:
            yield from self._store.stream(f"{select} ORDER BY {order}")
            return
        for some in _some(ids):
            yield from self._store.rows(f"{select} WHERE {column} IN ({','.join('?' * len(some))})", some)

    def _entry(self, raw: tuple[Any, ...], opened: bytes | None, state: State) -> tuple[str, Row]:
        leaf_hash, log, seq, record, leaf, body = raw
        fields = _fields(opened or body, leaf)
        compartment = None
        if state.enclosed:
            within = sealed_in(fields if opened is None else _fields(body, leaf))
            compartment = _id(within.compartment) if within else None
        if state.sealed:
            fields = {"kind": SEALED, "act": SEALED, "recorded": fields.get("recorded")}
            record = ""
        about = _id(record)
        recorded = fields.get("recorded")
        clock = recorded if isinstance(recorded, dict) else {}
        offset, supersedes = clock.get("offset"), fields.get("supersedes")
        row = (
            self.mission,
            _bytes(leaf_hash),
            log,
            seq,
            about,
            _short(fields.get("kind")) or "",
            _short(fields.get("act")) or "",
            _short(fields.get("number")),
            _id(fields.get("author")),
            _moment(clock.get("at")),
            _short(offset),
            _text(reason) if isinstance(reason := fields.get("reason"), str) else None,
            _json({name[1:]: value for name, value in fields.items() if name[:1] == "."}),
            _json(supersedes) if isinstance(supersedes, dict) else None,
            compartment,
            state.sealed,
            state.objection,
            state.beyond,
        )
        return about or "", row

    def _record(self, row: tuple[Any, ...]) -> Row:
        record, kind, number, author, log, seq, recorded, occurred, mark, retracted, differs, doc = row
        return (
            self.mission,
            record,
            _short(kind),
            _short(number),
            _id(author),
            log,
            seq,
            _moment(recorded),
            _moment(occurred),
            _text(mark),
            bool(retracted),
            [_text(field) for field in differs.split()],
            _clean(doc),
        )


@contextlib.contextmanager
def snapshot(vault: Vault, *, closed: bool) -> Iterator[Snapshot]:
    """The vault's state as it is now, whatever is recorded meanwhile."""
    with vault.database.reader() as store:
        store.execute("BEGIN")
        yield Snapshot(store, closed=closed)


def _fields(body: bytes, leaf: bytes | None) -> dict[str, JSON]:
    """What a stored entry says; of one of a newer version, what can be understood of it."""
    try:
        return read_packed(body)
    except UnreadableError:
        if leaf is None:
            raise
        return open_entry(leaf, unpack(body), complete=False).fields


def _some(items: Iterable[T]) -> Iterator[Sequence[T]]:
    iterator = iter(items)
    while some := list(islice(iterator, _AT_ONCE)):
        yield some


def _id(value: object) -> str | None:
    return value if isinstance(value, str) and _ID.fullmatch(value) else None


def _bytes(value: bytes) -> str:
    return "\\x" + value.hex()


def _text(value: str) -> str:
    return value.replace("\x00", _NUL)


def _short(value: object) -> str | None:
    return _text(value[:_SHORT]) if isinstance(value, str) else None


def _moment(value: object) -> str | None:
    if not isinstance(value, str) or not _AT.fullmatch(value):
        return None
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return None
    return value


def _json(value: JSON) -> str:
    return _clean(_encode(value).decode())


def _clean(text: str) -> str:
    """JSON text without NUL characters, which the database cannot keep."""
    if "\\u0000" not in text:
        return text
    return _encode(_without_nul(msgspec.json.decode(text))).decode()


def _without_nul(value: Any) -> Any:
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, list):
        return [_without_nul(member) for member in value]
    if isinstance(value, dict):
        return {_text(name): _without_nul(member) for name, member in value.items()}
    return value
