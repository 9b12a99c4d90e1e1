"""What a verification says of sound bundles, of signers, of earlier exports, and what it never says."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import bagit
import pytest

from fieldkit.bundle.roster import format_roster
from fieldkit.bundle.verify import verify_bundle
from fieldkit.bundle.verify.report import Report, Signer
from fieldkit.errors import AlteredError, UnreadableError
from fieldkit.journal import merkle
from tests.bad.journals import JOURNALS
from tests.bundle.builders import (
    HOST,
    KEY_LIST,
    LEAD,
    STRANGER,
    Files,
    Laptop,
    Visit,
    allowed_signers,
    attestation,
    b64,
    complete,
    digest,
    is_tag,
    later_visit,
    manifest,
    photograph,
    put_signature,
    reissued,
    sealed_anew,
    signed,
    small_visit,
    unsigned,
    write_folder,
    write_zip,
)


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    path = tmp_path / "my-keys"
    path.write_text(KEY_LIST)
    return path


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    return write_folder(complete(small_visit()), tmp_path / "visit-1")


def with_bag_info(visit: Visit, *lines: str) -> Files:
    """A genuine bundle whose bag-info.txt says more, as its exporter sealed it."""
    files = unsigned(visit)
    files["bag-info.txt"] += "".join(f"{line}\n" for line in lines).encode()
    files["tagmanifest-sha256.txt"] = manifest(files, filter(is_tag, files))
    return sealed_anew(files, visit)


def section(text: str, title: str) -> str:
    """The lines of one section of a report."""
    lines, inside = [], False
    for line in text.splitlines():
        if line[:12].strip():
            inside = line[:12].strip() == title
        if inside:
            lines.append(line[12:])
    return "\n".join(lines)


def test_the_hand_made_bundle_is_a_bag_for_others_too(bundle: Path) -> None:
    bagit.Bag(str(bundle)).validate()
    done = subprocess.run(
        ["sha256sum", "--strict", "--quiet", "-c", "manifest-sha256.txt"], cwd=bundle, check=False
    )
    assert done.returncode == 0


@pytest.mark.parametrize("form", ["folder", "zip"])
def test_a_sound_bundle_is_intact(form: str, tmp_path: Path, keys: Path) -> None:
    files = complete(small_visit())
    made = (
        write_folder(files, tmp_path / "visit-1")
        if form == "folder"
        else write_zip(files, tmp_path / "v.zip")
    )
    report = verify_bundle(made, keys=keys)
    text = report.to_text()
    assert report.exit_code == 0, text
    assert not report.faults
    titles = ["COPY", "CONTENT", "LOGS", "SIGNED", "MISSING", "TIME", "NOT PROVED", "RESULT"]
    places = [text.index(f"\n{title:<12}") for title in titles]
    assert places == sorted(places)
    assert "15 files" in section(text, "CONTENT")
    assert "9 entries, intact" in section(text, "LOGS")
    assert "host: with-remarks" in section(text, "SIGNED")
    assert "remark: Hall 3 was not shown." in section(text, "SIGNED")
    assert "proven: nothing" in section(text, "TIME")
    assert "data/views" in section(text, "NOT PROVED")
    document = json.loads(json.dumps(report.to_json()))
    assert document["exit_code"] == 0
    assert [signer["principal"] for signer in document["signed"]] == ["host", "lead"]
    assert document["content"]["bytes"] > 0


def test_nobody_is_known_by_the_list_that_travels_in_the_bundle(bundle: Path) -> None:
    assert (bundle / "roster/allowed_signers").read_text().endswith(KEY_LIST)
    report = verify_bundle(bundle)
    assert report.exit_code == 4
    assert section(report.to_text(), "SIGNED").count("key unknown") == 2
    assert "verified" not in report.to_text().lower()


def test_the_list_that_travels_in_the_bundle_is_refused_as_ones_own(bundle: Path, tmp_path: Path) -> None:
    for given in (bundle / "roster/allowed_signers", tmp_path / "copy", tmp_path / "of-another-bundle"):
        if given.name == "copy":
            given.write_bytes((bundle / "roster/allowed_signers").read_bytes())
        if given.name == "of-another-bundle":
            given.write_bytes(format_roster([]) + KEY_LIST.encode())
        report = verify_bundle(bundle, keys=given)
        assert report.exit_code == 4
        assert "the list that travels in bundles" in section(report.to_text(), "FOUND")
        assert section(report.to_text(), "SIGNED").count("key unknown") == 2
        assert report.to_json()["keys"] is None


def test_an_unsigned_bundle_says_so_plainly(tmp_path: Path, keys: Path) -> None:
    report = verify_bundle(write_folder(unsigned(small_visit()), tmp_path / "visit-1"), keys=keys)
    assert report.exit_code == 4
    assert section(report.to_text(), "SIGNED") == "by nobody"
    assert "lead" in section(report.to_text(), "MISSING")
    assert "anybody could have made this bundle" in report.to_text()


def test_a_refusal_is_a_sound_outcome_and_is_shown(tmp_path: Path, keys: Path) -> None:
    files = signed(unsigned(small_visit()), "host", HOST, position="refuses", remark="We were not heard.")
    report = verify_bundle(write_folder(signed(files, "lead", LEAD), tmp_path / "visit-1"), keys=keys)
    assert report.exit_code == 0
    assert "refuses" in section(report.to_text(), "SIGNED")
    assert "host refused" in section(report.to_text(), "RESULT")


@pytest.mark.parametrize(
    ("listed", "said"),
    [
        (allowed_signers(("lead", STRANGER), ("host", HOST)), "key unknown"),
        (allowed_signers(("host", LEAD), ("lead", HOST)), "signs as"),
        (KEY_LIST.replace("lead ", 'lead namespaces="file" '), "not allowed to sign"),
        (KEY_LIST.replace("lead ", 'lead valid-before="20250101Z" '), "no longer valid"),
        (KEY_LIST.replace("lead ", 'lead valid-after="20270101Z" '), "not yet valid"),
        ("", "key unknown"),
    ],
    ids=["other key", "roles exchanged", "other purpose", "expired", "too early", "empty"],
)
def test_a_key_that_the_list_does_not_stand_for_is_not_known(
    listed: str, said: str, bundle: Path, keys: Path
) -> None:
    keys.write_text(listed)
    report = verify_bundle(bundle, keys=keys)
    assert report.exit_code == 4
    assert any(said in str(fault) for fault in report.faults)


def test_a_list_that_would_let_anybody_pass_is_refused(bundle: Path, keys: Path) -> None:
    keys.write_text(f"* {STRANGER.public}\n")
    with pytest.raises(UnreadableError) as refusal:
        verify_bundle(bundle, keys=keys)
    assert "my-keys" in refusal.value.where
    neutral = b"\x00\x00\x00\x0bssh-ed25519\x00\x00\x00\x20\x01" + bytes(31)
    keys.write_text(f"lead ssh-ed25519 {b64(neutral)}\n")
    with pytest.raises(AlteredError):
        verify_bundle(bundle, keys=keys)


def test_a_refusal_on_paper_stands_in_the_verdict(tmp_path: Path, keys: Path) -> None:
    files = unsigned(small_visit())
    text = attestation(files, "lead", LEAD).replace(
        b"claimed-time", b'recorded-for guard refuses %b "Sgt. Omar"\nclaimed-time' % (b"ef" * 32)
    )
    files = signed(put_signature(files, "lead", LEAD, text), "host", HOST)
    report = verify_bundle(write_folder(files, tmp_path / "visit-1"), keys=keys)
    assert report.exit_code == 0
    assert report.result.endswith("But guard (Sgt. Omar, on paper) refused to accept what it says.")


def test_hostile_text_cannot_drive_the_terminal(tmp_path: Path, keys: Path) -> None:
    files = unsigned(small_visit())
    text = attestation(files, "host", HOST, position="with-remarks", remark="\\u{1b}[2J\\u{202e}all well")
    files = signed(put_signature(files, "host", HOST, text), "lead", LEAD)
    report = verify_bundle(write_folder(files, tmp_path / "visit-1"), keys=keys)
    assert report.exit_code == 0
    shown = report.to_text() + json.dumps(report.to_json(), ensure_ascii=False)
    assert "all well" in shown
    assert shown.replace("\n", "").isprintable()


def test_what_is_no_bundle_is_unreadable(tmp_path: Path) -> None:
    encrypted = tmp_path / "visit-1.zip.age"
    encrypted.write_bytes(b"age-encryption.org/v1\n-> X25519 x\n")
    picture = tmp_path / "photo.jpg"
    picture.write_bytes(photograph("a"))
    for path, said in [
        (tmp_path / "nowhere", "No such file"),
        (encrypted, f"'fieldkit unwrap {encrypted} DIR --identity FILE' opens it"),
        (picture, "is not a bundle"),
        (tmp_path, "seal.txt"),
    ]:
        report = verify_bundle(path)
        assert report.exit_code == 5
        assert said in report.to_text()
        assert report.to_json()["missing"] == []
        assert "without a seal nothing says who has to sign" in report.to_text()


def test_a_vault_given_for_a_bundle_is_told_as_one(tmp_path: Path) -> None:
    (tmp_path / "vault.json").write_text("{}")
    (tmp_path / "store.db").write_bytes(bytes(99))
    (fault,) = verify_bundle(tmp_path).faults
    assert "It is a mission's vault: 'fieldkit export'" in str(fault)


def test_the_verdict_names_who_refused() -> None:
    def signer(role: str, position: str) -> Signer:
        return Signer("", role, "", position, "", "", valid=True)

    report = Report("visit-1", signed=[signer("lead", "accepts"), signer("host", "refuses")])
    assert report.result.endswith(
        "everybody who had to sign has signed. But host refused to accept what it says."
    )
    report.signed.append(signer("observer", "refuses"))
    assert report.result.endswith(" But host and observer refused to accept what it says.")


# Originals


def test_a_withheld_original_is_accounted_for(bundle: Path, keys: Path) -> None:
    text = verify_bundle(bundle, keys=keys).to_text()
    assert "2 of 3 originals" in section(text, "COPY")
    assert f"{digest(photograph('withheld'))} is not in this copy: withheld" in section(text, "CONTENT")
    assert "1 photo withheld" in section(text, "CONTENT")


def test_an_original_left_out_of_the_export_is_told(tmp_path: Path, keys: Path) -> None:
    visit = small_visit()
    gone = digest(visit.originals.pop())
    report = verify_bundle(write_folder(complete(visit), tmp_path / "visit-1"), keys=keys)
    assert report.exit_code == 0
    assert f"{gone} is not in this copy: left out" in section(report.to_text(), "CONTENT")
    assert "originals that are not in this copy" in section(report.to_text(), "NOT PROVED")


def test_an_original_left_out_after_its_photo_was_released_is_not_called_withheld(
    tmp_path: Path, keys: Path
) -> None:
    """The laptop that held it comes last in the bundle; the other one released it, and says what that replaces."""
    visit = small_visit()
    gone = digest(visit.originals.pop())
    releaser, holder = sorted(visit.laptops, key=lambda laptop: laptop.origin)

    def shown(number: int) -> str:
        text = verify_bundle(write_folder(complete(visit), tmp_path / f"{number}"), keys=keys).to_text()
        return text.partition(f"{gone} is not in this copy: ")[2].partition("\n")[0]

    def state(laptop: Laptop, state: str, *replaced: str) -> None:
        fields = laptop.fields("photo", "photo b", state=state)
        laptop.append({**fields, "act": "amend", "supersedes": {"state": [*replaced]}})

    assert shown(1) == "left out of the export"
    state(holder, "held")
    state(releaser, "taken")
    assert shown(2) == "withheld or held by the host"
    state(releaser, "released", holder.hashes[-1].hex())
    assert shown(3) == "left out of the export"


@pytest.mark.parametrize("shown", [0, 3])
def test_a_copy_with_an_entry_of_a_newer_version_is_never_called_complete(
    shown: int, tmp_path: Path, keys: Path
) -> None:
    make = JOURNALS[f"newer_entry_that_shows_{'three_of_its_fields' if shown else 'nothing'}"]
    report = verify_bundle(make(tmp_path).path, keys=keys)
    copy, (log, *_) = section(report.to_text(), "COPY"), section(report.to_text(), "LOGS").splitlines()
    assert "complete" not in copy
    assert "all" not in copy.split()
    of = report.logs[0].of
    assert f"1 entry of a newer version, {of - 16 + shown} of {of} fields opened" in log
    assert "what they say was not checked here" in report.result


def test_a_missing_proof_of_growth_is_named_by_who_has_the_earlier_seal(tmp_path: Path, keys: Path) -> None:
    visit = small_visit()
    first = complete(visit)
    later = later_visit(visit, first)
    gone = f"checkpoints/{later.laptops[1].log}.consistency"
    files = {path: data for path, data in unsigned(later).items() if path != gone}
    made = write_folder(reissued(files, later), tmp_path / "visit-2")
    (tmp_path / "seal").write_bytes(first["seal.txt"])
    report = verify_bundle(made, keys=keys, previous=tmp_path / "seal")
    assert (report.exit_code, report.content.missing) == (3, [gone])


def test_time_stamps_are_not_passed_off_as_checked(bundle: Path, keys: Path) -> None:
    (bundle / "timestamps").mkdir()
    (bundle / "timestamps/02-lead.tsr").write_bytes(b"x")
    report = verify_bundle(bundle, keys=keys)
    assert report.exit_code == 0
    assert "1 time stamps are there, not checked" in section(report.to_text(), "TIME")


# Earlier exports


def test_a_later_export_extends_the_earlier_one(tmp_path: Path, keys: Path) -> None:
    visit = small_visit()
    first = complete(visit)
    second = complete(later_visit(visit, first))
    (tmp_path / "seal").write_bytes(first["seal.txt"])
    later = write_folder(second, tmp_path / "visit-2")
    for earlier in (
        write_folder(first, tmp_path / "visit-1"),
        write_zip(first, tmp_path / "visit-1.zip"),
        tmp_path / "seal",
    ):
        report = verify_bundle(later, keys=keys, previous=earlier)
        assert report.exit_code == 0, report.to_text()
        assert "extends seal 1 by 1 entry" in section(report.to_text(), "LOGS")
        assert "directly follows seal 1" in report.to_text()
        assert "dropped since" not in section(report.to_text(), "NOT PROVED")
    assert "dropped since" in section(verify_bundle(later, keys=keys).to_text(), "NOT PROVED")


def test_a_journal_that_became_shorter_is_altered(tmp_path: Path, keys: Path) -> None:
    visit = small_visit()
    first = complete(visit)
    later = write_folder(complete(later_visit(visit, first)), tmp_path / "visit-2")
    report = verify_bundle(write_folder(first, tmp_path / "visit-1"), keys=keys, previous=later)
    assert report.exit_code == 3
    assert "DOES NOT EXTEND seal 2" in section(report.to_text(), "LOGS")
    assert "entries were dropped" in report.to_text()


def test_a_journal_that_diverged_is_altered(tmp_path: Path, keys: Path) -> None:
    """The lead drops the last entry, writes two others, and exports and signs again."""
    visit = small_visit()
    first = complete(visit)
    forged = visit.copy()
    forged.number = 2
    forged.laptops[0].entries.pop()
    for name in ("one", "two"):
        forged.laptops[0].add("observation", name, text="Nothing.", basis="seen")
    earlier = write_folder(first, tmp_path / "visit-1")
    report = verify_bundle(write_folder(complete(forged), tmp_path / "visit-2"), keys=keys, previous=earlier)
    assert report.exit_code == 3
    assert any(visit.laptops[0].log in fault.where for fault in report.faults)
    assert verify_bundle(tmp_path / "visit-2", keys=keys).exit_code == 0


def test_a_laptop_that_is_left_out_is_told(tmp_path: Path, keys: Path) -> None:
    visit = small_visit()
    earlier = write_folder(complete(visit), tmp_path / "visit-1")
    later = later_visit(visit, complete(visit))
    gone = later.laptops.pop()
    report = verify_bundle(write_folder(complete(later), tmp_path / "visit-2"), keys=keys, previous=earlier)
    assert report.exit_code == 3
    assert any(gone.log in fault.problem for fault in report.faults)


def test_a_laptop_that_joined_is_no_fault(tmp_path: Path, keys: Path) -> None:
    visit = small_visit()
    earlier = write_folder(complete(visit), tmp_path / "visit-1")
    later = later_visit(visit, complete(visit))
    joined = Laptop("C")
    joined.begin()
    later.laptops.append(joined)
    report = verify_bundle(write_folder(complete(later), tmp_path / "visit-2"), keys=keys, previous=earlier)
    assert report.exit_code == 0, report.to_text()
    assert "new since seal 1" in section(report.to_text(), "LOGS")


def test_two_exports_under_one_number_are_told(tmp_path: Path, keys: Path) -> None:
    visit = small_visit()
    earlier = write_folder(complete(visit), tmp_path / "visit-1")
    later = later_visit(visit, complete(visit))
    later.number = 1
    report = verify_bundle(write_folder(complete(later), tmp_path / "again"), keys=keys, previous=earlier)
    assert report.exit_code == 3
    assert "same number" in report.to_text()


def test_an_earlier_bundle_of_another_mission_is_refused(tmp_path: Path, keys: Path, bundle: Path) -> None:
    other = complete(small_visit())["seal.txt"].replace(b"0198c0de-0000", b"0198c0de-0001")
    lines = [line for line in other.splitlines(keepends=True) if not line.startswith(b"log ")]
    laptop = small_visit().laptops[0]
    origin = laptop.origin.replace("0198c0de-0000", "0198c0de-0001")
    typed = b"\x01" + laptop.key.public
    key_id = hashlib.sha256(origin.encode() + b"\n" + typed).hexdigest()[:8]
    log = f"log {origin} {origin}+{key_id}+{b64(typed)} 1 {b64(merkle.root_of(laptop.hashes[:1]))}\n"
    (tmp_path / "seal").write_bytes(b"".join([*lines[:3], log.encode(), *lines[3:]]))
    report = verify_bundle(bundle, keys=keys, previous=tmp_path / "seal")
    assert report.exit_code == 3
    assert "another mission" in report.to_text()


def test_an_earlier_bundle_that_is_none_is_refused(tmp_path: Path, bundle: Path) -> None:
    with pytest.raises(UnreadableError):
        verify_bundle(bundle, previous=tmp_path / "nowhere")
    other = complete(small_visit())
    note = f"checkpoints/{small_visit().laptops[0].log}.note"
    forged = write_folder(other | {note: other[note].replace(b"\n9\n", b"\n8\n")}, tmp_path / "forged")
    with pytest.raises(AlteredError):
        verify_bundle(bundle, previous=forged)


# Much to read


def busy_laptop(entries: int) -> Laptop:
    laptop = Laptop("A")
    laptop.begin()
    for number in range(entries - 1):
        laptop.add("observation", f"o{number}", text=f"Crate {number}", basis="seen")
    return laptop


def test_processes_find_what_one_process_finds(tmp_path: Path, keys: Path) -> None:
    visit = small_visit()
    visit.laptops[0] = busy_laptop(2500)
    files = complete(visit)
    made = write_folder(files, tmp_path / "visit-1")
    steps: list[tuple[str, int, int]] = []
    one = verify_bundle(made, keys=keys, processes=1)
    two = verify_bundle(made, keys=keys, processes=2, progress=lambda *step: steps.append(step))
    assert one.to_json() == two.to_json()
    assert one.logs[0].intact
    assert steps[-1] == ("entries", 2502, 2502)
    assert max(done / total for what, done, total in steps if what == "files") <= 1
    path = f"data/log/{visit.laptops[0].log}/disclosures.jsonl"
    lines = files[path].splitlines(True)
    lines[2100] = lines[2101]
    made = write_folder(reissued(files | {path: b"".join(lines)}, visit), tmp_path / "visit-2")
    reports = [verify_bundle(made, keys=keys, processes=number) for number in (1, 2)]
    assert reports[0].to_json() == reports[1].to_json()
    assert reports[0].exit_code == 3
    assert any(fault.where.endswith(":2101") for fault in reports[0].faults)


def test_verifying_needs_no_screen_no_store_and_no_pictures(bundle: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from fieldkit.bundle.verify import verify_bundle;"
        "report = verify_bundle(Path(sys.argv[1]));"
        "heavy = {'textual', 'rich', 'sqlite3', 'sqlcipher3', 'sqlite_utils', 'PIL', 'pillow_heif'};"
        "print(report.exit_code, sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-c", program, bundle], capture_output=True, text=True, check=False
    )
    assert done.stdout.strip() == "4 []", done.stderr


def test_entries_that_had_not_arrived_are_told_as_the_exporter_says_and_make_no_complete_copy(
    keys: Path, tmp_path: Path
) -> None:
    log = "0" * 32
    bundle = write_folder(
        with_bag_info(small_visit(), f"Entries-Missing: {log} 7-7", f"Entries-Missing: {log} 201-400"),
        tmp_path / "visit-1",
    )
    report = verify_bundle(bundle, keys=keys)
    assert report.exit_code == 0, report.to_text()
    told = section(report.to_text(), "MISSING")
    assert f"entry 7 of log {log}" in told
    assert f"entries 201 to 400 of log {log}" in told
    copy = section(report.to_text(), "COPY")
    assert "NOT COMPLETE" in copy
    assert "complete:" not in copy
    assert "had not arrived" in section(report.to_text(), "NOT PROVED")
    assert [one["first"] for one in report.to_json()["entries_missing"]] == [7, 201]


def test_a_sound_bundle_says_nothing_of_missing_entries(bundle: Path, keys: Path) -> None:
    report = verify_bundle(bundle, keys=keys)
    assert report.copy.startswith("all ")
    assert report.to_json()["entries_missing"] == []


@pytest.mark.parametrize("line", ["Entries-Missing: all", f"Entries-Missing: {'0' * 32} 9-3"])
def test_a_statement_that_does_not_say_which_entries_are_missing_is_told(
    line: str, keys: Path, tmp_path: Path
) -> None:
    bundle = write_folder(with_bag_info(small_visit(), line), tmp_path / "visit-1")
    report = verify_bundle(bundle, keys=keys)
    assert report.exit_code == 1
    assert line in section(report.to_text(), "FOUND")
