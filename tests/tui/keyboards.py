"""What keyboards send through the terminals that inspectors have, each key by its documented sequence.

macOS Terminal: its profile "Basic", Option not as Meta; Page Up, Page Down, Home and End scroll its own window. Windows
Terminal: what it hands to WSL and ssh (xterm's sequences), without what it keeps for itself (F11, Alt+Enter, Ctrl+V). Kitty's
protocol, which Textual asks for: kitty, Ghostty, foot, iTerm2. GNOME Terminal keeps F1 and F10. The Linux console.
"""

from __future__ import annotations

import string
from typing import Final

from textual.keys import _character_to_key

Keyboard = dict[str, str]
"""Textual's name of a key: what the terminal sends for it."""

_CHARACTERS: Final = f"{string.ascii_letters}{string.digits}?/+=,.<> "
_FUNCTIONS: Final = (15, 17, 18, 19, 20, 21)
_ARROWS: Final = {"up": "A", "down": "B", "right": "C", "left": "D"}


def _xterm() -> Keyboard:
    return {
        **{_character_to_key(each): each for each in _CHARACTERS},
        **{f"ctrl+{each}": chr(ord(each) - 96) for each in string.ascii_lowercase if each not in "him"},
        "enter": "\r", "tab": "\t", "shift+tab": "\x1b[Z", "escape": "\x1b", "backspace": "\x7f", "delete": "\x1b[3~",
        **{key: f"\x1b[{letter}" for key, letter in _ARROWS.items()},
        "home": "\x1b[H", "end": "\x1b[F", "pageup": "\x1b[5~", "pagedown": "\x1b[6~",
        **{f"f{place}": f"\x1bO{letter}" for place, letter in enumerate("PQRS", start=1)},
        **{f"f{place}": f"\x1b[{number}~" for place, number in enumerate(_FUNCTIONS, start=5)},
    }  # fmt: skip


def _without(keyboard: Keyboard, *kept: str) -> Keyboard:
    return {key: sent for key, sent in keyboard.items() if key not in kept}


def _kitty() -> Keyboard:
    written = {"enter": 13, "tab": 9, "escape": 27, "backspace": 127}
    return {
        **_xterm(),
        **{_character_to_key(each): f"\x1b[{ord(each.lower())};{2 if each.isupper() else ''};{ord(each)}u" for each in _CHARACTERS},
        **{f"ctrl+{each}": f"\x1b[{ord(each)};5u" for each in string.ascii_lowercase},
        **{key: f"\x1b[{number}u" for key, number in written.items()},
        "shift+tab": "\x1b[9;2u",
        "f1": "\x1b[P", "f2": "\x1b[Q", "f3": "\x1b[13~", "f4": "\x1b[S",
    }  # fmt: skip


def _console() -> Keyboard:
    return {
        **_xterm(),
        **{f"f{place}": f"\x1b[[{letter}" for place, letter in enumerate("ABCDE", start=1)},
        "home": "\x1b[1~",
        "end": "\x1b[4~",
    }


KEYBOARDS: Final[dict[str, Keyboard]] = {
    "macOS Terminal": _without(_xterm(), "home", "end", "pageup", "pagedown"),
    "Windows Terminal": _without(_xterm(), "ctrl+v", "ctrl+c"),
    "kitty": _kitty(),
    "GNOME Terminal": _without(_xterm(), "f1", "f10"),
    "Linux console": _without(_console(), "shift+tab"),
}
