"""The keys of epochs, sealed to laptops: who made an epoch, who may open what was recorded in it.

An object of the keyring names logs and keys, and no person. Keys of an epoch whose maker is not known yet are tried for
reading only; to seal, a laptop uses the latest epoch made by one who leads and opened by nobody who was struck off.
"""

from __future__ import annotations

import base64
import binascii
import os
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from fieldkit.domain.jsontypes import Doc
from fieldkit.errors import AlteredError, FieldkitError, UnreadableError
from fieldkit.journal import canonical, keys
from fieldkit.journal.keys import DeviceKey
from fieldkit.team import names
from fieldkit.team.names import Name
from fieldkit.vault.envelopes import EnvelopeKey, seal_to
from fieldkit.vault.exchange import Exchange
from fieldkit.vault.own_log import ENVELOPE
from fieldkit.vault.standing import RANKS
from fieldkit.vault.vault import FIRST_EPOCH, Vault

_LABEL: Final = b"fieldkit/v1/keyring\n"
_GENERATION: Final = 1 << 32
_KEY_BYTES: Final = 32
_LAST_GENERATION: Final = (1 << 20) - 2


@dataclass(frozen=True, slots=True)
class SealedEpoch:
    """The key of an epoch as one laptop (`by`) sealed it to others: the sealed key by log."""

    epoch: int
    by: str
    sealed: Mapping[str, str]


def seal_epoch(
    mission: str, epoch: int, secret: bytes, key: DeviceKey, recipients: Mapping[str, str]
) -> tuple[Name, bytes]:
    """The object that gives an epoch's key to `recipients` (log -> encryption key), signed by `key`."""
    by = key.log_id
    sealed: Doc = {
        log: base64.b64encode(seal_to(public, secret, _info(mission, epoch, by, log))).decode()
        for log, public in sorted(recipients.items())
    }
    doc: Doc = {
        "v": 1,
        "type": "epoch",
        "mission": mission,
        "epoch": epoch,
        "key": base64.b64encode(key.public).decode(),
        "sealed": sealed,
    }
    doc["signature"] = base64.b64encode(key.sign(_LABEL + canonical.encode(doc))).decode()
    data = canonical.encode(doc)
    return names.named(mission, names.KEYRING, data), data


def read_object(mission: str, data: bytes, where: str) -> SealedEpoch:
    """An object of the keyring, its signature checked. Raises `UnreadableError`, `AlteredError`."""
    doc = canonical.decode(data, where=where)
    if not isinstance(doc, dict):
        raise UnreadableError("not a key of an epoch", where=where)
    match doc:
        case {
            "v": 1,
            "type": "epoch",
            "mission": str(of),
            "epoch": int(epoch),
            "key": str(key),
            "sealed": dict(sealed),
            "signature": str(signature),
            **rest,
        } if not rest and epoch >= FIRST_EPOCH and all(isinstance(one, str) for one in sealed.values()):
            del doc["signature"]
            text = canonical.encode(doc)
        case _:
            raise UnreadableError("not a key of an epoch", where=where)
    if of != mission:
        raise AlteredError("a key of another mission", where=where)
    try:
        public, signed = base64.b64decode(key, validate=True), base64.b64decode(signature, validate=True)
    except (binascii.Error, ValueError) as error:
        raise UnreadableError("not a key of an epoch", where=where) from error
    if len(public) != keys.KEY_BYTES:
        raise UnreadableError("not a key of an epoch", where=where)
    keys.verify(public, _LABEL + text, signed, where=where)
    return SealedEpoch(epoch, keys.log_id(public), {log: str(one) for log, one in sealed.items()})


class Keyring:
    """The keyring of one vault."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self._exchange = Exchange(vault)
        secret = vault.secret(ENVELOPE)
        if secret is None:
            raise AlteredError("this laptop's encryption key is missing", where=str(vault.folder))
        self._envelope = EnvelopeKey.from_bytes(secret)
        self._objects: dict[str, SealedEpoch] = {}
        self._opened: dict[tuple[int, str], bytes] = {}
        self.refresh()

    def refresh(self) -> None:
        """Look at the objects that came since."""
        mine = set(self._exchange.own_logs()) | {self._vault.own_log.log}
        for name, data in self._exchange.keyring().items():
            if name in self._objects:
                continue
            found = self._objects[name] = read_object(self._vault.mission_id, data, name)
            for log in sorted(mine & found.sealed.keys()):
                try:
                    sealed = base64.b64decode(found.sealed[log], validate=True)
                    info = _info(self._vault.mission_id, found.epoch, found.by, log)
                    secret = self._envelope.open(sealed, info)
                except (FieldkitError, ValueError):
                    continue
                if len(secret) == _KEY_BYTES:
                    self._opened[found.epoch, found.by] = secret

    def keys(self) -> dict[int, list[bytes]]:
        """What may be tried for each epoch: what is trusted first."""
        found = {epoch: [secret] for epoch, secret in self._vault.epoch_keys().items()}
        for (epoch, _), secret in self._opened.items():
            held = found.setdefault(epoch, [])
            if secret not in held:
                held.append(secret)
        return found

    def adopt(self) -> None:
        """Trust the keys of those who lead, and seal under the right epoch from now on."""
        held = self._vault.epoch_keys()
        for (epoch, by), secret in sorted(self._opened.items()):
            if epoch not in held and self._vault.standing(by).role in RANKS:
                self._vault.add_epoch(epoch, secret, current=False)
                held[epoch] = secret
        best = max(self._sound(held), default=max(held))
        if best != self._vault.epoch:
            self._vault.add_epoch(best, held[best], current=True)

    def tend(self) -> list[tuple[Name, bytes]]:
        """What one who leads has to add: an epoch without those who were struck off, keys for those who lack them."""
        if self._vault.role not in RANKS:
            return []
        made = []
        if self._vault.epoch not in self._sound(self._vault.epoch_keys()):
            made.append(self.new_epoch())
        epoch = self._vault.epoch
        lacking = {
            log: public for log, public in self.recipients().items() if log not in self._openers(epoch)
        }
        lacking.pop(self._vault.own_log.log, None)
        if lacking:
            made.append(self.give(epoch, lacking))
        return made

    def new_epoch(self) -> tuple[Name, bytes]:
        """A new epoch for everybody who belongs to the team now; sealed under from now on."""
        generation = min(max(self.keys()) // _GENERATION, _LAST_GENERATION) + 1
        epoch = generation * _GENERATION + secrets.randbelow(_GENERATION)
        secret = os.urandom(_KEY_BYTES)
        self._vault.add_epoch(epoch, secret, current=True)
        return self.give(epoch, self.recipients())

    def give(self, epoch: int, recipients: Mapping[str, str]) -> tuple[Name, bytes]:
        """Seal an epoch's key to laptops (log -> encryption key), and keep the object."""
        secret = self._vault.epoch_keys()[epoch]
        made = seal_epoch(self._vault.mission_id, epoch, secret, self._vault.device_key(), recipients)
        self._exchange.keep_keys([(made[0].hash, made[1])])
        self.refresh()
        return made

    def recipients(self) -> dict[str, str]:
        """The encryption key of every laptop that belongs to the team, by log."""
        return dict(self._members())

    def _members(self) -> Iterator[tuple[str, str]]:
        for member in self._vault.list("member"):
            log, public = member.doc.get("log"), member.doc.get("encryption_key")
            if isinstance(log, str) and isinstance(public, str):
                standing = self._vault.standing(log)
                if standing.role and standing.cut is None:
                    yield log, public

    def _sound(self, held: Mapping[int, bytes]) -> list[int]:
        """The epochs here that one who leads made and that nobody opens who was struck off."""
        cut = {log for log, standing in self._vault.standings().items() if standing.cut is not None}
        makers: dict[int, set[str]] = {FIRST_EPOCH: {self._vault.meta("founder")}}
        for one in self._objects.values():
            standing = self._vault.standing(one.by)
            if standing.role in RANKS and standing.cut is None:
                makers.setdefault(one.epoch, set()).add(one.by)
        return [epoch for epoch in held if makers.get(epoch, set()) - cut and not self._openers(epoch) & cut]

    def _openers(self, epoch: int) -> set[str]:
        """Every log to which an epoch's key was sealed, and who made it."""
        found = {self._vault.meta("founder")} if epoch == FIRST_EPOCH else set()
        for one in self._objects.values():
            if one.epoch == epoch:
                found |= one.sealed.keys() | {one.by}
        return found


def _info(mission: str, epoch: int, by: str, to: str) -> bytes:
    return canonical.encode(
        {"use": "fieldkit/v1/epoch", "mission": mission, "epoch": epoch, "by": by, "to": to}
    )
