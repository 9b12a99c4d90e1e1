"""Captions and links for many photos at once."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from fieldkit.capture.captions import caption, captions, link, parse_gap
from fieldkit.capture.custody import photos
from fieldkit.errors import RefusedError, UsageError
from fieldkit.vault.recording import Add
from fieldkit.vault.vault import Vault
from tests.capture.cards import take_in


def texts(vault: Vault, numbers: list[str], template: str, **options: object) -> list[str]:
    made = captions(vault, photos(vault, numbers), template, **options)  # type: ignore[arg-type]
    caption(vault, made)
    return [str(view.doc["caption"]) for view in photos(vault, numbers)]


def test_captions_count_in_the_order_named(vault: Vault, tmp_path: Path) -> None:
    numbers = take_in(vault, tmp_path, 3)
    assert texts(vault, numbers, "Stand {n} of {of}, {{{number}}}", first=7) == [
        "Stand 7 of 3, {A-P-0001}", "Stand 8 of 3, {A-P-0002}", "Stand 9 of 3, {A-P-0003}",
    ]  # fmt: skip


def test_a_pause_begins_a_group(vault: Vault, tmp_path: Path) -> None:
    numbers = take_in(vault, tmp_path, 5, minutes=(0, 1, 10, 11, 30))
    assert texts(vault, numbers, "{group}.{n}/{of} {time}", gap=parse_gap("2min")) == [
        "1.1/2 10:00", "1.2/2 10:01", "2.1/2 10:10", "2.2/2 10:11", "3.1/1 10:30",
    ]  # fmt: skip


def test_captions_name_what_the_photos_are_linked_to(vault: Vault, tmp_path: Path) -> None:
    numbers = take_in(vault, tmp_path, 1)
    item, hall = (
        made.id
        for made in vault.record(
            [
                Add("item", {"nomenclature": "Gyroscope", "serials": ["447108"], "line": "1", "declared": 1}),
                Add("location", {"name": "Clean room", "level": "room"}),
            ]
        )
    )
    vault.record([Add("seal", {"number": "UN-240117", "applied_to": item})])
    link(vault, photos(vault, numbers), items=[item], location=hall)
    assert texts(vault, numbers, "{item}, seal {seal}, {place}") == [
        "Gyroscope 447108, seal UN-240117, Clean room"
    ]


def test_what_is_not_known_is_told_and_nothing_is_recorded(vault: Vault, tmp_path: Path) -> None:
    numbers = take_in(vault, tmp_path, 2)
    with pytest.raises(UsageError, match=r"nothing for \{seal\} in A-P-0001, A-P-0002"):
        texts(vault, numbers, "Seal {seal}")
    assert "caption" not in photos(vault, numbers)[0].doc


@pytest.mark.parametrize(
    "template", ["", "  ", "{", "}", "{n", "{n!r}", "{0}", "{vault.folder}", "{n.__class__}"]
)
def test_what_is_no_caption_is_refused(vault: Vault, tmp_path: Path, template: str) -> None:
    numbers = take_in(vault, tmp_path, 1)
    with pytest.raises(UsageError):
        texts(vault, numbers, template)


def test_a_link_that_stands_stays(vault: Vault, tmp_path: Path) -> None:
    numbers = take_in(vault, tmp_path, 2)
    (seen,) = vault.record([Add("observation", {"text": "Gate locked", "basis": "seen"})])
    assert len(link(vault, photos(vault, numbers), observations=[seen.number])) == 2
    assert link(vault, photos(vault, numbers), observations=[seen.number]) == []
    assert photos(vault, numbers)[0].doc["observations"] == [seen.id]
    with pytest.raises(UsageError, match="nothing to link"):
        link(vault, photos(vault, numbers))
    with pytest.raises(RefusedError, match="is asked for"):
        link(vault, photos(vault, numbers), items=[seen.id])


@pytest.mark.parametrize(("text", "span"), [("2min", 120), ("90s", 90), ("1 h", 3600), ("3m", 180)])
def test_gaps_are_typed_with_their_unit(text: str, span: int) -> None:
    assert parse_gap(text) == timedelta(seconds=span)


@pytest.mark.parametrize("text", ["2", "0min", "min", "-1s", "1.5h", "2 days"])
def test_what_is_no_length_of_time_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        parse_gap(text)
