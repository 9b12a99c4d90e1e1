"""`fieldkit deadlines`: what is due when by the procedures of the mission, and the events that its clocks run from."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fieldkit.cli.session import Session

if TYPE_CHECKING:
    from datetime import tzinfo

    from fieldkit.domain.deadlines import Deadline, Event, Regime
    from fieldkit.domain.moments import Moment

_WORDS = {"not_started": "not started", "waiting": "not before"}


@click.group(invoke_without_command=True)
@click.option("--now", "stated", metavar="TIME", help="How things stand at TIME; else by the laptop's clock.")
@click.option(
    "--rules", metavar="FILE", help="Procedures as TOML, or '-'; else the mission's own or its regime's."
)
@click.pass_context
def deadlines(ctx: click.Context, stated: str | None, rules: str | None) -> None:
    """Show what is due when: running, met, late, and what each clock waits for.

    Clocks run from recorded events, never from typed dates, and in real time whatever the clocks on the wall do. Times
    are shown in the offset in which the visit's last event was told.
    """
    if ctx.invoked_subcommand is not None:
        return
    session: Session = ctx.obj
    from fieldkit.domain.deadlines import load_regime, outlook
    from fieldkit.domain.moments import instant, local, parse_moment
    from fieldkit.vault.legislation import read_text
    from fieldkit.vault.procedures import events, procedures

    vault = session.vault()
    bound = (
        load_regime(read_text(session.read(rules, "--rules"), rules), rules) if rules else procedures(vault)
    )
    happened = events(vault, bound)
    clock = _clock()
    zone = max(happened, key=lambda event: event.at).at.tzinfo if happened else local(clock).tzinfo
    now = instant(parse_moment(stated, clock).at if stated else clock.at).astimezone(zone)
    found = outlook(bound, happened)
    session.emit(
        [_document(bound, each, now, zone) for each in found],
        [*_lines(bound, found, now, zone), f"By {bound.title}, at {_shown(now, zone)}."],
    )


@deadlines.command()
@click.argument("event", required=False)
@click.argument("values", metavar="[FIELD=VALUE]...", nargs=-1)
@click.pass_obj
def note(session: Session, event: str | None, values: tuple[str, ...]) -> None:
    """Record that EVENT happened: 'occurred=17:30' unless it is now, 'subject="Site 2"' where several run side by side.

    Without EVENT, list the events that the procedures know.
    """
    from fieldkit.cli.typed import read_words
    from fieldkit.domain.kinds import kind
    from fieldkit.vault.procedures import procedures
    from fieldkit.vault.recording import Add

    bound = procedures(session.vault())
    if event is None:
        session.emit(
            [{"event": each.name, "title": each.title} for each in bound.event],
            [f"{each.name:<34} {each.title}" for each in bound.event] or [f"{bound.title} knows no events."],
        )
        return
    given = read_words(kind("event"), values, _clock()).set
    (recorded,) = session.record([Add("event", {**given, "event": bound.kind(event).name})])
    session.emit(
        {"id": recorded.id, "number": recorded.number, "hash": recorded.hash},
        [f"{recorded.id} {recorded.number}"],
    )


@deadlines.command()
@click.argument("file", metavar="FILE")
@click.pass_obj
def adopt(session: Session, file: str) -> None:
    """Make the procedures and clocks in FILE ('-': standard input) the mission's own.

    They are kept with the mission and travel in its bundles.
    """
    from fieldkit.capture.adopting import adopt_procedures

    name = "procedures.toml" if file == "-" else Path(file).name
    kept = adopt_procedures(session.vault(), session.read(file, "FILE"), name, author=session.author())
    session.emit(
        [{"id": one.id, "number": one.number, "entry": one.hash} for one in kept],
        [f"{one.id} {one.number}" for one in kept],
    )


def _clock() -> Moment:
    from fieldkit.domain.moments import Moment
    from fieldkit.vault.clock import SystemClock

    stamp = SystemClock().read()
    return Moment(at=stamp.at, offset=stamp.offset, source="clock")


def _document(bound: Regime, each: Deadline, now: datetime, zone: tzinfo | None) -> dict[str, Any]:
    waits = each.waits_for
    return {
        "regime": bound.name,
        "rule": each.rule.name,
        "title": each.rule.title,
        "form": each.rule.form,
        "subject": each.subject,
        "state": each.state(now),
        "due": _utc(each.due),
        "due_local": _shown(each.due, zone) if each.due else None,
        "left_seconds": round((each.due - now).total_seconds()) if each.due and each.done is None else None,
        "started": _event_document(bound, each.started),
        "done": _event_document(bound, each.done),
        "waits_for": {"event": waits, "title": bound.kind(waits).title} if waits else None,
        "note": each.rule.note,
        "source": each.rule.source or bound.source,
        "verified": each.rule.verified,
        "now": _utc(now),
    }


def _event_document(bound: Regime, event: Event | None) -> dict[str, Any] | None:
    if event is None:
        return None
    return {
        "event": event.name,
        "title": bound.kind(event.name).title,
        "at": _utc(event.at),
        "local": _shown(event.at, event.at.tzinfo),
        "record": event.record,
    }


def _lines(bound: Regime, found: list[Deadline], now: datetime, zone: tzinfo | None) -> Iterator[str]:
    if not found:
        yield f"{bound.title} sets no clocks; a mission writes those of its mandate: fieldkit deadlines adopt FILE."
    for each in found:
        state = each.state(now)
        due = _shown(each.due, zone) if each.due else "-"
        unverified = "" if each.rule.verified else " [unverified]"
        about = f" ({each.subject})" if each.subject else ""
        yield f"{_WORDS.get(state, state):<12} {due:<23} {each.rule.title}{about}{unverified}"
        yield f"{'':<12} {_explained(bound, each, now, zone)}"


def _explained(bound: Regime, each: Deadline, now: datetime, zone: tzinfo | None) -> str:
    from fieldkit.domain.moments import span_text

    said = []
    if each.started is not None:
        said.append(f"from: {_told(bound, each.started, zone)}")
    if each.done is not None:
        said.append(f"done: {_told(bound, each.done, zone)}")
    elif each.waits_for:
        said.append(f"waits for: {bound.kind(each.waits_for).title}")
        if each.due is not None:
            said.append(f"{span_text(abs(each.due - now))} {'left' if now <= each.due else 'ago'}")
    return "; ".join(said)


def _told(bound: Regime, event: Event, zone: tzinfo | None) -> str:
    return f"{bound.kind(event.name).title}, {_shown(event.at, zone)}, {event.record}"


def _shown(when: datetime, zone: tzinfo | None) -> str:
    from fieldkit.domain.moments import as_json, moment, moment_text

    return moment_text(as_json(moment(when.astimezone(zone).replace(microsecond=0), "typed")))


def _utc(when: datetime | None) -> str | None:
    return when.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z") if when else None
