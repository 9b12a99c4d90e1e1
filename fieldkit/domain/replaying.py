"""A witnessed draw done again from its record alone, step by step, in words that both sides understand.

The record is one JSON document: the list, what happened in order, and what came out. Whoever has it can repeat the draw,
with this module or with `sort`, `sha256sum` and a pocket calculator (the explanation says how).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from fieldkit.domain import draws
from fieldkit.domain.draws import MOST_LINES, PARTIES, VARIANT, Party, Promise, Roll
from fieldkit.domain.moments import instant
from fieldkit.domain.values import SET_LIMIT
from fieldkit.errors import FieldkitError, NewerFormatError, UnreadableError

FORMAT = "fieldkit-draw-1"
MOST_SHOWN = 20
_AFTER_AGREEMENT = ("committed", "revealed", "rolled", "drawn")

_Text = Annotated[str, Meta(max_length=2000)]


class Step(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One thing that happened. `at` is UTC, `by` a name; `digest` what was agreed to or committed, `value` the roll or the
    secret."""

    step: Literal["frozen", "agreed", "committed", "revealed", "rolled", "drawn"]
    at: _Text = ""
    offset: _Text = ""
    party: Literal["team", "host", ""] = ""
    by: _Text = ""
    digest: _Text = ""
    value: _Text = ""


class DrawRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Everything that is needed to repeat a draw. `steps` stand in the order in which the journal took them."""

    format: _Text = FORMAT
    draw: _Text = ""
    mission: _Text = ""
    declaration: _Text = ""
    stratum: _Text = ""
    lines: Annotated[tuple[_Text, ...], Meta(max_length=MOST_LINES)]
    list_sha256: _Text
    population: int
    size: int
    variant: _Text
    seed_method: Literal["dice", "commit_reveal", ""] = ""
    sides: int = 0
    seed: _Text = ""
    drawn: Annotated[tuple[int, ...], Meta(max_length=SET_LIMIT)] = ()
    chosen: Annotated[tuple[_Text, ...], Meta(max_length=SET_LIMIT)] = ()
    steps: Annotated[tuple[Step, ...], Meta(max_length=SET_LIMIT)] = ()


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was held against the record, whether it holds, and that in words."""

    holds: bool
    text: str


def read_record(data: bytes, where: str) -> DrawRecord:
    """The record of a draw from JSON. Raises `UnreadableError` or `NewerFormatError`."""
    try:
        record = msgspec.json.decode(data, type=DrawRecord)
    except (msgspec.ValidationError, msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise UnreadableError(
            f"this is not the record of a draw: {error}",
            where=where,
            remedy="'fieldkit inventory draw show DRAW --json' writes one.",
        ) from None
    if record.format != FORMAT:
        raise NewerFormatError(f"the record is of the form {record.format!r}", where=where)
    return record


def replay(record: DrawRecord) -> tuple[Check, ...]:
    """Every check, in the order of the draw. The draw stands as recorded if all of them hold."""
    return tuple(_checks(record))


def by_hand(record: DrawRecord) -> tuple[str, ...]:
    """How to do the same without fieldkit."""
    return (
        "LC_ALL=C sort LIST | sha256sum            gives the digest of the list",
        "printf '%s' \"DIGEST,PARTY,SECRET\" | sha256sum   gives a commitment; PARTY is team or host",
        "printf '%s' \"DIGEST,TEAM'S SECRET,HOST'S SECRET\" | sha256sum   gives the seed; dice give it as they fell",
        f"printf '%s' \"SEED,1\" | sha256sum, then SEED,2 …: as a number modulo {record.population}, plus 1; repeats are dropped",
    )


def _checks(record: DrawRecord) -> Iterator[Check]:
    yield _list(record)
    yield from _agreement(record)
    yield from _order(record)
    if record.variant != VARIANT:
        yield Check(False, f"The draw was made by {record.variant!r}; this fieldkit repeats {VARIANT!r}.")
        return
    if not record.seed and not record.drawn:
        yield Check(False, "Nothing has been drawn yet.")
        return
    seeds = list(_seed(record))
    yield from seeds
    yield _positions(record)
    yield _chosen(record)


def _list(record: DrawRecord) -> Check:
    try:
        frozen = draws.freeze(record.lines)
    except FieldkitError as error:
        return Check(False, f"The list is no list that can be drawn from: {error.problem}.")
    lines = len(frozen.lines)
    if frozen.digest != record.list_sha256:
        return Check(
            False,
            f"The list was changed: its {lines} lines give {frozen.digest}, but {record.list_sha256} was frozen.",
        )
    if lines != record.population:
        return Check(False, f"The list has {lines} lines, but the draw was made from {record.population}.")
    return Check(True, f"The list has {lines} lines; sorted, their SHA-256 is {frozen.digest}, as frozen.")


def _agreement(record: DrawRecord) -> Iterator[Check]:
    first = next(
        (n for n, step in enumerate(record.steps) if step.step in _AFTER_AGREEMENT), len(record.steps)
    )
    for party in PARTIES:
        found = [
            (n, step) for n, step in enumerate(record.steps) if step.step == "agreed" and step.party == party
        ]
        right = [(n, step) for n, step in found if step.digest == record.list_sha256]
        if not found:
            yield Check(False, f"The {party} never agreed to the digest of the list.")
        elif not right:
            yield Check(False, f"The {party} agreed to another digest: {found[0][1].digest}.")
        elif right[0][0] > first:
            yield Check(False, f"The {party} agreed to the digest only after there was a part of the seed.")
        else:
            step = right[0][1]
            yield Check(
                True, f"The {party} ({step.by}) agreed to that digest{_when(step)}, before there was a seed."
            )


def _order(record: DrawRecord) -> Iterator[Check]:
    told = next((step for step in record.steps if step.step == "revealed"), None)
    if told is not None:
        after = record.steps[record.steps.index(told) :]
        late = [step for step in after if step.step == "committed"]
        if late:
            yield Check(
                False,
                f"A late commitment: the {late[0].party} committed after the {told.party} had told its secret, and "
                "could choose its own to fit.",
            )
        else:
            yield Check(True, "Both sides committed before either told its secret.")
    try:
        backwards = [
            (one, other)
            for one, other in pairwise(step for step in record.steps if step.at)
            if instant(other.at) < instant(one.at)
        ]
    except FieldkitError as error:
        yield Check(False, f"A time cannot be read: {error.problem}.")
        return
    for one, other in backwards:
        yield Check(False, f"By the clock, {_said(other)} came before {_said(one)}.")
    if not backwards:
        yield Check(True, "By the clock, the steps follow each other as recorded.")


def _seed(record: DrawRecord) -> Iterator[Check]:
    try:
        if record.seed_method == "dice":
            rolled = _rolls(record.steps)
            seed = draws.seed_from_dice(rolled, record.sides)
            yield Check(
                True,
                f"{len(rolled)} rolls of dice with {record.sides} sides, in turn, the {rolled[0].party} first: they are the seed.",
            )
        else:
            made = list(_promises(record))
            yield from (check for _, check in made)
            if not all(check.holds for _, check in made):
                return
            seed = draws.seed_from_reveals(record.list_sha256, [promise for promise, _ in made])
    except (FieldkitError, ValueError) as error:
        said = error.problem if isinstance(error, FieldkitError) else "a roll is no number"
        yield Check(False, f"There is no seed in what both sides gave: {said}.")
        return
    if seed != record.seed:
        yield Check(False, f"What both sides gave makes the seed {seed}, but {record.seed} was recorded.")
    else:
        yield Check(True, f"What both sides gave makes the seed {seed}.")


def _rolls(steps: Sequence[Step]) -> list[Roll]:
    return [Roll(_party(step), int(step.value)) for step in steps if step.step == "rolled"]


def _promises(record: DrawRecord) -> Iterator[tuple[Promise, Check]]:
    for party in PARTIES:
        commitments = [s.digest for s in record.steps if s.step == "committed" and s.party == party]
        secrets = [s.value for s in record.steps if s.step == "revealed" and s.party == party]
        promise = Promise(party, "".join(commitments[:1]), "".join(secrets[:1]))
        if len(commitments) != 1 or len(secrets) != 1:
            said = f"The {party} made {len(commitments)} commitments and told {len(secrets)} secrets, not one each."
            yield promise, Check(False, said)
        elif draws.commitment(record.list_sha256, party, promise.secret) != promise.commitment:
            said = f"A false reveal: the secret told by the {party} is not the one it had committed to."
            yield promise, Check(False, said)
        else:
            yield promise, Check(True, f"The secret told by the {party} is the one it had committed to.")


def _positions(record: DrawRecord) -> Check:
    try:
        again = draws.positions(record.population, record.size, record.seed)
    except FieldkitError as error:
        return Check(False, f"Nothing can be drawn: {error.problem}.")
    if again != record.drawn:
        return Check(False, f"The seed draws {_shown(again)}, but {_shown(record.drawn)} was recorded.")
    return Check(True, f"The seed draws {_shown(again)} of {record.population}.")


def _chosen(record: DrawRecord) -> Check:
    lines = sorted(record.lines)
    again = tuple(lines[number - 1] if 0 < number <= len(lines) else "" for number in record.drawn)
    if again != record.chosen:
        wrong = next((n for n, (a, b) in enumerate(zip(again, record.chosen, strict=False)) if a != b), 0)
        number = record.drawn[wrong] if wrong < len(record.drawn) else 0
        return Check(False, f"The lines drawn are not those of the list, from number {number} on.")
    return Check(True, f"These are the lines drawn: {_shown(again)}.")


def _party(step: Step) -> Party:
    return "team" if step.party == "team" else "host"


def _said(step: Step) -> str:
    words = {
        "frozen": "the freezing of the list", "agreed": "the agreement", "committed": "the commitment",
        "revealed": "the reveal", "rolled": "a roll", "drawn": "the drawing",
    }  # fmt: skip
    return words[step.step] + (f" of the {step.party}" if step.party else "")


def _when(step: Step) -> str:
    return f" at {step.at[:16].replace('T', ' ')} UTC" if step.at else ""


def _shown(values: Sequence[object]) -> str:
    shown = ", ".join(str(value) for value in values[:MOST_SHOWN])
    return shown if len(values) <= MOST_SHOWN else f"{shown} and {len(values) - MOST_SHOWN} more"
