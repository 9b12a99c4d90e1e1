"""What a verification costs: bytes beside bare hashing in the same run, entries by the thousand, memory."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from fieldkit.bundle.verify import verify_bundle
from tests.benchmarks.measuring import row
from tests.bundle.builders import KEY_LIST, complete, digest, reissued, small_visit, write_folder, write_zip

ORIGINAL_BYTES = 4 << 20
ORIGINALS = 250
ENTRIES = 100_000


def test_originals(tmp_path: Path) -> None:
    body = os.urandom(ORIGINAL_BYTES - 4)
    visit = small_visit()
    many = {}
    for number in range(ORIGINALS):
        original = number.to_bytes(4, "big") + body
        name = digest(original)
        many[f"data/media/{name}.jpg"] = original
        visit.laptops[0].add("media", f"m{number}", sha256=name, size=len(original))
    files = reissued(complete(visit) | many, visit)
    folder, archive = write_folder(files, tmp_path / "visit-1"), write_zip(files, tmp_path / "visit-1.zip")
    (tmp_path / "keys").write_text(KEY_LIST)
    total = ORIGINALS * ORIGINAL_BYTES / 1e6
    del files, many
    for form, bundle in (("folder", folder), ("zip", archive)):
        start = time.perf_counter()
        with ThreadPoolExecutor() as pool:
            list(pool.map(lambda _: hashlib.sha256(body).digest(), range(ORIGINALS)))
        bare = total / (time.perf_counter() - start)
        start = time.perf_counter()
        report = verify_bundle(bundle, keys=tmp_path / "keys")
        speed = total / (time.perf_counter() - start)
        assert report.exit_code == 0, report.to_text()
        row(f"verify a {form} of originals", f"{speed:.0f} MB/s, {speed / bare:.2f} of bare", ">= 2000 MB/s")
    row("bare SHA-256 in memory, all processors", f"{bare:.0f} MB/s", "-")


def test_entries(tmp_path: Path) -> None:
    visit = small_visit()
    for number in range(ENTRIES):
        visit.laptops[0].add(
            "observation", f"o{number}", text=f"Crate {number}", basis="seen", confidence="high"
        )
    bundle = write_folder(complete(visit), tmp_path / "visit-1")
    (tmp_path / "keys").write_text(KEY_LIST)
    start = time.perf_counter()
    report = verify_bundle(bundle, keys=tmp_path / "keys")
    seconds = time.perf_counter() - start
    assert report.exit_code == 0, report.to_text()
    million = seconds * 1e6 / ENTRIES
    row(f"verify {ENTRIES:,} entries", f"{seconds:.1f} s, {million:.0f} s a million", "< 60 s a million")
    program = (
        "import sys; from pathlib import Path; from fieldkit.bundle.verify import verify_bundle as verify;"
    )
    program += "import resource; verify(Path(sys.argv[1])); print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    done = subprocess.run([sys.executable, "-c", program, bundle], capture_output=True, text=True, check=True)
    row("greatest memory of the verifier", f"{int(done.stdout) / 1e3:.0f} MB", "constant")
