"""What is known of the tree of each log: spans of entries that came together, each between two roots of it.

A verified segment tells the root before its first entry and the root after its last. So spans hang together like the
links of a chain, even where earlier ones are missing, and whoever names a root names all that leads up to it: nothing
that is written later, with whatever number, can come to lie there.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from typing import Final, NamedTuple

from fieldkit.journal.merkle import Frontier
from fieldkit.vault.database import Reader

NO_ROOT: Final = b""
"""The root before the first entry of a log."""
UNSENT: Final = b"unsent"
"""Takes the place of a root for an entry of this laptop that no segment holds yet: nobody else knows it."""

_OWN: Final = "EXISTS (SELECT 1 FROM secrets WHERE name = 'device/' || e.log)"


def root_before(frontier: Frontier) -> bytes:
    """The root of the tree that ends in this edge; `NO_ROOT` where it is empty."""
    return frontier.root() if frontier.size else NO_ROOT


class Span(NamedTuple):
    """Entries `first` up to `stop` (excluded), the roots before the first and after the last, 32 bytes each."""

    first: int
    before: bytes
    stop: int
    root: bytes


class Spans:
    """Reads and writes them, inside the caller's transaction."""

    def __init__(self, store: Reader) -> None:
        self._store = store

    def add(self, log: str, span: Span) -> int:
        """Keep a span; its number."""
        self._store.execute(
            "INSERT OR IGNORE INTO spans (log, first, before, stop, root) VALUES (?,?,?,?,?)", (log, *span)
        )
        return int(
            self._store.value(
                "SELECT n FROM spans WHERE log = ? AND stop = ? AND root = ? AND first = ? AND before = ?",
                (log, span.stop, span.root, span.first, span.before),
            )
        )

    def lie_within(self, number: int, hashes: Iterable[bytes]) -> None:
        """Note that entries that were here before lie in this span, too."""
        self._store.connection.executemany(
            "INSERT OR IGNORE INTO spanned (hash, span) VALUES (?,?)", [(one, number) for one in hashes]
        )

    def sizes(self) -> dict[str, int]:
        """Up to which entry anything is known of each log, whatever is missing before it."""
        rows = self._store.rows(
            "SELECT log, max(size, coalesce((SELECT max(seq) + 1 FROM entries e WHERE e.log = l.log), 0),"
            " coalesce((SELECT max(seq) + 1 FROM branches b WHERE b.log = l.log), 0)) FROM logs l"
        )
        return dict(rows)

    def known(self, log: str, most: int) -> list[bytes]:
        """Roots of a log's tree, at most so many: first those from which no span goes on (one of each history, and one
        before each gap), the furthest first; then those that lead up to them, so that a laptop which lacks some of what
        lies between knows the rest all the same."""
        rows = self._store.rows(
            "SELECT root FROM spans s WHERE log = ? GROUP BY root ORDER BY EXISTS (SELECT 1 FROM spans o"
            " WHERE o.log = s.log AND o.before = s.root), max(stop) DESC, root LIMIT ?",
            (log, most),
        )
        return [bytes(root) for (root,) in rows]

    def reach(self, log: str, tips: Collection[bytes]) -> frozenset[bytes]:
        """These roots, and every one that leads up to them, as far as the chain is here; and the leaf hashes of entries that
        lie before one of them in the middle of a span, where somebody went on from there in another way."""
        found = self.leading(log, tips)
        return found | self._before(log, tips, found)

    def leading(self, log: str, tips: Collection[bytes]) -> frozenset[bytes]:
        """These roots, and every one that leads up to them."""
        leading = defaultdict(set)
        for before, root in self._store.rows("SELECT before, root FROM spans WHERE log = ?", (log,)):
            leading[bytes(root)].add(bytes(before))
        found: set[bytes] = set()
        open_ = set(tips)
        while open_:
            root = open_.pop()
            found.add(root)
            open_ |= leading[root] - found - {NO_ROOT}
        return frozenset(found)

    def _before(self, log: str, tips: Collection[bytes], found: Collection[bytes]) -> frozenset[bytes]:
        size = self._store.value("SELECT size FROM logs WHERE log = ?", (log,)) or 0
        apart = [
            first
            for first, stop, root in self._store.rows(
                "SELECT first, stop, root FROM spans WHERE log = ?", (log,)
            )
            if first < size and stop - first > 1 and bytes(root) not in found
        ]
        if not apart:
            return frozenset()
        frontier, hashes, last = Frontier(), [], 0
        for (leaf_hash,) in self._store.stream(
            "SELECT hash FROM entries WHERE log = ? AND seq < ? ORDER BY seq", (log, size)
        ):
            frontier.append(leaf_hash)
            hashes.append(bytes(leaf_hash))
            if len(hashes) > min(apart) and frontier.root() in tips:
                last = len(hashes)
        return frozenset(hashes[min(apart) : last])

    def roots(self, leaf_hash: bytes) -> frozenset[bytes]:
        """The roots at the ends of the spans in which an entry lies; none where it came without its segment."""
        which = {"hash": leaf_hash}
        rows = self._store.rows(
            "SELECT root FROM spans WHERE n IN (SELECT span FROM entries WHERE hash = :hash UNION ALL"
            " SELECT span FROM branches WHERE hash = :hash UNION ALL SELECT span FROM spanned WHERE hash = :hash)",
            which,
        )
        if not rows and self._store.rows(f"SELECT 1 FROM entries e WHERE hash = :hash AND {_OWN}", which):
            return frozenset({UNSENT})
        return frozenset(bytes(root) for (root,) in rows)

    def roots_of(self, log: str) -> dict[bytes, set[bytes]]:
        """The same of every entry of a log, by its leaf hash."""
        found: dict[bytes, set[bytes]] = defaultdict(set)
        for leaf_hash, root in self._store.rows(
            "SELECT e.hash, s.root FROM entries e JOIN spans s ON s.n = e.span WHERE e.log = :log UNION ALL"
            " SELECT b.hash, s.root FROM branches b JOIN spans s ON s.n = b.span WHERE b.log = :log UNION ALL"
            " SELECT d.hash, s.root FROM spanned d JOIN spans s ON s.n = d.span WHERE s.log = :log",
            {"log": log},
        ):
            found[bytes(leaf_hash)].add(bytes(root))
        for (leaf_hash,) in self._store.rows(f"SELECT hash FROM entries e WHERE log = ? AND {_OWN}", (log,)):
            if leaf_hash not in found:
                found[bytes(leaf_hash)].add(UNSENT)
        return found
