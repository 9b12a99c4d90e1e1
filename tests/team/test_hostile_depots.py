"""A depot in other people's hands: torn, foreign, huge, endless, lying. Errors in words, within bounds, nothing folded."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldkit.errors import FieldkitError, UnavailableError, UnreadableError
from fieldkit.journal.keys import DeviceKey
from fieldkit.journal.merkle import Frontier
from fieldkit.team import names, segment
from fieldkit.team.depot import Depot
from fieldkit.team.folder import FolderStore
from fieldkit.team.names import Name, named
from fieldkit.team.segment import Packed, open_segment, seal_segment
from fieldkit.team.store import Listed
from fieldkit.team.syncing import Sync
from fieldkit.vault.parts import TAG_BYTES, part_data, seal_part
from fieldkit.vault.recording import Add
from fieldkit.vault.vault import Vault
from tests.team.teams import joined, meet, new_depot, sync, tables
from tests.vault.missions import new_mission


@pytest.fixture
def team(tmp_path: Path) -> Iterator[tuple[Depot, Vault, Vault]]:
    depot = new_depot(tmp_path / "stick")
    with new_mission(tmp_path / "a") as lead, joined(tmp_path / "b", lead) as other:
        lead.record([Add("observation", {"basis": "seen", "text": "Gate locked"})])
        sync(depot, lead)
        yield depot, lead, other


def objects(depot: Depot) -> list[Path]:
    return sorted(
        path for path in Path(depot.where).rglob("*") if path.is_file() and path.name != names.MARKER
    )


@pytest.mark.parametrize("harm", ["cut", "empty", "flipped", "longer"])
def test_torn_and_altered_objects_are_left_and_written_again(
    team: tuple[Depot, Vault, Vault], harm: str
) -> None:
    depot, lead, other = team
    for path in objects(depot):
        data = path.read_bytes()
        middle = len(data) // 2
        path.write_bytes(
            {
                "cut": data[:middle],
                "empty": b"",
                "flipped": data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :],
                "longer": data + b"x",
            }[harm]
        )
    (report,) = sync(depot, other)
    assert len(report.unsound) >= 2
    assert not list(other.list("observation"))
    for name, _ in depot.check() if harm == "flipped" else []:
        depot.remove(name)
    meet(depot, lead, other)
    assert tables(lead) == tables(other)
    assert list(depot.check()) == []


def test_objects_under_right_names_that_nobody_may_have_written_are_refused(
    team: tuple[Depot, Vault, Vault],
) -> None:
    depot, lead, other = team
    mission, log = lead.mission_id, lead.own_log.log
    stranger = DeviceKey.generate()
    marked = [
        mark + byte * 200
        for mark in (b"fieldkit-segment/1\n", b"fieldkit-receipt/1\n")
        for byte in (b"\0", b"\xff")
    ]
    for data in (b"", b"x" * 100, os.urandom(5000), *marked):
        for name in (
            named(mission, names.RECEIPT, data, log),
            named(mission, names.LOG, data, log, 0, 3),
            named(mission, names.KEYRING, data),
            named(mission, names.LOG, data, stranger.log_id, 0, 1),
        ):
            depot.write(name, data)
    (report,) = sync(depot, other)
    assert report.unsound
    assert [view.doc["text"] for view in other.list("observation")] == ["Gate locked"]


def test_a_stranger_with_the_teams_key_writes_nothing_that_counts(team: tuple[Depot, Vault, Vault]) -> None:
    depot, lead, other = team
    key, epoch = lead.epoch_keys()[lead.epoch], lead.epoch
    with new_mission(Path(depot.where).parent / "x", author="Mallory") as foreign:
        foreign.record([Add("observation", {"basis": "seen", "text": "forged"})])
        stranger = foreign.device_key()
        rows = foreign.database.rows(
            "SELECT body FROM entries WHERE log = ? ORDER BY seq", (stranger.log_id,)
        )
        note = foreign.checkpoint(stranger.log_id)
        name, data = seal_segment(
            lead.mission_id,
            stranger.log_id,
            stranger.public,
            Frontier(),
            [Packed(bytes(body), None) for (body,) in rows],
            note,
            epoch,
            key,
            stranger.sign,
        )
        depot.write(name, data)
    (report,) = sync(depot, other)
    assert "forged" not in str(tables(other)["records"])
    assert report.unsound


def test_a_decompression_bomb_is_refused_before_it_is_unpacked() -> None:
    key, mission, log = bytes(32), "0198c1f2-7a54-7c31-9f60-3d2a5b8e1f01", "0" * 32
    for plain in (
        zstandard.ZstdCompressor().compress(bytes(200 << 20)),
        zstandard.ZstdCompressor(write_content_size=False).compress(bytes(200 << 20)),
    ):
        digest = hashlib.sha256(plain).digest()
        sealed = bytearray(len(plain) + TAG_BYTES)
        seal_part(
            key,
            segment.KIND,
            plain,
            digest,
            part_data(mission, segment.KIND, 1, log=log, first=0, last=0),
            sealed,
        )
        data = b"fieldkit-segment/1\n" + (1).to_bytes(8, "big") + digest + bytes(64) + bytes(sealed)
        with pytest.raises(UnreadableError, match="decompress"):
            open_segment(named(mission, names.LOG, data, log, 0, 0), data, {1: [key]})


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_inside_a_rightly_sealed_segment_end_in_words(content: bytes) -> None:
    key, mission, log = bytes(32), "0198c1f2-7a54-7c31-9f60-3d2a5b8e1f01", "0" * 32
    plain = zstandard.ZstdCompressor().compress(content)
    digest = hashlib.sha256(plain).digest()
    sealed = bytearray(len(plain) + TAG_BYTES)
    seal_part(
        key,
        segment.KIND,
        plain,
        digest,
        part_data(mission, segment.KIND, 1, log=log, first=0, last=0),
        sealed,
    )
    data = b"fieldkit-segment/1\n" + (1).to_bytes(8, "big") + digest + bytes(64) + bytes(sealed)
    with pytest.raises(FieldkitError):
        open_segment(named(mission, names.LOG, data, log, 0, 0), data, {1: [key]})


class Endless:
    """A store that lists without end, and whose objects are without end."""

    where = "endless"

    def names(self, prefix: str) -> Iterator[Listed]:
        number = 0
        while True:
            number += 1
            yield Listed(f"{prefix}{number}", 1)

    def read(self, name: str, limit: int) -> bytes:
        raise UnreadableError("larger than it may be", where=name)

    def write(self, name: str, data: bytes) -> None:
        raise UnavailableError("full", where=name)

    def remove(self, name: str) -> None:
        raise UnavailableError("full", where=name)


def test_an_endless_listing_is_given_up() -> None:
    with pytest.raises(UnreadableError, match="lists more than"):
        Depot(Endless(), most_names=1000).contents("0198c1f2-7a54-7c31-9f60-3d2a5b8e1f01")


def test_links_pipes_and_odd_names_on_a_stick_are_passed_over(
    tmp_path: Path, team: tuple[Depot, Vault, Vault]
) -> None:
    depot, _, other = team
    root = Path(depot.where) / "v1" / other.mission_id
    secret = tmp_path / "secret"
    secret.write_bytes(b"of this laptop")
    digest = hashlib.sha256(b"of this laptop").hexdigest()
    (root / "keyring" / digest).symlink_to(secret)
    os.mkfifo(root / "keyring" / ("0" * 64))
    (root / "log" / "..x").mkdir()
    (root / "log" / "..x" / "evil\n.seg").write_bytes(b"")
    (root / "loop").symlink_to(root, target_is_directory=True)
    report = Sync(other, depot).run()
    assert report.strange == 1
    assert other.get("A-0004").doc["text"] == "Gate locked"
    (root / "blob").symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    (tmp_path / "elsewhere").mkdir()
    with pytest.raises(UnreadableError, match="leads out of it"):
        depot.write(Name(other.mission_id, names.BLOB, "ab" * 32), b"x")


def test_a_pulled_stick_leaves_whole_objects_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The stick vanishes at each step of a write in turn; what is left fits its name, and the next sync goes on."""
    calls = 0
    stop_at = 0
    original = os.fsync

    def pulled(descriptor: int) -> None:
        nonlocal calls
        calls += 1
        if calls == stop_at:
            raise OSError(5, "Input/output error")
        original(descriptor)

    monkeypatch.setattr("fieldkit.team.folder.os.fsync", pulled)
    store = FolderStore(tmp_path / "stick")
    (tmp_path / "stick").mkdir()
    depot = Depot(store)
    depot.begin()
    mission = "0198c1f2-7a54-7c31-9f60-3d2a5b8e1f01"
    for stop_at in range(1, 12):
        calls = 0
        for number in range(3):
            data = f"{stop_at}/{number}".encode() * 100
            try:
                depot.write(named(mission, names.BLOB, data), data)
            except UnavailableError:
                break
    assert list(depot.check()) == []
    assert not list((tmp_path / "stick").rglob("*.fieldkit-tmp"))
