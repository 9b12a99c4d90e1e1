"""The part of the evening that is pictures: captions, one redacted copy with its proof, the set that the host takes along."""

from __future__ import annotations

from pathlib import Path

from fieldkit.capture.captions import caption, captions, link
from fieldkit.capture.custody import photos
from fieldkit.capture.handover import hand_over
from fieldkit.capture.redaction import Box, redact
from fieldkit.capture.release import release_set
from fieldkit.capture.tile_proofs import check_tiles, prove
from fieldkit.capture.tiles import commit, uncommitted
from fieldkit.demo.frames import draw
from fieldkit.demo.story import at
from fieldkit.demo.things import HOST_CAMERA, HOST_FRAMES, WITHHELD, frames
from fieldkit.demo.visit import Visit
from fieldkit.domain.moments import moment

SEALED = 6
BADGE = Box(1180, 330, 260, 180)


def settle(visit: Visit, folder: Path) -> None:
    """Photos of sealed things get their captions; of one withheld frame a redacted copy travels; the host gets its set.

    `folder` stands for the host's stick: nothing of it stays.
    """
    vault, lead = visit.vault, visit.team[0]
    shown = visit.photos[:SEALED]
    for place, photo in enumerate(shown):
        link(vault, photos(vault, [photo]), items=[visit.items[place * 9]], author=visit.team[7])
    made = captions(vault, photos(vault, shown), "{n} of {of}: {item} under seal {seal}")
    caption(vault, made, author=visit.team[7])
    frame = visit.held[WITHHELD - 1]
    exposure = list(frames(4001, HOST_FRAMES))[-len(visit.held) + WITHHELD - 1]
    name = f"{HOST_CAMERA.prefix}{exposure.number:04d}.JPG"
    hand_over(vault, frame, draw(HOST_CAMERA, exposure), name, "shown for redaction only", author=lead)
    committed = commit(vault, uncommitted(vault), author=lead)
    copy = redact(
        vault,
        frame,
        [BADGE],
        "Shows the wiring of the gate; the host agrees to the rest.",
        by=visit.host[1],
        at=moment(at(19, 5), "typed"),
        author=lead,
    )
    prove(vault, copy.id, folder / "proof")
    proof = check_tiles(folder / "proof")
    given = release_set(
        vault,
        folder / "set",
        visit.host[1],
        medium="USB stick",
        at=moment(at(19, 20), "typed"),
        author=lead,
    )
    visit.say(
        f"{len(committed.done)} originals committed to; {copy.number} redacted, {proof.proven} of {proof.of} tiles proven; "
        f"{len(given.files)} copies given to the host"
    )
