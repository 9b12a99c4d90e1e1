"""What would hold up the keys is done ahead, while nobody types, or not before the terminal has caught up.

Python looks through all memory for things that refer to each other in circles whenever enough new ones were made, on any
thread, and every thread stands still meanwhile: for 60 to 200 ms once the screens are loaded. Here that waits for a pause at the
keyboard. What is loaded before the first screen stays for good and is left out. The areas' modules are loaded by a thread.
"""

from __future__ import annotations

import gc
import importlib
import threading
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from textual.app import App

PAUSE_SECONDS: Final = 1.0
"""How long no key has come when somebody has stopped to think: what is new since the last pause is looked through."""
REST_SECONDS: Final = 20.0
"""How long no key has come when somebody has turned away: then everything is."""
_DUE: Final = 10
"""After how many searches of what was made lately, which Python goes on making by itself, a pause is used."""
_OVERDUE: Final = 500
"""After so many nobody waits for a pause: by then it may be about memory."""
_WAITING: Final = 6
"""Writes: two paintings, each with what begins and ends it."""
_NEVER: Final = 1 << 30
_APART_SECONDS: Final = 0.05


class Memory:
    """The memory of the process. Nothing of it changes until `begin`."""

    def __init__(self) -> None:
        self._begun = False
        self._put_off = False

    def begin(self) -> None:
        """From now on only `clear` looks through more than what was made lately."""
        gc.collect()
        gc.freeze()
        young, middle, _ = gc.get_threshold()
        gc.set_threshold(young, middle, _NEVER)
        self._begun = True

    def clear(self, quiet_seconds: float) -> None:
        """Search what a pause of this length leaves time for, where it is due."""
        made = gc.get_count()[-1]
        if not self._begun:
            return
        if self._put_off and quiet_seconds >= REST_SECONDS:
            self.clear_all()
        elif made >= _OVERDUE or (made >= _DUE and quiet_seconds >= PAUSE_SECONDS):
            gc.collect()
            gc.freeze()
            self._put_off = True

    def clear_all(self) -> None:
        """Search everything, so that nothing stays of screens that are gone."""
        if self._begun:
            gc.unfreeze()
            gc.collect()
            gc.freeze()
            self._put_off = False


def terminal_is_behind(app: App[Any]) -> bool:
    """Whether several paintings wait for a slow line. At 30 writes Textual would wait for it, and everything else with it."""
    output = getattr(app._driver, "_writer_thread", None)
    return output is not None and output._queue.qsize() > _WAITING


def load_ahead(modules: Iterable[str]) -> None:
    """Load modules on a thread of their own, one after the other, leaving room for the keys between them."""

    def load() -> None:
        for module in modules:
            time.sleep(_APART_SECONDS)
            importlib.import_module(module)

    threading.Thread(target=load, name="fieldkit-loading", daemon=True).start()
