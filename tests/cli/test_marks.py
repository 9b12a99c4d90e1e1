"""Handling marks, as they are typed: of the mission's scheme, and never below what is in a record."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.bad.photos import sound_jpeg
from tests.cli.conftest import Fieldkit


@pytest.fixture(autouse=True)
def _in_a_mission(mission: Path) -> None:
    """Every test here has one."""


def amend_mission(fieldkit: Fieldkit, *values: str) -> None:
    fieldkit.done("amend", mission_number(fieldkit), *values, "--reason", "as the mandate says")


def mission_number(fieldkit: Fieldkit) -> str:
    return str(fieldkit.done("list", "mission", "--json").document[0]["number"])


def observe(fieldkit: Fieldkit, mark: str) -> str:
    marked = [f"mark={mark}"] if mark else []
    return fieldkit.done("add", "observation", "basis=seen", "text=x", *marked).numbers[0]


def test_a_scheme_that_nobody_knows_is_refused(fieldkit: Fieldkit) -> None:
    answer = fieldkit("amend", mission_number(fieldkit), "mark_scheme=opwc", "--reason", "r")
    assert answer.code == 2
    assert "Did you mean opcw" in answer.err
    assert "marks='LOWEST" in answer.err


def test_a_mark_of_another_scheme_or_of_none_is_refused(fieldkit: Fieldkit) -> None:
    free = fieldkit("add", "observation", "basis=seen", "text=x", "mark=secrt")
    assert free.code == 2
    observe(fieldkit, "protected")
    amend_mission(fieldkit, "mark_scheme=un")
    for typed, near in (("confidental", "Did you mean confidential"), ("protected", "Marks, lowest first")):
        answer = fieldkit("add", "observation", "basis=seen", "text=x", f"mark={typed}")
        assert answer.code == 2
        assert "observation.mark" in answer.err
        assert near in answer.err
    observe(fieldkit, "STRICTLY confidential")


def test_a_record_whose_mark_the_new_scheme_lacks_is_amended_and_told(fieldkit: Fieldkit) -> None:
    amend_mission(fieldkit, "mark_scheme=un")
    former = observe(fieldkit, "confidential")
    amend_mission(fieldkit, "mark_scheme=opcw")
    fieldkit.done("amend", former, "text=y", "--reason", "misread")
    told = fieldkit("day", "check", "--fail")
    assert told.code == 1
    assert f"1 record with a mark that the scheme does not have: {former}" in told.out
    low = fieldkit("add", "finding", "statement=f", f"rests_on={former}", "mark=highly protected")
    assert low.code == 7
    fieldkit.done("amend", former, "mark=protected", "--reason", "by the new scheme")
    fieldkit.done(
        "add", "finding", "statement=f", f"rests_on={former}", "mark=highly protected", "status=open"
    )


def test_a_mission_states_marks_of_its_own(fieldkit: Fieldkit) -> None:
    amend_mission(fieldkit, "mark_scheme=national", "marks=offen, Vertraulich, geheim")
    lower = observe(fieldkit, "vertraulich")
    assert fieldkit("add", "observation", "basis=seen", "text=x", "mark=confidential").code == 2
    assert fieldkit("add", "finding", "statement=f", f"rests_on={lower}", "mark=offen").code == 7
    fieldkit.done("add", "finding", "statement=f", f"rests_on={lower}", "mark=geheim")
    twice = fieldkit("amend", mission_number(fieldkit), "marks=a, A", "--reason", "r")
    assert twice.code == 7
    assert "twice" in twice.err


@pytest.mark.parametrize("mark", ["", "unclassified"])
def test_a_finding_is_marked_at_least_as_what_it_rests_on(fieldkit: Fieldkit, mark: str) -> None:
    amend_mission(fieldkit, "mark_scheme=un")
    low, high = observe(fieldkit, "unclassified"), observe(fieldkit, "confidential")
    marked = [f"mark={mark}"] if mark else []
    refused = fieldkit("add", "finding", "statement=f", f"rests_on={low}, {high}", *marked)
    assert refused.code == 7
    assert f"{high} in it is confidential" in refused.err
    assert "mark='confidential'" in refused.err
    finding = fieldkit.done(
        "add", "finding", "statement=f", f"rests_on={low}, {high}", "mark=confidential"
    ).numbers[0]
    assert fieldkit("amend", finding, "mark=unclassified", "--reason", "r").code == 7
    assert fieldkit("amend", finding, "mark=", "--reason", "r").code == 7
    higher = observe(fieldkit, "strictly confidential")
    assert fieldkit("amend", finding, f"rests_on+={higher}", "--reason", "r").code == 7


def test_a_mission_is_marked_at_least_as_what_is_recorded_in_it(fieldkit: Fieldkit) -> None:
    amend_mission(fieldkit, "mark_scheme=un", "mark=unclassified")
    mission, seen = mission_number(fieldkit), observe(fieldkit, "confidential")
    assert f"1 record marked lower than what is in it: {mission}" in fieldkit("day", "check").out
    amend_mission(fieldkit, "mark=strictly confidential")
    assert "marked lower" not in fieldkit("day", "check").out
    for lowered in ("mark=unclassified", "mark="):
        refused = fieldkit("amend", mission, lowered, "--reason", "r")
        assert refused.code == 7
        assert "mark='confidential'" in refused.err
    fieldkit.done("retract", seen, "--reason", "twice")
    amend_mission(fieldkit, "mark=unclassified")


def test_a_handout_is_marked_at_least_as_the_photos_given(fieldkit: Fieldkit, tmp_path: Path) -> None:
    amend_mission(fieldkit, "mark_scheme=un", "mark=strictly confidential")
    (tmp_path / "a.jpg").write_bytes(sound_jpeg())
    fieldkit.done("photos", "ingest", str(tmp_path / "a.jpg"))
    photo, host = "A-P-0001", fieldkit.done("add", "person", "name=Salem", "party=host").numbers[0]
    fieldkit.done("amend", photo, "mark=confidential", "--reason", "shows the gate")
    given = fieldkit.done("photos", "give", photo, "--to", "Salem", "--json").document
    handout = fieldkit.done("show", str(given["number"]), "--json").document
    assert handout["fields"]["mark"] == "confidential"
    for lowered in ("mark=unclassified", "mark="):
        assert fieldkit("amend", str(given["number"]), lowered, "--reason", "r").code == 7
    digest = handout["fields"]["files"][0]["sha256"]
    copy = json.dumps({"kind": "handout", "to_whom": host, "files": [{"photo": photo, "sha256": digest}]})
    refused = fieldkit("add", "--from", "-", stdin=copy)
    assert refused.code == 7
    assert f"{photo} in it is confidential" in refused.err
    fieldkit.done("amend", photo, "mark=strictly confidential", "--reason", "and a code")
    assert f"1 record marked lower than what is in it: {given['number']}" in fieldkit("day", "check").out


def test_a_content_may_always_be_raised_and_what_holds_it_is_told(fieldkit: Fieldkit) -> None:
    amend_mission(fieldkit, "mark_scheme=un", "mark=confidential")
    seen = observe(fieldkit, "unclassified")
    finding = fieldkit.done("add", "finding", "statement=f", f"rests_on={seen}", "mark=unclassified").numbers[
        0
    ]
    fieldkit.done("amend", seen, "mark=confidential", "--reason", "more is in it")
    assert f"1 record marked lower than what is in it: {finding}" in fieldkit("day", "check").out
    fieldkit.done("amend", finding, "statement=g", "--reason", "said better")
    fieldkit.done("amend", finding, "mark=confidential", "--reason", "as its evidence")
    assert "marked lower" not in fieldkit("day", "check").out
