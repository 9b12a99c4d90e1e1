"""What a laptop keeps of a mission for itself and sends to nobody: who it is, its secrets, drafts, thumbnails as it shows them,
its exports and the slots of its keys."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from fieldkit.domain.jsontypes import Doc
from fieldkit.journal import canonical
from fieldkit.vault.clock import Clock
from fieldkit.vault.database import Database
from fieldkit.vault.own_log import Notice, OwnLog
from fieldkit.vault.reading import LogView, VaultReader
from fieldkit.vault.sealed_keys import FIRST_EPOCH
from fieldkit.vault.slots import FILE_NAME as SLOTS_FILE
from fieldkit.vault.slots import KeySlots, MasterKey


@dataclass(frozen=True, slots=True)
class Export:
    """One numbered export of this laptop: its seal's bytes and the size and root (hex) of each log in it."""

    n: int
    fingerprint: str
    heads: Mapping[str, tuple[int, str]]
    seal: bytes


class Laptop(VaultReader):
    """A mission's store with the part of it that belongs to this laptop alone."""

    def __init__(
        self, folder: Path, slots: KeySlots, master: MasterKey, database: Database, clock: Clock
    ) -> None:
        super().__init__(database)
        self.folder = folder
        self.notices: list[Notice] = []
        self._slots = slots
        self._master = master
        self._database = database
        self._clock = clock
        self._own = OwnLog(folder, slots.store_id, database, self, clock)

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
    def role(self) -> str:
        """The role in which this laptop was admitted."""
        return self.meta("role")

    @property
    def epoch(self) -> int:
        """The number of the mission's current key epoch."""
        return int(self.meta("epoch") or FIRST_EPOCH)

    @property
    def own_log(self) -> LogView:
        """The log that this laptop writes."""
        return self._own.view

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

    def remember_export(self, export: Export) -> None:
        """Keep an export's number, heads and seal; the same fingerprint is kept once."""
        heads: Doc = {log: [size, root] for log, (size, root) in export.heads.items()}
        with self._database.write():
            self._database.execute(
                "INSERT INTO exports (n, fingerprint, heads, seal) VALUES (?,?,?,?)",
                (export.n, export.fingerprint, canonical.encode(heads).decode(), export.seal),
            )

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


def _heads(text: str) -> dict[str, tuple[int, str]]:
    return {log: (int(size), str(root)) for log, (size, root) in json.loads(text).items()}
