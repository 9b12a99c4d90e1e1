"""Pictures held, redacted, proven and given, from the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bad.photos import camera_exif, sound_jpeg
from tests.cli.conftest import Fieldkit


@pytest.fixture
def taken(fieldkit: Fieldkit, mission: Path, tmp_path: Path) -> list[str]:
    """Four photos of the host's camera, and somebody of the host."""
    card = tmp_path / "CARD"
    card.mkdir()
    for number in range(1, 5):
        exif = camera_exif(taken=f"2026:02:12 10:{number:02d}:00", serial="WP5GA001234")
        (card / f"DSCN{number:04d}.JPG").write_bytes(sound_jpeg(400, 300, seed=number, exif=exif))
    fieldkit.done("add", "person", "name=Maj. Salem", "party=host")
    return fieldkit.done("photos", "ingest", card, "--owner", "host", "--json").document["photos"]


def states(fieldkit: Fieldkit) -> dict[str, str]:
    return {
        view["number"]: view["fields"]["state"] for view in fieldkit.done("photos", "list", "--json").document
    }


def test_states_change_by_runs_and_the_log_has_no_gap(fieldkit: Fieldkit, taken: list[str]) -> None:
    answer = fieldkit.done(
        "photos",
        "hold",
        "A-P-0001..0003",
        "--reason",
        "to be looked through",
        "--by",
        "Maj. Salem",
        "--when",
        "17:50",
    )
    assert answer.out.splitlines() == [f"A-P-000{n}  held" for n in (1, 2, 3)]
    assert "Photo log: 4 frames (3 held, 1 taken)" in answer.err
    fieldkit.done("photos", "release", "A-P-0001,A-P-0002", "--reason", "looked through")
    fieldkit.done("photos", "withhold", "a-p-3", "--reason", "wiring of the gate")
    told = fieldkit.done(
        "photos", "placeholder", "--count", "14", "--reason", "not handed over", "--json"
    ).document
    assert [one["number"] for one in told][::13] == ["A-P-0005", "A-P-0018"]
    assert list(states(fieldkit).values()).count("held") == 14
    assert fieldkit("photos", "release", "A-P-0005", "--reason", "x").code == 7
    assert fieldkit("photos", "hold", "A-P-0001..0900", "--reason", "x").code == 2
    assert fieldkit("photos", "hold", "A-P-0001").code == 2


def test_a_frame_is_received(fieldkit: Fieldkit, taken: list[str], tmp_path: Path) -> None:
    fieldkit.done("photos", "placeholder", "--count", "1", "--reason", "not handed over", "--subject", "Gate")
    file = tmp_path / "HST_1.JPG"
    file.write_bytes(sound_jpeg(seed=77))
    fieldkit.done("photos", "receive", "A-P-0005", file, "--reason", "on a second card")
    assert states(fieldkit)["A-P-0005"] == "released"


def test_captions_and_links_by_run(fieldkit: Fieldkit, taken: list[str]) -> None:
    shown = fieldkit.done(
        "photos", "caption", "A-P-0001..0002", "A-P-0004", "Stand {n} of {of}", "--dry-run"
    ).out
    assert shown.splitlines()[-1] == "A-P-0004  Stand 3 of 3"
    assert "caption" not in fieldkit.done("show", "A-P-0001", "--json").document["fields"]
    fieldkit.done("photos", "caption", "A-P-0001..0004", "Group {group}, {n}", "--gap", "90s")
    assert fieldkit.done("show", "A-P-0004", "--json").document["fields"]["caption"] == "Group 1, 4"
    fieldkit.done("add", "observation", "basis=seen", "text=Gate locked")
    (seen,) = fieldkit.done("list", "observation", "--json").document
    assert "4 of 4" in fieldkit.done("photos", "link", "A-P-0001..0004", "--observation", seen["number"]).out
    assert fieldkit("photos", "caption", "A-P-0001", "{secret}").code == 2


def test_from_redaction_to_a_proof_that_needs_no_vault(
    fieldkit: Fieldkit, taken: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "Committed" not in fieldkit.done("day", "close").err
    assert fieldkit.done("photos", "commit", "--json").document == {"committed": [], "left_out": []}
    done = fieldkit.done(
        "photos", "redact", "A-P-0002", "--box", "10,10,30,30", "--reason", "badge", "--json"
    ).document
    assert (done["number"], done["original"]) == ("A-P-0005", "A-P-0002")
    assert done["boxes"] == [{"x": 0, "y": 0, "width": 48, "height": 48}]
    assert states(fieldkit)["A-P-0002"] == "withheld"
    again = fieldkit.done("photos", "redact", "A-P-0002", "--box", "10,10,60,30", "--reason", "badge")
    assert "A-P-0005: an earlier redacted copy" in again.err
    fieldkit.done("photos", "prove", "A-P-0005", tmp_path / "proof")
    bundle = fieldkit.done("export", tmp_path / "bundles").out.strip()
    monkeypatch.delenv("FIELDKIT_MISSION")
    monkeypatch.delenv("FIELDKIT_PASSPHRASE_FILE")
    answer = fieldkit("photos", "check-tiles", tmp_path / "proof", "--bundle", bundle)
    assert answer.code == 0, answer.out + answer.err
    assert "3 of 4 proven" in answer.out
    assert "its journal holds this very entry" in answer.out
    tile = tmp_path / "proof" / "tiles" / "00002.png"
    tile.write_bytes((tmp_path / "proof" / "tiles" / "00003.png").read_bytes())
    forged = fieldkit("photos", "check-tiles", tmp_path / "proof")
    assert forged.code == 3
    assert "00002.png" in forged.out


def test_a_bundle_carries_the_copy_and_not_the_original(
    fieldkit: Fieldkit, taken: list[str], tmp_path: Path
) -> None:
    fieldkit.done("photos", "redact", "A-P-0002", "--box", "10,10,30,30", "--reason", "badge")
    fieldkit.done("photos", "hold", "A-P-0003", "--reason", "to be looked through")
    digests = {
        view["number"]: view["fields"]["sha256"]
        for view in fieldkit.done("photos", "list", "--json").document
    }
    bundle = Path(fieldkit.done("export", tmp_path / "bundles").out.strip())
    there = {path.stem for path in (bundle / "data" / "media").iterdir()}
    assert there == {digests[number] for number in ("A-P-0001", "A-P-0004", "A-P-0005")}
    assert "The files are what the seal says" in fieldkit("verify", bundle).out


def test_what_leaves_in_the_clear_is_said(fieldkit: Fieldkit, taken: list[str], tmp_path: Path) -> None:
    for arguments in (
        ("sheet", tmp_path / "sheet.html"),
        ("export", "A-P-0001..0002", tmp_path / "out"),
    ):
        assert "not encrypted" in fieldkit.done("photos", *arguments).err
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "A-P-0001_DSCN0001.jpg", "A-P-0002_DSCN0002.jpg",
    ]  # fmt: skip
    assert fieldkit("photos", "sheet", tmp_path / "sheet.html").code == 2


def test_the_hosts_set_is_made_searched_and_logged(
    fieldkit: Fieldkit, taken: list[str], tmp_path: Path
) -> None:
    fieldkit.done("photos", "release", "A-P-0001..0003", "--reason", "looked through", "--by", "Maj. Salem")
    refused = fieldkit("photos", "release-set", tmp_path / "set", "--to", "Maj. Salem", "--forbid", "looked")
    assert refused.code == 7
    assert not (tmp_path / "set").exists()
    done = fieldkit.done("photos", "release-set", tmp_path / "set", "--to", "Maj. Salem", "--json")
    assert len(done.document["files"]) == 3
    assert "not encrypted" in done.err
    assert (tmp_path / "set" / "redaction-log.html").is_file()
    assert len(fieldkit.done("show", done.document["handout"], "--json").document["fields"]["files"]) == 3
    given = fieldkit.done(
        "photos", "give", "A-P-0004", "--to", "Maj. Salem", "--medium", "USB stick", "--json"
    )
    assert given.document["files"][0]["photo"]
    fieldkit.done("photos", "withhold", "A-P-0004", "--reason", "gate")
    assert fieldkit("photos", "give", "A-P-0004", "--to", "Maj. Salem").code == 7
