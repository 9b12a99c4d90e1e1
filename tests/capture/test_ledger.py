"""The ledger that a screen keeps while one counts says at every step what a reconciliation of everything says."""

from __future__ import annotations

import random

import pytest

from fieldkit.capture.counting import count, count_undeclared
from fieldkit.capture.ledger import Ledger, beginning, order, stand_of
from fieldkit.capture.reconciliation import reconcile_inventory
from fieldkit.capture.walking import walk
from fieldkit.vault.recording import Add, Amend, Retract
from fieldkit.vault.vault import Vault

SERIALS = ("SN-001", "SN-OO1", "SN-002", "SN-003", "77", "7?", "GT-9", "0077")


@pytest.fixture
def hall(vault: Vault) -> Vault:
    """Twelve lines at three places, of which some share a serial or look alike."""
    (declaration,) = vault.record([Add("declaration", {"name": "List"})])
    places = vault.record([Add("location", {"name": f"Store {n}"}) for n in (10, 2)])
    vault.record(
        [
            Add(
                "item",
                {
                    "declaration": declaration.id,
                    "line": str(n),
                    "nomenclature": "Gyroscope",
                    "serials": [SERIALS[n % len(SERIALS)]] if n % 3 else [],
                    "declared": 1 + n % 2,
                    **({"location": places[n % 2].id} if n % 4 else {}),
                },
            )
            for n in range(12)
        ]
    )
    return vault


def same(ledger: Ledger, vault: Vault) -> None:
    """The ledger against one made from everything, and against what the commands reckon."""
    whole = reconcile_inventory(vault).result
    assert ledger.results == {line.declared.id: line for line in whole.lines}
    assert ledger.things == {thing.id: thing for thing in whole.undeclared}
    assert ledger.totals == whole.totals
    assert +ledger.classes == +Ledger.of(vault).classes
    assert [ledger.results[each].declared.line for each in ledger.order] == [
        stop.result.declared.line for stop in walk(vault)
    ]
    assert ledger.lines_left == len(walk(vault, left=True))


def act(vault: Vault, chance: random.Random) -> None:
    """Something that happens in a hall."""
    items = [view.number for view in vault.list("item")]
    counts = [view.number for view in vault.list("count")]
    read = chance.choice(SERIALS)
    match chance.randrange(8):
        case 0:
            count_undeclared(vault, {}, {"serials": [read]})
        case 1 if counts:
            vault.record([Retract(chance.choice(counts), "miscounted")])
        case 2 if counts:
            other = {"item": vault.resolve(chance.choice(items)), "condition": f"seen {chance.random()}"}
            vault.record([Amend(chance.choice(counts), "the other one", set=other)])
        case 3:
            vault.record(
                [
                    Amend(
                        chance.choice(items),
                        "read anew",
                        set={"condition": f"seen {chance.random()}"},
                        add={"serials": [read]},
                    )
                ]
            )
        case 4:
            vault.record([Add("count", {"item": vault.resolve(chance.choice(items)), "status": "not_found"})])
        case 5:
            seal = {"number": f"Z-{vault.count('seal')}", "applied_to": vault.resolve(chance.choice(items))}
            vault.record([Add("seal", seal)])
        case _:
            values = {"serials": [read]} if chance.random() < 0.7 else {"counted": chance.randrange(3)}
            count(vault, chance.choice(items), values)


@pytest.mark.parametrize("seed", range(4))
def test_whatever_happens_the_ledger_follows(hall: Vault, seed: int) -> None:
    chance = random.Random(seed)
    ledger = Ledger.of(hall)
    same(ledger, hall)
    for _ in range(12):
        act(hall, chance)
        if not ledger.follow(hall):
            ledger = Ledger.of(hall)
        same(ledger, hall)


def test_counts_do_not_make_it_anew(hall: Vault) -> None:
    ledger = Ledger.of(hall)
    for serial in ("SN-003", "77"):
        view = hall.serial_matches(serial)[0]
        count(hall, view.number, {"serials": [serial]})
        assert ledger.follow(hall)
    same(ledger, hall)


def test_a_place_more_makes_it_anew(hall: Vault) -> None:
    ledger = Ledger.of(hall)
    hall.record([Add("location", {"name": "Annex"})])
    assert not ledger.follow(hall)


def test_the_first_lines_come_without_all_the_others(hall: Vault) -> None:
    whole = order(hall)
    assert whole == Ledger.of(hall).order
    first = beginning(hall, 1)
    assert 0 < len(first) < len(whole)
    assert first == whole[: len(first)]
    alone, among_all = stand_of(hall, first), Ledger.of(hall).results
    assert {each: alone[each].status for each in first} == {each: among_all[each].status for each in first}
