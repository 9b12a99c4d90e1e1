"""Differences between what laptops recorded: shown with both sides, ended by a person."""

from __future__ import annotations

from collections.abc import Iterator

import click

from fieldkit.cli.session import Session
from fieldkit.cli.typed import read_words
from fieldkit.domain.jsontypes import JSON, Doc
from fieldkit.domain.kinds import kind as kind_named
from fieldkit.domain.moments import Moment
from fieldkit.domain.render import render
from fieldkit.errors import UsageError
from fieldkit.team import differences as team
from fieldkit.team.differences import Side, Standing
from fieldkit.vault.clock import SystemClock
from fieldkit.vault.vault import Vault


@click.command()
@click.argument("record", metavar="[ID]", required=False)
@click.option("--field", metavar="FIELD", default="", help="Which field, where several differ.")
@click.option("--keep", metavar="N", type=int, help="End it: value N stands, counted from 1.")
@click.option("--value", metavar="VALUE", help="End it: this value takes the place of all.")
@click.option("--both", is_flag=True, help="Leave all standing, as differing observations.")
@click.option("--reason", metavar="TEXT", help="Why it ends so.")
@click.option("--all", "everything", is_flag=True, help="List also what was left as differing observations.")
@click.pass_obj
def differences(
    session: Session,
    record: str | None,
    field: str,
    keep: int | None,
    value: str | None,
    both: bool,
    reason: str | None,
    everything: bool,
) -> None:
    """List the fields in which laptops recorded different values, and end a difference.

    Each value comes with its author, time and laptop, and with what its author had seen of the field. Only a person ends a
    difference: --keep one, another --value, or --both as differing observations, always with a --reason.
    """
    ways = [keep is not None, value is not None, both]
    if not any(ways):
        _show(session, record, everything=everything)
        return
    if sum(ways) > 1 or record is None or not reason:
        raise UsageError(
            "which difference ends how, and why?",
            remedy="Give one ID, one of --keep, --value and --both, and --reason.",
        )
    vault = session.vault()
    one = team.find(vault, record, field)
    author = session.author()
    if both:
        done = team.leave(vault, one, reason, author=author)
    elif keep is not None:
        done = team.keep(vault, one, keep, reason, author=author)
    else:
        done = team.put(vault, one, _typed(one, str(value)), reason, author=author)
    session.emit(
        {"record": one.record.id, "field": one.field, "entries": [each.hash for each in done]},
        [f"{one.record.id} {one.record.number}"],
    )


def _typed(one: Standing, value: str) -> JSON:
    stamp = SystemClock().read()
    now = Moment(at=stamp.at, offset=stamp.offset, source="clock")
    typed = read_words(kind_named(one.record.kind), (f"{one.field}={value}",), now, amending=True)
    return typed.set[one.field]


def _show(session: Session, record: str | None, *, everything: bool) -> None:
    vault = session.vault()
    wanted = vault.resolve(record) if record else None
    found = [
        one for one in team.standing(vault, kept=everything) if wanted is None or one.record.id == wanted
    ]
    session.emit(
        [_document(vault, one) for one in found], (line for one in found for line in _lines(vault, one))
    )


def _document(vault: Vault, one: Standing) -> Doc:
    return {
        "record": one.record.id,
        "number": one.record.number,
        "kind": one.record.kind,
        "field": one.field,
        "left": one.kept or None,
        "gap": one.has_gap,
        "values": [
            {
                "value": side.value,
                "entry": side.entry.hash,
                "author": side.entry.author,
                "name": _name(vault, side),
                "log": side.entry.log,
                "recorded": {**side.entry.recorded},
                "reason": side.entry.reason or None,
                "had_seen": [{"entry": leaf, "value": value} for leaf, value in side.seen.items()],
                "had_seen_not_arrived": side.absent,
                "had_seen_not_counting": side.apart,
            }
            for side in one.sides
        ],
    }


def _lines(vault: Vault, one: Standing) -> Iterator[str]:
    yield f"{one.record.number}  {one.record.kind}.{one.field}" + (f"  left: {one.kept}" if one.kept else "")
    if one.has_gap:
        yield "  GAP: entries between these values have not arrived; this may be no difference. Sync before deciding."
    for place, side in enumerate(one.sides, start=1):
        yield f"  {place}  {_text(one, side.value)}"
        said = f": {side.entry.reason}" if side.entry.reason else ""
        at = str(side.entry.recorded.get("at", ""))[:16].replace("T", " ")
        yield f"     {_name(vault, side)}, {at} UTC{said}"
        seen = [_text(one, value) for value in side.seen.values()]
        seen += ["a value that has not arrived"] * side.absent + ["a value that does not count"] * side.apart
        yield f"     had seen: {', '.join(seen)}" if seen else "     had seen no other value"


def _text(one: Standing, value: JSON) -> str:
    known = kind_named(one.record.kind).fields.get(one.field)
    return "(none)" if value is None else render(known, value) if known else str(value)


def _name(vault: Vault, side: Side) -> str:
    person = vault.peek(side.entry.author)
    return str(person.doc.get("name")) if person else side.entry.author
