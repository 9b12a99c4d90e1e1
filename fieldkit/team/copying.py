"""Copying one depot into another. It takes no vault and no key: whoever carries a stick can do it."""

from __future__ import annotations

from itertools import chain, groupby

from fieldkit.errors import UnreadableError
from fieldkit.team import names
from fieldkit.team.depot import Depot
from fieldkit.team.names import Name
from fieldkit.team.several import as_done, rounds
from fieldkit.team.sync_report import Report
from fieldkit.team.syncing import Progress


def copy_depot(source: Depot, target: Depot, *, progress: Progress = lambda *_: None) -> Report:
    """Copy what the other depot lacks, by the names of all missions' objects: kind by kind in the order of travel, the segments of
    a log one after the other, all else several at a time; needs no key."""
    source.check_begun()
    target.check_begun()
    report = Report()
    there = target.contents().objects
    wanted = sorted(
        (name for name, size in source.contents().objects.items() if there.get(name) != size),
        key=lambda name: (names.KINDS.index(name.kind), name.mission, name.log, name.first, name.hash),
    )

    def copy(name: Name) -> tuple[Name, int | UnreadableError]:
        try:
            data = source.read(name)
        except UnreadableError as error:
            return name, error
        target.write(name, data)
        return name, len(data)

    turns = (
        turn for _, of_kind in groupby(wanted, lambda name: name.kind) for turn in rounds(of_kind, _overtaken)
    )
    copied = chain.from_iterable(as_done(copy, turn) for turn in turns)
    for done, (name, made) in enumerate(copied, start=1):
        if isinstance(made, UnreadableError):
            report.refuse(name, made.problem)
            continue
        report.sent[name.kind] += 1
        report.bytes_sent += made
        progress("copying", done, len(wanted))
    return report


def _overtaken(name: Name) -> object:
    """What no other object of the same may overtake: the segments of a log go there in order."""
    return (name.mission, name.log) if name.kind == names.LOG else name
