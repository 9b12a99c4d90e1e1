"""Signed notes (C2SP signed-note): a text, an empty line, and signature lines that name their keys.

A signature line is an em dash, the key's name and the base64 of 4 bytes of key id and the signature. Lines of
unknown keys are passed over; one that claims a known key must hold.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable
from typing import Final, NamedTuple

from fieldkit.errors import AlteredError, SignaturesError, UnreadableError, UsageError
from fieldkit.journal.keys import VerifierKey, check_name

MAX_BYTES: Final = 1024 * 1024
MAX_SIGNATURES: Final = 256
_DASH = "\N{EM DASH} "


class Signature(NamedTuple):
    """One signature line. `key_id` has 4 bytes, `value` is what follows them."""

    name: str
    key_id: bytes
    value: bytes

    def __str__(self) -> str:
        return f"{_DASH}{self.name} {base64.b64encode(self.key_id + self.value).decode()}\n"


class Note(NamedTuple):
    """A note taken apart, nothing verified. `text` ends with a newline."""

    text: str
    signatures: tuple[Signature, ...]

    def encode(self) -> bytes:
        """The note's bytes."""
        return f"{self.text}\n{''.join(map(str, self.signatures))}".encode()

    def of(self, key: VerifierKey, *, where: str = "") -> Signature:
        """The one signature that claims this key.

        SignaturesError where there is none, AlteredError where there are several.
        """
        found = [s for s in self.signatures if s.name == key.name and s.key_id == key.key_id]
        if not found:
            raise SignaturesError(f"the note is not signed by {key.name}", where=where)
        if len(found) > 1:
            raise AlteredError(f"the note carries {len(found)} signatures of {key.name}", where=where)
        return found[0]


def write_note(text: str, signatures: Iterable[Signature]) -> bytes:
    """The bytes of a note. UsageError for text or names that a note may not hold."""
    signatures = tuple(signatures)
    if not text.endswith("\n") or _has_controls(text):
        raise UsageError("a note is text without control characters that ends with a newline")
    for signature in signatures:
        check_name(signature.name)
    return Note(text, signatures).encode()


def read_note(data: bytes, *, where: str = "") -> Note:
    """Take a note apart; UnreadableError for whatever is not exactly a note."""
    if len(data) > MAX_BYTES:
        raise UnreadableError(f"the note is longer than {MAX_BYTES} bytes", where=where)
    try:
        whole = data.decode()
    except UnicodeDecodeError as error:
        raise UnreadableError(f"the note is not UTF-8 at byte {error.start}", where=where) from error
    if _has_controls(whole):
        raise UnreadableError("the note holds control characters", where=where)
    text, gap, lines = whole.rpartition("\n\n")
    if not gap or not lines.endswith("\n"):
        raise UnreadableError("not a signed note: no empty line before its signatures", where=where)
    rows = lines[:-1].split("\n")
    if len(rows) > MAX_SIGNATURES:
        raise UnreadableError(f"the note carries more than {MAX_SIGNATURES} signatures", where=where)
    return Note(text + "\n", tuple(read_signature(row + "\n", where=where) for row in rows))


def read_signature(line: str, *, where: str = "") -> Signature:
    """Read one signature line with its newline. UnreadableError for any other form."""
    problem = UnreadableError("a line of the note is no signature", where=where)
    name, space, material = line.removeprefix(_DASH).rstrip("\n").partition(" ")
    try:
        raw = base64.b64decode(material, validate=True)
        check_name(name)
    except (binascii.Error, ValueError, UsageError) as error:
        raise problem from error
    signature = Signature(name, raw[:4], raw[4:])
    if not space or len(raw) < 5 or str(signature) != line:
        raise problem
    return signature


def _has_controls(text: str) -> bool:
    return any(character < " " and character != "\n" for character in text)
