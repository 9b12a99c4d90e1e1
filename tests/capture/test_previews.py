"""The quick look of an intake and the second look after it: what each shows, finds, and how it goes on."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from fieldkit.capture.intake import ingest
from fieldkit.capture.pictures import examine, glance, quiet_decoders
from fieldkit.capture.previews import DIFFERS, improve, pending
from fieldkit.vault.vault import Vault
from tests.bad import photos


def size_of(vault: Vault, number: str) -> tuple[int, int]:
    small = vault.thumbnail(str(vault.get(number).doc["sha256"]))
    assert small
    with Image.open(io.BytesIO(small)) as image:
        return image.size


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    with quiet_decoders():
        yield


@pytest.fixture
def card(tmp_path: Path) -> Path:
    """Ten ordinary photos with embedded small pictures, one wide."""
    folder = tmp_path / "CARD"
    folder.mkdir()
    for number in range(1, 10):
        (folder / f"DSCN{number:04d}.JPG").write_bytes(photos.camera_jpeg(640, 480, seed=number))
    (folder / "DSCN0010.JPG").write_bytes(photos.camera_jpeg(1600, 900, seed=10))
    return folder


def corrupt(data: bytes) -> bytes:
    """The same file with its ends whole and the scan in between overwritten with an end mark and rubbish."""
    scan = data.rindex(b"\xff\xda")
    return data[: scan + 40] + b"\xff\xd8\xff\xc0\0\x0b" + data[scan + 40 : scan + 60] + b"\xff\xd9"


def test_a_glance_says_what_a_whole_look_says() -> None:
    for width, height in ((1600, 1200), (1600, 900), (1200, 1600), (1500, 1000)):
        data = photos.camera_jpeg(width, height)
        quick, whole = glance(data, "a.jpg"), examine(data, "a.jpg")
        assert quick is not None
        assert (quick.taken, quick.camera, quick.fix) == (whole.taken, whole.camera, whole.fix)
        assert (quick.width, quick.height) == (whole.width, whole.height)
        assert (int(quick.dhash, 16) ^ int(whole.dhash, 16)).bit_count() <= 10
        with Image.open(io.BytesIO(quick.thumbnail)) as small:
            assert abs(small.width / small.height - width / height) < 0.05


@pytest.mark.parametrize(
    "build", [*photos.EVERY_DAMAGED, *photos.EVERY_ODD], ids=lambda build: build.__name__
)
def test_no_glance_at_what_needs_a_whole_look(build: object) -> None:
    assert glance(build(), "a.jpg") is None  # type: ignore[operator]


def test_a_photo_cut_short_is_not_taken_for_whole() -> None:
    data = photos.camera_jpeg()
    for share in (0.3, 0.7, 0.999):
        assert glance(data[: int(len(data) * share)], "a.jpg") is None


def test_small_pictures_come_first_and_better_ones_after(vault: Vault, card: Path) -> None:
    ingest(vault, [card])
    assert (size_of(vault, "A-P-0001"), size_of(vault, "A-P-0010")) == ((160, 120), (160, 90))
    assert len(pending(vault)) == 10
    before = vault.own_log.size
    found = improve(vault)
    assert (found.done, found.damaged, found.changed, found.finished) == (10, {}, [], True)
    assert (size_of(vault, "A-P-0001"), size_of(vault, "A-P-0010")) == ((320, 240), (320, 180))
    assert vault.own_log.size == before
    assert pending(vault) == []


def test_a_second_look_that_was_stopped_is_gone_on_with(vault: Vault, card: Path) -> None:
    ingest(vault, [card])
    first = improve(vault, cancel=lambda: True)
    assert not first.finished
    assert 0 < first.done < 10
    assert len(pending(vault)) == 10 - first.done
    assert improve(vault).done == 10 - first.done


def test_a_photo_that_was_changed_after_it_was_taken_is_noted(vault: Vault, tmp_path: Path) -> None:
    folder = tmp_path / "CARD"
    folder.mkdir()
    (folder / "DSCN0001.JPG").write_bytes(photos.camera_jpeg(seed=1, small_seed=11))
    ingest(vault, [folder])
    assert improve(vault).changed == ["A-P-0001"]
    photo = vault.get("A-P-0001")
    assert photo.doc["remark"] == DIFFERS
    assert "damaged" not in photo.doc


def test_every_photo_with_damaged_data_is_named_by_the_second_look_and_no_other(
    vault: Vault, tmp_path: Path
) -> None:
    folder = tmp_path / "CARD"
    folder.mkdir()
    for number, build in enumerate(photos.EVERY_DAMAGED_WITHIN):
        data = build()
        if "header" not in build.__name__:
            assert glance(data, "a.jpg") is not None
        (folder / f"DSCN{number:04d}.JPG").write_bytes(data)
    for number in range(4):
        (folder / f"SOUND{number:03d}.JPG").write_bytes(photos.grainy_jpeg(seed=number + 20))
    damaged = {damaged.name for damaged in ingest(vault, [folder]).damaged}
    for number in improve(vault).damaged:
        damaged.add(str(vault.get(number).doc["file_name"]))
    assert damaged == {f"DSCN{number:04d}.JPG" for number in range(len(photos.EVERY_DAMAGED_WITHIN))}


@pytest.mark.parametrize("edge", [240, 400])
def test_a_large_embedded_picture_does_not_stand_for_a_look_at_the_pixels(
    vault: Vault, tmp_path: Path, edge: int
) -> None:
    folder = tmp_path / "CARD"
    folder.mkdir()
    (folder / "PXL_0001.JPG").write_bytes(photos.cluster_of_another_photo_within(edge))
    assert ingest(vault, [folder]).damaged == []
    assert list(improve(vault).damaged) == ["A-P-0001"]


def test_a_few_bytes_too_many_are_noted_not_called_damage(vault: Vault, tmp_path: Path) -> None:
    folder = tmp_path / "CARD"
    folder.mkdir()
    (folder / "DSCN0001.JPG").write_bytes(photos.padded_before_its_end())
    ingest(vault, [folder])
    assert improve(vault).damaged == {}
    assert "bytes too many before its end" in str(vault.get("A-P-0001").doc["remark"])


def test_damage_in_the_pixels_is_found_by_the_second_look(vault: Vault, tmp_path: Path) -> None:
    folder = tmp_path / "CARD"
    folder.mkdir()
    (folder / "DSCN0001.JPG").write_bytes(corrupt(photos.camera_jpeg()))
    receipt = ingest(vault, [folder])
    found = improve(vault)
    assert receipt.damaged == []
    assert list(found.damaged) == ["A-P-0001"]
    assert vault.get("A-P-0001").doc["damaged"] == found.damaged["A-P-0001"]
    assert pending(vault) == []
