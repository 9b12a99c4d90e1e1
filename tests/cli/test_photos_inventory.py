"""Cards and inventories from the command line: exit codes, JSON, and messages that say what to do."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import pytest

from fieldkit.capture import intake
from tests.bad import photos, sheets
from tests.cli.conftest import Fieldkit

ROWS = [[1, "Gyroscope", "GX", "SN-001", 1, "Hall 4"], [2, "Pump", "P", "", 4, "Hall 4"]]


@pytest.fixture
def card(tmp_path: Path) -> Path:
    folder = tmp_path / "CARD"
    folder.mkdir()
    for number in (1, 2):
        (folder / f"DSCN{number:04d}.JPG").write_bytes(photos.sound_jpeg(seed=number))
    return folder


@pytest.fixture
def declaration(tmp_path: Path) -> Path:
    path = tmp_path / "list.xlsx"
    path.write_bytes(sheets.sound_xlsx(ROWS))
    return path


def test_an_intake_without_damage_leaves_with_0_and_prints_the_receipt(
    fieldkit: Fieldkit, mission: Path, card: Path
) -> None:
    document = fieldkit.done("photos", "ingest", card, "--owner", "team", "--json").document
    assert (document["files"], document["kept"], document["damaged"], document["finished"]) == (
        2,
        2,
        [],
        True,
    )
    assert document["photos"] == ["A-P-0001", "A-P-0002"]
    assert [photo["number"] for photo in fieldkit.done("photos", "list", "--json").document] == document[
        "photos"
    ]


def test_damaged_files_are_kept_and_the_intake_leaves_with_1(
    fieldkit: Fieldkit, mission: Path, card: Path
) -> None:
    (card / "DSCN0003.JPG").write_bytes(photos.broken_off())
    answer = fieldkit("photos", "ingest", card)
    assert answer.code == 1
    assert "3 of 3 files kept" in answer.out
    assert "damaged (kept): DSCN0003.JPG" in answer.out


def test_the_photo_log_shows_when_a_photo_was_taken_by_the_corrected_clock_and_what_is_damaged(
    fieldkit: Fieldkit, mission: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "CAMERA"
    folder.mkdir()
    (folder / "DSCN0001.JPG").write_bytes(photos.sound_jpeg(seed=1, exif=photos.camera_exif()))
    (folder / "DSCN0002.JPG").write_bytes(photos.broken_off())
    (folder / "DSCN0003.JPG").write_bytes(photos.sound_jpeg(seed=3))
    fieldkit("photos", "ingest", folder)
    for command in (("photos", "list"), ("list", "photo")):
        taken, damaged, unknown = fieldkit.done(*command).out.splitlines()
        assert taken.startswith("A-P-0001  2026-02-12 10:41  taken")
        assert "  DAMAGED taken" in damaged
        assert unknown.startswith("A-P-0003  time not known    taken")
    camera = fieldkit.done("show", "A-P-0001", "--json").document["fields"]["camera"]
    stated = ["--offset", "+3m", "--uncertainty", "5s", "--at", "2026-02-12T12:00Z", "--zone", "+02:00"]
    fieldkit.done("photos", "clock", camera, *stated)
    fieldkit.done("photos", "clock", camera, "--use", "stated")
    assert "A-P-0001  2026-02-12 10:38  taken" in fieldkit.done("photos", "list").out


def test_a_card_that_is_not_there_leaves_with_2(fieldkit: Fieldkit, mission: Path, tmp_path: Path) -> None:
    answer = fieldkit("photos", "ingest", tmp_path / "nowhere")
    assert answer.code == 2
    assert "no such file" in answer.err


def test_names_on_a_card_do_not_act_on_the_terminal(fieldkit: Fieldkit, mission: Path, card: Path) -> None:
    (card / "evil\x1b[2J\u202egpj.JPG").write_bytes(photos.broken_off())
    answer = fieldkit("photos", "ingest", card)
    assert "\x1b[2J" not in answer.out + answer.err
    assert "\u202e" not in answer.out + answer.err


def test_a_declaration_is_loaded_counted_and_reconciled(
    fieldkit: Fieldkit, mission: Path, declaration: Path
) -> None:
    loaded = fieldkit.done("inventory", "load", declaration, "--json").document
    assert (loaded["lines"], loaded["declared"], loaded["last_item"]) == (2, 5, "A-I-0002")
    fieldkit.done("inventory", "count", "SN-001", "counted=1", "verified=1", "serials=SN-001")
    assert fieldkit("inventory", "reconcile", "--fail").code == 0
    fieldkit.done("inventory", "count", "A-I-0002", "counted=3")
    assert fieldkit("inventory", "reconcile").code == 0
    answer = fieldkit("inventory", "reconcile", "--fail", "--json")
    assert answer.code == 1
    assert (answer.document["matched"], answer.document["missing"]) == (4, 1)
    (line,) = [line for line in answer.document["lines"] if line["findings"]]
    assert (line["item"], line["findings"][0]["class"], line["findings"][0]["counts"]) == (
        "A-I-0002", "short", ["A-C-0002"],
    )  # fmt: skip


def test_something_undeclared_is_recorded_with_its_count(
    fieldkit: Fieldkit, mission: Path, declaration: Path
) -> None:
    fieldkit.done("inventory", "load", declaration)
    told = fieldkit.done("inventory", "count", "Turbopump", "--undeclared", "serials=X-1", "--json").document
    assert (told["item_number"], told["undeclared"]) == ("A-I-0003", True)
    assert fieldkit("inventory", "reconcile", "--fail").code == 1


def test_a_bad_line_leaves_with_5_naming_file_sheet_row_and_column(
    fieldkit: Fieldkit, mission: Path, tmp_path: Path
) -> None:
    path = tmp_path / "bad.xlsx"
    path.write_bytes(sheets.bad_quantities(3))
    answer = fieldkit("inventory", "load", path)
    assert answer.code == 5
    for said in (
        "bad.xlsx",
        "sheet Inventory",
        "row 2, column E ('Quantity')",
        "is not a number",
        "nothing was loaded",
    ):
        assert said in answer.err
    assert fieldkit.done("list", "item", "--json").document == []


def test_a_dry_run_needs_no_mission_and_shows_what_would_be_read(
    fieldkit: Fieldkit, declaration: Path
) -> None:
    document = fieldkit.done("inventory", "load", declaration, "--dry-run", "--json").document
    assert document["dry_run"]
    assert {"column": "Serial number", "field": "serials"} in document["columns"]


def test_columns_are_named_on_the_command_line(fieldkit: Fieldkit, tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes(sheets.csv([["Gyro", "F1", 2]], headings=("What it is", "Fab = nr", "How many")))
    named = ["--column", "What it is=nomenclature", "--column", "Fab = nr=serials", "--column", "C=declared"]
    document = fieldkit.done("inventory", "load", path, *named, "--dry-run", "--json").document
    assert document["preview"][0]["serials"] == ["F1"]
    assert document["declared"] == 2
    answer = fieldkit("inventory", "load", path, "--column", "serials", "--dry-run")
    assert answer.code == 2
    assert "COL=FIELD" in answer.err


def test_sample_stands_among_the_inventory_commands(fieldkit: Fieldkit) -> None:
    arguments = ["--population", "100", "--defects", "5", "--probability", "0.95", "--json"]
    assert fieldkit.done("inventory", "sample", *arguments).document["size"] == 45


def test_a_dry_run_shows_what_an_edition_changes_and_the_load_then_changes_it(
    fieldkit: Fieldkit, mission: Path, tmp_path: Path
) -> None:
    path = tmp_path / "annex.csv"
    path.write_bytes(sheets.csv([[1, "Gyro", "GX", "SN-1", 1, "H"], [2, "Pump", "P", "", 4, "H"]]))
    fieldkit.done("inventory", "load", path, "--edition", "1")
    path.write_bytes(
        sheets.csv(
            [[1, "Gyro", "GX", "SN-1", 1, "H"], [2, "Pump", "P", "", 5, "H"], [3, "Fan", "F", "", 1, "H"]]
        )
    )
    assert fieldkit("inventory", "load", path).code == 7
    shown = fieldkit.done("inventory", "load", path, "--edition", "2", "--dry-run").out
    assert "1 lines unchanged, 1 changed, 1 new, 0 no longer declared" in shown
    assert "declared: 4 → 5" in shown
    assert len(fieldkit.done("list", "item", "--json").document) == 2
    done = fieldkit.done("inventory", "load", path, "--edition", "2", "--json").document
    assert done["comparison"]["changed"][0]["number"] == "A-I-0002"
    assert done["first_item"] == done["last_item"] == "A-I-0003"
    assert len(fieldkit.done("list", "item", "--json").document) == 3


def test_an_intake_makes_previews_once_the_card_can_be_taken_out(
    fieldkit: Fieldkit, mission: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "CAMERA"
    folder.mkdir()
    (folder / "DSCN0001.JPG").write_bytes(photos.camera_jpeg())
    answer = fieldkit.done("photos", "ingest", folder, "--json")
    assert "the card can be taken out" in answer.err
    assert answer.document["previews"] == {"done": 1, "damaged": {}, "changed": [], "finished": True}
    assert fieldkit.done("photos", "previews", "--json").document["done"] == 0


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="needs POSIX signals")
def test_an_intake_stopped_by_the_keyboard_keeps_what_it_has_and_goes_on(
    fieldkit: Fieldkit, mission: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "CAMERA"
    folder.mkdir()
    for number in range(1, 41):
        (folder / f"DSCN{number:04d}.JPG").write_bytes(photos.camera_jpeg(320, 240, seed=number))
    real = intake.Group.add

    def pressed(group: intake.Group, *arguments: Any, **named: Any) -> None:
        real(group, *arguments, **named)
        os.kill(os.getpid(), signal.SIGINT)
        monkeypatch.setattr(intake.Group, "add", real)

    monkeypatch.setattr(intake.Group, "add", pressed)
    stopped = fieldkit("photos", "ingest", folder)
    assert stopped.code == 130
    assert "goes on where it stopped" in stopped.err
    kept = len(fieldkit.done("photos", "list", "--json").document)
    assert 0 < kept < 40
    resumed = fieldkit.done("photos", "ingest", folder, "--json").document
    assert (resumed["kept"], resumed["resumed"], resumed["duplicates"]) == (40, kept, [])
