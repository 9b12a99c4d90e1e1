"""Proofs of single entries for extracts, in the text form of C2SP tlog-proof.

The first line names the format; an optional `extra` line, the entry's `index`, one base64 hash a line from the
leaf's sibling upwards, an empty line, and the log's checkpoint as it is.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from typing import Final

from fieldkit.errors import UnreadableError
from fieldkit.journal.checkpoint import Checkpoint, open_checkpoint
from fieldkit.journal.merkle import HASH_BYTES, verify_inclusion

HEADER: Final = "c2sp.org/tlog-proof@v1"
MAX_HEIGHT: Final = 63
_INDEX = re.compile(r"0|[1-9][0-9]{0,18}")


@dataclass(frozen=True, slots=True)
class EntryProof:
    """That an entry stands at `index` under `checkpoint` (a signed note). `extra` is opaque and proves nothing."""

    index: int
    hashes: tuple[bytes, ...]
    checkpoint: bytes
    extra: bytes = b""

    def encode(self) -> bytes:
        """The proof's text form."""
        lines = [HEADER]
        if self.extra:
            lines.append(f"extra {base64.b64encode(self.extra).decode()}")
        lines.append(f"index {self.index}")
        lines += [base64.b64encode(value).decode() for value in self.hashes]
        return "\n".join([*lines, "", ""]).encode() + self.checkpoint

    def verify(self, leaf_hash: bytes, public_key: bytes, *, origin: str, where: str = "") -> Checkpoint:
        """Check that the entry with this leaf hash is in the log `origin` signed by this key.

        Gives the checkpoint that vouches for it. AlteredError, SignaturesError or UnreadableError otherwise.
        """
        head = open_checkpoint(self.checkpoint, public_key, origin=origin, where=where)
        verify_inclusion(self.index, head.size, leaf_hash, self.hashes, head.root)
        return head


def read_proof(data: bytes, *, where: str = "") -> EntryProof:
    """Read a proof's text form; UnreadableError for anything else. Nothing is verified yet."""
    front, gap, checkpoint = data.partition(b"\n\n")
    try:
        header, *lines = front.decode("ascii").split("\n")
        extra = (
            base64.b64decode(lines.pop(0)[6:], validate=True)
            if lines[:1] and lines[0][:6] == "extra "
            else b""
        )
        index = lines.pop(0).removeprefix("index ") if lines else ""
        hashes = tuple(base64.b64decode(line, validate=True) for line in lines)
    except (UnicodeDecodeError, binascii.Error, ValueError) as error:
        raise UnreadableError("the proof holds something that is not base64", where=where) from error
    if header != HEADER or not gap or not _INDEX.fullmatch(index):
        raise UnreadableError("not a proof of an entry", where=where)
    if len(hashes) > MAX_HEIGHT or any(len(value) != HASH_BYTES for value in hashes):
        raise UnreadableError("the proof's hashes are not those of a log", where=where)
    proof = EntryProof(int(index), hashes, checkpoint, extra)
    if proof.encode() != data:
        raise UnreadableError("the proof is not in its one exact form", where=where)
    return proof
