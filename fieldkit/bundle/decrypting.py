"""Opening an age v1 file in a stream: with identities through pyrage, with a passphrase here.

pyrage opens passphrases only in memory, so that form (a scrypt stanza, 64 KiB chunks of ChaCha20-Poly1305) is read from
the library's primitives, as `transport` writes it. No byte is handed on before its tag was checked.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final, TypeAlias

import pyrage
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from fieldkit.bundle.opening import AGE_MAGIC, is_locked_by_passphrase
from fieldkit.bundle.sources import open_regular
from fieldkit.bundle.transport import CHUNK, derive, wrapping_key
from fieldkit.errors import AlteredError, PassphraseError, UnreadableError, UsageError
from fieldkit.journal.sshsig import load_private, write_private

IDENTITY_LIMIT: Final = 64 << 10
MOST_LOG_N: Final = 22
"""2^22 is 4 GiB of memory for one try: age's own bound."""

_TAG = 16
_HEADER_LIMIT = 1024
_READ_AHEAD = 1 << 20
_SCRYPT = re.compile(
    rb"age-encryption\.org/v1\n-> scrypt (?P<salt>[A-Za-z0-9+/]{22}) (?P<log_n>[1-9][0-9]?)\n"
    rb"(?P<wrapped>[A-Za-z0-9+/]{43})\n---(?= (?P<mac>[A-Za-z0-9+/]{43})\n)"
)
_DAMAGED = "Ask for the file again: it was cut off or changed on its way."

Identity: TypeAlias = pyrage.x25519.Identity | pyrage.ssh.Identity


@dataclass(frozen=True, slots=True)
class Decryption:
    """What opens an age file: identities (private keys), or a passphrase."""

    identities: tuple[Identity, ...] = ()
    passphrase: str = ""


def read_identities(data: bytes, passphrase: Callable[[], str], *, where: str) -> tuple[Identity, ...]:
    """The identities in a file of age's (`AGE-SECRET-KEY-1…` a line), or in an OpenSSH private key.

    `passphrase` is asked for that of a key that has one. Raises `UnreadableError`, `PassphraseError`.
    """
    if data.startswith(b"-----BEGIN OPENSSH PRIVATE KEY-----"):
        try:
            key = load_private(data, where=where)
        except PassphraseError:
            key = load_private(data, passphrase().encode(), where=where)
        return (pyrage.ssh.Identity.from_buffer(write_private(key)),)
    if data.startswith((AGE_MAGIC, b"-----BEGIN AGE")):
        raise UnreadableError(
            "is an identity file that is encrypted itself", where=where, remedy="Decrypt it with age first."
        )
    found = []
    for number, line in enumerate(data.decode("utf-8", "replace").splitlines(), 1):
        if line.strip() and not line.startswith("#"):
            try:
                found.append(pyrage.x25519.Identity.from_str(line.strip()))
            except pyrage.IdentityError as cause:
                raise UnreadableError(
                    "is no age identity (AGE-SECRET-KEY-1…)",
                    where=f"{where}, line {number}",
                    remedy="Name the file that age-keygen wrote, or an OpenSSH private key.",
                ) from cause
    if not found:
        raise UnreadableError("holds no identity", where=where, remedy="Name the file that age-keygen wrote.")
    return tuple(found)


def decrypt(path: Path, decryption: Decryption, target: BinaryIO) -> None:
    """Write what the age file at `path` holds into `target`.

    What was written is only good if this returns. `PassphraseError` where passphrase or identities do not open it,
    `AlteredError` where it was damaged, `UsageError` where it asks for the other of the two.
    """
    locked = is_locked_by_passphrase(path)
    with open_regular(str(path), buffering=_READ_AHEAD) as file:
        if locked and not decryption.passphrase:
            raise UsageError(
                "was encrypted with a passphrase, not to a key",
                where=str(path),
                remedy="Leave out --identity; give --decrypt-passphrase-file FILE, or type it.",
            )
        if not locked and not decryption.identities:
            raise UsageError(
                "was encrypted to a key, not with a passphrase",
                where=str(path),
                remedy="Give --identity FILE.",
            )
        if locked:
            _with_passphrase(file, decryption.passphrase, target, str(path))
        else:
            _with_identities(file, decryption.identities, target, str(path))


def _with_identities(file: BinaryIO, identities: tuple[Identity, ...], target: BinaryIO, where: str) -> None:
    try:
        pyrage.decrypt_io(file, target, list(identities))
    except pyrage.DecryptError as cause:
        if "matching" in str(cause):
            raise PassphraseError(
                "is encrypted to other keys than this one",
                where=where,
                remedy="Name the identity it was made for.",
            ) from cause
        raise AlteredError(f"cannot be opened ({cause})", where=where, remedy=_DAMAGED) from cause
    except OSError as cause:
        if cause.errno is not None:
            raise
        raise AlteredError("was cut off or changed", where=where, remedy=_DAMAGED) from cause


def _with_passphrase(file: BinaryIO, passphrase: str, target: BinaryIO, where: str) -> None:
    start = file.read(_HEADER_LIMIT)
    header = _SCRYPT.match(start)
    if header is None or int(header["log_n"]) > MOST_LOG_N:
        raise UnreadableError(
            "its header is not that of an age file with one passphrase", where=where, remedy=_DAMAGED
        )
    key = wrapping_key(passphrase, _raw(header["salt"], where), int(header["log_n"]))
    try:
        file_key = ChaCha20Poly1305(key).decrypt(bytes(12), _raw(header["wrapped"], where), None)
    except InvalidTag as cause:
        raise PassphraseError("the passphrase does not open it", where=where) from cause
    mac = hmac.digest(derive(file_key, b"", b"header"), header[0], "sha256")
    if not hmac.compare_digest(mac, _raw(header["mac"], where)):
        raise AlteredError("its header was changed", where=where, remedy=_DAMAGED)
    file.seek(header.end("mac") + 1)
    nonce = file.read(16)
    _chunks(file, ChaCha20Poly1305(derive(file_key, nonce, b"payload")), target, where)


def _chunks(file: BinaryIO, cipher: ChaCha20Poly1305, target: BinaryIO, where: str) -> None:
    count = 0
    sealed = file.read(CHUNK + _TAG)
    while True:
        following = file.read(CHUNK + _TAG)
        nonce = count.to_bytes(11, "big") + bytes([not following])
        try:
            plain = cipher.decrypt(nonce, sealed, None)
        except InvalidTag as cause:
            raise AlteredError("was cut off or changed", where=where, remedy=_DAMAGED) from cause
        if not plain and count:
            raise AlteredError("ends in an empty chunk", where=where, remedy=_DAMAGED)
        target.write(plain)
        if not following:
            return
        sealed = following
        count += 1


def _raw(text: bytes, where: str) -> bytes:
    """The bytes of base64 without padding, in its one spelling."""
    try:
        raw = base64.b64decode(text + b"=" * (-len(text) % 4), validate=True)
    except binascii.Error as cause:
        raise UnreadableError("its header is not base64", where=where, remedy=_DAMAGED) from cause
    if base64.b64encode(raw).rstrip(b"=") != text:
        raise UnreadableError("its header is not in the one spelling of base64", where=where, remedy=_DAMAGED)
    return raw
