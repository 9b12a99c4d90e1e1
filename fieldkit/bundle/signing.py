"""Signing a bundle: a signer's attestation of the copy in hand, added without touching the bag.

The whole copy is verified first, byte for byte: who signs, attests what lies there and not what is said to lie there.
Attestations are numbered; each names every signature before it. A key has one role and signs once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from fieldkit.bundle.attestation import (
    ATTESTATION_LIMIT,
    FOLDER,
    MAX_SIGNATURES,
    NAMESPACE,
    REMARK_LIMIT,
    Attestation,
    Position,
    RecordedFor,
    attestation_path,
    format_attestation,
    parse_attestation,
    parse_path,
)
from fieldkit.bundle.lines import ROLE
from fieldkit.bundle.opening import open_source
from fieldkit.bundle.partial import cleared, partial_beside
from fieldkit.bundle.seal import SEAL_LIMIT, SEAL_NAME, parse_seal, seal_digest
from fieldkit.bundle.sources import Source
from fieldkit.bundle.verify import Progress, verify_bundle
from fieldkit.bundle.zipform import append_members
from fieldkit.errors import AlteredError, NewerFormatError, RefusedError, UnreadableError, UsageError
from fieldkit.journal import sshsig
from fieldkit.journal.sshsig import PrivateKey, public_of
from fieldkit.vault.durable import reaching, replace_file

_PAPER_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Statement:
    """What a signer says: in which role, with which position and remark, and what others left on paper."""

    role: str
    position: Position
    remark: str = ""
    recorded_for: tuple[RecordedFor, ...] = ()


@dataclass(frozen=True, slots=True)
class Signed:
    """A signature that was added: path of the attestation in the bundle, key fingerprint, SHA-256 of the seal."""

    path: str
    key: str
    seal: str
    remaining: tuple[str, ...]
    """Roles whose required signature is still missing."""


def sign_bundle(
    bundle: Path,
    statement: Statement,
    key: PrivateKey,
    *,
    now: datetime | None = None,
    progress: Progress | None = None,
) -> Signed:
    """Add an attestation and its signature to the bundle at `bundle`, a folder or a zip.

    Raises `AlteredError` or `UnreadableError` where the copy is not what was sealed, `RefusedError` where the key
    has signed already or has another role, `UsageError` for a statement that cannot be made.
    """
    said = _checked(statement)
    report = verify_bundle(bundle, progress=progress)
    refusal = report.refusal(UnreadableError, AlteredError, NewerFormatError)
    if refusal:
        refusal.problem = f"{refusal.problem}: this copy is not to be signed"
        raise refusal
    source = open_source(bundle)
    seal_bytes = source.read(SEAL_NAME, limit=SEAL_LIMIT)
    seal = parse_seal(seal_bytes)
    fingerprint = public_of(key).fingerprint
    roles = {required.key: required.role for required in seal.required}
    earlier = _earlier(source)
    _refuse_second(said.role, fingerprint, roles, [attestation for attestation, _ in earlier])
    attestation = Attestation(
        seal_sha256=seal_digest(seal_bytes),
        role=said.role,
        key=fingerprint,
        position=said.position,
        remark=said.remark,
        recorded_for=said.recorded_for,
        saw=tuple(digest for _, digest in earlier),
        claimed_time=f"{now or datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
    )
    path = attestation_path(len(earlier) + 1, said.role)
    data = format_attestation(attestation)
    armor = sshsig.sign(data, NAMESPACE, key)
    _add(bundle, [(path, data), (f"{path}.sig", armor.encode())])
    signed = {(one.role, one.key) for one, _ in earlier} | {(said.role, fingerprint)}
    remaining = tuple(one.role for one in seal.required if (one.role, one.key) not in signed)
    return Signed(path, fingerprint, attestation.seal_sha256, remaining)


def paper_digest(scan: Path) -> str:
    """The SHA-256 (hex) of a scanned paper."""
    digest = hashlib.sha256()
    with reaching(scan), scan.open("rb") as file:
        while block := file.read(_PAPER_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def _checked(statement: Statement) -> Statement:
    """The statement as it will be written. `UsageError` for what cannot stand in an attestation."""
    remark = statement.remark.replace("\r\n", "\n").strip("\n")
    if not ROLE.fullmatch(statement.role):
        raise UsageError(
            f"{statement.role!r} is no role",
            where="--role",
            remedy="Lower-case letters, digits and hyphens: lead, host, inspector-2.",
        )
    if statement.position is Position.WITH_REMARKS and not remark.strip():
        raise UsageError(
            "the position with-remarks needs the remark",
            where="--remark",
            remedy="Give --remark TEXT or --remark-from FILE.",
        )
    try:
        texts = [remark, *(other.name for other in statement.recorded_for)]
        size = sum(len(text.encode()) for text in texts)
    except UnicodeEncodeError as cause:
        raise UsageError("the text holds half a character", where="--remark") from cause
    if size > REMARK_LIMIT:
        raise UsageError(
            f"is longer than {REMARK_LIMIT} bytes", where="--remark", remedy="Attach a document instead."
        )
    return Statement(statement.role, statement.position, remark, statement.recorded_for)


def _earlier(source: Source) -> list[tuple[Attestation, str]]:
    """Every attestation there in order, with the SHA-256 of its signature."""
    found = []
    for path in source.under(f"{FOLDER}/"):
        named = parse_path(path)
        if named is not None and not named.is_signature:
            attestation = parse_attestation(source.read(path, limit=ATTESTATION_LIMIT), where=path)
            armor = source.read(f"{path}.sig", limit=sshsig.MAX_BYTES)
            found.append((attestation, hashlib.sha256(armor).hexdigest()))
    return found


def _refuse_second(role: str, key: str, roles: dict[str, str], earlier: Sequence[Attestation]) -> None:
    wanted = next((one.role for one in earlier if one.key == key), None)
    if wanted is not None:
        raise RefusedError(
            f"this key has signed already, as {wanted}",
            where=key,
            remedy="A key signs a bundle once, in one role.",
        )
    if roles.get(key, role) != role:
        raise RefusedError(
            f"the seal names this key as {roles[key]}, not as {role}",
            where=key,
            remedy=f"Sign as --role {roles[key]}.",
        )
    if len(earlier) == MAX_SIGNATURES:
        raise RefusedError(f"the bundle has {MAX_SIGNATURES} signatures already")


def _add(bundle: Path, files: Sequence[tuple[str, bytes]]) -> None:
    """Put the attestation and its signature into the bundle; a zip is replaced as a whole."""
    with reaching(bundle):
        if bundle.is_dir():
            (bundle / FOLDER).mkdir(exist_ok=True)
            for path, content in files:
                replace_file(bundle / path, content)
            return
        fresh = partial_beside(bundle)
        with cleared(fresh):
            append_members(bundle, files, fresh)
