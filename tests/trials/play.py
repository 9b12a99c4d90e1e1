"""A team at work under faults, from a seed: the state of one play, and the comparison with the oracle after every meeting.

`play_work` has the acts on records and in meetings, `play_team` those on who belongs to the team, `play_boxes` those on
who reads what, `play_host` those of whoever holds a depot, `play_end` the last meeting. An act takes the play and the number of
a laptop.
"""

from __future__ import annotations

import contextlib
import itertools
import random
import shutil
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from fieldkit import paths
from fieldkit.errors import RefusedError
from fieldkit.team.depot import Depot
from fieldkit.team.keyring import Keyring
from fieldkit.team.syncing import Sync
from fieldkit.vault.exchange import Exchange
from fieldkit.vault.locks import Locks
from fieldkit.vault.own_pieces import OwnPieces
from fieldkit.vault.recording import Change, Recorded
from fieldkit.vault.slots import FILE_NAME, KeySlots
from fieldkit.vault.vault import Vault
from tests.trials.invariants import Invariant, hold
from tests.trials.play_told import Lying, files_of, lying, told_of_gaps, told_of_the_gone
from tests.trials.stage import DEPOTS, ROLES, SkewedClock, Stage, held, logs_of
from tests.trials.team_oracle import EPOCH, Act, Write
from tests.vault.missions import PASSPHRASE

SKEWS = (0, 0, 0, 400, -400)
"""Days by which a laptop's clock may be off."""
PLANTED = b"planted"
"""In every text that is recorded, so that a depot's host would find one."""
SET = "evidence"
HEADQUARTERS = ROLES.index("headquarters")


class Sealed(NamedTuple):
    """An object that a laptop sealed for others, under which epoch, and who was struck off for all that it knew."""

    number: int
    epoch: int
    struck: frozenset[int]


class Play:
    """One run: which laptops take part, what they did, and what is known of it."""

    def __init__(self, stage: Stage, seed: int, *, laptops: Sequence[int] = ()) -> None:
        self.rng = random.Random(seed)
        self.stage = stage
        self.oracle, self.stores = stage.set()
        for store in self.stores:
            store.chance = iter(self.rng.random, None)
        self.active = list(laptops) or [
            0,
            *sorted(self.rng.sample(range(1, len(ROLES)), self.rng.choice((1, 2, 2)))),
        ]
        self.clocks = {number: SkewedClock(self.rng.choice(SKEWS)) for number in range(len(ROLES) + 1)}
        self.vaults: dict[int, Vault] = {}
        self.records = [stage.record]
        self.originals: dict[str, bytes] = {}
        self.boxes: dict[str, str] = {}
        self.enclosed: dict[str, str] = {}
        self.let_in: dict[str, str] = {}
        self.may_read: set[tuple[str, str]] = set()
        self.newer: dict[str, tuple[bytes, bytes]] = {}
        self.relayed: set[str] = set()
        self.overstepped: set[str] = set()
        self.struck: set[int] = set()
        self.late: dict[int, bool] = {}
        self.vouched: set[str] = set()
        self.handed: set[str] = set()
        self.shed: set[tuple[int, str]] = set()
        self.forgetful: set[int] = set()
        self.left_logs: set[str] = set()
        self.signed: set[str] = set()
        self.lay: dict[tuple[int, int], Lying] = {}
        self.lain: dict[int, dict[int, Lying]] = {}
        self.sealed: list[Sealed] = []
        self.kept_from: dict[int, set[int]] = {}
        self.everything: dict[int, set[str]] = {}
        self.backups: dict[int, set[str]] = {}
        self.done: Counter[str] = Counter()
        self._count = itertools.count(1)
        for number in self.active:
            self.backup(number)

    @staticmethod
    def place(number: int) -> str:
        """How the oracle knows a laptop."""
        return f"laptop{number}"

    def vault(self, number: int) -> Vault:
        """A laptop's vault, opened where it was not."""
        if number not in self.vaults:
            self.vaults[number] = Vault.open(self.stage.folder(number), PASSPHRASE, clock=self.clocks[number])
        return self.vaults[number]

    def shut(self, number: int) -> None:
        """Close a laptop's vault. Its logs stay the team's, even those that its disk will have forgotten."""
        if number in self.vaults:
            vault = self.vaults.pop(number)
            self.left_logs |= logs_of(vault)
            vault.close()

    def close(self) -> None:
        """Close everything."""
        for number in list(self.vaults):
            self.shut(number)

    def word(self, what: str) -> str:
        """A text that stands nowhere else."""
        return f"{PLANTED.decode()} {what} {next(self._count)}"

    def record(self, number: int, change: Change) -> Recorded | None:
        """Record, or be refused where the laptop has learnt that it was struck off."""
        barred = self.oracle.is_struck(self.place(number), self.place(number))
        try:
            (made,) = self.vault(number).record([change])
        except RefusedError:
            hold(barred, Invariant.REACHES_ALL, f"laptop{number} may not record {change}")
            return None
        hold(not barred, Invariant.MEMBERS_ONLY, f"laptop{number} records on, struck off")
        return made

    def wrote(
        self,
        number: int,
        made: str,
        record: str,
        act: Act,
        values: frozenset[str] = frozenset(),
        replaced: frozenset[str] = frozenset(),
    ) -> None:
        """Tell the oracle of an entry that a laptop acknowledged."""
        place = self.place(number)
        hidden: frozenset[str] = frozenset()
        if record in self.enclosed:
            readers = self.oracle.shown(place, self.enclosed[record]).elements
            hidden = frozenset(
                one for one in self.oracle.known if one not in readers or self.oracle.is_struck(one, place)
            )
            # Sealed under a key that was given away, as the writer did not know.
            known = self.oracle.known[place]
            self.may_read |= {
                (one, made) for one in hidden & self.let_in.keys() if self.let_in[one] not in known
            }
        openings = self.openings(number, made)
        self.oracle.wrote(
            Write(made, place, record, act, values, replaced, self.clocks[number].days, hidden, openings)
        )

    def openings(self, number: int, entry: str) -> frozenset[str]:
        """The entries that say whose log an entry of a laptop stands in, told to the oracle: one for every log between
        this one and its first."""
        place, vault = self.place(number), self.vault(number)
        before = Locks(vault.database, vault).continued()
        ((log,),) = vault.database.rows(
            "SELECT log FROM entries WHERE hash = ?1 UNION SELECT log FROM branches WHERE hash = ?1",
            (bytes.fromhex(entry),),
        )
        told: list[str] = []
        while log in before:
            ((first,),) = vault.database.rows("SELECT hash FROM entries WHERE log = ? AND seq = 0", (log,))
            told.append(first.hex())
            log = before[log]
        for at, opening in enumerate(told):
            self.oracle.wrote(Write(opening, place, "", "other", openings=frozenset(told[at + 1 :])))
        return frozenset(told)

    def known(self, number: int) -> list[str]:
        """Records that a laptop shows and may amend: it knows with what they began, and that counts."""
        vault, place = self.vault(number), self.place(number)
        counting = self.oracle.known[place] - self.oracle.out(place)
        views = [(one, vault.peek(one)) for one in self.records if self.begun(one) in counting]
        return [one for one, view in views if view is not None and not view.retracted]

    def begun(self, record: str) -> str:
        """The entry with which a record began."""
        return next(one.hash for one in self.oracle.writes.values() if one.record == record)

    def pick(self, number: int) -> str | None:
        """One of them, an early one rather than a late one, so that people meet over it."""
        known = self.known(number)
        if not known:
            return None
        return self.rng.choice(known[:2] if self.rng.random() < 0.7 else known)

    @contextlib.contextmanager
    def cutting(self, number: int) -> Iterator[None]:
        """Notice into which objects the laptop puts what it wrote, also where the sync breaks off."""
        vault = self.vault(number)
        exchange = Exchange(vault)
        before = {one.hash for one in exchange.segments()}
        struck = self.struck_for(number)
        try:
            yield
        finally:
            # Not those that come back from a depot, of a history that was cut before the disk was put back.
            cut_here = {name for (name,) in vault.database.rows("SELECT name FROM segments WHERE cut")}
            for one in exchange.segments():
                if one.hash in cut_here and one.hash not in before:
                    rows = vault.database.rows(
                        "SELECT hash FROM entries WHERE log = ? AND seq BETWEEN ? AND ?", one[1:4]
                    )
                    for (first,) in rows[:1]:
                        self.openings(number, first.hex())
                    self.oracle.cut(f"{one.first}-{one.last}-{one.hash}.seg", (row[0].hex() for row in rows))
                    epoch = int.from_bytes(exchange.segment(one.hash)[EPOCH], "big")
                    for other in struck:
                        self.kept_from.setdefault(other, set()).add(epoch)
                    if OwnPieces(vault).kinds(*one[1:4]) - {"member", "log"}:
                        self.sealed.append(Sealed(number, epoch, struck))

    def meet(self, number: int, depot: int) -> bool:
        """A whole sync, after which the laptop has what the depot gives, and the depot what the laptop has."""
        vault, root = self.vault(number), Path(self.stores[depot].where)
        found, whole = files_of(root), lying(root, {cut.name for cut in self.oracle.cuts}).sound
        with self.cutting(number):
            report = Sync(vault, Depot(self.stores[depot])).run()
        told_of_the_gone(vault, report, self.lay.get((number, depot)), found)
        told_of_gaps(vault, report)
        self.lay[number, depot] = lying(root, {cut.name for cut in self.oracle.cuts})
        false = [each for each in report.unsound if each[0] in whole]
        hold(not false, Invariant.NOTHING_CHANGES, f"laptop{number} is given what is signed falsely: {false}")
        hold(not report.damaged, Invariant.NOTHING_CHANGES, f"laptop{number} damaged {report.damaged}")
        self.learn(number)
        given = self.oracle.carried(root, vault.epoch_keys())
        missed = given - self.oracle.known[self.place(number)]
        hold(not missed, Invariant.REACHES_ALL, f"laptop{number} did not get {self.told(missed)}")
        there = {path.name: path.stat().st_size for path in root.rglob("*.seg")}
        for one in Exchange(vault).segments():
            name = f"{one.first}-{one.last}-{one.hash}.seg"
            hold(there.get(name) == one.size, Invariant.REACHES_ALL, f"the depot was not given {name}")
            hold(one.folded, Invariant.NEVER_BY_HALVES, f"laptop{number} left {name} unfolded")
        return bool(report.entries or any(report.sent.values()))

    def learn(self, number: int) -> None:
        """Take from the laptop which writes have reached it, by their names alone, and hold it to them."""
        place, vault = self.place(number), self.vault(number)
        now = held(vault)
        gone = self.everything.get(number, set()) | self.oracle.known[place]
        hold(gone <= now, Invariant.NOTHING_CHANGES, f"{place} lost {self.told(gone - now)}")
        self.everything[number] = now
        self.oracle.known[place] = now & self.oracle.writes.keys()
        self.confide(number)
        halves = list(self.oracle.halves(place, self.vouched))
        hold(not halves, Invariant.NEVER_BY_HALVES, f"{place} took in half of {halves[:1]}")
        if number == HEADQUARTERS:
            self.signed |= {one for one in self.originals if self.has(number, one)}
        self.compare(number)

    def struck_for(self, number: int) -> frozenset[int]:
        """Who is struck off, as far as a laptop knows; nobody where it is so itself."""
        place = self.place(number)
        gone = {one for one in self.active if self.oracle.is_struck(self.place(one), place)}
        return frozenset(() if number in gone else gone)

    def confide(self, number: int) -> None:
        """What a laptop sealed is not for those whom it knew to be struck off, and still does."""
        struck = self.struck_for(number)
        for one in self.sealed:
            for other in one.struck & struck:
                held = {**self.vault(other).epoch_keys(), **Keyring(self.vault(other)).keys()}
                text = f"laptop{number} seals under a key that laptop{other} has, which was struck off"
                hold(one.epoch not in held, Invariant.MEMBERS_ONLY, text)
        self.sealed.clear()

    def has(self, number: int, original: str) -> bool:
        """Whether a laptop has every part of an original."""
        view = self.vault(number).peek(original)
        return view is not None and not self.vault(number).media.missing(view.doc)

    def told(self, writes: set[str]) -> str:
        """Writes in words."""
        return "; ".join(
            f"{one.place} {one.act} {sorted(one.values)}" if (one := self.oracle.writes.get(name)) else name
            for name in sorted(writes)
        )

    def compare(self, number: int) -> None:
        """Hold what a laptop shows of every record against the oracle."""
        place, vault = self.place(number), self.vault(number)
        strange = {view.id for view in vault.list("observation", retracted=True)} - {
            *self.records,
            *self.relayed,
        }
        hold(
            not strange, Invariant.MEMBERS_ONLY, f"{place} shows records that nobody acknowledged: {strange}"
        )
        differing = {(one.record.id, one.field): one for one in vault.differences()}
        self.done["differences looked at"] += len(differing)
        for record in self.records:
            view = vault.peek(record)
            if record in self.enclosed:
                self.hidden(number, record)
                continue
            if self.oracle.is_open(place, record, self.everything.get(number, ())):
                self.done["open what counts"] += 1
                continue
            if view is None:
                hold(not self.oracle.said(place, record), Invariant.VISIBLE, f"{place} shows no {record}")
                continue
            expected = self.oracle.shown(place, record)
            difference = differing.get((record, "text"))
            values = [one for one, _ in difference.values] if difference else [view.doc.get("text")]
            shown = {str(one) for one in values if one is not None}
            self.judge(number, expected.values, shown)
            elements = view.doc.get(SET, [])
            assert isinstance(elements, list)
            lost, risen = (
                expected.elements - set(map(str, elements)),
                set(map(str, elements)) - expected.elements,
            )
            hold(not lost, Invariant.VISIBLE, f"{place} does not show the elements {lost} of {record}")
            hold(
                not risen,
                Invariant.NOTHING_CHANGES,
                f"{place} shows the elements {risen} of {record}, taken away",
            )
            hold(
                view.retracted == expected.retracted,
                Invariant.NOTHING_CHANGES,
                f"{place} shows {record} {'retracted' if view.retracted else 'standing'}",
            )

    def judge(self, number: int, expected: dict[str, str], shown: set[str]) -> None:
        """Say which invariant is broken where the values of a field are not those expected."""
        values = set(expected.values())
        if shown == values:
            return
        text = f"laptop{number} shows {shown}, not {values}"
        out = {
            value for one in self.oracle.out(self.place(number)) for value in self.oracle.writes[one].values
        }
        hold(not shown & out, Invariant.MEMBERS_ONLY, text)
        hold(shown < values, Invariant.NOTHING_CHANGES, text)
        if len(shown) == 1:
            skews = {expected[one]: self.oracle.writes[one].skew for one in expected}
            ahead = skews[min(shown)] > max(skew for value, skew in skews.items() if value not in shown)
            hold(not ahead, Invariant.CLOCKS, text)
            hold(len(values) != 2, Invariant.ENDED_BY_PEOPLE, text)
        hold(False, Invariant.VISIBLE, text)

    def hidden(self, number: int, record: str) -> None:
        """Nothing of a compartment's record is shown to who is not to read it."""
        place = self.place(number)
        said = {str(entry.values.get("text")): entry.hash for entry in self.vault(number).entries_of(record)}
        for write in self.oracle.writes.values():
            if (
                write.record == record
                and place in write.hidden_from
                and (place, write.hash) not in self.may_read
            ):
                hold(
                    not write.values & said.keys(), Invariant.SEALED, f"{place} reads {sorted(write.values)}"
                )

    def backup(self, number: int) -> None:
        """Keep what the laptop's disk and the user's state are now."""
        kept = self.stage.now / f"backup{number}"
        shutil.rmtree(kept, ignore_errors=True)
        self.shut(number)
        shutil.copytree(self.stage.folder(number), kept)
        _copy(self.head(number), self.stage.now / f"head{number}")
        self.backups[number] = set(self.oracle.known[self.place(number)])
        self.lain[number] = {depot: lay for (one, depot), lay in self.lay.items() if one == number}

    def put_back(self, number: int, *, with_head: bool) -> None:
        """The laptop's disk becomes what it was at the last backup, with the user's state or without."""
        head = self.head(number)
        self.shut(number)
        shutil.rmtree(self.stage.folder(number))
        shutil.copytree(self.stage.now / f"backup{number}", self.stage.folder(number))
        self.oracle.known[self.place(number)] = set(self.backups[number])
        self.everything.pop(number, None)
        self.forgetful.add(number)
        for depot in range(DEPOTS):
            self.forget(number, depot)
            if depot in self.lain[number]:
                self.lay[number, depot] = self.lain[number][depot]
        if with_head:
            _copy(self.stage.now / f"head{number}", head)
        else:
            head.unlink(missing_ok=True)

    def forget(self, number: int, depot: int) -> None:
        """Nobody can say what the laptop remembers of a depot."""
        self.lay.pop((number, depot), None)

    def head(self, number: int) -> Path:
        """The file in the user's state that keeps the head of this laptop's log."""
        return paths.head_copy(KeySlots.read(self.stage.folder(number) / FILE_NAME).store_id)


def _copy(one: Path, other: Path) -> None:
    """The other file becomes what the one is, absent if it is."""
    if one.exists():
        shutil.copyfile(one, other)
    else:
        other.unlink(missing_ok=True)
