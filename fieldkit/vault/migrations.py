"""Bringing the tables of store.db up to this version: numbered, named steps, each in a transaction of its own.

The idea of a table of applied steps is that of sqlite-utils' migrations; numbers are added so that a store
of a newer fieldkit is known as such, and left alone byte for byte.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fieldkit.errors import NewerFormatError, UnreadableError
from fieldkit.vault.database import Reader

if TYPE_CHECKING:
    from sqlite_utils import Database as Tables

    from fieldkit.vault.database import Database


@dataclass(frozen=True, slots=True)
class Migration:
    """One step: `number` counts from 1 without gaps, `name` says what it adds, `function` does it."""

    number: int
    name: str
    function: Callable[[Tables], None]


def applied(store: Reader) -> dict[int, str]:
    """Number and name of every step that the store has seen, in order. Writes nothing."""
    if store.value("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = '_migrations'") is None:
        return {}
    return dict(store.rows("SELECT number, name FROM _migrations ORDER BY number"))


def migrate(store: Database, migrations: Sequence[Migration]) -> list[Migration]:
    """Apply what is missing; gives back the steps applied.

    Each step and the note of it are one transaction: a step that raises leaves the store as it was before that
    step. Raises `NewerFormatError`, with nothing changed, when the store has seen steps unknown here, and
    `UnreadableError` when it has seen others than these.
    """
    if [step.number for step in migrations] != list(range(1, len(migrations) + 1)):
        raise ValueError("migrations are numbered from 1 without gaps")
    if len(pending(store, migrations)) == 0:
        return []
    done: list[Migration] = []
    for step in migrations:
        with store.write() as tables:
            if step not in pending(store, migrations):
                continue
            tables.execute(
                "CREATE TABLE IF NOT EXISTS _migrations (number INTEGER PRIMARY KEY, name TEXT NOT NULL)"
            )
            step.function(tables)
            tables.execute("INSERT INTO _migrations VALUES (?, ?)", (step.number, step.name))
            done.append(step)
    return done


def pending(store: Reader, migrations: Sequence[Migration]) -> list[Migration]:
    """The steps that the store has not seen. Writes nothing; raises as `migrate`."""
    seen = applied(store)
    if max(seen, default=0) > len(migrations):
        raise NewerFormatError(
            f"the store has seen step {max(seen)} ({seen[max(seen)]}); this fieldkit knows {len(migrations)}",
            where=str(store.path),
            remedy="Open it with a newer fieldkit; nothing was changed.",
        )
    known = {step.number: step.name for step in migrations[: len(seen)]}
    if seen != known:
        raise UnreadableError(
            "the store was built by other steps than this fieldkit's",
            where=str(store.path),
            remedy="Open it with the fieldkit that made it.",
        )
    return list(migrations[len(seen) :])
