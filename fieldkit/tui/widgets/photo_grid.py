"""A grid of small pictures over the photo log: ids at once, pictures only of what is seen, never on the event loop."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice, zip_longest
from typing import TYPE_CHECKING, ClassVar, Final, Protocol, cast

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.binding import BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from fieldkit.tui.keys import FIRST, LAST, LIST, PAGE_DOWN, PAGE_UP, bound
from fieldkit.tui.tasks import task
from fieldkit.tui.text import fitted
from fieldkit.tui.widgets.over import Over, Piece
from fieldkit.tui.widgets.painting import Paint, Painted, paint_of, write_to
from fieldkit.tui.widgets.settling import settling
from fieldkit.vault.reading import VaultReader

if TYPE_CHECKING:
    from fieldkit.tui.app import FieldkitApp

WIDTH: Final = 19
HEIGHT: Final = 6
"""Cells of a picture; a line above it names the photo and its state, one below it says what it shows."""
AHEAD: Final = "ahead/"
"""What the keys begin with of pictures that are no photos of the log yet: they cannot be marked, and no act is about them."""
_TILE: Final = HEIGHT + 2
_AT_ONCE: Final = 8
_KEPT: Final = 600


@dataclass(frozen=True, slots=True)
class Tile:
    """One photo: its number, its state in a word (where there is something to say), its caption, its picture.

    Where there is no picture (no lines), `instead` says why. `alert` is true for a state that keeps it back.
    """

    number: str
    state: str
    words: str
    picture: Painted
    instead: str
    alert: bool


class Source(Protocol):
    """What a grid shows. Both are called in the store's reading lane."""

    def keys(self, reader: VaultReader) -> Sequence[str]:
        """The ids of all photos, in order; behind them the keys of what is still `AHEAD`."""

    def tiles(self, reader: VaultReader, keys: Sequence[str], paint: Paint) -> Sequence[Tile]:
        """The tiles of these, one for each, with pictures of `WIDTH` x `HEIGHT` cells at the most."""


class PhotoGrid(ScrollView, Over, can_focus=True):
    """Tiles with a cursor and marks; only lines that changed are painted. Posts `Chosen` for Enter, `Moved` when the cursor comes to rest, `Marked`."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "grid--head", "grid--cursor", "grid--alert", "grid--marked", "grid--dim",
    }  # fmt: skip
    DEFAULT_CSS = """
    PhotoGrid { height: 1fr; overflow-x: hidden; scrollbar-size-vertical: 1; }
    PhotoGrid .grid--head { background: $panel; }
    PhotoGrid .grid--dim { color: $text-muted; }
    PhotoGrid .grid--alert { background: $panel; color: $error; text-style: bold; }
    PhotoGrid .grid--marked { background: $panel; color: $accent; text-style: bold; }
    PhotoGrid .grid--cursor { background: $primary; color: $background; text-style: bold; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        bound("left", "move(-1)", "Left", "The photo before", LIST, show=False),
        bound("right", "move(1)", "Right", "The next photo", LIST, show=False),
        bound("up", "row(-1)", "Up", "One row up", LIST, show=False),
        bound("down", "row(1)", "Down", "One row down", LIST, show=False),
        bound(PAGE_UP, "page(-1)", "Page up", "One page up", LIST, show=False),
        bound(PAGE_DOWN, "page(1)", "Page down", "One page down", LIST, show=False),
        bound(FIRST, "jump(0)", "First", "The first photo", LIST, show=False),
        bound(LAST, "jump(-1)", "Last", "The last photo", LIST, show=False),
        bound("enter", "choose", "view", "Look at this photo, large", LIST),
        bound("space", "mark", "mark", "Mark or unmark the photo, for acts on several", LIST),
        bound("r", "range", "range", "Mark everything from the mark set last to here", LIST),
        bound("a", "mark_all", "Mark all", "Mark every photo that is listed", LIST, show=False),
        bound("u", "unmark", "Unmark", "Take every mark away", LIST, show=False),
        bound(
            "m", "mark_again", "Same marks", "Mark what the last act was about, for another", LIST, show=False
        ),
    ]

    @dataclass
    class Chosen(Message):
        """Enter was pressed on a photo."""

        grid: PhotoGrid
        key: str

    @dataclass
    class Moved(Message):
        """The cursor is on another photo, or the photo changed (`key` is empty in an empty grid)."""

        grid: PhotoGrid
        key: str

    @dataclass
    class Marked(Message):
        """Marks changed, or the number of photos did."""

        grid: PhotoGrid

    def __init__(
        self, source: Source | None = None, *, empty: str = "no photos yet", id: str | None = None
    ) -> None:
        super().__init__(id=id)
        self._source = source
        self._empty = empty
        self._keys: Sequence[str] = ()
        self._tiles: dict[str, Tile] = {}
        self._old: set[str] = set()
        self._marks: set[str] = set()
        self._last_marks: set[str] = set()
        self._anchor = ""
        self._round = 0
        self._seen: Sequence[object] = ()
        self.cursor = 0
        self.loaded = False

    @property
    def key(self) -> str:
        """The photo under the cursor; empty in an empty grid."""
        return self._keys[self.cursor] if self.cursor < len(self._keys) else ""

    @property
    def keys(self) -> Sequence[str]:
        """All photos that are listed, in order."""
        return self._keys

    @property
    def marks(self) -> Sequence[str]:
        """The marked photos in the order of the grid."""
        return [key for key in self._keys if key in self._marks] if self._marks else []

    @property
    def chosen(self) -> Sequence[str]:
        """The marked photos, else the one under the cursor: what an act is about."""
        return self.marks or ([self.key] if self.key and not self.key.startswith(AHEAD) else [])

    @property
    def photos(self) -> Sequence[str]:
        """All photos of the log that are listed."""
        return [key for key in self._keys if not key.startswith(AHEAD)]

    def show(self, source: Source) -> None:
        """Show something else; marks stay on what is still listed."""
        self._source = source
        self.reload()

    def unmark(self) -> None:
        """Take every mark away."""
        self._last_marks = self._marks or self._last_marks
        self._put_marks(set())

    def go_to(self, key: str) -> None:
        """Put the cursor on a photo, if it is listed."""
        if key in self._keys:
            self._go(self._keys.index(key))

    @task
    async def reload(self) -> None:
        """Ask for the ids anew; the cursor stays on its photo, and what is shown stays until the new is here."""
        source, before, first = self._source, self.key, not self.loaded
        if source is None:
            return
        keys = await self._fieldkit.store.read(source.keys)
        self._keys = keys
        self._round += 1
        self._old = set(self._tiles)
        self.loaded = True
        if first:
            self.cursor = max(0, len(keys) - 1)
        elif not (self.cursor < len(keys) and keys[self.cursor] == before):
            self.cursor = keys.index(before) if before in set(keys) else min(self.cursor, len(keys) - 1)
        self.cursor = max(0, self.cursor)
        self._marks &= set(keys)
        self._measure()
        self._reveal()
        self._paint()
        self.post_message(self.Moved(self, self.key))
        self.post_message(self.Marked(self))
        self._fetch()

    def on_mount(self) -> None:
        self.reload()

    def on_unmount(self) -> None:
        for key in list(self._tiles):
            self._drop(key)

    def on_resize(self) -> None:
        self._measure()
        self._reveal()
        self._paint()
        self.call_later(self._fetch)

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        self._paint()
        self.call_later(self._fetch)

    def drawn_anew(self) -> None:
        self._old = set(self._tiles)
        self._paint()
        self._fetch()

    def pieces(self) -> Mapping[str, Piece]:
        corner, found = self.scrollable_content_region.offset, {}
        for place, line in self._in_sight():
            key = self._keys[place]
            if (tile := self._tiles.get(key)) and self._in_pixels(tile, line):
                across, down = tile.picture.cells
                x = place % self.across * (WIDTH + 1) + (WIDTH - across) // 2
                y = line + 1 + (HEIGHT - down) // 2
                found[key] = Piece(Region(x, y, across, down).translate(corner), tile.picture.over)
        return found

    def nudge(self, piece: Piece) -> None:
        """The line above its tile's picture."""
        line = piece.region.y - self.scrollable_content_region.y
        line -= (line + int(self.scroll_offset.y)) % _TILE
        self.refresh(Region(0, line, 1, 1))

    def render_line(self, y: int) -> Strip:
        width = self.scrollable_content_region.width
        row, line = divmod(y + int(self.scroll_offset.y), _TILE)
        start = row * self.across
        if start >= len(self._keys):
            text = self._empty if self.loaded and not self._keys and y == 0 else ""
            return Strip([Segment(fitted(text, width), self.get_component_rich_style("grid--dim"))], width)
        parts: list[Segment] = []
        for place in range(start, min(start + self.across, len(self._keys))):
            parts += self._line(place, line)
            parts.append(Segment(" ", self.rich_style))
        return Strip(parts).adjust_cell_length(width, self.rich_style)

    def action_move(self, by: int) -> None:
        self._go(self.cursor + by)

    def action_row(self, by: int) -> None:
        place = self.cursor + by * self.across
        if place < 0:
            return
        last_row = (len(self._keys) - 1) // self.across
        if self.cursor // self.across < last_row or by < 0:
            self._go(place)

    def action_page(self, by: int) -> None:
        rows = max(1, self.scrollable_content_region.height // _TILE)
        self._go(self.cursor + by * rows * self.across)

    def action_jump(self, place: int) -> None:
        self._go(place if place >= 0 else len(self._keys) - 1)

    def action_choose(self) -> None:
        if self.key:
            self.post_message(self.Chosen(self, self.key))

    def action_mark(self) -> None:
        if self.key:
            self._anchor = self.key if self.key not in self._marks else ""
            self._put_marks(self._marks ^ {self.key})
            self._go(self.cursor + 1)

    def action_range(self) -> None:
        """From the mark set last to the cursor, in either direction."""
        if not self._anchor or self._anchor not in self._marks or self._anchor not in self._keys:
            self.action_mark()
            return
        ends = sorted((self._keys.index(self._anchor), self.cursor))
        self._put_marks(self._marks | set(self._keys[ends[0] : ends[1] + 1]))

    def action_mark_all(self) -> None:
        self._put_marks(set(self._keys))

    def action_mark_again(self) -> None:
        self._put_marks(self._last_marks & set(self._keys))

    def action_unmark(self) -> None:
        self.unmark()

    @property
    def across(self) -> int:
        """Tiles in a row."""
        return max(1, (self.scrollable_content_region.width + 1) // (WIDTH + 1))

    @property
    def _fieldkit(self) -> FieldkitApp:
        return cast("FieldkitApp", self.app)

    def _put_marks(self, marks: set[str]) -> None:
        self._marks = {key for key in marks if not key.startswith(AHEAD)}
        self._paint()
        self.post_message(self.Marked(self))

    def _go(self, place: int) -> None:
        if self._keys:
            self.cursor = max(0, min(len(self._keys) - 1, place))
            self._reveal()
            self._paint()
            self._fetch()
            self.post_message(self.Moved(self, self.key))

    def _paint(self) -> None:
        """Have those lines painted that are not as they were, or are to be under another picture."""
        width, height = self.scrollable_content_region.size
        over: list[tuple[str, ...]] = [()] * height
        for place, line in self._in_sight():
            if (tile := self._tiles.get(self._keys[place])) and self._in_pixels(tile, line):
                for y in range(line, line + _TILE):
                    over[y] += (tile.picture.over,)
        lines = [(self.render_line(y), over[y]) for y in range(height)]
        for y, (before, now) in enumerate(zip_longest(self._seen, lines)):
            if before != now:
                self.refresh(Region(0, y, width, 1))
        self._seen = lines

    def _in_sight(self) -> Iterator[tuple[int, int]]:
        """The places of all tiles of which anything is in sight, each with the line where it begins; this may be above."""
        top, height = int(self.scroll_offset.y), self.scrollable_content_region.height
        for row in range(top // _TILE, -(-(top + height) // _TILE)):
            start = row * self.across
            for place in range(start, min(start + self.across, len(self._keys))):
                yield place, row * _TILE - top

    def _in_pixels(self, tile: Tile, line: int) -> bool:
        """Whether a tile that begins at a line shows pixels over blank cells: where all of it is in sight."""
        graphics = self._fieldkit.graphics
        ready = graphics.hears and graphics.knows_cell and not graphics.pace.slow
        whole = 0 <= line <= self.scrollable_content_region.height - _TILE
        return bool(tile.picture.over) and ready and whole

    def _measure(self) -> None:
        rows = -(-len(self._keys) // self.across)
        self.virtual_size = Size(self.size.width, max(1, rows * _TILE))

    def _reveal(self) -> None:
        top, height = int(self.scroll_offset.y), max(1, self.scrollable_content_region.height)
        first = self.cursor // self.across * _TILE
        if first < top or height < _TILE:
            self.scroll_to(y=first, animate=False, force=True)
        elif first + _TILE > top + height:
            self.scroll_to(y=first + _TILE - height, animate=False, force=True)

    def _wanted(self) -> list[str]:
        """What is in sight and not here, or of an earlier state; then the row after it."""
        first = int(self.scroll_offset.y) // _TILE * self.across
        rows = -(-self.scrollable_content_region.height // _TILE) + 2
        seen = islice(self._keys, first, first + rows * self.across)
        return [key for key in seen if key not in self._tiles or key in self._old]

    @settling
    async def _fetch(self) -> None:
        """Bring the tiles in sight, a few at a time, so that what was passed by is never read."""
        while self._source is not None and (wanted := self._wanted()[:_AT_ONCE]):
            now = self._round
            tiles = await self._fieldkit.store.read(partial(self._look, self._source, wanted))
            for key, tile in zip(wanted, tiles, strict=True):
                self._drop(key)
                write_to(self._fieldkit, tile.picture.before)
                self._tiles[key] = tile
            if now == self._round:
                self._old.difference_update(wanted)
            while len(self._tiles) > _KEPT:
                self._drop(next(iter(self._tiles)))
            self._paint()

    def _look(self, source: Source, wanted: Sequence[str], reader: VaultReader) -> Sequence[Tile]:
        return source.tiles(reader, wanted, paint_of(self._fieldkit))

    def _drop(self, key: str) -> None:
        """Forget a tile; a terminal that keeps its picture forgets that, too."""
        tile = self._tiles.pop(key, None)
        if tile is not None:
            write_to(self._fieldkit, tile.picture.after)

    def _line(self, place: int, line: int) -> list[Segment]:
        """One line of one tile, exactly as wide as a tile."""
        key = self._keys[place]
        tile = self._tiles.get(key)
        under, marked = place == self.cursor, key in self._marks
        if line == 0:
            return [self._head(tile, under=under, marked=marked)]
        if line == _TILE - 1:
            name = "grid--cursor" if under else ""
            return [Segment(fitted(tile.words if tile else "", WIDTH), self._style(name))]
        if tile is None:
            return [Segment(fitted("…" if line == 1 else "", WIDTH), self._style("grid--dim"))]
        if self._in_pixels(tile, place // self.across * _TILE - int(self.scroll_offset.y)):
            return [Segment(" " * WIDTH, self.rich_style)]
        if not tile.picture.lines:
            told = _broken(tile.instead)
            return [
                Segment(fitted(told[line - 1] if line <= len(told) else "", WIDTH), self._style("grid--dim"))
            ]
        above = (HEIGHT - len(tile.picture.lines)) // 2
        if not 0 <= line - 1 - above < len(tile.picture.lines):
            return [Segment(" " * WIDTH, self.rich_style)]
        strip = tile.picture.lines[line - 1 - above]
        left = (WIDTH - strip.cell_length) // 2
        right = WIDTH - strip.cell_length - left
        return [Segment(" " * left, self.rich_style), *strip, Segment(" " * right, self.rich_style)]

    def _head(self, tile: Tile | None, *, under: bool, marked: bool) -> Segment:
        number, state = (tile.number, tile.state) if tile else ("", "")
        left = f"{'●' if marked else ''}{number}"
        text = fitted(left, WIDTH - cell_len(state) - 1) + " " + state if state else fitted(left, WIDTH)
        alert = tile is not None and tile.alert
        name = (
            "grid--cursor"
            if under
            else "grid--marked"
            if marked
            else "grid--alert"
            if alert
            else "grid--head"
        )
        return Segment(fitted(text, WIDTH), self._style(name))

    def _style(self, name: str) -> Style:
        return self.get_component_rich_style(name) if name else self.rich_style


def _broken(text: str) -> list[str]:
    """Words in lines of a tile's width."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if cell_len(longer) > WIDTH and lines[-1]:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines[:HEIGHT]
