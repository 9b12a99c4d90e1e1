"""The one way in which text from people, files and other laptops reaches the screen.

Never as markup, and with control, invisible and direction-changing characters made visible.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from rich.cells import cell_len, chop_cells, set_cell_size
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


def wrapped(text: str, width: int) -> list[str]:
    """A harmless text as lines of at most `width` cells, broken between words where that can be; at least one line."""
    room = max(1, width)
    lines: list[str] = []
    for paragraph in visible(text).expandtabs(4).split("\n"):
        line = ""
        for word in paragraph.split(" "):
            joined = f"{line} {word}" if line else word
            if cell_len(joined) <= room:
                line = joined
                continue
            if line:
                lines.append(line)
            *full, line = chop_cells(word, room) or [""]
            lines += full
        lines.append(line)
    return lines


def innermost(path: str, separator: str, width: int) -> str:
    """As much of the end of a path as fits into `width` cells, at least its last name."""
    names = one_line(path).split(separator)
    while len(names) > 1 and cell_len(separator.join(names)) > width:
        names.pop(0)
    return separator.join(names)


def _content(text: str, style: str) -> Content:
    return Content.styled(text, style) if style else Content(text)


def path_text(path: Path) -> str:
    """A path as people write it: `~/visit` within their home."""
    home = Path.home()
    if path == home:
        return "~"
    return f"~/{path.relative_to(home)}" if path.is_relative_to(home) else str(path)
