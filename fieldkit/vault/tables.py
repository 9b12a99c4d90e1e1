"""Writing the folded tables: one row per record, its links, its look-up keys and its place in the search index.

Only the recorder and the refold call this; what it writes is a function of the record's entries alone.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping

import msgspec

from fieldkit.domain.fields import Field, FieldType
from fieldkit.domain.jsontypes import JSON, Doc
from fieldkit.domain.kinds import Kind, all_kinds
from fieldkit.domain.numbers import parse_number
from fieldkit.domain.serials import normal_form
from fieldkit.errors import UsageError
from fieldkit.vault.database import Reader as StoreReader
from fieldkit.vault.fold import ADD, EntryView, Folded, canonical, fold

KEYED: Mapping[str, tuple[str, ...]] = {
    "camera": ("fingerprint", "serial"),
    "declaration": ("file_sha256",),
    "item": ("serials", "observed_serials"),
    "location": ("name",),
    "media": ("sha256",),
    "person": ("name",),
    "photo": ("sha256",),
    "seal": ("number",),
}
"""Fields whose values are looked up quickly (`Reader.find`), per kind."""

_READ_OFF_THINGS = frozenset({"serials", "observed_serials", "number"})
_HELD_BACK = 1000
_INSERT = (
    "INSERT INTO records (n, id, kind, letter, ordinal, number, doc, author, log, seq, recorded, occurred, mark,"
    " retracted, differs) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"
)

_KINDS: dict[str, Kind] = {}
_SETS: dict[str, frozenset[str]] = {}


def known_kind(name: str) -> Kind | None:
    """The kind, or None when a newer version recorded something unknown here."""
    if not _KINDS:
        _KINDS.update({kind.name: kind for kind in all_kinds()})
    return _KINDS.get(name)


def set_fields(kind_name: str) -> frozenset[str]:
    """The names of the kind's fields that are sets."""
    if kind_name not in _SETS:
        kind = known_kind(kind_name)
        names = () if kind is None else (name for name, field in kind.fields.items() if field.many)
        _SETS[kind_name] = frozenset(names)
    return _SETS[kind_name]


def search_text(text: str) -> str:
    """The form in which text is indexed and asked for: compatibility forms unified, case folded."""
    return text.lower() if text.isascii() else unicodedata.normalize("NFKC", text).casefold()


def fold_entries(entries: Iterable[EntryView]) -> Folded:
    """`fold` with the sets of the record's kind."""
    held = list(entries)
    first = min(held, key=lambda entry: (entry.act != ADD, entry.log, entry.seq, entry.hash))
    return fold(held, set_fields(first.kind))


class Tables:
    """Writes rows for folded records through one connection, inside the caller's transaction.

    Rows are held back and written many at a time: who reads them through the connection, or commits, calls `flush`
    before.
    """

    def __init__(self, store: StoreReader) -> None:
        self._connection = store.connection
        self._last = store.value("SELECT max(n) FROM records") or 0
        self._rows: list[tuple[object, ...]] = []
        self._links: list[tuple[str, str, str]] = []
        self._keys: list[tuple[str, str, str, str]] = []
        self._bodies: list[tuple[int, str]] = []

    def flush(self) -> None:
        """Write everything held back so far."""
        insert = self._connection.executemany
        if self._rows:
            insert(_INSERT, self._rows)
        if self._links:
            insert("INSERT OR IGNORE INTO links VALUES (?,?,?)", self._links)
        if self._keys:
            insert("INSERT OR IGNORE INTO keyed VALUES (?,?,?,?)", self._keys)
        if self._bodies:
            insert("INSERT INTO words (rowid, body) VALUES (?,?)", self._bodies)
            insert("INSERT INTO parts (rowid, body) VALUES (?,?)", self._bodies)
        for held in (self._rows, self._links, self._keys, self._bodies):
            held.clear()

    def insert(self, entry: EntryView) -> None:
        """The row of a record whose only entry is this addition."""
        sets = set_fields(entry.kind)
        doc: Doc = {
            name: sorted(value, key=canonical) if name in sets and isinstance(value, list) else value
            for name, value in entry.values.items()
            if value is not None and value != []
        }
        self._write(None, entry, doc, retracted=False, differs=())

    def restore(self, entries: Iterable[EntryView]) -> None:
        """The row of a record that has none, from all its entries."""
        self._write_folded(None, fold_entries(entries))

    def rewrite(self, record_id: str, entries: Iterable[EntryView]) -> None:
        """Replace the row of a record by what all its entries give."""
        self.flush()
        self.renew(record_id, entries)

    def renew(self, record_id: str, entries: Iterable[EntryView]) -> None:
        """`rewrite` for a record of which nothing is held back; one without entries loses its row."""
        held = list(entries)
        row = self._connection.execute("SELECT n FROM records WHERE id = ?", (record_id,)).fetchone()
        if row is not None:
            for table, key in (("records", "n"), ("words", "rowid"), ("parts", "rowid")):
                self._connection.execute(f"DELETE FROM {table} WHERE {key} = ?", row)
            self._connection.execute("DELETE FROM links WHERE source = ?", (record_id,))
            self._connection.execute("DELETE FROM keyed WHERE record = ?", (record_id,))
        if held:
            self._write_folded(row[0] if row else None, fold_entries(held))

    def clear(self) -> None:
        """Empty every folded table, before a refold."""
        for table in ("records", "links", "keyed", "words", "parts"):
            self._connection.execute(f"DELETE FROM {table}")
        self._last = 0

    def _write_folded(self, n: int | None, folded: Folded) -> None:
        self._write(n, folded.first, folded.doc, retracted=folded.retracted, differs=folded.differs)

    def _write(
        self, n: int | None, first: EntryView, doc: Doc, *, retracted: bool, differs: tuple[str, ...]
    ) -> None:
        letter, ordinal = number_parts(first.number)
        recorded = _instant(first.recorded)
        if n is None:
            n = self._last = self._last + 1
        self._rows.append(
            (
                n,
                first.record,
                first.kind,
                letter,
                ordinal,
                first.number,
                msgspec.json.encode(doc, order="sorted").decode(),
                first.author,
                first.log,
                first.seq,
                recorded,
                _instant(doc.get("occurred")) or recorded,
                mark if isinstance(mark := doc.get("mark"), str) else "",
                int(retracted),
                " ".join(differs),
            )
        )
        self._index(n, first, doc)

    def _index(self, n: int, first: EntryView, doc: Doc) -> None:
        kind = known_kind(first.kind)
        self._links += [
            (target, field.name, first.record)
            for field in (kind.links if kind else ())
            if field.name in doc
            for target in _targets(field, doc[field.name])
        ]
        self._keys += [
            (first.kind, name, lookup_key(name, value), first.record)
            for name in KEYED.get(first.kind, ())
            if name in doc
            for value in _each(doc[name])
        ]
        texts = kind.searchable(doc) if kind else [v for v in doc.values() if isinstance(v, str)]
        body = search_text("\n".join([first.number, *texts]))
        self._bodies.append((n, body))
        if len(self._bodies) >= _HELD_BACK:
            self.flush()


def lookup_key(field: str, value: str) -> str:
    """The form in which a keyed value is stored and asked for: serials and seal numbers in their normal form."""
    return (normal_form(value) or value) if field in _READ_OFF_THINGS else value


def _each(value: JSON) -> list[str]:
    if isinstance(value, str):
        return [value]
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def _instant(moment: JSON | Mapping[str, JSON] | None) -> str:
    at = moment.get("at") if isinstance(moment, dict) else None
    return at if isinstance(at, str) else ""


def number_parts(number: str) -> tuple[str, int]:
    """Letter and ordinal of a human number, by which records are sorted."""
    try:
        parsed = parse_number(number)
    except UsageError:
        return "", 0
    return parsed.letter, parsed.number


def _targets(field: Field, value: JSON) -> list[str]:
    """The record ids that a field links to, those inside structures too."""
    if isinstance(value, str):
        return [value] if field.type is FieldType.RECORD else []
    if isinstance(value, list):
        return [target for member in value for target in _targets(field, member)]
    if isinstance(value, dict):
        return [t for part in field.parts if part.name in value for t in _targets(part, value[part.name])]
    return []
