"""Exporting and verifying a whole mission: bytes a second beside the disk, cp and sha256sum in the same run, and memory.

What is measured runs in a process of its own, so that its memory is its own and not that of what is made for it.
`FIELDKIT_BENCH_ENTRIES=1000000` verifies a log of that length; the default is shorter and stands for itself.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from fieldkit.bundle.export import export_bundle
from fieldkit.bundle.verify import verify_bundle
from fieldkit.bundle.writer import WORKERS
from fieldkit.vault.recording import Add
from fieldkit.vault.vault import Vault
from tests.benchmarks.apart import apart
from tests.benchmarks.long_bundle import long_bundle
from tests.benchmarks.measuring import row
from tests.bundle.builders import KEY_LIST
from tests.vault.missions import PASSPHRASE, new_mission

ORIGINALS = 300
ORIGINAL_BYTES = 4_000_000
TOTAL = ORIGINALS * ORIGINAL_BYTES / 1e6
RUNS = 3
ENTRIES = int(os.environ.get("FIELDKIT_BENCH_ENTRIES", "100000"))


def mission_with_originals(folder: Path) -> Path:
    """A mission of `ORIGINALS` attached files that no compression makes smaller."""
    with new_mission(folder) as vault:
        for number in range(ORIGINALS):
            stored = vault.media.put(os.urandom(ORIGINAL_BYTES))
            vault.record(
                [Add("media", {**stored.to_doc(), "media_type": "text/csv", "name": f"{number}.csv"})]
            )
    return folder


def export(mission: str, to: str, form: str) -> None:
    """The export itself."""
    with Vault.open(Path(mission), PASSPHRASE) as vault:
        export_bundle(vault, Path(to), zipped=form == "zip")


def verify(bundle: str, keys: str) -> None:
    """The verification itself; an export that nobody signed yet is whole but for that."""
    report = verify_bundle(Path(bundle), keys=Path(keys) if keys else None)
    assert report.exit_code == (0 if keys else 4), report.to_text()


def seconds(work: Callable[[], object]) -> float:
    """Seconds on the wall."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def say_load() -> None:
    """How busy the machine is with other work: every figure on the wall suffers from it."""
    row("processes waiting, one minute's mean", f"{os.getloadavg()[0]:.1f}", f"0 (of {os.cpu_count()} cores)")


def rewritten(files: list[Path], to: Path) -> None:
    """The same bytes written and synced on as many threads as an export has, nothing else done: what the disk allows."""

    def one(file: Path) -> None:
        with (to / file.name).open("xb", buffering=0) as copy:
            copy.write(file.read_bytes())
            os.fsync(copy.fileno())

    to.mkdir()
    with ThreadPoolExecutor(WORKERS) as pool:
        list(pool.map(one, files))


def hashed(files: list[Path]) -> None:
    """Bare SHA-256 of files on all processors."""

    def one(file: Path) -> str:
        with file.open("rb", buffering=0) as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()

    with ThreadPoolExecutor() as pool:
        list(pool.map(one, files))


@pytest.fixture
def scratch(tmp_path: Path) -> Iterator[Path]:
    """A place whose gigabytes are gone when the test is."""
    yield tmp_path
    shutil.rmtree(tmp_path, ignore_errors=True)


def test_originals_out_and_checked(scratch: Path) -> None:
    mission = mission_with_originals(scratch / "mission")
    say_load()
    folder = exported(mission, scratch, "folder", ">= 900 MB/s")
    checked(folder, "folder")
    shutil.rmtree(folder)
    checked(exported(mission, scratch, "zip", ">= 700 MB/s"), "zip")
    say_load()


def exported(mission: Path, scratch: Path, form: str, reach: str) -> Path:
    """Export several times, each right after what the disk and cp make of as many bytes; the last bundle.

    What went before is thrown away first, so that each finds pages that the system has touched already.
    """
    again = scratch / "again"
    parts = sorted((mission / "media").glob("*/*"))
    rewritten(parts, again)
    for run in range(1, RUNS + 1):
        shutil.rmtree(again)
        copied = seconds(lambda: subprocess.run(["cp", "-r", mission / "media", again], check=True))
        shutil.rmtree(again)
        disk = seconds(lambda: rewritten(parts, again))
        shutil.rmtree(again)
        out = scratch / f"{form}-{run}"
        spent = apart(f"{__name__}:export", mission, out, form)
        row("  cp -r, nothing synced", f"{TOTAL / copied:.0f} MB/s", "-")
        row(f"  write and fsync alone, {WORKERS} threads", f"{TOTAL / disk:.0f} MB/s", "-")
        row(f"export to a {form}, run {run}", f"{spent.rate(TOTAL, 'MB')}, {spent.memory}", reach)
        (bundle,) = out.iterdir()
        if run < RUNS:
            out.rename(again)
    return bundle


def checked(bundle: Path, form: str) -> None:
    """Verify several times; a folder beside sha256sum and bare hashing of the same bytes."""
    media = sorted((bundle / "data" / "media").iterdir()) if form == "folder" else []
    command = ["sha256sum", *map(str, media)]
    for run in range(1, RUNS + 1):
        spent = apart(f"{__name__}:verify", bundle, "")
        row(f"verify a {form}, run {run}", f"{spent.rate(TOTAL, 'MB')}, {spent.memory}", ">= 2000 MB/s")
        if media:
            tool = seconds(lambda: subprocess.run(command, check=True, stdout=subprocess.DEVNULL))
            bare = seconds(lambda: hashed(media))
            row("  sha256sum", f"{TOTAL / tool:.0f} MB/s", "-")
            row("  bare SHA-256 of files, all processors", f"{TOTAL / bare:.0f} MB/s", "-")


def test_a_long_log_checked(scratch: Path) -> None:
    bundle = long_bundle(scratch / "visit-1", ENTRIES)
    (scratch / "keys").write_text(KEY_LIST)
    say_load()
    for run in range(RUNS):
        spent = apart(f"{__name__}:verify", bundle, scratch / "keys")
        row(
            f"verify {ENTRIES:,} entries, run {run + 1}",
            f"{spent.seconds:.1f} s ({spent.processor:.1f} of processors), {spent.memory}",
            f"< {60 * ENTRIES / 1e6:.0f} s (1,000,000 in 60 s)",
        )
    say_load()
