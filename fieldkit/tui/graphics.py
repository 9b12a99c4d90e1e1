"""What a terminal can draw besides characters, found out without waiting for it: nothing, sixels or kitty's pictures.

Kitty and Ghostty say by `TERM` what they are. Others are asked for their attributes (DA1, in which 4 means sixels) and the
size of a cell; the answers are taken out of what the keyboard sends, whenever they come and in however many pieces, so that
none is ever taken for keys. Where no answer comes, pictures stay in half blocks. Terminals that show questions instead of
answering them, and multiplexers that answer for a terminal they do not know, are not asked.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from time import monotonic
from typing import Final, Literal

from textual import constants, events
from textual._xterm_parser import XTermParser
from textual.message import Message

from fieldkit.tui import themes
from fieldkit.tui.pace import Pace

Way = Literal["blocks", "sixel", "kitty"]
"""How pictures are drawn: as characters, or by one of the two protocols."""
PICTURES_VARIABLE: Final = "FIELDKIT_PICTURES"
ATTRIBUTES: Final = "\x1b[c"
"""What are you? Answered by every terminal that answers at all, and after all that was written before."""
QUESTION: Final = f"\x1b[14t\x1b[16t{ATTRIBUTES}"
"""How large is the screen in pixels, how large a cell? What are you?"""

_FORCED: Final[dict[str, Way]] = {"blocks": "blocks", "sixel": "sixel", "kitty": "kitty"}
_KITTIES: Final = ("xterm-kitty", "xterm-ghostty")
_NOT_ASKED: Final = ("screen", "tmux", "linux", "dumb", "vt")
_SIXELS: Final = "4"
_CELL: Final = (8, 16)
"""Pixels of a cell that are not too many on any terminal that does not say."""
_ANSWER: Final = re.compile(r"\x1b\[(?:\?([\d;]{1,80})c|([46]);(\d{1,5});(\d{1,5})t)")
_BEGUN: Final = re.compile(r"\x1b(?:\[(?:\?[\d;]{0,80}|[46](?:;\d{0,5}){0,2})?)?\Z")
_OF_SCREEN: Final = "4"
_NO_KEY: Final = "\x1b[?"
"""No key begins so: the rest of an answer may take its time."""
_PIECES_SECONDS: Final = 2.0
_EXPECTED_SECONDS: Final = 10.0
_LEAVING_SECONDS: Final = 1.0


def known(environment: Mapping[str, str]) -> Way | None:
    """What the environment says without asking; None where the terminal has to be asked."""
    forced = _FORCED.get(environment.get(PICTURES_VARIABLE, "").strip().lower())
    if forced:
        return forced
    term = environment.get("TERM", "")
    if environment.get(themes.NO_COLOR):
        return "blocks"
    if "TMUX" in environment or "STY" in environment or term.startswith(_NOT_ASKED):
        return "blocks"
    if term in _KITTIES:
        return "kitty"
    return "blocks" if environment.get("TERM_PROGRAM") == "Apple_Terminal" else None


class Graphics:
    """What is known of the terminal; `way` becomes better when an answer comes."""

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        found = known(environment)
        self.asks = found is None
        self.way: Way = found or "blocks"
        self.cell = _CELL
        """Pixels of a cell, across and down."""
        self.knows_cell = False
        """Whether the terminal, or the system for it, said so."""
        self.cells = (0, 0)
        """Columns and rows of the screen; zeros before they are known."""
        self.hears = False
        """Whether answers come here at all."""
        self.pace = Pace()
        self._asked = 0
        self._answered = 0
        self._asked_at = 0.0
        self._behind = 0

    @property
    def expects(self) -> bool:
        """Whether an answer may still be on its way."""
        return self._answered < self._asked and monotonic() - self._asked_at < _EXPECTED_SECONDS

    @property
    def went_unanswered(self) -> bool:
        """Whether the last question was given up."""
        return self._answered < self._asked and not self.expects

    @property
    def state(self) -> tuple[Way, tuple[int, int], bool, bool]:
        """All that pictures are made by: where it changes, they are made anew."""
        return self.way, self.cell, self.knows_cell, self.pace.slow

    def asked(self, behind: int = 0) -> str:
        """The question what the terminal is, about to be written behind so many bytes by which the line is judged."""
        self._behind = behind
        self._asked_at = monotonic()
        self._asked += 1
        return ATTRIBUTES

    def attributes(self, codes: str) -> None:
        """The terminal said what it is: codes of DA1 between semicolons."""
        self._answered = min(self._asked, self._answered + 1)
        if self._behind and self._answered == self._asked:
            now = monotonic()
            self.pace.answered(self._behind, now - self._asked_at, now)
        if self.asks and _SIXELS in codes.split(";")[1:]:
            self.way = "sixel"

    def cell_is(self, width: int, height: int) -> None:
        """The terminal said how large a cell is, in pixels."""
        if width > 0 and height > 0:
            self.cell = width, height
            self.knows_cell = True

    def screen_is(self, width: int, height: int) -> None:
        """The terminal said how large its screen is, in pixels."""
        columns, rows = self.cells
        if columns and rows:
            self.cell_is(width // columns, height // rows)

    def leaves_in(self) -> float:
        """How long to wait before leaving, so that a late answer does not reach the shell: seconds."""
        return max(0.0, _LEAVING_SECONDS - (monotonic() - self._asked_at)) if self.expects else 0.0


class Told(Message):
    """The terminal answered."""


class AnswerParser(XTermParser):
    """Textual's parser of what the keyboard sends, without the terminal's answers; of these it only says that they came.

    While an answer may come, what can be the beginning of one waits for the rest of it: what may be a key as long as `Escape`
    does, anything else longer.
    """

    def __init__(self, graphics: Graphics, debug: bool = False) -> None:
        super().__init__(debug)
        self._graphics = graphics
        self._held = ""
        self._held_at = 0.0

    def feed(self, data: str) -> Iterable[Message]:
        if data:
            (data, answers), self._held = _ANSWER.subn(self._take, self._held + data), ""
            if self._graphics.expects and (begun := _BEGUN.search(data)):
                data, self._held, self._held_at = data[: begun.start()], begun[0], monotonic()
            if answers:
                yield Told()
            if not data:
                return
        yield from super().feed(data)

    def tick(self) -> Iterable[Message]:
        patience = _PIECES_SECONDS if self._held.startswith(_NO_KEY) else constants.ESCAPE_DELAY
        if self._held and monotonic() - self._held_at > patience:
            held, self._held = self._held, ""
            yield from super().feed(held)
        yield from super().tick()

    def _sequence_to_key_events(self, sequence: str, alt: bool = False) -> Iterable[events.Key]:
        """What only looks like a key by its number is none, and no reason to stop reading the keyboard."""
        try:
            return list(super()._sequence_to_key_events(sequence, alt))
        except (ValueError, OverflowError):
            return []

    def _take(self, answer: re.Match[str]) -> str:
        codes, what, height, width = answer.groups()
        if codes:
            self._graphics.attributes(codes)
        elif what == _OF_SCREEN:
            self._graphics.screen_is(int(width), int(height))
        else:
            self._graphics.cell_is(int(width), int(height))
        return ""
