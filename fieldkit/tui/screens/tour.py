"""The tour: a few lines at the foot of each area's first screen, while one tries the keys. Nothing waits for it.

It begins by itself the first time that a mission is opened on a laptop, and never again unless it is asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from fieldkit import paths
from fieldkit.tui.areas import AREAS
from fieldkit.tui.widgets.lines import NoticeLine
from fieldkit.tui.widgets.plain import Plain

if TYPE_CHECKING:
    from fieldkit.tui.screens.base import MissionScreen

_TEXTS: Final = {
    "visit": "This is home. Left: what is open; Enter shows what a line counts. Right: today. A letter begins a record"
    " here (o observation, a access, c count); Ctrl+L says where we are, and new records inherit it.",
    "capture": "Every kind of record by its letter. In a form Ctrl+S records, Ctrl+N records and goes on, Ctrl+D repeats what stood"
    " there last. What you type is kept within a second, whatever happens to the laptop.",
    "inventory": "The declared lines in walking order. Scan or type a serial: near matches are offered, never taken."
    " While nothing stands in the line for readings, a letter acts on the line under the cursor: v verified, n no access.",
    "photos": "Camera cards come in here, with a key per act: caption, link, hold, withhold, redact.",
    "browse": "The timeline of a day; / searches everything, t is the tree of places, d what laptops disagree on. h shows"
    " every value that ever stood: nothing is overwritten.",
    "team": "The other laptops. s syncs over a stick or a share; alarms stand first, each with the next step.",
    "close": "The evening: what is still open, the journal read aloud in words, export, signatures, hand-over.",
}
_LAST: Final = "F9 locks, F1 shows the keys of any screen, Ctrl+P finds everything by name."


class TourStrip(Plain):
    """What the tour says of the area that is shown."""

    DEFAULT_CSS = "TourStrip { height: auto; padding: 0 1; border-top: solid $accent; color: $accent; }"


class Tour:
    """Whether it runs, and which areas it has shown."""

    def __init__(self) -> None:
        self.runs = False
        self._shown: set[str] = set()

    def begin(self) -> None:
        """From the beginning."""
        self.runs = True
        self._shown = set()
        paths.keep_setting(paths.tour_seen(), "seen")

    def begin_once(self) -> None:
        """Where nobody has seen it on this laptop."""
        if not paths.setting(paths.tour_seen()):
            self.begin()

    def end(self) -> None:
        """No more of it."""
        self.runs = False

    def show_on(self, screen: MissionScreen) -> None:
        """Put what belongs here at the foot of a screen, or take it away."""
        app = screen.fieldkit
        text = self._text(app.current_mode) if self.runs and app.screen_stack[:1] == [screen] else ""
        for strip in screen.query(TourStrip):
            strip.remove()
        if text:
            screen.mount(TourStrip(text), before=screen.query_one(NoticeLine))

    def _text(self, area: str) -> str:
        if area not in _TEXTS:
            return ""
        self._shown.add(area)
        left = [each for each in AREAS if each.name in _TEXTS and each.name not in self._shown]
        on = f"Next: {left[0].key.upper()}, {left[0].title.lower()}." if left else _LAST
        place = f"TOUR {len(self._shown)} of {len(self._shown) + len(left)}"
        return f"{place}  {_TEXTS[area]} {on}  Ctrl+T ends the tour."
