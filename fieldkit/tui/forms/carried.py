"""What a next record of the same kind begins with: what stays the same while one goes along a row of things."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from fieldkit.domain.fields import Field, FieldType
from fieldkit.domain.kinds import Kind

_FRESH_TYPES: Final = frozenset(
    {
        FieldType.TEXT,
        FieldType.MOMENT,
        FieldType.MEASURED,
        FieldType.QUANTITY,
        FieldType.INTEGER,
        FieldType.DECIMAL,
        FieldType.SIDES,
        FieldType.DIGEST,
        FieldType.STRUCT,
        FieldType.POSITION,
    }
)
_FRESH_LINES: Final = frozenset(
    {"number", "line", "serials", "observed_serials", "name", "title", "reference", "interviewee", "point"}
    | {"transliteration", "aliases", "control_entry", "national_entry", "file_name", "subject", "seed"}
)
_SURROUNDINGS: Final = frozenset({"person", "location", "declaration", "camera", "plan", "interview"})


def carried(kind: Kind, texts: Mapping[str, str]) -> dict[str, str]:
    """The texts that are carried over: choices, marks, people, places, instruments; never what was observed."""
    return {name: text for name, text in texts.items() if name in kind.fields and _stays(kind.fields[name])}


def _stays(about: Field) -> bool:
    if about.type in _FRESH_TYPES or about.name in _FRESH_LINES:
        return False
    if about.type is FieldType.RECORD:
        return bool(about.targets) and set(about.targets) <= _SURROUNDINGS
    return True
