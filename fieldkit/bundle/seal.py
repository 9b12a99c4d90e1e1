"""`seal.txt`: the one small file that is signed, and through it the whole bundle.

It pins the tag manifest (and so every file of the bag), the head of every log, the seal of the export before, and
the signatures that have to be there. ASCII, fixed order of lines, unknown lines refused: one seal has one spelling,
and `format_seal(parse_seal(data)) == data`. The text of the format is in texts/FORMAT.md.
"""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass

from fieldkit.bundle.lines import DIGEST, ROLE, Lines, decode_base64, is_fingerprint, is_utc_time

SEAL_NAME = "seal.txt"
HEADER = "fieldkit-seal/v1"
SEAL_LIMIT = 1 << 20
MAX_SIZE = 2**53
MAX_REQUIRED = 99

_WHOLE = re.compile(r"[1-9][0-9]{0,15}")
_BUNDLE = re.compile(r"(?P<mission>[a-z0-9-]{1,64})/(?P<log>[0-9a-f]{32})/(?P<number>[1-9][0-9]{0,8})")
_ORIGIN = re.compile(r"fieldkit/(?P<mission>[a-z0-9-]{1,64})/(?P<log>[0-9a-f]{32})")
_ED25519 = b"\x01"


@dataclass(frozen=True, slots=True, order=True)
class SealedLog:
    """The head of one log. `verifier_key` as C2SP signed-note: `<origin>+<8 hex>+<base64 of 01 and the key>`."""

    origin: str
    verifier_key: str
    size: int
    root: bytes

    @property
    def log_id(self) -> str:
        """The first 32 hex digits of the SHA-256 of the device's public key."""
        return self.origin.rpartition("/")[2]

    @property
    def public_key(self) -> bytes:
        """The device's Ed25519 public key, 32 bytes raw, out of `verifier_key`."""
        return base64.b64decode(self.verifier_key.split("+", 2)[2])[1:]


@dataclass(frozen=True, slots=True, order=True)
class RequiredSignature:
    """A signature that has to be there: who signs as `role` with the key of this fingerprint (`SHA256:…`)."""

    role: str
    key: str


@dataclass(frozen=True, slots=True)
class Seal:
    """What a bundle is. Digests are lowercase hex; `previous` is None for the first export of a laptop.

    `logs` are sorted by origin, `required` by role and key. `claimed_time` is the recording time of the last entry,
    as the laptop's clock told it: a claim.
    """

    mission: str
    log: str
    number: int
    tagmanifest: str
    logs: tuple[SealedLog, ...]
    previous: str | None
    required: tuple[RequiredSignature, ...]
    claimed_time: str

    @property
    def bundle(self) -> str:
        """The bundle's id: mission, exporting log, number of the export."""
        return f"{self.mission}/{self.log}/{self.number}"


def seal_digest(data: bytes) -> str:
    """The SHA-256 of a seal as stored, lowercase hex: what attestations and the next seal name."""
    return hashlib.sha256(data).hexdigest()


def format_seal(seal: Seal) -> bytes:
    """The bytes of `seal.txt`. Refuses (`UnreadableError`) what `parse_seal` would refuse."""
    lines = [HEADER, f"bundle {seal.bundle}", f"tagmanifest-sha256 {seal.tagmanifest}"]
    lines += [
        f"log {log.origin} {log.verifier_key} {log.size} {base64.b64encode(log.root).decode()}"
        for log in seal.logs
    ]
    lines.append(f"previous-seal {seal.previous or 'none'}")
    lines += [f"required {required.role} {required.key}" for required in seal.required]
    lines.append(f"claimed-time {seal.claimed_time}")
    data = "".join(line + "\n" for line in lines).encode()
    parse_seal(data)
    return data


def parse_seal(data: bytes, *, where: str = SEAL_NAME) -> Seal:
    """Read a seal strictly. `UnreadableError` names the line; `NewerFormatError` for a later version."""
    lines = Lines(data, where=where, header=HEADER, limit=SEAL_LIMIT)
    if not data.isascii():
        lines.refuse("holds characters outside ASCII")
    bundle = _BUNDLE.fullmatch(lines.take("bundle"))
    if bundle is None:
        lines.refuse("is not a bundle id: mission/log/number")
    tagmanifest = lines.take("tagmanifest-sha256")
    if not DIGEST.fullmatch(tagmanifest):
        lines.refuse("is not a SHA-256 in lowercase hex")
    logs = _logs(lines, bundle["mission"])
    previous = lines.take("previous-seal")
    if previous != "none" and not DIGEST.fullmatch(previous):
        lines.refuse("is neither a SHA-256 in lowercase hex nor 'none'")
    required = _required(lines)
    claimed_time = lines.take("claimed-time")
    if not is_utc_time(claimed_time):
        lines.refuse("is not a time in UTC")
    lines.end()
    return Seal(
        mission=bundle["mission"],
        log=bundle["log"],
        number=int(bundle["number"]),
        tagmanifest=tagmanifest,
        logs=logs,
        previous=None if previous == "none" else previous,
        required=required,
        claimed_time=claimed_time,
    )


def _logs(lines: Lines, mission: str) -> tuple[SealedLog, ...]:
    logs: list[SealedLog] = []
    while (value := lines.take_if("log")) is not None:
        parts = value.split(" ")
        origin = _ORIGIN.fullmatch(parts[0])
        if len(parts) != 4 or origin is None:
            lines.refuse("is not: origin, verification key, size, root")
        if origin["mission"] != mission:
            lines.refuse("a log of another mission")
        if logs and logs[-1].origin >= parts[0]:
            lines.refuse("a log named twice, or out of order")
        _check_verifier_key(lines, parts[1], origin[0], origin["log"])
        if not _WHOLE.fullmatch(parts[2]) or int(parts[2]) > MAX_SIZE:
            lines.refuse("the size of a log is not a whole number from 1")
        try:
            root = decode_base64(parts[3], length=32)
        except ValueError:
            lines.refuse("the root of a log is not 32 bytes in base64")
        logs.append(SealedLog(parts[0], parts[1], int(parts[2]), root))
    if not logs:
        lines.refuse("the seal names no log")
    return tuple(logs)


def _check_verifier_key(lines: Lines, verifier_key: str, origin: str, log_id: str) -> None:
    parts = verifier_key.split("+", 2)
    if len(parts) != 3 or parts[0] != origin:
        lines.refuse("the verification key is not one of this log")
    try:
        typed = decode_base64(parts[2], length=33)
    except ValueError:
        lines.refuse("the verification key is not base64 of 33 bytes")
    if typed[:1] != _ED25519:
        lines.refuse("the verification key is not of the kind Ed25519")
    if hashlib.sha256(origin.encode() + b"\n" + typed).hexdigest()[:8] != parts[1]:
        lines.refuse("the key id in the verification key does not belong to it")
    if hashlib.sha256(typed[1:]).hexdigest()[:32] != log_id:
        lines.refuse("the log is not named by its key")


def _required(lines: Lines) -> tuple[RequiredSignature, ...]:
    required: list[RequiredSignature] = []
    while (value := lines.take_if("required")) is not None:
        role, _, key = value.partition(" ")
        if not ROLE.fullmatch(role) or not is_fingerprint(key):
            lines.refuse("is not: role, key fingerprint as SHA256:…")
        if any(other.key == key for other in required):
            lines.refuse("a key with two roles")
        if required and required[-1] >= RequiredSignature(role, key):
            lines.refuse("required signatures out of order")
        if len(required) == MAX_REQUIRED:
            lines.refuse(f"more than {MAX_REQUIRED} required signatures")
        required.append(RequiredSignature(role, key))
    return tuple(required)
