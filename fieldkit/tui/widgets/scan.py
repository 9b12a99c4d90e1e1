"""The line that takes readings from a scanner or from the keyboard, while single letters go on acting on the list.

One rule, told in the help: where the line is empty, a letter alone acts. A digit, `/`, or keys that follow each other
within 30 ms (a scanner; no hand is as quick) are written here, and once something stands here everything is.
Enter hands over what stands here; an Enter in the wake of such keys never acts.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, ClassVar, Final, cast

from textual import events
from textual.binding import BindingType
from textual.message import Message
from textual.timer import Timer

from fieldkit.domain.hostile import visible
from fieldkit.tui.keys import WRITE, bound
from fieldkit.tui.widgets.entry import OneLine

if TYPE_CHECKING:
    from fieldkit.tui.app import FieldkitApp

BURST_SECONDS: Final = 0.03
"""Keys that follow each other within this come from a scanner."""
_FEWEST: Final = 4
"""Keys in a row that are a reading of its own, behind what a hand has typed."""
_TYPED: Final = frozenset("0123456789")
_BEGIN: Final = "/"


class ScanLine(OneLine, inherit_bindings=False):
    """Posts `Read` for what was read, `Pasted` for several lines at once; runs the screen's own keys while it is empty."""

    BINDINGS: ClassVar[list[BindingType]] = [
        bound("left", "cursor_left", "Left", "One character to the left", WRITE, show=False),
        bound("right", "cursor_right", "Right", "One character to the right", WRITE, show=False),
        bound("backspace", "delete_left", "Backspace", "Take the last character away", WRITE, show=False),
    ]

    @dataclass
    class Read(Message):
        """A reading, complete. `burst` is whether its keys came as a scanner's do."""

        text: str
        burst: bool

    @dataclass
    class Pasted(Message):
        """Several lines, or cells, from a spreadsheet."""

        text: str

    def __init__(self, *, placeholder: str = "", id: str | None = None) -> None:
        super().__init__(placeholder=placeholder, id=id)
        self._times: list[float] = []
        """When the key of each character of the line was pressed."""
        self._held: events.Key | None = None
        self._timer: Timer | None = None
        self._last = 0.0
        self.writing = False
        """Whether letters are written although the line is empty."""

    def check_consume_key(self, key: str, character: str | None) -> bool:
        """An empty line leaves letters to the screen."""
        return bool(self.value or self.writing) and super().check_consume_key(key, character)

    def empty(self) -> None:
        """Take away what stands here."""
        self.value = ""
        self._times.clear()
        self.writing = False

    async def _on_key(self, event: events.Key) -> None:
        quick, self._last = event.time - self._last < BURST_SECONDS, event.time
        held = self._let_go()
        if held is not None:
            if quick and (event.is_printable or event.key == "enter"):
                self._write(held)
            else:
                await self._act(held.key)
        if event.key == "enter" or event.is_printable:
            event.stop()
            event.prevent_default()
        if event.key == "enter":
            if self.value.strip():
                self._hand_over()
            elif not quick:
                await self._act("enter")
        elif event.is_printable and event.character is not None:
            await self._printable(event, quick)

    async def _printable(self, event: events.Key, quick: bool) -> None:
        if self.value or self.writing or event.character in _TYPED:
            self._write(event)
        elif event.character == _BEGIN:
            self.writing = True
            self.post_message(self.Changed(self, ""))
        elif event.key == "space":
            await self._act("space")
        elif quick:
            self._write(event)
        else:
            self._held = event
            self._timer = self.set_timer(BURST_SECONDS, self._alone)

    def _write(self, event: events.Key) -> None:
        before = len(self.value)
        self.insert_text_at_cursor(visible(event.character or "", lines=False))
        self._times += [event.time] * (len(self.value) - before)

    def _alone(self) -> None:
        """No further key came in time: the letter acts, unless one is on its way, which decides it."""
        self.app.call_later(self.call_later, self._alone_indeed)

    async def _alone_indeed(self) -> None:
        if cast("FieldkitApp", self.app).types_ahead:
            return
        held = self._let_go()
        if held is not None:
            await self._act(held.key)

    def _let_go(self) -> events.Key | None:
        held, self._held = self._held, None
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        return held

    async def _act(self, key: str) -> None:
        active = self.screen.active_bindings.get(key)
        if active is not None and active.enabled and active.node is not self:
            await self.app.run_action(active.binding.action, active.node)

    def _hand_over(self) -> None:
        """Everything that stands here, what a scanner brought behind something else as a reading of its own."""
        text, times = self.value, self._times
        self.empty()
        if len(times) != len(text):
            self.post_message(self.Read(text.strip(), burst=False))
            return
        starts = [0, *(n for n in range(1, len(text)) if times[n] - times[n - 1] >= BURST_SECONDS), len(text)]
        readings: list[tuple[str, bool]] = []
        for start, end in pairwise(starts):
            burst = end - start >= _FEWEST
            if burst or not readings or readings[-1][1]:
                readings.append((text[start:end], burst))
            else:
                readings[-1] = (readings[-1][0] + text[start:end], False)
        for reading, burst in readings:
            if reading.strip():
                self.post_message(self.Read(reading.strip(), burst))

    def _on_paste(self, event: events.Paste) -> None:
        event.stop()
        event.prevent_default()
        lines = [line for line in event.text.splitlines() if line.strip()]
        if len(lines) > 1 or (lines and "\t" in lines[0].strip()):
            self.post_message(self.Pasted(event.text))
            return
        self._let_go()
        for line in lines:
            self._times.clear()
            self.insert_text_at_cursor(visible(line.strip(), lines=False))
