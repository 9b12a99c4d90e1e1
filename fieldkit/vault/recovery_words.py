"""Whether the recovery words of a mission that began on the screens were said to be written down: they are shown once, and the
program may be ended, or the laptop locked, meanwhile."""

from __future__ import annotations

from typing import Final

from fieldkit.vault.laptop import Laptop
from fieldkit.vault.reading import VaultReader

_UNWRITTEN: Final = "recovery/unwritten"


def expect_written(vault: Laptop) -> None:
    """Words are about to be shown."""
    vault.save_draft(_UNWRITTEN, {})


def said_written(vault: Laptop) -> None:
    """Somebody has said that they are on paper, or others were made."""
    vault.drop_draft(_UNWRITTEN)


def are_unwritten(reader: VaultReader) -> bool:
    """Whether words were shown, and nobody has said that they are on paper."""
    return _UNWRITTEN in reader.drafts()
