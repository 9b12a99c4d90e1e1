"""Records as lines of a list: when, number, kind, where, what; and what a record begun there starts with."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final

from fieldkit.domain.asking import Asked
from fieldkit.domain.fields import FieldType
from fieldkit.domain.kinds import kind as kind_named
from fieldkit.domain.views import RecordView
from fieldkit.tui.text import innermost
from fieldkit.tui.widgets.paged import Column, Row
from fieldkit.vault.browsing import found, on_day
from fieldkit.vault.pages import views
from fieldkit.vault.places_tree import SEPARATOR
from fieldkit.vault.reading import VaultReader
from fieldkit.vault.tables import known_kind
from fieldkit.vault.wording import Wording, occurred, state_of, summary_of, title_of

_PLACE: Final = 15
_KIND: Final = 11
_KIND_IN_FULL: Final = 22
_NUMBER: Final = 9
_DAY: Final = 12
_CLOCK: Final = 5
_STYLES: Final = {"retracted": "paged--dim", "differs": "paged--alert"}
_PEOPLE: Final = "person"


class Found:
    """What a line asks for, of all days or of one."""

    def __init__(self, asked: Asked, day: date | None = None) -> None:
        self._asked = asked
        self._day = day
        self.columns: Sequence[Column] = (
            Column("time", _CLOCK) if day else Column("day and time", _DAY),
            Column("number", _NUMBER),
            Column("kind", _KIND, wide=_KIND_IN_FULL, least=45),
            Column("place", _PLACE, least=60),
            Column("what"),
        )

    def keys(self, reader: VaultReader) -> Sequence[str]:
        return on_day(reader, self._day, self._asked) if self._day else found(reader, self._asked)

    def rows(self, reader: VaultReader, keys: Sequence[str]) -> Sequence[Row]:
        return record_rows(reader, keys, clock_only=self._day is not None)


class Listed(Found):
    """Records that something counted."""

    def __init__(self, ids: Sequence[str]) -> None:
        super().__init__(Asked())
        self._ids = ids

    def keys(self, reader: VaultReader) -> Sequence[str]:
        return self._ids


def record_rows(reader: VaultReader, keys: Sequence[str], *, clock_only: bool = False) -> list[Row]:
    """A line for each of these ids."""
    wording = Wording(reader)
    held = {view.id: view for view in views(reader, keys)}
    return [
        _row(wording, held[key], clock_only=clock_only)
        if key in held
        else Row(("", "", "", "", "not here any more"))
        for key in keys
    ]


def begun_from(kind: str, view: RecordView | None) -> dict[str, str]:
    """The texts that a record of `kind` starts with when it is begun at `view`: the place, and a link where one fits."""
    if view is None:
        return {}
    texts: dict[str, str] = {}
    place = view.id if view.kind == "location" else view.doc.get("location")
    if isinstance(place, str) and kind != "location":
        texts["location"] = place
    if view.kind not in ("location", _PEOPLE):
        fits = (
            field.name
            for field in kind_named(kind).fields.values()
            if field.type is FieldType.RECORD and view.kind in field.targets
        )
        if name := next(fits, ""):
            texts[name] = view.number
    return texts


def short_day(day: str, clock: str) -> str:
    """`12 Feb 10:41`; of another year `12 Feb 2025`."""
    try:
        found = date.fromisoformat(day)
    except ValueError:
        return day
    return f"{found:%d %b} {clock if found.year == _this_year() else found.year}"


def _this_year() -> int:
    return datetime.now().astimezone().year


def _row(wording: Wording, view: RecordView, *, clock_only: bool) -> Row:
    day, _, clock = occurred(view).partition(" ")
    state = state_of(view)
    place = view.doc.get("location")
    known = known_kind(view.kind)
    words = " · ".join(filter(None, (state.upper(), summary_of(view))))
    cells = (
        clock if clock_only else short_day(day, clock),
        view.number,
        (known.title if known else title_of(view.kind)).lower(),
        innermost(wording.place(place), SEPARATOR, _PLACE) if isinstance(place, str) else "",
        words,
    )
    return Row(cells, _STYLES.get(state, ""))
