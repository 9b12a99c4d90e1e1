"""Colours. Status always stands in words too: colour is never the only sign."""

from __future__ import annotations

import os
from typing import Final

from textual.theme import Theme

THEME_VARIABLE: Final = "FIELDKIT_THEME"

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
    },
)

THEMES: Final = (PLAIN, LIGHT, CONTRAST)


def chosen() -> str:
    """The theme asked for by the environment (`light`, `contrast`), else the plain dark one."""
    wanted = os.environ.get(THEME_VARIABLE, "").strip().lower()
    names = {theme.name.removeprefix("fieldkit").lstrip("-") or "plain": theme.name for theme in THEMES}
    return names.get(wanted, PLAIN.name)
