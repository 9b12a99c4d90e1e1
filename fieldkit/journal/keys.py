"""Device keys (Ed25519, RFC 8032) and their written forms.

Every public key passes `check_public_key` before it is used: a key of low order, or one that carries a low-order
part, has signatures that fit any message; a non-canonical one gives one key two names. Verifier keys are
written as in C2SP signed-note: `<name>+<key id, 8 hex digits>+<base64 of type byte and key>`.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from functools import lru_cache
from typing import Final, NamedTuple, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from fieldkit.errors import AlteredError, UnreadableError, UsageError

KEY_BYTES: Final = 32
SIGNATURE_BYTES: Final = 64
NOTE_TYPE: Final = 0x01
COSIGNATURE_TYPE: Final = 0x04

_P = 2**255 - 19
_ORDER = 2**252 + 27742317777372353535851937790883648493
_D = -121665 * pow(121666, -1, _P) % _P
_ROOT_OF_MINUS_ONE = pow(2, (_P - 1) // 4, _P)


class DeviceKey:
    """The signing key of one laptop's log. `seed` is the secret, 32 bytes."""

    __slots__ = ("_private", "public")

    def __init__(self, private: Ed25519PrivateKey) -> None:
        self._private = private
        self.public: bytes = private.public_key().public_bytes_raw()

    def __repr__(self) -> str:
        return f"DeviceKey(log_id={self.log_id!r})"

    @classmethod
    def generate(cls) -> Self:
        """A new key from the system's randomness."""
        return cls(Ed25519PrivateKey.generate())

    @classmethod
    def from_bytes(cls, seed: bytes) -> Self:
        """The key of a 32-byte seed. UnreadableError for another length."""
        if len(seed) != KEY_BYTES:
            raise UnreadableError("a device key's seed has 32 bytes")
        return cls(Ed25519PrivateKey.from_private_bytes(seed))

    @property
    def seed(self) -> bytes:
        """The secret, 32 bytes."""
        return self._private.private_bytes_raw()

    @property
    def log_id(self) -> str:
        """The id of the log that this key signs."""
        return log_id(self.public)

    def sign(self, message: bytes) -> bytes:
        """The signature over `message`, 64 bytes."""
        return self._private.sign(message)


def log_id(public: bytes) -> str:
    """The id of the log of a device key: the first 32 hex digits of the SHA-256 of its 32 bytes."""
    return hashlib.sha256(public).hexdigest()[:32]


def check_public_key(public: bytes, *, where: str = "") -> None:
    """Refuse an Ed25519 public key that is not one point of the prime-order group in its only encoding.

    AlteredError with the reason; a sound generator of keys never makes any of these.
    """
    if flaw := _flaw(bytes(public)):
        raise AlteredError(flaw, where=where, remedy=_ANOTHER_KEY)


@lru_cache(maxsize=256)
def _flaw(public: bytes) -> str:
    """What is wrong with a key, or the empty string. Remembered, because the arithmetic takes milliseconds."""
    if len(public) != KEY_BYTES:
        return f"an Ed25519 key has 32 bytes, not {len(public)}"
    number = int.from_bytes(public, "little")
    sign, y = number >> 255, number & (2**255 - 1)
    if y >= _P:
        return "the key is not in canonical form"
    x = _x_of(y, sign)
    if x is None:
        return "the key is no point of the curve"
    if _times_is_zero(8, x, y):
        return "the key has low order: its signatures fit any message"
    if not _times_is_zero(_ORDER, x, y):
        return "the key carries a low-order part"
    return ""


_ANOTHER_KEY = "Have its owner make a new key; do not admit this one."


def _x_of(y: int, sign: int) -> int | None:
    """RFC 8032 section 5.1.3: the x of this y and sign, None where there is none."""
    u, v = (y * y - 1) % _P, (_D * y * y + 1) % _P
    x = u * pow(v, 3, _P) * pow(u * pow(v, 7, _P), (_P - 5) // 8, _P) % _P
    if v * x * x % _P == -u % _P:
        x = x * _ROOT_OF_MINUS_ONE % _P
    if v * x * x % _P != u:
        return None
    return _P - x if x and x & 1 != sign else x


def _times_is_zero(scalar: int, x: int, y: int) -> bool:
    """Whether scalar * (x, y) is the neutral element; extended coordinates as in RFC 8032 section 5.1.4."""
    result = (0, 1, 1, 0)
    point = (x, y, 1, x * y % _P)
    for bit in f"{scalar:b}":
        result = _sum(result, result)
        if bit == "1":
            result = _sum(result, point)
    return result[0] == 0 and result[1] == result[2]


def _sum(one: tuple[int, int, int, int], two: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
    x1, y1, z1, t1 = one
    x2, y2, z2, t2 = two
    a = (y1 - x1) * (y2 - x2) % _P
    b = (y1 + x1) * (y2 + x2) % _P
    c = 2 * t1 * t2 * _D % _P
    d = 2 * z1 * z2 % _P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % _P, g * h % _P, f * g % _P, e * h % _P


def verify(public: bytes, message: bytes, signature: bytes, *, where: str = "") -> None:
    """Check an Ed25519 signature; AlteredError where it, or the key itself, does not hold."""
    check_public_key(public, where=where)
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except InvalidSignature as error:
        raise AlteredError("the signature does not fit", where=where) from error


class VerifierKey(NamedTuple):
    """A named public key as written in seals and notes. `kind`: the signature type byte of C2SP signed-note."""

    name: str
    public: bytes
    kind: int = NOTE_TYPE

    @property
    def key_id(self) -> bytes:
        """The 4 bytes by which a note's signature line points at this key."""
        return key_id(self.name, self.public, self.kind)

    def __str__(self) -> str:
        material = base64.b64encode(bytes([self.kind]) + self.public).decode()
        return f"{self.name}+{self.key_id.hex()}+{material}"


def check_name(name: str) -> None:
    """UsageError for a key name that C2SP signed-note does not allow."""
    if not name or "+" in name or any(c.isspace() or ord(c) < 0x20 or ord(c) == 0x7F for c in name):
        raise UsageError(
            f"not a key name: {name[:80]!r}", remedy="It has no spaces, no plus and is not empty."
        )


def key_id(name: str, public: bytes, kind: int = NOTE_TYPE) -> bytes:
    """SHA-256(name || newline || type || key)[:4]."""
    return hashlib.sha256(name.encode() + b"\n" + bytes([kind]) + public).digest()[:4]


def verifier_key(name: str, public: bytes, kind: int = NOTE_TYPE) -> str:
    """The written form of a named public key."""
    check_name(name)
    return str(VerifierKey(name, public, kind))


def parse_verifier_key(text: str, *, where: str = "") -> VerifierKey:
    """Read a written key; UnreadableError for another form, AlteredError for a key nobody may use."""
    name, _, rest = text.partition("+")
    digits, _, material = rest.partition("+")
    try:
        raw = base64.b64decode(material, validate=True)
    except (binascii.Error, ValueError) as error:
        raise UnreadableError("not a verifier key: its last part is not base64", where=where) from error
    if len(raw) != 1 + KEY_BYTES or raw[0] not in (NOTE_TYPE, COSIGNATURE_TYPE):
        raise UnreadableError("not an Ed25519 verifier key", where=where)
    key = VerifierKey(name, raw[1:], raw[0])
    try:
        check_name(name)
    except UsageError as error:
        raise UnreadableError(error.problem, where=where) from error
    if str(key) != text:
        raise UnreadableError(f"the key id {digits[:8]} is not that of the key", where=where)
    check_public_key(key.public, where=where)
    return key
