"""Broken versions of the code, by what is wrong with them, and the promises whose breaking has to betray each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import msgspec
import pytest

from fieldkit.journal.checkpoint import unverified_checkpoint
from fieldkit.journal.verification import LogVerifier
from fieldkit.team import cutting, members, receipts, segment, syncing, witnessing
from fieldkit.team.depot import Contents
from fieldkit.team.keyring import Keyring
from fieldkit.team.names import LOG
from fieldkit.team.syncing import Sync
from fieldkit.vault import gaps, merging, tables
from fieldkit.vault.exchange import Exchange
from fieldkit.vault.fold import EntryView, Folded, Standing
from fieldkit.vault.locks import Locks
from fieldkit.vault.merging import Merge, Stretch
from fieldkit.vault.own_pieces import OwnPieces
from fieldkit.vault.standing import Judgement, _Kept
from fieldkit.vault.vault import Vault
from tests.trials import play_end
from tests.trials.invariants import Invariant

Patch = pytest.MonkeyPatch
Weights = Mapping[str, float]


def never_folds(patch: Patch) -> None:
    patch.setattr(Sync, "_opened", lambda *_: iter(()))


def a_difference_is_settled_by_a_clock(patch: Patch) -> None:
    kept = tables.fold

    def latest(entries: Iterable[EntryView], sets: frozenset[str]) -> Folded:
        held = list(entries)
        folded = kept(held, sets)
        when = {entry.hash: str(entry.recorded.get("at")) for entry in held}
        for standing in folded.fields.values():
            if standing.values:
                last = max(standing.values, key=lambda leaf: when[leaf])
                standing.values = {last: standing.values[last]}
        return folded

    patch.setattr(tables, "fold", latest)


def _superseding(patch: Patch, seen: Callable[[list[EntryView], EntryView], Iterable[str]]) -> None:
    """Let every entry take the place, in its fields, of all those that are said to have been seen."""
    kept = tables.fold

    def judged(entries: Iterable[EntryView], sets: frozenset[str]) -> Folded:
        held = list(entries)
        return kept(
            [
                msgspec.structs.replace(
                    one,
                    supersedes={
                        **one.supersedes,
                        **{
                            name: tuple(seen(held, one))
                            for name in one.values
                            if name.rstrip("+-") not in sets
                        },
                    },
                )
                for one in held
            ],
            sets,
        )

    patch.setattr(tables, "fold", judged)


def the_last_that_arrives_wins(patch: Patch) -> None:
    def earlier(held: list[EntryView], one: EntryView) -> Iterable[str]:
        return (other.hash for other in held[: held.index(one)])

    _superseding(patch, earlier)


def what_came_before_by_the_clock_is_replaced(patch: Patch) -> None:
    def before(held: list[EntryView], one: EntryView) -> Iterable[str]:
        at = str(one.recorded.get("at"))
        return (other.hash for other in held if str(other.recorded.get("at")) < at)

    _superseding(patch, before)


def what_is_an_ancestor_is_replaced(patch: Patch) -> None:
    """Judging by the graph of ancestors: an entry stands for all that its log, or one that it names, had before."""

    def ancestors(held: list[EntryView], one: EntryView) -> Iterable[str]:
        before: dict[str, set[str]] = defaultdict(set)
        for entry in held:
            named = {leaf for leaves in entry.supersedes.values() for leaf in leaves}
            before[entry.hash] = named | {
                other.hash for other in held if other.log == entry.log and other.seq < entry.seq
            }
        found: set[str] = set()
        waiting = [one.hash]
        while waiting:
            more = before[waiting.pop()] - found
            found |= more
            waiting += more
        return found

    _superseding(patch, ancestors)


def what_follows_a_gap_waits(patch: Patch) -> None:
    kept = Merge.take

    def take(self: Merge, stretch: Stretch) -> None:
        there = self._store.value("SELECT max(seq) + 1 FROM entries WHERE log = ?", (stretch.log,)) or 0
        if stretch.first <= there or not stretch.note:
            kept(self, stretch)

    patch.setattr(Merge, "take", take)


def numbers_are_compared_not_names(patch: Patch) -> None:
    """A vector of counters: what goes no further than what is known of a log is not fetched."""
    kept = Sync._fetch_segments

    def fetch(self: Sync, there: Contents) -> None:
        sizes = {log.log: log.size for log in self._vault.logs()}
        some = {
            name: n
            for name, n in there.objects.items()
            if name.kind != LOG or name.last >= sizes.get(name.log, 0)
        }
        kept(self, replace(there, objects=some))

    patch.setattr(Sync, "_fetch_segments", fetch)


def the_second_branch_of_a_log_is_dropped(patch: Patch) -> None:
    kept = Merge._store_entry

    def store(self: Merge, table: str, one: Any, span: int | None) -> bool:
        return table == "entries" and kept(self, table, one, span)

    patch.setattr(Merge, "_store_entry", store)


def a_forked_log_is_cut_only_past_the_other_branch(patch: Patch) -> None:
    def cut(self: OwnPieces, log: str) -> int:
        return self._store.value("SELECT max(last) + 1 FROM segments WHERE log = ?", (log,)) or 0

    patch.setattr(OwnPieces, "_cut", cut)


def torn_objects_are_taken_for_whole(patch: Patch) -> None:
    kept = Sync._send

    def send(self: Sync, there: Contents) -> None:
        sizes = {held.hash: held.size for held in self._exchange.segments()}
        kept(
            self,
            replace(
                there, objects={name: sizes.get(name.hash, size) for name, size in there.objects.items()}
            ),
        )

    patch.setattr(Sync, "_send", send)


def what_was_sent_once_is_not_sent_again(patch: Patch) -> None:
    sent: set[tuple[str, str]] = set()
    kept = syncing.Depot.write

    def write(self: syncing.Depot, name: Any, data: bytes) -> None:
        if name.kind != LOG or (self.where, str(name)) not in sent:
            kept(self, name, data)
        sent.add((self.where, str(name)))

    patch.setattr(syncing.Depot, "write", write)


def only_the_first_that_arrives_is_folded(patch: Patch) -> None:
    kept = Vault.merge

    def merge(self: Vault, stretches: Iterable[tuple[str, Stretch]]) -> Any:
        some = list(stretches)
        with self.database.write():
            for segment, _ in some[1:]:
                self.database.execute("UPDATE segments SET folded = 1 WHERE name = ?", (segment,))
        return kept(self, some[:1])

    patch.setattr(Vault, "merge", merge)


def half_of_what_arrives_is_folded(patch: Patch) -> None:
    kept = Merge.take

    def take(self: Merge, stretch: Stretch) -> None:
        if stretch.note and len(stretch.entries) > 1:
            stretch = replace(stretch, entries=stretch.entries[:-1], note=b"")
        kept(self, stretch)

    patch.setattr(Merge, "take", take)


def the_last_entry_stays_behind_when_a_log_is_cut(patch: Patch) -> None:
    def cut(vault: Vault, keys: Keyring) -> list[cutting.Cut]:
        before = vault.own_log
        with vault.database.write():
            vault.database.execute("UPDATE logs SET size = size - 1 WHERE own AND size > 8")
        try:
            return kept(vault, keys)
        finally:
            with vault.database.write():
                vault.database.execute("UPDATE logs SET size = ? WHERE log = ?", (before.size, before.log))

    kept = cutting.cut_own
    patch.setattr(syncing, "cut_own", cut)


def what_was_recorded_is_sent_in_the_clear(patch: Patch) -> None:
    kept = syncing.Depot.write

    def write(self: syncing.Depot, name: Any, data: bytes) -> None:
        kept(self, name, data)
        (Path(self.where) / "v1" / "index.txt").write_text("planted amendment")

    patch.setattr(syncing.Depot, "write", write)


def signatures_are_not_checked(patch: Patch) -> None:
    patch.setattr(LogVerifier, "finish", lambda *_: None)
    patch.setattr(segment, "is_signed", lambda *_: True)
    for module in (merging, witnessing, receipts):
        patch.setattr(module, "open_checkpoint", lambda note, *_, **__: unverified_checkpoint(note))


def what_is_recorded_after_a_cut_counts(patch: Patch) -> None:
    patch.setattr(Judgement, "objection", lambda *_: "")


def a_role_limits_nothing(patch: Patch) -> None:
    patch.setattr("fieldkit.vault.standing._overstepped", lambda *_: "")


def whoever_leads_lets_himself_read(patch: Patch) -> None:
    patch.setattr(Locks, "_listed", lambda self, box, _: set(self._reader.peek(box).doc.get("readers", ())))


def a_cut_is_judged_by_numbers_alone(patch: Patch) -> None:
    patch.setattr(_Kept, "knows", lambda *_: True)


def what_is_new_is_sealed_under_the_key_of_who_was_struck_off(patch: Patch) -> None:
    patch.setattr(Keyring, "closed", lambda _: None)


def what_lay_in_a_depot_is_forgotten(patch: Patch) -> None:
    patch.setattr(Exchange, "lay", lambda *_: set())


def only_what_came_betrays_a_gap(patch: Patch) -> None:
    patch.setattr(gaps, "_witnessed", lambda _: {})


def keys_are_sealed_to_who_was_struck_off(patch: Patch) -> None:
    def everybody(self: Keyring) -> Iterable[tuple[str, str]]:
        for view in self._vault.list("member"):
            yield str(view.doc["log"]), str(view.doc["encryption_key"])

    patch.setattr(Keyring, "_members", everybody)


def a_late_laptop_is_given_the_last_key_only(patch: Patch) -> None:
    kept = members.admit

    def admit(vault: Vault, *args: Any, **options: Any) -> Any:
        vault.__dict__["epoch_keys"] = lambda: {vault.epoch: Vault.epoch_keys(vault)[vault.epoch]}
        try:
            return kept(vault, *args, **options)
        finally:
            del vault.__dict__["epoch_keys"]

    patch.setattr("tests.team.teams.admit", admit)
    patch.setattr(Keyring, "promised", lambda _keyring: {})
    patch.setattr(play_end, "REBUILDS", 1.0)


def elements_taken_out_come_back(patch: Patch) -> None:
    kept = tables.fold
    patch.setattr(
        tables,
        "fold",
        lambda entries, sets: kept([msgspec.structs.replace(one, supersedes={}) for one in entries], sets),
    )


def what_stands_first_depends_on_who_came_first(patch: Patch) -> None:
    kept = tables.fold

    def fold(entries: Iterable[EntryView], sets: frozenset[str]) -> Folded:
        held = list(entries)
        folded = kept(held, sets)
        for standing in folded.fields.values():
            order = [one.hash for one in held if one.hash in standing.values]
            standing.values = {leaf: standing.values[leaf] for leaf in order}
        return folded

    patch.setattr(tables, "fold", fold)
    shown = Standing.current
    patch.setattr(
        Standing, "current", lambda self: shown(self) if self.is_set else next(iter(self.values.values()))
    )


def every_laptop_reads_every_compartment(patch: Patch) -> None:
    def readers(self: Locks, *_: str) -> dict[str, str]:
        return {str(one.doc["log"]): str(one.doc["encryption_key"]) for one in self._reader.list("member")}

    patch.setattr(Locks, "readers", readers)


def what_newer_software_said_is_trimmed(patch: Patch) -> None:
    kept = Merge._store_entry

    def store(self: Merge, table: str, one: Any, span: int | None) -> bool:
        if one.opened.fields.get("recorded") == {"at": "2031-01-01T00:00:00Z"}:
            one = replace(one, body=one.body + b" ")
        return kept(self, table, one, span)

    patch.setattr(Merge, "_store_entry", store)


def an_original_is_given_up_on_anybodys_word(patch: Patch) -> None:
    patch.setattr(receipts, "copies_of_original", lambda *_: receipts.Copies(("B", "C"), headquarters=True))


MANY_HANDS: Weights = {"new": 1, "amend": 8, "sync": 6}
"""What happens often where laptops amend the same records,"""
SETS: Weights = {"new": 3, "amend": 1, "put_in": 6, "take_out": 5, "sync": 6}
"""put links in and take them out,"""
PUT_BACK: Weights = {"new": 3, "amend": 5, "sync": 8, "rewind": 4}
"""where disks are put back,"""
BAD_DEPOTS: Weights = {"new": 6, "amend": 4, "sync": 10, "fault": 3, "delete": 7, "tear": 4}
"""where depots lose things,"""
SLY_HOSTS: Weights = {"new": 1, "amend": 4, "sync": 8, "keep_from": 2}
"""where they keep from one what another has witnessed,"""
FORGERS: Weights = {"new": 2, "amend": 4, "sync": 8, "forge": 4}
"""where somebody signs in another's name,"""
MEDDLERS: Weights = {"new": 1, "sync": 8, "enclose": 4, "readers": 3, "meddle": 5}
"""or in records of others what he may not,"""
INTRUDERS: Weights = {"sync": 10, "enclose": 5, "readers": 8, "intrude": 4}
"""or lets himself into what others keep closed,"""
STRIKES: Weights = {"new": 2, "amend": 4, "sync": 8, "strike": 3}
"""where laptops are struck off,"""
THIEVES: Weights = {"new": 2, "amend": 4, "sync": 8, "backdate": 3}
"""where somebody has what was on their disks,"""
THIEVISH_HOSTS: Weights = {"new": 2, "amend": 5, "sync": 8, "strike": 3, "keep_back": 4}
"""or keys are kept back,"""
LATE: Weights = {"new": 2, "amend": 2, "sync": 6, "strike": 3, "late": 2}
"""or come late,"""
BOXES: Weights = {"new": 1, "amend": 2, "sync": 8, "enclose": 6}
"""where some read what others must not,"""
NEWER: Weights = {"new": 1, "sync": 6, "newer": 4}
"""where software is of different age,"""
SHEDDING: Weights = {"new": 1, "attach": 4, "sync": 4, "shed": 6}
"""and where disks are short."""


@dataclass(frozen=True)
class Mutant:
    """A fault, what has to happen often for it to matter, and which broken promises betray it."""

    broken: Callable[[Patch], None]
    weights: Weights
    betrayed_by: frozenset[Invariant]

    def __str__(self) -> str:
        return self.broken.__name__.replace("_", " ")


def _mutant(broken: Callable[[Patch], None], weights: Weights, *betrayed_by: Invariant) -> Mutant:
    return Mutant(broken, weights, frozenset(betrayed_by))


_I = Invariant
MUTANTS = (
    _mutant(never_folds, MANY_HANDS, _I.REACHES_ALL),
    _mutant(the_last_that_arrives_wins, MANY_HANDS, _I.VISIBLE, _I.CLOCKS, _I.ENDED_BY_PEOPLE),
    _mutant(a_difference_is_settled_by_a_clock, MANY_HANDS, _I.CLOCKS, _I.ENDED_BY_PEOPLE),
    _mutant(what_came_before_by_the_clock_is_replaced, MANY_HANDS, _I.VISIBLE, _I.CLOCKS, _I.NOTHING_CHANGES),
    _mutant(what_is_an_ancestor_is_replaced, PUT_BACK, _I.VISIBLE, _I.ENDED_BY_PEOPLE),
    _mutant(what_stands_first_depends_on_who_came_first, MANY_HANDS, _I.SAME_TABLES),
    _mutant(elements_taken_out_come_back, SETS, _I.NOTHING_CHANGES),
    _mutant(only_the_first_that_arrives_is_folded, MANY_HANDS, _I.REACHES_ALL),
    _mutant(half_of_what_arrives_is_folded, MANY_HANDS, _I.NEVER_BY_HALVES, _I.REACHES_ALL),
    _mutant(the_last_entry_stays_behind_when_a_log_is_cut, MANY_HANDS, _I.REACHES_ALL, _I.REBUILT),
    _mutant(what_was_recorded_is_sent_in_the_clear, MANY_HANDS, _I.SEALED),
    _mutant(numbers_are_compared_not_names, PUT_BACK, _I.REACHES_ALL),
    _mutant(the_second_branch_of_a_log_is_dropped, PUT_BACK, _I.REACHES_ALL),
    _mutant(a_forked_log_is_cut_only_past_the_other_branch, PUT_BACK, _I.REACHES_ALL),
    _mutant(what_follows_a_gap_waits, BAD_DEPOTS, _I.REACHES_ALL),
    _mutant(torn_objects_are_taken_for_whole, BAD_DEPOTS, _I.REACHES_ALL),
    _mutant(what_was_sent_once_is_not_sent_again, BAD_DEPOTS, _I.REACHES_ALL),
    _mutant(signatures_are_not_checked, FORGERS, _I.MEMBERS_ONLY),
    _mutant(what_is_recorded_after_a_cut_counts, STRIKES, _I.MEMBERS_ONLY, _I.NOTHING_CHANGES),
    _mutant(a_cut_is_judged_by_numbers_alone, THIEVES, _I.MEMBERS_ONLY, _I.NOTHING_CHANGES),
    _mutant(what_is_new_is_sealed_under_the_key_of_who_was_struck_off, THIEVISH_HOSTS, _I.MEMBERS_ONLY),
    _mutant(what_lay_in_a_depot_is_forgotten, BAD_DEPOTS, _I.TOLD),
    _mutant(only_what_came_betrays_a_gap, SLY_HOSTS, _I.TOLD),
    _mutant(keys_are_sealed_to_who_was_struck_off, STRIKES, _I.MEMBERS_ONLY),
    _mutant(a_late_laptop_is_given_the_last_key_only, LATE, _I.REBUILT, _I.REACHES_ALL, _I.MEMBERS_ONLY),
    _mutant(every_laptop_reads_every_compartment, BOXES, _I.SEALED),
    _mutant(a_role_limits_nothing, MEDDLERS, _I.NOBODY_OVERSTEPS),
    _mutant(whoever_leads_lets_himself_read, INTRUDERS, _I.SEALED),
    _mutant(what_newer_software_said_is_trimmed, NEWER, _I.RELAYED),
    _mutant(an_original_is_given_up_on_anybodys_word, SHEDDING, _I.TWO_COPIES),
)
