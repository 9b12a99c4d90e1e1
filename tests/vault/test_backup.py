"""Backups: whole, encrypted, checked before a byte is believed, and never over something that is there."""

from __future__ import annotations

import hashlib
import random
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from fieldkit.domain.jsontypes import Doc
from fieldkit.errors import (
    AlteredError,
    FieldkitError,
    NewerFormatError,
    PassphraseError,
    UnavailableError,
    UnreadableError,
    UsageError,
)
from fieldkit.vault import backup as backups
from fieldkit.vault.backup import backup, check_backup, restore
from fieldkit.vault.database import Database
from fieldkit.vault.media import MediaStore
from fieldkit.vault.slots import KdfParameters, KeySlots, MasterKey

CHEAP = KdfParameters(memory_kib=8, iterations=1, lanes=1)
PLANTED = "a planted sentence about gyroscopes"
PHOTO = random.Random(1).randbytes(5 * 1024 * 1024)


@dataclass
class Opened:
    folder: Path
    slots: KeySlots
    master: MasterKey
    store: Database
    photo: Doc

    def backup(self, target: Path) -> backups.BackupReport:
        return backup(self.folder, self.store, self.slots, self.master, target)


def unlock(slots: KeySlots) -> MasterKey:
    return slots.unlock("correct horse")


def media(folder: Path) -> MediaStore:
    return MediaStore(folder, "mission", lambda _: b"e" * 32, 1)


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Opened]:
    folder = tmp_path / "mission"
    folder.mkdir()
    slots, master, _ = KeySlots.create("correct horse", CHEAP)
    store = Database.create(folder / "store.db", master.database_key())
    with store.write() as tables:
        tables["notes"].insert_all({"text": f"{PLANTED} {n}"} for n in range(100))
    slots.write(folder / "vault.json")
    photo = media(folder).put(PHOTO).to_doc()
    (folder / "head").write_bytes(b"the head stays out of a backup")
    yield Opened(folder, slots, master, store, photo)
    store.close()


@pytest.fixture
def made(opened: Opened, tmp_path: Path) -> Path:
    opened.backup(tmp_path / "mission.backup")
    return tmp_path / "mission.backup"


def listing(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


def test_a_restored_vault_holds_everything_but_the_head(opened: Opened, made: Path, tmp_path: Path) -> None:
    report = restore(made, tmp_path / "again", unlock)
    assert report == check_backup(made, unlock)
    assert report.files == 4
    assert listing(tmp_path / "again") == ["media", "store.db", "vault.json"]
    assert (tmp_path / "again" / "vault.json").read_bytes() == opened.slots.to_bytes()
    store = Database.open(tmp_path / "again" / "store.db", opened.master.database_key())
    assert store.value("SELECT count(*) FROM notes") == 100
    store.close()
    assert b"".join(media(tmp_path / "again").open(opened.photo)) == PHOTO
    assert listing(tmp_path) == ["again", "mission", "mission.backup"]


def test_recovery_words_restore_as_well(opened: Opened, tmp_path: Path) -> None:
    opened.slots, words = opened.slots.with_recovery(opened.master, CHEAP)
    opened.backup(tmp_path / "b")
    restore(tmp_path / "b", tmp_path / "again", lambda slots: slots.recover(words))
    assert (tmp_path / "again" / "store.db").is_file()


def test_nothing_readable_is_in_a_backup(made: Path) -> None:
    data = made.read_bytes()
    assert b"gyroscopes" not in data
    assert PHOTO[1000:1100] not in data
    assert b"SQLite format" not in data
    assert made.stat().st_mode & 0o077 == 0


def test_a_backup_is_a_consistent_state_while_others_write(opened: Opened, tmp_path: Path) -> None:
    other = Database.open(opened.folder / "store.db", opened.master.database_key())
    with other.write() as tables:
        tables["notes"].insert({"text": "not yet committed"})
        opened.backup(tmp_path / "b")
    other.close()
    restore(tmp_path / "b", tmp_path / "again", unlock)
    store = Database.open(tmp_path / "again" / "store.db", opened.master.database_key())
    assert store.value("SELECT count(*) FROM notes") == 100
    store.close()


def test_a_backup_never_overwrites(opened: Opened, made: Path) -> None:
    before = made.read_bytes()
    with pytest.raises(UsageError):
        opened.backup(made)
    assert made.read_bytes() == before


def test_restoring_never_overwrites(opened: Opened, made: Path) -> None:
    before = listing(opened.folder)
    with pytest.raises(UsageError):
        restore(made, opened.folder, unlock)
    assert listing(opened.folder) == before


def test_restoring_into_an_empty_folder_is_allowed(made: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    restore(made, tmp_path / "empty", unlock)
    assert "store.db" in listing(tmp_path / "empty")


def test_a_wrong_passphrase_restores_nothing(made: Path, tmp_path: Path) -> None:
    with pytest.raises(PassphraseError):
        restore(made, tmp_path / "again", lambda slots: slots.unlock("wrong"))
    assert listing(tmp_path) == ["mission", "mission.backup"]


def test_a_flipped_byte_or_a_cut_is_told_and_nothing_appears(made: Path, tmp_path: Path) -> None:
    good = made.read_bytes()
    with zipfile.ZipFile(made) as archive:
        content = [
            (member.header_offset + 30 + len(member.filename), member.file_size)
            for member in archive.infolist()
        ]
    chosen = random.Random(2)
    for start, size in content:
        for _ in range(4):
            i = start + chosen.randrange(size)
            made.write_bytes(good[:i] + bytes([good[i] ^ 1]) + good[i + 1 :])
            assert_refused(made, tmp_path)
    for _ in range(15):
        made.write_bytes(good[: chosen.randrange(len(good))])
        assert_refused(made, tmp_path)


def assert_refused(made: Path, tmp_path: Path) -> None:
    with pytest.raises((AlteredError, UnreadableError)) as caught:
        restore(made, tmp_path / "again", unlock)
    assert caught.value.where.startswith(str(made))
    assert listing(tmp_path) == ["mission", "mission.backup"]


def test_any_flipped_byte_outside_the_content_is_told_or_harmless(made: Path) -> None:
    good = made.read_bytes()
    honest = check_backup(made, unlock)
    directory = good.rindex(b"PK\x01\x02", 0, good.index(b"PK\x01\x02") + 500)
    for i in [*range(30), *range(directory, len(good))]:
        made.write_bytes(good[:i] + bytes([good[i] ^ 0xFF]) + good[i + 1 :])
        try:
            report = check_backup(made, unlock)
        except (AlteredError, UnreadableError, NewerFormatError):
            continue
        assert report == honest


def rebuilt(made: Path, change: dict[str, bytes | None], *, compress: bool = False) -> None:
    """The backup with files replaced, added or (None) left out, as a ZIP whose own checksums all fit."""
    with zipfile.ZipFile(made) as archive:
        files: dict[str, bytes | None] = {name: archive.read(name) for name in archive.namelist()}
    files.update(change)
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED if compress else zipfile.ZIP_STORED) as archive:
        for name, data in files.items():
            if data is not None:
                archive.writestr(name, data)


@pytest.mark.parametrize(
    "change",
    [
        {"store.db": b"x"},
        {"store.db": None},
        {"manifest": None},
        {"manifest.mac": None},
        {"manifest.mac": b"0" * 64},
        {"manifest": b"fieldkit backup 1\n"},
        {"../escaped": b"x"},
        {"media/zz/added": b"x"},
        {"vault.json": None},
    ],
)
def test_a_rebuilt_archive_is_told(made: Path, tmp_path: Path, change: dict[str, bytes | None]) -> None:
    rebuilt(made, change)
    assert_refused(made, tmp_path)
    assert not (tmp_path.parent / "escaped").exists()


def test_compressed_content_is_not_unpacked(made: Path, tmp_path: Path) -> None:
    rebuilt(made, {}, compress=True)
    assert_refused(made, tmp_path)


def test_key_slots_of_another_vault_do_not_vouch_for_the_rest(made: Path, tmp_path: Path) -> None:
    slots, _, _ = KeySlots.create("correct horse", CHEAP)
    rebuilt(made, {"vault.json": slots.to_bytes()})
    assert_refused(made, tmp_path)


def forged(made: Path, master: MasterKey, replace: tuple[bytes, bytes]) -> None:
    """A manifest changed and signed by one who holds the key: what a newer or a faulty fieldkit may write."""
    with zipfile.ZipFile(made) as archive:
        manifest = archive.read("manifest").replace(*replace)
    rebuilt(made, {"manifest": manifest, "manifest.mac": backups._mac(master, manifest)})


def test_a_newer_backup_is_told_as_newer(opened: Opened, made: Path) -> None:
    forged(made, opened.master, (b"fieldkit backup 1", b"fieldkit backup 2"))
    with pytest.raises(NewerFormatError):
        check_backup(made, unlock)


@pytest.mark.parametrize(
    "name", ["../escaped", "media/../../escaped", "head", "media/ab/cd", "media/ab/" + "c" * 64]
)
def test_even_a_signed_manifest_cannot_name_a_file_elsewhere(
    opened: Opened, made: Path, tmp_path: Path, name: str
) -> None:
    line = f"{hashlib.sha256(b'x').hexdigest()} 1 {name}\n".encode()
    rebuilt(made, {name: b"x"})
    with zipfile.ZipFile(made) as archive:
        last = archive.read("manifest").splitlines(keepends=True)[-1]
    forged(made, opened.master, (last, last + line))
    with pytest.raises(UnreadableError, match="no vault has"):
        restore(made, tmp_path / "again", unlock)
    assert listing(tmp_path) == ["mission", "mission.backup"]


def test_a_fault_of_the_store_is_reported_and_what_there_is_restored(opened: Opened, tmp_path: Path) -> None:
    with opened.store.write():
        opened.store.execute("CREATE TABLE loose (a TEXT)")
        opened.store.execute("INSERT INTO loose VALUES (NULL)")
        opened.store.execute("PRAGMA writable_schema = ON")
        opened.store.execute(
            "UPDATE sqlite_master SET sql = 'CREATE TABLE loose (a TEXT NOT NULL)' WHERE name = 'loose'"
        )
    opened.store.close()
    opened.store = Database.open(opened.folder / "store.db", opened.master.database_key())
    assert opened.backup(tmp_path / "b").faults == ("NULL value in loose.a",)
    assert restore(tmp_path / "b", tmp_path / "again", unlock).faults == ("NULL value in loose.a",)


@pytest.mark.parametrize("content", [b"", b"not a zip", b"PK\x05\x06" + bytes(18)])
def test_what_is_no_backup_is_unreadable(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "b").write_bytes(content)
    with pytest.raises((UnreadableError, AlteredError)):
        restore(tmp_path / "b", tmp_path / "again", unlock)
    with pytest.raises(UnreadableError):
        check_backup(tmp_path / "missing", unlock)


def test_a_damaged_original_is_named_and_left_out(opened: Opened, tmp_path: Path) -> None:
    name = media(opened.folder).missing(opened.photo) or next(media(opened.folder).names())
    assert isinstance(name, str)
    media(opened.folder).part_path(name).write_bytes(b"rot")
    report = opened.backup(tmp_path / "b")
    assert report.damaged == (name,)
    restore(tmp_path / "b", tmp_path / "again", unlock)
    assert media(tmp_path / "again").missing(opened.photo) == [name]


def test_a_full_disk_leaves_nothing_behind(opened: Opened, small_disk: Path) -> None:
    with pytest.raises(UnavailableError, match="disk is full"):
        opened.backup(small_disk / "b")
    assert listing(small_disk) == []


def test_restoring_to_a_full_disk_leaves_nothing_behind(made: Path, small_disk: Path) -> None:
    with pytest.raises(FieldkitError) as caught:
        restore(made, small_disk / "again", unlock)
    assert caught.value.exit_code == 8
    assert listing(small_disk) == []
