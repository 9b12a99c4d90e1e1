"""Encrypting one part of at most 4 MiB under an epoch key, so that a key never meets two plaintexts.

Let P be exactly the bytes given to the cipher. The key is HKDF-SHA256(epoch key, info = "fieldkit/v1/" || kind
|| SHA-256(P)), the nonce is zero, the associated data name mission, kind and epoch in canonical form, and
SHA-256(P) is compared after decryption. Equal plaintext of one epoch gives equal ciphertext: retries are idempotent.
"""

from __future__ import annotations

import hashlib
from ctypes import addressof, c_char
from typing import Final, TypeAlias

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from fieldkit.domain.jsontypes import Doc
from fieldkit.errors import AlteredError
from fieldkit.journal import canonical

PART_BYTES: Final = 4 * 1024 * 1024
TAG_BYTES: Final = 16
PAGE_BYTES: Final = 4096

Buffer: TypeAlias = bytes | bytearray | memoryview

_NONCE = bytes(12)


def part_cipher(epoch_key: bytes, kind: str, plain_digest: bytes) -> AESGCM:
    """The cipher for the one plaintext of this kind whose SHA-256 is `plain_digest` (32 raw bytes)."""
    info = b"fieldkit/v1/" + kind.encode("ascii") + plain_digest
    return AESGCM(HKDF(algorithm=SHA256(), length=32, salt=None, info=info).derive(epoch_key))


def part_data(mission_id: str, kind: str, epoch: int, **more: str | int) -> bytes:
    """The associated data: mission, kind, epoch, and for other kinds than media what else pins their place."""
    named: Doc = {**more, "mission": mission_id, "kind": kind, "epoch": epoch}
    return canonical.encode(named)


def seal_part(
    epoch_key: bytes,
    kind: str,
    plain: Buffer,
    plain_digest: bytes,
    data: bytes,
    into: bytearray | memoryview,
) -> None:
    """Encrypt `plain`, whose SHA-256 is `plain_digest`, into `into`, which is `TAG_BYTES` longer."""
    part_cipher(epoch_key, kind, plain_digest).encrypt_into(_NONCE, plain, data, into)


def open_part(
    epoch_key: bytes, kind: str, plain_digest: bytes, sealed: Buffer, data: bytes, *, where: str
) -> bytearray:
    """The plaintext of `sealed`. Raises `AlteredError` naming `where` when a bit differs from what was sealed."""
    plain = bytearray(max(0, len(sealed) - TAG_BYTES))
    open_part_into(epoch_key, kind, plain_digest, sealed, data, plain, where=where)
    return plain


def open_part_into(
    epoch_key: bytes,
    kind: str,
    plain_digest: bytes,
    sealed: Buffer,
    data: bytes,
    plain: bytearray | memoryview,
    *,
    where: str,
    compared: bool = True,
) -> None:
    """Decrypt `sealed` into `plain`, which is `TAG_BYTES` shorter. Raises as `open_part`; `plain` is then worth nothing.

    Without `compared`, what comes out is what somebody who holds the epoch's key sealed, and the caller has yet to compare
    the digest: of this part, or of the whole that it is a part of.
    """
    try:
        part_cipher(epoch_key, kind, plain_digest).decrypt_into(_NONCE, sealed, data, plain)
    except (InvalidTag, ValueError):
        raise altered_part(where) from None
    if compared and hashlib.sha256(plain).digest() != plain_digest:
        raise altered_part(where)


def room_of(size: int) -> memoryview:
    """Memory of `size` bytes that begins a page, so that a system can move it to and from media without a copy."""
    wider = bytearray(size + PAGE_BYTES)
    start = -addressof(c_char.from_buffer(wider)) % PAGE_BYTES
    return memoryview(wider)[start : start + size]


def begins_page(room: memoryview) -> bool:
    """Whether memory that can be written to begins a page."""
    return not room.readonly and len(room) > 0 and addressof(c_char.from_buffer(room)) % PAGE_BYTES == 0


def altered_part(where: str, problem: str = "the part is not what was sealed") -> AlteredError:
    """The error for a part that is altered, cut or missing."""
    return AlteredError(
        problem,
        where=where,
        remedy="Fetch it again from the depot, another laptop or a backup; the hash names it.",
    )
