"""The procedures that a mission is bound to and the events that happened in it, gathered from the vault.

An event is told by a record of its own (`event`), or by what another record tells anyway: an access that began, a comment
of the host. Retracted records are left out.
"""

from __future__ import annotations

from collections.abc import Iterator

from fieldkit.domain.deadlines import Event, EventKind, Regime, load_regime, regime
from fieldkit.domain.jsontypes import JSON
from fieldkit.domain.moments import Moment, local
from fieldkit.errors import UsageError
from fieldkit.vault.legislation import carried_file, read_text
from fieldkit.vault.vault import Vault

FIELD = "procedures"


def procedures(vault: Vault) -> Regime:
    """The mission's own procedures, else those of its regime. Raises `UsageError` for a regime that is not known."""
    carried = carried_file(vault, FIELD)
    if carried:
        return load_regime(read_text(*carried), carried[1])
    return regime(str(vault.get(vault.mission_id).doc.get("regime", "")))


def events(vault: Vault, bound: Regime) -> list[Event]:
    """Everything that happened of what the procedures know, in no order."""
    kinds = {kind.name: kind for kind in bound.event}
    found = [event for kind in bound.event for event in _told(vault, kind)]
    for view in vault.list("event"):
        name, when = str(view.doc.get("event")), _moment(view.doc.get("occurred"))
        if name in kinds and when is not None:
            found.append(Event(name, local(when), str(view.doc.get("subject") or ""), view.number))
    return found


def _told(vault: Vault, kind: EventKind) -> Iterator[Event]:
    for occasion in kind.told_by:
        for view in vault.list(occasion.kind):
            when = _moment(view.doc.get(occasion.at))
            if when is not None and all(
                view.doc.get(name) == value for name, value in occasion.where.items()
            ):
                yield Event(kind.name, local(when), "", view.number)


def _moment(value: JSON) -> Moment | None:
    """A moment of a record; None where there is none, or what arrived is none."""
    if not isinstance(value, dict):
        return None
    moment = Moment(at=str(value.get("at")), offset=str(value.get("offset")))
    try:
        local(moment)
    except (UsageError, ValueError, IndexError, OverflowError):
        return None
    return moment
