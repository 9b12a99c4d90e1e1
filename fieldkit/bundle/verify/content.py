"""The bag itself (RFC 8493, and stricter): every file listed, every listed file there, every byte as listed.

Stock tools pass a bag whose tag manifest was deleted, whose manifests were rewritten or replaced by MD5, or which
holds unlisted tag files. So the tag manifest is pinned by the seal, there is exactly one algorithm, and whatever
nobody lists is told. Only the seal, signatures and time stamps lie outside the manifests: they come later.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable

from fieldkit.bundle.attestation import FOLDER as SIGNATURES_FOLDER
from fieldkit.bundle.attestation import TIMESTAMPS_FOLDER, parse_path, stamped_signature
from fieldkit.bundle.bag import BAG_INFO, BAG_INFO_LIMIT, BAGIT, DECLARATION, MANIFEST, TAG_MANIFEST
from fieldkit.bundle.seal import SEAL_NAME
from fieldkit.bundle.sources import Source, name_problem
from fieldkit.bundle.verify.hashing import hash_files
from fieldkit.bundle.verify.report import ALTERED, UNREADABLE, Report
from fieldkit.errors import UnreadableError

PAYLOAD = "data/"
MEDIA = "data/media/"
MANIFEST_LIMIT = 1 << 30

_LINE = re.compile(r"([0-9a-f]{64})  (.+)")
_ANY_MANIFEST = re.compile(r"(?:tag)?manifest-[^/]*\.txt")
_OXUM = re.compile(rb"^Payload-Oxum: ([0-9]+)\.([0-9]+)$", re.MULTILINE)
_MEDIA_NAME = re.compile(r"data/media/([0-9a-f]{64})\.[a-z0-9]{1,16}")


def check_content(
    source: Source,
    pinned: str | None,
    report: Report,
    *,
    workers: int | None = None,
    progress: Callable[[int], None] | None = None,
) -> list[str]:
    """Check the bag into `report`; gives the paths of the payload, as listed.

    `pinned` is the digest that the seal gives for the tag manifest, None where there is no readable seal.
    """
    for refusal in source.refusals:
        report.fault(UNREADABLE, refusal.path, refusal.problem)
    _check_loose_ends(source, report)
    tags = _manifest(source, TAG_MANIFEST, pinned, report)
    payload = _manifest(source, MANIFEST, tags.get(MANIFEST), report)
    for path in [path for path in tags if not _is_tag(path)]:
        report.fault(UNREADABLE, TAG_MANIFEST, f"lists {path}, which is no tag file")
    for path in [path for path in payload if not path.startswith(PAYLOAD)]:
        report.fault(UNREADABLE, MANIFEST, f"lists {path}, which is no payload")
    listed = tags | payload
    _check_presence(source, listed, report)
    _check_declaration(source, listed, report)
    _check_digests(source, listed, report, workers, progress)
    for path in payload:
        named = _MEDIA_NAME.fullmatch(path)
        if path.startswith(MEDIA) and (named is None or named[1] != payload[path]):
            report.bad(path, "is not named by its SHA-256")
    return sorted(payload)


def _is_tag(path: str) -> bool:
    outside = (SEAL_NAME, TAG_MANIFEST)
    later = (f"{SIGNATURES_FOLDER}/", f"{TIMESTAMPS_FOLDER}/")
    return not path.startswith((PAYLOAD, *later)) and path not in outside


def _check_loose_ends(source: Source, report: Report) -> None:
    """Folders without files, and manifests of other algorithms, which other tools would believe instead."""
    for folder in source.empty:
        if folder not in (SIGNATURES_FOLDER, TIMESTAMPS_FOLDER):
            report.stray(folder + "/", "is an empty folder that no manifest can list")
    for path in source.files:
        if _ANY_MANIFEST.fullmatch(path) and path not in (MANIFEST, TAG_MANIFEST):
            report.stray(path, "is a manifest of another kind: a bundle has SHA-256 and nothing else")


def _manifest(source: Source, name: str, pinned: str | None, report: Report) -> dict[str, str]:
    """Path -> digest of one manifest. One that is not as pinned is read all the same, to say what differs."""
    try:
        data = source.read(name, limit=MANIFEST_LIMIT)
    except UnreadableError as cause:
        if name not in source.files:
            report.gone(name, "is missing: without it nothing says what belongs to the bundle")
        else:
            report.error(cause)
        return {}
    as_sealed = pinned is not None and hashlib.sha256(data).hexdigest() == pinned
    if pinned is not None and not as_sealed:
        who = "the seal" if name == TAG_MANIFEST else TAG_MANIFEST
        report.bad(name, f"is not the one that {who} names")
    try:
        return _parse(data, name)
    except UnreadableError as cause:
        report.fault(UNREADABLE, cause.where, cause.problem)
        return {}


def _parse(data: bytes, name: str) -> dict[str, str]:
    """Path -> digest, read strictly: digest, two spaces, path; sorted by bytes; no path twice."""
    try:
        lines = data.decode("ascii").split("\n")
    except UnicodeDecodeError as cause:
        raise UnreadableError("holds characters outside ASCII", where=name) from cause
    if lines.pop() or not lines:
        raise UnreadableError("does not end with a line feed, or is empty", where=name)
    listed: dict[str, str] = {}
    last = ""
    for number, line in enumerate(lines, 1):
        match = _LINE.fullmatch(line)
        problem = name_problem(match[2]) if match else "is not: SHA-256, two spaces, path"
        if match and match[2] <= last:
            problem = f"lists {match[2]} twice, or out of order"
        if match is None or problem:
            raise UnreadableError(problem or "", where=f"{name}, line {number}")
        last = match[2]
        listed[last] = match[1]
    return listed


def _check_presence(source: Source, listed: dict[str, str], report: Report) -> None:
    report.content.files = len(listed)
    report.content.bytes = sum(span.size for path, span in source.files.items() if path in listed)
    for path in sorted(listed.keys() - source.files.keys()):
        report.gone(path, "is missing")
    for path in source.files:
        if path not in listed and path not in (SEAL_NAME, TAG_MANIFEST):
            _check_later(path, source, report)


def _check_later(path: str, source: Source, report: Report) -> None:
    """A file that no manifest lists: only signatures and time stamps come after the manifests, under exact names."""
    if path.startswith(f"{SIGNATURES_FOLDER}/"):
        if parse_path(path) is None:
            report.stray(path, "is neither an attestation nor a signature")
    elif path.startswith(f"{TIMESTAMPS_FOLDER}/"):
        signature = stamped_signature(path)
        if signature is None:
            report.stray(
                path, "is no time stamp over a signature: those are named as the attestation, with .tsr"
            )
        elif signature not in source.files:
            report.stray(path, "is a time stamp over a signature that is not there")
    else:
        report.stray(path, "is in no manifest")


def _check_declaration(source: Source, listed: dict[str, str], report: Report) -> None:
    """`bagit.txt` has one form here; `bag-info.txt` counts the payload."""
    for name in (BAGIT, BAG_INFO):
        if name not in source.files:
            if name not in listed:
                report.gone(name, "is missing: this is no bag", UNREADABLE)
            continue
        try:
            data = source.read(name, limit=BAG_INFO_LIMIT)
        except UnreadableError as cause:
            report.error(cause)
            continue
        if name == BAGIT and data != DECLARATION:
            report.fault(UNREADABLE, name, "is not the declaration of a BagIt 1.0 bag in UTF-8")
        if name == BAG_INFO:
            payload = [span.size for path, span in source.files.items() if path.startswith(PAYLOAD)]
            stated = [(int(size[:20]), int(count[:20])) for size, count in _OXUM.findall(data)]
            if stated != [(sum(payload), len(payload))]:
                report.fault(
                    ALTERED, name, "its Payload-Oxum is not the size and number of the files in data/"
                )


def _check_digests(
    source: Source,
    listed: dict[str, str],
    report: Report,
    workers: int | None,
    progress: Callable[[int], None] | None,
) -> None:
    """Hash what is listed and there."""
    present = [(path, source.files[path]) for path in sorted(listed) if path in source.files]
    for hashed in hash_files(present, workers=workers, progress=progress):
        if hashed.problem:
            report.bad(hashed.path, hashed.problem, UNREADABLE)
        elif hashed.digest != listed[hashed.path]:
            report.bad(hashed.path, "is not what was sealed: its SHA-256 differs")
