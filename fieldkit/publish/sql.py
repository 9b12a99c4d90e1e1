"""Writing SQL down: names and texts as they may stand in a statement, and the functions that the views are made with.

The functions take what a record says, which may come from any version of fieldkit or from a dishonest laptop, and give
NULL for what is not of the form asked for: no value of one record makes a query over all of them fail.
"""

from __future__ import annotations

from typing import Final

DECIMAL: Final = r"^-?[0-9]{1,24}(\.[0-9]{1,24})?$"
_UUID: Final = "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"
_DAY: Final = "^(?!0000)[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$"
_TIME: Final = r"^.{10}T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,6})?Z$"


def name(text: str) -> str:
    """An identifier."""
    return '"' + text.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text constant."""
    return "'" + text.replace("'", "''") + "'"


def comment(what: str, text: str) -> str:
    """The statement that describes a table, a view or a column."""
    return f"COMMENT ON {what} IS {literal(text)}"


def functions(schema: str) -> list[tuple[str, str, str]]:
    """Every function: its name with the types of its arguments, the statement that makes it, and what it does."""
    s = name(schema)
    day = f"{s}.as_day(left(value, 10))"
    lon, lat = f"{s}.as_number(value ->> 'lon')", f"{s}.as_number(value ->> 'lat')"
    made = [
        ("as_number", "text", "numeric", f"CASE WHEN value ~ {literal(DECIMAL)} THEN value::numeric END",
         "The number of a decimal text; else NULL."),
        ("as_integer", "jsonb", "bigint",
         ("CASE WHEN jsonb_typeof(value) = 'number' THEN CASE WHEN value::numeric = trunc(value::numeric)"
         " AND abs(value::numeric) <= 9007199254740992 THEN value::bigint END END"),
         "An integer; else NULL."),
        ("as_flag", "jsonb", "boolean", "CASE WHEN jsonb_typeof(value) = 'boolean' THEN value::boolean END",
         "Yes or no; else NULL."),
        ("as_id", "text", "uuid", f"CASE WHEN value ~ {literal(_UUID)} THEN value::uuid END",
         "The id of a record; else NULL."),
        ("as_day", "text", "date",
         (f"CASE WHEN value ~ {literal(_DAY)} THEN CASE WHEN to_char(make_date(left(value, 4)::int,"
         " substr(value, 6, 2)::int, 1) + (substr(value, 9, 2)::int - 1), 'YYYY-MM-DD') = value"
         " THEN make_date(left(value, 4)::int, substr(value, 6, 2)::int, 1) + (substr(value, 9, 2)::int - 1)"
         " END END"),
         "A day of the calendar; else NULL."),
        ("as_moment", "text", "timestamptz",
         (f"CASE WHEN value ~ {literal(_TIME)} THEN ({day} + rtrim(substr(value, 12), 'Z')::time)"
         " AT TIME ZONE 'UTC' END"),
         "An instant in UTC; else NULL."),
        ("as_texts", "jsonb", "text[]",
         "CASE WHEN jsonb_typeof(value) = 'array' THEN ARRAY(SELECT jsonb_array_elements_text(value)) END",
         "The members of a set or list as texts; else NULL."),
        ("as_ids", "jsonb", "uuid[]",
         (f"CASE WHEN jsonb_typeof(value) = 'array' THEN ARRAY(SELECT {s}.as_id(member) FROM"
         " jsonb_array_elements_text(value) member) END"),
         "The members of a set of links; else NULL."),
        ("as_days", "jsonb", "daterange",
         (f"CASE WHEN coalesce({s}.as_day(value ->> 'to') >= {s}.as_day(value ->> 'from'), value ->> 'to' IS NULL)"
         f" AND {s}.as_day(value ->> 'from') IS NOT NULL"
         f" THEN daterange({s}.as_day(value ->> 'from'), {s}.as_day(value ->> 'to'), '[]') END"),
         "A period, both days included; open where it has no last day; else NULL."),
        ("as_point", "jsonb", "jsonb",
         (f"CASE WHEN abs({lat}) <= 90 AND abs({lon}) <= 180 THEN jsonb_build_object('type', 'Point',"
         f" 'coordinates', jsonb_build_array({lon}, {lat})) END"),
         "A position as a GeoJSON point, longitude first (RFC 7946, WGS84); else NULL."),
    ]  # fmt: skip
    found = [
        (
            f"{s}.{title}({takes})",
            (
                f"CREATE FUNCTION {s}.{title}(value {takes}) RETURNS {gives}"
                f" LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN {body}"
            ),
            about,
        )
        for title, takes, gives, body, about in made
    ]
    based = f"{s}.as_number(value ->> 'value')"
    found.append(
        (
            f"{s}.in_base(jsonb)",
            (
                f"CREATE FUNCTION {s}.in_base(value jsonb) RETURNS numeric LANGUAGE sql STABLE PARALLEL SAFE RETURN"
                f" (SELECT ({based} + u.shift) * u.factor / u.divisor FROM {s}.units u"
                " WHERE u.unit = value ->> 'unit')"
            ),
            "A quantity in the base unit of its dimension (see the table units); NULL where the unit is unknown.",
        )
    )
    return found
