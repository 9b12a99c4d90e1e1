"""The part of the day in which chance decides: a plan, a witnessed draw, and a second look at seals and samples."""

from __future__ import annotations

import secrets
from decimal import Decimal

from fieldkit.capture import drawing, seal_rounds
from fieldkit.capture.planning import parts_of, record_plans
from fieldkit.demo.story import at
from fieldkit.demo.visit import Visit
from fieldkit.domain import draws, sampling
from fieldkit.domain.draws import PARTIES
from fieldkit.domain.moments import moment

PLANNED = "type=VG-24"
DEFECTS, PROBABILITY = 4, Decimal("0.9")


def draw_witnessed(visit: Visit) -> None:
    """Which gyroscopes are opened is drawn by commit and reveal: neither side could have steered it."""
    vault, lead = visit.vault, visit.team[0]
    (declaration,) = [view.id for view in vault.list("declaration")]
    (part,) = parts_of(vault, declaration, [PLANNED])
    plan = sampling.plan(part.population, DEFECTS, PROBABILITY)
    (planned,) = record_plans(vault, [(part, plan)], declaration=declaration, author=lead)
    frozen = drawing.freeze(vault, plan=planned.id, at=moment(at(15, 30), "typed"), author=lead)
    persons = {PARTIES[0]: lead, PARTIES[1]: visit.host[1]}
    drawing.agree(vault, frozen.draw.id, persons, at=moment(at(15, 34), "typed"), author=lead)
    made = {party: secrets.token_hex(16) for party in PARTIES}
    for minute, party in enumerate(PARTIES):
        given = draws.commitment(frozen.digest, party, made[party])
        drawing.commit(
            vault, frozen.draw.id, party, given, at=moment(at(15, 36 + minute), "typed"), author=lead
        )
    for minute, party in enumerate(PARTIES):
        told = moment(at(15, 40 + minute), "typed")
        drawing.reveal(vault, frozen.draw.id, party, made[party], at=told, author=lead)
    drawing.run(vault, frozen.draw.id, at=moment(at(15, 43), "typed"), author=lead)
    visit.say(f"{frozen.size} of {frozen.population} gyroscopes drawn before witnesses")


def look_again(visit: Visit) -> None:
    """Late in the evening: two seals are looked at again, one is taken off, and the samples go to the laboratory."""
    vault, by = visit.vault, visit.team[7]
    numbers = [str(view.doc["number"]) for view in vault.list("seal")]
    for minute, number in enumerate(numbers[:2]):
        seal_rounds.record_check(
            vault, number, "intact", at=moment(at(19, 30 + minute), "typed"), by=by, author=by
        )
    seal_rounds.remove(
        vault,
        numbers[-1],
        "opened for a second measurement, before the host",
        at=moment(at(19, 40), "typed"),
        by=by,
        author=by,
    )
    for minute, sample in enumerate(list(vault.list("sample"))):
        visit.add(
            "custody",
            at(20, minute),
            7,
            thing=sample.id,
            from_whom=visit.team[0],
            to_whom=by,
            reason="carried to the laboratory",
            seal_state="intact",
        )
    visit.say("2 seals looked at again, one taken off, samples handed on without a gap")
