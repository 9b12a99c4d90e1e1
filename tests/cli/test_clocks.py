"""Camera clocks from the command line: what is known, one act to correct, a code to photograph."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from fieldkit.capture.clock_codes import read_code
from fieldkit.vault.vault import Vault
from tests.bad import photos
from tests.cli.conftest import PASSPHRASE, Fieldkit


@pytest.fixture
def taken_in(fieldkit: Fieldkit, mission: Path, tmp_path: Path) -> None:
    folder = tmp_path / "CARD"
    folder.mkdir()
    for number in (1, 2):
        exif = photos.camera_exif(taken=f"2026:02:12 10:4{number}:07", offset=None)
        (folder / f"DSCN{number:04d}.JPG").write_bytes(photos.sound_jpeg(seed=number, exif=exif))
    fieldkit.done("photos", "ingest", folder)


def test_an_offset_is_stated_and_all_times_follow(fieldkit: Fieldkit, taken_in: None) -> None:
    assert "nothing is known of its clock" in fieldkit.done("photos", "clock").out
    stated = ["--offset", "-3m12s", "--at", "2026-02-12T12:00Z", "--zone", "+02:00", "--uncertainty", "4s"]
    (known,) = fieldkit.done("photos", "clock", "0042", *stated, "--json").document
    assert (known["used"]["method"], known["used"]["ahead_s"], known["used"]["uncertainty_s"]) == (
        "stated",
        -192,
        4,
    )
    first, _ = fieldkit.done("photos", "list", "--json").document
    assert first["fields"]["taken"]["at"] == "2026-02-12T08:44:19.000000Z"
    assert first["fields"]["taken_raw"] == "2026:02:12 10:41:07"
    assert "-3m12s ±4s" in fieldkit.done("photos", "clock").out
    fieldkit.done("photos", "clock", "0042", "--use", "none")
    first, _ = fieldkit.done("photos", "list", "--json").document
    assert first["fields"]["taken"]["at"] == "2026-02-12T08:41:07.000000Z"


def test_what_the_camera_shows_is_stated_as_read(fieldkit: Fieldkit, taken_in: None) -> None:
    read = ["--shows", "23:59:50", "--at", "2026-02-12T22:00:10Z", "--zone", "+02:00"]
    (known,) = fieldkit.done("photos", "clock", "0042", *read, "--json").document
    assert known["used"]["ahead_s"] == -20


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--offset", "5s"], "which camera?"),
        (["0042", "--offset", "5"], "no length of time"),
        (["0042", "--offset", "5s", "--use", "gps"], "exclude each other"),
        (["0042", "--at", "10:00"], "--at says when"),
        (["0042", "--zone", "Mars/Olympus"], "no zone"),
        (["A-P-0001"], "not a camera"),
    ],
)
def test_what_is_not_understood_is_told(
    fieldkit: Fieldkit, taken_in: None, arguments: list[str], said: str
) -> None:
    answer = fieldkit("photos", "clock", *arguments)
    assert answer.code == 2
    assert said in answer.err


def test_a_clock_that_nothing_is_known_of_is_refused(fieldkit: Fieldkit, taken_in: None) -> None:
    assert fieldkit("photos", "clock", "0042", "--use", "qr").code == 7


def test_the_code_on_the_screen_is_the_time_now(fieldkit: Fieldkit, mission: Path, tmp_path: Path) -> None:
    file = tmp_path / "clock.png"
    before = datetime.now(UTC).replace(microsecond=0)
    told = fieldkit.done("photos", "clock-qr", "--png", file)
    assert "photograph it at once" in told.err
    with Vault.open(mission, PASSPHRASE) as vault:
        read = read_code(file.read_bytes(), vault.mission_id)
    assert read is not None
    assert before <= read <= datetime.now(UTC)
    blocks = fieldkit.done("photos", "clock-qr", "--once").out
    assert {"█", "▀", "▄"} <= set(blocks)
    assert len({len(line) for line in blocks.splitlines()}) == 1


@pytest.mark.parametrize("options", [["--each-second"], ["--each-second", "--once", "--png", "clock.png"]])
def test_writing_each_second_is_for_pictures(fieldkit: Fieldkit, mission: Path, options: list[str]) -> None:
    assert fieldkit("photos", "clock-qr", *options).code == 2


def test_doubtful_times_are_told_of(fieldkit: Fieldkit, mission: Path, tmp_path: Path) -> None:
    file = tmp_path / "DSC_0001.JPG"
    file.write_bytes(photos.sound_jpeg(exif=photos.camera_exif(taken="1998:01:01 00:00:00", serial="77001")))
    fieldkit.done("photos", "ingest", file)
    assert "DOUBTFUL: the times of 1 photos" in fieldkit.done("photos", "clock", "77001").out
    (known,) = fieldkit.done("photos", "clock", "77001", "--json").document
    assert list(known["doubted"].values()) == [1]
