"""Captions and links of photos from the command line."""

from __future__ import annotations

import click

from fieldkit.capture import captions
from fieldkit.capture.custody import photos
from fieldkit.cli.photo_custody import selection
from fieldkit.cli.session import Session


@click.command()
@selection
@click.argument("text", metavar="TEXT")
@click.option(
    "--gap", metavar="TIME", help="Group photos: a pause longer than TIME (2min, 90s) begins a new one."
)
@click.option(
    "--first", type=click.IntRange(0, 100_000), default=1, show_default=True, help="{n} begins here."
)
@click.option("--dry-run", is_flag=True, help="Show the captions without recording them.")
@click.option("--reason", metavar="TEXT", default="captioned", show_default=True, help="Why.")
@click.pass_obj
def caption(
    session: Session,
    selection: tuple[str, ...],
    text: str,
    gap: str | None,
    first: int,
    dry_run: bool,
    reason: str,
) -> None:
    """Give every photo of SELECTION the caption TEXT.

    SELECTION are numbers, ids and runs as A-P-0112..0115. In TEXT, {n} counts and {of} is how many there are; {group} is the
    group that --gap makes, in which {n} begins anew; {number} {subject} {item} {seal} {place} {time} come from the photo. Where
    one of them is not known, nothing is recorded.
    """
    vault = session.vault()
    pause = captions.parse_gap(gap) if gap else None
    made = captions.captions(vault, photos(vault, selection), text, first=first, gap=pause)
    if not dry_run:
        captions.caption(vault, made, reason, author=session.author())
    session.emit(
        [{"id": one.photo, "number": one.number, "group": one.group, "caption": one.text} for one in made],
        (f"{one.number}  {one.text}" for one in made),
    )


@click.command()
@selection
@click.option("--item", "items", metavar="ID", multiple=True, help="An inventory line that they show.")
@click.option(
    "--observation", "observations", metavar="ID", multiple=True, help="An observation they bear out."
)
@click.option("--location", metavar="ID", help="Where they were taken.")
@click.option("--reason", metavar="TEXT", default="linked", show_default=True, help="Why.")
@click.pass_obj
def link(
    session: Session,
    selection: tuple[str, ...],
    items: tuple[str, ...],
    observations: tuple[str, ...],
    location: str | None,
    reason: str,
) -> None:
    """Link every photo of SELECTION to what it shows. Links that stand already stay as they are.

    SELECTION are numbers, ids and runs as A-P-0112..0115.
    """
    vault = session.vault()
    views = photos(vault, selection)
    recorded = captions.link(
        vault,
        views,
        items=items,
        observations=observations,
        location=location,
        reason=reason,
        author=session.author(),
    )
    session.emit(
        [{"id": one.id, "number": one.number, "hash": one.hash} for one in recorded],
        [f"{len(recorded)} of {len(views)} photos linked anew"],
    )


COMMANDS: tuple[click.Command, ...] = (caption, link)
