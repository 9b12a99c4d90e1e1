"""What the verifier remembers of an earlier bundle: the heads that every log must still extend.

Given is the earlier bundle (folder or zip), or only its seal.txt, which is all that needs to be kept of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from fieldkit.bundle.opening import open_source
from fieldkit.bundle.seal import HEADER, SEAL_LIMIT, SEAL_NAME, Seal, SealedLog, parse_seal, seal_digest
from fieldkit.bundle.sources import Source
from fieldkit.bundle.verify.report import ALTERED, Report
from fieldkit.errors import AlteredError, UnreadableError
from fieldkit.journal.checkpoint import open_checkpoint
from fieldkit.journal.keys import parse_verifier_key
from fieldkit.journal.note import MAX_BYTES as NOTE_LIMIT

_SEAL_START = HEADER.partition("/")[0].encode() + b"/"


@dataclass(frozen=True, slots=True)
class Former:
    """An earlier seal, and its SHA-256 (hex)."""

    seal: Seal
    digest: str

    def head(self, log: SealedLog) -> SealedLog | None:
        """Where the log stood then, None if it was not in that bundle."""
        return next((each for each in self.seal.logs if each.origin == log.origin), None)


def checkpoint_path(log_id: str) -> str:
    """Where the signed head of a log lies in the bundle."""
    return f"checkpoints/{log_id}.note"


def load_former(path: Path) -> Former:
    """The earlier seal at `path`. Raises for a file that is no bundle and no seal, or whose heads nobody signed."""
    try:
        if path.is_file():
            with path.open("rb") as stream:
                data = stream.read(SEAL_LIMIT + 1)
            if data.startswith(_SEAL_START):
                return Former(parse_seal(data, where=str(path)), seal_digest(data))
        source = open_source(path)
        data = source.read(SEAL_NAME, limit=SEAL_LIMIT)
    except OSError as cause:
        raise UnreadableError(f"cannot be read: {cause.strerror}", where=str(path)) from cause
    seal = parse_seal(data, where=f"{path}/{SEAL_NAME}")
    for log in seal.logs:
        check_head(source, log, device_key(log), prefix=f"{path}/")
    return Former(seal, seal_digest(data))


def device_key(log: SealedLog) -> bytes:
    """The public key (32 bytes) that the seal gives for a log. `AlteredError` for a key that nobody may use."""
    return parse_verifier_key(log.verifier_key, where=SEAL_NAME).public


def check_head(source: Source, log: SealedLog, key: bytes, *, prefix: str = "") -> bytes:
    """The note of a log's head, after checking that the laptop signed exactly what the seal says."""
    path = checkpoint_path(log.log_id)
    where = prefix + path
    note = source.read(path, limit=NOTE_LIMIT)
    head = open_checkpoint(note, key, origin=log.origin, where=where)
    if (head.size, head.root) != (log.size, log.root):
        raise AlteredError("is not the head that the seal names", where=where)
    return note


def check_succession(seal: Seal, digest: str, former: Former, report: Report) -> None:
    """What can be said from the two seals alone, into `report`: one mission, no log dropped or cut short."""
    if seal.mission != former.seal.mission:
        report.fault(ALTERED, SEAL_NAME, "is of another mission than the earlier bundle")
        return
    ours, theirs = (seal.log, seal.number), (former.seal.log, former.seal.number)
    if ours == theirs and digest != former.digest:
        report.fault(
            ALTERED, SEAL_NAME, f"is another export under the same number as the earlier one: {seal.bundle}"
        )
    now = {log.origin: log for log in seal.logs}
    for before in former.seal.logs:
        log = now.get(before.origin)
        if log is None:
            report.fault(ALTERED, SEAL_NAME, f"the log {before.log_id} was in seal {theirs[1]} and is gone")
        elif log.size < before.size:
            report.fault(
                ALTERED,
                checkpoint_path(log.log_id),
                f"the log had {before.size} entries in seal {theirs[1]} and has {log.size} now: entries were dropped",
            )
