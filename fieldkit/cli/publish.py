"""`fieldkit publish`: lay the mission open in headquarters' PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator

import click

from fieldkit.cli.session import Session
from fieldkit.domain.jsontypes import Doc
from fieldkit.errors import UsageError
from fieldkit.publish import layout
from fieldkit.publish.publishing import Published
from fieldkit.publish.publishing import publish as publish_mission
from fieldkit.team.telling import counted


@click.command()
@click.argument("address", metavar="[ADDRESS]", required=False)
@click.option(
    "--into", "schema", metavar="SCHEMA", default=layout.DEFAULT, show_default=True, help="Which schema."
)
@click.option(
    "--schema", "show", is_flag=True, help="Only print the statements that make it; needs no mission."
)
@click.option(
    "--no-compartments", is_flag=True, help="Leave sealed what compartments hold, even where read here."
)
@click.option("--renew", is_flag=True, help="First take down everything published there, of all missions.")
@click.pass_obj
def publish(
    session: Session, address: str | None, schema: str, show: bool, no_compartments: bool, renew: bool
) -> None:
    """Publish the mission to the PostgreSQL database at ADDRESS, as postgresql://USER@HOST/DATABASE: what is new since the
    last time, all of it or nothing. Any number of missions may be published there, one after the other.

    The copy is not encrypted and proves nothing: whoever may read the database reads it. A password never is in the address:
    libpq finds it in the file that PGPASSFILE names (~/.pgpass), or by postgresql:///?service=NAME in a service file.
    """
    if show:
        made = list(layout.statements(layout.check_name(schema)))
        session.emit({"schema": schema, "statements": made}, _script(made))
        return
    if address is None:
        raise UsageError(
            "no database is named",
            remedy="fieldkit publish postgresql://USER@HOST/DATABASE; --schema shows the tables.",
        )
    vault = session.vault()
    with session.progress("Rows sent") as shown:
        published = publish_mission(
            vault,
            address,
            schema=schema,
            compartments=not no_compartments,
            renew=renew,
            progress=shown.advance,
        )
    session.emit(_document(published), _lines(published))


def _script(made: list[str]) -> Iterator[str]:
    for statement in made:
        yield from f"{statement};".split("\n")


def _document(done: Published) -> Doc:
    return {
        "database": done.where,
        "schema": done.schema,
        "mission": done.mission,
        "sent": {"entries": done.sent_entries, "records": done.sent_records},
        "entries": done.entries,
        "records": done.records,
        "differences": done.differences,
        "uncounted": done.uncounted,
        "compartments": {"open": done.opened, "sealed": done.sealed},
    }


def _lines(done: Published) -> Iterator[str]:
    if done.sent_entries or done.sent_records:
        yield f"Published: {done.sent_entries:,} entries, {done.sent_records:,} records new or changed."
    else:
        yield "Nothing new since the last time."
    yield (
        f"{done.where}, schema {done.schema}, now has {done.entries:,} entries and {done.records:,} records"
        " of this mission."
    )
    if done.differences:
        yield f"{done.differences:,} fields differ between laptops: the view standing shows them."
    if done.uncounted:
        what = counted(done.uncounted, "entry does not count and says", "entries do not count and say")
        yield f"{what} why in the column objection."
    if done.opened:
        yield f"{done.opened:,} entries of compartments lie open there, because a laptop that publishes reads them."
    if done.sealed:
        yield f"{done.sealed:,} entries of compartments are sealed there: only laptop, place in its log and time."
