"""Striking a laptop off, and what falls with it: admissions and strikings-off that it said after the cut.

Whoever strikes off is shown first what falls, and says whether those whom that laptop struck off are struck off again in
his own name. What fell unnoticed, because it arrived later, leaves its laptop *disputed*: in the team, but without keys,
until it is struck off again or expressly readmitted.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

from fieldkit.domain.jsontypes import JSON, Doc
from fieldkit.errors import RefusedError, UsageError
from fieldkit.journal.merkle import Frontier
from fieldkit.team.cutting import cut_own
from fieldkit.team.histories import History, histories
from fieldkit.team.keyring import Keyring
from fieldkit.team.members import Member, member, members, same_laptop
from fieldkit.vault.exchange import Exchange
from fieldkit.vault.recording import Amend
from fieldkit.vault.spans import Spans
from fieldkit.vault.standing import NOBODY, RANKS, Standing, may_grant
from fieldkit.vault.vault import Vault

Undecided = Literal["refuse", "all"]
"""What becomes of a log that was written twice, where no history is chosen: nothing is done; all of it counts."""

Falling = Literal["refuse", "renew", "let fall"]
"""What becomes of strikings-off that fall: nothing is done before somebody has decided; they are said again; they fall."""

_MOST_ROOTS, _MOST_SINGLY, _MOST_BETWEEN = 600, 300, 100
"""How many roots at which segments end, and single entries of a log that was never met, a striking-off names; and of how many
of its last entries the roots in between."""

FALLING: Final[tuple[Falling, ...]] = ("refuse", "renew", "let fall")


@dataclass(frozen=True, slots=True)
class Fall:
    """What a laptop is before another is struck off, and after."""

    one: Member
    before: Standing
    after: Standing

    @property
    def struck_off_before(self) -> bool:
        """Whether it is a striking-off that falls, in whole or in part."""
        return self.before.cut is not None

    def __str__(self) -> str:
        letter = self.one.record.doc.get("letter")
        name = self.one.person.doc.get("name") if self.one.person else "?"
        if self.struck_off_before:
            return f"laptop {letter} ({name}) is struck off no more, and belongs to the team again"
        if not self.after.role:
            return (
                f"laptop {letter} ({name}) is admitted no more: its {self.one.size} entries would not count"
            )
        return f"laptop {letter} ({name}) is {self.after.role} instead of {self.before.role}"


def falls(vault: Vault, ref: str, *, keep: int | None = None) -> list[Fall]:
    """The admissions and strikings-off that would fall if a laptop were struck off so."""
    return list(_falls(vault, _cuts(vault, _to_strike(vault, ref, keep), keep)))


def known_histories(vault: Vault, ref: str) -> list[History]:
    """The histories of every log of a laptop that was written twice; in this order they are numbered, from 1."""
    logs = [one.log for one in _same_laptop(vault, member(vault, ref))]
    return [history for log in logs for history in histories(vault, log, _MOST_ROOTS)]


def revoke(
    vault: Vault,
    ref: str,
    reason: str,
    *,
    keep: int | None = None,
    history: Sequence[int] | Undecided = "refuse",
    falling: Falling = "refuse",
    author: str | None = None,
) -> Member:
    """Strike off a laptop, with every log that it left and whose keys it has: what is known of it here counts (the first
    `keep` entries, by default all), what comes later does not, under whatever number, and it is given no further key.

    Of a log that was written twice, `history` says which of the `known_histories` counts, by number, or that "all" do;
    otherwise `RefusedError` names them.

    Where admissions or strikings-off fall with that, `RefusedError` names them unless `falling` says what becomes of
    them: "renew" strikes off again, in this laptop's name, those who were.
    """
    gone = _to_strike(vault, ref, keep)
    cuts = _cuts(vault, gone, keep, _chosen(vault, gone, history))
    falling_too = list(_falls(vault, cuts))
    if falling_too and falling == "refuse":
        raise RefusedError(
            f"with laptop {gone.record.doc.get('letter')} this falls: {'; '.join(map(str, falling_too))}",
            remedy="Nothing was done. Strike off again, in your own name, whom it struck off (--renew), or let all of that"
            " fall (--let-fall); --keep N says how many of its entries count.",
        )
    cut_own(vault)
    keyring = Keyring(vault)
    keyring.adopt()
    # Named in the entry, so that whoever hears of it and does not get the key knows that there is one.
    epoch = keyring.next_epoch()
    vault.record(_strike(cuts, reason, epoch), author=author)
    for one in falling_too if falling == "renew" else ():
        if one.struck_off_before and vault.standing(one.one.log).belongs:
            again = member(vault, one.one.log)
            why = str(one.one.record.doc.get("reason") or reason)
            vault.record(_strike(_cuts(vault, again, one.before.cut), why, epoch), author=author)
    # Under the key that the laptop still has: it may know that it was struck off. And under the new one, which is all
    # that a laptop has which somebody who had not heard of it admits meanwhile, without what was recorded before.
    cut_own(vault)
    keyring.new_epoch(epoch)
    cut_own(vault)
    return member(vault, gone.record.id)


def readmit(vault: Vault, ref: str, reason: str, *, author: str | None = None) -> Member:
    """Give keys again to a laptop that an entry struck off which does not count: that entry is set aside, on record. It is
    given what it missed, unless it came late without what was recorded before."""
    one = member(vault, ref)
    letter = one.record.doc.get("letter")
    if not one.standing.belongs or one.standing.trusted:
        state = "was struck off" if one.standing.role else "is not admitted"
        raise UsageError(
            f"there is nothing to set aside: laptop {letter} {'is given keys' if one.standing.trusted else state}",
            remedy="'fieldkit members list' shows how each stands.",
        )
    if one.log == vault.own_log.log or not may_grant(vault.role, one.standing.role):
        raise RefusedError(
            f"this laptop, {vault.role}, does not readmit laptop {letter}, {one.standing.role}",
            remedy="Let another laptop that leads do it.",
        )
    logs = {each.log for each in same_laptop(vault, one)}
    disputes = set(one.standing.disputed.split())
    own = [
        each.hash for each in vault.membership() if each.hash in disputes and each.values["cut_log"] in logs
    ]
    if not own:
        raise RefusedError(
            f"laptop {letter} was admitted by one that was itself struck off by an entry that does not count",
            remedy="Settle that one first; or strike this one off, and let it ask anew in an empty folder.",
        )
    vault.record([Amend(one.record.id, reason, add={"set_aside": own})], author=author)
    keyring = Keyring(vault)
    keyring.adopt()
    keyring.tend()
    public = one.record.doc.get("encryption_key")
    if one.log in keyring.promised() and isinstance(public, str):
        for epoch in sorted(vault.epoch_keys()):
            keyring.give(epoch, {one.log: public})
    return member(vault, one.record.id)


def _to_strike(vault: Vault, ref: str, keep: int | None) -> Member:
    if vault.role not in RANKS:
        raise RefusedError(
            f"a laptop in the role {vault.role} strikes nobody off",
            remedy="Let the lead, a deputy or headquarters do it.",
        )
    gone = member(vault, ref)
    if gone.standing.cut is not None:
        raise UsageError(
            f"{gone.record.number} was struck off already",
            remedy="'fieldkit members list' shows who belongs to the team.",
        )
    if any(one.log == vault.own_log.log for one in _same_laptop(vault, gone)):
        raise RefusedError("a laptop does not strike itself off", remedy="Do it from another laptop.")
    if keep is not None and not 0 <= keep <= gone.size:
        raise UsageError(
            f"{gone.size} entries of it are here",
            where="--keep",
            remedy=f"Name a number from 0 to {gone.size}, or leave --keep out.",
        )
    return gone


def _same_laptop(vault: Vault, gone: Member) -> list[Member]:
    """Every log of the laptop that still counts: it holds the keys of all those that it left, too."""
    return [one for one in same_laptop(vault, gone) if one.standing.cut is None]


def _chosen(vault: Vault, gone: Member, history: Sequence[int] | Undecided) -> dict[str, History]:
    """Which history of each log of a laptop is to count, where not all are."""
    known = known_histories(vault, gone.log)
    logs = {one.log for one in known}
    if history == "all":
        return {}
    if not isinstance(history, str) and not set(history) <= set(range(1, len(known) + 1)):
        raise UsageError(
            f"{len(known)} histories of laptop {gone.record.doc.get('letter')} are known"
            if known
            else f"only one history of laptop {gone.record.doc.get('letter')} is known",
            where="--history",
            remedy=f"Name them by numbers from 1 to {len(known)}." if known else "Leave --history out.",
        )
    chosen = [] if isinstance(history, str) else [known[number - 1] for number in dict.fromkeys(history)]
    if sorted(one.log for one in chosen) != sorted(logs):
        told = "; ".join(f"history {number}: {one}" for number, one in enumerate(known, 1))
        raise RefusedError(
            f"laptop {gone.record.doc.get('letter')} wrote its log twice, or somebody with its key did: {told}",
            remedy="Nothing was done. Say which history is its own (--history N, one for each log), or that all of them"
            " count (--all-histories); 'fieldkit show NUMBER' shows an entry.",
        )
    return {one.log: one for one in chosen}


def _cuts(
    vault: Vault, gone: Member, keep: int | None, chosen: Mapping[str, History] = MappingProxyType({})
) -> dict[str, Doc]:
    """What is said of each log of a laptop that is struck off, by its member record."""
    cuts: dict[str, Doc] = {}
    whole = {log.log: log.size for log in vault.logs()}
    for one in _same_laptop(vault, gone):
        size = keep if one.log == gone.log and keep is not None else one.size
        if one.log in chosen:
            names, sound = chosen[one.log].names, min(chosen[one.log].differs, whole.get(one.log, 0))
        else:
            names, sound = tuple(Spans(vault.database).known(one.log, _MOST_ROOTS)), whole.get(one.log, 0)
        known = [*Exchange(vault).singly(one.log)[:_MOST_SINGLY], *names, *_roots(vault, one.log, sound)]
        heads: list[JSON] = [leaf_or_root.hex() for leaf_or_root in dict.fromkeys(known)]
        cuts[one.record.id] = {
            "status": "revoked",
            "cut_log": one.log,
            "cut_size": size,
            "cut_heads": heads,
        }
    return cuts


def _roots(vault: Vault, log: str, size: int) -> Iterator[bytes]:
    """The roots of a log's tree after each of its last entries: whoever has these in other segments, which a laptop cut that
    was put back from a backup, knows them, too."""
    frontier = Frontier()
    for place, leaf_hash in enumerate(vault.leaf_hashes(log, size), 1):
        frontier.append(leaf_hash)
        if place > size - _MOST_BETWEEN:
            yield frontier.root()


def _strike(cuts: Mapping[str, Doc], reason: str, epoch: int) -> list[Amend]:
    return [
        Amend(record, reason, set={**values, "reason": reason}, add={"epochs": [epoch]})
        for record, values in cuts.items()
    ]


def _falls(vault: Vault, cuts: Mapping[str, Doc]) -> Iterator[Fall]:
    before, after = vault.standings(), vault.standings_with(cuts)
    gone = {str(values["cut_log"]) for values in cuts.values()}
    for one in members(vault):
        was, becomes = before.get(one.log, NOBODY), after.get(one.log, NOBODY)
        weaker = was.cut is not None and (becomes.cut is None or becomes.cut > was.cut)
        if one.log not in gone and (was.role != becomes.role or weaker):
            yield Fall(one, was, becomes)
