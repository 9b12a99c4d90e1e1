"""Sealing a secret to one laptop (HPKE, RFC 9180) under the hybrid of ML-KEM-768 and X25519.

A laptop's encryption key is apart from the keys that sign its logs: it stays when a new log is begun. The secret is
96 bytes (seed of ML-KEM, then X25519), the public key 1216.
"""

from __future__ import annotations

import base64
import binascii
from typing import Final, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import (
    AEAD,
    KDF,
    KEM,
    MLKEM768X25519PrivateKey,
    MLKEM768X25519PublicKey,
    Suite,
)

from fieldkit.errors import AlteredError, UnreadableError

ENVELOPE: Final = "envelope"
"""The name, in the store, of the secret that opens what is sealed to this laptop."""

_SEED: Final = 64
_SECRET: Final = _SEED + 32
_LATTICE: Final = 1184
_PUBLIC: Final = _LATTICE + 32
_SUITE: Final = Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


class EnvelopeKey:
    """The key of one laptop that opens what was sealed to it."""

    def __init__(self, lattice: MLKEM768PrivateKey, curve: X25519PrivateKey) -> None:
        self._lattice = lattice
        self._curve = curve

    @classmethod
    def generate(cls) -> Self:
        """A new key from the system's randomness."""
        return cls(MLKEM768PrivateKey.generate(), X25519PrivateKey.generate())

    @classmethod
    def from_bytes(cls, secret: bytes) -> Self:
        """The key of its secret. UnreadableError for another length."""
        if len(secret) != _SECRET:
            raise UnreadableError(
                f"the secret of an encryption key has {_SECRET} bytes",
                remedy="Restore the vault from a backup: it is damaged.",
            )
        return cls(
            MLKEM768PrivateKey.from_seed_bytes(secret[:_SEED]),
            X25519PrivateKey.from_private_bytes(secret[_SEED:]),
        )

    @property
    def secret(self) -> bytes:
        """The secret bytes."""
        return self._lattice.private_bytes_raw() + self._curve.private_bytes_raw()

    @property
    def public(self) -> str:
        """The public key in base64."""
        raw = self._lattice.public_key().public_bytes_raw() + self._curve.public_key().public_bytes_raw()
        return base64.b64encode(raw).decode()

    def open(self, sealed: bytes, info: bytes, *, where: str = "") -> bytes:
        """What was sealed to this key for the purpose `info`. Raises `AlteredError` for anything else."""
        try:
            return _SUITE.decrypt(sealed, MLKEM768X25519PrivateKey(self._lattice, self._curve), info)
        except (InvalidTag, ValueError):
            raise AlteredError(
                "this was not sealed to this laptop, or was altered",
                where=where,
                remedy="Ask for it again, and compare the words.",
            ) from None


def check_public(public: str, *, where: str = "") -> None:
    """Refuse what is no public key. Raises `UnreadableError`."""
    _public(public, where)


def seal_to(public: str, secret: bytes, info: bytes, *, where: str = "") -> bytes:
    """`secret`, for the holder of the key `public` (base64) alone, for the purpose `info`. Raises `UnreadableError`."""
    try:
        return _SUITE.encrypt(secret, _public(public, where), info)
    except ValueError:
        raise _no_key(where) from None


def _public(public: str, where: str) -> MLKEM768X25519PublicKey:
    try:
        raw = base64.b64decode(public, validate=True)
        if len(raw) != _PUBLIC or raw[_LATTICE:] == bytes(32):
            raise _no_key(where)
        return MLKEM768X25519PublicKey(
            MLKEM768PublicKey.from_public_bytes(raw[:_LATTICE]),
            X25519PublicKey.from_public_bytes(raw[_LATTICE:]),
        )
    except (binascii.Error, ValueError):
        raise _no_key(where) from None


def _no_key(where: str) -> UnreadableError:
    return UnreadableError(
        "not the encryption key of a laptop", where=where, remedy="Let the laptop ask to join anew."
    )
