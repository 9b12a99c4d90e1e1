"""Syncing a vault with a depot, both ways: keys, entries, thumbnails, then originals. To sync is to copy the names the other lacks.

What arrives is verified, kept as it came, and folded in one transaction; whatever is interrupted goes on where it
stopped. Unsound objects are left where they lie and reported. Laptops that meet witness each other's heads.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import TypeVar

from fieldkit.errors import AlteredError, FieldkitError, UnavailableError, UnreadableError
from fieldkit.team import names, receipts
from fieldkit.team.cutting import cut_own
from fieldkit.team.depot import Contents, Depot
from fieldkit.team.differences import standing
from fieldkit.team.keyring import Keyring
from fieldkit.team.last import remember_sync
from fieldkit.team.names import Name
from fieldkit.team.receipts import Part
from fieldkit.team.segment import LockedError, is_signed, open_segment, reopen_segment
from fieldkit.team.several import as_done, at_once, rounds, some
from fieldkit.team.sync_report import Report
from fieldkit.team.thumbnails import show
from fieldkit.team.witnessing import contradictions, incidents, witness
from fieldkit.vault.exchange import Exchange, HeldSegment
from fieldkit.vault.gaps import awaited, gaps
from fieldkit.vault.media import MediaStore
from fieldkit.vault.merging import Stretch
from fieldkit.vault.own_pieces import OwnPieces
from fieldkit.vault.sealed_keys import read_key
from fieldkit.vault.standing import NOBODY
from fieldkit.vault.vault import Vault

_TOGETHER = 32
T = TypeVar("T")

Progress = Callable[[str, int, int], object]
"""What is being done, how much of it is done, and how much there is (0: not known)."""


class Sync:
    """One sync of a vault with a depot."""

    def __init__(self, vault: Vault, depot: Depot, *, progress: Progress = lambda *_: None) -> None:
        self._vault = vault
        self._depot = depot
        self._progress = progress
        self._exchange = Exchange(vault)
        self._keyring = Keyring(vault)
        self._wrote: list[Name] = []
        self._refused: set[Name] = set()
        self.report = Report()

    def run(self, *, media: bool = True) -> Report:
        """Sync, without `media` all but originals. Raises `UnavailableError` where the depot cannot be reached any more; what was done stays done."""
        self._depot.check_begun()
        there = self._depot.contents(self._vault.mission_id)
        self.report.strange = there.strange
        standings, apart = self._vault.standings(), self._apart()
        self._fetch_keys(there)
        self._fetch_segments(there)
        self._fold()
        self._answer()
        self._send(there)
        listed = list(receipts.all_parts(self._vault))
        self._thumbnails(there, listed)
        if media:
            self._originals(there, listed)
        self._receipts(there)
        self._remember(there)
        remember_sync(self._vault, self._depot.where)
        self.report.newly_apart = len(self._apart() - apart)
        for log, now in self._vault.standings().items():
            if (before := standings.get(log, NOBODY)) != now:
                self.report.standings.append((log, before, now))
        for log in standings.keys() - self._vault.standings().keys():
            self.report.standings.append((log, standings[log], NOBODY))
        self._look_around()
        return self.report

    def _apart(self) -> set[str]:
        return {leaf for _, _, leaf, _ in self._exchange.quarantine()}

    def _remember(self, there: Contents) -> None:
        """Hold what lies there against what lay there at the last sync, and keep it in mind for the next."""
        identity = self._depot.identity
        lay = self._exchange.lay(identity)
        lies = {str(name) for name in there.objects if name not in self._refused}
        gone = lay - {str(name) for name in there.objects}
        self.report.gone = len(gone)
        came = (lies | {str(name) for name in self._wrote}) - lay
        before = self._exchange.remember_depot(
            identity, self._depot.where, came, gone - {str(name) for name in self._wrote}
        )
        self.report.another = bool(before)

    def _look_around(self) -> None:
        """What stands in the store now that people must know."""
        self.report.quarantined = self._exchange.quarantined()
        self.report.gaps = gaps(self._vault)
        self.report.awaited = len(awaited(self._vault))
        for one in standing(self._vault):
            if one.has_gap:
                self.report.differing_with_gaps += 1
            else:
                self.report.differing += 1

    def plan(self) -> Report:
        """What a sync would copy, without doing it: objects each way. Entries not cut yet count as one segment."""
        self._depot.check_begun()
        there = self._depot.contents(self._vault.mission_id)
        report = self.report
        report.strange = there.strange
        keys = {self._named(names.KEYRING, hashed) for hashed in self._exchange.keyring()}
        segments = {self._segment_name(one) for one in self._exchange.segments()}
        locked = self._exchange.locked(self._keyring.keys())
        for name, size in there.objects.items():
            known = {names.KEYRING: keys, names.LOG: segments}.get(name.kind)
            if known is None or name in known:
                continue
            if str(name) in locked:
                report.locked += 1
            else:
                report.received[name.kind] += 1
                report.bytes_received += size
        report.sent[names.KEYRING] = len(keys - there.objects.keys())
        report.closed = self._keyring.closed()
        report.sent[names.LOG] = len(segments - there.objects.keys())
        if not report.closed:
            report.sent[names.LOG] += sum(map(OwnPieces(self._vault).has_uncut, self._exchange.own_logs()))
        listed = list(receipts.all_parts(self._vault))
        for thumbnails in (True, False):
            missing, offered = self._parts(there, listed, thumbnails=thumbnails)
            report.received[names.BLOB] += len(missing)
            report.bytes_received += sum(there.objects[name] for name in missing)
            report.sent[names.BLOB] += len(offered)
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
                self._refuse(name, error.problem)
        self._exchange.keep_keys(sound)
        self._keyring.refresh()
        self._count(self.report.received, names.KEYRING, [data for _, data in sound])
        self._vault.open_compartments()

    def _fetch_segments(self, there: Contents) -> None:
        """Fetch, verify and keep what is not here; nothing is folded yet."""
        held = {one.hash: self._segment_name(one) for one in self._exchange.segments()}
        keys = self._keyring.keys()
        public = {log.log: log.public_key for log in self._vault.logs()}
        wanted = []
        for name in self._unlocked(there.of(names.LOG), keys):
            if name.hash not in held:
                wanted.append(name)
            elif name != held[name.hash]:
                self._refuse(name, f"its own name is {held[name.hash]}")
        for group in some(self._each(sorted(wanted), "entries", _as_it_is), _TOGETHER):
            sound = []
            for name, data in group:
                try:
                    open_segment(name, data, keys)
                except LockedError as error:
                    key = public.get(name.log)
                    self._lock(name, error, signed=key is not None and is_signed(name, data, key))
                    continue
                except (AlteredError, UnreadableError) as error:
                    self._refuse(name, error.problem)
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
        keys = self._keyring.keys()
        own = self._vault.own_log.log
        before = self._exchange.held(own)
        merged = self._vault.merge(self._opened(waiting, keys))
        self.report.entries += merged.entries
        self.report.records += merged.records
        self.report.unknown += merged.unknown
        self.report.sealed += merged.sealed
        self.report.forks += merged.forks
        self.report.recovered += self._exchange.held(own) - before

    def _opened(
        self, waiting: Iterable[HeldSegment], keys: dict[int, list[bytes]]
    ) -> Iterator[tuple[str, Stretch]]:
        held = sorted(waiting, key=lambda one: (one.log, one.first, one.hash))
        for done, one in enumerate(held, start=1):
            name = self._segment_name(one)
            yield one.hash, reopen_segment(name, self._exchange.segment(one.hash), keys)
            self._progress("folding", done, len(held))

    def _answer(self) -> None:
        """What meeting the others brings about: a new log after a restored backup, incidents, witnessed heads, keys."""
        if not self._vault.standing(self._vault.own_log.log).belongs:
            return
        self._vault.begin_due_log()
        self.report.forks += contradictions(self._vault, {fork.log for fork in self.report.forks})
        changes = [*incidents(self._vault, self.report.forks), *witness(self._vault)]
        if changes:
            self._vault.record(changes)
        self._keyring.refresh()
        self._keyring.adopt()
        self._keyring.tend()

    def _send(self, there: Contents) -> None:
        """Cut what is new here, and copy keys and segments that the depot lacks, whoever wrote them."""
        self.report.closed = self._keyring.closed()
        cut_own(self._vault, self._keyring)
        keys = [
            (name, data)
            for hashed, data in self._exchange.keyring().items()
            if there.objects.get(name := self._named(names.KEYRING, hashed)) != len(data)
        ]
        for name, data in keys:
            self._write(name, data)
        self._count(self.report.sent, names.KEYRING, [data for _, data in keys])
        lacking = [
            name
            for one in sorted(self._exchange.segments(), key=lambda one: (one.log, one.first))
            if there.objects.get(name := self._segment_name(one)) != one.size
        ]

        def send(item: tuple[Name, bytes]) -> bytes:
            self._write(*item)
            return item[1]

        # A later segment of a log is never there before an earlier one: whoever looks meanwhile would be told of a gap.
        sent = chain.from_iterable(
            as_done(send, ((name, self._exchange.segment(name.hash)) for name in segments))
            for segments in rounds(lacking, lambda name: name.log)
        )
        for done, data in enumerate(sent, start=1):
            self._count(self.report.sent, names.LOG, [data])
            self._progress("sending entries", done, len(lacking))

    def _thumbnails(self, there: Contents, listed: Sequence[Part]) -> None:
        """Thumbnails both ways, so that everybody sees a picture before its original arrives."""
        missing, offered = self._parts(there, listed, thumbnails=True)
        for group in some(self._each(missing, "thumbnails", _as_it_is), _TOGETHER):
            self._exchange.keep_small([(name.hash, data) for name, data in group])
            self._count(self.report.received, names.BLOB, [data for _, data in group])
        show(self._vault)
        sent = 0
        for names_of in some(offered, _TOGETHER):
            held = self._exchange.small([name.hash for name in names_of])
            sent += self._send_parts(names_of, held.__getitem__)
            self._progress("sending thumbnails", sent, len(offered))

    def _originals(self, there: Contents, listed: Sequence[Part]) -> None:
        """Originals both ways, flagged ones first, then the newest."""
        store = self._vault.media
        missing, offered = self._parts(there, listed, thumbnails=False)
        for _, size in self._each(missing, "originals", lambda name, data: _stored(store, name, data)):
            self.report.received[names.BLOB] += 1
            self.report.bytes_received += size
        said = {part.name: part.doc for part, thumbnail in listed if not thumbnail}
        self._send_parts(offered, lambda part: store.read_listed(part, said[part]), "sending originals")

    def _send_parts(self, offered: list[Name], read: Callable[[str], bytes], label: str = "") -> int:
        """Copy parts there, several at a time; `read` gives the ciphertext of each name, in any thread. Those that this
        laptop's disk does not give back as they were are reported. How many were offered."""

        def send(name: Name) -> int | FieldkitError:
            try:
                data = read(name.hash)
            except (AlteredError, UnavailableError) as error:
                return error
            self._write(name, data)
            return len(data)

        for done, made in enumerate(as_done(send, offered), start=1):
            if isinstance(made, FieldkitError):
                self.report.lost(made.where, made.problem)
            else:
                self.report.sent[names.BLOB] += 1
                self.report.bytes_sent += made
            if label:
                self._progress(label, done, len(offered))
        return len(offered)

    def _receipts(self, there: Contents) -> None:
        """Take the others' receipts, and leave one for what is here now."""
        held = {
            self._named(names.RECEIPT, hashed, log) for hashed, (log, _) in self._exchange.receipts().items()
        }
        keys = self._keyring.keys()
        sound = []
        wanted = [name for name in self._unlocked(there.of(names.RECEIPT), keys) if name not in held]
        for name, data in self._each(wanted, "receipts", _as_it_is):
            try:
                sound.append((name, data, receipts.read_receipt(name, data, keys)))
            except LockedError as error:
                self._lock(name, error, signed=False)
            except (AlteredError, UnreadableError) as error:
                self._refuse(name, error.problem)
        receipts.take(self._vault, sound)
        self._count(self.report.received, names.RECEIPT, [data for _, data, _ in sound])
        if not self.report.closed:
            receipts.give(self._vault)
        for hashed, (log, data) in self._exchange.receipts().items():
            name = self._named(names.RECEIPT, hashed, log)
            if there.objects.get(name) != len(data):
                self._write(name, data)
                self._count(self.report.sent, names.RECEIPT, [data])

    def _parts(
        self, there: Contents, listed: Sequence[Part], *, thumbnails: bool
    ) -> tuple[list[Name], list[Name]]:
        """Parts (of originals, or thumbnails) that are only there, and those that are only here."""
        store, shed, small = self._vault.media, self._exchange.shed(), self._exchange.small_names()
        sizes = there.of(names.BLOB)
        missing: list[Name] = []
        offered: list[Name] = []
        waiting = 0
        done = set()
        for part, thumbnail in listed:
            name = self._named(names.BLOB, part.name)
            if thumbnail is not thumbnails or part.name in done or part.name in shed:
                continue
            done.add(part.name)
            if part.name in small if thumbnail else store.holds(part.name):
                if sizes.get(name) != part.size and not self.report.closed:
                    offered.append(name)
            elif name in sizes:
                missing.append(name)
            else:
                waiting += 1
        if not thumbnails:
            self.report.waiting = waiting
        return missing, offered

    def _each(
        self, wanted: list[Name], label: str, use: Callable[[Name, bytes], T]
    ) -> Iterator[tuple[Name, T]]:
        """Read objects several at a time, and what `use`, in the same thread, makes of each; those that are gone or do
        not fit their names are reported."""

        def fetch(name: Name) -> tuple[Name, T | UnreadableError]:
            try:
                return name, use(name, self._depot.read(name))
            except UnreadableError as error:
                return name, error

        for done, (name, made) in enumerate(at_once(fetch, wanted), start=1):
            self._progress(f"fetching {label}", done, len(wanted))
            if isinstance(made, UnreadableError):
                self._refuse(name, made.problem)
            else:
                yield name, made

    def _unlocked(self, there: Iterable[Name], keys: Mapping[int, object]) -> Iterator[Name]:
        """Those of the objects that were not found sealed under a key that is not here; nobody fetches them in vain."""
        locked = self._exchange.locked(keys)
        for name in there:
            if str(name) in locked:
                self.report.locked += 1
            else:
                yield name

    def _lock(self, name: Name, error: LockedError, *, signed: bool) -> None:
        self.report.locked += 1
        last = name.last if name.kind == names.LOG else -1
        self._exchange.lock(str(name), name.log, name.first, last, error.epoch, signed=signed)

    def _refuse(self, name: Name, problem: str) -> None:
        self._refused.add(name)
        self.report.refuse(name, problem)

    def _write(self, name: Name, data: bytes) -> None:
        self._depot.write(name, data)
        self._wrote.append(name)

    def _named(self, kind: str, hashed: str, log: str = "") -> Name:
        return Name(self._vault.mission_id, kind, hashed, log)

    def _segment_name(self, one: HeldSegment) -> Name:
        return Name(self._vault.mission_id, names.LOG, one.hash, one.log, one.first, one.last)

    def _count(self, counts: dict[str, int], kind: str, objects: list[bytes]) -> None:
        counts[kind] += len(objects)
        size = sum(map(len, objects))
        if counts is self.report.sent:
            self.report.bytes_sent += size
        else:
            self.report.bytes_received += size


def _as_it_is(_: Name, data: bytes) -> bytes:
    return data


def _stored(store: MediaStore, name: Name, data: bytes) -> int:
    store.take_part(name.hash, data)
    return len(data)
