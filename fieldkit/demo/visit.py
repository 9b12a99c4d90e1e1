"""The day as it is being played: what has been recorded so far, and one call to record the next thing.

What happened carries the time of the story, typed; when it was recorded is the time of the playing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from fieldkit.domain.jsontypes import JSON, Doc
from fieldkit.domain.moments import as_json, moment
from fieldkit.vault.recording import Add
from fieldkit.vault.vault import Vault


@dataclass
class Visit:
    """The day as far as it has been played. Lists hold record ids in the order of the story."""

    vault: Vault
    say: Callable[[str], None]
    team: list[str] = field(default_factory=list)
    host: list[str] = field(default_factory=list)
    places: dict[str, str] = field(default_factory=dict)
    items: list[str] = field(default_factory=list)
    held: list[str] = field(default_factory=list)
    photos: list[str] = field(default_factory=list)

    def add(self, kind: str, when: datetime, author: int = 0, **values: JSON) -> str:
        """One record, occurred at `when`, written down by a member of the team (by place in the list)."""
        (recorded,) = self.vault.record(
            [Add(kind, {"occurred": typed(when), **values})], author=self.team[author]
        )
        return recorded.id

    def count(self, kind: str, **fields: JSON) -> int:
        """How many records of a kind stand in which fields have these values."""
        return sum(
            all(view.doc.get(name) == value for name, value in fields.items())
            for view in self.vault.list(kind)
        )


def typed(when: datetime) -> Doc:
    """A moment of the story, as a person types it."""
    return as_json(moment(when, "typed"))
