"""The published schema and the reader agree: what one takes the other takes."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from fieldkit.domain.decode import normalise
from fieldkit.domain.diagnosis import diagnose
from fieldkit.domain.kinds import all_kinds
from fieldkit.domain.schema import schema
from fieldkit.errors import RefusedError, UsageError
from tests.domain.values import records

KINDS = st.sampled_from(all_kinds())
ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.sampled_from(
        ["", " ", "x", "seen", "kg", "12.5", "12.5\n", "2026-02-12", "a" * 501, "A-0042", "ab" * 32]
    ),
    st.just([]),
    st.just({}),
    st.lists(st.sampled_from(["x", "", 3, None]), max_size=2),
    st.fixed_dictionaries({"value": st.just("5"), "unit": st.sampled_from(["kg", "furlong", "mm"])}),
    st.fixed_dictionaries(
        {"at": st.sampled_from(["2026-02-12T08:41:00Z", "10:41"]), "offset": st.just("+02:00")}
    ),
)


@cache
def validator(kind_name: str) -> Draft202012Validator:
    return Draft202012Validator(schema(kind_name))


def reads(kind_name: str, doc: Any) -> bool:
    """Whether the reader takes it for well formed; a record that contradicts itself is well formed."""
    try:
        normalise(kind_name, doc)
    except UsageError:
        return False
    except RefusedError as error:
        return not error.problem.startswith("a measured value needs")
    return True


@pytest.mark.parametrize("each", all_kinds(), ids=lambda each: each.name)
def test_it_is_a_schema_of_2020_12_and_names_every_field(each: Any) -> None:
    found = schema(each.name)
    Draft202012Validator.check_schema(found)
    assert found["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert set(found["properties"]) == set(each.fields)  # type: ignore[arg-type]


@settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_what_is_well_formed_is_valid(data: st.DataObject) -> None:
    each = data.draw(KINDS)
    doc = data.draw(records(each))
    validator(each.name).validate(doc)
    assert reads(each.name, doc)


@settings(max_examples=600, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_schema_and_reader_agree_on_odd_records(data: st.DataObject) -> None:
    each = data.draw(KINDS)
    doc = dict(data.draw(records(each)))
    names = st.sampled_from([*each.fields, "colour"])
    for name in data.draw(st.lists(names, min_size=1, max_size=3)):
        doc[name] = data.draw(ODD)
    for name in data.draw(st.lists(st.sampled_from(sorted(doc)), max_size=1)):
        del doc[name]
    valid = validator(each.name).is_valid(doc)
    if reads(each.name, doc):
        assert valid
    elif valid:
        # only what a schema cannot say is left: the form itself is right
        assert diagnose(each, {name: value for name, value in doc.items() if value is not None}) is None


def test_units_of_another_dimension_are_invalid() -> None:
    assert validator("item").is_valid({"line": "1", "mass": {"value": "5", "unit": "kg"}})
    assert not validator("item").is_valid({"line": "1", "mass": {"value": "5", "unit": "m"}})
    assert not validator("sample").is_valid({"point": "x", "amount": {"value": "5", "unit": "furlong"}})


def test_an_unknown_kind_has_no_schema() -> None:
    with pytest.raises(UsageError):
        schema("obsevation")
