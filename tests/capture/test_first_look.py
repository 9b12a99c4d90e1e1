"""The first look at a card: its frames are seen before they are kept, and nothing is taken for kept that is not."""

from __future__ import annotations

import io
import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image

from fieldkit.capture.first_look import EDGE, HEAD, NOT_KEPT, NOT_YET, FirstLook, glimpse
from fieldkit.capture.intake import GROUP, Progress, ingest
from fieldkit.capture.pictures import quiet_decoders
from fieldkit.errors import UsageError
from fieldkit.vault.vault import Vault
from tests.bad import photos

SOON = 30.0


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    with quiet_decoders():
        yield


@pytest.fixture
def card(tmp_path: Path) -> Path:
    """Twenty photos as cameras write them."""
    folder = tmp_path / "CARD" / "DCIM"
    folder.mkdir(parents=True)
    for number in range(1, 21):
        (folder / f"DSC_{number:04d}.JPG").write_bytes(photos.camera_jpeg(800, 600, seed=number))
    return tmp_path / "CARD"


def size_of(jpeg: bytes) -> tuple[int, int]:
    with Image.open(io.BytesIO(jpeg)) as image:
        image.load()
        assert not image.getexif()
        return image.size


def test_every_frame_is_seen_before_the_first_is_kept_and_each_turns_to_kept(
    vault: Vault, card: Path
) -> None:
    look, steps = FirstLook(), []

    def step(progress: Progress) -> None:
        steps.append((progress.kept, len(look.waiting), vault.count("photo")))

    def seen() -> bool:
        assert look.wait(20, SOON)
        if not steps:
            frames = [look.frame(place) for place in range(20)]
            assert [frame.state for frame in frames if frame] == [NOT_YET] * 20
            assert {size_of(frame.thumbnail) for frame in frames if frame} == {(96, 72)}
            assert frames[3] is not None
            assert frames[3].name == "DCIM/DSC_0004.JPG"
        return False

    receipt = ingest(vault, [card], progress=step, cancel=seen, look=look)
    assert receipt.kept == 20
    assert all(kept + waiting == 20 and photos_there == kept for kept, waiting, photos_there in steps)
    assert len(steps) >= 20 // GROUP
    assert (look.waiting, look.held) == ([], 0)


def test_what_is_shown_of_a_kept_frame_is_let_go_of_and_never_more_is_held_than_allowed(
    vault: Vault, card: Path
) -> None:
    most, held = 4_000, []
    look = FirstLook(lambda: held.append(look.held), most_held=most)
    receipt = ingest(vault, [card], look=look)
    assert receipt.kept == 20
    assert held
    assert max(held) < most + EDGE * EDGE


def test_an_intake_that_is_stopped_ends_the_look_and_the_next_one_goes_on(vault: Vault, card: Path) -> None:
    first, told = FirstLook(most_held=1), []
    broken = ingest(vault, [card], progress=told.append, cancel=lambda: bool(told), look=first)
    assert 0 < broken.kept < 20
    assert (first.waiting, first.held) == ([], 0)
    assert not [each for each in threading.enumerate() if each.name == "first-look"]
    again = FirstLook()
    whole = ingest(vault, [card], look=again)
    assert (whole.kept, whole.resumed, whole.duplicates) == (20, broken.kept, [])
    assert again.waiting == []


def test_a_refused_intake_ends_the_look_too(vault: Vault, card: Path) -> None:
    look = FirstLook()
    with pytest.raises(UsageError):
        ingest(vault, [card], operator="Nobody", look=look)
    assert look.waiting == []
    assert not [each for each in threading.enumerate() if each.name == "first-look"]


def test_a_frame_that_cannot_be_read_stays_and_says_so(
    vault: Vault, card: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, look, states = os.open, FirstLook(), []

    def failing(path: object, flags: int, *rest: int, **named: int) -> int:
        if str(path).endswith("DSC_0003.JPG"):
            raise OSError(5, "Input/output error", path)
        return real(path, flags, *rest, **named)  # type: ignore[arg-type]

    monkeypatch.setattr("fieldkit.capture.card.os.open", failing)
    ingest(vault, [card], progress=lambda _: states.append(look.frame(2)), look=look)
    assert states[-1] is not None
    assert (states[-1].state, states[-1].thumbnail) == (NOT_KEPT, b"")


def test_a_copy_and_a_frame_kept_before_turn_to_kept(vault: Vault, card: Path) -> None:
    first = next(card.rglob("*.JPG"))
    (card / "COPY.JPG").write_bytes(first.read_bytes())
    ingest(vault, [first])
    waiting: list[int] = []
    look = FirstLook()
    ingest(vault, [card], progress=lambda _: waiting.append(len(look.waiting)), look=look)
    assert waiting[-1] == 0


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_turned_frame_is_shown_upright(orientation: int) -> None:
    exif = photos.camera_exif(orientation=orientation)
    data = photos.with_embedded(photos.sound_jpeg(1600, 900), exif, photos.sound_jpeg(1600, 900))
    assert size_of(glimpse(data[:HEAD])) == ((96, 54) if orientation < 5 else (54, 96))


def test_the_head_of_a_raw_file_shows_its_small_picture() -> None:
    raw = photos.exif_with_embedded(photos.camera_exif(orientation=6), photos.sound_jpeg(160, 120))[6:]
    assert size_of(glimpse(raw + bytes(HEAD))) == (72, 96)


@pytest.mark.parametrize(
    "build", [*photos.EVERY_DAMAGED, *photos.EVERY_ODD], ids=lambda build: build.__name__
)
def test_no_head_makes_it_raise(build: Callable[[], bytes]) -> None:
    data = build()
    for length in (0, 1, 40, len(data) // 2, HEAD):
        found = glimpse(data[:length])
        assert found == b"" or max(size_of(found)) <= EDGE


def test_nothing_of_the_first_look_is_on_disk(vault: Vault, card: Path, tmp_path: Path) -> None:
    look = FirstLook()
    seen: list[bytes] = []

    def cancel() -> bool:
        look.wait(20, SOON)
        seen.extend(frame.thumbnail for place in look.waiting if (frame := look.frame(place)))
        return True

    ingest(vault, [card], cancel=cancel, look=look)
    assert len(seen) == 20
    written = [
        path.read_bytes() for path in tmp_path.rglob("*") if path.is_file() and card not in path.parents
    ]
    assert written
    for small in seen:
        middle = small[len(small) // 2 :][:48]
        assert len(middle) == 48
        assert not any(middle in data for data in written)
