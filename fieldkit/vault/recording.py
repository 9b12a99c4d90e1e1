"""The one way in: from changes to signed entries and folded tables, inside one transaction.

Everything is checked first (form, then the rules of the field), numbered, sealed into leaves, appended to this
laptop's log and folded. A checkpoint is signed at the end and at every 200th leaf. Nothing here commits: the vault
does, and only then are the results acknowledged.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import msgspec

from fieldkit.domain.decode import normalise, resolve_links
from fieldkit.domain.jsontypes import JSON, Doc
from fieldkit.domain.kinds import kind as kind_named
from fieldkit.domain.moments import canonical_moment
from fieldkit.domain.numbers import format_number
from fieldkit.domain.rules import check
from fieldkit.domain.values import TEXT_LIMIT, canonical_text
from fieldkit.errors import RefusedError, UsageError
from fieldkit.journal.checkpoint import Checkpoint, sign_checkpoint
from fieldkit.journal.keys import DeviceKey
from fieldkit.journal.merkle import Frontier
from fieldkit.vault.clock import Clock
from fieldkit.vault.database import Reader as StoreReader
from fieldkit.vault.enclosing import Enclosing
from fieldkit.vault.fold import ADD, AMEND, RETRACT, EntryView, Folded, canonical
from fieldkit.vault.lookup import Lookup
from fieldkit.vault.naming import target
from fieldkit.vault.reading import VaultReader
from fieldkit.vault.sealing import Sealed, Sealer
from fieldkit.vault.tables import Tables, fold_entries, set_fields

CHECKPOINT_EVERY = 200
_ID_LENGTH = 36


class Add(msgspec.Struct, frozen=True):
    """A new record. Links in `values` are record ids or human numbers; `id` is chosen here unless given.

    `normal` says that `values` are as `normalise` gave them and all links are ids, so that long lists are read through
    once only; the rules of the field are asked all the same.

    `compartment` (its record id) seals the record for the readers of a compartment, who alone will see it; empty, it is
    sealed only if its kind belongs in one or it refers to a record of one.
    """

    kind: str
    values: Mapping[str, JSON]
    id: str | None = None
    normal: bool = False
    compartment: str = ""


@dataclass(frozen=True, slots=True)
class Amend:
    """New values for some fields: `set` replaces a value (None clears it), `add` and `remove` change sets."""

    ref: str
    reason: str
    set: Mapping[str, JSON] = field(default_factory=dict)
    add: Mapping[str, Sequence[JSON]] = field(default_factory=dict)
    remove: Mapping[str, Sequence[JSON]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Retract:
    """The record no longer stands; it stays in the journal, with the reason."""

    ref: str
    reason: str


Change = Add | Amend | Retract


class Recorded(msgspec.Struct, frozen=True):
    """What was made durable: the record's id and number, and the leaf hash (hex) of the entry."""

    id: str
    number: str
    hash: str


@dataclass(frozen=True, slots=True)
class LogHead:
    """A log's last checkpoint: size in leaves, root (32 bytes) and the signed note."""

    log: str
    size: int
    root: bytes
    note: bytes


@dataclass(frozen=True, slots=True)
class Recorder:
    """Turns changes into entries of one log, through one connection, within the caller's transaction."""

    store: StoreReader
    reader: VaultReader
    key: DeviceKey
    origin: str
    letter: str
    clock: Clock

    def record(self, changes: Sequence[Change], author: str) -> tuple[list[Recorded], LogHead]:
        """Append one entry per change. `author` is a person's record id. Raises `UsageError` for what is not of
        the form asked for and `RefusedError` for what a rule of the field refuses; the caller then rolls back."""
        batch = _Batch(self, author, len(changes))
        try:
            for position, change in enumerate(changes):
                batch.put(position, change)
            return batch.finish()
        finally:
            batch.close()


class _Prefixed(dict[str, str]):
    """Names of a record's fields, each with the dot that it has in an entry: one text for all entries."""

    def __missing__(self, name: str) -> str:
        prefixed = self[name] = "." + name
        return prefixed


class _Batch:
    """The entries of one transaction."""

    def __init__(self, recorder: Recorder, author: str, expected: int) -> None:
        self._recorder = recorder
        self._store = recorder.store
        self._reader = recorder.reader
        self._tables = Tables(recorder.store)
        self._log = recorder.key.log_id
        self._author = author
        stamp = recorder.clock.read()
        self._recorded = stamp.recorded()
        self._occurred = canonical_moment(stamp.occurred())
        self._prefixed = _Prefixed()
        self._lookup = Lookup(self._reader, self._tables.flush)
        ((self._start, frontier),) = self._store.rows(
            "SELECT size, frontier FROM logs WHERE log = ?", (self._log,)
        )
        self._frontier = Frontier.decode(frontier)
        self._sealer = Sealer(self._log, self._start, expected)
        self._enclosing = Enclosing(self._store, self._reader, recorder.key)
        self._waiting: list[tuple[str, tuple[str, int, bytes] | None]] = []
        self._done: list[tuple[str, str]] = []
        self._hashes: list[bytes] = []
        self._numbers: dict[str, int] = {}
        self._note = b""

    def put(self, position: int, change: Change) -> None:
        """Check, number, fold and hand over for sealing."""
        if isinstance(change, Add):
            self._add(change, position)
        else:
            self._settle()
            if isinstance(change, Amend):
                self._amend(change)
            else:
                self._retract(change)

    def finish(self) -> tuple[list[Recorded], LogHead]:
        """Seal what is left, sign the checkpoint and write the log's new head."""
        self._settle()
        self._tables.flush()
        size, root = self._frontier.size, self._frontier.root()
        if size % CHECKPOINT_EVERY or not self._note:
            self._sign()
        self._store.execute(
            "UPDATE logs SET size = ?, frontier = ? WHERE log = ?", (size, self._frontier.encode(), self._log)
        )
        self._store.connection.executemany(
            "INSERT OR REPLACE INTO numbers (series, last) VALUES (?,?)", self._numbers.items()
        )
        recorded = [
            Recorded(record, number, leaf.hex())
            for (record, number), leaf in zip(self._done, self._hashes, strict=True)
        ]
        return recorded, LogHead(self._log, size, root, self._note)

    def close(self) -> None:
        """Let go of helping processes."""
        self._sealer.close()

    def _add(self, change: Add, position: int) -> None:
        kind = kind_named(change.kind)
        if change.normal:
            doc: Doc = {"occurred": self._occurred, **self._enclosing.renamed(change.values)}
        else:
            values = resolve_links(change.kind, dict(self._enclosing.renamed(change.values)), self._target)
            values.setdefault("occurred", self._occurred)
            doc = normalise(change.kind, values)
        compartment = self._enclosing.of(change.kind, doc, change.compartment)
        record = change.id or uuid7()
        if compartment:
            record = self._enclosing.name(record, compartment)
        if change.id is not None and self._lookup.get(record) is not None:
            raise UsageError(f"a record {record} is there already", where=f"change {position + 1}")
        check(change.kind, record, ADD, None, doc, self._lookup)
        number = self._number(kind.series)
        fields = self._envelope(change.kind, ADD, record)
        fields["number"] = number
        for name, value in doc.items():
            fields[self._prefixed[name]] = value
        self._tables.insert(self._view(fields, doc, number))
        self._append(record, number, fields, compartment)

    def _amend(self, change: Amend) -> None:
        _need_reason(change.reason)
        record, kind, folded = self._current(change.ref)
        if folded.first.act != ADD:
            raise RefusedError(
                f"{folded.first.number or change.ref} is not whole here: what it began with has not arrived, does not count, or"
                " was recorded under a key that this laptop was not given",
                remedy="Sync, or correct it on a laptop that has all of it. Whoever leads gives a laptop what was recorded"
                " before it came: fieldkit members history LAPTOP.",
            )
        before = folded.doc
        wanted = self._wanted(kind, before, change)
        after = normalise(kind, {n: v for n, v in wanted.items() if v is not None})
        check(kind, record, AMEND, before, after, self._lookup)
        touched = set(change.set) | set(change.add) | set(change.remove)
        values: Doc = {}
        supersedes: dict[str, JSON] = {}
        for name in sorted(touched):
            old, new = before.get(name), after.get(name)
            standing = folded.fields.get(name)
            heads: list[JSON] = list(standing.heads()) if standing else []
            if name in set_fields(kind):
                gained, lost = _set_change(old, new)
                if gained:
                    values[name + "+"] = gained
                if lost:
                    values[name + "-"] = lost
                    supersedes[name] = heads
            elif old is None or new is None or canonical(old) != canonical(new) or name in folded.differs:
                if old is None and new is None:
                    continue
                values[name] = new
                if heads:
                    supersedes[name] = heads
        if not values:
            raise UsageError(
                f"nothing to amend in {folded.first.number}: the values are the same already",
                remedy="Look at it with `fieldkit show`.",
            )
        self._change(record, AMEND, folded, values, supersedes, change.reason)

    def _retract(self, change: Retract) -> None:
        _need_reason(change.reason)
        record, kind, folded = self._current(change.ref)
        if folded.retracted:
            raise UsageError(
                f"{folded.first.number} is retracted already",
                remedy=f"'fieldkit show {folded.first.number} --history' shows by whom and why.",
            )
        check(kind, record, RETRACT, folded.doc, folded.doc, self._lookup)
        standing = folded.fields.get("retracted")
        supersedes: dict[str, JSON] = {"retracted": list(standing.heads())} if standing else {}
        self._change(record, RETRACT, folded, {"retracted": True}, supersedes, change.reason)

    def _change(
        self, record: str, act: str, folded: Folded, values: Doc, supersedes: dict[str, JSON], reason: str
    ) -> None:
        fields = self._envelope(folded.first.kind, act, record)
        fields["reason"] = reason.strip()
        if supersedes:
            fields["supersedes"] = supersedes
        fields.update({"." + name: value for name, value in values.items()})
        self._append(record, folded.first.number, fields, self._enclosing.holding(record))
        self._settle()
        self._tables.rewrite(record, self._reader.entries_of(record))
        self._lookup.forget(record)

    def _current(self, ref: str) -> tuple[str, str, Folded]:
        self._tables.flush()
        record = self._reader.resolve(self._enclosing.new_name(ref))
        folded = fold_entries(self._reader.entries_of(record))
        return record, folded.first.kind, folded

    def _wanted(self, kind: str, before: Doc, change: Amend) -> dict[str, JSON]:
        known = kind_named(kind)
        for name in change.set:
            known.field(name)
        wanted: dict[str, JSON] = {name: value for name, value in before.items() if name in known.fields}
        wanted.update(resolve_links(kind, dict(change.set), self._target))
        for name, added in self._members(kind, change.add).items():
            wanted[name] = [*_elements(wanted.get(name)), *_elements(added)]
        for name, gone in self._members(kind, change.remove).items():
            out = {canonical(element) for element in _elements(gone)}
            held = _elements(wanted.get(name))
            missing = out - {canonical(element) for element in held}
            if missing:
                raise UsageError(
                    f"{name} does not hold {', '.join(sorted(missing))}",
                    where=f"{kind}.{name}",
                    remedy="Look at it with 'fieldkit show'.",
                )
            wanted[name] = [element for element in held if canonical(element) not in out]
        return wanted

    def _members(self, kind: str, sets: Mapping[str, Sequence[JSON]]) -> Doc:
        for name in sets:
            if name not in set_fields(kind):
                kind_named(kind).field(name)
                raise UsageError(
                    f"{name} is one value, not a set", where=f"{kind}.{name}", remedy=f"Give {name}=VALUE."
                )
        return resolve_links(kind, {name: list(members) for name, members in sets.items()}, self._target)

    def _target(self, ref: str, kinds: tuple[str, ...]) -> str:
        ref = self._enclosing.new_name(ref)
        if len(ref) == _ID_LENGTH and ref.count("-") == 4:
            return ref
        self._tables.flush()
        return target(self._reader, ref, kinds)

    def _envelope(self, kind: str, act: str, record: str) -> dict[str, JSON]:
        return {
            "act": act,
            "author": self._author,
            "id": record,
            "kind": kind,
            "recorded": self._recorded,
        }

    def _view(self, fields: Mapping[str, JSON], doc: Doc, number: str) -> EntryView:
        return EntryView(
            hash="",
            log=self._log,
            seq=self._start + len(self._done),
            kind=str(fields["kind"]),
            act=ADD,
            record=str(fields["id"]),
            number=number,
            author=self._author,
            recorded=self._recorded,
            parents=(),
            supersedes={},
            reason="",
            values=doc,
        )

    def _number(self, series: str) -> str:
        if series not in self._numbers:
            last = self._store.value("SELECT last FROM numbers WHERE series = ?", (series,))
            self._numbers[series] = last or 0
        self._numbers[series] += 1
        return format_number(self._recorder.letter, series, self._numbers[series])

    def _append(self, record: str, number: str, fields: dict[str, JSON], compartment: str) -> None:
        """Hand an entry over for sealing; one of a compartment as what everybody sees of it."""
        within = None
        if compartment:
            fields, within = self._enclosing.seal(compartment, self._start + len(self._done), fields)
        self._waiting.append((record, within))
        self._done.append((record, number))
        self._keep(self._sealer.put(fields))

    def _settle(self) -> None:
        self._keep(self._sealer.drain())

    def _keep(self, sealed: Sequence[Sealed]) -> None:
        """Append sealed entries in the order in which they were put."""
        if not sealed:
            return
        rows = []
        enclosed = []
        for (leaf_hash, body), (record, within) in zip(sealed, self._waiting, strict=False):
            if within is not None:
                enclosed.append((leaf_hash, *within))
            rows.append((leaf_hash, self._log, self._frontier.size, record, body))
            self._frontier.append(leaf_hash)
            self._hashes.append(leaf_hash)
            if self._frontier.size % CHECKPOINT_EVERY == 0:
                self._sign()
        del self._waiting[: len(sealed)]
        self._store.connection.executemany(
            "INSERT INTO entries (hash, log, seq, record, body) VALUES (?,?,?,?,?)", rows
        )
        if enclosed:
            self._store.connection.executemany("INSERT INTO sealed VALUES (?,?,?,?)", enclosed)

    def _sign(self) -> None:
        checkpoint = Checkpoint(self._recorder.origin, self._frontier.size, self._frontier.root())
        self._note = sign_checkpoint(checkpoint, self._recorder.key)
        self._store.execute(
            "INSERT INTO checkpoints (log, size, note) VALUES (?,?,?)",
            (self._log, self._frontier.size, self._note),
        )


def uuid7() -> str:
    """A UUID version 7 (RFC 9562): 48 bits of Unix milliseconds, then random bits."""
    since, chance = f"{time.time_ns() // 1_000_000:012x}", os.urandom(10).hex()
    variant = "89ab"[int(chance[3], 16) & 3]
    return f"{since[:8]}-{since[8:]}-7{chance[:3]}-{variant}{chance[4:7]}-{chance[8:]}"


def _need_reason(reason: str) -> None:
    if not reason.strip():
        raise RefusedError("a correction needs a reason", where="reason", remedy="Say why: --reason TEXT.")
    if len(reason) > TEXT_LIMIT:
        raise UsageError(
            f"{len(reason)} characters where {TEXT_LIMIT} are the most",
            where="reason",
            remedy="Say why in short; attach what is longer as a file.",
        )
    try:
        canonical_text(reason, TEXT_LIMIT)
    except UsageError as error:
        raise UsageError(error.problem, where="reason", remedy=error.remedy) from None


def _set_change(old: JSON, new: JSON) -> tuple[list[JSON], list[JSON]]:
    before = {canonical(element): element for element in _elements(old)}
    after = {canonical(element): element for element in _elements(new)}
    gained = [after[key] for key in sorted(after.keys() - before.keys())]
    return gained, [before[key] for key in sorted(before.keys() - after.keys())]


def _elements(value: JSON) -> list[JSON]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
