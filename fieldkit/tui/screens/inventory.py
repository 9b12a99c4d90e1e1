"""The inventory: a line that takes readings, the declared lines in walking order, how many are left.

Single letters act on the line under the cursor, or on all that are marked; everything that is read goes one way: an exact
serial is counted, a near one is offered, the rest waits to be told what it is. Nothing that was read is lost.
"""

from __future__ import annotations

from time import monotonic
from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import BindingType

from fieldkit.capture.tallying import asks_for_a_number, running
from fieldkit.domain.views import RecordView
from fieldkit.tui.keys import HERE, bound
from fieldkit.tui.screens.inventory_counting import HINT, InventoryCountingScreen
from fieldkit.tui.screens.inventory_list import NO_LINES
from fieldkit.tui.screens.inventory_readings import (
    Told,
    Waiting,
    named,
)
from fieldkit.tui.tasks import task
from fieldkit.tui.widgets.paged import PagedList
from fieldkit.tui.widgets.plain import Plain
from fieldkit.tui.widgets.scan import ScanLine

_SEEN_SECONDS: Final = 0.4
"""How long an offer has stood before Enter takes it: no key that was pressed for something else does."""


class InventoryScreen(InventoryCountingScreen):
    """The area's first screen; what waits to be settled belongs to it."""

    HELP = (
        "Where the line for readings is empty, a letter acts by itself on the line under the cursor. A digit, "
        "/ or keys that come faster than 30 ms (a scanner) begin a reading, and then every key belongs to it, "
        "until Enter. A reading that is exactly as declared is counted; a near one is offered and taken by "
        "Enter alone; what is on no list waits for + (extra), = (this line) or Delete."
    )
    AUTO_FOCUS = "#scan"
    DEFAULT_CSS = """
    InventoryScreen #sums { height: 1; padding: 0 1; text-style: bold; }
    InventoryScreen #scan { margin: 0 1; background: $surface; }
    InventoryScreen #told { height: 3; padding: 0 1; text-wrap: nowrap; text-overflow: ellipsis; }
    InventoryScreen #told.-good { background: $success 25%; }
    InventoryScreen #told.-near { background: $warning 30%; }
    InventoryScreen #told.-none { background: $error 30%; }
    InventoryScreen #told.-ask { background: $primary 30%; }
    InventoryScreen #facts { height: 2; padding: 0 1; color: $text-muted; text-wrap: nowrap; text-overflow: ellipsis; }
    InventoryScreen.-low #facts, InventoryScreen.-tiny #facts, InventoryScreen.-tiny #head { display: none; }
    InventoryScreen.-tiny #told { height: auto; max-height: 2; }
    InventoryScreen PagedList .paged--cursor { background: $primary; color: $background; text-style: bold; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        bound("plus", "extra", "extra", "What was read is on no list: record it", HERE, show=False),
        bound(
            "equals_sign",
            "as_read",
            "this line",
            "What was read stands on the thing of this line",
            HERE,
            show=False,
        ),
        bound("delete", "drop", "Drop", "Let go of what was read and is not recorded", HERE, show=False),
        bound("tab", "other", "Next offer", "The next of what it may be", HERE, show=False),
        bound(
            "slash",
            "write",
            "Type",
            "Type a reading that begins with a letter; Esc ends it",
            HERE,
            show=False,
        ),
    ]

    def body(self) -> ComposeResult:
        yield Plain("INVENTORY", classes="title", id="head")
        yield Plain("", id="sums")
        yield ScanLine(placeholder=HINT, id="scan")
        yield Plain(id="told")
        grid = PagedList(self.stock, empty=NO_LINES, id="lines")
        grid.can_focus = False
        yield grid
        yield Plain(id="facts")

    def action_count(self) -> None:
        """Take what is offered, else count the line under the cursor."""
        if not self._waiting:
            self._count_line()
        elif monotonic() - self._shown_at >= _SEEN_SECONDS:
            self._take(self._waiting[0])

    @task
    async def _take(self, one: Waiting) -> None:
        if one.problem:
            self._waiting.remove(one)
            self._queue.append(one.text)
            self._settle()
            return
        offer = one.offered
        item = one.item or (offer.item if offer else None)
        if one.asks or item is None:
            self.tell("Type how many, then Enter." if one.asks else "+ records it as extra, Delete drops it.")
            return
        if asks_for_a_number(item):
            one.item, one.asks = item, True
            self._say(None)
            return
        self._settled_one(one, await self._counted(one.text, item))

    @task
    async def _count_line(self) -> None:
        item = await self._item_here()
        if item is None:
            return
        counter = self.store.author or self.opened.person
        at = self.fieldkit.around.location
        own = await self.store.read(lambda reader: running(reader, item.id, counter, at))
        if own is not None:
            self._say(
                Told(
                    f"COUNTED BEFORE  {own.number}",
                    named(item),
                    "c counts it once more, with a number",
                    "good",
                )
            )
        elif asks_for_a_number(item) or len(_serials(item)) > 1:
            self._ask_number(item)
        else:
            self._say(await self._counted_line(item, 1))
            self.fieldkit.recorded()

    @task
    async def action_number(self) -> None:
        """Count the line under the cursor with a number."""
        item = await self._item_here()
        if item is not None:
            self._ask_number(item)

    def _ask_number(self, item: RecordView) -> None:
        self._waiting = [one for one in self._waiting if one.text or not one.asks]
        self._waiting.insert(0, Waiting("", item=item, asks=True))
        self._say(None)

    async def _item_here(self) -> RecordView | None:
        key = self.grid.key
        view = await self.store.read(lambda reader: reader.peek(key)) if key else None
        return view if view is not None and view.kind == "item" else None

    @task
    async def action_as_read(self) -> None:
        """The reading stands on the thing of the line under the cursor, whatever that line declares."""
        item = await self._item_here()
        one = next((each for each in self._waiting if each.text), None)
        if item is not None and one is not None:
            self._settled_one(one, await self._counted(one.text, item, differs=True))

    def action_extra(self) -> None:
        """Record what was read, or something without a serial, as undeclared."""
        one = next((each for each in self._waiting if each.text), None)
        self.begin_extra(one.text if one else "", lambda: self._extra_done(one))

    def _extra_done(self, one: Waiting | None) -> None:
        if one is not None:
            self._settled_one(one, Told(f"EXTRA  {one.text}", "recorded as undeclared", "", "good"))

    def action_drop(self) -> None:
        """Let go of the reading that is asked about."""
        if self._waiting and not self.scan.value:
            one = self._waiting.pop(0)
            self._say(Told(f"DROPPED  {one.text}" if one.text else "", "Nothing was recorded.", "", ""))
            self._keep()

    def action_other(self) -> None:
        """The next offer; behind the last one, the next reading that waits."""
        if not self._waiting:
            return
        one = self._waiting[0]
        one.choice += 1
        if one.choice >= max(1, len(one.offers)):
            one.choice = 0
            self._waiting.append(self._waiting.pop(0))
        self._say(None)

    def action_write(self) -> None:
        """What is typed next is a reading."""
        self.scan.writing = True

    def action_back(self) -> None:
        if self.scan.value or self.scan.writing:
            self.scan.empty()
            self.scan.placeholder = HINT
        else:
            super().action_back()


def _serials(item: RecordView) -> list[str]:
    held = item.doc.get("serials")
    return [str(each) for each in held] if isinstance(held, list) else []
