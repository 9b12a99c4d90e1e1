"""Steps that bring a store up to date: once each, whole or not at all, and hands off a newer one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fieldkit.errors import FieldkitError, NewerFormatError, UnreadableError
from fieldkit.vault.database import Database
from fieldkit.vault.migrations import Migration, applied, migrate, pending

KEY = b"k" * 32


def _first(tables: Any) -> None:
    tables["items"].create({"id": int, "name": str}, pk="id")


def _second(tables: Any) -> None:
    tables["items"].insert({"id": 1, "name": "gyroscope"})
    tables["items"].add_column("mass", str)


def _broken(tables: Any) -> None:
    tables["items"].insert({"id": 2, "name": "half done"})
    tables["other"].create({"id": int})
    tables.execute("INSERT INTO nowhere VALUES (1)")


ONE, TWO = Migration(1, "items", _first), Migration(2, "mass", _second)
BROKEN = Migration(3, "broken", _broken)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Database]:
    database = Database.create(tmp_path / "store.db", KEY)
    yield database
    database.close()


def test_each_step_is_applied_once_in_order(store: Database) -> None:
    assert pending(store, [ONE, TWO]) == [ONE, TWO]
    assert migrate(store, [ONE]) == [ONE]
    assert migrate(store, [ONE, TWO]) == [TWO]
    assert migrate(store, [ONE, TWO]) == []
    assert applied(store) == {1: "items", 2: "mass"}
    assert store.rows("SELECT * FROM items") == [(1, "gyroscope", None)]


def test_a_step_that_fails_leaves_the_store_as_before_that_step(store: Database) -> None:
    with pytest.raises(FieldkitError):
        migrate(store, [ONE, TWO, BROKEN])
    assert applied(store) == {1: "items", 2: "mass"}
    assert store.rows("SELECT id FROM items") == [(1,)]
    assert store.value("SELECT count(*) FROM sqlite_master WHERE name = 'other'") == 0


def test_a_newer_store_is_told_and_not_one_byte_changes(store: Database, tmp_path: Path) -> None:
    migrate(store, [ONE, TWO])
    store.close()
    before = (tmp_path / "store.db").read_bytes()
    again = Database.open(tmp_path / "store.db", KEY)
    with pytest.raises(NewerFormatError) as caught:
        migrate(again, [ONE])
    again.close()
    assert caught.value.exit_code == 9
    assert (tmp_path / "store.db").read_bytes() == before


def test_a_store_of_other_steps_is_told(store: Database) -> None:
    migrate(store, [ONE, TWO])
    with pytest.raises(UnreadableError):
        migrate(store, [ONE, Migration(2, "another", _second)])


def test_two_processes_that_open_an_old_store_apply_each_step_once(store: Database, tmp_path: Path) -> None:
    other = Database.open(tmp_path / "store.db", KEY)
    assert migrate(store, [ONE]) == [ONE]
    assert migrate(other, [ONE, TWO]) == [TWO]
    assert migrate(store, [ONE, TWO]) == []
    other.close()


@pytest.mark.parametrize("steps", [[TWO], [ONE, ONE], [TWO, ONE]])
def test_steps_with_gaps_are_a_mistake_of_the_programmer(store: Database, steps: list[Migration]) -> None:
    with pytest.raises(ValueError, match="without gaps"):
        migrate(store, steps)
