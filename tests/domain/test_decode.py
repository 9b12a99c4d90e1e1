"""What a record may hold: every kind takes its own fields, refuses others, and has one form for one content."""

from __future__ import annotations

import json
import unicodedata

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fieldkit.domain.decode import decode, normalise, normalise_many, normalise_value, resolve_links
from fieldkit.domain.fields import FieldType
from fieldkit.domain.kinds import all_kinds, kind
from fieldkit.errors import RefusedError, UsageError
from tests.domain.values import records

ID = "0198c1f2-7a54-7c31-9f60-3d2a5b8e1f01"
OTHER = "0198c1f2-7a54-7c31-9f60-3d2a5b8e1f02"
KINDS = st.sampled_from(all_kinds())
NAMES = (
    "mission person meeting location access observation interview photo handout item seal sample measurement document "
    "custody commitment comment signoff crosswalk finding declaration count camera intake plan draw witness media "
    "member incident log national_list event differing compartment"
)


def test_every_kind_of_the_field_is_there() -> None:
    assert {each.name for each in all_kinds()} == set(NAMES.split())


def test_every_record_has_what_all_records_have() -> None:
    for each in all_kinds():
        assert {"occurred", "mark", "location", "evidence", "remark"} <= each.fields.keys()


def test_links_point_at_kinds_that_exist() -> None:
    names = {each.name for each in all_kinds()}
    for each in all_kinds():
        for field in each.fields.values():
            for part in (field, *field.parts):
                assert set(part.targets) <= names
                assert part.label


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_normalising_twice_changes_nothing_and_says_the_same(data: st.DataObject) -> None:
    each = data.draw(KINDS)
    doc = data.draw(records(each))
    try:
        once = normalise(each.name, doc)
    except RefusedError:
        return
    assert normalise(each.name, once) == once
    assert json.loads(json.dumps(once)) == once
    assert set(doc) <= set(once)
    for name, field in each.fields.items():
        if field.many and name in once:
            assert once[name] == sorted(set(once[name]))  # type: ignore[arg-type]
    assert isinstance(decode(each.name, doc), each.struct)


@settings(max_examples=100)
@given(st.data())
def test_a_record_survives_the_typed_class(data: st.DataObject) -> None:
    each = data.draw(KINDS)
    try:
        record = decode(each.name, data.draw(records(each)))
    except RefusedError:
        return
    back = json.loads(msgspec.json.encode(record))
    assert decode(each.name, back) == record


@given(st.text(min_size=1, max_size=20))
def test_a_field_nobody_knows_is_named(name: str) -> None:
    if name in kind("observation").fields:
        return
    with pytest.raises(UsageError) as caught:
        normalise("observation", {"text": "x", "basis": "seen", name: "y"})
    assert repr(name) in str(caught.value)
    assert "Fields: text, basis" in caught.value.remedy


@pytest.mark.parametrize(
    ("kind_name", "doc", "where", "said"),
    [
        ("observation", {"text": "x", "basis": "see"}, "observation.basis", "Did you mean seen?"),
        ("observation", {"text": "x"}, "observation.basis", "seen, told, document"),
        ("observation", {"text": "x", "bases": "seen"}, "observation", "Did you mean basis?"),
        ("observation", {"text": "", "basis": "seen"}, "observation.text", "What is needed."),
        (
            "observation",
            {"text": "x", "basis": "seen", "remark": ""},
            "observation.remark",
            "Leave the field out",
        ),
        ("observation", {"text": " \n", "basis": "seen"}, "observation.text", "Leave the field out"),
        (
            "observation",
            {"text": "x", "basis": "seen", "mark": "_"},
            "observation.mark",
            "nothing is written here",
        ),
        ("observation", {"text": "x" * 20_001, "basis": "seen"}, "observation.text", "20000 are the most"),
        (
            "observation",
            {"text": "\u0958" * 10_001, "basis": "seen"},
            "observation.text",
            "20000 are the most",
        ),
        ("observation", {"text": "\ud800", "basis": "seen"}, "observation.text", "surrogate"),
        ("item", {"line": "1", "declared": -1}, "item.declared", "whole number"),
        ("item", {"line": "1", "declared": 1.0}, "item.declared", "whole number"),
        ("item", {"line": "1", "declared": True}, "item.declared", "whole number"),
        ("item", {"line": "1", "declared": 2**53 + 1}, "item.declared", "9007199254740992"),
        ("item", {"line": "1", "serials": "447108"}, "item.serials", "a set is a list"),
        ("item", {"line": "1", "serials": ["a" * 501]}, "item.serials", "500"),
        ("item", {"line": "1", "mass": {"value": "5", "unit": "m"}}, "item.mass", "Accepted: kg, g"),
        ("item", {"line": "1", "mass": {"value": "5", "unit": "kgs"}}, "item.mass", "Did you mean kg"),
        ("item", {"line": "1", "mass": {"value": "1e3", "unit": "kg"}}, "item.mass", "12.5 kg"),
        ("item", {"line": "1", "mass": {"value": "5\n", "unit": "kg"}}, "item.mass", "12.5 kg"),
        ("item", {"line": "1", "declaration": "A-0042"}, "item.declaration", "id of a record"),
        ("photo", {"state": "taken", "sha256": "AB" * 32}, "photo.sha256", "lowercase"),
        ("measurement", {"quantity": "x", "value": "5"}, "measurement.value", "5.2 ± 0.1 mm"),
        ("commitment", {"text": "x", "agreed": "2026-02-30"}, "commitment.agreed", "2026-02-12"),
        (
            "meeting",
            {"ended": {"at": "2026-02-29T10:00:00Z", "offset": "+00:00"}},
            "meeting.ended",
            "no moment of the calendar",
        ),
        ("location", {"name": "x", "position": {"lat": "91", "lon": "1"}}, "location.position", "-90 to 90"),
        (
            "location",
            {"name": "x", "position": {"lat": "0", "lon": "0"}},
            "location.position",
            "Leave it out",
        ),
        (
            "mission",
            {"title": "x", "period": {"from": "2026-02-12", "to": "2026-02-11"}},
            "mission.period",
            "ends",
        ),
        ("seal", {"number": "1", "checks": [{"result": "intact"}]}, "seal.checks", "at, result, by?"),
        ("log", {"device": "x", "letter": "a", "key": "x"}, "log.letter", "letter"),
        ("item", [], "item", "JSON object"),
        ("item", None, "item", "JSON object"),
    ],
)
def test_what_is_wrong_is_named_with_the_next_step(kind_name: str, doc: dict, where: str, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        normalise(kind_name, doc)
    assert caught.value.where == where
    assert said in str(caught.value)


def test_an_unknown_kind_names_its_neighbours() -> None:
    with pytest.raises(UsageError, match="Did you mean observation"):
        kind("obsevation")


def test_equal_values_have_one_form() -> None:
    one = normalise(
        "item",
        {"line": "e\u0301", "mass": {"value": "012.50", "unit": "kilogram"}, "serials": ["b", "a", "b"]},
    )
    other = normalise(
        "item", {"line": "\u00e9 ", "mass": {"value": "12.5", "unit": "kg"}, "serials": ["a", "b"]}
    )
    assert one == other
    assert unicodedata.is_normalized("NFC", str(one["line"]))


def test_a_reading_keeps_the_digits_that_were_read() -> None:
    value = {"value": "5.20", "unit": "mm", "uncertainty": "0.10", "k": "2.0"}
    done = normalise("measurement", {"quantity": "bore", "value": value})
    assert done["value"] == {"value": "5.20", "unit": "mm", "uncertainty": "0.10", "k": "2"}


def test_moments_sort_as_text() -> None:
    late = {"at": "2026-02-12T08:41:07.5Z", "offset": "+02:00"}
    early = {"at": "2026-02-12T08:41:07Z", "offset": "+02:00"}
    assert normalise_value("meeting", "ended", early)["at"] < normalise_value("meeting", "ended", late)["at"]  # type: ignore[index, call-overload]


def test_control_and_direction_characters_are_kept_as_recorded() -> None:
    text = "a\x1b[31m\u202eb\u200b"
    assert normalise("incident", {"text": text})["text"] == text


def test_null_is_a_field_left_out() -> None:
    assert normalise("incident", {"text": "x", "remark": None, "evidence": None}) == {"text": "x"}
    with pytest.raises(UsageError, match="incident needs text"):
        normalise("incident", {"text": None})
    with pytest.raises(UsageError, match="no field 'colour'"):
        normalise("incident", {"text": "x", "colour": None})


def test_a_new_commitment_is_open() -> None:
    assert normalise("commitment", {"text": "Hand over the log"})["status"] == "open"


def test_many_records_say_which_one_is_wrong() -> None:
    docs: list = [{"line": "1"}, {"line": "2"}, {"line": "3", "declared": "two"}]
    assert normalise_many("item", docs[:2]) == docs[:2]
    with pytest.raises(UsageError, match=r"record 3: item\.declared"):
        normalise_many("item", docs)


def test_one_value_is_normalised_without_its_record() -> None:
    assert normalise_value("item", "serials", ["b", "a", "a"]) == ["a", "b"]
    with pytest.raises(UsageError, match="Did you mean serials"):
        normalise_value("item", "serial", ["a"])
    with pytest.raises(UsageError):
        normalise_value("item", "serials", [3])


def test_links_are_resolved_at_every_depth() -> None:
    asked: list[str] = []

    def resolve(ref: str, kinds: tuple[str, ...]) -> str:
        assert kinds == ("person",)
        asked.append(ref)
        return ID

    doc = resolve_links(
        "meeting",
        {
            "participants": ["A-0001"],
            "statements": [{"speaker": "A-0002", "text": "A-0003"}],
            "topics": ["A-0004"],
        },
        resolve,
    )
    assert asked == ["A-0001", "A-0002"] or asked == ["A-0002", "A-0001"]
    assert doc["statements"] == [{"speaker": ID, "text": "A-0003"}]
    assert doc["topics"] == ["A-0004"]


def test_a_summary_is_one_line_whatever_the_text() -> None:
    doc = {"basis": "seen", "text": "Two gyroscopes\non the stand " + "x" * 20_000}
    line = kind("observation").summary(doc)
    assert "\n" not in line
    assert line.startswith("seen · Two gyroscopes on the stand")
    assert len(line) <= 160


def test_search_finds_words_and_no_ids() -> None:
    doc = {
        "participants": [ID],
        "topics": ["access"],
        "statements": [{"speaker": OTHER, "text": "no photographs"}],
        "ended": {"at": "2026-02-12T08:41:00.000000Z", "offset": "+02:00", "source": "typed"},
        "of_a_newer_version": {"deep": ["word"]},
    }
    found = kind("meeting").searchable(doc)
    assert sorted(found) == ["access", "no photographs", "word"]


def test_every_form_of_field_is_in_use() -> None:
    used = {
        part.type for each in all_kinds() for field in each.fields.values() for part in (field, *field.parts)
    }
    assert used == set(FieldType)
