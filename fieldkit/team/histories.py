"""The histories of a log that was written twice, told apart, so that whoever strikes its laptop off can say which of them
is its own: somebody with a copy of its disk, or with its key, may have written the other."""

from __future__ import annotations

import contextlib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from fieldkit.errors import UnreadableError
from fieldkit.vault.fold import EntryView
from fieldkit.vault.packing import read_packed
from fieldkit.vault.spans import Spans
from fieldkit.vault.vault import Vault

_Chain = Mapping[int, bytes]
"""The entries, by number, that lie in the spans which lead up to a root; only where more than one entry is known."""

_MOST_TEXT: Final = 30


class History(NamedTuple):
    """One history of a log: up to which number it is known, from which number on it differs from another, what was recorded
    first and last from there on, and what a striking-off names that lets only this one count."""

    log: str
    size: int
    differs: int
    first: EntryView | None
    last: EntryView | None
    names: tuple[bytes, ...]

    def __str__(self) -> str:
        ends = [self.first, *([self.last] if self.last != self.first else [])]
        told = [_told(one) for one in ends if one is not None]
        return f"entries {self.differs + 1} to {self.size}: {' … '.join(told) or 'of a newer version'}"


def _told(one: EntryView) -> str:
    """Which record, what was done to it, when, and the beginning of its text: the numbers of two histories are the same."""
    at = str(one.recorded.get("at", "?"))[:16].replace("T", " ")
    text = next((value for name in ("text", "name") if isinstance(value := one.values.get(name), str)), "")
    begins = f" “{text[:_MOST_TEXT]}{'…' if len(text) > _MOST_TEXT else ''}”" if text else ""
    return f"{one.number or one.kind} {'recorded' if one.act == 'add' else 'amended'} {at}{begins}"


def histories(vault: Vault, log: str, most: int) -> list[History]:
    """The histories of a log, each with at most so many names; none where only one is known."""
    places: dict[int, set[bytes]] = defaultdict(set)
    for leaf_hash, seq in vault.database.rows(
        "SELECT hash, seq FROM entries WHERE log = :log UNION SELECT hash, seq FROM branches WHERE log = :log",
        {"log": log},
    ):
        places[seq].add(bytes(leaf_hash))
    contested = {leaf_hash: seq for seq, hashes in places.items() if len(hashes) > 1 for leaf_hash in hashes}
    if not contested:
        return []
    spans = Spans(vault.database)
    roots = spans.roots_of(log)
    lying: dict[bytes, list[bytes]] = defaultdict(list)
    for leaf_hash, ends in roots.items():
        for root in ends:
            lying[root].append(leaf_hash)
    reaches = {root: spans.leading(log, {root}) for root in spans.known(log, most)}
    chains = {root: _chain(reach, contested, roots) for root, reach in reaches.items()}
    found = []
    for chain in _longest(chains.values()):
        reach = frozenset[bytes]().union(*(reaches[root] for root, one in chains.items() if one == chain))
        there = sorted(
            (seq, one) for seq, hashes in places.items() for one in hashes if roots.get(one, set()) & reach
        )
        # Not what came after a gap, and may lie in either: it is no part of what somebody looked at and chose.
        own = {leaf_hash for _, leaf_hash in there}
        outside = {root for root, hashes in lying.items() if not own.issuperset(hashes)}
        names = tuple(root for root, leading in reaches.items() if leading.isdisjoint(outside))
        since = [one for one in there if one[0] >= min(chain)]
        first, last = _first_said(vault, log, since), _first_said(vault, log, reversed(since))
        found.append(History(log, there[-1][0] + 1, min(chain), first, last, names))
    return sorted(found, key=lambda one: (one.differs, -one.size, one.names))


def _chain(
    reach: frozenset[bytes], contested: Mapping[bytes, int], roots: Mapping[bytes, set[bytes]]
) -> _Chain:
    return {seq: one for one, seq in contested.items() if roots.get(one, set()) & reach}


def _longest(chains: Iterable[_Chain]) -> list[_Chain]:
    """Those that are no part of another."""
    found: list[_Chain] = []
    for chain in sorted(chains, key=len, reverse=True):
        if chain and not any(chain.items() <= other.items() for other in found):
            found.append(chain)
    return found


def _first_said(vault: Vault, log: str, places: Iterable[tuple[int, bytes]]) -> EntryView | None:
    """The first of these entries that says more than what its laptop saw of others."""
    for seq, leaf_hash in places:
        ((body,),) = vault.database.rows(
            "SELECT body FROM entries WHERE hash = :hash UNION SELECT body FROM branches WHERE hash = :hash",
            {"hash": leaf_hash},
        )
        with contextlib.suppress(UnreadableError):  # of a newer version
            entry = EntryView.read(leaf_hash, log, seq, read_packed(bytes(body)))
            if entry.kind != "witness":
                return entry
    return None
