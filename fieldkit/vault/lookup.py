"""What the rules of the field may ask of the records while something is being recorded."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from fieldkit.domain.jsontypes import JSON, Doc
from fieldkit.domain.views import RecordView
from fieldkit.vault.reading import VaultReader


class Lookup:
    """What the rules of the field may look at, cached for the length of one batch.

    `before` is called ahead of every question, so that the batch's own records are seen.
    """

    def __init__(self, reader: VaultReader, before: Callable[[], None] = lambda: None) -> None:
        self._reader = reader
        self._before = before
        self._seen: dict[str, RecordView] = {}

    def get(self, record_id: str) -> RecordView | None:
        """The record, or None."""
        view = self._seen.get(record_id)
        if view is None:
            self._before()
            view = self._reader.peek(record_id)
            if view is not None:
                self._seen[record_id] = view
        return view

    def find(self, kind: str, field: str, value: JSON) -> Iterator[RecordView]:
        """Records of a kind whose field is, or holds, the value."""
        self._before()
        return self._reader.find(kind, field, value)

    def referring(self, record_id: str, field: str | None = None) -> Iterator[RecordView]:
        """Records that link to this one."""
        self._before()
        return self._reader.referring(record_id, field)

    def mission(self) -> Doc:
        """What the mission's record says; nothing while there is none."""
        view = self.get(self._reader.meta("mission"))
        return view.doc if view else {}

    def marks_within(self) -> Sequence[str]:
        """Every handling mark of what stands in the mission, besides its own."""
        self._before()
        return self._reader.marks_within()

    def forget(self, record_id: str) -> None:
        """Look the record up anew the next time, because it has changed."""
        self._seen.pop(record_id, None)
