"""Range and payload as people write them: `300km,500kg`, `0.5 t; 186 mi`, `20L`.

Numbers take a decimal point only: a comma might be a decimal comma or group thousands, and 1,000 km read as 1 km would
turn a classification round. Conversions are exact (international mile and nautical mile, avoirdupois pound, US gallon).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from fieldkit.errors import UsageError

_KILOMETRES = {
    "km": Decimal(1),
    "m": Decimal("0.001"),
    "mi": Decimal("1.609344"),
    "nmi": Decimal("1.852"),
}
_KILOGRAMS = {
    "kg": Decimal(1),
    "g": Decimal("0.001"),
    "t": Decimal(1000),
    "lb": Decimal("0.45359237"),
}
_LITRES = {
    "l": Decimal(1),
    "ml": Decimal("0.001"),
    "m3": Decimal(1000),
    "m³": Decimal(1000),
    "usgal": Decimal("3.785411784"),
}
_QUANTITY = re.compile(r"\s*(?P<number>[0-9]{1,12}(?:\.[0-9]{1,9})?)\s*(?P<unit>[A-Za-z]+[3³]?)\s*")
_POINT_FORM = (
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
        return f"{_plain(self.range_km)} km with {_plain(self.payload_kg)} kg"


def parse_point(text: str) -> Point:
    """`300km,500kg` in either order, parted by `,` `;` `/` or a space; `UsageError` says what was not understood."""
    found: dict[str, Decimal] = {}
    for number, unit in _quantities(text):
        for name, units in (("range", _KILOMETRES), ("payload", _KILOGRAMS)):
            if unit in units:
                if name in found:
                    raise UsageError(f"{text!r} gives two {name}s", where="point", remedy=_POINT_FORM)
                found[name] = number * units[unit]
                break
        else:
            raise UsageError(
                f"the unit {unit!r} is neither a distance nor a mass",
                where="point",
                remedy=f"Distances: {', '.join(_KILOMETRES)}. Masses: {', '.join(_KILOGRAMS)}.",
            )
    for name in ("range", "payload"):
        if name not in found:
            raise UsageError(f"{text!r} gives no {name}", where="point", remedy=_POINT_FORM)
    return Point(found["range"], found["payload"])


def parse_points(texts: Iterable[str]) -> tuple[Point, ...]:
    """Each text as a point, in order."""
    return tuple(parse_point(text) for text in texts)


def parse_volume(text: str) -> Decimal:
    """`20L` in litres."""
    form = "Write a volume with its unit: 20L. Decimals take a point: 12.5L."
    quantities = _quantities(text, "aerosol", form)
    if len(quantities) != 1:
        raise UsageError(f"{text!r} is not one volume", where="aerosol", remedy=form)
    number, unit = quantities[0]
    if unit not in _LITRES:
        raise UsageError(
            f"the unit {unit!r} is not a volume", where="aerosol", remedy=f"Volumes: {', '.join(_LITRES)}."
        )
    return number * _LITRES[unit]


def _quantities(text: str, where: str = "point", remedy: str = _POINT_FORM) -> list[tuple[Decimal, str]]:
    """The numbers with their units, parted by one of `,;/` or nothing; anything left over is refused."""
    found: list[tuple[Decimal, str]] = []
    place = 0
    while place < len(text):
        match = _QUANTITY.match(text, place)
        if match is None:
            raise UsageError(f"{text[place:]!r} is not a number with a unit", where=where, remedy=remedy)
        found.append((Decimal(match["number"]), match["unit"].lower()))
        place = match.end()
        if place < len(text) and text[place] in ",;/":
            place += 1
            if place == len(text):
                raise UsageError(f"{text!r} ends in a separator", where=where, remedy=remedy)
    return found


def _plain(value: Decimal) -> str:
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
