"""One search over everything: words, numbers, serials, filters. Results while one types, newest first."""

from __future__ import annotations

from typing import ClassVar, Final

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.widgets import Input

from fieldkit.domain.asking import Asked, read_line
from fieldkit.tui.keys import HERE, bound
from fieldkit.tui.record_rows import Found
from fieldkit.tui.recordable import LETTERS
from fieldkit.tui.screens.records import RecordKeys
from fieldkit.tui.tasks import task
from fieldkit.tui.widgets.entry import OneLine
from fieldkit.tui.widgets.paged import PagedList
from fieldkit.tui.widgets.plain import Plain
from fieldkit.vault.browsing import MOST_FOUND
from fieldkit.vault.places_tree import PlaceTree
from fieldkit.vault.reading import VaultReader

HINT: Final = "words · a number · a serial · kind:photo · p:words · by:name · at:place · on:2026-02-12"


class FindScreen(RecordKeys):
    """Type; the arrows choose, Enter opens. Tab goes into the list, where the letters act."""

    HELP = (
        'Type any words, a number or a serial; kind:photo, by:nasser, at:"hall 2", on:2026-02-12 narrow it. '
        "The arrows choose, Enter opens; Tab goes into the list, where letters act."
    )
    AUTO_FOCUS = "#wanted"
    DEFAULT_CSS = "FindScreen #wanted { margin: 0 1; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        bound("slash", "line", "Search", "Back to the line, to search for something else", HERE, show=False),
    ]

    def __init__(self, text: str = "") -> None:
        super().__init__()
        self._text = text
        self._opens = False

    def body(self) -> ComposeResult:
        yield Plain("FIND", classes="title", id="head")
        yield OneLine(self._text, placeholder=HINT, id="wanted")
        yield PagedList(Found(read_line(self._text, LETTERS)), empty="nothing like that", id="records")

    def load(self) -> None:
        self.query_one(PagedList).reload()

    def on_mount(self) -> None:
        self.query_one("#wanted", OneLine).cursor_position = len(self._text)

    def key_down(self) -> None:
        self.query_one(PagedList).action_move(1)

    def key_up(self) -> None:
        self.query_one(PagedList).action_move(-1)

    def key_pagedown(self) -> None:
        self.query_one(PagedList).action_page(1)

    def key_pageup(self) -> None:
        self.query_one(PagedList).action_page(-1)

    def action_line(self) -> None:
        """Type something else."""
        self.query_one("#wanted", OneLine).focus()

    @on(Input.Changed, "#wanted")
    def _typed(self, event: Input.Changed) -> None:
        self._opens = False
        asked = read_line(event.value, LETTERS)
        self.tell(f"Nothing is called so: {', '.join(asked.unknown)}" if asked.unknown else "")
        self.query_one(PagedList).show(Found(asked))

    @on(Input.Submitted, "#wanted")
    def _submitted(self) -> None:
        """Open the first thing found; where that is still being looked for, once it is."""
        records = self.query_one(PagedList)
        self._opens = not records.loaded
        if records.loaded:
            records.action_choose()

    @on(PagedList.Loaded)
    def _loaded(self, event: PagedList.Loaded) -> None:
        self._say_how_many(event.count)
        if self._opens:
            self._opens = False
            event.paged.action_choose()

    @task
    async def _say_how_many(self, count: int) -> None:
        asked = read_line(self.query_one("#wanted", OneLine).value, LETTERS)
        places = await self.store.read(lambda reader: _paths(reader, asked))
        told = f"the newest {count:,}; more words narrow it" if count == MOST_FOUND else f"{count:,}"
        self.query_one("#head", Plain).put(f"FIND   {told}   {places}".rstrip())


def _paths(reader: VaultReader, asked: Asked) -> str:
    """The places that are asked for, in full."""
    if not asked.at:
        return ""
    tree = PlaceTree.read(reader)
    found = [tree.path(each) for text in asked.at for each in tree.like(text)]
    return f"at {'; '.join(found)}" if found else ""
