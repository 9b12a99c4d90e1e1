"""A team sees each picture before its original arrives: thumbnails travel encrypted, ahead of all originals."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from fieldkit.capture.handover import hand_over
from fieldkit.capture.previews import improve, pending
from fieldkit.capture.redaction import Box, redact
from fieldkit.domain.jsontypes import Doc
from fieldkit.team import names
from fieldkit.team.depot import Depot
from fieldkit.team.folder import FolderStore
from fieldkit.team.members import give_history
from fieldkit.team.names import Name
from fieldkit.team.receipts import copies_of_original, shed
from fieldkit.team.syncing import Sync
from fieldkit.team.thumbnails import MOST_BYTES
from fieldkit.vault.doctor import examine
from fieldkit.vault.recording import Add
from fieldkit.vault.vault import Vault
from tests.bad.photos import camera_jpeg
from tests.capture.cards import take_in
from tests.team.teams import joined, meet, new_depot, sync, tables
from tests.vault.missions import new_mission


@pytest.fixture
def team(tmp_path: Path) -> Iterator[tuple[Depot, Vault, Vault]]:
    """A lead who has taken in three photos, and a laptop that has synced nothing yet."""
    depot = new_depot(tmp_path / "stick")
    with new_mission(tmp_path / "a") as lead, joined(tmp_path / "b", lead) as other:
        take_in(lead, tmp_path, 3)
        yield depot, lead, other


def without_originals(depot: Depot, *vaults: Vault) -> None:
    for vault in vaults:
        Sync(vault, depot).run(media=False)


def photos(vault: Vault) -> list[Doc]:
    return [view.doc for view in vault.list("photo")]


def shown(vault: Vault) -> list[bytes | None]:
    return [vault.thumbnail(str(doc["sha256"])) for doc in photos(vault)]


def small_name(vault: Vault, doc: Doc) -> Name:
    part = vault.get(str(doc["media"])).doc["thumbnail"]
    assert isinstance(part, dict)
    return Name(vault.mission_id, names.BLOB, str(part["cipher"]))


def test_a_picture_is_seen_before_its_original_arrives(team: tuple[Depot, Vault, Vault]) -> None:
    depot, lead, other = team
    without_originals(depot, lead, other)
    assert shown(other) == shown(lead)
    for doc, jpeg in zip(photos(other), shown(other), strict=True):
        assert jpeg is not None
        with Image.open(io.BytesIO(jpeg)) as picture:
            assert max(picture.size) > 100
        media = other.get(str(doc["media"]))
        assert other.media.missing(media.doc)
        assert str(copies_of_original(lead, media.doc)) == "only here"
    assert pending(other) == []
    assert not [one for one in examine(other) if not one.good and one.area != "media"]
    meet(depot, lead, other)
    assert not any(other.media.missing(view.doc) for view in other.list("media"))
    assert tables(other) == tables(lead)


class Watched(FolderStore):
    """A folder that notes in which order it is written."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.written: list[str] = []

    def write(self, name: str, data: bytes) -> None:
        self.written.append(name)
        super().write(name, data)


def test_thumbnails_travel_after_entries_and_before_originals(team: tuple[Depot, Vault, Vault]) -> None:
    depot, lead, _ = team
    store = Watched(Path(depot.where))
    Sync(lead, Depot(store)).run()
    small = {str(small_name(lead, doc)) for doc in photos(lead)}
    order = [
        "thumbnail" if name in small else name.split("/")[2]
        for name in store.written
        if f"/{names.RECEIPT}/" not in name
    ]
    assert order == sorted(order, key=["keyring", "log", "thumbnail", "blob"].index)
    assert (order.count("thumbnail"), order.count("blob")) == (3, 3)


def test_a_host_sees_no_pixel_and_what_it_alters_or_takes_away_is_told_and_written_again(
    team: tuple[Depot, Vault, Vault],
) -> None:
    depot, lead, other = team
    without_originals(depot, lead)
    small = [small_name(lead, doc) for doc in photos(lead)]
    for jpeg in shown(lead):
        assert jpeg is not None
        for path in Path(depot.where).rglob("*"):
            assert not path.is_file() or jpeg[20:60] not in path.read_bytes()
    first, second, third = small
    data = bytearray(depot.read(first))
    data[5] ^= 1
    (Path(depot.where) / str(first)).write_bytes(data)
    kept = depot.read(second)
    depot.remove(second)
    report = Sync(other, depot).run(media=False)
    assert [name for name, _ in report.unsound] == [str(first)]
    assert [jpeg is not None for jpeg in shown(other)] == [False, False, True]
    assert Sync(lead, depot).run(media=False).gone == 1
    assert depot.read(second) == kept
    assert [name for name, _ in depot.check()] == [first]
    depot.remove(first)
    without_originals(depot, lead, other)
    assert shown(other) == shown(lead)
    assert depot.read(third)


@pytest.mark.parametrize("small", [b"MZ no picture", b"\xff\xd8" + bytes(MOST_BYTES)])
def test_what_is_no_thumbnail_is_not_shown(team: tuple[Depot, Vault, Vault], small: bytes) -> None:
    depot, lead, other = team
    digest = "ab" * 32
    part = lead.keep_thumbnails([(digest, small)])[digest]
    lead.record([Add("media", {"sha256": digest, "size": 0, "thumbnail": part})])
    without_originals(depot, lead, other)
    assert other.thumbnail(digest) is None
    assert None not in shown(other)


def test_the_picture_stays_where_the_original_was_given_up(
    team: tuple[Depot, Vault, Vault], tmp_path: Path
) -> None:
    depot, lead, other = team
    with joined(tmp_path / "h", lead, "Home", "headquarters") as home:
        meet(depot, lead, other, home)
        before = shown(lead)
        media = lead.get(str(photos(lead)[0]["media"]))
        assert str(copies_of_original(lead, media.doc)) == "headquarters has it"
        assert shed(lead, media, depot) > 0
        assert lead.media.missing(media.doc)
        meet(depot, lead, other, home)
        assert lead.media.missing(media.doc)
        assert shown(lead) == before


def test_who_came_late_sees_the_pictures_with_the_keys_of_what_was_before(tmp_path: Path) -> None:
    depot = new_depot(tmp_path / "stick")
    with new_mission(tmp_path / "a") as lead:
        take_in(lead, tmp_path, 2)
        sync(depot, lead)
        with joined(tmp_path / "b", lead, history=False) as late:
            meet(depot, lead, late)
            assert shown(late) == []
            give_history(lead, "B")
            without_originals(depot, lead, late)
            assert shown(late) == shown(lead)
            assert None not in shown(late)


def test_a_redacted_copy_and_a_frame_handed_over_later_are_seen_by_all(
    team: tuple[Depot, Vault, Vault],
) -> None:
    depot, lead, other = team
    redact(lead, "A-P-0001", [Box(0, 0, 60, 60)], "a face")
    (frame,) = lead.record([Add("photo", {"state": "held", "state_reason": "later"})])
    hand_over(lead, frame.id, camera_jpeg(seed=9), "host.jpg", "handed over")
    without_originals(depot, lead, other)
    assert len(shown(other)) == 5
    assert shown(other) == shown(lead)


def test_a_better_thumbnail_stays_at_home_and_changes_nothing_that_travels(
    team: tuple[Depot, Vault, Vault],
) -> None:
    depot, lead, other = team
    first = shown(lead)
    size = lead.own_log.size
    improve(lead)
    assert lead.own_log.size == size
    without_originals(depot, lead, other)
    assert shown(other) == first
