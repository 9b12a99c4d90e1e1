"""Browse: the timeline of a day, and from it the search over everything, the tree of places, differences, what is kept apart."""

from __future__ import annotations

from datetime import date, datetime
from typing import ClassVar

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
from fieldkit.vault.browsing import last_day, next_day
from fieldkit.vault.reading import VaultReader


class BrowseScreen(RecordKeys):
    """What occurred on a day, the last first. Left and right go to other days, `f` narrows it."""

    HELP = (
        "What occurred on a day, the last first. Enter opens a record, h its history. A letter begins a "
        "record at the place of the one under the cursor, linked to it where that fits."
    )
    AUTO_FOCUS = "#records"
    DEFAULT_CSS = """
    BrowseScreen #narrowed { margin: 0 1; display: none; }
    BrowseScreen.-narrowed #narrowed { display: block; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        bound("left", "step(-1)", "day before", "The last day before on which something occurred", HERE),
        bound("right", "step(1)", "day after", "The next day on which something occurred", HERE),
        bound("g", "days", "days", "Choose a day", HERE),
        bound(
            "f", "narrow", "filter", "Only a kind, a person, a place, some words: kind:photo by:name", HERE
        ),
        bound("t", "places", "places", "The tree of places, with what is recorded there", HERE),
        bound("d", "differences", "differences", "Where laptops recorded different values", HERE),
        bound("x", "apart", "kept apart", "Entries that are kept and do not count", HERE, show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._day: date | None = None
        self._asked = Asked()
        self._around: tuple[date | None, date | None] = (None, None)
        self._shown: tuple[date, Asked] | None = None

    def body(self) -> ComposeResult:
        yield Plain("BROWSE", classes="title", id="head")
        yield OneLine(placeholder="kind:photo  by:name  at:place  words", id="narrowed")
        yield PagedList(empty="nothing was recorded on this day", id="records")

    @task
    async def load(self) -> None:
        if self._day is None:
            self._day = await self.store.read(last_day)
        day = self._day or _today()
        self._around = await self.store.read(lambda reader: _neighbours(reader, day))
        self._show()

    def show_day(self, day: date) -> None:
        """Show another day."""
        self._day = day
        self.load()

    def action_step(self, by: int) -> None:
        """Another day on which something occurred."""
        day = self._around[0 if by < 0 else 1]
        if day is not None:
            self.show_day(day)
        else:
            self.tell(f"Nothing is recorded {'before' if by < 0 else 'after'} this day.")

    def action_days(self) -> None:
        """Choose a day."""
        from fieldkit.tui.screens.days import DaysScreen

        self.app.push_screen(DaysScreen(self.show_day))

    def action_places(self) -> None:
        """Show the tree of places."""
        self.fieldkit.show_places()

    def action_differences(self) -> None:
        """Show what differs."""
        self.fieldkit.show_differences()

    def action_apart(self) -> None:
        """Show what is kept apart."""
        self.fieldkit.show_kept_apart()

    def action_narrow(self) -> None:
        """Type what the list is narrowed to."""
        self.add_class("-narrowed")
        self.query_one("#narrowed", OneLine).focus()

    def action_back(self) -> None:
        """From the filter to the list, from a filtered list to the whole day, from there to the visit."""
        line, records = self.query_one("#narrowed", OneLine), self.query_one(PagedList)
        if line.has_focus:
            records.focus()
        elif line.value:
            line.value = ""
        else:
            super().action_back()
            return
        self.set_class(bool(line.value), "-narrowed")

    @on(Input.Changed, "#narrowed")
    def _typed(self, event: Input.Changed) -> None:
        self._asked = read_line(event.value, LETTERS)
        self.tell(f"Nothing is called so: {', '.join(self._asked.unknown)}" if self._asked.unknown else "")
        self._show()

    @on(Input.Submitted, "#narrowed")
    def _submitted(self) -> None:
        self.query_one(PagedList).focus()

    @on(PagedList.Loaded)
    def _loaded(self, event: PagedList.Loaded) -> None:
        day = self._day or _today()
        before, after = self._around
        steps = " · ".join(
            filter(None, (f"← {before:%d %b}" if before else "", f"{after:%d %b} →" if after else ""))
        )
        records = f"{event.count:,} {'record' if event.count == 1 else 'records'}"
        asked = "" if self._asked.is_empty else " of what is asked for"
        self.query_one("#head", Plain).put(f"BROWSE  {day:%a %d %b %Y}   {records}{asked}   {steps}".rstrip())

    def _show(self) -> None:
        records, wanted = self.query_one(PagedList), (self._day or _today(), self._asked)
        if wanted == self._shown:
            records.reload()
        else:
            self._shown = wanted
            records.show(Found(self._asked, wanted[0]))


def _neighbours(reader: VaultReader, day: date) -> tuple[date | None, date | None]:
    return last_day(reader, before=day), next_day(reader, day)


def _today() -> date:
    return datetime.now().astimezone().date()
