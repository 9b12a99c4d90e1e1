"""Originals against the journal: which are here, which are not and why, and which nobody names."""

from __future__ import annotations

from collections.abc import Iterable

from fieldkit.bundle.verify.content import MEDIA
from fieldkit.bundle.verify.report import FOUND, Report, counted
from fieldkit.bundle.verify.stretches import MediaFact
from fieldkit.domain.hostile import visible

_WITHHELD = ("withheld", "held")
_LISTED = 20


def check_media(facts: Iterable[MediaFact], payload: Iterable[str], report: Report) -> None:
    """Compare the `media` records with the files in data/media, into `report`.

    An original that is not here is accounted for by a photo that was withheld; else it was left out of this copy,
    which the signers knew, for the seal covers the list of files. One that no record names is told.
    """
    digests: dict[str, str] = {}
    named: set[str] = set()
    photos: dict[str, str] = {}
    withheld: set[str] = set()
    states: dict[str, str] = {}
    for fact in facts:
        if fact.sha256:
            digests[fact.record] = fact.sha256
            named.add(fact.sha256)
        if fact.media:
            photos[fact.record] = fact.media
        if fact.state:
            states[fact.record] = fact.state
        if fact.state in _WITHHELD:
            withheld.add(fact.record)
    held_back = {digests.get(media, "") for photo, media in photos.items() if photo in withheld}
    present = {path.removeprefix(MEDIA).partition(".")[0]: path for path in payload if path.startswith(MEDIA)}
    for digest in sorted(present.keys() - named):
        report.fault(FOUND, present[digest], "is an original that no entry of the journal names")
    absent = sorted(named - present.keys())
    lines = [
        f"original {visible(digest, lines=False)} is not in this copy: "
        + ("withheld or held by the host" if digest in held_back else "left out of the export")
        for digest in absent
    ]
    report.content.remarks += lines[:_LISTED]
    if len(lines) > _LISTED:
        report.content.remarks.append(f"and {len(lines) - _LISTED} more originals that are not in this copy")
    entries = sum(log.size for log in report.logs)
    many = f"{counted(entries, 'entry', 'entries')} in {counted(len(report.logs), 'log', 'logs')}"
    closed = sum(state == "withheld" for state in states.values())
    if closed:
        report.content.remarks.append(
            f"{counted(closed, 'photo', 'photos')} withheld, listed without original"
        )
    if absent:
        report.copy = (
            f"all {many}; {len(named) - len(absent):,} of {counted(len(named), 'original', 'originals')}"
        )
        report.not_proved.append(
            "What the originals that are not in this copy show: the journal holds only their SHA-256."
        )
    else:
        report.copy = f"complete: {many}, {counted(len(named), 'original', 'originals')}"
