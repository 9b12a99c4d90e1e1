"""`fieldkit inventory sample`: how many items to draw. Needs no mission."""

from __future__ import annotations

from decimal import Decimal

import click

from fieldkit.cli.session import Session
from fieldkit.domain import sampling


def _probability(_: click.Context, __: click.Parameter, value: str) -> Decimal:
    return sampling.parse_probability(value)


@click.command()
@click.option("--population", type=int, required=True, metavar="N", help="Items on the list.")
@click.option(
    "--defects", type=int, required=True, metavar="D", help="Defective items that must not be missed."
)
@click.option(
    "--probability",
    required=True,
    metavar="P",
    callback=_probability,
    help="With which probability they are found: 0.95, or 95%.",
)
@click.option(
    "--accept", type=int, default=0, metavar="C", help="Defects in the sample still accepted; else none."
)
@click.pass_obj
def sample(session: Session, population: int, defects: int, probability: Decimal, accept: int) -> None:
    """The smallest sample that shows more than C of D defects among N items with probability P."""
    plan = sampling.plan(population, defects, probability, accept)
    found = f"{plan.detection} (asked for: {plan.probability:f})"
    lines = [
        f"Draw {plan.size} of {plan.population} items (exact, hypergeometric).",
        f"If {plan.defects} are defective, more than {plan.accept} are found with probability {found}.",
    ]
    if plan.approximation is None:
        lines.append("The IAEA approximation knows no acceptance number.")
    else:
        lines.append(f"The IAEA approximation, not used, gives {plan.approximation}.")
    session.emit(
        {
            "population": plan.population,
            "defects": plan.defects,
            "probability": f"{plan.probability:f}",
            "accept": plan.accept,
            "size": plan.size,
            "method": plan.method,
            "exact": plan.size,
            "approximation": plan.approximation,
            "detection": f"{plan.detection:f}",
        },
        lines,
    )
