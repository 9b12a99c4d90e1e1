"""Signatures of persons: OpenSSH keys and SSHSIG armor (OpenSSH PROTOCOL.sshsig), as `ssh-keygen -Y` makes them.

Keys may be Ed25519, ECDSA on the NIST curves, or RSA of 2048 bits and more. The message is hashed with SHA-512.
What is read must be byte for byte what ssh-keygen would have written: it takes trailing text and a second
signature in one file, this module does not.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass
from typing import Final, TypeAlias

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from fieldkit.errors import AlteredError, FieldkitError, PassphraseError, UnreadableError, UsageError
from fieldkit.journal import keys

PrivateKey: TypeAlias = Ed25519PrivateKey | ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey

ED25519: Final = "ssh-ed25519"
RSA: Final = "ssh-rsa"
KINDS: Final = (ED25519, "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521", RSA)
MAX_BYTES: Final = 64 * 1024

_CURVES: dict[str, tuple[type[ec.EllipticCurve], type[hashes.HashAlgorithm]]] = {
    "ecdsa-sha2-nistp256": (ec.SECP256R1, hashes.SHA256),
    "ecdsa-sha2-nistp384": (ec.SECP384R1, hashes.SHA384),
    "ecdsa-sha2-nistp521": (ec.SECP521R1, hashes.SHA512),
}
_RSA_SIGNATURE = b"rsa-sha2-512"
_RSA_BITS = range(2048, 16384 + 1)
_MAGIC = b"SSHSIG"
_VERSION = 1
_HASH = b"sha512"
_BEGIN, _END = "-----BEGIN SSH SIGNATURE-----", "-----END SSH SIGNATURE-----"
_COLUMNS = 70
_PRIVATE_BEGIN, _PRIVATE_END = b"-----BEGIN OPENSSH PRIVATE KEY-----", b"-----END OPENSSH PRIVATE KEY-----"
_PRIVATE_MAGIC = b"openssh-key-v1\x00"


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A checked OpenSSH public key: its type name, and its wire form as OpenSSH hashes it for the fingerprint."""

    kind: str
    blob: bytes

    @property
    def fingerprint(self) -> str:
        """`SHA256:` and the unpadded base64 of the wire form's SHA-256, as ssh-keygen -l shows it."""
        return fingerprint(self)


def fingerprint(key: PublicKey) -> str:
    """`SHA256:` and the unpadded base64 of the wire form's SHA-256, as ssh-keygen -l shows it."""
    return "SHA256:" + base64.b64encode(hashlib.sha256(key.blob).digest()).decode().rstrip("=")


def public_line(key: PublicKey, comment: str = "") -> str:
    """The key as one line of a `.pub` file, without newline. UsageError for a comment of several lines."""
    if any(ord(c) < 0x20 or ord(c) == 0x7F for c in comment):
        raise UsageError("the comment of a key is one line of text")
    return f"{key.kind} {base64.b64encode(key.blob).decode()} {comment}".rstrip()


def parse_public_line(line: str, *, where: str = "") -> tuple[PublicKey, str]:
    """A line of a `.pub` file: the key and its comment. UnreadableError or AlteredError where it is no such key."""
    kind, _, rest = line.strip().partition(" ")
    material, _, comment = rest.strip().partition(" ")
    key = parse_public(_base64(material, "the key", where), where=where)
    if key.kind != kind:
        raise UnreadableError(f"the key says {kind[:40]!r} but is {key.kind}", where=where)
    return key, comment.strip()


def parse_public(blob: bytes, *, where: str = "") -> PublicKey:
    """Check a key's wire form. UnreadableError for other kinds, AlteredError for a key that nobody may use."""
    wire = _Wire(blob, where)
    kind = wire.text()
    if kind == ED25519:
        raw = wire.string()
        wire.end()
        keys.check_public_key(raw, where=where)
        return PublicKey(kind, blob)
    if kind not in KINDS:
        raise UnreadableError(
            f"keys of type {kind[:40]!r} are not used here",
            where=where,
            remedy=f"Use one of {', '.join(KINDS)}.",
        )
    public = _public_object(kind, wire, where)
    wire.end()
    if _blob_of(public) != blob:
        raise UnreadableError("the key is not in its one exact form", where=where)
    return PublicKey(kind, blob)


def public_of(private: PrivateKey) -> PublicKey:
    """The public half. UnreadableError for a kind or size that is not used here."""
    if isinstance(private, Ed25519PrivateKey):
        blob = _string(ED25519.encode()) + _string(private.public_key().public_bytes_raw())
    else:
        blob = _blob_of(private.public_key())
    return parse_public(blob)


def load_private(data: bytes, passphrase: bytes | None = None, *, where: str = "") -> PrivateKey:
    """Read an OpenSSH private key file.

    PassphraseError where the file needs a passphrase and none or the wrong one is given (one that is not needed
    is ignored), UnreadableError for anything that is not such a file.
    """
    locked = _is_locked(data, where)
    if locked and passphrase is None:
        raise PassphraseError("the key is protected by a passphrase", where=where)
    try:
        private = serialization.load_ssh_private_key(data, passphrase if locked else None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        if locked:
            raise PassphraseError("the passphrase does not open the key", where=where) from error
        raise UnreadableError("the key file is damaged", where=where) from error
    if not isinstance(private, PrivateKey):
        raise UnreadableError("a key of this type is not used here", where=where)
    public_of(private)
    return private


def write_private(private: PrivateKey, passphrase: bytes | None = None) -> bytes:
    """The key as an OpenSSH private key file, protected where a passphrase is given."""
    protection: serialization.KeySerializationEncryption = (
        serialization.BestAvailableEncryption(passphrase) if passphrase else serialization.NoEncryption()
    )
    return private.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH, protection)


def sign(message: bytes, namespace: str, private_key: PrivateKey) -> str:
    """The armored signature over `message`, with its last newline. `namespace` says what it is a signature for."""
    if not namespace:
        raise UsageError("a signature has a namespace")
    signed = _signed(message, namespace)
    if isinstance(private_key, Ed25519PrivateKey):
        kind, value = ED25519.encode(), private_key.sign(signed)
    elif isinstance(private_key, rsa.RSAPrivateKey):
        kind, value = _RSA_SIGNATURE, private_key.sign(signed, padding.PKCS1v15(), hashes.SHA512())
    else:
        name = _curve_name(private_key.curve)
        r, s = utils.decode_dss_signature(private_key.sign(signed, ec.ECDSA(_CURVES[name][1]())))
        kind, value = name.encode(), _mpint(r) + _mpint(s)
    return _armor(_signature_blob(public_of(private_key), namespace, _string(kind) + _string(value)))


def verify(armor: str | bytes, message: bytes, namespace: str, *, where: str = "") -> PublicKey:
    """The key that signed `message` for `namespace`, after checking the signature.

    Whose key it is, is another question: ask `AllowedSigners`. AlteredError where the signature does not fit or
    something was added to it, UnreadableError where it is no signature of the kinds used here.
    """
    blob = _dearmor(armor, where)
    wire = _Wire(blob, where)
    if wire.take(len(_MAGIC)) != _MAGIC or wire.number() != _VERSION:
        raise UnreadableError("not an SSH signature of version 1", where=where)
    key = parse_public(wire.string(), where=where)
    stated, _reserved, hashed, signature = wire.string(), wire.string(), wire.string(), wire.string()
    wire.end()
    if hashed != _HASH:
        raise UnreadableError("the signature was not made with SHA-512", where=where)
    if stated != namespace.encode():
        raise AlteredError("the signature was made for another purpose (namespace)", where=where)
    if blob != _signature_blob(key, namespace, signature):
        raise AlteredError("the signature is not in its one exact form", where=where)
    _check(key, _signed(message, namespace), signature, where)
    return key


def _check(key: PublicKey, signed: bytes, signature: bytes, where: str) -> None:
    wire = _Wire(signature, where)
    kind, value = wire.string(), wire.string()
    wire.end()
    if kind != (_RSA_SIGNATURE if key.kind == RSA else key.kind.encode()):
        raise AlteredError("the signature is of another type than its key", where=where)
    inner = _Wire(key.blob, where)
    inner.string()
    try:
        if key.kind == ED25519:
            keys.verify(inner.string(), signed, value, where=where)
            return
        public = _public_object(key.kind, inner, where)
        if isinstance(public, rsa.RSAPublicKey):
            public.verify(value, signed, padding.PKCS1v15(), hashes.SHA512())
        else:
            numbers = _Wire(value, where)
            r, s = numbers.mpint(), numbers.mpint()
            numbers.end()
            public.verify(utils.encode_dss_signature(r, s), signed, ec.ECDSA(_CURVES[key.kind][1]()))
    except InvalidSignature as error:
        raise AlteredError("the signature does not fit", where=where) from error


def _signed(message: bytes, namespace: str) -> bytes:
    digest = hashlib.sha512(message).digest()
    return _MAGIC + _string(namespace.encode()) + _string(b"") + _string(_HASH) + _string(digest)


def _signature_blob(key: PublicKey, namespace: str, signature: bytes) -> bytes:
    fields = (key.blob, namespace.encode(), b"", _HASH, signature)
    return _MAGIC + _VERSION.to_bytes(4, "big") + b"".join(_string(field) for field in fields)


def _armor(blob: bytes) -> str:
    text = base64.b64encode(blob).decode()
    rows = [text[i : i + _COLUMNS] for i in range(0, len(text), _COLUMNS)]
    return "\n".join((_BEGIN, *rows, _END, ""))


def _dearmor(armor: str | bytes, where: str) -> bytes:
    if len(armor) > MAX_BYTES:
        raise UnreadableError("too long for a signature", where=where)
    try:
        text = armor if isinstance(armor, str) else armor.decode("ascii")
    except UnicodeDecodeError as error:
        raise UnreadableError("not an SSH signature", where=where) from error
    front, begin, rest = text.partition(_BEGIN + "\n")
    body, end, _back = rest.partition("\n" + _END)
    if not begin or not end:
        raise UnreadableError("not an SSH signature", where=where)
    blob = _base64(body.replace("\n", ""), "the signature", where)
    if _armor(blob) != text:
        problem = "something stands before" if front else "something was added to"
        raise AlteredError(
            f"{problem} the signature, or it is not armored as ssh-keygen does",
            where=where,
            remedy="One file holds one signature and nothing else.",
        )
    return blob


def _is_locked(data: bytes, where: str) -> bool:
    """Whether an OpenSSH private key file is protected by a passphrase."""
    body = data.strip()
    if not (body.startswith(_PRIVATE_BEGIN) and body.endswith(_PRIVATE_END)) or len(body) > MAX_BYTES:
        raise UnreadableError(
            "not an OpenSSH private key file",
            where=where,
            remedy="Give the private key, not the .pub file; `ssh-keygen -p -f FILE` rewrites older forms.",
        )
    material = body[len(_PRIVATE_BEGIN) : -len(_PRIVATE_END)].decode("latin-1")
    blob = _base64("".join(material.split()), "the key file", where)
    if not blob.startswith(_PRIVATE_MAGIC):
        raise UnreadableError("not an OpenSSH private key file", where=where)
    return _Wire(blob[len(_PRIVATE_MAGIC) :], where).string() != b"none"


def _public_object(kind: str, wire: _Wire, where: str) -> ec.EllipticCurvePublicKey | rsa.RSAPublicKey:
    try:
        if kind == RSA:
            exponent, modulus = wire.mpint(), wire.mpint()
            if modulus.bit_length() not in _RSA_BITS:
                raise UnreadableError(
                    f"an RSA key of {modulus.bit_length()} bits is not used here", where=where
                )
            return rsa.RSAPublicNumbers(exponent, modulus).public_key()
        curve = _CURVES[kind][0]()
        if wire.string() != kind.rpartition("-")[2].encode():
            raise UnreadableError("the key names two different curves", where=where)
        return ec.EllipticCurvePublicKey.from_encoded_point(curve, wire.string())
    except ValueError as error:
        raise AlteredError("the key is no sound key of its type", where=where) from error


def _blob_of(public: ec.EllipticCurvePublicKey | rsa.RSAPublicKey) -> bytes:
    if isinstance(public, rsa.RSAPublicKey):
        numbers = public.public_numbers()
        return _string(RSA.encode()) + _mpint(numbers.e) + _mpint(numbers.n)
    name = _curve_name(public.curve)
    point = public.public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
    return _string(name.encode()) + _string(name.rpartition("-")[2].encode()) + _string(point)


def _curve_name(curve: ec.EllipticCurve) -> str:
    for name, (known, _) in _CURVES.items():
        if isinstance(curve, known):
            return name
    raise UnreadableError(f"keys on the curve {curve.name} are not used here")


def _base64(text: str, what: str, where: str) -> bytes:
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise UnreadableError(f"{what} is not base64", where=where) from error
    if base64.b64encode(raw).decode() != text:
        raise UnreadableError(f"{what} is not in canonical base64", where=where)
    return raw


def _string(value: bytes) -> bytes:
    """RFC 4251 section 5: length as 4 bytes, then the bytes."""
    return len(value).to_bytes(4, "big") + value


def _mpint(value: int) -> bytes:
    """RFC 4251 section 5, for positive numbers: a zero byte keeps the top bit clear."""
    return _string(value.to_bytes(value.bit_length() // 8 + 1, "big"))


class _Wire:
    """Reads the wire form of RFC 4251 from the front; UnreadableError where it ends too soon or too late."""

    def __init__(self, data: bytes, where: str) -> None:
        self._data = data
        self._at = 0
        self._where = where

    def take(self, count: int) -> bytes:
        piece = self._data[self._at : self._at + count]
        if len(piece) != count:
            raise self._broken()
        self._at += count
        return piece

    def number(self) -> int:
        return int.from_bytes(self.take(4), "big")

    def string(self) -> bytes:
        return self.take(self.number())

    def text(self) -> str:
        try:
            return self.string().decode("ascii")
        except UnicodeDecodeError as error:
            raise self._broken() from error

    def mpint(self) -> int:
        raw = self.string()
        value = int.from_bytes(raw, "big")
        if value == 0 or _mpint(value) != _string(raw):
            raise self._broken()
        return value

    def end(self) -> None:
        if self._at != len(self._data):
            raise self._broken()

    def _broken(self) -> FieldkitError:
        return UnreadableError("the key or signature is cut short or badly formed", where=self._where)
