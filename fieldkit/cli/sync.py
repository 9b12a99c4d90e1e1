"""`fieldkit sync`: this laptop with a depot, or a depot with another."""

from __future__ import annotations

import time
from collections.abc import Iterator

import click

from fieldkit.cli.session import Session
from fieldkit.domain.jsontypes import Doc
from fieldkit.errors import UnavailableError, UsageError
from fieldkit.team.copying import copy_depot
from fieldkit.team.depot import open_depot
from fieldkit.team.sync_report import Report
from fieldkit.team.syncing import Progress, Sync
from fieldkit.team.telling import objects, outcome
from fieldkit.vault.vault import Vault

EXIT_FOUND = 1
_WATCH_SECONDS = 10.0


@click.command()
@click.argument("place", metavar="DEPOT")
@click.option(
    "--into", metavar="OTHER", help="Copy DEPOT into the depot OTHER; needs neither vault nor keys."
)
@click.option("--watch", is_flag=True, help="Go on, every ten seconds, until interrupted.")
@click.option("--dry-run", is_flag=True, help="Only say what would be copied.")
@click.option(
    "--no-originals", is_flag=True, help="Keys, entries and thumbnails only: photos and files later."
)
@click.pass_obj
def sync(
    session: Session, place: str, into: str | None, watch: bool, dry_run: bool, no_originals: bool
) -> int:
    """Sync this laptop with DEPOT, both ways: entries, then thumbnails, then originals: what findings rest on, the newest.

    Broken off, the same command goes on where it stopped. What arrives is verified, then taken in all at once. Leaves with
    1 where something wants a person's attention: differences, unsound objects, originals damaged here, a log that was written
    twice, entries that are known to exist and have not arrived, a depot from which something vanished, a newer key of the team
    that was not given.
    """
    if into is not None:
        if watch or dry_run or no_originals:
            raise UsageError("--into copies everything, once", remedy="Leave the other options out.")
        with _shown(session) as tell:
            report = copy_depot(open_depot(place), open_depot(into), progress=tell)
        session.emit(_document(report), _copied(report))
        return EXIT_FOUND if report.unsound else 0
    depot = open_depot(place)
    vault = session.vault()
    if dry_run:
        plan = Sync(vault, depot).plan()
        session.emit(_document(plan), _planned(plan))
        return 0
    told: list[str] = []
    while True:
        try:
            with _shown(session) as tell:
                report = Sync(vault, depot, progress=tell).run(media=not no_originals)
        except UnavailableError as error:
            if not watch:
                raise
            session.say(f"{error}")
        else:
            lines = list(_lines(vault, report))
            if not watch or any((*report.received.values(), *report.sent.values())) or lines != told:
                session.emit(_document(report), lines)
            told = lines
            if not watch:
                return EXIT_FOUND if report.wants_a_person else 0
        time.sleep(_WATCH_SECONDS)


class _Told:
    """Progress of a sync on standard error, one label after the other."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._label = ""
        self._done = 0

    def __enter__(self) -> Progress:
        self._bar = self._session.progress("")
        return self._advance

    def __exit__(self, *_: object) -> None:
        self._bar.__exit__(None, None, None)

    def _advance(self, label: str, done: int, total: int) -> None:
        if label != self._label:
            self._bar.__exit__(None, None, None)
            self._bar = self._session.progress(label.capitalize(), total)
            self._label, self._done = label, 0
        self._bar.advance(done - self._done)
        self._done = done


def _shown(session: Session) -> _Told:
    return _Told(session)


def _document(report: Report) -> Doc:
    return {
        "received": {**report.received},
        "sent": {**report.sent},
        "bytes_received": report.bytes_received,
        "bytes_sent": report.bytes_sent,
        "entries": report.entries,
        "records": report.records,
        "unknown_kinds": report.unknown,
        "sealed": report.sealed,
        "locked": report.locked,
        "strange": report.strange,
        "recovered": report.recovered,
        "waiting": report.waiting,
        "quarantined": report.quarantined,
        "newly_quarantined": report.newly_apart,
        "closed": report.closed.name.lower() if report.closed else None,
        "differences": report.differing,
        "differences_with_gaps": report.differing_with_gaps,
        "gone": report.gone,
        "gaps": [
            {
                "log": gap.log,
                "letter": gap.letter,
                "first": gap.first + 1,
                "last": gap.last + 1,
                "sealed": gap.sealed,
            }
            for gap in report.gaps
        ],
        "forks": [{"log": fork.log, "entry": fork.seq + 1} for fork in report.forks],
        "unsound": [{"name": name, "problem": problem} for name, problem in report.unsound],
        "unsound_more": report.unsound_more,
        "damaged": [{"file": file, "problem": problem} for file, problem in report.damaged],
        "damaged_more": report.damaged_more,
    }


def _planned(plan: Report) -> Iterator[str]:
    yield f"would fetch {objects(plan.received) or 'nothing'}, {plan.bytes_received:,} bytes"
    yield f"would send {objects(plan.sent) or 'nothing'}"
    if plan.closed:
        yield "what is new here waits for a key of the team that this laptop was not given"
    if plan.locked:
        yield f"{plan.locked} more lie there under keys that this laptop was not given"


def _copied(report: Report) -> Iterator[str]:
    yield f"copied {objects(report.sent) or 'nothing'}, {report.bytes_sent:,} bytes"
    for name, problem in report.unsound:
        yield f"left where it lies: {name}: {problem}"
    if report.unsound_more:
        yield f"and {report.unsound_more} more objects that are not sound"


def _lines(vault: Vault, report: Report) -> Iterator[str]:
    for one in outcome(vault, report):
        yield one.text
        if one.step:
            yield f"  {one.step}"
