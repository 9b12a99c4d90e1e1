"""What is still open before a day is closed, from the command line."""

from __future__ import annotations

from pathlib import Path

from fieldkit.capture.intake import ingest
from fieldkit.vault.vault import Vault
from tests.bad.photos import sound_jpeg
from tests.cli.conftest import PASSPHRASE, Fieldkit


def test_what_is_open_is_listed_with_the_records_it_counts(fieldkit: Fieldkit, mission: Path) -> None:
    assert fieldkit.done("day", "check", "--fail").out == "Nothing is open.\n"
    access = fieldkit.done("add", "access", "requested=09:00").numbers[0]
    seal = fieldkit.done("add", "seal", "number=UN-7", "occurred=2020-01-01 10:00").numbers[0]
    found = fieldkit("day", "check", "--fail")
    assert found.code == 1
    assert f"1 access not answered: {access}" in found.out
    assert f"1 seal to be looked at: {seal}" in found.out
    listed = {each["open"]: each["records"] for each in fieldkit.done("day", "check", "--json").document}
    assert listed == {"access": [access], "seals": [seal]}


def test_a_lapsed_calibration_and_a_time_to_come_are_recorded_and_told(
    fieldkit: Fieldkit, mission: Path
) -> None:
    measured = (
        "measurement",
        "quantity=mass",
        "value=5.2 ± 0.1 kg (k=2)",
        "occurred=2026-02-12 23:30 -05:00",
    )
    fieldkit.done("add", *measured, "calibration_due=2026-02-12")
    lapsed = fieldkit.done("add", *measured, "calibration_due=2026-02-11").numbers[0]
    ahead = fieldkit.done("add", "observation", "basis=seen", "text=x", "occurred=2199-02-12 10:00").numbers[
        0
    ]
    found = fieldkit.done("day", "check").out
    assert f"1 measurement with an instrument past its calibration: {lapsed}" in found
    assert f"1 record that lies in the future: {ahead}" in found


def test_a_count_that_disagrees_with_the_declaration_is_open(
    fieldkit: Fieldkit, mission: Path, tmp_path: Path
) -> None:
    declared = tmp_path / "list.csv"
    declared.write_text("Line,Item,Serial,Quantity\n1,Gyroscope,447108,1\n2,Gyroscope,447101,1\n", "utf-8")
    fieldkit.done("inventory", "load", declared)
    fieldkit.done("inventory", "count", "447108", "status=not_found")
    listed = {each["open"]: each["count"] for each in fieldkit.done("day", "check", "--json").document}
    assert listed == {"uncounted": 1, "unmatched": 1}


def test_the_sheet_covers_commitments_to_photos_for_which_there_was_no_time_before(
    fieldkit: Fieldkit, mission: Path, tmp_path: Path
) -> None:
    for number in (1, 2):
        (tmp_path / f"DSC_{number:04d}.JPG").write_bytes(sound_jpeg(seed=number))
    with Vault.open(mission, PASSPHRASE) as vault:
        ingest(vault, [tmp_path / "DSC_0001.JPG"])
    closed = fieldkit.done("day", "close", "--json")
    assert "Committed to the pixels of 1 new photos." in closed.err
    with Vault.open(mission, PASSPHRASE) as vault:
        assert "tiles" in vault.get("A-P-0001").doc
        assert closed.document["heads"][0]["size"] == vault.own_log.size
    taken = fieldkit.done("photos", "ingest", tmp_path / "DSC_0002.JPG", "--json").document
    assert taken["committed"] == 1
    assert "Committed" not in fieldkit.done("day", "close").err
