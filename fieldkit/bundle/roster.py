"""Signers' public keys (OpenSSH) and `roster/allowed_signers`, the copy of them that travels in a bundle.

The copy tells a reader whose signatures to expect. It is no reason to trust them: whoever verifies brings a list of
his own, got from the signers on another way.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from fieldkit.bundle.attestation import NAMESPACE
from fieldkit.bundle.lines import ROLE
from fieldkit.bundle.seal import RequiredSignature
from fieldkit.errors import UnreadableError, UsageError
from fieldkit.journal.sshsig import PublicKey, parse_public_line, public_line

ROSTER = "roster/allowed_signers"
PUBLIC_KEY_LIMIT = 16 << 10

_NOTICE = (
    "# A copy, for reading only. Never verify signatures against this file:\n"
    "# whoever changed the bundle could have changed it too. Use a list that you\n"
    "# got from the signers yourself. See VERIFY.txt.\n"
)


def is_roster(text: str) -> bool:
    """Whether a list of signers is a copy as fieldkit puts it into bundles, by what it says of itself."""
    return text.startswith(_NOTICE)


@dataclass(frozen=True, slots=True)
class SignerKey:
    """A public key and the name (or role) it goes by in lists of signers."""

    principal: str
    key: PublicKey

    @property
    def allowed_signer(self) -> str:
        """The line of an allowed_signers file for attestations."""
        return f'{self.principal} namespaces="{NAMESPACE}" {public_line(self.key)}\n'


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
    try:
        key, _ = parse_public_line(data.decode("utf-8", "replace"), where=file)
    except UnreadableError as cause:
        raise UsageError(
            "is not an OpenSSH public key",
            where=file,
            remedy="Name the .pub file that ssh-keygen wrote: one line, kind, base64, comment.",
        ) from cause
    return SignerKey(role, key)


def required_signatures(signers: Iterable[SignerKey]) -> tuple[RequiredSignature, ...]:
    """The seal's `required` lines. `UsageError` where one key would have two roles."""
    required = sorted({RequiredSignature(signer.principal, signer.key.fingerprint) for signer in signers})
    if len({signature.key for signature in required}) != len(required):
        raise UsageError(
            "one key is named for two roles", where="--require", remedy="Every role has its own key."
        )
    return tuple(required)


def format_roster(signers: Iterable[SignerKey]) -> bytes:
    """The file's bytes; each key once, under the first of its names."""
    lines: dict[bytes, str] = {}
    for signer in signers:
        lines.setdefault(signer.key.blob, signer.allowed_signer)
    return (_NOTICE + "".join(sorted(lines.values()))).encode()


def principal_of(name: str, otherwise: str) -> str:
    """A person's name as a principal: Latin letters, digits and hyphens; `otherwise` where nothing is left of it."""
    return slug(name) or otherwise.lower()


def slug(text: str, limit: int = 40) -> str:
    """Lower-case ASCII letters, digits and single hyphens out of any text; may be empty."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:limit].rstrip("-")
