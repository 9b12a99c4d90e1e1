"""Positions from the command line: where the laptop is, and where photos were taken."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import click

from fieldkit.capture import clocks
from fieldkit.capture.gpsd import PORT, SECONDS, present_fix
from fieldkit.capture.locating import Located
from fieldkit.capture.locating import locate as locate_photos
from fieldkit.cli.session import Session
from fieldkit.domain.grid import to_grid
from fieldkit.domain.places import canonical_position, parse_position, position_text

EXIT_FOUND = 1


@click.command()
@click.argument("text", metavar="[POSITION]", required=False)
@click.option("--port", default=PORT, show_default=True, help="Where gpsd listens on this laptop.")
@click.option(
    "--wait", metavar="SECONDS", default=SECONDS, show_default=True, help="How long to wait for a fix."
)
@click.pass_obj
def position(session: Session, text: str | None, port: int, wait: float) -> None:
    """Show where this laptop is, by gpsd, as degrees and as a grid reference; or convert POSITION.

    'position=gps' in add and amend takes the present position. POSITION is written as 32.8872,13.1913 or 33S US 30812
    40232.
    """
    fix = None if text else present_fix(port, wait)
    found = canonical_position(fix.position) if fix else parse_position(text or "")
    grid = to_grid(found)
    answer = {**found, "mgrs": grid, **({"time": fix.time, "mode": fix.mode} if fix else {})}
    session.emit(answer, [position_text(found), grid])


@click.command()
@click.option(
    "--track",
    metavar="FILE",
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A GPX track of the day.",
)
@click.option("--camera", metavar="ID", help="Only photos of this camera: number, id or serial number.")
@click.option("--intake", metavar="ID", help="Only photos of this intake.")
@click.option("--again", is_flag=True, help="Also replace positions that photos have already.")
@click.option("--dry-run", is_flag=True, help="Say what would be found, and record nothing.")
@click.pass_obj
def locate(
    session: Session, track: Path, camera: str | None, intake: str | None, again: bool, dry_run: bool
) -> int:
    """Give photos the positions at which a track was when they were taken.

    Correct the cameras' clocks first ('fieldkit photos clock'). Photos in gaps of more than a minute get no position; the
    track is kept as evidence. Leaves with 1 where photos were not located.
    """
    vault = session.vault()
    found = locate_photos(
        vault,
        track.read_bytes(),
        track.name,
        camera=clocks.cameras(vault, camera)[0].id if camera else None,
        intake=vault.resolve(intake) if intake else None,
        again=again,
        dry_run=dry_run,
        author=session.author(),
    )
    session.emit({**asdict(found), "dry_run": dry_run}, _lines(found, dry_run))
    return EXIT_FOUND if found.others else 0


def _lines(found: Located, dry_run: bool) -> Iterator[str]:
    kept = f"; the track is kept as {found.file}" if found.file else ""
    would = "would be " if dry_run else ""
    yield f"{len(found.photos)} photos {would}located by {found.points} points{kept}."
    if found.left_out:
        yield f"  {found.left_out} points without time or place were left out"
    if found.had_one:
        yield f"  {found.had_one} photos have a position already"
    if found.unchecked:
        yield f"  the camera clocks of {found.unchecked} of them were never checked"
    for other in found.others:
        yield f"  {other.number}: {other.reason}"
