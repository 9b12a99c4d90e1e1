"""Clocks of the procedures: what is due when, by the regime's rules, running from events that were recorded.

The rules are data (`data/regimes/*.toml`; a mission may carry its own). Three forms: `within` a time after an event another
must have happened; `not_before` a time after an event another must not happen (a notice); `before` an event another must
have happened. Nothing here knows what time it is: `Deadline.state` is told. Events that are about different things (two
sites, two reports) are kept apart by their subject.

A clock runs on in real time whatever is done to the clocks on the wall: every event keeps the offset in which it was told,
fixed, so that adding a time limit and comparing instants is arithmetic in UTC.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from enum import StrEnum
from functools import cache
from typing import Annotated, Literal

import msgspec

from fieldkit.domain import tomldata
from fieldkit.domain.nearness import suggestion
from fieldkit.errors import UnreadableError, UsageError

_FOLDER = "regimes"
_Name = Annotated[str, msgspec.Meta(pattern="^[a-z][a-z0-9_]{0,59}$")]
_Title = Annotated[str, msgspec.Meta(min_length=1, max_length=400)]


class Occasion(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Records that tell of an event by themselves: those of a `kind` that hold all of `where`, at the moment in `at`."""

    kind: _Name
    at: _Name = "occurred"
    where: dict[_Name, str] = {}


class EventKind(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Something that happens in a visit and that a clock may run from or to; `told_by` says which records tell of it."""

    name: _Name
    title: _Title
    told_by: tuple[Occasion, ...] = ()


class Rule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One deadline of a regime. `start` is the event it runs from; of `before` rules, the event it must precede.

    `verified` says that the rule was confirmed against the regime's text, as far as `source` names it.
    """

    name: _Name
    title: _Title
    form: Literal["within", "not_before", "before"]
    start: _Name
    event: _Name
    hours: Annotated[int, msgspec.Meta(ge=1, le=10_000)] | None = None
    days: Annotated[int, msgspec.Meta(ge=1, le=1_000)] | None = None
    note: str = ""
    source: str = ""
    verified: bool = False

    @property
    def limit(self) -> timedelta:
        """How long the clock runs; nothing for `before` rules."""
        return timedelta(hours=self.hours or 0, days=self.days or 0)


class Practice(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the regime goes about something that no clock runs on."""

    title: _Title
    verified: bool = False


class Regime(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A regime's procedures as data."""

    name: _Name
    title: _Title
    source: str = ""
    note: str = ""
    event: tuple[EventKind, ...] = ()
    deadline: tuple[Rule, ...] = ()
    practice: tuple[Practice, ...] = ()

    def kind(self, name: str) -> EventKind:
        """The kind of event of a name; `UsageError` names near ones."""
        for each in self.event:
            if each.name == name:
                return each
        known = [each.name for each in self.event]
        raise UsageError(
            f"the procedures of {self.title} know no event {name!r}",
            where="event",
            remedy=f"{suggestion(name, known)}Events: {', '.join(known) or 'none'}.",
        )


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened: which kind of event, when (aware), and what it was about. `record` names its record."""

    name: str
    at: datetime
    subject: str = ""
    record: str = ""

    def __post_init__(self) -> None:
        offset = self.at.utcoffset()
        if offset is None:
            raise UsageError(
                "a time without its offset", where=f"event {self.name}", remedy="Give the UTC offset."
            )
        object.__setattr__(self, "at", self.at.astimezone(timezone(offset)))


class State(StrEnum):
    """How a deadline stands.

    A time limit is `running`, `overdue` (run out, and nothing happened), `met` or `late`. A notice is `waiting` (not yet
    allowed), `open` (allowed now), `met` or `early` (happened before it was allowed). `not_started`: what the clock runs
    from has not happened; `open` also, where something must precede an event that has not happened.
    """

    NOT_STARTED = "not_started"
    RUNNING = "running"
    OVERDUE = "overdue"
    MET = "met"
    LATE = "late"
    WAITING = "waiting"
    OPEN = "open"
    EARLY = "early"


@dataclass(frozen=True, slots=True)
class Deadline:
    """A rule in a visit: the event it runs from, the instant it is due (None: not known yet), and what happened."""

    rule: Rule
    started: Event | None
    due: datetime | None
    done: Event | None
    subject: str = ""

    def state(self, now: datetime) -> State:
        """How the deadline stands at the instant `now`."""
        if self.due is None:
            if self.done is not None:
                return State.MET
            return State.OPEN if self.rule.form == "before" else State.NOT_STARTED
        if self.rule.form == "not_before":
            if self.done is not None:
                return State.EARLY if self.done.at < self.due else State.MET
            return State.WAITING if now < self.due else State.OPEN
        if self.done is not None:
            return State.LATE if self.done.at > self.due else State.MET
        return State.OVERDUE if now > self.due else State.RUNNING

    @property
    def waits_for(self) -> str:
        """The name of the event that has not happened and on which it depends; empty where all has."""
        if self.done is not None:
            return ""
        return self.rule.start if self.started is None and self.rule.form != "before" else self.rule.event


def load_regime(text: str, where: str) -> Regime:
    """A regime from its TOML; `UnreadableError` names table and key."""
    found = tomldata.read_table(text, Regime, where)
    known = [kind.name for kind in found.event]
    _unique(known, "[[event]]", where)
    _unique([rule.name for rule in found.deadline], "[[deadline]]", where)
    for rule in found.deadline:
        place = f"{where}: [[deadline]] {rule.name}"
        for key, name in (("start", rule.start), ("event", rule.event)):
            if name not in known:
                raise UnreadableError(
                    f"no event {name!r}",
                    where=f"{place}, {key}",
                    remedy=f"{suggestion(name, known)}Add its [[event]].",
                )
        given = (rule.hours is not None) + (rule.days is not None)
        if given != (rule.form != "before"):
            raise UnreadableError(
                f"a {rule.form!r} rule takes {'no time' if rule.form == 'before' else 'either hours or days'}",
                where=f"{place}, hours",
                remedy="Compare with the shipped regimes.",
            )
    return found


def regime_names() -> tuple[str, ...]:
    """The regimes that come with fieldkit."""
    return tomldata.shipped_names(_FOLDER)


@cache
def regime(name: str) -> Regime:
    """A regime that comes with fieldkit; `UsageError` names what there is."""
    return load_regime(tomldata.shipped_text(_FOLDER, name), f"{name}.toml")


def due(regime: Regime, events: Iterable[Event]) -> list[Deadline]:
    """The deadlines that the events set running, those with the earliest instant first, those without one last.

    Events of kinds that the regime does not know are passed over. Every start has its own deadline, which the first event
    at or after it fulfils; a notice is also judged by an event before its time, as far back as the notice itself.
    """
    by_subject: dict[str, dict[str, list[Event]]] = {}
    for event in sorted(events, key=lambda e: (e.at, e.record)):
        by_subject.setdefault(event.subject, {}).setdefault(event.name, []).append(event)
    found: list[Deadline] = []
    for subject, happened in by_subject.items():
        for rule in regime.deadline:
            starts, ends = happened.get(rule.start, []), happened.get(rule.event, [])
            found.extend(_preceding(rule, starts, ends, subject) if rule.form == "before" else ())
            if rule.form != "before":
                found.extend(_running(rule, start, ends, subject) for start in starts)
    return sorted(found, key=lambda d: (d.due is None, d.due.timestamp() if d.due else 0.0, d.subject))


def outlook(regime: Regime, events: Iterable[Event]) -> list[Deadline]:
    """All rules: the deadlines that the events set running, then those whose clock nothing has started."""
    running = due(regime, events)
    started = {deadline.rule.name for deadline in running}
    return running + [
        Deadline(rule, None, None, None) for rule in regime.deadline if rule.name not in started
    ]


def _running(rule: Rule, start: Event, ends: Sequence[Event], subject: str) -> Deadline:
    done = next((event for event in ends if event.at >= start.at), None)
    return Deadline(rule, start, start.at + rule.limit, done, subject)


def _preceding(rule: Rule, limits: Sequence[Event], ends: Sequence[Event], subject: str) -> list[Deadline]:
    """A `before` rule: it is due when the limiting event happens, and open while neither has."""
    if not limits:
        return [Deadline(rule, None, None, ends[0] if ends else None, subject)]
    return [Deadline(rule, limit, limit.at, ends[0] if ends else None, subject) for limit in limits]


def _unique(names: Sequence[str], table: str, where: str) -> None:
    repeated = next((name for position, name in enumerate(names) if name in names[:position]), "")
    if repeated:
        raise UnreadableError(
            f"{repeated} stands twice", where=f"{where}: {table}", remedy="Keep one of them."
        )
