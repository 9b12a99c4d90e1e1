"""Range and payload as people write them: `300km,500kg`, `0.5 t; 186 mi`, `20L`.

Numbers take a decimal point only: a comma might be a decimal comma or group thousands, and 1,000 km read as 1 km would
turn a classification round. For the same reason few units are taken: a gallon is two volumes, `nm` may be meant as miles.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from fieldkit.domain.quantities import UNITS, Unit
from fieldkit.errors import UsageError

_RANGES: Final = ("km", "m", "mi", "nmi")
_PAYLOADS: Final = ("kg", "g", "t", "lb")
_VOLUMES: Final = ("L", "mL", "m3")
_QUANTITY = re.compile(r"\s*(?P<number>[0-9]{1,9}(?:\.[0-9]{1,9})?)\s*(?P<unit>[A-Za-z]+[3³]?)\s*")
_METRES_PER_KM: Final = Decimal(1000)
_LITRES_PER_M3: Final = Decimal(1000)
_VOLUME_FORM: Final = "Write a volume with its unit: 20L. Decimals take a point: 12.5L."
_POINT_FORM: Final = (
    "Write a point as range and payload with their units: 300km,500kg. Decimals take a point: 12.5km."
)


@dataclass(frozen=True, slots=True)
class Point:
    """One declared capability: greatest ground range in km with a payload in kg."""

    range_km: Decimal
    payload_kg: Decimal

    def __post_init__(self) -> None:
        for name, value in (("range", self.range_km), ("payload", self.payload_kg)):
            if not value.is_finite() or value < 0:
                raise UsageError(f"{value} cannot be a {name}", where="point", remedy=_POINT_FORM)

    def __str__(self) -> str:
        return f"{plain(self.range_km)} km with {plain(self.payload_kg)} kg"


def parse_point(text: str) -> Point:
    """`300km,500kg` in either order, parted by `,` `;` `/` or a space; `UsageError` says what was not understood."""
    found: dict[str, Decimal] = {}
    for number, name in _quantities(text, "point", _POINT_FORM):
        known = _known(name, (*_RANGES, *_PAYLOADS))
        if known is None:
            raise UsageError(
                f"the unit {name!r} is neither one of range nor one of payload",
                where="point",
                remedy=f"Ranges: {', '.join(_RANGES)}. Payloads: {', '.join(_PAYLOADS)}.",
            )
        what, per = ("range", _METRES_PER_KM) if known.symbol in _RANGES else ("payload", Decimal(1))
        if what in found:
            raise UsageError(f"{text!r} gives two {what}s", where="point", remedy=_POINT_FORM)
        found[what] = number * known.factor / per
    for what in ("range", "payload"):
        if what not in found:
            raise UsageError(f"{text!r} gives no {what}", where="point", remedy=_POINT_FORM)
    return Point(found["range"], found["payload"])


def parse_points(texts: Iterable[str]) -> tuple[Point, ...]:
    """Each text as a point, in order."""
    return tuple(parse_point(text) for text in texts)


def parse_volume(text: str) -> Decimal:
    """`20L` in litres; `UsageError` says what was not understood."""
    quantities = _quantities(text, "aerosol", _VOLUME_FORM)
    if len(quantities) != 1:
        raise UsageError(f"{text!r} is not one volume", where="aerosol", remedy=_VOLUME_FORM)
    ((number, name),) = quantities
    known = _known(name, _VOLUMES)
    if known is None:
        raise UsageError(
            f"the unit {name!r} is not a volume", where="aerosol", remedy=f"Volumes: {', '.join(_VOLUMES)}."
        )
    return number * known.factor * _LITRES_PER_M3


def _known(name: str, symbols: tuple[str, ...]) -> Unit | None:
    """The unit, if it is one of `symbols`; capitals are forgiven where they name no other unit (NM is no nanometre)."""
    for spelling in (name, name.lower()):
        found = UNITS.get(spelling)
        if found is not None:
            return found if found.symbol in symbols else None
    return None


def _quantities(text: str, where: str, remedy: str) -> list[tuple[Decimal, str]]:
    """The numbers with their units, parted by one of `,;/` or nothing; anything left over is refused."""
    found: list[tuple[Decimal, str]] = []
    place = 0
    while place < len(text):
        match = _QUANTITY.match(text, place)
        if match is None:
            raise UsageError(f"{text[place:]!r} is not a number with a unit", where=where, remedy=remedy)
        found.append((Decimal(match["number"]), match["unit"]))
        place = match.end()
        if place < len(text) and text[place] in ",;/":
            place += 1
            if place == len(text):
                raise UsageError(f"{text!r} ends in a separator", where=where, remedy=remedy)
    return found


def plain(value: Decimal) -> str:
    """A number as people write it: no exponent, no zeros at the end of the decimals."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
