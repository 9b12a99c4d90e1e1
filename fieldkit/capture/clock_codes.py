"""Clock codes: a QR code of this laptop's UTC for cameras to photograph, and what photos of it say.

The text is `FIELDKIT-CLOCK:<UTC, whole seconds>:<first 16 hex digits of the mission's id>`, in characters that QR codes
keep compactly. Codes of other missions are passed over. A photo that shows a code keeps the time as `clock_shown`: a
claim of this laptop's clock about the camera's.
"""

from __future__ import annotations

import io
import re
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

from PIL import Image

from fieldkit.capture.exif import HOSTILE_INPUT
from fieldkit.capture.pictures import format_of, quiet_decoders
from fieldkit.domain.jsontypes import Doc
from fieldkit.domain.moments import as_json, moment
from fieldkit.errors import AlteredError
from fieldkit.vault.recording import Amend
from fieldkit.vault.vault import Vault

WORKERS = 2
LARGEST = 64 << 20
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
            import pillow_heif

            pillow_heif.register_heif_opener()
        with Image.open(io.BytesIO(data), formats=[kind]) as image:
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


def read_codes(
    vault: Vault,
    camera: str | None = None,
    *,
    author: str | None = None,
    progress: Callable[[int, int], None] | None = None,
    cancel: Callable[[], bool] | None = None,
) -> list[str]:
    """Look for clock codes in the photos (of one camera) that show none yet; the numbers of those that do.

    Each find is durable before the next is told of. `progress` gets photos done and in all.
    """
    views = [
        view
        for view in (vault.referring(camera, "camera") if camera else vault.list("photo"))
        if view.kind == "photo"
        and view.doc.get("media")
        and view.doc.get("camera")
        and "clock_shown" not in view.doc
    ]
    numbers: list[str] = []
    tell, stop = progress or (lambda _done, _total: None), cancel or (lambda: False)
    with quiet_decoders():
        originals = ((view, _original(vault, str(view.doc["media"]))) for view in views)
        for done, (view, when) in enumerate(_looked_at(originals, vault.mission_id, stop), start=1):
            if when is not None:
                seen: Doc = {"clock_shown": as_json(moment(when))}
                vault.record(
                    [Amend(view.id, "a clock code was read in the picture", set=seen)], author=author
                )
                numbers.append(view.number)
            tell(done, len(views))
    return numbers


def _looked_at(
    originals: Iterator[tuple[Any, bytes]], mission: str, stop: Callable[[], bool]
) -> Iterator[tuple[Any, Any]]:
    """Each record with the time on the code in its picture; originals are read here, codes in threads."""
    waiting: deque[tuple[Any, Future[datetime | None]]] = deque()
    pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="codes")
    try:
        for view, data in originals:
            if stop():
                return
            waiting.append((view, pool.submit(read_code, data, mission)))
            if len(waiting) > WORKERS:
                first, found = waiting.popleft()
                yield first, found.result()
        while waiting:
            first, found = waiting.popleft()
            yield first, found.result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _original(vault: Vault, media: str) -> bytes:
    """An original's bytes; nothing where it is too large to be a picture, altered or not here."""
    doc = vault.get(media).doc
    size = doc.get("size")
    if not isinstance(size, int) or size > LARGEST:
        return b""
    try:
        return b"".join(vault.media.open(doc))
    except AlteredError:
        return b""


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
