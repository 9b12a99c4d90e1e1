"""What the team has to be told in plain words: the outcome of a sync, and what is alarming, each with the next step."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from fieldkit.team import names
from fieldkit.team.keyring import Closed, Keyring
from fieldkit.team.members import Member, members
from fieldkit.team.sync_report import Report
from fieldkit.vault.exchange import Exchange
from fieldkit.vault.gaps import Gap, awaited, gaps, only_sealed
from fieldkit.vault.standing import RANKS, Standing
from fieldkit.vault.vault import Vault

_SECURITY: Final = "security"
_SHOWN: Final = 5


class Told(NamedTuple):
    """One thing to know; `step` is what to do about it, where something is. `alarm`: somebody has to look at once."""

    text: str
    step: str = ""
    alarm: bool = False
    records: tuple[str, ...] = ()


def outcome(vault: Vault, report: Report) -> Iterator[Told]:
    """What a sync did and found, what is alarming first."""
    letters = {log.log: log.letter for log in vault.logs()}
    yield from _own_standing(vault)
    if report.recovered:
        yield Told(
            f"THIS LAPTOP WAS PUT BACK from a backup: {counted(report.recovered, 'entry', 'entries')} of its own came"
            " back from the team",
            "Nothing is lost: it goes on in a new log. Tell the lead why it was put back.",
            alarm=True,
        )
    if report.closed:
        yield _closed(vault, report.closed)
    for fork in report.forks:
        yield _forked(letters, fork.log, fork.seq)
    if report.unsound:
        yield Told(
            f"{counted(len(report.unsound) + report.unsound_more, 'OBJECT', 'OBJECTS')} IN THE DEPOT"
            " NOT WHAT THE NAME SAYS: " + report.unsound[0][1],
            "Nothing of that was taken in. Sync with another depot; 'fieldkit depot check DEPOT --open' names what is damaged"
            " or lies under a wrong name.",
            alarm=True,
        )
    if report.damaged:
        yield Told(
            f"{counted(len(report.damaged) + report.damaged_more, 'PART', 'PARTS')} OF ORIGINALS DAMAGED ON THIS LAPTOP"
            f" and not sent: {report.damaged[0][0]}: {report.damaged[0][1]}",
            "'fieldkit doctor --set-aside' names the originals and moves what is damaged out of the way: the next sync with a depot"
            " that has them fetches them; else take them from a backup. Do not trust this disk. All else was sent.",
            alarm=True,
        )
    if report.gone:
        yield Told(
            f"{counted(report.gone, 'OBJECT IS', 'OBJECTS ARE')} GONE that lay in this depot at the last sync",
            "Whoever keeps it removed them, or put an older copy in its place, unless you removed what was damaged. What is"
            " here was written there again; ask who had it in his hands.",
            alarm=True,
        )
    if report.another:
        yield Told(
            "Another depot lies here than at the last sync with this place",
            "If it should be the same one, ask who exchanged it.",
        )
    yield from _gaps(report.gaps)
    if report.newly_apart:
        yield Told(
            f"{counted(report.newly_apart, 'more entry is', 'more entries are')} kept apart and"
            f" {'does' if report.newly_apart == 1 else 'do'} not count",
            "'fieldkit members quarantine' shows them, and why.",
        )
    for log, before, after in report.standings:
        yield from _changed(vault, log, before, after)
    if report.differing:
        yield Told(
            f"{counted(report.differing, 'value differs', 'values differ')} between laptops",
            "Decide which is kept, or keep both: 'fieldkit differences' lists them.",
        )
    if report.differing_with_gaps:
        yield Told(
            f"{counted(report.differing_with_gaps, 'value differs', 'values differ')} for want of entries that have not"
            " arrived",
            "Do not decide yet: sync with the others first.",
        )
    elif report.awaited:
        yield Told(
            f"{counted(report.awaited, 'record takes', 'records take')} the place of values that have not arrived",
            "Sync with the others; 'fieldkit show' marks such a record.",
        )
    came = objects(report.received)
    if report.entries:
        came = (
            f"{counted(report.entries, 'new entry', 'new entries')},"
            f" {counted(report.records, 'record', 'records')} changed; {came}"
        )
    yield Told(f"Received: {came or 'nothing new'}")
    yield Told(f"Sent: {objects(report.sent) or 'nothing new'}")
    if report.waiting:
        yield Told(
            f"{counted(report.waiting, 'part', 'parts')} of originals on other laptops only, so far",
            "They come when those laptops sync with this depot.",
        )
    if report.sealed:
        yield Told(
            f"{counted(report.sealed, 'new entry', 'new entries')} sealed in compartments not read here"
        )
    if report.locked:
        yield Told(
            f"{counted(report.locked, 'object', 'objects')} in the depot sealed under keys that this laptop was not given",
            "Ask who leads: 'fieldkit members history LAPTOP' gives them.",
        )
    if report.unknown:
        yield Told(
            f"{counted(report.unknown, 'entry', 'entries')} of kinds that a newer fieldkit knows; kept",
            "'fieldkit list' counts them, 'fieldkit list KIND' shows them as they are.",
        )
    if report.strange:
        one_or_more = "that is none" if report.strange == 1 else "that are none"
        yield Told(f"{counted(report.strange, 'file', 'files')} in the depot {one_or_more} of fieldkit's")


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
        yield Told(f"{name}: {counted(sizes[name], 'entry', 'entries')} here, {said}")


def alarms(vault: Vault) -> list[Told]:
    """What stands in the store that somebody has to look at."""
    exchange = Exchange(vault)
    letters = {log.log: log.letter for log in vault.logs()}
    found = list(_own_standing(vault))
    if (closed := Keyring(vault).closed()) is not None:
        found.append(_closed(vault, closed))
    found += [_forked(letters, log, seq) for log, seq in exchange.forks()]
    incidents = tuple(
        view.id for view in vault.list("incident") if view.doc.get("incident_type") == _SECURITY
    )
    if incidents:
        found.append(
            Told(
                counted(len(incidents), "SECURITY INCIDENT", "SECURITY INCIDENTS"),
                "Read each, and record what was done about it.",
                alarm=True,
                records=incidents,
            )
        )
    found += [_disputed(one) for one in members(vault) if one.standing.belongs and not one.standing.trusted]
    missing = gaps(vault)
    found += list(_gaps(missing))
    waiting = tuple(awaited(vault))
    if waiting and not only_sealed(missing):
        found.append(
            Told(
                f"{counted(len(waiting), 'RECORD TAKES', 'RECORDS TAKE')} THE PLACE OF VALUES THAT HAVE NOT ARRIVED",
                "Sync with the others before anybody decides a difference in them.",
                alarm=True,
                records=waiting,
            )
        )
    quarantined = exchange.quarantined()
    if quarantined:
        found.append(
            Told(
                f"{counted(quarantined, 'ENTRY DOES', 'ENTRIES DO')} NOT COUNT",
                "They come from laptops struck off or not admitted, or say what theirs may not; they are kept: 'fieldkit members"
                " quarantine'.",
                alarm=True,
            )
        )
    return found


def _own_standing(vault: Vault) -> Iterator[Told]:
    """That this laptop was struck off: by whom, when and why; or that it is admitted no more."""
    own = vault.own_log.log
    if not vault.standing(own).role:
        yield Told(
            "THIS LAPTOP IS ADMITTED NO MORE: whoever admitted it was struck off, before that was known",
            "What it recorded is kept and does not count ('fieldkit members quarantine' shows it), and it is given no keys. Ask"
            " who leads now to admit it anew, by the same request ('fieldkit members request FILE'): all of it counts then.",
            alarm=True,
        )
    if vault.standing(own).cut is None:
        return
    yield Told(
        f"THIS LAPTOP WAS STRUCK OFF{_struck(vault, own)}",
        f"Of its entries the first {vault.standing(own).cut} count; what it records now does not, and it is given no keys. Ask who"
        " leads; to go on, ask to join anew in an empty folder.",
        alarm=True,
    )


def _closed(vault: Vault, why: Closed) -> Told:
    """That nothing new leaves this laptop, and what opens the way."""
    known = {
        Closed.STRUCK_OFF_HAS_IT: "a laptop that was struck off has the last key that this one was given",
        Closed.NEWER_ONE: "the team seals under a newer key, which this laptop was not given",
    }
    if not vault.standing(vault.own_log.log).trusted:
        step = "Ask who leads to give this laptop keys again ('fieldkit members readmit'), and sync."
    elif vault.role in RANKS:
        step = (
            "Sync with another depot. If the key does not come, make one for all whom you know to belong to the team:"
            " 'fieldkit members new-key --reason TEXT'."
        )
    else:
        step = "Sync with another depot. If the key does not come, somebody keeps it back: ask who leads to sync there."
    return Told(
        f"WHAT IS NEW HERE IS NOT SENT: {known[why]}",
        f"Go on recording: nothing is lost, and the first sync with the key sends it. {step}",
        alarm=True,
    )


def _struck(vault: Vault, log: str) -> str:
    """By whom a log was struck off, when and why, as far as that is known here."""
    apart = {leaf_hash for _, _, leaf_hash, _ in Exchange(vault).quarantine()}
    said = [
        entry
        for entry in vault.membership()
        if entry.values.get("cut_log") == log and entry.hash not in apart
    ]
    if not said:
        return ""
    last = max(said, key=lambda entry: (str(entry.recorded.get("at")), entry.hash))
    at = str(last.recorded.get("at"))[:16].replace("T", " ")
    return f" by {_laptop(vault, last.log)} at {at} UTC: {last.values.get('reason') or last.reason}"


def _laptop(vault: Vault, log: str) -> str:
    """A laptop as people know it."""
    found = next((one for one in members(vault) if one.log == log), None)
    if found is None:
        letter = next((one.letter for one in vault.logs() if one.log == log), "")
        return f"laptop {letter or log}"
    name = found.person.doc.get("name") if found.person else "?"
    return f"laptop {found.record.doc.get('letter')} ({name})"


def _changed(vault: Vault, log: str, before: Standing, after: Standing) -> Iterator[Told]:
    """What became of a laptop, but for this one."""
    if log == vault.own_log.log:
        return
    laptop = _laptop(vault, log)
    who = laptop[0].upper() + laptop[1:]
    if before.cut != after.cut:
        if after.cut is not None:
            kept = counted(after.cut, "entry counts", "entries count")
            yield Told(f"{who} was struck off{_struck(vault, log)}; {kept}")
        else:
            yield Told(f"{who} is struck off no more: whoever struck it off was struck off himself")
    elif before.role and not after.role:
        yield Told(f"{who} is admitted no more: whoever admitted it was struck off")
    elif before.role != after.role and _laptop(vault, after.by) == laptop:
        yield Told(f"{who} goes on in a new log: its vault was copied, or put back from a backup")
    elif before.role != after.role:
        yield Told(f"{who} was admitted by {_laptop(vault, after.by)}: {after.role}")
    if after.disputed and not before.disputed:
        yield Told(
            f"{who.upper()} WAS STRUCK OFF BY AN ENTRY THAT DOES NOT COUNT: it is given no keys",
            "'fieldkit members list' says what settles it.",
            alarm=True,
        )


def _gaps(found: Sequence[Gap]) -> Iterator[Told]:
    missing = [gap for gap in found if not gap.sealed]
    for gap in missing[:_SHOWN]:
        what = str(gap).partition(":")[0].upper()
        yield Told(
            f"{what} {'HAS' if gap.first == gap.last else 'HAVE'} NOT ARRIVED, and the team knows of"
            f" {'it' if gap.first == gap.last else 'them'}",
            "Sync with that laptop, or with another depot. If they do not come, somebody keeps them back.",
            alarm=True,
        )
    if len(missing) > _SHOWN:
        yield Told(f"and {counted(len(missing) - _SHOWN, 'more gap', 'more gaps')}", alarm=True)


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


def objects(counts: Mapping[str, int]) -> str:
    """What travels, by kind; empty where nothing does."""
    kinds = (
        (names.LOG, "segment", "segments"),
        (names.BLOB, "part of a picture or file", "parts of pictures and files"),
        (names.KEYRING, "key", "keys"),
        (names.RECEIPT, "receipt", "receipts"),
    )
    return ", ".join(counted(counts[kind], one, many) for kind, one, many in kinds if counts[kind])


def counted(count: int, one: str, many: str) -> str:
    """A number with the word for what it counts."""
    return f"{count:,} {one if count == 1 else many}"
