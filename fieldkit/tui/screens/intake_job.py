"""A card that is being taken in, while everything else goes on: how far it is, pausing, stopping, what came of it.

The thread that takes in only changes this object and asks it whether to go on; it never waits for the screen. Stopping
loses nothing: what was kept is durable, and the same card goes on where it was.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from time import monotonic
from typing import Final

from fieldkit.capture.first_look import FirstLook
from fieldkit.capture.intake import Progress, Receipt, ingest
from fieldkit.capture.previews import Improved, improve
from fieldkit.capture.tiles import commit, uncommitted
from fieldkit.errors import UnavailableError
from fieldkit.tui.text import one_line
from fieldkit.vault.vault import Vault

EVERY: Final = 0.25
_BAR: Final = 20
_ASKED: Final = 0.2
_MEGABYTE: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Card:
    """What to take in: folders or files, who took the photos (a record id), whose camera it was, where."""

    paths: tuple[Path, ...]
    operator: str | None = None
    owner: str | None = None
    location: str | None = None

    @property
    def label(self) -> str:
        """The name of the card or folder."""
        return one_line(", ".join(path.name or str(path) for path in self.paths))


@dataclass
class CardIntake:
    """One card from the first file to the last preview. `told` is called, in the thread, a few times a second."""

    card: Card
    told: Callable[[], object]
    receipt: Receipt | None = None
    improved: Improved | None = None
    failure: str = ""
    look: FirstLook = field(init=False)
    _progress: Progress = field(default_factory=lambda: Progress(0, 0, 0, 0, ""))
    _previews: tuple[int, int] = (0, 0)
    _second: str = "looking at pixels"
    _begun: float = field(default_factory=monotonic)
    _rested: float = 0.0
    _last: float = 0.0
    _go: Event = field(default_factory=Event)
    _stop: Event = field(default_factory=Event)
    ended: bool = False

    def __post_init__(self) -> None:
        self._go.set()
        self.look = FirstLook(lambda: self._say(at_once=self.look.looked in (1, self.look.total)))

    def run(self, vault: Vault, author: str | None) -> None:
        """Take the card in; then, with the card safe to be taken out, look at the pixels. Raises as `ingest`."""
        card = self.card
        self.receipt = ingest(
            vault,
            card.paths,
            operator=card.operator,
            owner=card.owner,
            location=card.location,
            author=author,
            progress=self._advance,
            cancel=self._asked,
            look=self.look,
        )
        self._say(at_once=True)
        if self.receipt.finished:
            self.improved = improve(vault, author=author, progress=self._looked, cancel=self._asked)
            self._commit(vault, author)

    def _commit(self, vault: Vault, author: str | None) -> None:
        """Commit to the pixels of new photos; without the mission's key the close of the day tells of it."""
        if self._stop.is_set():
            return
        new = uncommitted(vault)
        self._second, self._previews = "committing to pixels", (0, len(new))
        with suppress(UnavailableError):
            commit(
                vault,
                new,
                author=author,
                progress=lambda more: self._looked(self._previews[0] + more, len(new)),
                cancel=self._asked,
            )

    def pause(self) -> None:
        """Rest, or go on."""
        if self._go.is_set():
            self._go.clear()
        else:
            self._go.set()

    def stop(self) -> None:
        """Stop after the files that are being looked at."""
        self._stop.set()
        self._go.set()

    @property
    def paused(self) -> bool:
        """Whether it rests."""
        return not self._go.is_set()

    @property
    def stopped(self) -> bool:
        """Whether it was told to stop."""
        return self._stop.is_set()

    @property
    def removable(self) -> bool:
        """Whether every file of the card is safe here."""
        return self.receipt is not None and self.receipt.finished

    @property
    def total(self) -> int:
        """How many files there are; 0 while the card is looked through."""
        return self._progress.total

    @property
    def kept(self) -> int:
        """How many are durable."""
        return self._progress.kept

    def line(self, *, brief: bool = False) -> str:
        """How far it is, in one line; `brief` where the numbers stand beside it."""
        now, label = self._progress, self.card.label
        total = now.total or self.look.total
        if self.failure:
            return f"CARD {label}: {self.failure}"
        if self.removable:
            looked, of = self._previews
            if self.ended or not of:
                return f"CARD {label}: {summary(self.receipt)}" if self.receipt else ""
            return f"CARD {label} CAN BE TAKEN OUT  {self._second} {bar(looked, of)} {looked:,} of {of:,}"
        if self.ended:
            return f"CARD {label} STOPPED  {now.kept:,} of {now.total:,} kept; take it in again to go on"
        if not total:
            return f"CARD {label}  {'PAUSED' if self.paused else 'looking through the card…'}"
        state = "  PAUSED" if self.paused else "  stopping…" if self.stopped else f"  {self._rate()}"
        if brief:
            return f"CARD {label}{state}"
        return f"CARD {label} → {total:,} files  {bar(now.done, total)} {now.done:,}{state}"

    def now(self) -> Sequence[str]:
        """Where it stands, in lines."""
        now = self._progress
        found = [f"{now.done:,} of {now.total:,} files, {now.kept:,} kept, {now.size / _MEGABYTE:,.1f} MB"]
        if now.name:
            found.append(f"last: {one_line(now.name)}")
        if self.look.total:
            found.append(f"first look: {self.look.looked:,} of {self.look.total:,} frames, in the grid (Esc)")
        return found

    def _rate(self) -> str:
        seconds = max(0.001, monotonic() - self._begun - self._rested)
        rate = self._progress.done / seconds
        left = (self._progress.total - self._progress.done) / rate if rate else 0
        return f"{rate:.0f}/s  {left:.0f} s left"

    def _advance(self, progress: Progress) -> None:
        self._progress = progress
        self._say(at_once=progress.done == progress.total)

    def _looked(self, done: int, total: int) -> None:
        self._previews = (done, total)
        self._say(at_once=done == total)

    def _asked(self) -> bool:
        began = monotonic()
        while not self._go.wait(_ASKED):
            self._say(at_once=False)
        self._rested += monotonic() - began
        return self._stop.is_set()

    def _say(self, *, at_once: bool) -> None:
        if not self._stop.is_set() and (at_once or monotonic() - self._last >= EVERY):
            self._last = monotonic()
            self.told()


def bar(done: int, total: int) -> str:
    """How far something is, drawn."""
    full = done * _BAR // total if total else 0
    return f"{'█' * full}{'░' * (_BAR - full)}"


def summary(receipt: Receipt) -> str:
    """What came of a card, in one line."""
    parts = [f"{receipt.kept:,} of {receipt.files:,} kept"]
    if receipt.resumed:
        parts.append(f"{receipt.resumed:,} of them earlier")
    if receipt.duplicates:
        parts.append(f"{len(receipt.duplicates):,} here already")
    if receipt.damaged:
        parts.append(f"{len(receipt.damaged):,} damaged")
    if receipt.left_out or receipt.failures:
        parts.append(f"{len(receipt.left_out) + len(receipt.failures):,} left out")
    return ", ".join(parts)


def told_of(receipt: Receipt, improved: Improved | None) -> Sequence[str]:
    """Everything that a receipt says, a line each: the bad first, then what is usual."""
    found = [
        f"DAMAGED ({'kept' if one.sha256 else 'NOT kept'})  {one.name}: {one.problem}"
        for one in receipt.damaged
    ]
    found += [
        f"DAMAGED (kept)  {number}: {why}" for number, why in (improved.damaged if improved else {}).items()
    ]
    found += [f"COULD NOT BE READ  {one.name}: {one.reason}" for one in receipt.failures]
    found += [
        f"CHANGED  {number}: its embedded small picture shows something else than the file"
        for number in (improved.changed if improved else ())
    ]
    found += [f"MISSING on the card  {gap}" for gap in receipt.gaps]
    found += [f"here already  {one.name}" for one in receipt.duplicates]
    found += [f"left out  {one.name}: {one.reason}" for one in receipt.left_out]
    if receipt.system_files:
        found.append(f"passed over  {receipt.system_files} files of operating systems")
    return found
