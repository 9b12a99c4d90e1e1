"""What the header of every screen says of the mission that is open, and who is at the keyboard."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from fieldkit.domain.marks import scheme_of
from fieldkit.vault.own_log import Notice
from fieldkit.vault.vault import Vault


@dataclass(frozen=True, slots=True)
class Opened:
    """The mission's folder, title, regime and mark; the person and the laptop; what opening had to tell.

    `marks` are the handling marks to choose from, lowest first.
    """

    folder: Path
    mission: str
    title: str
    regime: str
    mark: str
    marks: tuple[str, ...]
    person: str
    name: str
    letter: str
    notices: tuple[Notice, ...]


def look_at(vault: Vault, person: str) -> Opened:
    """What `vault` says of itself, with `person` (a record id) at the keyboard."""
    mission = vault.get(vault.mission_id)
    return Opened(
        folder=vault.folder,
        mission=mission.id,
        title=str(mission.doc.get("title", "")),
        regime=str(mission.doc.get("regime", "")),
        mark=mission.mark,
        marks=scheme_of(mission.doc).marks,
        person=person,
        name=str(vault.get(person).doc.get("name", "")),
        letter=vault.letter,
        notices=tuple(vault.notices),
    )
