"""A record in one line, as people say it."""

from __future__ import annotations

import pytest

from fieldkit.domain.kinds import all_kinds, kind

CHOICES = [
    (each.name, name, choice)
    for each in all_kinds()
    for name in each.leading
    for choice in each.fields[name].choices
    if "_" in choice
]


@pytest.mark.parametrize(("name", "field", "choice"), CHOICES, ids=["-".join(each) for each in CHOICES])
def test_a_choice_stands_in_words(name: str, field: str, choice: str) -> None:
    assert kind(name).summary({field: choice}) == choice.replace("_", " ")


def test_names_of_procedures_stand_in_words_and_what_people_wrote_as_it_is() -> None:
    assert kind("event").summary({"event": "inspection_completed", "subject": "site_2"}) == (
        "inspection completed · site_2"
    )
    assert kind("mission").summary({"title": "PLANT_4", "regime": "new_start"}) == "PLANT_4 · new start"
