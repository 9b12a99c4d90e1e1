"""Objects of the keyring: the key of an epoch or of a compartment, sealed to laptops and signed by the one that gives it.

An object names logs and keys, and no person. What it says is bound to the mission, to the number of the key, to who gives
it and to whom, so that no sealed key can be moved elsewhere.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from fieldkit.domain.jsontypes import Doc
from fieldkit.errors import AlteredError, FieldkitError, UnreadableError
from fieldkit.journal import canonical, keys
from fieldkit.journal.keys import DeviceKey
from fieldkit.vault.envelopes import EnvelopeKey, seal_to

FIRST_EPOCH: Final = 1
LAST_EPOCH: Final = (1 << 53) - 1
"""The greatest number that an epoch may have, as in all of JSON."""
KEY_BYTES: Final = 32
_LABEL: Final = b"fieldkit/v1/keyring\n"
_FETCH: Final = "Fetch it again: fieldkit sync DEPOT, with another depot if this one stays so."


@dataclass(frozen=True, slots=True)
class SealedKey:
    """The key number `epoch` as one laptop (`by`) sealed it to others: the sealed key by log. `compartment` is the record
    id of the compartment whose key it is, empty where it is the mission's."""

    epoch: int
    by: str
    sealed: Mapping[str, str]
    compartment: str = ""

    def open(self, mission: str, log: str, envelope: EnvelopeKey) -> bytes | None:
        """The key, as it was sealed to the laptop of `log`; None where it is not for this envelope key."""
        try:
            sealed = base64.b64decode(self.sealed[log], validate=True)
            secret = envelope.open(sealed, _info(mission, self.compartment, self.epoch, self.by, log))
        except (FieldkitError, KeyError, ValueError):
            return None
        return secret if len(secret) == KEY_BYTES else None


def seal_key(
    mission: str,
    epoch: int,
    secret: bytes,
    key: DeviceKey,
    recipients: Mapping[str, str],
    *,
    compartment: str = "",
) -> bytes:
    """The object that gives a key to `recipients` (log -> encryption key), signed by `key`."""
    by = key.log_id
    sealed: Doc = {
        log: base64.b64encode(seal_to(public, secret, _info(mission, compartment, epoch, by, log))).decode()
        for log, public in sorted(recipients.items())
    }
    doc: Doc = {
        "v": 1,
        "mission": mission,
        "epoch": epoch,
        "compartment": compartment,
        "key": base64.b64encode(key.public).decode(),
        "sealed": sealed,
    }
    doc["signature"] = base64.b64encode(key.sign(_LABEL + canonical.encode(doc))).decode()
    return canonical.encode(doc)


def read_key(mission: str, data: bytes, where: str) -> SealedKey:
    """An object of the keyring, its signature checked. Raises `UnreadableError`, `AlteredError`."""
    doc = canonical.decode(data, where=where)
    if not isinstance(doc, dict):
        raise _no_key(where)
    match doc:
        case {
            "v": 1,
            "mission": str(of),
            "epoch": int(epoch),
            "compartment": str(compartment),
            "key": str(key),
            "sealed": dict(sealed),
            "signature": str(signature),
            **rest,
        } if (
            not rest
            and FIRST_EPOCH <= epoch <= LAST_EPOCH
            and all(isinstance(one, str) for one in sealed.values())
        ):
            text = canonical.encode({name: value for name, value in doc.items() if name != "signature"})
        case _:
            raise _no_key(where)
    if of != mission:
        raise AlteredError(
            "a key of another mission", where=where, remedy="Leave it; it is not for this team."
        )
    try:
        public, signed = base64.b64decode(key, validate=True), base64.b64decode(signature, validate=True)
    except (binascii.Error, ValueError) as error:
        raise _no_key(where) from error
    if len(public) != keys.KEY_BYTES:
        raise _no_key(where)
    keys.verify(public, _LABEL + text, signed, where=where)
    return SealedKey(epoch, keys.log_id(public), {log: str(one) for log, one in sealed.items()}, compartment)


def _no_key(where: str) -> UnreadableError:
    return UnreadableError("not a key of an epoch or a compartment", where=where, remedy=_FETCH)


def _info(mission: str, compartment: str, epoch: int, by: str, to: str) -> bytes:
    return canonical.encode(
        {
            "use": "fieldkit/v1/key",
            "mission": mission,
            "compartment": compartment,
            "epoch": epoch,
            "by": by,
            "to": to,
        }
    )
