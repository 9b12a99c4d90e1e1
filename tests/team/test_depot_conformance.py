"""What every place for a depot has to do, tried on each: folders and sticks of several kinds, memory, real S3 servers."""

from __future__ import annotations

import contextlib
import io
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from fieldkit.errors import UnavailableError, UnreadableError, UsageError
from fieldkit.journal.keys import DeviceKey
from fieldkit.team import names
from fieldkit.team.depot import Depot, open_depot
from fieldkit.team.folder import FolderStore
from fieldkit.team.names import Name, named
from fieldkit.team.objects import ObjectStore
from fieldkit.team.store import ObjectGoneError
from fieldkit.vault.recording import Add
from tests.team.depot_places import PLACES, Place, file_limit, place
from tests.team.s3_calls import call
from tests.team.s3_servers import RCLONE, SEAWEEDFS, S3Server, missing, program, s3_server
from tests.team.teams import joined, meet, tables
from tests.vault.missions import new_mission

MISSION = "0198c1f2-7a54-7c31-9f60-3d2a5b8e1f01"
A_PAGE = 1000


@pytest.fixture(params=PLACES)
def there(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    s3: Callable[[str], S3Server],
) -> Iterator[Place]:
    with place(request.param, tmp_path, monkeypatch, s3) as found:
        yield found


def test_what_is_written_is_listed_and_given_back(there: Place) -> None:
    store, largest = there.store, os.urandom(there.room)
    store.write("v1/a/one", largest)
    store.write("v1/a/deep/er/two", b"")
    store.write("v1/b/three", b"3")
    assert {tuple(one) for one in store.names("v1/a/")} == {("v1/a/one", there.room), ("v1/a/deep/er/two", 0)}
    assert store.read("v1/a/one", there.room) == largest
    assert store.read("v1/a/deep/er/two", 10) == b""
    assert list(store.names("v1/none/")) == []


def test_writing_again_replaces_and_removing_removes(there: Place) -> None:
    store = there.store
    store.write("v1/a", b"torn")
    store.write("v1/a", b"whole and longer")
    assert store.read("v1/a", 100) == b"whole and longer"
    store.remove("v1/a")
    with pytest.raises(ObjectGoneError):
        store.read("v1/a", 10)
    assert list(store.names("v1/")) == []


def test_no_more_is_read_than_may_be(there: Place) -> None:
    there.store.write("v1/a", b"x" * 1000)
    with pytest.raises(UnreadableError, match="larger"):
        there.store.read("v1/a", 999)
    with pytest.raises(ObjectGoneError):
        there.store.read("v1/none", 10)


def test_every_kind_of_name_and_more_than_a_page_of_them(there: Place) -> None:
    """The longest names that there are, and more of them than a server lists at a time."""
    depot = Depot(there.store)
    log = DeviceKey.generate().log_id
    objects: dict[Name, bytes] = {}
    for number in range(A_PAGE + 20 if there.room > 1 << 20 else 100):
        data = str(number).encode()
        kind = (names.BLOB, names.KEYRING, names.RECEIPT)[number % 3] if number < 30 else names.BLOB
        objects[named(MISSION, kind, data, log if kind == names.RECEIPT else "")] = data
    last = 10**15 - 1
    objects[named(MISSION, names.LOG, b"entries", log, last - 199, last)] = b"entries"
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(depot.write, objects, objects.values()))
    assert depot.contents(MISSION).objects == {name: len(data) for name, data in objects.items()}
    assert depot.contents().objects.keys() == objects.keys()
    assert depot.contents(MISSION.replace("0198", "0199")).objects == {}
    for name in list(objects)[:20]:
        assert depot.read(name) == objects[name]


def test_many_at_once_see_whole_objects_only(there: Place) -> None:
    """Several write the same names again and again while others read them: old or new, or none where no file can take
    another's place in one step, but never half."""
    store, size = there.store, min(there.room, 1 << 20)
    pieces = {bytes([letter]) * size for letter in b"abcd"}
    for number in range(2):
        store.write(f"v1/x/{number}", b"a" * size)

    def write(piece: bytes) -> None:
        for number in range(6):
            store.write(f"v1/x/{number % 2}", piece)

    def read(number: int) -> set[bytes]:
        found = set()
        for _ in range(6):
            with contextlib.nullcontext() if there.replaces else contextlib.suppress(ObjectGoneError):
                found.add(store.read(f"v1/x/{number % 2}", size))
        return found

    with ThreadPoolExecutor(8) as pool:
        seen = pool.map(read, range(4))
        list(pool.map(write, pieces))
        for found in seen:
            assert found <= pieces
    assert {tuple(one) for one in store.names("v1/")} == {("v1/x/0", size), ("v1/x/1", size)}


def test_two_laptops_meet_there(there: Place, tmp_path: Path) -> None:
    depot = open_depot(there.address) if there.address else Depot(there.store)
    depot.begin()
    original = os.urandom(min(there.room * 2, 9 << 20))
    with new_mission(tmp_path / "a") as lead, joined(tmp_path / "b", lead) as other:
        (gate,) = lead.record([Add("observation", {"basis": "seen", "text": "Gate locked"})])
        lead.attach(io.BytesIO(original), "gate.jpg", gate.id)
        meet(depot, lead, other)
        assert tables(lead) == tables(other)
        (media,) = other.list("media")
        assert b"".join(other.media.open(media.doc)) == original
        assert list(depot.check()) == []


def test_altered_objects_are_known_there(there: Place) -> None:
    depot = Depot(there.store)
    name = named(MISSION, names.BLOB, b"sound")
    depot.write(name, b"sound")
    there.store.write(str(name), b"other")
    with pytest.raises(UnreadableError, match="not what its name says"):
        depot.read(name)
    assert [faulty for faulty, _ in depot.check()] == [name]


@pytest.mark.parametrize(("kind", "obeyed"), [(SEAWEEDFS, True), (RCLONE, False)])
def test_one_server_obeys_conditions_and_one_does_not(
    kind: str, obeyed: bool, s3: Callable[[str], S3Server]
) -> None:
    """So that what is tried above is tried on both: nothing here relies on them."""
    endpoint = s3(kind).endpoint
    assert call(endpoint, "PUT", "/depot/once", b"1").status == 200
    again = call(endpoint, "PUT", "/depot/once", b"2", headers={"If-None-Match": "*"})
    assert (again.status == 412) is obeyed


@pytest.mark.parametrize("kind", [SEAWEEDFS, RCLONE])
def test_a_server_that_goes_away_is_told_and_what_it_acknowledged_is_there_afterwards(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if program(kind) is None:
        pytest.skip(missing(kind))
    with s3_server(kind) as server:
        for name, value in server.environment.items():
            monkeypatch.setenv(name, value)
        store = ObjectStore("s3://depot/x")
        objects = {f"v1/{number}": os.urandom(50_000) for number in range(20)}
        for name, data in objects.items():
            store.write(name, data)
        server.kill()
        for work in (
            lambda: store.write("v1/more", b""),
            lambda: store.read("v1/0", 10),
            lambda: list(store.names("v1/")),
        ):
            with pytest.raises(UnavailableError, match="answered"):
                work()
        server.start()
        assert {one.name for one in store.names("v1/")} == set(objects)
        assert all(store.read(name, 50_000) == data for name, data in objects.items())


def test_places_that_cannot_be_reached_end_in_words(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="not the address"):
        open_depot("gopher://x")
    with pytest.raises(UnavailableError, match="not there"):
        list(FolderStore(tmp_path / "gone").names("v1/"))
    with pytest.raises(UnavailableError, match="not there"):
        FolderStore(tmp_path / "gone").write("v1/a", b"")


def _full_and_whole(folder: Path) -> None:
    store = FolderStore(folder)
    store.write("v1/a", b"a" * 100_000)
    for _ in range(3):
        with pytest.raises(UnavailableError, match="full"):
            store.write("v1/b", b"b" * 4_000_000)
    assert [one.name for one in store.names("v1/")] == ["v1/a"]
    assert not list(folder.rglob("*.fieldkit-tmp"))
    store.write("v1/c", b"c" * 100_000)


def test_a_full_stick_is_told_and_leaves_nothing_half(small_disk: Path) -> None:
    _full_and_whole(small_disk)


def test_a_file_beyond_what_the_stick_takes_is_told_and_leaves_nothing_half(tmp_path: Path) -> None:
    with file_limit(1_000_000):
        _full_and_whole(tmp_path)


def test_nothing_in_a_depot_comes_near_the_largest_file_of_a_stick() -> None:
    assert max(names.LIMITS.values()) < 4 << 30
