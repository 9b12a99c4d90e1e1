"""Sampling plans for a mission's own lists, part by part, and their records."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fieldkit.capture.draw_lists import pieces, strata, stratum_of
from fieldkit.domain.jsontypes import Doc
from fieldkit.domain.sampling import SamplingPlan
from fieldkit.errors import UsageError
from fieldkit.vault.reading import VaultReader
from fieldkit.vault.recording import Add, Recorded
from fieldkit.vault.vault import Vault


@dataclass(frozen=True, slots=True)
class Stratum:
    """A part of what is inspected: its name (`FIELD=VALUE` for a part of a declaration) and the pieces in it."""

    name: str
    population: int


def parts_of(vault: VaultReader, declaration: str, chosen: Sequence[str], by: str = "") -> list[Stratum]:
    """A declaration (number or id) as one stratum, the part of it that `chosen` words name, or divided by a field."""
    view = vault.get(declaration)
    if view.kind != "declaration":
        raise UsageError(f"{view.number} is of kind {view.kind}, not a declaration", where="--declaration")
    if by:
        return [Stratum(name, size) for name, size in strata(vault, view.id, by).items()]
    name = stratum_of(chosen)
    return [Stratum(name, len(pieces(vault, view.id, name)))]


def record_plans(
    vault: Vault,
    plans: Sequence[tuple[Stratum, SamplingPlan]],
    *,
    declaration: str = "",
    author: str | None = None,
) -> Sequence[Recorded]:
    """Record one `plan` a stratum, all together."""
    source = vault.get(declaration).id if declaration else ""
    changes = []
    for stratum, plan in plans:
        values: Doc = {
            "population": plan.population,
            "size": plan.size,
            "defects": plan.defects,
            "probability": f"{plan.probability:f}",
            "detection": f"{plan.detection:f}",
            "accept": plan.accept,
            "method": plan.method,
        }
        values |= {"approximation": plan.approximation} if plan.approximation is not None else {}
        values |= {"stratum": stratum.name} if stratum.name else {}
        values |= {"declaration": source} if source else {}
        changes.append(Add("plan", values))
    return vault.record(changes, author=author)
