"""The functions that the views are made with: right for what is of the form, NULL for all else, never an error."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg.types.json import Jsonb

from fieldkit.domain.quantities import UNITS, Quantity, to_base
from fieldkit.publish import layout
from fieldkit.publish.publishing import publish
from tests.publish.test_publish import add
from tests.vault.missions import new_mission

_TEXTS = ("as_number", "as_id", "as_day", "as_moment")
_JSON = ("as_integer", "as_flag", "as_texts", "as_ids", "as_days", "as_point", "in_base")
_PLAIN = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=12)
_NEARLY = st.one_of(
    st.from_regex(
        r"[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,7})?Z)?", fullmatch=True
    ),
    st.from_regex(r"-?[0-9]{1,26}(\.[0-9]{0,26})?", fullmatch=True),
    _PLAIN,
)
_VALUES = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), _NEARLY
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(["value", "unit", "lat", "lon", "from", "to", "x"]), inner, max_size=4
        ),
    ),
    max_leaves=6,
)


@pytest.fixture(scope="module")
def connection(postgres) -> Iterator[psycopg.Connection]:  # type: ignore[no-untyped-def]
    with psycopg.connect(postgres.database("functions"), autocommit=True) as opened:
        for statement in layout.statements("fieldkit"):
            opened.execute(statement)  # type: ignore[arg-type]
        yield opened


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(_NEARLY, max_size=20), values=st.lists(_VALUES, max_size=10))
def test_no_value_makes_a_query_fail(
    connection: psycopg.Connection, texts: list[str], values: list[object]
) -> None:
    for name in _TEXTS:
        connection.execute(f"SELECT fieldkit.{name}(one) FROM unnest(%s::text[]) one", [texts])  # type: ignore[arg-type]
    for name in _JSON:
        held = [Jsonb(value) for value in values]
        connection.execute(f"SELECT fieldkit.{name}(one) FROM unnest(%s::jsonb[]) one", [held])  # type: ignore[arg-type]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    days=st.lists(
        st.tuples(st.integers(0, 9999), st.integers(0, 13), st.integers(0, 32)), min_size=1, max_size=20
    )
)
def test_days_are_those_of_the_calendar(
    connection: psycopg.Connection, days: list[tuple[int, int, int]]
) -> None:
    for year, month, day in days:
        text = f"{year:04d}-{month:02d}-{day:02d}"
        try:
            expected: str | None = date(year, month, day).isoformat()
        except ValueError:
            expected = None
        shown = connection.execute("SELECT to_char(fieldkit.as_day(%s), 'YYYY-MM-DD')", [text]).fetchone()
        assert shown == (expected,)


def test_units_are_reckoned_as_fieldkit_does(connection: psycopg.Connection) -> None:
    for symbol in {unit.symbol for unit in UNITS.values()}:
        quantity = {"value": "-12.5", "unit": symbol}
        expected = to_base(Quantity(value="-12.5", unit=symbol))
        ((reckoned,),) = connection.execute("SELECT fieldkit.in_base(%s)", [Jsonb(quantity)])
        assert float(reckoned) == pytest.approx(float(expected), rel=1e-14), symbol


def test_positions_are_geometries_where_the_database_has_postgis(tmp_path, database: str) -> None:  # type: ignore[no-untyped-def]
    with psycopg.connect(database, autocommit=True) as opened:
        if not opened.execute("SELECT 1 FROM pg_available_extensions WHERE name = 'postgis'").fetchall():
            pytest.skip("no PostGIS with this server")
        with new_mission(tmp_path / "a") as vault:
            add(vault, "location", name="Hall", position={"lat": "32.8872", "lon": "13.1913"})
            publish(vault, database)
            opened.execute("CREATE SCHEMA gis")
            opened.execute("CREATE EXTENSION postgis SCHEMA gis")
            publish(vault, database)
        shown = opened.execute(
            "SELECT gis.ST_AsText(position_geom), gis.ST_SRID(position_geom) FROM fieldkit.location"
        )
        assert shown.fetchall() == [("POINT(13.1913 32.8872)", 4326)]
