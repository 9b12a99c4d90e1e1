"""The one way in which text from people, files and other laptops reaches the screen.

Never as markup, and with control, invisible and direction-changing characters made visible.
"""

from __future__ import annotations

import re
from typing import Final

from rich.cells import cell_len, set_cell_size
from textual.content import Content

from fieldkit.domain.hostile import visible

ELLIPSIS: Final = "…"
_BREAKS: Final = re.compile(r"[\n\r\t\v\f]+")


def safe(text: str, style: str = "") -> Content:
    """Text of one or more lines."""
    return _content(visible(text), style)


def safe_line(text: str, style: str = "") -> Content:
    """Text on one line; line breaks and tabs are shown too."""
    return _content(one_line(text), style)


def one_line(text: str) -> str:
    """The text as one harmless line: line breaks and tabs become blanks."""
    return visible(_BREAKS.sub(" ", text), lines=False)


def fitted(text: str, width: int) -> str:
    """A harmless line cut or padded to exactly `width` cells; what was cut is shown by an ellipsis."""
    line = one_line(text)
    if width <= 0:
        return ""
    if cell_len(line) <= width:
        return set_cell_size(line, width)
    return set_cell_size(set_cell_size(line, width - 1).rstrip() + ELLIPSIS, width)


def _content(text: str, style: str) -> Content:
    return Content.styled(text, style) if style else Content(text)
