"""Which camera took a photo: serial numbers where each maker puts them, and no harm from a note that lies."""

from __future__ import annotations

import io
import struct
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from fieldkit.capture.intake import ingest
from fieldkit.capture.maker_notes import serial_of
from fieldkit.capture.pictures import examine
from fieldkit.vault.vault import Vault
from tests.bad import photos
from tests.shared_data import shared_data

HEAD = b"II*\0\x08\0\0\0" + bytes(24)
"""What stands in the block before the note: offsets that count from the block's beginning are larger by its length."""

TEXT, LONG, UNDEFINED = 2, 4, 7


def directory(base: int, *entries: tuple[int, int, bytes]) -> bytes:
    """A little-endian TIFF directory whose values stand behind it; `base` is its place as offsets count."""
    at = base + 2 + 12 * len(entries) + 4
    listed, values = b"", b""
    for tag, kind, value in sorted(entries):
        count = 1 if kind == LONG else len(value)
        held = value.ljust(4, b"\0") if len(value) <= 4 else struct.pack("<I", at + len(values))
        listed += struct.pack("<HHI", tag, kind, count) + held
        values += value if len(value) > 4 else b""
    return struct.pack("<H", len(entries)) + listed + bytes(4) + values


def canon() -> bytes:
    return directory(
        len(HEAD), (0x0006, TEXT, b"IMG:EOS JPEG\0"), (0x000C, LONG, struct.pack("<I", 420903312))
    )


def nikon() -> bytes:
    tiff = b"II*\0\x08\0\0\0" + directory(8, (0x0001, UNDEFINED, b"0210"), (0x001D, TEXT, b"3002421\0"))
    return b"Nikon\0\x02\x10\0\0" + tiff


def nikon_second_tag() -> bytes:
    return b"Nikon\0\x02\x10\0\0II*\0\x08\0\0\0" + directory(8, (0x00A0, TEXT, b"NO= 2000c8a1\0"))


def olympus() -> bytes:
    begin = b"OLYMPUS\0II\x03\0"
    main = directory(12, (0x2010, LONG, struct.pack("<I", 60))).ljust(48, b"\0")
    return begin + main + directory(60, (0x0101, TEXT, b"H53500721\0"))


def fujifilm() -> bytes:
    return b"FUJIFILM\x0c\0\0\0" + directory(12, (0x0010, TEXT, b"FC A5316741 592D32353831 070610\0"))


def panasonic() -> bytes:
    return b"Panasonic\0\0\0" + directory(len(HEAD) + 12, (0x0025, UNDEFINED, b"\0\0S010604030293\0"))


def pentax() -> bytes:
    return b"AOC\0II" + directory(len(HEAD) + 6, (0x0229, TEXT, b"7502913\0"))


SERIALS = {
    canon: ("Canon", "0420903312"),
    nikon: ("NIKON CORPORATION", "3002421"),
    nikon_second_tag: ("NIKON CORPORATION", "2000c8a1"),
    olympus: ("OLYMPUS CORPORATION", "H53500721"),
    fujifilm: ("FUJIFILM", "FC A5316741 592D32353831 070610"),
    panasonic: ("Panasonic", "S010604030293"),
    pentax: ("PENTAX", "7502913"),
}


@pytest.mark.parametrize("build", SERIALS, ids=lambda build: build.__name__)
def test_the_serial_is_read_from_the_makers_note(build: object) -> None:
    make, serial = SERIALS[build]  # type: ignore[index]
    note = build()  # type: ignore[operator]
    assert serial_of(make, "M-1", note, HEAD + note + bytes(16)) == serial


def test_a_whole_photo_with_a_makers_note_names_its_camera() -> None:
    exif = photos.camera_exif(make="NIKON CORPORATION", serial=None)
    exif.get_ifd(0x8769)[0x927C] = nikon()
    camera = examine(photos.sound_jpeg(exif=exif), "a.jpg").camera
    assert (camera.serial, camera.source) == ("3002421", "maker note")


def test_the_tag_of_exif_goes_before_the_makers_note_and_the_note_before_xmp() -> None:
    packet = b'<x:xmpmeta><rdf:Description aux:SerialNumber="9031772"/></x:xmpmeta>'
    for serial, source in (("0042", "EXIF"), (None, "maker note")):
        exif = photos.camera_exif(make="NIKON", serial=serial)
        exif.get_ifd(0x8769)[0x927C] = nikon()
        out = io.BytesIO()
        Image.new("RGB", (64, 64)).save(out, "JPEG", exif=exif, xmp=packet)
        assert examine(out.getvalue(), "a.jpg").camera.source == source


@pytest.mark.parametrize("serial", ["0000000", " ", "0"])
def test_a_serial_of_zeros_is_none(serial: str) -> None:
    assert examine(photos.sound_jpeg(exif=photos.camera_exif(serial=serial)), "a.jpg").camera.serial == ""


@settings(max_examples=150, deadline=None)
@given(
    build=st.sampled_from(list(SERIALS)),
    at=st.integers(8, 90),
    put=st.binary(min_size=1, max_size=6),
    cut=st.integers(0, 40),
)
def test_no_note_leads_outside_its_block(build: object, at: int, put: bytes, cut: int) -> None:
    note = bytearray(build())  # type: ignore[operator]
    note[at : at + len(put)] = put
    found = serial_of(SERIALS[build][0], "M-1", bytes(note), (HEAD + note)[: len(HEAD) + len(note) - cut])  # type: ignore[index]
    assert len(found) <= 40
    assert found.isprintable()


@pytest.mark.shared_data
def test_real_cameras_are_told_by_their_serial() -> None:
    folder = shared_data("photos")
    found = {
        name: examine((folder / name).read_bytes(), name).camera.serial
        for name in ("Panasonic_DMC-FZ30.jpg", "Reconyx_HC500_Hyperfire.jpg", "DSCN0010.jpg")
    }
    assert found == {
        "Panasonic_DMC-FZ30.jpg": "S010604030293",
        "Reconyx_HC500_Hyperfire.jpg": "H500EE06130468",
        "DSCN0010.jpg": "",
    }


def test_where_the_serial_stood_is_on_record(vault: Vault, tmp_path: Path) -> None:
    card = tmp_path / "CARD"
    card.mkdir()
    (card / "DSCN0001.JPG").write_bytes(photos.sound_jpeg(exif=photos.camera_exif()))
    ingest(vault, [card])
    (camera,) = vault.list("camera")
    assert (camera.doc["serial"], camera.doc["serial_from"]) == ("0042", "EXIF")
