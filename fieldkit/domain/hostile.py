"""Text from outside, made harmless where it is shown. What is recorded stays as it came.

Control characters could drive a terminal, bidirectional and invisible ones make one text look like another, a leading
`=` makes a spreadsheet compute. Joiners stay where scripts need them, by the rule of RFC 5892, appendix A.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_JOINERS: Final = "\u200c\u200d"
_INVISIBLE: Final = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u2028\u2029\u202a-\u202e"
    "\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb"
)
_HIDDEN: Final = re.compile(
    f"[\x00-\x1f\x7f-\x9f{_INVISIBLE}\ud800-\udfff\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
_FORMULA: Final = frozenset("=+-@＝＋－＠")
_VIRAMA: Final = 9


def visible(text: str, *, lines: bool = True) -> str:
    """The text with control, invisible and direction-changing characters shown as `␛` or `⟨U+202E⟩`.

    Line breaks and tabs stay, unless `lines` is false: then they are shown too, for a view of one line.
    """
    if text.isascii() and text.isprintable():
        return text

    def shown(found: re.Match[str]) -> str:
        character = found[0]
        if lines and character in "\n\t":
            return character
        if character in _JOINERS and _joins(text, found.start()):
            return character
        return _named(character)

    return _HIDDEN.sub(shown, text)


def cell(text: str) -> str:
    """The text for a CSV or XLSX cell: made visible, and led by an apostrophe where it would be taken as a formula."""
    if text[:1] in ("\t", "\r"):
        return "'" + visible(text)
    safe = visible(text)
    return "'" + safe if safe.lstrip()[:1] in _FORMULA and safe.strip() else safe


def _named(character: str) -> str:
    code = ord(character)
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "␡"
    return f"⟨U+{code:04X}⟩"


def _joins(text: str, place: int) -> bool:
    """Whether a joiner stands where a script needs it: after a virama, or between two Arabic letters."""
    if not 0 < place < len(text) - 1:
        return False
    if unicodedata.combining(text[place - 1]) == _VIRAMA:
        return True
    before = next((each for each in reversed(text[:place]) if not unicodedata.combining(each)), "")
    return (
        bool(before)
        and unicodedata.bidirectional(before) == unicodedata.bidirectional(text[place + 1]) == "AL"
    )
