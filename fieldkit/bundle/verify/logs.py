"""Every log from its first entry to its sealed head: leaves, disclosures, tree, device signature, earlier heads.

The rules of single entries and of the tree are `journal.verification`'s; here they meet the files. Long logs are
opened by several processes, short ones at once in this one: starting a process costs as much as opening thousands
of entries.
"""

from __future__ import annotations

import multiprocessing
import os
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import NamedTuple

from fieldkit.bundle.consistency import CONSISTENCY_LIMIT, Consistency, consistency_path, parse_consistency
from fieldkit.bundle.seal import Seal, SealedLog
from fieldkit.bundle.sources import Source
from fieldkit.bundle.verify.previous import Former, check_head, checkpoint_path, device_key
from fieldkit.bundle.verify.report import ALTERED, NEWER, Log, Report, counted
from fieldkit.bundle.verify.stretches import LOGS, Fact, MediaFact, Stretch, cut, open_stretch
from fieldkit.bundle.verify.witnesses import Witnesses
from fieldkit.domain.hostile import visible
from fieldkit.errors import AlteredError, FieldkitError, SignaturesError, UnavailableError, UnreadableError
from fieldkit.journal.merkle import verify_consistency
from fieldkit.journal.verification import LogVerifier, OpenedChunk, Tally

CHECKPOINTS = "checkpoints/"
WORTH_PROCESSES = 16 << 20
_SHOWN_NOTES = 5


class _Helpers(NamedTuple):
    """The processes that open entries, if there are any."""

    pool: ProcessPoolExecutor | None
    processes: int


def check_logs(
    source: Source,
    seal: Seal,
    former: Former | None,
    report: Report,
    *,
    processes: int | None = None,
    progress: Callable[[int], None] | None = None,
) -> list[MediaFact]:
    """Check all logs into `report`; what their entries say of originals. `progress` gets entries just opened.

    `processes` opens entries with that many; by default one per processor where there is much to open.
    """
    _check_strangers(source, seal, report)
    _check_growth(source, seal, former, report)
    leaves = sum(source.files[path].size for path in source.under(LOGS))
    processes = processes or ((os.cpu_count() or 1) if leaves >= WORTH_PROCESSES else 1)
    facts: list[MediaFact] = []
    witnesses = Witnesses(seal)
    pool = None
    if processes > 1:
        pool = ProcessPoolExecutor(processes, mp_context=multiprocessing.get_context("spawn"))
    try:
        for log in seal.logs:
            result = Log(log.log_id, log.origin, log.size, log.root.hex())
            report.logs.append(result)
            try:
                for fact in _check_log(
                    source, log, former, result, witnesses, _Helpers(pool, processes), progress
                ):
                    if isinstance(fact, MediaFact):
                        facts.append(fact)
                    else:
                        witnesses.claim(log, fact, report)
                result.intact = True
                _tell_newer(result, report)
            except SignaturesError as cause:
                result.intact = False
                report.fault(ALTERED, checkpoint_path(log.log_id), cause.problem)
            except AlteredError as cause:
                result.intact = False
                report.error(cause)
            except FieldkitError as cause:
                report.error(cause)
            except OSError as cause:
                report.error(UnreadableError(f"cannot be read: {cause.strerror}", where=LOGS + log.log_id))
    except BrokenProcessPool as cause:
        raise UnavailableError(
            "a helping process was ended from outside", remedy="Free some memory, and verify again."
        ) from cause
    finally:
        if pool is not None:
            pool.shutdown(cancel_futures=True)
    witnesses.settle({log.log: source.files[_leaves(log.log)] for log in report.logs if log.intact}, report)
    return facts


def _leaves(log_id: str) -> str:
    return f"{LOGS}{log_id}/leaves.jsonl"


def _check_strangers(source: Source, seal: Seal, report: Report) -> None:
    """Files that look like a log's but belong to none that the seal names."""
    expected = set()
    for log in seal.logs:
        expected |= {checkpoint_path(log.log_id), consistency_path(log.log_id)}
        expected |= {f"{LOGS}{log.log_id}/{name}.jsonl" for name in ("leaves", "disclosures")}
    for path in [*source.under(LOGS), *source.under(CHECKPOINTS)]:
        if path not in expected:
            report.stray(path, "belongs to no log that the seal names")


def _check_growth(source: Source, seal: Seal, former: Former | None, report: Report) -> None:
    """The proofs of growth that must be there: one for each log that the seal before named.

    Without that seal it is not known which those are; but it named one at least, and no log ever goes away.
    """
    if seal.previous is None:
        return
    lacking = [log for log in seal.logs if consistency_path(log.log_id) not in source.files]
    if former and former.digest == seal.previous:
        for log in lacking:
            if former.head(log):
                report.gone(consistency_path(log.log_id), "is missing: the seal before named this log")
    elif len(lacking) == len(seal.logs):
        report.gone(
            f"{CHECKPOINTS}*.consistency",
            "are missing: the seal names an earlier one, and no log proves its growth",
        )


def _check_log(
    source: Source,
    log: SealedLog,
    former: Former | None,
    result: Log,
    witnesses: Witnesses,
    helpers: _Helpers,
    progress: Callable[[int], None] | None,
) -> Iterator[Fact]:
    """What its entries say, as they are opened; the log is right where this ends without an error."""
    key = device_key(log)
    note = check_head(source, log, key)
    folder = f"{LOGS}{log.log_id}/"
    spans = []
    for name in ("leaves", "disclosures"):
        path = f"{folder}{name}.jsonl"
        if path not in source.files:
            raise AlteredError("is missing: the seal names this log", where=path)
        spans.append(source.files[path])
    before = former.head(log) if former else None
    proof = _consistency(source, log)
    earlier = [(before.size, before.root)] if before and before.size <= log.size else []
    if proof is not None:
        earlier.append((proof.old_size, proof.old_root))
    verifier = LogVerifier(log.log_id, public_key=key, earlier=earlier, where=folder.rstrip("/"))
    for stretch, chunk in _opened(cut(log.log_id, spans[0], spans[1], folder), helpers):
        verifier.feed_chunk(chunk)
        end = stretch.leaves.offset + stretch.leaves.size
        witnesses.mark(log.log_id, verifier.frontier, end - spans[0].offset)
        yield from chunk.picked
        if progress:
            progress(chunk.tally.entries)
    verifier.finish(note)
    if verifier.founding:
        result.letter = visible(verifier.founding.letter, lines=False)
    _tell(verifier.tally, result)
    result.extends = _extension(log, former, before, proof)


def _extension(
    log: SealedLog, former: Former | None, before: SealedLog | None, proof: Consistency | None
) -> str:
    """How the log stands to what was seen of it before, after its entries were checked against that."""
    if former and before:
        grown = log.size - before.size
        return (
            f"extends seal {former.seal.number} by {counted(grown, 'entry', 'entries')}"
            if grown >= 0
            else f"DOES NOT EXTEND seal {former.seal.number}, which had {before.size} entries"
        )
    if former:
        return f"new since seal {former.seal.number}"
    return f"extends its {proof.old_size} entries of an earlier export" if proof else ""


def _consistency(source: Source, log: SealedLog) -> Consistency | None:
    """The proof that travels with the log, checked against the sealed head; None where there is none."""
    path = consistency_path(log.log_id)
    if path not in source.files:
        return None
    proof = parse_consistency(source.read(path, limit=CONSISTENCY_LIMIT), where=path)
    if (proof.origin, proof.new_size, proof.new_root) != (log.origin, log.size, log.root):
        raise AlteredError("does not lead to the head that the seal names", where=path)
    try:
        verify_consistency(proof.old_size, proof.new_size, proof.old_root, proof.new_root, proof.proof)
    except AlteredError as cause:
        raise AlteredError(cause.problem, where=path) from cause
    return proof


def _opened(stretches: Iterator[Stretch], helpers: _Helpers) -> Iterator[tuple[Stretch, OpenedChunk[Fact]]]:
    """The stretches opened, in order; with processes, a few ahead of the one that is asked for."""
    if helpers.pool is None:
        for stretch in stretches:
            yield stretch, open_stretch(stretch)
        return
    ahead: deque[tuple[Stretch, Future[OpenedChunk[Fact]]]] = deque()
    for stretch in stretches:
        ahead.append((stretch, helpers.pool.submit(open_stretch, stretch)))
        if len(ahead) > 3 * helpers.processes:
            first, opened = ahead.popleft()
            yield first, opened.result()
    for first, opened in ahead:
        yield first, opened.result()


def _tell_newer(result: Log, report: Report) -> None:
    """Entries of a newer version are counted by their bytes; nobody here can say what they say or withhold."""
    if result.newer:
        report.fault(
            NEWER,
            LOGS + result.log,
            f"{counted(result.newer, 'entry', 'entries')} of a newer version: what they say was not checked here",
            "Use a newer fieldkit to check it.",
        )


def _tell(tally: Tally, result: Log) -> None:
    result.newer, result.opened, result.of = tally.newer, tally.opened, tally.of
    result.first_at, result.last_at = tally.first_at, tally.last_at
    notes = [f"entry {note.seq + 1} {visible(note.text, lines=False)}" for note in tally.remarks]
    result.notes = notes[:_SHOWN_NOTES]
    more = len(notes) - len(result.notes) + tally.remarks_dropped
    if more:
        result.notes.append(f"and {more} more such notes")
