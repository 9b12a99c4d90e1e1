"""What one laptop does in a campaign, in whatever process: a day's work, a meeting, the last look. All of it real code
over real folders; everything given and given back is plain data, so that days of several sites can run side by side."""

from __future__ import annotations

import hashlib
import io
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from fieldkit.errors import RefusedError
from fieldkit.team.depot import open_depot
from fieldkit.team.striking import revoke
from fieldkit.team.syncing import Sync
from fieldkit.vault.clock import Stamp
from fieldkit.vault.doctor import examine
from fieldkit.vault.quarantine import quarantined
from fieldkit.vault.recording import Add, Amend
from fieldkit.vault.vault import Vault
from tests.team.teams import tables
from tests.vault.missions import PASSPHRASE

BEGIN = datetime(2026, 2, 1, 6, 0, tzinfo=UTC)
ITEMS_FILE = "items.txt"
CONTESTED = 40
"""So many items are those that everybody has an opinion on."""


@dataclass
class FastClock:
    """A clock that shows a day of the campaign, off by so many days; it goes on by a second with each look."""

    day: int
    skew_days: int
    seconds: int = 0

    def read(self) -> Stamp:
        self.seconds += 1
        at = BEGIN + timedelta(days=self.day + self.skew_days, seconds=self.seconds)
        return Stamp(
            at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            "+02:00",
            86_400_000 * self.day + self.seconds,
            f"{self.day:032x}",
        )


@dataclass(frozen=True)
class Day:
    """One laptop's day: how much it does, and the depots it meets, in order."""

    folder: Path
    laptop: int
    day: int
    seed: int
    skew_days: int
    counts: int
    opinions: int
    depots: Sequence[Path]


@dataclass(frozen=True)
class Written:
    """One value given to a contested field: the entry, the record, the value, and the values that stood there then."""

    hash: str
    item: str
    value: str
    seen: frozenset[str]


@dataclass
class Done:
    """What came of a day: entries acknowledged, how many of them before the last meeting, opinions, time and traffic."""

    laptop: int
    acknowledged: list[str] = field(default_factory=list)
    met: int = 0
    written: list[Written] = field(default_factory=list)
    refused: bool = False
    moved: bool = False
    syncs: list[float] = field(default_factory=list)
    entries_in: int = 0
    alarms: int = 0


def work(day: Day) -> Done:
    """Count, give opinions, attach, and meet."""
    done = Done(day.laptop)
    rng = random.Random(f"{day.seed}/{day.laptop}/{day.day}")
    items = (day.folder.parent / ITEMS_FILE).read_text().split()
    clock = FastClock(day.day, day.skew_days)
    with Vault.open(day.folder, PASSPHRASE, clock=clock) as vault:
        try:
            _count(vault, items, rng, day, done)
            for _ in range(day.opinions):
                _opine(
                    vault, rng.choice(items[:CONTESTED]), f"d{day.day} l{day.laptop} {rng.random():.9f}", done
                )
        except RefusedError:
            done.refused = True
        for place in day.depots:
            _meet(vault, place, done)
    return done


def _count(vault: Vault, items: Sequence[str], rng: random.Random, day: Day, done: Done) -> None:
    chosen = rng.sample(items, min(day.counts, len(items)))
    changes = [Add("count", {"item": item, "counted": rng.randint(0, 3)}) for item in chosen]
    if not changes:
        return
    recorded = vault.record(changes)
    done.acknowledged += [one.hash for one in recorded]
    if rng.random() < 0.2:
        note = f"note of day {day.day} by laptop {day.laptop}".encode() * 40
        done.acknowledged += [one.hash for one in vault.attach(io.BytesIO(note), "note.txt", recorded[0].id)]


def _opine(vault: Vault, item: str, value: str, done: Done) -> None:
    seen = standing(vault, item)
    (recorded,) = vault.record([Amend(item, "looked at it", set={"condition": value})])
    done.acknowledged.append(recorded.hash)
    done.written.append(Written(recorded.hash, item, value, frozenset(seen)))


def standing(vault: Vault, item: str) -> set[str]:
    """The values that a person is shown for the contested field of an item."""
    view = vault.get(item)
    if "condition" not in view.doc:
        return set()
    if "condition" not in view.differs:
        return {str(view.doc["condition"])}
    entries = {entry.hash: entry for entry in vault.entries_of(item)}
    gone = {leaf for entry in entries.values() for leaf in entry.supersedes.get("condition", ())}
    return {
        str(entry.values["condition"])
        for leaf, entry in entries.items()
        if "condition" in entry.values and leaf not in gone
    }


def _meet(vault: Vault, place: Path, done: Done) -> None:
    began = time.perf_counter()
    report = Sync(vault, open_depot(str(place))).run()
    done.syncs.append(time.perf_counter() - began)
    done.met = len(done.acknowledged)
    done.entries_in += report.entries
    done.moved = done.moved or bool(report.entries or any(report.sent.values()))
    done.alarms += len(report.forks) + len(report.unsound)


def strike_off(folder: Path, letter: str, day: int) -> set[str]:
    """The lead strikes a laptop off; the hashes of its entries that count by that."""
    with Vault.open(folder, PASSPHRASE, clock=FastClock(day, 0)) as vault:
        gone = revoke(vault, letter, "no longer with the team")
        return {leaf.hex() for leaf in vault.leaf_hashes(gone.log, gone.size)}


@dataclass(frozen=True)
class Look:
    """What a laptop shows at the end: a digest of its tables, what counts and what does not, the contested values."""

    tables: str
    counted: frozenset[str]
    quarantined: frozenset[str]
    standing: dict[str, frozenset[str]]
    records: int
    entries: int
    unsound: list[str]
    incidents: int


def look(folder: Path, day: int, *, thorough: bool) -> Look:
    """The last look at a laptop; a thorough one refolds everything."""
    items = (folder.parent / ITEMS_FILE).read_text().split()
    with Vault.open(folder, PASSPHRASE, clock=FastClock(day, 0)) as vault:
        digest = hashlib.sha256()
        for table, rows in sorted(tables(vault).items()):
            digest.update(table.encode())
            for row in rows:
                digest.update(repr(row).encode())
        out = {one.hash for one in quarantined(vault)}
        every = {leaf.hex() for log in vault.logs() for leaf in vault.leaf_hashes(log.log, log.size)}
        return Look(
            digest.hexdigest(),
            frozenset(every - out),
            frozenset(out),
            {item: frozenset(standing(vault, item)) for item in items[:CONTESTED]},
            vault.count(),
            len(every),
            [one.text for one in examine(vault, refold=True) if not one.good] if thorough else [],
            vault.count("incident"),
        )
