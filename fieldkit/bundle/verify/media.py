"""Originals against the journal: which are here, which are not and why, and which nobody names."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from fieldkit.bundle.verify.content import MEDIA
from fieldkit.bundle.verify.report import FOUND, Report, counted
from fieldkit.bundle.verify.stated import Stated
from fieldkit.bundle.verify.stretches import MediaFact
from fieldkit.domain.hostile import visible

_KEPT_BACK = frozenset({"withheld", "held"})
_LISTED = 20


def check_media(facts: Sequence[MediaFact], payload: Iterable[str], stated: Stated, report: Report) -> None:
    """Compare the `media` records with the files in data/media, into `report`.

    An original that is not here is accounted for by a photo that was withheld; else it was left out of this copy,
    which the signers knew, for the seal covers the list of files. One that no record names is told.
    """
    digests = {fact.record: fact.sha256 for fact in facts if fact.sha256}
    named = {fact.sha256 for fact in facts if fact.sha256}
    photos = {fact.record: fact.media for fact in facts if fact.media}
    states = _standing_states(facts)
    held_back = {
        digests.get(media, "")
        for photo, media in photos.items()
        if not _KEPT_BACK.isdisjoint(states.get(photo, ()))
    }
    present = {path.removeprefix(MEDIA).partition(".")[0]: path for path in payload if path.startswith(MEDIA)}
    for digest in sorted(present.keys() - named):
        report.fault(FOUND, present[digest], "is an original that no entry of the journal names")
    absent = sorted(named - present.keys())
    lines = [
        f"original {visible(digest, lines=False)} is not in this copy: "
        + (
            "withheld or held by the host"
            if digest in held_back
            else stated.originals.get(digest, "left out of the export")
        )
        for digest in absent
    ]
    report.content.remarks += lines[:_LISTED]
    if len(lines) > _LISTED:
        report.content.remarks.append(f"and {len(lines) - _LISTED} more originals that are not in this copy")
    closed = sum("withheld" in standing for standing in states.values())
    if closed:
        report.content.remarks.append(
            f"{counted(closed, 'photo', 'photos')} withheld, listed without original"
        )
    if absent:
        report.not_proved.append(
            "What the originals that are not in this copy show: the journal holds only their SHA-256."
        )
    report.copy = _copy(report, len(named), len(absent))


def _copy(report: Report, named: int, absent: int) -> str:
    """How much of the mission is in this copy. Complete is what opens everything and lacks no original."""
    entries = sum(log.size for log in report.logs)
    many = f"{counted(entries, 'entry', 'entries')} in {counted(len(report.logs), 'log', 'logs')}"
    of = counted(named, "original", "originals")
    originals = f"{named - absent:,} of {of}" if absent else of
    newer = sum(log.newer for log in report.logs)
    if newer:
        opened = f"{sum(log.opened for log in report.logs):,} of {sum(log.of for log in report.logs):,}"
        return f"{many}, {newer:,} of a newer version and not checked; {opened} fields opened; {originals}"
    if report.entries_missing:
        return f"NOT COMPLETE, by its own statement: {many} are here, others had not arrived; {originals}"
    return f"all {many}; {originals}" if absent else f"complete: {many}, {originals}"


def _standing_states(facts: Sequence[MediaFact]) -> dict[str, set[str]]:
    """The states of each photo that no later entry took the place of; several where observers differ."""
    replaced = {leaf for fact in facts for leaf in fact.replaces}
    states: dict[str, set[str]] = {}
    for fact in facts:
        if fact.state and fact.leaf not in replaced:
            states.setdefault(fact.record, set()).add(fact.state)
    return states
