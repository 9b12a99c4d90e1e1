"""Every function is reached by keys that the terminals of inspectors deliver, and a whole round by each of them."""

from __future__ import annotations

import sys
from collections import defaultdict
from pathlib import Path

import pytest
from textual import events
from textual.binding import Binding

from fieldkit.tui.graphics import AnswerParser, Graphics
from fieldkit.vault.recording import Add
from fieldkit.vault.vault import Vault
from tests.tui.keyboards import KEYBOARDS, Keyboard
from tests.tui.screens import a_mission
from tests.tui.test_hazards import classes
from tests.vault.missions import PASSPHRASE

if sys.platform == "win32":
    pytest.skip("needs a POSIX terminal", allow_module_level=True)

from tests.tui.live import Live, live

BY_NAME = {"GNOME Terminal": {"FieldkitApp.host_view"}}
"""What is reached by the palette where no key is left for it."""


@pytest.fixture(params=list(KEYBOARDS))
def keyboard(request: pytest.FixtureRequest) -> tuple[str, Keyboard]:
    """Each keyboard with its name."""
    return request.param, KEYBOARDS[request.param]


def test_what_a_terminal_sends_is_the_key_that_was_pressed(keyboard: tuple[str, Keyboard]) -> None:
    for key, sent in keyboard[1].items():
        if sent == "\x1b":
            continue  # told from the beginning of a sequence by nothing coming after it
        parser = AnswerParser(Graphics({"FIELDKIT_PICTURES": "blocks"}))
        found = [*parser.feed(f"{sent}x"), *parser.feed("y")]
        keys = [each.key for each in found if isinstance(each, events.Key)]
        assert (
            keys == ([key, "x", "y"] if key != "escape" or sent != "\x1b" else ["x", "y"]) or key == "escape"
        )


def test_every_function_has_a_key_that_comes_through(keyboard: tuple[str, Keyboard]) -> None:
    name, sent = keyboard
    keys = defaultdict(set)
    for each in classes():
        for binding in Binding.make_bindings(each.__dict__.get("BINDINGS", [])):
            keys[f"{each.__name__}.{binding.action}"].add(binding.key)
    assert len(keys) > 150
    out_of_reach = {act for act, bound in keys.items() if not bound & set(sent)}
    assert out_of_reach == BY_NAME.get(name, set())


@pytest.mark.parametrize("broken", ["\x1b[47:63;2;63u", "\x1b[9999999999;1u", "\x1b[1114112;1u"])
def test_a_sequence_that_is_no_key_does_not_stop_the_keyboard(broken: str) -> None:
    parser = AnswerParser(Graphics({"FIELDKIT_PICTURES": "blocks"}))
    found = [*parser.feed(f"a{broken}"), *parser.feed("\x1b[15~b")]
    keys = [each.key for each in found if isinstance(each, events.Key)]
    assert keys[0] == "a"
    assert keys[-2:] == ["f5", "b"]


class Hands:
    """Somebody at a keyboard."""

    def __init__(self, terminal: Live, keyboard: Keyboard) -> None:
        self._terminal = terminal
        self._keyboard = keyboard

    def press(self, key: str, *sees: str) -> None:
        """Press a key, or the one that stands in for it, and wait for what comes."""
        instead = {
            "pagedown": "full_stop",
            "end": "greater_than_sign",
            "home": "less_than_sign",
            "f1": "question_mark",
        }
        self._terminal.send(self._keyboard.get(key) or self._keyboard[instead[key]])
        self._terminal.sees(*sees)

    def write(self, text: str) -> None:
        """Type letters and blanks."""
        for each in text:
            self._terminal.send(self._keyboard["space" if each == " " else each])
        self._terminal.sees(text)


def test_a_round_of_all_screens_by_each_keyboard(keyboard: tuple[str, Keyboard], tmp_path: Path) -> None:
    sent = keyboard[1]
    folder = a_mission(tmp_path / "visit")
    with Vault.open(folder, PASSPHRASE) as vault:
        vault.record([Add("comment", {"text": f"Remark {place}", "language": "en"}) for place in range(60)])
    with live(folder) as terminal:
        hands = Hands(terminal, sent)
        hands.press("f1", "KEYS")
        hands.press("escape", "OPEN", "TODAY")
        for key, heading in (
            ("f3", "RECORD WHAT?"), ("f4", "INVENTORY"), ("f5", "PHOTOS"), ("f6", "BROWSE"), ("f7", "TEAM"), ("f8", "CLOSE"),
        ):  # fmt: skip
            hands.press(key, heading)
        hands.press("f6", "Remark 59")
        hands.press("pagedown", "Remark 42")
        hands.press("end", "Remark 0")
        hands.press("home", "Remark 59")
        hands.press("slash", "FIND")
        hands.write("bauer")
        hands.press("enter", "PERSON")
        hands.press("escape", "FIND")
        hands.press("f2", "OPEN", "TODAY")
        hands.press("o", "NEW OBSERVATION")
        hands.write("Crates")
        hands.press("tab")
        hands.press("s", "(•) seen")
        hands.press("ctrl+n", "recorded.")
        terminal.until(lambda: "Crates" not in terminal.words, "an empty form")
        hands.press("ctrl+d", "Crates")
        hands.press("ctrl+j", "press the letter of a field")
        hands.press("escape")
        terminal.until(lambda: "[a]" not in terminal.words, "the letters' end")
        hands.press("ctrl+l", "WHERE WE ARE")
        hands.press("escape", "NEW OBSERVATION")
        hands.press("escape", "OPEN", "draft")
        hands.press("delete", "Dropped: draft", "nothing is open")
        hands.press("ctrl+z", "The draft is back.")
        hands.press("ctrl+p", "go to visit")
        hands.press("escape", "TODAY")
        if "f10" in sent:
            hands.press("f10", "WHAT THIS LAPTOP HOLDS")
            hands.press("escape", "Locked")
        else:
            hands.press("ctrl+p", "go to visit")
            hands.write("host")
            hands.press("enter", "WHAT THIS LAPTOP HOLDS")
            hands.press("escape", "Locked")
        terminal.send(PASSPHRASE)
        hands.press("enter", "OPEN", "TODAY")
        hands.press("f9", "Locked")
        hands.press("ctrl+q")
        assert terminal.process.wait(60) == 0
        assert "\x1b[?9001h" not in terminal.painted, "keys as Windows' console events are not understood"
    with Vault.open(folder, PASSPHRASE) as vault:
        assert [view.doc["text"] for view in vault.list("observation")] == ["Crates"]


def test_keys_pressed_before_the_next_form_is_there_act_on_it_in_their_order(tmp_path: Path) -> None:
    with live(a_mission(tmp_path / "visit")) as terminal:
        terminal.send("o")
        terminal.sees("NEW OBSERVATION")
        terminal.send("Crates\ts")
        terminal.sees("(•) seen")
        terminal.send("\x0e\x04 more")
        terminal.sees("recorded.", "Crates more")
        terminal.send("\x04")
        terminal.until(lambda: "more" not in terminal.words, "as last time")
        terminal.send("\x1a")
        terminal.sees("Crates more")
        terminal.send("\ts")
        terminal.sees("(•) seen")
        terminal.send("\x0e\x04\n")
        terminal.sees("Crates more", "press the letter of a field")
        terminal.send("b")
        terminal.until(lambda: "[a]" not in terminal.words, "the letters' end")
        assert terminal.quit() == 0
