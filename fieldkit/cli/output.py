"""What a command prints: one JSON document or lines for people on standard output, messages on standard error.

Every line passes `visible` here, so that control and direction characters of recorded text never act on a terminal.
JSON is written in ASCII escapes for the same reason; nothing is lost by it.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterable
from types import TracebackType

import click

from fieldkit.domain.hostile import visible

_PAINT_EVERY = 0.1
"""Seconds between two states of a progress line on a terminal."""

_TELL_EVERY = 5.0
"""Seconds between two progress lines in a file or pipe."""

_MEGABYTE = 1_000_000


def print_document(document: object) -> None:
    """One JSON document and a line feed on standard output."""
    click.echo(json.dumps(document, indent=1, ensure_ascii=True, allow_nan=False))


def print_lines(lines: Iterable[str]) -> None:
    """Lines for people on standard output; text may come from outside."""
    for line in lines:
        click.echo(visible(line, lines=False).rstrip())


def say(text: str, *, style: str = "") -> None:
    """A message on standard error, line by line; `style` is a colour name for its first line."""
    for position, line in enumerate(text.split("\n")):
        shown = visible(line, lines=False)
        click.echo(click.style(shown, fg=style) if style and position == 0 else shown, err=True)


class Progress:
    """How far a long act has come, on standard error: one line rewritten on a terminal, else a line now and then.

    Short acts print nothing when standard error is no terminal. Quantities are whole things done, of `total` if known.
    """

    def __init__(self, label: str, total: int | None = None) -> None:
        self._label = label
        self._total = total
        self._done = 0
        self._terminal = sys.stderr.isatty()
        self._started = self._shown = time.monotonic()
        self._painted = False

    def __enter__(self) -> Progress:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._painted:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()

    def advance(self, count: int = 1, *, total: int | None = None) -> None:
        """`count` more things are done, of `total` where that is known by now."""
        self._done += count
        self._total = self._total if total is None else total
        now = time.monotonic()
        if now - self._shown < (_PAINT_EVERY if self._terminal else _TELL_EVERY):
            return
        self._shown = now
        of = f" of {self._total}" if self._total is not None else ""
        rate = self._done / max(now - self._started, 1e-9)
        left = "" if self._total is None else f", {_time_left(self._total - self._done, rate)} left"
        line = visible(f"{self._label}: {self._done}{of}, {rate:.0f}/s{left}")
        if self._terminal:
            sys.stderr.write(f"\r\x1b[K{line}")
            self._painted = True
        else:
            sys.stderr.write(f"{line}\n")
        sys.stderr.flush()


def _time_left(things: int, rate: float) -> str:
    """`40 s`, `3 min`: rounded up, as nobody minds being done earlier."""
    seconds = int(things / max(rate, 1e-9)) + 1
    return f"{seconds} s" if seconds < 100 else f"{(seconds + 59) // 60} min"


def megabytes(shown: Progress) -> Callable[[int], None]:
    """Tells a progress line, which counts whole megabytes, how many bytes are done."""
    told = 0

    def step(done: int) -> None:
        nonlocal told
        whole = done // _MEGABYTE
        if whole > told:
            shown.advance(whole - told)
            told = whole

    return step
