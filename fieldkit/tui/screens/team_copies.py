"""Which original is where: only here, on other laptops, at headquarters, by the signed receipts that syncing brought."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from textual import on
from textual.app import ComposeResult

from fieldkit.team.receipts import copies_of_original
from fieldkit.tui.screens.base import MissionScreen
from fieldkit.tui.tasks import task
from fieldkit.tui.widgets.paged import Column, PagedList, Row
from fieldkit.tui.widgets.plain import Plain
from fieldkit.vault.reading import VaultReader
from fieldkit.vault.vault import Vault


class Held(NamedTuple):
    """One original: its record, number and name, and where copies are; `rank` is 0 where it is only here."""

    record: str
    number: str
    name: str
    copies: str
    rank: int


class Copies:
    """Originals as they were found."""

    columns: Sequence[Column] = (Column("file", 10), Column("copies", 24), Column("name"))

    def __init__(self, held: Sequence[Held] = ()) -> None:
        self._held = {one.record: one for one in held}

    def keys(self, reader: VaultReader) -> Sequence[str]:
        return list(self._held)

    def rows(self, reader: VaultReader, keys: Sequence[str]) -> Sequence[Row]:
        return [
            Row((one.number, one.copies, one.name), "" if one.rank else "paged--alert")
            for one in map(self._held.__getitem__, keys)
        ]


class CopiesScreen(MissionScreen):
    """What is only here stands first."""

    AUTO_FOCUS = "#copies"
    DEFAULT_CSS = "CopiesScreen #sums { padding: 0 1; text-style: bold; }"

    def body(self) -> ComposeResult:
        yield Plain("WHO HOLDS THE ORIGINALS", classes="title")
        yield Plain("counting…", id="sums")
        yield PagedList(Copies(), empty="no originals yet", id="copies")

    @task
    async def load(self) -> None:
        held = await self.store.long(_held)
        here, laptops, home = (sum(one.rank == rank for one in held) for rank in range(3))
        self.query_one("#sums", Plain).put(
            f"{here:,} ONLY HERE · {laptops:,} on other laptops · {home:,} at headquarters"
        )
        self.query_one(PagedList).show(Copies(held))

    @on(PagedList.Chosen)
    def _chosen(self, event: PagedList.Chosen) -> None:
        self.fieldkit.show_record(event.key)


def _held(vault: Vault) -> list[Held]:
    found = []
    for view in vault.list("media", retracted=True):
        copies = copies_of_original(vault, view.doc)
        rank = 2 if copies.headquarters else 1 if copies.laptops else 0
        text = f"{copies}" if rank else "ONLY HERE"
        found.append(Held(view.id, view.number, str(view.doc.get("name") or ""), text, rank))
    return sorted(found, key=lambda one: one.rank)
