"""Counting from the command line: `inventory match`, `inventory count`, `inventory list`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import TYPE_CHECKING

import click

from fieldkit.cli.session import Session
from fieldkit.domain.jsontypes import Doc
from fieldkit.errors import UsageError

if TYPE_CHECKING:
    from fieldkit.capture.matching import Match
    from fieldkit.capture.walking import Stop

EXIT_FOUND = 1


@click.command()
@click.argument("serial")
@click.option("--at", "at", metavar="LOCATION", help="Where it stands: things declared there come first.")
@click.pass_obj
def match(session: Session, serial: str, at: str | None) -> int:
    """Tell which items SERIAL, as read on the spot, is or may be a serial of.

    Write ? for a character that cannot be read and * for several. Near ones are shown with what parts the two, and
    nothing is recorded. Leaves with 1 where no item has exactly this serial.
    """
    from fieldkit.capture import matching

    vault = session.vault()
    found = matching.match(vault, serial, matching.place(vault, at) if at else "")
    session.emit(
        [
            {
                "item": each.item.number,
                "id": each.item.id,
                "serial": each.serial,
                "exact": each.exact,
                "nearness": each.near.nearness.value,
                "reasons": list(each.near.reasons),
                "nomenclature": each.item.doc.get("nomenclature"),
                "type": each.item.doc.get("type"),
                "line": each.item.doc.get("line"),
            }
            for each in found
        ],
        _match_lines(serial, found),
    )
    return 0 if any(each.exact for each in found) else EXIT_FOUND


@click.command()
@click.argument("words", metavar="[ITEM] [FIELD=VALUE]...", nargs=-1, required=True)
@click.option(
    "--take", metavar="ITEM", help="ITEM as read is near a serial of this one, and is taken for it."
)
@click.option(
    "--type", "kind_of_thing", metavar="TYPE", help="Instead of ITEM: the one line of this type or name."
)
@click.option("--at", "at", metavar="LOCATION", help="Where you stand: name or number of the place.")
@click.option("--undeclared", is_flag=True, help="ITEM is the name of something that stands on no list.")
@click.pass_obj
def count(
    session: Session,
    words: tuple[str, ...],
    take: str | None,
    kind_of_thing: str | None,
    at: str | None,
    undeclared: bool,
) -> None:
    """Record what one person met of ITEM: its number, or its serial as read.

    'counted=4 verified=4 serials=SN1,SN2', or 'status=not_found', or 'status=not_accessible reason=TEXT';
    'fieldkit schema count' shows all fields. A serial that is only near a declared one is offered with the reason; --take
    ITEM takes it, and the count keeps what was read and by what it differs. A recount is a further count and replaces
    none. Prints id and number.
    """
    from fieldkit.capture import counting, matching

    if sum((take is not None, kind_of_thing is not None, undeclared)) > 1:
        raise UsageError("--take, --type and --undeclared exclude each other")
    item, fields = ("", words) if kind_of_thing is not None else (words[0], words[1:])
    given = _given(fields)
    vault, author = session.vault(), session.author()
    if at is not None:
        given["location"] = matching.place(vault, at)
    where = str(given.get("location") or "")
    if isinstance(counter := given.get("counter"), str):
        given["counter"] = vault.person(counter)
    if undeclared:
        told = counting.count_undeclared(vault, {"nomenclature": item}, given, author=author)
    elif take is not None:
        told = counting.count_taken(vault, item, take, given, author=author)
    elif kind_of_thing is not None:
        found = counting.find_type(vault, kind_of_thing, where)
        told = counting.count(vault, found.id, given, author=author)
    else:
        told = counting.count(vault, counting.find_item(vault, item, where).id, given, author=author)
    session.emit(
        {
            "id": told.count.id,
            "number": told.count.number,
            "item": told.item,
            "item_number": told.item_number,
            "undeclared": told.undeclared,
            "taken": vault.get(told.count.id).doc.get("taken", []),
        },
        [f"{told.count.id} {told.count.number}"],
    )


@click.command("list")
@click.option("--at", "at", metavar="LOCATION", help="Only what is declared at this place or within it.")
@click.option("--left", is_flag=True, help="Only what is still to be looked for or counted again.")
@click.option("--declaration", metavar="ID", help="Only the lines of this declaration.")
@click.option("--drawn", metavar="DRAW", help="Only what this draw chose.")
@click.pass_obj
def list_lines(
    session: Session, at: str | None, left: bool, declaration: str | None, drawn: str | None
) -> None:
    """List the declared lines in the order in which one walks: place by place, line by line."""
    from fieldkit.capture import matching, walking

    vault = session.vault()
    only = None
    if drawn is not None:
        view = vault.get(drawn)
        if view.kind != "draw":
            raise UsageError(f"{view.number} is of kind {view.kind}, not a draw", where="--drawn")
        chosen = view.doc.get("items")
        only = frozenset(str(item) for item in chosen) if isinstance(chosen, list) else frozenset()
    stops = walking.walk(
        vault,
        at=matching.place(vault, at) if at else "",
        left=left,
        declaration=declaration,
        only=only,
    )
    session.emit([_stop_document(stop) for stop in stops], _stop_lines(stops))


def _given(fields: Iterable[str]) -> Doc:
    from fieldkit.cli.typed import read_words
    from fieldkit.domain.kinds import kind
    from fieldkit.domain.moments import Moment
    from fieldkit.vault.clock import SystemClock

    stamp = SystemClock().read()
    now = Moment(at=stamp.at, offset=stamp.offset, source="clock")
    given = read_words(kind("count"), tuple(fields), now).set
    if "item" in given:
        raise UsageError("the item is named once", where="count.item", remedy="Leave item= out.")
    return given


def _match_lines(serial: str, found: Iterable[Match]) -> Iterator[str]:
    told = False
    for each in found:
        told = True
        doc = each.item.doc
        what = " · ".join(str(doc[name]) for name in ("nomenclature", "type") if doc.get(name))
        said = "exactly as declared" if each.exact else f"near: {each.near}"
        yield f"{each.item.number}  {each.serial}  {what}  {said}"
    if not told:
        yield f"No item has a serial like {serial}."


def _stop_document(stop: Stop) -> Doc:
    line = stop.result.declared
    return {
        "item": stop.number,
        "line": line.line,
        "place": list(stop.place),
        "nomenclature": line.nomenclature,
        "type": line.type,
        "serials": list(line.serials),
        "declared": line.quantity,
        "observed": stop.result.observed,
        "left": stop.left,
        "looked_for": stop.looked,
        "status": stop.result.status.value,
    }


def _stop_lines(stops: Iterable[Stop]) -> Iterator[str]:
    empty = True
    for place, there in groupby(stops, key=lambda stop: stop.place):
        empty = False
        yield " › ".join(place) or "(no place declared)"
        for stop in there:
            line = stop.result.declared
            what = " · ".join(
                part for part in (line.nomenclature, line.type, ", ".join(line.serials[:5])) if part
            )
            yield f"  {stop.number}  line {line.line}  {line.quantity} × {what}  {_state(stop)}"
    if empty:
        yield "Nothing."


def _state(stop: Stop) -> str:
    if not stop.looked:
        return "TO DO"
    if stop.left:
        return f"COUNT AGAIN ({stop.left} in dispute)"
    return stop.result.status.value.replace("_", " ")
