"""Making, opening, losing and destroying a vault from the command line; closing the day."""

from __future__ import annotations

from pathlib import Path

import pytest

from fieldkit.domain.words import spoken
from fieldkit.vault.slots import KdfParameters
from fieldkit.vault.vault import Vault
from tests.cli.conftest import PASSPHRASE, Fieldkit


def test_a_new_mission_tells_the_recovery_words_once(
    fieldkit: Fieldkit, tmp_path: Path, passphrase_file: Path
) -> None:
    folder = tmp_path / "visit"
    made = fieldkit.done("new", folder, "--title", "Plant 4", "--as", "A. Nasser", "--json").document
    assert len(made["recovery_words"]) == 12
    assert fieldkit.done("list", "person", "--json").document[0]["id"] == made["author"]
    again = fieldkit("new", folder, "--title", "Plant 4", "--as", "A. Nasser")
    assert again.code == 2
    words = tmp_path / "words.txt"
    words.write_text("\n".join(made["recovery_words"]), "utf-8")
    fresh = tmp_path / "fresh.txt"
    fresh.write_text("another one\n", "utf-8")
    fieldkit.done("vault", "passphrase", "--recovery-words-file", words, "--new-passphrase-file", fresh)
    assert fieldkit("list").code == 6
    fieldkit.done("list", "--passphrase-file", fresh)
    newer = fieldkit.done("vault", "recovery", "--passphrase-file", fresh, "--json").document
    assert newer["recovery_words"] != made["recovery_words"]
    assert fieldkit("vault", "recovery", "--recovery-words-file", words).code == 6


def test_commands_on_a_mission_that_was_never_begun_say_so_and_what_to_do(
    fieldkit: Fieldkit, tmp_path: Path, passphrase_file: Path, cheap_kdf: KdfParameters
) -> None:
    folder = tmp_path / "visit"
    Vault.prepare_mission(folder, PASSPHRASE, kdf=cheap_kdf).close()
    for line in (
        ("list",),
        ("add", "observation", "basis=seen", "text=x"),
        ("sync", tmp_path / "depot"),
        ("export", tmp_path / "out"),
        ("doctor",),
        ("day", "close"),
        ("members", "request", tmp_path / "b.request", "--as", "B. Khan"),
        ("vault", "passphrase"),
        ("vault", "backup", tmp_path / "visit.backup"),
    ):
        refused = fieldkit(*line, "-m", folder)
        assert refused.code == 2, line
        assert "the mission in this folder was never begun" in refused.err, line
        assert f"fieldkit -m {folder}" in refused.err, line
    refused = fieldkit("new", folder, "--title", "Plant 4", "--as", "A. Nasser")
    assert (refused.code, "was never begun" in refused.err) == (2, True)
    assert "the mission was never begun" in fieldkit.done("vault", "info", "-m", folder).out
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == [passphrase_file.name]


@pytest.mark.parametrize("missing", ["--title", "--as"])
def test_a_new_mission_needs_a_title_and_a_name(
    fieldkit: Fieldkit, tmp_path: Path, passphrase_file: Path, missing: str
) -> None:
    given = {"--title": "Plant 4", "--as": "A. Nasser"}
    line = [part for option, value in given.items() if option != missing for part in (option, value)]
    assert fieldkit("new", tmp_path / "visit", *line).code == 2
    assert not (tmp_path / "visit").exists()


def test_a_vault_shows_what_it_is_without_a_key(
    fieldkit: Fieldkit, mission: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("FIELDKIT_PASSPHRASE_FILE")
    shown = fieldkit.done("vault", "info", "--json").document
    assert [slot["kind"] for slot in shown["slots"]] == ["passphrase", "recovery"]
    assert shown["entries"] == 4
    told = fieldkit.done("vault", "info").out
    assert "4 entries" in told
    assert "Plant 4" not in told
    assert "Nasser" not in told


def test_a_backup_is_restored_and_goes_on_in_a_new_log(
    fieldkit: Fieldkit, mission: Path, tmp_path: Path
) -> None:
    kept = tmp_path / "visit.backup"
    fieldkit.done("vault", "backup", kept)
    assert fieldkit("vault", "backup", kept).code == 2
    restored = tmp_path / "restored"
    fieldkit.done("vault", "restore", kept, restored)
    answer = fieldkit.done("-m", restored, "add", "observation", "basis=seen", "text=after")
    assert "copied or restored" in answer.err
    with Vault.open(restored, PASSPHRASE) as vault:
        assert len(vault.logs()) == 2


def test_a_damaged_backup_is_not_restored(fieldkit: Fieldkit, mission: Path, tmp_path: Path) -> None:
    kept = tmp_path / "visit.backup"
    fieldkit.done("vault", "backup", kept)
    data = bytearray(kept.read_bytes())
    data[len(data) // 2] ^= 1
    kept.write_bytes(data)
    assert fieldkit("vault", "restore", kept, tmp_path / "restored").code in (3, 5)
    assert not (tmp_path / "restored").exists()


def test_erasing_asks_first_and_needs_no_passphrase(
    fieldkit: Fieldkit, mission: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("FIELDKIT_PASSPHRASE_FILE")
    unasked = fieldkit("vault", "erase")
    assert unasked.code == 2
    assert (mission / "vault.json").exists()
    answer = fieldkit.done("vault", "erase", "--yes")
    assert "exist only here" in answer.err
    assert "older copy of vault.json" in answer.out
    assert not (mission / "vault.json").exists()
    assert fieldkit("vault", "erase", "--yes").code == 2


def test_the_doctor_finds_an_altered_store(fieldkit: Fieldkit, mission: Path) -> None:
    fieldkit.done("add", "observation", "basis=seen", "text=a lamp")
    well = fieldkit.done("doctor", "--refold", "--json").document
    assert well["good"]
    assert {finding["area"] for finding in well["findings"]} >= {"store", "journal", "originals", "fold"}
    store = mission / "store.db"
    data = bytearray(store.read_bytes())
    data[len(data) // 2] ^= 1
    store.write_bytes(data)
    assert fieldkit("doctor").code == 3


def test_the_doctor_finds_a_missing_original(fieldkit: Fieldkit, mission: Path, tmp_path: Path) -> None:
    source = tmp_path / "form.txt"
    source.write_bytes(b"filled in by hand")
    number = fieldkit.done("add", "observation", "basis=seen", "text=a form").numbers[0]
    fieldkit.done("attach", source, "--to", number)
    (part,) = (path for path in (mission / "media").rglob("*") if path.is_file())
    part.unlink()
    answer = fieldkit("doctor")
    assert answer.code == 3
    assert "BAD" in answer.out


def test_damaged_originals_are_set_aside_only_where_one_asks_and_come_back(
    fieldkit: Fieldkit, mission: Path, tmp_path: Path
) -> None:
    number = fieldkit.done("add", "observation", "basis=seen", "text=two forms").numbers[0]
    for name in ("one", "two"):
        (tmp_path / name).write_bytes(name.encode())
        fieldkit.done("attach", tmp_path / name, "--to", number)
    stick = tmp_path / "stick"
    stick.mkdir()
    fieldkit.done("depot", "init", stick)
    fieldkit.done("sync", stick)
    media = mission / "media"
    whole = {path: path.read_bytes() for path in media.rglob("*") if path.is_file()}
    rotten = min(whole)
    rotten.write_bytes(b"rotten")

    told = fieldkit("doctor")
    assert told.code == 3
    assert "fieldkit doctor --set-aside" in told.err
    assert rotten.read_bytes() == b"rotten"
    aside = fieldkit("doctor", "--set-aside")
    assert aside.code == 3
    assert f"set aside: {rotten}.damaged-1" in aside.out
    assert {path.name for path in rotten.parent.iterdir()} >= {f"{rotten.name}.damaged-1"}
    assert "the part is missing" in fieldkit("doctor").out
    fieldkit.done("sync", stick)
    assert {path: path.read_bytes() for path in whole} == whole
    assert fieldkit.done("doctor", "--json").document["set_aside"] == []


def test_the_sheet_of_the_day_holds_the_heads_in_words(fieldkit: Fieldkit, mission: Path) -> None:
    fieldkit.done("add", "access", "requested=09:00")
    sheet = fieldkit.done("day", "close").out
    with Vault.open(mission, PASSPHRASE) as vault:
        log = vault.own_log
        root = vault.checkpoint(log.log)
    head = fieldkit.done("day", "close", "--json").document["heads"][0]
    assert head["size"] == log.size == 5
    assert head["root"].encode() in root
    assert " - ".join(head["words"]) in sheet
    assert len(head["words"]) == len(spoken(bytes(32)))
    assert "Plant 4" in sheet
    assert "Access not answered: A-0003" in sheet
    assert max(map(len, sheet.splitlines())) <= 80


def test_an_empty_variable_names_no_passphrase_file(
    fieldkit: Fieldkit, mission: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FIELDKIT_PASSPHRASE_FILE", "")
    answer = fieldkit("list")
    assert answer.code == 2
    assert "nobody can be asked here" in answer.err
    assert "this is a folder" not in answer.err
