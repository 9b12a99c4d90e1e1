"""How the command line starts the terminal UI."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from fieldkit.tui import themes
from fieldkit.tui.app import IDLE_MINUTES, FieldkitApp
from fieldkit.tui.priority import take_short_turns

IDLE_VARIABLE = "FIELDKIT_LOCK_MINUTES"


def run(
    mission: Path | None, passphrase: str | None, person: str | None, *, colours: bool = True
) -> tuple[int, str]:
    """Run until the person leaves; the exit code, and the redacted line of a fault where there was one."""
    if not colours or themes.without_colours():
        os.environ[themes.NO_COLOR] = "1"
    app = FieldkitApp(mission, passphrase, person, idle_minutes=_idle_minutes(), guides=True)
    app.memory.begin()
    take_short_turns()
    allow_processes()
    try:
        app.run()
    finally:
        app.store.shut_down()
    return app.return_code or 0, app.fault_line


def allow_processes() -> None:
    """Start what Python watches helping processes with. Once Textual has taken standard error away it cannot be started."""
    if sys.platform != "win32":
        from multiprocessing import resource_tracker

        resource_tracker.ensure_running()


def _idle_minutes() -> float:
    try:
        return max(0.1, float(os.environ.get(IDLE_VARIABLE, IDLE_MINUTES)))
    except ValueError:
        return IDLE_MINUTES
