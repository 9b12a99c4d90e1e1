"""Redacted copies: boxes blacked out in the pixels, written as a fresh JPEG, and checked before anything keeps it.

Only pixels go into the new file: no metadata, no embedded small picture, nothing of the old file's bytes. Boxes grow to the
blocks of 16 pixels in which JPEG codes, so that nothing of a blacked-out part is smeared into what stays. The copy is a
photo of its own, and its original is withheld: the copy is what travels. Nothing touches the disk but encrypted.
"""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from PIL import Image, ImageDraw

from fieldkit.capture import thumbnails
from fieldkit.capture.apart import Decoders
from fieldkit.capture.custody import WITHHELD, decided, one_photo, picture
from fieldkit.capture.decoding import decoder
from fieldkit.capture.jpeg_coding import only_black_within
from fieldkit.capture.pictures import quiet_decoders
from fieldkit.domain.jsontypes import JSON, Doc
from fieldkit.domain.moments import Moment
from fieldkit.domain.views import RecordView
from fieldkit.errors import AlteredError, RefusedError, UsageError
from fieldkit.vault.recording import Add, Amend, Change, uuid7
from fieldkit.vault.vault import Vault

BLOCK: Final = 16
QUALITY: Final = 90
SUBSAMPLING: Final = "4:2:0"
LARGEST_JPEG_EDGE: Final = 65_500
_BOX = re.compile(r"(\d{1,6}),(\d{1,6}),(\d{1,6}),(\d{1,6})", re.ASCII)
_COPIED: Final = (
    "subject",
    "caption",
    "taken",
    "taken_method",
    "taken_doubt",
    "location",
    "items",
    "observations",
    "mark",
)
_EXPECTED: Final = frozenset({0xDB, 0xC0, 0xC4})  # quantisation, baseline frame, Huffman tables
_BEGIN, _END, _SCAN, _JFIF, _RESTART = 0xD8, 0xD9, 0xDA, 0xE0, 0xDD
_JFIF_BARE = 16


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in pixels of the upright picture, from the upper left."""

    x: int
    y: int
    width: int
    height: int

    @classmethod
    def parse(cls, text: str) -> Box:
        """`X,Y,W,H`; UsageError otherwise."""
        found = _BOX.fullmatch(text.replace(" ", ""))
        if found is None or "0" in (found[3].lstrip("0") or "0", found[4].lstrip("0") or "0"):
            raise UsageError(f"{text!r} is no box", remedy="Write X,Y,W,H in pixels from the upper left.")
        return cls(*map(int, found.groups()))

    @classmethod
    def of(cls, doc: JSON) -> Box | None:
        """A box as a record keeps it."""
        match doc:
            case {"x": int(x), "y": int(y), "width": int(width), "height": int(height)}:
                return cls(x, y, width, height)
        return None

    @property
    def corners(self) -> tuple[int, int, int, int]:
        """Left, top, and the first column and row beyond it."""
        return self.x, self.y, self.x + self.width, self.y + self.height

    def grown(self, size: tuple[int, int]) -> Box:
        """The box out to the borders of the blocks it touches, within a picture of this size."""
        left, top, right, bottom = self.corners
        if right > size[0] or bottom > size[1]:
            raise UsageError(
                f"the box {self} reaches beyond the picture, which is {size[0]} x {size[1]} pixels",
                remedy="Count from the upper left of the upright picture.",
            )
        left, top = left // BLOCK * BLOCK, top // BLOCK * BLOCK
        right, bottom = min(-(-right // BLOCK) * BLOCK, size[0]), min(-(-bottom // BLOCK) * BLOCK, size[1])
        return Box(left, top, right - left, bottom - top)

    def meets(self, other: Box) -> bool:
        """Whether the two have a pixel in common."""
        left, top, right, bottom = self.corners
        theirs = other.corners
        return left < theirs[2] and theirs[0] < right and top < theirs[3] and theirs[1] < bottom

    def to_doc(self) -> Doc:
        """As a record keeps it."""
        return {"x": self.x, "y": self.y, "width": self.width, "height": self.height}

    def __str__(self) -> str:
        return f"{self.x},{self.y},{self.width},{self.height}"


@dataclass(frozen=True, slots=True)
class Redacted:
    """A redacted copy as recorded: id, number and SHA-256 of the copy, the original's number, boxes as blacked out.

    `others` are the numbers of earlier copies of the same original that still travel.
    """

    id: str
    number: str
    sha256: str
    size: int
    original: str
    boxes: tuple[Box, ...]
    others: tuple[str, ...]


def redact(
    vault: Vault,
    photo: str,
    boxes: Sequence[Box],
    reason: str,
    *,
    by: str | None = None,
    at: Moment | None = None,
    author: str | None = None,
) -> Redacted:
    """Make a copy of a photo with the boxes blacked out; the original is withheld in the same act.

    `by` decided on it (a person), `at` is when. Raises `RefusedError` for a copy of a copy, `UnreadableError` for what cannot be
    decoded, `AlteredError` where the finished copy does not pass its check: nothing is kept then.
    """
    view = one_photo(vault, photo)
    if view.doc.get("derivative_of"):
        raise RefusedError(
            f"{view.number} is itself a redacted copy",
            where=view.number,
            remedy="Redact the original, naming every box that is to be black.",
        )
    if not boxes:
        raise UsageError("no box is named", remedy="Give --box X,Y,W,H, once for each.")
    with quiet_decoders(), Decoders() as decoders:
        pixels = decoders.upright(picture(vault, view), view.number)
    black = tuple(box.grown(pixels.size) for box in boxes)
    copy = blacked_out(pixels, black)
    check_copy(copy, black, where=view.number)
    others = tuple(
        other.number
        for other in vault.find("photo", "derivative_of", view.id)
        if not other.retracted and other.doc.get("state") != WITHHELD
    )
    return _record(vault, view, pixels, copy, black, reason, others, decided(vault, by, at), author)


def blacked_out(picture: Image.Image, boxes: Sequence[Box] = ()) -> bytes:
    """A fresh JPEG of the picture's pixels, the boxes filled with black. Fills them in `picture` itself."""
    if max(picture.size) > LARGEST_JPEG_EDGE:
        raise UsageError(f"a JPEG is at most {LARGEST_JPEG_EDGE} pixels wide and high")
    pen = ImageDraw.Draw(picture)
    for box in boxes:
        left, top, right, bottom = box.corners
        pen.rectangle((left, top, right - 1, bottom - 1), fill=(0, 0, 0))
    return encode(picture)


def encode(picture: Image.Image) -> bytes:
    """The picture as the JPEG that every redacted copy is: baseline, one quality, one subsampling, no metadata."""
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=QUALITY, subsampling=SUBSAMPLING)
    return out.getvalue()


def check_copy(copy: bytes, boxes: Sequence[Box], *, where: str = "") -> None:
    """`AlteredError` unless the copy holds pixels alone and every box is one even black."""
    problems = foreign_parts(copy)
    if not problems and boxes:
        black = only_black_within(copy, [box.corners for box in boxes])
        problems = [
            f"the box {box} is not black all over" for box, even in zip(boxes, black, strict=True) if not even
        ]
    if problems:
        raise AlteredError(
            f"the redacted copy did not pass its check: {'; '.join(problems)}",
            where=where,
            remedy="Nothing was kept of it. Do not hand over this photo.",
        )


def foreign_parts(jpeg: bytes) -> list[str]:
    """What a JPEG holds beside the coding of its pixels, in words: EXIF, XMP, profiles, comments, second pictures, tails."""
    if jpeg[:2] != b"\xff\xd8":
        return ["it is no JPEG"]
    found = []
    place = 2
    while place + 4 <= len(jpeg) and jpeg[place] == 0xFF:
        marker, length = jpeg[place + 1], int.from_bytes(jpeg[place + 2 : place + 4], "big")
        body = jpeg[place + 4 : place + 2 + length]
        if marker == _SCAN:
            break
        bare = marker == _JFIF and length == _JFIF_BARE and body[:5] == b"JFIF\0" and body[-2:] == b"\0\0"
        if not bare and marker not in _EXPECTED:
            found.append(f"a part of {length} bytes that is no coding of pixels (marker {marker:02X})")
        place += 2 + length
    else:
        return [*found, "it has no scan"]
    if jpeg.find(b"\xff\xd8", 2) >= 0:
        found.append("a second picture inside it")
    end = jpeg.find(b"\xff\xd9", place)
    if end < 0:
        found.append("no end mark")
    elif end + 2 != len(jpeg):
        found.append(f"{len(jpeg) - end - 2} bytes behind its end")
    return found


def _record(
    vault: Vault,
    view: RecordView,
    picture: Image.Image,
    copy: bytes,
    boxes: tuple[Box, ...],
    reason: str,
    others: tuple[str, ...],
    decision: Doc,
    author: str | None,
) -> Redacted:
    small = thumbnails.shrink(picture, 1)
    stored = vault.media.put(copy)
    media, photo = uuid7(), uuid7()
    name = f"{view.number}-redacted.jpg"
    values: Doc = {name: view.doc[name] for name in _COPIED if name in view.doc}
    values |= {
        **decision,
        "state": "redacted",
        "state_reason": reason,
        "media": media,
        "sha256": stored.sha256,
        "file_name": name,
        "width": picture.width,
        "height": picture.height,
        "perceptual_hash": thumbnails.difference_hash(small),
        "derivative_of": view.id,
        "boxes": [box.to_doc() for box in boxes],
        "decoder": decoder(),
    }
    shown = vault.keep_thumbnails([(stored.sha256, thumbnails.encode(small))])[stored.sha256]
    about: Doc = {**stored.to_doc(), "thumbnail": shown, "media_type": "image/jpeg", "name": name}
    changes: list[Change] = [Add("media", about, id=media), Add("photo", values, id=photo)]
    if view.doc.get("state") != WITHHELD:
        kept_back: Doc = {"state": WITHHELD, "state_reason": f"A redacted copy travels: {reason}", **decision}
        changes.append(Amend(view.id, "a redacted copy takes its place", set=kept_back))
    numbers = {made.id: made.number for made in vault.record(changes, author=author)}
    return Redacted(photo, numbers[photo], stored.sha256, stored.size, view.number, boxes, others)
