"""Taking in a camera card: every original kept and recorded, one bad file never stopping the rest, a receipt at the end.

What was acknowledged by `progress` is durable. An intake that was broken off is gone on with by running it again over
the same card: files it kept before are recognised by their SHA-256 and counted as its own. Identity is the digest, never the
name. The `intake` record is made at the start and completed at the end, so a card that was begun is on record too.
"""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from fieldkit.capture.apart import Decoders
from fieldkit.capture.card import NO_PHOTO, Card, CardFile, LeftOut, look_through
from fieldkit.capture.first_look import FirstLook
from fieldkit.capture.matching import place
from fieldkit.capture.numbering import gaps
from fieldkit.capture.photo_records import Cameras, Group, Known, known_photos
from fieldkit.capture.pictures import quiet_decoders
from fieldkit.capture.scanning import Scanned, digest_of, scan
from fieldkit.domain.jsontypes import JSON, Doc
from fieldkit.domain.moments import as_json, moment
from fieldkit.errors import RefusedError, UnavailableError, UsageError
from fieldkit.vault.compartments import is_enclosed
from fieldkit.vault.recording import Add, Amend
from fieldkit.vault.vault import Vault

WORKERS = 3  # one may be waiting for the disk while two cores decode
WAITING = 4 * WORKERS
WAITING_BEHIND = 2  # while the first look has the way
GROUP = 8
LONGEST_LIST = 200
_NAMED = 3
GO_ON = "Everything so far is safe. The same command goes on where it stopped."


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an intake is: files done of `total`, of those new and durable, bytes kept, name of the last file."""

    done: int
    total: int
    kept: int
    size: int
    name: str


@dataclass(frozen=True, slots=True)
class Duplicate:
    """A file whose bytes were kept before; `same_as` is the id of that photo."""

    name: str
    sha256: str
    same_as: str


@dataclass(frozen=True, slots=True)
class Damaged:
    """A file that could not be read whole. Without `sha256` nothing of it could be read, and nothing was kept."""

    name: str
    problem: str
    sha256: str


@dataclass(slots=True)
class Receipt:
    """What an intake found and kept. `digest` is the SHA-256 over the sorted SHA-256s (hex, a line each) of all files.

    `finished` is false when it was broken off by `cancel`. `resumed` of the `kept` were kept by an earlier run.
    """

    intake: str
    number: str
    source: str
    files: int
    kept: int = 0
    resumed: int = 0
    size: int = 0
    duplicates: list[Duplicate] = field(default_factory=list)
    damaged: list[Damaged] = field(default_factory=list)
    left_out: tuple[LeftOut, ...] = ()
    failures: tuple[LeftOut, ...] = ()
    system_files: int = 0
    gaps: tuple[str, ...] = ()
    cameras: list[str] = field(default_factory=list)
    photos: list[str] = field(default_factory=list)
    digest: str = ""
    finished: bool = False


def ingest(
    vault: Vault,
    paths: Sequence[Path],
    *,
    operator: str | None = None,
    owner: str | None = None,
    location: str | None = None,
    author: str | None = None,
    progress: Callable[[Progress], None] | None = None,
    cancel: Callable[[], bool] | None = None,
    look: FirstLook | None = None,
) -> Receipt:
    """Take in every photo under `paths` (cards, folders, files) and give the receipt.

    `operator` and `author` are persons (id, number or name), `owner` of the camera is `team` or `host`, `location` a record.
    `progress` is called in this thread after a group is durable; `cancel` is asked between files. `look` shows
    the frames that are not kept yet, until this returns. Raises `UsageError` for a path that is not there or holds no
    photo, `UnavailableError` when the card was pulled out or the disk is full.
    """
    card = look_through(paths)
    if not card.files:
        raise _no_photo(card)
    common: Doc = {}
    if operator:
        common["operator"] = vault.person(operator)
    if owner:
        common["camera_owner"] = owner
    if location:
        common["location"] = where = place(vault, location)
        if is_enclosed(where):
            raise RefusedError(
                "this place is in a compartment, and photos are taken in for the whole team",
                where=location,
                remedy="Name another place; attach single files to records of the compartment: fieldkit attach FILE --to ID.",
            )
    with quiet_decoders(), look.over(card.files) if look else nullcontext():
        intake = _Intake(vault, card, common, author, look)
        try:
            finished = intake.run(tuple(paths), progress or (lambda _: None), cancel or (lambda: False))
            return intake.finish() if finished else intake.receipt
        except UnavailableError as error:
            raise UnavailableError(
                f"{error.problem}; {kept_so_far(intake.receipt)}",
                where=error.where,
                remedy=f"{error.remedy} {GO_ON}",
            ) from error


def kept_so_far(receipt: Receipt) -> str:
    """How much is safe of an intake that was broken off."""
    return f"{receipt.kept} of {receipt.files} files are kept"


def _no_photo(card: Card) -> UsageError:
    entries = (*card.failures, *card.left_out)
    told = "; ".join(f"{entry.name}: {entry.reason}" for entry in entries[:_NAMED])
    more = f"; and {len(entries) - _NAMED} more" if len(entries) > _NAMED else ""
    others = any(entry.reason == NO_PHOTO for entry in entries)
    return UsageError(
        f"no photo was found here{': ' if told else ''}{told}{more}",
        where=card.label,
        remedy="'fieldkit attach FILE --to ID' keeps any other file as evidence."
        if others
        else "Name the folder that holds them.",
    )


class _Intake:
    """One run over one card. The vault is used in the calling thread only."""

    def __init__(
        self, vault: Vault, card: Card, common: Doc, author: str | None, look: FirstLook | None
    ) -> None:
        self._vault = vault
        self._card = card
        self._common = common
        self._author = author
        self._look = look
        self._known = known_photos(vault)
        self._claimed: set[str] = set()
        self._digests: list[str] = []
        self._done = 0
        self.receipt = self._begin()
        self._cameras = Cameras(vault, common)

    def run(
        self, roots: tuple[Path, ...], progress: Callable[[Progress], None], cancel: Callable[[], bool]
    ) -> bool:
        """Take in every file; False when `cancel` stopped it."""
        media = self._vault.media
        files = iter(self._card.files)
        waiting: deque[Future[Scanned]] = deque()
        pool, decoders = ThreadPoolExecutor(WORKERS, thread_name_prefix="intake"), Decoders()
        try:
            while True:
                ahead = WAITING_BEHIND if self._look and self._look.looking else WAITING
                while len(waiting) < ahead and (file := next(files, None)) is not None:
                    waiting.append(pool.submit(scan, file, media, decoders, self._known.__contains__))
                if not waiting:
                    return True
                if cancel():
                    return False
                group = list(_ready(waiting))
                self._keep(group)
                for scanned in group:
                    if scanned.failure and not any(root.exists() for root in roots):
                        raise UnavailableError(
                            "the card is no longer there",
                            where=self._card.label,
                            remedy="Put it back.",
                        )
                progress(self._progress(group[-1]))
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
            decoders.close()

    def finish(self) -> Receipt:
        """Complete the intake's record: totals, what was wrong, the digest over all files."""
        receipt = self.receipt
        names = [file.name for file in self._card.files] + [other.name for other in self._card.left_out]
        receipt.gaps = tuple(gaps(names))
        receipt.cameras = sorted(self._cameras.met)
        lines = "".join(f"{digest}\n" for digest in sorted(self._digests))
        receipt.digest = hashlib.sha256(lines.encode("ascii")).hexdigest()
        values: Doc = {
            "files": receipt.files,
            "kept": receipt.kept,
            "size": receipt.size,
            "duplicates": [
                _without_empty(d.name, sha256=d.sha256, same_as=d.same_as) for d in receipt.duplicates
            ],
            "damaged": [_without_empty(d.name, problem=d.problem, sha256=d.sha256) for d in receipt.damaged],
            "gaps": list(receipt.gaps),
            "cameras": list(receipt.cameras),
            "finished": as_json(moment(datetime.now(UTC).astimezone())),
            "receipt_sha256": receipt.digest,
        }
        if remark := self._remark():
            values["remark"] = remark
        self._vault.record([Amend(receipt.intake, "the intake is complete", set=values)], author=self._author)
        receipt.finished = True
        return receipt

    def _begin(self) -> Receipt:
        """The record of this intake: the one of an earlier run over the same card that was broken off, or a new one."""
        card = self._card
        values: Doc = {"source": card.label, "files": len(card.files)}
        values.update({name: self._common[name] for name in ("operator", "location") if name in self._common})
        if "camera_owner" in self._common:
            values["owner"] = self._common["camera_owner"]
        intake, number = self._broken_off(values)
        if not intake:
            (made,) = self._vault.record([Add("intake", values)], author=self._author)
            intake, number = made.id, made.number
        return Receipt(
            intake,
            number,
            card.label,
            len(card.files),
            left_out=card.left_out,
            failures=card.failures,
            system_files=card.system_files,
        )

    def _broken_off(self, values: Doc) -> tuple[str, str]:
        same = ("source", "operator", "owner", "location")
        begun = [
            view
            for view in self._vault.list("intake")
            if "finished" not in view.doc and all(view.doc.get(name) == values.get(name) for name in same)
        ]
        if not begun:
            return "", ""
        first = self._known.get(digest_of(self._card.files[0]))
        for view in begun:
            if first and first.intake == view.id:
                return view.id, view.number
        return "", ""

    def _keep(self, group: list[Scanned]) -> None:
        fresh: list[Scanned] = []
        for scanned in group:
            self._done += 1
            if scanned.failure:
                self._damaged(scanned.file, scanned.failure, "")
                if self._look:
                    self._look.not_kept(scanned.file)
                continue
            self._digests.append(scanned.sha256)
            if scanned.sha256 in self._known or scanned.stored is None:
                self._met_again(scanned)
            elif any(other.sha256 == scanned.sha256 for other in fresh):
                self._record(fresh)
                fresh = []
                self._met_again(scanned)
            else:
                fresh.append(scanned)
        self._record(fresh)

    def _record(self, fresh: list[Scanned]) -> None:
        if not fresh:
            return
        small = self._vault.keep_thumbnails(
            [(s.sha256, s.facts.thumbnail) for s in fresh if s.facts is not None and s.facts.thumbnail]
        )
        try:
            self._record_group(fresh, small, bare=False)
        except (UsageError, RefusedError):
            for scanned in fresh:
                try:
                    self._record_group([scanned], small, bare=False)
                except (UsageError, RefusedError) as error:
                    self._record_group([scanned], {}, bare=True, because=error.problem)

    def _record_group(
        self, fresh: list[Scanned], small: Mapping[str, Doc], *, bare: bool, because: str = ""
    ) -> None:
        common = {**self._common, "intake": self.receipt.intake}
        group = Group(self._vault, self._cameras, common, small)
        for scanned in fresh:
            group.add(scanned, bare=bare, because=because)
        recorded = self._vault.record(group.changes, author=self._author)
        self._cameras.recorded(group.cameras)
        numbers = {made.id: made.number for made in recorded}
        receipt = self.receipt
        for scanned, photo, camera in group.photos:
            damage = because or (scanned.facts.damage if scanned.facts else "")
            self._known[scanned.sha256] = Known(photo, receipt.intake, camera, damage)
            self._claimed.add(scanned.sha256)
            receipt.photos.append(numbers[photo])
            receipt.kept += 1
            receipt.size += scanned.size
            if self._look:
                self._look.kept(scanned.file)
            if damage:
                self._damaged(scanned.file, damage, scanned.sha256)

    def _met_again(self, scanned: Scanned) -> None:
        known = self._known[scanned.sha256]
        receipt = self.receipt
        if self._look:
            self._look.kept(scanned.file)
        if known.camera:
            self._cameras.met.add(known.camera)
        if known.intake == receipt.intake and scanned.sha256 not in self._claimed:
            self._claimed.add(scanned.sha256)
            receipt.kept += 1
            receipt.resumed += 1
            receipt.size += scanned.size
        else:
            receipt.duplicates.append(Duplicate(scanned.file.name, scanned.sha256, known.photo))
        if known.damage:
            self._damaged(scanned.file, known.damage, scanned.sha256)

    def _damaged(self, file: CardFile, problem: str, digest: str) -> None:
        self.receipt.damaged.append(Damaged(file.name, problem, digest))

    def _progress(self, last: Scanned) -> Progress:
        receipt = self.receipt
        return Progress(self._done, receipt.files, receipt.kept, receipt.size, last.file.name)

    def _remark(self) -> str:
        """What the record has no field for: files left out, folders that could not be looked into."""
        parts = [f"{entry.name}: {entry.reason}" for entry in (*self._card.failures, *self._card.left_out)]
        shown = parts[: LONGEST_LIST // 4]
        if len(parts) > len(shown):
            shown.append(f"and {len(parts) - len(shown)} more")
        if self._card.system_files:
            shown.append(f"{self._card.system_files} files of operating systems passed over")
        return "\n".join(["Left out:", *shown])[:19_000] if shown else ""


def _ready(waiting: deque[Future[Scanned]]) -> Iterator[Scanned]:
    """The next file's outcome, waited for, and those behind it that are there already, at most `GROUP`."""
    yield waiting.popleft().result()
    for _ in range(GROUP - 1):
        if not waiting or not waiting[0].done():
            return
        yield waiting.popleft().result()


def _without_empty(name: str, **values: str) -> JSON:
    return {"name": name, **{key: value for key, value in values.items() if value}}
