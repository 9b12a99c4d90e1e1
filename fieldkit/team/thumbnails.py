"""Thumbnails that came ahead of their originals: opened and kept to be shown, as soon as their entries and keys are here."""

from __future__ import annotations

import json
from typing import Final

from fieldkit.errors import FieldkitError
from fieldkit.vault.vault import Vault

MOST_BYTES: Final = 128 << 10
_JPEG: Final = b"\xff\xd8"


def show(vault: Vault) -> int:
    """Open those that are here and of whose originals nothing is shown yet; how many that were.

    What is too large to be one, is no JPEG, or does not open is left out: whoever listed it is to be asked.
    """
    found: dict[str, bytes] = {}
    for text, sealed in vault.database.rows(
        "SELECT r.doc, s.sealed FROM records r JOIN small s ON s.cipher = r.doc ->> '$.thumbnail.cipher'"
        " WHERE r.kind = 'media' AND NOT EXISTS"
        " (SELECT 1 FROM thumbnails t WHERE t.sha256 = r.doc ->> 'sha256')"
    ):
        doc = json.loads(text)
        try:
            jpeg = vault.media.unseal(doc["thumbnail"], sealed)
        except FieldkitError:
            continue
        if len(jpeg) <= MOST_BYTES and jpeg.startswith(_JPEG):
            found.setdefault(str(doc["sha256"]), jpeg)
    if found:
        vault.put_thumbnails(found.items())
    return len(found)
