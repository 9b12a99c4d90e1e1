"""Making the schema, or finding it as it should be: never anything that fieldkit did not make is changed or dropped."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final

from fieldkit.errors import NewerFormatError, RefusedError, UsageError
from fieldkit.publish import tables, views
from fieldkit.publish.sql import functions, literal, name

if TYPE_CHECKING:
    from psycopg import Connection

DEFAULT: Final = "fieldkit"
_NAME: Final = re.compile(r"(?!pg_)[a-z_][a-z0-9_]{0,62}")
_RENEW: Final = (
    "Publish with --renew: that takes down everything published there, of all missions, and begins anew."
    " Then publish the other missions again."
)


def check_name(schema: str) -> str:
    """The name of a schema, if it may be one. Raises `UsageError`."""
    if not _NAME.fullmatch(schema):
        raise UsageError(
            f"{schema!r} is no name for a schema",
            where="--into",
            remedy="Letters a to z, digits and _, at most 63, not beginning with a digit or pg_.",
        )
    return schema


def statements(schema: str, postgis: str = "") -> Iterator[str]:
    """Everything that makes an empty schema, in order: what `prepare` runs, and what a person may read beforehand."""
    yield f"CREATE SCHEMA IF NOT EXISTS {name(schema)}"
    yield from _inside(schema, postgis)


def prepare(connection: Connection, schema: str, where: str, *, renew: bool) -> None:
    """Make the schema if it is not there, in one transaction; bring its views up to date; refuse what is not fieldkit's."""
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"fieldkit/{schema}"])
        postgis = _postgis(connection)
        held = _relations(connection, schema)
        if held is None:
            connection.execute(f"CREATE SCHEMA {name(schema)}")
        elif "about" not in held:
            if held:
                raise _foreign(schema, where, held)
        else:
            about = _about(connection, schema, where, held)
            if about["format"] > tables.FORMAT:
                raise NewerFormatError(
                    "a newer fieldkit published there", where=where, remedy="Publish with that version."
                )
            missing = sorted((set(tables.TABLES) | set(views.view_names())) - held)
            if not renew and about["format"] == tables.FORMAT and not missing:
                _renew_views(connection, schema, postgis, about)
                return
            if not renew:
                problem = (
                    f"something that fieldkit made is gone there: {missing[0]}"
                    if about["format"] == tables.FORMAT
                    else "an older fieldkit published there, in another form"
                )
                raise RefusedError(problem, where=where, remedy=_RENEW)
            _drop(connection, schema)
        for statement in _inside(schema, postgis):
            connection.execute(statement)


def _inside(schema: str, postgis: str) -> Iterator[str]:
    yield from tables.statements(schema)
    yield from views.statements(schema, postgis)
    yield (
        f"INSERT INTO {name(schema)}.about (format, version, views) VALUES"
        f" ({tables.FORMAT}, {literal(version('fieldkit'))}, {literal(_digest(schema, postgis))})"
    )


def _relations(connection: Connection, schema: str) -> set[str] | None:
    """Tables, views and the like that the schema holds; None where there is no such schema."""
    rows = connection.execute("SELECT oid FROM pg_namespace WHERE nspname = %s", [schema]).fetchall()
    if not rows:
        return None
    held = connection.execute(
        "SELECT relname FROM pg_class WHERE relnamespace = %s AND relkind IN ('r','p','v','m','f','S')",
        rows[0],
    )
    return {relation for (relation,) in held}


def _about(connection: Connection, schema: str, where: str, held: set[str]) -> dict[str, Any]:
    kept = connection.execute(
        "SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = to_regclass(%s)"
        " AND attnum > 0 AND NOT attisdropped",
        [f"{name(schema)}.about"],
    ).fetchall()
    if dict(kept) != {"format": "integer", "version": "text", "views": "text"}:
        raise _foreign(schema, where, held)
    rows = connection.execute(f"SELECT format, version, views FROM {name(schema)}.about").fetchall()
    if len(rows) != 1:
        raise _foreign(schema, where, held)
    return dict(zip(("format", "version", "views"), rows[0], strict=True))


def _foreign(schema: str, where: str, held: set[str]) -> UsageError:
    shown = ", ".join(sorted(held)[:3])
    return UsageError(
        f"the schema {schema} holds what fieldkit did not make: {shown}{', …' if len(held) > 3 else ''}",
        where=where,
        remedy="Name another schema: --into NAME.",
    )


def _renew_views(connection: Connection, schema: str, postgis: str, about: dict[str, Any]) -> None:
    """Make the views again where this version makes them otherwise; those of a newer version are left alone."""
    own = version("fieldkit")
    digest = _digest(schema, postgis)
    if about["views"] == digest or _ordered(about["version"]) > _ordered(own):
        return
    _drop_views(connection, schema)
    for statement in views.statements(schema, postgis):
        connection.execute(statement)
    connection.execute(f"UPDATE {name(schema)}.about SET version = %s, views = %s", [own, digest])


def _drop(connection: Connection, schema: str) -> None:
    _drop_views(connection, schema)
    for signature, _, _ in reversed(functions(schema)):
        connection.execute(f"DROP FUNCTION IF EXISTS {signature}")
    for table in tables.TABLES:
        connection.execute(f"DROP TABLE IF EXISTS {name(schema)}.{table}")


def _drop_views(connection: Connection, schema: str) -> None:
    for view in reversed(views.view_names()):
        connection.execute(f"DROP VIEW IF EXISTS {name(schema)}.{name(view)}")


def _postgis(connection: Connection) -> str:
    """The schema in which PostGIS lies; empty where there is none."""
    rows = connection.execute(
        "SELECT n.nspname FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE extname = 'postgis'"
    ).fetchall()
    return str(rows[0][0]) if rows else ""


def _digest(schema: str, postgis: str) -> str:
    return hashlib.sha256("\n".join(views.statements(schema, postgis)).encode()).hexdigest()


def _ordered(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", text)[:3])
