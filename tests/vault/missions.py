"""Small missions for tests: real vaults with a cheap key derivation."""

from __future__ import annotations

from pathlib import Path

from fieldkit.vault.slots import KdfParameters
from fieldkit.vault.vault import Vault

PASSPHRASE = "correct horse battery staple"
CHEAP = KdfParameters(memory_kib=64, iterations=1, lanes=1)


def new_mission(folder: Path, *, title: str = "TRIPOLI-04", author: str = "Amira Nasser") -> Vault:
    """A fresh vault in `folder`, opened by its author."""
    vault, _ = Vault.create(folder, title=title, author=author, passphrase=PASSPHRASE, kdf=CHEAP)
    return vault
