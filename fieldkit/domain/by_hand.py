"""What people record themselves, and what fieldkit records of itself: files, intakes, logs, members, heads that were seen.

Asked wherever people choose what to record, before anything is recorded. Commands that make such records do not ask.
"""

from __future__ import annotations

from typing import Final

from fieldkit.domain.acts import Act
from fieldkit.domain.kinds import Kind
from fieldkit.domain.kinds import kind as kind_named
from fieldkit.errors import RefusedError

_OTHERWISE: Final = {
    "mission": "There is one in every vault: correct it with 'fieldkit amend', or make another with 'fieldkit new'.",
    "media": "Keep a file with 'fieldkit attach FILE --to ID'.",
    "intake": "Take files in with 'fieldkit photos ingest PATH'.",
    "member": "Laptops are admitted with 'fieldkit members admit'; people of the team are records of kind person.",
    "compartment": "Make one, and say who reads it, with 'fieldkit members compartment'.",
    "differing": "Leave a difference standing with 'fieldkit differences ID --both'.",
    "log": "A laptop begins its log itself.",
    "witness": "Heads are recorded when journals are merged.",
}
"""Kinds that nobody adds by hand, and what to do instead."""

_CORRECTED: Final = frozenset({"mission", "media"})
"""Those of them that people may amend and retract, as far as the rules of the field let them."""


def check_by_hand(name: str, act: Act) -> Kind:
    """The kind, if people may do this to a record of it; RefusedError with what to do instead, UsageError if unknown."""
    found = kind_named(name)
    if name in _OTHERWISE and (act == "add" or name not in _CORRECTED):
        done = {"add": "recorded", "amend": "amended", "retract": "retracted"}[act]
        raise RefusedError(
            f"a record of kind {name} is made by fieldkit, and not {done} by hand", remedy=_OTHERWISE[name]
        )
    return found


def is_made_by_hand(name: str) -> bool:
    """Whether people add records of this kind themselves."""
    return name not in _OTHERWISE
