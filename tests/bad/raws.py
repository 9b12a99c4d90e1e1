"""Raw files of cameras, written from the DNG specification: a mosaic of sensor values, a JPEG preview, EXIF."""

from __future__ import annotations

import struct

from tests.bad.photos import sound_jpeg

_BYTE, _ASCII, _SHORT, _LONG, _RATIONAL, _SIGNED_RATIONAL = 1, 2, 3, 4, 5, 10
_Entry = tuple[int, int, int, bytes]


def dng(*, preview: bytes | None = None, size: tuple[int, int] = (64, 48)) -> bytes:
    """A DNG with a mosaic of this size and a preview of 640 x 480 of its own, or the bytes given as that."""
    jpeg = sound_jpeg() if preview is None else preview
    mosaic = struct.pack(f"<{size[0] * size[1]}H", *((7 * n) % 4096 for n in range(size[0] * size[1])))
    starts, at = [], 8
    for entries in _directories(0, 0, len(jpeg), 0, 0, size, len(mosaic)):
        starts.append(at)
        at += len(_directory(entries, 0))
    gap = bytes(len(jpeg) % 2)
    filled = _directories(at, at + len(jpeg) + len(gap), len(jpeg), starts[1], starts[2], size, len(mosaic))
    listed = [_directory(entries, start) for entries, start in zip(filled, starts, strict=True)]
    return b"II*\0" + struct.pack("<I", 8) + b"".join(listed) + jpeg + gap + mosaic


def dng_with_a_torn_preview() -> bytes:
    return dng(preview=sound_jpeg()[:200])


def dng_cut_short() -> bytes:
    return dng()[:900]


def _directories(
    preview: int, mosaic: int, jpeg: int, raw: int, exif: int, size: tuple[int, int], pixels: int
) -> list[list[_Entry]]:
    """The main directory with the preview, the one of the mosaic, the EXIF one."""
    one = (1, 0, 0, 0, 1, 0, 0, 0, 1)
    main = [
        _long(254, 1), _long(256, 640), _long(257, 480), _short(258, 8, 8, 8), _short(259, 7), _short(262, 6),
        _text(271, "Example Optics"), _text(272, "EX-RAW"), _long(273, preview), _short(274, 1), _short(277, 3),
        _long(278, 480), _long(279, jpeg), _long(330, raw), _long(34665, exif),
        (50706, _BYTE, 4, bytes([1, 4, 0, 0])), (50707, _BYTE, 4, bytes([1, 1, 0, 0])),
        _text(50708, "Example EX-RAW"), _text(50735, "7700123"), _short(50778, 21),
        (50721, _SIGNED_RATIONAL, 9, b"".join(struct.pack("<ii", value, 1) for value in one)),
        (50728, _RATIONAL, 3, struct.pack("<6I", 1, 1, 1, 1, 1, 1)),
    ]  # fmt: skip
    sensor = [
        _long(254, 0), _long(256, size[0]), _long(257, size[1]), _short(258, 16), _short(259, 1), _short(262, 32803),
        _long(273, mosaic), _short(277, 1), _long(278, size[1]), _long(279, pixels), _short(33421, 2, 2),
        (33422, _BYTE, 4, bytes([0, 1, 1, 2])), _long(50717, 4095),
    ]  # fmt: skip
    return [main, sensor, [_text(36867, "2026:02:12 10:41:07"), _text(36881, "+02:00")]]


def _directory(entries: list[_Entry], start: int) -> bytes:
    """A TIFF directory that stands at `start`, its longer values behind it."""
    at = start + 2 + 12 * len(entries) + 4
    listed, values = b"", b""
    for tag, kind, count, value in sorted(entries):
        held = value.ljust(4, b"\0")
        if len(value) > 4:
            held = struct.pack("<I", at + len(values))
            values += value + bytes(len(value) % 2)
        listed += struct.pack("<HHI", tag, kind, count) + held
    return struct.pack("<H", len(entries)) + listed + bytes(4) + values


def _long(tag: int, value: int) -> _Entry:
    return tag, _LONG, 1, struct.pack("<I", value)


def _short(tag: int, *values: int) -> _Entry:
    return tag, _SHORT, len(values), struct.pack(f"<{len(values)}H", *values)


def _text(tag: int, text: str) -> _Entry:
    return tag, _ASCII, len(text) + 1, text.encode() + b"\0"
