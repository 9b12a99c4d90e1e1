"""Who has which picture: states with reasons, placeholders, copies given, a log without gaps."""

from __future__ import annotations

from pathlib import Path

import pytest

from fieldkit.capture.custody import (
    HELD,
    RELEASED,
    WITHHELD,
    as_kept,
    change_state,
    log_copies,
    log_state,
    photos,
    placeholders,
)
from fieldkit.capture.handover import hand_over
from fieldkit.capture.redaction import Box, redact
from fieldkit.domain.moments import Moment
from fieldkit.errors import RefusedError, UsageError
from fieldkit.vault.recording import Add
from fieldkit.vault.vault import Vault
from tests.bad.photos import sound_jpeg
from tests.capture.cards import take_in

AT = Moment(at="2026-02-12T15:50:00.000000Z", offset="+02:00")


@pytest.fixture
def host(vault: Vault) -> str:
    return vault.record([Add("person", {"name": "Maj. Salem", "party": "host"})])[0].id


def test_a_state_says_why_who_and_when(vault: Vault, tmp_path: Path, host: str) -> None:
    numbers = take_in(vault, tmp_path, 3)
    change_state(
        vault, photos(vault, [f"{numbers[0]}..0002"]), HELD, "to be looked through", by="Maj. Salem", at=AT
    )
    first, _, third = photos(vault, numbers)
    assert (first.doc["state"], first.doc["state_reason"], first.doc["state_by"]) == (
        "held", "to be looked through", host,
    )  # fmt: skip
    assert first.doc["state_since"]["at"] == AT.at
    assert third.doc["state"] == "taken"


def test_who_decided_before_does_not_stand_for_a_later_decision(
    vault: Vault, tmp_path: Path, host: str
) -> None:
    numbers = take_in(vault, tmp_path, 1)
    change_state(vault, photos(vault, numbers), HELD, "x", by=host)
    change_state(vault, photos(vault, numbers), RELEASED, "looked through")
    (view,) = photos(vault, numbers)
    assert view.doc["state"] == "released"
    assert "state_by" not in view.doc


def test_a_frame_without_a_file_is_not_released_until_it_is_received(vault: Vault) -> None:
    (frame, other) = placeholders(vault, 2, "with site security", subject="Gate 2")
    with pytest.raises(RefusedError, match="no file"):
        change_state(vault, photos(vault, [frame.number]), RELEASED, "x")
    hand_over(vault, frame.id, sound_jpeg(), "HST_4001.JPG", "handed over at 17:50")
    assert [view.doc["state"] for view in photos(vault, [frame.number, other.number])] == ["released", "held"]


def test_a_file_that_has_a_number_fills_no_other_frame(vault: Vault, tmp_path: Path) -> None:
    (first, second) = placeholders(vault, 2, "with site security")
    hand_over(vault, first.id, sound_jpeg(), "HST_4001.JPG", "handed over")
    with pytest.raises(RefusedError, match=f"here already, as {first.number}"):
        hand_over(vault, second.id, sound_jpeg(), "HST_4002.JPG", "handed over")
    assert vault.get(second.id).doc["state"] == "held"


def test_a_released_redacted_copy_is_redacted_still(vault: Vault, tmp_path: Path) -> None:
    numbers = take_in(vault, tmp_path, 1)
    copy = redact(vault, numbers[0], [Box(0, 0, 16, 16)], "badge")
    change_state(vault, photos(vault, [copy.number]), WITHHELD, "one box was missing")
    change_state(vault, photos(vault, [copy.number]), RELEASED, "it was not")
    assert photos(vault, [copy.number])[0].doc["state"] == "redacted"


def test_all_change_or_none(vault: Vault, tmp_path: Path) -> None:
    numbers = take_in(vault, tmp_path, 2)
    (frame,) = placeholders(vault, 1, "x")
    with pytest.raises(RefusedError):
        change_state(vault, photos(vault, [*numbers, frame.number]), RELEASED, "y")
    assert {view.doc["state"] for view in photos(vault, numbers)} == {"taken"}


def test_copies_given_are_logged_file_by_file(vault: Vault, tmp_path: Path, host: str) -> None:
    numbers = take_in(vault, tmp_path, 2)
    views = photos(vault, numbers)
    made = log_copies(vault, as_kept(vault, views), host, medium="USB stick", at=AT)
    handout = vault.get(made.id)
    assert handout.doc["to_whom"] == host
    assert [one["sha256"] for one in handout.doc["files"]] == [view.doc["sha256"] for view in views]
    assert all(view.doc["copy_given_to_host"] for view in photos(vault, numbers))
    log_copies(vault, as_kept(vault, views), host)


def test_a_copy_given_to_the_team_is_none_given_to_the_host(vault: Vault, tmp_path: Path) -> None:
    numbers = take_in(vault, tmp_path, 1)
    log_copies(vault, as_kept(vault, photos(vault, numbers)), vault.author)
    assert "copy_given_to_host" not in photos(vault, numbers)[0].doc


@pytest.mark.parametrize("state", [HELD, WITHHELD])
def test_what_is_kept_back_is_not_given(vault: Vault, tmp_path: Path, host: str, state: str) -> None:
    numbers = take_in(vault, tmp_path, 2)
    change_state(vault, photos(vault, numbers[1:]), state, "shows the gate")
    with pytest.raises(RefusedError, match=f"{numbers[1]} is {state}"):
        log_copies(vault, as_kept(vault, photos(vault, numbers)), host)
    assert vault.count("handout") == 0


def test_the_log_has_no_gap_and_one_is_told(vault: Vault, tmp_path: Path) -> None:
    take_in(vault, tmp_path, 2)
    frames = placeholders(vault, 14, "not handed over")
    redact(vault, "A-P-0001", [Box(0, 0, 16, 16)], "badge")
    state = log_state(vault)
    assert (state.frames, state.copies, state.missing) == (16, 1, ())
    assert state.states == {"held": 14, "redacted": 1, "taken": 1, "withheld": 1}
    vault.database.execute("DELETE FROM records WHERE number IN (?, ?)", (frames[3].number, frames[4].number))
    assert log_state(vault).missing == ("A-P-0006..0007",)


def test_what_is_no_photo_is_refused(vault: Vault) -> None:
    with pytest.raises(UsageError, match="not a photo"):
        photos(vault, ["A-0001"])
    with pytest.raises(UsageError, match="no record"):
        photos(vault, ["A-P-0001..0003"])
    with pytest.raises(UsageError, match="no photo is named"):
        photos(vault, [])
    with pytest.raises(UsageError):
        placeholders(vault, 0, "x")
