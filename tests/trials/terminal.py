"""The program on a real terminal of its own: keys go in as a keyboard, a scanner or a paste sends them. POSIX only."""

from __future__ import annotations

import contextlib
import importlib
import os
import pty
import re
import select
import signal
import time
from pathlib import Path

from fieldkit.cli.main import main as command_line
from fieldkit.tui.areas import AREAS

ENDINGS = ("kill", "terminate", "hang up", "close")
"""How a program is ended: by SIGKILL, SIGTERM, SIGHUP, or its terminal is closed."""
_SIGNALS = {"kill": signal.SIGKILL, "terminate": signal.SIGTERM, "hang up": signal.SIGHUP}
_CONTROL = re.compile(r"\x1b\[[0-9;?<>=]*[a-zA-Z]")
_PATIENCE_S = 60.0
_BYTES_PER_S = 960
_TICK_S = 0.05


def load_ahead() -> None:
    """Import what every program on a terminal needs, so that those forked from here begin at once."""
    for module in ("fieldkit.tui.entry", *(area.module for area in AREAS)):
        importlib.import_module(module)


class Screen:
    """The program on a terminal of its own, forked from this process, which has loaded all of it: over a mission, or without a
    `folder` on its first screen."""

    def __init__(self, folder: Path | None, passphrase_file: Path) -> None:
        self.process, self.terminal = pty.fork()
        if self.process == 0:
            os.environ.update(TERM="xterm-256color", COLUMNS="80", LINES="24")
            over = ["-m", str(folder), "--passphrase-file", str(passphrase_file)]
            code = command_line(over if folder is not None else [])
            os._exit(code)
        self.slowest = 0.0
        self._all = bytearray()
        self.runs = True

    def send(self, keys: str) -> None:
        """Send keys in one piece, without waiting for anything."""
        os.write(self.terminal, keys.encode())

    def press(self, keys: str) -> None:
        """Send keys and wait until something is painted."""
        began = time.monotonic()
        os.write(self.terminal, keys.encode())
        self._painted(_PATIENCE_S)
        self.slowest = max(self.slowest, time.monotonic() - began)

    def until_painted(self, keys: str, text: str) -> float:
        """Send keys; the seconds until a text has been painted that was not there before."""
        began = time.monotonic()
        self.send(keys)
        self.wait_for(text.encode())
        return time.monotonic() - began

    def wait_for(self, text: bytes) -> None:
        """Read until a text has been painted."""
        seen = b""
        until = time.monotonic() + _PATIENCE_S
        while text not in seen:
            if time.monotonic() > until:
                raise TimeoutError(f"{text!r} never came")
            seen += self._painted(_PATIENCE_S)

    def has_shown(self, text: str) -> None:
        """Read until a text has been painted, now or before, whatever colours or movements of the cursor stand in it."""
        until = time.monotonic() + _PATIENCE_S
        while text not in _CONTROL.sub("", self._all.decode("utf-8", "replace")):
            if time.monotonic() > until:
                raise TimeoutError(f"{text!r} never came")
            self._painted(_PATIENCE_S)

    def drain(self, seconds: float) -> None:
        """Let time pass, reading what is painted."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            self._painted(left)

    def settle(self, quiet: float) -> None:
        """Read until nothing has been painted for so many seconds."""
        while self._painted(quiet):
            pass

    def trickle(self, seconds: float) -> None:
        """Let time pass on a line of 9600 baud: no more is read than such a line brings."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            time.sleep(_TICK_S)
            if select.select([self.terminal], [], [], 0)[0]:
                os.read(self.terminal, int(_BYTES_PER_S * _TICK_S))

    def end(self, how: str) -> None:
        """End the program and wait until it has gone."""
        self.runs = False
        if how == "close":
            os.close(self.terminal)
        else:
            os.kill(self.process, _SIGNALS[how])
        until = time.monotonic() + _PATIENCE_S
        while os.waitpid(self.process, os.WNOHANG) == (0, 0):
            if time.monotonic() > until:
                os.kill(self.process, signal.SIGKILL)
                raise TimeoutError(f"still there after it was asked to end ({how})")
            if how != "close":
                self._painted(0.02)
            else:
                time.sleep(0.01)
        if how != "close":
            os.close(self.terminal)

    def _painted(self, seconds: float) -> bytes:
        ready, _, _ = select.select([self.terminal], [], [], seconds)
        if not ready:
            return b""
        with contextlib.suppress(OSError):
            painted = os.read(self.terminal, 65536)
            self._all += painted
            return painted
        time.sleep(min(seconds, 0.01))
        return b""
