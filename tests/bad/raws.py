"""Raw files of cameras: a mosaic of sensor values, a JPEG preview, EXIF; written from the DNG specification and after Nikon's NEF."""

from __future__ import annotations

import io
import struct
from collections.abc import Callable

from PIL import Image

from tests.bad.photos import sound_jpeg

_BYTE, _ASCII, _SHORT, _LONG, _RATIONAL, _UNDEFINED, _SIGNED_RATIONAL = 1, 2, 3, 4, 5, 7, 10
_Entry = tuple[int, int, int, bytes]


def dng(*, preview: bytes | None = None, size: tuple[int, int] = (64, 48)) -> bytes:
    """A DNG with a mosaic of this size and a preview of 640 x 480 of its own, or the bytes given as that."""
    jpeg, sensor = sound_jpeg() if preview is None else preview, _mosaic(size)
    return _file(
        [jpeg, sensor],
        lambda starts, places: _directories(
            places[0], places[1], len(jpeg), starts[1], starts[2], size, len(sensor)
        ),
    )


def nef(*, size: tuple[int, int] = (320, 240), orientation: int = 1) -> bytes:
    """A NEF as Nikon lays it out: a small RGB picture, a JPEG preview and the mosaic in directories below it, a maker's note."""
    jpeg, sensor, small = sound_jpeg(), _mosaic(size), sound_rgb(160, 120)
    note = _directory([_text(1, "0210"), _text(0x001D, "3001234")], 8)
    noted = b"Nikon\0\x02\x10\0\0II*\0" + struct.pack("<I", 8) + note

    def listed(starts: list[int], places: list[int]) -> list[list[_Entry]]:
        main = [
            _long(254, 1), _long(256, 160), _long(257, 120), _short(258, 8, 8, 8), _short(259, 1), _short(262, 2),
            _text(271, "NIKON CORPORATION"), _text(272, "NIKON D70"), _long(273, places[0]), _short(274, orientation),
            _short(277, 3), _long(278, 120), _long(279, len(small)), _long(330, starts[1], starts[2]), _long(34665, starts[3]),
        ]  # fmt: skip
        shown = [_long(254, 1), _short(259, 6), _long(513, places[1]), _long(514, len(jpeg)), _short(531, 2)]
        raw = [
            _long(254, 0), _long(256, size[0]), _long(257, size[1]), _short(258, 16), _short(259, 1), _short(262, 32803),
            _long(273, places[2]), _short(277, 1), _long(278, size[1]), _long(279, len(sensor)), _short(33421, 2, 2),
            (33422, _BYTE, 4, bytes([2, 1, 1, 0])),
        ]  # fmt: skip
        exif = [_text(36867, "2026:02:12 10:41:07"), (37500, _UNDEFINED, len(noted), noted)]
        return [main, shown, raw, exif]

    return _file([small, jpeg, sensor], listed)


def sound_rgb(width: int, height: int) -> bytes:
    """The bare pixels of a picture."""
    with Image.open(io.BytesIO(sound_jpeg(width, height))) as image:
        return image.convert("RGB").tobytes()


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


def _mosaic(size: tuple[int, int]) -> bytes:
    return struct.pack(f"<{size[0] * size[1]}H", *((7 * n) % 4096 for n in range(size[0] * size[1])))


def _file(blobs: list[bytes], listed: Callable[[list[int], list[int]], list[list[_Entry]]]) -> bytes:
    """A TIFF: the directories that `listed` gives for where directories and blobs begin, then the blobs."""
    none = [0] * 9
    starts, at = [], 8
    for entries in listed(none, none):
        starts.append(at)
        at += len(_directory(entries, 0))
    places, body = [], b""
    for blob in blobs:
        places.append(at + len(body))
        body += blob + bytes(len(blob) % 2)
    directories = zip(listed(starts, places), starts, strict=True)
    return b"II*\0" + struct.pack("<I", 8) + b"".join(_directory(*each) for each in directories) + body


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


def _long(tag: int, *values: int) -> _Entry:
    return tag, _LONG, len(values), struct.pack(f"<{len(values)}I", *values)


def _short(tag: int, *values: int) -> _Entry:
    return tag, _SHORT, len(values), struct.pack(f"<{len(values)}H", *values)


def _text(tag: int, text: str) -> _Entry:
    return tag, _ASCII, len(text) + 1, text.encode() + b"\0"
