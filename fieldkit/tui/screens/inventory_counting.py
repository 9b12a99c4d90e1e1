"""What is read into the inventory, by a scanner or by hand: one reading after the other is counted, or waits to be told what it is.

Nothing that was read is lost: what is not settled is kept in the store, encrypted, and asked about again.
"""

from __future__ import annotations

from collections import deque
from functools import partial
from math import inf
from time import monotonic
from typing import Final

from textual import on
from textual.timer import Timer
from textual.widgets import Input

from fieldkit.capture.tallying import Tallied, asks_for_a_number, count_lines, count_reading, look_up
from fieldkit.domain.jsontypes import Doc
from fieldkit.domain.kinds import kind as kind_named
from fieldkit.domain.views import RecordView
from fieldkit.errors import FieldkitError
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
from fieldkit.tui.widgets.plain import Plain
from fieldkit.tui.widgets.scan import ScanLine
from fieldkit.tui.widgets.settling import settling

_COUNT: Final = kind_named("count")
_SHOW_SECONDS: Final = 0.2
"""While one reading follows the other, what became of them is shown this often."""
_MOST_PIECES: Final = 9
HINT: Final = "scan, or type a serial   (/ before one that begins with a letter)"


class InventoryCountingScreen(InventoryListScreen):
    """The readings that came and those that wait; who makes the body puts a `ScanLine` and `#told` there."""

    def __init__(self) -> None:
        super().__init__()
        self._queue: deque[str] = deque()
        self._waiting: list[Waiting] = []
        self._told = self._shown = Told("")
        self._shown_at = 0.0
        self._restored = False
        self._writes = False
        self._timer: Timer | None = None

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
            scan.placeholder = "type it, then Enter" if scan.writing else HINT
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
