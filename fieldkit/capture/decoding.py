"""From a photo's bytes to its pixels: upright, RGB in sRGB, without anything that the file says beside them.

The one way to pixels for redaction and for commitments to tiles, so that both speak of the same ones. What decoded them is
named with its versions: another decoder may round otherwise.
"""

from __future__ import annotations

import io
from functools import cache

import PIL
from PIL import ExifTags, Image, ImageCms, features

from fieldkit.capture import thumbnails
from fieldkit.capture.decoder_errors import HOSTILE_INPUT, cause_of
from fieldkit.capture.picture_kinds import format_of
from fieldkit.capture.pictures import register_heif
from fieldkit.errors import UnreadableError

_TO_SRGB = ("RGB", "L", "CMYK")


def upright(data: bytes, *, where: str = "") -> Image.Image:
    """The picture as people see it. `UnreadableError` for what cannot be decoded whole, or only at too high a cost.

    Called inside `quiet_decoders`, which is entered once around all threads.
    """
    kind, _ = format_of(data[:32])
    if not kind:
        raise UnreadableError(
            "there are no pixels to be had of this file", where=where, remedy="Raw files and films cannot be."
        )
    try:
        return _decoded(data, kind, where)
    except HOSTILE_INPUT as error:
        cause = cause_of(error, kind, len(data)).words
        raise UnreadableError(
            f"the picture cannot be decoded: {cause}", where=where, remedy="The original is kept as it is."
        ) from None


@cache
def decoder() -> str:
    """What decodes here, with versions."""
    parts = [f"Pillow {PIL.__version__}"]
    for name, feature in (("libjpeg-turbo", "libjpeg_turbo"), ("littlecms", "littlecms2")):
        version = features.version(feature)
        if version:
            parts.append(f"{name} {version}")
    return ", ".join(parts)


def _decoded(data: bytes, kind: str, where: str) -> Image.Image:
    if kind == "HEIF":
        register_heif()
    with Image.open(io.BytesIO(data), formats=[kind]) as image:
        if costly := thumbnails.too_costly(image, data):
            raise UnreadableError(costly, where=where)
        image.load()
        turn = None if kind == "HEIF" else thumbnails.UPRIGHT.get(_orientation(image))
        return _bare(_in_srgb(image if turn is None else image.transpose(turn)))


def _orientation(image: Image.Image) -> int:
    """What its EXIF says, as far as it can be read."""
    try:
        value = image.getexif().get(ExifTags.Base.Orientation, 1)
    except HOSTILE_INPUT:
        return 1
    return value if isinstance(value, int) else 1


def _in_srgb(image: Image.Image) -> Image.Image:
    """The picture in RGB; where it carries a colour profile, converted by it."""
    profile = image.info.get("icc_profile")
    if profile and image.mode in _TO_SRGB:
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            if "sRGB" not in ImageCms.getProfileDescription(source):
                converted = ImageCms.profileToProfile(
                    image, source, ImageCms.createProfile("sRGB"), outputMode="RGB"
                )
                return converted if converted is not None else image.convert("RGB")
        except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
            return image.convert("RGB")
    if image.mode.startswith("I;16"):
        image = image.point(lambda level: level / 256).convert("L")
    if image.mode in ("P", "PA", "LA", "RGBA") and (image.mode != "P" or "transparency" in image.info):
        ground = Image.new("RGBA", image.size, "white")
        return Image.alpha_composite(ground, image.convert("RGBA")).convert("RGB")
    return image if image.mode == "RGB" else image.convert("RGB")


def _bare(image: Image.Image) -> Image.Image:
    """The pixels alone: nothing that Pillow remembers of the file goes along."""
    return Image.Image()._new(image.im)
