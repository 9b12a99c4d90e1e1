"""Clock codes: a QR code of this laptop's UTC for cameras to photograph, and what photos of it say.

The text is `FIELDKIT-CLOCK:<UTC, whole seconds>:<first 16 hex digits of the mission's id>`, in characters that QR codes
keep compactly. Codes of other missions are passed over.
"""

from __future__ import annotations

import io
import re
from datetime import UTC, datetime
from typing import Any

from PIL import Image

from fieldkit.capture.decoder_errors import HOSTILE_INPUT
from fieldkit.capture.picture_kinds import format_of
from fieldkit.capture.pictures import register_heif
from fieldkit.capture.thumbnails import too_costly

LARGEST_PIXELS = 64_000_000
_QUIET_ZONE = 4
_TEXT = re.compile(r"FIELDKIT-CLOCK:(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ):([0-9A-F]{16})")


def clock_text(mission: str, now: datetime) -> str:
    """The text of a code for an aware moment, to the second before it."""
    utc = now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return f"FIELDKIT-CLOCK:{utc}:{_short(mission)}"


def modules(text: str) -> list[list[bool]]:
    """The rows of a QR code with its quiet zone; True is dark."""
    import zxingcpp

    made = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    picture: Any = made.to_image(scale=1, add_quiet_zones=False)
    pixels = bytes(picture)
    rows, columns = picture.shape
    side = [False] * _QUIET_ZONE
    inner = [
        [*side, *(pixel < 128 for pixel in pixels[row * columns : (row + 1) * columns]), *side]
        for row in range(rows)
    ]
    blank = [False] * (columns + 2 * _QUIET_ZONE)
    return [list(blank) for _ in side] + inner + [list(blank) for _ in side]


def code_png(text: str, edge: int = 900) -> bytes:
    """A code as PNG, about `edge` pixels wide."""
    rows = modules(text)
    image = Image.new("L", (len(rows[0]), len(rows)))
    image.putdata([0 if dark else 255 for row in rows for dark in row])
    scale = max(1, edge // len(rows))
    out = io.BytesIO()
    image.resize((image.width * scale, image.height * scale), Image.Resampling.NEAREST).save(out, "PNG")
    return out.getvalue()


def read_code(data: bytes, mission: str) -> datetime | None:
    """The time on a clock code of this mission in a picture's bytes, looked for at full resolution. Never raises for bad input."""
    import zxingcpp

    kind = format_of(data[:32])[0]
    if kind not in ("JPEG", "PNG", "TIFF", "WEBP", "HEIF"):
        return None
    try:
        if kind == "HEIF":
            register_heif()
        with Image.open(io.BytesIO(data), formats=[kind]) as image:
            if too_costly(image, data):
                return None
            if image.width * image.height > LARGEST_PIXELS:
                image.draft("L", (image.width // 2, image.height // 2))
            if image.width * image.height > LARGEST_PIXELS:
                return None
            image.draft("L", image.size)
            grey = image.convert("L")
        found = zxingcpp.read_barcodes(grey, formats=zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.QRCode]))
    except HOSTILE_INPUT:
        return None
    return next((when for code in found if (when := _time_on(code, mission))), None)


def _time_on(code: Any, mission: str) -> datetime | None:
    match = _TEXT.fullmatch(code.text) if code.valid else None
    if not match or match[2] != _short(mission):
        return None
    try:
        return datetime.fromisoformat(match[1])
    except ValueError:
        return None


def _short(mission: str) -> str:
    return mission.replace("-", "")[:16].upper()
