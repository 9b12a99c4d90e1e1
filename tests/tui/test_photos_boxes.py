"""Redaction with boxes, cameras' clocks and the code on the screen; how pictures become characters."""

from __future__ import annotations

import io
import shutil
from pathlib import Path

import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from fieldkit.capture.clock_codes import read_code
from fieldkit.capture.intake import ingest
from fieldkit.capture.redaction import Box
from fieldkit.tui.screens.clock_code import Code
from fieldkit.tui.widgets.box_picture import BoxPicture
from fieldkit.tui.widgets.halfblocks import Colours, drawn, opened
from fieldkit.vault.recording import Add, Amend
from fieldkit.vault.vault import Vault
from tests.bad import photos as bad
from tests.capture.cards import take_in
from tests.tui.screens import LARGE, SMALL, Terminal, a_mission, run, visiting
from tests.vault.missions import PASSPHRASE


@pytest.fixture(autouse=True)
def _colours(monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal that shows every colour, whatever the tests run in."""
    monkeypatch.setenv("COLORTERM", "truecolor")
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)


@pytest.fixture(scope="module")
def taken_in(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A mission with three photos of one camera, to be copied."""
    place = tmp_path_factory.mktemp("boxes")
    folder = a_mission(place / "visit")
    with Vault.open(folder, PASSPHRASE) as vault:
        take_in(vault, place, 3)
    return folder


@pytest.fixture
def three(taken_in: Path, tmp_path: Path) -> Path:
    """A mission of one test's own with three photos."""
    return Path(shutil.copytree(taken_in, tmp_path / "visit"))


def painted(seen: Terminal) -> Image.Image:
    """The screen as a picture, a pixel for each half of a cell; what has no colour is grey."""
    strips = seen.app.screen._compositor.render_strips()
    picture = Image.new("RGB", (strips[0].cell_length, 2 * len(strips)), (90, 90, 90))
    for row, strip in enumerate(strips):
        column = 0
        for segment in strip:
            for character in segment.text:
                style = segment.style
                fore, back = (
                    tuple(each.triplet) if each is not None and each.triplet else (90, 90, 90)
                    for each in ((style.color, style.bgcolor) if style else (None, None))
                )
                above, below = {"▀": (fore, back), "▄": (back, fore), "█": (fore, fore)}.get(
                    character, (back, back)
                )
                picture.putpixel((column, 2 * row), above)
                picture.putpixel((column, 2 * row + 1), below)
                column += 1
    return picture


async def to_boxes(seen: Terminal) -> BoxPicture:
    await seen.press("f5")
    await seen.sees("PHOTOS 3")
    await seen.press("home", "b")
    await seen.sees("REDACT A-P-0001")
    return seen.app.screen.query_one(BoxPicture)


def test_boxes_are_moved_by_the_arrows_and_the_copy_is_black_there(
    three: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story() -> Box:
        async with visiting(three, LARGE) as seen:
            picture = await to_boxes(seen)
            await seen.press("ctrl+s")
            await seen.sees("There is no box yet")
            await seen.press("n")
            await seen.sees("box 1 of 1", "MOVE")
            before = picture.boxes[0]
            await seen.press("left", "left", "up")
            moved = picture.boxes[0]
            assert (moved.x, moved.y) < (before.x, before.y)
            await seen.press("s", "right", "down")
            await seen.sees("SIZE")
            assert picture.boxes[0].width > before.width
            assert picture.boxes[0].height > before.height
            await seen.press("n", *["right"] * 3, "x")
            assert picture.boxes == [picture.boxes[0]]
            await seen.press("p")
            await seen.sees("WHAT IS LEFT")
            (black,) = picture.black
            await seen.until(lambda: (0, 0, 0) in {rgb for _, rgb in painted(seen).getcolors(10_000) or []})
            await seen.press("ctrl+s")
            await seen.sees("REDACT: WHY?")
            await seen.press("ctrl+s")
            await seen.sees("Reason is needed")
            await seen.write("A face")
            await seen.press("ctrl+s")
            await seen.sees("A-P-0004 is the redacted copy; A-P-0001 is withheld.", "PHOTOS 4")
            return black

    black = run(story())
    with Vault.open(three, PASSPHRASE) as vault:
        first, *_, copy = vault.list("photo")
        assert (first.doc["state"], copy.doc["state"]) == ("withheld", "redacted")
        assert copy.doc["boxes"] == [black.to_doc()]
        media = vault.get(str(copy.doc["media"]))
        with Image.open(io.BytesIO(b"".join(vault.media.open(media.doc)))) as image:
            left, top, right, bottom = black.corners
            inner = image.convert("L").crop((left + 2, top + 2, right - 2, bottom - 2))
            assert inner.getextrema() == (0, 0)
        assert not any(name.startswith("redaction/") for name in vault.drafts())


def test_boxes_are_there_again_after_going_back(three: Path) -> None:
    async def story() -> None:
        async with visiting(three, SMALL) as seen:
            picture = await to_boxes(seen)
            await seen.press("n", "right", "n", "down")
            boxes = list(picture.boxes)
            await seen.press("escape", "b")
            await seen.sees("box 2 of 2")
            assert seen.app.screen.query_one(BoxPicture).boxes == boxes

    run(story())


def test_a_box_never_leaves_the_picture(three: Path) -> None:
    async def story() -> None:
        async with visiting(three, SMALL) as seen:
            picture = await to_boxes(seen)
            picture.action_new()
            for sizing in (False, True):
                picture.sizing = sizing
                for across, down in ((-1, -1), (1, 1), (1, 0), (-1, 0), (0, -1)):
                    for _ in range(60):
                        picture.action_arrow(across, down)
                        (box,) = picture.boxes
                        assert 0 <= box.x <= box.x + box.width <= 320
                        assert 0 <= box.y <= box.y + box.height <= 240
                        assert box.width > 0
                        assert box.height > 0

    run(story())


def test_a_file_without_pixels_is_refused_with_the_reason(tmp_path: Path) -> None:
    folder = a_mission(tmp_path / "visit")
    card = tmp_path / "card"
    card.mkdir()
    (card / "DSC_0001.JPG").write_bytes(bad.header_alone())
    with Vault.open(folder, PASSPHRASE) as vault:
        ingest(vault, [card])

    async def story() -> None:
        async with visiting(folder, SMALL) as seen:
            await seen.press("f5")
            await seen.sees("PHOTOS 1", "damaged")
            await seen.press("b")
            await seen.sees("there are no pixels to be redacted here", "cannot be decoded")
            await seen.press("n", "left", "p", "ctrl+s")
            await seen.pilot.pause()
            await seen.sees("there are no pixels to be redacted here", "cannot be decoded")
            assert "box" not in seen.words.partition("REDACT")[2].partition("Ctrl+S")[0]

    run(story())


@pytest.mark.parametrize("size", [SMALL, LARGE], ids=["80x24", "120x40"])
def test_the_clock_code_on_the_screen_can_be_photographed(
    three: Path, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int]
) -> None:
    async def story() -> tuple[Image.Image, str, int]:
        async with visiting(three, size) as seen:
            await seen.press("f5")
            await seen.sees("PHOTOS 3")
            await seen.press("t")
            await seen.sees("CAMERAS' CLOCKS")
            await seen.press("q")
            await seen.sees("photograph it")
            return painted(seen), seen.shown, seen.app.screen.query_one(Code).scale

    screen, shown, scale = run(story())
    photographed = io.BytesIO()
    screen.resize((screen.width * 6, screen.height * 6), Image.Resampling.NEAREST).save(photographed, "PNG")
    with Vault.open(three, PASSPHRASE) as vault:
        when = read_code(photographed.getvalue(), vault.mission_id)
    assert when is not None
    assert f"{when:%Y-%m-%d %H:%M:%S} UTC" in shown
    assert scale == (1 if size == SMALL else 2)


def test_the_code_is_read_without_any_colour(three: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")

    async def story() -> list[str]:
        async with visiting(three, SMALL) as seen:
            await seen.press("f5", "t")
            await seen.sees("CAMERAS' CLOCKS")
            await seen.press("q")
            await seen.sees("photograph it")
            return seen.lines

    lines = run(story())
    screen = Image.new("L", (80, 48))
    for row, line in enumerate(lines[:-1]):
        for column, character in enumerate(line):
            screen.putpixel((column, 2 * row), 255 * (character in "▀█"))
            screen.putpixel((column, 2 * row + 1), 255 * (character in "▄█"))
    (code,) = zxingcpp.read_barcodes(screen.resize((480, 288), Image.Resampling.NEAREST))
    assert code.text.startswith("FIELDKIT-CLOCK:")


def test_a_stated_clock_corrects_all_photos_of_the_camera_and_can_be_taken_back(three: Path) -> None:
    async def story() -> None:
        async with visiting(three, SMALL) as seen:
            await seen.press("f5", "t")
            await seen.sees("Example Optics EX-1 #WP5GA001234: 3 photos, NOT CHECKED")
            await seen.press("s")
            await seen.sees("STATE A CAMERA'S CLOCK")
            await seen.press("ctrl+s")
            await seen.sees("Say what it shows, or how far it is ahead")
            await seen.at("ahead")
            await seen.write("three minutes")
            await seen.press("ctrl+s")
            await seen.sees("'three minutes' is no length of time")
            await seen.press("ctrl+u")
            await seen.write("-3m12s")
            await seen.press("ctrl+s")
            await seen.sees("Times of 3 photos derived anew.", "IN USE -3m12s ±2s")
            await seen.press("escape")
            await seen.sees("2026-02-12 10:05:12 +02:00 ±")
            await seen.press("t")
            await seen.sees("IN USE")
            await seen.press("x")
            await seen.sees("No clock is in use.")

    run(story())
    with Vault.open(three, PASSPHRASE) as vault:
        assert all("taken_offset_s" not in view.doc for view in vault.list("photo"))


def test_what_a_camera_shows_is_compared_with_the_time_of_the_key(three: Path) -> None:
    async def story() -> None:
        async with visiting(three, SMALL) as seen:
            await seen.press("f5", "t")
            await seen.sees("NOT CHECKED")
            await seen.press("s")
            await seen.sees("STATE A CAMERA'S CLOCK")
            await seen.write("10:00:30")
            await seen.at("at")
            await seen.write("2026-02-12 10:00:00 +02:00")
            await seen.at("zone")
            await seen.write("+01:00")
            await seen.press("ctrl+s")
            await seen.sees("IN USE +1h30s ±2s")

    run(story())


def test_the_receivers_clock_is_used_by_one_key(tmp_path: Path) -> None:
    folder = a_mission(tmp_path / "visit")
    with Vault.open(folder, PASSPHRASE) as vault:
        take_in(vault, tmp_path, 4)
        vault.record(
            [
                Amend(
                    view.id,
                    "as its receiver gave it",
                    set={"gps_time": {"at": f"2026-02-12T07:{58 + place:02d}:00Z", "offset": "+00:00"}},
                )
                for place, view in enumerate(list(vault.list("photo"))[:2])
            ]
        )
        vault.record([Add("camera", {"make": "Other", "model": "No photo yet"})])

    async def story() -> None:
        async with visiting(folder, SMALL) as seen:
            await seen.press("f5", "t")
            await seen.sees(
                "choose a clock", "by its satellite receiver; 2 readings", "No photo yet: 0 photos"
            )
            await seen.press("down", "enter")
            await seen.sees("IN USE +2m ±1m", "Times of 4 photos derived anew.")

    run(story())


@settings(max_examples=40, deadline=None)
@given(
    size=st.tuples(st.integers(1, 400), st.integers(1, 400)),
    columns=st.integers(1, 60),
    rows=st.integers(1, 30),
    colours=st.sampled_from(["many", "256", "16", "none"]),
)
def test_a_picture_never_takes_more_cells_than_it_is_given(
    size: tuple[int, int], columns: int, rows: int, colours: Colours
) -> None:
    lines = drawn(Image.new("RGB", size, (10, 200, 30)), columns, rows, colours)
    assert 1 <= len(lines) <= rows
    assert len({line.cell_length for line in lines}) == 1
    assert 1 <= lines[0].cell_length <= columns
    assert all(len(line.text) == line.cell_length for line in lines)


def test_terminals_of_few_colours_get_only_these() -> None:
    image = Image.linear_gradient("L").convert("RGB")
    greys = {0, 85, 170, 255}
    for line in drawn(image, 40, 12, "16"):
        for segment in line:
            assert segment.style is not None
            assert segment.style.color is not None
            assert segment.style.color.triplet is not None
            assert set(segment.style.color.triplet) <= greys
    plain = drawn(image, 40, 12, "none")
    assert all(segment.style is None for line in plain for segment in line)
    assert {"█", " "} <= {character for line in plain for character in line.text}
    light, dark = (drawn(image, 40, 12, "none", dark=dark)[0].text for dark in (False, True))
    assert light == dark.translate(str.maketrans(" ░▒▓█", "█▓▒░ "))


@pytest.mark.parametrize(
    "data",
    [b"", b"\xff\xd8\xff", bad.only_zeros(), bad.header_alone(), bad.text_named_jpg()],
    ids=["empty", "start", "zeros", "header", "text"],
)
def test_what_is_no_picture_is_drawn_as_none(data: bytes) -> None:
    assert opened(data) is None


def test_a_small_picture_that_claims_to_be_huge_is_not_decoded() -> None:
    assert opened(bad.jpeg_claiming_65500_by_65500()) is None
