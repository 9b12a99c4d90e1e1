"""What is recorded in a compartment: entries that everybody carries and only its readers open.

Such an entry says in its leaf which compartment, the number of the key, when, and the sealed text: an entry within the
entry, bound to its place in its log. So every log verifies for everybody, and nothing can be left out of it unnoticed.
The ids of records in a compartment are of version 8 and end in the compartment's tag. What is sealed counts only about
such a record, and only what is sealed does, so that the tables of those who read it and of those who do not can
never tell different things of one record.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
from collections.abc import Callable, Mapping, Sequence
from typing import Final, NamedTuple

from fieldkit.domain.jsontypes import JSON, Doc
from fieldkit.errors import AlteredError, FieldkitError
from fieldkit.journal.leaf import contents_of, leaf_of, open_entry
from fieldkit.vault.packing import loosen, pack_sealed, tighten, unpack
from fieldkit.vault.parts import TAG_BYTES, open_part, part_data, seal_part

KIND: Final = "compartment"
SEALED: Final = "sealed"
"""The act of an entry of a compartment, as everybody sees it, and its kind where it cannot be opened."""

OPEN_ALWAYS: Final = frozenset({"mission", "log", "member", "witness", KIND})
"""Kinds on which the whole team relies: they are never in a compartment."""

TAKEN_IN: Final = frozenset({"photo", "intake", "camera", "declaration", "draw"})
"""Kinds that are taken in together with files, for the whole team: never put into a compartment for their kind alone. What is
attached to a record of a compartment goes there with its file."""

_PADDED: Final = 512
_ENTRY: Final = b"\x02"
_LENGTH: Final = 4
_NO_ENTRY: Final = "what is sealed in it is no entry"
_VERSION_AT, _TAG_FROM = 14, 28


class Sealed(NamedTuple):
    """What everybody sees of an entry of a compartment. `plain` is the SHA-256 of what was encrypted, which is salted."""

    compartment: str
    epoch: int
    plain: bytes
    text: bytes


class Look(NamedTuple):
    """An entry as this laptop may read it: its fields (none where it is sealed), its stored form where it was opened, and
    why it does not count, if it does not."""

    fields: Mapping[str, JSON]
    sealed: Sealed | None
    opened: bytes | None
    objection: str


def record_in(compartment: str, chosen: str) -> str:
    """The id that a record has in a compartment, made of the one that was chosen for it; the same for the same."""
    return f"{chosen[:_VERSION_AT]}8{chosen[_VERSION_AT + 1 : _TAG_FROM]}{_tag(compartment)}"


def is_enclosed(record: str) -> bool:
    """Whether a record of this id is in a compartment."""
    return record[_VERSION_AT : _VERSION_AT + 1] == "8"


def seal(
    mission: str, log: str, seq: int, compartment: str, key: tuple[int, bytes], fields: Mapping[str, JSON]
) -> tuple[Doc, bytes]:
    """The fields that everybody sees of an entry with these `fields`, and the stored form of the entry within."""
    epoch, secret = key
    body = pack_sealed(contents_of(fields), os.urandom(32))
    loose = loosen(body)
    plain = len(loose).to_bytes(_LENGTH, "big") + loose
    plain += bytes(-len(plain) % _PADDED)
    digest = hashlib.sha256(plain).digest()
    text = bytearray(len(plain) + TAG_BYTES)
    seal_part(secret, SEALED, plain, digest, _bound(mission, log, seq, compartment, epoch), text)
    seen: Doc = {
        "act": SEALED,
        "compartment": compartment,
        "epoch": epoch,
        "plain": digest.hex(),
        "recorded": fields["recorded"],
        "sealed": base64.b64encode(text).decode(),
    }
    parts, small = fields.get(".parts"), fields.get(".thumbnail")
    if isinstance(parts, list):
        seen["parts"] = [
            {"cipher": part["cipher"], "length": part["length"]}
            for part in [*parts, small]
            if isinstance(part, dict)
        ]
    return seen, body


def sealed_in(fields: Mapping[str, JSON]) -> Sealed | None:
    """What an entry shows of itself if it is one of a compartment."""
    match fields:
        case {
            "act": "sealed",
            "compartment": str(compartment),
            "epoch": int(epoch),
            "plain": str(plain),
            "sealed": str(text),
        }:
            try:
                return Sealed(compartment, epoch, bytes.fromhex(plain), base64.b64decode(text, validate=True))
            except (binascii.Error, ValueError):
                return None
    return None


def look(
    mission: str,
    log: str,
    seq: int,
    fields: Mapping[str, JSON],
    secrets: Callable[[str, int], Sequence[bytes]],
) -> Look:
    """An entry as this laptop may read it; `secrets` gives the keys that might be those of a compartment's number."""
    sealed = sealed_in(fields)
    record = fields.get("id")
    if sealed is None:
        outside = isinstance(record, str) and is_enclosed(record)
        return Look(fields, None, None, "about a record of a compartment, but not sealed" if outside else "")
    body = _open(mission, log, seq, sealed, secrets(sealed.compartment, sealed.epoch))
    if body is None:
        return Look({}, sealed, None, "")
    if not body.startswith(_ENTRY):
        return Look({}, sealed, None, _NO_ENTRY)
    try:
        disclosures = unpack(body)
        inside = open_entry(leaf_of(disclosures, log, seq), disclosures).fields
    except FieldkitError:
        return Look({}, sealed, None, _NO_ENTRY)
    return Look(inside, sealed, body, _misplaced(inside, sealed.compartment))


def _open(mission: str, log: str, seq: int, sealed: Sealed, secrets: Sequence[bytes]) -> bytes | None:
    bound = _bound(mission, log, seq, sealed.compartment, sealed.epoch)
    for secret in secrets:
        try:
            plain = bytes(open_part(secret, SEALED, sealed.plain, sealed.text, bound, where=f"log {log}"))
        except AlteredError:
            continue
        length = int.from_bytes(plain[:_LENGTH], "big")
        return tighten(plain[_LENGTH : _LENGTH + length])
    return None


def _misplaced(fields: Mapping[str, JSON], compartment: str) -> str:
    record, kind = fields.get("id"), fields.get("kind")
    if not isinstance(record, str) or record != record_in(compartment, record):
        return "sealed in a compartment, but about a record outside it"
    return f"a {kind} does not belong in a compartment" if kind in OPEN_ALWAYS else ""


def _bound(mission: str, log: str, seq: int, compartment: str, epoch: int) -> bytes:
    return part_data(mission, SEALED, epoch, compartment=compartment, log=log, seq=seq)


def _tag(compartment: str) -> str:
    return hashlib.sha256(b"fieldkit/v1/compartment\n" + compartment.encode()).hexdigest()[:8]
