"""Parts of the photo log that one looks for, as ids in the order of the numbers. Each is one statement that the store answers."""

from __future__ import annotations

from typing import Final

from fieldkit.vault.reading import VaultReader

ALL: Final = "all"
LAST_CARD: Final = "last card"
_CONDITIONS: Final = {
    ALL: "1",
    LAST_CARD: (
        "json_extract(doc, '$.intake') = (SELECT id FROM records WHERE kind = 'intake' AND retracted = 0"
        " ORDER BY recorded DESC LIMIT 1)"
    ),
    "no caption": "json_extract(doc, '$.caption') IS NULL",
    "not linked": "json_extract(doc, '$.items') IS NULL AND json_extract(doc, '$.observations') IS NULL",
    "held": "json_extract(doc, '$.state') = 'held'",
    "withheld": "json_extract(doc, '$.state') = 'withheld'",
    "redacted": "json_extract(doc, '$.state') = 'redacted'",
    "damaged": "json_extract(doc, '$.damaged') IS NOT NULL",
}
PARTS: Final = tuple(_CONDITIONS)
"""What `photos` takes."""


def photos(reader: VaultReader, part: str = ALL) -> list[str]:
    """The ids of a part of the photo log."""
    return reader._ids(
        f"SELECT id FROM records WHERE kind = 'photo' AND retracted = 0 AND {_CONDITIONS[part]}"
        " ORDER BY kind, letter, ordinal, id"
    )
