"""What is typed while the vault is closed, as the host's remark is on a laptop that is locked for it: only the vault can read it.

One file in the mission's folder, sealed to the laptop's own encryption key together with a token that the vault gave out when it
was closed. Whoever holds the laptop can take the file away, but neither read it nor put one of their own in its place. It becomes
drafts when the vault is opened.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from fieldkit.domain.jsontypes import Doc
from fieldkit.errors import FieldkitError
from fieldkit.journal import canonical
from fieldkit.vault.durable import reaching, replace_file, sync_directory
from fieldkit.vault.envelopes import ENVELOPE, EnvelopeKey, seal_to
from fieldkit.vault.laptop import Laptop

FILE_NAME: Final = "typed"
LIMIT: Final = 4 << 20
"""Bytes of the sealed file; a larger one is not read."""
_KEPT_AS: Final = "letterbox"
_TOKEN_BYTES: Final = 32
_INFO: Final = b"fieldkit/v1/typed"
_STEP: Final = 1024
"""The size of the file tells the length of the text to so many bytes."""
_LENGTH: Final = 4


@dataclass(frozen=True, slots=True)
class Letterbox:
    """What goes in here comes out in the vault alone. `public` is the encryption key of the laptop (base64)."""

    folder: Path
    public: str
    token: bytes

    def put(self, drafts: Mapping[str, Doc]) -> None:
        """Keep these drafts by name, in place of what was kept here; an empty one takes the vault's away.

        Durable when it returns. Raises `UnavailableError`.
        """
        text = canonical.encode(dict(drafts))
        framed = self.token + len(text).to_bytes(_LENGTH, "big") + text
        padded = framed + bytes(-len(framed) % _STEP)
        replace_file(self.folder / FILE_NAME, seal_to(self.public, padded, _INFO))


def letterbox_of(vault: Laptop) -> Letterbox:
    """The way in for what is typed when this vault is closed; an earlier one no longer leads here."""
    token = secrets.token_bytes(_TOKEN_BYTES)
    vault.store_secret(_KEPT_AS, token)
    return Letterbox(vault.folder, _key(vault).public, token)


def empty_into(vault: Laptop) -> None:
    """Make drafts of what was typed while the vault was closed. What this laptop has not put in is thrown away."""
    path = vault.folder / FILE_NAME
    with reaching(path):
        if not path.is_file():
            return
        sealed = path.read_bytes() if path.stat().st_size <= LIMIT else b""
    for name, draft in _drafts(vault, sealed).items():
        if draft:
            vault.save_draft(name, draft)
        else:
            vault.drop_draft(name)
    with reaching(path):
        path.unlink()
        sync_directory(vault.folder)


def _drafts(vault: Laptop, sealed: bytes) -> dict[str, Doc]:
    try:
        opened = _key(vault).open(sealed, _INFO)
    except FieldkitError:
        return {}
    token, framed = opened[:_TOKEN_BYTES], opened[_TOKEN_BYTES:]
    if not hmac.compare_digest(token, vault.secret(_KEPT_AS) or b""):
        return {}
    length = int.from_bytes(framed[:_LENGTH], "big")
    doc = canonical.decode(framed[_LENGTH : _LENGTH + length])
    found = doc if isinstance(doc, dict) else {}
    return {name: draft for name, draft in found.items() if isinstance(draft, dict)}


def _key(vault: Laptop) -> EnvelopeKey:
    return EnvelopeKey.from_bytes(vault.secret(ENVELOPE) or b"")
