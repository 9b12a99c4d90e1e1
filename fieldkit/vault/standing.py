"""Who may write: what the entries of kind `member` and `log` say together about every log of the mission.

Pure, and independent of the order in which entries arrive. The founder's log leads. A lead, a deputy or headquarters
admits a log and may cut one: it names what is known of it, roots of its tree and single entries, and a number. What is
not named and leads up to none of these roots, or has that number or a greater one, counts no more. So whoever holds the key of a laptop that was struck
off adds nothing to what it said, under whatever number. A log that continues another, and
bears that one's signature, has its role. Between those who strike each other off, headquarters goes before the lead
and the lead before deputies; of two of equal rank both are struck off.

A striking-off that does not count, because whoever said it was struck off himself, leaves its laptop in the team, but
*disputed*: it is given no further key until one who leads sets that entry aside. It may have been stolen all the same.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple, Protocol

from fieldkit.domain.jsontypes import JSON
from fieldkit.vault.belonging import WHOSE, continues, first_log, objection_to, touched
from fieldkit.vault.compartments import KIND as COMPARTMENT
from fieldkit.vault.compartments import SEALED
from fieldkit.vault.fold import EntryView

LEAD: Final = "lead"
RANKS: Final[Mapping[str, int]] = {"headquarters": 3, LEAD: 2, "deputy": 1}
"""Roles that admit and strike off, and which of them wins."""
_GRANTED_BY_LEADERS: Final = frozenset({"headquarters", LEAD})
ROLES: Final = (LEAD, "deputy", "inspector", "assistant", "interpreter", "observer", "headquarters")

_OF_ITSELF: Final = WHOSE | {"occurred", "status"}
"""What a laptop that does not lead says of itself, in the record with which its new log begins."""

_ALWAYS = frozenset({"log", "witness", "incident"})
WRITES: Final[Mapping[str, frozenset[str]]] = {
    "observer": _ALWAYS,
    "interpreter": _ALWAYS | {"interview", "meeting", "comment", "document", "media"},
}
"""Kinds that a laptop of these roles may record; other roles record everything but `member`."""


class Histories(Protocol):
    """What is known of the trees of logs; `fieldkit.vault.spans` says what a root is and what leads up to it."""

    def roots(self, leaf_hash: bytes) -> frozenset[bytes]:
        """The roots at the ends of the spans in which an entry lies; none where it came without its segment."""

    def reach(self, log: str, tips: Collection[bytes]) -> frozenset[bytes]:
        """These roots, every one that leads up to them, and the leaf hashes of entries that are before one of them otherwise."""


class Standing(NamedTuple):
    """What a log may do: its role ("" where it is not admitted), the log that admitted it, from which number on its
    entries count no more at the latest (None: all count), and the leaf hashes (hex, parted by spaces) of entries that do not count and
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


_HASH: Final = re.compile("[0-9a-f]{64}")
NOBODY: Final = Standing("", "", None)


@dataclass(frozen=True, slots=True)
class _Said:
    """An entry on who belongs to the team: in which log, its number and leaf hash (hex)."""

    by: str
    seq: int
    hash: str


@dataclass(frozen=True, slots=True)
class _Admission(_Said):
    log: str
    role: str


@dataclass(frozen=True, slots=True)
class _Cut(_Said):
    log: str
    size: int
    tips: frozenset[bytes]


@dataclass(frozen=True, slots=True)
class _Aside(_Said):
    hashes: frozenset[str]


class _Kept(NamedTuple):
    """What a cut leaves of a log: entries before this number that are named, by leaf hash, or lie in spans that end in a
    root which is."""

    size: int
    reach: frozenset[bytes]

    def spares(self, seq: int, leaf_hash: bytes, roots: Collection[bytes]) -> bool:
        return seq < self.size and self.knows(leaf_hash, roots)

    def knows(self, leaf_hash: bytes, roots: Collection[bytes]) -> bool:
        """An entry that was vouched for, and came without its segment, cannot be told from others here."""
        return not roots or leaf_hash in self.reach or not self.reach.isdisjoint(roots)


class Judgement:
    """The standing of every log that may or might write (logs not named have `NOBODY`'s), and what is left of each."""

    def __init__(
        self,
        mission: str,
        founder: str,
        standings: dict[str, Standing],
        kept: Mapping[str, Sequence[_Kept]],
    ) -> None:
        self.standings = standings
        self._mission = mission
        self._founder = founder
        self._kept = kept

    def objection(
        self,
        kind: str,
        log: str,
        seq: int,
        leaf_hash: bytes,
        record: str,
        entry: EntryView | None,
        roots: Collection[bytes] = (),
    ) -> str:
        """Why an entry of `log`, in spans that end in `roots`, does not count; the empty string where it does. `entry` is
        given where its kind is one of `belonging.JUDGED`."""
        standing = self.standings.get(log, NOBODY)
        if not standing.role:
            return "its laptop has not been admitted"
        if standing.cut is not None and seq >= standing.cut:
            return "recorded after its laptop was struck off"
        if not self._spares(log, seq, leaf_hash, roots):
            return "not in the history of its laptop that was known when it was struck off"
        untrue = objection_to(self._mission, self._founder, kind, record, entry)
        return untrue or _overstepped(kind, log, standing.role, entry)

    def _spares(self, log: str, seq: int, leaf_hash: bytes, roots: Collection[bytes]) -> bool:
        """Whether an entry of a log, in spans that end in these roots, stands before every cut of it."""
        kept = self._kept.get(log)
        if kept is None:
            return self.standings.get(log, NOBODY).cut is None
        return all(one.spares(seq, leaf_hash, roots) for one in kept)


def judge(mission: str, founder: str, entries: Iterable[EntryView], histories: Histories) -> Judgement:
    """Who may write, and what of each log counts."""
    admissions: list[_Admission] = []
    cuts: list[_Cut] = []
    asides: list[_Aside] = []
    continued: dict[str, str] = {}
    for entry in entries:
        if objection_to(mission, founder, entry.kind, entry.record, entry):
            continue
        if entry.kind == "member" and (aside := _hashes(entry.values.get("set_aside+"))):
            asides.append(_Aside(entry.log, entry.seq, entry.hash, aside))
        match entry.values:
            case {"previous": str(previous)} if entry.kind == "log" and continues(mission, entry):
                continued[entry.log] = previous
            case {"log": str(log), "role": str(role), "status": "admitted"} if entry.kind == "member":
                if log != entry.log and role in ROLES:
                    admissions.append(_Admission(entry.log, entry.seq, entry.hash, log, role))
            case {"cut_log": str(log), "cut_size": int(size)} if entry.kind == "member" and size >= 0:
                tips = _hashes(entry.values.get("cut_heads"))
                cuts.append(
                    _Cut(entry.log, entry.seq, entry.hash, log, size, frozenset(map(bytes.fromhex, tips)))
                )
    judge = _Judge(founder, admissions, continued, histories)
    for rank in sorted(set(RANKS.values()), reverse=True):
        judge.apply(rank, cuts)
    ever = _Judge(founder, admissions, continued, histories).result()
    found = judge.result(judge.disputes([cut for cut in cuts if _leads(ever, cut.by)], asides))
    return Judgement(mission, founder, found, judge.kept)


def may_grant(admitter: str, role: str) -> bool:
    """Whether a laptop in the role `admitter` may admit one in `role`: a deputy makes nobody its superior."""
    return admitter in _GRANTED_BY_LEADERS or (admitter in RANKS and role not in _GRANTED_BY_LEADERS)


class _Judge:
    """Works out standings, one rank after the other."""

    def __init__(
        self, founder: str, admissions: list[_Admission], continued: dict[str, str], histories: Histories
    ) -> None:
        self._founder = founder
        self._admissions = admissions
        self._continued = continued
        self._histories = histories
        self._effective: set[_Cut] = set()
        self._roots: dict[bytes, frozenset[bytes]] = {}
        self._lefts: dict[_Cut, _Kept] = {}
        self.kept: dict[str, list[_Kept]] = {}

    def apply(self, rank: int, cuts: list[_Cut]) -> None:
        """Let those of one rank strike off, each within what is left of its own log."""
        admitted = self._admitted()
        acting = [
            cut
            for cut in cuts
            if RANKS.get(admitted.get(cut.by, ("", ""))[0]) == rank and not self._is_cut(cut)
        ]
        standing = [cut for cut in acting if not any(self._undoes(other, cut) for other in acting)]
        self._effective.update(standing)
        for cut in standing:
            size = max(cut.size, self._needed(cut, admitted))
            self.kept.setdefault(cut.log, []).append(self._left(cut)._replace(size=size))

    def disputes(self, cuts: list[_Cut], asides: list[_Aside]) -> list[_Cut]:
        """Those of the cuts that do not count and that nobody set aside. Between two that struck each other off, the rank
        has decided, and nothing is left to dispute. Who sets one aside has decided between those two laptops: whoever has
        the key of the one cannot dispute the other again and again."""
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
            if by.role in RANKS and not by.disputed and not self._is_cut(one):
                gone |= one.hashes
        settled = {(self._first(cut.by), self._first(cut.log)) for cut in cuts if cut.hash in gone}
        return [cut for cut in open_ if (self._first(cut.by), self._first(cut.log)) not in settled]

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
            said = [one for one in self._admissions if (one.by, one.log) == (by, log)]
            follows = self._continued.get(log) == by
            found |= {
                cut.hash
                for cut in disputes
                if cut.log == by and (follows or (said and not any(self._spares(cut, one) for one in said)))
            }
            log = by
        return found

    def _first(self, log: str) -> str:
        return first_log(self._continued, log)

    def _admitted(self) -> dict[str, tuple[str, str]]:
        """Role and admitter of every log, as far as the cuts so far leave it."""
        found: dict[str, tuple[str, str]] = {self._founder: (LEAD, "")}
        while True:
            best = dict(found)
            for one in sorted(self._admissions, key=lambda one: one.hash):
                by = found.get(one.by)
                if by is None or not may_grant(by[0], one.role) or self._is_cut(one):
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

    def _is_cut(self, said: _Said) -> bool:
        if self._cut(said.by) is None:
            return False
        kept = self.kept.get(said.by, ())
        return not kept or not all(self._stands(one, said) for one in kept)

    def _cut(self, log: str) -> int | None:
        """A log that continues one that was struck off is struck off whole, unless it has a cut of its own."""
        seen = set()
        at = log
        while at not in self.kept:
            seen.add(at)
            at = self._continued.get(at, "")
            if not at or at in seen:
                return None
        return min(one.size for one in self.kept[at]) if at == log else 0

    def _needed(self, cut: _Cut, admitted: Mapping[str, tuple[str, str]]) -> int:
        """How many entries must stand so that whoever cuts stays admitted: nobody saws off the branch it sits on."""
        needed = 0
        left, by = self._left(cut), cut.by
        seen = set()
        while by and by not in seen:
            seen.add(by)
            above = admitted.get(by, ("", ""))[1]
            if above == cut.log:
                seqs = [
                    one.seq
                    for one in self._admissions
                    if (one.by, one.log) == (above, by) and left.knows(*self._place(one))
                ]
                needed = max(needed, min(seqs, default=-1) + 1)
            by = above
        return needed

    def _undoes(self, other: _Cut, cut: _Cut) -> bool:
        """Whether `other` came first: it cuts the log of `cut` before it, and is not itself cut by it."""
        back = cut.log == other.by and not self._spares(cut, other)
        return other.log == cut.by and not self._spares(other, cut) and not back

    def _spares(self, cut: _Cut, said: _Said) -> bool:
        return self._stands(self._left(cut), said)

    def _left(self, cut: _Cut) -> _Kept:
        if cut not in self._lefts:
            self._lefts[cut] = _Kept(cut.size, self._histories.reach(cut.log, cut.tips))
        return self._lefts[cut]

    def _stands(self, kept: _Kept, said: _Said) -> bool:
        return kept.spares(said.seq, *self._place(said))

    def _place(self, said: _Said) -> tuple[bytes, frozenset[bytes]]:
        """Leaf hash and roots."""
        leaf_hash = bytes.fromhex(said.hash)
        if leaf_hash not in self._roots:
            self._roots[leaf_hash] = self._histories.roots(leaf_hash)
        return leaf_hash, self._roots[leaf_hash]


def _overstepped(kind: str, log: str, role: str, entry: EntryView | None) -> str:
    """Why a laptop in this role may not record an entry; the empty string where it may."""
    if role in RANKS:
        return ""
    if kind == "member":
        # A laptop that goes on in a new log says whose that is; it grants nothing.
        itself = (
            entry is not None
            and (entry.values.get("log"), entry.values.get("role")) == (log, role)
            and touched(entry) <= _OF_ITSELF
        )
        return "" if itself else f"a laptop in the role {role} says nothing on who belongs to the team"
    if kind == COMPARTMENT:
        return f"a laptop in the role {role} says nothing on who reads a compartment"
    allowed = WRITES.get(role)
    if allowed is not None and kind not in allowed and kind != SEALED:
        return f"a laptop in the role {role} records no {kind}"
    return ""


def _leads(standings: Mapping[str, Standing], log: str) -> bool:
    """Whether a log is in a role that strikes off."""
    return standings.get(log, NOBODY).role in RANKS


def _hashes(value: JSON | None) -> frozenset[str]:
    """Those that are 32 bytes in hex; an entry of a newer version may hold others, which are none here."""
    if not isinstance(value, list):
        return frozenset()
    return frozenset(one for one in value if isinstance(one, str) and _HASH.fullmatch(one))
