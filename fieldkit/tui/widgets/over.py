"""Sixel pictures over painted cells: written behind what is painted, in the same frame, and only where something changed.

A terminal forgets the part of such a picture over which cells are painted. So a picture is written when it is new, when it
has moved, or when any of its cells were painted; whatever paints the whole screen clears it first where pictures lie. How
many are written at once is what the line brings without holding up a key; the others follow.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING, Final
from weakref import ref

from textual._compositor import ChopsUpdate, CompositorUpdate
from textual.geometry import Region
from textual.screen import Screen
from textual.widget import Widget

from fieldkit.tui.pace import PROBE

if TYPE_CHECKING:
    from rich.console import Console

    from fieldkit.tui.app import FieldkitApp

CLEAR: Final = "\x1b[2J"
_KEYS_SECONDS: Final = 0.03


@dataclass(frozen=True, slots=True)
class Piece:
    """One picture: the cells of the screen that it covers, and the sequence that draws it at the first of them."""

    region: Region
    sequence: str


class Over(Widget):
    """A widget with pictures over its cells."""

    def pieces(self) -> Mapping[str, Piece]:
        """Every picture that belongs over the cells as they stand, by a name of its own."""
        raise NotImplementedError

    def drawn_anew(self) -> None:
        """How the terminal draws pictures has become known, or has changed."""
        raise NotImplementedError

    def painted(self, y: int) -> None:
        """A line of the screen is painted anew over the whole width of the widget."""

    def nudge(self, piece: Piece) -> None:
        """Have a little painted, no cell of a picture if that can be: this one's turn may have come."""
        self.refresh()

    def on_mount(self) -> None:
        self._lying_over.widgets.append(self)

    def on_unmount(self) -> None:
        self._lying_over.widgets.remove(self)

    @property
    def _lying_over(self) -> LyingOver:
        app: FieldkitApp = self.app  # type: ignore[assignment]
        return app.over


_Named = tuple[Over, str]


class LyingOver:
    """What lies over the cells of an app's terminal, and what is still to be written."""

    def __init__(self, app: FieldkitApp) -> None:
        self._app = app
        self.widgets: list[Over] = []
        """Those that may have pictures, on whatever screen."""
        self._lies: dict[_Named, Piece] = {}
        self._drew = False
        """Whether anything was drawn since the screen was cleared."""
        self._shown: ref[Screen[object]] | None = None
        """The screen that was painted as a whole last: another's cells may be partly painted before it is shown."""
        self._state = app.graphics.state
        self._waits = False

    def with_pictures(self, screen: Screen[object], update: CompositorUpdate) -> CompositorUpdate:
        """What is painted on a screen, with the pictures that go with it."""
        return _WithPictures(self, screen, update)

    def terminal_told(self) -> None:
        """The terminal answered, or did not: what it draws may be known better, and the line is free."""
        if self._state != self._app.graphics.state:
            self._state = self._app.graphics.state
            for widget in self.widgets:
                widget.drawn_anew()
        else:
            self.go_on()

    def go_on(self) -> None:
        """Write what is still due, where something is and the line is free."""
        self._waits = False
        for (widget, _), piece in self._due(self._app.screen)[:1]:
            widget.nudge(piece)

    def written(self, screen: Screen[object], update: CompositorUpdate, painted: str) -> str:
        """What is written: the painted cells, and behind them pictures as far as it is their turn."""
        if isinstance(update, ChopsUpdate):
            spans = list(_painted(update))
            self._forget_under(spans)
            self._tell_of(screen, spans)
            if self._shown is None or self._shown() is not screen:
                return painted
        else:
            self._shown = ref(screen)
            self._tell_of(screen, [(y, 0, screen.size.width) for y in range(screen.size.height)])
            painted = CLEAR + painted if self._drew else painted
            self._drew = False
            self._lies.clear()
            if self.widgets and self._app.graphics.pace.is_tried_again(monotonic()):
                return painted + self._probe()
        due = self._due(screen)
        return painted + self._batch(due) if due else painted

    def _due(self, screen: Screen[object]) -> Sequence[tuple[_Named, Piece]]:
        return [
            (named, piece)
            for widget in self.widgets
            if widget.screen is screen
            for name, piece in widget.pieces().items()
            if self._lies.get(named := (widget, name)) != piece
        ]

    def _tell_of(self, screen: Screen[object], painted: Iterable[tuple[int, int, int]]) -> None:
        for widget in self.widgets:
            if widget.screen is screen:
                region = widget.content_region
                for y, left, right in painted:
                    if region.y <= y < region.bottom and left <= region.x and region.right <= right:
                        widget.painted(y)

    def _forget_under(self, painted: Iterable[tuple[int, int, int]]) -> None:
        for y, left, right in painted:
            for named, piece in list(self._lies.items()):
                region = piece.region
                if region.y <= y < region.bottom and region.x < right and left < region.right:
                    del self._lies[named]

    def _batch(self, due: Sequence[tuple[_Named, Piece]]) -> str:
        """Pictures whose turn it is; behind them the question whose answer lets the next ones follow."""
        graphics = self._app.graphics
        if not graphics.hears:
            return self._drawn(due)
        if graphics.expects:
            return ""
        if not graphics.pace.speed:
            return self._probe()
        wait = graphics.pace.free_in(monotonic())
        if wait or self._app.types_ahead:
            self._later(max(wait, _KEYS_SECONDS))
            return ""
        fitting, length = [], 0
        for each in due:
            if not graphics.pace.fits(len(each[1].sequence), length):
                break
            fitting.append(each)
            length += len(each[1].sequence)
        if graphics.went_unanswered or not fitting:
            graphics.pace.is_slow(monotonic())
            self._app.call_later(self.terminal_told)
            return ""
        graphics.pace.wrote(length, monotonic())
        return self._drawn(fitting) + graphics.asked(length)

    def _probe(self) -> str:
        return PROBE + self._app.graphics.asked(len(PROBE))

    def _drawn(self, pieces: Sequence[tuple[_Named, Piece]]) -> str:
        self._lies.update(pieces)
        self._drew = True
        drawn = (f"\x1b[{each.region.y + 1};{each.region.x + 1}H{each.sequence}" for _, each in pieces)
        return f"\x1b7{''.join(drawn)}\x1b8"

    def _later(self, seconds: float) -> None:
        if not self._waits:
            self._waits = True
            self._app.set_timer(seconds, self.go_on)


def _painted(update: ChopsUpdate) -> Iterator[tuple[int, int, int]]:
    """Line, first column and column behind the last of all that an update paints: from the left end of a widget's part of a
    line, even where less of it was asked for."""
    for y, left, right in update.spans:
        for end, (x, strip) in zip(update.chop_ends[y], update.chops[y].items(), strict=False):
            if strip is not None and x <= right and left < end:
                yield y, x, min(end, right)


class _WithPictures(CompositorUpdate):
    """An update of the screen whose pictures are chosen when it is written."""

    def __init__(self, over: LyingOver, screen: Screen[object], update: CompositorUpdate) -> None:
        self._over = over
        self._screen = screen
        self._update = update

    def render_segments(self, console: Console) -> str:
        return self._over.written(self._screen, self._update, self._update.render_segments(console))
