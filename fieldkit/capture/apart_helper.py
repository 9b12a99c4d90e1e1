"""The helper that looks at pictures: files on standard input, what they say on standard output, within bounds. See `apart`."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime

import msgspec
from PIL import ImageFile

from fieldkit.capture.apart import ANSWER, HEAD, TASKS, Pixels
from fieldkit.capture.clock_codes import read_code
from fieldkit.capture.decoding import upright
from fieldkit.capture.pictures import PhotoFacts, examine, quiet_decoders
from fieldkit.capture.thumbnails import LARGEST_UNSCALED
from fieldkit.errors import UnreadableError

MOST_MEMORY = 1 << 30


def main() -> None:
    """Answer until standard input ends."""
    _bound_this_process()
    source, answers = sys.stdin.buffer, sys.stdout.buffer
    with quiet_decoders(), contextlib.suppress(BrokenPipeError):
        while len(head := source.read(HEAD.size)) == HEAD.size:
            task, text_length, length = HEAD.unpack(head)
            text = source.read(text_length).decode("utf-8", "replace")
            data = source.read(length)
            body = msgspec.msgpack.encode(_ANSWERS[TASKS[task]](data, text))
            answers.write(ANSWER.pack(len(body)) + body)
            answers.flush()


def look(data: bytes, name: str) -> PhotoFacts:
    """What a file says; of a damaged one also what can be shown of it, with what is missing left grey.

    So too of one that could not be opened for something beside its pixels.
    """
    facts = examine(data, name)
    if facts.thumbnail_from in ("pixels", "partial pixels") or (facts.width and not facts.damaged):
        return facts
    ImageFile.LOAD_TRUNCATED_IMAGES = True
    try:
        partial = examine(data, name)
    finally:
        ImageFile.LOAD_TRUNCATED_IMAGES = False
    if partial.thumbnail_from != "pixels":
        return facts
    shown_from = "partial pixels" if facts.damaged else "pixels"
    return replace(
        partial,
        thumbnail_from=shown_from,
        problems=tuple(dict.fromkeys((*facts.problems, *partial.problems))),
    )


def pixels(data: bytes, name: str) -> Pixels:
    """The pixels of a picture, or why there are none."""
    try:
        picture = upright(data, where=name)
    except UnreadableError as error:
        return Pixels(problem=error.problem, remedy=error.remedy)
    if picture.width * picture.height > LARGEST_UNSCALED:
        return Pixels(
            problem=f"{picture.width * picture.height // 1_000_000} megapixels, more than are decoded here"
        )
    return Pixels(picture.width, picture.height, picture.tobytes())


_ANSWERS: Mapping[type, Callable[[bytes, str], object]] = {
    PhotoFacts: look,
    datetime: read_code,
    Pixels: pixels,
}


def _bound_this_process() -> None:
    if sys.platform == "win32":
        return
    import resource

    for limit, value in ((resource.RLIMIT_AS, MOST_MEMORY), (resource.RLIMIT_CORE, 0)):
        with contextlib.suppress(ValueError, OSError):  # bound more tightly already, or not at all
            resource.setrlimit(limit, (value, value))
