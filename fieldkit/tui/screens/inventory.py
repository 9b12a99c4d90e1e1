"""The inventory: a line that takes readings, the declared lines in walking order, how many are left.

Single letters act on the line under the cursor, or on all that are marked; everything that is read goes one way: an exact
serial is counted, a near one is offered, the rest waits to be told what it is. Nothing that was read is lost.
"""

from __future__ import annotations

from collections import deque
from functools import partial
from math import inf
from time import monotonic
from typing import ClassVar, Final

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.timer import Timer
from textual.widgets import Input

from fieldkit.capture.tallying import Tallied, asks_for_a_number, count_lines, count_reading, look_up, running
from fieldkit.domain.jsontypes import Doc
from fieldkit.domain.kinds import kind as kind_named
from fieldkit.domain.views import RecordView
from fieldkit.errors import FieldkitError
from fieldkit.tui.keys import HERE, bound
from fieldkit.tui.screens.capture import KEEP_SECONDS
from fieldkit.tui.screens.inventory_list import InventoryListScreen
from fieldkit.tui.screens.inventory_paste import DRAFT as PASTED
from fieldkit.tui.screens.inventory_paste import PasteScreen
from fieldkit.tui.screens.inventory_readings import (
    DRAFT,
    Told,
    Waiting,
    as_doc,
    asked,
    kept,
    named,
    waiting_for,
)
from fieldkit.tui.tasks import task
from fieldkit.tui.widgets.paged import PagedList
from fieldkit.tui.widgets.plain import Plain
from fieldkit.tui.widgets.scan import ScanLine
from fieldkit.tui.widgets.settling import settling

_COUNT: Final = kind_named("count")
_SEEN_SECONDS: Final = 0.4
"""How long an offer has stood before Enter takes it: no key that was pressed for something else does."""
_SHOW_SECONDS: Final = 0.2
"""While one reading follows the other, what became of them is shown this often."""
_MOST_PIECES: Final = 9
_HINT: Final = "scan, or type a serial   (/ before one that begins with a letter)"


class InventoryScreen(InventoryListScreen):
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

    def __init__(self) -> None:
        super().__init__()
        self._queue: deque[str] = deque()
        self._waiting: list[Waiting] = []
        self._told = self._shown = Told("")
        self._shown_at = 0.0
        self._restored = False
        self._writes = False
        self._timer: Timer | None = None

    def body(self) -> ComposeResult:
        yield Plain("INVENTORY", classes="title", id="head")
        yield Plain("", id="sums")
        yield ScanLine(placeholder=_HINT, id="scan")
        yield Plain(id="told")
        grid = PagedList(
            self.stock, empty="no declaration is loaded yet: fieldkit inventory load FILE", id="lines"
        )
        grid.can_focus = False
        yield grid
        yield Plain(id="facts")

    @property
    def scan(self) -> ScanLine:
        """Where readings come in."""
        return self.query_one(ScanLine)

    def load(self) -> None:
        if not self._restored:
            self._restored = True
            self._restore()
        super().load()

    @on(ScanLine.Read)
    def _read(self, event: ScanLine.Read) -> None:
        first = self._waiting[0] if self._waiting else None
        number = event.text.strip()
        told = number.isascii() and number.isdecimal() and len(number) <= _MOST_PIECES
        if first is not None and first.asks and told and not event.burst:
            self._answer(first, int(number))
            return
        self._queue.append(event.text)
        self._keep_soon()
        self._settle()

    @on(ScanLine.Pasted)
    def _pasted(self, event: ScanLine.Pasted) -> None:
        event.stop()
        self.app.push_screen(PasteScreen(event.text, self.acted))

    @settling
    async def _settle(self) -> None:
        """Deal with what was read, in order. Only what is settled, or waits, leaves the queue."""
        shown = 0.0
        while self._queue:
            text = self._queue[0]
            try:
                told, one = await self._settled(text)
            except FieldkitError as error:
                told, one = None, Waiting(text, problem=f"{error.problem}. {error.remedy}".strip())
            if one is not None:
                self._waiting.append(one)
            self._queue.popleft()
            if not self._queue or monotonic() - shown > _SHOW_SECONDS:
                shown = monotonic()
                self._say(told)
                self.fieldkit.recorded()
        self._keep_soon()

    async def _settled(self, text: str) -> tuple[Told | None, Waiting | None]:
        """Count an exact reading; else what has to be asked."""
        at = self.fieldkit.around.location
        looked = await self.store.read(lambda reader: look_up(reader, text, at))
        item = looked.item
        if item is None:
            return None, waiting_for(looked)
        self.grid.go_to(item.id)
        if not looked.serial:
            return Told(f"LINE  {text}", named(item), "Enter counts it", "good"), None
        if asks_for_a_number(item):
            return None, Waiting(text, item=item, asks=True)
        return await self._counted(text, item, exact=True), None

    async def _counted(
        self,
        text: str,
        item: RecordView,
        *,
        exact: bool = False,
        pieces: int | None = None,
        differs: bool = False,
    ) -> Told:
        values, author = self._values(), self.store.author
        tallied: Tallied = await self.store.write(
            lambda vault: count_reading(
                vault, text, item.id, values, pieces=pieces, differs=differs, author=author
            )
        )
        self.grid.go_to(item.id)
        word = "COUNTED BEFORE" if tallied.before else f"COUNTED {tallied.pieces:,}"
        keys = f"{tallied.number} · v verified · u takes it back"
        return Told(f"{word}  {text}", named(item), keys, "good")

    def _values(self) -> Doc:
        return dict(self.fieldkit.around.inherited(_COUNT))

    def _say(self, told: Told | None) -> None:
        """Show what happened last; what waits goes before it."""
        if told is not None:
            self._told = told
        shown = asked(self._waiting[0], len(self._waiting) - 1) if self._waiting else self._told
        line = self.query_one("#told", Plain)
        for sort in ("good", "near", "none", "ask"):
            line.set_class(sort == shown.sort, f"-{sort}")
        line.put("\n".join((shown.head, shown.thing, shown.keys)), fits=True)
        if shown != self._shown:
            self._shown, self._shown_at = shown, inf
            if self._waiting and (offer := self._waiting[0].offered) is not None:
                self.grid.go_to(offer.item.id)
            self.call_after_refresh(self._painted)

    def _painted(self) -> None:
        self._shown_at = monotonic()

    @on(ScanLine.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        scan = self.scan
        if (writes := bool(scan.value or scan.writing)) != self._writes:
            self._writes = writes
            scan.placeholder = "type it, then Enter" if scan.writing else _HINT
            self.refresh_bindings()
        self._keep_soon()

    def _keep_soon(self) -> None:
        if self._timer is None:
            self._timer = self.set_timer(KEEP_SECONDS, self._keep_now)

    def _keep_now(self) -> None:
        self._timer = None
        self._keep()

    @settling
    async def _keep(self) -> None:
        """Keep what is not settled yet."""
        doc = as_doc([*(one.text for one in self._waiting), *self._queue], self.scan.value)
        if doc["waiting"] or doc["line"]:
            await self.store.write(lambda vault: vault.save_draft(DRAFT, doc))
        else:
            await self.store.write(lambda vault: vault.drop_draft(DRAFT))

    @task
    async def _restore(self) -> None:
        """Offer again what was read and not settled before the program ended."""
        texts, line = await self.store.read(kept)
        if not self.scan.value:
            self.scan.value = line
        at = self.fieldkit.around.location
        for text in texts:
            looked = await self.store.read(partial(look_up, read=text, at=at))
            self._waiting.append(waiting_for(looked))
        self._say(None)
        pasted = (await self.store.read(lambda reader: reader.drafts())).get(PASTED, {})
        if pasted.get("text"):
            name = str(pasted.get("name") or "")
            self.app.push_screen(PasteScreen(str(pasted["text"]), self.acted, name))

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
    async def _answer(self, one: Waiting, pieces: int) -> None:
        """How many there are, of a reading or of the line that was chosen."""
        item = one.item
        if item is None:
            return
        if one.text:
            told = await self._counted(one.text, item, pieces=pieces)
        else:
            told = await self._counted_line(item, pieces)
        self._settled_one(one, told)

    def _settled_one(self, one: Waiting, told: Told) -> None:
        if one in self._waiting:
            self._waiting.remove(one)
        self._say(told)
        self._keep()
        self.fieldkit.recorded()

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

    async def _counted_line(self, item: RecordView, pieces: int) -> Told:
        values, author = self._values(), self.store.author
        (made,) = await self.store.write(
            lambda vault: count_lines(vault, [item.id], {**values, "counted": pieces}, author=author)
        )
        return Told(
            f"COUNTED {pieces:,}",
            named(item),
            f"{made.number} · v verified · u takes it back · w next open",
            "good",
        )

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
            self.scan.placeholder = _HINT
        else:
            super().action_back()


def _serials(item: RecordView) -> list[str]:
    held = item.doc.get("serials")
    return [str(each) for each in held] if isinstance(held, list) else []
