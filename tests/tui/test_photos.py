"""Photos at the keyboard: a card is taken in while one goes on working, photos are captioned, held, given away, looked at."""

from __future__ import annotations

import hashlib
import io
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from typing import cast

import pytest
from PIL import Image

from fieldkit.capture.custody import placeholders
from fieldkit.domain.views import RecordView
from fieldkit.tui.screens.intake_job import CardIntake
from fieldkit.tui.screens.photos import PhotosScreen
from fieldkit.tui.screens.photos_acts import CaptionScreen
from fieldkit.tui.widgets.photo_grid import PhotoGrid
from fieldkit.vault.reading import VaultReader
from fieldkit.vault.recording import Amend
from fieldkit.vault.vault import Vault
from tests.bad import photos as bad
from tests.capture.cards import take_in
from tests.tui.screens import SMALL, Terminal, a_mission, run, visiting
from tests.vault.missions import PASSPHRASE

HOSTILE = "[b]\x1b[2Jgpj.\u202e\u200bx[/]"


@pytest.fixture(autouse=True)
def _colours(monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal that shows every colour, whatever the tests run in."""
    monkeypatch.setenv("COLORTERM", "truecolor")
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A mission beside which `card` may lie."""
    monkeypatch.chdir(tmp_path)
    return a_mission(tmp_path / "visit")


@pytest.fixture(scope="module")
def taken_in(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A mission with six photos of one camera, to be copied."""
    place = tmp_path_factory.mktemp("photos")
    folder = a_mission(place / "visit")
    with Vault.open(folder, PASSPHRASE) as vault:
        take_in(vault, place, 6)
    return folder


@pytest.fixture
def six(taken_in: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A mission of one test's own with six photos."""
    monkeypatch.chdir(tmp_path)
    return Path(shutil.copytree(taken_in, tmp_path / "visit"))


def a_card(place: Path, count: int) -> Path:
    """A card with that many sound photos."""
    card = place / "card" / "DCIM"
    card.mkdir(parents=True)
    for number in range(1, count + 1):
        (card / f"DSC_{number:04d}.JPG").write_bytes(bad.sound_jpeg(160, 120, seed=number))
    return card.parent


@contextmanager
def opened(folder: Path) -> Iterator[Vault]:
    with Vault.open(folder, PASSPHRASE) as vault:
        yield vault


def logged(folder: Path) -> list[RecordView]:
    with opened(folder) as vault:
        return list(vault.list("photo"))


async def to_photos(seen: Terminal, count: int) -> None:
    await seen.press("f5")
    await seen.sees(f"PHOTOS {count:,}" if count else "no photos here yet")


async def begin_card(seen: Terminal, path: str) -> CardIntake:
    """Type the card's folder and begin."""
    await seen.press("i")
    await seen.sees("TAKE IN A CARD")
    await seen.write(path)
    await seen.press("ctrl+s")
    await seen.sees("CARD card")
    screen = seen.app.screen_stack[0]
    assert isinstance(screen, PhotosScreen)
    assert screen.intake is not None
    return screen.intake


@contextmanager
def held_up(seen: Terminal) -> Iterator[None]:
    """The card's first file is not looked at before this ends."""
    free = Event()
    seen.app.store._long.submit(free.wait)
    try:
        yield
    finally:
        free.set()


def test_a_card_is_taken_in_and_everything_odd_about_it_is_told(folder: Path, tmp_path: Path) -> None:
    card = a_card(tmp_path, 5)
    (card / "DCIM" / "DSC_0009.JPG").write_bytes(bad.sound_jpeg(160, 120, seed=1))
    (card / "DCIM" / "DSC_0010.JPG").write_bytes(bad.broken_off())
    (card / "DCIM" / f"x{HOSTILE.replace('/', '')}.JPG").write_bytes(bad.sound_jpeg(160, 120, seed=77))
    (card / "notes.txt").write_text("not a picture")

    async def story() -> None:
        async with visiting(folder, SMALL) as seen:
            await to_photos(seen, 0)
            await begin_card(seen, "card")
            await seen.sees("every file is safe here", "DAMAGED (kept)", "DSC_0010.JPG", "here already")
            await seen.sees("left out notes.txt: no picture", "MISSING on the card", "7 of 8 kept")
            await seen.press("escape")
            await seen.sees("PHOTOS 7", "A-P-0001", "damaged")
            await seen.press("f", "f", "f", "f", "f", "f", "f")
            await seen.sees("PHOTOS 1 · damaged", "damaged: pixels")
            assert "\x1b" not in seen.shown
            assert "\u202e" not in seen.shown

    run(story())
    digests = {hashlib.sha256(path.read_bytes()).hexdigest() for path in card.rglob("*.JPG")}
    assert {view.doc["sha256"] for view in logged(folder)} == digests


def test_one_records_on_while_a_card_rests_and_then_it_goes_on(folder: Path, tmp_path: Path) -> None:
    a_card(tmp_path, 9)

    async def story() -> None:
        async with visiting(folder, SMALL) as seen:
            await to_photos(seen, 0)
            with held_up(seen):
                await begin_card(seen, "card")
                await seen.press("p")
            await seen.sees("PAUSED")
            await seen.press("escape")
            await seen.sees("PHOTOS 0", "PAUSED")
            await seen.press("f2")
            await seen.sees("TODAY")
            await seen.press("o")
            await seen.sees("NEW OBSERVATION")
            await seen.write("Crates in the yard")
            await seen.at("basis")
            await seen.press("s", "ctrl+s")
            await seen.sees("recorded")
            await seen.press("f5")
            await seen.sees("PAUSED")
            await seen.press("i", "p")
            await seen.sees("9 of 9 kept")

    run(story())
    with opened(folder) as vault:
        assert vault.counts()["photo"] == 9
        assert [view.doc["text"] for view in vault.list("observation")] == ["Crates in the yard"]


@pytest.mark.parametrize("ending", ["stop", "lock"])
def test_a_card_that_was_stopped_goes_on_and_nothing_is_there_twice(
    folder: Path, tmp_path: Path, ending: str
) -> None:
    a_card(tmp_path, 30)

    async def story() -> None:
        async with visiting(folder, SMALL) as seen:
            await to_photos(seen, 0)
            with held_up(seen):
                intake = await begin_card(seen, "card")
                intake.told = intake.pause
            await seen.until(lambda: intake.kept)
            assert intake.kept < 30
            if ending == "lock":
                await seen.press("f9")
                await seen.until(lambda: intake.stopped and intake.ended)
                await seen.at_passphrase(PASSPHRASE)
                await seen.sees("TODAY")
                await seen.press("f5")
                await seen.sees("PHOTOS")
            else:
                await seen.press("s")
                await seen.until(lambda: intake.ended)
                await seen.press("escape")
            screen = seen.app.screen_stack[0]
            assert isinstance(screen, PhotosScreen)
            screen.intake = None
            again = await begin_card(seen, "card")
            await seen.until(lambda: again.ended)
            await seen.sees("30 of 30 kept")

    run(story())
    with opened(folder) as vault:
        photos = list(vault.list("photo"))
        assert len({view.doc["sha256"] for view in photos}) == len(photos) == 30
        assert all("finished" in view.doc for view in vault.list("intake"))


def test_captions_are_shown_though_they_are_typed_before_it_is_known_which_photos_these_are(
    six: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known, looked = Event(), CaptionScreen.looked

    def late(self: CaptionScreen, reader: VaultReader) -> str:
        known.wait(20)
        return looked(self, reader)

    monkeypatch.setattr(CaptionScreen, "looked", late)

    async def story() -> None:
        async with visiting(six, SMALL) as seen:
            await to_photos(seen, 6)
            await seen.press("home", "space", "right", "r", "c")
            await seen.sees("CAPTION")
            await seen.write("Plate {n} of {of}")
            await seen.pilot.pause(1)
            known.set()
            await seen.sees("3 photos, A-P-0001 to A-P-0003", "Plate 1 of 3")

    run(story())


def test_three_photos_get_captions_and_links_in_one_act_each(six: Path) -> None:
    async def story() -> None:
        async with visiting(six, SMALL) as seen:
            await to_photos(seen, 6)
            await seen.press("home", "space", "right", "r", "c")
            await seen.sees("CAPTION", "3 photos, A-P-0001 to A-P-0003")
            await seen.write("Plate {n} of {of}: {item}")
            await seen.sees("there is nothing for {item}")
            await seen.press("ctrl+s")
            await seen.press("escape")
            await seen.press("l")
            await seen.sees("LINK")
            await seen.write("gyro")
            await seen.sees("Vertical gyroscope")
            await seen.press("enter", "ctrl+s")
            await seen.sees("3 photos linked.")
            await seen.press("m", "c")
            await seen.sees("What was typed before", "Plate 1 of 3: Vertical gyroscope 447108")
            await seen.press("ctrl+s")
            await seen.sees("3 photos captioned.", "Plate 1 of 3: Vert…")

    run(story())
    with opened(six) as vault:
        captions = [view.doc.get("caption") for view in vault.list("photo")]
        assert captions[:3] == [f"Plate {n} of 3: Vertical gyroscope 447108" for n in (1, 2, 3)]
        assert captions[3:] == [None] * 3
        assert [len(vault.history(f"A-P-000{n}")) for n in (1, 2, 3, 4)] == [3, 3, 3, 1]
        assert not any(name.startswith("photos/") for name in vault.drafts())


def test_photos_are_held_released_and_withheld_with_the_reason(six: Path) -> None:
    async def story() -> None:
        async with visiting(six, SMALL) as seen:
            await to_photos(seen, 6)
            await seen.press("home", "h")
            await seen.sees("HELD BY THE HOST")
            await seen.press("ctrl+s")
            await seen.sees("Reason is needed")
            await seen.write("Wants to look first")
            await seen.press("down")
            await seen.write("Salem")
            await seen.sees("Maj. Salem")
            await seen.press("enter", "ctrl+s")
            await seen.sees("1 photo held by the host.", "HELD: Wants to look first")
            await seen.press("R")
            await seen.sees("RELEASE")
            await seen.write("Looked through")
            await seen.press("ctrl+s")
            await seen.sees("1 photo released.", "released: Looked through")
            await seen.press("right", "W")
            await seen.sees("WITHHOLD", "A-P-0002")
            await seen.write("Shows the gate")
            await seen.press("ctrl+s")
            await seen.sees("1 photo withheld.", "WITHHELD: Shows the gate")

    run(story())
    first, second, *_ = logged(six)
    assert (first.doc["state"], first.doc["state_reason"]) == ("released", "Looked through")
    assert (second.doc["state"], second.doc["state_reason"]) == ("withheld", "Shows the gate")


def test_frames_that_were_not_handed_over_are_numbered_and_filled_when_they_come(
    folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "handed.jpg").write_bytes(bad.sound_jpeg(160, 120, seed=9))

    async def story() -> None:
        async with visiting(folder, SMALL) as seen:
            await to_photos(seen, 0)
            await seen.press("n")
            await seen.sees("FRAMES THAT WERE NOT")
            await seen.write("3")
            await seen.press("down")
            await seen.write("The host develops them")
            await seen.press("ctrl+s")
            await seen.sees("A-P-0001 to A-P-0003", "HELD", "no file here: the")
            await seen.press("home", "R")
            await seen.write("Now")
            await seen.press("ctrl+s")
            await seen.sees("Refused")
            await seen.press("escape", "F")
            await seen.sees("HANDS A FRAME OVER")
            await seen.write("handed.jpg")
            await seen.press("down")
            await seen.write("Developed")
            await seen.press("ctrl+s")
            await seen.sees("A-P-0001 is released, with its file.")

    run(story())
    assert [view.doc["state"] for view in logged(folder)] == ["released", "held", "held"]


def test_what_the_host_received_is_logged_file_by_file(six: Path) -> None:
    async def story() -> None:
        async with visiting(six, SMALL) as seen:
            await to_photos(seen, 6)
            await seen.press("home", "space", "r", "G")
            await seen.sees("LOG COPIES AS GIVEN", "2 photos")
            await seen.write("Salem")
            await seen.sees("Maj. Salem")
            await seen.press("enter", "ctrl+s")
            await seen.sees("copies of 2 photos logged as given")

    run(story())
    with opened(six) as vault:
        (handout,) = vault.list("handout")
        files = handout.doc["files"]
        assert isinstance(files, list)
        assert len(files) == 2


def test_a_photo_is_seen_large_with_what_is_known_and_the_arrows_go_on(six: Path) -> None:
    with opened(six) as vault:
        first = next(iter(vault.list("photo")))
        vault.record([Amend(first.id, "a note", set={"caption": HOSTILE})])

    async def story() -> None:
        async with visiting(six, SMALL) as seen:
            await to_photos(seen, 6)
            await seen.press("home")
            await seen.sees("A-P-0001", "[b]␛[2Jgpj")
            await seen.press("enter")
            await seen.sees("PHOTO A-P-0001", "1 of 6", "only here", "[b]␛[2Jgpj", "#WP5GA001234", "▀▀▀▀▀▀")
            await seen.press("right", "right")
            await seen.sees("PHOTO A-P-0003", "3 of 6", "DSC_0003.JPG")
            await seen.press("left", "c")
            await seen.sees("CAPTION", "A-P-0002")
            await seen.write("The plate")
            await seen.press("ctrl+s")
            await seen.sees("PHOTO A-P-0002", "Caption The plate")
            assert "\x1b" not in seen.shown

    run(story())


def test_copies_leave_only_after_a_warning_and_a_yes(six: Path, tmp_path: Path) -> None:
    async def story() -> None:
        async with visiting(six, SMALL) as seen:
            await to_photos(seen, 6)
            await seen.press("home", "O")
            await seen.sees("COPIES LEAVE THE VAULT", "NOT ENCRYPTED")
            await seen.write("out")
            await seen.press("ctrl+s")
            await seen.sees("Nothing was written")
            assert not (tmp_path / "out").exists()
            await seen.at("sure")
            await seen.press("y", "ctrl+s")
            await seen.sees("1 photo written to out. NOT ENCRYPTED")

    run(story())
    (written,) = (tmp_path / "out").iterdir()
    assert hashlib.sha256(written.read_bytes()).hexdigest() == logged(six)[0].doc["sha256"]
    with opened(six) as vault:
        assert not any("sure" in draft for draft in vault.drafts().values())


def test_nothing_of_a_picture_is_on_the_disk_in_the_clear(six: Path, tmp_path: Path) -> None:
    with opened(six) as vault:
        thumbnails = [vault.thumbnail(str(view.doc["sha256"])) for view in vault.list("photo")]

    async def story() -> None:
        async with visiting(six, SMALL) as seen:
            await to_photos(seen, 6)
            await seen.press("home", "enter")
            await seen.sees("▀▀▀▀▀▀")
            await seen.press("escape", "b")
            await seen.sees("no box yet")
            await seen.press("n")
            await seen.sees("box 1 of 1")

    run(story())
    parts = [jpeg[start : start + 48] for jpeg in thumbnails if jpeg for start in (600, len(jpeg) // 2)]
    parts += [bad.sound_jpeg(320, 240, seed=1)[700:748]]
    assert parts
    for file in tmp_path.rglob("*"):
        if file.is_file():
            content = file.read_bytes()
            assert not any(part in content for part in parts), file


def test_of_ten_thousand_photos_only_those_in_sight_are_read(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with opened(folder) as vault:
        for _ in range(2):
            placeholders(vault, 2000, "The host develops them")
    asked: list[Sequence[str]] = []

    async def story() -> None:
        async with visiting(folder, SMALL) as seen:
            await to_photos(seen, 4000)
            grid = seen.app.screen.query_one(PhotoGrid)
            source = grid._source
            assert source is not None
            assert grid.show_vertical_scrollbar
            tiles = source.tiles

            def watched(reader: object, keys: Sequence[str], *rest: object, **named: object) -> object:
                asked.append(keys)
                return tiles(reader, keys, *rest, **named)  # type: ignore[arg-type]

            monkeypatch.setattr(source, "tiles", watched)
            await seen.press("end")
            await seen.sees("A-P-4000")
            await seen.press("home")
            await seen.sees("A-P-0001")
            await seen.press(*["pagedown"] * 5)
            await seen.sees("A-P-0041")
            await seen.press("a")
            await seen.sees("4,000 marked")

    run(story())
    assert 0 < sum(map(len, asked)) < 200


def test_the_grid_draws_the_colours_of_the_pictures(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = io.BytesIO()
    Image.new("RGB", (300, 200), (200, 30, 30)).save(out, "JPEG")
    (tmp_path / "card").mkdir()
    (tmp_path / "card" / "red.jpg").write_bytes(out.getvalue())

    async def story() -> None:
        async with visiting(folder, SMALL) as seen:
            await to_photos(seen, 0)
            await begin_card(seen, "card")
            await seen.sees("1 of 1 kept")
            await seen.press("escape")
            await seen.sees("▀▀▀▀▀▀")
            strips = seen.app.screen._compositor.render_strips()
            colours = {
                tuple(segment.style.color.triplet)
                for strip in strips
                for segment in strip
                if "▀" in segment.text
                and segment.style
                and segment.style.color
                and segment.style.color.triplet
            }
            assert colours
            assert all(red > 180 and green < 50 and blue < 50 for red, green, blue in colours)

    run(story())


def test_frames_are_seen_before_they_are_kept_and_no_act_takes_them_for_photos(
    six: Path, tmp_path: Path
) -> None:
    card = tmp_path / "card"
    card.mkdir()
    for number in range(1, 10):
        (card / f"IMG_{number:04d}.JPG").write_bytes(bad.camera_jpeg(800, 600, seed=number))

    async def story() -> None:
        async with visiting(six, SMALL) as seen:
            await to_photos(seen, 6)
            with held_up(seen):
                intake = await begin_card(seen, "card")
                intake.pause()
            await seen.until(lambda: intake.look.looked == 9)
            await seen.press("escape")
            await seen.sees("PHOTOS 6 · 9 not yet kept", "PAUSED", "IMG_0001.JPG", "leave it in", "▀▀▀▀▀▀")
            await seen.press("enter")
            await seen.sees("it can be opened once")
            await seen.press("space", "a")
            await seen.sees("6 marked")
            await seen.press("u", "c")
            await seen.sees("There is no photo here.")
            await seen.press("i", "p")
            await seen.sees("9 of 9 kept")
            await seen.press("escape")
            await seen.sees("PHOTOS 15", "A-P-0007")
            assert "not yet kept" not in seen.shown

    run(story())
    assert len(logged(six)) == 15


def test_of_a_card_that_was_stopped_no_frame_is_left_that_is_not_kept(folder: Path, tmp_path: Path) -> None:
    a_card(tmp_path, 30)

    async def story() -> None:
        async with visiting(folder, SMALL) as seen:
            await to_photos(seen, 0)
            with held_up(seen):
                intake = await begin_card(seen, "card")
                intake.pause()
            await seen.press("escape")
            await seen.sees("30 not yet kept", "its picture comes")
            await seen.press("i", "s")
            await seen.until(lambda: intake.ended)
            await seen.press("escape")
            await seen.until(lambda: "not yet kept" not in seen.shown)

    run(story())


def test_an_observation_is_begun_with_the_marked_photos(six: Path) -> None:
    async def story() -> None:
        async with visiting(six) as seen:
            await to_photos(seen, 6)
            await seen.press("home", "space", "r", "o")
            await seen.sees("NEW OBSERVATION", "A-P-0001, A-P-0002")
            await seen.write("Serial plates")
            await seen.press("tab", "s", "ctrl+s")
            await seen.sees("observation recorded.", "PHOTOS 6")

    run(story())
    with opened(six) as vault:
        (view,) = vault.list("observation")
        shown = [vault.get(each).number for each in cast("list[str]", view.doc["photos"])]
    assert sorted(shown) == ["A-P-0001", "A-P-0002"]


@pytest.mark.parametrize("size", [SMALL, (83, 24), (90, 20)])
def test_what_is_known_of_a_photo_hangs_under_its_labels(six: Path, size: tuple[int, int]) -> None:
    with opened(six) as vault:
        vault.record([Amend("A-P-0006", "said", set={"caption": "Plate of the third gyroscope · " * 12})])

    async def story() -> None:
        async with visiting(six, size) as seen:
            await to_photos(seen, 6)
            await seen.press("enter")
            await seen.sees("6 of 6", "Copies", "only here", "Caption")
            side = seen.app.screen.query_one("#side").region.x + 1
            told = [line[side : side + 12].strip() for line in seen.lines[3:-2]]
            assert set(told) - {""} <= {
                "Copies",
                "State",
                "Caption",
                "Position",
                "Taken",
                "Time by",
                "Camera time",
            }

    run(story())
