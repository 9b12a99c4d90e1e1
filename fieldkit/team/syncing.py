"""Syncing a vault with a depot, both ways: keys, entries, then originals. To sync is to copy the names the other lacks.

What arrives is verified, kept as it came, and folded in one transaction; whatever is interrupted goes on where it
stopped. Unsound objects are left where they lie and reported. Laptops that meet witness each other's heads.
"""

from __future__ import annotations

import base64
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice
from typing import TypeVar

from fieldkit.domain.jsontypes import Doc
from fieldkit.errors import AlteredError, FieldkitError, UnreadableError
from fieldkit.journal.checkpoint import cosign, open_checkpoint
from fieldkit.journal.leaf import read_fields
from fieldkit.team import names, receipts
from fieldkit.team.cutting import cut_own
from fieldkit.team.depot import Contents, Depot
from fieldkit.team.keyring import Keyring
from fieldkit.team.names import Name
from fieldkit.team.segment import LockedError, open_segment, reopen_segment
from fieldkit.vault.exchange import Exchange, HeldSegment
from fieldkit.vault.media import MediaStore
from fieldkit.vault.merging import Fork, Stretch
from fieldkit.vault.reading import LogView
from fieldkit.vault.recording import Add, Change
from fieldkit.vault.sealed_keys import read_key
from fieldkit.vault.vault import Vault

_TOLD = 20
_TOGETHER = 32
_AT_ONCE = 4
T = TypeVar("T")

Progress = Callable[[str, int, int], object]
"""What is being done, how much of it is done, and how much there is (0: not known)."""


@dataclass(slots=True)
class Report:
    """What a sync did: objects and bytes each way, entries new here, records changed, and what people must know."""

    received: dict[str, int] = field(default_factory=lambda: dict.fromkeys(names.KINDS, 0))
    sent: dict[str, int] = field(default_factory=lambda: dict.fromkeys(names.KINDS, 0))
    bytes_received: int = 0
    bytes_sent: int = 0
    entries: int = 0
    records: int = 0
    unknown: int = 0
    sealed: int = 0
    locked: int = 0
    strange: int = 0
    unsound: list[tuple[str, str]] = field(default_factory=list)
    unsound_more: int = 0
    forks: list[Fork] = field(default_factory=list)
    recovered: int = 0
    waiting: int = 0
    quarantined: int = 0

    def refuse(self, name: Name, problem: str) -> None:
        """An object that is not what it should be; it stays where it is."""
        if len(self.unsound) < _TOLD:
            self.unsound.append((str(name), problem))
        else:
            self.unsound_more += 1


class Sync:
    """One sync of a vault with a depot."""

    def __init__(self, vault: Vault, depot: Depot, *, progress: Progress = lambda *_: None) -> None:
        self._vault = vault
        self._depot = depot
        self._progress = progress
        self._exchange = Exchange(vault)
        self.report = Report()

    def run(self, *, media: bool = True) -> Report:
        """Sync. Raises `UnavailableError` where the depot cannot be reached any more; what was done stays done."""
        self._depot.check_begun()
        there = self._depot.contents(self._vault.mission_id)
        self.report.strange = there.strange
        self._fetch_keys(there)
        self._fetch_segments(there)
        self._fold()
        self._answer()
        self._send(there)
        if media:
            self._media(there)
        self._receipts(there)
        self.report.quarantined = self._exchange.quarantined()
        return self.report

    def plan(self) -> Report:
        """What a sync would copy, without doing it: objects each way. Entries not cut yet count as one segment."""
        self._depot.check_begun()
        there = self._depot.contents(self._vault.mission_id)
        report = self.report
        report.strange = there.strange
        keys, segments = self._exchange.keyring(), {one.hash for one in self._exchange.segments()}
        for name, size in there.objects.items():
            known = {names.KEYRING: keys, names.LOG: segments}.get(name.kind)
            if known is not None and name.hash not in known:
                report.received[name.kind] += 1
                report.bytes_received += size
        here = {name.hash for name in there.objects}
        report.sent[names.KEYRING] = sum(name not in here for name in keys)
        report.sent[names.LOG] = sum(name not in here for name in segments)
        report.sent[names.LOG] += sum(self._exchange.has_uncut(log) for log in self._exchange.own_logs())
        missing, offered = self._parts(there)
        report.received[names.BLOB] = len(missing)
        report.bytes_received += sum(there.objects[name] for name in missing)
        report.sent[names.BLOB] = len(offered)
        return report

    def _fetch_keys(self, there: Contents) -> None:
        held = self._exchange.keyring()
        wanted = [name for name in there.of(names.KEYRING) if name.hash not in held]
        sound: list[tuple[str, bytes]] = []
        for name, data in self._each(wanted, "keys", _as_it_is):
            try:
                read_key(self._vault.mission_id, data, str(name))
                sound.append((name.hash, data))
            except (AlteredError, UnreadableError) as error:
                self.report.refuse(name, error.problem)
        self._exchange.keep_keys(sound)
        self._count(self.report.received, names.KEYRING, [data for _, data in sound])
        self._vault.open_compartments()

    def _fetch_segments(self, there: Contents) -> None:
        """Fetch, verify and keep what is not here; nothing is folded yet."""
        held = {one.hash for one in self._exchange.segments()}
        wanted = sorted(name for name in there.of(names.LOG) if name.hash not in held)
        keys = Keyring(self._vault).keys()
        for some in _some(self._each(wanted, "entries", _as_it_is), _TOGETHER):
            sound = []
            for name, data in some:
                try:
                    open_segment(name, data, keys)
                except LockedError:
                    self.report.locked += 1
                    continue
                except (AlteredError, UnreadableError) as error:
                    self.report.refuse(name, error.problem)
                    continue
                held_as = HeldSegment(
                    name.hash, name.log, name.first, name.last, folded=False, size=len(data)
                )
                sound.append((held_as, data))
            self._exchange.keep_segments(sound)
            self._count(self.report.received, names.LOG, [data for _, data in sound])

    def _fold(self) -> None:
        """Fold everything that waits, in one transaction."""
        waiting = [one for one in self._exchange.segments() if not one.folded]
        if not waiting:
            return
        keys = Keyring(self._vault).keys()
        own = self._vault.own_log
        merged = self._vault.merge(self._opened(waiting, keys))
        self.report.entries += merged.entries
        self.report.records += merged.records
        self.report.unknown += merged.unknown
        self.report.sealed += merged.sealed
        self.report.forks += merged.forks
        grown = next(log for log in self._vault.logs() if log.log == own.log)
        self.report.recovered += grown.size - own.size

    def _opened(
        self, waiting: Iterable[HeldSegment], keys: dict[int, list[bytes]]
    ) -> Iterator[tuple[str, Stretch]]:
        held = sorted(waiting, key=lambda one: (one.log, one.first, one.hash))
        for done, one in enumerate(held, start=1):
            name = Name(self._vault.mission_id, names.LOG, one.hash, one.log, one.first, one.last)
            yield one.hash, reopen_segment(name, self._exchange.segment(one.hash), keys)
            self._progress("folding", done, len(held))

    def _answer(self) -> None:
        """What meeting the others brings about: a new log after a restored backup, incidents, witnessed heads, keys."""
        if self._vault.standing(self._vault.own_log.log).cut is not None:
            return
        self._vault.begin_due_log()
        self.report.forks += self._contradictions()
        changes = [*self._incidents(), *self._witness()]
        if changes:
            self._vault.record(changes)
        keyring = Keyring(self._vault)
        keyring.adopt()
        keyring.tend()

    def _incidents(self) -> Iterator[Change]:
        known = " ".join(str(view.doc.get("text")) for view in self._vault.list("incident"))
        for fork in self.report.forks:
            if f"log {fork.log} " not in known:
                text = (
                    f"Two different histories of log {fork.log} are known from entry {fork.seq + 1} on: its laptop was"
                    " copied, put back from a backup, or somebody has its key. Both are kept."
                )
                yield Add("incident", {"incident_type": "security", "text": text})

    def _contradictions(self) -> list[Fork]:
        """Logs of which another laptop witnessed a head, signed by the log's own key, that the log as it is here never had."""
        known = {log.log: log for log in self._vault.logs()}
        told = {fork.log for fork in self.report.forks}
        found: dict[str, Fork] = {}
        for view in self._vault.list("witness"):
            match view.doc:
                case {"log": str(log), "size": int(size), "root": str(root), "checkpoint": str(note)}:
                    fresh = log in known and log not in told | found.keys() and size <= known[log].size
                    here = fresh and self._exchange.is_head(log, size, _decoded(root))
                    if fresh and not here and _signs(known[log], note, size):
                        found[log] = Fork(log, size - 1, (view.id, ""))
        return list(found.values())

    def _witness(self) -> Iterator[Change]:
        """The head of every other log that says more than it did when it was last witnessed here."""
        mine = self._vault.own_log.log
        seen: dict[str, int] = {}
        for view in self._vault.list("witness"):
            named, size = view.doc.get("log"), view.doc.get("size")
            if view.log == mine and isinstance(named, str) and isinstance(size, int):
                seen[named] = max(size, seen.get(named, 0))
        ours = set(self._exchange.own_logs())
        key = self._vault.device_key()
        for log in self._vault.logs():
            if log.log in ours or log.size <= seen.get(log.log, 0):
                continue
            if not self._says_more(log.log, seen.get(log.log, 0), log.size):
                continue
            note = self._vault.checkpoint(log.log)
            head = open_checkpoint(note, log.public_key, origin=log.origin)
            values: Doc = {
                "log": log.log,
                "size": head.size,
                "root": base64.b64encode(head.root).decode(),
                "cosignature": cosign(note, key, self._vault.own_log.origin, int(time.time())).strip(),
                "checkpoint": note.decode().strip(),
            }
            yield Add("witness", values)

    def _says_more(self, log: str, start: int, stop: int) -> bool:
        """Whether entries of other kinds than heads that were seen stand there."""
        for entry in self._vault.entries(log, start, stop):
            try:
                if read_fields(entry.disclosures).get("kind") != "witness":
                    return True
            except UnreadableError:
                return True
        return False

    def _send(self, there: Contents) -> None:
        """Cut what is new here, and copy keys and segments that the depot lacks, whoever wrote them."""
        cut_own(self._vault)
        mission = self._vault.mission_id
        sizes = {name.hash: size for name, size in there.objects.items()}
        keys = [
            (Name(mission, names.KEYRING, name), data)
            for name, data in self._exchange.keyring().items()
            if sizes.get(name) != len(data)
        ]
        for name, data in keys:
            self._depot.write(name, data)
        self._count(self.report.sent, names.KEYRING, [data for _, data in keys])
        lacking = [
            Name(mission, names.LOG, one.hash, one.log, one.first, one.last)
            for one in sorted(self._exchange.segments(), key=lambda one: (one.log, one.first))
            if sizes.get(one.hash) != one.size
        ]
        for done, name in enumerate(lacking, start=1):
            data = self._exchange.segment(name.hash)
            self._depot.write(name, data)
            self._count(self.report.sent, names.LOG, [data])
            self._progress("sending entries", done, len(lacking))

    def _media(self, there: Contents) -> None:
        """Originals both ways, the newest first."""
        store = self._vault.media
        missing, offered = self._parts(there)
        for _, size in self._each(missing, "originals", lambda name, data: _stored(store, name, data)):
            self.report.received[names.BLOB] += 1
            self.report.bytes_received += size
        with ThreadPoolExecutor(_AT_ONCE) as pool:

            def send(name: Name) -> int:
                data = store.read_part(name.hash)
                self._depot.write(name, data)
                return len(data)

            for done, size in enumerate(_map(pool, send, offered), start=1):
                self.report.sent[names.BLOB] += 1
                self.report.bytes_sent += size
                self._progress("sending originals", done, len(offered))

    def _receipts(self, there: Contents) -> None:
        """Take the others' receipts, and leave one for what is here now."""
        held = self._exchange.receipts()
        keys = Keyring(self._vault).keys()
        sound = []
        wanted = [name for name in there.of(names.RECEIPT) if name.hash not in held]
        for name, data in self._each(wanted, "receipts", _as_it_is):
            try:
                sound.append((name, data, receipts.read_receipt(name, data, keys)))
            except (AlteredError, UnreadableError) as error:
                self.report.refuse(name, error.problem)
        receipts.take(self._vault, sound)
        self._count(self.report.received, names.RECEIPT, [data for _, data, _ in sound])
        receipts.give(self._vault)
        for hashed, (log, data) in self._exchange.receipts().items():
            name = Name(self._vault.mission_id, names.RECEIPT, hashed, log)
            if there.objects.get(name) != len(data):
                self._depot.write(name, data)
                self._count(self.report.sent, names.RECEIPT, [data])

    def _parts(self, there: Contents) -> tuple[list[Name], list[Name]]:
        """Parts of originals that are only there, and parts that are only here."""
        store, shed = self._vault.media, self._exchange.shed()
        sizes = there.of(names.BLOB)
        missing: list[Name] = []
        offered: list[Name] = []
        waiting = 0
        done = set()
        for part, size in receipts.all_parts(self._vault):
            name = Name(self._vault.mission_id, names.BLOB, part)
            if part in done or part in shed:
                continue
            done.add(part)
            if store.holds(part):
                if sizes.get(name) != size:
                    offered.append(name)
            elif name in sizes:
                missing.append(name)
            else:
                waiting += 1
        self.report.waiting = waiting
        return missing, offered

    def _each(
        self, wanted: list[Name], label: str, use: Callable[[Name, bytes], T]
    ) -> Iterator[tuple[Name, T]]:
        """Read objects several at a time, and what `use`, in the same thread, makes of each; those that are gone or do
        not fit their names are reported."""
        with ThreadPoolExecutor(_AT_ONCE) as pool:

            def fetch(name: Name) -> tuple[Name, T | UnreadableError]:
                try:
                    return name, use(name, self._depot.read(name))
                except UnreadableError as error:
                    return name, error

            for done, (name, made) in enumerate(_map(pool, fetch, wanted), start=1):
                self._progress(f"fetching {label}", done, len(wanted))
                if isinstance(made, UnreadableError):
                    self.report.refuse(name, made.problem)
                else:
                    yield name, made

    def _count(self, counts: dict[str, int], kind: str, objects: list[bytes]) -> None:
        counts[kind] += len(objects)
        size = sum(map(len, objects))
        if counts is self.report.sent:
            self.report.bytes_sent += size
        else:
            self.report.bytes_received += size


def copy_depot(source: Depot, target: Depot, *, progress: Progress = lambda *_: None) -> Report:
    """Copy what the other depot lacks, both missions' and everything else's names compared; needs no key."""
    source.check_begun()
    target.check_begun()
    report = Report()
    there = target.contents().objects
    wanted = sorted(name for name, size in source.contents().objects.items() if there.get(name) != size)
    order = {kind: place for place, kind in enumerate(names.KINDS)}
    wanted.sort(key=lambda name: order[name.kind])
    for done, name in enumerate(wanted, start=1):
        try:
            data = source.read(name)
        except UnreadableError as error:
            report.refuse(name, error.problem)
            continue
        target.write(name, data)
        report.sent[name.kind] += 1
        report.bytes_sent += len(data)
        progress("copying", done, len(wanted))
    return report


def _decoded(root: str) -> bytes:
    """The bytes of a root, nothing where it is none."""
    try:
        return base64.b64decode(root, validate=True)
    except ValueError:
        return b""


def _signs(log: LogView, note: str, size: int) -> bool:
    """Whether the note is a head of this size that the log's own key signed."""
    try:
        return open_checkpoint(note.encode() + b"\n", log.public_key, origin=log.origin).size == size
    except FieldkitError:
        return False


def _as_it_is(_: Name, data: bytes) -> bytes:
    return data


def _stored(store: MediaStore, name: Name, data: bytes) -> int:
    store.take_part(name.hash, data)
    return len(data)


def _some(items: Iterable[T], count: int) -> Iterator[list[T]]:
    iterator = iter(items)
    while some := list(islice(iterator, count)):
        yield some


def _map(pool: ThreadPoolExecutor, work: Callable[[Name], T], items: list[Name]) -> Iterator[T]:
    """Results in order, few more than asked for at a time: memory stays bounded."""
    ahead = [pool.submit(work, item) for item in items[: 2 * _AT_ONCE]]
    for following in range(2 * _AT_ONCE, len(items) + 2 * _AT_ONCE):
        if not ahead:
            return
        yield ahead.pop(0).result()
        if following < len(items):
            ahead.append(pool.submit(work, items[following]))
