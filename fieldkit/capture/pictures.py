"""What a file from a camera is: `examine` looks at bytes and says what it found and what failed. Keeps nothing.

Only the formats that `picture_kinds.format_of` names are ever opened. A damaged picture is still evidence: it is described
as damaged with the reason, never left out. Above 250 megapixels nothing is decoded. `glance` is the quick look of an intake: it
takes the small picture that a whole JPEG brings along, and decodes nothing else.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from PIL import Image

from fieldkit.capture import thumbnails
from fieldkit.capture.containers import Recording
from fieldkit.capture.decoder_errors import HOSTILE_INPUT, cause_of
from fieldkit.capture.exif import Camera, Exif, Fix, Taken, read_exif, read_exif_of_raw
from fieldkit.capture.jpeg_coding import decoded
from fieldkit.capture.jpegs import outline
from fieldkit.capture.picture_kinds import claimed_type, format_of, is_raw, kept_as_it_is

PIXEL_LIMIT = 250_000_000
Image.MAX_IMAGE_PIXELS = PIXEL_LIMIT // 2  # Pillow refuses at twice this number

_ZERO_TAIL = bytes(512)


@dataclass(frozen=True, slots=True)
class Problem:
    """What failed (`part`: pixels, EXIF …) and why. `damage` tells a broken picture from a limit of ours."""

    part: str
    cause: str
    damage: bool

    def __str__(self) -> str:
        return f"{self.part}: {self.cause}" if self.part else self.cause


@dataclass(frozen=True, slots=True)
class PhotoFacts:
    """What the bytes of one photo say.

    `width` and `height` are pixels of the upright picture, 0 if unknown. `thumbnail` is an upright JPEG without
    metadata, made from the pixels or, where those are damaged or not looked at yet, from the `embedded` small picture; empty
    if neither can be read. `dhash` is 16 hex digits or empty. `recording` is what a film or a sound says instead.
    """

    name: str
    media_type: str
    width: int = 0
    height: int = 0
    camera: Camera = field(default_factory=Camera)
    taken: Taken = field(default_factory=Taken)
    fix: Fix | None = None
    thumbnail: bytes = b""
    thumbnail_from: str = ""
    dhash: str = ""
    problems: tuple[Problem, ...] = ()
    recording: Recording | None = None

    @property
    def damaged(self) -> bool:
        return any(problem.damage for problem in self.problems)

    @property
    def damage(self) -> str:
        """Why the photo counts as damaged, in one line."""
        return "; ".join(str(problem) for problem in self.problems if problem.damage)

    @property
    def notes(self) -> list[str]:
        """What else is to be said of it, a line each."""
        return [str(problem) for problem in self.problems if not problem.damage]


def examine(data: bytes, name: str) -> PhotoFacts:
    """Everything the bytes of a photo say. Never raises for bad input: see `PhotoFacts.problems`."""
    kind = format_of(data[:32])[0]
    facts = PhotoFacts(name, claimed_type(data, name))
    if is_raw(data, name):
        return _examine_raw(data, facts)
    if not kind:
        if told := kept_as_it_is(data, name):
            note = Problem("pixels", f"{told}, kept as it is and not shown", damage=False)
            return replace(facts, problems=(note,))
        cause = "the file is empty" if not data else f"the content is {_likely(data)}, not a picture"
        return replace(facts, problems=(Problem("", cause, damage=True),))
    return _examine_picture(data, kind, facts)


def glance(data: bytes, name: str) -> PhotoFacts | None:
    """What a whole JPEG says without a look at its pixels; None where only `examine` can tell.

    That is so where its end is missing, or where no embedded picture of the same proportions stands for its own.
    """
    if format_of(data[:32])[0] != "JPEG" or not (found := outline(data)) or not found.ended:
        return None
    if found.width * found.height > PIXEL_LIMIT or data.endswith(_ZERO_TAIL):
        return None
    if max(found.width, found.height) <= thumbnails.FIRST_EDGE:
        return None
    try:
        with Image.open(io.BytesIO(data), formats=["JPEG"]) as image:
            exif = read_exif(image)
        turned = exif.orientation >= 5
        width, height = (found.height, found.width) if turned else (found.width, found.height)
        facts = _with_exif(PhotoFacts(name, "image/jpeg", width, height), exif)
        if not exif.embedded:
            return None
        with Image.open(io.BytesIO(exif.embedded), formats=["JPEG"]) as small:
            if thumbnails.embedded_too_costly(small, exif.embedded):
                return None
            trimmed = thumbnails.trimmed(small, found.width, found.height)
            if trimmed is None:
                return None
            trimmed.thumbnail((thumbnails.FIRST_EDGE, thumbnails.FIRST_EDGE))
            return _with_thumbnail(facts, trimmed, exif.orientation, "embedded")
    except HOSTILE_INPUT:
        return None


@contextmanager
def quiet_decoders() -> Iterator[None]:
    """Pillow warns about damaged files on stderr; what it warns of is in `problems`. Enter it once, around all threads."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module=r"(PIL|pillow_heif)\b")
        yield


def _examine_raw(data: bytes, facts: PhotoFacts) -> PhotoFacts:
    exif = read_exif_of_raw(data)
    facts = _with_exif(facts, replace(exif, problems=()))
    if not data:
        return replace(facts, problems=(Problem("", "the file is empty", damage=True),))
    preview, cause = raw_preview(data)
    if preview:
        try:
            with Image.open(io.BytesIO(preview), formats=["JPEG"]) as image:
                width, height = image.size if exif.orientation < 5 else image.size[::-1]
                facts = replace(facts, width=width, height=height)
                return _with_thumbnail(facts, image, exif.orientation, "preview")
        except HOSTILE_INPUT as error:
            cause = cause_of(error).words
    return _with_embedded(facts, exif, (Problem("pixels", f"no preview: {cause}", damage=False),))


def raw_preview(data: bytes) -> tuple[bytes, str]:
    """The JPEG that a raw file brings along as its preview; or nothing, and why."""
    try:
        import rawpy
    except ImportError:
        return b"", "raw format, kept as it is"
    try:
        with rawpy.imread(io.BytesIO(data)) as raw:
            found = raw.extract_thumb()
            if found.format is rawpy.ThumbFormat.JPEG:
                return bytes(found.data), ""
    except (rawpy.LibRawError, *HOSTILE_INPUT) as error:
        return b"", cause_of(error).words
    return b"", "raw format, kept as it is; its preview is no JPEG"


def _examine_picture(data: bytes, kind: str, facts: PhotoFacts) -> PhotoFacts:
    try:
        if kind == "HEIF":
            register_heif()
        image = Image.open(io.BytesIO(data), formats=[kind])
    except HOSTILE_INPUT as error:
        return replace(facts, problems=(Problem("", *cause_of(error, kind, len(data))),))
    with image:
        costly = thumbnails.too_costly(image, data)
        exif = read_exif(image, decode=not costly)
        if kind == "HEIF":
            exif = replace(exif, orientation=1)  # pillow-heif gives upright pixels
        width, height = image.size if exif.orientation < 5 else image.size[::-1]
        facts = _with_exif(replace(facts, width=width, height=height), exif)
        if costly:
            return _with_embedded(facts, exif, (Problem("pixels", costly, damage=False),))
        whole, flaw = _checked(image, data) if kind == "JPEG" else (None, None)
        if flaw:
            facts = replace(facts, problems=(*facts.problems, flaw))
        try:
            return _with_thumbnail(facts, whole or image, exif.orientation, "pixels")
        except HOSTILE_INPUT as error:
            problem = Problem("pixels", *cause_of(error, kind, len(data)))
            partial = _partial(data, kind, facts, exif.orientation)
            return _with_embedded(partial or facts, exif, () if flaw and flaw.damage else (problem,))


def _checked(image: Image.Image, data: bytes) -> tuple[Image.Image | None, Problem | None]:
    """The small picture of a JPEG whose data are whole; what is wrong with them."""
    if data.endswith(_ZERO_TAIL) and not data.rstrip(b"\0").endswith(b"\xff\xd9"):
        lost = len(data) - len(data.rstrip(b"\0"))
        return None, Problem(
            "pixels", f"the last {lost} bytes are zeros and the picture has no end", damage=True
        )
    with thumbnails.room_for(image.size):
        small, flaw = decoded(data, image.mode, thumbnails.target_of(image.size))
    return small, Problem("pixels", flaw.cause, flaw.damage) if flaw else None


def _partial(data: bytes, kind: str, facts: PhotoFacts, orientation: int) -> PhotoFacts | None:
    """What there is of a JPEG that breaks off: with an end mark put behind it, the decoder leaves the rest grey."""
    if kind != "JPEG":
        return None
    try:
        with Image.open(io.BytesIO(data + b"\xff\xd9"), formats=["JPEG"]) as image:
            return _with_thumbnail(facts, image, orientation, "partial pixels")
    except HOSTILE_INPUT:
        return None


def _with_exif(facts: PhotoFacts, exif: Exif) -> PhotoFacts:
    return replace(
        facts,
        camera=exif.camera,
        taken=exif.taken,
        fix=exif.fix,
        problems=tuple(Problem("", text, damage=False) for text in exif.problems),
    )


def _with_thumbnail(facts: PhotoFacts, image: Image.Image, orientation: int, source: str) -> PhotoFacts:
    small = thumbnails.shrink(image, orientation)
    return replace(
        facts,
        thumbnail=thumbnails.encode(small),
        thumbnail_from=source,
        dhash=thumbnails.difference_hash(small),
    )


def _with_embedded(facts: PhotoFacts, exif: Exif, problems: tuple[Problem, ...]) -> PhotoFacts:
    facts = replace(facts, problems=(*facts.problems, *problems))
    if facts.thumbnail or not exif.embedded:
        return facts
    try:
        with Image.open(io.BytesIO(exif.embedded), formats=["JPEG"]) as image:
            if thumbnails.embedded_too_costly(image, exif.embedded):
                return facts
            return _with_thumbnail(facts, image, exif.orientation, "embedded")
    except HOSTILE_INPUT:
        return facts


def register_heif() -> None:
    """pillow-heif costs 30 ms to load: only when the first such photo is met."""
    if "HEIF" not in Image.OPEN:
        import pillow_heif

        pillow_heif.register_heif_opener()


def _likely(data: bytes) -> str:
    head = data[:4096]
    if not head.strip(b"\0"):
        return "zeros"
    text = sum(byte in b"\t\n\r" or 32 <= byte < 127 for byte in head)
    return "text" if text > 0.9 * len(head) else "unknown"
