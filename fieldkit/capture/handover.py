"""Frames that the host's camera took and the host held back: numbered at once, filled in when they are handed over.

A frame that exists but was not handed over keeps its place in the photo log, with who holds it and why.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from fieldkit.capture.apart import Decoders
from fieldkit.capture.photo_records import described
from fieldkit.capture.pictures import quiet_decoders
from fieldkit.domain.jsontypes import Doc
from fieldkit.errors import RefusedError
from fieldkit.vault.recording import Add, Amend, Recorded, uuid7
from fieldkit.vault.vault import Vault


def hand_over(
    vault: Vault, photo: str, data: bytes, name: str, reason: str, *, author: str | None = None
) -> Sequence[Recorded]:
    """Fill a held frame with the original now handed over; its state becomes `released`.

    `data` are the bytes of the file. Raises `RefusedError` when the frame has an original already, or the file a number.
    """
    frame = vault.get(photo)
    if frame.kind != "photo" or frame.doc.get("media"):
        raise RefusedError(
            f"{frame.number} is not a frame that waits for its file",
            where=frame.number,
            remedy="`fieldkit list photo` shows which are held.",
        )
    known = next(vault.find("photo", "sha256", hashlib.sha256(data).hexdigest()), None)
    if known is not None:
        raise RefusedError(
            f"this file is here already, as {known.number}",
            where=frame.number,
            remedy="Take the file that the host handed over for this frame.",
        )
    with quiet_decoders(), Decoders() as decoders:
        facts = decoders.examine(data, name)
    stored = vault.media.put(data)
    media = uuid7()
    about: Doc = {**stored.to_doc(), "media_type": facts.media_type, "name": name}
    if facts.thumbnail:
        about["thumbnail"] = vault.keep_thumbnails([(stored.sha256, facts.thumbnail)])[stored.sha256]
    filled: Doc = {
        **described(facts),
        "media": media,
        "sha256": stored.sha256,
        "file_name": name,
        "state": "released",
        "state_reason": reason,
    }
    return vault.record([Add("media", about, id=media), Amend(frame.id, reason, set=filled)], author=author)
