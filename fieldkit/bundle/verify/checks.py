"""`verify_bundle`: the order in which a bundle is checked, and what a check does not prove.

The seal first, then who stands for it, then every byte that it pins, then what those bytes say. A check that cannot
go on leaves its fault in the report and the others still run, so that one look shows all that is wrong.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

from fieldkit.bundle.attestation import TIMESTAMPS_FOLDER, stamped_signature
from fieldkit.bundle.bag import BAG_INFO, BAGIT, MANIFEST
from fieldkit.bundle.opening import open_source
from fieldkit.bundle.seal import SEAL_LIMIT, SEAL_NAME, Seal, parse_seal, seal_digest
from fieldkit.bundle.sources import Source
from fieldkit.bundle.verify.content import check_content
from fieldkit.bundle.verify.logs import check_logs
from fieldkit.bundle.verify.media import check_media
from fieldkit.bundle.verify.previous import Former, check_succession, load_former
from fieldkit.bundle.verify.report import FOUND, NEWER, UNREADABLE, Report
from fieldkit.bundle.verify.signatures import KeyList, check_signatures
from fieldkit.bundle.verify.stated import Stated, read_stated
from fieldkit.domain.hostile import visible
from fieldkit.errors import FieldkitError, UnreadableError
from fieldkit.journal.signers import MAX_BYTES as KEY_LIST_LIMIT
from fieldkit.journal.signers import AllowedSigners

Progress: TypeAlias = Callable[[str, int, int], None]
"""Called with what is being done (`files`, `entries`), how much is done and how much there is (bytes, entries)."""

_NAME_KEYS = "Name the list of signers as OpenSSH has it (allowed_signers), got from the signers themselves."
_ALWAYS_OPEN = (
    "That what was recorded is true: only that it is unchanged since it was signed.",
    "When it happened: the times are what the clocks of laptops and signers said.",
    "data/views: a convenience copy for reading, made from the journal. Where they differ, the journal counts.",
)


def verify_bundle(
    path: Path,
    *,
    keys: Path | None = None,
    previous: Path | None = None,
    progress: Progress | None = None,
    processes: int | None = None,
) -> Report:
    """Check the bundle at `path`, a folder or a zip, and report. Nothing is written, unpacked or fetched.

    `keys` is the verifier's own list of signers (OpenSSH allowed_signers): without it nobody is known. `previous` is
    an earlier bundle of the mission or its seal.txt. `processes` is for tests; by default it follows the size.
    Raises only for what is wrong with `keys` or `previous` themselves; what is wrong with the bundle is reported.
    """
    trusted = _key_list(keys) if keys else None
    former = load_former(previous) if previous else None
    report = Report(visible(path.name or path.resolve().name, lines=False))
    try:
        source = open_source(path)
    except FieldkitError as cause:
        report.error(cause)
        return report
    except OSError as cause:
        report.fault(UNREADABLE, str(path), f"cannot be read: {cause.strerror}")
        return report
    if not source.refusals and not {SEAL_NAME, BAGIT, MANIFEST} & source.files.keys():
        report.fault(
            UNREADABLE,
            str(path),
            "is not a bundle: it holds neither seal.txt nor a manifest",
            _instead(source),
        )
        return report
    seal, digest = _seal(source, report)
    if digest:
        check_signatures(source, digest, seal, trusted, report)
    if any(fault.code == NEWER and fault.where.startswith(SEAL_NAME) for fault in report.faults):
        return report
    _check_sealed(source, seal, digest, former, report, progress, processes)
    return report


def _instead(source: Source) -> str:
    """What to give in place of something that is no bundle at all."""
    if "vault.json" in source.files:
        return "It is a mission's vault: 'fieldkit export' makes a bundle of it."
    return "Give the bundle's folder, or its zip, as it was received."


def _key_list(path: Path) -> KeyList:
    try:
        with path.open("rb") as stream:
            data = stream.read(KEY_LIST_LIMIT + 1)
        text = data.decode()
        return KeyList(visible(path.name, lines=False), AllowedSigners.parse(text, str(path)), text)
    except OSError as cause:
        raise UnreadableError(
            f"cannot be read: {cause.strerror}", where=str(path), remedy=_NAME_KEYS
        ) from cause
    except UnicodeDecodeError as cause:
        raise UnreadableError(
            "is not a list of keys: it is not UTF-8", where=str(path), remedy=_NAME_KEYS
        ) from cause


def _seal(source: Source, report: Report) -> tuple[Seal | None, str]:
    """The seal, where it can be read, and the SHA-256 of its bytes, where they are there."""
    if SEAL_NAME not in source.files:
        report.gone(SEAL_NAME, "is missing: nothing says what this bundle is", UNREADABLE)
        return None, ""
    try:
        data = source.read(SEAL_NAME, limit=SEAL_LIMIT)
        report.seal = seal_digest(data)
        seal = parse_seal(data)
    except FieldkitError as cause:
        report.error(cause)
        return None, report.seal
    report.bundle = seal.bundle
    report.claimed.append(f"claimed: the last entry was recorded at {seal.claimed_time}")
    return seal, report.seal


def _check_sealed(
    source: Source,
    seal: Seal | None,
    digest: str,
    former: Former | None,
    report: Report,
    progress: Progress | None,
    processes: int | None,
) -> None:
    """Everything that the seal pins."""
    total = sum(span.size for span in source.files.values())
    payload = check_content(
        source,
        seal.tagmanifest if seal else None,
        report,
        workers=processes,
        progress=_counting(progress, "files", total),
    )
    stamps = [path for path in source.under(f"{TIMESTAMPS_FOLDER}/") if stamped_signature(path)]
    if stamps:
        report.proven.append(
            f"proven: nothing here; {len(stamps)} time stamps are there, not checked by this"
        )
    report.not_proved += _ALWAYS_OPEN
    if seal is None:
        return
    if former:
        check_succession(seal, digest, former, report)
        if seal.previous == former.digest:
            report.content.remarks.append(f"directly follows seal {former.seal.number}")
    else:
        report.not_proved.append(
            "That nothing was dropped since an earlier export: give it, with --previous."
        )
    stated = _stated(source, report)
    entries = sum(log.size for log in seal.logs)
    facts = check_logs(
        source,
        seal,
        former,
        report,
        processes=processes,
        progress=_counting(progress, "entries", entries),
    )
    if all(log.intact for log in report.logs):
        check_media(facts, payload, stated, report)
        _check_time(seal, report)


def _stated(source: Source, report: Report) -> Stated:
    """What the exporter says is not here. No fault: the signers knew it, and the seal covers it."""
    stated = read_stated(source)
    for line in stated.unclear:
        report.fault(FOUND, BAG_INFO, f"tells of missing entries, and not of which: {line}")
    if stated.entries:
        report.entries_missing += stated.entries
        report.not_proved.append(
            "What the entries that had not arrived say: nothing of them is in this copy."
        )
    return stated


def _check_time(seal: Seal, report: Report) -> None:
    """The seal claims the time of the last entry of all logs. Compared to the second; newer entries may hide theirs."""
    last = max(log.last_at for log in report.logs)
    if seal.claimed_time[:19] != last and not any(log.newer for log in report.logs):
        report.fault(
            FOUND, SEAL_NAME, f"claims {seal.claimed_time}, but the last entry was recorded at {last}Z"
        )


def _counting(progress: Progress | None, what: str, total: int) -> Callable[[int], None] | None:
    """A callback for steps, from one for totals."""
    if progress is None:
        return None
    done = 0

    def step(more: int) -> None:
        nonlocal done
        done += more
        progress(what, done, total)

    return step
