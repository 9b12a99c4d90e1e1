"""Exporting: the same content gives the same bytes, nothing half-made stands under a final name, nothing withheld leaves."""

from __future__ import annotations

import hashlib
import os
import shutil
import tracemalloc
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pyrage
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldkit.bundle import export
from fieldkit.bundle.attestation import Position
from fieldkit.bundle.consistency import format_consistency, parse_consistency, prove
from fieldkit.bundle.contents import Omissions, find_omissions
from fieldkit.bundle.export import export_bundle
from fieldkit.bundle.opening import open_source
from fieldkit.bundle.seal import parse_seal, seal_digest
from fieldkit.bundle.signing import Statement, sign_bundle
from fieldkit.bundle.targets import Measure, ZipPipe
from fieldkit.bundle.transport import Encryption
from fieldkit.bundle.verify import Report, verify_bundle
from fieldkit.bundle.views import source as views_source
from fieldkit.bundle.zipform import ZipFile, ZipLayout, local_header
from fieldkit.errors import AlteredError, SignaturesError, UnavailableError, UnreadableError, UsageError
from fieldkit.journal import merkle
from fieldkit.journal.sshsig import write_private
from fieldkit.vault.exchange import Exchange
from fieldkit.vault.recording import Add, Amend
from fieldkit.vault.slots import KdfParameters
from fieldkit.vault.vault import Vault
from tests.bundle.visits import (
    HOST,
    LEAD,
    PLANTED,
    SLUG,
    TITLE,
    WITHHELD,
    Person,
    add_file,
    add_photo,
    make_vault,
    tree,
)


@pytest.fixture
def vault(tmp_path: Path, cheap_kdf: KdfParameters) -> Iterator[Vault]:
    with make_vault(tmp_path / "mission", cheap_kdf) as made:
        yield made


def only_signatures_missing(report: Report) -> bool:
    return {fault.code for fault in report.faults} <= {SignaturesError.exit_code}


def test_nothing_is_exported_into_the_mission_itself(vault: Vault, tmp_path: Path) -> None:
    before = tree(vault.folder)
    (tmp_path / "way-in").symlink_to(vault.folder)
    for folder in (
        vault.folder,
        vault.folder / "out",
        tmp_path / "way-in" / "out",
        vault.folder / "media" / "..",
    ):
        with pytest.raises(UsageError, match="inside the folder of the mission"):
            export_bundle(vault, folder)
    assert tree(vault.folder) == before


def test_what_does_not_travel_is_looked_for_once(
    vault: Vault, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Vault] = []

    def counted(of: Vault) -> Omissions:
        asked.append(of)
        return find_omissions(of)

    for module in (export, views_source):
        monkeypatch.setattr(module, "find_omissions", counted)
    assert export_bundle(vault, tmp_path / "out").omissions == find_omissions(vault)
    assert asked == [vault]


@pytest.mark.parametrize("zipped", [False, True])
def test_an_export_verifies_but_for_signatures(vault: Vault, tmp_path: Path, zipped: bool) -> None:
    exported = export_bundle(vault, tmp_path / "out", zipped=zipped)
    report = verify_bundle(exported.path)
    assert only_signatures_missing(report), report.to_text()
    assert "3 originals" in report.copy
    assert exported.path.name == f"{SLUG}-1" + (".zip" if zipped else "")


def test_originals_leave_bit_for_bit_under_their_hash(vault: Vault, tmp_path: Path) -> None:
    files = tree(export_bundle(vault, tmp_path).path)
    for content, extension in (
        (b"\xff\xd8first" + bytes(100), "jpg"),
        (b"\xff\xd8second" + bytes(100), "jpg"),
        (b"GPX", "bin"),
    ):
        assert files[f"data/media/{hashlib.sha256(content).hexdigest()}.{extension}"] == content


def test_unchanged_heads_give_the_same_bytes_in_every_form(vault: Vault, tmp_path: Path) -> None:
    first = export_bundle(vault, tmp_path / "a")
    again = export_bundle(vault, tmp_path / "b")
    zipped = export_bundle(vault, tmp_path / "a", zipped=True)
    zipped_again = export_bundle(vault, tmp_path / "b", zipped=True)
    assert (first.number, again.number, zipped.number) == (1, 1, 1)
    assert (first.repeated, again.repeated) == (False, True)
    assert tree(first.path) == tree(again.path)
    assert zipped.path.read_bytes() == zipped_again.path.read_bytes()
    with zipfile.ZipFile(zipped.path) as opened:
        assert opened.testzip() is None
        assert {name: opened.read(name) for name in opened.namelist()} == tree(first.path)


def test_the_same_export_after_the_vault_was_closed(tmp_path: Path, cheap_kdf: KdfParameters) -> None:
    with make_vault(tmp_path / "mission", cheap_kdf) as vault:
        first = export_bundle(vault, tmp_path / "a")
    with Vault.open(tmp_path / "mission", "x") as vault:
        again = export_bundle(vault, tmp_path / "b")
    assert tree(first.path) == tree(again.path)


def test_the_next_export_names_the_one_before_and_proves_that_it_grew(vault: Vault, tmp_path: Path) -> None:
    first = export_bundle(vault, tmp_path)
    vault.record([Add("observation", {"text": "later", "basis": "seen"})])
    second = export_bundle(vault, tmp_path)
    assert (second.number, second.path.name) == (2, f"{SLUG}-2")
    before = parse_seal((first.path / "seal.txt").read_bytes())
    after = parse_seal((second.path / "seal.txt").read_bytes())
    assert after.previous == seal_digest((first.path / "seal.txt").read_bytes())
    (log,), (grown,) = before.logs, after.logs
    proof = parse_consistency((second.path / "checkpoints" / f"{log.log_id}.consistency").read_bytes())
    assert (proof.old_size, proof.old_root, proof.new_size) == (log.size, log.root, grown.size)
    merkle.verify_consistency(log.size, grown.size, log.root, grown.root, proof.proof)
    report = verify_bundle(second.path, previous=first.path)
    assert only_signatures_missing(report), report.to_text()
    assert "extends" in report.to_text()
    assert export_bundle(vault, tmp_path / "again").number == 2


def test_other_required_signers_make_another_export(vault: Vault, tmp_path: Path) -> None:
    plain = export_bundle(vault, tmp_path)
    required = export_bundle(vault, tmp_path, required=[HOST.signer, LEAD.signer])
    assert (plain.number, required.number) == (1, 2)
    seal = parse_seal((required.path / "seal.txt").read_bytes())
    assert [one.role for one in seal.required] == ["host", "lead"]
    assert export_bundle(vault, tmp_path / "b", required=[LEAD.signer, HOST.signer]).number == 2
    assert "the signature of host is missing" in verify_bundle(required.path).to_text()


def test_one_key_for_two_roles_is_refused(vault: Vault, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="two roles"):
        export_bundle(vault, tmp_path / "out", required=[HOST.signer, Person("lead", HOST.key).signer])


def test_the_original_of_a_withheld_photo_stays_behind(vault: Vault, tmp_path: Path) -> None:
    number = add_photo(vault, WITHHELD, state="withheld")
    exported = export_bundle(vault, tmp_path / "out")
    files = tree(exported.path)
    digest = hashlib.sha256(WITHHELD).hexdigest()
    assert not [path for path in files if digest in path]
    assert not [path for path, content in files.items() if WITHHELD[:60] in content]
    assert f"\nPhoto-Withheld: {number}\n" in files["bag-info.txt"].decode()
    assert exported.omissions.withheld == (number,)
    assert only_signatures_missing(verify_bundle(exported.path))


def test_a_photo_that_the_host_holds_stays_behind_and_is_told(vault: Vault, tmp_path: Path) -> None:
    number = add_photo(vault, WITHHELD, state="held")
    exported = export_bundle(vault, tmp_path / "out")
    assert not [path for path, content in tree(exported.path).items() if WITHHELD[:60] in content]
    assert exported.omissions.held == (number,)
    assert exported.omissions.withheld == ()


def test_a_photo_withheld_later_stays_behind_from_then_on(vault: Vault, tmp_path: Path) -> None:
    content = b"\xff\xd8shown at first"
    number = add_photo(vault, content)
    path = f"data/media/{hashlib.sha256(content).hexdigest()}.jpg"
    assert path in tree(export_bundle(vault, tmp_path).path)
    vault.record(
        [Amend(number, "asked for by the host", set={"state": "withheld", "state_reason": "shroud"})]
    )
    assert path not in tree(export_bundle(vault, tmp_path).path)


def test_an_empty_original_is_here(vault: Vault, tmp_path: Path) -> None:
    digest = vault.get(add_file(vault, b"", media_type="text/plain")).doc["sha256"]
    exported = export_bundle(vault, tmp_path / "out")
    assert exported.omissions.absent == ()
    assert (exported.path / f"data/media/{digest}.txt").read_bytes() == b""
    assert only_signatures_missing(verify_bundle(exported.path))


def test_an_original_that_is_lost_here_or_was_given_up_is_named(vault: Vault, tmp_path: Path) -> None:
    media = [
        vault.get(add_file(vault, content)) for content in (b"deleted by hand", b"given up for headquarters")
    ]
    lost, given_up = (one.doc["sha256"] for one in media)
    parts = [[part["cipher"] for part in one.doc["parts"]] for one in media]
    vault.media.part_path(parts[0][0]).unlink()
    Exchange(vault).give_up(parts[1])
    exported = export_bundle(vault, tmp_path / "out")
    assert (exported.omissions.lost, exported.omissions.absent) == ((lost,), (given_up,))
    assert not [path for path in tree(exported.path) if lost in path or given_up in path]
    report = verify_bundle(exported.path)
    assert only_signatures_missing(report)
    assert f"original {lost} is not in this copy: LOST on the laptop that exported" in report.to_text()
    assert f"original {given_up} is not in this copy: it had not reached the laptop" in report.to_text()


def test_bag_info_tells_title_id_and_marks(vault: Vault, tmp_path: Path) -> None:
    exported = export_bundle(vault, tmp_path)
    lines = (exported.path / "bag-info.txt").read_text("utf-8").splitlines()
    assert f"External-Description: {TITLE}" in lines
    assert f"External-Identifier: {exported.bundle}" in lines
    assert "Handling-Mark: restricted" in lines
    assert not [line for line in lines if "Date" in line]


def test_the_authors_key_stands_in_the_roster(vault: Vault, tmp_path: Path) -> None:
    roster = (export_bundle(vault, tmp_path).path / "roster" / "allowed_signers").read_text()
    assert '\njana-novakova namespaces="attest.v1@fieldkit" ssh-ed25519 ' in roster


def test_a_damaged_original_stops_the_export_and_leaves_nothing(vault: Vault, tmp_path: Path) -> None:
    part = next(path for path in (vault.folder / "media").rglob("*") if path.is_file())
    data = bytearray(part.read_bytes())
    data[5] ^= 1
    part.write_bytes(data)
    for options in ({}, {"zipped": True}, {"encryption": Encryption(passphrase="x")}):
        with pytest.raises(AlteredError):
            export_bundle(vault, tmp_path / "out", **options)
        assert not list((tmp_path / "out").iterdir())
    assert not vault.exports()


def test_a_journal_with_an_entry_taken_out_is_not_exported(vault: Vault, tmp_path: Path) -> None:
    with vault.database.write() as tables:
        tables.execute("DELETE FROM entries WHERE seq = 4")
    with pytest.raises(AlteredError):
        export_bundle(vault, tmp_path / "out")
    assert not list((tmp_path / "out").iterdir())


@pytest.mark.parametrize("zipped", [False, True])
def test_an_interrupted_export_leaves_nothing_and_can_be_started_again(
    vault: Vault, tmp_path: Path, zipped: bool
) -> None:
    def interrupt(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        export_bundle(vault, tmp_path / "out", zipped=zipped, progress=interrupt)
    assert not list((tmp_path / "out").iterdir())
    exported = export_bundle(vault, tmp_path / "out", zipped=zipped)
    assert exported.number == 1
    assert [path.name for path in (tmp_path / "out").iterdir()] == [exported.path.name]


def test_what_a_killed_export_left_is_cleared_away(vault: Vault, tmp_path: Path) -> None:
    """Under a hidden name of its own, so nobody takes it for a bundle."""
    seen: list[str] = []

    def look(done: int, total: int) -> None:
        seen.extend(path.name for path in (tmp_path / "a").iterdir())

    export_bundle(vault, tmp_path / "a", progress=look)
    (partial,) = set(seen)
    assert partial.startswith(".")
    (tmp_path / "b" / partial / "data").mkdir(parents=True)
    (tmp_path / "b" / partial / "data" / "half").write_bytes(b"half")
    exported = export_bundle(vault, tmp_path / "b")
    assert [path.name for path in (tmp_path / "b").iterdir()] == [exported.path.name]
    assert tree(exported.path) == tree(tmp_path / "a" / exported.path.name)


def test_progress_runs_to_the_whole(vault: Vault, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    export_bundle(vault, tmp_path, progress=lambda done, total: told.append((done, total)))
    total = sum(len(content) for path, content in tree(tmp_path / f"{SLUG}-1").items() if "/media/" in path)
    assert told[-1] == (total, total)
    assert told == sorted(told)


def test_a_bundle_that_lies_there_is_kept_with_its_signatures(vault: Vault, tmp_path: Path) -> None:
    exported = export_bundle(vault, tmp_path)
    sign_bundle(exported.path, Statement("lead", Position.ACCEPTS), LEAD.key)
    before = tree(exported.path)
    assert export_bundle(vault, tmp_path).present
    assert tree(exported.path) == before
    (exported.path / "data" / "views" / "report.html").write_bytes(b"something else")
    with pytest.raises(UnavailableError):
        export_bundle(vault, tmp_path)


def test_something_else_under_the_name_is_not_overwritten(vault: Vault, tmp_path: Path) -> None:
    for name in (f"{SLUG}-1", f"{SLUG}-1.zip", "bundle-1.age"):
        (tmp_path / name).write_bytes(b"somebody's file")
    for options in ({}, {"zipped": True}, {"encryption": Encryption(passphrase="x")}):
        with pytest.raises(UnavailableError):
            export_bundle(vault, tmp_path, **options)
    assert (tmp_path / f"{SLUG}-1").read_bytes() == b"somebody's file"
    shutil.rmtree(tmp_path / "mission")
    assert sorted(tree(tmp_path)) == sorted([f"{SLUG}-1", f"{SLUG}-1.zip", "bundle-1.age"])


def test_age_holds_the_zip_for_recipients_and_for_a_passphrase(vault: Vault, tmp_path: Path) -> None:
    add_file(vault, os.urandom(700_000))
    plain = export_bundle(vault, tmp_path, zipped=True).path.read_bytes()
    identity, other = pyrage.x25519.Identity.generate(), pyrage.x25519.Identity.generate()
    recipients = (str(identity.to_public()), str(other.to_public()))
    sealed = export_bundle(vault, tmp_path / "r", encryption=Encryption(recipients))
    assert sealed.path.suffix == ".age"
    assert pyrage.decrypt(sealed.path.read_bytes(), [other]) == plain
    locked = export_bundle(vault, tmp_path / "p", encryption=Encryption(passphrase="průkaz"))
    assert pyrage.passphrase.decrypt(locked.path.read_bytes(), "průkaz") == plain
    with pytest.raises(UnreadableError, match="encrypted"):
        open_source(locked.path)


def test_an_ssh_key_is_a_recipient_too(vault: Vault, tmp_path: Path) -> None:
    line = HOST.signer.allowed_signer.split(" ", 2)[2].strip()
    sealed = export_bundle(vault, tmp_path / "a", encryption=Encryption((line,)))
    identity = pyrage.ssh.Identity.from_buffer(write_private(HOST.key))
    assert pyrage.decrypt(sealed.path.read_bytes(), [identity])[:2] == b"PK"
    with pytest.raises(UsageError, match="no recipient"):
        Encryption(("age1nonsense",))
    with pytest.raises(UsageError):
        Encryption((line,), "and a passphrase")


def test_nothing_lies_in_the_clear_while_an_age_file_is_written(vault: Vault, tmp_path: Path) -> None:
    add_photo(vault, b"\xff\xd8" + b"PLAINTEXT" * 200_000)
    found: list[bytes] = []

    def look(done: int, total: int) -> None:
        found.extend(path.read_bytes() for path in (tmp_path / "out").iterdir())

    export_bundle(vault, tmp_path / "out", encryption=Encryption(passphrase="x"), progress=look)
    assert any(found)
    assert not [
        data for data in found if b"PLAINTEXT" in data or PLANTED.encode() in data or data[:2] == b"PK"
    ]


def test_an_export_takes_constant_memory(vault: Vault, tmp_path: Path) -> None:
    for seed in range(4):
        add_file(vault, os.urandom(1 << 20) * 24 + bytes([seed]))
    for options in ({}, {"zipped": True}):
        tracemalloc.start()
        try:
            export_bundle(vault, tmp_path / "out", **options)
            assert tracemalloc.get_traced_memory()[1] < 40 << 20
        finally:
            tracemalloc.stop()


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 200), st.data())
def test_growth_is_proved_in_one_pass_as_the_standard_has_it(size: int, data: st.DataObject) -> None:
    hashes = [merkle.leaf_hash(bytes([index])) for index in range(size)]
    old = data.draw(st.integers(1, size))
    assert list(prove(iter(hashes), old, size)) == merkle.consistency_proof(hashes, old)


def test_a_consistency_file_reads_back_and_refuses_more() -> None:
    text = (
        b"fieldkit-consistency/v1\nlog fieldkit/m/00\nfrom 3 " + b"A" * 43 + b"=\nto 7 " + b"B" * 42 + b"E=\n"
        b"proof " + b"A" * 43 + b"=\n"
    )
    assert format_consistency(parse_consistency(text)) == text
    for damaged in (
        text + b"proof x\n",
        text[:-1],
        text + b"more\n",
        text.replace(b"from 3", b"from 0"),
        text * 2,
    ):
        with pytest.raises(UnreadableError):
            parse_consistency(damaged)


def test_a_zip_beyond_four_gigabytes(tmp_path: Path) -> None:
    path = tmp_path / "large.zip"
    size = (1 << 32) + 7
    layout = ZipLayout()
    with path.open("wb") as file:
        for name, length in (("a", size), ("b", 3)):
            member = layout.member(layout.begin(name, length))
            file.seek(member.offset)
            file.write(local_header(member))
        file.write(b"end")
        file.writelines(layout.tail())
    with zipfile.ZipFile(path) as opened:
        assert [(info.filename, info.file_size) for info in opened.infolist()] == [("a", size), ("b", 3)]
        assert opened.infolist()[1].header_offset > size
    assert open_source(path).files["a"].size == size


def test_a_zip_of_more_than_65535_members(tmp_path: Path) -> None:
    path = tmp_path / "many.zip"
    names = [f"data/{number:06d}" for number in range(65_540)]
    measure = Measure()
    for name in names:
        measure.place(name, 1)([b"x"])
    with path.open("wb") as file:
        pipe = ZipPipe(file.write, measure.measured)
        for name in names:
            pipe.place(name, 1)([b"x"])
        pipe.finish()
    with zipfile.ZipFile(path) as opened:
        assert opened.namelist() == names
        assert opened.read(names[-1]) == b"x"
    assert len(open_source(path).files) == len(names)


def test_a_zip_fills_in_any_order_and_takes_no_other_size(tmp_path: Path) -> None:
    made = ZipFile(tmp_path / "z.zip")
    first, second = made.place("a", 3), made.place("b", 2)
    second([b"b", b"b"])
    made.stream("c", lambda: [b"c" * 10])
    first([b"aaa"])
    made.finish()
    with zipfile.ZipFile(tmp_path / "z.zip") as opened:
        assert [opened.read(name) for name in "abc"] == [b"aaa", b"bb", b"c" * 10]
    for content in (b"aa", b"aaaa"):
        with pytest.raises(UnreadableError):
            first([content])
