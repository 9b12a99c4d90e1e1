"""Who has which picture, from the command line: hold, release, withhold, placeholder, receive, give."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from fieldkit.capture.custody import (
    HELD,
    RELEASED,
    WITHHELD,
    as_kept,
    change_state,
    log_copies,
    log_state,
    photos,
    placeholders,
)
from fieldkit.capture.handover import hand_over
from fieldkit.capture.matching import place
from fieldkit.cli.session import Session
from fieldkit.domain.jsontypes import JSON, Doc
from fieldkit.domain.moments import Moment, parse_moment
from fieldkit.vault.clock import SystemClock
from fieldkit.vault.recording import Recorded
from fieldkit.vault.vault import Vault

selection = click.argument("selection", metavar="SELECTION...", nargs=-1, required=True)
when_option = click.option("--when", metavar="TIME", help="When that was; else now.")
_by = click.option("--by", metavar="PERSON", help="Who decided on it, of either side.")
_reason = click.option("--reason", metavar="TEXT", required=True, help="Why, in the words of who decided.")


def moment_of(text: str | None) -> Moment | None:
    """A time as typed; None where none was."""
    if text is None:
        return None
    stamp = SystemClock().read()
    return parse_moment(text, Moment(at=stamp.at, offset=stamp.offset, source="clock"))


def _state_command(name: str, state: str, text: str) -> click.Command:
    @click.command(name, help=text)
    @selection
    @_reason
    @_by
    @when_option
    @click.pass_obj
    def change(
        session: Session, selection: tuple[str, ...], reason: str, by: str | None, when: str | None
    ) -> None:
        vault = session.vault()
        views = photos(vault, selection)
        recorded = change_state(
            vault, views, state, reason, by=by, at=moment_of(when), author=session.author()
        )
        tell(session, recorded, state)

    return change


hold = _state_command(
    "hold",
    HELD,
    """The host holds the photos: it wants to look them through first.

    SELECTION are numbers, ids and runs as A-P-0112..0115. Their originals do not travel in a bundle until they are released.
    """,
)
release = _state_command(
    "release",
    RELEASED,
    """The host releases the photos to the team, or a decision to withhold them was taken back.

    SELECTION are numbers, ids and runs as A-P-0112..0115. A frame without a file cannot be: 'photos receive' fills it.
    """,
)
withhold = _state_command(
    "withhold",
    WITHHELD,
    """The photos stay withheld. They keep their numbers and the reason; their originals do not travel.

    SELECTION are numbers, ids and runs as A-P-0112..0115.
    """,
)


@click.command()
@click.option("--count", type=click.IntRange(1, 2000), required=True, help="How many frames there are.")
@_reason
@click.option("--subject", metavar="TEXT", help="What they show, as far as that is known.")
@click.option("--operator", metavar="PERSON", help="Who took them.")
@click.option("--location", metavar="ID", help="Where they were taken.")
@_by
@when_option
@click.pass_obj
def placeholder(
    session: Session,
    count: int,
    reason: str,
    subject: str | None,
    operator: str | None,
    location: str | None,
    by: str | None,
    when: str | None,
) -> None:
    """Number frames of the host's camera that exist but were not handed over, so that the photo log has no gap."""
    vault = session.vault()
    common: Doc = {}
    if operator:
        common["operator"] = vault.person(operator)
    if location:
        common["location"] = place(vault, location)
    recorded = placeholders(
        vault,
        count,
        reason,
        subject=subject,
        common=common,
        by=by,
        at=moment_of(when),
        author=session.author(),
    )
    tell(session, recorded, HELD)


@click.command()
@click.argument("photo", metavar="PHOTO")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@_reason
@click.pass_obj
def receive(session: Session, photo: str, file: Path, reason: str) -> None:
    """Fill the held frame PHOTO with FILE, which the host has now handed over: it is released."""
    vault = session.vault()
    *_, frame = hand_over(vault, photo, file.read_bytes(), file.name, reason, author=session.author())
    tell(session, [frame], RELEASED)


@click.command()
@selection
@click.option("--to", metavar="PERSON", required=True, help="Who received the copies.")
@click.option("--medium", metavar="TEXT", help="On what: USB stick, paper…")
@when_option
@click.pass_obj
def give(session: Session, selection: tuple[str, ...], to: str, medium: str | None, when: str | None) -> None:
    """Log that copies of the photos were given: which files by their SHA-256, to whom, when.

    SELECTION are numbers, ids and runs as A-P-0112..0115. Held and withheld photos are refused. Nothing is written outside the
    vault: 'photos release-set' makes the copies and logs them in one step.
    """
    vault = session.vault()
    files = as_kept(vault, photos(vault, selection))
    recorded = log_copies(vault, files, to, medium=medium, at=moment_of(when), author=session.author())
    session.emit(
        {
            "id": recorded.id,
            "number": recorded.number,
            "files": [{"photo": one.photo, "sha256": one.sha256, "name": one.name} for one in files],
        },
        [
            f"{recorded.number}  copies of {len(files)} photos given",
            *(f"  {one.sha256}  {one.name}" for one in files),
        ],
    )


def tell(session: Session, recorded: Sequence[Recorded], state: str) -> None:
    """Which photos are now in a state; and any gap in the log, on standard error."""
    told: list[dict[str, JSON]] = [
        {"id": one.id, "number": one.number, "hash": one.hash, "state": state} for one in recorded
    ]
    session.emit(told, (f"{one.number}  {state}" for one in recorded))
    tell_gaps(session, session.vault())


def tell_gaps(session: Session, vault: Vault) -> bool:
    """Say how the photo log stands, and name every number that is missing; whether one is."""
    state = log_state(vault)
    for line in _log_lines(state.frames, state.copies, state.states, state.missing):
        session.say(line)
    return bool(state.missing)


def _log_lines(frames: int, copies: int, states: dict[str, int], missing: Sequence[str]) -> Iterator[str]:
    redacted = f" and {copies} redacted {'copy' if copies == 1 else 'copies'}" if copies else ""
    listed = ", ".join(f"{count} {name}" for name, count in states.items())
    yield f"Photo log: {frames} frames{redacted}{f' ({listed})' if listed else ''}."
    if missing:
        yield f"  MISSING numbers: {', '.join(missing)}. An entry of these has not arrived here."


COMMANDS: tuple[click.Command, ...] = (hold, release, withhold, placeholder, receive, give)
