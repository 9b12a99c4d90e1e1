"""Hypothesis strategies for records, made from the same field definitions that forms are made from."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from fieldkit.domain.fields import Field, FieldType
from fieldkit.domain.kinds import Kind
from fieldkit.domain.quantities import spellings

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
IDS = st.uuids(version=4).map(str)
SOME_TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12).filter(
    lambda text: not text.isspace()
)
DECIMALS = st.from_regex(r"-?[0-9]{1,5}(\.[0-9]{1,4})?", fullmatch=True)
UNSIGNED = st.from_regex(r"[0-9]{1,5}(\.[0-9]{1,4})?", fullmatch=True)
OFFSETS = st.sampled_from(["+00:00", "+02:00", "-03:30", "+05:45", "+14:00"])
DAYS = st.dates().map(str)
MOMENTS = st.fixed_dictionaries(
    {
        "at": st.integers(-2_000_000_000_000_000, 4_000_000_000_000_000).map(
            lambda micros: (EPOCH + timedelta(microseconds=micros)).isoformat().replace("+00:00", "Z")
        ),
        "offset": OFFSETS,
    },
    optional={"source": st.sampled_from(["clock", "typed"])},
)
POSITIONS = st.fixed_dictionaries(
    {"lat": st.integers(1, 90).map(str), "lon": st.integers(-180, 180).map(str)},
    optional={"error_m": UNSIGNED, "source": st.sampled_from(["gps", "map", "typed"])},
)
PERIODS = st.tuples(DAYS, DAYS).map(lambda days: {"from": min(days), "to": max(days)})
KEYS = st.binary(min_size=32, max_size=32)
_PATTERNED = {
    "letter": st.sampled_from(["A", "B", "QZ"]),
    "log": st.from_regex(r"[0-9a-f]{32}", fullmatch=True),
    "cut_log": st.from_regex(r"[0-9a-f]{32}", fullmatch=True),
    "previous": st.from_regex(r"[0-9a-f]{32}", fullmatch=True),
}
_BASE64_KEYS = frozenset({"key", "previous_key", "public_key", "root"})


def records(kind: Kind) -> st.SearchStrategy[dict[str, Any]]:
    """Well-formed JSON of a kind; it may still contradict itself."""
    required = {name: values(field) for name, field in kind.fields.items() if field.required}
    others = {name: values(field) for name, field in kind.fields.items() if not field.required}
    return st.fixed_dictionaries(required, optional=others)


def values(field: Field) -> st.SearchStrategy[Any]:
    """Well-formed values of a field."""
    single = one(field)
    return st.lists(single, max_size=3) if field.many or field.listed else single


def one(field: Field) -> st.SearchStrategy[Any]:
    """Well-formed single values of a field."""
    match field.type:
        case FieldType.LINE if field.name in _BASE64_KEYS:
            return KEYS.map(_base64)
        case FieldType.LINE if field.name in _PATTERNED:
            return _PATTERNED[field.name]
        case FieldType.LINE | FieldType.TEXT:
            return SOME_TEXT
        case FieldType.MARK:
            return SOME_TEXT.filter(lambda text: bool(text.replace("_", " ").strip()))
        case FieldType.INTEGER:
            return st.integers(1, 2**53)
        case FieldType.DECIMAL:
            return DECIMALS
        case FieldType.SIDES:
            return st.from_regex(
                r"[1-9][0-9]{0,5}(\.[0-9]{1,3})?( x 0\.[0-9]{0,3}[1-9]0?){0,3}", fullmatch=True
            )
        case FieldType.BOOLEAN:
            return st.booleans()
        case FieldType.CHOICE:
            return st.sampled_from(field.choices)
        case FieldType.QUANTITY:
            units = st.sampled_from(spellings(field.dimension))
            return st.fixed_dictionaries({"value": DECIMALS, "unit": units})
        case FieldType.MEASURED:
            units = st.sampled_from(spellings(field.dimension))
            k = st.sampled_from(["1", "2", "2.50"])
            return st.fixed_dictionaries({"value": DECIMALS, "unit": units, "uncertainty": UNSIGNED, "k": k})
        case FieldType.POSITION:
            return POSITIONS
        case FieldType.MOMENT:
            return MOMENTS
        case FieldType.PERIOD:
            return PERIODS
        case FieldType.DATE:
            return DAYS
        case FieldType.RECORD:
            return IDS
        case FieldType.DIGEST:
            return st.from_regex(r"[0-9a-f]{64}", fullmatch=True)
        case FieldType.STRUCT:
            needed = {part.name: values(part) for part in field.parts if part.required}
            more = {part.name: values(part) for part in field.parts if not part.required}
            return st.fixed_dictionaries(needed, optional=more)


def _base64(key: bytes) -> str:
    return base64.b64encode(key).decode()
