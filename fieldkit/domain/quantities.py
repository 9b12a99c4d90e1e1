"""Quantities with units, and measured values with uncertainty; conversion in exact decimal arithmetic.

Factors are the defined ones of the SI brochure (9th edition) and of NIST SP 811, appendix B; only the pound per
square inch is rounded, to 13 digits. A measured value states U = k * u as the GUM does: its uncertainty is the
expanded one.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from types import MappingProxyType
from typing import Annotated, ClassVar, Final

import msgspec

from fieldkit.domain.fields import About, FieldType
from fieldkit.domain.jsontypes import Doc
from fieldkit.domain.nearness import suggestion
from fieldkit.domain.values import EXACT, DecimalText, Line, canonical_decimal, decimal_of, stated_decimal
from fieldkit.errors import UsageError


class Quantity(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A value with its unit."""

    field_type: ClassVar[FieldType] = FieldType.QUANTITY

    value: Annotated[DecimalText, About("Value")]
    unit: Annotated[Line, About("Unit")]


class Measured(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A measured value with its unit, expanded uncertainty U (same unit) and coverage factor k."""

    field_type: ClassVar[FieldType] = FieldType.MEASURED

    value: Annotated[DecimalText, About("Value")]
    unit: Annotated[Line, About("Unit")]
    uncertainty: Annotated[DecimalText, About("Uncertainty", "Expanded uncertainty U, in the same unit.")]
    k: Annotated[DecimalText, About("k", "Coverage factor.")]


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit: base value = (value + `shift`) * `factor`. `symbol` is how it is written down."""

    symbol: str
    dimension: str
    factor: Decimal
    shift: Decimal = Decimal(0)
    divisor: Decimal = Decimal(1)


BASE_UNITS: Final = MappingProxyType(
    {
        "length": "m",
        "area": "m2",
        "volume": "m3",
        "mass": "kg",
        "time": "s",
        "speed": "m/s",
        "force": "N",
        "impulse": "N s",
        "pressure": "Pa",
        "temperature": "K",
        "energy": "J",
        "power": "W",
        "frequency": "Hz",
        "voltage": "V",
        "current": "A",
        "angle": "deg",
        "angular_rate": "deg/h",
        "acceleration": "m/s2",
        "density": "kg/m3",
        "activity": "Bq",
        "dose": "Sv",
        "dose_rate": "Sv/h",
        "count_rate": "1/s",
        "ratio": "1",
        "count": "pcs",
    }
)

# dimension: "symbol=factor also also"; the factor leads to the base unit
_TABLE: Final = {
    "length": (
        "m=1 metre metres meter meters",
        "km=1000 kilometre kilometres kilometer kilometers",
        "cm=0.01",
        "mm=0.001",
        "µm=0.000001 um μm",
        "nm=0.000000001",
        "in=0.0254 inch inches",
        "ft=0.3048 foot feet",
        "yd=0.9144",
        "mi=1609.344 mile miles",
        "nmi=1852 NM",
    ),
    "area": ("m2=1 m²", "cm2=0.0001 cm²", "mm2=0.000001 mm²", "km2=1000000 km²", "ha=10000"),
    "volume": (
        "m3=1 m³",
        "L=0.001 l litre litres liter liters",
        "mL=0.000001 ml cm3 cm³",
        "gal=0.003785411784 USgal",
    ),
    "mass": (
        "kg=1 kilogram kilograms",
        "g=0.001 gram grams",
        "mg=0.000001",
        "µg=0.000000001 ug μg",
        "t=1000 tonne tonnes",
        "lb=0.45359237 lbs",
        "oz=0.028349523125",
    ),
    "time": (
        "s=1 sec second seconds",
        "ms=0.001",
        "min=60 minute minutes",
        "h=3600 hr hour hours",
        "d=86400 day days",
        "a=31557600 yr year years",
    ),
    "speed": ("m/s=1", "km/s=1000", "kn=0.514444444444444444444444 knot knots"),
    "force": ("N=1", "kN=1000", "MN=1000000", "kgf=9.80665", "lbf=4.4482216152605"),
    "impulse": (
        "N s=1 Ns N*s N·s",
        "kN s=1000 kNs kN*s kN·s",
        "MN s=1000000 MNs MN*s MN·s",
        "lbf s=4.4482216152605 lbf*s",
    ),
    "pressure": (
        "Pa=1",
        "hPa=100",
        "kPa=1000",
        "MPa=1000000",
        "GPa=1000000000",
        "mbar=100",
        "bar=100000",
        "atm=101325",
        "psi=6894.757293168",
    ),
    "temperature": ("K=1 kelvin",),
    "energy": ("J=1", "kJ=1000", "MJ=1000000", "Wh=3600", "kWh=3600000", "eV=0.0000000000000000001602176634"),
    "power": ("W=1", "kW=1000", "MW=1000000", "mW=0.001"),
    "frequency": ("Hz=1", "kHz=1000", "MHz=1000000", "GHz=1000000000"),
    "voltage": ("V=1", "mV=0.001", "kV=1000"),
    "current": ("A=1", "mA=0.001"),
    "angle": ("deg=1 ° degree degrees", "mrad=0.0572957795130823208767982", "rad=57.2957795130823208767982"),
    "angular_rate": ("deg/h=1 °/h", "deg/s=3600 °/s"),
    "acceleration": ("m/s2=1 m/s²", "g0=9.80665 gn"),
    "density": ("kg/m3=1 kg/m³", "g/cm3=1000 g/cm³", "kg/L=1000 kg/l"),
    "activity": (
        "Bq=1",
        "kBq=1000",
        "MBq=1000000",
        "GBq=1000000000",
        "TBq=1000000000000",
        "Ci=37000000000",
        "mCi=37000000",
        "µCi=37000 uCi μCi",
    ),
    "dose": ("Sv=1", "mSv=0.001", "µSv=0.000001 uSv μSv", "rem=0.01", "mrem=0.00001"),
    "dose_rate": (
        "Sv/h=1",
        "mSv/h=0.001",
        "µSv/h=0.000001 uSv/h μSv/h",
        "nSv/h=0.000000001",
        "mrem/h=0.00001",
    ),
    "count_rate": ("1/s=1 cps",),
    "ratio": ("1=1", "%=0.01", "ppm=0.000001", "ppb=0.000000001"),
    "count": ("pcs=1 pc piece pieces item items each ea", "pair=2 pairs", "dozen=12"),
}


def _units() -> dict[str, Unit]:
    found: dict[str, Unit] = {}
    for dimension, rows in _TABLE.items():
        for row in rows:
            symbol, _, rest = row.partition("=")
            factor, *spellings = rest.split()
            unit = Unit(symbol, dimension, Decimal(factor))
            found.update(dict.fromkeys((symbol, *spellings), unit))
    kelvin = Decimal("273.15")
    found.update(
        dict.fromkeys(("°C", "C", "degC", "℃"), Unit("°C", "temperature", Decimal(1), kelvin)),
    )
    fahrenheit = Unit("°F", "temperature", Decimal(5), Decimal("459.67"), Decimal(9))
    found.update(dict.fromkeys(("°F", "F", "degF", "℉"), fahrenheit))
    found.update(dict.fromkeys(("km/h", "kph"), Unit("km/h", "speed", Decimal(1000), divisor=Decimal(3600))))
    found["cpm"] = Unit("cpm", "count_rate", Decimal(1), divisor=Decimal(60))
    return found


UNITS: Final = MappingProxyType(_units())
"""Every accepted spelling of every unit."""


@lru_cache(maxsize=512)
def unit(text: str, dimension: str | None = None) -> Unit:
    """The unit a text names; UsageError naming the accepted ones if it is unknown or of another dimension."""
    found = UNITS.get(text)
    if found is None:
        hint = suggestion(text, spellings(dimension))
        raise UsageError(f"{text!r} is not a unit known here", remedy=hint + _accepted(dimension))
    if dimension is not None and found.dimension != dimension:
        raise UsageError(
            f"{found.symbol} is a unit of {_words(found.dimension)}, not of {_words(dimension)}",
            remedy=_accepted(dimension),
        )
    return found


def symbols(dimension: str | None = None) -> tuple[str, ...]:
    """How the units of a dimension (None: of every one) are written, the base unit first."""
    return tuple(
        dict.fromkeys(found.symbol for found in UNITS.values() if dimension in (None, found.dimension))
    )


def spellings(dimension: str | None = None) -> tuple[str, ...]:
    """Every accepted spelling of the units of a dimension."""
    return tuple(text for text, found in UNITS.items() if dimension in (None, found.dimension))


def to_base(quantity: Quantity) -> Decimal:
    """The value in the base unit of its dimension (`BASE_UNITS`), exact where the factor is."""
    return _based(decimal_of(quantity.value), unit(quantity.unit))


def dimension_of(quantity: Quantity | Measured) -> str:
    """The dimension of the quantity's unit."""
    return unit(quantity.unit).dimension


def measured_base(measured: Measured) -> tuple[Decimal, Decimal]:
    """The value and its standard uncertainty u = U / k, both in the base unit."""
    found = unit(measured.unit)
    scale = EXACT.divide(found.factor, found.divisor)
    standard = EXACT.divide(decimal_of(measured.uncertainty), decimal_of(measured.k))
    return _based(decimal_of(measured.value), found), EXACT.multiply(standard, scale)


def canonical_quantity(value: Doc, dimension: str | None) -> Doc:
    """A quantity's JSON in its one form; UsageError for a unit that is unknown or of another dimension."""
    found = unit(str(value["unit"]), dimension)
    return {"value": canonical_decimal(str(value["value"])), "unit": found.symbol}


def canonical_measured(value: Doc, dimension: str | None) -> Doc:
    """A measured value's JSON in its one form: digits stay as stated; U must not be negative, k above zero."""
    found = unit(str(value["unit"]), dimension)
    uncertainty = stated_decimal(str(value["uncertainty"]))
    k = canonical_decimal(str(value["k"]))
    if uncertainty.startswith("-"):
        raise UsageError("an uncertainty is not negative", remedy="Write it as 5.2 ± 0.1 mm (k=2).")
    if k.startswith("-") or k == "0":
        raise UsageError("a coverage factor is above zero", remedy="k is 2 for about 95 %.")
    return {
        "value": stated_decimal(str(value["value"])),
        "unit": found.symbol,
        "uncertainty": uncertainty,
        "k": k,
    }


def _based(value: Decimal, found: Unit) -> Decimal:
    scaled = EXACT.multiply(EXACT.add(value, found.shift), found.factor)
    return scaled if found.divisor == 1 else EXACT.divide(scaled, found.divisor)


def _accepted(dimension: str | None) -> str:
    named = symbols(dimension)
    shown = ", ".join(named if dimension else [BASE_UNITS[name] for name in BASE_UNITS])
    return f"Accepted: {shown}{'' if dimension else ' and their kin'}."


def _words(dimension: str) -> str:
    return dimension.replace("_", " ")
