"""A fault of the program on the screens: one line for the terminal, and a report that the vault keeps for whoever maintains fieldkit."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import textual

from fieldkit.errors import place
from fieldkit.vault import faults

if TYPE_CHECKING:
    from fieldkit.tui.store import Store


def redacted(error: BaseException) -> str:
    """`KeyError at fieldkit.tui.app:120`: never the message, a local or a line of source."""
    inner = error.__cause__ if error.__cause__ is not None and error.__traceback__ is None else error
    return f"{type(inner).__name__} at {place(inner.__traceback__)}"


def keep_report(store: Store, error: BaseException, screen: str) -> None:
    """Keep the report in the mission that is open, with the class of the screen; else the line on the terminal is all."""
    at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    report = faults.report_of(error, f"Textual {textual.__version__}, on {screen}")
    if store.is_open:
        store.submit(lambda vault: faults.keep(vault, at, redacted(error), report))
