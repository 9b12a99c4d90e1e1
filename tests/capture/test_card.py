"""Walking a card: sorted, following nothing, listing what it leaves out."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from fieldkit.capture.card import look_through, open_file
from fieldkit.capture.numbering import gaps
from fieldkit.errors import UnreadableError, UsageError
from tests.bad.photos import sound_jpeg


@pytest.fixture
def card(tmp_path: Path) -> Path:
    root = tmp_path / "EOS_DIGITAL"
    folder = root / "DCIM" / "100CANON"
    folder.mkdir(parents=True)
    for name in ("IMG_0002.JPG", "IMG_0001.JPG"):
        (folder / name).write_bytes(sound_jpeg(64, 64))
    return root


def test_photos_are_found_in_the_order_of_their_names(card: Path) -> None:
    found = look_through([card])
    assert [file.name for file in found.files] == ["DCIM/100CANON/IMG_0001.JPG", "DCIM/100CANON/IMG_0002.JPG"]
    assert found.label == "EOS_DIGITAL"


def test_a_photo_is_known_by_its_content_where_its_name_says_nothing(card: Path) -> None:
    (card / "recovered0001").write_bytes(sound_jpeg(64, 64))
    assert "recovered0001" in [file.name for file in look_through([card]).files]


def test_other_files_are_listed_and_system_files_counted(card: Path) -> None:
    (card / "notes.txt").write_text("x")
    (card / "DCIM" / "._IMG_0001.JPG").write_bytes(b"\0\5\26\7")
    (card / "Thumbs.db").write_bytes(b"x")
    (card / "System Volume Information").mkdir()
    found = look_through([card])
    assert [(other.name, other.reason) for other in found.left_out] == [
        ("notes.txt", "no picture, film or sound")
    ]
    assert found.system_files == 3
    assert len(found.files) == 2


def test_links_pipes_and_loops_are_not_followed(card: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret.jpg"
    secret.write_bytes(sound_jpeg(64, 64, seed=9))
    (card / "link.jpg").symlink_to(secret)
    (card / "loop").symlink_to(card)
    os.mkfifo(card / "pipe.jpg")
    found = look_through([card])
    assert len(found.files) == 2
    assert {other.name: other.reason for other in found.left_out} == {
        "link.jpg": "a link, not followed",
        "loop": "a link, not followed",
        "pipe.jpg": "not a plain file",
    }


def test_a_file_swapped_for_a_link_or_a_pipe_is_not_opened(card: Path, tmp_path: Path) -> None:
    (tmp_path / "aim").write_bytes(b"x")
    (card / "swapped.jpg").symlink_to(tmp_path / "aim")
    os.mkfifo(card / "pipe.jpg")
    with pytest.raises(OSError, match="symbolic"):
        open_file(card / "swapped.jpg")
    with pytest.raises(UnreadableError):
        open_file(card / "pipe.jpg")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_folder_that_may_not_be_read_is_told(card: Path) -> None:
    closed = card / "closed"
    closed.mkdir(mode=0)
    try:
        assert [failure.name for failure in look_through([card]).failures] == ["closed"]
    finally:
        closed.chmod(0o700)


def test_a_name_that_is_no_text_is_shown_safely(card: Path) -> None:
    bad = os.fsencode(str(card)) + b"/bad\xff\x1b[31m.jpg"
    Path(os.fsdecode(bad)).write_bytes(sound_jpeg(64, 64))
    names = [file.name for file in look_through([card]).files]
    assert "bad\ufffd\ufffd[31m.jpg" in names


def test_a_card_that_is_not_there_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such file"):
        look_through([tmp_path / "missing"])


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["DSCN0001.JPG", "DSCN0002.JPG"], []),
        (["DSCN0001.JPG", "DSCN0003.JPG"], ["1 frame missing, 0002, between DSCN0001 and DSCN0003"]),
        (["DSCN0001.JPG", "DSCN0004.JPG"], ["2 frames missing, 0002 to 0003, between DSCN0001 and DSCN0004"]),
        (["DSCN0001.JPG", "DSCN0002.NEF", "DSCN0002.JPG", "DSCN0003.JPG"], []),
        (["DCIM/100CANON/IMG_9999.JPG", "DCIM/101CANON/IMG_0001.JPG"], []),
        (
            ["DCIM/100CANON/IMG_9998.JPG", "DCIM/101CANON/IMG_0002.JPG"],
            ["2 frames missing, 9999 to 0001, between IMG_9998 and IMG_0002"],
        ),
        (["DCIM/100CANON/IMG_0050.JPG", "DCIM/101CANON/IMG_0001.JPG"], []),
        (["DCIM/100CANON/IMG_0001.JPG", "DCIM/100CANON/MVI_0002.MOV", "DCIM/100CANON/IMG_0003.JPG"], []),
        (["DCIM/100CANON/IMG_0001.JPG", "DCIM/101NIKON/DSCN0007.JPG"], []),
        (["a/DSCN0001.JPG", "b/DSCN0009.JPG"], []),
        (["IMG_20260212_104107.jpg", "IMG_20260212_114107.jpg"], []),
    ],
)
def test_gaps_in_the_numbering(names: list[str], expected: list[str]) -> None:
    assert gaps(names) == expected
