"""Everything that can be read from a vault. A reader holds a connection of its own and never writes.

Lists come in pages by key, so that 100,000 records neither fill memory nor block a writer.
"""

from __future__ import annotations

import builtins
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import msgspec

from fieldkit.domain.jsontypes import JSON, Doc
from fieldkit.domain.numbers import parse_number
from fieldkit.domain.serials import forms_near
from fieldkit.domain.views import RecordView
from fieldkit.errors import UsageError
from fieldkit.journal.leaf import leaf_of
from fieldkit.vault.compartments import is_enclosed
from fieldkit.vault.database import Reader as StoreReader
from fieldkit.vault.fold import EntryView, canonical
from fieldkit.vault.packing import read_packed, unpack
from fieldkit.vault.search import find_rows
from fieldkit.vault.tables import KEYED, fold_entries, known_kind, lookup_key

_PAGE = 500
_CANDIDATES = 10
_ID_LENGTH = 36
_COLUMNS = "id, number, kind, doc, author, log, seq, recorded, occurred, mark, retracted, differs"


@dataclass(frozen=True, slots=True)
class LogView:
    """One log of the mission: who writes it, its key (32 raw bytes), its size and whether this laptop writes it."""

    log: str
    device: str
    letter: str
    public_key: bytes
    origin: str
    size: int
    own: bool


@dataclass(frozen=True, slots=True)
class StoredEntry:
    """One entry as stored: the bytes of its leaf and of its disclosures, and the leaf hash (32 bytes)."""

    seq: int
    hash: bytes
    leaf: bytes
    disclosures: bytes


@dataclass(frozen=True, slots=True)
class Difference:
    """One field of one record in which unequal values stand; `values` pairs each with the entry that holds it."""

    record: RecordView
    field: str
    values: tuple[tuple[JSON, EntryView], ...]


class VaultReader:
    """Reads records, journal and local state through one connection, in the thread that opened it."""

    def __init__(self, store: StoreReader) -> None:
        self._store = store

    def close(self) -> None:
        """Give the connection back."""
        self._store.close()

    def stop(self) -> None:
        """Break off what is being asked, and whatever is asked for from now on: `InterruptedByUserError`. From any thread."""
        self._store.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def resolve(self, ref: str) -> str:
        """The record id that `ref` names: an id, the beginning of one (8 characters or more) or a human number."""
        wanted = ref.strip()
        if len(wanted) == _ID_LENGTH:
            rows = self._rows("SELECT id FROM records WHERE id = ?", wanted.lower())
        else:
            try:
                rows = self._rows("SELECT id FROM records WHERE number = ?", str(parse_number(wanted)))
            except UsageError:
                rows = []
            if not rows and len(wanted) >= 8 and set(wanted.lower()) <= set("0123456789abcdef-"):
                low = wanted.lower()
                rows = self._rows("SELECT id FROM records WHERE id >= ? AND id < ? LIMIT 2", low, low + "~")
        if len(rows) == 1:
            return str(rows[0][0])
        if rows:
            raise UsageError(
                f"{wanted} names several records:{''.join(map(self._candidate, rows[:_CANDIDATES]))}",
                remedy="Give the id of the one that is meant, or the beginning of it.",
            )
        raise UsageError(
            f"no record {wanted!r} in this mission",
            remedy="Search finds its number: Ctrl+P on the screens, `fieldkit search` or `fieldkit list KIND` besides.",
        )

    def _candidate(self, row: Any) -> str:
        """A line for people who have to tell one record from others that are called the same."""
        view = self.peek(row[0])
        if view is None:
            return f"\n  {row[0]}"
        known = known_kind(view.kind)
        log = next((one for one in self.logs() if one.log == view.log), None)
        by = f"laptop {log.letter}, log {view.log[:8]}" if log else f"log {view.log[:8]}"
        summary = known.summary(view.doc) if known else ""
        return f"\n  {view.id}  {view.kind}  {summary}  ({by}, recorded {view.recorded[:16].replace('T', ' ')} UTC)"

    def get(self, ref: str) -> RecordView:
        """The record that an id or a human number names."""
        view = self.peek(self.resolve(ref))
        if view is None:
            raise UsageError(f"no record {ref!r} in this mission")
        return view

    def peek(self, record_id: str) -> RecordView | None:
        """The record with exactly this id, or None."""
        rows = self._rows(f"SELECT {_COLUMNS} FROM records WHERE id = ?", record_id)
        return _view(rows[0]) if rows else None

    def kind_of(self, record_id: str) -> str | None:
        """The kind of the record with exactly this id, or None."""
        rows = self._rows("SELECT kind FROM records WHERE id = ?", record_id)
        return str(rows[0][0]) if rows else None

    def list(self, kind: str | None = None, *, retracted: bool = False) -> Iterator[RecordView]:
        """All records of a kind (of every kind: None) in the order of their numbers; retracted ones only if asked."""
        after: tuple[Any, ...] = (kind or "", "", -1, "")
        # Bounds of one key from both sides: with kind = ? beside it, every page would begin with the first record.
        where = "AND kind <= ?" if kind else ""
        gone = "" if retracted else "AND retracted = 0"
        while True:
            rows = self._rows(
                f"SELECT {_COLUMNS}, letter, ordinal FROM records WHERE (kind, letter, ordinal, id) > (?,?,?,?)"
                f" {where} {gone} ORDER BY kind, letter, ordinal, id LIMIT {_PAGE}",
                *after,
                *((kind,) if kind else ()),
            )
            yield from map(_view, rows)
            if len(rows) < _PAGE:
                return
            last = rows[-1]
            after = (last[2], last[-2], last[-1], last[0])

    def latest(self, limit: int) -> Sequence[RecordView]:
        """The records that occurred last, newest first."""
        return [
            _view(row)
            for row in self._rows(
                f"SELECT {_COLUMNS} FROM records WHERE retracted = 0 ORDER BY occurred DESC, n DESC LIMIT ?",
                limit,
            )
        ]

    def count(self, kind: str | None = None) -> int:
        """How many records of a kind (or in all) stand, retracted ones left out."""
        where, values = ("kind = ? AND", (kind,)) if kind else ("", ())
        return int(self._rows(f"SELECT count(*) FROM records WHERE {where} retracted = 0", *values)[0][0])

    def counts(self) -> dict[str, int]:
        """How many records of each kind stand."""
        return {
            row[0]: row[1]
            for row in self._rows("SELECT kind, count(*) FROM records WHERE retracted = 0 GROUP BY kind")
        }

    def marks(self) -> Sequence[str]:
        """Every handling mark that occurs, sorted."""
        return [
            row[0] for row in self._rows("SELECT DISTINCT mark FROM records WHERE mark <> '' ORDER BY mark")
        ]

    def marks_within(self) -> Sequence[str]:
        """Every handling mark of what stands in the mission, besides its own, sorted."""
        within = "SELECT 1 FROM records WHERE mark <> '' AND mark = ? AND retracted = 0 AND kind <> 'mission' LIMIT 1"
        return [mark for mark in self.marks() if any(self._rows(within, mark))]

    def find(self, kind: str, field: str, value: JSON) -> Iterator[RecordView]:
        """Records of a kind in which `field` is, or holds, `value`; retracted ones too. Quick for the fields in
        `tables.KEYED` and for links, else a scan."""
        columns = ", ".join(f"r.{name.strip()}" for name in _COLUMNS.split(","))
        if isinstance(value, str) and field in KEYED.get(kind, ()):
            rows = self._rows(
                f"SELECT {columns} FROM keyed k JOIN records r ON r.id = k.record"
                " WHERE k.kind = ? AND k.field = ? AND k.value = ? ORDER BY r.id",
                kind,
                field,
                lookup_key(field, value),
            )
            yield from map(_view, rows)
        elif isinstance(value, str) and _is_link(kind, field):
            yield from (view for view in self.referring(value, field) if view.kind == kind)
        else:
            wanted = canonical(value)
            for view in self.list(kind, retracted=True):
                held = view.doc.get(field)
                if wanted in map(canonical, held if isinstance(held, list) else [held]):
                    yield view

    def referring(self, record_id: str, field: str | None = None) -> Iterator[RecordView]:
        """Records that link to this one (by `field` only, if given); retracted ones too."""
        columns = ", ".join(f"r.{name.strip()}" for name in _COLUMNS.split(","))
        narrowed = "AND l.field = ?" if field else ""
        rows = self._rows(
            f"SELECT DISTINCT {columns} FROM links l JOIN records r ON r.id = l.source"
            f" WHERE l.target = ? {narrowed} ORDER BY r.kind, r.letter, r.ordinal, r.id",
            record_id,
            *((field,) if field else ()),
        )
        yield from map(_view, rows)

    def serial_matches(self, text: str) -> Sequence[RecordView]:
        """Items one of whose serials may be near `text`: case, spacing, look-alikes and zeros before a number unified."""
        forms = sorted(forms_near(text))
        rows = self._rows(
            "SELECT DISTINCT record FROM keyed WHERE kind = 'item' AND field = 'serials'"
            f" AND value IN ({','.join('?' * len(forms))}) ORDER BY record",
            *forms,
        )
        return [view for row in rows if (view := self.peek(row[0])) is not None]

    def serials_of(self, forms: Collection[str], limit: int) -> Sequence[RecordView]:
        """Items one of whose serials, declared or read on the spot, has one of these normal forms; at most `limit`."""
        rows = self._rows(
            "SELECT DISTINCT record FROM keyed WHERE kind = 'item' AND field IN ('serials', 'observed_serials')"
            " AND value IN (SELECT value FROM json_each(?)) ORDER BY record LIMIT ?",
            msgspec.json.encode(sorted(forms)).decode(),
            limit,
        )
        return [view for row in rows if (view := self.peek(row[0])) is not None]

    def serials_like(self, pattern: str, limit: int) -> Sequence[RecordView]:
        """Items one of whose serials has a normal form that fits a GLOB pattern (`serials.glob`); at most `limit`."""
        start = pattern.partition("?")[0].partition("*")[0]
        rows = self._rows(
            "SELECT DISTINCT record FROM keyed WHERE kind = 'item' AND field IN ('serials', 'observed_serials')"
            " AND value >= ? AND value < ? AND value GLOB ? ORDER BY record LIMIT ?",
            start,
            start + "\U0010ffff",
            pattern,
            limit,
        )
        return [view for row in rows if (view := self.peek(row[0])) is not None]

    def search(self, text: str, kinds: Collection[str] = (), limit: int = 50) -> Sequence[RecordView]:
        """Records in which every term of `text` occurs, newest first; retracted ones too, marked as such."""
        rows = find_rows(self._store, text, kinds, limit)
        found = {
            row[0]: _view(row[1:])
            for row in self._rows(
                f"SELECT n, {_COLUMNS} FROM records WHERE n IN ({','.join('?' * len(rows))})",
                *rows,
            )
        }
        return [found[n] for n in rows if n in found]

    def history(self, ref: str) -> Sequence[EntryView]:
        """Every entry about a record, oldest first."""
        return self.entries_of(self.resolve(ref))

    def entries_of(self, record_id: str) -> Sequence[EntryView]:
        """Every entry that counts about the record with exactly this id, in the order of arrival here."""
        rows = self._rows("SELECT hash, log, seq, body FROM counted WHERE record = ? ORDER BY n", record_id)
        return [entry_of(row) for row in rows]

    def holds(self, leaf: str) -> bool:
        """Whether the entry with this leaf hash (hex) is here, whether it counts or not."""
        try:
            wanted = bytes.fromhex(leaf)
        except ValueError:
            return False
        return any(
            self._rows(f"SELECT 1 FROM {table} WHERE hash = ?", wanted) for table in ("entries", "branches")
        )

    def compartment_of(self, record_id: str) -> str:
        """The id of the compartment that the record is in, empty for one that everybody reads."""
        if not is_enclosed(record_id):
            return ""
        rows = self._rows(
            "SELECT s.compartment FROM counted c JOIN sealed s ON s.hash = c.hash WHERE c.record = ? LIMIT 1",
            record_id,
        )
        return str(rows[0][0]) if rows else ""

    def differences(self) -> Iterator[Difference]:
        """Every field in which two or more unequal values stand."""
        for row in self._rows(f"SELECT {_COLUMNS} FROM records WHERE differs <> '' ORDER BY kind, id"):
            record = _view(row)
            entries = self.entries_of(record.id)
            by_hash = {entry.hash: entry for entry in entries}
            folded = fold_entries(entries)
            for field in record.differs:
                standing = folded.fields[field].values
                yield Difference(
                    record, field, tuple((standing[leaf], by_hash[leaf]) for leaf in sorted(standing))
                )

    def logs(self) -> Sequence[LogView]:
        """Every log of which the beginning is here, sorted by id."""
        rows = self._rows(
            "SELECT log, device, letter, public_key, origin, size, own FROM logs WHERE size > 0 OR own ORDER BY log"
        )
        return [
            LogView(log, device, letter, bytes(key), origin, size, bool(own))
            for log, device, letter, key, origin, size, own in rows
        ]

    def entries(self, log: str, start: int = 0, stop: int | None = None) -> Iterator[StoredEntry]:
        """The entries of a log with start <= seq < stop, in order, as stored."""
        end = stop if stop is not None else 2**62
        while start < end:
            rows = self._rows(
                "SELECT seq, hash, leaf, body FROM entries WHERE log = ? AND seq >= ? AND seq < ?"
                f" ORDER BY seq LIMIT {_PAGE}",
                log,
                start,
                end,
            )
            for seq, leaf_hash, leaf, body in rows:
                disclosures = unpack(body)
                yield StoredEntry(seq, leaf_hash, leaf or leaf_of(disclosures, log, seq), disclosures)
            if len(rows) < _PAGE:
                return
            start = rows[-1][0] + 1

    def leaf_hashes(self, log: str, size: int) -> Sequence[bytes]:
        """The first `size` leaf hashes of a log (32 bytes each)."""
        return [
            row[0]
            for row in self._rows(
                "SELECT hash FROM entries WHERE log = ? AND seq < ? ORDER BY seq", log, size
            )
        ]

    def checkpoint(self, log: str, size: int | None = None) -> bytes:
        """The signed note over a log's last checkpoint (or over the one of exactly `size`)."""
        narrowed = "AND size = ?" if size is not None else ""
        rows = self._rows(
            f"SELECT note FROM checkpoints WHERE log = ? {narrowed} ORDER BY size DESC LIMIT 1",
            log,
            *((size,) if size is not None else ()),
        )
        if not rows:
            raise UsageError(f"log {log} has no checkpoint{'' if size is None else f' of size {size}'}")
        return bytes(rows[0][0])

    def thumbnail(self, sha256: str) -> bytes | None:
        """The stored thumbnail (JPEG) of an original, or None."""
        rows = self._rows("SELECT jpeg FROM thumbnails WHERE sha256 = ?", sha256)
        return bytes(rows[0][0]) if rows else None

    def drafts(self) -> dict[str, Doc]:
        """Every kept draft by name, the last saved first."""
        return {
            row[0]: msgspec.json.decode(row[1])
            for row in self._rows("SELECT name, body FROM drafts ORDER BY saved DESC, name")
        }

    def export_count(self) -> int:
        """How many bundles this laptop has made."""
        return int(self._rows("SELECT count(*) FROM exports")[0][0])

    def meta(self, name: str) -> str:
        """A stored setting; the empty string where it was never set."""
        rows = self._rows("SELECT value FROM meta WHERE name = ?", name)
        return str(rows[0][0]) if rows else ""

    def _ids(self, sql: str, *values: Any) -> builtins.list[str]:
        """The ids that a statement selects as `id`, in its order. All of them come as one text, so that the engine gathers
        100,000 without stopping at each for the other threads of the program, and they for it."""
        ((found,),) = self._rows(f"SELECT group_concat(id, ' ') FROM ({sql})", *values)
        return str(found).split(" ") if found else []

    def _rows(self, sql: str, *values: Any) -> Sequence[Any]:
        return self._store.rows(sql, values)


def entry_of(row: Sequence[Any]) -> EntryView:
    """An entry from its row in `counted`: hash, log, seq, body."""
    return EntryView.read(row[0], row[1], row[2], read_packed(row[3]))


def _is_link(kind: str, field: str) -> bool:
    known = known_kind(kind)
    return known is not None and any(link.name == field for link in known.links)


def _view(row: Any) -> RecordView:
    return RecordView(
        id=row[0],
        number=row[1],
        kind=row[2],
        doc=msgspec.json.decode(row[3]),
        author=row[4],
        log=row[5],
        seq=row[6],
        recorded=row[7],
        occurred=row[8],
        mark=row[9],
        retracted=bool(row[10]),
        differs=tuple(row[11].split()),
    )
