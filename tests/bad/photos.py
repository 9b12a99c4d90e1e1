"""Photo files as a card should never hold them, each builder named by the defect of what it gives."""

from __future__ import annotations

import io
import random
import struct
import zlib

from PIL import Image, ImageDraw
from PIL.PngImagePlugin import PngInfo


def sound_jpeg(
    width: int = 640,
    height: int = 480,
    *,
    seed: int = 1,
    exif: Image.Exif | None = None,
    progressive: bool = False,
) -> bytes:
    """A picture with nothing wrong: coloured stripes that differ with `seed`."""
    image = Image.new("RGB", (width, height), (seed * 37 % 256, seed * 91 % 256, 80))
    draw = ImageDraw.Draw(image)
    for stripe in range(0, width, 16):
        shade = (stripe * (seed + 3)) % 256
        draw.line(
            (stripe, 0, (stripe * 7 + seed * 13) % width, height),
            fill=(shade, 255 - shade, seed % 256),
            width=6,
        )
    out = io.BytesIO()
    image.save(
        out, "JPEG", quality=88, progressive=progressive, **({"exif": exif} if exif is not None else {})
    )
    return out.getvalue()


def camera_exif(
    *,
    make: str = "Example Optics",
    model: str = "EX-1",
    serial: str | None = "0042",
    taken: str | None = "2026:02:12 10:41:07",
    offset: str | None = "+02:00",
    orientation: int = 1,
    position: tuple[float, float] | None = None,
) -> Image.Exif:
    """The EXIF of an ordinary camera."""
    exif = Image.Exif()
    exif[0x010F], exif[0x0110], exif[0x0112] = make, model, orientation
    details = exif.get_ifd(0x8769)
    for tag, value in ((0xA431, serial), (0x9003, taken), (0x9011, offset)):
        if value is not None:
            details[tag] = value
    if position is not None:
        exif.get_ifd(0x8825).update(gps(*position))
    return exif


def exif_with_embedded(exif: Image.Exif, small: bytes) -> bytes:
    """An EXIF block with a second directory that points at a small JPEG, as cameras write it."""
    block = bytearray(exif.tobytes().removeprefix(b"Exif\0\0"))
    order = "<" if block[:2] == b"II" else ">"
    (first,) = struct.unpack_from(f"{order}I", block, 4)
    (entries,) = struct.unpack_from(f"{order}H", block, first)
    at = len(block) + len(block) % 2
    block += bytes(at - len(block))
    struct.pack_into(f"{order}I", block, first + 2 + 12 * entries, at)
    listed = struct.pack(f"{order}HHIIHHII", 0x0201, 4, 1, at + 30, 0x0202, 4, 1, len(small))
    return b"Exif\0\0" + bytes(block) + struct.pack(f"{order}H", 2) + listed + bytes(4) + small


def camera_jpeg(
    width: int = 1600, height: int = 1200, *, seed: int = 1, small_seed: int | None = None
) -> bytes:
    """A photo as cameras write it, with a small picture of 160 x 120 embedded, of another scene if asked for."""
    whole = sound_jpeg(width, height, seed=seed)
    other = whole if small_seed is None else sound_jpeg(width, height, seed=small_seed)
    return with_embedded(whole, camera_exif(taken=f"2026:02:12 10:41:{seed % 60:02d}"), other)


def grainy_jpeg(width: int = 1200, height: int = 900, *, seed: int = 1, edge: int = 160) -> bytes:
    """A photo as cameras write it, full of grain: data in which hardly a byte can be changed without a trace."""
    grain = Image.frombytes("L", (width, height), random.Random(seed).randbytes(width * height))
    out = io.BytesIO()
    Image.merge("RGB", [grain, grain.point(lambda level: level // 2), grain]).save(out, "JPEG", quality=85)
    return with_embedded(out.getvalue(), camera_exif(), out.getvalue(), edge)


def with_embedded(whole: bytes, exif: Image.Exif, shown: bytes, edge: int = 160) -> bytes:
    """A JPEG with EXIF and the picture `shown` embedded, in a frame of 4 to 3 with this longer edge."""
    with Image.open(io.BytesIO(shown)) as image:
        width, height = image.size
        frame = Image.new("RGB", (edge, edge * 3 // 4))
        scale = min(frame.width / width, frame.height / height)
        shown = image.resize((round(width * scale), round(height * scale)))
        frame.paste(shown, ((frame.width - shown.width) // 2, (frame.height - shown.height) // 2))
        out = io.BytesIO()
        frame.save(out, "JPEG", quality=75)
    block = exif_with_embedded(exif, out.getvalue())
    return whole[:2] + b"\xff\xe1" + struct.pack(">H", len(block) + 2) + block + whole[2:]


def gps(latitude: float, longitude: float) -> dict[int, object]:
    """The GPS directory of a position in degrees; out of range if asked for."""
    return {
        1: "S" if latitude < 0 else "N",
        2: _sexagesimal(abs(latitude)),
        3: "W" if longitude < 0 else "E",
        4: _sexagesimal(abs(longitude)),
    }


def broken_off(keep: float = 0.5) -> bytes:
    """A JPEG of which only the first part is there: the card was pulled out."""
    whole = sound_jpeg(800, 600)
    return whole[: int(len(whole) * keep)]


def tail_of_zeros() -> bytes:
    """A JPEG whose last clusters were never written: zeros to the end."""
    whole = sound_jpeg(800, 600)
    return whole[: len(whole) - 3000] + bytes(3000)


def zeros_within() -> bytes:
    """Clusters in the middle that were never written."""
    return _overwritten(bytes(32_768))


def text_within() -> bytes:
    """Clusters in the middle that belong to a text file."""
    return _overwritten((b"The minutes of a meeting. " * 1300)[:32_768])


def cluster_of_another_photo_within(edge: int = 160) -> bytes:
    other = grainy_jpeg(seed=2)
    return _overwritten(other[len(other) // 3 :][:32_768], edge)


def half_of_the_data_with_an_end() -> bytes:
    whole = grainy_jpeg()
    return whole[: len(whole) // 2] + b"\xff\xd9"


def one_bit_flipped() -> bytes:
    data = bytearray(grainy_jpeg())
    data[len(data) // 2] ^= 1
    return bytes(data)


def sector_of_random_bytes_within() -> bytes:
    return _overwritten(random.Random(7).randbytes(512).replace(b"\xff", b"\xfe"))


def padded_before_its_end() -> bytes:
    """Zeros up to a border before the end mark, as some cameras write."""
    return grainy_jpeg()[:-2] + bytes(200) + b"\xff\xd9"


def small_scan_under_a_header_of_240_megapixels() -> bytes:
    data = bytearray(grainy_jpeg(600, 450))
    start = data.rindex(b"\xff\xc0")
    data[start + 5 : start + 9] = struct.pack(">HH", 12_000, 20_000)
    return bytes(data)


def empty() -> bytes:
    return b""


def only_zeros() -> bytes:
    return bytes(4096)


def text_named_jpg() -> bytes:
    return b"These are the minutes of a meeting, not a picture.\n" * 20


def header_alone() -> bytes:
    return b"\xff\xd8\xff\xe1\x00\x10Exif\0\0"


def png_of_400_megapixels() -> bytes:
    """60 KB that claim to be 20000 x 20000 pixels and unpack to 1.2 GB of zeros."""
    return _png(20_000, 20_000, rows=2000)


def png_of_200_megapixels() -> bytes:
    return _png(20_000, 10_000, rows=10_000)


def tiff_of_900_megapixels() -> bytes:
    """A valid drawing in black and white."""
    out = io.BytesIO()
    Image.new("1", (30_000, 30_000)).save(out, "TIFF", compression="group4")
    return out.getvalue()


def png_with_long_texts() -> bytes:
    """A valid picture with a text that unpacks to 8 MB."""
    info = PngInfo()
    info.add_text("Comment", "word " * 1_600_000, zip=True)
    out = io.BytesIO()
    Image.new("RGB", (640, 480), "green").save(out, "PNG", pnginfo=info)
    return out.getvalue()


def png_with_impossible_size() -> bytes:
    return _png(2**31 - 1, 2**31 - 1, rows=1)


def jpeg_claiming_65500_by_65500() -> bytes:
    """A small JPEG in whose header the size was overwritten."""
    data = bytearray(sound_jpeg(64, 64))
    start = data.index(b"\xff\xc0")
    data[start + 5 : start + 9] = struct.pack(">HH", 65_500, 65_500)
    return bytes(data)


def strings_with_controls() -> bytes:
    """EXIF strings holding NULs, escape sequences and a direction override."""
    exif = camera_exif(
        make="Exa\0mple\x1b[31m", model="EX\u202e-1\r\n\0\0\0", serial="00\x0042\x07", taken="\0\0\0\0"
    )
    return sound_jpeg(exif=exif)


def exif_out_of_bounds() -> bytes:
    """A directory whose entries point far beyond the end of the file."""
    entry = struct.pack("<HHII", 0x010F, 2, 4_000_000_000, 4_000_000_000)
    block = b"Exif\0\0II*\0" + struct.pack("<I", 8) + struct.pack("<H", 1) + entry + struct.pack("<I", 8)
    return _with_app1(block)


def exif_of_random_bytes() -> bytes:
    return _with_app1(b"Exif\0\0" + bytes((n * 73 + 41) % 256 for n in range(4000)))


def position_at_zero() -> bytes:
    return sound_jpeg(exif=camera_exif(position=(0.0, 0.0)))


def position_off_the_globe() -> bytes:
    return sound_jpeg(exif=camera_exif(position=(123.0, 500.0)))


def clock_with_month_13() -> bytes:
    return sound_jpeg(exif=camera_exif(taken="2026:13:41 25:61:61", offset="+99:99"))


def heic_cut_short() -> bytes:
    return b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + b"\0\0\0\x40meta" + bytes(20)


def progressive_of_50000_passes() -> bytes:
    """Four megapixels that a decoder goes over for three minutes."""
    out = io.BytesIO()
    Image.new("L", (2000, 2000), 128).save(out, "JPEG", progressive=True)
    data = out.getvalue()[:-2]
    return data + data[data.rindex(b"\xff\xda") :] * 50_000 + b"\xff\xd9"


def sequential_of_50000_passes() -> bytes:
    """Each pass is of one colour only, so that a decoder waits for the next."""
    out = io.BytesIO()
    Image.new("RGB", (2000, 2000), "red").save(out, "JPEG", subsampling=0)
    data = out.getvalue()
    one = b"\xff\xda" + struct.pack(">HBBBBBB", 8, 1, 1, 0, 0, 63, 0)
    return data[: data.rindex(b"\xff\xda")] + one * 50_000 + b"\xff\xd9"


def many_passes_behind_a_byte_that_belongs_nowhere() -> bytes:
    """Decoders pass over what stands between segments; who only counts segments gets lost there."""
    data = progressive_of_50000_passes()
    at = data.index(b"\xff\xc4")
    return data[:at] + b"\0" + data[at:]


def embedded_of_50000_passes() -> bytes:
    """The photo is whole, its small picture takes minutes."""
    small = progressive_of_50000_passes()
    whole, head = sound_jpeg(1600, 1200), exif_with_embedded(camera_exif(), b"")
    room = 65_000 - len(head)
    return _with_app1(exif_with_embedded(camera_exif(), small[: room - 2] + b"\xff\xd9"), whole)


def turned_with_a_unit_that_is_a_text() -> bytes:
    """EXIF that can be read and not be written again: the unit of the resolution, a number, is a text."""
    block = camera_exif(orientation=6).tobytes()
    order = "<" if block[6:8] == b"II" else ">"
    model, unit = (struct.pack(f"{order}HH", tag, 2) for tag in (0x0110, 0x0128))
    return _with_app1(block.replace(model, unit, 1))


EVERY_SLOW = (
    progressive_of_50000_passes,
    sequential_of_50000_passes,
    many_passes_behind_a_byte_that_belongs_nowhere,
    embedded_of_50000_passes,
)
"""Builders of small files that take a decoder minutes."""

EVERY_DAMAGED = (
    broken_off,
    tail_of_zeros,
    empty,
    only_zeros,
    text_named_jpg,
    header_alone,
    png_with_impossible_size,
    jpeg_claiming_65500_by_65500,
    heic_cut_short,
)
"""Builders of files that count as damaged."""

EVERY_BEYOND_OUR_LIMITS = (png_of_400_megapixels, tiff_of_900_megapixels, png_with_long_texts)
"""Builders of files that may be whole: what is said of them is a limit of ours."""

EVERY_DAMAGED_WITHIN = (
    zeros_within,
    text_within,
    cluster_of_another_photo_within,
    half_of_the_data_with_an_end,
    one_bit_flipped,
    sector_of_random_bytes_within,
    small_scan_under_a_header_of_240_megapixels,
)
"""Builders of photos that look whole from their markers: what is wrong lies in the coded data."""

EVERY_ODD = (
    strings_with_controls,
    exif_out_of_bounds,
    exif_of_random_bytes,
    position_at_zero,
    position_off_the_globe,
    clock_with_month_13,
)
"""Builders of files whose picture is whole, whatever else is wrong."""


def _overwritten(put: bytes, edge: int = 160) -> bytes:
    """A photo with bytes in the middle of its data replaced, from a border of sectors on."""
    whole = grainy_jpeg(edge=edge)
    at = len(whole) // 2 // 512 * 512
    return whole[:at] + put + whole[at + len(put) :]


def _with_app1(block: bytes, whole: bytes = b"") -> bytes:
    whole = whole or sound_jpeg()
    return whole[:2] + b"\xff\xe1" + struct.pack(">H", len(block) + 2) + block + whole[2:]


def _png(width: int, height: int, rows: int) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = zlib.compress(bytes(min(width, 20_000) * 3 + 1) * rows, 1)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def _sexagesimal(degrees: float) -> tuple[float, float, float]:
    whole = int(degrees)
    minutes = (degrees - whole) * 60
    return float(whole), float(int(minutes)), round((minutes - int(minutes)) * 60, 4)
