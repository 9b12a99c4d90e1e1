"""What a laptop has to be told of a depot that it met: which objects are gone since it met it last, and which entries it knows
of have not arrived. Worked out from the files that lay there and the entries that are here, by name and number alone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from pathlib import Path
from typing import NamedTuple

from fieldkit.errors import UnreadableError
from fieldkit.team import names
from fieldkit.team.sync_report import Report
from fieldkit.team.telling import outcome
from fieldkit.vault.fold import EntryView
from fieldkit.vault.packing import read_packed
from fieldkit.vault.vault import Vault
from tests.trials.invariants import Invariant, hold

Place = tuple[str, int]
"""A log and a number in it."""


class Lying(NamedTuple):
    """The files of a depot after a laptop met it: all of them, and those of the team's own logs that were whole."""

    files: frozenset[str]
    sound: frozenset[str]


def files_of(root: Path) -> frozenset[str]:
    """Every object, by name."""
    top = root / names.ROOT
    return frozenset(str(path.relative_to(root)) for path in top.rglob("*") if path.is_file())


def lying(root: Path, known: Collection[str]) -> Lying:
    """What lies there now; `known` are the names (without folders) of the objects that the team cut."""
    files = files_of(root)
    sound = frozenset(
        name
        for name in files
        if Path(name).name in known
        and hashlib.sha256((root / name).read_bytes()).hexdigest() == Path(name).stem.rpartition("-")[2]
    )
    return Lying(files, sound)


def told_of_the_gone(vault: Vault, report: Report, before: Lying | None, now: Collection[str]) -> None:
    """Hold what a sync tells of objects that vanished against what lay there when the laptop met this depot last."""
    if before is None:
        return
    gone = before.sound - set(now)
    hold(
        report.gone >= len(gone),
        Invariant.TOLD,
        f"{len(gone)} objects are gone, {report.gone} are told: {sorted(gone)[:2]}",
    )
    hold(
        report.gone == 0 or not before.files <= set(now),
        Invariant.TOLD,
        f"{report.gone} objects are told to be gone, and none is",
    )
    _said(vault, report, "GONE", bool(report.gone))


def told_of_gaps(vault: Vault, report: Report) -> None:
    """Hold the gaps that a sync tells against the entries that are here, and the heads that others saw."""
    foreign = vault.database.rows(
        "SELECT 1 FROM segments WHERE folded AND NOT cut UNION SELECT 1 FROM locked LIMIT 1"
    )
    expected = _missing(vault) if foreign else set()
    told = {(gap.log, place) for gap in report.gaps for place in range(gap.first, gap.last + 1)}
    hold(
        told == expected,
        Invariant.TOLD,
        f"kept back and not told: {sorted(expected - told)[:3]}; told, and here: {sorted(told - expected)[:3]}",
    )
    _said(vault, report, "NOT ARRIVED", bool(report.missing))


def _said(vault: Vault, report: Report, word: str, due: bool) -> None:
    if due:
        alarms = [told.text for told in outcome(vault, report) if told.alarm]
        hold(any(word in text for text in alarms), Invariant.TOLD, f"nobody is told {word}: {alarms}")


def _missing(vault: Vault) -> set[Place]:
    """Every place of a log that is not here, though one beyond it is, or was seen by somebody."""
    held: dict[str, set[int]] = {log: set() for (log,) in vault.database.rows("SELECT log FROM logs")}
    stop = dict.fromkeys(held, 0)
    for log, seq, body in vault.database.rows(
        "SELECT log, seq, body FROM entries UNION ALL SELECT log, seq, body FROM branches"
    ):
        held[log].add(seq)
        stop[log] = max(stop[log], seq + 1)
        match _seen(bytes(body)):
            case {"log": str(seen), "size": int(size)} if seen in stop:
                stop[seen] = max(stop[seen], size)
    return {(log, place) for log in held for place in range(stop[log]) if place not in held[log]}


def _seen(body: bytes) -> object:
    """What an entry says that it saw of another log; nothing where it is no such entry."""
    try:
        entry = EntryView.read(b"", "", 0, read_packed(body))
    except UnreadableError:
        return None
    return entry.values if entry.kind == "witness" else None
