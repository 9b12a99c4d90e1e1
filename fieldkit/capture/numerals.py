"""Numbers as lists write them: digits of any script, points, commas, spaces and apostrophes.

A number is read only where one way of reading it is left: `2.500` may be 2.5 or 2500, and is refused until somebody says
which mark stands before the decimals. The Arabic marks (٫ before decimals, ٬ between thousands) say it by themselves.
"""

from __future__ import annotations

import re
import unicodedata

from fieldkit.domain.parse import parse_number
from fieldkit.errors import UsageError

DECIMAL_MARKS = (".", ",")
_BETWEEN = " \u00a0\u2009\u202f'’٬"


def _stated(mark: str, other: str) -> re.Pattern[str]:
    thousands = rf"[1-9][0-9]{{0,2}}(?:[{_BETWEEN}{other}][0-9]{{3}})+"
    return re.compile(rf"[+-]?(?:{thousands}|[0-9]+)(?:[{mark}٫][0-9]+)?")


_STATED = {mark: _stated(mark, other) for mark, other in (DECIMAL_MARKS, DECIMAL_MARKS[::-1])}


def number_of(text: str, decimal: str = "") -> str:
    """The number that a text states, as a decimal string. `decimal` is the mark before decimals, where somebody said it.

    Raises `UsageError` for what is no number, or may be two.
    """
    digits = "".join(str(unicodedata.decimal(each)) if each.isdecimal() else each for each in text.strip())
    readings = sorted(
        {_read(digits, mark) for mark in decimal or DECIMAL_MARKS if _STATED[mark].fullmatch(digits)},
        key=lambda reading: "." not in reading,
    )
    if len(readings) > 1:
        raise UsageError(
            f"{text.strip()!r} may be {' or '.join(readings)}",
            remedy="say which mark stands before decimals: --decimal . or --decimal ,",
        )
    if not readings and decimal and any(mark in digits for mark in DECIMAL_MARKS):
        raise UsageError(
            f"{text.strip()!r} is no number whose decimals follow {decimal!r}", remedy="check --decimal"
        )
    return parse_number(readings[0] if readings else text)


def _read(digits: str, mark: str) -> str:
    between = _BETWEEN + DECIMAL_MARKS[mark == "."]
    return "".join("." if each in (mark, "٫") else each for each in digits if each not in between)
