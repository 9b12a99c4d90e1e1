"""`fieldkit inventory sample`: how many items to draw. Needs no mission, unless it is planned for the mission's own list."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

import click

from fieldkit.cli.session import Session
from fieldkit.domain import sampling
from fieldkit.domain.sampling import SamplingPlan
from fieldkit.errors import UsageError

if TYPE_CHECKING:
    from fieldkit.capture.planning import Stratum
    from fieldkit.domain.jsontypes import Doc


def _probability(_: click.Context, __: click.Parameter, value: str | None) -> Decimal | None:
    return None if value is None else sampling.parse_probability(value)


@click.command()
@click.option("--population", type=int, metavar="N", help="Items on the list.")
@click.option(
    "--part", "parts", metavar="NAME=N", multiple=True, help="Items in one stratum; once for each of them."
)
@click.option("--declaration", metavar="ID", help="The mission's list to plan for, instead of numbers.")
@click.option("--stratum", metavar="FIELD=VALUE", multiple=True, help="Only this part of it, as type=GX.")
@click.option("--by", metavar="FIELD", help="Divide it into strata by type, location, maker ….")
@click.option(
    "--defects",
    required=True,
    metavar="D",
    help="Defective items that must not be missed, or their share: 5%.",
)
@click.option(
    "--probability",
    metavar="P",
    callback=_probability,
    help="With which probability they are found: 0.95, or 95%.",
)
@click.option(
    "--accept", type=int, default=0, metavar="C", help="Defects in the sample still accepted; else none."
)
@click.option(
    "--size", type=int, metavar="N", help="Instead of planning: what a sample of this size reaches."
)
@click.option("--record", is_flag=True, help="Record the plan in the mission, for a draw.")
@click.pass_obj
def sample(
    session: Session,
    population: int | None,
    parts: tuple[str, ...],
    declaration: str | None,
    stratum: tuple[str, ...],
    by: str | None,
    defects: str,
    probability: Decimal | None,
    accept: int,
    size: int | None,
    record: bool,
) -> None:
    """The smallest sample that shows more than C of D defects among N items with probability P.

    Strata are planned one by one: in each of them D defects are found with probability P.
    """
    from fieldkit.capture import planning

    if sum((population is not None, bool(parts), declaration is not None)) != 1:
        raise UsageError("one of --population, --part and --declaration says how many items there are")
    if ((stratum or by) and declaration is None) or (stratum and by):
        raise UsageError("--stratum and --by exclude each other and need --declaration")
    if declaration is not None:
        strata = planning.parts_of(session.vault(), declaration, stratum, by or "")
    else:
        strata = [_part(text) for text in parts] or [planning.Stratum("", population or 0)]
    if size is not None:
        if record or probability is not None or len(strata) > 1:
            raise UsageError("--size goes with one list, and without --probability and --record")
        _reached(session, strata[0], defects, size, accept)
        return
    if probability is None:
        raise UsageError("with which probability?", where="--probability", remedy="As in --probability 95%.")
    planned = [
        (
            each,
            sampling.plan(
                each.population, sampling.parse_defects(defects, each.population), probability, accept
            ),
        )
        for each in strata
    ]
    recorded: Sequence[str] = ()
    if record:
        made = planning.record_plans(
            session.vault(), planned, declaration=declaration or "", author=session.author()
        )
        recorded = [one.number for one in made]
    divided = bool(parts or by)
    documents = [
        _document(each, plan, recorded[n] if recorded else "") for n, (each, plan) in enumerate(planned)
    ]
    total = sum(plan.size for _, plan in planned)
    session.emit(
        {"strata": documents, "size": total} if divided else documents[0],
        _lines(planned, recorded, total if divided else None),
    )


def _part(text: str) -> Stratum:
    from fieldkit.capture.planning import Stratum

    name, sign, number = text.rpartition("=")
    if not sign or not name.strip() or not (number.strip().isascii() and number.strip().isdecimal()):
        raise UsageError(f"{text!r} is not NAME=N", where="--part", remedy="As in --part gyroscopes=24.")
    return Stratum(name.strip(), int(number))


def _reached(session: Session, stratum: Stratum, defects: str, size: int, accept: int) -> None:
    number = sampling.parse_defects(defects, stratum.population)
    found = sampling.detection(stratum.population, number, size, accept)
    session.emit(
        {
            "population": stratum.population,
            "defects": number,
            "accept": accept,
            "size": size,
            "detection": f"{found:f}",
        },
        [
            f"{size} of {stratum.population} items show more than {accept} of {number} defects with probability {found}."
        ],
    )


def _document(stratum: Stratum, plan: SamplingPlan, number: str) -> Doc:
    found: Doc = {
        "population": plan.population,
        "defects": plan.defects,
        "probability": f"{plan.probability:f}",
        "accept": plan.accept,
        "size": plan.size,
        "method": plan.method,
        "exact": plan.size,
        "approximation": plan.approximation,
        "detection": f"{plan.detection:f}",
    }
    found |= {"stratum": stratum.name} if stratum.name else {}
    return found | ({"number": number} if number else {})


def _lines(
    planned: Sequence[tuple[Stratum, SamplingPlan]], recorded: Sequence[str], total: int | None
) -> Iterator[str]:
    for position, (stratum, plan) in enumerate(planned):
        lead = f"{recorded[position]}  " if recorded else ""
        lead += f"{stratum.name}: " if stratum.name else ""
        yield f"{lead}Draw {plan.size} of {plan.population} items (exact, hypergeometric)."
        are = "is" if plan.defects == 1 else "are"
        found = f"{plan.detection} (asked for: {plan.probability:f})"
        least = "at least one is" if plan.accept == 0 else f"more than {plan.accept} are"
        yield f"If {plan.defects} {are} defective, {least} found with probability {found}."
        if plan.approximation is None:
            yield "The IAEA approximation knows no acceptance number."
        else:
            yield f"The IAEA approximation, not used, gives {plan.approximation}."
    if total is not None:
        yield f"In all: {total} items."
