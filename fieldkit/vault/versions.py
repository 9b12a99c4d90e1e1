"""What ever stood in a record, field by field: every value, who wrote it, whether it stands, what took its place.

Also what is not there to be told: entries that others name and that have not arrived, and entries that are kept apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from fieldkit.domain.jsontypes import JSON
from fieldkit.vault.fold import EntryView
from fieldkit.vault.quarantine import Quarantined, quarantined
from fieldkit.vault.reading import VaultReader
from fieldkit.vault.tables import set_fields

State = Literal["stands", "replaced", "added", "removed"]
"""`added` and `removed` are what an entry did to members of a set."""


@dataclass(frozen=True, slots=True)
class Version:
    """A value as one entry wrote it; `ended` are the entries that took its place. Of a set, the members concerned."""

    value: JSON
    entry: EntryView
    state: State
    ended: tuple[EntryView, ...] = ()


@dataclass(frozen=True, slots=True)
class History:
    """Everything about a record: its entries in the order of arrival, by field every value that ever stood (oldest
    first), the leaf hashes (hex) that are named and have not arrived, the entries that are kept apart."""

    entries: Sequence[EntryView]
    fields: dict[str, list[Version]]
    missing: tuple[str, ...]
    apart: tuple[Quarantined, ...]


def history(reader: VaultReader, record: str) -> History:
    """The history of the record with exactly this id."""
    entries = reader.entries_of(record)
    here = {entry.hash for entry in entries}
    apart = tuple(quarantined(reader, record))
    here |= {one.entry.hash for one in apart}
    named = {
        leaf for entry in entries for leaves in (entry.parents, *entry.supersedes.values()) for leaf in leaves
    }
    missing = tuple(sorted(leaf for leaf in named - here if not reader.holds(leaf)))
    return History(entries, _fields(entries), missing, apart)


def _fields(entries: Sequence[EntryView]) -> dict[str, list[Version]]:
    sets = set_fields(entries[0].kind) if entries else frozenset()
    found: dict[str, list[Version]] = {}
    for entry in entries:
        for name, value in entry.values.items():
            base = name.rstrip("+-")
            if base in sets or base != name:
                state: State = "removed" if name.endswith("-") else "added"
                found.setdefault(base, []).append(Version(value, entry, state))
            else:
                ended = tuple(other for other in entries if entry.hash in other.supersedes.get(name, ()))
                found.setdefault(name, []).append(
                    Version(value, entry, "replaced" if ended else "stands", ended)
                )
    return found
