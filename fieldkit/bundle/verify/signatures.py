"""Who signed the seal: every attestation checked, and looked up in the verifier's own list of keys.

The list that travels in the bundle proves nothing and is never used. Attestations are numbered without gaps and each
names the signatures that lay there before it, so that one that was taken out shows in those that came after; the
seal names those that have to be there. A key has one role.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime

from fieldkit.bundle.attestation import (
    ATTESTATION_LIMIT,
    FOLDER,
    NAMESPACE,
    Attestation,
    attestation_path,
    parse_attestation,
    parse_path,
)
from fieldkit.bundle.roster import ROSTER, is_roster
from fieldkit.bundle.seal import SEAL_NAME, Seal
from fieldkit.bundle.sources import Source
from fieldkit.bundle.verify.report import ALTERED, SIGNATURES, UNREADABLE, OnPaper, Report, Signer
from fieldkit.domain.hostile import visible
from fieldkit.errors import FieldkitError, SignaturesError
from fieldkit.journal import sshsig
from fieldkit.journal.signers import AllowedSigners
from fieldkit.journal.sshsig import PublicKey

_SUFFIX = ".sig"


@dataclass(frozen=True, slots=True)
class KeyList:
    """The verifier's own list: how it is called in the report, what stands in it, and its text."""

    name: str
    signers: AllowedSigners
    text: str


@dataclass(slots=True)
class _Seen:
    """What was met in the attestations so far. `seals` are those of which attestations with a sound signature speak."""

    signatures: list[str] = field(default_factory=list)
    roles: dict[str, str] = field(default_factory=dict)
    valid: set[tuple[str, str]] = field(default_factory=set)
    seals: set[str] = field(default_factory=set)


def check_signatures(
    source: Source, seal_digest: str, seal: Seal | None, keys: KeyList | None, report: Report
) -> None:
    """Check every attestation against the seal's SHA-256 (hex), then who is missing, into `report`.

    `seal` is None where it could not be understood: the signatures over its bytes are checked all the same.
    """
    roster = _check_roster(source, report)
    if keys and (keys.text == roster or is_roster(keys.text)):
        report.fault(
            SIGNATURES,
            keys.name,
            "is the list that travels in bundles: whoever changed the bundle could have changed it too",
            "Use a list made of public keys that you got from the signers themselves.",
        )
        keys = None
    report.key_list = keys.name if keys else None
    seen = _Seen(roles={required.key: required.role for required in seal.required} if seal else {})
    for number, role in _numbered(source, report):
        _check_one(source, number, role, seal_digest, keys, seen, report)
    if len(seen.seals) == 1 and seal_digest not in seen.seals:
        report.bad(SEAL_NAME, "is not the seal that was signed: every signature speaks of one other seal")
    if not report.signed:
        report.fault(SIGNATURES, FOLDER, "nobody has signed: anybody could have made this bundle")
    for required in seal.required if seal else ():
        if (required.role, required.key) not in seen.valid:
            report.missing.append(f"{required.role} ({required.key})")
            report.fault(
                SIGNATURES, FOLDER, f"the signature of {required.role} is missing, which the seal requires"
            )


def _check_roster(source: Source, report: Report) -> str | None:
    """The copy of the key list in the bundle is for people; one that would let anybody pass is told. Its text, if readable."""
    if ROSTER not in source.files:
        return None
    try:
        text = source.read(ROSTER, limit=1 << 20).decode()
        AllowedSigners.parse(text, ROSTER)
    except UnicodeDecodeError:
        report.fault(UNREADABLE, ROSTER, "is not UTF-8")
    except FieldkitError as cause:
        report.error(cause)
    else:
        return text
    return None


def _numbered(source: Source, report: Report) -> list[tuple[int, str]]:
    """Number and role of every attestation, in order; whatever does not fit in is told."""
    roles: dict[int, str] = {}
    for path in source.under(FOLDER + "/"):
        named = parse_path(path)
        if named is not None and roles.setdefault(named.number, named.role) != named.role:
            report.fault(ALTERED, path, f"another file has the number {named.number:02d} already")
    for number in sorted(set(range(1, max(roles, default=0) + 1)) - set(roles)):
        report.fault(
            ALTERED, f"{FOLDER}/{number:02d}", "is missing: the signatures are numbered without gaps"
        )
    return sorted(roles.items())


def _check_one(
    source: Source,
    number: int,
    role: str,
    seal_digest: str,
    keys: KeyList | None,
    seen: _Seen,
    report: Report,
) -> None:
    path = attestation_path(number, role)
    present = [name for name in (path, path + _SUFFIX) if name in source.files]
    if len(present) < 2:
        missing = path if path not in source.files else path + _SUFFIX
        report.gone(missing, "is missing: an attestation and its signature belong together")
        return
    try:
        data = source.read(path, limit=ATTESTATION_LIMIT)
        armor = source.read(path + _SUFFIX, limit=sshsig.MAX_BYTES)
    except FieldkitError as cause:
        report.error(cause)
        return
    key = _signing_key(armor, data, path, report)
    try:
        statement = parse_attestation(data, where=path)
    except FieldkitError as cause:
        report.fault(cause.exit_code if key else ALTERED, cause.where, cause.problem)
        statement = None
    if statement is not None:
        signer = _signer(path, statement, valid=key is not None)
        report.signed.append(signer)
        report.claimed.append(f"claimed: {signer.role} signed at {signer.claimed_time}")
        sound = _check_statement(statement, path, role, seal_digest, seen, report)
        if key is not None:
            seen.seals.add(statement.seal_sha256)
            _look_up(key, statement, keys, signer, report, path)
            if key.fingerprint != statement.key:
                report.fault(ALTERED, path, "names another key than the one that signed it")
            elif sound and seen.roles.setdefault(key.fingerprint, role) != role:
                report.fault(
                    ALTERED, path, f"its key has another role already: {seen.roles[key.fingerprint]}"
                )
            elif sound:
                seen.valid.add((role, key.fingerprint))
    seen.signatures.append(hashlib.sha256(armor).hexdigest())


def _signing_key(armor: bytes, data: bytes, path: str, report: Report) -> PublicKey | None:
    """The key that signed the attestation's exact bytes, or None and a fault that names both files."""
    try:
        return sshsig.verify(armor, data, NAMESPACE, where=path + _SUFFIX)
    except FieldkitError as cause:
        report.error(cause)
        report.fault(ALTERED, path, "its signature does not hold")
        return None


def _signer(path: str, statement: Attestation, *, valid: bool) -> Signer:
    return Signer(
        file=path,
        role=statement.role,
        key=statement.key,
        position=str(statement.position),
        remark=visible(statement.remark),
        claimed_time=statement.claimed_time,
        valid=valid,
        standing="signature valid, key unknown" if valid else "SIGNATURE DOES NOT HOLD",
        recorded_for=[
            OnPaper(other.role, visible(other.name, lines=False), str(other.position), other.paper)
            for other in statement.recorded_for
        ],
    )


def _check_statement(
    statement: Attestation, path: str, role: str, seal_digest: str, seen: _Seen, report: Report
) -> bool:
    """Whether an attestation speaks of this seal, under its own name, and saw what lay there before it."""
    problems = []
    if statement.seal_sha256 != seal_digest:
        problems.append("speaks of another seal: it does not stand for this bundle")
    if statement.role != role:
        problems.append(f"is filed as {role} but signed as {statement.role}")
    gone = [digest for digest in statement.saw if digest not in seen.signatures]
    if gone:
        problems.append(f"saw {len(gone)} signatures that are no longer there, or were changed")
    elif list(statement.saw) != seen.signatures:
        problems.append("did not see the signatures numbered before it: they were put in later, or reordered")
    for problem in problems:
        report.fault(ALTERED, path, problem)
    return not problems


def _look_up(
    key: PublicKey, statement: Attestation, keys: KeyList | None, signer: Signer, report: Report, path: str
) -> None:
    """Find the key in the verifier's list; without list nobody is known."""
    if keys is None:
        report.fault(SIGNATURES, path, "key unknown", "Give the list of keys that you trust, with --keys.")
        return
    known = keys.signers.lookup(key)
    name = visible(keys.name, lines=False)
    if known is None:
        signer.standing = f"signature valid, key not in {name}"
        report.fault(SIGNATURES, path, f"key unknown: {statement.key} is not in {keys.name}")
        return
    signer.principal = visible(known.principal, lines=False)
    signer.standing = f"signature valid, key known by {name}"
    signer.comment = visible(known.comment, lines=False)
    try:
        known.check(NAMESPACE, datetime.fromisoformat(statement.claimed_time))
    except SignaturesError as cause:
        signer.standing = f"signature valid, but {cause.problem}"
        report.fault(SIGNATURES, path, cause.problem)
    if known.principal != statement.role:
        signer.standing = f"signature valid, but {name} has the key as {signer.principal}"
        report.fault(
            SIGNATURES, path, f"signs as {statement.role}, but {keys.name} has this key as {known.principal}"
        )
