"""Who belongs to the team: admitting a laptop, giving it what was recorded before, a new key for all. Every act an entry."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from fieldkit.domain.jsontypes import Doc
from fieldkit.domain.views import RecordView
from fieldkit.domain.words import spoken
from fieldkit.errors import RefusedError, UsageError
from fieldkit.team.admission import Request, make_grant
from fieldkit.team.cutting import cut_own
from fieldkit.team.keyring import Keyring
from fieldkit.team.names import KEYRING, LOG, Name, named
from fieldkit.team.segment import epoch_of
from fieldkit.vault.belonging import member_record
from fieldkit.vault.exchange import Exchange
from fieldkit.vault.locks import Locks
from fieldkit.vault.recording import Add, Amend, Change, uuid7
from fieldkit.vault.spans import Spans
from fieldkit.vault.standing import NOBODY, RANKS, ROLES, Standing, may_grant
from fieldkit.vault.vault import Terms, Vault

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_LONGEST_LETTER = 3


@dataclass(frozen=True, slots=True)
class Member:
    """A laptop of the team: its record, its owner, and what its log may do. `left`: it goes on in a later log, as after a backup
    was put back."""

    record: RecordView
    person: RecordView | None
    log: str
    standing: Standing
    size: int
    left: bool = False

    @property
    def words(self) -> tuple[str, ...]:
        """Six words for the key that signs its log: read aloud, they tell whether two laptops mean the same one."""
        return spoken(hashlib.sha256(str(self.record.doc.get("public_key")).encode()).digest())


def members(vault: Vault) -> list[Member]:
    """Every laptop that was ever admitted, by letter."""
    sizes = Spans(vault.database).sizes()
    standings = vault.standings()
    left = set(Locks(vault.database, vault).continued().values())
    found = []
    for record in vault.list("member"):
        log, person = record.doc.get("log"), record.doc.get("person")
        if isinstance(log, str):
            owner = vault.peek(person) if isinstance(person, str) else None
            standing, size = standings.get(log, NOBODY), sizes.get(log, 0)
            found.append(Member(record, owner, log, standing, size, log in left))
    return sorted(found, key=lambda one: (str(one.record.doc.get("letter")), one.record.number))


def member(vault: Vault, ref: str) -> Member:
    """The laptop of this letter, number, id or log; of one with several logs, the one in which it goes on. Raises `UsageError`."""
    wanted = ref.strip().lower()
    team = members(vault)
    found = [one for one in team if wanted in (one.record.id, one.log)] or [
        one
        for one in team
        if wanted in (str(one.record.doc.get("letter")).lower(), one.record.number.lower())
    ]
    if not found:
        raise UsageError(
            f"no laptop {ref!r} in this team", remedy="`fieldkit members list` shows who is there."
        )
    if not {one.log for one in found} <= {one.log for one in same_laptop(vault, found[0])}:
        raise UsageError(
            f"several laptops are called {ref!r}: {', '.join(one.record.number for one in found)}",
            remedy="Name it by its number or the id of its record; `fieldkit members list` shows who is who.",
        )
    return ([one for one in found if one.standing.belongs] or found)[-1]


def same_laptop(vault: Vault, one: Member) -> list[Member]:
    """Every log of a laptop, as a member each: those that it left, and the one in which it goes on."""
    continued = Locks(vault.database, vault).continued()
    logs = {one.log}
    while more := {log for pair in continued.items() if logs & set(pair) for log in pair if log not in logs}:
        logs |= more
    return [each for each in members(vault) if each.log in logs]


def admit(
    vault: Vault, request: Request, role: str, *, history: bool = True, author: str | None = None
) -> tuple[bytes, tuple[str, ...]]:
    """Admit the laptop of a request whose words were compared; the grant file, and its words.

    Admitted again, in the same role, it gets a new grant on the same terms. Raises `RefusedError` where this laptop
    may not admit in this role, `UsageError`.
    """
    _check_may_admit(vault, role)
    vault.begin_due_log()
    keyring = Keyring(vault)
    keyring.adopt()
    known = next((one for one in members(vault) if one.log == request.log), None)
    if known is None:
        if not history:
            if keyring.closed():
                raise RefusedError(
                    "the team has a newer key than this laptop: under its own, the late one would read what was recorded before",
                    remedy="Sync with a depot that has the key; or make a new one: fieldkit members new-key --reason TEXT.",
                )
            cut_own(vault)
            keyring.new_epoch()
        known = _add(vault, request, role, history=history, author=author)
        cut_own(vault, keyring)
    elif known.standing.cut is not None or known.standing.role != role:
        raise RefusedError(
            f"this laptop was admitted before as {known.standing.role or 'nobody'}"
            + (", and struck off" if known.standing.cut is not None else ""),
            remedy="Let it ask again with a new vault: fieldkit members request, in an empty folder.",
        )
    elif not known.standing.trusted:
        raise disputed(known)
    given = vault.epoch_keys() if request.log in keyring.promised() else {}
    given[vault.epoch] = vault.epoch_keys()[vault.epoch]
    for epoch in sorted(given):
        keyring.give(epoch, {request.log: request.encryption_key})
    terms = Terms(
        mission=vault.mission_id,
        founder=vault.meta("founder"),
        author=str(known.record.doc["person"]),
        letter=str(known.record.doc["letter"]),
        device=request.device,
        role=role,
        epochs=given,
    )
    return make_grant(vault, request, terms, _carried(vault, keyring, known, given))


def give_history(vault: Vault, ref: str, *, author: str | None = None) -> Member:
    """Give a laptop that came late the keys of everything that was recorded before."""
    if vault.role not in RANKS:
        raise RefusedError(
            f"a laptop in the role {vault.role} gives no keys",
            remedy="Let the lead, a deputy or headquarters do it.",
        )
    late = member(vault, ref)
    if late.standing.belongs and not late.standing.trusted:
        raise disputed(late)
    public = late.record.doc.get("encryption_key")
    if late.standing.cut is not None or not isinstance(public, str):
        raise RefusedError(
            f"{late.record.number} does not belong to the team",
            remedy="Let it ask anew: fieldkit members request, in an empty folder.",
        )
    keyring = Keyring(vault)
    keyring.adopt()
    for epoch in sorted(vault.epoch_keys()):
        keyring.give(epoch, {late.log: public})
    if late.log not in keyring.promised():
        said = [Amend(late.record.id, "given what was recorded before", set={"history": True})]
        if late.record.doc.get("history") is True:
            said.insert(
                0, Amend(late.record.id, "was not given it: only it says so itself", set={"history": False})
            )
        vault.record(said, author=author)
    return member(vault, late.record.id)


def new_key(vault: Vault, reason: str, *, author: str | None = None) -> int:
    """A new key for everybody who belongs to the team, as far as this laptop knows; the number of its epoch."""
    if vault.role not in RANKS:
        raise RefusedError(
            f"a laptop in the role {vault.role} makes no key for the team",
            remedy="Let the lead, a deputy or headquarters do it.",
        )
    vault.begin_due_log()
    keyring = Keyring(vault)
    keyring.adopt()
    epoch = keyring.next_epoch()
    own = member(vault, vault.own_log.log)
    vault.record([Amend(own.record.id, reason, add={"epochs": [epoch]})], author=author)
    keyring.new_epoch(epoch)
    return epoch


def disputed(one: Member) -> RefusedError:
    """The error where a key was to be sealed to a laptop that an entry struck off which does not count."""
    letter = one.record.doc.get("letter")
    return RefusedError(
        f"laptop {letter} was struck off by an entry that does not count: it is given no key until that is settled",
        remedy=f"Strike it off again (fieldkit members revoke {letter}), or give it keys again: fieldkit members"
        f" readmit {letter}.",
    )


def _carried(vault: Vault, keyring: Keyring, one: Member, given: Mapping[int, bytes]) -> dict[Name, bytes]:
    """What travels with a laptop that is admitted, should the depots or this laptop lose it: the objects that show its
    admission, and who was struck off, to whoever holds the keys of these epochs; and those keys."""
    exchange = Exchange(vault)
    mission, found = vault.mission_id, {}
    for data in keyring.objects(given, one.log):
        found[named(mission, KEYRING, data)] = data
    said = [
        each
        for each in vault.membership()
        if each.record == one.record.id or "cut_log" in each.values or "previous" in each.values
    ]
    # The smallest comes last and is kept: it says nothing else, where there is such a one under that key.
    segments = sorted(exchange.segments(), key=lambda held: -held.size)
    for each in said:
        by_epoch: dict[int, tuple[Name, bytes]] = {}
        for held in segments:
            if held.log == each.log and held.first <= each.seq <= held.last:
                data = exchange.segment(held.hash)
                name = named(mission, LOG, data, held.log, held.first, held.last)
                by_epoch[epoch_of(data)] = name, data
        found |= dict(by_epoch[epoch] for epoch in given if epoch in by_epoch)
    return found


def _check_may_admit(vault: Vault, role: str) -> None:
    if role not in ROLES:
        raise UsageError(f"there is no role {role!r}", remedy=f"Roles: {', '.join(ROLES)}.")
    if not may_grant(vault.role, role):
        raise RefusedError(
            f"a laptop in the role {vault.role} admits no {role}",
            remedy="Let the lead or headquarters admit it.",
        )


def _add(vault: Vault, request: Request, role: str, *, history: bool, author: str | None) -> Member:
    changes: list[Change] = []
    people = [
        one
        for one in vault.find("person", "name", request.name)
        if not one.retracted and one.doc.get("party") == "team"
    ]
    person = people[0].id if len(people) == 1 else uuid7()
    if len(people) != 1:
        changes.append(Add("person", {"name": request.name, "party": "team", "role": role}, id=person))
    values: Doc = {
        "person": person,
        "device": request.device,
        "log": request.log,
        "letter": _free_letter(vault),
        "role": role,
        "public_key": base64.b64encode(request.public_key).decode(),
        "encryption_key": request.encryption_key,
        "encryption_signature": request.encryption_signature,
        "status": "admitted",
        "history": history,
        "admitted_by": vault.person(author) if author else vault.author,
    }
    record = member_record(vault.mission_id, request.log, vault.own_log.log)
    vault.record([*changes, Add("member", values, id=record)], author=author)
    return member(vault, request.log)


def _free_letter(vault: Vault) -> str:
    """A letter that no two laptops grant: the founder gives single letters, everybody else its own with one more."""
    used = {str(one.record.doc.get("letter")) for one in members(vault)} | {vault.letter}
    return next(letter for letter in _letters(vault) if letter not in used)


def _letters(vault: Vault) -> Iterator[str]:
    founder = vault.own_log.log == vault.meta("founder")
    if founder:
        yield from _LETTERS
    if len(vault.letter) < _LONGEST_LETTER:
        yield from (vault.letter + one for one in _LETTERS)
    raise RefusedError(
        "this laptop has no letters left to give", remedy="Let another laptop that leads admit this one."
    )
