"""Witnessed draws: the published vector, repeatable with stock tools, and what an unfair side might try."""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import replace as replaced
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from fieldkit.domain.draws import (
    VARIANT,
    Party,
    Promise,
    Roll,
    commitment,
    freeze,
    positions,
    seed_from_dice,
    seed_from_reveals,
)
from fieldkit.domain.replaying import DrawRecord, Step, read_record, replay
from fieldkit.errors import AlteredError, NewerFormatError, UnreadableError, UsageError

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


def record(seed: str, method: str, steps: Sequence[Step], size: int = 10) -> DrawRecord:
    """A whole draw from LINES, as it would be handed over."""
    frozen = freeze(LINES)
    drawn = positions(len(LINES), size, seed)
    agreed = [Step("agreed", at=at(1), party=side, by="N", digest=frozen.digest) for side in ("team", "host")]
    whole = [Step("frozen", at=at(0)), *agreed, *steps, Step("drawn", at=at(9))]
    return DrawRecord(
        lines=frozen.lines, list_sha256=frozen.digest, population=len(LINES), size=size, variant=VARIANT,
        seed_method=method, sides=10 if method == "dice" else 0, seed=seed, drawn=drawn,
        chosen=tuple(frozen.lines[n - 1] for n in drawn), steps=tuple(whole),
    )  # fmt: skip


def at(minute: int) -> str:
    return f"2026-02-12T08:{minute:02}:00.000000Z"


def by_dice() -> DrawRecord:
    return record(SEED, "dice", [Step("rolled", at=at(5), party=r.party, value=str(r.value)) for r in dice()])


def by_secrets() -> DrawRecord:
    digest = freeze(LINES).digest
    made = promises(digest)
    steps = [Step("committed", at=at(4), party=each.party, digest=each.commitment) for each in made]
    steps += [Step("revealed", at=at(5), party=each.party, value=each.secret) for each in made]
    return record(seed_from_reveals(digest, made), "commit_reveal", steps)


def faults(drawn: DrawRecord) -> list[str]:
    return [check.text for check in replay(drawn) if not check.holds]


def test_a_draw_takes_the_lines_at_the_positions_of_the_sorted_list() -> None:
    drawn = by_dice()
    assert drawn.chosen[:3] == ("A-I-0089", "A-I-0036", "A-I-0068")
    assert faults(drawn) == []


def test_a_draw_is_repeated_from_its_json_alone_whatever_the_order_of_its_lines() -> None:
    drawn = by_secrets()
    handed_over = msgspec.json.encode(replace(drawn, lines=tuple(reversed(drawn.lines))))
    said = [check.text for check in replay(read_record(handed_over, "draw.json"))]
    assert faults(drawn) == []
    assert any("The secret told by the host is the one it had committed to" in text for text in said)
    assert any("Both sides committed before either told its secret" in text for text in said)


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


@pytest.mark.parametrize(
    ("touched", "said"),
    [
        (lambda d: replace(d, lines=(*d.lines[:-1], "A-I-0101")), "The list was changed"),
        (lambda d: replace(d, list_sha256="0" * 64), "The list was changed"),
        (lambda d: replace(d, population=99), "but the draw was made from 99"),
        (lambda d: replace(d, drawn=(1, *d.drawn[1:])), "The seed draws 89"),
        (lambda d: replace(d, size=9), "The seed draws 89"),
        (lambda d: replace(d, chosen=("A-I-0001", *d.chosen[1:])), "not those of the list, from number 89"),
        (lambda d: replace(d, seed=d.seed[:-1] + "4"), "makes the seed"),
        (lambda d: replace(d, steps=d.steps[:-2]), "19 rolls"),
        (lambda d: replace(d, steps=tuple(s for s in d.steps if s.party != "host")), "never agreed"),
        (lambda d: replace(d, steps=(*d.steps[:2], *d.steps[3:], d.steps[2])), "only after there was a part"),
        (lambda d: replace(d, steps=(replace(d.steps[0], at=at(6)), *d.steps[1:])), "By the clock"),
        (lambda d: replace(d, steps=(d.steps[0], replace(d.steps[1], digest="0" * 64), *d.steps[2:])), "another digest"),
        (lambda d: replace(d, variant="other"), "was made by 'other'"),
        (lambda d: replace(d, seed="", drawn=(), chosen=()), "Nothing has been drawn"),
    ],
)  # fmt: skip
def test_a_recorded_draw_that_was_touched_is_told(
    touched: Callable[[DrawRecord], DrawRecord], said: str
) -> None:
    assert any(said in fault for fault in faults(touched(by_dice())))


def test_a_late_commitment_and_a_false_reveal_are_told() -> None:
    drawn = by_secrets()
    team, host, *told = [step for step in drawn.steps if step.step in ("committed", "revealed")]
    before, after = drawn.steps[:3], drawn.steps[-1:]
    late = replace(drawn, steps=(*before, team, told[0], host, told[1], *after))
    assert any("A late commitment: the host committed after the team" in fault for fault in faults(late))
    false = replace(drawn, steps=(*before, team, host, told[0], replace(told[1], value="ab" * 16), *after))
    assert any("A false reveal: the secret told by the host" in fault for fault in faults(false))
    twice = replace(drawn, steps=(*before, team, host, host, *told, *after))
    assert any("The host made 2 commitments" in fault for fault in faults(twice))


@pytest.mark.parametrize(
    "data",
    [b"", b"[]", b"{}", b"\xff", b'{"lines": 1}', b"[" * 100_000, msgspec.json.encode({"further": 1})],
)
def test_what_is_no_record_of_a_draw_is_said_to_be_none(data: bytes) -> None:
    with pytest.raises(UnreadableError):
        read_record(data, "draw.json")


def test_a_record_of_a_newer_form_is_left_alone() -> None:
    with pytest.raises(NewerFormatError):
        read_record(msgspec.json.encode(replace(by_dice(), format="fieldkit-draw-2")), "draw.json")


@given(st.binary(max_size=60), st.integers(-5, 200), st.integers(-5, 200), st.text(max_size=20))
def test_replaying_never_fails_on_what_a_record_claims(
    data: bytes, population: int, size: int, text: str
) -> None:
    drawn = by_dice()
    steps = (replace(drawn.steps[3], value=text, at=text), *drawn.steps)
    claims = replace(drawn, population=population, size=size, seed=text, drawn=tuple(data), steps=steps)
    assert faults(claims)


def test_a_secret_other_than_the_one_committed_to_is_found() -> None:
    digest = freeze(LINES).digest
    team, host = promises(digest)
    with pytest.raises(AlteredError, match="host"):
        seed_from_reveals(digest, [team, replaced(host, secret="ab" * 16)])


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
        (dice("7" * 20), 10, "every roll of the team reads the same"),
        ([*dice()[:-1], Roll("host", 10)], 10, "reads 10"),
        (dice("12" * 10), 6, "20 rolls"),
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
