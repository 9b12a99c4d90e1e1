"""Small pictures for grids and lists: 320 px JPEG made anew from pixels, so that no metadata travels with them.

JPEG originals are decoded at a fraction of their size (libjpeg's scaled decoding), which is what makes an intake
fast. The difference hash finds look-alikes: 64 bits, each telling whether a pixel of a 9 x 8 grey picture is brighter than
its neighbour to the left.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from threading import Lock

from PIL import Image

from fieldkit.capture.jpegs import outline

EDGE = 320
FIRST_EDGE = 240
"""The longest that a small picture from a glance may be: by its size it is known that the pixels were not looked at."""
QUALITY = 78
_LEAST_OF_EMBEDDED = 0.55
"""Of an embedded picture's edge: a square picture in a 16:9 frame leaves 0.5625."""
# Above these, decoding costs gigabytes or minutes: one picture at a time, or not at all.
LARGE_PIXELS = 50_000_000
LARGEST_UNSCALED = 64_000_000
LARGEST_PASSES = 3_000_000_000
LARGEST_EMBEDDED = 4_000_000
LARGEST_EMBEDDED_PASSES = 40_000_000
_one_large_at_a_time = Lock()

UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def shrink(image: Image.Image, orientation: int) -> Image.Image:
    """The picture upright, RGB, at most 320 px on its longer edge (never enlarged). Decoder errors pass through."""
    target = target_of(image.size)
    image.draft("RGB", target)
    with room_for(image.size):
        image.load()
    if image.mode.startswith("I;16"):
        image = image.point(lambda level: level / 256).convert("L")
    elif image.mode == "1":
        image = image.convert("L")
    elif image.mode in ("P", "PA"):
        image = image.convert("RGBA" if image.has_transparency_data else "RGB")
    small = (
        image.resize(target, Image.Resampling.BICUBIC, reducing_gap=2.0) if image.size != target else image
    )
    if small.mode in ("RGBA", "LA"):
        ground = Image.new("RGB", small.size, "white")
        ground.paste(small.convert("RGB"), mask=small.getchannel("A"))
        small = ground
    small = small.convert("RGB")
    turn = UPRIGHT.get(orientation)
    return small.transpose(turn) if turn is not None else small


def target_of(size: tuple[int, int]) -> tuple[int, int]:
    """The size of the small picture of one of this size."""
    scale = min(1.0, EDGE / max(*size, 1))
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


@contextmanager
def room_for(size: tuple[int, int]) -> Iterator[None]:
    """Decode a picture of this size within: large ones one at a time."""
    with _one_large_at_a_time if size[0] * size[1] > LARGE_PIXELS else nullcontext():
        yield


def trimmed(small: Image.Image, width: int, height: int) -> Image.Image | None:
    """An embedded picture without the bars that cameras put around it; None if it cannot be of a picture of that size."""
    wide, high = small.size
    if wide * height > high * width:
        kept = (max(1, round(high * width / height)), high)
    else:
        kept = (wide, max(1, round(wide * height / width)))
    if kept[0] < _LEAST_OF_EMBEDDED * wide or kept[1] < _LEAST_OF_EMBEDDED * high:
        return None
    left, top = (wide - kept[0]) // 2, (high - kept[1]) // 2
    return small if kept == small.size else small.crop((left, top, left + kept[0], top + kept[1]))


def edge_of(thumbnail: bytes) -> int:
    """The longer edge of a stored thumbnail in pixels; 0 if it is none."""
    found = outline(thumbnail)
    return max(found.width, found.height) if found else 0


def too_costly(image: Image.Image, data: bytes) -> str:
    """Why this picture is not decoded for a thumbnail; empty if it is."""
    pixels = image.width * image.height
    if image.format not in ("JPEG", "MPO"):
        return (
            f"{pixels // 1_000_000} megapixels, not decoded for a thumbnail"
            if pixels > LARGEST_UNSCALED
            else ""
        )
    found = outline(data)
    passes = found.passes if found else data.count(b"\xff\xda")
    if passes * pixels > LARGEST_PASSES:
        return f"{passes} passes over {pixels // 1_000_000} megapixels, not decoded for a thumbnail"
    return ""


def embedded_too_costly(image: Image.Image, data: bytes) -> bool:
    """Whether an opened JPEG is more than cameras embed as a small picture."""
    pixels = image.width * image.height
    return pixels > LARGEST_EMBEDDED or pixels * (1 + data.count(b"\xff\xda")) > LARGEST_EMBEDDED_PASSES


def encode(small: Image.Image) -> bytes:
    """JPEG bytes without any metadata."""
    bare = Image.frombytes("RGB", small.size, small.tobytes())
    out = io.BytesIO()
    bare.save(out, "JPEG", quality=QUALITY)
    return out.getvalue()


def difference_hash(small: Image.Image) -> str:
    """16 hex digits; few differing bits mean pictures that look alike."""
    grey = small.convert("L").resize((9, 8), Image.Resampling.BOX).tobytes()
    bits = 0
    for row in range(0, 72, 9):
        for left in range(row, row + 8):
            bits = bits << 1 | (grey[left + 1] > grey[left])
    return f"{bits:016x}"
