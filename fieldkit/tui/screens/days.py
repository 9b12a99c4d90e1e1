"""The days on which something occurred, to choose one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

from textual import on
from textual.app import ComposeResult

from fieldkit.tui.screens.base import MissionScreen
from fieldkit.tui.widgets.paged import Column, PagedList, Row
from fieldkit.tui.widgets.plain import Plain
from fieldkit.vault.browsing import days
from fieldkit.vault.reading import VaultReader


class Days:
    """Each day with its number of records."""

    columns: Sequence[Column] = (Column("day", 16), Column("records", 9, right=True), Column(""))

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}

    def keys(self, reader: VaultReader) -> Sequence[str]:
        self._counts = {day.isoformat(): count for day, count in days(reader)}
        return list(self._counts)

    def rows(self, reader: VaultReader, keys: Sequence[str]) -> Sequence[Row]:
        return [Row((f"{date.fromisoformat(key):%a %d %b %Y}", f"{self._counts[key]:,}")) for key in keys]


class DaysScreen(MissionScreen):
    """Enter shows the day."""

    AUTO_FOCUS = "#days"

    def __init__(self, chosen: Callable[[date], object]) -> None:
        super().__init__()
        self._chosen = chosen

    def body(self) -> ComposeResult:
        yield Plain("WHICH DAY?", classes="title")
        yield PagedList(Days(), empty="nothing is recorded yet", id="days")

    def load(self) -> None:
        self.query_one(PagedList).reload()

    @on(PagedList.Chosen)
    def _day(self, event: PagedList.Chosen) -> None:
        self.app.pop_screen()
        self._chosen(date.fromisoformat(event.key))
