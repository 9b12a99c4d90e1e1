"""Files of every kind that a card may hold: kept bit for bit, described or marked damaged, and no decoder stops an intake."""

from __future__ import annotations

import hashlib
import io
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from fieldkit.capture.apart import SECONDS, Decoders
from fieldkit.capture.containers import read_recording
from fieldkit.capture.decoding import upright
from fieldkit.capture.first_look import HEAD, glimpse
from fieldkit.capture.intake import ingest
from fieldkit.capture.picture_kinds import RAW_TYPES
from fieldkit.capture.pictures import examine, glance, quiet_decoders
from fieldkit.domain.views import RecordView
from fieldkit.errors import UnreadableError, UsageError
from fieldkit.vault.vault import Vault
from tests.bad import films, photos, raws


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    with quiet_decoders():
        yield


@pytest.fixture(scope="module")
def decoders() -> Iterator[Decoders]:
    with Decoders() as opened:
        yield opened


def encoded(kind: str, **options: object) -> bytes:
    with Image.open(io.BytesIO(photos.sound_jpeg(640, 480))) as image:
        out = io.BytesIO()
        image.convert("RGB").save(out, kind, **options)
        return out.getvalue()


def mpo() -> bytes:
    """Two JPEGs in one file, as stereo cameras and telephones write them."""
    first, second = (Image.open(io.BytesIO(photos.sound_jpeg(seed=seed))) for seed in (1, 2))
    out = io.BytesIO()
    first.save(out, "MPO", save_all=True, append_images=[second])
    return out.getvalue()


def heic() -> bytes:
    import pillow_heif

    with Image.open(io.BytesIO(photos.sound_jpeg(640, 480))) as image:
        out = io.BytesIO()
        pillow_heif.from_pillow(image).save(out, quality=60)
        return out.getvalue()


PICTURES: dict[str, Callable[[], bytes]] = {
    "a.jpg": photos.sound_jpeg,
    "a.mpo": mpo,
    "a.png": lambda: encoded("PNG"),
    "a.tif": lambda: encoded("TIFF", compression="tiff_lzw"),
    "a.webp": lambda: encoded("WEBP"),
    "a.avif": lambda: encoded("AVIF"),
    "a.heic": heic,
    "a.bmp": lambda: encoded("BMP"),
    "a.gif": lambda: encoded("GIF"),
}


def one_taken_in(vault: Vault, folder: Path, name: str, data: bytes) -> RecordView:
    folder.mkdir()
    (folder / name).write_bytes(data)
    receipt = ingest(vault, [folder])
    assert (receipt.files, receipt.kept) == (1, 1)
    (photo,) = vault.list("photo")
    media = vault.get(str(photo.doc["media"])).doc
    kept = b"".join(vault.media.open(media)) if media["size"] else b""
    assert kept == data
    assert photo.doc["sha256"] == hashlib.sha256(data).hexdigest()
    return photo


@pytest.mark.parametrize("name", PICTURES)
def test_every_kind_of_picture_is_kept_and_shown(vault: Vault, tmp_path: Path, name: str) -> None:
    photo = one_taken_in(vault, tmp_path / "CARD", name, PICTURES[name]())
    assert "damaged" not in photo.doc
    assert (photo.doc["width"], photo.doc["height"]) == (640, 480)
    thumbnail = vault.thumbnail(str(photo.doc["sha256"]))
    assert thumbnail
    with Image.open(io.BytesIO(thumbnail)) as image:
        assert image.size == (320, 240)


@pytest.mark.parametrize(
    "build", [*photos.EVERY_DAMAGED, *photos.EVERY_ODD], ids=lambda build: build.__name__
)
def test_apart_a_picture_says_what_it_says_here(build: Callable[[], bytes], decoders: Decoders) -> None:
    here, apart = examine(build(), "a.jpg"), decoders.examine(build(), "a.jpg")
    assert (apart.damaged, apart.taken, apart.camera, apart.fix) == (
        here.damaged,
        here.taken,
        here.camera,
        here.fix,
    )


@pytest.mark.parametrize(("kind", "share"), [("PNG", 0.6), ("TIFF", 0.6), ("WEBP", 0.5), ("BMP", 0.7)])
def test_a_picture_cut_short_is_marked_and_kept(kind: str, share: float, decoders: Decoders) -> None:
    whole = encoded(kind)
    facts = decoders.examine(whole[: int(len(whole) * share)], f"a.{kind.lower()}")
    assert facts.damaged
    assert facts.damage
    assert facts.media_type.startswith("image/")


@pytest.mark.parametrize("kept", [20, 500])
def test_a_picture_that_ends_within_its_header_is_told_in_plain_words(kept: int) -> None:
    assert examine(photos.camera_jpeg()[:kept], "a.jpg").damage == "the file is cut short"


def test_of_a_png_cut_short_the_upper_part_is_shown(decoders: Decoders) -> None:
    whole = encoded("PNG")
    facts = decoders.examine(whole[: int(len(whole) * 0.6)], "a.png")
    assert facts.thumbnail_from == "partial pixels"
    assert (facts.width, facts.height) == (640, 480)


def test_what_takes_too_long_is_given_up_and_the_next_file_is_read() -> None:
    with Decoders(seconds=0.001) as hasty:
        facts = hasty.examine(encoded("PNG"), "a.png")
    assert not facts.damaged
    assert "takes more than" in facts.notes[0]
    assert facts.media_type == "image/png"


def test_a_crash_of_the_decoder_is_told_and_the_next_file_is_read() -> None:
    with Decoders() as opened:
        assert not opened.examine(encoded("PNG"), "a.png").damaged
        opened._idle[0]._process.kill()
        opened._idle[0]._process.wait()
        assert "crashed" in opened.examine(encoded("PNG"), "b.png").damage
        assert not opened.examine(encoded("PNG"), "c.png").damaged


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "heic"])
def test_pixels_are_the_same_whoever_decodes_them(decoders: Decoders, kind: str) -> None:
    data = heic() if kind == "heic" else encoded(kind)
    here, apart = upright(data), decoders.upright(data, "A-P-0001")
    assert (here.size, here.tobytes()) == (apart.size, apart.tobytes())


def test_pixels_that_a_decoder_does_not_give_are_told_and_the_next_are_given() -> None:
    png = encoded("PNG")
    with Decoders() as opened:
        with pytest.raises(UnreadableError, match="header is broken"):
            opened.upright(b"II*\0" + bytes(40), "A-P-0001")
        opened.upright(png, "A-P-0002")
        opened._idle[0]._process.kill()
        opened._idle[0]._process.wait()
        with pytest.raises(UnreadableError, match="crashed"):
            opened.upright(png, "A-P-0003")
        assert opened.upright(png, "A-P-0004").size == (640, 480)
    with Decoders(seconds=0.001) as hasty, pytest.raises(UnreadableError, match="takes more than"):
        hasty.upright(png, "A-P-0005")


def test_a_png_with_long_texts_is_shown_all_the_same(decoders: Decoders) -> None:
    facts = decoders.examine(photos.png_with_long_texts(), "a.png")
    assert not facts.damaged
    assert (facts.width, facts.height) == (640, 480)
    assert facts.thumbnail


@pytest.mark.skipif(sys.platform != "linux", reason="peaks are read from /proc")
def test_a_helper_takes_little_memory_for_what_is_not_decoded() -> None:
    with Decoders() as opened:
        facts = opened.examine(photos.png_of_200_megapixels(), "a.png")
        status = Path(f"/proc/{opened._idle[0]._process.pid}/status").read_text()
    peak = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))
    assert "200 megapixels, not decoded" in facts.notes[0]
    assert peak < 150_000


@pytest.mark.skipif(sys.platform == "win32", reason="no bound on memory there")
def test_a_picture_that_swells_is_not_decoded_here(decoders: Decoders) -> None:
    out = io.BytesIO()
    Image.new("1", (7900, 7900)).save(out, "TIFF", compression="group4")
    facts = decoders.examine(out.getvalue(), "plan.tif")
    assert len(out.getvalue()) < 20_000
    assert facts.thumbnail or facts.damaged
    assert (facts.width, facts.height) == (7900, 7900)


@pytest.mark.parametrize("suffix", sorted(RAW_TYPES))
def test_a_raw_file_that_nobody_can_read_is_kept_with_a_note(
    vault: Vault, tmp_path: Path, suffix: str
) -> None:
    photo = one_taken_in(
        vault, tmp_path / "CARD", f"IMG_0001{suffix.upper()}", b"II*\0\x08\0\0\0" + bytes(400)
    )
    assert "damaged" not in photo.doc
    assert "no preview" in str(photo.doc["remark"])


def test_of_a_raw_file_the_preview_is_shown_where_there_is_what_reads_it(
    vault: Vault, tmp_path: Path
) -> None:
    pytest.importorskip("rawpy", reason="the extra `raw` is not installed")
    photo = one_taken_in(vault, tmp_path / "CARD", "DSC_0001.DNG", raws.dng())
    assert "remark" not in photo.doc
    assert (photo.doc["width"], photo.doc["height"]) == (640, 480)
    assert photo.doc["taken_raw"] == "2026:02:12 10:41:07"
    assert vault.get(str(photo.doc["camera"])).doc["serial"] == "7700123"
    thumbnail = vault.thumbnail(str(photo.doc["sha256"]))
    assert thumbnail
    with Image.open(io.BytesIO(thumbnail)) as image:
        assert image.size == (320, 240)


@pytest.mark.parametrize("orientation", [1, 6])
def test_of_a_nef_the_preview_the_time_and_the_serial_in_the_makers_note_are_read(
    vault: Vault, tmp_path: Path, orientation: int
) -> None:
    pytest.importorskip("rawpy", reason="the extra `raw` is not installed")
    data = raws.nef(orientation=orientation)
    photo = one_taken_in(vault, tmp_path / "CARD", "DSC_0001.NEF", data)
    assert "remark" not in photo.doc
    assert (photo.doc["width"], photo.doc["height"]) == ((640, 480) if orientation == 1 else (480, 640))
    assert photo.doc["taken_raw"] == "2026:02:12 10:41:07"
    camera = vault.get(str(photo.doc["camera"])).doc
    assert (camera["model"], camera["serial"], camera["serial_from"]) == (
        "NIKON D70",
        "3001234",
        "maker note",
    )
    media = vault.get(str(photo.doc["media"])).doc
    assert media["media_type"] == "image/x-nikon-nef"
    assert b"".join(vault.media.open(media)) == data


@pytest.mark.parametrize("build", [raws.dng_with_a_torn_preview, raws.dng_cut_short])
def test_a_broken_raw_file_is_kept_with_a_note(
    vault: Vault, tmp_path: Path, build: Callable[[], bytes]
) -> None:
    photo = one_taken_in(vault, tmp_path / "CARD", "DSC_0001.DNG", build())
    assert "no preview" in str(photo.doc["remark"])


KEPT: dict[str, Callable[[], bytes]] = {
    "a.jp2": lambda: encoded("JPEG2000"),
    "a.ppm": lambda: encoded("PPM"),
    "a.ico": lambda: encoded("ICO"),
    "a.tga": lambda: encoded("TGA"),
    "a.psd": lambda: b"8BPS\0\1" + bytes(20) + b"layers",
    "a.jxl": lambda: b"\xff\x0a" + bytes(range(200)),
    "boxed": lambda: b"\0\0\0\x0cJXL \r\n\x87\n" + bytes(range(200)),
    "a.svg": lambda: b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
    "sigma": lambda: b"FOVb" + bytes(range(200)),
    "canon": lambda: b"II\x1a\0\0\0HEAPCCDR" + bytes(100),
}


@pytest.mark.parametrize("name", KEPT)
def test_pictures_that_are_not_shown_are_kept_and_named_for_what_they_are(
    vault: Vault, tmp_path: Path, name: str
) -> None:
    photo = one_taken_in(vault, tmp_path / "CARD", name, KEPT[name]())
    assert "damaged" not in photo.doc
    assert "kept as it is and not shown" in str(photo.doc["remark"])
    assert str(vault.get(str(photo.doc["media"])).doc["media_type"]).startswith("image/")
    assert vault.thumbnail(str(photo.doc["sha256"])) is None


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.jp2", b"These are the minutes. " * 40),
        ("a.psd", bytes(900)),
        ("a.svg", b""),
        ("a.tga", bytes(50)),
    ],
)
def test_a_name_that_the_content_denies_is_told(name: str, data: bytes) -> None:
    assert examine(data, name).damaged


def test_a_file_that_is_no_picture_is_sent_on_with_the_true_reason(vault: Vault, tmp_path: Path) -> None:
    notes = tmp_path / "minutes.txt"
    notes.write_text("Present: both sides.\n")
    with pytest.raises(UsageError) as told:
        ingest(vault, [notes])
    assert "minutes.txt: no picture, film or sound" in told.value.problem
    assert "attach" in told.value.remedy
    assert not list(vault.list("intake"))


def read(data: bytes, name: str) -> object:
    found = read_recording(io.BytesIO(data), name)
    return found.form, found.local, found.utc, found.duration


@pytest.mark.parametrize(
    ("data", "name", "expected"),
    [
        (films.film(), "a.mp4", ("film", "2026-02-12T08:41:07", True, 12.5)),
        (films.film(long=True, index_last=False), "a.mov", ("film", "2026-02-12T08:41:07", True, 12.5)),
        (films.sound_in_mp4(), "a.mp4", ("sound", "2026-02-12T08:41:07", True, 12.5)),
        (films.film_without_a_time(), "a.mov", ("film", "", False, 12.5)),
        (films.wav(), "a.wav", ("sound", "2026-02-12T10:41:07", False, 0.5)),
        (films.wav(date=b"2026-13-41!!:!!:!!"), "a.wav", ("sound", "", False, 0.5)),
        (films.avi(), "a.avi", ("film", "", False, 4.0)),
    ],
    ids=["mp4", "mov", "m4a", "no time", "wav", "wav with no date", "avi"],
)
def test_a_container_says_time_and_length(data: bytes, name: str, expected: object) -> None:
    assert read(data, name) == expected


@pytest.mark.parametrize("build", films.EVERY_BROKEN, ids=lambda build: build.__name__)
def test_a_broken_film_is_kept_and_marked(vault: Vault, tmp_path: Path, build: Callable[[], bytes]) -> None:
    photo = one_taken_in(vault, tmp_path / "CARD", "MVI_0001.MP4", build())
    assert photo.doc["damaged"]
    assert "unpack" not in str(photo.doc["damaged"])


@settings(max_examples=150, deadline=None)
@given(
    build=st.sampled_from([films.film, films.wav, films.avi]),
    at=st.integers(0, 11_000),
    put=st.binary(min_size=1, max_size=12),
)
def test_no_bytes_stop_the_walk(build: Callable[[], bytes], at: int, put: bytes) -> None:
    data = bytearray(build())
    data[at % len(data) : at % len(data) + len(put)] = put
    assert read_recording(io.BytesIO(bytes(data)), "a.mp4").form in ("film", "sound")


def test_a_film_is_numbered_and_timed_in_the_photo_log(vault: Vault, tmp_path: Path) -> None:
    photo = one_taken_in(vault, tmp_path / "CARD", "MVI_0001.MP4", films.film())
    assert (photo.number, photo.doc["form"], photo.doc["duration_s"]) == ("A-P-0001", "film", "12.5")
    assert photo.doc["taken"] == {"at": "2026-02-12T08:41:07.000000Z", "offset": "+00:00", "source": "clock"}
    assert "local time" in str(photo.doc["taken_method"])
    assert str(films.CREATED) in str(photo.doc["taken_raw"])
    assert vault.get(str(photo.doc["media"])).doc["media_type"] == "video/mp4"


@pytest.mark.parametrize("build", photos.EVERY_SLOW, ids=lambda build: build.__name__)
def test_passes_without_number_hold_nothing_up(decoders: Decoders, build: Callable[[], bytes]) -> None:
    data, began = build(), time.perf_counter()
    facts = glance(data, "DSCN0001.JPG") or decoders.examine(data, "DSCN0001.JPG")
    assert decoders.read_code(data, "0" * 32) is None
    assert glimpse(data[:HEAD]) == b""
    assert time.perf_counter() - began < SECONDS / 2
    assert not facts.damaged
    assert facts.thumbnail_from == "pixels" or "passes over 4 megapixels" in facts.notes[0]
