"""The first look at a card: the small pictures embedded in its frames, shown at once, ahead of the intake that keeps them.

Of each file only the head is read for it, beside the one reading by which the intake keeps it. Nothing of it is on disk: the
pictures stand in memory, at most `MOST_HELD` bytes of them, and each is let go of when its frame is kept. Until then a frame is
`NOT_YET`, also one that an earlier run kept: only its digest can tell.
"""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Condition, Thread

from PIL import Image

from fieldkit.capture import thumbnails
from fieldkit.capture.card import CardFile, open_file
from fieldkit.capture.decoder_errors import HOSTILE_INPUT
from fieldkit.capture.exif import read_embedded
from fieldkit.capture.jpegs import exif_block, outline
from fieldkit.capture.picture_kinds import format_of
from fieldkit.errors import UnreadableError

NOT_YET = "not yet kept"
NOT_KEPT = "NOT KEPT"
HEAD = 68 << 10
"""Bytes: a whole EXIF segment (64 KiB) and what cameras put before it."""
EDGE = 96
"""Pixels: more than a tile of a terminal shows, and 2,000 of them are few megabytes."""
MOST_HELD = 32 << 20


@dataclass(frozen=True, slots=True)
class Frame:
    """A file of the card that is not kept: its name, what becomes of it (`NOT_YET`, or `NOT_KEPT` where it cannot be read).

    `thumbnail` is an upright JPEG without metadata; empty where its head holds none. `looked` tells whether that was looked for.
    """

    name: str
    state: str
    thumbnail: bytes
    looked: bool


def glimpse(head: bytes) -> bytes:
    """The small picture in the first bytes of a JPEG or a raw file of the TIFF family, upright, a JPEG without metadata.

    At most `EDGE` pixels on its longer edge; empty where there is none, or none that can be decoded.
    """
    kind = format_of(head[:32])[0]
    if kind not in ("JPEG", "TIFF"):
        return b""
    embedded, orientation = read_embedded(exif_block(head) if kind == "JPEG" else head)
    if not embedded:
        return b""
    whole = outline(head) if kind == "JPEG" else None
    try:
        with Image.open(io.BytesIO(embedded), formats=["JPEG"]) as small:
            if thumbnails.embedded_too_costly(small, embedded):
                return b""
            picture = (thumbnails.trimmed(small, whole.width, whole.height) if whole else None) or small
            picture.thumbnail((EDGE, EDGE))
            return thumbnails.encode(thumbnails.shrink(picture, orientation))
    except HOSTILE_INPUT:
        return b""


class FirstLook:
    """The frames of one card while `ingest` takes it in and tells what it kept.

    What is shown may be asked for from any thread. `told` is called, in the thread that looks, after each frame.
    """

    def __init__(self, told: Callable[[], object] | None = None, *, most_held: int = MOST_HELD) -> None:
        self._told = told or (lambda: None)
        self._most_held = most_held
        self._changed = Condition()
        self._files: Sequence[CardFile] = ()
        self._places: dict[Path, int] = {}
        self._waiting: dict[int, str] = {}
        self._pictures: dict[int, bytes] = {}
        self._looked = 0
        self._held = 0

    @property
    def total(self) -> int:
        """Files on the card; 0 before it was looked through."""
        return len(self._files)

    @property
    def looked(self) -> int:
        """Of how many, from the first on, the head was looked at."""
        return self._looked

    @property
    def looking(self) -> bool:
        """Whether there is more to look at, and room to hold it."""
        return self._looked < len(self._files) and self._held < self._most_held

    @property
    def held(self) -> int:
        """Bytes of small pictures in memory."""
        return self._held

    @property
    def waiting(self) -> Sequence[int]:
        """The places (from 0, in the order of the card) of all frames that are not kept."""
        with self._changed:
            return list(self._waiting)

    def frame(self, place: int) -> Frame | None:
        """A frame that is not kept; None for one that is."""
        with self._changed:
            if place not in self._waiting:
                return None
            picture = self._pictures.get(place, b"")
            return Frame(self._files[place].name, self._waiting[place], picture, place < self._looked)

    def wait(self, looked: int, seconds: float) -> bool:
        """Wait until that many were looked at, at most so long; whether they were."""
        with self._changed:
            return self._changed.wait_for(lambda: self._looked >= looked, seconds)

    @contextmanager
    def over(self, files: Sequence[CardFile]) -> Iterator[None]:
        """Look at the heads of these in a thread of its own, as long as the context lasts; then everything is let go of.

        Enter it inside `quiet_decoders`.
        """
        with self._changed:
            self._files = files
            self._places = {file.path: place for place, file in enumerate(files)}
            self._waiting = dict.fromkeys(self._places.values(), NOT_YET)
        thread = Thread(target=self._look, name="first-look", daemon=True)
        thread.start()
        try:
            yield
        finally:
            with self._changed:
                self._files, self._places = (), {}
                self._waiting.clear()
                self._pictures.clear()
                self._held = 0
                self._changed.notify_all()
            thread.join()

    def kept(self, file: CardFile) -> None:
        """The file is durable: from now on its record shows it."""
        self._settle(file, "")

    def not_kept(self, file: CardFile) -> None:
        """The file could not be read."""
        self._settle(file, NOT_KEPT)

    def _settle(self, file: CardFile, state: str) -> None:
        with self._changed:
            place = self._places.get(file.path)
            if place is None:
                return
            if state:
                self._waiting[place] = state
            else:
                self._waiting.pop(place, None)
            self._held -= len(self._pictures.pop(place, b""))
            self._changed.notify_all()

    def _look(self) -> None:
        for place, file in enumerate(self._files):
            with self._changed:
                self._changed.wait_for(lambda: self._held < self._most_held)
            picture = _glimpse_of(file) if self._waiting.get(place) == NOT_YET else b""
            with self._changed:
                if not self._files:
                    return
                if picture and self._waiting.get(place) == NOT_YET:
                    self._pictures[place] = picture
                    self._held += len(picture)
                self._looked = place + 1
                self._changed.notify_all()
            self._told()


def _glimpse_of(file: CardFile) -> bytes:
    try:
        descriptor = open_file(file.path)
    except (OSError, UnreadableError):
        return b""
    try:
        return glimpse(os.read(descriptor, HEAD))
    except OSError:
        return b""
    finally:
        os.close(descriptor)
