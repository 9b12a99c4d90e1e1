"""Why a record's JSON is not of the form asked for, in words a person can act on.

Runs only after a record was found wanting, so that well-formed records pay nothing for it.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from fieldkit.domain.fields import Field, FieldType
from fieldkit.domain.jsontypes import JSON, Doc
from fieldkit.domain.kinds import Kind
from fieldkit.domain.nearness import suggestion
from fieldkit.errors import FieldkitError, RefusedError, UsageError

_FORMS: Final = {
    FieldType.TEXT: "a text",
    FieldType.LINE: "a text",
    FieldType.MARK: "a handling mark, as strictly confidential",
    FieldType.INTEGER: "a whole number",
    FieldType.DECIMAL: 'a decimal written as text, as "12.5"',
    FieldType.SIDES: "lengths in millimetres, as 1200 x 300 x 300, or typed with their unit, as 1.2 x 0.3 m",
    FieldType.BOOLEAN: "yes or no (true or false in JSON)",
    FieldType.QUANTITY: 'a value and a unit, as 12.5 kg, in JSON {"value": "12.5", "unit": "kg"}',
    FieldType.MEASURED: "a value with unit, uncertainty and k, as 5.2 ± 0.1 mm (k=2), "
    'in JSON {"value": "5.2", "unit": "mm", "uncertainty": "0.1", "k": "2"}',
    FieldType.POSITION: "a position, as 32.8872,13.1913 ±10m gps, "
    'in JSON {"lat": "32.8872", "lon": "13.1913", "error_m": "10", "source": "gps"}',
    FieldType.MOMENT: "a time, as 2026-02-12 10:41, "
    'in JSON {"at": "2026-02-12T08:41:00Z", "offset": "+02:00", "source": "typed"}',
    FieldType.PERIOD: "a first and a last day, as 2026-02-10/2026-02-14, "
    'in JSON {"from": "2026-02-10", "to": "2026-02-14"}',
    FieldType.DATE: "a day, as 2026-02-12",
    FieldType.RECORD: "the id of a record",
    FieldType.DIGEST: "a SHA-256 in 64 lowercase hex digits",
}


def diagnose(kind: Kind, doc: Doc, *, partial: bool = False) -> FieldkitError | None:
    """The first thing wrong with the form of a record, or None; `partial` asks for no required fields."""
    if not isinstance(doc, dict):
        return UsageError("a record is a JSON object", where=kind.name, remedy='As {"field": "value"}.')
    for name in doc:
        if name not in kind.fields:
            return UsageError(
                f"there is no field {str(name)[:80]!r}",
                where=kind.name,
                remedy=f"{suggestion(str(name), kind.fields)}Fields: {', '.join(kind.fields)}.",
            )
    hints = {info.encode_name: info.type for info in msgspec.structs.fields(kind.struct)}
    for name, value in doc.items():
        found = _ill_formed(kind, kind.fields[name], hints[name], value)
        if found is not None:
            return found
    if partial:
        return None
    missing = [name for name, field in kind.fields.items() if field.required and doc.get(name) is None]
    if missing:
        return UsageError(
            f"{kind.name} needs {' and '.join(missing)}",
            where=f"{kind.name}.{missing[0]}",
            remedy=" ".join(_expected(kind.fields[name]) for name in missing),
        )
    return None


def _ill_formed(kind: Kind, field: Field, hint: Any, value: JSON) -> FieldkitError | None:
    if value is None and not field.required:
        return None
    where = f"{kind.name}.{field.name}"
    if field.type is FieldType.MEASURED and isinstance(value, dict):
        lacking = [name for name in ("unit", "uncertainty", "k") if value.get(name) is None]
        if lacking:
            return RefusedError(
                f"a measured value needs its {' and '.join(lacking)}",
                where=where,
                remedy="Write it as 5.2 ± 0.1 mm (k=2).",
            )
    try:
        msgspec.convert(value, hint)
    except msgspec.ValidationError as error:
        return UsageError(_problem(field, value, str(error)), where=where, remedy=_remedy(field, value))
    except UnicodeEncodeError:
        return UsageError("half of a surrogate pair stands for nothing", where=where, remedy="Type it again.")
    return None


def _problem(field: Field, value: JSON, told: str) -> str:
    reason = told.replace("`", "").replace(" - at $", " at ").replace(" at .", " at ")
    if field.type is FieldType.CHOICE and isinstance(value, str):
        return f"{value[:80]!r} is none of the choices"
    if field.many and not isinstance(value, list):
        return "a set is a list"
    if field.type is FieldType.INTEGER and isinstance(value, int) and not isinstance(value, bool):
        bound = reason.partition(" at ")[0].lower().removeprefix("expected int ")
        return f"{value} where a whole number {bound} is asked for"
    if isinstance(value, str):
        if not value:
            return "nothing is written here"
        if field.limit and len(value) > field.limit:
            return f"{len(value)} characters where {field.limit} are the most"
        return f"{value[:80]!r} is not {_form(field)}"
    return reason[0].lower() + reason[1:]


def _remedy(field: Field, value: JSON) -> str:
    if field.choices:
        close = suggestion(value, field.choices) if isinstance(value, str) else ""
        return f"{close}Choices: {', '.join(field.choices)}."
    if value == "":
        return f"{field.label} is needed." if field.required else "Leave the field out instead."
    if isinstance(value, str) and field.limit and len(value) > field.limit:
        return "Attach the whole text as a file ('fieldkit attach'), and write here what matters of it."
    return _expected(field)


def _expected(field: Field) -> str:
    if field.choices:
        return f"{field.name}: one of {', '.join(field.choices)}."
    return f"{field.name}: {_form(field)}."


def _form(field: Field) -> str:
    if field.type is FieldType.STRUCT:
        inner = ", ".join(part.name + ("" if part.required else "?") for part in field.parts)
        single = f"an object of {inner}"
    else:
        single = _FORMS.get(field.type, field.type.value)
    return f"a list, each {single}" if field.many or field.listed else single
