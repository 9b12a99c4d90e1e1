"""Pictures in pixels on terminals that draw them, and what a terminal's answers must never do: wait, be typed, be lost."""

from __future__ import annotations

import base64
import io
import re
import shutil
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageStat
from textual import events
from textual.message import Message

from fieldkit.tui.graphics import Graphics, known
from fieldkit.tui.widgets import pixels
from fieldkit.vault.vault import Vault
from tests.capture.cards import take_in
from tests.tui.screens import a_mission
from tests.vault.missions import PASSPHRASE

if sys.platform == "win32":
    pytest.skip("needs a POSIX terminal", allow_module_level=True)

from fieldkit.tui.graphics import AnswerParser
from tests.tui.live import Answers, Live, live

WINDOWS_TERMINAL = "\x1b[?61;4;6;7;14;21;22;23;24;28;32;42c"
XTERM = "\x1b[?64;1;2;6;9;15;16;17;18;21;22;28c"
CELL = "\x1b[6;20;10t"


@pytest.fixture(scope="module")
def taken_in(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A mission with two photos, to be copied."""
    place = tmp_path_factory.mktemp("photos")
    folder = a_mission(place / "visit")
    with Vault.open(folder, PASSPHRASE) as vault:
        take_in(vault, place, 2)
    return folder


@pytest.fixture
def folder(taken_in: Path, tmp_path: Path) -> Path:
    """A mission of one test's own."""
    return Path(shutil.copytree(taken_in, tmp_path / "visit"))


def answering(attributes: str, *, after: float = 0.0) -> Answers:
    """A terminal that says what it is, so many seconds after it was asked."""

    def answer(sequence: str) -> str:
        if sequence == "16t":
            return CELL
        if sequence == "c":
            time.sleep(after)
            return attributes
        return ""

    return answer


def to_photo(terminal: Live) -> None:
    terminal.send("\x1b[15~")
    terminal.sees("PHOTOS 2", "A-P-0002")
    terminal.send("\r")
    terminal.sees("PHOTO A-P-0002", "2 of 2", "SHA-256")


def unsixel(sequence: str) -> Image.Image:
    """The pixels that a sixel sequence draws, read as the standard says."""
    header, _, body = sequence.partition('"')
    assert header == "P0;1;0q"
    told, _, drawn = body.partition("#")
    width, height = map(int, told.split(";")[2:])
    image = Image.new("RGB", (width, height), (255, 0, 255))
    palette: dict[int, tuple[int, ...]] = {}
    x = y = colour = 0
    tokens = re.findall(r"#(\d+);2;(\d+);(\d+);(\d+)|#(\d+)|!(\d+)(.)|([?-~])|([$-])", f"#{drawn}")
    for number, red, green, blue, chosen, count, repeated, one, move in tokens:
        if number:
            palette[int(number)] = tuple(int(part) * 255 // 100 for part in (red, green, blue))
        elif chosen:
            colour = int(chosen)
        elif move:
            x, y = 0, y + 6 * (move == "-")
        for _ in range(int(count or 1) if count or one else 0):
            for bit in range(6):
                if ord(repeated or one) - 63 >> bit & 1:
                    image.putpixel((x, y + bit), palette[colour])
            x += 1
    return image


def unkitty(strings: list[str]) -> Image.Image:
    """The picture that was given to kitty in these application commands."""
    told = "".join(each.removeprefix("_G").partition(";")[2] for each in strings)
    assert strings[0].startswith("_Ga=T,U=1,q=2,f=100,")
    assert [each.partition(";")[0][-3:] for each in strings] == ["m=1"] * (len(strings) - 1) + ["m=0"]
    return Image.open(io.BytesIO(base64.b64decode(told))).convert("RGB")


def decoded(jpeg: bytes) -> Image.Image:
    return Image.open(io.BytesIO(jpeg)).convert("RGB")


def distance(one: Image.Image, other: Image.Image) -> float:
    """How far two pictures are apart on the average, in levels of 255."""
    return max(ImageStat.Stat(ImageChops.difference(one, other.resize(one.size))).mean)


def smooth() -> Image.Image:
    return Image.radial_gradient("L").resize((320, 240)).convert("RGB")


@pytest.mark.parametrize("size", [(480, 360), (7, 6), (255, 60)])
def test_a_sixel_picture_shows_every_pixel(size: tuple[int, int]) -> None:
    image = smooth()
    drawn = unsixel(pixels.sixels(image, *size).removeprefix("\x1b").removesuffix("\x1b\\"))
    assert drawn.size == size
    assert distance(drawn, image.resize(size, Image.Resampling.BILINEAR)) < 6


def test_a_picture_never_has_more_pixels_than_its_cells() -> None:
    for size, columns, rows, cell in (
        ((320, 240), 48, 18, (10, 20)), ((240, 320), 48, 18, (7, 15)), ((9000, 3), 80, 20, (8, 16)),
        ((3, 9000), 80, 90, (8, 17)), ((320, 240), 1, 1, (8, 16)),
    ):  # fmt: skip
        (width, height), (across, down) = pixels.fitting(size, columns, rows, cell)
        assert across <= columns
        assert down <= rows
        assert width <= across * cell[0]
        assert height <= down * cell[1]
        assert height % 6 == 0


def test_a_terminal_with_sixels_gets_one_picture_in_its_place(folder: Path) -> None:
    with Vault.open(folder, PASSPHRASE) as vault:
        jpeg = vault.thumbnail(str(vault.get("A-P-0002").doc["sha256"]))
    assert jpeg is not None
    with live(folder, answers=answering(WINDOWS_TERMINAL)) as terminal:
        to_photo(terminal)
        terminal.until(lambda: len(terminal.sixels) > 300, "a large picture")
        (place,) = set(terminal.sixels.values())
        assert distance(unsixel(terminal.strings[place]), decoded(jpeg)) < 12
        assert min(row for row, _ in terminal.sixels) >= 3, "over the heading"
        assert max(row for row, _ in terminal.sixels) <= 21, "over the line of keys"
        assert max(column for _, column in terminal.sixels) <= 47, "over what is known of it"
        assert "▀" not in terminal.shown.partition("PHOTO A-P-0002")[2]
        assert not terminal.harm
        assert not any(each.startswith("_G") for each in terminal.strings)
        before = len(terminal.strings)
        terminal.send("\x1b[D")
        terminal.sees("PHOTO A-P-0001", "1 of 2")
        terminal.until(lambda: len(terminal.strings) > before, "the other picture")
        terminal.send("\x1b")
        terminal.sees("PHOTOS 2")
        assert terminal.quit() == 0


def test_kitty_gets_pictures_that_go_with_their_cells(folder: Path) -> None:
    with Vault.open(folder, PASSPHRASE) as vault:
        jpeg = vault.thumbnail(str(vault.get("A-P-0002").doc["sha256"]))
    assert jpeg is not None
    with live(folder, TERM="xterm-kitty") as terminal:
        to_photo(terminal)
        terminal.until(lambda: terminal.shown.count(pixels.PLACEHOLDER) > 200, "a large picture")
        given = [each for each in terminal.strings if each.startswith("_G") and "a=d" not in each]
        sent = given[max(place for place, each in enumerate(given) if each.startswith("_Ga=T")) :]
        assert distance(unkitty(sent), decoded(jpeg)) < 12
        number = re.search(r"i=(\d+)", sent[0])[1]  # type: ignore[index]
        red, green, blue = (int(number) >> shift & 255 for shift in (16, 8, 0))
        assert f"38;2;{red};{green};{blue}" in terminal.painted
        assert "\x1b[c" not in terminal.painted
        terminal.send("\x1b")
        terminal.until(lambda: f"_Ga=d,d=I,i={number},q=2" in terminal.strings, "the picture's end")
        terminal.sees("PHOTOS 2")
        assert terminal.shown.count(pixels.PLACEHOLDER) < 200
        assert terminal.quit() == 0


def test_kitty_shows_the_grid_in_pixels_and_forgets_them_at_the_lock(folder: Path) -> None:
    with live(folder, TERM="xterm-kitty") as terminal:
        terminal.send("\x1b[15~")
        terminal.sees("PHOTOS 2", "A-P-0002")
        terminal.until(lambda: terminal.shown.count(pixels.PLACEHOLDER) > 150, "two small pictures")
        assert "▀" not in terminal.shown
        given = set(re.findall(r"_Ga=T,U=1,q=2,f=100,i=(\d+)", " ".join(terminal.strings)))
        assert len(given) >= 2
        assert sum(len(each) for each in terminal.strings if each.startswith("_G")) < 100_000
        terminal.send("\x1b[20~")
        terminal.sees("Locked")
        terminal.until(
            lambda: given <= set(re.findall(r"_Ga=d,d=I,i=(\d+)", " ".join(terminal.strings))), "their end"
        )
        assert pixels.PLACEHOLDER not in terminal.shown
        assert terminal.quit() == 0


def silent() -> Iterator[tuple[str, dict[str, str], bool]]:
    yield "says nothing", {}, True
    yield "tmux", {"TMUX": "/tmp/tmux,1,0", "TERM": "tmux-256color"}, False
    yield "macOS Terminal", {"TERM_PROGRAM": "Apple_Terminal"}, False
    yield "no colours", {"NO_COLOR": "1"}, False
    yield "wanted", {"FIELDKIT_PICTURES": "blocks", "TERM": "xterm-kitty"}, False


@pytest.mark.parametrize(
    ("environment", "is_asked"), [each[1:] for each in silent()], ids=[each[0] for each in silent()]
)
def test_where_nothing_is_known_pictures_stay_characters(
    folder: Path, environment: dict[str, str], is_asked: bool
) -> None:
    with live(folder, **environment) as terminal:
        to_photo(terminal)
        shaded = "NO_COLOR" in environment
        terminal.until(lambda: any(each in terminal.shown for each in ("░▒▓" if shaded else "▀")))
        assert ("\x1b[c" in terminal.painted) is is_asked
        assert not [each for each in terminal.strings if each[:2] in ("P0", "_G")]
        assert terminal.quit() == 0


@pytest.mark.parametrize("attributes", [WINDOWS_TERMINAL, XTERM])
def test_an_answer_that_comes_late_is_not_typed_into_a_record(folder: Path, attributes: str) -> None:
    with live(folder) as terminal:
        terminal.send("o")
        terminal.sees("NEW OBSERVATION")
        terminal.send(f"Two {CELL}gyro{attributes[:9]}")
        time.sleep(0.05)
        terminal.send(f"{attributes[9:]}scopes")
        terminal.sees("Two gyroscopes")
        terminal.send("\ts\x13")
        terminal.sees("recorded.")
        assert terminal.quit() == 0
    with Vault.open(folder, PASSPHRASE) as vault:
        assert [view.doc["text"] for view in vault.list("observation")] == ["Two gyroscopes"]


def test_whoever_leaves_at_once_finds_no_answer_at_the_shell(folder: Path) -> None:
    with live(folder, answers=answering(XTERM, after=0.3)) as terminal:
        assert terminal.quit() == 0
        time.sleep(0.5)
        assert "64;1;2;6" not in terminal.shown


def keys_of(parser: AnswerParser, *pieces: str) -> list[str]:
    """What a parser makes of pieces of input that come more than an Escape's delay apart."""
    found: list[Message] = []
    for piece in pieces:
        found += [*parser.feed(piece), *parser.tick()]
        time.sleep(0.15)
        found += parser.tick()
        time.sleep(0.15)
        found += parser.tick()
    return [each.key for each in found if isinstance(each, events.Key)]


def test_keys_that_begin_like_an_answer_stay_keys() -> None:
    graphics = Graphics({"TERM": "xterm-256color"})
    graphics.asked()
    assert graphics.expects
    parser = AnswerParser(graphics)
    assert keys_of(parser, "\x1b") == ["escape"]
    assert keys_of(parser, "\x1b[6~") == ["pagedown"]
    assert keys_of(parser, f"x{WINDOWS_TERMINAL[:9]}", f"{WINDOWS_TERMINAL[9:]}y") == ["x", "y"]
    assert graphics.way == "sixel"
    assert not graphics.expects
    assert keys_of(parser, "\x1b") == ["escape"]


def test_what_is_known_without_asking() -> None:
    assert known({"TERM": "xterm-ghostty"}) == "kitty"
    assert known({"TERM": "xterm-256color"}) is None
    assert known({"TERM": "screen-256color", "FIELDKIT_PICTURES": "sixel"}) == "sixel"
    graphics = Graphics({"TERM": "xterm-256color"})
    graphics.attributes("64;1;2;6;14;24;44")
    assert graphics.way == "blocks"
