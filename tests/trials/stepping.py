"""Killing a process at one I/O step: steps are counted in the child, which ends by SIGKILL right before the nth.

A step is whatever changes a disk, or asks it to hold on to something: opening for writing, writing, syncing, renaming,
unlinking and making folders, the statements and commits of the database.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from fieldkit.vault import database

_CALLS = ("open", "write", "fsync", "replace", "rename", "unlink", "mkdir", "rmdir")
_WRITING = os.O_WRONLY | os.O_RDWR
_CHANGING = ("INSERT", "UPDATE", "DELETE", "REPLACE", "BEGIN", "COMMIT", "CREATE", "SAVEPOINT", "RELEASE")


class Steps:
    """Counts steps, and ends the process before the one that it was told (0: never)."""

    def __init__(self, deadly: int = 0) -> None:
        self.deadly = deadly
        self.taken: list[str] = []

    def take(self, kind: str) -> None:
        """One step."""
        self.taken.append(kind)
        if len(self.taken) == self.deadly:
            os.kill(os.getpid(), signal.SIGKILL)


class CountedConnection:
    """A connection of the store whose changing statements are steps; everything else is the connection's own."""

    def __init__(self, connection: Any, steps: Steps) -> None:
        self._connection, self._steps = connection, steps

    def execute(self, sql: str, *rest: Any) -> Any:
        """Run a statement, a step if it changes anything."""
        word = sql.lstrip()[:9].upper().split()[0] if sql.strip() else ""
        if word in _CHANGING:
            self._steps.take(word.lower() if word in ("BEGIN", "COMMIT") else "statement")
        return self._connection.execute(sql, *rest)

    def executemany(self, sql: str, rows: Any) -> Any:
        """Run a statement for each of several rows: a step before the first and one after each."""
        return self._connection.executemany(sql, self._each(rows))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    def _each(self, rows: Any) -> Iterator[Any]:
        for row in rows:
            self._steps.take("statement")
            yield row


@contextmanager
def counted(steps: Steps) -> Iterator[Steps]:
    """Count every I/O step of this process, in all its threads, while the block lasts."""
    kept: dict[str, Callable[..., Any]] = {name: getattr(os, name) for name in _CALLS}
    connect = database._connect

    def counting(name: str) -> Callable[..., Any]:
        def call(*args: Any, **options: Any) -> Any:
            flags = args[1] if name == "open" and len(args) > 1 else options.get("flags", _WRITING)
            if name != "open" or flags & _WRITING:
                steps.take(name)
            return kept[name](*args, **options)

        return call

    def connecting(*args: Any, **options: Any) -> Any:
        return CountedConnection(connect(*args, **options), steps)

    for name in _CALLS:
        setattr(os, name, counting(name))
    database._connect = connecting
    try:
        yield steps
    finally:
        for name, call in kept.items():
            setattr(os, name, call)
        database._connect = connect
