"""Checkpoints: a log's signed head (C2SP tlog-checkpoint), and cosignatures over them (C2SP tlog-cosignature v1).

The origin line of a fieldkit log is `fieldkit/<mission id>/<log id>`, and it is the name of the log's key in
signature lines too. A log of size 0 has no checkpoint.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import Final, NamedTuple

from fieldkit.errors import AlteredError, UnreadableError, UsageError
from fieldkit.journal import keys
from fieldkit.journal.keys import DeviceKey, VerifierKey
from fieldkit.journal.merkle import HASH_BYTES
from fieldkit.journal.note import Note, Signature, read_note, read_signature, write_note

MAX_SIZE: Final = 2**63 - 1
_SIZE = re.compile(r"[1-9][0-9]{0,18}")
_ORIGIN = re.compile(r"fieldkit/([^/\s+]+)/([0-9a-f]{32})")


class Checkpoint(NamedTuple):
    """The head of a log: `size` entries under `root` (32 bytes). `extensions`: further lines, kept as they are."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """What is signed."""
        lines = (self.origin, str(self.size), base64.b64encode(self.root).decode(), *self.extensions)
        return "\n".join(lines) + "\n"


def log_origin(mission_id: str, log_id: str) -> str:
    """The origin line of a log."""
    origin = f"fieldkit/{mission_id}/{log_id}"
    split_origin(origin)
    return origin


def split_origin(origin: str, *, where: str = "") -> tuple[str, str]:
    """Mission id and log id of an origin line; UnreadableError for another form."""
    match = _ORIGIN.fullmatch(origin)
    if match is None:
        raise UnreadableError(f"not the origin of a fieldkit log: {origin[:120]!r}", where=where)
    return match[1], match[2]


def sign_checkpoint(checkpoint: Checkpoint, key: DeviceKey) -> bytes:
    """The signed note of a head. UsageError for a head that may not be signed."""
    if not 1 <= checkpoint.size <= MAX_SIZE or len(checkpoint.root) != HASH_BYTES:
        raise UsageError("a checkpoint has a size from 1 and a root of 32 bytes")
    verifier = VerifierKey(checkpoint.origin, key.public)
    signature = Signature(verifier.name, verifier.key_id, key.sign(checkpoint.text.encode()))
    return write_note(checkpoint.text, [signature])


def open_checkpoint(
    note: bytes, public_key: bytes, *, origin: str | None = None, where: str = ""
) -> Checkpoint:
    """The head in `note`, after checking the signature of the log's key (32 bytes) over it.

    With `origin`, a head of another log or mission is refused. AlteredError where the signature or the origin
    does not fit, SignaturesError where the key has not signed, UnreadableError for what is no checkpoint.
    """
    opened = read_note(note, where=where)
    checkpoint = _parse(opened, where)
    if origin is not None and checkpoint.origin != origin:
        raise AlteredError(
            f"the checkpoint is that of {checkpoint.origin[:120]!r}, not of {origin!r}", where=where
        )
    signature = opened.of(VerifierKey(checkpoint.origin, public_key), where=where)
    keys.verify(public_key, opened.text.encode(), signature.value, where=where)
    return checkpoint


def unverified_checkpoint(note: bytes, *, where: str = "") -> Checkpoint:
    """What `note` claims: for finding the key to check it with, and for nothing else."""
    return _parse(read_note(note, where=where), where)


def _parse(note: Note, where: str) -> Checkpoint:
    origin, *rest = note.text[:-1].split("\n")
    if len(rest) < 2 or not origin or "" in rest:
        raise UnreadableError("not a checkpoint: it lacks origin, size or root", where=where)
    size, root = rest[:2]
    if not _SIZE.fullmatch(size) or int(size) > MAX_SIZE:
        raise UnreadableError(f"not the size of a log: {size[:24]!r}", where=where)
    try:
        raw = base64.b64decode(root, validate=True)
    except (binascii.Error, ValueError) as error:
        raise UnreadableError("the checkpoint's root is not base64", where=where) from error
    checkpoint = Checkpoint(origin, int(size), raw, tuple(rest[2:]))
    if len(raw) != HASH_BYTES or checkpoint.text != note.text:
        raise UnreadableError("the checkpoint's root is not 32 bytes in base64", where=where)
    return checkpoint


def cosign(note: bytes, key: DeviceKey, name: str, time: int) -> str:
    """A witness's signature line over the checkpoint in `note`, with its newline.

    `name` names the witness (its own log's origin), `time` is in POSIX seconds. Nothing in `note` is verified:
    open it first.
    """
    if not 0 <= time <= MAX_SIZE:
        raise UsageError(f"not a POSIX time: {time}")
    text = unverified_checkpoint(note).text
    verifier = VerifierKey(name, key.public, keys.COSIGNATURE_TYPE)
    keys.check_name(name)
    value = time.to_bytes(8, "big") + key.sign(_cosigned(text, time))
    return str(Signature(name, verifier.key_id, value))


def add_cosignature(note: bytes, line: str) -> bytes:
    """`note` with a further signature line; nothing changes if it is there already."""
    opened, signature = read_note(note), read_signature(line)
    if signature in opened.signatures:
        return note
    return write_note(opened.text, [*opened.signatures, signature])


def verify_cosignature(note: bytes, name: str, public_key: bytes, *, where: str = "") -> int:
    """The POSIX time that the witness `name` claims in its cosignature, after checking it.

    AlteredError where it does not hold, SignaturesError where the witness has not cosigned.
    """
    opened = read_note(note, where=where)
    text = _parse(opened, where).text
    value = opened.of(VerifierKey(name, public_key, keys.COSIGNATURE_TYPE), where=where).value
    time = int.from_bytes(value[:8], "big")
    if len(value) != 8 + keys.SIGNATURE_BYTES or time > MAX_SIZE:
        raise AlteredError("the cosignature is not a time and a signature", where=where)
    keys.verify(public_key, _cosigned(text, time), value[8:], where=where)
    return time


def _cosigned(text: str, time: int) -> bytes:
    return f"cosignature/v1\ntime {time}\n{text}".encode()
