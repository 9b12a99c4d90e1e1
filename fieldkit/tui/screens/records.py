"""What every list of records offers: open, history, a letter for a new record here, marks."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.binding import BindingType

from fieldkit.tui.keys import LIST, RECORD, bound
from fieldkit.tui.record_rows import begun_from
from fieldkit.tui.screens.base import MissionScreen
from fieldkit.tui.tasks import act
from fieldkit.tui.widgets.paged import PagedList
from fieldkit.vault.reading import VaultReader


class RecordKeys(MissionScreen):
    """Letters begin a record at the place of the one under the cursor, linked to it where the kind has such a link."""

    BINDINGS: ClassVar[list[BindingType]] = [
        bound("o", "record('observation')", "observation", "Record an observation here", RECORD),
        bound("a", "record('access')", "access", "Record an access, or a refusal, here", RECORD, show=False),
        bound("c", "record('count')", "count", "Count this item", RECORD, show=False),
        bound("s", "record('seal')", "seal", "Record a seal here", RECORD, show=False),
        bound("i", "record('interview')", "interview", "Record an interview here", RECORD, show=False),
        bound("m", "record('measurement')", "measure", "Record a measurement here", RECORD, show=False),
        bound("h", "history", "history", "Every value that ever stood, who wrote it and why", LIST),
    ]

    @property
    def under(self) -> str:
        """The id of the record under the cursor; empty where there is none."""
        return self.query_one(PagedList).key

    @act
    async def action_record(self, kind: str) -> None:
        """Begin a record of a kind here."""
        under = self.under

        def texts(reader: VaultReader) -> dict[str, str]:
            found = begun_from(kind, reader.peek(under) if under else None)
            place = reader.peek(found["location"]) if "location" in found else None
            return {**found, "location": place.number} if place else found

        self.fieldkit.capture(kind, await self.store.read(texts))

    def action_history(self) -> None:
        """Show the history of the record under the cursor."""
        if self.under:
            self.fieldkit.show_history(self.under)

    @on(PagedList.Chosen)
    def _chosen(self, event: PagedList.Chosen) -> None:
        self.fieldkit.show_record(event.key)
