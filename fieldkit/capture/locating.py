"""Positions of photos from a track: by their times, each with its error, all at once and with the reason.

The track is kept with the mission, so that what a position rests on can be looked at. A position that a photo has already is
left alone unless asked for, and a photo whose time falls into a gap gets none.
"""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass, field

from fieldkit.capture.gpx import read_track
from fieldkit.capture.plain import plain_line
from fieldkit.domain.jsontypes import Doc
from fieldkit.domain.moments import instant
from fieldkit.domain.photo_times import moment_in
from fieldkit.domain.places import canonical_position
from fieldkit.domain.tracks import Placed, Track
from fieldkit.vault.recording import Add, Amend, uuid7
from fieldkit.vault.vault import Vault

MEDIA_TYPE = "application/gpx+xml"


@dataclass(frozen=True, slots=True)
class NotLocated:
    """A photo that got no position, and why."""

    number: str
    reason: str


@dataclass(slots=True)
class Located:
    """What a track gave: its file's number, how many points it has and lacks, photos located and not located.

    `had_one` had a position already; of those located, the clocks of `unchecked` were never compared with anything.
    """

    file: str
    points: int
    left_out: int
    photos: list[str] = field(default_factory=list)
    others: list[NotLocated] = field(default_factory=list)
    had_one: int = 0
    unchecked: int = 0


def locate(
    vault: Vault,
    data: bytes,
    name: str,
    *,
    camera: str | None = None,
    intake: str | None = None,
    again: bool = False,
    dry_run: bool = False,
    author: str | None = None,
) -> Located:
    """Give the photos (of one camera, of one intake) that have none the positions of a GPX track.

    With `again` also those that have one get the track's. Nothing is recorded with `dry_run`, or where no photo is located. Raises
    `UnreadableError`.
    """
    read = read_track(io.BytesIO(data), name)
    found = Located("", len(read.track.points), read.left_out)
    places: dict[str, Doc] = {}
    for photo in vault.list("photo"):
        if any(
            wanted and photo.doc.get(link) != wanted
            for link, wanted in (("camera", camera), ("intake", intake))
        ):
            continue
        if photo.doc.get("position") and not again:
            found.had_one += 1
            continue
        placed = _where(read.track, photo.doc)
        if placed.position is None:
            found.others.append(NotLocated(photo.number, placed.reason))
            continue
        if photo.doc.get("position") != (position := canonical_position(placed.position)):
            places[photo.id] = position
        found.photos.append(photo.number)
        found.unchecked += "taken_uncertainty_s" not in photo.doc
    if places and not dry_run:
        found.file = _record(vault, data, plain_line(name, 200) or "track", places, author)
    return found


def _where(track: Track, photo: Doc) -> Placed:
    taken = moment_in(photo, "taken")
    if taken is None:
        return Placed(None, "nothing is known of its time")
    uncertainty = float(str(photo.get("taken_uncertainty_s", "0")))
    return track.at(instant(taken.at).timestamp(), uncertainty)


def _record(vault: Vault, data: bytes, name: str, places: dict[str, Doc], author: str | None) -> str:
    """Keep the track's file once, and the positions with it as evidence; the file's number."""
    digest = hashlib.sha256(data).hexdigest()
    held = next((view.id for view in vault.find("media", "sha256", digest) if not view.retracted), None)
    file, changes = held or uuid7(), []
    if not held:
        values: Doc = {**vault.media.put(data).to_doc(), "media_type": MEDIA_TYPE, "name": name}
        changes.append(Add("media", values, id=file))
    amends = [
        Amend(
            photo,
            f"located by its time on the track {name}",
            set={"position": place},
            add={"evidence": [file]},
        )
        for photo, place in places.items()
    ]
    vault.record([*changes, *amends], author=author)
    return vault.get(file).number
