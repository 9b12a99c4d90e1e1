"""Entries that are kept and do not count: why, what they say, where they came from."""

from __future__ import annotations

from collections.abc import Sequence

from textual import on
from textual.app import ComposeResult

from fieldkit.tui.history_facts import apart_facts
from fieldkit.tui.screens.base import MissionScreen
from fieldkit.tui.tasks import task
from fieldkit.tui.widgets.facts import Facts
from fieldkit.tui.widgets.paged import Column, PagedList, Row
from fieldkit.tui.widgets.plain import Plain
from fieldkit.vault.quarantine import Quarantined, quarantined
from fieldkit.vault.reading import VaultReader
from fieldkit.vault.wording import Wording, title_of


class KeptApart:
    """Every such entry, by its leaf hash."""

    columns: Sequence[Column] = (
        Column("number", 9),
        Column("kind", 12, wide=22),
        Column("laptop", 10),
        Column("why"),
    )

    def __init__(self) -> None:
        self.found: dict[str, Quarantined] = {}

    def keys(self, reader: VaultReader) -> Sequence[str]:
        self.found = {one.hash: one for one in quarantined(reader)}
        return list(self.found)

    def rows(self, reader: VaultReader, keys: Sequence[str]) -> Sequence[Row]:
        wording = Wording(reader)
        return [_row(wording, self.found[key]) for key in keys]


class KeptApartScreen(MissionScreen):
    """All of them; Enter shows one."""

    AUTO_FOCUS = "#apart"

    def body(self) -> ComposeResult:
        self._source = KeptApart()
        yield Plain("KEPT APART   entries that are kept and do not count", classes="title")
        yield PagedList(self._source, empty="every entry that came here counts", id="apart")

    def load(self) -> None:
        self.query_one(PagedList).reload()

    @on(PagedList.Chosen)
    def _chosen(self, event: PagedList.Chosen) -> None:
        self.app.push_screen(ApartScreen(self._source.found[event.key]))


class ApartScreen(MissionScreen):
    """One of them, in full."""

    AUTO_FOCUS = "#facts"

    def __init__(self, one: Quarantined) -> None:
        super().__init__()
        self._one = one

    def body(self) -> ComposeResult:
        yield Plain("AN ENTRY THAT DOES NOT COUNT", classes="title")
        yield Facts(id="facts")

    @task
    async def load(self) -> None:
        self.query_one(Facts).put(await self.store.read(lambda reader: apart_facts(reader, self._one)))

    @on(Facts.Taken)
    def _taken(self, event: Facts.Taken) -> None:
        self.fieldkit.show_record(event.key)


def _row(wording: Wording, one: Quarantined) -> Row:
    entry = one.entry
    return Row((one.number, title_of(entry.kind).lower(), wording.laptop(entry.log), one.reason))
