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

Way = Literal["blocks", "sixel", "kitty"]
"""How pictures are drawn: as characters, or by one of the two protocols."""
PICTURES_VARIABLE: Final = "FIELDKIT_PICTURES"
QUESTION: Final = "\x1b[16t\x1b[c"
"""How large is a cell? What are you? The second is answered last, and by every terminal that answers at all."""

_FORCED: Final[dict[str, Way]] = {"blocks": "blocks", "sixel": "sixel", "kitty": "kitty"}
_KITTIES: Final = ("xterm-kitty", "xterm-ghostty")
_NOT_ASKED: Final = ("screen", "tmux", "linux", "dumb", "vt")
_SIXELS: Final = "4"
_CELL: Final = (8, 16)
"""Pixels of a cell that are not too many on any terminal that does not say."""
_ANSWER: Final = re.compile(r"\x1b\[(?:\?([\d;]{1,80})c|6;(\d{1,4});(\d{1,4})t)")
_BEGUN: Final = re.compile(r"\x1b(?:\[(?:\?[\d;]{0,80}|6(?:;\d{0,4}){0,2})?)?\Z")
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
        self._asked_at = 0.0
        self._answered = False

    @property
    def expects(self) -> bool:
        """Whether an answer may still be on its way."""
        return self.asks and not self._answered and monotonic() - self._asked_at < _EXPECTED_SECONDS

    def asked(self) -> None:
        """The question has just been written."""
        self._asked_at = monotonic()

    def attributes(self, codes: str) -> None:
        """The terminal said what it is: codes of DA1 between semicolons."""
        self._answered = True
        if self.asks and _SIXELS in codes.split(";")[1:]:
            self.way = "sixel"

    def cell_is(self, width: int, height: int) -> None:
        """The terminal said how large a cell is, in pixels."""
        if width > 0 and height > 0:
            self.cell = width, height

    def leaves_in(self) -> float:
        """How long to wait before leaving, so that a late answer does not reach the shell: seconds."""
        return max(0.0, _LEAVING_SECONDS - (monotonic() - self._asked_at)) if self.expects else 0.0


class AnswerParser(XTermParser):
    """Textual's parser of what the keyboard sends, without the terminal's answers.

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
            data, self._held = _ANSWER.sub(self._take, self._held + data), ""
            if self._graphics.expects and (begun := _BEGUN.search(data)):
                data, self._held, self._held_at = data[: begun.start()], begun[0], monotonic()
            if not data:
                return ()
        return super().feed(data)

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
        codes, height, width = answer.groups()
        if codes:
            self._graphics.attributes(codes)
        else:
            self._graphics.cell_is(int(width), int(height))
        return ""
