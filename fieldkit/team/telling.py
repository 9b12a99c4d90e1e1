"""What the team has to be told in plain words: the outcome of a sync, and what is alarming, each with the next step."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from fieldkit.team import names
from fieldkit.team.members import Member, members
from fieldkit.team.syncing import Report
from fieldkit.vault.exchange import Exchange
from fieldkit.vault.vault import Vault

_SECURITY: Final = "security"


class Told(NamedTuple):
    """One thing to know; `step` is what to do about it, where something is. `alarm`: somebody has to look at once."""

    text: str
    step: str = ""
    alarm: bool = False
    records: tuple[str, ...] = ()


def outcome(vault: Vault, report: Report, differing: int) -> Iterator[Told]:
    """What a sync did and found, what is alarming first."""
    letters = {log.log: log.letter for log in vault.logs()}
    if report.recovered:
        yield Told(
            f"THIS LAPTOP WAS PUT BACK from a backup: {_count(report.recovered, 'entry', 'entries')} of its own came"
            " back from the team",
            "Nothing is lost: it goes on in a new log. Tell the lead why it was put back.",
            alarm=True,
        )
    for fork in report.forks:
        yield _forked(letters, fork.log, fork.seq)
    if report.unsound:
        yield Told(
            f"{_count(len(report.unsound) + report.unsound_more, 'OBJECT', 'OBJECTS')} IN THE DEPOT"
            " NOT WHAT THE NAME SAYS: " + report.unsound[0][1],
            "Nothing of that was taken in. Sync with another depot; 'fieldkit depot check' names what is damaged.",
            alarm=True,
        )
    if differing:
        yield Told(
            f"{_count(differing, 'value differs', 'values differ')} between laptops",
            "Decide which is kept, or keep both: 'fieldkit differences' lists them.",
        )
    came = (
        f"{_count(report.entries, 'new entry', 'new entries')},"
        f" {_count(report.records, 'record', 'records')} changed; {_objects(report.received)}"
    )
    yield Told(f"Received: {came if any(report.received.values()) else 'nothing new'}")
    yield Told(f"Sent: {_objects(report.sent) if any(report.sent.values()) else 'nothing new'}")
    if report.waiting:
        yield Told(
            f"{_count(report.waiting, 'part', 'parts')} of originals on other laptops only, so far",
            "They come when those laptops sync with this depot.",
        )
    if report.sealed:
        yield Told(
            f"{_count(report.sealed, 'new entry', 'new entries')} sealed in compartments not read here"
        )
    if report.locked:
        yield Told(
            f"{_count(report.locked, 'segment', 'segments')} sealed under keys that this laptop was not given",
            "Ask who leads: 'fieldkit members history LAPTOP' gives them.",
        )
    if report.unknown:
        yield Told(f"{_count(report.unknown, 'entry', 'entries')} of kinds that a newer fieldkit knows; kept")
    if report.strange:
        yield Told(f"{_count(report.strange, 'file', 'files')} in the depot that are none of fieldkit's")


def growth(before: Mapping[str, int], vault: Vault) -> Iterator[Told]:
    """What came of each laptop since its log had the size `before`."""
    sizes: dict[str, int] = {}
    gained: dict[str, int] = {}
    for log in vault.logs():
        name = "this laptop" if log.letter == vault.letter else f"laptop {log.letter}"
        sizes[name] = sizes.get(name, 0) + log.size
        gained[name] = gained.get(name, 0) + log.size - before.get(log.log, 0)
    for name in sorted(sizes):
        said = f"{gained[name]:,} more" if gained[name] else "nothing new"
        yield Told(f"{name}: {_count(sizes[name], 'entry', 'entries')} here, {said}")


def alarms(vault: Vault) -> list[Told]:
    """What stands in the store that somebody has to look at."""
    exchange = Exchange(vault)
    letters = {log.log: log.letter for log in vault.logs()}
    found = [_forked(letters, log, seq) for log, seq in exchange.forks()]
    incidents = tuple(
        view.id for view in vault.list("incident") if view.doc.get("incident_type") == _SECURITY
    )
    if incidents:
        found.append(
            Told(
                _count(len(incidents), "SECURITY INCIDENT", "SECURITY INCIDENTS"),
                "Read each, and record what was done about it.",
                alarm=True,
                records=incidents,
            )
        )
    found += [_disputed(one) for one in members(vault) if one.standing.belongs and not one.standing.trusted]
    quarantined = exchange.quarantined()
    if quarantined:
        found.append(
            Told(
                f"{_count(quarantined, 'ENTRY DOES', 'ENTRIES DO')} NOT COUNT",
                "They come from laptops struck off or not admitted; they are kept: 'fieldkit members quarantine'.",
                alarm=True,
            )
        )
    return found


def _disputed(one: Member) -> Told:
    letter = one.record.doc.get("letter")
    return Told(
        f"LAPTOP {letter} WAS STRUCK OFF BY AN ENTRY THAT DOES NOT COUNT: it belongs to the team, and is given no keys",
        f"Ask why it was struck off. Then strike it off again, or trust it: 'fieldkit members readmit {letter}'.",
        alarm=True,
        records=(one.record.id,),
    )


def _forked(letters: Mapping[str, str], log: str, seq: int) -> Told:
    letter = letters.get(log) or log
    return Told(
        f"LAPTOP {letter} WAS WRITTEN TWICE from its entry {seq + 1} on: its vault was copied or put back, or"
        " somebody has its key",
        "Both histories are kept. Ask its owner where the laptop was; if it is not in his hands, strike it off.",
        alarm=True,
    )


def _objects(counts: Mapping[str, int]) -> str:
    return ", ".join(
        (
            _count(counts[names.LOG], "segment", "segments"),
            _count(counts[names.BLOB], "part of originals", "parts of originals"),
            _count(counts[names.KEYRING], "key", "keys"),
        )
    )


def _count(count: int, one: str, many: str) -> str:
    return f"{count:,} {one if count == 1 else many}"
