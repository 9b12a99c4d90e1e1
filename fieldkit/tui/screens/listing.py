"""A list of records that something on another screen counted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from textual import on
from textual.app import ComposeResult

from fieldkit.domain.kinds import kind as kind_named
from fieldkit.domain.views import RecordView
from fieldkit.tui.screens.base import MissionScreen
from fieldkit.tui.widgets.paged import Column, PagedList, Row
from fieldkit.tui.widgets.plain import Plain
from fieldkit.vault.pages import views
from fieldkit.vault.reading import VaultReader

COLUMNS: Final = (Column("number", 10), Column("kind", 12), Column(""))


class Ids:
    """Records of known ids."""

    columns: Sequence[Column] = COLUMNS

    def __init__(self, ids: Sequence[str]) -> None:
        self._ids = ids

    def keys(self, reader: VaultReader) -> Sequence[str]:
        return self._ids

    def rows(self, reader: VaultReader, keys: Sequence[str]) -> Sequence[Row]:
        return [record_row(view) for view in views(reader, keys)]


def record_row(view: RecordView) -> Row:
    """Number, kind and summary of a record."""
    kind = kind_named(view.kind)
    words = f"retracted · {kind.summary(view.doc)}" if view.retracted else kind.summary(view.doc)
    return Row((view.number, kind.title.lower(), words), "paged--dim" if view.retracted else "")


class ListingScreen(MissionScreen):
    """The records behind a number."""

    AUTO_FOCUS = "#records"

    def __init__(self, title: str, ids: Sequence[str]) -> None:
        super().__init__()
        self._title = title
        self._ids = ids

    def body(self) -> ComposeResult:
        yield Plain(self._title.upper(), classes="title")
        yield PagedList(Ids(self._ids), id="records")

    def load(self) -> None:
        self.query_one(PagedList).reload()

    @on(PagedList.Chosen)
    def _chosen(self, event: PagedList.Chosen) -> None:
        self.fieldkit.show_record(event.key)
