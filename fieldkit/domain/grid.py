"""Military grid references (MGRS) of positions, both ways.

A reference names a square: its position is taken at the square's middle, and the square is its error.
"""

from __future__ import annotations

import math
import re
import warnings
from functools import cache
from typing import Any, Final

from fieldkit.domain.jsontypes import Doc
from fieldkit.errors import UsageError

_REFERENCE: Final = re.compile(
    r"(?P<square>(?:(?:0?[1-9]|[1-5][0-9]|60)\s*[C-HJ-NP-X]|[ABYZ])\s*[A-HJ-NP-Z]{2})\s*"
    r"(?:(?P<east>[0-9]{1,5})\s+(?P<north>[0-9]{1,5})|(?P<both>(?:[0-9]{2}){0,5}))",
    re.IGNORECASE | re.ASCII,
)
_DIGITS: Final = 5
_PARTS: Final = (("lat", ""), ("lon", ""), ("error_m", "1"))


def is_grid(text: str) -> bool:
    """Whether a text has the form of a grid reference."""
    return bool(_REFERENCE.fullmatch(text.strip()))


def from_grid(text: str) -> Doc:
    """`lat`, `lon` and `error_m` of a grid reference, `33S US 30812 40232`; UsageError if there is no such square."""
    found = _REFERENCE.fullmatch(text.strip())
    digits = (found["both"] or "") if found else ""
    east, north = (
        (found["east"], found["north"])
        if found and found["east"]
        else (digits[: len(digits) // 2], digits[len(digits) // 2 :])
    )
    if not found or len(east) != len(north):
        raise UsageError(f"{text!r} is no grid reference", remedy="Write it as 33S US 30812 40232.")
    edge = 10 ** (_DIGITS - len(east))
    square = re.sub(r"\s", "", found["square"]).upper().lstrip("0")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter(
                "ignore"
            )  # squares are cut by the bands of latitude, and a middle may lie beyond
            lat, lon = _mgrs().toLatLon(f"{square}{_middle(east)}{_middle(north)}")
    except Exception as error:
        if type(error).__module__.partition(".")[0] != "mgrs":
            raise
        raise UsageError(
            f"{text!r} is no square of the grid", remedy="Look at zone and square again."
        ) from None
    return {"lat": f"{lat:.6f}", "lon": f"{lon:.6f}", "error_m": f"{max(1.0, edge * 0.71):.0f}"}


def to_grid(position: Doc) -> str:
    """A position's grid reference, as fine as its error allows: `33S US 30812 40232`; UsageError if it is none."""
    try:
        lat, lon, error = (float(str(position.get(name, otherwise))) for name, otherwise in _PARTS)
    except ValueError:
        lat = lon = error = math.nan
    if not (-90 <= lat <= 90 and -180 <= lon <= 180 and error >= 0):
        raise UsageError("this is no position", remedy="Give latitude and longitude in degrees.")
    digits = next((digits for digits in range(_DIGITS, 0, -1) if error <= 10 ** (_DIGITS - digits)), 1)
    reference = str(_mgrs().toMGRS(lat, lon, MGRSPrecision=digits))
    split = len(reference) - 2 * digits
    return f"{reference[: split - 2]} {reference[split - 2 : split]} {reference[split : split + digits]} {reference[split + digits :]}"


def _middle(digits: str) -> str:
    return digits if len(digits) == _DIGITS else f"{digits}5".ljust(_DIGITS, "0")


@cache
def _mgrs() -> Any:
    import mgrs

    return mgrs.MGRS()
