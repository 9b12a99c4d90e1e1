"""The evidence index: every record with the leaf hash of its last entry in each log, so that it can be found and proved.

Leaf hashes are those of RFC 6962 over the lines of `data/log/<log>/leaves.jsonl`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby, islice
from operator import itemgetter

from fieldkit.bundle.views.markup import Markup, Row, joined, own, table, tag
from fieldkit.bundle.views.source import Source
from fieldkit.vault.tables import known_kind

INDEX_FILE = "evidence-index.csv"
MOST_OF_A_KIND = 1000

_QUERY = (
    "SELECT r.kind, r.number, r.id, e.log, e.seq, e.hash FROM records r JOIN entries e ON e.record = r.id"
    " ORDER BY r.kind, r.letter, r.ordinal, r.id, e.log, e.seq"
)


@dataclass(frozen=True, slots=True)
class Cited:
    """A record: how many entries it has, and (log, seq, leaf hash in hex) of the last one in each log."""

    kind: str
    number: str
    id: str
    entries: int
    last: tuple[tuple[str, int, str], ...]


def cited(source: Source) -> Iterator[Cited]:
    """Every record, retracted ones too, in the order of kinds and numbers."""
    for (name, number, record_id), rows in groupby(
        source.vault.database.stream(_QUERY), key=itemgetter(0, 1, 2)
    ):
        last: dict[str, tuple[str, int, str]] = {}
        entries = 0
        for _, _, _, log, seq, leaf_hash in rows:
            last[log] = (log, seq, bytes(leaf_hash).hex())
            entries += 1
        yield Cited(name, number, record_id, entries, tuple(last.values()))


def index(source: Source) -> Iterator[Markup]:
    """The index as a table; of large kinds the first records."""
    yield tag(
        "p",
        f"Every record is in {INDEX_FILE}, beside this file, with log and line of its last entry; "
        f"here stand the first {MOST_OF_A_KIND:,} of each kind.",
    )
    for name, records in groupby(cited(source), key=lambda one: one.kind):
        known, rest = known_kind(name), iter(records)
        yield tag("h3", known.plural if known else own(name))
        yield from table(
            ("No.", "Id", "Leaf hash of its last entry"),
            map(_row, islice(rest, MOST_OF_A_KIND)),
            kind="index",
        )
        further = sum(1 for _ in rest)
        if further:
            yield tag("p", f"{further:,} more in {INDEX_FILE}.", class_="none")


def _row(one: Cited) -> Row:
    hashes = joined((tag("code", leaf) for _, _, leaf in one.last), "\n")
    return Row([tag("b", own(one.number)), tag("code", one.id), hashes])
