"""Originals beside store.db: immutable encrypted parts of at most 4 MiB, named by the SHA-256 of their ciphertext.

The files stored are the files that travel to a depot. Nothing is ever written in the clear: a part is encrypted
in memory, goes to a temporary file, is synced and renamed. Keys and associated data: `fieldkit.vault.parts`.
A part that no entry names, left by an interrupted intake, does no harm.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import itertools
import os
import re
import threading
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final, TypeVar

from fieldkit.domain.jsontypes import JSON, Doc
from fieldkit.errors import AlteredError, FieldkitError, UsageError
from fieldkit.vault.durable import (
    TEMPORARY_SUFFIX,
    make_folder,
    reaching,
    replace_file,
    sync_directory,
)
from fieldkit.vault.parts import (
    PART_BYTES,
    TAG_BYTES,
    Buffer,
    altered_part,
    open_part,
    open_part_into,
    part_data,
    room_of,
    seal_part,
)

KIND: Final = "media"
FOLDER_NAME: Final = "media"
PART_NAME: Final = re.compile(r"[0-9a-f]{64}")

Room = TypeVar("Room", bytearray, memoryview)


@dataclass(frozen=True, slots=True)
class StoredMedia:
    """What a `media` record keeps: SHA-256 of the original (hex), its size in bytes, its parts in order.

    A part is `{"epoch": int, "plain": hex, "cipher": hex, "length": int}`: the epoch of its key, SHA-256 of
    plaintext and ciphertext, length of the plaintext.
    """

    sha256: str
    size: int
    parts: list[Doc]

    def to_doc(self) -> Doc:
        """The members `sha256`, `size` and `parts` of a `media` record."""
        return {"sha256": self.sha256, "size": self.size, "parts": list(self.parts)}


@dataclass(frozen=True, slots=True)
class _Part:
    epoch: int
    plain: str
    cipher: str
    length: int


class MediaStore:
    """The parts of one mission, in `media` of the mission's `folder`. Several threads may use one store.

    `epoch_keys` gives the 32-byte key of an epoch; new parts are sealed under `current_epoch`. With `reread`,
    every part is read back from the disk and hashed after it was written.
    """

    def __init__(
        self,
        folder: Path,
        mission_id: str,
        epoch_keys: Callable[[int], bytes],
        current_epoch: int,
        *,
        reread: bool = False,
    ) -> None:
        self.folder = folder / FOLDER_NAME
        self.mission_id = mission_id
        self.current_epoch = current_epoch
        self._epoch_keys = epoch_keys
        self._reread = reread
        self._own = threading.local()

    def put(self, source: BinaryIO | Buffer) -> StoredMedia:
        """Store an original; durable on return. Putting the same bytes again changes nothing.

        Raises `UnavailableError` (disk full, not writable); parts stored before that stay, as orphans.
        """
        whole = hashlib.sha256()
        size = 0
        parts: list[Doc] = []
        touched: set[Path] = set()
        epoch = self.current_epoch
        key, data = self._epoch_keys(epoch), part_data(self.mission_id, KIND, epoch)
        for plain in _chunks(source):
            hashed = hashlib.sha256(plain)
            if parts:
                whole.update(plain)
            else:
                whole = hashed.copy()
            size += len(plain)
            sealed = self._buffer()[: len(plain) + TAG_BYTES]
            seal_part(key, KIND, plain, hashed.digest(), data, sealed)
            cipher = hashlib.sha256(sealed).hexdigest()
            touched.update(self._keep(cipher, sealed))
            parts.append(_part_doc(epoch, hashed.hexdigest(), cipher, len(plain)))
        for folder in touched:
            with reaching(folder):
                sync_directory(folder)
        return StoredMedia(whole.hexdigest(), size, parts)

    def seal(self, plain: Buffer) -> tuple[Doc, bytes]:
        """A part that is kept elsewhere: what a record says of it, and its ciphertext. `plain` is no longer than a part."""
        epoch, hashed = self.current_epoch, hashlib.sha256(plain)
        sealed = bytearray(len(plain) + TAG_BYTES)
        data = part_data(self.mission_id, KIND, epoch)
        seal_part(self._epoch_keys(epoch), KIND, plain, hashed.digest(), data, sealed)
        cipher = hashlib.sha256(sealed).hexdigest()
        return _part_doc(epoch, hashed.hexdigest(), cipher, len(plain)), bytes(sealed)

    def unseal(self, part: JSON, sealed: Buffer) -> bytes:
        """The plaintext of such a part. Raises `AlteredError`; `UsageError` where its key is not here."""
        (one,) = _parts({"parts": [part]})
        data = part_data(self.mission_id, KIND, one.epoch)
        plain = bytes.fromhex(one.plain)
        return bytes(
            open_part(self._epoch_keys(one.epoch), KIND, plain, sealed, data, where=f"part {one.cipher}")
        )

    def open(self, doc: Mapping[str, JSON]) -> Iterator[bytearray]:
        """The plaintext of a `media` record's document, a part at a time, each authenticated before it is given.

        Raises `AlteredError` naming the part's file when it is altered, cut short or missing; at the end, when
        the whole is not what the record says.
        """
        return self._each_part(doc, bytearray, compared=True)

    def passing(self, doc: Mapping[str, JSON]) -> Iterator[memoryview]:
        """As `open`, for who is done with each part before asking for the next and throws away what he made of them where
        this raises: all parts are given in the same memory of this thread, and of several only the whole is compared
        with what the record says, so that no byte is hashed twice."""
        return self._each_part(doc, self._plain_room, compared=False)

    def _each_part(
        self, doc: Mapping[str, JSON], room: Callable[[int], Room], *, compared: bool
    ) -> Iterator[Room]:
        whole = hashlib.sha256()
        size = 0
        parts = _parts(doc)
        for part in parts:
            plain = room(part.length)
            self._decrypt(part, plain, compared=compared or len(parts) == 1)
            if len(parts) > 1:
                whole.update(plain)
            size += len(plain)
            yield plain
        digest = parts[0].plain if len(parts) == 1 else whole.hexdigest()
        if digest != doc.get("sha256") or size != doc.get("size"):
            raise AlteredError(
                "the parts do not make up the original that the record names",
                where=str(doc.get("sha256")),
                remedy="Look at the record's history; the parts themselves are whole.",
            )

    def check(self, doc: Mapping[str, JSON]) -> list[FieldkitError]:
        """Every fault of one original, part by part, then of the whole; empty when it is whole."""
        faults: list[FieldkitError] = []
        try:
            parts = _parts(doc)
        except FieldkitError as error:
            return [error]
        for part in parts:
            try:
                self._decrypt(part, self._plain_room(part.length))
            except FieldkitError as error:
                faults.append(error)
        if not faults:
            try:
                for _ in self.passing(doc):
                    pass
            except FieldkitError as error:
                faults.append(error)
        return faults

    def missing(self, doc: Mapping[str, JSON]) -> list[str]:
        """Names of the parts that are not here (yet). Looks at names only."""
        return [part.cipher for part in _parts(doc) if not self.holds(part.cipher)]

    def holds(self, cipher: str) -> bool:
        """Whether a part of this name is here."""
        return self.part_path(cipher).is_file()

    def part_path(self, cipher: str) -> Path:
        """Where the part whose ciphertext has this SHA-256 (64 lowercase hex digits) lies."""
        if not PART_NAME.fullmatch(cipher):
            raise altered_part(repr(cipher[:80]), "not the name of a part")
        return self.folder / cipher[:2] / cipher

    def read_part(self, cipher: str) -> bytes:
        """The ciphertext of a part, its name checked against its content. Raises `AlteredError`."""
        path = self.part_path(cipher)
        sealed = _read(path)
        if hashlib.sha256(sealed).hexdigest() != cipher:
            raise altered_part(str(path))
        return sealed

    def read_listed(self, cipher: str, listed: Doc) -> bytes:
        """The same of a part that a record lists. That it opens shows as well that it is what was sealed, and takes a fifth
        of the time; where it does not, or its key is not here, its name is checked. Raises `AlteredError`."""
        path = self.part_path(cipher)
        sealed = _read(path)
        if not self._opens(listed, sealed) and hashlib.sha256(sealed).hexdigest() != cipher:
            raise altered_part(str(path))
        return sealed

    def _opens(self, listed: Doc, sealed: bytes) -> bool:
        try:
            (part,) = _parts({"parts": [listed]})
            self._open(part, sealed, self._plain_room(part.length), compared=False)
        except (AlteredError, UsageError):
            return False
        return True

    def take_part(self, cipher: str, sealed: Buffer) -> None:
        """Store a part that came from elsewhere; durable on return. Raises `AlteredError` if its name lies."""
        if (
            hashlib.sha256(sealed).hexdigest() != cipher
            or not TAG_BYTES < len(sealed) <= PART_BYTES + TAG_BYTES
        ):
            raise altered_part(cipher[:80], "the part is not what its name says")
        for folder in self._keep(cipher, sealed):
            with reaching(folder):
                sync_directory(folder)

    def set_aside(self, path: Path) -> Path:
        """Give the file of a damaged part another name, durably, and return it: the part is not here any more, and is fetched
        again from where it is. Raises `UnavailableError`."""
        numbered = (path.with_name(f"{path.name}.damaged-{number}") for number in itertools.count(1))
        aside = next(one for one in numbered if not one.exists())
        with reaching(path):
            path.rename(aside)
            sync_directory(path.parent)
        return aside

    def names(self) -> Iterator[str]:
        """The name of every part here, in order."""
        for path in self._files():
            if PART_NAME.fullmatch(path.name):
                yield path.name

    def orphans(self, known: Container[str]) -> Iterator[Path]:
        """Files that no entry needs: parts not in `known`, and temporary files of an interrupted intake."""
        for path in self._files():
            part = PART_NAME.fullmatch(path.name)
            if (part and path.name not in known) or path.name.endswith(TEMPORARY_SUFFIX):
                yield path

    def _files(self) -> Iterator[Path]:
        with reaching(self.folder):
            shards = sorted(self.folder.iterdir()) if self.folder.is_dir() else []
            for shard in shards:
                if shard.is_dir():
                    yield from sorted(shard.iterdir())

    def _keep(self, cipher: str, sealed: Buffer) -> Iterable[Path]:
        path = self.part_path(cipher)
        with contextlib.suppress(AlteredError):
            if path.is_file() and self.read_part(cipher):
                return [path.parent]
        make_folder(path.parent)
        replace_file(path, sealed, sync_folder=False)
        if self._reread:
            self.read_part(cipher)
        return [path.parent]

    def _buffer(self) -> memoryview:
        """This thread's room for one sealed part and a byte more: fresh memory costs more than decrypting into it.

        What is in it stands until this thread seals or opens the next part.
        """
        return self._room("buffer", PART_BYTES + TAG_BYTES + 1)

    def _plain_room(self, size: int) -> memoryview:
        """This thread's room for the plaintext of one part, of `size` bytes; it begins where a page of memory begins."""
        return self._room("plain", PART_BYTES)[:size]

    def _room(self, name: str, size: int) -> memoryview:
        room: memoryview | None = getattr(self._own, name, None)
        if room is None:
            room = room_of(size)
            setattr(self._own, name, room)
        return room

    def _decrypt(self, part: _Part, plain: bytearray | memoryview, *, compared: bool = True) -> None:
        path = self.part_path(part.cipher)
        sealed = _read_into(path, self._buffer())
        if len(sealed) != part.length + TAG_BYTES:
            raise altered_part(str(path), f"the part has {len(sealed)} bytes, not {part.length + TAG_BYTES}")
        self._open(part, sealed, plain, compared=compared)

    def _open(self, part: _Part, sealed: Buffer, plain: bytearray | memoryview, *, compared: bool) -> None:
        open_part_into(
            self._epoch_keys(part.epoch),
            KIND,
            bytes.fromhex(part.plain),
            sealed,
            part_data(self.mission_id, KIND, part.epoch),
            plain,
            where=str(self.part_path(part.cipher)),
            compared=compared,
        )


def _part_doc(epoch: int, plain: str, cipher: str, length: int) -> Doc:
    return {"epoch": epoch, "plain": plain, "cipher": cipher, "length": length}


def _chunks(source: BinaryIO | Buffer) -> Iterator[memoryview]:
    if isinstance(source, bytes | bytearray | memoryview):
        view = memoryview(source).cast("B")
        for start in range(0, len(view), PART_BYTES):
            yield view[start : start + PART_BYTES]
        return
    buffer = memoryview(bytearray(PART_BYTES))
    while filled := _fill(source, buffer):
        yield buffer[:filled]


def _fill(source: BinaryIO, buffer: memoryview) -> int:
    filled = 0
    if isinstance(source, io.RawIOBase | io.BufferedIOBase):
        while filled < len(buffer) and (count := source.readinto(buffer[filled:])):
            filled += count
        return filled
    while filled < len(buffer) and (piece := source.read(len(buffer) - filled)):
        buffer[filled : filled + len(piece)] = piece
        filled += len(piece)
    return filled


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    if not path.is_file():
        raise altered_part(str(path), "the part is missing")
    with reaching(path), path.open("rb") as file:
        yield file


def _read(path: Path) -> bytes:
    """The file, or as much of it as is more than a part can be. Room is taken for what there is: for more than that, memory
    would have to be had from the system anew for every part, which costs as much as hashing it."""
    with _opened(path) as file:
        return file.read(min(os.fstat(file.fileno()).st_size, PART_BYTES + TAG_BYTES) + 1)


def _read_into(path: Path, buffer: memoryview) -> memoryview:
    """The beginning of `buffer`, filled with the file; all of it if the file is longer than a part can be."""
    with _opened(path) as file:
        return buffer[: _fill(file, buffer)]


def _parts(doc: Mapping[str, JSON]) -> list[_Part]:
    listed = doc.get("parts", [] if doc.get("size") == 0 else None)
    if not isinstance(listed, list):
        raise _malformed(doc)
    parts: list[_Part] = []
    for one in listed:
        match one:
            case {"epoch": int(epoch), "plain": str(plain), "cipher": str(cipher), "length": int(length)}:
                if PART_NAME.fullmatch(plain) and PART_NAME.fullmatch(cipher) and 1 <= length <= PART_BYTES:
                    parts.append(_Part(epoch, plain, cipher, length))
                    continue
        raise _malformed(doc)
    return parts


def _malformed(doc: Mapping[str, JSON]) -> AlteredError:
    return AlteredError(
        "the record's list of parts is not of the form that fieldkit writes",
        where=str(doc.get("sha256")),
        remedy="Look at the record's history to see who wrote it.",
    )
