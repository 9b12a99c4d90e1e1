"""What laptops saw of each other's logs: every head in a `witness` entry against that log as it is in the bundle.

A claim may stand in the bundle before or behind the log of which it speaks, so a log is passed once, marks of its tree
are kept on the way, and the witnessed sizes are settled at the end from the nearest mark, by hashing leaves again.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from fieldkit.bundle.lines import decode_base64
from fieldkit.bundle.seal import Seal, SealedLog
from fieldkit.bundle.sources import Span
from fieldkit.bundle.verify.report import ALTERED, FOUND, Log, Report, Seen
from fieldkit.bundle.verify.stretches import LOGS, WitnessClaim
from fieldkit.errors import AlteredError, FieldkitError
from fieldkit.journal.canonical import MAX_BYTES as MAX_LINE
from fieldkit.journal.checkpoint import add_cosignature, open_checkpoint, verify_cosignature
from fieldkit.journal.merkle import Frontier, leaf_hash

MOST_MARKS: Final = 1024
_READ_AHEAD: Final = 1 << 20


class Mark(NamedTuple):
    """A log's tree after some entries, and where the next leaf begins in leaves.jsonl."""

    frontier: Frontier
    offset: int


class _Claimed(NamedTuple):
    """Who claims a head, and in which entry of his log."""

    witness: SealedLog
    seq: int


class Witnesses:
    """Takes marks and claims while the logs are passed; `settle` says what comes of them."""

    def __init__(self, seal: Seal) -> None:
        self._logs = {log.log_id: log for log in seal.logs}
        self._marks: dict[str, list[Mark]] = {}
        self._heads: dict[str, dict[int, dict[bytes, list[_Claimed]]]] = {}

    def mark(self, log: str, frontier: Frontier, offset: int) -> None:
        """A log was passed up to here. Memory is constant: of too many marks every second one is dropped."""
        marks = self._marks.setdefault(log, [])
        marks.append(Mark(frontier, offset))
        if len(marks) > MOST_MARKS:
            del marks[1::2]

    def claim(self, witness: SealedLog, claim: WitnessClaim, report: Report) -> None:
        """Take what an entry of `witness` claims, after checking both signatures; one that does not hold is told."""
        where = f"{LOGS}{witness.log_id}:{claim.seq + 1}"
        log = self._logs.get(claim.log)
        if log is None:
            problem = f"witnesses the log {claim.log[:32]}, which is not in this bundle"
            report.fault(FOUND, where, problem)
            return
        try:
            root = _check(claim, log, witness)
        except (FieldkitError, ValueError) as cause:
            problem = cause.problem if isinstance(cause, FieldkitError) else str(cause)
            report.fault(FOUND, where, f"does not hold as a witness of log {claim.log}: {problem}")
            return
        if log != witness:
            heads = self._heads.setdefault(log.log_id, {}).setdefault(claim.size, {})
            heads.setdefault(root, []).append(_Claimed(witness, claim.seq))

    def settle(self, leaves: dict[str, Span], report: Report) -> None:
        """Compare every witnessed head with the logs that were passed to their end. `leaves` are their leaves.jsonl."""
        for result in report.logs:
            sizes = self._heads.get(result.log, {})
            if not result.intact:
                continue
            within = [size for size in sizes if size <= result.size]
            marks = self._marks.get(result.log, [])
            for size, root in roots_at(leaves[result.log], marks, within) if within else ():
                for claimed, claims in sizes[size].items():
                    if claimed == root:
                        _count(claims, size, result)
                    else:
                        _fork(claims, size, result, report)
            for size in sorted(sizes.keys() - set(within)):
                _beyond(sizes[size], size, result, report)


def roots_at(leaves: Span, marks: Iterable[Mark], sizes: Iterable[int]) -> Iterator[tuple[int, bytes]]:
    """Size and root of the tree over the first leaves, for each of these sizes, in order."""
    known = [Mark(Frontier(), 0), *marks]
    starts = [mark.frontier.size for mark in known]
    frontier = Frontier()
    with leaves.open(buffering=_READ_AHEAD) as stream:
        for size in sorted(sizes):
            nearest = known[bisect_right(starts, size) - 1]
            if nearest.frontier.size > frontier.size:
                frontier = nearest.frontier.copy()
                stream.seek(leaves.offset + nearest.offset)
            while frontier.size < size:
                frontier.append(leaf_hash(stream.readline(MAX_LINE).rstrip(b"\n")))
            yield size, frontier.root()


def _check(claim: WitnessClaim, log: SealedLog, witness: SealedLog) -> bytes:
    """The witnessed root, once the log's own key signed it and the witness's key signed over that."""
    note = f"{claim.checkpoint}\n".encode()
    head = open_checkpoint(note, log.public_key, origin=log.origin)
    if (head.size, head.root) != (claim.size, decode_base64(claim.root, length=32)):
        raise AlteredError("it names another head than its checkpoint")
    cosigned = add_cosignature(note, f"{claim.cosignature}\n")
    verify_cosignature(cosigned, witness.origin, witness.public_key)
    return head.root


def _count(claims: Iterable[_Claimed], size: int, result: Log) -> None:
    for claimed in claims:
        by = claimed.witness.log_id
        result.witnessed = [seen for seen in result.witnessed if seen.log != by]
        result.witnessed.append(Seen(by, size))


def _fork(claims: Iterable[_Claimed], size: int, result: Log, report: Report) -> None:
    for claimed in claims:
        report.fault(
            ALTERED,
            f"{LOGS}{result.log}",
            f"is one of two histories: at {size} entries its own laptop signed another one, which log"
            f" {claimed.witness.log_id} witnessed in its entry {claimed.seq + 1}",
            "Ask the laptops for what they have; one of them was copied, put back or its key is in other hands.",
        )


def _beyond(roots: dict[bytes, list[_Claimed]], size: int, result: Log, report: Report) -> None:
    """Heads that the log signed beyond its end here: what lies between is missing, and it cannot be two things."""
    claims = [claimed for claims in roots.values() for claimed in claims]
    if len(roots) > 1:
        _fork(claims, size, result, report)
        return
    for claimed in claims:
        report.fault(
            FOUND,
            f"{LOGS}{result.log}",
            f"ends at {result.size} entries, but log {claimed.witness.log_id} witnessed {size} in its entry"
            f" {claimed.seq + 1}: the last ones are not in this bundle",
        )
