"""A list of any length over the store: keys at once, rows a page at a time, only what is seen is drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Final, Protocol, cast

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.binding import BindingType
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from fieldkit.tui.keys import FIRST, LAST, LIST, PAGE_DOWN, PAGE_UP, bound
from fieldkit.tui.tasks import task
from fieldkit.tui.text import fitted
from fieldkit.vault.reading import VaultReader

if TYPE_CHECKING:
    from fieldkit.tui.app import FieldkitApp

PAGE: Final = 100
_PAGES_KEPT: Final = 20
_GAP: Final = " "
WIDE: Final = 90
"""Cells from which on a list has room for columns in full."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column's heading and its width in cells; 0 shares what is left. `right` aligns numbers.

    `wide` is its width where the list has at least `WIDE` cells, `least` the fewest cells of a list in which it is shown.
    """

    title: str
    width: int = 0
    right: bool = False
    wide: int = 0
    least: int = 0


@dataclass(frozen=True, slots=True)
class Row:
    """One line: its cells as recorded, and a component class (`paged--alert`, `paged--dim`…) where it stands out."""

    cells: Sequence[str]
    style: str = ""


class Source(Protocol):
    """What a list shows. Both are called in the store's reading lane, never on the event loop."""

    columns: Sequence[Column]

    def keys(self, reader: VaultReader) -> Sequence[str]:
        """The keys of all rows in their order (record ids, as a rule)."""

    def rows(self, reader: VaultReader, keys: Sequence[str]) -> Sequence[Row]:
        """The rows of these keys, one for each."""


@dataclass
class _Held:
    keys: Sequence[str] = ()
    pages: dict[int, Sequence[Row]] = field(default_factory=dict)
    wanted: set[int] = field(default_factory=set)


class PagedList(ScrollView, can_focus=True, inherit_bindings=False):
    """A list with a cursor and marks. Posts `Chosen` for Enter and `Moved` when the cursor comes to rest on a row."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "paged--heading", "paged--cursor", "paged--dim", "paged--alert", "paged--good", "paged--marked",
    }  # fmt: skip
    DEFAULT_CSS = """
    PagedList { height: 1fr; scrollbar-size-vertical: 1; overflow-x: hidden; padding: 0 1; }
    PagedList .paged--heading { color: $text-muted; text-style: underline; }
    PagedList .paged--cursor { background: $panel; text-style: bold; }
    PagedList:focus .paged--cursor { background: $primary; color: $background; text-style: bold; }
    PagedList .paged--dim { color: $text-muted; }
    PagedList .paged--alert { color: $error; }
    PagedList .paged--good { color: $success; }
    PagedList .paged--marked { color: $accent; text-style: bold; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        bound("up,k", "move(-1)", "Up", "One row up", LIST, show=False),
        bound("down,j", "move(1)", "Down", "One row down", LIST, show=False),
        bound(PAGE_UP, "page(-1)", "Page up", "One page up", LIST, show=False),
        bound(PAGE_DOWN, "page(1)", "Page down", "One page down", LIST, show=False),
        bound(FIRST, "jump(0)", "First", "The first row", LIST, show=False),
        bound(LAST, "jump(-1)", "Last", "The last row", LIST, show=False),
        bound("enter", "choose", "Open", "Open the row under the cursor", LIST),
        bound("space", "mark", "Mark", "Mark or unmark the row, for acts on several", LIST, show=False),
    ]

    @dataclass
    class Chosen(Message):
        """Enter was pressed on a row."""

        paged: PagedList
        key: str

        @property
        def control(self) -> PagedList:
            return self.paged

    @dataclass
    class Moved(Message):
        """The cursor is on another row (`key` is empty in an empty list)."""

        paged: PagedList
        key: str

        @property
        def control(self) -> PagedList:
            return self.paged

    @dataclass
    class Loaded(Message):
        """The keys are here: how many rows there are."""

        paged: PagedList
        count: int

        @property
        def control(self) -> PagedList:
            return self.paged

    def __init__(
        self, source: Source | None = None, *, empty: str = "nothing here yet", id: str | None = None
    ) -> None:
        super().__init__(id=id)
        self._source = source
        self.empty = empty
        """What is said where there are no rows."""
        self._held = _Held()
        self._marked: set[str] = set()
        self.cursor = 0
        self.loaded = False

    @property
    def key(self) -> str:
        """The key of the row under the cursor; empty in an empty list."""
        keys = self._held.keys
        return keys[self.cursor] if self.cursor < len(keys) else ""

    @property
    def marked(self) -> Sequence[str]:
        """The marked keys in the order of the list, else the one under the cursor."""
        found = [key for key in self._held.keys if key in self._marked] if self._marked else []
        return found or ([self.key] if self.key else [])

    @property
    def marks(self) -> int:
        """How many rows are marked."""
        return len(self._marked)

    @property
    def keys(self) -> Sequence[str]:
        """All keys, in order."""
        return self._held.keys

    def show(self, source: Source) -> None:
        """Show something else, from its first row."""
        self._source = source
        self._marked.clear()
        self.cursor = 0
        self.loaded = False
        self.reload()

    def unmark(self) -> None:
        """Take every mark away."""
        self._marked.clear()
        self.refresh()

    def row_of(self, key: str) -> Row | None:
        """The row of a key, if its page is here."""
        try:
            place = self._held.keys.index(key)
        except ValueError:
            return None
        return self._row(place, ask=False)

    @task
    async def reload(self) -> None:
        """Ask for the keys anew; the cursor stays on its row, or on the one it was moved to meanwhile."""
        source = self._source
        if source is None:
            return
        before, place = self.key, self.cursor
        store = cast("FieldkitApp", self.app).store
        keys, first = await store.read(lambda reader: _beginning(source, reader, before, place))
        held = _Held(keys)
        held.pages.update(first)
        cursor = _place(keys, self.key, self.cursor)
        self._held = held
        self.cursor = cursor
        self.loaded = True
        self._reveal()
        self.refresh()
        self.post_message(self.Loaded(self, len(keys)))
        self.post_message(self.Moved(self, self.key))

    def on_mount(self) -> None:
        self.reload()

    def on_resize(self) -> None:
        self.virtual_size = Size(self.size.width, len(self._held.keys) + self._heading)

    def render_line(self, y: int) -> Strip:
        width = self.scrollable_content_region.width
        if y < self._heading:
            return self._drawn([column.title for column in self._columns], width, "paged--heading")
        place = y + self.scroll_offset.y - self._heading
        if place >= len(self._held.keys):
            text = self.empty if self.loaded and not self._held.keys and place == 0 else ""
            return Strip([Segment(fitted(text, width), self._style("paged--dim"))], width)
        row = self._row(place, ask=True)
        marked = self._held.keys[place] in self._marked
        name = (
            "paged--cursor"
            if place == self.cursor
            else "paged--marked"
            if marked
            else row.style
            if row
            else ""
        )
        cells = list(row.cells) if row else ["…"]
        if marked:
            cells[0] = f"●{cells[0]}"
        return self._drawn(cells, width, name)

    def action_move(self, by: int) -> None:
        self._go(self.cursor + by)

    def action_page(self, by: int) -> None:
        self._go(self.cursor + by * max(1, self._room - 1))

    def action_jump(self, place: int) -> None:
        self._go(place if place >= 0 else len(self._held.keys) - 1)

    def action_choose(self) -> None:
        if self.key:
            self.post_message(self.Chosen(self, self.key))

    def action_mark(self) -> None:
        if self.key:
            self._marked ^= {self.key}
            self._go(self.cursor + 1)

    def go_to(self, key: str) -> None:
        """Put the cursor on the row of a key, if it is in the list."""
        if key in self._held.keys:
            self._go(self._held.keys.index(key))

    @property
    def _heading(self) -> int:
        return 1 if any(column.title for column in self._columns) else 0

    @property
    def _columns(self) -> Sequence[Column]:
        return self._source.columns if self._source else ()

    @property
    def _room(self) -> int:
        return max(1, self.scrollable_content_region.height - self._heading)

    def _go(self, place: int) -> None:
        count = len(self._held.keys)
        if not count:
            return
        self.cursor = max(0, min(count - 1, place))
        self._reveal()
        self.refresh()
        self.post_message(self.Moved(self, self.key))

    def _reveal(self) -> None:
        self.virtual_size = Size(self.size.width, len(self._held.keys) + self._heading)
        top = int(self.scroll_offset.y)
        if self.cursor < top:
            self.scroll_to(y=self.cursor, animate=False, force=True)
        elif self.cursor >= top + self._room:
            self.scroll_to(y=self.cursor - self._room + 1, animate=False, force=True)

    def _row(self, place: int, *, ask: bool) -> Row | None:
        page, offset = divmod(place, PAGE)
        rows = self._held.pages.get(page)
        if rows is None:
            if ask and page not in self._held.wanted:
                self._held.wanted.add(page)
                self.call_later(self._fetch)
            return None
        return rows[offset] if offset < len(rows) else None

    @task
    async def _fetch(self) -> None:
        """Bring the pages that were missed while drawing, the one asked for last first."""
        held, source = self._held, self._source
        store = cast("FieldkitApp", self.app).store
        while source is not None and held.wanted and held is self._held:
            page = next(iter(held.wanted))
            keys = held.keys[page * PAGE : (page + 1) * PAGE]
            rows = await store.read(lambda reader, keys=keys: source.rows(reader, keys))  # type: ignore[misc]
            held.pages[page] = rows
            held.wanted.discard(page)
            while len(held.pages) > _PAGES_KEPT:
                held.pages.pop(next(iter(held.pages)))
            self.refresh()

    def _drawn(self, cells: Sequence[str], width: int, name: str) -> Strip:
        every = zip(self._columns, [*cells, *[""] * len(self._columns)], strict=False)
        shown = [(column, cell) for column, cell in every if width >= column.least]
        widths = _widths([column for column, _ in shown], width)
        parts = []
        for (column, cell), room in zip(shown, widths, strict=True):
            text = fitted(cell, room)
            if column.right:
                bare = text.rstrip()
                text = " " * (room - cell_len(bare)) + bare
            parts.append(text)
        line = fitted(_GAP.join(parts), width) if parts else " " * width
        return Strip([Segment(line, self._style(name))], width)

    def _style(self, name: str) -> Style:
        return self.get_component_rich_style(name) if name else self.rich_style


def _beginning(
    source: Source, reader: VaultReader, before: str, place: int
) -> tuple[Sequence[str], dict[int, Sequence[Row]]]:
    """The keys, and the page that the cursor will be on."""
    keys = source.keys(reader)
    page = _place(keys, before, place) // PAGE
    return keys, {page: source.rows(reader, keys[page * PAGE : (page + 1) * PAGE])}


def _place(keys: Sequence[str], before: str, place: int) -> int:
    """Where the row `before` is now; else the same place, as far as the list reaches."""
    if place < len(keys) and keys[place] == before:
        return place
    if before:
        try:
            return keys.index(before)
        except ValueError:
            pass
    return max(0, min(place, len(keys) - 1))


def _widths(columns: Sequence[Column], width: int) -> list[int]:
    wanted = [column.wide if column.wide and width >= WIDE else column.width for column in columns]
    left = max(0, width - sum(wanted) - len(_GAP) * max(0, len(columns) - 1))
    share = left // wanted.count(0) if 0 in wanted else 0
    return [each or share for each in wanted]
