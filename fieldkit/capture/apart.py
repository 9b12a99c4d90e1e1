"""Looking at pictures apart from this process: what crashes, hangs or swells ends a helper, and the file is kept all the same.

JPEGs of ordinary size are decoded here, within known bounds of time and memory (`cheap`). All else goes to a helper
(`apart_helper`), which takes file after file on standard input and answers on standard output; nothing is written to disk.
A helper that takes too long for one file is ended, and the next file gets a new one.
"""

from __future__ import annotations

import contextlib
import os
import struct
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from types import TracebackType
from typing import Self, TypeVar

import msgspec
from PIL import Image

from fieldkit.capture.clock_codes import read_code
from fieldkit.capture.decoding import upright
from fieldkit.capture.jpegs import outline
from fieldkit.capture.picture_kinds import claimed_type, format_of
from fieldkit.capture.pictures import PhotoFacts, Problem, examine
from fieldkit.capture.thumbnails import LARGEST_UNSCALED
from fieldkit.errors import UnreadableError

SECONDS = 30.0
HELPERS = 2
HEAD = struct.Struct(">BIQ")
"""Before each file: the place in `TASKS` of what is wanted; the lengths of its name or the mission's id (UTF-8), and of its bytes."""
ANSWER = struct.Struct(">I")
LARGEST_ANSWER = 8 << 20
LARGEST_PICTURE = 3 * LARGEST_UNSCALED + 1024
CHEAP_PIXELS = 250_000_000
CHEAP_IN_PASSES = 30_000_000
CHEAP_PASSES = 1_000_000_000
"""Pixels times passes: about a second."""
_HELPER = "from fieldkit.capture.apart_helper import main; main()"


class Pixels(msgspec.Struct, frozen=True):
    """The pixels of a picture as `decoding.upright` gives them, in RGB; or why there are none, and what to do."""

    width: int = 0
    height: int = 0
    rgb: bytes = b""
    problem: str = ""
    remedy: str = ""


TASKS: tuple[type, ...] = (PhotoFacts, datetime, Pixels)
_Answer = TypeVar("_Answer", PhotoFacts, datetime, Pixels)


def cheap(data: bytes) -> bool:
    """Whether a file is decoded in bounded time and memory without a helper."""
    if format_of(data[:32])[0] != "JPEG":
        return not data
    found = outline(data)
    if found is None:
        return False
    pixels = found.width * found.height
    if found.passes == 1:
        return pixels <= CHEAP_PIXELS
    return pixels <= CHEAP_IN_PASSES and pixels * found.passes <= CHEAP_PASSES


class Decoders:
    """At most `HELPERS` helpers, started when first needed. May be used by several threads; close it at the end."""

    def __init__(self, seconds: float = SECONDS) -> None:
        self._seconds = seconds
        self._room = threading.Semaphore(HELPERS)
        self._idle: list[_Helper] = []
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the helpers."""
        with self._lock:
            idle, self._idle = self._idle, []
        for helper in idle:
            helper.end()

    def examine(self, data: bytes, name: str) -> PhotoFacts:
        """As `pictures.examine`, whatever the file does to a decoder."""
        if cheap(data):
            facts = examine(data, name)
            if facts.thumbnail or not facts.damaged or not format_of(data[:32])[0]:
                return facts
        with self._helper() as helper:
            found = helper.ask(data, name, PhotoFacts, self._seconds)
        if isinstance(found, PhotoFacts):
            return replace(found, name=name)
        problem = found or Problem("pixels", "the decoder gave no answer", damage=True)
        return PhotoFacts(name, claimed_type(data, name), problems=(problem,))

    def read_code(self, data: bytes, mission: str) -> datetime | None:
        """As `clock_codes.read_code`, whatever the file does to a decoder."""
        if cheap(data):
            return read_code(data, mission)
        with self._helper() as helper:
            found = helper.ask(data, mission, datetime, self._seconds)
        return found if isinstance(found, datetime) else None

    def upright(self, data: bytes, where: str) -> Image.Image:
        """As `decoding.upright`, whatever the file does to a decoder."""
        if cheap(data):
            return upright(data, where=where)
        with self._helper() as helper:
            found = helper.ask(data, where, Pixels, self._seconds)
        if isinstance(found, Pixels) and not found.problem:
            return Image.frombytes("RGB", (found.width, found.height), found.rgb)
        problem, remedy = (found.problem, found.remedy) if isinstance(found, Pixels) else (str(found), "")
        raise UnreadableError(problem, where=where, remedy=remedy or "The original is kept as it is.")

    @contextlib.contextmanager
    def _helper(self) -> Iterator[_Helper]:
        with self._room:
            with self._lock:
                helper = self._idle.pop() if self._idle else _Helper()
            yield helper
            with self._lock:
                if helper.alive:
                    self._idle.append(helper)


class _Helper:
    def __init__(self) -> None:
        environment = dict(os.environ)
        environment["PYTHONPATH"] = os.pathsep.join(entry for entry in sys.path if entry)
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-c", _HELPER],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
        )
        self.alive = True

    def ask(self, data: bytes, text: str, wanted: type[_Answer], seconds: float) -> _Answer | Problem | None:
        """What the helper finds, None if that is nothing; where it ends or takes too long, that."""
        late = threading.Event()

        def end() -> None:
            late.set()
            self._process.kill()

        timer = threading.Timer(seconds, end)
        timer.start()
        try:
            return self._exchange(data, text, wanted)
        except (OSError, ValueError, struct.error, msgspec.MsgspecError):
            self.end()
            if late.is_set():
                return Problem("pixels", f"decoding it takes more than {seconds:g} s", damage=False)
            return Problem("pixels", "the decoder crashed or ran out of memory", damage=True)
        finally:
            timer.cancel()

    def end(self) -> None:
        """End the process and wait for it."""
        self.alive = False
        self._process.kill()
        for stream in (self._process.stdin, self._process.stdout):
            with contextlib.suppress(OSError):  # what was not read yet cannot be delivered any more
                if stream is not None:
                    stream.close()
        self._process.wait()

    def _exchange(self, data: bytes, text: str, wanted: type[_Answer]) -> _Answer | None:
        told, heard = self._process.stdin, self._process.stdout
        if told is None or heard is None:
            raise OSError("the helper has no pipes")
        named = text.encode("utf-8", "replace")[-400:]
        told.write(HEAD.pack(TASKS.index(wanted), len(named), len(data)) + named)
        told.write(data)
        told.flush()
        (length,) = ANSWER.unpack(heard.read(ANSWER.size))
        if length > (LARGEST_PICTURE if wanted is Pixels else LARGEST_ANSWER):
            raise ValueError("too long an answer")
        return msgspec.msgpack.decode(heard.read(length), type=wanted | None)
