"""A field's JSON value as text for people. What `parse` reads back gives the same value."""

from __future__ import annotations

import json
from typing import cast

from fieldkit.domain.commalists import join_list
from fieldkit.domain.fields import Field, FieldType
from fieldkit.domain.jsontypes import JSON, Doc
from fieldkit.domain.moments import moment_text, period_text
from fieldkit.domain.places import position_text


def render(field: Field, value: JSON) -> str:
    """The value as text: `12.5 kg`, `2026-02-12 10:41 +02:00`, `a, b`. Links stay ids; text is as recorded.

    A value that is not of the field's form (written by a newer version) is shown as its JSON.
    """
    if value is None:
        return ""
    try:
        if field.many:
            return join_list([_single(field, member) for member in cast("list[JSON]", value)])
        if field.listed:
            return _listed(field, cast("list[JSON]", value))
        return _single(field, value)
    except (KeyError, TypeError, ValueError, AttributeError):
        return _as_json(value)


def _listed(field: Field, value: list[JSON]) -> str:
    if field.type is FieldType.STRUCT:
        return _as_json(value)
    return join_list([_single(field, member) for member in value])


def _single(field: Field, value: JSON) -> str:
    match field.type:
        case FieldType.BOOLEAN:
            return "yes" if value else "no"
        case FieldType.CHOICE:
            return str(value).replace("_", " ")
        case FieldType.QUANTITY:
            found = cast("Doc", value)
            return f"{found['value']} {found['unit']}"
        case FieldType.MEASURED:
            found = cast("Doc", value)
            return f"{found['value']} ± {found['uncertainty']} {found['unit']} (k={found['k']})"
        case FieldType.POSITION:
            return position_text(cast("Doc", value))
        case FieldType.MOMENT:
            return moment_text(cast("Doc", value))
        case FieldType.PERIOD:
            return period_text(cast("Doc", value))
        case FieldType.STRUCT:
            return _as_json(value)
        case _:
            return value if isinstance(value, str) else _as_json(value)


def _as_json(value: JSON) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)
