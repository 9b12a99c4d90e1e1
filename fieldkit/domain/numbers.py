"""Human numbers: short names of records that can be read aloud, `A-0042` or `A-I-0031`.

The first letters are the laptop's, granted at admission; the letter in the middle tells the series (items, photos,
counts, files, bookkeeping); records of all other kinds share the series without a letter.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from fieldkit.errors import UsageError

_NUMBER: Final = re.compile(r"([A-Za-z]{1,3})-(?:([A-Za-z])-)?([0-9]{1,12})", re.ASCII)


@dataclass(frozen=True, slots=True, order=True)
class HumanNumber:
    """The laptop's letter, the series ("" for the common one) and the running number, from 1."""

    letter: str
    series: str
    number: int

    def __str__(self) -> str:
        return format_number(self.letter, self.series, self.number)


def format_number(letter: str, series: str, number: int) -> str:
    """`A-0042`, or `A-I-0031` within a series; at least four digits."""
    return f"{letter}-{series}-{number:04d}" if series else f"{letter}-{number:04d}"


def parse_number(text: str) -> HumanNumber:
    """The parts of a human number, in whichever case and with however many zeros; UsageError otherwise."""
    found = _NUMBER.fullmatch(text.strip())
    if not found or not int(found[3]):
        raise UsageError(f"{text!r} is not a record's number", remedy="Numbers look like A-0042 or A-I-0031.")
    return HumanNumber(found[1].upper(), (found[2] or "").upper(), int(found[3]))


def looks_like_number(text: str) -> bool:
    """Whether the text has the form of a human number."""
    return _NUMBER.fullmatch(text.strip()) is not None
