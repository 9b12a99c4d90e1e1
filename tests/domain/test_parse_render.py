"""What people type is read as they mean it, and what is shown can be typed again."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fieldkit.domain.commalists import join_list, split_list
from fieldkit.domain.decode import normalise_value
from fieldkit.domain.fields import FieldType
from fieldkit.domain.kinds import all_kinds, kind
from fieldkit.domain.moments import Moment
from fieldkit.domain.parse import parse, parse_json, parse_number
from fieldkit.domain.render import render
from fieldkit.errors import RefusedError, UsageError
from tests.domain.values import SOME_TEXT, values

NOW = Moment(at="2026-02-12T23:10:07.500000Z", offset="+02:00", source="clock")
FIELDS = [(each, field) for each in all_kinds() for field in each.fields.values()]


def read(kind_name: str, field: str, text: str) -> Any:
    return parse(kind(kind_name).field(field), text, now=NOW)


@settings(max_examples=400, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_what_is_shown_can_be_typed_again(data: st.DataObject) -> None:
    each, field = data.draw(st.sampled_from(FIELDS))
    value = normalise_value(each.name, field.name, data.draw(values(field)))
    back = parse(field, render(field, value), now=NOW)
    again = normalise_value(each.name, field.name, back)
    if field.type is FieldType.MOMENT:
        value = {**value, "source": "typed"}  # type: ignore[dict-item]
    assert again == value


@settings(max_examples=500)
@given(st.data())
def test_no_text_crashes_the_reader(data: st.DataObject) -> None:
    _, field = data.draw(st.sampled_from(FIELDS))
    text = data.draw(
        st.text(max_size=30) | st.from_regex(r"[-+0-9.,±ek=()NSEW:/ T\[{]{1,20}", fullmatch=True)
    )
    with contextlib.suppress(UsageError, RefusedError):
        parse(field, text, now=NOW)


@pytest.mark.parametrize(
    ("field", "text", "value"),
    [
        ("item.mass", "12.5 kg", {"value": "12.5", "unit": "kg"}),
        ("item.mass", "12,5kg", {"value": "12.5", "unit": "kg"}),
        ("item.mass", "0,125 t", {"value": "0.125", "unit": "t"}),
        ("item.mass", "1\u202f200 kg", {"value": "1200", "unit": "kg"}),
        ("item.mass", "1 200 kg", {"value": "1200", "unit": "kg"}),
        ("item.mass", "1.1e3 g", {"value": "1100", "unit": "g"}),
        ("item.mass", "٥٫٢ kg", {"value": "5.2", "unit": "kg"}),
        ("item.mass", "-0 kg", {"value": "0", "unit": "kg"}),
        ("item.dimensions_mm", "1200 x 300,50 x 0300", "1200 x 300.5 x 300"),
        ("item.dimensions_mm", "1.2×0.3 m", "1200 x 300"),
        ("item.dimensions_mm", "1.2 m x 30 x 5 cm х 7", "1200 x 300 x 50 x 7"),
        ("item.dimensions_mm", "2 in", "50.8"),
        ("mission.range_limit", "300km", {"value": "300", "unit": "km"}),
        ("sample.amount", "40 ml", {"value": "40", "unit": "mL"}),
        ("measurement.declared", "5 eV", {"value": "5", "unit": "eV"}),
        ("measurement.declared", "1.1e6 N*s", {"value": "1100000", "unit": "N s"}),
        (
            "measurement.value",
            "5.2 ± 0.1 mm (k=2)",
            {"value": "5.2", "unit": "mm", "uncertainty": "0.1", "k": "2"},
        ),
        (
            "measurement.value",
            "(5.20 ± 0.10) mm, k=2,5",
            {"value": "5.20", "unit": "mm", "uncertainty": "0.10", "k": "2.5"},
        ),
        (
            "measurement.value",
            "5.2 mm +/- 0.1 mm",
            {"value": "5.2", "unit": "mm", "uncertainty": "0.1", "k": "2"},
        ),
        ("access.requested", "10:41", "2026-02-13T08:41:00.000000Z"),
        ("access.requested", "2026-02-12T10:41+02:00", "2026-02-12T08:41:00.000000Z"),
        ("access.requested", "2026-02-12 9:41:30", "2026-02-12T07:41:30.000000Z"),
        ("access.requested", "2026-02-12 10:41Z", "2026-02-12T10:41:00.000000Z"),
        ("access.requested", "now", NOW.at),
        ("observation.basis", " Seen ", "seen"),
        ("mission.visit_type", "complementary access", "complementary_access"),
        ("mission.visit_type", "end-use-check", "end_use_check"),
        ("photo.scale_bar", "Yes", True),
        ("photo.scale_bar", "off", False),
        ("item.declared", "1 200", 1200),
        ("item.serials", r"447108, GT\, 9 , ,AC-77", ["447108", "GT, 9", "AC-77"]),
        ("item.declaration", " A-T-0003 ", "A-T-0003"),
        ("photo.sha256", "SHA256:" + "AB" * 32, "ab" * 32),
        ("observation.mark", "STRICTLY_confidential", "strictly confidential"),
        ("commitment.agreed", "today", "2026-02-13"),
        ("mission.period", "2026-02-10 to 2026-02-14", {"from": "2026-02-10", "to": "2026-02-14"}),
        ("mission.period", "2026-02-10/2026-02-14", {"from": "2026-02-10", "to": "2026-02-14"}),
        ("mission.period", "2026-02-10", {"from": "2026-02-10"}),
        ("draw.drawn", "89, 36,68", [89, 36, 68]),
        ("interview.exchanges", '{"question": "Whose?"}', [{"question": "Whose?"}]),
    ],
)
def test_typed_values(field: str, text: str, value: Any) -> None:
    found = read(*field.split("."), text)
    assert (found["at"] if isinstance(found, dict) and "at" in found else found) == value


@pytest.mark.parametrize(
    ("field", "text", "said"),
    [
        ("item.mass", "1,234 kg", "Write 1.234 or 1234"),
        ("item.mass", "5", "Units: kg, g"),
        ("item.mass", "5 m", "Accepted: kg, g"),
        ("item.mass", "heavy", "not a number"),
        ("item.mass", "1e30 kg", "more digits"),
        ("item.mass", "1e-30 kg", "more digits"),
        ("item.dimensions_mm", "1.2 x 0.3 parsecs", "not a unit known here"),
        ("item.dimensions_mm", "3 kg", "unit of mass, not of length"),
        ("item.dimensions_mm", "large", "is no size"),
        ("item.dimensions_mm", "300 x 0", "longer than 0"),
        ("item.dimensions_mm", "300 x -2 m", "is no size"),
        ("item.declared", "1.5", "whole number"),
        ("measurement.value", "5.2 mm ± 2 %", "uncertainty in mm"),
        ("access.requested", "25:00", "no moment"),
        ("access.requested", "2026-02-30 10:00", "no moment"),
        ("access.requested", "2026-02-12", "not a time"),
        ("access.requested", "0001-01-01 00:00", "no moment"),
        ("observation.basis", "sean", "Did you mean seen"),
        ("photo.scale_bar", "maybe", "yes or no"),
        ("mission.period", "2026-02-14/2026-02-10", "before it begins"),
        ("interview.exchanges", '[{"question": NaN}]', "NaN"),
        ("interview.exchanges", '[{"question": "a", "question": "b"}]', "twice"),
        ("interview.exchanges", "question", "Write ["),
        ("interview.exchanges", "[" * 100_000, "not JSON"),
        ("observation.text", "  ", "Leave the field out"),
    ],
)
def test_what_cannot_be_meant_says_what_can(field: str, text: str, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        read(*field.split("."), text)
    assert said in str(caught.value)


@pytest.mark.parametrize("text", ["5.2 mm", "5.2", "5.2 ± 0.1"])
def test_no_value_without_unit_and_uncertainty(text: str) -> None:
    with pytest.raises(RefusedError) as caught:
        read("measurement", "value", text)
    assert "5.2 ± 0.1 mm (k=2)" in caught.value.remedy


def test_typed_text_stands_for_compound_values_in_json() -> None:
    checks = kind("seal").field("checks")
    found = parse_json(checks, [{"at": "10:41", "result": "intact"}], now=NOW)
    assert found[0]["at"]["at"] == "2026-02-13T08:41:00.000000Z"  # type: ignore[index, call-overload]
    assert read("seal", "checks", '[{"at": "10:41", "result": "intact"}]') == found
    occurred = kind("seal").field("occurred")
    assert parse_json(occurred, {"at": "x"}, now=NOW) == {"at": "x"}


@given(st.lists(SOME_TEXT.filter(lambda text: "\x00" not in text), max_size=5))
def test_a_comma_list_keeps_commas_backslashes_and_blanks(members: list[str]) -> None:
    assert split_list(join_list(members)) == members


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**9), max_value=10**9, places=6))
def test_numbers_are_read_exactly(number: Any) -> None:
    assert parse_number(format(number, "f")) in {format(number, "f"), format(abs(number), "f")}


def test_values_of_a_newer_version_are_shown() -> None:
    assert render(kind("item").field("mass"), {"grams": "5"}) == '{"grams": "5"}'
    assert render(kind("item").field("serials"), 7) == "7"
