"""Complete delivery systems held against the thresholds of a control list.

The rule, for a declared curve (two or more different points): some stated point with range and payload at or over both
thresholds is 1.A; else a greatest range at or over the threshold is 19.A.1/2; else an aerosol volume over its
threshold is 19.A.3; else no entry for complete systems holds. Between stated points nothing is assumed.

Range and payload can be traded. One point alone that reaches exactly one threshold leaves open whether another load
would reach both, so it is never decided: `needs_tradeoff`. No aerosol volume decides it either, since 19.A.3 holds only
what 1.A and 19.A.1/2 leave over; `at_least` then says which entry holds whatever the trade-off brings: 19.A.1/2 where
the range was reached, 19.A.3 where only the aerosol volume was, else none. One point that reaches neither threshold is
answered as a curve is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Literal

from fieldkit.domain.controls.points import Point, plain
from fieldkit.errors import UsageError

Vehicle = Literal["rocket", "uav"]


class Result(StrEnum):
    """Which entry holds."""

    COMPLETE = "1.A"
    RANGE_ONLY = "19.A.1/2"
    AEROSOL = "19.A.3"
    NONE = "none"
    NEEDS_TRADEOFF = "needs_tradeoff"


@dataclass(frozen=True, slots=True)
class Limits:
    """The thresholds: range in km and payload in kg from which (>=), aerosol volume in litres over which (>)."""

    range_km: Decimal
    payload_kg: Decimal
    aerosol_l: Decimal


@dataclass(frozen=True, slots=True)
class Classification:
    """The answer, why, the point it rests on, and what holds even while `needs_tradeoff` is open."""

    result: Result
    reason: str
    point: Point | None
    at_least: Result
    cautions: tuple[str, ...] = ()


def classify(
    points: Sequence[Point],
    aerosol_l: Decimal | None = None,
    *,
    limits: Limits,
    vehicle: Vehicle | None = None,
    autonomous: bool | None = None,
) -> Classification:
    """Hold the stated points against `limits`.

    `vehicle` and `autonomous` (flies by itself or is steered beyond sight) narrow the aerosol rule to what it speaks
    of; left out, the answer says that it presumes them. Raises `UsageError` without a point or with a negative volume.
    """
    if not points:
        raise UsageError(
            "no point of range and payload", where="classify", remedy="Give at least one: 300km,500kg."
        )
    if aerosol_l is not None and not (aerosol_l.is_finite() and aerosol_l >= 0):
        raise UsageError(
            f"{aerosol_l} cannot be a volume", where="aerosol", remedy="Give litres, 0 or more: 20L."
        )

    curve = tuple(dict.fromkeys(points))
    far = [p for p in curve if p.range_km >= limits.range_km]
    both = [p for p in far if p.payload_kg >= limits.payload_kg]
    loaded = [p for p in curve if p.payload_kg >= limits.payload_kg]
    farthest = max(curve, key=lambda p: (p.range_km, p.payload_kg))
    thresholds = f"{plain(limits.range_km)} km and {plain(limits.payload_kg)} kg"
    sprays, aerosol_reason, aerosol_cautions = _aerosol(aerosol_l, limits, vehicle, autonomous)
    beyond_range = Result.AEROSOL if sprays else Result.NONE

    if both:
        best = max(both, key=lambda p: (p.range_km, p.payload_kg))
        return Classification(Result.COMPLETE, f"{best} reaches both {thresholds}.", best, Result.COMPLETE)

    if len(curve) == 1 and (far or loaded):
        reached, short = ("range", "payload") if far else ("payload", "range")
        anyway = Result.RANGE_ONLY if far else beyond_range
        reason = (
            f"{farthest} reaches the {reached} threshold but not that of {short} ({thresholds}). Range and payload can "
            f"be traded and one point does not say how: ask for the curve, at least the payload at "
            f"{plain(limits.range_km)} km."
        )
        if anyway is not Result.NONE:
            reason += f" Unless the curve leads to a higher entry, {anyway} holds."
        return Classification(
            Result.NEEDS_TRADEOFF, reason, farthest, anyway, aerosol_cautions if loaded else ()
        )

    cautions = _between(far, loaded, limits)
    if far:
        reason = f"The greatest range, {farthest}, reaches {plain(limits.range_km)} km; no stated point reaches both {thresholds}."
        return Classification(Result.RANGE_ONLY, reason, farthest, Result.RANGE_ONLY, cautions)
    short_of = f"The greatest range, {farthest}, stays under {plain(limits.range_km)} km"
    cautions += aerosol_cautions
    if sprays:
        return Classification(
            Result.AEROSOL, f"{short_of}; {aerosol_reason}", farthest, Result.AEROSOL, cautions
        )
    reason = f"{short_of} and no stated point reaches both {thresholds}; {aerosol_reason}"
    return Classification(Result.NONE, reason, farthest, Result.NONE, cautions)


def _aerosol(
    volume: Decimal | None, limits: Limits, vehicle: Vehicle | None, autonomous: bool | None
) -> tuple[bool, str, tuple[str, ...]]:
    """Whether the aerosol rule holds, why, and what that presumes."""
    if volume is None:
        return False, "no aerosol volume was stated.", ()
    said = f"{plain(volume)} L of aerosol against {plain(limits.aerosol_l)} L"
    if volume <= limits.aerosol_l:
        return False, f"{said} is not over the threshold.", ()
    if vehicle == "rocket":
        return False, f"{said} is over the threshold, which is for unmanned aircraft only.", ()
    if autonomous is False:
        return False, f"{said} is over the threshold, but it neither flies by itself nor beyond sight.", ()
    presumed = []
    if vehicle is None:
        presumed.append("it is an unmanned aircraft")
    if autonomous is None:
        presumed.append("it flies by itself or beyond the operator's sight")
    cautions = (f"The aerosol rule presumes that {' and that '.join(presumed)}.",) if presumed else ()
    return True, f"{said} is over the threshold.", cautions


def _between(far: Sequence[Point], loaded: Sequence[Point], limits: Limits) -> tuple[str, ...]:
    """What the stated points leave open: the rule decides by stated points, an inspector may ask for more."""
    asked = ""
    if far and loaded:
        asked = (
            "One stated point reaches the range and another the payload: between them the curve may reach both. "
            f"Ask for the payload at {plain(limits.range_km)} km."
        )
    elif loaded:
        asked = (
            "The payload is reached at a shorter range: with less load it may fly farther. "
            f"Ask for the range with {plain(limits.payload_kg)} kg."
        )
    return (asked,) if asked else ()
