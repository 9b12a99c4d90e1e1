"""A segment: at most 200 entries of one log that verify by themselves, compressed and encrypted.

In the clear an object has only its mark, the number of its epoch, the SHA-256 of what was encrypted (which is
salted, so that it tells nothing), and the log's signature over these: so even who lacks the key of that epoch knows that
there is one. Inside: the tree's edge before the first entry, every entry in its stored form, the signed head after the
last. Cut once, by the laptop that wrote the log; everybody else passes on the same bytes.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import struct
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

import zstandard

from fieldkit.errors import AlteredError, FieldkitError, UnreadableError
from fieldkit.journal import canonical, keys
from fieldkit.journal.leaf import VERSION, OpenedEntry, leaf_of, open_entry, read_fields
from fieldkit.journal.merkle import Frontier, leaf_hash
from fieldkit.journal.verification import LogVerifier
from fieldkit.team import names
from fieldkit.team.names import Name
from fieldkit.vault.merging import Incoming, Stretch
from fieldkit.vault.packing import loosen, tighten, unpack_loose
from fieldkit.vault.parts import TAG_BYTES, open_part, part_data, seal_part
from fieldkit.vault.sealed_keys import FIRST_EPOCH, LAST_EPOCH
from fieldkit.vault.spans import root_before

KIND: Final = "segment"
MOST_ENTRIES: Final = 200
ENOUGH_BYTES: Final = 4 << 20
"""A segment is closed at this size, whatever the number of its entries."""

_MARK = names.MARKS[names.LOG]
_HEAD = struct.Struct(">Q32s64s")
_LABEL = b"fieldkit/v1/segment\n"
_MOST_CONTENT = 48 << 20
_WINDOW = 1 << 27
_LENGTH = struct.Struct(">I")
_LEVEL = 3


class Packed(NamedTuple):
    """An entry as the vault stores it; `leaf` only where its body does not make it."""

    body: bytes
    leaf: bytes | None


class LockedError(UnreadableError):
    """A segment or a receipt of an epoch whose key this laptop does not hold."""

    epoch = 0


def locked(epoch: int, where: str) -> UnreadableError:
    """The error for an object sealed under an epoch whose key is not here, a `LockedError` where there can be one."""
    if not FIRST_EPOCH <= epoch <= LAST_EPOCH:
        return UnreadableError(
            "sealed under a number that no epoch has", where=where, remedy=names.FETCH_AGAIN
        )
    error = LockedError(
        f"sealed under epoch {epoch}, whose key is not here", where=where, remedy=names.KEY_MISSING
    )
    error.epoch = epoch
    return error


def seal_segment(
    mission: str,
    log: str,
    public_key: bytes,
    frontier: Frontier,
    entries: Sequence[Packed],
    note: bytes,
    epoch: int,
    epoch_key: bytes,
    sign: Callable[[bytes], bytes],
) -> tuple[Name, bytes]:
    """The object of these entries, and its name. `frontier` is the tree before the first, `note` the head after the last;
    `sign` signs with the log's key."""
    first, last = frontier.size, frontier.size + len(entries) - 1
    header = canonical.encode(
        {
            "v": 1,
            "log": log,
            "key": base64.b64encode(public_key).decode(),
            "count": len(entries),
            "frontier": base64.b64encode(frontier.encode()).decode(),
            "checkpoint": note.decode(),
        }
    )
    pieces = [header, b"\n"]
    for one in entries:
        leaf = one.leaf or b""
        loose = loosen(one.body)
        pieces += (_LENGTH.pack(len(leaf)), leaf, _LENGTH.pack(len(loose)), loose)
    plain = zstandard.ZstdCompressor(level=_LEVEL).compress(b"".join(pieces))
    digest = hashlib.sha256(plain).digest()
    sealed = bytearray(len(plain) + TAG_BYTES)
    bound = _data(mission, epoch, log, first, last)
    seal_part(epoch_key, KIND, plain, digest, bound, sealed)
    data = _MARK + _HEAD.pack(epoch, digest, sign(_LABEL + bound + digest)) + bytes(sealed)
    return names.named(mission, names.LOG, data, log, first, last), data


def epoch_of(data: bytes) -> int:
    """The number of the epoch that a segment says it is sealed under; 0 where it says none."""
    start = len(_MARK)
    return int.from_bytes(data[start : start + 8], "big") if data.startswith(_MARK) else 0


def is_signed(name: Name, data: bytes, public_key: bytes) -> bool:
    """Whether the log of this key says itself that it sealed these entries under that epoch. No key of the epoch is needed."""
    try:
        epoch, digest, signature = _HEAD.unpack_from(data, len(_MARK))
        bound = _data(name.mission, epoch, name.log, name.first, name.last)
        keys.verify(public_key, _LABEL + bound + digest, signature, where=str(name))
    except (struct.error, FieldkitError):
        return False
    return keys.log_id(public_key) == name.log


def open_segment(name: Name, data: bytes, secrets: Mapping[int, Sequence[bytes]]) -> Stretch:
    """What a segment holds, verified: name, key, every entry, the tree, the signatures of the log's laptop.

    `secrets` are the keys that might be those of each epoch. Raises `LockedError` where there is none, `AlteredError` or
    `UnreadableError` for everything that is not as it should be.
    """
    where = str(name)
    try:
        stretch = _read(name, _opened(name, data, secrets), where)
    except (AlteredError, UnreadableError):
        raise
    except FieldkitError as error:
        raise AlteredError(error.problem, where=where, remedy=names.FETCH_AGAIN) from error
    if not is_signed(name, data, stretch.public_key):
        raise AlteredError(
            "its epoch is not the one that its laptop signed", where=where, remedy=names.FETCH_AGAIN
        )
    return stretch


def reopen_segment(name: Name, data: bytes, secrets: Mapping[int, Sequence[bytes]]) -> Stretch:
    """What a segment holds that was opened before it was kept: quick, because its entries are not checked again."""
    header, rest = _split(name, _opened(name, data, secrets), str(name))
    entries = []
    for seq, (leaf, loose) in enumerate(_frames(rest, header.entries, str(name)), start=name.first):
        body, disclosures = tighten(loose), unpack_loose(loose)
        made = leaf_of(disclosures, name.log, seq)
        if leaf and leaf != made:
            entries.append(Incoming(open_entry(leaf, disclosures), leaf, body))
            continue
        opened = OpenedEntry(name.log, seq, read_fields(disclosures), leaf_hash(made), 0, 0, VERSION)
        entries.append(Incoming(opened, None, body))
    return _stretch(name, header, Frontier.decode(header.frontier), entries)


def _opened(name: Name, data: bytes, secrets: Mapping[int, Sequence[bytes]]) -> bytes:
    """The content of a segment, decrypted and decompressed."""
    where = str(name)
    if not name.fits(data):
        raise AlteredError("not what its name says", where=where, remedy=names.FETCH_AGAIN)
    start = len(_MARK) + _HEAD.size
    if not data.startswith(_MARK) or len(data) <= start + TAG_BYTES:
        raise UnreadableError("not a segment", where=where, remedy=names.FETCH_AGAIN)
    epoch, digest, _ = _HEAD.unpack_from(data, len(_MARK))
    plain = _decrypt(name, epoch, digest, memoryview(data)[start:], secrets.get(epoch, ()))
    return _decompress(plain, where)


def _decrypt(name: Name, epoch: int, digest: bytes, sealed: memoryview, secrets: Sequence[bytes]) -> bytes:
    if not secrets:
        raise locked(epoch, str(name))
    data = _data(name.mission, epoch, name.log, name.first, name.last)
    for position, key in enumerate(secrets, start=1):
        try:
            return bytes(open_part(key, KIND, digest, sealed, data, where=str(name)))
        except AlteredError:
            if position == len(secrets):
                raise
    raise AssertionError


def _decompress(plain: bytes, where: str) -> bytes:
    """Decompressed as far as is allowed; a bomb is refused before it is unpacked."""
    try:
        if zstandard.get_frame_parameters(plain).content_size > _MOST_CONTENT:
            raise UnreadableError(
                f"decompresses to more than {_MOST_CONTENT} bytes", where=where, remedy=names.FETCH_AGAIN
            )
        return zstandard.ZstdDecompressor(max_window_size=_WINDOW).decompress(plain)
    except zstandard.ZstdError as error:
        raise UnreadableError(
            "a segment that does not decompress", where=where, remedy=names.FETCH_AGAIN
        ) from error


class _Header(NamedTuple):
    public: bytes
    entries: int
    frontier: bytes
    note: bytes


def _split(name: Name, content: bytes, where: str) -> tuple[_Header, bytes]:
    """Header and entries."""
    line, _, rest = content.partition(b"\n")
    match canonical.decode(line, where=where):
        case {
            "v": 1,
            "log": str(log),
            "key": str(key),
            "count": int(count),
            "frontier": str(edge),
            "checkpoint": str(note),
        } if (log, count) == (name.log, name.last - name.first + 1) and 1 <= count <= MOST_ENTRIES:
            pass
        case _:
            raise UnreadableError("not the header of a segment", where=where, remedy=names.FETCH_AGAIN)
    try:
        public, frontier = base64.b64decode(key, validate=True), base64.b64decode(edge, validate=True)
    except (binascii.Error, ValueError) as error:
        raise UnreadableError("not the header of a segment", where=where, remedy=names.FETCH_AGAIN) from error
    return _Header(public, count, frontier, note.encode()), rest


def _read(name: Name, content: bytes, where: str) -> Stretch:
    """What it holds, every entry, the tree and the signature checked."""
    header, rest = _split(name, content, where)
    before = Frontier.decode(header.frontier)
    if before.size != name.first:
        raise AlteredError(
            "begins at another number than its name says", where=where, remedy=names.FETCH_AGAIN
        )
    verifier = LogVerifier(
        name.log, public_key=header.public, mission=name.mission, frontier=before, where=where
    )
    entries = []
    for seq, (leaf, loose) in enumerate(_frames(rest, header.entries, where), start=name.first):
        body, disclosures = tighten(loose), unpack_loose(loose)
        made = leaf_of(disclosures, name.log, seq)
        opened = verifier.feed(leaf or made, disclosures)
        entries.append(Incoming(opened, leaf if leaf and leaf != made else None, body))
    verifier.finish(header.note)
    return _stretch(name, header, before, entries)


def _stretch(name: Name, header: _Header, before: Frontier, entries: Sequence[Incoming]) -> Stretch:
    return Stretch(name.log, header.public, name.first, root_before(before), entries, header.note)


def _frames(rest: bytes, count: int, where: str) -> Iterator[tuple[bytes, bytes]]:
    at = 0

    def take() -> bytes:
        nonlocal at
        if at + _LENGTH.size > len(rest):
            raise UnreadableError("a segment that ends too early", where=where, remedy=names.FETCH_AGAIN)
        (length,) = _LENGTH.unpack_from(rest, at)
        piece = rest[at + _LENGTH.size : at + _LENGTH.size + length]
        at += _LENGTH.size + length
        if at > len(rest):
            raise UnreadableError("a segment that ends too early", where=where, remedy=names.FETCH_AGAIN)
        return piece

    for _ in range(count):
        leaf = take()
        yield leaf, take()
    if at != len(rest):
        raise UnreadableError(
            "something follows the entries of a segment", where=where, remedy=names.FETCH_AGAIN
        )


def _data(mission: str, epoch: int, log: str, first: int, last: int) -> bytes:
    return part_data(mission, KIND, epoch, log=log, first=first, last=last)
