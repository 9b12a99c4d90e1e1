"""Colours: dark, light, high contrast, or none at all. Status always stands in words too: colour is never the only sign.

What a person chose is kept in the vault, for this laptop; what was chosen last also holds before a mission is open.
Without colours, what is chosen or written into is shown in reverse, which every terminal can.
"""

from __future__ import annotations

import os
from typing import Final

from textual.theme import Theme

from fieldkit import paths
from fieldkit.domain.jsontypes import Doc
from fieldkit.vault.reading import VaultReader
from fieldkit.vault.vault import Vault

THEME_VARIABLE: Final = "FIELDKIT_THEME"
NO_COLOR: Final = "NO_COLOR"
_PREFIX: Final = "preferences/"
_COLOURLESS: Final = ("dumb", "vt1", "vt2", "vt3", "vt4", "vt5", "xterm-mono", "linux-m", "screen.vt")

PLAIN: Final = Theme(
    name="fieldkit",
    primary="#5fa8d3",
    secondary="#7a9e7e",
    accent="#e0b04b",
    warning="#e0b04b",
    error="#e5726b",
    success="#7fbf7f",
    foreground="#d8dee4",
    background="#14181c",
    surface="#1a2026",
    panel="#242c34",
    dark=True,
    variables={"text-disabled": "#93a1ad"},
)

LIGHT: Final = Theme(
    name="fieldkit-light",
    primary="#0b5394",
    secondary="#38761d",
    accent="#7f4f00",
    warning="#7f4f00",
    error="#a61c00",
    success="#1d6b1d",
    foreground="#111111",
    background="#f4f4f0",
    surface="#ffffff",
    panel="#e2e2dc",
    dark=False,
    variables={"text-disabled": "#5f6468"},
)

CONTRAST: Final = Theme(
    name="fieldkit-contrast",
    primary="#ffffff",
    secondary="#ffffff",
    accent="#ffff00",
    warning="#ffff00",
    error="#ff9090",
    success="#90ff90",
    foreground="#ffffff",
    background="#000000",
    surface="#000000",
    panel="#303030",
    dark=True,
    text_alpha=1.0,
    variables={
        "block-cursor-background": "#ffff00",
        "block-cursor-foreground": "#000000",
        "input-cursor-background": "#ffff00",
        "input-cursor-foreground": "#000000",
        "border": "#ffff00",
        "text-muted": "#e0e0e0",
        "text-disabled": "#c0c0c0",
    },
)

BARE: Final = Theme(
    name="fieldkit-bare",
    primary="#ffffff",
    foreground="#ffffff",
    background="#000000",
    dark=True,
    variables={"input-cursor-text-style": "reverse", "block-cursor-text-style": "reverse"},
)
"""Where the terminal has no colours, or none are wanted."""

BARE_CSS: Final = """
MissionLine:nocolor, KeyLine:nocolor { text-style: reverse; }
PagedList:nocolor .paged--cursor, Choices:nocolor .choices--cursor { text-style: underline; }
PagedList:nocolor:focus .paged--cursor, Choices:nocolor:focus .choices--cursor { text-style: reverse; }
PaletteScreen Choices:nocolor .choices--cursor { text-style: reverse; }
InventoryScreen PagedList:nocolor .paged--cursor { text-style: reverse; }
PagedList:nocolor .paged--marked { text-style: bold; }
Choice:nocolor:focus { text-style: underline; }
Input:nocolor > .input--selection, TextArea:nocolor .text-area--selection { text-style: underline; }
"""

THEMES: Final = (PLAIN, LIGHT, CONTRAST)
NAMES: Final = {"dark": PLAIN.name, "light": LIGHT.name, "contrast": CONTRAST.name}
"""What people call them."""


def without_colours() -> bool:
    """Whether colours are unwanted (`NO_COLOR`) or the terminal knows none."""
    return bool(os.environ.get(NO_COLOR)) or os.environ.get("TERM", "").startswith(_COLOURLESS)


def first() -> str:
    """The theme asked for by the environment, else the one chosen last on this laptop, else the dark one."""
    return _asked() or _known(_last()) or PLAIN.name


def of_person(reader: VaultReader, person: str) -> str:
    """The theme asked for by the environment, else the one that a person (a record id) chose on this laptop, else `first`."""
    doc: Doc = reader.drafts().get(_PREFIX + person, {})
    return _asked() or _known(str(doc.get("theme"))) or first()


def keep_of_person(vault: Vault, person: str, name: str) -> None:
    """Remember what a person chose."""
    vault.save_draft(_PREFIX + person, {"theme": name})


def keep_last(name: str) -> None:
    """Remember it for the time before a mission is open; where that cannot be written it holds until the end."""
    paths.keep_setting(paths.last_theme(), name)


def _last() -> str:
    return paths.setting(paths.last_theme())


def _asked() -> str:
    return NAMES.get(os.environ.get(THEME_VARIABLE, "").strip().lower(), "")


def _known(name: str) -> str:
    return name if name in NAMES.values() else ""
