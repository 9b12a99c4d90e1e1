"""What the visit screen counts: open points, today's timeline, totals. Each point keeps the ids that it counts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from fieldkit.domain.kinds import kind as kind_named
from fieldkit.domain.moments import Moment, local
from fieldkit.domain.views import RecordView
from fieldkit.tui.drafts import Draft, read_drafts
from fieldkit.tui.widgets.paged import Column, Row
from fieldkit.vault.pages import since, views
from fieldkit.vault.reading import VaultReader

_MOST: Final = 2_000
"""Rows of today's timeline: more than a day's visit brings."""


@dataclass(frozen=True, slots=True)
class Open:
    """One thing that is open: what it says, the ids that it counts, or the draft that it is."""

    name: str
    text: str
    ids: Sequence[str] = ()
    draft: Draft | None = None


def open_points(reader: VaultReader) -> list[Open]:
    """What is open in this mission, drafts first; points that count nothing are left out."""
    found = [Open(draft.name, f"draft: {draft.summary}", draft=draft) for draft in read_drafts(reader)]
    for name, one, many, ids in _POINTS:
        counted = ids(reader)
        if counted:
            found.append(Open(name, f"{len(counted)} {one if len(counted) == 1 else many}", counted))
    return found


class Today:
    """What occurred since midnight by this laptop's clock, the newest first."""

    columns: Sequence[Column] = (Column("", 5), Column("", 9), Column("", 12), Column(""))

    def keys(self, reader: VaultReader) -> Sequence[str]:
        return [view.id for view in since(reader, _midnight(), _MOST)]

    def rows(self, reader: VaultReader, keys: Sequence[str]) -> Sequence[Row]:
        return [_row(view) for view in views(reader, keys)]


def totals(reader: VaultReader) -> str:
    """What there is in the mission, in one line."""
    counts = reader.counts()
    shown = ("observation", "access", "interview", "item", "count", "photo", "seal", "sample")
    parts = []
    for name in shown:
        if counts.get(name):
            kind = kind_named(name)
            parts.append(f"{counts[name]} {(kind.title if counts[name] == 1 else kind.plural).lower()}")
    return "  ".join(parts)


def _row(view: RecordView) -> Row:
    kind = kind_named(view.kind)
    moment = view.doc.get("occurred")
    when = (
        local(Moment(at=str(moment["at"]), offset=str(moment["offset"]))).strftime("%H:%M")
        if isinstance(moment, dict)
        else ""
    )
    return Row((when, view.number, kind.title.lower(), kind.summary(view.doc)))


def _midnight() -> str:
    today = datetime.now().astimezone().replace(hour=0, minute=0, second=0, microsecond=0)
    return today.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _unanswered(reader: VaultReader) -> list[str]:
    return [view.id for view in reader.list("access") if not view.doc.get("outcome")]


def _held(reader: VaultReader) -> list[str]:
    return [view.id for view in reader.find("photo", "state", "held") if not view.retracted]


def _questions(reader: VaultReader) -> list[str]:
    return [view.id for view in reader.list("observation") if view.doc.get("open_question")]


def _differing(reader: VaultReader) -> list[str]:
    return list(dict.fromkeys(difference.record.id for difference in reader.differences()))


def _promises(reader: VaultReader) -> list[str]:
    return [view.id for view in reader.list("commitment") if view.doc.get("status") in ("open", "agreed")]


_POINTS: Final[tuple[tuple[str, str, str, Callable[[VaultReader], list[str]]], ...]] = (
    ("unanswered", "access not answered yet", "accesses not answered yet", _unanswered),
    ("held", "photo held by the host", "photos held by the host", _held),
    ("differing", "record that differs between laptops", "records that differ between laptops", _differing),
    ("questions", "open question", "open questions", _questions),
    ("promises", "commitment not done yet", "commitments not done yet", _promises),
)
