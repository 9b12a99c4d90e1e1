"""Seals and custody from the command line: what has to be looked at today, what a look found, who holds a thing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import click

from fieldkit.cli.session import Session
from fieldkit.domain import seal_rounds
from fieldkit.domain.jsontypes import JSON, Doc
from fieldkit.domain.moments import Moment, local, moment_text, parse_moment, span_text
from fieldkit.domain.seal_rounds import EVERY_HOURS, Standing
from fieldkit.domain.views import RecordView

if TYPE_CHECKING:
    from fieldkit.domain.handovers import Fault
    from fieldkit.vault.vault import Vault

EXIT_FOUND = 1


@click.group()
def seals() -> None:
    """Look after seals: what is due, what a look found, what was taken off."""


@seals.command()
@click.option("--all", "everything", is_flag=True, help="Every seal that is still on, due or not.")
@click.option(
    "--every",
    "hours",
    type=click.IntRange(1, 24 * 366),
    default=EVERY_HOURS,
    show_default=True,
    metavar="HOURS",
    help="How often a seal is looked at that has no interval of its own.",
)
@click.pass_obj
def check(session: Session, everything: bool, hours: int) -> None:
    """List the seals that have to be looked at today: those found broken, missing or mismatched first.

    The others follow by how long they have been due. A field of a seal, interval_hours, says how often it is looked at.
    """
    vault, now = session.vault(), _now()
    here = local(now)
    day_ends = here.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    found = (
        seal_rounds.standing(vault.list("seal"), hours)
        if everything
        else seal_rounds.due(vault.list("seal"), day_ends, hours)
    )
    session.emit([_document(vault, one) for one in found], _check_lines(vault, found, here, everything))


@seals.command()
@click.argument("number")
@click.argument("result", type=click.Choice(["intact", "broken", "missing", "mismatch"]))
@click.option("--remark", metavar="TEXT", default="", help="What was seen.")
@click.option("--by", metavar="PERSON", help="Who looked; else who records it.")
@click.option("--at", "at", metavar="TIME", help="When, as 10:41; else now.")
@click.pass_obj
def record(session: Session, number: str, result: str, remark: str, by: str | None, at: str | None) -> None:
    """Record what a look at the seal NUMBER found. NUMBER is as printed on it; a near one is offered, never taken."""
    from fieldkit.capture.seal_rounds import record_check

    vault = session.vault()
    done = record_check(
        vault, number, result, at=_moment(at), by=_who(session, by), remark=remark, author=session.author()
    )
    session.emit({"id": done.id, "number": done.number, "result": result}, [f"{done.id} {done.number}"])


@seals.command()
@click.argument("number")
@click.option("--reason", metavar="TEXT", required=True, help="Why it is taken off.")
@click.option("--by", metavar="PERSON", help="Who takes it off; else who records it.")
@click.option("--at", "at", metavar="TIME", help="When, as 10:41; else now.")
@click.pass_obj
def remove(session: Session, number: str, reason: str, by: str | None, at: str | None) -> None:
    """Record that the seal NUMBER was taken off. Its number is never used again."""
    from fieldkit.capture import seal_rounds as rounds

    done = rounds.remove(
        session.vault(), number, reason, at=_moment(at), by=_who(session, by), author=session.author()
    )
    session.emit({"id": done.id, "number": done.number}, [f"{done.id} {done.number}"])


@click.command()
@click.argument("thing")
@click.option(
    "--fail", is_flag=True, help="Leave with 1 where there is a gap, an overlap or a seal not intact."
)
@click.pass_obj
def custody(session: Session, thing: str, fail: bool) -> int:
    """Show who had THING, from the first hand-over to the last, with every gap and overlap."""
    from fieldkit.domain import handovers

    vault = session.vault()
    view = vault.get(thing)
    chain = handovers.in_order(each for each in vault.referring(view.id, "thing") if each.kind == "custody")
    found = handovers.faults(
        chain, lambda person: _name(vault, person), lambda person: _of_team(vault, person)
    )
    session.emit(
        {
            "thing": view.number,
            "id": view.id,
            "holder": chain[-1].doc.get("to_whom") if chain else None,
            "handovers": [_handover(vault, each) for each in chain],
            "findings": [_finding(fault) for fault in found],
        },
        _custody_lines(vault, view, chain, found),
    )
    return EXIT_FOUND if fail and (found or not chain) else 0


def _check_lines(vault: Vault, found: Sequence[Standing], now: datetime, everything: bool) -> Iterator[str]:
    for one in found:
        state = one.result.upper() if one.faulty and one.result else one.result or "never looked at"
        twice = f", NUMBER ON {one.bearers} SEALS" if one.bearers > 1 else ""
        late = now - one.due
        when = f"due for {span_text(late)}" if late > timedelta() else f"due in {span_text(-late)}"
        yield f"{one.number}  {state}{twice}  {when}  {_on(vault, one.seal)}  ({one.seal.number})"
    if not found:
        yield "No seal is on." if everything else "No seal has to be looked at today."


def _document(vault: Vault, one: Standing) -> Doc:
    return {
        "id": one.seal.id,
        "number": one.seal.number,
        "seal": one.number,
        "result": one.result or None,
        "faulty": one.faulty,
        "bearers": one.bearers,
        "since": _utc(one.since),
        "due": _utc(one.due),
        "on": _on(vault, one.seal),
    }


def _on(vault: Vault, seal: RecordView) -> str:
    from fieldkit.cli.reading import line

    applied = seal.doc.get("applied_to")
    view = vault.peek(applied) if isinstance(applied, str) else None
    return f"on {' '.join(line(view).split())}" if view else "on nothing recorded"


def _custody_lines(
    vault: Vault, view: RecordView, chain: Sequence[RecordView], found: Sequence[Fault]
) -> Iterator[str]:
    from fieldkit.cli.reading import line

    yield line(view)
    for each in chain:
        told = _handover(vault, each)
        giver = f"{told['from']} → " if told["from"] else ""
        seal = f", seal {told['seal_state']}" if told["seal_state"] else ""
        yield f"  {each.number}  {told['at']}  {giver}{told['to']}{seal}  {told['reason'] or ''}".rstrip()
    if not chain:
        yield "  Nobody recorded who has it."
    for fault in found:
        yield f"  FINDING  {fault.text}"


def _finding(fault: Fault) -> Doc:
    return {"sort": fault.sort, "text": fault.text, "handovers": list(fault.handovers)}


def _handover(vault: Vault, view: RecordView) -> Doc:
    doc, occurred = view.doc, view.doc.get("occurred")
    return {
        "number": view.number,
        "at": moment_text(occurred) if isinstance(occurred, dict) else "",
        "from": _name(vault, doc.get("from_whom")),
        "to": _name(vault, doc.get("to_whom")),
        "place": _name(vault, doc.get("location")),
        "seal_state": doc.get("seal_state"),
        "reason": doc.get("reason"),
    }


def _name(vault: Vault, record: JSON) -> str:
    view = vault.peek(record) if isinstance(record, str) else None
    return str(view.doc.get("transliteration") or view.doc.get("name") or view.number) if view else ""


def _of_team(vault: Vault, person: JSON) -> bool:
    view = vault.peek(person) if isinstance(person, str) else None
    return view is not None and view.doc.get("party") == "team"


def _who(session: Session, by: str | None) -> str:
    vault = session.vault()
    return vault.person(by) if by else session.author() or vault.author


def _moment(text: str | None) -> Moment:
    return parse_moment(text, _now()) if text else _now()


def _now() -> Moment:
    from fieldkit.vault.clock import SystemClock

    stamp = SystemClock().read()
    return Moment(at=stamp.at, offset=stamp.offset, source="clock")


def _utc(when: datetime) -> str:
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
