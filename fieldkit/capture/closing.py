"""The close of a day: how far every journal has come, in words that are read aloud, and the sheet that both sides sign."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import dataclass

from fieldkit.domain.jsontypes import Doc
from fieldkit.domain.kinds import all_kinds
from fieldkit.domain.moments import moment_text
from fieldkit.domain.words import spoken
from fieldkit.journal.checkpoint import open_checkpoint
from fieldkit.vault import open_points
from fieldkit.vault.clock import SystemClock
from fieldkit.vault.pages import views
from fieldkit.vault.reading import LogView, VaultReader
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


def sheet_of(vault: Vault) -> Sheet:
    """What there is to read aloud and to sign now."""
    mission = vault.get(vault.mission_id)
    now = SystemClock().read()
    return Sheet(
        closed={"at": f"{now.at[:16]}:00Z", "offset": now.offset},
        mission=mission.id,
        title=str(mission.doc.get("title", "")),
        heads=heads(vault),
        counts=vault.counts(),
        photos_held=_numbers(vault, open_points.held(vault)),
        access_unanswered=_numbers(vault, open_points.unanswered(vault)),
    )


def heads(vault: VaultReader) -> tuple[Head, ...]:
    """How far each journal has come that is on this laptop, sorted by log."""
    return tuple(_head(vault, log) for log in vault.logs() if log.size)


def _numbers(vault: VaultReader, ids: list[str]) -> tuple[str, ...]:
    return tuple(view.number for view in views(vault, ids))


def _head(vault: VaultReader, log: LogView) -> Head:
    checkpoint = open_checkpoint(vault.checkpoint(log.log), log.public_key)
    root = base64.b64encode(checkpoint.root).decode()
    return Head(log.log, log.letter, log.device, checkpoint.size, root, spoken(checkpoint.root))


def sheet_lines(sheet: Sheet) -> Iterator[str]:
    """The sheet as text, as wide as a page."""
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
