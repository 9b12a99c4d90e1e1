"""Several at a time: what takes long, and what fails, among what travels beside it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fieldkit.errors import UnavailableError
from fieldkit.team.copying import copy_depot
from fieldkit.team.depot import Depot
from fieldkit.team.names import BLOB, KEYRING, LOG, RECEIPT, Name, named
from fieldkit.team.objects import ObjectStore
from fieldkit.team.several import as_done, at_once
from fieldkit.vault.recording import Add
from tests.team.teams import joined, sync
from tests.vault.missions import new_mission

MISSION = "0198c1f2-7a54-7c31-9f60-3d2a5b8e1f01"
LOG_ID = "ab" * 16


class Told(ObjectStore):
    """A store in memory that tells of every object before it is written, and after."""

    def __init__(
        self,
        before: Callable[[str], object] = lambda _: None,
        after: Callable[[str], object] = lambda _: None,
    ) -> None:
        super().__init__("memory:///")
        self._before, self._after = before, after

    def write(self, name: str, data: bytes) -> None:
        self._before(name)
        super().write(name, data)
        self._after(name)


def _depot(store: ObjectStore) -> Depot:
    depot = Depot(store)
    depot.begin()
    return depot


def _filled(depot: Depot) -> dict[Name, bytes]:
    objects = {}
    for number in range(40):
        data = b"%d" % number
        kind = (BLOB, LOG, RECEIPT, KEYRING)[number % 4]
        log = LOG_ID if kind in (LOG, RECEIPT) else ""
        place = number if kind == LOG else 0
        objects[named(MISSION, kind, data, log, place, place)] = data
    for name, data in objects.items():
        depot.write(name, data)
    return objects


def test_one_that_takes_long_holds_up_no_other() -> None:
    others = threading.Semaphore(0)

    def work(number: int) -> int:
        if number == 0:
            for _ in range(99):
                assert others.acquire(timeout=20)
        others.release()
        return number

    assert sorted(as_done(work, range(100))) == list(range(100))


def test_few_more_are_begun_than_are_asked_for() -> None:
    drawn = 0

    def items() -> Iterator[int]:
        nonlocal drawn
        for number in range(1000):
            drawn += 1
            yield number

    for several in (at_once, as_done):
        drawn = 0
        made = several(str, items())
        next(made)
        assert drawn < 30
        made.close()  # type: ignore[attr-defined]


def test_what_fails_is_told_and_ends_it() -> None:
    def work(number: int) -> int:
        if number == 5:
            raise UnavailableError("the stick is gone")
        return number

    for several in (at_once, as_done):
        with pytest.raises(UnavailableError, match="the stick is gone"):
            list(several(work, range(100)))


def test_a_depot_is_copied_kind_by_kind() -> None:
    source = _depot(ObjectStore("memory:///"))
    objects = _filled(source)
    order: list[str] = []
    target = _depot(Told(lambda name: order.append(name.split("/")[2]) if "/" in name else None))
    report = copy_depot(source, target)
    assert sum(report.sent.values()) == len(objects)
    assert target.contents().objects == {name: len(data) for name, data in objects.items()}
    assert order == [kind for kind in (KEYRING, LOG, RECEIPT, BLOB) for _ in range(10)]


class Overtaking:
    """A store for which every segment takes longer than the next one, and what came there in which order."""

    def __init__(self) -> None:
        self.came: dict[str, list[int]] = {}
        self._left = 0.2
        self.depot = _depot(Told(self._wait, self._note))

    def _wait(self, name: str) -> None:
        if f"/{LOG}/" in name:
            self._left = max(0.0, self._left - 0.04)
            time.sleep(self._left)

    def _note(self, name: str) -> None:
        if f"/{LOG}/" in name:
            *_, log, segment = name.split("/")
            self.came.setdefault(log, []).append(int(segment.partition("-")[0]))


def test_segments_of_a_log_do_not_overtake_each_other(tmp_path: Path) -> None:
    """Whoever looked in between would be told that the earlier one is withheld."""
    first, to_sync, to_copy = _depot(ObjectStore("memory:///")), Overtaking(), Overtaking()
    with new_mission(tmp_path / "a") as lead, joined(tmp_path / "b", lead) as other:
        for number in range(6):
            for vault in (lead, other):
                vault.record([Add("observation", {"basis": "seen", "text": f"Gate {number}"})])
                sync(first, vault)
        sync(to_sync.depot, lead)
    copy_depot(first, to_copy.depot)
    for place in (to_sync, to_copy):
        assert len(place.came) == 2
        assert all(len(came) >= 5 and came == sorted(came) for came in place.came.values())
