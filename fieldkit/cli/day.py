"""Closing the day: the sheet with the journal's heads that both sides read aloud, write down and sign."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from fieldkit.cli.session import Session
from fieldkit.domain.jsontypes import Doc
from fieldkit.domain.kinds import all_kinds
from fieldkit.domain.moments import moment_text
from fieldkit.domain.words import spoken
from fieldkit.journal.checkpoint import open_checkpoint
from fieldkit.vault.clock import SystemClock

if TYPE_CHECKING:
    from fieldkit.vault.reading import LogView
    from fieldkit.vault.vault import Vault

_WIDTH = 78


@click.group()
def day() -> None:
    """Close the day."""


@day.command()
@click.pass_obj
def close(session: Session) -> None:
    """Print the sheet of the day: how far each laptop's journal has come, in six words each.

    Both sides read the words aloud, write them down and sign. Whoever holds the sheet can later tell whether a bundle
    contains the journal as it stood then. Send it to a printer with: fieldkit day close | lpr
    """
    vault = session.vault()
    mission = vault.get(vault.mission_id)
    heads = [_head(vault, log) for log in vault.logs()]
    held = [view.number for view in vault.find("photo", "state", "held") if not view.retracted]
    unanswered = [view.number for view in vault.list("access") if not view.doc.get("outcome")]
    closed = SystemClock().read().occurred()
    sheet: Doc = {
        "closed": closed,
        "mission": {"id": mission.id, "title": mission.doc.get("title", "")},
        "heads": list(heads),
        "counts": dict(vault.counts()),
        "photos_held": list(held),
        "access_unanswered": list(unanswered),
    }
    session.emit(sheet, _lines(str(mission.doc.get("title", "")), moment_text(closed), sheet, heads))


def _head(vault: Vault, log: LogView) -> Doc:
    checkpoint = open_checkpoint(vault.checkpoint(log.log), log.public_key)
    return {
        "log": log.log,
        "letter": log.letter,
        "device": log.device,
        "size": checkpoint.size,
        "root": base64.b64encode(checkpoint.root).decode(),
        "words": list(spoken(checkpoint.root)),
    }


def _lines(title: str, closed: str, sheet: Doc, heads: list[Doc]) -> Iterator[str]:
    yield "CLOSE OF THE DAY".ljust(_WIDTH - len(closed)) + closed
    yield title
    yield "=" * _WIDTH
    yield "Read aloud; both sides write it down and sign."
    for head in heads:
        yield ""
        words = head["words"]
        yield f"  laptop {head['letter']:<4} {head['size']:>7} entries   {' - '.join(map(str, words if isinstance(words, list) else []))}"
        yield f"  root {head['root']}"
        yield f"  log  {head['log']}"
    yield ""
    yield from _open_points(sheet)
    yield "-" * _WIDTH
    for side in ("For the team", "For the host"):
        yield ""
        yield f"{side:<14}{'_' * 36}  Time {'_' * 21}"


def _open_points(sheet: Doc) -> Iterator[str]:
    counts = sheet["counts"]
    if isinstance(counts, dict):
        names = {each.name: each.plural.lower() for each in all_kinds() if each.series != "T"}
        shown = [f"{count} {names[name]}" for name, count in sorted(counts.items()) if name in names]
        yield from _wrapped("Recorded", shown)
    for label, found in (("Held by the host", "photos_held"), ("Access without answer", "access_unanswered")):
        numbers = sheet[found]
        if isinstance(numbers, list) and numbers:
            yield from _wrapped(label, [str(number) for number in numbers])


def _wrapped(label: str, parts: list[str]) -> Iterator[str]:
    line = f"{label}:"
    for place, part in enumerate(parts, start=1):
        piece = f" {part}{',' if place < len(parts) else ''}"
        if len(line) + len(piece) > _WIDTH:
            yield line
            line = "   "
        line += piece
    yield line
