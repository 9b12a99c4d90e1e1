"""Redacted copies, commitments to tiles and their proofs, from the command line."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import click

from fieldkit.capture.custody import photos
from fieldkit.capture.redaction import Box
from fieldkit.capture.redaction import redact as make_redacted
from fieldkit.capture.tile_proofs import Check
from fieldkit.capture.tile_proofs import check_tiles as check_proof
from fieldkit.capture.tile_proofs import prove as make_proof
from fieldkit.capture.tiles import Committed, uncommitted
from fieldkit.capture.tiles import commit as make_commitments
from fieldkit.cli.photo_custody import moment_of, when_option
from fieldkit.cli.session import Session
from fieldkit.cli.stopping import stopping
from fieldkit.domain.views import RecordView
from fieldkit.errors import AlteredError, InterruptedByUserError, UnavailableError

EXIT_FOUND = 1
_LISTED = 10


@click.command()
@click.argument("photo", metavar="PHOTO")
@click.option(
    "--box",
    "boxes",
    metavar="X,Y,W,H",
    multiple=True,
    required=True,
    help="What is blacked out, in pixels from the upper left of the upright picture. May be repeated.",
)
@click.option("--reason", metavar="TEXT", required=True, help="Why.")
@click.option("--by", metavar="PERSON", help="Who decided on it, of either side.")
@when_option
@click.pass_obj
def redact(
    session: Session, photo: str, boxes: tuple[str, ...], reason: str, by: str | None, when: str | None
) -> None:
    """Make a copy of PHOTO with boxes blacked out; the copy travels, and the original is withheld.

    The copy is a new JPEG of pixels alone, a photo with a number of its own. Boxes grow to blocks of 16 pixels. It is checked
    before it is kept: no metadata, no second picture, nothing behind its end, boxes black all over.
    """
    done = make_redacted(
        session.vault(),
        photo,
        [Box.parse(box) for box in boxes],
        reason,
        by=by,
        at=moment_of(when),
        author=session.author(),
    )
    if done.others:
        session.say(
            f"{', '.join(done.others)}: an earlier redacted copy of it, which still travels. "
            "'photos withhold' keeps it back."
        )
    session.emit(
        {
            "id": done.id,
            "number": done.number,
            "sha256": done.sha256,
            "size": done.size,
            "original": done.original,
            "boxes": [box.to_doc() for box in done.boxes],
        },
        [f"{done.number}  redacted copy of {done.original}, which is withheld", f"  SHA-256 {done.sha256}"],
    )


@click.command()
@click.argument("selection", metavar="[SELECTION]...", nargs=-1)
@click.pass_obj
def commit(session: Session, selection: tuple[str, ...]) -> int:
    """Commit to the pixels of originals, so that untouched parts of a redacted copy can be proven later.

    Without SELECTION, all that are not yet committed to; 'ingest' and 'day close' do the same. Ctrl+C keeps what is done. Leaves
    with 1 where a file cannot be decoded.
    """
    vault = session.vault()
    views = uncommitted(vault)
    if selection:
        chosen = {view.id for view in photos(vault, selection)}
        views = [view for view in views if view.id in chosen]
    with stopping() as stop:
        done = _committed(session, views, stop)
    if not done.finished:
        raise InterruptedByUserError(
            f"stopped: {len(done.done)} photos are committed to",
            remedy="They are kept. The same command goes on with the others.",
        )
    session.emit(
        {
            "committed": [*done.done],
            "left_out": [{"number": number, "reason": reason} for number, reason in done.left_out],
        },
        [f"{len(done.done)} photos committed to", *left_out_lines(done)],
    )
    return EXIT_FOUND if done.left_out else 0


@click.command()
@click.argument("photo", metavar="REDACTED")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.pass_obj
def prove(session: Session, photo: str, folder: Path) -> None:
    """Write into DIR the redacted copy REDACTED, its untouched tiles as PNG and the proof that they are the original's.

    Whoever gets DIR checks it with 'photos check-tiles'. What lies under the boxes is not in it.
    """
    done = make_proof(session.vault(), photo, folder)
    session.say("The tiles are not encrypted: whoever gets the folder can look at them.")
    session.emit(
        {"path": str(folder), "opened": done.opened, "of": done.of, "root": done.root},
        [str(folder), f"  {done.opened} of {done.of} tiles opened, root {done.root}"],
    )


@click.command("check-tiles")
@click.argument("folder", metavar="DIR", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "--bundle",
    metavar="BUNDLE",
    type=click.Path(exists=True, path_type=Path),
    help="Check the root against the journal in this bundle, which 'verify' checks.",
)
@click.pass_obj
def check_tiles(session: Session, folder: Path, bundle: Path | None) -> int:
    """Check the proof in DIR that 'photos prove' wrote. Needs no vault.

    Each tile must lead to the root that the journal's entry holds, and the copy must show it. Leaves with 3 where a tile, the copy or
    the entry is forged or touched.
    """
    ask = None
    if bundle is not None:
        from fieldkit.bundle.journal_lines import sealed_leaf

        ask = sealed_leaf(bundle)
    check = check_proof(folder, ask)
    session.emit(
        {
            "proven": check.proven,
            "of": check.of,
            "root": check.root,
            "log": check.log,
            "entry": check.seq + 1,
            "in_bundle": check.in_bundle,
            "problems": check.problems,
        },
        _check_lines(check),
    )
    return AlteredError.exit_code if check.problems else 0


def commit_to_new(session: Session, stop: Callable[[], bool]) -> Committed:
    """Commit to the pixels of all photos that are new, until asked to stop; what hinders it is told and hinders nothing else."""
    try:
        return _committed(session, uncommitted(session.vault()), stop)
    except UnavailableError as error:
        session.say(f"The pixels of new photos are not committed to: {error.problem}. {error.remedy}")
        return Committed(finished=False)


def _committed(session: Session, views: Sequence[RecordView], stop: Callable[[], bool]) -> Committed:
    if not views:
        return Committed()
    with session.progress("Photos committed to", len(views)) as shown:
        return make_commitments(
            session.vault(), views, author=session.author(), progress=shown.advance, cancel=stop
        )


def left_out_lines(done: Committed) -> Iterator[str]:
    """The photos that could not be committed to, and why."""
    for number, reason in done.left_out[:_LISTED]:
        yield f"  not committed to: {number}: {reason}"
    if len(done.left_out) > _LISTED:
        yield f"  and {len(done.left_out) - _LISTED} more"


def _check_lines(check: Check) -> Iterator[str]:
    for problem in check.problems:
        yield f"FORGED OR TOUCHED  {problem}"
    yield f"TILES       {check.proven} of {check.of} proven to be the original's, and shown by the copy"
    if check.root:
        yield f"ROOT        {check.root}"
        yield f"ENTRY       {check.seq + 1} of log {check.log}"
    if check.in_bundle:
        yield "BUNDLE      its journal holds this very entry; 'fieldkit verify' says whether the bundle is whole"
    else:
        yield "NOT PROVED  that this log is the mission's: compare it with a bundle (--bundle) or the sheet of a day"
    yield "NOT PROVED  what the boxes hide"
    yield f"RESULT      {'FORGED OR TOUCHED' if check.problems else 'UNTOUCHED where it is not black'}"


COMMANDS: tuple[click.Command, ...] = (redact, commit, prove, check_tiles)
