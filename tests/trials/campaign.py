"""A whole campaign in fast motion: laptops of several sites count and disagree over a long list for months, and meet by
sticks and a share. One laptop is stolen and goes on being used, one is put back from a backup, one inspector leaves,
one clock is wrong by a year. In the end every laptop shows the same, nothing acknowledged is missing that was not
lost with its laptop, the merged bundle verifies, and headquarters has it all in PostgreSQL, if there is one.

`python -m tests.trials.campaign` plays 30 laptops, 100,000 items and 111 days, and prints figures; `--laptops`,
`--items`, `--days` and `--seed` choose others.
"""

from __future__ import annotations

import argparse
import contextlib
import multiprocessing
import os
import random
import shutil
import statistics
import subprocess
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from fieldkit import paths
from fieldkit.bundle.export import export_bundle
from fieldkit.bundle.verify import verify_bundle
from fieldkit.publish.publishing import publish
from fieldkit.vault.recording import Add
from fieldkit.vault.vault import Vault
from tests.publish.servers import installations, server
from tests.team.teams import joined, new_depot
from tests.trials.campaign_work import ITEMS_FILE, Day, Done, FastClock, Look, Written, look, strike_off, work
from tests.vault.missions import CHEAP, PASSPHRASE

LEAD, WRONG_CLOCK, LEAVING, STOLEN, RESTORED = range(5)
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
Tell = Callable[[str], None]


@dataclass(frozen=True)
class Plan:
    """How large a campaign is, and on which days what happens."""

    laptops: int = 30
    items: int = 100_000
    days: int = 111
    seed: int = 1
    counts: int = 5
    opinions: int = 1
    meets: float = 0.3

    @property
    def sites(self) -> int:
        return max(1, self.laptops // 10)

    def on(self, share: float) -> int:
        """The day when that share of the campaign is over."""
        return max(1, round(share * self.days))


@dataclass
class Oracle:
    """What was acknowledged, by whom, and what was lost or must not count; nothing of it is asked of fieldkit's folding."""

    acknowledged: dict[int, list[str]] = field(default_factory=lambda: defaultdict(list))
    met: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    written: dict[str, Written] = field(default_factory=dict)
    lost: set[str] = field(default_factory=set)
    out: set[str] = field(default_factory=set)
    counts_of: dict[int, set[str]] = field(default_factory=dict)

    def take(self, done: Done) -> None:
        held = self.acknowledged[done.laptop]
        if done.syncs:
            self.met[done.laptop] = len(held) + done.met
        held += done.acknowledged
        self.written |= {one.hash: one for one in done.written}

    def lose_unmet(self, laptop: int) -> None:
        """A laptop is gone, or put back: what it wrote since it last met a depot is gone with it."""
        held = self.acknowledged[laptop]
        self.lost |= set(held[self.met[laptop] :])
        del held[self.met[laptop] :]

    def close(self) -> None:
        """Of who was struck off, only what the lead had by then counts."""
        for laptop, counted in self.counts_of.items():
            self.out |= set(self.acknowledged[laptop]) - counted

    def must(self) -> set[str]:
        """Everything that has to count everywhere."""
        return {leaf for held in self.acknowledged.values() for leaf in held} - self.lost - self.out

    def standing(self, item: str) -> set[str]:
        """The values of an item that nobody replaced knowingly."""
        must = self.must()
        told = [one for one in self.written.values() if one.item == item and one.hash in must]
        replaced = {value for one in told for value in one.seen}
        return {one.value for one in told} - replaced


class Campaign:
    """One campaign below a folder."""

    def __init__(self, place: Path, plan: Plan, tell: Tell = print) -> None:
        self.place, self.plan, self.tell = place, plan, tell
        self.rng = random.Random(plan.seed)
        self.oracle = Oracle()
        self.folders = [place / f"laptop{number:02d}" for number in range(plan.laptops)]
        self.headquarters = plan.laptops
        self.folders.append(place / "headquarters")
        self.sticks = [place / f"stick{number}" for number in range(plan.sites)]
        self.share = place / "share"
        self.away: set[int] = set()
        self.syncs: list[float] = []
        self.entries_in = 0
        self.alarms = 0
        self.began = time.monotonic()

    def run(self, processes: int) -> None:
        """Everything, from the first day to the last look."""
        self.set_out()
        with ProcessPoolExecutor(processes, multiprocessing.get_context("spawn")) as pool:
            for day in range(self.plan.days):
                self.happen(day)
                self.a_day(pool, day)
                if day % 10 == 9:
                    self.tell(
                        f"  day {day + 1}: {self.spent()}, {len(self.oracle.must()):,} entries acknowledged"
                    )
            self.everybody_meets(pool)
            self.judge(pool)
        self.bundle()
        self.publish()

    def set_out(self) -> None:
        """The mission, its list of items, the team, and the depots."""
        for depot in (*self.sticks, self.share):
            new_depot(depot)
        lead, _ = Vault.create(
            self.folders[LEAD], title="Campaign", author="Amira Nasser", passphrase=PASSPHRASE, kdf=CHEAP,
            clock=FastClock(0, 0),
        )  # fmt: skip
        with lead:
            (declaration,) = lead.record([Add("declaration", {"name": "Inventory"})])
            began = time.monotonic()
            items: list[str] = []
            for start in range(0, self.plan.items, 20_000):
                made = lead.record(
                    [
                        Add("item", {"declaration": declaration.id, "line": str(n), "type": f"T-{n % 31}",
                                     "serials": [f"SN{n:07d}"], "declared": 1})
                        for n in range(start, min(start + 20_000, self.plan.items))
                    ]
                )  # fmt: skip
                items += [one.id for one in made]
                self.oracle.acknowledged[LEAD] += [one.hash for one in made]
            (self.place / ITEMS_FILE).write_text("\n".join(items))
            self.tell(f"  {len(items):,} items recorded in {time.monotonic() - began:.0f} s")
            for number, folder in enumerate(self.folders[1:], 1):
                role = "headquarters" if number == self.headquarters else "inspector"
                joined(folder, lead, f"Inspector {number}", role).close()
        self.tell(f"  team of {len(self.folders)} on {self.plan.sites} sites: {self.spent()}")

    def happen(self, day: int) -> None:
        """What befalls the team on this day."""
        plan = self.plan
        if day == plan.on(0.3):
            self.tell(f"  day {day + 1}: a laptop is stolen, and used on")
            self.oracle.lose_unmet(STOLEN)
            self.strike_off(STOLEN, day)
        if day == plan.on(0.4):
            shutil.copytree(self.folders[RESTORED], self.place / "backup")
            self.oracle.met[-1] = len(self.oracle.acknowledged[RESTORED])
        if day == plan.on(0.55):
            self.tell(f"  day {day + 1}: a laptop is put back from its backup")
            self.put_back()
        if day == plan.on(0.7):
            self.tell(f"  day {day + 1}: an inspector leaves, and goes on")
            self.strike_off(LEAVING, day)

    def strike_off(self, laptop: int, day: int) -> None:
        counted = strike_off(self.folders[LEAD], self.letter(laptop), day)
        self.oracle.counts_of[laptop] = counted
        self.away.add(laptop)

    def letter(self, laptop: int) -> str:
        with Vault.open(self.folders[laptop], PASSPHRASE) as vault:
            return vault.letter

    def put_back(self) -> None:
        """What was in the backup is there again; what met a depot comes back; the rest is lost."""
        oracle = self.oracle
        kept = oracle.met.pop(-1)
        oracle.met[RESTORED] = max(kept, oracle.met[RESTORED])
        oracle.lose_unmet(RESTORED)
        folder = self.folders[RESTORED]
        with Vault.open(folder, PASSPHRASE) as vault:
            head = paths.head_copy(vault.slots.store_id)
        shutil.rmtree(folder)
        (self.place / "backup").rename(folder)
        head.unlink()

    def a_day(self, pool: ProcessPoolExecutor, day: int) -> None:
        """Sites work side by side, the laptops of one after the other; then those meet who carry sticks to the share."""
        plan, last = self.plan, day == self.plan.days - 1
        by_site: dict[int, list[Day]] = defaultdict(list)
        for laptop in range(plan.laptops):
            meets = last or laptop == self.carrier(laptop) or self.rng.random() < plan.meets
            by_site[self.site(laptop)].append(self.day(laptop, day, [self.stick(laptop)] if meets else []))
        for done in pool.map(_one_after_the_other, by_site.values()):
            self.take(done)
        if day % 3 == 2 or last:
            carriers = [self.carrier(site) for site in range(plan.sites)]
            tour = [self.day(one, day, [self.share, self.stick(one)], idle=True) for one in carriers]
            tour.append(self.day(self.headquarters, day, [self.share], idle=True))
            self.take(_one_after_the_other(tour))

    def day(self, laptop: int, day: int, depots: Sequence[Path], *, idle: bool = False) -> Day:
        skew = 365 if laptop == WRONG_CLOCK else 0
        counts, opinions = (0, 0) if idle else (self.plan.counts, self.plan.opinions)
        return Day(self.folders[laptop], laptop, day, self.plan.seed, skew, counts, opinions, depots)

    def site(self, laptop: int) -> int:
        return laptop % self.plan.sites

    def stick(self, laptop: int) -> Path:
        return self.sticks[self.site(laptop)]

    def carrier(self, laptop: int) -> int:
        """Who of a laptop's site carries the stick to the share: the last one of it."""
        site = self.site(laptop)
        return max(one for one in range(self.plan.laptops) if self.site(one) == site)

    def take(self, some: list[Done]) -> None:
        for done in some:
            self.oracle.take(done)
            self.syncs += done.syncs
            self.entries_in += done.entries_in
            self.alarms += done.alarms

    def everybody_meets(self, pool: ProcessPoolExecutor) -> None:
        """Until nobody has anything new, those who were struck off left out."""
        began, day = time.monotonic(), self.plan.days
        for turn in range(12):
            by_site: dict[int, list[Day]] = defaultdict(list)
            for laptop in range(self.plan.laptops):
                if laptop not in self.away:
                    depots = [self.stick(laptop)]
                    by_site[self.site(laptop)].append(self.day(laptop, day, depots, idle=True))
            some = [done for site in pool.map(_one_after_the_other, by_site.values()) for done in site]
            carriers = [self.carrier(site) for site in range(self.plan.sites)]
            tour = [self.day(one, day, [self.share, self.stick(one)], idle=True) for one in carriers]
            tour.append(self.day(self.headquarters, day, [self.share], idle=True))
            some += _one_after_the_other(tour)
            self.take(some)
            if not any(done.moved for done in some):
                self.tell(f"  everybody has met after {turn} turns, {time.monotonic() - began:.0f} s")
                return
        raise AssertionError("they never come to rest")

    def judge(self, pool: ProcessPoolExecutor) -> None:
        """Every laptop shows the same, and what the oracle says."""
        self.oracle.close()
        must = self.oracle.must()
        here = [number for number in range(len(self.folders)) if number not in self.away]
        looks = pool.map(_look, [(self.folders[n], self.plan.days, n == self.headquarters) for n in here])
        first: Look | None = None
        for number, seen in zip(here, looks, strict=True):
            first = first or seen
            assert seen.tables == first.tables, f"laptop {number} has other tables"
            missing = must - seen.counted
            assert not missing, f"laptop {number} lacks {len(missing)} acknowledged entries"
            wrong = seen.counted & self.oracle.out
            assert not wrong, f"laptop {number} counts {len(wrong)} entries of those who were struck off"
            for item, shown in seen.standing.items():
                expected = self.oracle.standing(item)
                assert shown == expected, f"laptop {number} shows {set(shown)}, not {expected}"
            assert not seen.unsound, seen.unsound
        assert first is not None
        differing = sum(len(shown) > 1 for shown in first.standing.values())
        self.tell(
            f"  {len(here)} laptops agree: {first.entries:,} entries, {first.records:,} records, {differing} differences"
            f" stand, {len(first.quarantined):,} entries do not count, {len(self.oracle.lost):,} were lost with laptops,"
            f" {first.incidents} incidents"
        )
        self.tell(
            f"  {len(self.syncs):,} syncs, median {statistics.median(self.syncs) * 1e3:.0f} ms, longest"
            f" {max(self.syncs):.1f} s; {self.entries_in:,} entries folded from others; share of"
            f" {sum(path.stat().st_size for path in self.share.rglob('*') if path.is_file()) / 1e6:.0f} MB"
        )

    def bundle(self) -> None:
        """The merged mission as a bundle, read back."""
        began = time.monotonic()
        with Vault.open(self.folders[LEAD], PASSPHRASE, clock=FastClock(self.plan.days, 0)) as vault:
            made = export_bundle(vault, self.place / "bundles")
            logs = len(vault.logs())
        report = verify_bundle(made.path)
        assert [fault.where for fault in report.faults] == ["signatures"], report.to_text()
        assert len(report.logs) == logs
        assert all(log.intact for log in report.logs)
        size = sum(path.stat().st_size for path in made.path.rglob("*") if path.is_file())
        self.tell(
            f"  bundle of {logs} logs, {size / 1e6:.0f} MB, made and verified in {time.monotonic() - began:.0f} s"
        )

    def publish(self) -> None:
        """Headquarters' database, where PostgreSQL is installed."""
        found = installations()
        if not found:
            self.tell("  no PostgreSQL here: not published")
            return
        began = time.monotonic()
        with (
            contextlib.ExitStack() as stack,
            Vault.open(
                self.folders[self.headquarters], PASSPHRASE, clock=FastClock(self.plan.days, 0)
            ) as vault,
        ):
            try:
                running = stack.enter_context(server(found[0]))
            except (OSError, subprocess.SubprocessError) as error:
                self.tell(f"  PostgreSQL does not start here: {error}; not published")
                return
            address = running.database("campaign")
            done = publish(vault, address)
            assert done.records == sum(1 for _ in vault.list(retracted=True))
            assert publish(vault, address).sent_entries == 0
        self.tell(
            f"  published: {done.entries:,} entries, {done.records:,} records in {time.monotonic() - began:.0f} s"
        )

    def spent(self) -> str:
        return f"{time.monotonic() - self.began:.0f} s"


def _one_after_the_other(days: Sequence[Day]) -> list[Done]:
    return [work(day) for day in days]


def _look(asked: tuple[Path, int, bool]) -> Look:
    folder, day, thorough = asked
    return look(folder, day, thorough=thorough)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.trials.campaign", description=__doc__)
    parser.add_argument("--laptops", type=int, default=30)
    parser.add_argument("--items", type=int, default=100_000)
    parser.add_argument("--days", type=int, default=111)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().getrandbits(32))
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    given = parser.parse_args()
    plan = Plan(given.laptops, given.items, given.days, given.seed)
    print(f"{plan.laptops} laptops, {plan.items:,} items, {plan.days} days, seed {plan.seed}", flush=True)
    with tempfile.TemporaryDirectory(prefix="fieldkit-campaign-") as place:
        os.environ[paths.STATE_VARIABLE] = str(Path(place) / "state")
        campaign = Campaign(Path(place), plan, lambda text: print(text, flush=True))
        campaign.run(given.processes)
        import resource

        peak = max(
            resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
        )
        print(f"  {campaign.spent()} in all, at most {peak / 1e3:.0f} MB a process")


if __name__ == "__main__":
    main()
