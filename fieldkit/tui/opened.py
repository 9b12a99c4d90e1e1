"""What the header of every screen says of the mission that is open, and who is at the keyboard."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from fieldkit.domain.marks import scheme_of
from fieldkit.domain.moments import Moment, local
from fieldkit.vault import faults, recovery_words
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
        regime=str(mission.doc.get("regime", "")).replace("_", " "),
        mark=mission.mark,
        marks=scheme_of(mission.doc).marks,
        person=person,
        name=str(vault.get(person).doc.get("name", "")),
        letter=vault.letter,
        notices=(*_fault(vault), *_words(vault), *vault.notices),
    )


def _fault(vault: Vault) -> Iterator[Notice]:
    """That the program failed the last time, once."""
    fault = faults.take_untold(vault)
    if fault is not None:
        when = local(Moment(at=fault.at, offset="+00:00"))
        yield Notice(
            "fault",
            f"fieldkit ended by a fault of its own at {when:%H:%M} ({fault.line}); what was typed is kept",
            "Ctrl+P, 'faults' shows the report to pass on.",
        )


def _words(vault: Vault) -> Iterator[Notice]:
    """That recovery words were shown and may stand on no paper."""
    if recovery_words.are_unwritten(vault):
        yield Notice(
            "recovery words",
            "The recovery words of this vault were shown once, and nobody said that they are written down",
            "'fieldkit vault recovery' makes new ones.",
        )
