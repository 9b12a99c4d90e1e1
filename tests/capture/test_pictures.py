"""What a photo's bytes say, and that no file, however broken, stops anybody."""

from __future__ import annotations

import io
import math
import re
import struct
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from fieldkit.capture.picture_kinds import is_photo
from fieldkit.capture.pictures import PIXEL_LIMIT, PhotoFacts, examine, quiet_decoders
from tests.bad import photos
from tests.shared_data import shared_data


@pytest.fixture(autouse=True)
def _quiet() -> object:
    with quiet_decoders():
        yield


def opened(thumbnail: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(thumbnail))
    image.load()
    return image


def test_a_sound_photo_says_everything() -> None:
    exif = photos.camera_exif(position=(32.8872, -13.1913))
    facts = examine(photos.sound_jpeg(4000, 3000, exif=exif), "DSCN0001.JPG")
    assert (facts.media_type, facts.width, facts.height) == ("image/jpeg", 4000, 3000)
    assert (facts.camera.make, facts.camera.model, facts.camera.serial) == ("Example Optics", "EX-1", "0042")
    assert facts.taken.raw == "2026:02:12 10:41:07"
    assert (facts.taken.local, facts.taken.offset) == ("2026-02-12T10:41:07", "+02:00")
    assert facts.fix is not None
    assert math.isclose(facts.fix.latitude, 32.8872, abs_tol=1e-6)
    assert math.isclose(facts.fix.longitude, -13.1913, abs_tol=1e-6)
    assert facts.problems == ()
    assert not facts.damaged
    assert opened(facts.thumbnail).size == (320, 240)
    assert len(facts.dhash) == 16


def test_a_thumbnail_carries_no_metadata() -> None:
    exif = photos.camera_exif(position=(32.8872, 13.1913))
    thumbnail = examine(photos.sound_jpeg(exif=exif), "a.jpg").thumbnail
    assert b"Exif" not in thumbnail
    assert b"Example" not in thumbnail
    assert not opened(thumbnail).getexif()


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_a_turned_photo_is_upright_in_size_and_thumbnail(orientation: int) -> None:
    data = photos.sound_jpeg(800, 400, exif=photos.camera_exif(orientation=orientation))
    facts = examine(data, "a.jpg")
    turned = orientation >= 5
    assert (facts.width, facts.height) == ((400, 800) if turned else (800, 400))
    assert opened(facts.thumbnail).size == ((160, 320) if turned else (320, 160))


def test_no_offset_is_invented() -> None:
    facts = examine(photos.sound_jpeg(exif=photos.camera_exif(offset=None)), "a.jpg")
    assert facts.taken.local == "2026-02-12T10:41:07"
    assert facts.taken.offset == ""


def test_an_impossible_time_is_kept_as_written_only() -> None:
    facts = examine(photos.clock_with_month_13(), "a.jpg")
    assert facts.taken.raw == "2026:13:41 25:61:61"
    assert (facts.taken.local, facts.taken.offset) == ("", "")


@pytest.mark.parametrize("build", [photos.position_at_zero, photos.position_off_the_globe])
def test_a_position_that_cannot_be_is_none(build: Callable[[], bytes]) -> None:
    assert examine(build(), "a.jpg").fix is None


def test_a_serial_in_xmp_is_found() -> None:
    packet = b'<x:xmpmeta><rdf:Description aux:SerialNumber="9031772"/></x:xmpmeta>'
    out = io.BytesIO()
    Image.new("RGB", (64, 64)).save(out, "JPEG", xmp=packet)
    camera = examine(out.getvalue(), "a.jpg").camera
    assert (camera.serial, camera.source) == ("9031772", "XMP")


@pytest.mark.parametrize("build", photos.EVERY_DAMAGED, ids=lambda build: build.__name__)
def test_a_damaged_file_is_described_as_damaged_with_the_reason(build: Callable[[], bytes]) -> None:
    facts = examine(build(), "DSCN0001.HEIC" if "heic" in build.__name__ else "DSCN0001.JPG")
    assert facts.damaged
    assert facts.damage
    assert "object at 0x" not in facts.damage
    assert facts.width * facts.height <= PIXEL_LIMIT


@pytest.mark.parametrize("build", photos.EVERY_BEYOND_OUR_LIMITS, ids=lambda build: build.__name__)
def test_a_limit_of_ours_is_said_in_our_words_and_is_no_damage(build: Callable[[], bytes]) -> None:
    facts = examine(build(), "PLAN.PNG")
    assert not facts.damaged
    assert len(facts.notes) == 1
    assert not re.search(r"bomb|DOS|Plugin|[A-Z]{3}_", facts.notes[0])


@pytest.mark.parametrize("build", photos.EVERY_DAMAGED_WITHIN, ids=lambda build: build.__name__)
def test_damage_within_the_data_is_told_and_what_is_left_is_shown(build: Callable[[], bytes]) -> None:
    facts = examine(build(), "DSCN0001.JPG")
    assert facts.damaged
    assert not re.search(r"0x|libjpeg|JPEG data", facts.damage)
    assert opened(facts.thumbnail).width == 320


WHOLE = {
    "progressive": {"progressive": True},
    "restart marks": {"restart_marker_rows": 1},
    "restart marks everywhere": {"restart_marker_blocks": 1},
    "own tables": {"optimize": True},
    "no subsampling": {"subsampling": 0},
}


@pytest.mark.parametrize("options", WHOLE.values(), ids=WHOLE)
@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
def test_no_sound_coding_is_called_damaged(mode: str, options: dict[str, object]) -> None:
    for image in (Image.new(mode, (1999, 1001)), Image.open(io.BytesIO(photos.grainy_jpeg(333, 222)))):
        out = io.BytesIO()
        image.convert(mode).save(out, "JPEG", **options)
        for tail in (b"", bytes(5000), out.getvalue()):
            assert examine(out.getvalue() + tail, "a.jpg").problems == ()


@pytest.mark.parametrize("build", photos.EVERY_ODD, ids=lambda build: build.__name__)
def test_odd_metadata_damages_no_picture(build: Callable[[], bytes]) -> None:
    facts = examine(build(), "a.jpg")
    assert not facts.damaged
    assert facts.thumbnail


def test_control_and_direction_characters_of_exif_are_shown_not_kept() -> None:
    camera = examine(photos.strings_with_controls(), "a.jpg").camera
    for text in (camera.make, camera.model, camera.serial):
        assert text.isprintable()
        assert "\u202e" not in text


def test_a_photo_broken_off_still_shows_its_upper_part() -> None:
    whole = opened(examine(photos.broken_off(1.0), "a.jpg").thumbnail)
    facts = examine(photos.broken_off(0.6), "a.jpg")
    assert facts.thumbnail_from == "partial pixels"
    part = opened(facts.thumbnail)
    assert part.size == whole.size
    top = (0, 0, 320, 60)
    assert part.crop(top).tobytes() == whole.crop(top).tobytes()


def test_a_photo_whose_pixels_are_gone_shows_its_embedded_picture() -> None:
    small = photos.sound_jpeg(160, 120, seed=5)
    tiff = _tiff_with_embedded(small)
    head = photos.sound_jpeg(800, 600)
    block = b"Exif\0\0" + tiff
    data = (
        head[:2] + b"\xff\xe1" + struct.pack(">H", len(block) + 2) + block + head[2 : head.index(b"\xff\xda")]
    )
    facts = examine(data, "a.jpg")
    assert facts.damaged
    assert facts.thumbnail_from == "embedded"
    assert opened(facts.thumbnail).size == (160, 120)


def test_the_kind_is_told_by_content_not_by_name() -> None:
    facts = examine(photos.sound_jpeg(), "scan.png")
    assert facts.media_type == "image/jpeg"
    assert not facts.damaged


@pytest.mark.parametrize(
    ("name", "head", "expected"),
    [
        ("DSCN0001.JPG", b"", True),
        ("shot.nef", b"", True),
        ("no-extension", b"\xff\xd8\xff\xe0", True),
        ("notes.txt", b"hello", False),
        ("drawing.eps", b"%!PS-Adobe-3.0 EPSF", False),
        ("clip.mov", b"\0\0\0\x14ftypqt  ", True),
        ("talk.wav", b"", True),
    ],
)
def test_what_is_taken_for_a_photo(name: str, head: bytes, expected: bool) -> None:
    assert is_photo(name, head) is expected


def test_postscript_is_never_opened() -> None:
    facts = examine(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n(%pipe%id) (r) file\n", "a.jpg")
    assert facts.damaged
    assert "text" in facts.damage


@pytest.mark.parametrize(
    ("mode", "file_format"),
    [
        ("P", "PNG"),
        ("RGBA", "PNG"),
        ("LA", "PNG"),
        ("I;16", "PNG"),
        ("1", "TIFF"),
        ("CMYK", "TIFF"),
        ("RGB", "WEBP"),
        ("RGB", "BMP"),
        ("RGB", "AVIF"),
    ],
)
def test_every_mode_and_format_allowed_gets_a_thumbnail(mode: str, file_format: str) -> None:
    out = io.BytesIO()
    Image.new(mode, (400, 300)).save(out, file_format)
    facts = examine(out.getvalue(), "a." + file_format.lower())
    assert not facts.damaged, facts.damage
    assert opened(facts.thumbnail).size == (320, 240)


def test_look_alikes_have_near_hashes_and_others_do_not() -> None:
    data = photos.sound_jpeg(1600, 1200, seed=3)
    again = io.BytesIO()
    Image.open(io.BytesIO(data)).resize((900, 675)).save(again, "JPEG", quality=60)
    first, near, other = (
        int(examine(each, "a.jpg").dhash, 16) for each in (data, again.getvalue(), photos.sound_jpeg(seed=11))
    )
    assert (first ^ near).bit_count() <= 8 < (first ^ other).bit_count()


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_no_bytes_make_it_raise(data: st.DataObject) -> None:
    whole = bytearray(photos.sound_jpeg(160, 120, exif=photos.camera_exif(position=(1.0, 2.0))))
    for _ in range(data.draw(st.integers(1, 12))):
        whole[data.draw(st.integers(3, len(whole) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(whole)))
    facts = examine(bytes(whole[:cut]), "a.jpg")
    assert isinstance(facts, PhotoFacts)
    assert facts.damaged or facts.thumbnail


@pytest.mark.shared_data
def test_real_cameras_are_read_right() -> None:
    folder = shared_data("photos")
    facts = {path.name: examine(path.read_bytes(), path.name) for path in sorted(folder.iterdir())}
    assert all(each.thumbnail for each in facts.values())
    assert not {name: each.damage for name, each in facts.items() if each.damaged}
    heic = facts["IMG_5195.HEIC"]
    assert (heic.media_type, heic.taken.offset, heic.camera.model) == (
        "image/heic",
        "-05:00",
        "iPhone 11 Pro Max",
    )
    assert heic.fix is not None
    assert heic.fix.longitude < -94
    assert facts["DSCN0010.jpg"].taken.local == "2008-10-22T16:28:39"
    assert facts["sony-cybershot.jpg"].camera.model == "CYBERSHOT"
    assert facts["gps_ifd_45.jpg"].fix is None
    upright = facts["portrait_1.jpg"]
    assert {(facts[f"portrait_{n}.jpg"].width, facts[f"portrait_{n}.jpg"].height) for n in (3, 6, 8)} == {
        (upright.width, upright.height)
    }


def _tiff_with_embedded(jpeg: bytes) -> bytes:
    """A TIFF block with an empty first directory and a second one that points at a small JPEG."""
    first = struct.pack("<H", 0) + struct.pack("<I", 14)
    second = struct.pack("<H", 2)
    second += struct.pack("<HHII", 0x0201, 4, 1, 44) + struct.pack("<HHII", 0x0202, 4, 1, len(jpeg))
    second += struct.pack("<I", 0)
    block = b"II*\0" + struct.pack("<I", 8) + first + second
    assert len(block) == 44
    return block + jpeg
