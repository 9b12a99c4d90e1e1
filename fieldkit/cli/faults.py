"""Reports of faults of the program that a vault keeps: `faults`."""

from __future__ import annotations

from dataclasses import asdict

import click

from fieldkit.cli.session import Session
from fieldkit.errors import UsageError
from fieldkit.vault import faults as kept_faults


@click.command()
@click.argument("number", required=False, type=click.IntRange(min=1))
@click.option("--forget", is_flag=True, help="Drop every report.")
@click.pass_obj
def faults(session: Session, number: int | None, forget: bool) -> None:
    """List the reports of faults of fieldkit itself that the vault keeps, or print the one with NUMBER to pass it on.

    A report holds the type of the fault, its places in the program and versions: nothing that was recorded, typed or named.
    """
    vault = session.vault()
    found = kept_faults.kept(vault)
    if number is not None:
        if number > len(found):
            raise UsageError(f"there is no report {number}", remedy="'fieldkit faults' lists them.")
        fault = found[number - 1]
        session.emit(asdict(fault), [f"{fault.at}  {fault.line}", *fault.report])
    else:
        lines = [f"{place:>3}  {fault.at}  {fault.line}" for place, fault in enumerate(found, start=1)]
        session.emit([asdict(fault) for fault in found], lines or ["No fault is on record here."])
    if forget:
        kept_faults.forget(vault)
