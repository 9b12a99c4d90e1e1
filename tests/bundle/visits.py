"""Small missions to export, and the keys that sign what comes out."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from fieldkit.bundle.roster import SignerKey
from fieldkit.journal.sshsig import public_of
from fieldkit.vault.recording import Add
from fieldkit.vault.slots import KdfParameters
from fieldkit.vault.vault import Vault

TITLE = "Žirafa: hall 4"
SLUG = "zirafa-hall-4"
WITHHELD = b"\xff\xd8what the host does not want shown" * 50
PLANTED = "Three crates behind the shroud"


def make_vault(folder: Path, kdf: KdfParameters) -> Vault:
    """A mission with an observation, two photos and a document."""
    vault, _ = Vault.create(folder, title=TITLE, author="Jana Nováková", passphrase="x", kdf=kdf)
    vault.record([Add("observation", {"text": PLANTED, "basis": "seen", "mark": "restricted"})])
    add_photo(vault, b"\xff\xd8first" + bytes(100))
    add_photo(vault, b"\xff\xd8second" + bytes(100))
    add_file(vault, b"GPX", media_type="application/x-unheard-of")
    return vault


def add_file(vault: Vault, content: bytes, *, media_type: str = "image/jpeg") -> str:
    """Keep a file; the record id of its `media`."""
    stored = vault.media.put(content)
    values = {**stored.to_doc(), "media_type": media_type, "name": "Any Name.JPG"}
    return vault.record([Add("media", values)])[0].id


def add_photo(vault: Vault, content: bytes, *, state: str = "taken") -> str:
    """A photo of this content; its number."""
    values = {
        "state": state,
        "media": add_file(vault, content),
        "sha256": hashlib.sha256(content).hexdigest(),
    }
    if state in ("held", "withheld"):
        values["state_reason"] = "shows a shroud"
    return vault.record([Add("photo", values)])[0].number


@dataclass(frozen=True)
class Person:
    """Somebody who signs."""

    role: str
    key: Ed25519PrivateKey

    @classmethod
    def named(cls, role: str) -> Person:
        return cls(role, Ed25519PrivateKey.from_private_bytes(hashlib.sha256(role.encode()).digest()))

    @property
    def signer(self) -> SignerKey:
        return SignerKey(self.role, public_of(self.key))


LEAD, HOST = Person.named("lead"), Person.named("host")


def allowed_signers(path: Path, people: Sequence[Person] = (LEAD, HOST)) -> Path:
    """A verifier's own list of keys."""
    path.write_text("".join(person.signer.allowed_signer for person in people))
    return path


def tree(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, by path."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }
