"""Signers' public keys (OpenSSH) and `roster/allowed_signers`, the copy of them that travels in a bundle.

The copy tells a reader whose signatures to expect. It is no reason to trust them: whoever verifies brings a list of
his own, got from the signers on another way.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import struct
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from fieldkit.bundle.attestation import NAMESPACE
from fieldkit.bundle.lines import ROLE
from fieldkit.bundle.seal import RequiredSignature
from fieldkit.errors import UsageError
from fieldkit.journal.keys import check_public_key

ROSTER = "roster/allowed_signers"
PUBLIC_KEY_LIMIT = 16 << 10

_NOTICE = (
    "# A copy, for reading only. Never verify signatures against this file:\n"
    "# whoever changed the bundle could have changed it too. Use a list that you\n"
    "# got from the signers yourself. See VERIFY.txt.\n"
)
_KINDS = frozenset({
    "ssh-ed25519", "ssh-rsa", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521",
    "sk-ssh-ed25519@openssh.com", "sk-ecdsa-sha2-nistp256@openssh.com",
})  # fmt: skip
_ED25519 = b"\x00\x00\x00\x0bssh-ed25519\x00\x00\x00\x20"


@dataclass(frozen=True, slots=True, order=True)
class SignerKey:
    """A public key and the name it goes by in lists of signers. `blob` is the key in SSH's wire form."""

    principal: str
    kind: str
    blob: bytes

    @property
    def fingerprint(self) -> str:
        """As ssh-keygen prints it: `SHA256:…`."""
        return fingerprint(self.blob)

    @property
    def allowed_signer(self) -> str:
        """The line of an allowed_signers file for attestations."""
        return (
            f'{self.principal} namespaces="{NAMESPACE}" {self.kind} {base64.b64encode(self.blob).decode()}\n'
        )


def fingerprint(blob: bytes) -> str:
    """The fingerprint of a public key in SSH's wire form."""
    return "SHA256:" + base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")


def parse_public_key(text: str, principal: str, *, where: str = "") -> SignerKey:
    """The key of a line `kind base64 [comment]`. `UsageError` for another form, `AlteredError` for a weak key."""
    parts = text.split(None, 2)
    if len(parts) < 2 or parts[0] not in _KINDS:
        raise _no_public_key(where)
    try:
        blob = base64.b64decode(parts[1], validate=True)
    except (binascii.Error, ValueError) as cause:
        raise _no_public_key(where) from cause
    kind = parts[0].encode()
    if not blob.startswith(struct.pack(">I", len(kind)) + kind):
        raise _no_public_key(where)
    if kind == b"ssh-ed25519":
        if not blob.startswith(_ED25519):
            raise _no_public_key(where)
        check_public_key(blob.removeprefix(_ED25519), where=where)
    return SignerKey(principal, parts[0], blob)


def required_signer(text: str) -> SignerKey:
    """The signer that `ROLE=KEYFILE` requires; the role is the principal. Raises `UsageError`."""
    role, equals, file = text.partition("=")
    if not equals or not ROLE.fullmatch(role):
        raise UsageError(
            f"{text!r} does not name a role and a key file",
            where="--require",
            remedy="Write it as host=host_key.pub; a role is lower-case letters, digits and hyphens.",
        )
    path = Path(file)
    try:
        with path.open("rb") as stream:
            data = stream.read(PUBLIC_KEY_LIMIT)
    except OSError as cause:
        raise UsageError(
            f"cannot be read: {cause.strerror}", where=file, remedy="Name a public key file."
        ) from cause
    return parse_public_key(data.decode("utf-8", "replace"), role, where=file)


def required_signatures(signers: Iterable[SignerKey]) -> tuple[RequiredSignature, ...]:
    """The seal's `required` lines. `UsageError` where one key would have two roles."""
    required = sorted({RequiredSignature(signer.principal, signer.fingerprint) for signer in signers})
    if len({signature.key for signature in required}) != len(required):
        raise UsageError(
            "one key is named for two roles", where="--require", remedy="Every role has its own key."
        )
    return tuple(required)


def format_roster(signers: Iterable[SignerKey]) -> bytes:
    """The file's bytes; each key once, under the first of its names."""
    by_key: dict[bytes, SignerKey] = {}
    for signer in signers:
        by_key.setdefault(signer.blob, signer)
    return (_NOTICE + "".join(signer.allowed_signer for signer in sorted(by_key.values()))).encode()


def principal_of(name: str, otherwise: str) -> str:
    """A person's name as a principal: Latin letters, digits and hyphens; `otherwise` where nothing is left of it."""
    return slug(name) or otherwise.lower()


def slug(text: str, limit: int = 40) -> str:
    """Lower-case ASCII letters, digits and single hyphens out of any text; may be empty."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:limit].rstrip("-")


def _no_public_key(where: str) -> UsageError:
    return UsageError(
        "is not an OpenSSH public key",
        where=where,
        remedy="Name the .pub file that ssh-keygen wrote: one line, kind, base64, comment.",
    )
