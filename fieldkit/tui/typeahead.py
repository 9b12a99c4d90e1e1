"""Keys are taken one after the other, and each only where the one before it has led.

A scanner, a paste and a hurried person type faster than screens are made. So a key waits until the last one has gone
its whole way, until the screen that is shown has its first field ready, and until an act that leads to another screen is
done. Nothing is thrown away, and nothing lands on a screen that is being left. What a key that writes nothing has set off
(Enter ends a line, an arrow moves) goes the same way behind it, and is waited for as well.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import TYPE_CHECKING, Final

from textual import events
from textual.message_pump import MessagePump

from fieldkit.tui.screens.base import FieldkitScreen

if TYPE_CHECKING:
    from fieldkit.tui.app import FieldkitApp

_BURST_SECONDS: Final = 0.03
_NEVER: Final = float("-inf")
_LOOK_SECONDS: Final = 0.005
_WAY_SECONDS: Final = 2.0
_FOCUS_SECONDS: Final = 5.0
_ACT_SECONDS: Final = 10.0
_LEAVING: Final = frozenset({"escape", "ctrl+q", "f9"})
"""Keys that do not wait for an act: whoever wants to leave, leaves."""


class TypeAhead:
    """The keys and pastes that wait, and the task that passes them on. `pass_on` is what Textual does with one."""

    def __init__(self, app: FieldkitApp, pass_on: Callable[[events.Event], Awaitable[None]]) -> None:
        self._app = app
        self._pass_on = pass_on
        self._waiting: deque[events.Key | events.Paste] = deque()
        self._running: asyncio.Task[None] | None = None
        self._last_character = _NEVER

    @property
    def waits(self) -> bool:
        """Whether a key has come that was not passed on yet."""
        return bool(self._waiting)

    def put(self, event: events.Key | events.Paste) -> None:
        """Take one; it is passed on when its turn comes.

        A line feed comes as Ctrl+J; right behind a character or an Enter of the same burst it ends a line of what is scanned or pasted.
        Times are those at which keys were read, however long they have waited since.
        """
        if isinstance(event, events.Key):
            is_line_feed = event.key == "ctrl+j" and event.character is not None
            if is_line_feed and event.time - self._last_character < _BURST_SECONDS:
                event = events.Key("enter", "\r")
            elif event.is_printable or event.key == "enter":
                self._last_character = event.time
            else:
                self._last_character = _NEVER
        self._waiting.append(event)
        if self._running is None:
            self._running = asyncio.create_task(self._run())

    async def _run(self) -> None:
        try:
            while self._waiting and self._app.is_running:
                await self._until_ready(self._waiting[0])
                event = self._waiting.popleft()
                way = self._way()
                await self._pass_on(event)
                for node in way:
                    await _until_through(node)
                    if event._stop_propagation:
                        break
                if isinstance(event, events.Key) and not event.is_printable:
                    for node in way:
                        await _until_through(node)
        except Exception as error:  # noqa: BLE001 - whatever it is ends the program in one redacted line
            self._app.fault(error)
        finally:
            self._running = None

    def _way(self) -> list[MessagePump]:
        """Everything that a key which nobody stops goes through."""
        start = self._app.focused or self._app.screen
        return [node for node in start.ancestors_with_self if isinstance(node, MessagePump)]

    async def _until_ready(self, event: events.Key | events.Paste) -> None:
        began = monotonic()
        leaving = isinstance(event, events.Key) and event.key in _LEAVING
        while self._app.is_running and monotonic() - began < _ACT_SECONDS:
            screen = self._app.screen
            if not isinstance(screen, FieldkitScreen):
                return
            acts = screen.acts and not leaving
            if not acts and (screen.has_begun or monotonic() - began > _FOCUS_SECONDS):
                return
            await asyncio.sleep(_LOOK_SECONDS)


async def _until_through(node: MessagePump) -> None:
    """Until a node has done everything that was handed to it before now."""
    done = asyncio.Event()
    if not node.call_later(done.set):
        return
    began = monotonic()
    while not done.is_set() and node.is_running and monotonic() - began < _WAY_SECONDS:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(done.wait(), 0.05)
