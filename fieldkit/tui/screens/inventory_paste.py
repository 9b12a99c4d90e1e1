"""Several lines pasted from a spreadsheet: what each is, looked at before anything is recorded; then all, or nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import ClassVar, Final

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.widgets import Input

from fieldkit.capture.pasting import Pasted, Sort, looked_up, record_all
from fieldkit.domain.kinds import kind as kind_named
from fieldkit.tui.keys import HERE, WRITE, bound
from fieldkit.tui.screens.base import MissionScreen
from fieldkit.tui.screens.inventory_readings import named
from fieldkit.tui.tasks import act, task
from fieldkit.tui.widgets.entry import OneLine
from fieldkit.tui.widgets.paged import Column, PagedList, Row
from fieldkit.tui.widgets.plain import Plain
from fieldkit.tui.widgets.settling import settling
from fieldkit.vault.reading import VaultReader

DRAFT: Final = "inventory/pasted"
_COUNT: Final = kind_named("count")
_STYLES: Final = {
    Sort.MATCH: "paged--good",
    Sort.NEAR: "paged--alert",
    Sort.EXTRA: "paged--alert",
    Sort.WRONG: "paged--alert",
}
_WORDS: Final = {
    Sort.MATCH: "match", Sort.NEAR: "NEAR", Sort.EXTRA: "EXTRA", Sort.TWICE: "twice", Sort.WRONG: "NOT RECORDED",
}  # fmt: skip


class _Lines:
    """The pasted lines as rows."""

    columns: Sequence[Column] = (
        Column("line", 5), Column("read", 18), Column("count", 6, right=True), Column("", 13), Column("what"),
    )  # fmt: skip

    def __init__(self, lines: Sequence[Pasted], taken: frozenset[int], extra: bool) -> None:
        self._lines = {str(one.line): one for one in lines}
        self._taken = taken
        self._extra = extra

    def keys(self, reader: VaultReader) -> Sequence[str]:
        return list(self._lines)

    def rows(self, reader: VaultReader, keys: Sequence[str]) -> Sequence[Row]:
        return [self._row(self._lines[key]) for key in keys]

    def _row(self, one: Pasted) -> Row:
        word = "near, TAKEN" if one.sort is Sort.NEAR and one.line in self._taken else _WORDS[one.sort]
        if one.sort is Sort.EXTRA and not self._extra:
            word = "on no list"
        what = " · ".join(filter(None, (one.said, named(one.item) if one.item else "")))
        pieces = (
            ""
            if one.sort is Sort.WRONG and one.pieces is None
            else str(1 if one.pieces is None else one.pieces)
        )
        return Row((str(one.line), one.read, pieces, word, what), _STYLES.get(one.sort, "paged--dim"))


class PasteScreen(MissionScreen):
    """Enter takes a near one, or not; a name for what is on no list records it as extra; Ctrl+S records all of it."""

    AUTO_FOCUS = "#pasted"
    DEFAULT_CSS = """
    PasteScreen #sum { padding: 0 1; text-style: bold; }
    PasteScreen #name { margin: 0 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        bound(
            "ctrl+s",
            "record",
            "Record all of it",
            "All that match and are taken, or nothing",
            WRITE,
            priority=True,
        ),
        bound(
            "enter", "take", "take a near one", "Take the near reading for the declared serial, or not", HERE
        ),
        bound("tab", "switch", "name of extras", "What the things on no list are called", HERE),
        bound("delete", "drop", "drop it all", "Let go of what was pasted", HERE),
    ]

    def __init__(self, text: str, done: Callable[[], object], name: str = "") -> None:
        super().__init__()
        self._called = name
        self._text = text
        self._after = done
        self._lines: tuple[Pasted, ...] = ()
        self._taken: frozenset[int] = frozenset()

    def body(self) -> ComposeResult:
        yield Plain("PASTED LINES", classes="title")
        yield Plain("looking up…", id="sum")
        yield OneLine(
            self._called,
            placeholder="what those on no list are called; empty: they are not recorded",
            id="name",
        )
        yield PagedList(id="pasted")

    @task
    async def load(self) -> None:
        if self._lines:
            return
        text, at = self._text, self.fieldkit.around.location
        self._keep()
        self._lines = await self.store.look_through(lambda reader: looked_up(reader, text, at))
        self._show()

    def _show(self) -> None:
        sorts = Counter(one.sort for one in self._lines)
        told = "  ".join(f"{_WORDS[sort]} {sorts[sort]:,}" for sort in Sort if sorts[sort])
        self.query_one("#sum", Plain).put(f"{len(self._lines):,} lines   {told}   taken {len(self._taken):,}")
        name = self.query_one(OneLine).value.strip()
        grid = self.query_one(PagedList)
        place = grid.cursor
        grid.show(_Lines(self._lines, self._taken, bool(name)))
        grid.cursor = place

    @on(Input.Changed)
    def _named(self) -> None:
        self._keep()

    @settling
    async def _keep(self) -> None:
        text, name = self._text, self.query_one(OneLine).value
        await self.store.write(lambda vault: vault.save_draft(DRAFT, {"text": text, "name": name}))

    @on(Input.Submitted)
    @on(PagedList.Chosen)
    def _chosen(self) -> None:
        self.action_take()

    def action_take(self) -> None:
        """Take a near one, or not."""
        if self.query_one(OneLine).has_focus:
            self.query_one(PagedList).focus()
            self._show()
            return
        key = self.query_one(PagedList).key
        one = next((each for each in self._lines if str(each.line) == key), None)
        if one is not None and one.sort is Sort.NEAR:
            self._taken ^= {one.line}
            self._show()

    def action_switch(self) -> None:
        """Between the lines and the name."""
        name, grid = self.query_one(OneLine), self.query_one(PagedList)
        (grid if name.has_focus else name).focus()
        if not name.has_focus:
            self._show()

    @act
    async def action_drop(self) -> None:
        """Let go of all of it."""
        await self.store.write(lambda vault: vault.drop_draft(DRAFT))
        self.app.pop_screen()

    @act
    async def action_record(self) -> None:
        """Record all of it."""
        lines, taken, author = self._lines, self._taken, self.store.author
        name, values = self.query_one(OneLine).value.strip(), dict(self.fieldkit.around.inherited(_COUNT))
        if not lines:
            return
        done = await self.store.write(
            lambda vault: record_all(vault, lines, values, take=taken, extra=name, author=author)
        )
        await self.store.write(lambda vault: vault.drop_draft(DRAFT))
        self.app.pop_screen()
        self._after()
        self.fieldkit.recorded()
        self.fieldkit.tell(f"{len(done):,} records of {len(lines):,} pasted lines, all at once.", "done")
