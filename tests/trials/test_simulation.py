"""Plays of the team under faults in every run; and broken versions of the code, each of which the plays must notice."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest

from fieldkit.errors import FieldkitError
from fieldkit.team import cutting, syncing
from fieldkit.team.depot import Contents
from fieldkit.team.names import LOG
from fieldkit.team.syncing import Sync
from fieldkit.vault import tables
from fieldkit.vault.exchange import Exchange
from fieldkit.vault.fold import EntryView, Folded
from fieldkit.vault.merging import Merge, Stretch
from fieldkit.vault.reading import VaultReader
from fieldkit.vault.vault import Vault
from tests.trials import simulation
from tests.trials.simulation import quick_folder, run

PLAYS, AT_ONCE = 300, 10
_ENOUGH = 12


@pytest.fixture
def place() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="fieldkit-team-", dir=quick_folder()) as folder:
        yield Path(folder)


@pytest.mark.parametrize("seed", range(0, PLAYS, AT_ONCE))
def test_a_team_under_faults_loses_nothing_and_agrees(place: Path, seed: int) -> None:
    done = run(place, seed, AT_ONCE)
    assert done["new"] + done["amend"] > AT_ONCE


def never_folds(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Sync, "_opened", lambda *_: iter(()))


def the_last_entry_wins(patch: pytest.MonkeyPatch) -> None:
    kept = VaultReader.entries_of
    patch.setattr(VaultReader, "entries_of", lambda self, record: kept(self, record)[-1:])


def a_difference_is_settled_by_a_clock(patch: pytest.MonkeyPatch) -> None:
    kept = tables.fold

    def latest(entries: Iterable[EntryView], sets: frozenset[str]) -> Folded:
        folded = kept(entries, sets)
        when = {entry.hash: str(entry.recorded.get("at")) for entry in entries}
        for standing in folded.fields.values():
            if standing.values:
                last = max(standing.values, key=lambda leaf: when[leaf])
                standing.values = {last: standing.values[last]}
        return folded

    patch.setattr(tables, "fold", latest)


def what_nobody_saw_is_replaced(patch: pytest.MonkeyPatch) -> None:
    """Judging by what came before in some order, instead of by what the author names."""
    kept = tables.fold

    def before(entries: Iterable[EntryView], sets: frozenset[str]) -> Folded:
        held = sorted(entries, key=lambda entry: str(entry.recorded.get("at")))
        earlier: list[str] = []
        seen = []
        for entry in held:
            supersedes = dict.fromkeys(entry.supersedes, tuple(earlier))
            seen.append(msgspec.structs.replace(entry, supersedes=supersedes))
            earlier.append(entry.hash)
        return kept(seen, sets)

    patch.setattr(tables, "fold", before)


def what_follows_a_gap_waits(patch: pytest.MonkeyPatch) -> None:
    kept = Merge.take

    def take(self: Merge, stretch: Stretch) -> None:
        there = self._store.value("SELECT max(seq) + 1 FROM entries WHERE log = ?", (stretch.log,)) or 0
        if stretch.first <= there:
            kept(self, stretch)

    patch.setattr(Merge, "take", take)


def numbers_are_compared_not_names(patch: pytest.MonkeyPatch) -> None:
    """A vector of counters: what goes no further than what is known of a log is not fetched."""
    kept = Sync._fetch_segments

    def fetch(self: Sync, there: Contents) -> None:
        sizes = {log.log: log.size for log in self._vault.logs()}
        some = {
            name: n
            for name, n in there.objects.items()
            if name.kind != LOG or name.last >= sizes.get(name.log, 0)
        }
        kept(self, Contents(some, there.strange))

    patch.setattr(Sync, "_fetch_segments", fetch)


def the_second_branch_of_a_log_is_dropped(patch: pytest.MonkeyPatch) -> None:
    kept = Merge._store_entry

    def store(self: Merge, table: str, one: Any) -> None:
        if table == "entries":
            kept(self, table, one)

    patch.setattr(Merge, "_store_entry", store)


def a_forked_log_is_cut_only_past_the_other_branch(patch: pytest.MonkeyPatch) -> None:
    def cut(self: Exchange, log: str) -> int:
        return self._store.value("SELECT max(last) + 1 FROM segments WHERE log = ?", (log,)) or 0

    patch.setattr(Exchange, "_cut", cut)


def torn_objects_are_taken_for_whole(patch: pytest.MonkeyPatch) -> None:
    kept = Sync._send

    def send(self: Sync, there: Contents) -> None:
        sizes = {held.hash: held.size for held in self._exchange.segments()}
        whole = {name: sizes.get(name.hash, size) for name, size in there.objects.items()}
        kept(self, Contents(whole, there.strange))

    patch.setattr(Sync, "_send", send)


def what_was_sent_once_is_not_sent_again(patch: pytest.MonkeyPatch) -> None:
    sent: set[tuple[str, str]] = set()
    kept = syncing.Depot.write

    def write(self: syncing.Depot, name: Any, data: bytes) -> None:
        if name.kind != LOG or (self.where, str(name)) not in sent:
            kept(self, name, data)
        sent.add((self.where, str(name)))

    patch.setattr(syncing.Depot, "write", write)


def only_the_first_that_arrives_is_folded(patch: pytest.MonkeyPatch) -> None:
    kept = Vault.merge

    def merge(self: Vault, stretches: Iterable[tuple[str, Stretch]]) -> Any:
        some = list(stretches)
        with self.database.write():
            for segment, _ in some[1:]:
                self.database.execute("UPDATE segments SET folded = 1 WHERE name = ?", (segment,))
        return kept(self, some[:1])

    patch.setattr(Vault, "merge", merge)


def the_last_entry_stays_behind_when_a_log_is_cut(patch: pytest.MonkeyPatch) -> None:
    def cut(vault: Vault) -> int:
        before = vault.own_log
        with vault.database.write():
            vault.database.execute("UPDATE logs SET size = size - 1 WHERE own AND size > 8")
        try:
            return kept(vault)
        finally:
            with vault.database.write():
                vault.database.execute("UPDATE logs SET size = ? WHERE log = ?", (before.size, before.log))

    kept = cutting.cut_own
    patch.setattr(syncing, "cut_own", cut)


def what_was_recorded_is_sent_in_the_clear(patch: pytest.MonkeyPatch) -> None:
    kept = syncing.Depot.write

    def write(self: syncing.Depot, name: Any, data: bytes) -> None:
        kept(self, name, data)
        (Path(self.where) / "v1" / "index.txt").write_text("first word, amended word")

    patch.setattr(syncing.Depot, "write", write)


MANY_HANDS = {"new": 1, "amend": 8, "sync": 6}
"""What happens often where laptops amend the same records,"""
PUT_BACK = {"new": 3, "amend": 3, "sync": 8, "rewind": 4}
"""where disks are put back,"""
BAD_DEPOTS = {"new": 4, "amend": 4, "sync": 9, "fault": 4, "delete": 4, "tear": 3}
"""and where depots lose things."""

BROKEN: Sequence[tuple[Callable[[pytest.MonkeyPatch], None], dict[str, int]]] = (
    (never_folds, MANY_HANDS),
    (the_last_entry_wins, MANY_HANDS),
    (a_difference_is_settled_by_a_clock, MANY_HANDS),
    (what_nobody_saw_is_replaced, MANY_HANDS),
    (only_the_first_that_arrives_is_folded, MANY_HANDS),
    (the_last_entry_stays_behind_when_a_log_is_cut, MANY_HANDS),
    (what_was_recorded_is_sent_in_the_clear, MANY_HANDS),
    (numbers_are_compared_not_names, PUT_BACK),
    (the_second_branch_of_a_log_is_dropped, PUT_BACK),
    (a_forked_log_is_cut_only_past_the_other_branch, PUT_BACK),
    (what_follows_a_gap_waits, BAD_DEPOTS),
    (torn_objects_are_taken_for_whole, BAD_DEPOTS),
    (what_was_sent_once_is_not_sent_again, BAD_DEPOTS),
)


@pytest.mark.parametrize(
    ("broken", "weights"), BROKEN, ids=[one.__name__.replace("_", " ") for one, _ in BROKEN]
)
def test_a_fault_in_the_code_is_noticed(
    place: Path,
    monkeypatch: pytest.MonkeyPatch,
    broken: Callable[[pytest.MonkeyPatch], None],
    weights: dict[str, int],
) -> None:
    monkeypatch.setattr(simulation, "WEIGHTS", weights)
    monkeypatch.setattr(simulation, "STEPS", (24, 24))
    broken(monkeypatch)
    with pytest.raises((AssertionError, FieldkitError)):
        run(place, 0, _ENOUGH)
