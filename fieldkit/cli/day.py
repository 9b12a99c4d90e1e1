"""Closing the day: the sheet with the journal's heads that both sides read aloud, write down and sign."""

from __future__ import annotations

from dataclasses import asdict

import click

from fieldkit.capture.checklist import checklist
from fieldkit.capture.closing import sheet_lines, sheet_of
from fieldkit.cli.photo_pixels import commit_to_new
from fieldkit.cli.session import Session
from fieldkit.cli.stopping import stopping
from fieldkit.vault.pages import views

_LISTED = 10


@click.group()
def day() -> None:
    """Close the day."""


@day.command()
@click.option("--no-tiles", is_flag=True, help="Do not commit to the pixels of new photos first.")
@click.pass_obj
def close(session: Session, no_tiles: bool) -> None:
    """Print the sheet of the day.

    Before that, commit to the pixels of the photos for which the intake was not left the time to, so that what is signed covers
    them: untouched parts of a redacted copy can be proven later. Ctrl+C goes on to the sheet without the rest.

    It shows how far each laptop's journal has come, in six words each. Both sides read the words aloud, write them down
    and sign. Whoever holds the sheet can later tell whether a bundle contains the journal as it stood then. To print it:
    fieldkit day close | lpr
    """
    if not no_tiles:
        with stopping() as stop:
            committed = commit_to_new(session, stop)
        if committed.done:
            session.say(f"Committed to the pixels of {len(committed.done)} new photos.")
        if not committed.finished:
            session.say("Stopped; the sheet stands without the rest. 'fieldkit photos commit' goes on.")
        if committed.left_out:
            session.say(
                f"{len(committed.left_out)} photos cannot be decoded; 'fieldkit photos commit' says which, and why."
            )
    sheet = sheet_of(session.vault())
    session.emit(asdict(sheet), sheet_lines(sheet))


@day.command()
@click.option("--fail", is_flag=True, help="Leave with 1 where something is open.")
@click.pass_obj
def check(session: Session, fail: bool) -> None:
    """List what is still open before the day is closed, with the numbers of the records concerned."""
    vault = session.vault()
    found = [(point, [view.number for view in views(vault, point.ids)]) for point in checklist(vault)]
    session.emit(
        [{"open": point.name, "count": len(point.ids), "records": numbers} for point, numbers in found],
        [
            f"{point.text}: {', '.join(numbers[:_LISTED])}{', …' if len(numbers) > _LISTED else ''}"
            for point, numbers in found
        ]
        or ["Nothing is open."],
    )
    if fail and found:
        click.get_current_context().exit(1)
