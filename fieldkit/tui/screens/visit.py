"""The home screen of a visit: what is open, what happened today, a letter for each frequent act."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical

from fieldkit.tui.drafts import Draft
from fieldkit.tui.keys import RECORD, bound
from fieldkit.tui.screens.with_drafts import WithDraftsScreen
from fieldkit.tui.tasks import task
from fieldkit.tui.today import DIFFERENCES, Open, Today, clocks, open_points, totals
from fieldkit.tui.widgets.choices import Choices, Line
from fieldkit.tui.widgets.paged import PagedList
from fieldkit.tui.widgets.plain import Plain

_CLOCKS_SECONDS = 60.0


class VisitScreen(WithDraftsScreen):
    """Every number here leads to what it counts."""

    HELP = (
        "Left stands what is open: Enter shows what a line counts. Right stands today. A letter begins a "
        "record, which inherits where we are, who is with us and the mark (Ctrl+L changes them)."
    )
    AUTO_FOCUS = "#open"
    leads_back = False
    DEFAULT_CSS = """
    VisitScreen #left { width: 2fr; border-right: solid $panel; }
    VisitScreen #right { width: 3fr; }
    VisitScreen #totals { padding: 0 1; color: $text-muted; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        bound("o", "record('observation')", "observation", "Record an observation here", RECORD),
        bound("a", "record('access')", "access", "Record an access, or a refusal", RECORD),
        bound("c", "record('count')", "count", "Count an item", RECORD),
        bound("p", "app.area('photos')", "photos", "Photos: take in a card, caption, link", RECORD),
        bound("s", "record('seal')", "seal", "Record a seal", RECORD),
        bound("i", "record('interview')", "interview", "Record an interview", RECORD),
        bound("m", "record('measurement')", "measure", "Record a measurement", RECORD),
    ]

    def body(self) -> ComposeResult:
        self._today = Today()
        self._open: dict[str, Open] = {}
        with Horizontal():
            with Vertical(id="left"):
                yield Plain("OPEN", classes="title")
                yield Choices(empty="nothing is open", id="open")
            with Vertical(id="right"):
                yield Plain("TODAY", classes="title")
                yield PagedList(self._today, empty="nothing was recorded today", id="today")
        yield Plain(id="totals")

    def on_mount(self) -> None:
        self.set_interval(_CLOCKS_SECONDS, self.load)

    @task
    async def load(self) -> None:
        self.query_one("#today", PagedList).reload()
        found = await self.store.read(open_points)
        self._put(found)
        self.query_one("#totals", Plain).put(await self.store.read(totals))
        self._put([*found, *await self.store.write(clocks)])

    def _put(self, found: Sequence[Open]) -> None:
        self._open = {point.name: point for point in found}
        self.query_one("#open", Choices).put(
            [Line(each.name, each.text, "", "choices--alert" if each.urgent else "") for each in found]
        )

    def draft_here(self) -> Draft | None:
        point = self._open.get(self.query_one("#open", Choices).key)
        return point.draft if point else None

    def action_record(self, kind: str) -> None:
        """Begin a record of a kind."""
        self.fieldkit.capture(kind)

    @on(Choices.Taken, "#open")
    def _opened(self, event: Choices.Taken) -> None:
        point: Open = self._open[event.key]
        if point.draft is not None:
            self.fieldkit.resume(point.draft)
        elif point.name == DIFFERENCES:
            self.fieldkit.show_differences()
        else:
            self.fieldkit.show_records(point.text, point.ids)

    @on(PagedList.Chosen, "#today")
    def _chosen(self, event: PagedList.Chosen) -> None:
        run = self._today.runs.get(event.key, [event.key])
        if len(run) > 1:
            self.fieldkit.show_records("at one go", run)
        else:
            self.fieldkit.show_record(event.key)
