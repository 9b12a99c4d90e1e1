"""Textual's driver of POSIX terminals, which asks the terminal what it can draw and hears its answer."""

from __future__ import annotations

import fcntl
import struct
import termios
import time
from functools import partial
from typing import TYPE_CHECKING, Any, Final, cast

from textual.drivers import linux_driver

from fieldkit.tui.graphics import QUESTION, AnswerParser

if TYPE_CHECKING:
    from fieldkit.tui.app import FieldkitApp
    from fieldkit.tui.graphics import Graphics

_STEP_SECONDS: Final = 0.02


class AskingDriver(linux_driver.LinuxDriver):
    """Asks when the keyboard is being read already; nothing waits for an answer, except at the end of a very short run."""

    @property
    def graphics(self) -> Graphics:
        """What the app knows of its terminal."""
        return cast("FieldkitApp", self._app).graphics

    def run_input_thread(self) -> None:
        parser: Any = partial(AnswerParser, self.graphics)
        linux_driver.XTermParser = parser  # type: ignore[attr-defined]
        super().run_input_thread()

    def start_application_mode(self) -> None:
        super().start_application_mode()  # type: ignore[no-untyped-call]
        self.ask()

    def ask(self) -> None:
        """Ask how large the screen and its cells are, and what the terminal draws, where this may be asked."""
        graphics = self.graphics
        graphics.hears = bool(self.input_tty)
        graphics.cells, cell = _measured(self.fileno)
        graphics.cell_is(*cell)
        if graphics.hears and (graphics.asks or graphics.way == "sixel"):
            graphics.asked()
            self.write(QUESTION)

    def stop_application_mode(self) -> None:
        while self.graphics.leaves_in() > 0:
            time.sleep(_STEP_SECONDS)
        super().stop_application_mode()


def _measured(terminal: int) -> tuple[tuple[int, int], tuple[int, int]]:
    """Columns and rows of the screen, and pixels of a cell across and down, as the system knows them; else zeros."""
    try:
        told = fcntl.ioctl(terminal, termios.TIOCGWINSZ, bytes(8))
    except OSError:
        return (0, 0), (0, 0)
    rows, columns, width, height = struct.unpack("4H", told)
    return (columns, rows), ((width // columns, height // rows) if rows and columns else (0, 0))
