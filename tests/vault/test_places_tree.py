"""How much is recorded where: counted over everything, and still at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from fieldkit.domain.asking import read_line
from fieldkit.vault.browsing import found
from fieldkit.vault.places_tree import PlaceTree
from fieldkit.vault.recording import Add, Retract
from fieldkit.vault.vault import Vault
from tests.vault.missions import new_mission

ROOMS = 3


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    """A hall of three rooms: 1, 2 and 3 observations in them, two seals in the hall, one observation nowhere, one retracted."""
    vault = new_mission(tmp_path / "visit")
    (hall,) = vault.record([Add("location", {"name": "Hall", "level": "building"})])
    rooms = vault.record(
        [Add("location", {"name": f"Room {n}", "level": "room", "parent": hall.id}) for n in range(1, ROOMS + 1)]
    )  # fmt: skip
    seen = {"basis": "seen", "text": "Crate"}
    vault.record(
        [Add("observation", {**seen, "location": room.id}) for n, room in enumerate(rooms, 1) for _ in range(n)]
    )  # fmt: skip
    vault.record([Add("comment", {"text": "Gate opened", "location": hall.id}) for _ in range(2)])
    _, gone = vault.record([Add("observation", seen), Add("observation", {**seen, "location": rooms[0].id})])
    vault.record([Retract(gone.id, "not here")])
    return vault


def test_records_count_in_their_place_and_in_every_place_around_it(vault: Vault) -> None:
    tree = PlaceTree.read(vault)
    named = {place.name: record for record, place in tree.places.items()}
    counts = tree.counts(vault)
    observed = counts["observation"]
    assert {name: observed[record] for name, record in named.items()} == {
        "Hall": 6,
        "Room 1": 1,
        "Room 2": 2,
        "Room 3": 3,
    }
    assert observed[""] == 1
    assert counts["comment"] == {named["Hall"]: 2}


def test_counting_places_goes_along_an_index(vault: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    rows = vault.database.rows
    monkeypatch.setattr(vault.database, "rows", lambda sql, *rest: (asked.append(sql), rows(sql, *rest))[1])
    PlaceTree(()).counts(vault)
    (sql,) = asked
    (plan,) = rows(f"EXPLAIN QUERY PLAN {sql}")
    assert plan[-1] == "SCAN records USING INDEX records_place"


def test_what_a_filter_alone_finds_comes_newest_first(vault: Vault) -> None:
    ids = found(vault, read_line("kind:observation at:hall"))
    assert len(ids) == 7
    times = [(vault.get(each).occurred, vault.get(each).number) for each in ids]
    assert times == sorted(times, reverse=True)
    assert found(vault, read_line("kind:seal at:hall")) == []
