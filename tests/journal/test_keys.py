"""Device keys: sound ones work, and those whose signatures fit anything never get in."""

from __future__ import annotations

import hashlib
import json

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldkit.errors import AlteredError, FieldkitError, UnreadableError, UsageError
from fieldkit.journal import keys
from fieldkit.journal.keys import DeviceKey, VerifierKey
from tests.journal import logs
from tests.shared_data import shared_data

# RFC 8032 section 7.1, tests 1 to 3: seed, public key, message, signature.
RFC_8032 = [
    (
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
]
IDENTITY = b"\x01" + bytes(31)
P = 2**255 - 19


@pytest.mark.parametrize(("seed", "public", "message", "signature"), RFC_8032)
def test_rfc_8032_vectors(seed: str, public: str, message: str, signature: str) -> None:
    key = DeviceKey.from_bytes(bytes.fromhex(seed))
    assert key.public.hex() == public
    assert key.seed.hex() == seed
    assert key.sign(bytes.fromhex(message)).hex() == signature
    keys.verify(key.public, bytes.fromhex(message), bytes.fromhex(signature))


def test_the_log_is_named_by_its_key() -> None:
    key = DeviceKey.generate()
    assert key.log_id == keys.log_id(key.public) == hashlib.sha256(key.public).hexdigest()[:32]
    assert DeviceKey.generate().log_id != key.log_id


def test_a_printed_key_does_not_show_its_seed() -> None:
    key = logs.device("one")
    assert key.seed.hex() not in repr(key)
    assert repr(key.seed) not in repr(key)


def test_a_signature_over_something_else_is_refused() -> None:
    key = logs.device("one")
    signature = key.sign(b"seen")
    for public, message, value in [
        (key.public, b"not seen", signature),
        (logs.device("two").public, b"seen", signature),
        (key.public, b"seen", signature[:-1]),
        (key.public, b"seen", b""),
        (key.public, b"seen", bytes([signature[0] ^ 1]) + signature[1:]),
    ]:
        with pytest.raises(AlteredError):
            keys.verify(public, message, value)


def test_the_one_signature_that_fits_every_message_is_refused() -> None:
    # With the neutral element as key and as R, and S = 0, the equation holds whatever was signed.
    signature = IDENTITY + bytes(32)
    Ed25519PublicKey.from_public_bytes(IDENTITY).verify(signature, b"anything at all")
    with pytest.raises(AlteredError, match="low order"):
        keys.verify(IDENTITY, b"anything at all", signature)


@pytest.mark.parametrize(
    "public",
    [
        b"",
        bytes(31),
        bytes(33),
        bytes(32),
        IDENTITY,
        P.to_bytes(32, "little"),
        (P + 1).to_bytes(32, "little"),
        (P - 1).to_bytes(32, "little"),
        b"\xff" * 32,
        (2).to_bytes(32, "little"),
    ],
)
def test_keys_that_are_no_sound_points_are_refused(public: bytes) -> None:
    with pytest.raises(AlteredError):
        keys.check_public_key(public)


@pytest.mark.shared_data
def test_every_published_key_with_a_flaw_is_refused_and_every_sound_one_taken() -> None:
    flaws = {"low_order_A", "non_canonical_A", "low_order_component_A"}
    vectors = json.loads(shared_data("vectors", "ed25519", "ed25519vectors.json").read_text())
    assert len(vectors) > 900
    flawed = 0
    for vector in vectors:
        public, message = bytes.fromhex(vector["key"]), vector["msg"].encode()
        if flaws & set(vector["flags"] or ()):
            flawed += 1
            with pytest.raises(AlteredError, match="the key"):
                keys.verify(public, message, bytes.fromhex(vector["sig"]), where=f"vector {vector['number']}")
        else:
            keys.check_public_key(public)
    assert flawed > 800


@settings(max_examples=40)
@given(st.binary(min_size=32, max_size=32))
def test_generated_keys_are_sound(seed: bytes) -> None:
    keys.check_public_key(DeviceKey.from_bytes(seed).public)


def test_a_seed_has_its_length() -> None:
    with pytest.raises(UnreadableError):
        DeviceKey.from_bytes(bytes(31))


# The example key of golang.org/x/mod/sumdb/note, the reference implementation of signed notes.
GO_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"


def test_verifier_keys_are_written_as_the_reference_writes_them() -> None:
    key = keys.parse_verifier_key(GO_KEY)
    assert (key.name, key.kind) == ("PeterNeumann", keys.NOTE_TYPE)
    assert str(key) == keys.verifier_key("PeterNeumann", key.public) == GO_KEY


def test_a_key_for_cosigning_is_another_key_of_the_same_name() -> None:
    public = logs.device("one").public
    note, cosignature = VerifierKey("w", public), VerifierKey("w", public, keys.COSIGNATURE_TYPE)
    assert note.key_id != cosignature.key_id
    assert keys.parse_verifier_key(str(cosignature)) == cosignature


@settings(max_examples=200)
@given(st.integers(0, len(GO_KEY) - 1), st.characters(min_codepoint=32, max_codepoint=0x2030))
def test_no_character_of_a_verifier_key_can_change(at: int, character: str) -> None:
    bent = GO_KEY[:at] + character + GO_KEY[at + 1 :]
    if bent != GO_KEY:
        with pytest.raises(FieldkitError):
            keys.parse_verifier_key(bent)


@pytest.mark.parametrize("end", range(len(GO_KEY)))
def test_no_part_of_a_verifier_key_is_one(end: int) -> None:
    with pytest.raises(UnreadableError):
        keys.parse_verifier_key(GO_KEY[:end])


def test_a_verifier_key_with_a_low_order_point_is_refused() -> None:
    with pytest.raises(AlteredError):
        keys.parse_verifier_key(str(VerifierKey("w", IDENTITY)))


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\nb", "a\u2003b", "a\x7fb"])
def test_names_that_would_break_a_note_are_refused(name: str) -> None:
    with pytest.raises(UsageError):
        keys.verifier_key(name, logs.device("one").public)
    with pytest.raises(UnreadableError):
        keys.parse_verifier_key(str(VerifierKey(name, logs.device("one").public)))
