"""Compound files (OLE), the container of XLS: one stream of it by name. Format: Microsoft, MS-CFB.

Every chain of sectors is followed at most as long as the file is; what leads nowhere ends it.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

_END = 0xFFFFFFFA
"""From here on a number is no sector."""
_IN_HEADER = 109
_ENTRY = 128


def stream_of(data: bytes, names: tuple[str, ...]) -> bytes:
    """The stream of the first of these names that there is; empty where there is none, or the file is damaged."""
    try:
        return _stream(data, names)
    except (struct.error, IndexError, ValueError):
        return b""


def _stream(data: bytes, names: tuple[str, ...]) -> bytes:
    sector, small = (1 << shift for shift in struct.unpack_from("<HH", data, 30))
    if not (512 <= sector <= 4096 and small == 64):
        return b""
    (directory, _, cutoff, small_table) = struct.unpack_from("<IIII", data, 48)

    def chain(start: int) -> bytes:
        return b"".join(_at(data, number, sector) for number in _followed(start, table))

    table = _numbers(b"".join(_at(data, number, sector) for number in _tables(data, sector)))
    listing = chain(directory)
    entries = [listing[at : at + _ENTRY] for at in range(0, len(listing) - _ENTRY + 1, _ENTRY)]
    found = {_name(entry): entry for entry in reversed(entries)}
    for name in names:
        if entry := found.get(name.lower()):
            start, size = struct.unpack_from("<II", entry, 116)
            if size >= cutoff:
                return chain(start)[:size]
            (root,) = struct.unpack_from("<I", entries[0], 116)
            packed, numbers = chain(root), _numbers(chain(small_table))
            parts = (packed[at * small : (at + 1) * small] for at in _followed(start, numbers))
            return b"".join(parts)[:size]
    return b""


def _tables(data: bytes, sector: int) -> Iterator[int]:
    """The sectors that hold the table of chains: 109 are named in the header, more in a chain of their own."""
    yield from (number for number in struct.unpack_from(f"<{_IN_HEADER}I", data, 76) if number < _END)
    (more,) = struct.unpack_from("<I", data, 68)
    for _ in range(len(data) // sector):
        if more >= _END:
            return
        *numbers, more = _numbers(_at(data, more, sector))
        yield from (number for number in numbers if number < _END)


def _followed(start: int, table: tuple[int, ...]) -> Iterator[int]:
    for _ in range(len(table)):
        if start >= _END:
            return
        yield start
        start = table[start]


def _at(data: bytes, number: int, sector: int) -> bytes:
    return data[(number + 1) * sector : (number + 2) * sector]


def _numbers(raw: bytes) -> tuple[int, ...]:
    return struct.unpack(f"<{len(raw) // 4}I", raw[: len(raw) // 4 * 4])


def _name(entry: bytes) -> str:
    (length,) = struct.unpack_from("<H", entry, 64)
    return entry[: max(0, min(64, length) - 2)].decode("utf-16-le", "replace").lower()
