"""`Vault`: the one door for reading and writing a mission on this laptop.

`record` is the only way in: checked, signed, appended, folded and durable when it returns. Opening compares the
journal's head kept outside the database with the one inside and says in words what does not agree; a vault that was
copied or put back from a backup goes on in a new log, because two laptops must never write the same one.
"""

from __future__ import annotations

import contextlib
import json
import mimetypes
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO

from fieldkit.domain.decode import normalise
from fieldkit.domain.jsontypes import JSON, Doc
from fieldkit.domain.rules import check_author
from fieldkit.errors import AlteredError, RefusedError, UsageError
from fieldkit.journal import canonical
from fieldkit.journal.keys import DeviceKey
from fieldkit.vault.clock import Clock, SystemClock
from fieldkit.vault.compartments import KIND as COMPARTMENT
from fieldkit.vault.database import FILE_NAME as STORE_FILE
from fieldkit.vault.database import Database
from fieldkit.vault.durable import make_folder
from fieldkit.vault.envelopes import ENVELOPE, EnvelopeKey
from fieldkit.vault.locks import Locks
from fieldkit.vault.lookup import Lookup
from fieldkit.vault.media import MediaStore
from fieldkit.vault.merging import Merge, Merged, Stretch
from fieldkit.vault.migrations import migrate
from fieldkit.vault.own_log import Notice, OwnLog
from fieldkit.vault.reading import LogView, VaultReader
from fieldkit.vault.recording import Add, Amend, Change, Recorded, uuid7
from fieldkit.vault.schema import MIGRATIONS
from fieldkit.vault.sealed_keys import FIRST_EPOCH, KEY_BYTES
from fieldkit.vault.slots import FILE_NAME as SLOTS_FILE
from fieldkit.vault.slots import KdfParameters, KeySlots, MasterKey
from fieldkit.vault.standing import LEAD, NOBODY, RANKS, WRITES, Standing

_WHO_IS_KNOWN = "'fieldkit list person' shows who is known; 'fieldkit add person name=… party=…' records one."


@dataclass(frozen=True, slots=True)
class Export:
    """One numbered export of this laptop: its seal's bytes and the size and root (hex) of each log in it."""

    n: int
    fingerprint: str
    heads: Mapping[str, tuple[int, str]]
    seal: bytes


Notices = list[Notice]


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


class Vault(VaultReader):
    """An opened mission. Use as a context manager, in one thread; other threads ask for a `reader`."""

    def __init__(
        self, folder: Path, slots: KeySlots, master: MasterKey, database: Database, clock: Clock
    ) -> None:
        super().__init__(database)
        self.folder = folder
        self.notices: Notices = []
        self._slots = slots
        self._master = master
        self._database = database
        self._clock = clock
        self._own = OwnLog(folder, slots.store_id, database, self, clock)
        self._media: MediaStore | None = None
        self._media_keys = 0

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
        who = normalise("person", {"party": "team", "role": "lead", **(person or {}), "name": author})
        what = normalise("mission", {"regime": regime, **(mission or {}), "title": title})
        vault, words = cls._empty(folder, passphrase, kdf, clock)
        with _closing_on_error(vault):
            author_id, mission_id = uuid7(), uuid7()
            with vault._database.write():
                vault._set_meta("mission", mission_id)
                vault._set_meta("author", author_id)
                vault._set_meta("letter", letter)
                vault._set_meta("device", device)
                vault._set_meta("role", LEAD)
                vault._put_secret(f"epoch/{FIRST_EPOCH}", os.urandom(KEY_BYTES))
                recorder, log = vault._own.found()
                vault._set_meta("founder", recorder.key.log_id)
                _, head = recorder.record(
                    [
                        Add("log", log),
                        Add("person", who, id=author_id),
                        Add("mission", what, id=mission_id),
                        Add("member", vault._own.membership(recorder, author_id)),
                    ],
                    author_id,
                )
                vault._judge()
            vault._slots.write(folder / SLOTS_FILE)
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
        vault, words = cls._empty(folder, passphrase, kdf, clock)
        with _closing_on_error(vault):
            vault._slots.write(folder / SLOTS_FILE)
        return vault, words

    @classmethod
    def _empty(
        cls, folder: Path, passphrase: str, kdf: KdfParameters | None, clock: Clock | None
    ) -> tuple[Vault, tuple[str, ...]]:
        """A store with its tables and this laptop's encryption key, in an empty or absent folder, without slots."""
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise UsageError(
                "there is something here already", where=str(folder), remedy="Name a new or an empty folder."
            )
        make_folder(folder)
        slots, master, words = KeySlots.create(passphrase, kdf)
        database = Database.create(folder / STORE_FILE, master.database_key())
        vault = cls(folder, slots, master, database, clock or SystemClock())
        with _closing_on_error(vault):
            migrate(database, MIGRATIONS)
            with database.write():
                vault._set_meta("slots", slots.digest.hex())
                vault._put_secret(ENVELOPE, EnvelopeKey.generate().secret)
        return vault, words

    @classmethod
    def open_prepared(cls, folder: Path, passphrase: str, *, clock: Clock | None = None) -> Vault:
        """Open a vault that waits to join a mission. `UsageError` where it belongs to one. Raises as `open`."""
        slots = KeySlots.read(folder / SLOTS_FILE)
        return cls._unlocked(folder, slots, slots.unlock(passphrase), clock, prepared=True)

    def join(self, terms: Terms, key: DeviceKey, roster: Iterable[Stretch]) -> None:
        """Make a prepared vault one of a mission: found its log with `key`; all or nothing."""
        with self._database.write():
            for name in ("mission", "founder", "author", "letter", "device", "role"):
                self._set_meta(name, getattr(terms, name))
            for epoch, secret in terms.epochs.items():
                self._put_secret(f"epoch/{epoch}", secret)
            self._set_meta("epoch", str(max(terms.epochs)))
            recorder, log = self._own.found(key)
            merge = Merge(self._database, self)
            for stretch in roster:
                merge.take(stretch)
            merge.finish()
            _, head = recorder.record([Add("log", log)], terms.author)
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
        with self._database.write():
            merge = Merge(self._database, self)
            for segment, stretch in stretches:
                merge.take(stretch)
                self._database.execute("UPDATE segments SET folded = 1 WHERE name = ?", (segment,))
            merged = merge.finish()
        grown = self.own_log.size - own.size
        if grown or any(fork.log == own.log for fork in merged.forks):
            self._own.leave(
                f"{grown} entries of this laptop's log came back from the team: it had been put back from a backup"
            )
        return merged

    def standing(self, log: str) -> Standing:
        """What a log may do, as far as this laptop knows."""
        rows = self._rows("SELECT role, admitted_by, cut FROM standings WHERE log = ?", log)
        return Standing(*rows[0]) if rows else NOBODY

    def standings(self) -> dict[str, Standing]:
        """The standing of every log that was ever admitted."""
        rows = self._rows("SELECT log, role, admitted_by, cut FROM standings ORDER BY log")
        return {log: Standing(*rest) for log, *rest in rows}

    def device_key(self) -> DeviceKey:
        """The key of the log that this laptop writes."""
        return self._own.recorder().key

    def add_epoch(self, epoch: int, secret: bytes, *, current: bool) -> None:
        """Keep the key of an epoch; with `current`, seal under it from now on."""
        with self._database.write():
            self._put_secret(f"epoch/{epoch}", secret)
            if current:
                self._set_meta("epoch", str(epoch))

    def epoch_keys(self) -> dict[int, bytes]:
        """The key of every epoch that this laptop holds."""
        rows = self._rows("SELECT name, value FROM secrets WHERE name LIKE 'epoch/%'")
        return {int(name.removeprefix("epoch/")): bytes(value) for name, value in rows}

    def open_compartments(self) -> None:
        """Take in the keys of compartments that were sealed to this laptop, and open what they open."""
        with self._database.write():
            if not Locks(self._database, self).take_in():
                return
            Merge(self._database, self).finish()

    def give_compartment(self, compartment: str, recipients: Mapping[str, str]) -> None:
        """Seal every key of a compartment that is here to further laptops (log -> encryption key)."""
        key = self.device_key()
        with self._database.write():
            locks = Locks(self._database, self)
            locks.sealing(compartment, key)
            for (name, epoch), secrets in sorted(locks.secrets().items()):
                for secret in secrets if name == compartment else ():
                    locks.give(compartment, epoch, secret, key, recipients)

    def renew_compartment(self, compartment: str) -> None:
        """Seal what is recorded in a compartment from now on under a new key, for those who read it now."""
        key = self.device_key()
        with self._database.write():
            Locks(self._database, self).renew(compartment, key)

    @classmethod
    def open(cls, folder: Path, passphrase: str, *, clock: Clock | None = None) -> Vault:
        """Open the mission in `folder`.

        Raises `PassphraseError`, `UnreadableError` or `AlteredError` (naming the file), `NewerFormatError`.
        What does not agree but can be lived with is told in `notices`.
        """
        slots = KeySlots.read(folder / SLOTS_FILE)
        return cls._unlocked(folder, slots, slots.unlock(passphrase), clock)

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
        *,
        prepared: bool = False,
    ) -> Vault:
        database = Database.open(folder / STORE_FILE, master.database_key())
        vault = cls(folder, slots, master, database, clock or SystemClock())
        with _closing_on_error(vault):
            migrate(database, MIGRATIONS)
            if vault.meta("slots") != slots.digest.hex():
                vault._replaced_slots()
            if prepared and vault.mission_id:
                raise UsageError("this vault belongs to a mission already", where=str(folder))
            if not prepared and not vault.mission_id:
                raise UsageError(
                    "this laptop has asked to join a mission and is not admitted yet",
                    where=str(folder),
                    remedy="Join with the file that you were given: fieldkit members join FILE.",
                )
            if not prepared:
                vault.notices += vault._own.compare_heads()
        return vault

    @property
    def mission_id(self) -> str:
        """The record id of the mission."""
        return self.meta("mission")

    @property
    def author(self) -> str:
        """The record id of the person in whose name entries are made unless another is named."""
        return self.meta("author")

    @property
    def letter(self) -> str:
        """This laptop's letter in human numbers."""
        return self.meta("letter")

    @property
    def own_log(self) -> LogView:
        """The log that this laptop writes."""
        return self._own.view

    @property
    def media(self) -> MediaStore:
        """The encrypted originals, under every key that is here by now; the store may be used from several threads."""
        ((held,),) = self._rows(
            "SELECT count(*) FROM secrets WHERE name LIKE 'epoch/%' OR name LIKE 'compartment/%'"
        )
        if self._media is None or self._media.current_epoch != self.epoch or held > self._media_keys:
            self._media, self._media_keys = self._media_store(self.epoch), held
        return self._media

    def _media_of(self, compartment: str) -> MediaStore:
        """Where originals go of records that are in this compartment (empty: in none)."""
        if not compartment:
            return self.media
        key = self.device_key()
        with self._database.write():
            epoch, _ = Locks(self._database, self).sealing(compartment, key)
        return self._media_store(epoch)

    def _media_store(self, epoch: int) -> MediaStore:
        keys = self.epoch_keys()
        for (_, number), secrets in Locks(self._database, self).secrets().items():
            keys.setdefault(number, secrets[0])
        return MediaStore(self.folder, self.mission_id, partial(_epoch_key, keys), epoch)

    @property
    def epoch(self) -> int:
        """The number of the mission's current key epoch."""
        return int(self.meta("epoch") or FIRST_EPOCH)

    @property
    def role(self) -> str:
        """The role in which this laptop was admitted."""
        return self.meta("role")

    @property
    def slots(self) -> KeySlots:
        """The key slots as they are in vault.json."""
        return self._slots

    @property
    def master(self) -> MasterKey:
        """The unwrapped master key of the store."""
        return self._master

    @property
    def database(self) -> Database:
        """The writing connection: for the doctor and for backups."""
        return self._database

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
        begun = self._own.begin_due(self.author)
        if begun:
            with self._database.write():
                self._judge()
        return begun

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
        """The record id of a person, by id, human number or exact name. Raises `UsageError`."""
        named = [view.id for view in self.find("person", "name", who) if not view.retracted]
        if len(named) == 1:
            return named[0]
        if named:
            raise UsageError(f"{len(named)} persons are called {who!r}", remedy="Name the number instead.")
        try:
            record = self.resolve(who)
        except UsageError:
            raise UsageError(f"nobody here is called {who!r}", remedy=_WHO_IS_KNOWN) from None
        if self.kind_of(record) != "person":
            raise UsageError(f"{who} is not a person", remedy=_WHO_IS_KNOWN)
        return record

    def save_draft(self, name: str, doc: Doc) -> None:
        """Keep what was typed under a name, in place of what was kept there."""
        body = canonical.encode(doc).decode()
        with self._database.write():
            self._database.execute(
                "INSERT OR REPLACE INTO drafts (name, body, saved) VALUES (?,?,?)",
                (name, body, self._clock.read().at),
            )

    def drop_draft(self, name: str) -> None:
        """Forget a draft, because it was recorded or given up."""
        with self._database.write():
            self._database.execute("DELETE FROM drafts WHERE name = ?", (name,))

    def put_thumbnails(self, thumbnails: Iterable[tuple[str, bytes]]) -> None:
        """Keep thumbnails: pairs of the original's SHA-256 (hex) and JPEG bytes."""
        with self._database.write():
            self._database.connection.executemany(
                "INSERT OR REPLACE INTO thumbnails (sha256, jpeg) VALUES (?,?)", thumbnails
            )

    def store_secret(self, name: str, value: bytes) -> None:
        """Seal a secret (a person's private key) in the store."""
        with self._database.write():
            self._put_secret(name, value)

    def secret(self, name: str) -> bytes | None:
        """A sealed secret, or None."""
        value = self._database.value("SELECT value FROM secrets WHERE name = ?", (name,))
        return bytes(value) if value is not None else None

    def exports(self) -> Sequence[Export]:
        """This laptop's exports in order."""
        return [
            Export(n, fingerprint, _heads(heads), bytes(seal))
            for n, fingerprint, heads, seal in self._rows(
                "SELECT n, fingerprint, heads, seal FROM exports ORDER BY n"
            )
        ]

    @contextlib.contextmanager
    def only_open_records(self) -> Iterator[None]:
        """Inside, this vault shows no record of a compartment: for what leaves the team. Nothing is recorded inside."""
        self._database.execute(
            "CREATE TEMP VIEW records AS SELECT * FROM main.records WHERE substr(id, 15, 1) <> '8'"
        )
        try:
            yield
        finally:
            self._database.execute("DROP VIEW temp.records")

    def remember_export(self, export: Export) -> None:
        """Keep an export's number, heads and seal; the same fingerprint is kept once."""
        heads: Doc = {log: [size, root] for log, (size, root) in export.heads.items()}
        with self._database.write():
            self._database.execute(
                "INSERT INTO exports (n, fingerprint, heads, seal) VALUES (?,?,?,?)",
                (export.n, export.fingerprint, canonical.encode(heads).decode(), export.seal),
            )

    def change_slots(self, slots: KeySlots) -> None:
        """Put new key slots in place: the store's copy of their digest and vault.json."""
        with self._database.write():
            self._set_meta("slots_next", slots.digest.hex())
        slots.write(self.folder / SLOTS_FILE)
        with self._database.write():
            self._set_meta("slots", slots.digest.hex())
            self._set_meta("slots_next", "")
        self._slots = slots

    def close(self) -> None:
        """Make the head files durable and give the connection back."""
        try:
            self._own.close()
        finally:
            self._database.close()

    def _check_standing(self, changes: Sequence[Change]) -> None:
        """Refuse what every other laptop would put into quarantine."""
        standing = self.standing(self.own_log.log)
        if standing.cut is not None:
            raise RefusedError(
                "this laptop was struck off: what it records counts no more",
                remedy="Ask the lead of the team; to go on, ask to join anew, in another folder.",
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

    def _put_secret(self, name: str, value: bytes) -> None:
        self._database.execute("INSERT OR REPLACE INTO secrets (name, value) VALUES (?,?)", (name, value))

    def _set_meta(self, name: str, value: str) -> None:
        self._database.execute("INSERT OR REPLACE INTO meta (name, value) VALUES (?,?)", (name, value))

    def _replaced_slots(self) -> None:
        """vault.json is not the one this store saw last: the end of an interrupted change, or another file."""
        if self.meta("slots_next") == self._slots.digest.hex():
            with self._database.write():
                self._set_meta("slots", self._slots.digest.hex())
                self._set_meta("slots_next", "")
            return
        self.notices.append(
            Notice(
                "key slots",
                "vault.json is not the one that this store saw last",
                "An older copy was put back, so a passphrase that was changed may open the vault: change it again.",
            )
        )


def _epoch_key(keys: Mapping[int, bytes], epoch: int) -> bytes:
    if epoch not in keys:
        raise UsageError(
            f"this laptop does not hold the mission's key of epoch {epoch}",
            remedy="Ask a member who holds it to grant it.",
        )
    return keys[epoch]


def _heads(text: str) -> dict[str, tuple[int, str]]:
    return {log: (int(size), str(root)) for log, (size, root) in json.loads(text).items()}


@contextlib.contextmanager
def _closing_on_error(vault: Vault) -> Iterator[None]:
    try:
        yield
    except BaseException:
        vault.close()
        raise
