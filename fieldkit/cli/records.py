"""Recording from the command line: `add`, `attach`, `amend`, `retract`."""

from __future__ import annotations

from pathlib import Path

import click

from fieldkit.cli.session import STDIN, Session, open_file
from fieldkit.cli.typed import Given, Placed, placed, read_lines, read_object, read_words
from fieldkit.domain.by_hand import check_by_hand
from fieldkit.domain.jsontypes import JSON
from fieldkit.domain.kinds import kind as kind_named
from fieldkit.domain.moments import Moment
from fieldkit.errors import FieldkitError, RefusedError, UsageError
from fieldkit.team import differences
from fieldkit.team.differences import Side
from fieldkit.vault.clock import SystemClock
from fieldkit.vault.fold import canonical
from fieldkit.vault.recording import Add, Amend, Recorded, Retract
from fieldkit.vault.vault import Vault


@click.command()
@click.argument("kind", required=False)
@click.argument("values", metavar="[FIELD=VALUE]...", nargs=-1)
@click.option("--from", "source", metavar="FILE", help="Read JSON objects, one per line, from FILE or '-'.")
@click.option("--compartment", metavar="NAME", help="Seal it for those who read this compartment.")
@click.pass_obj
def add(
    session: Session,
    kind: str | None,
    values: tuple[str, ...],
    source: str | None,
    compartment: str | None,
) -> None:
    """Record something new.

    KIND is the kind of record, as observation, access or item; 'fieldkit schema' lists them, and 'fieldkit schema KIND'
    the fields of one. Prints the id and the number of what was recorded.

    With --from, each line holds a JSON object with the fields of one record; its member "kind" names the kind where
    KIND is left out. Either every line is recorded or none.
    """
    if source is not None:
        if values:
            raise UsageError(
                "FIELD=VALUE and --from exclude each other", remedy="Put the fields into the file as well."
            )
        _add_lines(session, kind, source, compartment)
        return
    if kind is None or not values:
        known = check_by_hand(kind, "add").name if kind else "KIND"
        raise UsageError(
            f"no values for the {known}" if kind else "what is to be recorded?",
            remedy=f"Give {known} FIELD=VALUE…, or --from FILE; 'fieldkit schema {known}' shows the fields.",
        )
    typed = read_words(check_by_hand(kind, "add"), values, _now())
    (recorded,) = session.record([Add(kind, typed.set, compartment=_compartment(session, compartment))])
    session.emit(_told(recorded), [f"{recorded.id} {recorded.number}"])


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--to", "target", metavar="ID", required=True, help="The record that the file bears out.")
@click.option(
    "--type", "media_type", metavar="TYPE", help="Its media type, as application/pdf; else from the name."
)
@click.pass_obj
def attach(session: Session, file: Path, target: str, media_type: str | None) -> None:
    """Keep FILE, encrypted, as evidence of a record.

    The file itself stays where it is. Prints the id and the number under which it is kept.
    """
    vault = session.vault()
    with open_file(file) as stream:
        media, _ = vault.attach(stream, file.name, target, media_type=media_type, author=session.author())
    session.emit(_told(media), [f"{media.id} {media.number}"])


@click.command()
@click.argument("record", metavar="ID")
@click.argument("values", metavar="FIELD=VALUE...", nargs=-1, required=True)
@click.option("--reason", metavar="TEXT", required=True, help="Why it is corrected.")
@click.pass_obj
def amend(session: Session, record: str, values: tuple[str, ...], reason: str) -> None:
    """Correct the record ID; the earlier values stay in its history.

    FIELD=VALUE replaces a value, FIELD= clears it. In sets, FIELD+=VALUE adds and FIELD-=VALUE removes.
    """
    view = session.vault().get(record)
    kind = check_by_hand(view.kind, "amend")
    typed = read_words(kind, values, _now(), amending=True)
    for name in [name for name in typed.add if kind.fields[name].listed]:
        there = view.doc.get(name)
        typed.set[name] = [*(there if isinstance(there, list) else []), *typed.add.pop(name)]
    change = Amend(view.id, reason, set=typed.set, add=typed.add, remove=typed.remove)
    ended = [one for one in differences.of_record(session.vault(), view.id) if one.field in typed.set]
    (recorded,) = session.record([change])
    for one in ended:
        session.say(
            f"Note: {one.field} had {len(one.sides)} values, and this ends the difference: "
            + "; ".join(f"{canonical(side.value)} ({_author(session.vault(), side)})" for side in one.sides)
            + f". 'fieldkit show {recorded.number} --history' keeps them."
        )
    session.emit(_told(recorded), [f"{recorded.id} {recorded.number}"])


@click.command()
@click.argument("record", metavar="ID")
@click.option("--reason", metavar="TEXT", required=True, help="Why it no longer stands.")
@click.pass_obj
def retract(session: Session, record: str, reason: str) -> None:
    """Withdraw the record ID. It stays in the journal, marked as retracted, with the reason."""
    view = session.vault().get(record)
    check_by_hand(view.kind, "retract")
    (recorded,) = session.record([Retract(view.id, reason)])
    session.emit(_told(recorded), [f"{recorded.id} {recorded.number}"])


def _author(vault: Vault, side: Side) -> str:
    person = vault.peek(side.entry.author)
    return str(person.doc.get("name")) if person else side.entry.author


def _compartment(session: Session, name: str | None) -> str:
    if name is None:
        return ""
    from fieldkit.team.compartments import compartment

    return compartment(session.vault(), name).record.id


def _add_lines(session: Session, kind: str | None, source: str, compartment: str | None) -> None:
    name = "standard input" if source == STDIN else source
    given = read_lines(session.read(source), name)
    now = _now()
    box = _compartment(session, compartment)
    changes = [_change(kind, one, now, box) for one in given]
    in_order: Placed[Add] = Placed(changes, [one.where for one in given])
    try:
        recorded = session.record(in_order)
    except (UsageError, RefusedError) as error:
        raise (placed(error, in_order.place) if in_order.place else error) from None
    session.emit([_told(one) for one in recorded], (f"{one.id} {one.number}" for one in recorded))


def _change(kind: str | None, given: Given, now: Moment, compartment: str) -> Add:
    values = dict(given.doc)
    named = values.pop("kind", kind)
    try:
        if not isinstance(named, str):
            raise UsageError(
                "which kind of record is this?", remedy='Name KIND on the command line, or as member "kind".'
            )
        if kind is not None and named != kind:
            raise UsageError(f"a {named} among {kind_named(kind).plural.lower()}", remedy="Leave KIND out.")
        return Add(named, read_object(check_by_hand(named, "add"), values, now), compartment=compartment)
    except FieldkitError as error:
        raise placed(error, given.where) from None


def _now() -> Moment:
    stamp = SystemClock().read()
    return Moment(at=stamp.at, offset=stamp.offset, source="clock")


def _told(recorded: Recorded) -> dict[str, JSON]:
    return {"id": recorded.id, "number": recorded.number, "hash": recorded.hash}
