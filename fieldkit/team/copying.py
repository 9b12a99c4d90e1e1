"""Copying one depot into another. It takes no vault and no key: whoever carries a stick can do it."""

from __future__ import annotations

from fieldkit.errors import UnreadableError
from fieldkit.team import names
from fieldkit.team.depot import Depot
from fieldkit.team.names import Name
from fieldkit.team.several import as_done
from fieldkit.team.sync_report import Report
from fieldkit.team.syncing import Progress


def copy_depot(source: Depot, target: Depot, *, progress: Progress = lambda *_: None) -> Report:
    """Copy what the other depot lacks, by the names of all missions' objects: kind by kind in the order of travel, several at a
    time; needs no key."""
    source.check_begun()
    target.check_begun()
    report = Report()
    there = target.contents().objects
    wanted = sorted(name for name, size in source.contents().objects.items() if there.get(name) != size)

    def copy(name: Name) -> tuple[Name, int | UnreadableError]:
        try:
            data = source.read(name)
        except UnreadableError as error:
            return name, error
        target.write(name, data)
        return name, len(data)

    done = 0
    for kind in names.KINDS:
        for name, made in as_done(copy, [name for name in wanted if name.kind == kind]):
            done += 1
            if isinstance(made, UnreadableError):
                report.refuse(name, made.problem)
                continue
            report.sent[name.kind] += 1
            report.bytes_sent += made
            progress("copying", done, len(wanted))
    return report
