"""What is known to exist and has not arrived: entries of other logs, and values that entries here take the place of.

A gap in a log is told by entries beyond it, or by a head that another laptop saw and witnessed, signed by the log's own
key. Of a log that was written twice, what either history holds is here. A record has a gap where an entry about it supersedes one that is not here. Whoever holds a depot can keep objects
back; he cannot keep that secret.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from fieldkit.errors import FieldkitError, UnreadableError
from fieldkit.journal.checkpoint import open_checkpoint
from fieldkit.vault.fold import EntryView
from fieldkit.vault.packing import read_packed
from fieldkit.vault.vault import Vault


class Gap(NamedTuple):
    """Entries `first` to `last` (numbers from 0, both missing) of a log; `sealed`: they came, under a key that was not
    given to this laptop."""

    log: str
    letter: str
    first: int
    last: int
    sealed: bool

    def __str__(self) -> str:
        what = (
            f"entry {self.first + 1}"
            if self.first == self.last
            else f"entries {self.first + 1} to {self.last + 1}"
        )
        state = "came under a key that this laptop was not given" if self.sealed else "not arrived"
        return f"{what} of laptop {self.letter or self.log}: {state}"


def gaps(vault: Vault) -> list[Gap]:
    """Every gap in a log, by log and number. Before the first sync nothing is expected, so nothing is missing."""
    rows = vault.database.rows
    if not rows("SELECT 1 FROM segments WHERE folded AND NOT cut UNION SELECT 1 FROM locked LIMIT 1"):
        return []
    found = []
    seen = _witnessed(vault)
    for log, letter, key, origin, size in rows(
        "SELECT log, letter, public_key, origin, size FROM logs ORDER BY log"
    ):
        beyond = [
            row[0]
            for row in rows(
                "SELECT seq FROM entries WHERE log = :log AND seq >= :size UNION"
                " SELECT seq FROM branches WHERE log = :log AND seq >= :size ORDER BY seq",
                {"log": log, "size": size},
            )
        ]
        heads = [
            head
            for head, note in seen.get(log, ())
            if head > size and is_signed_head(note, bytes(key), origin, head)
        ]
        stop = max([size, *(one + 1 for one in beyond[-1:]), *heads])
        sealed = rows("SELECT first, last FROM locked WHERE log = ? ORDER BY first", (log,))
        for first, last in _missing(beyond, size, stop):
            found += [Gap(log, letter, *one) for one in _parted(first, last, sealed)]
    return found


def awaited(vault: Vault, record: str = "") -> dict[str, tuple[str, ...]]:
    """Records (or only this one) in which an entry takes the place of one that is not here: the fields, by record id."""
    found: dict[str, set[str]] = {}
    for one, field in vault.database.rows(
        "SELECT record, field FROM awaited WHERE superseded_by NOT IN (SELECT hash FROM quarantine)"
        " AND (record = ? OR ? = '')",
        (record, record),
    ):
        found.setdefault(one, set()).add(field)
    return {one: tuple(sorted(fields)) for one, fields in sorted(found.items())}


def only_sealed(found: Sequence[Gap]) -> bool:
    """Whether there are gaps, and keys that were not given account for all of them: then what records wait for lies there."""
    return bool(found) and all(gap.sealed for gap in found)


def _witnessed(vault: Vault) -> dict[str, list[tuple[int, str]]]:
    """Size and signed note of every head that a laptop says it saw, by log. Such an entry proves itself: one that does not
    count, because its laptop's admission is what is kept back, betrays that all the same."""
    rows = vault.database.rows
    found: dict[str, list[tuple[int, str]]] = {}
    docs = [view.doc for view in vault.list("witness")]
    for table in ("entries", "branches"):
        for (body,) in rows(f"SELECT body FROM {table} WHERE hash IN (SELECT hash FROM quarantine)"):
            with contextlib.suppress(UnreadableError):  # of a newer version
                entry = EntryView.read(b"", "", 0, read_packed(bytes(body)))
                docs += [entry.values] * (entry.kind == "witness")
    for doc in docs:
        match doc:
            case {"log": str(log), "size": int(size), "checkpoint": str(note)}:
                found.setdefault(log, []).append((size, note))
    return found


def is_signed_head(note: str, key: bytes, origin: str, size: int) -> bool:
    """Whether this is a signed note over the head of exactly this size, by the log's own key."""
    try:
        return open_checkpoint(f"{note}\n".encode(), key, origin=origin).size == size
    except FieldkitError:
        return False


def _missing(held: list[int], start: int, stop: int) -> Iterator[tuple[int, int]]:
    """First and last of each stretch within start..stop that is not held."""
    at = start
    for one in [*held, stop]:
        if one > at:
            yield at, one - 1
        at = one + 1


def _parted(first: int, last: int, sealed: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int, bool]]:
    """A stretch, parted where what is sealed (first and last of each, in order) begins and ends."""
    at = first
    for begins, ends in sealed:
        if ends < at or begins > last:
            continue
        if begins > at:
            yield at, begins - 1, False
        yield max(at, begins), min(ends, last), True
        at = ends + 1
    if at <= last:
        yield at, last, False
