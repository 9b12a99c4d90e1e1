"""Photos from the command line: taking in cards, and the photo log."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path

import click

from fieldkit.capture.intake import GO_ON, Progress, Receipt, ingest, kept_so_far
from fieldkit.capture.previews import Improved, improve
from fieldkit.capture.tiles import Committed
from fieldkit.cli.clocks import clock, clock_qr
from fieldkit.cli.photo_custody import COMMANDS as CUSTODY
from fieldkit.cli.photo_custody import tell_gaps
from fieldkit.cli.photo_outputs import COMMANDS as OUTPUTS
from fieldkit.cli.photo_pixels import COMMANDS as PIXELS
from fieldkit.cli.photo_pixels import commit_to_new
from fieldkit.cli.photo_words import COMMANDS as WORDS
from fieldkit.cli.positions import locate
from fieldkit.cli.reading import document, line
from fieldkit.cli.session import Session
from fieldkit.cli.stopping import stopping
from fieldkit.errors import InterruptedByUserError

EXIT_FOUND = 1


@click.group()
def photos() -> None:
    """Take in camera cards and look after photos."""


for _command in (clock, clock_qr, locate, *CUSTODY, *WORDS, *PIXELS, *OUTPUTS):
    photos.add_command(_command)


@photos.command("ingest")
@click.argument("paths", metavar="PATH...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--operator", metavar="PERSON", help="Who took the photos: name, number or id of a person.")
@click.option("--owner", type=click.Choice(["team", "host"]), help="Whose camera it is.")
@click.option("--location", metavar="ID", help="Where they were taken.")
@click.pass_obj
def take_in(
    session: Session, paths: tuple[Path, ...], operator: str | None, owner: str | None, location: str | None
) -> int:
    """Take in every photo on the cards, folders or files PATH.

    The originals are kept encrypted, byte for byte; the card is only read. A photo that is here already is recognised
    by its content. Broken off, the same command goes on where it stopped. Leaves with 1 where files are damaged:
    they are kept all the same, with the reason.
    """
    vault, author = session.vault(), session.author()
    with stopping() as stop:
        with session.progress("Photos") as shown:
            done = 0

            def advance(progress: Progress) -> None:
                nonlocal done
                shown.advance(progress.done - done, total=progress.total)
                done = progress.done

            receipt = ingest(
                vault,
                paths,
                operator=operator,
                owner=owner,
                location=location,
                author=author,
                progress=advance,
                cancel=stop,
            )
        if not receipt.finished:
            raise InterruptedByUserError(
                f"stopped: {kept_so_far(receipt)}",
                where=receipt.source,
                remedy=GO_ON,
            )
        session.say("All is safe on this laptop: the card can be taken out.")
        improved, committed = _second_look(session, stop)
    session.emit(
        {**_document(receipt), "previews": asdict(improved), "committed": len(committed.done)},
        [*_lines(receipt), *_second_lines(improved, committed)],
    )
    return EXIT_FOUND if receipt.damaged or receipt.failures or improved.damaged else 0


@photos.command()
@click.pass_obj
def previews(session: Session) -> int:
    """Look at the pixels of photos of which only the embedded small picture is known yet, and commit to those of new photos.

    `ingest` does it too, once the card can be taken out; this goes on where that was stopped. Leaves with 1 where
    pictures turn out to be damaged.
    """
    with stopping() as stop:
        improved, committed = _second_look(session, stop)
    session.emit({**asdict(improved), "committed": len(committed.done)}, _second_lines(improved, committed))
    return EXIT_FOUND if improved.damaged else 0


def _second_look(session: Session, stop: Callable[[], bool]) -> tuple[Improved, Committed]:
    """What can wait until the card is out: better previews, damage within, commitments to the pixels."""
    improved = _improve(session, stop)
    return improved, Committed(finished=False) if stop() else commit_to_new(session, stop)


def _improve(session: Session, stop: Callable[[], bool]) -> Improved:
    with session.progress("Previews") as shown:
        done = 0

        def advance(now: int, total: int) -> None:
            nonlocal done
            shown.advance(now - done, total=total)
            done = now

        return improve(session.vault(), author=session.author(), progress=advance, cancel=stop)


@photos.command("list")
@click.pass_obj
def list_photos(session: Session) -> int:
    """List the photo log: every frame with its number, also those held or withheld.

    The log has no gap: leaves with 1, naming them, where numbers are missing.
    """
    vault = session.vault()
    views = list(vault.list("photo"))
    session.emit([document(view) for view in views], (line(view) for view in views))
    return EXIT_FOUND if tell_gaps(session, vault) else 0


def _document(receipt: Receipt) -> dict[str, object]:
    found = asdict(receipt)
    found["receipt_sha256"] = found.pop("digest")
    return found


def _lines(receipt: Receipt) -> Iterator[str]:
    megabytes = receipt.size / 1_000_000
    yield f"{receipt.number}  {receipt.source}: {receipt.kept} of {receipt.files} files kept, {megabytes:.1f} MB."
    if receipt.resumed:
        yield f"  {receipt.resumed} of them were kept by an earlier run that was broken off."
    for duplicate in receipt.duplicates:
        yield f"  here already: {duplicate.name}"
    for damaged in receipt.damaged:
        fate = "kept" if damaged.sha256 else "NOT kept"
        yield f"  damaged ({fate}): {damaged.name}: {damaged.problem}"
    for failure in receipt.failures:
        yield f"  could not be looked into: {failure.name}: {failure.reason}"
    for other in receipt.left_out:
        yield f"  left out: {other.name}: {other.reason}"
    if receipt.system_files:
        yield f"  {receipt.system_files} files of operating systems passed over."
    for gap in receipt.gaps:
        yield f"  {gap}"
    if receipt.photos:
        yield f"  numbers {receipt.photos[0]} to {receipt.photos[-1]}"
    yield f"  SHA-256 over the sorted hashes: {receipt.digest}"


def _second_lines(improved: Improved, committed: Committed) -> Iterator[str]:
    for number, problem in improved.damaged.items():
        yield f"  damaged (kept): {number}: {problem}"
    for number in improved.changed:
        yield f"  {number}: its embedded small picture shows something else than the file itself"
    if committed.done:
        yield f"  committed to the pixels of {len(committed.done)} photos"
    if not improved.finished or not committed.finished:
        yield "  not all pictures were looked at: `fieldkit photos previews` goes on"
