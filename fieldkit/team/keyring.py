"""The keys of epochs, sealed to laptops: who made an epoch, who may open what was recorded in it.

An object of the keyring names logs and keys, and no person. Keys of an epoch whose maker is not known yet are tried for
reading only; to seal, a laptop uses the latest epoch made by one who leads and opened by nobody who was struck off. No key
is sealed to a laptop that any entry known here struck off, though the entry may not count. A laptop that knows that there is
a newer key than its own, and was not given it, seals nothing for others until it is.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable, Iterator, Mapping
from enum import Enum, auto
from typing import Final

from fieldkit.domain.views import RecordView
from fieldkit.errors import AlteredError
from fieldkit.team import names
from fieldkit.team.names import Name
from fieldkit.vault.belonging import first_log
from fieldkit.vault.envelopes import ENVELOPE, EnvelopeKey
from fieldkit.vault.exchange import Exchange
from fieldkit.vault.locks import Locks
from fieldkit.vault.sealed_keys import FIRST_EPOCH, KEY_BYTES, SealedKey, read_key, seal_key
from fieldkit.vault.standing import NOBODY, RANKS
from fieldkit.vault.vault import Vault

_GENERATION: Final = 1 << 32
_LAST_GENERATION: Final = (1 << 20) - 1


class Closed(Enum):
    """Why a laptop seals nothing for others: somebody who was struck off has its latest key, or it knows of a newer one."""

    STRUCK_OFF_HAS_IT = auto()
    NEWER_ONE = auto()


class Keyring:
    """The keyring of one vault."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self._exchange = Exchange(vault)
        secret = vault.secret(ENVELOPE)
        if secret is None:
            raise AlteredError(
                "this laptop's encryption key is missing",
                where=str(vault.folder),
                remedy="Restore the vault from a backup, or ask to join anew in an empty folder.",
            )
        self._envelope = EnvelopeKey.from_bytes(secret)
        self._seen: set[str] = set()
        self._objects: dict[str, SealedKey] = {}
        self._opened: dict[tuple[int, str], bytes] = {}
        self.refresh()

    def refresh(self) -> None:
        """Look at the objects that came since."""
        mine = set(self._exchange.own_logs()) | {self._vault.own_log.log}
        for name, data in self._exchange.keyring().items():
            if name in self._seen:
                continue
            self._seen.add(name)
            found = read_key(self._vault.mission_id, data, name)
            if found.compartment:
                continue
            self._objects[name] = found
            for log in sorted(mine & found.sealed.keys()):
                secret = found.open(self._vault.mission_id, log, self._envelope)
                if secret is not None:
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
        best = max(self._sound(held) or self._sound(held, disputed=True) or held)
        if best != self._vault.epoch:
            self._vault.add_epoch(best, held[best], current=True)

    def tend(self) -> list[tuple[Name, bytes]]:
        """What one who leads has to add: an epoch without those who were struck off, keys for those who lack them: the current one
        for everybody, older ones for those to whom they were promised."""
        if self._vault.role not in RANKS:
            return []
        made = []
        closed = self.closed() is Closed.STRUCK_OFF_HAS_IT
        if closed or self._vault.epoch not in self._sound(self._vault.epoch_keys()):
            made.append(self.new_epoch())
        own = self._vault.own_log.log
        wanted = {
            **dict.fromkeys(self._vault.epoch_keys(), self.promised()),
            self._vault.epoch: self.recipients(),
        }
        for epoch, those in sorted(wanted.items()):
            openers = self._openers(epoch)
            lacking = {log: public for log, public in those.items() if log not in openers and log != own}
            if lacking:
                made.append(self.give(epoch, lacking))
        return made

    def closed(self) -> Closed | None:
        """Why nothing new may be sealed for others; None where it may. What is not sealed waits, and is lost to nobody.

        What a newer epoch is, members' records say, and segments of those who belong to the team, signed by their logs. A
        laptop that was struck off itself keeps nothing back.
        """
        standings = self._vault.standings()
        own = {self._vault.own_log.log, *self._exchange.own_logs()}
        if standings.get(self._vault.own_log.log, NOBODY).cut is not None:
            return None
        ours = _generation(self._vault.epoch)
        members = list(self._vault.list("member"))
        struck = [one for one in members if standings.get(str(one.doc.get("log")), NOBODY).cut is not None]
        if any(one.doc.get("log") not in own for one in struck) and (
            self._vault.epoch not in self._sound(self._vault.epoch_keys(), disputed=True)
            or ours < _latest(_named(struck))
        ):
            return Closed.STRUCK_OFF_HAS_IT
        return Closed.NEWER_ONE if ours < self._latest_known(_named(members)) else None

    def next_epoch(self) -> int:
        """A number for a new epoch: beyond every one that is known of."""
        known = max(_latest(self.keys()), self._latest_known(_named(self._vault.list("member"))))
        return min(known + 1, _LAST_GENERATION) * _GENERATION + secrets.randbelow(_GENERATION)

    def new_epoch(self, epoch: int | None = None) -> tuple[Name, bytes]:
        """A new epoch (of this number) for everybody who belongs to the team now; sealed under from now on."""
        epoch = epoch or self.next_epoch()
        secret = os.urandom(KEY_BYTES)
        self._vault.add_epoch(epoch, secret, current=True)
        return self.give(epoch, self.recipients())

    def give(self, epoch: int, recipients: Mapping[str, str]) -> tuple[Name, bytes]:
        """Seal an epoch's key to laptops (log -> encryption key), and keep the object."""
        mission, secret = self._vault.mission_id, self._vault.epoch_keys()[epoch]
        data = seal_key(mission, epoch, secret, self._vault.device_key(), recipients)
        name = names.named(mission, names.KEYRING, data)
        self._exchange.keep_keys([(name.hash, data)])
        self.refresh()
        return name, data

    def _latest_known(self, named: Iterable[int]) -> int:
        """The latest generation of those named, and of those under which laptops of the team say that they seal."""
        said = [epoch for log, epoch in self._exchange.not_given() if self._vault.standing(log).trusted]
        return _latest([*named, *said])

    def objects(self, epochs: Iterable[int], log: str) -> list[bytes]:
        """The objects by which the keys of these epochs were given to a laptop, and those of the current one to anybody."""
        held = self._exchange.keyring()
        return [
            held[name]
            for name, one in sorted(self._objects.items())
            if one.epoch == self._vault.epoch or (one.epoch in epochs and log in one.sealed)
        ]

    def recipients(self) -> dict[str, str]:
        """The encryption key of every laptop that belongs to the team, by log."""
        return dict(self._members())

    def promised(self) -> dict[str, str]:
        """Of the recipients those that may read what was recorded before they came: they are given older keys, too, also such
        as came here only later. What counts is what others said who lead; what a laptop says of itself promises it nothing."""
        before = Locks(self._vault.database, self._vault).continued()
        promised = {first_log(before, self._vault.meta("founder"))}
        for member in self._vault.list("member"):
            laptop = first_log(before, str(member.doc.get("log")))
            if any(
                one.values.get("history") is True and first_log(before, one.log) != laptop
                for one in self._vault.entries_of(member.id)
            ):
                promised.add(laptop)
        return {log: public for log, public in self._members() if first_log(before, log) in promised}

    def _members(self) -> Iterator[tuple[str, str]]:
        for member in self._vault.list("member"):
            log, public = member.doc.get("log"), member.doc.get("encryption_key")
            if not isinstance(log, str) or not isinstance(public, str):
                continue
            if self._vault.standing(log).trusted:
                yield log, public

    def _sound(self, held: Mapping[int, bytes], *, disputed: bool = False) -> list[int]:
        """The epochs here that one who leads made and that nobody opens who was struck off, by an entry that counts or not;
        with `disputed`, only by one that counts. This laptop does not mind what is said of itself."""
        own = {self._vault.own_log.log, *self._exchange.own_logs()}
        barred = {
            log
            for log, standing in self._vault.standings().items()
            if standing.cut is not None or (standing.disputed and log not in own and not disputed)
        }
        makers: dict[int, set[str]] = {FIRST_EPOCH: {self._vault.meta("founder")}}
        for one in self._objects.values():
            if self._vault.standing(one.by).role in RANKS:
                makers.setdefault(one.epoch, set()).add(one.by)
        return [
            epoch for epoch in held if makers.get(epoch, set()) - barred and not self._openers(epoch) & barred
        ]

    def _openers(self, epoch: int) -> set[str]:
        """Every log to which an epoch's key was sealed, and who made it."""
        found = {self._vault.meta("founder")} if epoch == FIRST_EPOCH else set()
        for one in self._objects.values():
            if one.epoch == epoch:
                found |= one.sealed.keys() | {one.by}
        return found


def _generation(epoch: int) -> int:
    """How many epochs came before, about: those that laptops make apart from each other have the same one."""
    return min(epoch // _GENERATION, _LAST_GENERATION)


def _latest(epochs: Iterable[int]) -> int:
    return max(map(_generation, epochs), default=0)


def _named(members: Iterable[RecordView]) -> Iterator[int]:
    """The epochs that these members' records name."""
    for one in members:
        listed = one.doc.get("epochs")
        yield from (epoch for epoch in (listed if isinstance(listed, list) else ()) if isinstance(epoch, int))
