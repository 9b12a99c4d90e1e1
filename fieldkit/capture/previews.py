"""The second look at photos, after an intake gave the card back: better thumbnails from the pixels, and what is wrong with these.

What is still to be done is seen from the thumbnails themselves (those that came with the files are smaller), so this can be
broken off at any time and gone on with. A picture that turns out damaged is marked so; one whose embedded picture shows something
else was changed after it was taken, and that is noted: it is a fact to ask about. One that is too large to be decoded keeps the
thumbnail that it came with, at the price of a look at its header each time.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

from fieldkit.capture.apart import Decoders
from fieldkit.capture.picture_kinds import PICTURE_TYPES
from fieldkit.capture.pictures import PhotoFacts, quiet_decoders
from fieldkit.capture.plain import plain_line
from fieldkit.capture.thumbnails import EDGE, edge_of
from fieldkit.domain.jsontypes import Doc
from fieldkit.domain.views import RecordView
from fieldkit.errors import AlteredError
from fieldkit.vault.media import MediaStore
from fieldkit.vault.reading import VaultReader
from fieldkit.vault.recording import Amend
from fieldkit.vault.vault import Vault

WORKERS = 2
GROUP = 8
UNLIKE = 20
"""Differing bits of 64 from which two pictures are not the same scene; embedded ones differ by up to 6."""
DIFFERS = "The small picture embedded in the file shows something else than the file itself."
_LARGEST = 256 << 20
_TYPES = frozenset(PICTURE_TYPES.values())


@dataclass(slots=True)
class Improved:
    """What a second look found: numbers of photos that turned out damaged (with the reason), and of those that were changed.

    `finished` is false when it was broken off by `cancel`.
    """

    done: int = 0
    damaged: dict[str, str] = field(default_factory=dict)
    changed: list[str] = field(default_factory=list)
    finished: bool = True


def pending(vault: VaultReader) -> list[RecordView]:
    """The photos that this laptop took in and whose pixels were not looked at yet."""
    letter = vault.meta("letter")
    own = {log.log for log in vault.logs() if log.letter == letter}
    return [view for view in vault.list("photo") if view.log in own and _waits(vault, view.doc)]


def improve(
    vault: Vault,
    *,
    author: str | None = None,
    progress: Callable[[int, int], None] | None = None,
    cancel: Callable[[], bool] | None = None,
) -> Improved:
    """Look at the pixels of all photos that wait for it. `progress` gets photos done and in all, after these are durable."""
    photos = pending(vault)
    found = Improved()
    with quiet_decoders():
        for group in _in_groups(_looked_at(vault, photos)):
            _keep(vault, group, found, author)
            found.done += len(group)
            if progress:
                progress(found.done, len(photos))
            if cancel and cancel():
                found.finished = found.done == len(photos)
                break
    return found


def is_picture(vault: VaultReader, photo: Doc) -> bool:
    """Whether a photo has a file here of a kind and a size that is decoded."""
    media = vault.peek(str(photo["media"])) if photo.get("media") else None
    size = media.doc.get("size") if media else None
    return (
        media is not None
        and media.doc.get("media_type") in _TYPES
        and isinstance(size, int)
        and size <= _LARGEST
    )


def _waits(vault: VaultReader, photo: Doc) -> bool:
    width, height = photo.get("width"), photo.get("height")
    if (
        not photo.get("media")
        or photo.get("damaged")
        or not isinstance(width, int)
        or not isinstance(height, int)
    ):
        return False
    small = vault.thumbnail(str(photo.get("sha256")))
    return small is not None and edge_of(small) < min(EDGE, max(width, height)) and is_picture(vault, photo)


def _looked_at(vault: Vault, photos: list[RecordView]) -> Iterator[tuple[RecordView, PhotoFacts | None]]:
    """Each photo with what its bytes say; None where they are not here or altered, which is the doctor's to tell."""
    store = vault.media
    waiting: deque[tuple[RecordView, Future[PhotoFacts | None]]] = deque()
    pool, decoders = ThreadPoolExecutor(WORKERS, thread_name_prefix="previews"), Decoders()
    try:
        for photo in photos:
            media = vault.get(str(photo.doc["media"])).doc
            waiting.append(
                (photo, pool.submit(_look, store, decoders, media, str(photo.doc.get("file_name", ""))))
            )
            if len(waiting) > 2 * WORKERS:
                first, facts = waiting.popleft()
                yield first, facts.result()
        while waiting:
            first, facts = waiting.popleft()
            yield first, facts.result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
        decoders.close()


def _look(store: MediaStore, decoders: Decoders, media: Doc, name: str) -> PhotoFacts | None:
    try:
        return decoders.examine(b"".join(store.open(media)), name)
    except AlteredError:
        return None


def _in_groups(
    looked: Iterator[tuple[RecordView, PhotoFacts | None]],
) -> Iterator[list[tuple[RecordView, PhotoFacts | None]]]:
    group = []
    for each in looked:
        group.append(each)
        if len(group) == GROUP:
            yield group
            group = []
    if group:
        yield group


def _keep(
    vault: Vault, group: list[tuple[RecordView, PhotoFacts | None]], found: Improved, author: str | None
) -> None:
    amends = []
    for photo, facts in group:
        if facts is None:
            continue
        values: Doc = {}
        notes = [text for text in facts.notes if text not in str(photo.doc.get("remark", ""))]
        if facts.damaged:
            values["damaged"] = found.damaged[photo.number] = plain_line(facts.damage, 480)
        elif _unlike(str(photo.doc.get("perceptual_hash", "")), facts.dhash):
            notes.append(DIFFERS)
            found.changed.append(photo.number)
        if notes:
            held = photo.doc.get("remark")
            values["remark"] = "\n".join([str(held), *notes] if held else notes)
        if values:
            shown = {"perceptual_hash": facts.dhash} if facts.dhash else {}
            amends.append(Amend(photo.id, "its pixels were looked at", set={**values, **shown}))
    vault.record(amends, author=author)
    vault.put_thumbnails(
        [(str(photo.doc["sha256"]), facts.thumbnail) for photo, facts in group if facts and facts.thumbnail]
    )


def _unlike(one: str, other: str) -> bool:
    return bool(one and other) and (int(one, 16) ^ int(other, 16)).bit_count() >= UNLIKE
