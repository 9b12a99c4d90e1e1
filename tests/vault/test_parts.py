"""One encrypted part: the format as others must be able to rebuild it, and no second plaintext under one name."""

from __future__ import annotations

import hashlib
import hmac

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from fieldkit.errors import AlteredError
from fieldkit.vault.parts import TAG_BYTES, open_part, part_cipher, part_data, seal_part

EPOCH_KEY = bytes(range(32))
DATA = part_data("mission-1", "media", 1)


def sealed(plain: bytes, *, kind: str = "media", data: bytes = DATA) -> bytes:
    into = bytearray(len(plain) + TAG_BYTES)
    seal_part(EPOCH_KEY, kind, plain, hashlib.sha256(plain).digest(), data, into)
    return bytes(into)


def opened(
    plain: bytes, cipher: bytes, *, kind: str = "media", data: bytes = DATA, key: bytes = EPOCH_KEY
) -> bytes:
    return bytes(open_part(key, kind, hashlib.sha256(plain).digest(), cipher, data, where="the part"))


@given(st.binary(min_size=1, max_size=200))
def test_a_part_is_what_the_written_format_says(plain: bytes) -> None:
    """HKDF (RFC 5869) without salt, by hand; nonce zero; associated data in canonical form."""
    extracted = hmac.digest(bytes(32), EPOCH_KEY, "sha256")
    info = b"fieldkit/v1/" + b"media" + hashlib.sha256(plain).digest()
    key = hmac.digest(extracted, info + b"\x01", "sha256")
    data = b'{"epoch":1,"kind":"media","mission":"mission-1"}'
    assert sealed(plain) == AESGCM(key).encrypt(bytes(12), plain, data)
    assert opened(plain, sealed(plain)) == plain


def test_more_may_pin_the_place_of_a_part() -> None:
    data = part_data("m", "segment", 2, log="ab", first=1, last=200)
    assert data == b'{"epoch":2,"first":1,"kind":"segment","last":200,"log":"ab","mission":"m"}'


@pytest.mark.parametrize(
    "other",
    [
        {"kind": "segment"},
        {"data": part_data("mission-2", "media", 1)},
        {"data": part_data("mission-1", "media", 2)},
        {"data": part_data("mission-1", "segment", 1)},
        {"key": bytes(32)},
    ],
)
def test_a_part_opens_only_in_its_own_place(other: dict[str, object]) -> None:
    with pytest.raises(AlteredError) as caught:
        opened(b"plain", sealed(b"plain"), **other)  # type: ignore[arg-type]
    assert caught.value.where == "the part"


def test_a_holder_of_the_key_cannot_put_another_plaintext_under_the_name() -> None:
    digest = hashlib.sha256(b"what was named").digest()
    forged = part_cipher(EPOCH_KEY, "media", digest).encrypt(bytes(12), b"what is within", DATA)
    with pytest.raises(AlteredError):
        opened(b"what was named", forged)


@pytest.mark.parametrize("cipher", [b"", b"short", bytes(TAG_BYTES)])
def test_a_part_without_content_is_told(cipher: bytes) -> None:
    with pytest.raises(AlteredError):
        opened(b"plain", cipher)
