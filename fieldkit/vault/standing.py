"""Who may write: what the entries of kind `member` and `log` say together about every log of the mission.

Pure, and independent of the order in which entries arrive. The founder's log leads. A lead, a deputy or headquarters
admits a log and may cut one: what stands in a log from the cut on counts no more. A log that continues another, and
bears that one's signature, has its role. Between those who strike each other off, headquarters goes before the lead
and the lead before deputies; of two of equal rank both are struck off.

A striking-off that does not count, because whoever said it was struck off himself, leaves its laptop in the team, but
*disputed*: it is given no further key until one who leads sets that entry aside. It may have been stolen all the same.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from fieldkit.domain.jsontypes import JSON
from fieldkit.errors import FieldkitError
from fieldkit.journal import keys
from fieldkit.vault.compartments import KIND as COMPARTMENT
from fieldkit.vault.compartments import SEALED
from fieldkit.vault.fold import EntryView

LEAD: Final = "lead"
RANKS: Final[Mapping[str, int]] = {"headquarters": 3, LEAD: 2, "deputy": 1}
"""Roles that admit and strike off, and which of them wins."""
_GRANTED_BY_LEADERS: Final = frozenset({"headquarters", LEAD})
ROLES: Final = (LEAD, "deputy", "inspector", "assistant", "interpreter", "observer", "headquarters")

_ALWAYS = frozenset({"log", "witness", "incident"})
WRITES: Final[Mapping[str, frozenset[str]]] = {
    "observer": _ALWAYS,
    "interpreter": _ALWAYS | {"interview", "meeting", "comment", "document", "media"},
}
"""Kinds that a laptop of these roles may record; other roles record everything but `member`."""


class Standing(NamedTuple):
    """What a log may do: its role ("" where it is not admitted), the log that admitted it, from which number on its
    entries count no more (None: all count), and the leaf hashes (hex, parted by spaces) of entries that do not count and
    struck it off, or whoever admitted it."""

    role: str
    by: str
    cut: int | None
    disputed: str = ""

    @property
    def belongs(self) -> bool:
        """Whether it is of the team, and what it records counts."""
        return bool(self.role) and self.cut is None

    @property
    def trusted(self) -> bool:
        """Whether keys may be sealed to it: it belongs, and no entry known here says otherwise."""
        return self.belongs and not self.disputed


NOBODY: Final = Standing("", "", None)


@dataclass(frozen=True, slots=True)
class _Admission:
    by: str
    seq: int
    log: str
    role: str
    hash: str


@dataclass(frozen=True, slots=True)
class _Cut:
    by: str
    seq: int
    log: str
    size: int
    hash: str


@dataclass(frozen=True, slots=True)
class _Aside:
    by: str
    seq: int
    hashes: frozenset[str]


def standings(mission: str, founder: str, entries: Iterable[EntryView]) -> dict[str, Standing]:
    """The standing of every log that may or might write; logs not named have `NOBODY`'s."""
    admissions: list[_Admission] = []
    cuts: list[_Cut] = []
    asides: list[_Aside] = []
    continued: dict[str, str] = {}
    for entry in entries:
        if entry.kind == "member" and (aside := _hashes(entry.values.get("set_aside+"))):
            asides.append(_Aside(entry.log, entry.seq, aside))
        match entry.values:
            case {"previous": str(previous)} if entry.kind == "log" and continues(mission, entry):
                continued[entry.log] = previous
            case {"log": str(log), "role": str(role), "status": "admitted"} if entry.kind == "member":
                if log != entry.log and role in ROLES:
                    admissions.append(_Admission(entry.log, entry.seq, log, role, entry.hash))
            case {"cut_log": str(log), "cut_size": int(size)} if entry.kind == "member" and size >= 0:
                cuts.append(_Cut(entry.log, entry.seq, log, size, entry.hash))
    judge = _Judge(founder, admissions, continued)
    for rank in sorted(set(RANKS.values()), reverse=True):
        judge.apply(rank, cuts)
    ever = _Judge(founder, admissions, continued).result()
    return judge.result(judge.disputes([cut for cut in cuts if _leads(ever, cut.by)], asides))


def objection(standing: Standing, kind: str, log: str, seq: int, values: Mapping[str, JSON]) -> str:
    """Why an entry of `log` does not count; the empty string where it does."""
    if not standing.role:
        return "its laptop has not been admitted"
    if standing.cut is not None and seq >= standing.cut:
        return "recorded after its laptop was struck off"
    if kind == "member":
        # A new log of a laptop says of itself whose it is; that grants nothing.
        itself = values.get("log") == log and values.get("role", standing.role) == standing.role
        return (
            "" if standing.role in RANKS or itself else f"a laptop in the role {standing.role} admits nobody"
        )
    if kind == COMPARTMENT and standing.role not in RANKS:
        return f"a laptop in the role {standing.role} says nothing on who reads a compartment"
    allowed = WRITES.get(standing.role)
    if allowed is not None and kind not in allowed and kind != SEALED:
        return f"a laptop in the role {standing.role} records no {kind}"
    return ""


def may_grant(admitter: str, role: str) -> bool:
    """Whether a laptop in the role `admitter` may admit one in `role`: a deputy makes nobody its superior."""
    return admitter in _GRANTED_BY_LEADERS or (admitter in RANKS and role not in _GRANTED_BY_LEADERS)


def succession_text(mission: str, previous: str, public_key: bytes) -> bytes:
    """What the key of the log `previous` signs so that a new log of this key continues it."""
    key = base64.b64encode(public_key).decode()
    return f"fieldkit/v1/succession\n{mission}\n{previous}\n{key}\n".encode()


def continues(mission: str, entry: EntryView) -> bool:
    """Whether the first entry of a log bears the signature of the log that it says it continues."""
    values = entry.values
    try:
        key, former, signature = (
            base64.b64decode(str(values.get(name)), validate=True)
            for name in ("key", "previous_key", "succession")
        )
        if keys.log_id(key) != entry.log or keys.log_id(former) != values["previous"]:
            return False
        keys.verify(former, succession_text(mission, keys.log_id(former), key), signature)
    except (binascii.Error, ValueError, FieldkitError):
        return False
    return True


class _Judge:
    """Works out standings, one rank after the other."""

    def __init__(self, founder: str, admissions: list[_Admission], continued: dict[str, str]) -> None:
        self._founder = founder
        self._admissions = admissions
        self._continued = continued
        self._cuts: dict[str, int] = {}
        self._effective: set[_Cut] = set()

    def apply(self, rank: int, cuts: list[_Cut]) -> None:
        """Let those of one rank strike off, each within what is left of its own log."""
        admitted = self._admitted()
        acting = [
            cut
            for cut in cuts
            if RANKS.get(admitted.get(cut.by, ("", ""))[0]) == rank and not self._is_cut(cut.by, cut.seq)
        ]
        standing = [cut for cut in acting if not any(_undoes(other, cut) for other in acting)]
        self._effective.update(standing)
        for cut in standing:
            size = max(cut.size, self._needed(cut.by, cut.log, admitted))
            self._cuts[cut.log] = min(size, self._cuts.get(cut.log, size))

    def disputes(self, cuts: list[_Cut], asides: list[_Aside]) -> list[_Cut]:
        """Those of the cuts that do not count and that nobody set aside. Between two that struck each other off, the rank
        has decided, and nothing is left to dispute."""
        decided = {(self._first(cut.log), self._first(cut.by)) for cut in self._effective}
        open_ = [
            cut
            for cut in cuts
            if cut not in self._effective and (self._first(cut.by), self._first(cut.log)) not in decided
        ]
        standing = self.result(open_)
        gone: set[str] = set()
        for one in asides:
            by = standing.get(one.by, NOBODY)
            if by.role in RANKS and not by.disputed and not self._is_cut(one.by, one.seq):
                gone |= one.hashes
        return [cut for cut in open_ if cut.hash not in gone]

    def result(self, disputes: Sequence[_Cut] = ()) -> dict[str, Standing]:
        """Every admitted log; `disputes` are the cuts that do not count and have to be looked at."""
        admitted = self._admitted()
        return {
            log: Standing(role, by, self._cut(log), " ".join(sorted(self._blamed(log, admitted, disputes))))
            for log, (role, by) in sorted(admitted.items())
        }

    def _blamed(
        self, log: str, admitted: Mapping[str, tuple[str, str]], disputes: Sequence[_Cut]
    ) -> set[str]:
        """The disputes about a log: its own, those of the log that it continues, and those of everybody above it who
        admitted after the place at which he was to be cut."""
        found = {cut.hash for cut in disputes if cut.log == log}
        seen: set[str] = set()
        while log not in seen:
            seen.add(log)
            by = admitted.get(log, ("", ""))[1]
            seqs = [one.seq for one in self._admissions if (one.by, one.log) == (by, log)]
            follows = self._continued.get(log) == by
            found |= {
                cut.hash
                for cut in disputes
                if cut.log == by and (follows or min(seqs, default=-1) >= cut.size)
            }
            log = by
        return found

    def _first(self, log: str) -> str:
        """The first log of the laptop that writes this one."""
        seen = set()
        while log in self._continued and log not in seen:
            seen.add(log)
            log = self._continued[log]
        return log

    def _admitted(self) -> dict[str, tuple[str, str]]:
        """Role and admitter of every log, as far as the cuts so far leave it."""
        found: dict[str, tuple[str, str]] = {self._founder: (LEAD, "")}
        while True:
            best = dict(found)
            for one in sorted(self._admissions, key=lambda one: one.hash):
                by = found.get(one.by)
                if by is None or not may_grant(by[0], one.role) or self._is_cut(one.by, one.seq):
                    continue
                held = best.get(one.log)
                if held is None or RANKS.get(one.role, 0) > RANKS.get(held[0], 0):
                    best[one.log] = (one.role, one.by)
            for log, previous in sorted(self._continued.items()):
                if previous in found and log not in best:
                    best[log] = (found[previous][0], previous)
            if best == found:
                return found
            found = best

    def _is_cut(self, log: str, seq: int) -> bool:
        cut = self._cut(log)
        return cut is not None and seq >= cut

    def _cut(self, log: str) -> int | None:
        """A log that continues one that was struck off is struck off whole, unless it has a cut of its own."""
        seen = set()
        at = log
        while at not in self._cuts:
            seen.add(at)
            at = self._continued.get(at, "")
            if not at or at in seen:
                return None
        return self._cuts[at] if at == log else 0

    def _needed(self, by: str, log: str, admitted: Mapping[str, tuple[str, str]]) -> int:
        """How much of `log` must stand so that `by` itself stays admitted: nobody saws off the branch it sits on."""
        needed = 0
        seen = set()
        while by and by not in seen:
            seen.add(by)
            above = admitted.get(by, ("", ""))[1]
            if above == log:
                seqs = [one.seq for one in self._admissions if (one.by, one.log) == (above, by)]
                needed = max(needed, min(seqs, default=-1) + 1)
            by = above
        return needed


def _undoes(other: _Cut, cut: _Cut) -> bool:
    """Whether `other` came first: it cuts the log of `cut` before it, and is not itself cut by it."""
    back = cut.log == other.by and other.seq >= cut.size
    return other.log == cut.by and cut.seq >= other.size and not back


def _leads(standings: Mapping[str, Standing], log: str) -> bool:
    """Whether a log is in a role that strikes off."""
    return standings.get(log, NOBODY).role in RANKS


def _hashes(value: JSON | None) -> frozenset[str]:
    return frozenset(one for one in value if isinstance(one, str)) if isinstance(value, list) else frozenset()
