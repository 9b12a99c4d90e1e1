"""Colours that can be read, kept for whoever chose them; and screens that need none."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.style import Style

from fieldkit.tui import themes
from fieldkit.tui.app import FieldkitApp
from fieldkit.vault.recording import Add
from fieldkit.vault.vault import Vault
from tests.tui.halls import a_hall
from tests.tui.screens import Terminal, a_mission, run, visiting
from tests.vault.missions import PASSPHRASE

READABLE = 4.5
"""Contrast that WCAG 2 asks for in text of ordinary size."""
HIGH = 9.0
"""High contrast is to be more than the 7 that WCAG 2 asks for at its best."""
WAYS = {
    "visit": ["f2"],
    "capture": ["f3"],
    "form": ["f2", "o"],
    "help": ["f1"],
    "close": ["escape", "f8"],
    "inventory": ["f4"],
    "photos": ["f5"],
    "browse": ["f6"],
    "team": ["f7"],
    "palette": ["ctrl+p"],
    "host": ["f10"],
    "locked": ["escape"],
}


def styles(seen: Terminal) -> Iterator[tuple[str, Style]]:
    """Every text that the screen shows, with its style as it goes to the terminal."""
    app = seen.app
    for strip in app.screen._compositor.render_strips():
        for each in app._filters:
            strip = strip.apply_filter(each, app.screen.background_colors[1]) if each.enabled else strip
        yield from ((segment.text, segment.style) for segment in strip if segment.style)


def contrast(style: Style) -> float:
    """The ratio of luminances of text and ground, by WCAG 2."""
    assert style.color is not None
    assert style.bgcolor is not None
    one, other = sorted(map(_luminance, (style.color.get_truecolor(), style.bgcolor.get_truecolor())))
    return (other + 0.05) / (one + 0.05)


def _luminance(colour: tuple[int, int, int]) -> float:
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in (each / 255 for each in colour)
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize(("name", "least"), [("dark", READABLE), ("light", READABLE), ("contrast", HIGH)])
def test_every_text_can_be_read_in_every_theme(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, least: float
) -> None:
    monkeypatch.setenv(themes.THEME_VARIABLE, name)
    folder = a_mission(tmp_path / "visit")
    with Vault.open(folder, PASSPHRASE) as vault:
        vault.record([Add("observation", {"basis": "seen", "text": "Crates", "open_question": "Whose?"})])
    found: dict[str, float] = {}

    async def story() -> None:
        async with visiting(folder) as seen:
            await seen.sees("1 open question")
            for way, keys in WAYS.items():
                await seen.press(*keys)
                await seen.pilot.pause()
                seen.app.tell("Something was refused", "error")
                await seen.sees("Something was refused")
                for text, style in styles(seen):
                    if any(map(str.isalnum, text)) and (ratio := contrast(style)) < least:
                        found[f"{way}: {text.strip()}"] = round(ratio, 2)

    run(story())
    assert not found


def test_what_a_person_chose_is_there_again_and_holds_before_unlocking(tmp_path: Path) -> None:
    folder = a_mission(tmp_path / "visit")

    async def story() -> None:
        async with visiting(folder) as seen:
            assert seen.app.theme == themes.PLAIN.name
            await seen.press("ctrl+p")
            await seen.write("colours contrast")
            await seen.sees("colours: contrast")
            await seen.press("enter")
            await seen.until(lambda: seen.app.theme == themes.CONTRAST.name)
        assert FieldkitApp().theme == themes.CONTRAST.name
        themes.keep_last(themes.LIGHT.name)
        async with visiting(folder) as seen:
            assert seen.app.theme == themes.CONTRAST.name
        async with visiting(folder, person="J. Bauer") as seen:
            assert seen.app.theme == themes.LIGHT.name

    run(story())


def test_without_colours_the_line_that_an_act_is_about_is_reversed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(themes.NO_COLOR, "1")
    folder = a_hall(tmp_path / "visit")

    async def story() -> None:
        async with visiting(folder) as seen:
            await seen.press("f4")
            await seen.sees("LEFT 258", "Gyroscope t… GT-9")
            assert any(style.reverse and "GT-9" in text for text, style in styles(seen))
            assert not any(style.reverse and "447101" in text for text, style in styles(seen))

    run(story())


@pytest.mark.parametrize("variable", [("NO_COLOR", "1"), ("TERM", "vt220")])
def test_without_colours_the_cursor_and_what_is_open_are_seen_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: tuple[str, str]
) -> None:
    monkeypatch.setenv(*variable)
    assert themes.without_colours()
    monkeypatch.setenv(themes.NO_COLOR, "1")
    folder = a_mission(tmp_path / "visit")

    async def story() -> None:
        async with visiting(folder) as seen:
            await seen.press("f8")
            await seen.sees("OPEN nothing was exported yet", "OPEN no bundle lies")
            for _, style in styles(seen):
                assert style.color is None or style.color.is_default
                assert style.bgcolor is None or style.bgcolor.is_default
            reversed_ = [text.strip() for text, style in styles(seen) if style.reverse]
            assert "OPEN  nothing was exported yet" in reversed_
            assert "OPEN  no bundle lies where" not in reversed_
            await seen.press("f2", "o")
            await seen.sees("NEW OBSERVATION")
            await seen.at("open_question")
            assert any(style.reverse and text == " " for text, style in styles(seen))

    run(story())


def test_a_terminal_with_colours_keeps_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    assert not themes.without_colours()
