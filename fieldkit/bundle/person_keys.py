"""Signing keys of team members that the vault keeps, for people who bring no key of their own.

An Ed25519 key is made when it is first asked for; its private half never leaves the vault. It is another key than the
laptop's, which signs the journal: a person can sign on paper that it is theirs.
"""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from fieldkit.bundle.roster import SignerKey, principal_of
from fieldkit.domain.views import RecordView
from fieldkit.errors import RefusedError
from fieldkit.journal.sshsig import PrivateKey, load_private, public_of, write_private
from fieldkit.vault.vault import Vault


def person_key(vault: Vault, person: str) -> PrivateKey:
    """The signing key of the team member with this record id, made now if there is none yet."""
    view = vault.get(person)
    if view.doc.get("party") != "team" or view.retracted:
        raise RefusedError(
            f"{view.number} is not a member of the team",
            remedy="Others sign with a key of their own (--key FILE), or on paper (--recorded-for).",
        )
    stored = vault.secret(_secret(person))
    if stored is None:
        stored = write_private(Ed25519PrivateKey.generate())
        vault.store_secret(_secret(person), stored)
    return load_private(stored, where=f"key of {view.number}")


def team_signers(vault: Vault) -> list[SignerKey]:
    """Every team member whose key this vault keeps; the author's key is made if there is none yet."""
    person_key(vault, vault.author)
    return [
        SignerKey(_principal(view), public_of(load_private(stored)))
        for view in vault.list("person")
        if (stored := vault.secret(_secret(view.id))) is not None
    ]


def _secret(person: str) -> str:
    return f"person/{person}"


def _principal(view: RecordView) -> str:
    names = (view.doc.get("transliteration"), view.doc.get("name"))
    return principal_of(next((name for name in names if isinstance(name, str)), ""), view.number)
