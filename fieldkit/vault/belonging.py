"""What an entry may say of a laptop, of a compartment or of the mission at all, whoever says it: judged by the entry alone.

The records of these kinds have ids made of what they are about: UUIDs of version 5 (RFC 9562) within the mission's id, of
the lines `log`, LOG; `member`, LOG and the log that admits it; `compartment`, the log that makes it and its NAME. So nobody
begins another's record, or makes it one of another kind, and whose log and keys a member's record is about can never be
changed. An encryption key bears the signature of its laptop's signing key: nobody puts another in its place.
"""

from __future__ import annotations

import base64
import binascii
import uuid
from collections.abc import Mapping
from typing import Final

from fieldkit.domain.jsontypes import JSON
from fieldkit.errors import FieldkitError
from fieldkit.journal import keys
from fieldkit.vault import envelopes
from fieldkit.vault.fold import ADD, EntryView

JUDGED: Final = frozenset({"mission", "log", "member", "compartment"})
"""Kinds of which not every entry can be true."""

WHOSE: Final = frozenset(
    {"person", "device", "log", "letter", "role", "public_key", "encryption_key", "encryption_signature"}
)
"""Fields of a member's record that say whose laptop it is: said once, when it is begun."""

_VERSION_AT: Final = 14
_NAMED: Final = "5"


def log_record(mission: str, log: str) -> str:
    """The id of the record that a log begins with."""
    return _record(mission, "log", log)


def member_record(mission: str, log: str, by: str) -> str:
    """The id of the record by which the log `by` admits a log; a log that continues another does so itself."""
    return _record(mission, "member", log, by)


def compartment_record(mission: str, by: str, name: str) -> str:
    """The id of the record of a compartment that the log `by` makes under this name."""
    return _record(mission, "compartment", by, name)


def objection_to(mission: str, founder: str, kind: str, record: str, entry: EntryView | None) -> str:
    """Why an entry cannot be true; the empty string where it can. `entry` is given where its kind is one of `JUDGED`."""
    reserved = record[_VERSION_AT : _VERSION_AT + 1] == _NAMED
    if entry is None:
        about = reserved or record == mission
        return f"a {kind} about the record of the mission, a laptop or a compartment" if about else ""
    if not (record == mission if kind == "mission" else reserved):
        return f"a {kind} about a record that is none"
    begins = entry.act == ADD
    match kind:
        case "mission":
            return "" if entry.log == founder or not begins else "it begins another mission"
        case "log":
            alone = begins and record == log_record(mission, entry.log)
            return "" if alone else "not what a log says of itself when it begins"
        case "compartment":
            name = str(entry.values.get("name"))
            alone = record == compartment_record(mission, entry.log, name)
            return "" if alone or not begins else "it begins the record of another compartment"
        case _:
            return _objection_to_member(mission, record, entry)


def touched(entry: EntryView) -> frozenset[str]:
    """The fields of which an entry says something, or takes something away."""
    return frozenset(name.rstrip("+-") for name in entry.values) | entry.supersedes.keys()


def encryption_text(public: str) -> bytes:
    """What a laptop's signing key signs of its encryption key (base64)."""
    return f"fieldkit/v1/encryption-key\n{public}\n".encode()


def succession_text(mission: str, previous: str, public_key: bytes) -> bytes:
    """What the key of the log `previous` signs so that a new log of this key continues it."""
    key = base64.b64encode(public_key).decode()
    return f"fieldkit/v1/succession\n{mission}\n{previous}\n{key}\n".encode()


def continues(mission: str, entry: EntryView) -> bool:
    """Whether the first entry of a log bears the signature of the log that it says it continues."""
    values = entry.values
    try:
        key, former, signature = (_raw(values.get(name)) for name in ("key", "previous_key", "succession"))
        if keys.log_id(key) != entry.log or keys.log_id(former) != values["previous"]:
            return False
        keys.verify(former, succession_text(mission, keys.log_id(former), key), signature)
    except (binascii.Error, ValueError, FieldkitError):
        return False
    return True


def first_log(continued: Mapping[str, str], log: str) -> str:
    """The first log of the laptop that writes this one; `continued` has the log that each later one continues."""
    seen: set[str] = set()
    while log in continued and log not in seen:
        seen.add(log)
        log = continued[log]
    return log


def _objection_to_member(mission: str, record: str, entry: EntryView) -> str:
    begins = entry.act == ADD
    if not begins and touched(entry) & WHOSE:
        return "whose laptop it is cannot be changed"
    if begins and record != member_record(mission, str(entry.values.get("log")), entry.log):
        return "it begins the record of another laptop"
    return "its keys are not those of this laptop" if begins and not _has_its_keys(entry) else ""


def _has_its_keys(entry: EntryView) -> bool:
    """Whether the signing key is that of the log, and has signed the encryption key, which is one."""
    values = entry.values
    public = str(values.get("encryption_key"))
    try:
        key, signature = _raw(values.get("public_key")), _raw(values.get("encryption_signature"))
        if keys.log_id(key) != values.get("log"):
            return False
        keys.verify(key, encryption_text(public), signature)
        envelopes.check_public(public)
    except (binascii.Error, ValueError, FieldkitError):
        return False
    return True


def _record(mission: str, *about: str) -> str:
    return str(uuid.uuid5(uuid.UUID(mission), "\n".join(about)))


def _raw(value: JSON | None) -> bytes:
    return base64.b64decode(str(value), validate=True)
