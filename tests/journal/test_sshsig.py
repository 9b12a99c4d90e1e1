"""Signatures of persons: the same bytes as ssh-keygen, and none of what it lets through."""

from __future__ import annotations

import base64
import shutil
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldkit.errors import AlteredError, FieldkitError, PassphraseError, UnreadableError, UsageError
from fieldkit.journal import sshsig
from fieldkit.journal.sshsig import PrivateKey
from tests.journal import logs
from tests.shared_data import shared_data

NAMESPACE = "attest.v1@fieldkit"
MESSAGE = b"fieldkit-attestation/v1\nposition accepts\n"
SEED = logs.device("person").seed
ED25519 = Ed25519PrivateKey.from_private_bytes(SEED)
ARMOR = sshsig.sign(MESSAGE, NAMESPACE, ED25519)
MAKERS: dict[str, PrivateKey] = {
    "ed25519": ED25519,
    "p256": ec.derive_private_key(7**80, ec.SECP256R1()),
    "p384": ec.derive_private_key(7**120, ec.SECP384R1()),
    "p521": ec.derive_private_key(7**180, ec.SECP521R1()),
}

needs_ssh_keygen = pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="ssh-keygen is not here")


def ssh_keygen(*arguments: str | Path, given: bytes = b"") -> bytes:
    command = ["ssh-keygen", *map(str, arguments)]
    return subprocess.run(command, input=given, capture_output=True, check=True, timeout=60).stdout


def key_file(folder: Path, kind: str, *options: str, passphrase: str = "") -> Path:
    path = folder / kind
    ssh_keygen("-q", "-t", kind, *options, "-N", passphrase, "-C", "a comment", "-f", path)
    return path


def made_by_ssh_keygen(key: Path, message: bytes = MESSAGE, *options: str) -> bytes:
    return ssh_keygen("-q", "-Y", "sign", "-n", NAMESPACE, *options, "-f", key, given=message)


@pytest.mark.parametrize("name", MAKERS)
def test_a_signature_is_that_of_its_key(name: str) -> None:
    private = MAKERS[name]
    armor = sshsig.sign(MESSAGE, NAMESPACE, private)
    assert sshsig.verify(armor, MESSAGE, NAMESPACE) == sshsig.public_of(private)
    assert sshsig.verify(armor.encode(), MESSAGE, NAMESPACE) == sshsig.public_of(private)
    with pytest.raises(AlteredError):
        sshsig.verify(armor, MESSAGE + b"!", NAMESPACE)
    with pytest.raises(AlteredError, match="purpose"):
        sshsig.verify(armor, MESSAGE, "file")


@needs_ssh_keygen
@pytest.mark.parametrize("length", [0, 1, 100_000])
def test_ed25519_signatures_are_byte_for_byte_those_of_ssh_keygen(tmp_path: Path, length: int) -> None:
    path = key_file(tmp_path, "ed25519")
    message = b"x" * length
    private = sshsig.load_private(path.read_bytes())
    assert sshsig.sign(message, NAMESPACE, private).encode() == made_by_ssh_keygen(path, message)


@needs_ssh_keygen
@pytest.mark.parametrize(
    ("kind", "bits"), [("ed25519", ""), ("ecdsa", "256"), ("ecdsa", "384"), ("ecdsa", "521"), ("rsa", "2048")]
)
def test_ssh_keygen_and_fieldkit_take_each_others_signatures(tmp_path: Path, kind: str, bits: str) -> None:
    path = key_file(tmp_path, kind, *(("-b", bits) if bits else ()))
    private = sshsig.load_private(path.read_bytes())
    key = sshsig.verify(made_by_ssh_keygen(path), MESSAGE, NAMESPACE)
    public = path.with_name(path.name + ".pub").read_text()
    assert key == sshsig.public_of(private) == sshsig.parse_public_line(public)[0]
    assert sshsig.public_line(key, "a comment") + "\n" == public
    assert key.fingerprint in ssh_keygen("-l", "-f", path).decode().split()
    allowed = tmp_path / "allowed_signers"
    allowed.write_text(f"lead {sshsig.public_line(key)}\n")
    signature = tmp_path / "signature"
    signature.write_text(sshsig.sign(MESSAGE, NAMESPACE, private))
    good = ssh_keygen(
        "-Y", "verify", "-f", allowed, "-I", "lead", "-n", NAMESPACE, "-s", signature, given=MESSAGE
    )
    assert good.startswith(b"Good")


@needs_ssh_keygen
def test_a_protected_key_opens_with_its_passphrase_only(tmp_path: Path) -> None:
    data = key_file(tmp_path, "ed25519", "-a", "2", passphrase="correct horse").read_bytes()
    public = sshsig.parse_public_line((tmp_path / "ed25519.pub").read_text())[0]
    assert sshsig.public_of(sshsig.load_private(data, b"correct horse")) == public
    for wrong in (None, b"", b"wrong horse"):
        with pytest.raises(PassphraseError):
            sshsig.load_private(data, wrong, where="key")


@needs_ssh_keygen
def test_a_written_key_file_is_one_for_ssh_keygen(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_bytes(sshsig.write_private(ED25519))
    path.chmod(0o600)
    assert sshsig.parse_public_line(ssh_keygen("-y", "-f", path).decode())[0] == sshsig.public_of(ED25519)


def test_a_passphrase_that_is_not_needed_is_ignored() -> None:
    data = sshsig.write_private(ED25519)
    assert sshsig.public_of(sshsig.load_private(data, b"unneeded")) == sshsig.public_of(ED25519)


def test_a_protected_key_can_be_written() -> None:
    data = sshsig.write_private(ED25519, b"horse")
    assert sshsig.public_of(sshsig.load_private(data, b"horse")) == sshsig.public_of(ED25519)
    with pytest.raises(PassphraseError):
        sshsig.load_private(data)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"ssh-ed25519 AAAA",
        sshsig.write_private(ED25519)[:-60],
        sshsig.write_private(ED25519).replace(b"b3BlbnNz", b"AAAAAAAA"),
        b"-----BEGIN OPENSSH PRIVATE KEY-----\n!\n-----END OPENSSH PRIVATE KEY-----\n",
        b"-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEA\n-----END OPENSSH PRIVATE KEY-----\n",
        b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
        b"-----BEGIN OPENSSH PRIVATE KEY-----\n" + b"A" * 100_000 + b"\n-----END OPENSSH PRIVATE KEY-----\n",
    ],
)
def test_what_is_no_private_key_file_is_unreadable(data: bytes) -> None:
    with pytest.raises(UnreadableError):
        sshsig.load_private(data, where="key")


def test_short_rsa_keys_are_refused() -> None:
    short = rsa.generate_private_key(public_exponent=65537, key_size=1024)
    with pytest.raises(UnreadableError, match="1024 bits"):
        sshsig.public_of(short)
    with pytest.raises(UnreadableError, match="1024 bits"):
        sshsig.load_private(sshsig.write_private(short))


def test_a_key_on_another_curve_is_refused() -> None:
    with pytest.raises(UnreadableError, match="secp256k1"):
        sshsig.public_of(ec.derive_private_key(7, ec.SECP256K1()))


def test_a_signature_has_a_purpose() -> None:
    with pytest.raises(UsageError):
        sshsig.sign(MESSAGE, "", ED25519)


# --- what ssh-keygen lets through -------------------------------------------------------------------------------

OTHER = sshsig.sign(b"another", NAMESPACE, ED25519)


@pytest.mark.parametrize(
    "armor",
    [
        ARMOR + "junk\n",
        ARMOR + "\n",
        ARMOR + ARMOR,
        ARMOR + OTHER,
        OTHER + ARMOR,
        "junk\n" + ARMOR,
        " " + ARMOR,
        ARMOR[:-1],
        ARMOR.replace("\n", "\r\n"),
        ARMOR.replace("\n", "\n\n", 1),
        ARMOR.replace("\n-----END", " \n-----END"),
    ],
)
def test_nothing_may_stand_beside_a_signature(armor: str) -> None:
    with pytest.raises(FieldkitError) as caught:
        sshsig.verify(armor, MESSAGE, NAMESPACE, where="01-lead.att.sig")
    assert caught.value.exit_code in (3, 5)
    assert caught.value.where == "01-lead.att.sig"


def test_a_signature_wrapped_at_another_column_is_refused() -> None:
    rows = ARMOR.split("\n")
    body = "".join(rows[1:-2])
    again = "\n".join([rows[0], *(body[i : i + 64] for i in range(0, len(body), 64)), *rows[-2:]])
    with pytest.raises(AlteredError, match="armored"):
        sshsig.verify(again, MESSAGE, NAMESPACE)


@needs_ssh_keygen
def test_a_signature_over_another_digest_is_refused(tmp_path: Path) -> None:
    path = key_file(tmp_path, "ed25519")
    with pytest.raises(UnreadableError, match="SHA-512"):
        sshsig.verify(made_by_ssh_keygen(path, MESSAGE, "-O", "hashalg=sha256"), MESSAGE, NAMESPACE)


def rearmored(blob: bytes) -> str:
    text = base64.b64encode(blob).decode()
    rows = [text[i : i + 70] for i in range(0, len(text), 70)]
    return "\n".join(["-----BEGIN SSH SIGNATURE-----", *rows, "-----END SSH SIGNATURE-----", ""])


BLOB = base64.b64decode("".join(ARMOR.split("\n")[1:-2]))
SPACE = b"\x00\x00\x00" + bytes([len(NAMESPACE)]) + NAMESPACE.encode()


def string(value: bytes) -> bytes:
    return len(value).to_bytes(4, "big") + value


@pytest.mark.parametrize(
    "blob",
    [
        b"",
        BLOB[:-1],
        BLOB + b"\x00",
        BLOB.replace(b"SSHSIG", b"SSHGIS"),
        BLOB.replace(b"SSHSIG\x00\x00\x00\x01", b"SSHSIG\x00\x00\x00\x02"),
        BLOB.replace(SPACE + string(b""), SPACE + string(b"x")),
        BLOB.replace(string(b"ssh-ed25519"), string(b"ssh-ed448"), 1),
        BLOB.replace(b"\x00\x00\x00\x40", b"\xff\xff\xff\xff"),
        BLOB[:-87] + string(string(b"ssh-rsa") + string(bytes(64))),
        BLOB[:-87] + string(string(b"ssh-ed25519") + string(bytes(64))),
        BLOB[:-87] + string(string(b"ssh-ed25519") + string(bytes(64)) + b"x"),
    ],
)
def test_a_badly_formed_signature_is_refused(blob: bytes) -> None:
    assert rearmored(BLOB) == ARMOR
    with pytest.raises(FieldkitError) as caught:
        sshsig.verify(rearmored(blob), MESSAGE, NAMESPACE)
    assert caught.value.exit_code in (3, 5)


def test_the_key_whose_one_signature_fits_everything_is_refused() -> None:
    identity = b"\x01" + bytes(31)
    blob = b"SSHSIG\x00\x00\x00\x01" + b"".join(
        map(
            string,
            (
                string(b"ssh-ed25519") + string(identity),
                NAMESPACE.encode(),
                b"",
                b"sha512",
                string(b"ssh-ed25519") + string(identity + bytes(32)),
            ),
        )
    )
    with pytest.raises(AlteredError, match="low order"):
        sshsig.verify(rearmored(blob), MESSAGE, NAMESPACE)


def test_a_number_in_a_signature_has_one_spelling() -> None:
    armor = sshsig.sign(MESSAGE, NAMESPACE, MAKERS["p256"])
    blob = base64.b64decode("".join(armor.split("\n")[1:-2]))
    kind = string(b"ecdsa-sha2-nistp256")
    head, _, tail = blob.rpartition(kind)
    value = tail[4:]
    padded = string((int.from_bytes(value[:4], "big") + 1).to_bytes(4, "big") + b"\x00" + value[4:])
    with pytest.raises(FieldkitError):
        sshsig.verify(rearmored(head[:-4] + string(kind + padded)), MESSAGE, NAMESPACE)
    assert sshsig.verify(rearmored(head[:-4] + string(kind + tail)), MESSAGE, NAMESPACE)


def test_an_ecdsa_point_off_the_curve_is_refused() -> None:
    name = b"ecdsa-sha2-nistp256"
    with pytest.raises(AlteredError):
        sshsig.parse_public(string(name) + string(b"nistp256") + string(b"\x04" + b"\x01" * 64))
    with pytest.raises(FieldkitError):
        sshsig.parse_public(string(name) + string(b"nistp384") + string(b"\x04" + b"\x01" * 64))


def test_an_ecdsa_point_in_short_form_is_refused() -> None:
    blob = sshsig.public_of(MAKERS["p256"]).blob
    point = blob[-65:]
    short = bytes([2 + point[-1] % 2]) + point[1:33]
    with pytest.raises(FieldkitError):
        sshsig.parse_public(blob[: -65 - 4] + string(short))


@settings(max_examples=200)
@given(st.integers(0, len(ARMOR) - 1), st.characters(max_codepoint=0x2030))
def test_no_character_of_a_signature_can_change(at: int, character: str) -> None:
    bent = ARMOR[:at] + character + ARMOR[at + 1 :]
    if bent != ARMOR:
        with pytest.raises(FieldkitError):
            sshsig.verify(bent, MESSAGE, NAMESPACE)


@settings(max_examples=200)
@given(st.integers(0, len(BLOB) - 1), st.integers(1, 255))
def test_no_byte_inside_a_signature_can_change(at: int, flip: int) -> None:
    bent = bytearray(BLOB)
    bent[at] ^= flip
    with pytest.raises(FieldkitError):
        sshsig.verify(rearmored(bytes(bent)), MESSAGE, NAMESPACE)


@pytest.mark.shared_data
@pytest.mark.parametrize("name", ["ed25519", "ecdsa"])
def test_published_signatures(name: str) -> None:
    folder = shared_data("vectors", "sshsig")
    signature, data = (folder / f"{name}.sig").read_bytes(), (folder / "signed-data").read_bytes()
    namespace = (folder / "namespace").read_text().strip()
    public = sshsig.parse_public_line((folder / f"{name}.pub").read_text())[0]
    assert sshsig.verify(signature, data, namespace) == public
    with pytest.raises(AlteredError):
        sshsig.verify(signature, data + b"!", namespace)


@pytest.mark.shared_data
def test_a_key_type_that_is_not_used_here_is_named() -> None:
    folder = shared_data("vectors", "sshsig")
    with pytest.raises(UnreadableError, match="mldsa44"):
        sshsig.verify((folder / "mldsa44-ed25519.sig").read_bytes(), b"", "unittest")


@pytest.mark.parametrize("comment", ["two\nlines", "a\x00b", "\x7f"])
def test_a_comment_is_one_line(comment: str) -> None:
    with pytest.raises(UsageError):
        sshsig.public_line(sshsig.public_of(ED25519), comment)


@pytest.mark.parametrize(
    "line", ["", "ssh-ed25519", "ssh-ed25519 !!!!", "ssh-rsa {}", "ssh-ed25519 {}A", "ssh-ed25519 AAAA"]
)
def test_lines_that_are_no_public_key(line: str) -> None:
    material = base64.b64encode(sshsig.public_of(ED25519).blob).decode()
    with pytest.raises(UnreadableError):
        sshsig.parse_public_line(line.format(material))
