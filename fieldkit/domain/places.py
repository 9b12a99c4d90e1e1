"""Positions: WGS84 decimal degrees, an error in metres and where they come from.

Latitude and longitude both exactly zero are what receivers write when they know nothing: that is no position.
"""

from __future__ import annotations

import math
import re
from typing import Annotated, ClassVar, Final, Literal, get_args

import msgspec

from fieldkit.domain.fields import About, FieldType
from fieldkit.domain.grid import from_grid, is_grid
from fieldkit.domain.jsontypes import Doc
from fieldkit.domain.values import DecimalText, canonical_decimal, decimal_of
from fieldkit.errors import UsageError

PositionSource = Literal["gps", "exif", "gpx", "map", "plan", "survey", "host", "typed"]
SOURCES: Final[tuple[str, ...]] = get_args(PositionSource)
_NUMBER = r"[+-]?[0-9]{1,3}(?:\.[0-9]{1,24})?"
_QUALIFIED = (
    r"(?:\s*[,;]?\s*(?:±|\+/-|\+-)\s*(?P<error>[0-9]{1,9}(?:\.[0-9]{1,24})?)\s*(?P<unit>m|km)?)?"
    r"(?:\s+(?P<source>[A-Za-z]+))?"
)
_WRITTEN: Final = re.compile(
    rf"(?P<lat>{_NUMBER})°?\s*(?P<ns>[NS])?\s*[,;\s]\s*(?P<lon>{_NUMBER})°?\s*(?P<ew>[EW])?{_QUALIFIED}",
    re.IGNORECASE | re.ASCII,
)
_GRIDDED: Final = re.compile(
    rf"(?P<grid>[0-9]{{0,2}}\s?[A-Z]{{1,3}}\s?[A-Z0-9 ]{{0,20}}?){_QUALIFIED}", re.IGNORECASE | re.ASCII
)
_REMEDY: Final = "Write 32.8872,13.1913 ±10m gps (latitude first) or 33S US 30812 40232 ±10m gps."
_EARTH_RADIUS_M: Final = 6_371_008.8


class Position(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Latitude and longitude in degrees (WGS84), error radius in metres, and the source."""

    field_type: ClassVar[FieldType] = FieldType.POSITION

    lat: Annotated[DecimalText, About("Latitude", "Degrees north, -90 to 90.")]
    lon: Annotated[DecimalText, About("Longitude", "Degrees east, -180 to 180.")]
    error_m: Annotated[DecimalText | None, About("Error", "Radius in metres.")] = None
    source: Annotated[PositionSource, About("Source", "Where the position comes from.")] = "typed"


def canonical_position(value: Doc) -> Doc:
    """A position's JSON in its one form; UsageError if it is off the globe, (0, 0) or has a negative error."""
    lat = canonical_decimal(str(value["lat"]))
    lon = canonical_decimal(str(value["lon"]))
    if abs(decimal_of(lat)) > 90:
        raise UsageError(f"latitude {lat} is outside -90 to 90", remedy="Latitude comes first. " + _REMEDY)
    if abs(decimal_of(lon)) > 180:
        raise UsageError(f"longitude {lon} is outside -180 to 180", remedy=_REMEDY)
    if lat == lon == "0":
        raise UsageError("0,0 is what receivers give when they know no position", remedy="Leave it out.")
    found: Doc = {"lat": lat, "lon": lon, "source": value.get("source", "typed")}
    if value.get("error_m") is not None:
        error = canonical_decimal(str(value["error_m"]))
        if error.startswith("-"):
            raise UsageError("an error radius is not negative", remedy="Write it as ±10m.")
        found["error_m"] = error
    return found


def parse_position(text: str) -> Doc:
    """A typed position, `32.8872,13.1913 ±10m gps` or `33S US 30812 40232 ±10m gps`; UsageError otherwise.

    Error and source may be left out; the error of a grid reference then is its square.
    """
    written = text.strip().replace("−", "-")
    found = _WRITTEN.fullmatch(written)
    gridded = None if found else _GRIDDED.fullmatch(written)
    if gridded and is_grid(gridded["grid"]):
        try:
            position, found = from_grid(gridded["grid"]), gridded
        except UsageError as refused:
            raise UsageError(refused.problem, remedy=f"{refused.remedy} {_REMEDY}") from None
    elif found:
        position = {
            "lat": _signed(found["lat"], found["ns"], "S"),
            "lon": _signed(found["lon"], found["ew"], "W"),
        }
    else:
        raise UsageError(f"{text!r} is not a position", remedy=_REMEDY)
    position["source"] = (found["source"] or "typed").lower()
    if position["source"] not in SOURCES:
        raise UsageError(
            f"{position['source']!r} is no source of a position", remedy=f"Sources: {', '.join(SOURCES)}."
        )
    if found["error"]:
        kilometres = (found["unit"] or "m").lower() == "km"
        error = decimal_of(found["error"]) * (1000 if kilometres else 1)
        position["error_m"] = canonical_decimal(format(error, "f"))
    return canonical_position(position)


def position_text(value: Doc) -> str:
    """`32.8872,13.1913 ±10m gps`."""
    error = f" ±{value['error_m']}m" if value.get("error_m") is not None else ""
    return f"{value['lat']},{value['lon']}{error} {value.get('source', 'typed')}"


def distance_m(one: Doc, other: Doc) -> float:
    """Great-circle distance of two positions in metres, on a sphere (within 0.6 % of the ellipsoid)."""
    lat1, lon1, lat2, lon2 = (
        math.radians(float(str(place[axis]))) for place in (one, other) for axis in ("lat", "lon")
    )
    half = (
        math.sin((lat2 - lat1) / 2) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    )
    return 2 * _EARTH_RADIUS_M * math.asin(min(1.0, math.sqrt(half)))


def _signed(number: str, letter: str | None, negative: str) -> str:
    bare = number.lstrip("+")
    if letter is None:
        return bare
    if bare.startswith("-"):
        raise UsageError(f"{number} {letter}: a sign and a letter say it twice", remedy=_REMEDY)
    return f"-{bare}" if letter.upper() == negative else bare
