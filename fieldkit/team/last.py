"""Where and when this laptop synced last: kept for itself, so that the next sync is one key and the visit can say how old it is."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final, NamedTuple

import msgspec

from fieldkit.domain.moments import Moment, as_json, moment
from fieldkit.vault.reading import VaultReader
from fieldkit.vault.vault import Vault

_NAME: Final = "last sync"


class LastSync(NamedTuple):
    """The depot, as people know it, and when the sync with it ended."""

    place: str
    when: Moment


def remember_sync(vault: Vault, place: str) -> None:
    """A sync with this depot has just ended."""
    now = as_json(moment(datetime.now(UTC).astimezone()))
    vault.save_draft(_NAME, {"place": place, "when": now})


def last_sync(reader: VaultReader) -> LastSync | None:
    """The last one; None where there was none."""
    doc = reader.drafts().get(_NAME)
    return LastSync(str(doc["place"]), msgspec.convert(doc["when"], Moment)) if doc else None
