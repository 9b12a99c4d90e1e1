"""The program as a process on a terminal that these tests play: what it paints, what it asks, what a keyboard sends. POSIX only."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from rich.cells import cell_len

from fieldkit import paths
from tests.vault.missions import PASSPHRASE

PATIENCE_S: Final = 60.0
_CELL: Final = (10, 20)
_SEQUENCE: Final = re.compile(
    r"\x1b\[(?P<csi>[0-?]*[ -/]*)(?P<end>[@-~])"
    r"|\x1b(?P<kind>[P_\]])(?P<string>.*?)(?:\x1b\\|\x07)"
    r"|\x1b(?P<other>[78=>])",
    re.DOTALL,
)
Answers = Callable[[str], str]
"""What the terminal sends back for a control sequence (its parameters and last letter)."""


class Live:
    """A terminal of some size with the program on it. It is read all the time, as a terminal does."""

    def __init__(
        self, arguments: list[str], environment: Mapping[str, str], size: tuple[int, int], answers: Answers | None,
        tells_pixels: bool = True,
    ) -> None:  # fmt: skip
        self.columns, self.rows = size
        self.painted = ""
        """Everything that was written to the terminal."""
        self.strings: list[str] = []
        """Device control strings, application commands and titles, each with the letter that begins it."""
        self.sixels: dict[tuple[int, int], int] = {}
        """Cells (row, column) that show a part of a sixel picture, and which of `strings` drew it."""
        self.harm: list[str] = []
        """What a sixel picture did that it must not."""
        self._answers = answers
        self._cell = _CELL if tells_pixels else (0, 0)
        self._cells = [[" "] * self.columns for _ in range(self.rows)]
        self._at = self._saved = (0, 0)
        self._left = ""
        self._side, slave = pty.openpty()
        self._tell_size()
        self.process = subprocess.Popen(
            [sys.executable, "-c", "from fieldkit.cli.main import run; run()", *arguments],
            stdin=slave, stdout=slave, stderr=slave, start_new_session=True,
            env={**_without_size(os.environ), "TERM": "xterm-256color", "COLORTERM": "truecolor", **environment},
        )  # fmt: skip
        os.close(slave)
        self._reads = True
        self._drawing = threading.Lock()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def words(self) -> str:
        """What stands on the screen, with single blanks, wherever lines were broken."""
        return " ".join(" ".join("".join(row) for row in self._cells).split())

    @property
    def shown(self) -> str:
        """The screen line by line."""
        return "\n".join("".join(row).rstrip() for row in self._cells)

    def send(self, keys: str) -> None:
        """What a keyboard sends, in one piece."""
        os.write(self._side, keys.encode())

    def sees(self, *texts: str) -> None:
        """Wait until all these texts stand on the screen."""
        self.until(lambda: all(text in self.words for text in texts), " and ".join(texts))

    def until(self, holds: Callable[[], bool], what: str = "it") -> None:
        """Wait until something holds."""
        end = time.monotonic() + PATIENCE_S
        while not holds():
            if time.monotonic() > end:
                raise AssertionError(f"{what} never came:\n{self.shown}")
            time.sleep(0.02)

    def resize(self, columns: int, rows: int) -> None:
        """Make the window larger or smaller, as a person does with the mouse."""
        with self._drawing:
            self.columns, self.rows = columns, rows
            self._cells = [[" "] * columns for _ in range(rows)]
            self._at = self._saved = (0, 0)
            self.sixels = {}
        self._tell_size()
        self.process.send_signal(signal.SIGWINCH)

    def _tell_size(self) -> None:
        told = struct.pack(
            "4H", self.rows, self.columns, self.columns * self._cell[0], self.rows * self._cell[1]
        )
        fcntl.ioctl(self._side, termios.TIOCSWINSZ, told)

    def quit(self) -> int:
        """Leave by Ctrl+Q; the exit code."""
        self.send("\x11")
        return self.process.wait(PATIENCE_S)

    def close(self) -> None:
        """End it, however it stands."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(PATIENCE_S)
        self._reads = False
        self._reader.join(PATIENCE_S)
        os.close(self._side)

    def _read(self) -> None:
        while self._reads:
            if not select.select([self._side], [], [], 0.1)[0]:
                continue
            try:
                data = os.read(self._side, 65536)
            except OSError:
                return
            text = data.decode("utf-8", "replace")
            self.painted += text
            with self._drawing:
                self._put(text)

    def _put(self, text: str) -> None:
        text, at = self._left + text, 0
        for found in _SEQUENCE.finditer(text):
            self._print(text[at : found.start()])
            at = found.end()
            self._obey(found)
        rest = text[at:]
        cut = rest.find("\x1b")
        self._left = rest[cut:] if cut >= 0 else ""
        self._print(rest[:cut] if cut >= 0 else rest)

    def _obey(self, found: re.Match[str]) -> None:
        if found["kind"]:
            self.strings.append(found["kind"] + found["string"])
            if found["kind"] == "P":
                self._draw_sixels(found["string"])
        elif found["other"] == "7":
            self._saved = self._at
        elif found["other"] == "8":
            self._at = self._saved
        elif found["end"] == "H":
            row, _, column = found["csi"].partition(";")
            self._at = int(row or 1) - 1, int(column or 1) - 1
        elif found["end"] == "J":
            self._cells = [[" "] * self.columns for _ in range(self.rows)]
            self.sixels.clear()
        if (
            self._answers is not None
            and found["end"]
            and (answer := self._answers(found["csi"] + found["end"]))
        ):
            self.send(answer)

    def _draw_sixels(self, string: str) -> None:
        """A picture covers cells, and goes from each of them when something is printed there."""
        size = re.match(r'[\d;]*q"1;1;(\d+);(\d+)', string)
        if size is None:
            return
        (row, column), (across, down) = (
            self._at,
            (-(-int(size[place]) // _CELL[place - 1]) for place in (1, 2)),
        )
        if row + down >= self.rows or column + across > self.columns:
            self.harm.append(f"beyond the screen, at {self._at}")
        for y in range(row, min(row + down, self.rows)):
            under = "".join(self._cells[y][column : column + across])
            if under.strip():
                self.harm.append(f"over the text {under!r}")
            for x in range(column, column + across):
                self.sixels[y, x] = len(self.strings) - 1

    def _print(self, text: str) -> None:
        row, column = self._at
        for each in text:
            if each == "\r":
                column = 0
            elif each == "\n":
                row = min(row + 1, self.rows - 1)
            elif each == "\x1b" or (not each.isprintable() and each != "\U0010eeee"):
                continue
            elif (width := cell_len(each)) and column + width <= self.columns:
                self._cells[row][column : column + width] = [each, *[""] * (width - 1)]
                for place in range(column, column + width):
                    self.sixels.pop((row, place), None)
                column += width
        self._at = row, column


def _without_size(environment: Mapping[str, str]) -> dict[str, str]:
    """Without the variables that go before the size of a terminal: whatever runs the tests may have set them."""
    return {name: value for name, value in environment.items() if name not in ("COLUMNS", "LINES")}


@contextmanager
def live(
    folder: Path,
    *,
    size: tuple[int, int] = (80, 24),
    answers: Answers | None = None,
    tells_pixels: bool = True,
    **environment: str,
) -> Iterator[Live]:
    """The program over a mission, unlocked, on a terminal with these environment variables."""
    secret = folder.parent / f"{folder.name}-passphrase.txt"
    secret.write_text(PASSPHRASE, "utf-8")
    paths.keep_setting(paths.tour_seen(), "seen")
    terminal = Live(
        ["-m", str(folder), "--passphrase-file", str(secret)], environment, size, answers, tells_pixels
    )
    try:
        terminal.sees("OPEN", "TODAY")
        yield terminal
    finally:
        terminal.close()
