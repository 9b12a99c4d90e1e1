"""Taking in a card: every original kept, nothing twice, nothing lost when it breaks off, a receipt that checks."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from fieldkit.capture.intake import GROUP, Progress, ingest
from fieldkit.errors import UsageError
from fieldkit.vault.recording import Add
from fieldkit.vault.vault import Vault
from tests.bad import photos
from tests.shared_data import shared_data
from tests.vault.missions import PASSPHRASE


@pytest.fixture
def card(tmp_path: Path) -> Path:
    """A card with five sound photos of one camera, numbered 1, 2, 3, 5, 6."""
    folder = tmp_path / "NIKON" / "DCIM" / "100NIKON"
    folder.mkdir(parents=True)
    for number in (1, 2, 3, 5, 6):
        exif = photos.camera_exif(taken=f"2026:02:12 10:4{number}:00", position=(32.5, 13.25))
        (folder / f"DSCN{number:04d}.JPG").write_bytes(photos.sound_jpeg(seed=number, exif=exif))
    return tmp_path / "NIKON"


def files_of(card: Path) -> list[Path]:
    return sorted(path for path in card.rglob("*") if path.is_file())


def kept_bytes(vault: Vault) -> set[str]:
    """SHA-256 of every original as it can be read back; an empty one has no parts to read."""
    media = [vault.get(str(view.doc["media"])).doc for view in vault.list("photo")]
    return {
        hashlib.sha256(b"".join(vault.media.open(doc)) if doc["size"] else b"").hexdigest() for doc in media
    }


def test_every_photo_is_kept_byte_for_byte_and_described(vault: Vault, card: Path) -> None:
    receipt = ingest(vault, [card], owner="host")
    assert (receipt.files, receipt.kept, receipt.finished) == (5, 5, True)
    assert kept_bytes(vault) == {hashlib.sha256(path.read_bytes()).hexdigest() for path in files_of(card)}
    first = next(vault.list("photo"))
    assert first.doc["file_name"] == "DCIM/100NIKON/DSCN0001.JPG"
    assert first.doc["taken_raw"] == "2026:02:12 10:41:00"
    assert first.doc["taken"] == {"at": "2026-02-12T08:41:00.000000Z", "offset": "+02:00", "source": "clock"}
    assert "the camera states" in str(first.doc["taken_method"])
    assert first.doc["position"] == {"lat": "32.5", "lon": "13.25", "source": "exif"}
    assert (first.doc["width"], first.doc["height"], first.doc["camera_owner"]) == (640, 480, "host")
    assert vault.thumbnail(str(first.doc["sha256"]))


def test_the_receipt_stands_in_the_record_and_can_be_checked_with_stock_tools(
    vault: Vault, card: Path
) -> None:
    receipt = ingest(vault, [card])
    record = vault.get(receipt.intake).doc
    assert (record["source"], record["files"], record["kept"]) == ("NIKON", 5, 5)
    assert record["gaps"] == ["1 frame missing, 0004, between DSCN0003 and DSCN0005"]
    assert record["finished"]
    stock = subprocess.run(
        ["bash", "-c", 'sha256sum "$@" | cut -c1-64 | LC_ALL=C sort | sha256sum', "_", *files_of(card)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert stock.stdout.split()[0] == receipt.digest == record["receipt_sha256"]


def test_a_second_intake_of_the_same_card_keeps_nothing_twice(vault: Vault, card: Path) -> None:
    ingest(vault, [card])
    before = vault.count("photo"), vault.count("media"), vault.count("camera")
    again = ingest(vault, [card])
    assert again.kept == 0
    assert len(again.duplicates) == 5
    assert {vault.get(duplicate.same_as).kind for duplicate in again.duplicates} == {"photo"}
    assert (vault.count("photo"), vault.count("media"), vault.count("camera")) == before
    assert len(vault.get(again.intake).doc["duplicates"]) == 5  # type: ignore[arg-type]


def test_the_same_bytes_under_two_names_on_one_card_are_one_photo(vault: Vault, card: Path) -> None:
    data = files_of(card)[0].read_bytes()
    (card / "COPY0001.JPG").write_bytes(data)
    receipt = ingest(vault, [card])
    assert (receipt.kept, len(receipt.duplicates)) == (5, 1)
    assert len(receipt.photos) == vault.count("photo") == 5


def test_one_name_with_other_bytes_is_another_photo(vault: Vault, card: Path, tmp_path: Path) -> None:
    ingest(vault, [card])
    other = tmp_path / "OTHER" / "DCIM" / "100NIKON"
    other.mkdir(parents=True)
    (other / "DSCN0001.JPG").write_bytes(photos.sound_jpeg(seed=77))
    assert ingest(vault, [tmp_path / "OTHER"]).kept == 1
    assert vault.count("photo") == 6


@pytest.mark.parametrize("build", photos.EVERY_DAMAGED, ids=lambda build: build.__name__)
def test_a_damaged_file_is_kept_told_and_stops_nothing(vault: Vault, card: Path, build: object) -> None:
    data = build()  # type: ignore[operator]
    (card / "DCIM" / "100NIKON" / "DSCN0004.JPG").write_bytes(data)
    receipt = ingest(vault, [card])
    assert receipt.kept == 6
    (damaged,) = receipt.damaged
    assert damaged.name == "DCIM/100NIKON/DSCN0004.JPG"
    assert damaged.sha256 == hashlib.sha256(data).hexdigest()
    assert damaged.sha256 in kept_bytes(vault)
    (photo,) = vault.find("photo", "sha256", damaged.sha256)
    assert photo.doc["damaged"] == damaged.problem
    assert vault.get(receipt.intake).doc["damaged"] == [
        {"name": damaged.name, "problem": damaged.problem, "sha256": damaged.sha256}
    ]


def test_odd_metadata_is_kept_apart_from_damage(vault: Vault, tmp_path: Path) -> None:
    folder = tmp_path / "ODD"
    folder.mkdir()
    for number, build in enumerate(photos.EVERY_ODD):
        (folder / f"ODD_{number:04d}.JPG").write_bytes(build())
    receipt = ingest(vault, [folder])
    assert (receipt.kept, receipt.damaged) == (len(photos.EVERY_ODD), [])


def test_a_file_that_cannot_be_read_is_told_and_stops_nothing(
    vault: Vault, card: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.open

    def failing(path: object, flags: int, *rest: int, **named: int) -> int:
        if str(path).endswith("DSCN0003.JPG"):
            raise OSError(5, "Input/output error", path)
        return real(path, flags, *rest, **named)  # type: ignore[arg-type]

    monkeypatch.setattr("fieldkit.capture.card.os.open", failing)
    receipt = ingest(vault, [card])
    assert receipt.kept == 4
    assert [(d.name, d.problem, d.sha256) for d in receipt.damaged] == [
        ("DCIM/100NIKON/DSCN0003.JPG", "cannot be read: input/output error", "")
    ]


def test_a_camera_is_recorded_once_and_told_apart_without_a_serial(vault: Vault, tmp_path: Path) -> None:
    folder = tmp_path / "MIXED"
    folder.mkdir()
    nameless = photos.camera_exif(serial=None)
    for number, exif in enumerate(
        [photos.camera_exif(), photos.camera_exif(serial="0043"), nameless, nameless]
    ):
        (folder / f"IMG_{number:04d}.JPG").write_bytes(photos.sound_jpeg(seed=number, exif=exif))
    receipt = ingest(vault, [folder])
    assert len(receipt.cameras) == vault.count("camera") == 3
    (without,) = [view for view in vault.list("camera") if "serial" not in view.doc]
    assert without.doc["fingerprint"] == "Example Optics / EX-1 / IMG_"
    assert "No serial number" in str(without.doc["remark"])


def test_a_time_without_offset_is_said_to_be_assumed(vault: Vault, tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(photos.sound_jpeg(exif=photos.camera_exif(offset=None)))
    ingest(vault, [tmp_path / "a.jpg"])
    assert "assumed" not in str(next(vault.list("photo")).doc["taken_raw"])
    assert "zone of this laptop" in str(next(vault.list("photo")).doc["taken_method"])


def test_the_operator_is_named_by_name_or_number(vault: Vault, card: Path) -> None:
    vault.record([Add("person", {"name": "H. Okoye", "party": "host", "role": "escort"})])
    receipt = ingest(vault, [card], operator="H. Okoye")
    person = vault.person("H. Okoye")
    assert {view.doc["operator"] for view in vault.list("photo")} == {person}
    assert vault.get(receipt.intake).doc["operator"] == person
    with pytest.raises(UsageError):
        ingest(vault, [card], operator="Nobody")


def test_a_folder_without_photos_is_refused(vault: Vault, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "notes.txt").write_text("x")
    with pytest.raises(UsageError, match="no photo"):
        ingest(vault, [tmp_path / "empty"])
    assert vault.count("intake") == 0


def test_what_was_acknowledged_counts_after_a_cancelled_intake_which_then_goes_on(
    vault: Vault, card: Path
) -> None:
    for number in range(7, 7 + GROUP):
        (card / "DCIM" / "100NIKON" / f"DSCN{number:04d}.JPG").write_bytes(photos.sound_jpeg(seed=number))
    told: list[Progress] = []
    broken = ingest(vault, [card], progress=told.append, cancel=lambda: bool(told))
    assert not broken.finished
    assert 0 < broken.kept == told[-1].kept <= GROUP
    assert vault.count("photo") == told[-1].kept
    whole = ingest(vault, [card])
    assert whole.intake == broken.intake
    assert (whole.kept, whole.resumed, whole.duplicates) == (5 + GROUP, broken.kept, [])
    assert vault.count("photo") == 5 + GROUP
    assert {view.doc["intake"] for view in vault.list("photo")} == {whole.intake}
    assert vault.count("intake") == 1


_KILLED = textwrap.dedent(
    """
    import os, signal, sys
    from pathlib import Path
    from fieldkit.capture.intake import ingest
    from fieldkit.vault.vault import Vault

    def told(progress):
        print(progress.kept, flush=True)
        if progress.kept >= int(sys.argv[4]):
            os.kill(os.getpid(), signal.SIGKILL)

    ingest(Vault.open(Path(sys.argv[1]), sys.argv[2]), [Path(sys.argv[3])], progress=told)
    """
)


@pytest.mark.skipif(os.name == "nt", reason="needs SIGKILL")
def test_acknowledged_photos_survive_being_killed_and_the_intake_goes_on(
    vault: Vault, tmp_path: Path
) -> None:
    card = tmp_path / "BIG"
    card.mkdir()
    for number in range(1, 31):
        (card / f"DSCN{number:04d}.JPG").write_bytes(photos.sound_jpeg(seed=number))
    vault.close()
    folder = tmp_path / "mission"
    killed = subprocess.run(
        [sys.executable, "-c", _KILLED, folder, PASSPHRASE, card, "7"],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    acknowledged = int(killed.stdout.split()[-1])
    assert acknowledged >= 7
    with Vault.open(folder, PASSPHRASE) as again:
        assert acknowledged <= again.count("photo") < 30
        assert len(kept_bytes(again)) == again.count("photo")
        receipt = ingest(again, [card])
        assert (receipt.kept, receipt.duplicates, again.count("photo")) == (30, [], 30)
        assert receipt.resumed >= acknowledged
        assert again.count("intake") == 1


@pytest.mark.shared_data
def test_a_folder_of_real_photos_is_taken_in(vault: Vault) -> None:
    receipt = ingest(vault, [shared_data("photos")], owner="team")
    assert receipt.kept == receipt.files
    assert receipt.damaged == []
    assert vault.count("camera") == len(receipt.cameras) > 10
