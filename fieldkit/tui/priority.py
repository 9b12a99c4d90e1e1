"""Who gives way to whom: long acts to the keys and the painting, and never the other way round.

A card keeps every processor busy, and then the time from a key to its letter is the time that the loop of the screens waits
for one. On Linux a thread has a priority of its own, which threads and processes that it starts take over; elsewhere
priorities are left as they are. What two threads compute in Python itself costs the loop a turn of each, many times a key.
"""

from __future__ import annotations

import os
import sys
import threading
from contextlib import suppress
from typing import Final

STEPS: Final = 5
"""Of niceness. Beside the keys a third of a processor is left to a long act, alone it has all of them."""
_NICEST: Final = 19
TURN_SECONDS: Final = 0.001
"""How long a thread computes on while another waits for Python's lock: by itself Python makes that 0.005."""


def take_short_turns() -> None:
    """From now on no thread of this process keeps the loop of the screens waiting for longer than it has to."""
    sys.setswitchinterval(TURN_SECONDS)


def give_way() -> None:
    """From now on this thread, and whatever it starts, runs when nothing of the screens wants to."""
    if sys.platform == "linux":
        thread = threading.get_native_id()
        with suppress(OSError):
            now = os.getpriority(os.PRIO_PROCESS, thread)
            os.setpriority(os.PRIO_PROCESS, thread, min(_NICEST, now + STEPS))
