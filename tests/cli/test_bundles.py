"""`export`, `sign`, `verify` as scripts use them: paths on standard output, warnings beside it, exit codes kept."""

from __future__ import annotations

from pathlib import Path

import pyrage
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from fieldkit.bundle.attestation import parse_attestation
from fieldkit.bundle.signing import paper_digest
from fieldkit.journal.sshsig import public_line, public_of, write_private
from tests.cli.conftest import Fieldkit

KEY_PASSPHRASE = "the host's own"


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    """A folder with private keys of lead and host (the host's protected), their .pub files and a list of both."""
    folder = tmp_path / "keys"
    folder.mkdir()
    lines = []
    for role, passphrase in (("lead", None), ("host", KEY_PASSPHRASE.encode())):
        key = Ed25519PrivateKey.generate()
        (folder / role).write_bytes(write_private(key, passphrase))
        line = public_line(public_of(key), role)
        (folder / f"{role}.pub").write_text(line + "\n")
        lines.append(f"{role} {line}\n")
    (folder / "allowed_signers").write_text("".join(lines))
    (folder / "passphrase").write_text(KEY_PASSPHRASE + "\n")
    return folder


def test_from_a_mission_to_a_verified_bundle(
    fieldkit: Fieldkit, mission: Path, keys: Path, tmp_path: Path
) -> None:
    required = [f"--require=lead={keys}/lead.pub", "--require", f"host={keys}/host.pub"]
    answer = fieldkit.done("export", tmp_path / "out", *required)
    bundle = Path(answer.out.strip())
    assert bundle == tmp_path / "out" / "plant-4-1"
    assert bundle.is_dir()
    assert "not encrypted" in answer.err
    assert fieldkit("verify", bundle).code == 4

    host = ("--role=host", f"--key={keys}/host", f"--key-passphrase-file={keys}/passphrase")
    signed = fieldkit.done("sign", bundle, *host, "--position", "with-remarks", "--remark", "Nesouhlasím.")
    assert signed.out == "signatures/01-host.att\n"
    assert "Still to sign: lead" in signed.err
    assert fieldkit("verify", bundle, "--keys", keys / "allowed_signers").code == 4
    signed = fieldkit.done(
        "sign", bundle, "--role=lead", f"--key={keys}/lead", "--position=accepts", "--json"
    )
    assert signed.document["still_to_sign"] == []

    verified = fieldkit.done("verify", bundle, "--keys", keys / "allowed_signers")
    assert "Nesouhlasím." in verified.out
    assert fieldkit("verify", bundle).code == 4
    (bundle / "bag-info.txt").write_bytes(b"other\n")
    altered = fieldkit("verify", bundle, "--keys", keys / "allowed_signers", "--json")
    assert (altered.code, altered.document["exit_code"]) == (3, 3)
    assert fieldkit("sign", bundle, *host, "--position=accepts").code == 3
    assert fieldkit("verify", tmp_path / "nowhere").code == 5


def test_exporting_again_says_so(fieldkit: Fieldkit, mission: Path, tmp_path: Path) -> None:
    first = fieldkit.done("export", tmp_path / "a", "--zip", "--json").document
    again = fieldkit.done("export", tmp_path / "b", "--zip")
    assert again.out == f"{tmp_path}/b/plant-4-1.zip\n"
    assert "Nothing was recorded since export 1" in again.err
    assert Path(first["path"]).read_bytes() == Path(again.out.strip()).read_bytes()
    kept = fieldkit.done("export", tmp_path / "b", "--zip", "--json")
    assert (kept.document["repeated"], kept.document["already_there"]) == (True, True)
    fieldkit.done("add", "observation", "text=later", "basis=seen")
    later = fieldkit.done("export", tmp_path / "b", "--zip", "--json").document
    assert later["number"] == 2
    code = fieldkit("verify", later["path"], "--previous", first["path"]).code
    assert code == 4
    assert fieldkit("verify", first["path"], "--previous", later["path"]).code == 3


def test_an_original_that_is_lost_here_is_told(fieldkit: Fieldkit, mission: Path, tmp_path: Path) -> None:
    (tmp_path / "form.txt").write_bytes(b"filled in by hand")
    number = fieldkit.done("add", "observation", "basis=seen", "text=a form").numbers[0]
    fieldkit.done("attach", tmp_path / "form.txt", "--to", number)
    (part,) = (path for path in (mission / "media").rglob("*") if path.is_file())
    whole = part.read_bytes()
    part.unlink()
    answer = fieldkit("export", tmp_path / "out")
    assert answer.code == 1
    assert answer.out == f"{tmp_path}/out/plant-4-1\n"
    assert "LOST HERE: originals that this laptop recorded itself" in answer.err
    assert "doctor" in answer.err
    assert "have not reached this laptop" not in answer.err
    part.write_bytes(whole)
    assert fieldkit.done("export", tmp_path / "out", "--json").document["lost"] == []


def test_the_vaults_own_key_signs_for_the_author(fieldkit: Fieldkit, mission: Path, tmp_path: Path) -> None:
    bundle = Path(fieldkit.done("export", tmp_path / "out").out.strip())
    fieldkit.done("sign", bundle, "--role=lead", "--position=accepts")
    roster = bundle / "roster" / "allowed_signers"
    assert roster.read_text().splitlines()[-1].startswith("a-nasser ")
    assert fieldkit("sign", bundle, "--role=lead", "--position=accepts").code == 7


def test_what_was_signed_on_paper_is_attested(fieldkit: Fieldkit, mission: Path, tmp_path: Path) -> None:
    bundle = Path(fieldkit.done("export", tmp_path / "out", "--zip").out.strip())
    scan, remark = tmp_path / "scan.png", tmp_path / "remark.txt"
    scan.write_bytes(b"ink")
    remark.write_text("První řádek\nlast line\n", "utf-8")
    command = (
        "sign",
        bundle,
        "--role=lead",
        "--position=accepts",
        "--remark-from",
        remark,
        "--recorded-for",
        "host",
    )
    assert fieldkit(*command, "shrugs", scan, "Mr. Host").code == 2
    fieldkit.done(*command, "refuses", scan, "Mr. Host")
    verified = fieldkit("verify", bundle, "--json").document["signed"][0]
    assert verified["remark"] == "První řádek\nlast line"
    assert verified["recorded_for"] == [
        {"role": "host", "name": "Mr. Host", "position": "refuses", "paper_sha256": paper_digest(scan)}
    ]


def test_an_encrypted_bundle(fieldkit: Fieldkit, mission: Path, tmp_path: Path) -> None:
    identity = pyrage.x25519.Identity.generate()
    to_key = fieldkit.done("export", tmp_path / "k", "--encrypt-to", str(identity.to_public()))
    sealed = Path(to_key.out.strip())
    assert sealed.name == "bundle-1.age"
    assert "not encrypted" not in to_key.err
    assert "fieldkit wrap" in to_key.err
    assert pyrage.decrypt(sealed.read_bytes(), [identity])[:2] == b"PK"
    locked = fieldkit.done("export", tmp_path / "p", "--encrypt-passphrase-file", "-", stdin="cesta domů\n")
    assert pyrage.passphrase.decrypt(Path(locked.out.strip()).read_bytes(), "cesta domů")[:2] == b"PK"
    assert fieldkit("export", tmp_path / "x", "--encrypt-to", "somebody").code == 2
    assert fieldkit("verify", sealed).code == 5
    assert fieldkit("export", tmp_path / "k", "--encrypt-to", str(identity.to_public())).code == 8


def test_a_signed_bundle_goes_encrypted_and_is_signed_on(
    fieldkit: Fieldkit, mission: Path, keys: Path, tmp_path: Path
) -> None:
    bundle = Path(fieldkit.done("export", tmp_path / "out").out.strip())
    fieldkit.done("sign", bundle, "--role=lead", f"--key={keys}/lead", "--position=accepts")
    wrapped = fieldkit.done("wrap", bundle, tmp_path / "way", "--encrypt-to", keys / "host.pub")
    sealed = Path(wrapped.out.strip())
    assert sealed == tmp_path / "way" / "bundle-1.age"
    for command in (
        ("sign", sealed, "--role=host", f"--key={keys}/lead", "--position=accepts"),
        ("verify", sealed),
    ):
        refused = fieldkit(*command)
        assert refused.code == 5
        assert f"fieldkit unwrap {sealed} DIR --identity FILE" in refused.err + refused.out
    opened = fieldkit.done(
        "unwrap",
        sealed,
        tmp_path / "there",
        f"--identity={keys}/host",
        f"--key-passphrase-file={keys}/passphrase",
    )
    zipped = Path(opened.out.strip())
    host = (f"--key={keys}/host", f"--key-passphrase-file={keys}/passphrase")
    fieldkit.done("sign", zipped, "--role=host", *host, "--position=accepts")
    fieldkit.done("verify", zipped, "--keys", keys / "allowed_signers")

    locked = fieldkit.done("wrap", zipped, tmp_path / "p", "--encrypt-passphrase-file", "-", stdin="cesta\n")
    sealed = Path(locked.out.strip())
    assert "--decrypt-passphrase-file FILE" in fieldkit("verify", sealed).out
    (tmp_path / "word").write_text("cesta\n")
    unwrap = ("unwrap", sealed, tmp_path / "q", "--decrypt-passphrase-file")
    assert fieldkit(*unwrap, "-", stdin="cestou\n").code == 6
    again = Path(fieldkit.done(*unwrap, tmp_path / "word", "--json").document["path"])
    assert again.read_bytes() == zipped.read_bytes()
    assert fieldkit("unwrap", sealed, tmp_path / "r", f"--identity={keys}/lead").code == 2
    assert fieldkit("wrap", zipped, tmp_path / "r").code == 2
    assert fieldkit("unwrap", tmp_path / "nowhere", tmp_path / "r").code == 5


def test_keys_that_do_not_open_or_are_none(
    fieldkit: Fieldkit, mission: Path, keys: Path, tmp_path: Path
) -> None:
    bundle = Path(fieldkit.done("export", tmp_path / "out").out.strip())
    sign = ("sign", bundle, "--role=host", "--position=accepts")
    (keys / "wrong").write_text("guess\n")
    assert fieldkit(*sign, f"--key={keys}/host", f"--key-passphrase-file={keys}/wrong").code == 6
    assert fieldkit(*sign, f"--key={keys}/host.pub").code == 5
    assert fieldkit(*sign, f"--key={keys}/nobody").code == 2
    assert fieldkit("sign", bundle, "--role=host", "--position=nods", f"--key={keys}/lead").code == 2
    for wrong in ("host", f"Host={keys}/host.pub", f"host={keys}/host", f"host={keys}/none.pub"):
        assert fieldkit("export", tmp_path / "more", "--require", wrong).code == 2, wrong
    assert not (bundle / "signatures").exists()


def test_a_signed_statement_is_what_the_command_said(
    fieldkit: Fieldkit, mission: Path, keys: Path, tmp_path: Path
) -> None:
    bundle = Path(fieldkit.done("export", tmp_path / "out").out.strip())
    fieldkit.done("sign", bundle, "--role=inspector-2", f"--key={keys}/lead", "--position=received-only")
    statement = parse_attestation((bundle / "signatures" / "01-inspector-2.att").read_bytes())
    assert (statement.role, str(statement.position), statement.remark) == ("inspector-2", "received-only", "")
