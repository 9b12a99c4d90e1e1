"""The inventory held against the counts, once for the report and for its table."""

from __future__ import annotations

from dataclasses import dataclass

from fieldkit.domain.inventory import Reconciliation, Totals
from fieldkit.domain.reconcile import reconcile
from fieldkit.errors import FieldkitError
from fieldkit.vault.reading import VaultReader
from fieldkit.vault.stocktaking import take_stock


@dataclass(frozen=True, slots=True)
class Held:
    """The reconciliation, the numbers of items and counts by id, and the `problem` where a count defies reading."""

    result: Reconciliation
    numbers: dict[str, str]
    problem: str = ""


def held(vault: VaultReader) -> Held:
    """Every count against every declared line."""
    try:
        stock = take_stock(vault)
        return Held(reconcile(stock.lines, stock.counts, stock.parents, stock.noted), stock.numbers)
    except (FieldkitError, ValueError, TypeError) as error:
        return Held(Reconciliation((), (), Totals()), {}, str(error))
