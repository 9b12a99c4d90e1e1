"""Text longer than the screen: the arrows move it by lines, the page keys by pages."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import BindingType
from textual.containers import VerticalScroll

from fieldkit.tui.keys import FIRST, LAST, LIST, PAGE_DOWN, PAGE_UP, bound


class Pages(VerticalScroll, can_focus=True, inherit_bindings=False):
    """What is read from the beginning to the end."""

    DEFAULT_CSS = "Pages { scrollbar-size-vertical: 1; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        bound("up", "scroll_up", "Up", "One line up", LIST, show=False),
        bound("down", "scroll_down", "Down", "One line down", LIST, show=False),
        bound(PAGE_UP, "page_up", "Page up", "One page up", LIST, show=False),
        bound(PAGE_DOWN, "page_down", "Page down", "One page down", LIST, show=False),
        bound(FIRST, "scroll_home", "First", "To the beginning", LIST, show=False),
        bound(LAST, "scroll_end", "Last", "To the end", LIST, show=False),
    ]
