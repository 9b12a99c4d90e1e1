"""A backup: one uncompressed ZIP of vault.json, a snapshot of store.db and the originals, all as encrypted on disk.

`manifest` lists every file with SHA-256 and size; `manifest.mac` is its HMAC-SHA256 under the backup key, so that
nothing is believed before the passphrase has opened the key slots within. A restored vault carries no head: opening
it tells that it was restored, and a new log begins.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import hmac
import re
import shutil
import struct
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from fieldkit.errors import AlteredError, NewerFormatError, UnreadableError, UsageError
from fieldkit.vault import database, slots
from fieldkit.vault.database import Database
from fieldkit.vault.durable import (
    make_folder,
    reaching,
    replace_file,
    sync_directory,
    sync_file,
    temporary_beside,
    unavailable,
)
from fieldkit.vault.media import FOLDER_NAME, PART_NAME
from fieldkit.vault.parts import PART_BYTES, TAG_BYTES
from fieldkit.vault.slots import KeySlots, MasterKey

MANIFEST: Final = "manifest"
MANIFEST_MAC: Final = "manifest.mac"
_TITLE = "fieldkit backup"
_FORMAT = 1
_BLOCK = 1024 * 1024
_MOST_MANIFEST_BYTES = 256 * 1024 * 1024
_LINE = re.compile(r"([0-9a-f]{64}) (\d{1,15}) ([a-z0-9./]{1,80})")
_NOT_A_ZIP = (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError, ValueError, struct.error)


@dataclass(frozen=True, slots=True)
class BackupReport:
    """What a backup holds: files and bytes; `damaged` names originals left out because they are damaged on disk,
    `faults` are those of the store, in the engine's words: it is kept as it is."""

    files: int
    size: int
    damaged: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Listed:
    sha256: str
    size: int
    name: str


def backup(
    folder: Path, store: Database, key_slots: KeySlots, master: MasterKey, target: Path
) -> BackupReport:
    """Write the vault in `folder`, opened as `store`, to the new file `target`, and read it back.

    Raises `UsageError` when there is something at `target`, `UnavailableError` when the disk does not allow it, with
    nothing left behind.
    """
    if target.exists():
        raise UsageError(
            "there is a file already", where=str(target), remedy="Name another file for the backup."
        )
    temporary, snapshot = temporary_beside(target), temporary_beside(target)
    with _without_leftovers(temporary, snapshot), reaching(target):
        store.snapshot(snapshot)
        temporary.touch(mode=0o600)
        with zipfile.ZipFile(temporary, "w", zipfile.ZIP_STORED) as archive:
            listed, damaged = _fill(archive, folder, snapshot, key_slots)
            manifest = _manifest(key_slots.store_id, listed)
            archive.writestr(_member(MANIFEST), manifest)
            archive.writestr(_member(MANIFEST_MAC), _mac(master, manifest))
        sync_file(temporary)
        report = check_backup(temporary, lambda _: master)
        temporary.replace(target)
        sync_directory(target.absolute().parent)
    return BackupReport(report.files, report.size, damaged, tuple(store.check()))


def check_backup(source: Path, unlock: Callable[[KeySlots], MasterKey]) -> BackupReport:
    """Read a whole backup and compare every byte with its manifest. Raises as `restore`; writes nothing."""
    with _Archive(source) as archive:
        _, listed = archive.open_manifest(unlock)
        for one in listed:
            for _ in archive.content(one):
                pass
    return BackupReport(len(listed), sum(one.size for one in listed))


def restore(source: Path, folder: Path, unlock: Callable[[KeySlots], MasterKey]) -> BackupReport:
    """Make the vault of a backup again in `folder`, which must be absent or empty.

    `unlock` opens the key slots of the backup (`KeySlots.unlock` with a passphrase, or `recover`). Raises
    `UsageError` (something is there), `UnreadableError` (no backup), `AlteredError` (any difference from the
    manifest), `PassphraseError`, `UnavailableError`; `folder` appears whole or not at all.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(
            "there is something here already", where=str(folder), remedy="Name a new or an empty folder."
        )
    building = temporary_beside(folder.absolute())
    with _without_leftovers(building), reaching(folder), _Archive(source) as archive:
        master, listed = archive.open_manifest(unlock)
        make_folder(building)
        for one in listed:
            _unpack(archive, one, building / one.name)
        store = Database.open(building / database.FILE_NAME, master.database_key())
        with contextlib.closing(store):
            faults = tuple(store.check())
        sync_directory(building)
        if folder.exists():
            folder.rmdir()
        building.rename(folder)
        sync_directory(building.parent)
    return BackupReport(len(listed), sum(one.size for one in listed), faults=faults)


class _Archive:
    """A backup being read: nothing in it is trusted until `open_manifest` has returned."""

    def __init__(self, source: Path) -> None:
        self._source = source
        self._where = str(source)
        if not source.is_file():
            raise UnreadableError(
                "there is no such file", where=self._where, remedy="Check its name and folder."
            )
        with self._readable():
            self._zip = zipfile.ZipFile(source)

    def __enter__(self) -> _Archive:
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.close()

    def open_manifest(self, unlock: Callable[[KeySlots], MasterKey]) -> tuple[MasterKey, list[_Listed]]:
        """The master key and the authenticated list of the files within, which are exactly the files listed."""
        key_slots = KeySlots.parse(
            self._small(slots.FILE_NAME, slots.MOST_BYTES), where=f"{self._where}: {slots.FILE_NAME}"
        )
        master = unlock(key_slots)
        manifest = self._small(MANIFEST, _MOST_MANIFEST_BYTES)
        if not hmac.compare_digest(self._small(MANIFEST_MAC, 64), _mac(master, manifest)):
            raise self._altered("its manifest is not the one that was written")
        listed = _read_manifest(manifest, key_slots.store_id, self._where)
        names = [one.name for one in listed]
        if sorted(self._zip.namelist()) != sorted([*names, MANIFEST, MANIFEST_MAC]):
            raise self._altered("files were added to it or taken out")
        if slots.FILE_NAME not in names or database.FILE_NAME not in names:
            raise self._altered("it lacks the store or the key slots")
        return master, listed

    def content(self, one: _Listed) -> Iterator[bytes]:
        """The bytes of a listed file, compared with its hash at the end. Raises `AlteredError`."""
        digest, size = hashlib.sha256(), 0
        with self._readable(), self._opened(one.name, one.size) as file:
            while block := file.read(_BLOCK):
                digest.update(block)
                size += len(block)
                yield block
        if digest.hexdigest() != one.sha256 or size != one.size:
            raise self._altered(f"{one.name} is not what was put in")

    def _small(self, name: str, most: int) -> bytes:
        with self._readable(), self._opened(name, most) as file:
            return file.read(most + 1)

    @contextlib.contextmanager
    def _opened(self, name: str, most: int) -> Iterator[BinaryIO]:
        try:
            member = self._zip.getinfo(name)
        except KeyError:
            raise self._altered(f"{name} is missing from it") from None
        if member.compress_type != zipfile.ZIP_STORED or member.file_size > most:
            raise self._altered(f"{name} is longer than it was")
        with self._zip.open(member) as file:
            yield file  # type: ignore[misc]

    @contextlib.contextmanager
    def _readable(self) -> Iterator[None]:
        try:
            yield
        except _NOT_A_ZIP as error:
            raise self._unreadable(error) from error
        except OSError as error:
            if error.errno == errno.EINVAL:  # an offset in the archive points before its beginning
                raise self._unreadable(error) from error
            raise unavailable(error, self._source) from error

    def _unreadable(self, error: Exception) -> UnreadableError:
        return UnreadableError(
            f"not a whole backup ({error})", where=self._where, remedy="Take another copy of the backup."
        )

    def _altered(self, problem: str) -> AlteredError:
        return AlteredError(problem, where=self._where, remedy="Take another copy of the backup.")


def _fill(
    archive: zipfile.ZipFile, folder: Path, snapshot: Path, key_slots: KeySlots
) -> tuple[list[_Listed], tuple[str, ...]]:
    """The snapshot comes before the originals: every original that it names was on disk before its entry."""
    slot_bytes = key_slots.to_bytes()
    archive.writestr(_member(slots.FILE_NAME), slot_bytes)
    listed = [_Listed(hashlib.sha256(slot_bytes).hexdigest(), len(slot_bytes), slots.FILE_NAME)]
    listed.append(_add_store(archive, snapshot))
    damaged: list[str] = []
    for path in sorted((folder / FOLDER_NAME).glob("??/*")):
        if not PART_NAME.fullmatch(path.name):
            continue
        with path.open("rb") as file:
            sealed = file.read(PART_BYTES + TAG_BYTES + 1)
        if hashlib.sha256(sealed).hexdigest() != path.name:
            damaged.append(path.name)
            continue
        name = f"{FOLDER_NAME}/{path.name[:2]}/{path.name}"
        archive.writestr(_member(name), sealed)
        listed.append(_Listed(path.name, len(sealed), name))
    return listed, tuple(damaged)


def _add_store(archive: zipfile.ZipFile, snapshot: Path) -> _Listed:
    digest, size = hashlib.sha256(), 0
    with (
        snapshot.open("rb") as source,
        archive.open(_member(database.FILE_NAME), "w", force_zip64=True) as into,
    ):
        while block := source.read(_BLOCK):
            digest.update(block)
            size += len(block)
            into.write(block)
    return _Listed(digest.hexdigest(), size, database.FILE_NAME)


def _unpack(archive: _Archive, one: _Listed, path: Path) -> None:
    make_folder(path.parent)
    if PART_NAME.fullmatch(path.name):
        replace_file(path, b"".join(archive.content(one)), sync_folder=False)
        return
    with path.open("xb") as into:
        for block in archive.content(one):
            into.write(block)
    sync_file(path)


def _manifest(store_id: str, listed: list[_Listed]) -> bytes:
    lines = [f"{_TITLE} {_FORMAT}", store_id, *(f"{one.sha256} {one.size} {one.name}" for one in listed)]
    return "".join(f"{line}\n" for line in lines).encode("ascii")


def _read_manifest(manifest: bytes, store_id: str, where: str) -> list[_Listed]:
    title, own_id, *lines = manifest.decode("ascii").splitlines()
    if title != f"{_TITLE} {_FORMAT}":
        raise NewerFormatError(
            f"written as {title!r}; this fieldkit reads version {_FORMAT}",
            where=where,
            remedy="Restore it with a newer fieldkit; nothing was changed.",
        )
    listed: list[_Listed] = []
    for line in lines:
        found = _LINE.fullmatch(line)
        if found is None or not _permitted(found[3]):
            raise UnreadableError("its manifest lists a file that no vault has", where=where)
        listed.append(_Listed(found[1], int(found[2]), found[3]))
    if own_id != store_id:
        raise AlteredError("its manifest belongs to another vault", where=where)
    return listed


def _permitted(name: str) -> bool:
    if name in (slots.FILE_NAME, database.FILE_NAME):
        return True
    folder, _, rest = name.partition("/")
    shard, _, part = rest.partition("/")
    return folder == FOLDER_NAME and PART_NAME.fullmatch(part) is not None and shard == part[:2]


def _member(name: str) -> zipfile.ZipInfo:
    member = zipfile.ZipInfo(name)
    member.external_attr = 0o600 << 16
    return member


def _mac(master: MasterKey, manifest: bytes) -> bytes:
    return hmac.new(master.backup_key(), manifest, hashlib.sha256).hexdigest().encode("ascii")


@contextlib.contextmanager
def _without_leftovers(*paths: Path) -> Iterator[None]:
    """Remove temporary files and folders, whatever happened."""
    try:
        yield
    finally:
        for path in paths:
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            for suffix in ("", "-wal", "-shm", "-journal"):
                path.with_name(path.name + suffix).unlink(missing_ok=True)
