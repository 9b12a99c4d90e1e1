"""What every store of a depot must do, tried on a folder, in memory and on a real S3 server."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from fieldkit.errors import UnavailableError, UnreadableError, UsageError
from fieldkit.team.depot import open_depot
from fieldkit.team.folder import FolderStore
from fieldkit.team.objects import ObjectStore
from fieldkit.team.store import ObjectGoneError, Store
from fieldkit.vault.recording import Add
from tests.team.teams import joined, meet, new_depot, tables
from tests.vault.missions import new_mission


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    """The address of an S3 server of its own, with a bucket."""
    server = pytest.importorskip("moto.server").ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server.start()
    host, port = server.get_host_and_port()
    address = f"http://{host}:{port}"
    before = dict(os.environ)
    os.environ |= {
        "AWS_ENDPOINT_URL": address,
        "AWS_ACCESS_KEY_ID": "a",
        "AWS_SECRET_ACCESS_KEY": "b",
        "AWS_REGION": "us-east-1",
        "AWS_ALLOW_HTTP": "true",
    }
    import boto3

    boto3.client("s3", endpoint_url=address, region_name="us-east-1").create_bucket(Bucket="depot")
    yield "s3://depot/team"
    os.environ.clear()
    os.environ.update(before)
    server.stop()


@pytest.fixture(params=["folder", "memory", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    if request.param == "folder":
        (tmp_path / "stick").mkdir()
        return FolderStore(tmp_path / "stick")
    if request.param == "memory":
        return ObjectStore("memory:///")
    return ObjectStore(request.getfixturevalue("s3") + f"/{tmp_path.name}")


def test_what_is_written_is_listed_and_given_back(store: Store) -> None:
    store.write("v1/a/one", b"1" * 5000)
    store.write("v1/a/deep/er/two", b"")
    store.write("v1/b/three", b"3")
    assert {tuple(one) for one in store.names("v1/a/")} == {("v1/a/one", 5000), ("v1/a/deep/er/two", 0)}
    assert store.read("v1/a/one", 5000) == b"1" * 5000
    assert list(store.names("v1/none/")) == []


def test_writing_again_replaces_and_removing_removes(store: Store) -> None:
    store.write("v1/a", b"torn")
    store.write("v1/a", b"whole")
    assert store.read("v1/a", 10) == b"whole"
    store.remove("v1/a")
    with pytest.raises(ObjectGoneError):
        store.read("v1/a", 10)


def test_no_more_is_read_than_may_be(store: Store) -> None:
    store.write("v1/a", b"x" * 1000)
    with pytest.raises(UnreadableError, match="larger"):
        store.read("v1/a", 999)
    with pytest.raises(ObjectGoneError):
        store.read("v1/none", 10)


def test_two_laptops_meet_over_s3(tmp_path: Path, s3: str) -> None:
    depot = new_depot(f"{s3}/{tmp_path.name}")
    with new_mission(tmp_path / "a") as lead, joined(tmp_path / "b", lead) as other:
        lead.record([Add("observation", {"basis": "seen", "text": "Gate locked"})])
        meet(depot, lead, other)
        assert tables(lead) == tables(other)
        assert other.count("observation") == 1


def test_places_that_cannot_be_reached_end_in_words(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="not the address"):
        open_depot("gopher://x")
    with pytest.raises(UnavailableError, match="not there"):
        list(FolderStore(tmp_path / "gone").names("v1/"))
    with pytest.raises(UnavailableError, match="not there"):
        FolderStore(tmp_path / "gone").write("v1/a", b"")


def test_a_full_stick_is_told_and_leaves_nothing_half(small_disk: Path) -> None:
    store = FolderStore(small_disk)
    store.write("v1/a", b"a" * 100_000)
    with pytest.raises(UnavailableError, match="full"):
        store.write("v1/b", b"b" * 4_000_000)
    assert [one.name for one in store.names("v1/")] == ["v1/a"]
    assert not list(small_disk.rglob("*.fieldkit-tmp"))
