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
from dataclasses import replace
from types import TracebackType
from typing import Self

import msgspec

from fieldkit.capture.jpegs import outline
from fieldkit.capture.pictures import PhotoFacts, Problem, claimed_type, examine, format_of

SECONDS = 30.0
HELPERS = 2
HEAD = struct.Struct(">IQ")
"""Before each file: the length of its name (UTF-8) and of its bytes."""
ANSWER = struct.Struct(">I")
LARGEST_ANSWER = 8 << 20
CHEAP_PIXELS = 250_000_000
CHEAP_PROGRESSIVE = 30_000_000
_HELPER = "from fieldkit.capture.apart_helper import main; main()"


def cheap(data: bytes) -> bool:
    """Whether a file is decoded in bounded time and memory without a helper."""
    if format_of(data[:32])[0] != "JPEG":
        return not data
    found = outline(data)
    if found is None:
        return True  # nothing is decoded of it
    return found.width * found.height <= (CHEAP_PROGRESSIVE if found.progressive else CHEAP_PIXELS)


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
        with self._room:
            with self._lock:
                helper = self._idle.pop() if self._idle else None
            helper = helper or _Helper()
            facts = helper.ask(data, name, self._seconds)
            if helper.alive:
                with self._lock:
                    self._idle.append(helper)
            return facts


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

    def ask(self, data: bytes, name: str, seconds: float) -> PhotoFacts:
        """What the helper finds; where it ends or takes too long, that."""
        late = threading.Event()

        def end() -> None:
            late.set()
            self._process.kill()

        timer = threading.Timer(seconds, end)
        timer.start()
        try:
            found = self._exchange(data, name)
        finally:
            timer.cancel()
        if found is None:
            self.end()
            cause = (
                f"decoding took more than {seconds:g} s"
                if late.is_set()
                else "the decoder crashed or ran out of memory"
            )
            return PhotoFacts(
                name, claimed_type(data, name), problems=(Problem("pixels", cause, damage=True),)
            )
        return replace(found, name=name)

    def end(self) -> None:
        """End the process and wait for it."""
        self.alive = False
        self._process.kill()
        for stream in (self._process.stdin, self._process.stdout):
            with contextlib.suppress(OSError):  # what was not read yet cannot be delivered any more
                if stream is not None:
                    stream.close()
        self._process.wait()

    def _exchange(self, data: bytes, name: str) -> PhotoFacts | None:
        told, heard = self._process.stdin, self._process.stdout
        if told is None or heard is None:
            return None
        called = name.encode("utf-8", "replace")[-400:]
        try:
            told.write(HEAD.pack(len(called), len(data)) + called)
            told.write(data)
            told.flush()
            length = heard.read(ANSWER.size)
            if len(length) < ANSWER.size or ANSWER.unpack(length)[0] > LARGEST_ANSWER:
                return None
            return msgspec.msgpack.decode(heard.read(ANSWER.unpack(length)[0]), type=PhotoFacts)
        except (OSError, ValueError, msgspec.MsgspecError):
            return None
