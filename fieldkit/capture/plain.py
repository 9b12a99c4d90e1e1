"""Names and strings that cameras and file systems made: bounded, on one line, with nothing invisible in them.

EXIF strings hold NULs and control characters, file names hold bytes that are no text. Such characters become U+FFFD,
so that a reader sees that something stood there; NULs and spaces at the ends are padding. The file itself keeps them.
"""

from __future__ import annotations

import re
import unicodedata

LONGEST_LINE = 400
REPLACEMENT = "\ufffd"

# C0 and C1 controls, bidirectional controls, line and paragraph separators, surrogates, noncharacters.
_UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]"
)


def plain_line(value: str, longest: int = LONGEST_LINE) -> str:
    """One line of at most `longest` characters, NFC, without controls; padding at both ends removed."""
    if value.isascii() and value.isprintable() and len(value) <= longest:
        return value.strip()
    line = _UNSAFE.sub(REPLACEMENT, unicodedata.normalize("NFC", value.strip("\0 \t\r\n")))
    return line if len(line) <= longest else line[: longest - 1] + "…"
