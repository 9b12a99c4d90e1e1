"""Which kind of picture a file is, by its first bytes and its name: those that are opened, and those that are only kept.

Opened are the formats that cameras, telephones and scanners write and whose decoders are sound (Pillow's others run external
programs or are old). Everything else that is a picture is kept as it is, bit for bit, and described as such.
"""

from __future__ import annotations

from pathlib import PurePath
from typing import NamedTuple

from fieldkit.capture.containers import is_recording

RAW_TYPES = {
    ".3fr": "image/x-hasselblad-3fr",
    ".arw": "image/x-sony-arw",
    ".cr2": "image/x-canon-cr2",
    ".cr3": "image/x-canon-cr3",
    ".crw": "image/x-canon-crw",
    ".dcr": "image/x-kodak-dcr",
    ".dng": "image/x-adobe-dng",
    ".erf": "image/x-epson-erf",
    ".fff": "image/x-hasselblad-fff",
    ".gpr": "image/x-gopro-gpr",
    ".iiq": "image/x-phaseone-iiq",
    ".kdc": "image/x-kodak-kdc",
    ".mef": "image/x-mamiya-mef",
    ".mos": "image/x-leaf-mos",
    ".mrw": "image/x-minolta-mrw",
    ".nef": "image/x-nikon-nef",
    ".nrw": "image/x-nikon-nrw",
    ".orf": "image/x-olympus-orf",
    ".pef": "image/x-pentax-pef",
    ".raf": "image/x-fuji-raf",
    ".rw2": "image/x-panasonic-rw2",
    ".rwl": "image/x-leica-rwl",
    ".sr2": "image/x-sony-sr2",
    ".srf": "image/x-sony-srf",
    ".srw": "image/x-samsung-srw",
    ".x3f": "image/x-sigma-x3f",
}
PICTURE_TYPES = {
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".jpe": "image/jpeg",
    ".mpo": "image/jpeg",
    ".png": "image/png",
    ".tif": "image/tiff",
    ".tiff": "image/tiff",
    ".webp": "image/webp",
    ".bmp": "image/bmp",
    ".gif": "image/gif",
    ".heic": "image/heic",
    ".heif": "image/heif",
    ".hif": "image/heif",
    ".avif": "image/avif",
}
_HEIF_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}


class Kept(NamedTuple):
    """A kind of picture that is never opened: its name in words, media type, suffixes, and the first bytes of its files.

    Where a kind has no first bytes of its own, the suffix alone tells it.
    """

    words: str
    media_type: str
    suffixes: tuple[str, ...]
    begins: tuple[bytes, ...] = ()


KEPT = (
    Kept(
        "JPEG 2000",
        "image/jp2",
        (".jp2", ".j2k", ".jpf", ".jpx"),
        (b"\0\0\0\x0cjP  \r\n\x87\n", b"\xff\x4f\xff\x51"),
    ),
    Kept("JPEG XL", "image/jxl", (".jxl",), (b"\xff\x0a", b"\0\0\0\x0cJXL \r\n\x87\n")),
    Kept("a Photoshop picture", "image/vnd.adobe.photoshop", (".psd", ".psb"), (b"8BPS\0",)),
    Kept(
        "a Netpbm picture",
        "image/x-portable-anymap",
        (".ppm", ".pgm", ".pbm", ".pnm", ".pam"),
        tuple(b"P%d%c" % (number, space) for number in range(1, 8) for space in b"\n\r\t "),
    ),
    Kept("an icon", "image/vnd.microsoft.icon", (".ico",), (b"\0\0\1",)),
    Kept("a Targa picture", "image/x-tga", (".tga",)),
    Kept("a drawing (SVG)", "image/svg+xml", (".svg", ".svgz")),
    Kept("a Sigma raw picture", "image/x-sigma-x3f", (), (b"FOVb",)),
    Kept("a Canon raw picture", "image/x-canon-crw", (), (b"II\x1a\0\0\0HEAPCCDR",)),
    Kept("a Fujifilm raw picture", "image/x-fuji-raf", (), (b"FUJIFILMCCD-RAW",)),
)
_TELLING = 4
"""First bytes that are fewer than this tell a kind only together with the suffix."""


def format_of(head: bytes) -> tuple[str, str]:
    """Pillow's format and the media type that the first 32 bytes show; two empty strings if it is no picture to be opened."""
    if head.startswith(b"\xff\xd8\xff"):
        return "JPEG", "image/jpeg"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG", "image/png"
    if head.startswith((b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")):
        return "TIFF", "image/tiff"
    if head.startswith((b"GIF87a", b"GIF89a")):
        return "GIF", "image/gif"
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return "WEBP", "image/webp"
    if head.startswith(b"BM") and head[6:10] == b"\0\0\0\0":
        return "BMP", "image/bmp"
    if head[4:8] == b"ftyp":
        brand = head[8:12]
        if brand in (b"avif", b"avis"):
            return "AVIF", "image/avif"
        if brand in _HEIF_BRANDS:
            return "HEIF", "image/heic" if brand.startswith(b"hei") else "image/heif"
    return "", ""


def is_photo(name: str, head: bytes) -> bool:
    """Whether a file is taken in: its name or its first bytes say that it is a picture, a film or a sound."""
    suffix = PurePath(name).suffix.lower()
    return (
        suffix in PICTURE_TYPES
        or suffix in RAW_TYPES
        or any(suffix in kept.suffixes for kept in KEPT)
        or bool(format_of(head)[0])
        or _kept(name, head) is not None
        or is_recording(name, head)
    )


def is_raw(data: bytes, name: str) -> bool:
    """Whether it is a raw file of a camera: by its name, and by what the first bytes do not deny."""
    return PurePath(name).suffix.lower() in RAW_TYPES and format_of(data[:32])[0] in ("", "TIFF")


def kept_as_it_is(data: bytes, name: str) -> str:
    """The kind of a picture that is not opened, in words; empty for everything else, and where the content denies the name."""
    found = _kept(name, data[:32])
    return found.words if found else ""


def claimed_type(data: bytes, name: str) -> str:
    """The media type: of a raw file by its name, else by its first bytes, else by its name."""
    suffix = PurePath(name).suffix.lower()
    if is_raw(data, name):
        return RAW_TYPES[suffix]
    if media_type := format_of(data[:32])[1]:
        return media_type
    if found := _kept(name, data[:32]):
        return found.media_type
    named = next((kept.media_type for kept in KEPT if suffix in kept.suffixes), "application/octet-stream")
    return PICTURE_TYPES.get(suffix, named)


def _kept(name: str, head: bytes) -> Kept | None:
    suffix = PurePath(name).suffix.lower()
    for kept in KEPT:
        named = suffix in kept.suffixes
        begins = tuple(begin for begin in kept.begins if named or len(begin) >= _TELLING)
        if head.startswith(begins) if kept.begins else named and head.strip(b"\0"):
            return kept
    return None
