"""The journal's head kept outside the database, where a replayed or cut store.db cannot take it back.

After every commit the last checkpoint is written to `head` in the mission folder and to a copy in the user's
state directory: one write in place of a record of fixed size, synced at close and sync only. The record is
canonical JSON, its SHA-256, and blanks, so that every flipped or missing byte is told. It also names the machine and
the folder, by salted hashes: a store opened elsewhere is a copy or comes from a backup.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from fieldkit import paths
from fieldkit.domain.jsontypes import JSON, Doc
from fieldkit.errors import AlteredError, FieldkitError, UnreadableError
from fieldkit.journal import canonical
from fieldkit.vault.durable import make_folder, reaching, replace_file

FILE_NAME: Final = "head"
RECORD_BYTES: Final = 4096
DAMAGE_REMEDY: Final = "It is written anew; compare the head with the last one that was written on paper."
_FORMAT = 1
_SALT_BYTES = 32
_SHORT_HASH = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a vault lies, as three salted hashes: the machine, the folder's path, the folder's file number."""

    machine: str
    path: str
    number: str

    @classmethod
    def of(cls, folder: Path) -> Place:
        """The place of `folder` on this machine. The salt is random and stays in the user's state directory."""
        salt = _salt()
        with reaching(folder):
            resolved = folder.resolve()
            number = resolved.stat().st_ino
        return cls(
            _salted(salt, "machine", _machine()),
            _salted(salt, "path", str(resolved)),
            _salted(salt, "number", str(number)),
        )

    def same_folder(self, other: Place) -> bool:
        """Whether both are one folder of one machine: moved folders keep their number, remounted ones their path."""
        return self.machine == other.machine and (self.path == other.path or self.number == other.number)


@dataclass(frozen=True, slots=True)
class Head:
    """How far one log had come: `size` entries, tree root `root` (32 bytes), and its signed checkpoint note."""

    store_id: str
    log: str
    size: int
    root: bytes
    checkpoint: str
    place: Place

    def to_bytes(self) -> bytes:
        """The record of `RECORD_BYTES` bytes. Raises ValueError when the note is too long for it."""
        content: Doc = {
            "format": _FORMAT,
            "store": self.store_id,
            "log": self.log,
            "size": self.size,
            "root": self.root.hex(),
            "checkpoint": self.checkpoint,
            "machine": self.place.machine,
            "path": self.place.path,
            "number": self.place.number,
        }
        line = canonical.encode(content)
        record = line + b"\n" + hashlib.sha256(line).hexdigest().encode("ascii") + b"\n"
        if len(record) >= RECORD_BYTES:
            raise ValueError(f"a head of {len(record)} bytes does not fit its record")
        return record.ljust(RECORD_BYTES - 1) + b"\n"

    @classmethod
    def parse(cls, data: bytes, *, where: str) -> Head:
        """Read a record. Raises `AlteredError` when one byte of it is changed or missing."""
        line, newline, rest = data.partition(b"\n")
        expected = hashlib.sha256(line).hexdigest().encode("ascii") + b"\n"
        expected = expected.ljust(RECORD_BYTES - len(line) - 2) + b"\n"
        if len(data) != RECORD_BYTES or not newline or rest != expected:
            raise AlteredError(
                "the journal's head is damaged",
                where=where,
                remedy="It is written anew; compare with the last paper.",
            )
        return _head(canonical.decode(line, where=where), where)


class HeadFiles:
    """The two copies of a store's head: `head` in the mission folder and the copy in the state directory."""

    def __init__(self, folder: Path, store_id: str) -> None:
        self.folder_copy = folder / FILE_NAME
        self.state_copy = paths.head_copy(store_id)
        self._open: dict[Path, int] = {}

    def read(self, path: Path) -> Head | AlteredError | None:
        """The head at `path`, the damage told as a value, or None where there is none."""
        with reaching(path):
            if not path.is_file():
                return None
            with path.open("rb") as file:
                data = file.read(RECORD_BYTES + 1)
        try:
            return Head.parse(data, where=str(path))
        except AlteredError as error:
            return error
        except FieldkitError as error:
            return AlteredError(error.problem, where=str(path), remedy=error.remedy)

    def write(self, head: Head) -> None:
        """Put `head` into both copies, without waiting for the disk. Raises `UnavailableError`.

        What was committed stays committed when this fails: the next opening finds the database ahead by an
        extension that it can prove.
        """
        record = head.to_bytes()
        for path in (self.folder_copy, self.state_copy):
            with reaching(path):
                descriptor = self._open.get(path)
                if descriptor is None:
                    descriptor = self._descriptor(path, record)
                os.lseek(descriptor, 0, os.SEEK_SET)
                os.write(descriptor, record)

    def sync(self) -> None:
        """Make both copies durable. Raises `UnavailableError`."""
        for path, descriptor in self._open.items():
            with reaching(path):
                os.fsync(descriptor)

    def close(self) -> None:
        """Sync and let go of the files. Safe to call twice."""
        try:
            self.sync()
        finally:
            while self._open:
                os.close(self._open.popitem()[1])

    def _descriptor(self, path: Path, record: bytes) -> int:
        if not path.is_file() or path.stat().st_size != RECORD_BYTES:
            make_folder(path.parent)
            replace_file(path, record)
        descriptor = os.open(path, os.O_WRONLY | getattr(os, "O_BINARY", 0))
        self._open[path] = descriptor
        return descriptor


class Verdict(StrEnum):
    """What the copies of the head say about the database, the gravest first."""

    DIVERGING = "diverging"
    BEHIND = "behind"
    COPIED = "copied or restored"
    DAMAGED = "damaged"
    EXTENDED = "extended"
    NORMAL = "normal"


@dataclass(frozen=True, slots=True)
class HeadVerdict:
    """The verdict, in plain words and with the next step; `lost` counts entries that a copy knows and the store lacks.

    `damaged` names copies that could not be read, whatever the verdict.
    """

    verdict: Verdict
    problem: str = ""
    remedy: str = ""
    lost: int = 0
    damaged: tuple[str, ...] = ()

    @property
    def needs_new_log(self) -> bool:
        """Whether this laptop must not go on in the old log, because another incarnation may."""
        return self.verdict in (Verdict.DIVERGING, Verdict.BEHIND, Verdict.COPIED)

    @property
    def to_tell(self) -> bool:
        """Whether people must hear of it."""
        return bool(self.damaged) or self.verdict not in (Verdict.NORMAL, Verdict.EXTENDED)


def compare(
    database: Head,
    folder_copy: Head | AlteredError | None,
    state_copy: Head | AlteredError | None,
    prove: Callable[[str, int, bytes], bool],
) -> HeadVerdict:
    """Judge the database's head (with the place where it lies now) by the two copies.

    `prove(log, size, root)` says whether the database holds `log` with at least `size` entries and this root at
    that size. It is asked only about logs and sizes that the database claims to go beyond or to equal.
    """
    damaged = tuple(copy.where for copy in (folder_copy, state_copy) if isinstance(copy, AlteredError))
    whole = [copy for copy in (folder_copy, state_copy) if isinstance(copy, Head)]
    judged = [_judge(database, copy, prove) for copy in whole]
    order = list(Verdict)
    worst = min(judged, key=lambda one: (order.index(one.verdict), -one.lost), default=None)
    if worst is not None and worst.verdict in (Verdict.DIVERGING, Verdict.BEHIND):
        return _with(worst, damaged)
    if state_copy is None or any(not database.place.same_folder(copy.place) for copy in whole):
        return HeadVerdict(
            Verdict.COPIED,
            "this vault was copied or restored: it was last used in another folder or on another machine",
            "It goes on under a new log of its own; tell the team which laptop is used from now on.",
            damaged=damaged,
        )
    if damaged:
        return HeadVerdict(
            Verdict.DAMAGED,
            "a copy of the journal's head is damaged: " + ", ".join(damaged),
            DAMAGE_REMEDY,
            damaged=damaged,
        )
    return worst or HeadVerdict(Verdict.NORMAL)


def _judge(database: Head, copy: Head, prove: Callable[[str, int, bytes], bool]) -> HeadVerdict:
    if copy.store_id != database.store_id:
        return HeadVerdict(
            Verdict.DIVERGING,
            "the copy of the journal's head belongs to another vault",
            "Files of two vaults were mixed: restore this one from a backup, or go on under a new log.",
        )
    if copy.log == database.log and copy.size > database.size:
        lost = copy.size - database.size
        return HeadVerdict(
            Verdict.BEHIND,
            f"the store ends at entry {database.size}, yet {copy.size} were written: {lost} are missing",
            "Fetch them from the depot or another laptop; what is recorded now goes into a new log.",
            lost=lost,
        )
    if prove(copy.log, copy.size, copy.root):
        ahead = copy.log != database.log or database.size > copy.size
        return HeadVerdict(Verdict.EXTENDED if ahead else Verdict.NORMAL)
    if copy.log != database.log:
        return HeadVerdict(
            Verdict.BEHIND,
            f"the store lacks entries of log {copy.log[:8]}, which was written after what it holds",
            "Fetch them from the depot or another laptop; what is recorded now goes into a new log.",
        )
    return HeadVerdict(
        Verdict.DIVERGING,
        f"the journal up to entry {copy.size} is not the one that was written",
        "Keep this folder as it is for examination; restore from a backup, or go on under a new log.",
    )


def _with(verdict: HeadVerdict, damaged: tuple[str, ...]) -> HeadVerdict:
    return HeadVerdict(verdict.verdict, verdict.problem, verdict.remedy, verdict.lost, damaged)


def _head(value: JSON, where: str) -> Head:
    match value:
        case {
            "format": 1,
            "store": str(store),
            "log": str(log),
            "size": int(size),
            "root": str(root),
            "checkpoint": str(note),
            "machine": str(machine),
            "path": str(path),
            "number": str(number),
            **rest,
        } if not rest and size >= 0 and re.fullmatch("[0-9a-f]{64}", root):
            if all(_SHORT_HASH.fullmatch(text) for text in (machine, path, number)):
                return Head(store, log, size, bytes.fromhex(root), note, Place(machine, path, number))
    raise UnreadableError("not a head that this fieldkit can read", where=where, remedy="It is written anew.")


def _salted(salt: bytes, kind: str, value: str) -> str:
    claim = f"{kind}\0{value}".encode(errors="surrogateescape")
    return hashlib.sha256(b"fieldkit/v1/place\0" + salt + claim).hexdigest()[:32]


def _salt() -> bytes:
    path = paths.state_dir() / "salt"
    make_folder(path.parent)
    with reaching(path):
        with contextlib.suppress(FileExistsError), path.open("xb") as file:
            file.write(secrets.token_bytes(_SALT_BYTES))
        salt = path.read_bytes()
    if len(salt) != _SALT_BYTES:
        salt = secrets.token_bytes(_SALT_BYTES)
        replace_file(path, salt)
    return salt


def _machine() -> str:
    """What the system calls this machine; empty where the state is carried along, or the system does not say."""
    if os.environ.get(paths.STATE_VARIABLE):
        return ""
    for path in (Path("/etc/machine-id"), Path("/var/lib/dbus/machine-id")):
        with contextlib.suppress(OSError):
            return path.read_text(encoding="ascii", errors="replace").strip()
    return ""
