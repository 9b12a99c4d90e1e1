"""The bundle made last on this laptop and how: kept among the drafts, so that signing and handing over need no path."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Final

from fieldkit.domain.jsontypes import Doc
from fieldkit.vault.reading import VaultReader
from fieldkit.vault.vault import Vault

_DRAFT: Final = "bundle"


@dataclass(frozen=True, slots=True)
class Last:
    """Where the last bundle lies (empty: none yet), and what was typed to make it."""

    path: str = ""
    folder: str = ""
    form: str = "folder"
    recipients: str = ""
    required: str = ""
    keys: str = ""

    @property
    def encrypted(self) -> bool:
        """Whether it can be read only by whom it was made for."""
        return self.path.endswith(".age")

    @property
    def place(self) -> Path | None:
        """The bundle, if it is still where it was made."""
        return Path(self.path) if self.path and Path(self.path).exists() else None

    @property
    def own_keys(self) -> Path | None:
        """The list of signers that was given last, if it is still there."""
        file = Path(self.keys).expanduser()
        return file if self.keys and file.is_file() else None


def last(reader: VaultReader) -> Last:
    """What is known of the last bundle."""
    doc: Doc = reader.drafts().get(_DRAFT, {})
    known = Last()
    return replace(
        known, **{name: str(doc[name]) for name in asdict(known) if isinstance(doc.get(name), str)}
    )


def keep(vault: Vault, known: Last) -> None:
    """Remember it."""
    vault.save_draft(_DRAFT, asdict(known))
