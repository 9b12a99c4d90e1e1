"""JSON Schema 2020-12 of each kind, made from the record classes: what `decode` accepts, as far as a schema can say it.

Beyond a schema: days that the calendar lacks, degrees off the globe, blank sets of blanks, and every rule that ties one
field to another. Published with a mission's data so that others can write and check records.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, cast

import msgspec

from fieldkit.domain.fields import Field, FieldType
from fieldkit.domain.jsontypes import Doc
from fieldkit.domain.kinds import kind
from fieldkit.domain.quantities import spellings

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_WITH_UNIT: Final = frozenset({"Quantity", "Measured"})
_NAMED: Final = "#/$defs/{name}"


def schema(kind_name: str) -> Doc:
    """The JSON Schema of a kind's records; UsageError if there is no such kind."""
    found = kind(kind_name)
    (reference,), definitions = msgspec.json.schema_components([found.struct], ref_template=_NAMED)
    own = definitions.pop(str(reference["$ref"]).rpartition("/")[2])
    properties = own["properties"]
    for name, field in found.fields.items():
        properties[name] = _told(field, properties[name])
    return cast(
        "Doc",
        {
            "$schema": DIALECT,
            "title": found.title,
            "type": "object",
            "properties": {name: properties[name] for name in found.fields},
            "required": [name for name, field in found.fields.items() if field.required],
            "additionalProperties": False,
            "$defs": {name: _described(definition) for name, definition in sorted(definitions.items())},
        },
    )


def _told(field: Field, form: Mapping[str, Any]) -> dict[str, Any]:
    """The form of one field with its label, its help and what its links or its unit may be."""
    bare = _repeating({name: value for name, value in form.items() if name != "default"})
    if field.dimension is not None and field.type in (FieldType.QUANTITY, FieldType.MEASURED):
        bare = {"allOf": [bare, _in_dimension(field.dimension)]}
    if not field.required and not _takes_null(bare):
        bare = {"anyOf": [bare, {"type": "null"}]}
    told: dict[str, Any] = {"title": field.label, **bare}
    if field.help:
        told["description"] = field.help
    if field.targets:
        told["x-links-to"] = list(field.targets)
    default = form.get("default")
    if isinstance(default, str):
        told["default"] = default
    return told


def _repeating(form: dict[str, Any]) -> dict[str, Any]:
    """A set's form without the demand that no member be given twice: `decode` drops repeats itself."""
    return {name: value for name, value in form.items() if name != "uniqueItems"}


def _in_dimension(dimension: str) -> dict[str, Any]:
    units = {"properties": {"unit": {"enum": list(spellings(dimension))}}}
    return {"anyOf": [units, {"type": "null"}]}


def _takes_null(form: Mapping[str, Any]) -> bool:
    return any(choice.get("type") == "null" for choice in form.get("anyOf", ())) or (
        "allOf" in form and _takes_null(form["allOf"][0])
    )


def _described(definition: dict[str, Any]) -> dict[str, Any]:
    """A part's definition without the defaults that only say a field may be left out."""
    properties = {
        name: {key: value for key, value in form.items() if key != "default" or isinstance(value, str)}
        for name, form in definition.get("properties", {}).items()
    }
    if definition.get("title") in _WITH_UNIT:
        properties["unit"] = {"enum": list(spellings())}
    return {**definition, "properties": properties}
