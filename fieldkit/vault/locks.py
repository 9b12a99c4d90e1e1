"""The keys of compartments: who may read, which keys are here, and under which one to seal from now on.

A compartment's readers are laptops. To seal, a laptop takes the latest key that nobody but readers ever made or was given;
where there is none, because somebody is no longer a reader, it makes one for those who still are. So what follows is
closed to whoever was removed, even before anybody had time to think of it.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Mapping
from typing import Final

from fieldkit.errors import AlteredError, FieldkitError, RefusedError
from fieldkit.journal.keys import DeviceKey
from fieldkit.vault.belonging import continues, first_log
from fieldkit.vault.compartments import KIND
from fieldkit.vault.database import Reader as StoreReader
from fieldkit.vault.envelopes import ENVELOPE, EnvelopeKey
from fieldkit.vault.fold import ADD, EntryView
from fieldkit.vault.reading import VaultReader
from fieldkit.vault.sealed_keys import KEY_BYTES, SealedKey, read_key, seal_key
from fieldkit.vault.tables import fold_entries

_GENERATION: Final = 1 << 32
_LAST_GENERATION: Final = (1 << 20) - 2


class Locks:
    """The keys of the compartments of one store. Whatever writes does so inside the caller's transaction."""

    def __init__(self, store: StoreReader, reader: VaultReader) -> None:
        self._store = store
        self._reader = reader
        self._mission = reader.meta("mission")

    def secrets(self) -> dict[tuple[str, int], list[bytes]]:
        """Every key that is here, by compartment and number."""
        found: dict[tuple[str, int], list[bytes]] = {}
        for name, value in self._store.rows(
            "SELECT name, value FROM secrets WHERE name LIKE 'compartment/%' ORDER BY name"
        ):
            _, compartment, epoch, _ = name.split("/")
            found.setdefault((compartment, int(epoch)), []).append(bytes(value))
        return found

    def take_in(self) -> bool:
        """Keep the keys that were sealed to this laptop; whether there was any that was not here."""
        envelope = EnvelopeKey.from_bytes(
            bytes(self._store.value("SELECT value FROM secrets WHERE name = ?", (ENVELOPE,)))
        )
        mine = {
            row[0]
            for row in self._store.rows("SELECT substr(name, 8) FROM secrets WHERE name LIKE 'device/%'")
        }
        held = {
            row[0] for row in self._store.rows("SELECT name FROM secrets WHERE name LIKE 'compartment/%'")
        }
        new = False
        for one in self._objects():
            name = _name(one.compartment, one.epoch, one.by)
            for log in sorted(mine & one.sealed.keys()) if name not in held else ():
                secret = one.open(self._mission, log, envelope)
                if secret is not None:
                    self._keep(name, secret)
                    new = True
                    break
        return new

    def readers(self, compartment: str, own: str = "") -> dict[str, str]:
        """The logs of those who read it, with their encryption keys: readers of the team, and the logs that continue
        theirs. Who is disputed is given no key, and is none of them; this laptop's `own` log has it already."""
        standing = {
            log
            for (log,) in self._store.rows(
                "SELECT log FROM standings WHERE role <> '' AND cut IS NULL AND (disputed = '' OR log = ?)",
                (own,),
            )
        }
        followed = self.continued()
        listed = self._listed(compartment, followed)
        keys: dict[str, str] = {}
        named: set[str] = set()
        for view in self._reader.list("member"):
            log, public = view.doc.get("log"), view.doc.get("encryption_key")
            if isinstance(log, str) and isinstance(public, str) and log in standing:
                keys[log] = public
                if view.id in listed:
                    named.add(log)
        while more := {log for log, before in followed.items() if before in named and log in keys} - named:
            named |= more
        return {log: keys[log] for log in sorted(named)}

    def _listed(self, compartment: str, before: Mapping[str, str]) -> set[str]:
        """The members' records that a compartment lists as readers, as far as others said so who read it themselves, or once did:
        whoever made it, and whom one of them named. Nobody names himself, so who was removed does not come back by himself.
        `before` has the log that each later one continues."""
        entries = [one for one in self._reader.entries_of(compartment) if one.kind == KIND]
        folded = fold_entries(entries) if entries else None
        if folded is None or folded.retracted or folded.first.act != ADD or "readers" not in folded.fields:
            return set()
        laptop = {
            view.id: first_log(before, log)
            for view in self._reader.list("member", retracted=True)
            if isinstance(log := view.doc.get("log"), str)
        }
        by = {entry.hash: first_log(before, entry.log) for entry in entries}
        begun = folded.first.hash
        said = [
            (by[entry.hash], laptop[one])
            for entry in entries
            for one in (*_names(entry, "readers"), *_names(entry, "readers+"))
            if one in laptop and (entry.hash == begun or by[entry.hash] != laptop[one])
        ]
        say = {by[begun]}
        while more := {named for who, named in said if who in say} - say:
            say |= more
        return {
            str(one)
            for one, leaves in folded.fields["readers"].tags.values()
            if any(leaf == begun or (by[leaf] in say and by[leaf] != laptop.get(str(one))) for leaf in leaves)
        }

    def sealing(self, compartment: str, key: DeviceKey) -> tuple[int, bytes]:
        """Number and key to seal under now. Raises `RefusedError` where this laptop is no reader."""
        readers = self.readers(compartment, key.log_id)
        if key.log_id not in readers:
            raise _no_reader(self._reader, compartment)
        known = {log for (log,) in self._store.rows("SELECT log FROM standings WHERE role <> ''")}
        openers: dict[int, set[str]] = {}
        for one in self._objects(compartment):
            if one.by in known:
                openers.setdefault(one.epoch, set()).update({one.by}, one.sealed)
        held = {epoch: some[0] for (name, epoch), some in self.secrets().items() if name == compartment}
        sound = [epoch for epoch in held if epoch in openers and openers[epoch] <= readers.keys()]
        if sound:
            return max(sound), held[max(sound)]
        return self.renew(compartment, key)

    def renew(self, compartment: str, key: DeviceKey) -> tuple[int, bytes]:
        """A new key for those who read it now."""
        numbers = [one.epoch for one in self._objects(compartment)]
        generation = min(max(numbers, default=0) // _GENERATION, _LAST_GENERATION) + 1
        epoch, secret = generation * _GENERATION + secrets.randbelow(_GENERATION), os.urandom(KEY_BYTES)
        self._keep(_name(compartment, epoch, key.log_id), secret)
        self.give(compartment, epoch, secret, key, self.readers(compartment, key.log_id))
        return epoch, secret

    def give(
        self, compartment: str, epoch: int, secret: bytes, key: DeviceKey, recipients: Mapping[str, str]
    ) -> None:
        """Seal a key to laptops, and keep the object, which travels with the next sync."""
        data = seal_key(self._mission, epoch, secret, key, recipients, compartment=compartment)
        name = hashlib.sha256(data).hexdigest()
        self._store.execute("INSERT OR IGNORE INTO keyring VALUES (?,?)", (name, data))

    def continued(self) -> dict[str, str]:
        """The log that each later log of a laptop continues, where that one's own key says so."""
        found = {}
        for view in self._reader.list("log", retracted=True):
            for entry in self._reader.entries_of(view.id):
                previous = entry.values.get("previous")
                if isinstance(previous, str) and continues(self._mission, entry):
                    found[entry.log] = previous
        return found

    def _keep(self, name: str, secret: bytes) -> None:
        self._store.execute("INSERT OR IGNORE INTO secrets (name, value) VALUES (?,?)", (name, secret))

    def _objects(self, compartment: str | None = None) -> list[SealedKey]:
        found = []
        for name, body in self._store.rows("SELECT name, body FROM keyring ORDER BY name"):
            try:
                one = read_key(self._mission, bytes(body), name)
            except FieldkitError as error:
                raise AlteredError(error.problem, where=name, remedy="Run `fieldkit doctor`.") from error
            if one.compartment and compartment in (None, one.compartment):
                found.append(one)
        return found


def _names(entry: EntryView, field: str) -> list[str]:
    listed = entry.values.get(field)
    return [one for one in listed if isinstance(one, str)] if isinstance(listed, list) else []


def _name(compartment: str, epoch: int, by: str) -> str:
    return f"compartment/{compartment}/{epoch}/{by}"


def _no_reader(reader: VaultReader, compartment: str) -> RefusedError:
    record = reader.peek(compartment)
    if record is None or "name" not in record.doc:
        return RefusedError(
            f"what the compartment {compartment} began with has not arrived here, so nothing can be recorded in it",
            remedy="Sync with the others first.",
        )
    return RefusedError(
        f"this laptop does not read the compartment {str(record.doc['name'])!r}, so it records nothing in it",
        remedy="Record it on a laptop that does; 'fieldkit members compartment list' shows which.",
    )
