"""Declared against counted, for a whole mission: what `vault.stocktaking` gathers, held against each other."""

from __future__ import annotations

from dataclasses import dataclass

from fieldkit.domain.inventory import Reconciliation
from fieldkit.domain.reconcile import reconcile
from fieldkit.vault.reading import VaultReader
from fieldkit.vault.stocktaking import take_stock


@dataclass(frozen=True, slots=True)
class Reconciled:
    """What reconciling gave, and the human numbers of the items and counts in it, by id."""

    result: Reconciliation
    numbers: dict[str, str]


def reconcile_inventory(vault: VaultReader, declaration: str | None = None) -> Reconciled:
    """Hold every count against every declared line, or against the lines of one declaration (id or number)."""
    stock = take_stock(vault, declaration)
    return Reconciled(reconcile(stock.lines, stock.counts, stock.parents, stock.noted), stock.numbers)
