"""Numbers with units in the text of a law, held against the thresholds of a control list's entry.

A figure is compared with a threshold of the same dimension. `1,250` may be a thousand or one and a quarter: either reading
counts as equal. Words before or after a figure (`exceeding`, `or more`) say which bound it is, where they are known.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Final

from fieldkit.domain.controls.forms import Threshold
from fieldkit.domain.quantities import UNITS, Unit
from fieldkit.domain.values import EXACT

SAME: Final = "same"
DIFFERS: Final = "differs"
MISSING: Final = "no_figure"

_DIMENSIONS: Final = frozenset(
    {
        "length", "mass", "impulse", "force", "volume", "pressure", "acceleration", "angular_rate", "speed", "energy",
        "power", "frequency", "density", "ratio",
    }
)  # fmt: skip
_AMBIGUOUS: Final = frozenset({"1", "a", "C", "F", "in", "K", "g", "t", "m", "l", "h", "yd", "mi"})
_OTHER_SPELLINGS: Final = {
    "Km": "km", "KM": "km", "Kg": "kg", "KG": "kg", "kgs": "kg", "kilomètres": "km", "kilomètre": "km",
    "kilogrammes": "kg", "kilogramme": "kg", "litre": "L", "ltr": "L", "Newton seconds": "N s", "Ns": "N s", "N-s": "N s",
    "км": "km", "кг": "kg", "л": "L", "мм": "mm", "кН": "kN", "Н·с": "N s", "Нс": "N s", "кН·с": "kN s", "МПа": "MPa",
    "ГПа": "GPa", "километров": "km", "килограммов": "kg", "литров": "L", "м/с": "m/s",
    "كم": "km", "كيلومتر": "km", "كيلومترا": "km", "كغ": "kg", "كجم": "kg", "كيلوغرام": "kg", "لتر": "L", "لترا": "L",
}  # fmt: skip
_FAR: Final = Decimal(25)
_AROUND: Final = 48
_NUMBER = (
    r"(?<![\w.,])(?P<whole>[0-9]{1,3}(?:[ \u00a0\u202f'][0-9]{3})+(?![0-9])|[0-9]{1,3}(?:,[0-9]{3}){2,}|[0-9]{1,15})"
    r"(?:(?P<point>[.,])(?P<fraction>[0-9]{1,12}))?"
    r"(?:\s?[x×·*]\s?10\s?\^?\s?(?P<power>-?[0-9]{1,2})|[eE](?P<exponent>[+-]?[0-9]{1,2}))?"
)
_TEN = re.compile(r"\s?[x×·*]\s?10\s?\^?\s?(-?[0-9]{1,2})(?![0-9])")
_BOUNDS: Final = (
    # Longer phrases stand before those that they contain.
    ("at_most", ("not exceeding", "not more than", "no more than", "less than or equal to", "at most", "up to", "≤",
                 "ne dépassant pas", "inférieure ou égale à", "inférieur ou égal à", "не более", "не превышающ")),
    ("at_least", ("equal to or greater than", "greater than or equal to", "not less than", "no less than", "at least",
                  "minimum of", "≥", "supérieure ou égale à", "supérieur ou égal à", "au moins", "не менее", "لا يقل عن")),
    ("above", ("exceeding", "greater than", "more than", "in excess of", "over", "above", ">", "supérieure à", "supérieur à",
               "plus de", "свыше", "более", "превышающ", "أكثر من", "تزيد على")),
    ("below", ("less than", "below", "under", "<", "inférieure à", "inférieur à", "moins de", "менее", "أقل من")),
)  # fmt: skip
_AFTERWARDS: Final = (
    (
        "at_least",
        ("or more", "or greater", "or over", "or better", "ou plus", "и более", "или более", "أو أكثر"),
    ),
    ("at_most", ("or less", "ou moins", "и менее", "или менее", "أو أقل")),
)
_SIGNS: Final = {"at_least": "at least", "above": "above", "below": "below", "at_most": "at most"}


@dataclass(frozen=True, slots=True)
class Figure:
    """A number with its unit in a text: as written, what it may mean in base units, which bound its words make it."""

    written: str
    unit: Unit
    readings: tuple[Decimal, ...]
    bound: str
    before: str

    def in_words(self) -> str:
        """`above 300 km`."""
        return f"{_SIGNS[self.bound]} {self.written}" if self.bound else self.written


@dataclass(frozen=True, slots=True)
class Compared:
    """One bound of a threshold and the figure nearest to it; `verdict` is `same`, `differs` or `no_figure`."""

    quantity: str
    ours: str
    theirs: str
    verdict: str
    verified: bool

    def in_words(self) -> str:
        """A sentence with both figures."""
        if self.verdict == MISSING:
            return f"{self.quantity} {self.ours}: no such figure in the national text"
        said = "the same" if self.verdict == SAME else "differs"
        return f"{self.quantity} {self.ours} against {self.theirs}: {said}"


def compare(thresholds: Sequence[Threshold], text: str) -> tuple[Compared, ...]:
    """Each bound of each threshold whose unit is known against the figures in `text`."""
    found = list(figures(text))
    return tuple(
        _compared(threshold, bound, value, unit, found)
        for threshold in thresholds
        if (unit := _unit_of(threshold.unit)) is not None
        for bound in _SIGNS
        if (value := getattr(threshold, bound)) is not None
    )


def figures(text: str) -> Iterator[Figure]:
    """Every number with a unit that a threshold may have, in the order of the text."""
    plain = _plain(text)
    for found in _pattern().finditer(plain):
        unit = _spellings()[found["unit"]]
        scale = EXACT.divide(unit.factor, unit.divisor)
        readings = tuple(EXACT.multiply(value, scale) for value in _values(found))
        before = plain[max(0, found.start() - _AROUND) : found.start()].casefold()
        after = plain[found.end() : found.end() + _AROUND].casefold()
        yield Figure(_TEN.sub(r" × 10^\1", found[0].strip()), unit, readings, _bound(before, after), before)


def _compared(
    threshold: Threshold, bound: str, value: Decimal, unit: Unit, found: Sequence[Figure]
) -> Compared:
    ours = f"{_SIGNS[bound]} {value:f} {threshold.unit}"
    wanted = EXACT.multiply(value, EXACT.divide(unit.factor, unit.divisor))
    named = threshold.quantity.casefold().split()[-1]
    near = sorted(
        (
            (
                not equal,
                bool(equal and figure.bound not in ("", bound)),
                named not in figure.before,
                distance,
                place,
            )
            for place, figure in enumerate(found)
            if figure.unit.dimension == unit.dimension
            and ((distance := _distance(figure.readings, wanted)) <= _FAR)
            for equal in [wanted in figure.readings]
        ),
    )
    if not near:
        return Compared(threshold.quantity, ours, "", MISSING, threshold.verified)
    unequal, other_bound, *_, place = near[0]
    verdict = DIFFERS if unequal or other_bound else SAME
    return Compared(threshold.quantity, ours, found[place].in_words(), verdict, threshold.verified)


def _distance(readings: Sequence[Decimal], wanted: Decimal) -> Decimal:
    """By which factor the nearest reading lies off."""
    if wanted <= 0:
        return Decimal(1) if wanted in readings else _FAR + 1
    ratios = [EXACT.divide(reading, wanted) for reading in readings if reading > 0]
    return min((ratio if ratio >= 1 else EXACT.divide(1, ratio) for ratio in ratios), default=_FAR + 1)


def _values(found: re.Match[str]) -> list[Decimal]:
    whole = re.sub(r"[^0-9]", "", found["whole"])
    fraction = found["fraction"] or ""
    texts = [f"{whole}.{fraction}" if fraction else whole]
    if found["point"] == "," and len(fraction) == 3 and len(whole) <= 3:
        texts.append(whole + fraction)
    power = int(found["power"] or found["exponent"] or 0)
    return [Decimal(text).scaleb(power) for text in texts]


def _bound(before: str, after: str) -> str:
    for bound, phrases in _AFTERWARDS:
        if any(after.lstrip(" ,").startswith(phrase) for phrase in phrases):
            return bound
    ends = [
        (before.rfind(phrase) + len(phrase), len(phrase), bound)
        for bound, phrases in _BOUNDS
        for phrase in phrases
        if phrase in before
    ]
    if not ends:
        return ""
    end, _, bound = max(ends)
    between = before[end:]
    return bound if len(between) <= 12 and not re.search(r"[0-9;.]", between) else ""


def _plain(text: str) -> str:
    """Compatibility forms resolved (superscripts become digits), digits of every script as 0 to 9."""
    resolved = unicodedata.normalize("NFKC", text)
    if resolved.isascii():
        return resolved
    return "".join(
        str(unicodedata.decimal(mark)) if not mark.isascii() and mark.isdecimal() else mark
        for mark in resolved
    )


def _unit_of(name: str) -> Unit | None:
    """The unit of a threshold, where figures of its dimension are looked for."""
    unit = UNITS.get(name) or UNITS.get(name.partition(" of ")[0])
    return unit if unit and unit.dimension in _DIMENSIONS else None


@cache
def _spellings() -> dict[str, Unit]:
    known = {
        name: unit for name, unit in UNITS.items() if unit.dimension in _DIMENSIONS and name not in _AMBIGUOUS
    }
    known |= {unicodedata.normalize("NFKC", name): UNITS[symbol] for name, symbol in _OTHER_SPELLINGS.items()}
    return known | {unicodedata.normalize("NFKC", name): unit for name, unit in list(known.items())}


@cache
def _pattern() -> re.Pattern[str]:
    units = "|".join(map(re.escape, sorted(_spellings(), key=len, reverse=True)))
    return re.compile(rf"{_NUMBER}\s?(?P<unit>{units})(?!\w)")
