"""What a mission begins with: its own record, the person who leads it, others of the team, this laptop's letter and name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fieldkit.domain.decode import normalise
from fieldkit.domain.jsontypes import JSON, Doc


@dataclass(frozen=True, slots=True)
class Founding:
    """Values of records as they will be recorded."""

    mission: Doc
    person: Doc
    team: tuple[Doc, ...]
    letter: str
    device: str


def founding(
    *,
    title: str,
    author: str,
    regime: str = "mtcr",
    mission: Mapping[str, JSON] | None = None,
    person: Mapping[str, JSON] | None = None,
    team: Sequence[str] = (),
    letter: str = "A",
    device: str = "laptop A",
) -> Founding:
    """The values as the domain takes them; `mission` and `person` give further fields. Raises `UsageError`."""
    return Founding(
        normalise("mission", {"regime": regime, **(mission or {}), "title": title}),
        normalise("person", {"party": "team", "role": "lead", **(person or {}), "name": author}),
        tuple(normalise("person", {"name": name, "party": "team"}) for name in team),
        letter,
        device,
    )
