"""`signatures/NN-<role>.att`: what one signer says of one seal. Its `.att.sig` is an SSHSIG over these bytes.

A signature is not agreement: the position and the remark are in what is signed. Each attestation pins every
signature that lay there before it, so that the last signer makes all of them unremovable. One attestation has one
spelling: `format_attestation(parse_attestation(data)) == data`. The text of the format is in texts/FORMAT.md.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from fieldkit.bundle.lines import DIGEST, ROLE, Lines, is_fingerprint, is_utc_time, quote, unquote

HEADER = "fieldkit-attestation/v1"
NAMESPACE = "attest.v1@fieldkit"
FOLDER = "signatures"
TIMESTAMPS_FOLDER = "timestamps"
ATTESTATION_LIMIT = 256 << 10
REMARK_LIMIT = 64 << 10
MAX_SIGNATURES = 99

_FILE = re.compile(
    r"signatures/(?P<number>0[1-9]|[1-9][0-9])-(?P<role>[a-z][a-z0-9-]{0,30})\.att(?P<signature>\.sig)?"
)
_STAMP = re.compile(r"timestamps/(?P<stem>(?:0[1-9]|[1-9][0-9])-[a-z][a-z0-9-]{0,30})\.tsr")


class Position(StrEnum):
    """What a signer makes of the sealed content."""

    ACCEPTS = "accepts"
    WITH_REMARKS = "with-remarks"
    RECEIVED_ONLY = "received-only"
    REFUSES = "refuses"


@dataclass(frozen=True, slots=True)
class RecordedFor:
    """What a signer without a key put on paper, attested by the one who signs here.

    `paper` is the SHA-256 (hex) of the scanned paper, `name` who signed it, in any script.
    """

    role: str
    position: Position
    paper: str
    name: str


@dataclass(frozen=True, slots=True)
class Attestation:
    """One signer's statement. `key` is the fingerprint (`SHA256:…`) of the key that signs it.

    `remark` may have several lines. `saw` are the SHA-256 (hex) of the `.att.sig` files that lay there before, in
    the order of their numbers. `claimed_time` is the signer's clock, a claim.
    """

    seal_sha256: str
    role: str
    key: str
    position: Position
    remark: str
    recorded_for: tuple[RecordedFor, ...]
    saw: tuple[str, ...]
    claimed_time: str


@dataclass(frozen=True, slots=True)
class SignatureFile:
    """A path in `signatures/`, taken apart."""

    number: int
    role: str
    is_signature: bool


def attestation_path(number: int, role: str) -> str:
    """The path in the bundle of attestation `number` (from 1); its signature has `.sig` appended."""
    return f"{FOLDER}/{number:02d}-{role}.att"


def parse_path(path: str) -> SignatureFile | None:
    """What a path in `signatures/` names, or None where it is not of the form of an attestation or signature."""
    match = _FILE.fullmatch(path)
    if match is None:
        return None
    return SignatureFile(int(match["number"]), match["role"], match["signature"] is not None)


def stamped_signature(path: str) -> str | None:
    """The path of the signature over which a file in `timestamps/` is a token, or None where it is not named as one."""
    match = _STAMP.fullmatch(path)
    return f"{FOLDER}/{match['stem']}.att.sig" if match else None


def format_attestation(attestation: Attestation) -> bytes:
    """The bytes to sign. Refuses (`UnreadableError`) what `parse_attestation` would refuse."""
    lines = [
        HEADER,
        f"seal-sha256 {attestation.seal_sha256}",
        f"role {attestation.role}",
        f"key {attestation.key}",
        f"position {attestation.position}",
    ]
    if attestation.remark:
        lines += [f"remark {quote(line)}" for line in attestation.remark.split("\n")]
    lines += [
        f"recorded-for {other.role} {other.position} {other.paper} {quote(other.name)}"
        for other in attestation.recorded_for
    ]
    lines += [f"saw {digest}" for digest in attestation.saw]
    lines.append(f"claimed-time {attestation.claimed_time}")
    data = "".join(line + "\n" for line in lines).encode()
    parse_attestation(data)
    return data


def parse_attestation(data: bytes, *, where: str = "attestation") -> Attestation:
    """Read an attestation strictly. `UnreadableError` names the line; `NewerFormatError` for a later version."""
    lines = Lines(data, where=where, header=HEADER, limit=ATTESTATION_LIMIT)
    seal_sha256 = lines.take("seal-sha256")
    if not DIGEST.fullmatch(seal_sha256):
        lines.refuse("is not a SHA-256 in lowercase hex")
    role = lines.take("role")
    if not ROLE.fullmatch(role):
        lines.refuse("is not a role: lower-case letters, digits, hyphens")
    key = lines.take("key")
    if not is_fingerprint(key):
        lines.refuse("is not a key fingerprint as SHA256:…")
    position = _position(lines, lines.take("position"))
    remark = _remark(lines)
    if position is Position.WITH_REMARKS and not remark:
        lines.refuse("the position with-remarks without a remark")
    recorded_for = _recorded_for(lines)
    saw = lines.take_all("saw")
    if not all(DIGEST.fullmatch(digest) for digest in saw) or len(set(saw)) != len(saw):
        lines.refuse("the signatures seen are not distinct SHA-256 in lowercase hex")
    claimed_time = lines.take("claimed-time")
    if not is_utc_time(claimed_time):
        lines.refuse("is not a time in UTC")
    lines.end()
    return Attestation(seal_sha256, role, key, position, remark, recorded_for, tuple(saw), claimed_time)


def _position(lines: Lines, text: str) -> Position:
    try:
        return Position(text)
    except ValueError:
        lines.refuse("is not one of: " + ", ".join(Position))


def _remark(lines: Lines) -> str:
    given = lines.take_all("remark")
    if given == ['""']:
        lines.refuse("an empty remark")
    return "\n".join(_unquoted(lines, line) for line in given)


def _recorded_for(lines: Lines) -> tuple[RecordedFor, ...]:
    found: list[RecordedFor] = []
    while (value := lines.take_if("recorded-for")) is not None:
        parts = value.split(" ", 3)
        if len(parts) != 4 or not ROLE.fullmatch(parts[0]) or not DIGEST.fullmatch(parts[2]):
            lines.refuse("is not: role, position, SHA-256 of the scanned paper, name")
        name = _unquoted(lines, parts[3])
        if not name.strip():
            lines.refuse("nobody is named")
        found.append(RecordedFor(parts[0], _position(lines, parts[1]), parts[2], name))
    return tuple(found)


def _unquoted(lines: Lines, quoted: str) -> str:
    try:
        return unquote(quoted)
    except ValueError as cause:
        lines.refuse(str(cause))
