"""What would hold up the keys is done ahead, while nobody types, or not before the terminal has caught up.

Python looks through all memory for things that refer to each other in circles whenever enough new ones were made, on any
thread, and every thread stands still meanwhile: for 60 to 200 ms once the screens are loaded. Here that waits for a pause at the
keyboard, and what is loaded for good is left out: what remains takes about 50 ms. The areas' modules are loaded by a thread.
"""

from __future__ import annotations

import gc
import importlib
import sys
import threading
import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from textual.app import App

PAUSE_SECONDS: Final = 1.0
"""How long no key has come when somebody has stopped to think."""
_DUE: Final = 30_000
"""How many more blocks of memory are in use than at their fewest since the last search, so that a pause is used: about what one form leaves."""
_OVERDUE: Final = 80_000
"""With so many nobody waits for a pause: the search would take the longer."""
_NEVER: Final = 1 << 30
_WAITING: Final = 6
"""Writes: two paintings, each with what begins and ends it."""
_APART_SECONDS: Final = 0.05


class Memory:
    """The memory of the process. Nothing of it changes until `begin`."""

    def __init__(self) -> None:
        self._begun = False
        self._blocks = 0

    def begin(self) -> None:
        """From now on only `clear` looks through more than what was made lately."""
        gc.collect()
        young, middle, _ = gc.get_threshold()
        gc.set_threshold(young, middle, _NEVER)
        self._begun = True
        self.leave_out()

    def leave_out(self) -> None:
        """What is there now is there for good, and is searched no more: the modules that were loaded."""
        if self._begun:
            gc.freeze()
            self._blocks = sys.getallocatedblocks()

    def clear(self, quiet_seconds: float) -> None:
        """Search, where that is due and no key has come for so long."""
        now = sys.getallocatedblocks()
        self._blocks = min(self._blocks, now)
        more = now - self._blocks
        if more >= _OVERDUE or (more >= _DUE and quiet_seconds >= PAUSE_SECONDS):
            self.clear_now()

    def clear_now(self) -> None:
        """Search, so that nothing stays of screens that are gone."""
        if self._begun:
            gc.collect()
            self._blocks = sys.getallocatedblocks()


def terminal_is_behind(app: App[Any]) -> bool:
    """Whether several paintings wait for a slow line. At 30 writes Textual would wait for it, and everything else with it."""
    output = getattr(app._driver, "_writer_thread", None)
    return output is not None and output._queue.qsize() > _WAITING


def load_ahead(modules: Iterable[str], done: Callable[[], object] = lambda: None) -> None:
    """Load modules on a thread of their own, one after the other, leaving room for the keys between them; it calls `done` in the
    end."""

    def load() -> None:
        for module in modules:
            time.sleep(_APART_SECONDS)
            importlib.import_module(module)
        done()

    threading.Thread(target=load, name="fieldkit-loading", daemon=True).start()
