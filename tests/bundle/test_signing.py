"""Signing: only a copy that verifies, every signer once, every earlier signature pinned, the bag untouched."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from fieldkit.bundle.attestation import Position, RecordedFor, parse_attestation
from fieldkit.bundle.export import export_bundle
from fieldkit.bundle.opening import open_source
from fieldkit.bundle.person_keys import person_key
from fieldkit.bundle.signing import Statement, paper_digest, sign_bundle
from fieldkit.bundle.verify import verify_bundle
from fieldkit.errors import (
    AlteredError,
    FieldkitError,
    NewerFormatError,
    RefusedError,
    UnreadableError,
    UsageError,
)
from fieldkit.journal.sshsig import public_of
from fieldkit.vault.recording import Add
from fieldkit.vault.slots import KdfParameters
from fieldkit.vault.vault import Vault
from tests.bundle.visits import HOST, LEAD, Person, allowed_signers, make_vault, tree

ACCEPTS = Statement("lead", Position.ACCEPTS)
REFUSES = Statement("host", Position.REFUSES, "Hall 2 was not shown to us.\nلم نوافق")


@pytest.fixture
def vault(tmp_path: Path, cheap_kdf: KdfParameters) -> Iterator[Vault]:
    with make_vault(tmp_path / "mission", cheap_kdf) as made:
        yield made


@pytest.fixture(params=["folder", "zip"])
def bundle(request: pytest.FixtureRequest, vault: Vault, tmp_path: Path) -> Path:
    """A bundle that lead and host have to sign."""
    required = [LEAD.signer, HOST.signer]
    return export_bundle(vault, tmp_path / "out", zipped=request.param == "zip", required=required).path


@pytest.fixture
def folder(vault: Vault, tmp_path: Path) -> Path:
    return export_bundle(vault, tmp_path / "out", required=[LEAD.signer, HOST.signer]).path


def contents(bundle: Path) -> dict[str, bytes]:
    source = open_source(bundle)
    return {path: source.read(path, limit=1 << 20) for path in source.files}


def test_signed_by_all_it_verifies_against_ones_own_list(bundle: Path, tmp_path: Path) -> None:
    first = sign_bundle(bundle, REFUSES, HOST.key)
    assert (first.path, first.remaining) == ("signatures/01-host.att", ("lead",))
    last = sign_bundle(bundle, ACCEPTS, LEAD.key)
    assert (last.path, last.remaining) == ("signatures/02-lead.att", ())
    report = verify_bundle(bundle, keys=allowed_signers(tmp_path / "mine"))
    assert report.exit_code == 0, report.to_text()
    assert [(one.role, one.position) for one in report.signed] == [("host", "refuses"), ("lead", "accepts")]
    assert report.signed[0].remark == REFUSES.remark


def test_signing_adds_two_files_and_changes_none(bundle: Path) -> None:
    before = contents(bundle)
    sign_bundle(bundle, ACCEPTS, LEAD.key)
    after = contents(bundle)
    assert after.keys() - before.keys() == {"signatures/01-lead.att", "signatures/01-lead.att.sig"}
    assert {path: after[path] for path in before} == before
    assert [path.name for path in bundle.parent.iterdir()] == [bundle.name]


def test_a_later_signature_pins_the_earlier_ones(folder: Path) -> None:
    sign_bundle(folder, REFUSES, HOST.key)
    sign_bundle(folder, ACCEPTS, LEAD.key)
    statement = parse_attestation((folder / "signatures" / "02-lead.att").read_bytes())
    assert statement.saw == (paper_digest(folder / "signatures" / "01-host.att.sig"),)
    (folder / "signatures" / "01-host.att").unlink()
    (folder / "signatures" / "01-host.att.sig").unlink()
    assert verify_bundle(folder).exit_code == AlteredError.exit_code


def test_the_attestation_says_what_was_said(folder: Path, tmp_path: Path) -> None:
    scan = tmp_path / "scan.pdf"
    scan.write_bytes(b"signed by hand")
    paper = RecordedFor("observer", Position.RECEIVED_ONLY, paper_digest(scan), "Dr. Ó Briain")
    said = Statement("lead", Position.WITH_REMARKS, "One line\r\nand another\n", (paper,))
    signed = sign_bundle(folder, said, LEAD.key, now=datetime(2026, 2, 12, 17, 0, tzinfo=UTC))
    statement = parse_attestation((folder / signed.path).read_bytes())
    assert statement.remark == "One line\nand another"
    assert statement.recorded_for == (paper,)
    assert statement.claimed_time == "2026-02-12T17:00:00Z"
    assert statement.key == public_of(LEAD.key).fingerprint
    assert statement.seal_sha256 == paper_digest(folder / "seal.txt")


@pytest.mark.parametrize(
    ("path", "error"),
    [
        ("seal.txt", FieldkitError),
        ("tagmanifest-sha256.txt", AlteredError),
        ("manifest-sha256.txt", AlteredError),
        ("bag-info.txt", AlteredError),
        ("data/media", AlteredError),
        ("data/log", FieldkitError),
    ],
)
def test_an_altered_copy_is_not_signed(folder: Path, path: str, error: type[FieldkitError]) -> None:
    target = folder / path
    target = next(one for one in sorted(target.rglob("*")) if one.is_file()) if target.is_dir() else target
    data = bytearray(target.read_bytes())
    data[-2] ^= 1
    target.write_bytes(data)
    with pytest.raises(error, match="not to be signed") as refusal:
        sign_bundle(folder, ACCEPTS, LEAD.key)
    assert refusal.value.exit_code in (3, 5)
    assert not (folder / "signatures").exists()


def test_a_copy_with_a_file_put_in_or_taken_out_is_not_signed(folder: Path) -> None:
    (folder / "data" / "note").write_bytes(b"by the way")
    with pytest.raises(AlteredError):
        sign_bundle(folder, ACCEPTS, LEAD.key)
    (folder / "data" / "note").unlink()
    next((folder / "data" / "media").iterdir()).unlink()
    with pytest.raises(AlteredError):
        sign_bundle(folder, ACCEPTS, LEAD.key)


@pytest.mark.parametrize("name", ["signatures-evil/x.txt", "timestamps/report.html", "signatures/zz.html"])
def test_a_copy_with_something_beside_its_signatures_is_not_signed(folder: Path, name: str) -> None:
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_bytes(b"<p>Agreed.</p>")
    with pytest.raises(AlteredError) as refusal:
        sign_bundle(folder, ACCEPTS, LEAD.key)
    assert refusal.value.where == name
    assert not list(folder.glob("signatures/*.att"))


def test_a_bundle_of_a_newer_format_is_not_signed(folder: Path) -> None:
    seal = folder / "seal.txt"
    seal.write_bytes(seal.read_bytes().replace(b"fieldkit-seal/v1", b"fieldkit-seal/v2"))
    with pytest.raises(NewerFormatError):
        sign_bundle(folder, ACCEPTS, LEAD.key)


def test_a_zip_with_something_appended_is_not_signed(vault: Vault, tmp_path: Path) -> None:
    bundle = export_bundle(vault, tmp_path, zipped=True).path
    bundle.write_bytes(bundle.read_bytes() + b"more")
    with pytest.raises(UnreadableError):
        sign_bundle(bundle, ACCEPTS, LEAD.key)


def test_a_zip_is_whole_before_and_after(vault: Vault, tmp_path: Path) -> None:
    bundle = export_bundle(vault, tmp_path / "out", zipped=True).path
    before = bundle.read_bytes()
    leftover = bundle.with_name(f".{bundle.name}.fieldkit-partial")
    leftover.write_bytes(b"of a signing that was killed")
    sign_bundle(bundle, ACCEPTS, LEAD.key)
    assert not leftover.exists()
    start = before.index(b"PK\x01\x02")
    assert bundle.read_bytes()[:start] == before[:start]


def test_a_key_signs_once_and_in_one_role(bundle: Path) -> None:
    with pytest.raises(RefusedError, match="as host"):
        sign_bundle(bundle, Statement("observer", Position.ACCEPTS), HOST.key)
    sign_bundle(bundle, REFUSES, HOST.key)
    for role in ("host", "observer"):
        with pytest.raises(RefusedError, match="signed already"):
            sign_bundle(bundle, Statement(role, Position.ACCEPTS), HOST.key)
    other = Person.named("another inspector")
    sign_bundle(bundle, Statement("inspector", Position.ACCEPTS), other.key)
    with pytest.raises(RefusedError):
        sign_bundle(bundle, Statement("inspector-2", Position.ACCEPTS), other.key)
    assert len([path for path in contents(bundle) if path.endswith(".att")]) == 2


@pytest.mark.parametrize(
    "statement",
    [
        Statement("Lead", Position.ACCEPTS),
        Statement("../lead", Position.ACCEPTS),
        Statement("lead", Position.WITH_REMARKS),
        Statement("lead", Position.WITH_REMARKS, " \n "),
        Statement("lead", Position.REFUSES, "x" * 70_000),
        Statement("lead", Position.REFUSES, "half a character \ud800"),
    ],
    ids=lambda statement: repr(statement.remark[:20] or statement.role),
)
def test_a_statement_that_cannot_be_made(folder: Path, statement: Statement) -> None:
    with pytest.raises(UsageError):
        sign_bundle(folder, statement, LEAD.key)
    assert not (folder / "signatures").exists()


def test_a_signature_without_its_statement_stops_further_signing(folder: Path) -> None:
    """Half of a pair may be all that is left of a signature that somebody took out."""
    sign_bundle(folder, REFUSES, HOST.key)
    (folder / "signatures" / "01-host.att.sig").unlink()
    with pytest.raises(AlteredError):
        sign_bundle(folder, ACCEPTS, LEAD.key)


def test_other_kinds_of_keys(folder: Path, tmp_path: Path) -> None:
    keys = (ec.generate_private_key(ec.SECP256R1()), rsa.generate_private_key(65537, 2048))
    for number, key in enumerate(keys, 1):
        signed = sign_bundle(folder, Statement(f"observer-{number}", Position.ACCEPTS), key)
        if shutil.which("ssh-keygen"):
            checked = subprocess.run(
                ["ssh-keygen", "-Y", "check-novalidate", "-n", "attest.v1@fieldkit", "-s", f"{signed.path}.sig"],
                cwd=folder, input=(folder / signed.path).read_bytes(), capture_output=True, check=False,
            )  # fmt: skip
            assert checked.returncode == 0, checked.stderr


def test_the_vault_keeps_a_key_for_each_member_of_the_team(vault: Vault, tmp_path: Path) -> None:
    host = vault.record([Add("person", {"name": "Host", "party": "host"})])[0].id
    member = vault.record([Add("person", {"name": "Second", "party": "team", "role": "inspector"})])[0].id
    own = public_of(person_key(vault, vault.author))
    assert public_of(person_key(vault, vault.author)) == own
    assert public_of(person_key(vault, member)) != own
    with pytest.raises(RefusedError):
        person_key(vault, host)
    bundle = export_bundle(vault, tmp_path / "out").path
    sign_bundle(bundle, ACCEPTS, person_key(vault, vault.author))
    assert export_bundle(vault, tmp_path / "again").number == 1
    assert b"PRIVATE" not in b"".join(tree(bundle).values())
