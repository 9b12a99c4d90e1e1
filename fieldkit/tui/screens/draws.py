"""Plans and draws of the mission: begin one, go on with one, look at what was drawn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Final

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType

from fieldkit.domain.views import RecordView
from fieldkit.tui.keys import HERE, bound
from fieldkit.tui.screens.base import MissionScreen
from fieldkit.tui.screens.draw_plan import PlanScreen
from fieldkit.tui.screens.draw_steps import DrawScreen, ShowDrawn
from fieldkit.tui.tasks import act
from fieldkit.tui.widgets.paged import Column, PagedList, Row
from fieldkit.tui.widgets.plain import Plain
from fieldkit.vault.pages import ids, views
from fieldkit.vault.reading import VaultReader

_KINDS: Final = ("draw", "plan")


class _Draws:
    """Draws, then plans, the last ones first."""

    columns: Sequence[Column] = (Column("number", 10), Column("kind", 6), Column("what"))

    def keys(self, reader: VaultReader) -> Sequence[str]:
        return [each for kind in _KINDS for each in reversed(ids(reader, kind))]

    def rows(self, reader: VaultReader, keys: Sequence[str]) -> Sequence[Row]:
        return [Row((view.number, view.kind, _told(view))) for view in views(reader, keys)]


class DrawsScreen(MissionScreen):
    """Enter goes on with a draw, or freezes the list of a plan; n plans a sample."""

    HELP = "A plan says how many are looked at; a draw chooses which, so that neither side can steer it."
    AUTO_FOCUS = "#draws"
    DEFAULT_CSS = "DrawsScreen #about { padding: 0 1 1 1; color: $text-muted; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        bound("n", "plan", "plan a sample", "How many pieces have to be looked at", HERE),
    ]

    def __init__(self, show: ShowDrawn) -> None:
        super().__init__()
        self._show_items = show

    def body(self) -> ComposeResult:
        yield Plain("PLANS AND DRAWS", classes="title")
        yield Plain(
            "Which pieces are looked at is drawn so that neither side can steer it: plan, freeze the list, agree to its"
            " digest, make the seed together, draw, repeat.",
            id="about",
        )
        yield PagedList(_Draws(), empty="nothing is planned yet · n plans a sample", id="draws")

    def load(self) -> None:
        self.query_one(PagedList).reload()

    def action_plan(self) -> None:
        """Plan a sample."""
        self.app.push_screen(PlanScreen(self._show_items))

    @on(PagedList.Chosen)
    def _chosen(self, event: PagedList.Chosen) -> None:
        self._go_on(event.key)

    @act
    async def _go_on(self, key: str) -> None:
        kind = await self.store.read(lambda reader: reader.kind_of(key))
        show = self._show_items
        self.app.push_screen(DrawScreen(show, draw=key) if kind == "draw" else DrawScreen(show, plan=key))


def _told(view: RecordView) -> str:
    doc = view.doc
    size = f"{doc.get('size')} of {doc.get('population')} pieces"
    part = [str(doc["stratum"])] if doc.get("stratum") else []
    if view.kind == "plan":
        found = f"{doc.get('defects')} defects found with probability {doc.get('detection')}"
        return " · ".join([size, *part, found])
    return " · ".join([size, *part, "drawn" if doc.get("drawn") else "to go on with: Enter"])
