"""`fieldkit members compartment`: what only some laptops of the team read."""

from __future__ import annotations

import click

from fieldkit.cli.session import Session
from fieldkit.domain.jsontypes import Doc
from fieldkit.team import compartments as team
from fieldkit.team.compartments import Compartment


@click.group()
def compartment() -> None:
    """Compartments: records that only some laptops read, and all the others carry sealed."""


@compartment.command()
@click.argument("name", metavar="NAME")
@click.option("--reader", "readers", metavar="LAPTOP", multiple=True, help="Reads it, besides this one.")
@click.option(
    "--kind", "kinds", metavar="KIND", multiple=True, help="Records of KIND go into it by themselves."
)
@click.pass_obj
def new(session: Session, name: str, readers: tuple[str, ...], kinds: tuple[str, ...]) -> None:
    """Make the compartment NAME, which this laptop and each --reader LAPTOP read.

    Record into it with 'fieldkit add KIND … --compartment NAME'; what is amended, attached or said about such a record
    goes there by itself. Lead, deputies and headquarters may do this.
    """
    _told(session, team.create(session.vault(), name, readers, kinds, author=session.author()))


@compartment.command()
@click.argument("name", metavar="NAME")
@click.argument("laptop", metavar="LAPTOP")
@click.option("--no-history", is_flag=True, help="It reads only what is recorded from now on.")
@click.pass_obj
def add(session: Session, name: str, laptop: str, no_history: bool) -> None:
    """Let LAPTOP (letter, number or id) read the compartment NAME. Sync to hand the keys over."""
    _told(
        session,
        team.add_reader(session.vault(), name, laptop, history=not no_history, author=session.author()),
    )


@compartment.command()
@click.argument("name", metavar="NAME")
@click.argument("laptop", metavar="LAPTOP")
@click.option("--reason", metavar="TEXT", required=True, help="Why it no longer reads it.")
@click.pass_obj
def remove(session: Session, name: str, laptop: str, reason: str) -> None:
    """Let LAPTOP no longer read what is recorded in the compartment NAME from now on.

    What it could read so far it keeps. What follows is sealed under a new key.
    """
    _told(session, team.remove_reader(session.vault(), name, laptop, reason, author=session.author()))


@compartment.command("list")
@click.pass_obj
def list_compartments(session: Session) -> None:
    """List the compartments: who reads each, and how many of its entries are here and are read here."""
    found = team.compartments(session.vault())
    session.emit([_document(one) for one in found], map(_line, found))


def _told(session: Session, one: Compartment) -> None:
    session.emit(
        _document(one), [_line(one), "Sync soon, so that the others hear of it: fieldkit sync DEPOT"]
    )


def _document(one: Compartment) -> Doc:
    return {
        "id": one.record.id,
        "number": one.record.number,
        "name": one.name,
        "readers": [_letter(reader.record.doc) for reader in one.readers],
        "kinds": one.record.doc.get("kinds", []),
        "entries": one.entries,
        "readable": one.read,
    }


def _line(one: Compartment) -> str:
    readers = ", ".join(dict.fromkeys(_letter(reader.record.doc) for reader in one.readers))
    return (
        f"{one.record.number:<9} {one.name}: read by laptops {readers or 'none'};"
        f" entries here: {one.entries}, readable: {one.read}"
    )


def _letter(doc: Doc) -> str:
    return str(doc.get("letter"))
