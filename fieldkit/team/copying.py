"""Copying one depot into another. It takes no vault and no key: whoever carries a stick can do it."""

from __future__ import annotations

from fieldkit.errors import UnreadableError
from fieldkit.team import names
from fieldkit.team.depot import Depot
from fieldkit.team.sync_report import Report
from fieldkit.team.syncing import Progress


def copy_depot(source: Depot, target: Depot, *, progress: Progress = lambda *_: None) -> Report:
    """Copy what the other depot lacks, both missions' and everything else's names compared; needs no key."""
    source.check_begun()
    target.check_begun()
    report = Report()
    there = target.contents().objects
    wanted = sorted(name for name, size in source.contents().objects.items() if there.get(name) != size)
    order = {kind: place for place, kind in enumerate(names.KINDS)}
    wanted.sort(key=lambda name: order[name.kind])
    for done, name in enumerate(wanted, start=1):
        try:
            data = source.read(name)
        except UnreadableError as error:
            report.refuse(name, error.problem)
            continue
        target.write(name, data)
        report.sent[name.kind] += 1
        report.bytes_sent += len(data)
        progress("copying", done, len(wanted))
    return report
