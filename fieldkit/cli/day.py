"""Closing the day: the sheet with the journal's heads that both sides read aloud, write down and sign."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import asdict, dataclass

import click

from fieldkit.capture.tiles import commit, uncommitted
from fieldkit.cli.session import Session
from fieldkit.domain.jsontypes import Doc
from fieldkit.domain.kinds import all_kinds
from fieldkit.domain.moments import moment_text
from fieldkit.domain.words import spoken
from fieldkit.journal.checkpoint import open_checkpoint
from fieldkit.vault.clock import SystemClock
from fieldkit.vault.reading import LogView
from fieldkit.vault.vault import Vault

_WIDTH = 78


@dataclass(frozen=True)
class Head:
    """How far a laptop's journal has come: entries, root of their tree (base64), and the root in six words."""

    log: str
    letter: str
    device: str
    size: int
    root: str
    words: tuple[str, ...]


@dataclass(frozen=True)
class Sheet:
    """What the sheet says; `photos_held` and `access_unanswered` are record numbers."""

    closed: Doc
    mission: str
    title: str
    heads: tuple[Head, ...]
    counts: dict[str, int]
    photos_held: tuple[str, ...]
    access_unanswered: tuple[str, ...]


@click.group()
def day() -> None:
    """Close the day."""


@day.command()
@click.option("--no-tiles", is_flag=True, help="Do not commit to the pixels of new photos first.")
@click.pass_obj
def close(session: Session, no_tiles: bool) -> None:
    """Print the sheet of the day.

    Before that, commit to the pixels of the photos that are new, so that untouched parts of a redacted copy can be proven later.

    It shows how far each laptop's journal has come, in six words each. Both sides read the words aloud, write them down
    and sign. Whoever holds the sheet can later tell whether a bundle contains the journal as it stood then. To print it:
    fieldkit day close | lpr
    """
    if not no_tiles:
        _commit_to_tiles(session)
    sheet = _sheet(session.vault())
    session.emit(asdict(sheet), _lines(sheet))


def _commit_to_tiles(session: Session) -> None:
    vault = session.vault()
    views = uncommitted(vault)
    if not views:
        return
    with session.progress("Photos committed to", len(views)) as shown:
        done = commit(vault, views, author=session.author(), progress=shown.advance)
    if done.done:
        session.say(f"Committed to the pixels of {len(done.done)} new photos.")
    if done.left_out:
        session.say(
            f"{len(done.left_out)} photos cannot be decoded; 'fieldkit photos commit' says which, and why."
        )


def _sheet(vault: Vault) -> Sheet:
    mission = vault.get(vault.mission_id)
    now = SystemClock().read()
    return Sheet(
        closed={"at": f"{now.at[:16]}:00Z", "offset": now.offset},
        mission=mission.id,
        title=str(mission.doc.get("title", "")),
        heads=tuple(_head(vault, log) for log in vault.logs()),
        counts=vault.counts(),
        photos_held=tuple(view.number for view in vault.find("photo", "state", "held") if not view.retracted),
        access_unanswered=tuple(view.number for view in vault.list("access") if not view.doc.get("outcome")),
    )


def _head(vault: Vault, log: LogView) -> Head:
    checkpoint = open_checkpoint(vault.checkpoint(log.log), log.public_key)
    root = base64.b64encode(checkpoint.root).decode()
    return Head(log.log, log.letter, log.device, checkpoint.size, root, spoken(checkpoint.root))


def _lines(sheet: Sheet) -> Iterator[str]:
    closed = moment_text(sheet.closed)
    yield f"CLOSE OF THE DAY{closed:>{_WIDTH - 16}}"
    yield sheet.title
    yield "=" * _WIDTH
    yield "Read aloud; both sides write it down and sign."
    for head in sheet.heads:
        yield ""
        yield f"  laptop {head.letter}, {head.size} entries:   {' - '.join(head.words)}"
        yield f"  root {head.root}"
        yield f"  log  {head.log}"
    yield ""
    shown = [
        f"{sheet.counts[kind.name]} {(kind.title if sheet.counts[kind.name] == 1 else kind.plural).lower()}"
        for kind in all_kinds()
        if kind.series != "T" and sheet.counts.get(kind.name)
    ]
    yield from _wrapped("Recorded", shown)
    yield from _wrapped("Photos held by the host", sheet.photos_held)
    yield from _wrapped("Access not answered", sheet.access_unanswered)
    yield "-" * _WIDTH
    for side in ("For the team", "For the host"):
        yield ""
        yield f"{side:<14}{'_' * 36}  Time {'_' * 21}"


def _wrapped(label: str, parts: tuple[str, ...] | list[str]) -> Iterator[str]:
    """`label: part, part, …` within the width of the sheet; nothing where there are no parts."""
    line = f"{label}:"
    for place, part in enumerate(parts, start=1):
        piece = f" {part}{',' if place < len(parts) else ''}"
        if len(line) + len(piece) > _WIDTH:
            yield line
            line = "   "
        line += piece
    if parts:
        yield line
