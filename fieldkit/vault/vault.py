"""`Vault`: the one door for reading and writing a mission on this laptop.

`record` is the only way in: checked, signed, appended, folded and durable when it returns. Opening compares the
journal's head kept outside the database with the one inside and says in words what does not agree; a vault that was
copied or put back from a backup goes on in a new log, because two laptops must never write the same one.
"""

from __future__ import annotations

import contextlib
import mimetypes
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from fieldkit import paths
from fieldkit.domain.decode import normalise
from fieldkit.domain.jsontypes import JSON, Doc
from fieldkit.domain.rules import check_author
from fieldkit.errors import AlteredError, RefusedError, UsageError
from fieldkit.journal.keys import DeviceKey
from fieldkit.vault.clock import Clock, SystemClock
from fieldkit.vault.compartments import KIND as COMPARTMENT
from fieldkit.vault.database import FILE_NAME as STORE_FILE
from fieldkit.vault.database import Database
from fieldkit.vault.durable import make_folder
from fieldkit.vault.envelopes import ENVELOPE, EnvelopeKey
from fieldkit.vault.fold import EntryView
from fieldkit.vault.head import FILE_NAME as HEAD_FILE
from fieldkit.vault.keyholder import KeyHolder
from fieldkit.vault.lookup import Lookup
from fieldkit.vault.merging import Merge, Merged, Stretch
from fieldkit.vault.migrations import migrate
from fieldkit.vault.naming import target
from fieldkit.vault.reading import VaultReader
from fieldkit.vault.recording import Add, Amend, Change, Recorded, uuid7
from fieldkit.vault.schema import MIGRATIONS
from fieldkit.vault.sealed_keys import FIRST_EPOCH, KEY_BYTES
from fieldkit.vault.slots import FILE_NAME as SLOTS_FILE
from fieldkit.vault.slots import KdfParameters, KeySlots, MasterKey
from fieldkit.vault.spans import Spans
from fieldkit.vault.standing import LEAD, NOBODY, RANKS, WRITES, Standing, judge

_WHO_IS_KNOWN = "'fieldkit list person' shows who is known; 'fieldkit add person name=… party=…' records one."


class JoinedError(UsageError):
    """The vault belongs to a mission already."""


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
        who = normalise("person", {"party": "team", "role": "lead", **(person or {}), "name": author})
        what = normalise("mission", {"regime": regime, **(mission or {}), "title": title})
        vault, words = cls._empty(folder, passphrase, kdf, clock)
        with _unmade_on_error(folder, vault.slots.store_id), _closing_on_error(vault):
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
        with _unmade_on_error(folder, vault.slots.store_id), _closing_on_error(vault):
            vault._slots.write(folder / SLOTS_FILE)
        return vault, words

    @classmethod
    def _empty(
        cls, folder: Path, passphrase: str, kdf: KdfParameters | None, clock: Clock | None
    ) -> tuple[Vault, tuple[str, ...]]:
        """A store with its tables and this laptop's encryption key, in an empty or absent folder, without slots."""
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise _not_empty(folder)
        make_folder(folder)
        slots, master, words = KeySlots.create(passphrase, kdf)
        with _unmade_on_error(folder, slots.store_id):
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
        """Open a vault that waits to join a mission. `JoinedError` where it belongs to one. Raises as `open`."""
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

    def standings_with(self, said: Iterable[Doc]) -> dict[str, Standing]:
        """What the standings would be had this laptop recorded these values of members now."""
        own = self.own_log
        entries = self.membership()
        for place, values in enumerate(said, start=own.size):
            fields: Doc = {"kind": "member", **{f".{name}": value for name, value in values.items()}}
            entries.append(EntryView.read(b"", own.log, place, fields))
        return judge(self.mission_id, self.meta("founder"), entries, Spans(self._database)).standings

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
                raise JoinedError("this vault belongs to a mission already", where=str(folder))
            if not prepared and not vault.mission_id:
                raise UsageError(
                    "this laptop has asked to join a mission and is not admitted yet",
                    where=str(folder),
                    remedy="Join with the file that you were given: fieldkit members join FILE.",
                )
            if not prepared:
                vault.notices += vault._own.compare_heads()
        return vault

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


@contextlib.contextmanager
def _unmade_on_error(folder: Path, store_id: str) -> Iterator[None]:
    """A vault that cannot be made whole, on a full disk perhaps, leaves nothing of itself behind."""
    try:
        yield
    except BaseException:
        made = [
            path for path in folder.iterdir() if path.name.startswith((STORE_FILE, SLOTS_FILE, HEAD_FILE))
        ]
        for path in (*made, paths.head_copy(store_id)):
            with contextlib.suppress(OSError):
                path.unlink()
        raise


def _not_empty(folder: Path) -> UsageError:
    """The refusal to make a vault where something is; one that was never finished is told as such."""
    names = {path.name for path in folder.iterdir()} if folder.is_dir() else set()
    if STORE_FILE in names and SLOTS_FILE not in names:
        return UsageError(
            f"a vault without its {SLOTS_FILE} is here: its making was broken off, or the file was taken away",
            where=str(folder),
            remedy=f"Nothing opens it without that file. If you have no copy of {SLOTS_FILE}, remove the folder; or name a new one.",
        )
    return UsageError(
        "there is something here already", where=str(folder), remedy="Name a new or an empty folder."
    )
