"""The end of the program when nobody can be asked: the terminal is gone, or the system wants the process to end.

Without a terminal an orderly end would write to it and wait for ever, so the process ends at once, after what is being
typed is in the store. Everything recorded is durable already.
"""

from __future__ import annotations

import os
import signal
import threading
from concurrent.futures import Future
from concurrent.futures import wait as wait_for
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from types import FrameType

    from fieldkit.domain.jsontypes import Doc
    from fieldkit.tui.app import FieldkitApp
    from fieldkit.tui.store import Store

HANGUP: Final = "SIGHUP"
_EXIT_CODE: Final = 129
_WAIT_SECONDS: Final = 3.0
_OUTPUT_THREAD: Final = "textual-output"


def watch_terminal(app: FieldkitApp) -> None:
    """From now on, end at once when the terminal goes away. Called in the main thread."""
    if not hasattr(signal, HANGUP):
        return
    signal.signal(getattr(signal, HANGUP), lambda number, frame: _hung_up(app, number, frame))
    before = threading.excepthook

    def failed(arguments: threading.ExceptHookArgs) -> None:
        if arguments.thread is not None and arguments.thread.name == _OUTPUT_THREAD:
            os.kill(os.getpid(), getattr(signal, HANGUP))
        else:
            before(arguments)

    threading.excepthook = failed


def _hung_up(app: FieldkitApp, _number: int, _frame: FrameType | None) -> None:
    """In a thread of its own: the main one may hold a lock that saving needs, or wait for the terminal."""
    threading.Thread(target=_leave, args=(app,), daemon=True).start()


def _leave(app: FieldkitApp) -> None:
    try:
        for name, doc in app.unsaved_drafts():
            keep(app.store, name, doc)
        wait_for([app.store.submit(lambda _: None)], _WAIT_SECONDS)
    finally:
        os._exit(_EXIT_CODE)


def keep(store: Store, name: str, doc: Doc) -> Future[None]:
    """Hand a draft to the writing lane."""
    return store.submit(lambda vault: vault.save_draft(name, doc))
