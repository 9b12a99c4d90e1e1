"""Entries that are kept and do not count: each with what it says, apart from everything that counts, and why it does not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from fieldkit.errors import UnreadableError
from fieldkit.vault.fold import EntryView
from fieldkit.vault.packing import read_packed
from fieldkit.vault.reading import VaultReader


@dataclass(frozen=True, slots=True)
class Quarantined:
    """An entry, the letter of its laptop, the number of the record that it is about, and why it does not count."""

    entry: EntryView
    letter: str
    number: str
    reason: str

    @property
    def hash(self) -> str:
        """Its leaf hash (hex)."""
        return self.entry.hash


def quarantined(reader: VaultReader, record: str = "") -> list[Quarantined]:
    """Every entry that does not count (about the record with exactly this id, if given), by log and number."""
    entries = list(_entries(reader, record))
    letters = {log.log: log.letter for log in reader.logs()} if entries else {}
    numbers = {entry.record: entry.number for entry, _ in entries if entry.number}
    found = []
    for entry, reason in entries:
        view = reader.peek(entry.record)
        number = view.number if view else numbers.get(entry.record, "")
        found.append(Quarantined(entry, letters.get(entry.log, ""), number, reason))
    return found


def quarantined_of(reader: VaultReader, ref: str) -> list[Quarantined]:
    """Those about the record that an id, the beginning of one (8 characters or more) or a human number names."""
    wanted = ref.strip().lower()
    return [
        one
        for one in quarantined(reader)
        if one.number.lower() == wanted or (len(wanted) >= 8 and one.entry.record.startswith(wanted))
    ]


def _entries(reader: VaultReader, record: str) -> Iterator[tuple[EntryView, str]]:
    for table in ("entries", "branches"):
        for leaf, log, seq, body, reason in reader._rows(
            "SELECT t.hash, log, seq, coalesce(s.opened, t.body), reason FROM quarantine q"
            f" JOIN {table} t ON t.hash = q.hash LEFT JOIN sealed s ON s.hash = t.hash"
            f" {'WHERE t.record = ?' if record else ''} ORDER BY log, seq",
            *((record,) if record else ()),
        ):
            try:
                fields = read_packed(bytes(body))
            except UnreadableError:  # of a newer version
                fields = {}
            yield EntryView.read(leaf, log, seq, fields), reason
