"""The views: one for each kind of record with a typed column for each field, and those that show history and differences."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from fieldkit.domain.fields import Field, FieldType
from fieldkit.domain.kinds import Kind, all_kinds
from fieldkit.domain.quantities import BASE_UNITS
from fieldkit.publish.sql import comment, literal, name

_PLAIN: Final = {
    FieldType.INTEGER: ("as_integer", "->"),
    FieldType.BOOLEAN: ("as_flag", "->"),
    FieldType.DECIMAL: ("as_number", "->>"),
    FieldType.DATE: ("as_day", "->>"),
    FieldType.RECORD: ("as_id", "->>"),
    FieldType.PERIOD: ("as_days", "->"),
}

_ALWAYS: Final = (
    ("mission_id", "r.mission", "Id of the mission."),
    ("mission_title", "m.title", "Title of the mission."),
    ("record_id", "r.id", "Id of the record."),
    ("record_number", "r.number", "Its number for people."),
    ("recorded_at", "r.recorded", "When it was first recorded, by that laptop's clock."),
    ("recorded_by", "r.author", "Person who recorded it; join person.record_id."),
    ("differs", "r.differs", "Fields in which laptops recorded unequal values; see the view standing."),
)


class Column(NamedTuple):
    """A column of a view: its name, the expression that makes it, and what it holds."""

    title: str
    made: str
    about: str


def view_names() -> tuple[str, ...]:
    """Every view, in the order in which they are made."""
    return ("history", "standing", *(kind.name for kind in all_kinds()))


def statements(schema: str, postgis: str = "") -> Iterator[str]:
    """Everything that makes the views. `postgis` names the schema that holds PostGIS, where there is one."""
    s = name(schema)
    yield from _history(s)
    yield from _standing(s)
    for kind in all_kinds():
        held = [*(Column(*one) for one in _ALWAYS), *_columns(s, kind, postgis)]
        body = ",\n".join(f"  {one.made} AS {name(one.title)}" for one in held)
        view = f"{s}.{name(kind.name)}"
        yield (
            f"CREATE VIEW {view} AS SELECT\n{body}\nFROM {s}.records r JOIN {s}.missions m USING (mission)"
            f"\nWHERE r.kind = {literal(kind.name)} AND NOT r.retracted"
        )
        yield comment(f"VIEW {view}", f"{kind.plural}, all missions, without those that were retracted.")
        for one in held:
            yield comment(f"COLUMN {view}.{name(one.title)}", one.about)


def _columns(s: str, kind: Kind, postgis: str) -> Iterator[Column]:
    for field in kind.fields.values():
        if field.name == "occurred":
            yield Column("occurred", "r.occurred", "When it happened, UTC. " + field.help)
        else:
            yield from _field(s, field, postgis)


def _field(s: str, field: Field, postgis: str) -> Iterator[Column]:
    """The columns of one field; a quantity, a position and a moment have several."""
    about = f"{field.label}. {field.help}".strip()
    if field.targets:
        about += f" Links to {', '.join(field.targets)}."
    where = f"r.doc -> {literal(field.name)}"
    text = f"r.doc ->> {literal(field.name)}"
    if field.type is FieldType.STRUCT or (field.listed and field.type not in _TEXTS):
        parts = f" Parts: {', '.join(part.name for part in field.parts)}." if field.parts else ""
        yield Column(field.name, where, f"{about} JSON.{parts}")
    elif field.many or field.listed:
        maker = "as_ids" if field.type is FieldType.RECORD else "as_texts"
        yield Column(field.name, f"{s}.{maker}({where})", about)
    elif field.type in _PLAIN:
        maker, operator = _PLAIN[field.type]
        yield Column(field.name, f"{s}.{maker}(r.doc {operator} {literal(field.name)})", about)
    elif field.type in (FieldType.QUANTITY, FieldType.MEASURED):
        yield from _quantity(s, field, where, about)
    elif field.type is FieldType.POSITION:
        yield from _position(s, field, where, about, postgis)
    elif field.type is FieldType.MOMENT:
        yield Column(field.name, f"{s}.as_moment({where} ->> 'at')", f"{about} UTC.")
        yield Column(f"{field.name}_offset", f"{where} ->> 'offset'", f"{field.label}: local time minus UTC.")
    else:
        choices = f" One of: {', '.join(field.choices)}." if field.choices else ""
        yield Column(field.name, text, about + choices)


_TEXTS: Final = frozenset(
    {FieldType.TEXT, FieldType.LINE, FieldType.CHOICE, FieldType.DIGEST, FieldType.MARK, FieldType.SIDES}
)


def _quantity(s: str, field: Field, where: str, about: str) -> Iterator[Column]:
    label, unit = field.label, f"{field.name}_unit"
    base = (
        f"in {BASE_UNITS[field.dimension]}"
        if field.dimension
        else "in the base unit of its dimension, which the table units tells"
    )
    yield Column(field.name, f"{s}.as_number({where} ->> 'value')", f"{about} As stated, in {unit}.")
    yield Column(unit, f"{where} ->> 'unit'", f"{label}: unit of {field.name}.")
    yield Column(f"{field.name}_base", f"{s}.in_base({where})", f"{label} {base}.")
    if field.type is FieldType.MEASURED:
        expanded = f"{s}.as_number({where} ->> 'uncertainty')"
        yield Column(f"{field.name}_uncertainty", expanded, f"{label}: expanded uncertainty U, in {unit}.")
        yield Column(f"{field.name}_k", f"{s}.as_number({where} ->> 'k')", f"{label}: coverage factor k.")


def _position(s: str, field: Field, where: str, about: str, postgis: str) -> Iterator[Column]:
    yield Column(
        field.name, f"{s}.as_point({where})", f"{about} GeoJSON point, WGS84, degrees, longitude first."
    )
    yield Column(
        f"{field.name}_error_m",
        f"{s}.as_number({where} ->> 'error_m')",
        f"{field.label}: error radius in metres.",
    )
    yield Column(f"{field.name}_source", f"{where} ->> 'source'", f"{field.label}: where it comes from.")
    if postgis:
        g = name(postgis)
        axes = ", ".join(f"{s}.as_number({where} ->> '{axis}')::float8" for axis in ("lon", "lat"))
        point = f"{g}.ST_SetSRID({g}.ST_MakePoint({axes}), 4326)::{g}.geometry(Point, 4326)"
        made = f"CASE WHEN {s}.as_point({where}) IS NOT NULL THEN {point} END"
        yield Column(f"{field.name}_geom", made, f"{field.label} as a PostGIS point, SRID 4326, degrees.")


def _history(s: str) -> Iterator[str]:
    yield (
        f"CREATE VIEW {s}.history AS SELECT\n  e.mission, e.record, f.key AS field, f.value, e.act, e.reason,"
        "\n  e.author, e.recorded, e.log, e.seq, e.hash, e.supersedes -> f.key AS replaced"
        f"\nFROM {s}.entries e CROSS JOIN LATERAL jsonb_each(e.fields) f"
        "\nWHERE e.objection IS NULL AND e.record IS NOT NULL"
    )
    yield comment(
        f"VIEW {s}.history",
        "Every value that was ever recorded: who, when, why, and the hashes of the entries it replaced knowingly."
        " Order within a log is seq; no clock orders the logs.",
    )


def _standing(s: str) -> Iterator[str]:
    same = "d2.mission = d.mission AND d2.record = d.record AND d2.field = d.field"
    hashes = f"ARRAY(SELECT encode(d2.hash, 'hex') FROM {s}.differences d2 WHERE {same})"
    named = f"{s}.as_texts(k.doc -> 'entries')"
    yield (
        f"CREATE VIEW {s}.standing AS SELECT\n  d.mission, d.record, r.number, r.kind, d.field, d.value,"
        "\n  e.author, e.recorded, e.log, e.seq, d.hash, e.supersedes -> d.field AS replaced,"
        f"\n  (SELECT k.doc ->> 'reason' FROM {s}.records k WHERE k.mission = d.mission AND k.kind = 'differing'"
        "\n    AND NOT k.retracted AND k.doc ->> 'target' = d.record::text AND k.doc ->> 'field' = d.field"
        f"\n    AND {named} @> {hashes} AND {named} <@ {hashes} ORDER BY k.id LIMIT 1) AS left_standing"
        f"\nFROM {s}.differences d JOIN {s}.records r ON r.mission = d.mission AND r.id = d.record"
        f"\nJOIN {s}.entries e ON e.mission = d.mission AND e.hash = d.hash"
    )
    yield comment(
        f"VIEW {s}.standing",
        "Differences: one row for each value that stands, with who recorded it and the hashes of the entries whose"
        " values that author had seen. left_standing: why all were left as differing observations; NULL: not ended.",
    )
