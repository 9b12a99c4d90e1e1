"""A depot in a bucket with object lock: whoever holds the team's own credentials cannot destroy what lies there."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from fieldkit.team.copying import copy_depot
from fieldkit.team.depot import Depot, open_depot
from fieldkit.team.folder import FolderStore
from fieldkit.team.store import ObjectGoneError
from fieldkit.vault.recording import Add
from tests.team.s3_calls import call
from tests.team.s3_servers import SEAWEEDFS, S3Server
from tests.team.teams import joined, meet, new_depot, sync, tables
from tests.vault.missions import new_mission

_RULE = (
    b'<ObjectLockConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><ObjectLockEnabled>Enabled'
    b"</ObjectLockEnabled><Rule><DefaultRetention><Mode>COMPLIANCE</Mode><Days>1</Days></DefaultRetention></Rule>"
    b"</ObjectLockConfiguration>"
)
_VERSION = re.compile(r"<Version><Key>([^<]*)</Key><VersionId>([^<]*)</VersionId>")
_BUCKET = "/locked"


@pytest.fixture
def endpoint(s3: Callable[[str], S3Server], monkeypatch: pytest.MonkeyPatch) -> str:
    """A server with a bucket in which every object is locked for a day."""
    server = s3(SEAWEEDFS)
    for name, value in server.environment.items():
        monkeypatch.setenv(name, value)
    made = call(server.endpoint, "PUT", _BUCKET, headers={"x-amz-bucket-object-lock-enabled": "true"})
    assert made.status in (200, 409)
    checksum = base64.b64encode(hashlib.md5(_RULE, usedforsecurity=False).digest()).decode()
    ruled = call(server.endpoint, "PUT", _BUCKET, _RULE, {"object-lock": ""}, {"content-md5": checksum})
    assert ruled.status == 200
    return server.endpoint


def _versions(endpoint: str, prefix: str) -> list[tuple[str, str]]:
    listed = call(endpoint, "GET", _BUCKET, query={"versions": "", "prefix": prefix})
    return _VERSION.findall(listed.body.decode())


def _bytes_of(endpoint: str, key: str, version: str) -> bytes:
    return call(endpoint, "GET", f"{_BUCKET}/{key}", query={"versionId": version}).body


def test_nobody_destroys_what_was_synced(endpoint: str, tmp_path: Path) -> None:
    address = f"s3:/{_BUCKET}/team"
    with new_mission(tmp_path / "a") as lead, joined(tmp_path / "b", lead) as other:
        lead.record([Add("observation", {"basis": "seen", "text": "Gate locked"})])
        depot = new_depot(address)
        meet(depot, lead, other)
        whole = {name: depot.read(name) for name in depot.contents().objects}
        kept = _versions(endpoint, "team/v1/")
        assert {key for key, _ in kept} == {f"team/{name}" for name in whole}

        for key, version in kept:
            assert call(endpoint, "DELETE", f"{_BUCKET}/{key}", query={"versionId": version}).status == 403

        hidden, overwritten = list(whole)[:2]
        depot.remove(hidden)
        depot.write(overwritten, b"something else")
        with pytest.raises(ObjectGoneError):
            depot.read(hidden)
        assert [name for name, _ in depot.check()] == [overwritten]
        held = {key: _bytes_of(endpoint, key, version) for key, version in kept}
        assert held == {f"team/{name}": data for name, data in whole.items()}

        sync(depot, lead)
        assert list(depot.check()) == []
        assert {name: depot.read(name) for name in whole} == whole
        assert tables(lead) == tables(other)


def test_a_stick_is_copied_into_a_locked_bucket_without_keys(endpoint: str, tmp_path: Path) -> None:
    (tmp_path / "stick").mkdir()
    stick = Depot(FolderStore(tmp_path / "stick"))
    stick.begin()
    with new_mission(tmp_path / "a") as lead:
        lead.record([Add("observation", {"basis": "seen", "text": "Gate locked"})])
        sync(stick, lead)
    locked = new_depot(f"s3:/{_BUCKET}/copy")
    copy_depot(stick, locked)
    assert open_depot(f"s3:/{_BUCKET}/copy").contents().objects == stick.contents().objects
