"""A list of records that something on another screen counted."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult

from fieldkit.tui.record_rows import Listed
from fieldkit.tui.screens.records import RecordKeys
from fieldkit.tui.widgets.paged import PagedList
from fieldkit.tui.widgets.plain import Plain


class ListingScreen(RecordKeys):
    """The records behind a number."""

    AUTO_FOCUS = "#records"

    def __init__(self, title: str, ids: Sequence[str]) -> None:
        super().__init__()
        self._title = title
        self._ids = ids

    def body(self) -> ComposeResult:
        yield Plain(self._title.upper(), classes="title")
        yield PagedList(Listed(self._ids), id="records")

    def load(self) -> None:
        self.query_one(PagedList).reload()
