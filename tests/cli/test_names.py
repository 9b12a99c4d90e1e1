"""People, places and things go by their names wherever a record is asked for; a name of several is never guessed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Fieldkit


@pytest.fixture
def known(fieldkit: Fieldkit, mission: Path) -> Fieldkit:
    fieldkit.done("add", "person", "name=Ann Lead", "party=team", "role=lead")
    fieldkit.done("add", "person", "name=Сергей Волков", "transliteration=Sergei Volkov", "party=host")
    fieldkit.done("add", "location", "name=Hall 3", "aliases=Press shop")
    fieldkit.done("add", "item", "nomenclature=Motor case", "serials=00124")
    return fieldkit


def fields(fieldkit: Fieldkit, kind: str) -> dict[str, object]:
    return dict(fieldkit.done("list", kind, "--json").document[-1]["fields"])


def id_of(fieldkit: Fieldkit, kind: str, place: int = -1) -> str:
    return str(fieldkit.done("list", kind, "--json").document[place]["id"])


def test_links_are_named_in_words(known: Fieldkit) -> None:
    known.done(
        "add", "seal", "number=S-1", "applied_by=Ann Lead", "witness=sergei  volkov", "applied_to=00124", "location=press shop"
    )  # fmt: skip
    seal = fields(known, "seal")
    assert seal["applied_by"] == id_of(known, "person", 1)
    assert seal["witness"] == id_of(known, "person", 2)
    assert seal["applied_to"] == id_of(known, "item")
    assert seal["location"] == id_of(known, "location")
    known.done(
        "amend",
        str(known.done("list", "seal", "--json").document[0]["number"]),
        "witness=Ann Lead",
        "applied_to=motor case",
        "--reason",
        "misread",
    )
    assert fields(known, "seal")["witness"] == id_of(known, "person", 1)
    known.done("add", "meeting", "topics=Access", "participants=Ann Lead, Сергей Волков")
    assert len(fields(known, "meeting")["participants"]) == 2  # type: ignore[arg-type]


def test_records_of_one_batch_name_each_other(known: Fieldkit, tmp_path: Path) -> None:
    lines = tmp_path / "lines"
    lines.write_text(
        '{"kind": "person", "name": "Maj. Salem", "party": "host"}\n'
        '{"kind": "seal", "number": "S-9", "witness": "Maj. Salem"}\n',
        "utf-8",
    )
    known.done("add", "--from", lines)
    assert fields(known, "seal")["witness"] == id_of(known, "person")


def test_a_name_of_several_is_refused_with_the_candidates(known: Fieldkit) -> None:
    known.done("add", "person", "name=Ann Lead", "party=host")
    answer = known("add", "seal", "number=S-1", "applied_by=Ann Lead")
    assert answer.code == 2
    assert (
        "2 records are called 'Ann Lead': A-0003 Ann Lead · team · lead; A-0006 Ann Lead · host" in answer.err
    )
    known.done("add", "item", "nomenclature=motor case")
    answer = known("add", "seal", "number=S-1", "applied_to=Motor case")
    assert "2 records are called 'Motor case': A-I-000" in answer.err
    assert known("add", "seal", "number=S-1", "applied_by=A-0003").code == 0


def test_a_name_that_nobody_has_is_refused_with_near_ones(known: Fieldkit) -> None:
    answer = known("add", "seal", "number=S-1", "applied_by=Ann Leed")
    assert answer.code == 2
    assert "no person has the number or the name 'Ann Leed'" in answer.err
    assert "Did you mean Ann Lead (A-0003)?" in answer.err
    assert "no record" in known("add", "observation", "text=x", "basis=seen", "evidence=Ann").err
