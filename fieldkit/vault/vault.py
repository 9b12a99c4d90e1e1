"""`Vault`: the one door for reading and writing a mission on this laptop.

`record` is the only way in: checked, signed, appended, folded and durable when it returns. Opening compares the
journal's head kept outside the database with the one inside and says in words what does not agree; a vault that was
copied or put back from a backup goes on in a new log, because two laptops must never write the same one.
"""

from __future__ import annotations

import contextlib
import mimetypes
import os
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from fieldkit.domain.jsontypes import JSON, Doc
from fieldkit.domain.rules import check_author
from fieldkit.errors import AlteredError, RefusedError, UnavailableError, UsageError
from fieldkit.journal.keys import DeviceKey
from fieldkit.vault.clock import Clock, SystemClock
from fieldkit.vault.compartments import KIND as COMPARTMENT
from fieldkit.vault.database import FILE_NAME as STORE_FILE
from fieldkit.vault.database import Database
from fieldkit.vault.durable import make_folder
from fieldkit.vault.envelopes import ENVELOPE, EnvelopeKey
from fieldkit.vault.fold import EntryView
from fieldkit.vault.founding import Founding, founding
from fieldkit.vault.keyholder import KeyHolder
from fieldkit.vault.lookup import Lookup
from fieldkit.vault.making import check_empty, unmade_on_error
from fieldkit.vault.merging import Merge, Merged, Stretch
from fieldkit.vault.migrations import migrate
from fieldkit.vault.naming import target
from fieldkit.vault.reading import VaultReader
from fieldkit.vault.recording import Add, Amend, Change, LogHead, Recorded, uuid7
from fieldkit.vault.schema import MIGRATIONS
from fieldkit.vault.sealed_keys import FIRST_EPOCH, KEY_BYTES
from fieldkit.vault.slots import FILE_NAME as SLOTS_FILE
from fieldkit.vault.slots import KdfParameters, KeySlots, MasterKey
from fieldkit.vault.spans import Spans
from fieldkit.vault.stages import JoinedError, Stage, other_stage
from fieldkit.vault.standing import LEAD, NOBODY, RANKS, WRITES, Standing, judge

_WHO_IS_KNOWN = "'fieldkit list person' shows who is known; 'fieldkit add person name=… party=…' records one."


_MADE_FOR, _MISSION = "made_for", "mission"
"""Under what a vault says what it was made for, until that is done."""


@dataclass(frozen=True, slots=True)
class Terms:
    """On which terms a laptop is admitted: ids of the mission, of the founder's log and of its owner, its letter, name
    and role, and the keys of the epochs that it is given."""

    mission: str
    founder: str
    author: str
    letter: str
    device: str
    role: str
    epochs: Mapping[int, bytes]


class Vault(KeyHolder):
    """An opened mission. Use as a context manager, in one thread; other threads ask for a `reader`."""

    @classmethod
    def create(
        cls,
        folder: Path,
        *,
        title: str,
        author: str,
        passphrase: str,
        regime: str = "mtcr",
        mission: Mapping[str, JSON] | None = None,
        person: Mapping[str, JSON] | None = None,
        letter: str = "A",
        device: str = "laptop A",
        clock: Clock | None = None,
        kdf: KdfParameters | None = None,
    ) -> tuple[Vault, tuple[str, ...]]:
        """Make a mission in an empty or absent folder; the vault, and the recovery words, which are kept nowhere.

        `mission` and `person` give further fields of the mission's and the author's record.
        Raises `UsageError` where something is in the folder already.
        """
        begun = founding(
            title=title, author=author, regime=regime, mission=mission, person=person, letter=letter, device=device
        )  # fmt: skip
        check_empty(folder)
        slots, master, words = KeySlots.create(passphrase, kdf)
        vault = cls._empty(folder, slots, master, clock)
        with unmade_on_error(folder, slots.store_id), _closing_on_error(vault):
            head = vault._found(begun)
            slots.write(folder / SLOTS_FILE)
            vault._own.write_head(head)
            vault._own.sync()
        return vault, words

    @classmethod
    def prepare(
        cls,
        folder: Path,
        passphrase: str,
        *,
        clock: Clock | None = None,
        kdf: KdfParameters | None = None,
    ) -> tuple[Vault, tuple[str, ...]]:
        """Make a vault that belongs to no mission yet and waits to `join` one; it, and its recovery words."""
        check_empty(folder)
        slots, master, words = KeySlots.create(passphrase, kdf)
        return cls._without_mission(folder, slots, master, clock), words

    @classmethod
    def prepare_mission(
        cls,
        folder: Path,
        passphrase: str,
        *,
        clock: Clock | None = None,
        kdf: KdfParameters | None = None,
    ) -> Vault:
        """Make a vault for a mission that is yet to `begin`. Until then it keeps drafts, and only the passphrase opens it."""
        check_empty(folder)
        slots, master = KeySlots.without_recovery(passphrase, kdf)
        return cls._without_mission(folder, slots, master, clock, made_for=_MISSION)

    @classmethod
    def _without_mission(
        cls, folder: Path, slots: KeySlots, master: MasterKey, clock: Clock | None, *, made_for: str = ""
    ) -> Vault:
        vault = cls._empty(folder, slots, master, clock, made_for=made_for)
        with unmade_on_error(folder, slots.store_id), _closing_on_error(vault):
            slots.write(folder / SLOTS_FILE)
        return vault

    @classmethod
    def _empty(
        cls, folder: Path, slots: KeySlots, master: MasterKey, clock: Clock | None, *, made_for: str = ""
    ) -> Vault:
        """A store with its tables and this laptop's encryption key, in an empty or absent folder; its slots are yet to be
        written."""
        make_folder(folder)
        try:
            database = Database.create(folder / STORE_FILE, master.database_key())
        except UnavailableError:
            check_empty(folder)
            raise
        with unmade_on_error(folder, slots.store_id):
            vault = cls(folder, slots, master, database, clock or SystemClock())
            with _closing_on_error(vault):
                migrate(database, MIGRATIONS)
                with database.write():
                    vault._set_meta("slots", slots.digest.hex())
                    vault._set_meta(_MADE_FOR, made_for)
                    vault._put_secret(ENVELOPE, EnvelopeKey.generate().secret)
        return vault

    def begin(
        self,
        *,
        title: str,
        author: str,
        regime: str = "mtcr",
        mission: Mapping[str, JSON] | None = None,
        team: Sequence[str] = (),
        kdf: KdfParameters | None = None,
    ) -> tuple[str, ...]:
        """Begin the mission that this vault was made for, with others of the team by name; the recovery words, as `create`.

        All or nothing. Raises `UsageError`, and `JoinedError` where another fieldkit has begun it meanwhile.
        """
        begun = founding(title=title, author=author, regime=regime, mission=mission, team=team)
        slots, words = self._slots.with_recovery(self._master, kdf)
        self._check_unbegun()
        self.change_slots(slots)
        head = self._found(begun)
        self._own.write_head(head)
        self._own.sync()
        return words

    def _check_unbegun(self) -> None:
        if self.mission_id:
            raise JoinedError("another fieldkit has begun this mission meanwhile", where=str(self.folder))

    def _found(self, begun: Founding) -> LogHead:
        """Found the mission and this laptop's log, in a transaction of its own; the head, to be written."""
        author_id, mission_id = uuid7(), uuid7()
        with self._database.write():
            self._check_unbegun()
            self._set_meta("mission", mission_id)
            self._set_meta("author", author_id)
            self._set_meta("letter", begun.letter)
            self._set_meta("device", begun.device)
            self._set_meta("role", LEAD)
            self._set_meta(_MADE_FOR, "")
            self._put_secret(f"epoch/{FIRST_EPOCH}", os.urandom(KEY_BYTES))
            recorder = self._own.found()
            self._set_meta("founder", recorder.key.log_id)
            _, head = recorder.record(
                [
                    self._own.beginning(recorder),
                    Add("person", begun.person, id=author_id),
                    Add("mission", begun.mission, id=mission_id),
                    self._own.membership(recorder, author_id),
                    *(Add("person", other) for other in begun.team),
                ],
                author_id,
            )
            self._judge()
        return head

    @classmethod
    def open_prepared(cls, folder: Path, passphrase: str, *, clock: Clock | None = None) -> Vault:
        """Open a vault that waits to join a mission. `JoinedError` where it belongs to one. Raises as `open`."""
        slots = KeySlots.read(folder / SLOTS_FILE)
        return cls._unlocked(folder, slots, slots.unlock(passphrase), clock, {Stage.WAITING})

    def join(self, terms: Terms, key: DeviceKey, roster: Iterable[Stretch]) -> None:
        """Make a prepared vault one of a mission: found its log with `key`; all or nothing."""
        with self._database.write():
            for name in ("mission", "founder", "author", "letter", "device", "role"):
                self._set_meta(name, getattr(terms, name))
            for epoch, secret in terms.epochs.items():
                self._put_secret(f"epoch/{epoch}", secret)
            self._set_meta("epoch", str(max(terms.epochs)))
            recorder = self._own.found(key)
            merge = Merge(self._database, self)
            for stretch in roster:
                merge.take(stretch)
            merge.finish()
            _, head = recorder.record([self._own.beginning(recorder)], terms.author)
            self._judge()
            if self.standing(recorder.key.log_id).role != terms.role:
                raise AlteredError("nobody who may do so has admitted this laptop in the role that is said")
        self._own.write_head(head)
        self._own.sync()

    def merge(self, stretches: Iterable[tuple[str, Stretch]]) -> Merged:
        """Take in verified entries of other laptops: all of them, stored, judged and folded, or none.

        Each comes with the name of the kept segment that it was read from, which is folded thereby.
        Where they go beyond this laptop's own log, it was put back from a backup and goes on in a new one.
        """
        own = self.own_log
        held = "SELECT count(*) FROM entries WHERE log = ?"
        before = self._database.value(held, (own.log,))
        with self._database.write():
            merge = Merge(self._database, self)
            for segment, stretch in stretches:
                merge.take(stretch)
                self._database.execute("UPDATE segments SET folded = 1 WHERE name = ?", (segment,))
            merged = merge.finish()
            self._settle_author()
        grown = self._database.value(held, (own.log,)) - before
        if grown or any(fork.log == own.log for fork in merged.forks):
            self._own.leave(
                f"{grown} entries of this laptop's log came back from the team: it had been put back from a backup"
            )
        return merged

    def _settle_author(self) -> None:
        """Record in the name that the laptop's admission gives to its owner, where the one of an earlier admission fell."""
        if self.peek(self.author) is None:
            for view in self.list("member"):
                if view.doc.get("log") == self.own_log.log and self.peek(str(view.doc["person"])) is not None:
                    self._set_meta("author", str(view.doc["person"]))

    def standing(self, log: str) -> Standing:
        """What a log may do, as far as this laptop knows."""
        rows = self._rows("SELECT role, admitted_by, cut, disputed FROM standings WHERE log = ?", log)
        return Standing(*rows[0]) if rows else NOBODY

    def standings(self) -> dict[str, Standing]:
        """The standing of every log that was ever admitted."""
        rows = self._rows("SELECT log, role, admitted_by, cut, disputed FROM standings ORDER BY log")
        return {log: Standing(*rest) for log, *rest in rows}

    def membership(self) -> list[EntryView]:
        """Every entry that says who belongs to the team, whether it counts or not."""
        return list(Merge(self._database, self).membership())

    def standings_with(self, said: Mapping[str, Doc]) -> dict[str, Standing]:
        """What the standings would be had this laptop recorded these values of members' records (by id) now."""
        own = self.own_log
        entries = self.membership()
        for place, (record, values) in enumerate(said.items(), start=own.size):
            fields: Doc = {
                "kind": "member",
                "id": record,
                **{f".{name}": value for name, value in values.items()},
            }
            entries.append(EntryView.read(b"", own.log, place, fields))
        return judge(self.mission_id, self.meta("founder"), entries, Spans(self._database)).standings

    @classmethod
    def open(
        cls, folder: Path, passphrase: str, *, clock: Clock | None = None, unbegun: bool = False
    ) -> Vault:
        """Open the mission in `folder`; with `unbegun`, also a vault whose mission is yet to `begin`.

        Raises `PassphraseError`, `UnreadableError` or `AlteredError` (naming the file), `NewerFormatError`, `UnbegunError`.
        What does not agree but can be lived with is told in `notices`.
        """
        slots = KeySlots.read(folder / SLOTS_FILE)
        stages = {Stage.MISSION, Stage.UNBEGUN} if unbegun else {Stage.MISSION}
        return cls._unlocked(folder, slots, slots.unlock(passphrase), clock, stages)

    @classmethod
    def recover(cls, folder: Path, words: str, *, clock: Clock | None = None) -> Vault:
        """Open the mission in `folder` by its recovery words. Raises as `open`."""
        slots = KeySlots.read(folder / SLOTS_FILE)
        return cls._unlocked(folder, slots, slots.recover(words), clock)

    @classmethod
    def _unlocked(
        cls,
        folder: Path,
        slots: KeySlots,
        master: MasterKey,
        clock: Clock | None,
        stages: Container[Stage] = (Stage.MISSION,),
    ) -> Vault:
        database = Database.open(folder / STORE_FILE, master.database_key())
        vault = cls(folder, slots, master, database, clock or SystemClock())
        with _closing_on_error(vault):
            migrate(database, MIGRATIONS)
            if vault.meta("slots") != slots.digest.hex():
                vault._replaced_slots()
            if vault.stage not in stages:
                raise other_stage(vault.stage, folder)
            if vault.stage is Stage.MISSION:
                vault.notices += vault._own.compare_heads()
        return vault

    @property
    def stage(self) -> Stage:
        """Whether this vault belongs to a mission, and if not, what it waits for."""
        if self.mission_id:
            return Stage.MISSION
        return Stage.UNBEGUN if self.meta(_MADE_FOR) == _MISSION else Stage.WAITING

    def reader(self) -> VaultReader:
        """A reader with a connection of its own for the calling thread; close it there."""
        return VaultReader(self._database.reader())

    def sibling(self) -> Vault:
        """A further vault over the same store, for the calling thread: each transaction takes its turn. Close it there."""
        return Vault._unlocked(self.folder, self._slots, self._master, self._clock)

    def record(self, changes: Sequence[Change], *, author: str | None = None) -> Sequence[Recorded]:
        """Record changes, all or none; durable when this returns.

        `author` names a person of the team (id, number or name); the vault's own author unless given. Raises
        `UsageError` (form), `RefusedError` (a rule of the field), `UnavailableError` (in use, disk full).
        """
        if not changes:
            return []
        self.begin_due_log()
        with self._database.write():
            self._check_standing(changes)
            who = self._team_member(author)
            recorded, head = self._own.recorder().record(changes, who)
            if "member" in self._kinds(changes):
                self._judge()
        self._own.write_head(head)
        return recorded

    def begin_due_log(self) -> bool:
        """Begin the new log that a copied or restored vault goes on in, where one is due; whether it was.

        Recording does it by itself; an export does it first, so that no bundle claims the log that was left.
        """
        return self._own.begin_due(self.author, self._judge)

    def attach(
        self,
        source: BinaryIO,
        name: str,
        to: str,
        *,
        media_type: str | None = None,
        author: str | None = None,
    ) -> Sequence[Recorded]:
        """Keep a file's bytes and link them as evidence of a record; the `media` and the amended record."""
        target = self.get(to)
        compartment = self.compartment_of(target.id)
        stored = self._media_of(compartment).put(source)
        guessed = media_type or mimetypes.guess_type(name)[0] or "application/octet-stream"
        media = uuid7()
        values: Doc = {
            "name": name,
            "sha256": stored.sha256,
            "size": stored.size,
            "media_type": guessed,
            "parts": list(stored.parts),
        }
        return self.record(
            [
                Add("media", values, id=media, compartment=compartment),
                Amend(target.id, f"file attached: {name}", add={"evidence": [media]}),
            ],
            author=author,
        )

    def person(self, who: str) -> str:
        """The record id of a person, by id, human number or name. Raises `UsageError`."""
        record = target(self, who, ("person",))
        if self.kind_of(record) != "person":
            raise UsageError(f"{who} is not a person", remedy=_WHO_IS_KNOWN)
        return record

    def _check_standing(self, changes: Sequence[Change]) -> None:
        """Refuse what every other laptop would put into quarantine."""
        standing = self.standing(self.own_log.log)
        if standing.cut is not None:
            raise RefusedError(
                "this laptop was struck off: what it records counts no more",
                remedy="Ask the lead of the team; to go on, ask to join anew, in another folder.",
            )
        if not standing.role:
            raise RefusedError(
                "this laptop is admitted no more, because whoever admitted it was struck off: what it records does not count",
                remedy="Ask who leads now to admit it anew, by the same request: fieldkit members request FILE. All of it counts then.",
            )
        role = self.role
        allowed = WRITES.get(role)
        if allowed is None and role in RANKS:
            return
        for kind in sorted(self._kinds(changes)):
            leads = kind in ("member", COMPARTMENT)
            if (allowed is not None and kind not in allowed) or (leads and role not in RANKS):
                raise RefusedError(
                    f"a laptop in the role {role} records no {kind}",
                    remedy="Record it on a laptop whose role allows it.",
                )

    def _kinds(self, changes: Sequence[Change]) -> set[str]:
        amended = {change.ref for change in changes if not isinstance(change, Add)}
        return {change.kind for change in changes if isinstance(change, Add)} | {
            self.get(ref).kind for ref in amended
        }

    def _judge(self) -> None:
        """Work out anew who may write, inside the caller's transaction, after this laptop said something about it."""
        Merge(self._database, self, members_changed=True).finish()

    def _team_member(self, author: str | None) -> str:
        who = self.person(author) if author else self.author
        check_author(who, Lookup(self))
        return who


@contextlib.contextmanager
def _closing_on_error(vault: Vault) -> Iterator[None]:
    try:
        yield
    except BaseException:
        vault.close()
        raise
