"""The one form of each field's JSON value: text in NFC, decimals and moments in one writing, sets sorted.

Two people who record the same value get the same bytes, so that equal values never show as a difference.
Works on values whose form has been checked; raises UsageError (without saying where) for what no form can show: a day
that is not in the calendar, a unit of another dimension, a latitude of 91.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TypeAlias, cast

from fieldkit.domain.fields import Field, FieldType
from fieldkit.domain.jsontypes import JSON, Doc
from fieldkit.domain.marks import canonical_mark
from fieldkit.domain.moments import canonical_moment, canonical_period
from fieldkit.domain.places import canonical_position
from fieldkit.domain.quantities import canonical_measured, canonical_quantity
from fieldkit.domain.values import canonical_date, canonical_decimal, canonical_sides, canonical_text
from fieldkit.errors import UsageError

Canoniser: TypeAlias = Callable[[JSON], JSON]


def canoniser(field: Field) -> Canoniser | None:
    """What brings a field's value into its one form; None where the checked value is in it already."""
    single = _single(field)
    if field.many:
        return partial(_sorted_set, single)
    if field.listed:
        return None if single is None else partial(_ordered, single)
    return single


def _single(field: Field) -> Canoniser | None:
    found: object = None
    match field.type:
        case FieldType.LINE:
            found = partial(_line, field.limit)
        case FieldType.TEXT:
            found = partial(canonical_text, limit=field.limit)
        case FieldType.MARK:
            found = canonical_mark
        case FieldType.DECIMAL:
            found = canonical_decimal
        case FieldType.SIDES:
            found = canonical_sides
        case FieldType.DATE:
            found = canonical_date
        case FieldType.QUANTITY:
            found = partial(_dimensioned, canonical_quantity, field.dimension)
        case FieldType.MEASURED:
            found = partial(_dimensioned, canonical_measured, field.dimension)
        case FieldType.POSITION:
            found = canonical_position
        case FieldType.MOMENT:
            found = canonical_moment
        case FieldType.PERIOD:
            found = canonical_period
        case FieldType.STRUCT:
            found = partial(_parts, {part.name: canoniser(part) for part in field.parts})
        case _:
            return None
    return cast("Canoniser", found)


def _line(limit: int, value: JSON) -> JSON:
    # an epoch may be a number as well as a name
    return canonical_text(value, limit).strip() if isinstance(value, str) else value


def _dimensioned(canonical: Callable[[Doc, str | None], Doc], dimension: str | None, value: JSON) -> JSON:
    return canonical(cast("Doc", value), dimension)


def _sorted_set(single: Canoniser | None, value: JSON) -> JSON:
    members = cast("list[str]", value)
    if single is None:
        return cast("JSON", sorted(set(members)))
    return cast("JSON", sorted({cast("str", single(member)) for member in members}))


def _ordered(single: Canoniser, value: JSON) -> JSON:
    return [single(member) for member in cast("list[JSON]", value)]


def _parts(canonisers: dict[str, Canoniser | None], value: JSON) -> JSON:
    found: Doc = {}
    for name, part in cast("Doc", value).items():
        if part is None:
            continue
        canonical = canonisers[name]
        try:
            found[name] = part if canonical is None else canonical(part)
        except UsageError as error:
            raise UsageError(f"{name}: {error.problem}", remedy=error.remedy) from None
    return found
