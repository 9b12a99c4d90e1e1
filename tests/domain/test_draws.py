"""Witnessed draws: the published vector, repeatable with stock tools, and what an unfair side might try."""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldkit.domain.draws import (
    Draw,
    Party,
    Promise,
    Roll,
    commitment,
    draw_with_dice,
    draw_with_secrets,
    freeze,
    positions,
    replay,
    seed_from_dice,
    seed_from_reveals,
)
from fieldkit.errors import AlteredError, UsageError

SEED = "20237331128159211123"
LINES = [f"A-I-{n:04}" for n in range(1, 101)]
TEAM, HOST = "1f" * 16, "9c" * 16


def dice(digits: str = SEED) -> list[Roll]:
    sides: Sequence[Party] = ("team", "host")
    return [Roll(sides[n % 2], int(digit)) for n, digit in enumerate(digits)]


def promises(digest: str) -> list[Promise]:
    return [
        Promise("team", commitment(digest, "team", TEAM), TEAM),
        Promise("host", commitment(digest, "host", HOST), HOST),
    ]


def test_the_published_vector() -> None:
    assert hashlib.sha256(f"{SEED},1".encode()).hexdigest().startswith("e2bb353c1ecd2078")
    assert positions(100, 10, SEED) == (89, 36, 68, 14, 52, 51, 9, 27, 60, 77)


def test_a_draw_takes_the_lines_at_the_positions_of_the_sorted_list() -> None:
    draw = draw_with_dice(freeze(reversed(LINES)), 10, dice())
    assert draw.chosen[:3] == ("A-I-0089", "A-I-0036", "A-I-0068")
    replay(draw, LINES)


def test_the_list_and_a_commitment_can_be_checked_with_stock_tools(tmp_path: Path) -> None:
    names = ["б-2", "a-1", "B-3", "ä-4"]
    listed = tmp_path / "list"
    listed.write_text("".join(f"{name}\n" for name in names), "utf-8")
    shell = f"LC_ALL=C sort {listed} | sha256sum; printf '%s' \"$0,team,$1\" | sha256sum"
    digest = freeze(names).digest
    out = subprocess.run(["sh", "-c", shell, digest, TEAM], capture_output=True, text=True, check=True).stdout
    assert [line.split()[0] for line in out.splitlines()] == [digest, commitment(digest, "team", TEAM)]


@given(st.integers(1, 300), st.data())
def test_a_draw_is_without_repeats_and_grows_at_its_end(population: int, data: st.DataObject) -> None:
    size = data.draw(st.integers(1, population))
    drawn = positions(population, size, SEED)
    assert len(set(drawn)) == size
    assert set(drawn) <= set(range(1, population + 1))
    assert positions(population, population, SEED)[:size] == drawn


def test_a_recorded_draw_that_was_touched_does_not_replay() -> None:
    draw = draw_with_dice(freeze(LINES), 10, dice())
    other_dice = (*draw.rolls[:-1], Roll("host", 4))
    touched: list[Draw] = [
        replace(draw, positions=(1, *draw.positions[1:])),
        replace(draw, chosen=("A-I-0001", *draw.chosen[1:])),
        replace(draw, seed=draw.seed[:-1] + "4"),
        replace(draw, rolls=other_dice),
        replace(draw, population=99),
        replace(draw, digest="0" * 64),
        replace(draw, size=9),
    ]
    for each in touched:
        with pytest.raises(AlteredError):
            replay(each, LINES)
    with pytest.raises(AlteredError, match="digest"):
        replay(draw, [*LINES[:-1], "A-I-0101"])
    with pytest.raises(UsageError, match="draw was made by"):
        replay(replace(draw, variant="other"), LINES)
    with pytest.raises(UsageError, match="dice or from secrets"):
        replay(replace(draw, rolls=()), LINES)


def test_secrets_of_both_sides_make_the_seed_and_replay() -> None:
    frozen = freeze(LINES)
    draw = draw_with_secrets(frozen, 5, promises(frozen.digest))
    assert draw.seed == hashlib.sha256(f"{frozen.digest},{TEAM},{HOST}".encode()).hexdigest()
    replay(draw, LINES)


def test_a_secret_other_than_the_one_committed_to_is_found() -> None:
    digest = freeze(LINES).digest
    team, host = promises(digest)
    with pytest.raises(AlteredError, match="host"):
        seed_from_reveals(digest, [team, replace(host, secret="ab" * 16)])


def test_a_side_cannot_take_over_the_others_commitment() -> None:
    """Copying the team's commitment, then its secret, must not pass as the host's own."""
    digest = freeze(LINES).digest
    team, _ = promises(digest)
    with pytest.raises(AlteredError, match="host"):
        seed_from_reveals(digest, [team, Promise("host", team.commitment, team.secret)])


def test_a_commitment_for_another_list_does_not_serve() -> None:
    earlier = promises(freeze(LINES[:50]).digest)
    with pytest.raises(AlteredError):
        seed_from_reveals(freeze(LINES).digest, earlier)


def test_both_sides_commit_once_to_something_that_cannot_be_guessed() -> None:
    digest = freeze(LINES).digest
    team, host = promises(digest)
    for given_ in ([team], [team, team], [team, host, host]):
        with pytest.raises(UsageError):
            seed_from_reveals(digest, given_)
    for secret in ("", "7", "with space and, comma", "ß" * 20):
        with pytest.raises(UsageError, match="secret"):
            commitment(digest, "team", secret)
    with pytest.raises(UsageError, match="digest"):
        commitment("not a digest", "team", TEAM)


@pytest.mark.parametrize(
    ("rolls", "sides", "problem"),
    [
        (dice()[:18], 10, "18 rolls"),
        (dice(SEED + "1"), 10, "21 rolls"),
        ([Roll("team", 1)] * 20, 10, "twice in a row"),
        ([*dice()[:-1], Roll("host", 10)], 10, "reads 10"),
        (dice("1" * 20), 6, "20 rolls"),
        (dice("1" * 25 + "7"), 6, "reads 7"),
        (dice(), 8, "8 sides"),
    ],
)
def test_dice_that_leave_doubt_are_refused(rolls: list[Roll], sides: int, problem: str) -> None:
    with pytest.raises(UsageError, match=problem):
        seed_from_dice(rolls, sides)


@pytest.mark.parametrize(
    "lines", [[], ["a", "a"], ["a", ""], ["a\nb"], ["a\u2028b"], ["a\x1b[2J"], ["a\u202eb"]]
)
def test_a_list_that_could_be_read_in_two_ways_is_not_frozen(lines: list[str]) -> None:
    with pytest.raises(UsageError):
        freeze(lines)


def test_more_than_the_list_cannot_be_drawn() -> None:
    for population, size in ((10, 11), (10, 0), (0, 0)):
        with pytest.raises(UsageError):
            positions(population, size, SEED)
    with pytest.raises(UsageError, match="seed"):
        positions(10, 1, "1,2")
