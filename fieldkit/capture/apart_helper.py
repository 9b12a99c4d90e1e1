"""The helper that looks at pictures: files on standard input, what they say on standard output, within bounds. See `apart`."""

from __future__ import annotations

import contextlib
import sys
from dataclasses import replace

import msgspec
from PIL import ImageFile

from fieldkit.capture.apart import ANSWER, HEAD
from fieldkit.capture.clock_codes import read_code
from fieldkit.capture.pictures import PhotoFacts, examine, quiet_decoders

MOST_MEMORY = 1 << 30


def main() -> None:
    """Answer until standard input ends."""
    _bound_this_process()
    source, answers = sys.stdin.buffer, sys.stdout.buffer
    with quiet_decoders(), contextlib.suppress(BrokenPipeError):
        while len(head := source.read(HEAD.size)) == HEAD.size:
            code_wanted, text_length, length = HEAD.unpack(head)
            text = source.read(text_length).decode("utf-8", "replace")
            data = source.read(length)
            body = msgspec.msgpack.encode(read_code(data, text) if code_wanted else look(data, text))
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
    return replace(partial, thumbnail_from=shown_from, problems=(*facts.problems, *partial.problems))


def _bound_this_process() -> None:
    if sys.platform == "win32":
        return
    import resource

    for limit, value in ((resource.RLIMIT_AS, MOST_MEMORY), (resource.RLIMIT_CORE, 0)):
        with contextlib.suppress(ValueError, OSError):  # bound more tightly already, or not at all
            resource.setrlimit(limit, (value, value))
