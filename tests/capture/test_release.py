"""What leaves the vault in the clear: where it was asked for, named safely, and searched for what may not go out."""

from __future__ import annotations

import csv
import hashlib
import io
import re
from pathlib import Path

import pytest
from PIL import Image

from fieldkit.capture import release
from fieldkit.capture.contact_sheet import contact_sheet
from fieldkit.capture.custody import RELEASED, WITHHELD, change_state, original, photos, placeholders
from fieldkit.capture.intake import ingest
from fieldkit.capture.outside import safe_name, write_file
from fieldkit.capture.redaction import Box, redact
from fieldkit.capture.release import export_photos, find_leaks, release_set
from fieldkit.errors import RefusedError, UsageError
from fieldkit.vault.recording import Add, Amend
from fieldkit.vault.vault import Vault
from tests.bad.photos import broken_off, sound_jpeg
from tests.bad.raws import nef
from tests.capture.cards import take_in


@pytest.fixture
def host(vault: Vault) -> str:
    return vault.record([Add("person", {"name": "Maj. Salem", "party": "host"})])[0].id


@pytest.fixture
def ready(vault: Vault, tmp_path: Path, host: str) -> list[str]:
    """One released, one redacted (its original withheld), one only taken, one withheld without a file."""
    numbers = take_in(vault, tmp_path, 3, owner="host")
    change_state(vault, photos(vault, numbers[:1]), RELEASED, "looked through", by=host)
    redact(vault, numbers[1], [Box(0, 0, 40, 40)], "badge of a guard", by=host)
    (frame,) = placeholders(vault, 1, "with site security")
    change_state(vault, photos(vault, [frame.number]), WITHHELD, "wiring of the gate", by=host)
    return numbers


def test_a_set_holds_fresh_copies_and_a_log_and_is_logged(
    vault: Vault, tmp_path: Path, host: str, ready: list[str]
) -> None:
    done = release_set(vault, tmp_path / "out" / "set", host, forbidden=["WP5GA001234"])
    folder = tmp_path / "out" / "set"
    assert [file.number for file in done.files] == ["A-P-0001", "A-P-0004"]
    assert done.kept_back == ("A-P-0002", "A-P-0005")
    for file in done.files:
        data = (folder / "copies" / file.name).read_bytes()
        assert hashlib.sha256(data).hexdigest() == file.sha256
        assert b"Exif" not in data
        with Image.open(io.BytesIO(data)) as image:
            assert image.size == (320, 240)
    handout = vault.get(done.handout)
    assert [one["sha256"] for one in handout.doc["files"]] == [file.sha256 for file in done.files]
    assert handout.doc["to_whom"] == host
    rows = list(csv.reader((folder / "redaction-log.csv").read_text("utf-8-sig").splitlines()))
    assert [row[0] for row in rows[1:]] == ["A-P-0001", "A-P-0002", "A-P-0004", "A-P-0005"]
    assert rows[3][4:6] == ["badge of a guard", "Maj. Salem"]
    assert rows[3][7] == "0,0,48,48"
    assert "wiring of the gate" in (folder / "redaction-log.html").read_text("utf-8")
    assert list((tmp_path / "out").iterdir()) == [folder]


def test_a_word_that_may_not_go_out_stops_the_set(
    vault: Vault, tmp_path: Path, host: str, ready: list[str]
) -> None:
    with pytest.raises(RefusedError, match="holds the word 'Wiring'"):
        release_set(vault, tmp_path / "set", host, forbidden=["Wiring"])
    assert not (tmp_path / "set").exists()
    assert not list(tmp_path.glob(".*"))
    assert vault.count("handout") == 0


def test_a_copy_that_would_leak_stops_the_set(
    vault: Vault, tmp_path: Path, host: str, ready: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def careless(picture: Image.Image) -> bytes:
        out = io.BytesIO()
        picture.save(out, "JPEG", comment=b"WP5GA001234")
        return out.getvalue()

    monkeypatch.setattr(release, "blacked_out", careless)
    with pytest.raises(RefusedError, match=r"no coding of pixels.*WP5GA001234"):
        release_set(vault, tmp_path / "set", host)
    assert not (tmp_path / "set").exists()


def test_only_what_was_released_goes_out(vault: Vault, tmp_path: Path, host: str, ready: list[str]) -> None:
    for number in ready[1:]:
        with pytest.raises(RefusedError, match=f"neither released nor redacted: {number}"):
            release_set(vault, tmp_path / "set", host, views=photos(vault, [ready[0], number]))
    (tmp_path / "set").mkdir()
    (tmp_path / "set" / "x").touch()
    with pytest.raises(UsageError):
        release_set(vault, tmp_path / "set", host)


def test_what_has_no_pixels_is_left_out_of_a_whole_set_and_told(
    vault: Vault, tmp_path: Path, host: str, ready: list[str]
) -> None:
    card = tmp_path / "odd"
    card.mkdir()
    (card / "a.jpg").write_bytes(broken_off())
    (card / "b.nef").write_bytes(nef())
    odd = ingest(vault, [card]).photos
    change_state(vault, photos(vault, odd), RELEASED, "looked through", by=host)
    with pytest.raises(RefusedError, match=f"no copy can be made: {odd[0]}: .*; {odd[1]}: "):
        release_set(vault, tmp_path / "set", host, views=photos(vault, [ready[0], *odd]))
    assert not (tmp_path / "set").exists()
    done = release_set(vault, tmp_path / "set", host)
    assert [number for number, _ in done.no_copy] == odd
    assert [file.number for file in done.files] == ["A-P-0001", "A-P-0004"]
    assert len(vault.get(done.handout).doc["files"]) == 2  # type: ignore[arg-type]
    rows = list(csv.reader((tmp_path / "set" / "redaction-log.csv").read_text("utf-8-sig").splitlines()))
    assert [row[1].partition(":")[0] for row in rows if row[0] in odd] == ["no copy"] * 2


def test_nothing_released_is_told(vault: Vault, tmp_path: Path, host: str) -> None:
    take_in(vault, tmp_path, 1)
    with pytest.raises(UsageError, match="no photo is released"):
        release_set(vault, tmp_path / "set", host)


def test_a_photo_that_looks_like_a_withheld_one_is_told(vault: Vault, tmp_path: Path, host: str) -> None:
    for name, tail in (("a.jpg", b""), ("b.jpg", b"\0")):
        (tmp_path / name).write_bytes(sound_jpeg(seed=9) + tail)
    first, second = ingest(vault, [tmp_path / "a.jpg", tmp_path / "b.jpg"]).photos
    change_state(vault, photos(vault, [first]), WITHHELD, "gate")
    change_state(vault, photos(vault, [second]), RELEASED, "fine")
    assert release_set(vault, tmp_path / "set", host).alike == ((second, first),)


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("copies/a.jpg", b"\xff\xd8\xff\xe1\0\x08Exif\0\0", "no coding of pixels"),
        ("copies/a.jpg", b"no picture", "no JPEG"),
        ("log.csv", b"Gate Nord", "Gate"),
        ("copies/gate.jpg", b"\xff\xd8", "Gate"),
        ("copies/a.jpg", b"\xff\xd8\xff\xfe\0\x0c" + "gate".encode("utf-16-le") + b"\xff\xda", "Gate"),
    ],
)
def test_leaks_are_named(tmp_path: Path, name: str, data: bytes, said: str) -> None:
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(data)
    assert any(said in leak for leak in find_leaks(tmp_path, words=["Gate"]))
    assert find_leaks(tmp_path, [hashlib.sha256(data).hexdigest()])


def test_a_word_within_a_word_is_none(tmp_path: Path) -> None:
    (tmp_path / "log.csv").write_text("investigated, delegate")
    assert find_leaks(tmp_path, words=["gate"]) == []


def test_exported_originals_are_bit_for_bit_and_named_safely(vault: Vault, tmp_path: Path) -> None:
    numbers = take_in(vault, tmp_path, 2)
    files = export_photos(vault, photos(vault, numbers), tmp_path / "out")
    assert [file.name for file in files] == ["A-P-0001_DSC_0001.jpg", "A-P-0002_DSC_0002.jpg"]
    for view, file in zip(photos(vault, numbers), files, strict=True):
        assert (tmp_path / "out" / file.name).read_bytes() == original(vault, view)
    with pytest.raises(UsageError, match="there already"):
        export_photos(vault, photos(vault, numbers), tmp_path / "out")


def test_kept_back_originals_are_exported_only_when_asked_for(vault: Vault, tmp_path: Path) -> None:
    numbers = take_in(vault, tmp_path, 2)
    change_state(vault, photos(vault, numbers[:1]), WITHHELD, "gate")
    with pytest.raises(RefusedError, match=numbers[0]):
        export_photos(vault, photos(vault, numbers), tmp_path / "out")
    assert not (tmp_path / "out").exists()
    assert len(export_photos(vault, photos(vault, numbers), tmp_path / "out", withheld=True)) == 2


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("../../etc/passwd", "passwd.jpg"),
        ("C:\\DCIM\\a b.JPG", "a_b.jpg"),
        ("..", "photo.jpg"),
        ("\u202egnp.exe", "gnp.jpg"),
        ("x" * 300 + ".jpg", "x" * 60 + ".jpg"),
        ("صورة.jpg", "photo.jpg"),
    ],
)
def test_names_are_safe(name: str, safe: str) -> None:
    assert safe_name(name, "jpg") == safe


def test_nothing_is_written_over_or_through_a_link(tmp_path: Path) -> None:
    target = tmp_path / "target"
    (tmp_path / "link").symlink_to(target)
    for path in (tmp_path / "link", tmp_path):
        with pytest.raises(UsageError):
            write_file(path, [b"x"])
    with pytest.raises(UsageError, match="no such folder"):
        write_file(tmp_path / "nowhere" / "x", [b"x"])
    assert not target.exists()


def test_a_contact_sheet_shows_what_may_be_seen_and_nothing_acts_in_it(vault: Vault, tmp_path: Path) -> None:
    numbers = take_in(vault, tmp_path, 2)
    vault.record([Amend(numbers[0], "x", set={"caption": "<script>alert(1)</script>\u202e"})])
    change_state(vault, photos(vault, numbers[1:]), WITHHELD, "wiring of the gate")
    page = b"".join(contact_sheet(vault, vault.list("photo"))).decode()
    assert page.count("data:image/jpeg;base64,") == 1
    assert "wiring of the gate" in page
    assert "<script" not in page
    assert "\u202e" not in page
    assert not re.search(r"(?:src|href)=\"(?!data:)", page)
