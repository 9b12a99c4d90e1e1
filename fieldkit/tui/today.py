"""What the visit screen counts: open points, running clocks, today's timeline, totals. Each keeps the ids it counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Final

from fieldkit.capture.checklist import quick
from fieldkit.domain.deadlines import Deadline, State, due
from fieldkit.domain.kinds import kind as kind_named
from fieldkit.domain.moments import Moment, local, span_text
from fieldkit.domain.views import RecordView
from fieldkit.errors import UsageError
from fieldkit.team.last import last_sync
from fieldkit.tui.drafts import Draft, read_drafts
from fieldkit.tui.widgets.paged import Column, Row
from fieldkit.vault.pages import since, views
from fieldkit.vault.procedures import events, procedures
from fieldkit.vault.reading import VaultReader
from fieldkit.vault.vault import Vault
from fieldkit.vault.wording import summary_of, title_of

_MOST: Final = 2_000
"""Rows of today's timeline: more than a day's visit brings."""
_RUNS: Final = frozenset({"photo", "item"})
"""Kinds that come in runs, which the timeline shows as one line."""
DIFFERENCES: Final = "differences"
_SOON: Final = timedelta(days=60)


@dataclass(frozen=True, slots=True)
class Open:
    """One thing that is open: what it says, the ids that it counts, or the draft that it is."""

    name: str
    text: str
    ids: Sequence[str] = ()
    draft: Draft | None = None
    urgent: bool = False


def open_points(reader: VaultReader) -> list[Open]:
    """What is open in this mission, drafts first; points that count nothing are left out."""
    found = [
        Open(each.name, f"draft {each.summary}", draft=each, urgent=True) for each in read_drafts(reader)
    ]
    found += [Open(point.name, point.text, point.ids) for point in quick(reader)]
    return found


def clocks(vault: Vault) -> list[Open]:
    """The procedures' clocks that run, the next one first."""
    try:
        bound = procedures(vault)
    except UsageError:
        return []
    now = datetime.now(UTC)
    found = []
    for place, each in enumerate(due(bound, events(vault, bound))):
        told = _told(each, now)
        if told and each.started is not None:
            ids = [vault.resolve(each.started.record)] if each.started.record else []
            found.append(Open(f"clock-{place}", told, ids, urgent=each.state(now) is State.OVERDUE))
    return found


class Today:
    """What occurred since midnight by this laptop's clock, the newest first; runs of photos and items on one line."""

    columns: Sequence[Column] = (Column("", 5), Column("", 8), Column(""))

    def __init__(self) -> None:
        self.runs: dict[str, list[str]] = {}

    def keys(self, reader: VaultReader) -> Sequence[str]:
        runs: dict[str, list[str]] = {}
        for kind, run in groupby(since(reader, _midnight(), _MOST), key=lambda view: view.kind):
            ids = [view.id for view in run]
            if kind in _RUNS:
                runs[ids[0]] = ids
            else:
                runs.update((each, [each]) for each in ids)
        self.runs = runs
        return list(runs)

    def rows(self, reader: VaultReader, keys: Sequence[str]) -> Sequence[Row]:
        return [_row(view, len(self.runs.get(view.id, ()))) for view in views(reader, keys)]


def totals(reader: VaultReader) -> str:
    """What there is in the mission, in one line."""
    counts = reader.counts()
    parts = []
    for name in ("observation", "access", "interview", "item", "count", "photo", "seal"):
        if counts.get(name):
            kind = kind_named(name)
            parts.append(f"{counts[name]} {(kind.title if counts[name] == 1 else kind.plural).lower()}")
    return " · ".join([*parts, *_left(reader)])


def _left(reader: VaultReader) -> list[str]:
    """When this laptop last met the others, and how many bundles it has made."""
    found = []
    synced = last_sync(reader)
    if synced is not None:
        found.append(f"last sync {local(synced.when):%d %b %H:%M}")
    exports = reader.export_count()
    if exports:
        found.append(f"{exports} export{'s' if exports > 1 else ''}")
    return found


def _told(each: Deadline, now: datetime) -> str:
    if each.due is None or each.due - now > _SOON:
        return ""
    about = f" ({each.subject})" if each.subject else ""
    span = span_text(abs(each.due - now))
    match each.state(now):
        case State.RUNNING:
            return f"{span} left: {each.rule.title}{about}"
        case State.OVERDUE:
            return f"overdue {span}: {each.rule.title}{about}"
        case State.WAITING:
            return f"not before {span}: {each.rule.title}{about}"
        case _:
            return ""


def _row(view: RecordView, run: int) -> Row:
    moment = view.doc.get("occurred")
    when = ""
    if isinstance(moment, dict):
        when = local(Moment(at=str(moment["at"]), offset=str(moment["offset"]))).strftime("%H:%M")
    if run > 1:
        return Row((when, f"×{run}", f"{kind_named(view.kind).plural.lower()} to {view.number}"))
    return Row((when, view.number, f"{title_of(view.kind).lower()} {summary_of(view)}"))


def _midnight() -> str:
    today = datetime.now().astimezone().replace(hour=0, minute=0, second=0, microsecond=0)
    return today.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
