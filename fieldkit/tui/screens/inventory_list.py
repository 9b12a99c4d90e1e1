"""The inventory's lines in walking order: what of them is shown, how many are left, what the one under the cursor is."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import ClassVar, Final

from textual import on
from textual.binding import BindingType

from fieldkit.tui.keys import FIRST, HERE, LAST, LIST, PAGE_DOWN, PAGE_UP, bound
from fieldkit.tui.screens.inventory_facts import Header, facts, header, related
from fieldkit.tui.screens.inventory_keys import InventoryKeys
from fieldkit.tui.screens.inventory_shown import ALL, PARTS, StockList, Sums, Wanted
from fieldkit.tui.tasks import task
from fieldkit.tui.widgets.paged import PagedList
from fieldkit.tui.widgets.plain import Plain
from fieldkit.tui.widgets.settling import settling

NO_LINES: Final = "no declaration is loaded yet: fieldkit inventory load FILE"
NONE_SUCH: Final = "no line is so: f shows other parts of the list, l all places or this one"
_WHOLE: Final = 2
"""Words of the heading where nothing narrows the list: which list, in which order."""


class InventoryListScreen(InventoryKeys):
    """The grid and its filters; who makes the body puts `#head`, `#sums`, a `PagedList` and `#facts` there."""

    BINDINGS: ClassVar[list[BindingType]] = [
        bound("f", "part", "filter", "All lines, to do, differing, missing, no access, extra", HERE),
        bound("l", "here", "here only", "Only the lines at the place where we are", HERE),
        bound(
            "L",
            "list_of",
            "Which list",
            "Only the lines of one declaration, if there are several",
            HERE,
            show=False,
        ),
        bound("up", "list('move', -1)", "Up", "One line up", LIST, show=False),
        bound("down", "list('move', 1)", "Down", "One line down", LIST, show=False),
        bound(PAGE_UP, "list('page', -1)", "Page up", "One page up", LIST, show=False),
        bound(PAGE_DOWN, "list('page', 1)", "Page down", "One page down", LIST, show=False),
        bound(FIRST, "list('jump', 0)", "First", "The first line", LIST, show=False),
        bound(LAST, "list('jump', -1)", "Last", "The last line", LIST, show=False),
        bound("space", "mark", "Mark", "Mark or unmark the line, for acts on several", LIST, show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.stock = StockList()
        self._header = Header()
        self._sums: Sums | None = None

    @property
    def grid(self) -> PagedList:
        """The lines."""
        return self.query_one(PagedList)

    @property
    def under(self) -> str:
        return self.grid.key

    @property
    def acted_on(self) -> list[str]:
        return list(self.grid.marked)

    def acted(self) -> None:
        self.grid.unmark()

    def load(self) -> None:
        self._follow()

    @settling
    async def _follow(self) -> None:
        """Take in what was recorded, and show it."""
        if self.stock.ledger is None:
            self._header = await self.store.read(header)
            self._head()
            self.grid.reload()
            await self.store.look_through(self.stock.all_lines)
            self.grid.reload()
        wanted = replace(
            self.stock.wanted, place=self.fieldkit.around.location if self.stock.wanted.place else ""
        )
        self.stock.wanted = wanted
        self._sums = await self.store.look_through(self.stock.follow)
        self._header = await self.store.read(header)
        self._head()
        self.grid.reload()

    def on_screen_resume(self) -> None:
        if self.stock.wanted.place and self.stock.wanted.place != self.fieldkit.around.location:
            self._seen = -1
        super().on_screen_resume()

    def _head(self) -> None:
        wanted, sums = self.stock.wanted, self._sums
        parts = [self._header.words(wanted.declaration), "walking order"]
        parts += [wanted.part.upper()] if wanted.part != ALL else []
        parts += ["HERE ONLY"] if wanted.place else []
        parts += ["DRAWN ONLY"] if wanted.drawn else []
        self.grid.empty = NO_LINES if len(parts) == _WHOLE else NONE_SUCH
        parts += [f"{self.grid.marks:,} marked"] if self.grid.marks else []
        self.query_one("#head", Plain).put(f"INVENTORY  {' · '.join(parts)}", fits=True)
        self.query_one("#sums", Plain).put("adding up…" if sums is None else _figures(sums), fits=True)

    def show_drawn(self, items: frozenset[str]) -> None:
        while len(self.app.screen_stack) > 1:
            self.app.pop_screen()
        self.stock.wanted = Wanted(drawn=items)
        self._follow()

    def action_list(self, act: str, by: int) -> None:
        """Move in the list."""
        grid = self.grid
        {"move": grid.action_move, "page": grid.action_page, "jump": grid.action_jump}[act](by)

    def action_mark(self) -> None:
        """Mark the line."""
        self.grid.action_mark()
        self._head()

    def action_next_open(self) -> None:
        """Go to the next line that is to do."""
        grid = self.grid
        key = self.stock.next_open(grid.keys, grid.cursor)
        if key:
            grid.go_to(key)
        else:
            self.tell("Nothing is left to do in this list." if self.stock.ledger else "Still adding up…")

    def action_part(self) -> None:
        """Show the next part of the list; behind what was drawn, all of it."""
        wanted = self.stock.wanted
        if wanted.drawn:
            self.stock.wanted = Wanted()
            self._follow()
            return
        part = PARTS[(PARTS.index(wanted.part) + 1) % len(PARTS)]
        self.stock.wanted = replace(wanted, part=part)
        self._follow()

    def action_here(self) -> None:
        """Only where we are, or everywhere."""
        wanted, here = self.stock.wanted, self.fieldkit.around.location
        if not here and not wanted.place:
            self.tell("Say where we are first: Ctrl+L.", "error")
            return
        self.stock.wanted = replace(wanted, place="" if wanted.place else here)
        self._follow()

    def action_list_of(self) -> None:
        """The lines of the next declaration, at last of all."""
        lists = ["", *self._header.names]
        wanted = self.stock.wanted
        after = lists.index(wanted.declaration) + 1 if wanted.declaration in lists else 0
        self.stock.wanted = replace(wanted, declaration=lists[after % len(lists)])
        self._follow()

    @on(PagedList.Moved)
    def _moved(self) -> None:
        self._facts()

    @settling
    async def _facts(self) -> None:
        key = self.grid.key
        ledger = self.stock.ledger
        line = ledger.results.get(key) if ledger else None
        thing = ledger.things.get(key) if ledger else None
        told = await self.store.read(partial(facts, item=key, line=line, thing=thing)) if key else ""
        self.query_one("#facts", Plain).put(told, fits=True)

    @task
    async def action_history(self) -> None:
        """Every record about the line."""
        key = self.grid.key
        if key:
            title, ids = await self.store.read(partial(related, item=key))
            self.fieldkit.show_records(title, ids)


def _figures(sums: Sums) -> str:
    totals = sums.totals
    parts = [
        f"LEFT {totals.left:,}",
        f"declared {totals.declared:,}",
        f"matched {totals.matched:,}",
        f"differs {totals.identity_mismatch:,}",
        f"missing {totals.missing:,}",
        *([f"no access {totals.not_accessible:,}"] if totals.not_accessible else []),
        f"extra {totals.undeclared:,}",
    ]
    if sums.here_left is not None:
        parts[0] = f"LEFT {totals.left:,} ({sums.here_left:,} here)"
    return "  ".join(parts)
