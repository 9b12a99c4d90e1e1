"""The history of one record: nothing that ever stood in it is gone."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult

from fieldkit.tui.history_facts import told
from fieldkit.tui.screens.base import MissionScreen
from fieldkit.tui.tasks import task
from fieldkit.tui.widgets.facts import Facts
from fieldkit.tui.widgets.plain import Plain


class HistoryScreen(MissionScreen):
    """Every value that ever stood in a record: who wrote it, on which laptop, when, why, and what took its place."""

    AUTO_FOCUS = "#facts"

    def __init__(self, record: str) -> None:
        super().__init__()
        self.record = record

    def body(self) -> ComposeResult:
        yield Plain(classes="title", id="title")
        yield Facts(id="facts")

    @task
    async def load(self) -> None:
        title, facts = await self.store.read(lambda reader: told(reader, self.record))
        self.query_one("#title", Plain).put(title)
        self.query_one(Facts).put(facts)

    @on(Facts.Taken)
    def _taken(self, event: Facts.Taken) -> None:
        self.fieldkit.show_record(event.key)
