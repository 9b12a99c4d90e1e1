"""What meeting through a depot costs, beside what people copy with otherwise: rsync, restic and rclone, in the same run.

Everything is of the size of a long visit: 10,000 records and 500 originals of 4 MB. A peer copies the same originals, with
the records as a small file each. Where a server takes part, whose times vary, both take turns, and the medians are held beside
each other; FIELDKIT_BENCH_ROUNDS says how often. A peer whose program is not here is left out, and said so.
"""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from fieldkit.team.depot import open_depot
from fieldkit.team.syncing import Sync
from fieldkit.vault.recording import Add
from fieldkit.vault.vault import Vault
from tests.benchmarks.apart import Spent, apart
from tests.benchmarks.measuring import row
from tests.team.s3_servers import BUCKET, SEAWEEDFS, S3Server, found, missing, program, s3_server
from tests.team.teams import joined, new_depot
from tests.vault.missions import PASSPHRASE, new_mission

RECORDS = int(os.environ.get("FIELDKIT_BENCH_RECORDS", "10000"))
ROUNDS = int(os.environ.get("FIELDKIT_BENCH_ROUNDS", "3"))
PHOTOS = int(os.environ.get("FIELDKIT_BENCH_PHOTOS", "500"))
FOREIGN = int(os.environ.get("FIELDKIT_BENCH_FOREIGN", "100000"))
DAY = 1500
_PHOTO_BYTES = 4_000_000
_AT_ONCE = 10_000


class Work:
    """A mission of two laptops, the same things as files for the peers, and room for the copies."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.mission, self.other, self.files = folder / "a", folder / "b", folder / "files"

    def fill(self) -> None:
        """Record everything, and write it as files too."""
        (self.files / "records").mkdir(parents=True)
        with new_mission(self.mission) as lead:
            joined(self.other, lead).close()
            _observe(lead, RECORDS)
            for number, view in enumerate(lead.list("observation")):
                (self.files / "records" / f"{number}.json").write_text(json.dumps(view.doc))
            (gate,) = lead.record([Add("observation", {"basis": "seen", "text": "Photos of the gate"})])
            for number in range(PHOTOS):
                original = os.urandom(_PHOTO_BYTES)
                (self.files / f"{number}.jpg").write_bytes(original)
                lead.attach(io.BytesIO(original), f"{number}.jpg", gate.id)
        _settle()


@pytest.fixture
def work(tmp_path: Path) -> Iterator[Work]:
    made = Work(tmp_path / "work")
    made.fill()
    yield made
    shutil.rmtree(made.folder)


@pytest.fixture
def seaweedfs() -> Iterator[S3Server]:
    if program(SEAWEEDFS) is None:
        pytest.skip(missing(SEAWEEDFS))
    with s3_server(SEAWEEDFS) as server:
        yield server


def _observe(vault: Vault, count: int) -> None:
    for start in range(0, count, _AT_ONCE):
        vault.record(
            [
                Add("observation", {"basis": "seen", "text": f"Crate {n}, two bands, the seal whole."})
                for n in range(start, min(start + _AT_ONCE, count))
            ]
        )


def _settle() -> None:
    """Let the disk finish what was written before, so that nobody pays for it later."""
    os.sync()


def sync(mission: str, place: str) -> None:
    """One sync, from opening the vault on."""
    with Vault.open(Path(mission), PASSPHRASE) as vault:
        report = Sync(vault, open_depot(place)).run()
        assert not report.unsound


def run(*command: str) -> None:
    """A peer; what it complained of, where it fails."""
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    if done.returncode:
        raise RuntimeError(f"{command[0]} left with {done.returncode}: {done.stderr.strip()[-2000:]}")


def _synced(mission: Path, place: str) -> Spent:
    _settle()
    return apart(f"{__name__}:sync", mission, place)


def _peer(name: str, *command: object) -> Spent | None:
    """A peer's figures; none, and a word about it, where its program is not here."""
    program_of = found(str(command[0]))
    if program_of is None:
        row(name, f"no {command[0]} here", "-")
        return None
    _settle()
    spent = apart(f"{__name__}:run", program_of, *command[1:])
    row(name, f"{spent.seconds:.1f} s, {spent.child_mb:.0f} MB", "-")
    return spent


def _beside(what: str, ours: Spent, peer: Spent | None, reach: str) -> None:
    told = f"{ours.seconds:.1f} s, {ours.memory}"
    row(what, told + (f", {ours.seconds / peer.seconds:.2f} of the peer" if peer else ""), reach)


def test_a_long_visit_over_a_folder(work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    there = work.folder / "stick"
    new_depot(there)
    files, copy = f"{work.files}/", work.folder / "copy"
    ours = _synced(work.mission, str(there))
    rsync = _peer("(rsync -a)", "rsync", "-a", files, copy)
    shutil.rmtree(copy, ignore_errors=True)
    durable = _peer("(rsync -a --fsync)", "rsync", "-a", "--fsync", files, copy)
    shutil.rmtree(copy, ignore_errors=True)
    monkeypatch.setenv("RESTIC_PASSWORD", PASSPHRASE)
    if restic := found("restic"):
        run(restic, "init", "--repo", str(copy))
    encrypted = _peer("(restic backup)", "restic", "--repo", copy, "--no-cache", "backup", files)
    _beside("a long visit to a folder, beside rsync", ours, rsync, "at most 2")
    _beside("  beside rsync --fsync", ours, durable, "-")
    _beside("  beside restic", ours, encrypted, "-")
    _beside("nothing new", _synced(work.mission, str(there)), None, "0.5 s")
    _beside("the second laptop takes it all in", _synced(work.other, str(there)), None, "-")
    with Vault.open(work.mission, PASSPHRASE) as vault:
        _observe(vault, DAY)
    sent, taken = _synced(work.mission, str(there)), _synced(work.other, str(there))
    row(f"a day of {DAY:,} records over a stick", f"{sent.seconds:.1f} s + {taken.seconds:.1f} s", "10 s")


def test_a_long_visit_over_s3(work: Work, seaweedfs: S3Server, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in seaweedfs.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("RCLONE_CONFIG_S_TYPE", "s3")
    monkeypatch.setenv("RCLONE_CONFIG_S_PROVIDER", "SeaweedFS")
    monkeypatch.setenv("RCLONE_CONFIG_S_ENV_AUTH", "true")
    monkeypatch.setenv("RCLONE_CONFIG_S_ENDPOINT", seaweedfs.endpoint)
    kept = work.folder / "kept"
    shutil.copytree(work.mission, kept)
    ours, rclone = [], []
    for number in range(ROUNDS):
        shutil.rmtree(work.mission)
        shutil.copytree(kept, work.mission)
        place = f"s3://{BUCKET}/team{number}"
        new_depot(place)
        ours.append(_synced(work.mission, place))
        row("(fieldkit sync)", f"{ours[-1].seconds:.1f} s", "-")
        copy = ("copy", work.files, f"S:{BUCKET}/files{number}")
        if peer := _peer("(rclone copy)", "rclone", "--config=/dev/null", *copy):
            rclone.append(peer)
    told = f"a long visit to SeaweedFS, {ROUNDS} by turns"
    _beside(told, _median(ours), _median(rclone) if rclone else None, "at most 0.50")
    _beside("nothing new", _synced(work.mission, place), None, "0.5 s")


def _median(rounds: Sequence[Spent]) -> Spent:
    return sorted(rounds)[len(rounds) // 2]


def test_folding_what_another_laptop_recorded(tmp_path: Path) -> None:
    depot = new_depot(tmp_path / "stick")
    with new_mission(tmp_path / "a") as lead:
        joined(tmp_path / "b", lead).close()
        _observe(lead, FOREIGN)
        Sync(lead, depot).run()
    spent = _synced(tmp_path / "b", str(tmp_path / "stick"))
    row(f"fetching, verifying, folding {FOREIGN:,} entries", f"{spent.seconds:.1f} s, {spent.memory}", "30 s")
