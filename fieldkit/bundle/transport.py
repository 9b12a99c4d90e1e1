"""Encrypting a bundle for its way: an age v1 file, for recipients' keys or for a passphrase.

Recipients go through pyrage. It has no stream for passphrases, so that form (age-encryption.org/v1, a scrypt stanza,
64 KiB chunks of ChaCha20-Poly1305) is written here from the library's primitives. Any age program opens both.
"""

from __future__ import annotations

import base64
import hmac
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from queue import Queue
from threading import Thread
from types import TracebackType
from typing import BinaryIO, Final, Self

import pyrage
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from fieldkit.bundle.zipform import Buffer
from fieldkit.errors import UnavailableError, UsageError
from fieldkit.vault.durable import unavailable

SCRYPT_LOG_N: Final = 18
CHUNK: Final = 64 << 10
RECIPIENTS_LIMIT: Final = 256 << 10
_VERSION = b"age-encryption.org/v1\n"
_QUEUED = 8
_BLOCK = 256 << 10
_RECIPIENT: Final = (
    "Give an age public key (age1…), an SSH one (ssh-ed25519 AAAA…), or a file of them, such as a .pub file."
)


@dataclass(frozen=True, slots=True)
class Encryption:
    """For whom: recipients (`age1…`, `ssh-ed25519 …`, `ssh-rsa …`), or a passphrase; exactly one of the two."""

    recipients: tuple[str, ...] = ()
    passphrase: str = ""

    def __post_init__(self) -> None:
        if bool(self.recipients) == bool(self.passphrase):
            raise UsageError(
                "a bundle is encrypted either to recipients or with a passphrase",
                remedy="Leave out --encrypt-to or --encrypt-passphrase-file.",
            )
        for recipient in self.recipients:
            parse_recipient(recipient)


def parse_recipient(
    text: str, *, where: str = "--encrypt-to"
) -> pyrage.x25519.Recipient | pyrage.ssh.Recipient:
    """A recipient for pyrage. `UsageError` for anything that is neither an age nor an SSH public key; it is not quoted: it may
    be a secret that was given by mistake."""
    text = text.strip()
    try:
        if text.startswith("age1"):
            return pyrage.x25519.Recipient.from_str(text)
        return pyrage.ssh.Recipient.from_str(text)
    except pyrage.RecipientError as cause:
        raise UsageError("is no recipient", where=where, remedy=_RECIPIENT) from cause


def named_recipients(text: str) -> tuple[str, ...]:
    """The recipients that `--encrypt-to` names: a key itself, or a file of keys, one a line (a `.pub`, or age's own kind).

    Raises `UsageError`.
    """
    if text.strip().startswith(("age1", "ssh-")):
        return (text,)
    try:
        with Path(text).open("rb") as file:
            lines = file.read(RECIPIENTS_LIMIT).decode("utf-8", "replace").splitlines()
    except OSError as cause:
        raise UsageError(
            f"is no recipient, and no file with recipients ({cause.strerror})",
            where=f"--encrypt-to {text[:200]}",
            remedy=_RECIPIENT,
        ) from cause
    named = {n: line.strip() for n, line in enumerate(lines, 1) if line.strip() and not line.startswith("#")}
    if not named:
        raise UsageError("names no recipient", where=f"--encrypt-to {text}", remedy=_RECIPIENT)
    for number, one in named.items():
        parse_recipient(one, where=f"--encrypt-to {text}, line {number}")
    return tuple(named.values())


class AgeWriter:
    """A new age file at `path`; use as a context manager. What is written comes out when it is decrypted."""

    def __init__(self, path: Path, encryption: Encryption) -> None:
        self._path = path
        self._encryption = encryption
        self._file: BinaryIO
        self._seal: _Recipients | _Passphrase

    def __enter__(self) -> Self:
        self._file = self._path.open("xb", buffering=0)
        if self._encryption.recipients:
            self._seal = _Recipients(self._file, self._encryption.recipients)
        else:
            self._seal = _Passphrase(self._file, self._encryption.passphrase)
        return self

    def write(self, block: Buffer) -> None:
        """Encrypt the next bytes."""
        self._seal.write(block)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._seal.close(whole=error is None)
            if error is None:
                os.fsync(self._file.fileno())
        finally:
            self._file.close()


class _Recipients:
    """pyrage pulls what it encrypts; a thread lets it, while the caller pushes."""

    def __init__(self, file: BinaryIO, recipients: Sequence[str]) -> None:
        self._blocks: Queue[bytes | None] = Queue(_QUEUED)
        self._gathered = bytearray()
        self._error: Exception | None = None
        self._aborted = False
        parsed = [parse_recipient(recipient) for recipient in recipients]
        self._thread = Thread(target=self._run, args=(file, parsed), name="age")
        self._thread.start()

    def write(self, block: Buffer) -> None:
        self._gathered += block
        if len(self._gathered) >= _BLOCK:
            self._send()

    def close(self, *, whole: bool) -> None:
        self._aborted = not whole
        if whole and self._gathered:
            self._send()
        self._blocks.put(None)
        self._thread.join()
        if whole:
            self._raise()

    def _send(self) -> None:
        self._raise()
        self._blocks.put(bytes(self._gathered))
        self._gathered.clear()

    def _raise(self) -> None:
        if self._error is not None:
            raise UnavailableError(
                f"the encrypted file could not be written ({self._error})",
                remedy="Check the disk and its free space.",
            ) from self._error

    def _run(self, file: BinaryIO, recipients: list[pyrage.x25519.Recipient | pyrage.ssh.Recipient]) -> None:
        source = _Pulled(self._next)
        try:
            pyrage.encrypt_io(source, file, recipients)
        except Exception as error:  # noqa: BLE001 - told to the caller's thread by `_raise`
            self._error = error
            while not source.ended:
                source.read(_BLOCK)

    def _next(self) -> bytes | None:
        block = self._blocks.get()
        return None if self._aborted else block


class _Pulled:
    """A file to read from, made of blocks that somebody pushes."""

    def __init__(self, take: Callable[[], bytes | None]) -> None:
        self._take = take
        self._rest = memoryview(b"")
        self.ended = False

    def read(self, size: int) -> bytes:
        while not self._rest and not self.ended:
            block = self._take()
            if block is None:
                self.ended = True
            else:
                self._rest = memoryview(block)
        piece, self._rest = self._rest[:size], self._rest[size:]
        return bytes(piece)


class _Passphrase:
    """age v1 with one scrypt stanza. https://c2sp.org/age"""

    def __init__(self, file: BinaryIO, passphrase: str) -> None:
        self._file = file
        file_key, salt, nonce = os.urandom(16), os.urandom(16), os.urandom(16)
        wrapping = ChaCha20Poly1305(wrapping_key(passphrase, salt, SCRYPT_LOG_N))
        wrapped = wrapping.encrypt(bytes(12), file_key, None)
        header = (
            _VERSION + b"-> scrypt %b %d\n" % (_base64(salt), SCRYPT_LOG_N) + b"%b\n---" % _base64(wrapped)
        )
        mac = hmac.digest(derive(file_key, b"", b"header"), header, "sha256")
        self._put(header + b" " + _base64(mac) + b"\n" + nonce)
        self._cipher = ChaCha20Poly1305(derive(file_key, nonce, b"payload"))
        self._count = 0
        self._held = bytearray()

    def write(self, block: Buffer) -> None:
        """Encrypt whole chunks; the last one, even if full, is held back until it is known not to be the last."""
        view = memoryview(block)
        sealed = []
        if self._held:
            room = CHUNK - len(self._held)
            self._held += view[:room]
            view = view[room:]
            if not view:
                return
            sealed.append(self._chunk(self._held, last=False))
            self._held = bytearray()
        while len(view) > CHUNK:
            sealed.append(self._chunk(view[:CHUNK], last=False))
            view = view[CHUNK:]
        self._held += view
        self._put(b"".join(sealed))

    def close(self, *, whole: bool) -> None:
        if whole:
            self._put(self._chunk(self._held, last=True))

    def _chunk(self, plain: Buffer, *, last: bool) -> bytes:
        nonce = self._count.to_bytes(11, "big") + bytes([last])
        self._count += 1
        return self._cipher.encrypt(nonce, plain, None)

    def _put(self, data: bytes) -> None:
        rest = memoryview(data)
        try:
            while rest:
                rest = rest[self._file.write(rest) :]
        except OSError as error:
            raise unavailable(error, Path(self._file.name)) from error


def wrapping_key(passphrase: str, salt: bytes, log_n: int) -> bytes:
    """The key that wraps an age file's own key: scrypt with 2^`log_n` rounds."""
    rounds = Scrypt(salt=b"age-encryption.org/v1/scrypt" + salt, length=32, n=1 << log_n, r=8, p=1)
    return rounds.derive(passphrase.encode())


def derive(key: bytes, salt: bytes, info: bytes) -> bytes:
    """A key of age's for one purpose, by HKDF-SHA256."""
    return HKDF(algorithm=SHA256(), length=32, salt=salt or None, info=info).derive(key)


def _base64(raw: bytes) -> bytes:
    return base64.b64encode(raw).rstrip(b"=")
