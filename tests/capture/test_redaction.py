"""A redacted copy tells nothing of what was blacked out, and nothing beside its pixels."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path

import pytest
from PIL import Image, ImageCms, ImageDraw

from fieldkit.capture.custody import original, photos, placeholders
from fieldkit.capture.decoding import upright
from fieldkit.capture.intake import ingest
from fieldkit.capture.redaction import Box, blacked_out, check_copy, foreign_parts, redact
from fieldkit.errors import AlteredError, RefusedError, UnreadableError, UsageError
from fieldkit.vault.vault import Vault
from tests.bad.photos import (
    camera_exif,
    png_of_400_megapixels,
    sound_jpeg,
    text_named_jpg,
    turned_with_a_unit_that_is_a_text,
)
from tests.bad.raws import nef

WORDS = (b"EX-1", b"0042", b"Example Optics", b"Planted comment", b"Exif", b"ICC_PROFILE", b"xmp")


@pytest.fixture
def pathological() -> bytes:
    """A photo with everything that leaks: EXIF with an embedded picture, position, profile, XMP, comment, a tail, rotation."""
    exif = camera_exif(orientation=6, position=(32.8, 13.1))
    image = Image.open(io.BytesIO(sound_jpeg(640, 480)))
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    out = io.BytesIO()
    image.save(
        out,
        "JPEG",
        quality=92,
        exif=exif,
        icc_profile=profile,
        comment=b"Planted comment",
        xmp=b"<xmp>serial</xmp>",
    )
    return out.getvalue() + sound_jpeg(64, 64) + b"Planted comment"


def taken_in(vault: Vault, tmp_path: Path, data: bytes, name: str = "DSC_0001.JPG") -> str:
    card = tmp_path / "card"
    card.mkdir(exist_ok=True)
    (card / name).write_bytes(data)
    return ingest(vault, [card / name]).photos[0]


def test_only_pixels_travel(vault: Vault, tmp_path: Path, pathological: bytes) -> None:
    number = taken_in(vault, tmp_path, pathological)
    done = redact(vault, number, [Box(100, 60, 30, 20)], "badge of a bystander")
    copy = original(vault, vault.get(done.id))
    assert foreign_parts(copy) == []
    assert not [word for word in WORDS if word.lower() in copy.lower()]
    assert hashlib.sha256(copy).hexdigest() == done.sha256 == vault.get(done.id).doc["sha256"]
    with Image.open(io.BytesIO(copy)) as image:
        assert image.size == (480, 640)
        assert set(image.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}


def test_boxes_grow_to_whole_blocks_and_are_even_black(
    vault: Vault, tmp_path: Path, pathological: bytes
) -> None:
    number = taken_in(vault, tmp_path, pathological)
    done = redact(vault, number, [Box(100, 60, 30, 20), Box(470, 630, 10, 10)], "badges")
    assert [str(box) for box in done.boxes] == ["96,48,48,32", "464,624,16,16"]
    with Image.open(io.BytesIO(original(vault, vault.get(done.id)))) as image:
        for box in done.boxes:
            left, top, right, bottom = box.corners
            assert image.crop((left + 2, top + 2, right - 2, bottom - 2)).getextrema() == ((0, 0),) * 3
    untouched = upright(pathological).crop((0, 0, 80, 40))
    with Image.open(io.BytesIO(original(vault, vault.get(done.id)))) as image:
        mean = sum(
            abs(a - b) for a, b in zip(image.crop((0, 0, 80, 40)).tobytes(), untouched.tobytes(), strict=True)
        )
    assert mean / (80 * 40 * 3) < 12


def test_the_copy_is_a_photo_and_its_original_is_withheld(vault: Vault, tmp_path: Path) -> None:
    number = taken_in(vault, tmp_path, sound_jpeg())
    host = vault.get("A-0001").id
    done = redact(vault, number, [Box(0, 0, 16, 16)], "wiring of the gate", by=host)
    (copy, first) = photos(vault, [done.number, number])
    assert (copy.doc["state"], first.doc["state"]) == ("redacted", "withheld")
    assert copy.doc["derivative_of"] == first.id
    assert copy.doc["state_reason"] == "wiring of the gate"
    assert copy.doc["state_by"] == host
    assert "Pillow" in copy.doc["decoder"]
    assert copy.doc["boxes"] == [{"x": 0, "y": 0, "width": 16, "height": 16}]
    assert vault.thumbnail(str(copy.doc["sha256"]))
    assert "camera" not in copy.doc


def test_a_second_copy_tells_of_the_first_and_a_copy_is_not_redacted_again(
    vault: Vault, tmp_path: Path
) -> None:
    number = taken_in(vault, tmp_path, sound_jpeg())
    first = redact(vault, number, [Box(0, 0, 16, 16)], "gate")
    second = redact(vault, number, [Box(0, 0, 64, 16)], "more of the gate")
    assert (first.others, second.others) == ((), (first.number,))
    with pytest.raises(RefusedError, match="itself a redacted copy"):
        redact(vault, first.number, [Box(0, 0, 16, 16)], "again")


def test_what_cannot_be_redacted_leaves_nothing_behind(vault: Vault, tmp_path: Path) -> None:
    number = taken_in(vault, tmp_path, sound_jpeg())
    before = vault.count()
    for boxes in ([], [Box(630, 0, 20, 20)]):
        with pytest.raises(UsageError):
            redact(vault, number, boxes, "x")
    damaged = taken_in(vault, tmp_path, sound_jpeg(seed=4)[:9000], "DSC_0002.JPG")
    with pytest.raises(UnreadableError):
        redact(vault, damaged, [Box(0, 0, 16, 16)], "x")
    assert vault.count("photo") == 2
    assert vault.get(number).doc["state"] == "taken"
    assert before < vault.count()


def test_the_small_picture_in_a_raw_file_is_not_taken_for_the_photo(vault: Vault, tmp_path: Path) -> None:
    number = taken_in(vault, tmp_path, nef(), "DSC_0001.NEF")
    with pytest.raises(UnreadableError, match="no pixels to be had"):
        redact(vault, number, [Box(0, 0, 20, 20)], "x")
    assert (vault.count("photo"), vault.get(number).doc["state"]) == (1, "taken")


@pytest.mark.parametrize("text", ["1,2,3", "1,2,0,4", "-1,2,3,4", "a,b,c,d", "", "1,2,3,4,5"])
def test_what_is_no_box_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        Box.parse(text)


@pytest.mark.parametrize("data", [text_named_jpg(), png_of_400_megapixels(), b"", b"\xff\xd8\xff"])
def test_hostile_files_are_refused_in_words(data: bytes) -> None:
    with pytest.raises(UnreadableError):
        upright(data)


@pytest.mark.parametrize("leak", ["exif", "comment", "tail", "second", "thumbnail", "adobe"])
def test_the_check_finds_each_leak(leak: str) -> None:
    clean = blacked_out(Image.new("RGB", (64, 64), "red"), [Box(0, 0, 16, 16)])
    check_copy(clean, [Box(0, 0, 16, 16)])
    spoiled = {
        "exif": clean[:2] + b"\xff\xe1\0\x08Exif\0\0" + clean[2:],
        "comment": clean[:2] + b"\xff\xfe\0\x06word" + clean[2:],
        "tail": clean + b"tail",
        "second": clean + clean,
        "thumbnail": clean[:2] + b"\xff\xe0\0\x13JFIF\0\1\1\0\0\1\0\1\1\1\1\2\3" + clean[20:],
        "adobe": clean[:2] + b"\xff\xee\0\x0eAdobe\0\x64\0\0\0\0\0" + clean[2:],
    }[leak]
    assert foreign_parts(spoiled)
    with pytest.raises(AlteredError):
        check_copy(spoiled, [Box(0, 0, 16, 16)])


@pytest.mark.parametrize("left", [(12, 12, 12), (3, 3, 3), (0, 0, 60)])
def test_the_check_finds_a_box_with_something_left_in_it(left: tuple[int, int, int]) -> None:
    picture = Image.new("RGB", (128, 64), "white")
    pen = ImageDraw.Draw(picture)
    pen.rectangle((16, 16, 47, 47), fill=(0, 0, 0))
    pen.rectangle((40, 40, 47, 47), fill=left)
    with pytest.raises(AlteredError, match="not black"):
        check_copy(blacked_out(picture), [Box(16, 16, 32, 32)])


def test_the_check_finds_colour_that_is_left_without_brightness() -> None:
    planes = [Image.new("L", (128, 64), level) for level in (0, 128, 134)]
    out = io.BytesIO()
    Image.merge("YCbCr", planes).save(out, "JPEG", quality=90, subsampling="4:2:0")
    with pytest.raises(AlteredError, match="not black"):
        check_copy(out.getvalue(), [Box(16, 16, 32, 32)])


def test_a_turned_photo_whose_exif_cannot_be_written_again_is_upright() -> None:
    assert upright(turned_with_a_unit_that_is_a_text()).size == (480, 640)


@pytest.mark.parametrize("mode", ["L", "RGBA", "P", "CMYK", "1", "I;16", "LA"])
def test_every_mode_becomes_rgb(mode: str) -> None:
    image = Image.new(mode, (40, 30))
    out = io.BytesIO()
    image.save(out, "JPEG" if mode == "CMYK" else "PNG")
    picture = upright(out.getvalue())
    assert (picture.mode, picture.size) == ("RGB", (40, 30))


def test_a_broken_colour_profile_is_passed_over() -> None:
    out = io.BytesIO()
    Image.new("RGB", (16, 16), (10, 200, 30)).save(out, "PNG", icc_profile=b"\0" * 128)
    assert upright(out.getvalue()).getpixel((3, 3)) == (10, 200, 30)


def test_a_frame_without_a_file_is_not_redacted(vault: Vault) -> None:
    (held,) = placeholders(vault, 1, "with the host")
    with pytest.raises(RefusedError, match="no file"):
        redact(vault, held.number, [Box(0, 0, 16, 16)], "x")
