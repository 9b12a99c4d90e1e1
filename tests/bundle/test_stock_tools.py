"""What a person without fieldkit does: the commands of VERIFY.txt, copied out of the bundle and run.

A part is skipped only where its tool is not installed.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import fieldkit.bundle
from fieldkit.bundle.attestation import Position
from fieldkit.bundle.export import export_bundle
from fieldkit.bundle.signing import Statement, sign_bundle
from fieldkit.vault.slots import KdfParameters
from tests.bad.witnesses import WITNESSES
from tests.bundle.builders import complete, reissued, small_visit, write_folder
from tests.bundle.visits import HOST, LEAD, PLANTED, Person, allowed_signers, make_vault

TOOLS = {
    0: ("unzip",),
    1: ("ssh-keygen", "sha256sum"),
    2: ("sha256sum",),
    3: ("sha256sum",),
    4: ("sha256sum",),
    5: ("diff",),
    6: (),
    7: ("openssl", "awk"),
    8: ("openssl", "awk"),
    9: ("openssl", "awk", "od"),
}


@pytest.fixture
def bundle(tmp_path: Path, cheap_kdf: KdfParameters) -> Path:
    """A signed bundle as it was unpacked from a zip, the reader's own list of signers beside it."""
    with make_vault(tmp_path / "mission", cheap_kdf) as vault:
        exported = export_bundle(vault, tmp_path, zipped=True, required=[LEAD.signer, HOST.signer]).path
    sign_bundle(exported, Statement("host", Position.REFUSES, "Not agreed: “Hall 2”\nلا"), HOST.key)
    sign_bundle(exported, Statement("lead", Position.ACCEPTS), LEAD.key)
    with zipfile.ZipFile(exported) as packed:
        packed.extractall(tmp_path / "copy")
    allowed_signers(tmp_path / "allowed_signers")
    return tmp_path / "copy"


def steps(bundle: Path) -> dict[int, str]:
    """The indented lines of each numbered step."""
    text = (bundle / "VERIFY.txt").read_text("utf-8")
    parts = re.split(r"^(\d)\. .*\n-+\n", text.partition("WHAT THIS PROVES")[0], flags=re.MULTILINE)
    return {
        int(number): "".join(line[4:] for line in body.splitlines(keepends=True) if line.startswith("    "))
        for number, body in zip(parts[1::2], parts[2::2], strict=True)
    }


def run(bundle: Path, step: int) -> str:
    """Everything that the commands of a step print."""
    commands = steps(bundle)[step]
    assert commands, f"step {step} has no commands"
    missing = [tool for tool in TOOLS[step] if shutil.which(tool) is None]
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)}")
    search = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["sh", "-c", commands],
        cwd=bundle,
        env={**os.environ, "PATH": search},
        capture_output=True,
        check=False,
    )
    return (done.stdout + done.stderr).decode()


def touch(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[-2] ^= 1
    path.write_bytes(data)


def media(bundle: Path) -> Path:
    return min((bundle / "data" / "media").iterdir())


def log(bundle: Path) -> Path:
    return next((bundle / "data" / "log").iterdir())


def test_every_step_with_commands_is_tried(bundle: Path) -> None:
    assert {step for step, commands in steps(bundle).items() if commands} == set(TOOLS)


def test_step_0_unpacks_a_zip_and_goes_into_it(bundle: Path) -> None:
    if shutil.which("unzip") is None:
        pytest.skip("not installed: unzip")
    beside = bundle.parent / "elsewhere"
    beside.mkdir()
    (packed,) = bundle.parent.glob("*.zip")
    packed.rename(beside / "bundle.zip")
    done = subprocess.run(
        ["sh", "-c", steps(bundle)[0] + "cat seal.txt"], cwd=beside, capture_output=True, check=True
    )
    assert done.stdout == (bundle / "seal.txt").read_bytes()


def test_step_1_names_the_signers_and_what_they_say(bundle: Path) -> None:
    printed = run(bundle, 1)
    assert "BAD" not in printed
    for role, person in (("lead", LEAD), ("host", HOST)):
        assert (
            f'Good "attest.v1@fieldkit" signature for {role} with ED25519 key {person.signer.key.fingerprint}'
            in printed
        )
    assert 'remark "Not agreed: “Hall 2”"\nremark "لا"' in printed


def test_step_1_tells_a_stranger_and_an_altered_statement(bundle: Path) -> None:
    allowed_signers(bundle.parent / "allowed_signers", [Person.named("lead")])
    assert "BAD: signatures/01-host.att is not signed by anybody on your list" in run(bundle, 1)
    allowed_signers(bundle.parent / "allowed_signers")
    statement = bundle / "signatures" / "01-host.att"
    statement.write_bytes(statement.read_bytes().replace(b"refuses", b"accepts"))
    assert "BAD: signatures/01-host.att is not signed by anybody" in run(bundle, 1)


def test_step_1_tells_what_ssh_keygen_overlooks(bundle: Path) -> None:
    signature = bundle / "signatures" / "01-host.att.sig"
    armor = signature.read_bytes()
    signature.write_bytes(armor + b"and more\n")
    assert "BAD: something was added" in run(bundle, 1)
    signature.write_bytes(armor + armor)
    assert "BAD: more than one signature" in run(bundle, 1)


def test_step_1_tells_a_seal_that_nobody_signed(bundle: Path) -> None:
    touch(bundle / "seal.txt")
    assert run(bundle, 1).count("speaks of another seal") == 2


def test_step_2_tells_a_signature_taken_out(bundle: Path) -> None:
    assert "BAD" not in run(bundle, 2)
    for name in ("01-host.att", "01-host.att.sig"):
        (bundle / "signatures" / name).unlink()
    printed = run(bundle, 2)
    assert "BAD: the signature of host is missing" in printed
    assert "BAD: signatures/02-lead.att saw a signature that is gone" in printed


def test_step_3_holds_the_tag_manifest(bundle: Path) -> None:
    assert run(bundle, 3) == "tag manifest: as sealed\n"
    touch(bundle / "tagmanifest-sha256.txt")
    assert "BAD" in run(bundle, 3)


def test_step_4_holds_every_file(bundle: Path) -> None:
    assert run(bundle, 4) == "tag files: as sealed\npayload: as sealed\n"
    touch(media(bundle))
    assert "BAD: payload" in run(bundle, 4)
    touch(bundle / "bag-info.txt")
    assert "BAD: tag files" in run(bundle, 4)


def test_step_5_tells_files_put_in_or_taken_out(bundle: Path) -> None:
    assert run(bundle, 5) == "files: exactly the listed ones\n"
    (bundle / "data" / "note").write_bytes(b"by the way")
    assert "BAD" in run(bundle, 5)
    (bundle / "data" / "note").unlink()
    media(bundle).unlink()
    assert "BAD" in run(bundle, 5)


@pytest.mark.parametrize(
    "name",
    [
        "signatures/zz.html",
        "signatures/03-x.att.sig",
        "signatures/a/01-b.att",
        "signatures-evil/x.txt",
        "timestamps/report.html",
        "timestamps/03-x.tsr",
        "timestamps_x/x",
    ],
)
def test_step_5_tells_what_lies_beside_the_signatures(name: str, bundle: Path) -> None:
    (bundle / "timestamps").mkdir()
    (bundle / "timestamps" / "02-lead.tsr").write_bytes(b"token")
    assert run(bundle, 5) == "files: exactly the listed ones\n"
    (bundle / name).parent.mkdir(parents=True, exist_ok=True)
    (bundle / name).write_bytes(b"by the way")
    assert f"> {name}" in run(bundle, 5)
    assert "BAD" in run(bundle, 5)


def test_step_6_is_a_valid_bag(bundle: Path) -> None:
    printed = run(bundle, 6)
    assert "bagit: valid" in printed
    assert "BAD" not in printed
    assert "WARNING" not in printed


def test_step_7_computes_the_tree_and_shows_an_entry(bundle: Path) -> None:
    printed = run(bundle, 7)
    assert "BAD" not in printed
    assert "root and signature as sealed" in printed
    assert '"kind","log"]' in printed
    assert "every field shown, each as sealed" in printed


@pytest.fixture
def met(tmp_path: Path) -> Path:
    """A bundle of two laptops that saw each other, one of them several times."""
    visit = small_visit()
    first, second = visit.laptops
    second.witness(first, 5)
    first.witness(second)
    first.add("observation", "door", text="The door was open.", basis="seen")
    second.witness(first)
    text = (Path(fieldkit.bundle.__file__).parent / "texts" / "VERIFY.txt").read_bytes()
    return write_folder(reissued(complete(visit) | {"VERIFY.txt": text}, visit), tmp_path / "copy")


def test_step_9_checks_what_the_laptops_saw_of_each_other(met: Path) -> None:
    run(met, 7)
    printed = run(met, 9)
    assert "BAD" not in printed
    first, second = (laptop.log for laptop in small_visit().laptops)
    for witness, size, log in ((first, 3, second), (second, 5, first), (second, 11, first)):
        assert re.search(f"log {witness}, entry [0-9]+: saw the first {size} entries of log {log}", printed)
    assert len(printed.splitlines()) == 3


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("log_of_which_another_history_was_witnessed", "saw another history of the log"),
        ("log_whose_earlier_history_was_another_one", "saw another history of the log"),
        ("log_cut_short_after_it_was_witnessed", "saw 9 entries of the log"),
        ("log_left_out_after_it_was_witnessed", "seal.txt does not name the log"),
        ("witness_whose_cosignature_is_by_somebody_else", "is not cosigned by its own laptop"),
        ("witness_of_a_head_that_the_log_did_not_sign", "did not sign the head"),
    ],
)
def test_step_9_tells_what_contradicts_what_was_seen(
    name: str, said: str, bundle: Path, tmp_path: Path
) -> None:
    made = WITNESSES[name](tmp_path).path
    shutil.copy(bundle / "VERIFY.txt", made / "VERIFY.txt")
    run(made, 7)
    printed = run(made, 9)
    assert said in printed
    assert "BAD" in printed


def test_step_8_tells_whether_a_log_only_grew(bundle: Path, tmp_path: Path) -> None:
    earlier = tmp_path / "earlier-seal.txt"
    earlier.write_bytes((bundle / "seal.txt").read_bytes())
    run(bundle, 7)
    assert "BAD" not in run(bundle, 8)
    line = next(one for one in earlier.read_text().splitlines() if one.startswith("log "))
    _, origin, key, size, root = line.split()
    for other, said in (
        (f"log {origin} {key} {int(size) + 1} {root}", f"had {int(size) + 1} entries and has {size} now"),
        (f"log {origin} {key} {int(size) - 1} {root}", "are not those of the earlier seal"),
        (f"log {origin[:-32]}{'0' * 32} {key} {size} {root}", f"does not name the log {'0' * 32}"),
    ):
        earlier.write_text(f"{other}\n")
        printed = run(bundle, 8)
        assert said in printed
        assert printed.count("BAD") == 2


def check_log(bundle: Path, *arguments: str) -> str:
    """What the script in VERIFY.txt prints, after step 7 has cut it out."""
    if not (bundle.parent / "check-log.sh").exists():
        run(bundle, 7)
    done = subprocess.run(
        ["sh", "../check-log.sh", *arguments], cwd=bundle, capture_output=True, text=True, check=False
    )
    assert (done.returncode == 0) == ("BAD" not in done.stdout), done
    return done.stdout


def test_what_a_signer_wrote_cannot_hide_what_step_1_says_of_it(bundle: Path) -> None:
    said = bundle / "signatures" / "01-host.att"
    said.write_bytes(said.read_bytes() + b"\x1b[8m\x1b[2J\rremark\n")
    printed = run(bundle, 1)
    assert "BAD: signatures/01-host.att" in printed
    assert "\x1b" not in printed
    assert "لا" in printed


def test_the_script_tells_an_entry_changed_dropped_or_moved(bundle: Path) -> None:
    leaves = log(bundle) / "leaves.jsonl"
    lines = leaves.read_bytes().splitlines(keepends=True)
    assert "as sealed" in check_log(bundle, "tree", log(bundle).name)
    for damaged in (
        lines[:-1],
        [lines[1], lines[0], *lines[2:]],
        [*lines[:-1], lines[-1].replace(b'"v":1', b'"v":2')],
    ):
        leaves.write_bytes(b"".join(damaged))
        assert "BAD" in check_log(bundle, "tree", log(bundle).name)


def test_the_script_tells_a_head_that_the_laptop_did_not_sign(bundle: Path) -> None:
    note = bundle / "checkpoints" / f"{log(bundle).name}.note"
    text, _, signature = note.read_text("utf-8").partition("— ")
    name, material = signature.split()
    other = material[:-12] + ("AAAAAAAAAA==" if not material.endswith("AAAAAAAAAA==") else "BBBBBBBBBA==")
    note.write_text(f"{text}— {name} {other}\n", "utf-8")
    assert "signature does not hold" in check_log(bundle, "tree", log(bundle).name)


def test_the_script_tells_a_field_that_was_not_sealed(bundle: Path) -> None:
    opened = log(bundle) / "disclosures.jsonl"
    lines = opened.read_text().splitlines()
    assert PLANTED in check_log(bundle, "entry", log(bundle).name, "5")
    assert PLANTED not in check_log(bundle, "entry", log(bundle).name, "4")
    assert "BAD: entries are counted from 1" in check_log(bundle, "entry", log(bundle).name, "0")
    swapped = [*lines[:4], lines[3], *lines[5:]]
    opened.write_text("".join(line + "\n" for line in swapped))
    assert "BAD: a field that was not sealed" in check_log(bundle, "entry", log(bundle).name, "5")
    hidden = lines[4].replace(lines[4].split(",")[0] + ",", "[")
    opened.write_text("".join(line + "\n" for line in [*lines[:4], hidden, *lines[5:]]))
    assert "BAD: entry 5 has fields that are not shown" in check_log(bundle, "entry", log(bundle).name, "5")
    assert "BAD" in check_log(bundle, "entry", log(bundle).name, "999")
