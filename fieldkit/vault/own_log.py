"""The log that this laptop writes: its key, its founding, its head outside the database, and when it must be left.

A vault that was copied, put back from a backup or lost entries goes on in a new log, because two laptops must never write
the same one.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from fieldkit.domain.jsontypes import JSON, Doc
from fieldkit.errors import AlteredError
from fieldkit.journal.checkpoint import log_origin
from fieldkit.journal.keys import DeviceKey
from fieldkit.journal.merkle import Frontier, root_of
from fieldkit.vault.belonging import encryption_text, log_record, member_record, succession_text
from fieldkit.vault.clock import Clock
from fieldkit.vault.database import Database
from fieldkit.vault.envelopes import ENVELOPE, EnvelopeKey
from fieldkit.vault.head import DAMAGE_REMEDY, Head, HeadFiles, Place, Verdict, compare
from fieldkit.vault.reading import LogView, VaultReader
from fieldkit.vault.recording import Add, LogHead, Recorder


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that the person who opened the vault has to know: what was found, and what to do."""

    verdict: str
    problem: str
    remedy: str


class OwnLog:
    """Founds, continues and guards the log of this laptop, through the vault's writing connection."""

    def __init__(
        self, folder: Path, store_id: str, database: Database, reader: VaultReader, clock: Clock
    ) -> None:
        self._store_id = store_id
        self._database = database
        self._reader = reader
        self._clock = clock
        self._heads = HeadFiles(folder, store_id)
        self._place = Place.of(folder)
        self._left_log = ""
        self._left_because = ""

    @property
    def view(self) -> LogView:
        """The log as it stands in the store."""
        return next(log for log in self._reader.logs() if log.own)

    @property
    def due(self) -> bool:
        """Whether a new log has to be begun before anything is recorded."""
        return bool(self._left_log)

    def recorder(self) -> Recorder:
        """What records into this log. Raises `AlteredError` where its key is gone."""
        log = self.view.log
        seed = self._database.value("SELECT value FROM secrets WHERE name = ?", (f"device/{log}",))
        if seed is None:
            raise AlteredError("the key of this laptop's log is missing", where=str(self._database.path))
        return self._recorder(DeviceKey.from_bytes(bytes(seed)))

    def found(self, key: DeviceKey | None = None) -> Recorder:
        """A new, empty log that this laptop writes from now on, inside the caller's transaction: what records into it. Its
        first entry has to be its `beginning`."""
        key = key or DeviceKey.generate()
        recorder = self._recorder(key)
        device, letter = self._reader.meta("device"), self._reader.meta("letter")
        self._database.execute(
            "INSERT INTO secrets (name, value) VALUES (?,?)", (f"device/{key.log_id}", key.seed)
        )
        self._database.execute("UPDATE logs SET own = 0")
        self._database.execute(
            "INSERT INTO logs (log, device, letter, public_key, origin, size, frontier, own)"
            " VALUES (?,?,?,?,?,0,?,1)",
            (key.log_id, device, letter, key.public, recorder.origin, Frontier().encode()),
        )
        return recorder

    def beginning(self, recorder: Recorder, more: Mapping[str, JSON] = MappingProxyType({})) -> Add:
        """The `log` record, with `more` values, that begins this laptop's log."""
        log = recorder.key.log_id
        values: Doc = {
            "device": self._reader.meta("device"),
            "letter": recorder.letter,
            "key": _public(recorder.key),
        }
        return Add("log", {**values, **more}, id=log_record(self._reader.meta("mission"), log))

    def membership(self, recorder: Recorder, person: str) -> Add:
        """The `member` record by which a person and this laptop's log belong together."""
        log = recorder.key.log_id
        secret = self._database.value("SELECT value FROM secrets WHERE name = ?", (ENVELOPE,))
        public = EnvelopeKey.from_bytes(bytes(secret)).public
        values: Doc = {
            "person": person,
            "device": self._reader.meta("device"),
            "log": log,
            "letter": recorder.letter,
            "role": self._reader.meta("role"),
            "public_key": _public(recorder.key),
            "encryption_key": public,
            "encryption_signature": base64.b64encode(recorder.key.sign(encryption_text(public))).decode(),
            "status": "admitted",
        }
        return Add("member", values, id=member_record(self._reader.meta("mission"), log, log))

    def leave(self, reason: str) -> None:
        """Go on in a new log with the next entry, because the log so far may be another's as well."""
        self._left_log, self._left_because = self.view.log, reason

    def begin_due(self, author: str, judge: Callable[[], object]) -> bool:
        """Begin the new log, where one is due, and `judge` it, in a transaction of its own; whether it was begun here."""
        if not self.due:
            return False
        head = None
        with self._database.write():
            # Another process may have begun it since this one opened the vault.
            if self.view.log == self._left_log:
                head = self._continue(author)
                judge()
        self._left_log = ""
        if head is not None:
            self.write_head(head)
        return head is not None

    def compare_heads(self) -> list[Notice]:
        """Hold the database against the copies of its head; what people have to know."""
        own = self.view
        frontier = self._database.value("SELECT frontier FROM logs WHERE log = ?", (own.log,))
        root = Frontier.decode(frontier).root()
        here = self._placed(LogHead(own.log, own.size, root, self._reader.checkpoint(own.log)))
        folder_copy, state_copy = (
            self._heads.read(path) for path in (self._heads.folder_copy, self._heads.state_copy)
        )

        def holds(log: str, size: int, root: bytes) -> bool:
            if (log, size) == (here.log, here.size):
                return root == here.root
            hashes = self._reader.leaf_hashes(log, size)
            return len(hashes) == size > 0 and root_of(hashes) == root

        verdict = compare(here, folder_copy, state_copy, holds)
        if verdict.needs_new_log:
            self._left_log, self._left_because = own.log, verdict.problem
        notices = [Notice(verdict.verdict, verdict.problem, verdict.remedy)] if verdict.to_tell else []
        if verdict.damaged and verdict.verdict is not Verdict.DAMAGED:
            named = ", ".join(verdict.damaged)
            notices.append(
                Notice(Verdict.DAMAGED, f"a copy of the journal's head is damaged: {named}", DAMAGE_REMEDY)
            )
        if folder_copy is None:
            missing = "the file `head` is missing from the folder"
            notices.append(Notice(Verdict.DAMAGED, missing, "It is written anew with the next entry."))
        return notices

    def write_head(self, head: LogHead) -> None:
        """Put a committed head into both copies, without waiting for the disk."""
        self._heads.write(self._placed(head))

    def sync(self) -> None:
        """Make both copies of the head durable."""
        self._heads.sync()

    def close(self) -> None:
        """Make both copies durable and let go of their files."""
        self._heads.close()

    def _continue(self, author: str) -> LogHead:
        """Go on in a new log, whose first entry names the one before and why it is left."""
        before = self.view
        root = root_of(self._reader.leaf_hashes(before.log, before.size))
        former = self.recorder().key
        recorder = self.found()
        told = succession_text(self._reader.meta("mission"), before.log, recorder.key.public)
        continued: Doc = {
            "previous": before.log,
            "previous_key": _public(former),
            "succession": base64.b64encode(former.sign(told)).decode(),
            "previous_head": f"{before.size} {base64.b64encode(root).decode()}",
            "reason": self._left_because,
        }
        _, head = recorder.record(
            [
                self.beginning(recorder, continued),
                self.membership(recorder, author),
                Add("incident", {"incident_type": "security", "text": self._left_because}),
            ],
            author,
        )
        return head

    def _recorder(self, key: DeviceKey) -> Recorder:
        return Recorder(
            store=self._database,
            reader=self._reader,
            key=key,
            origin=log_origin(self._reader.meta("mission"), key.log_id),
            letter=self._reader.meta("letter"),
            clock=self._clock,
        )

    def _placed(self, head: LogHead) -> Head:
        return Head(self._store_id, head.log, head.size, head.root, head.note.decode("utf-8"), self._place)


def _public(key: DeviceKey) -> str:
    return base64.b64encode(key.public).decode()
