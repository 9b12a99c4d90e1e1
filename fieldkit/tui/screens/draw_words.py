"""What stands on the screen at each step of a draw, in words that both sides read across a table."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from fieldkit.domain.draws import FEWEST_ROLLS, PARTIES, Party
from fieldkit.domain.replaying import Check, DrawRecord
from fieldkit.domain.words import spoken

STEPS: Final = ("plan", "list", "agree", "seed", "draw", "check")
_GROUP: Final = 8
_GROUPS: Final = 4


def steps(at: str) -> str:
    """The way through a draw, with where we are in capitals."""
    return " · ".join(
        f"{number} {step.upper() if step == at else step}" for number, step in enumerate(STEPS, start=1)
    )


def step_of(record: DrawRecord) -> str:
    """The step that comes next."""
    if record.drawn:
        return "check"
    return "seed" if all(agreed(record).values()) else "agree"


def agreed(record: DrawRecord) -> dict[Party, str]:
    """Who of each side agreed to the digest of the list; empty for nobody."""
    found: dict[Party, str] = dict.fromkeys(PARTIES, "")
    for step in record.steps:
        if step.step == "agreed" and step.digest == record.list_sha256 and step.party:
            found[step.party] = step.by or "somebody"
    return found


def given(record: DrawRecord, what: str) -> dict[str, str]:
    """By party: the digest committed to, or the secret told."""
    return {
        step.party: step.digest if what == "committed" else step.value
        for step in record.steps
        if step.step == what
    }


def digest(record: DrawRecord) -> str:
    """The digest in groups, and in words to be read aloud."""
    text = record.list_sha256
    groups = [text[at : at + _GROUP] for at in range(0, len(text), _GROUP)]
    rows = ["   ".join(groups[at : at + _GROUPS]) for at in range(0, len(groups), _GROUPS)]
    words = "  ·  ".join(spoken(bytes.fromhex(text))).upper() if text else ""
    return "\n\n".join((*(f"    {row}" for row in rows), f"    {words}"))


def agreeing(record: DrawRecord) -> str:
    """The frozen list, and who agreed to it."""
    there = agreed(record)
    part = f", {record.stratum}" if record.stratum else ""
    lines = [
        f"{record.size} of {record.population} pieces of {record.declaration}{part} will be drawn.",
        "The list is frozen. Both sides read its digest, compare, and agree, before there is any seed.",
        "",
        digest(record),
        "",
        *(
            f"  {party.upper():<5} {f'agreed: {name}' if name else 'has not agreed yet'}"
            for party, name in there.items()
        ),
    ]
    return "\n".join(lines)


def rolling(rolls: int, sides: int, first: Party) -> str:
    """Whose turn it is."""
    turn = PARTIES[(rolls + (first == "host")) % 2]
    fewest = FEWEST_ROLLS[sides]
    left = max(0, fewest - rolls)
    low, high = (0, 9) if sides == 10 else (1, 6)
    lead = f"Dice of {sides} sides ({low} to {high}), both sides in turn; the {first} began."
    if not left and rolls % 2 == 0:
        return f"{lead}\nEnter draws with these {rolls} rolls. Both sides look whether they are what fell."
    return f"{lead}\nThe {turn.upper()} rolls: type what fell.   {rolls} rolled, {left or 1} to go."


def committing(record: DrawRecord) -> str:
    """Who committed, who told their secret, and what comes next."""
    promised, told = given(record, "committed"), given(record, "revealed")
    lines = ["Each side commits to a secret of its own; only when both have, both tell it.", ""]
    for party in PARTIES:
        if party in promised:
            lines += [
                f"  {party.upper():<5} committed to {promised[party][:32]}",
                f"        {promised[party][32:]:>45}",
            ]
        else:
            lines.append(f"  {party.upper():<5} has not committed yet: {party[0]}")
        if party in promised:
            waits = f"has still to tell its secret: {party[0]}" if len(promised) == len(PARTIES) else ""
            lines.append(f"        {f'secret: {told[party]}' if party in told else waits}")
    if len(told) == len(PARTIES):
        lines += ["", "Both secrets are the ones committed to. Enter draws."]
    return "\n".join(lines)


def drawn(record: DrawRecord) -> Iterator[str]:
    """The pieces in the order drawn."""
    yield f"{record.size} of {record.population} pieces, in the order drawn. Seed: {record.seed}"
    yield ""
    for place, (number, line) in enumerate(zip(record.drawn, record.chosen, strict=False), start=1):
        yield f"{place:>5}.  number {number:>7}   {line}"


def checked(checks: tuple[Check, ...]) -> Iterator[str]:
    """Every check of a repeated draw."""
    holds = all(check.holds for check in checks)
    yield "THE DRAW IS AS RECORDED." if holds else "THE DRAW IS NOT AS RECORDED."
    yield ""
    for check in checks:
        yield f"{'holds' if check.holds else 'FAILS'}  {check.text}"
