"""Camera frames drawn for the demo: plain pictures of things in a hall, with the EXIF data a camera writes."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

_SIZE = (1600, 1200)
_QUALITY = 80
_EXIF_IFD, _GPS_IFD = 0x8769, 0x8825
_GROUNDS = ((74, 84, 92), (98, 90, 78), (62, 74, 66), (88, 88, 96))


@dataclass(frozen=True, slots=True)
class Body:
    """A camera: make, model, body serial, the prefix of its file names, seconds by which its clock is wrong.

    With a `receiver` it writes position and satellite time too.
    """

    make: str
    model: str
    serial: str
    prefix: str
    clock_error_s: int
    receiver: bool = True


@dataclass(frozen=True, slots=True)
class Frame:
    """One exposure: number in the camera's own counting, local time, what it shows, degrees north and east.

    A frame with a `code` is of the laptop's screen, which shows that picture (PNG).
    """

    number: int
    taken: datetime
    subject: str
    latitude: float
    longitude: float
    code: bytes = b""


def write_card(folder: Path, body: Body, frames: Iterator[Frame]) -> list[Path]:
    """Put the frames on a card laid out as cameras do; the files, in order."""
    directory = folder / "DCIM" / "100MEDIA"
    directory.mkdir(parents=True, exist_ok=True)
    files = []
    for frame in frames:
        path = directory / f"{body.prefix}{frame.number:04d}.JPG"
        path.write_bytes(draw(body, frame))
        files.append(path)
    return files


def draw(body: Body, frame: Frame) -> bytes:
    """The JPEG file of one exposure."""
    picture = Image.new("RGB", _SIZE, _GROUNDS[frame.number % len(_GROUNDS)])
    pen = ImageDraw.Draw(picture)
    width, height = _SIZE
    pen.rectangle((0, height * 0.72, width, height), fill=(52, 52, 50))
    for step in range(0, width, 160):
        pen.line((step, height * 0.72, step - 240, height), fill=(64, 64, 60), width=4)
    left = 260 + frame.number * 37 % 420
    pen.rounded_rectangle(
        (left, 330, left + 620, 900), radius=40, fill=(150, 152, 148), outline=(30, 30, 30), width=8
    )
    pen.ellipse((left + 190, 430, left + 430, 670), fill=(96, 104, 112), outline=(30, 30, 30), width=8)
    pen.rectangle((left + 110, 720, left + 510, 830), fill=(226, 222, 204), outline=(30, 30, 30), width=4)
    pen.text((left + 130, 750), frame.subject, fill=(20, 20, 20), font=ImageFont.load_default(44))
    pen.text(
        (40, height - 70),
        f"{body.model}  {frame.number:04d}",
        fill=(240, 240, 240),
        font=ImageFont.load_default(36),
    )
    if frame.code:
        with Image.open(io.BytesIO(frame.code)) as code:
            picture.paste(code.convert("RGB"), ((width - code.width) // 2, (height - code.height) // 2))
    data = io.BytesIO()
    picture.save(data, "JPEG", quality=_QUALITY, exif=_exif(body, frame))
    return data.getvalue()


def _exif(body: Body, frame: Frame) -> Image.Exif:
    shown = (frame.taken + timedelta(seconds=body.clock_error_s)).strftime("%Y:%m:%d %H:%M:%S")
    exif = Image.Exif()
    exif[0x010F], exif[0x0110], exif[0x0132] = body.make, body.model, shown
    details = exif.get_ifd(_EXIF_IFD)
    details[0x9003] = details[0x9004] = shown
    details[0x9011] = "+02:00"
    details[0xA431] = body.serial
    if not body.receiver:
        return exif
    place = exif.get_ifd(_GPS_IFD)
    right = frame.taken.astimezone(UTC)
    place[7], place[29] = (float(right.hour), float(right.minute), float(right.second)), f"{right:%Y:%m:%d}"
    place[1], place[2] = "N", _degrees(frame.latitude)
    place[3], place[4] = "E", _degrees(frame.longitude)
    return exif


def _degrees(value: float) -> tuple[float, float, float]:
    minutes = value % 1 * 60
    return float(int(value)), float(int(minutes)), round(minutes % 1 * 60, 4)
