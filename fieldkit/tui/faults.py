"""A fault of the program in one line: its type and its place. Kept in the vault for whoever maintains fieldkit."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from fieldkit.errors import place

if TYPE_CHECKING:
    from fieldkit.tui.store import Store

PREFIX: Final = "fault/"


def redacted(error: BaseException) -> str:
    """`KeyError at fieldkit.tui.app:120`: never the message, a local or a line of source."""
    inner = error.__cause__ if error.__cause__ is not None and error.__traceback__ is None else error
    return f"{type(inner).__name__} at {place(inner.__traceback__)}"


def keep_report(store: Store, line: str) -> None:
    """Put the line among the drafts of the open mission; where that fails too, the line on the terminal is all."""
    name = f"{PREFIX}{time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime())}"
    if store.is_open:
        store.submit(lambda vault: vault.save_draft(name, {"fault": line}))
