"""What an inspector feels at the keyboard with 100,000 records: keys, unlocking, long lists, while a card is taken in."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from fieldkit.vault.recording import Add
from tests.benchmarks.measuring import median_ms, percentile, row
from tests.benchmarks.test_photos import card
from tests.vault.missions import PASSPHRASE, new_mission

if sys.platform == "win32":
    pytest.skip("needs a POSIX terminal", allow_module_level=True)

RECORDS = int(os.environ.get("FIELDKIT_BENCH_RECORDS", "100000"))
_TOP = Path(__file__).resolve().parents[2]
_AT_ONCE = 20_000
_COPIES = 12


def test_keys_over_many_records_while_a_card_is_taken_in(tmp_path: Path) -> None:
    with new_mission(tmp_path / "visit") as vault:
        for start in range(0, RECORDS, _AT_ONCE):
            vault.record(
                [
                    Add(
                        "observation",
                        {"basis": "seen", "text": f"Crate {n}, two bands", "open_question": "Whose?"},
                    )
                    for n in range(start, min(start + _AT_ONCE, RECORDS))
                ]
            )
    (tmp_path / "passphrase.txt").write_text(f"{PASSPHRASE}\n", "utf-8")
    for file in card(tmp_path / "card"):
        for copy in range(1, _COPIES):
            file.with_stem(f"{file.stem}{copy}").write_bytes(file.read_bytes() + b"\0" * copy)
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.keyboard", *(tmp_path / name for name in ("visit", "card", "passphrase.txt"))],
        cwd=_TOP, stdout=subprocess.PIPE, text=True, check=True, timeout=900,
    )  # fmt: skip
    found = json.loads(done.stdout.splitlines()[-1])
    for name, when in (("alone", ""), ("intake", ", a card being taken in")):
        spent = found[name]
        told = f"p50 {median_ms(spent):.0f}, p95 {percentile(spent, 0.95) * 1e3:.0f}, max {max(spent) * 1e3:.0f} ms"
        row(f"key to painted{when}", told, "p95 50 ms, max 100 ms")
    row("  photos taken in by the end", f"{found['photos'][0]:.0f}", "-")
    row("unlocked to first screen, key derivation apart", f"{median_ms(found['unlock']):.0f} ms", "300 ms")
    row(f"list of {RECORDS:,} rows ready", f"{median_ms(found['list']):.0f} ms", "200 ms")
    arrived = f"{found['burst'][0]:.0f} in {found['burst seconds'][0]:.1f} s, painted"
    row("characters of a burst of 501 that arrived", arrived, "all")
    assert found["burst"] == [501]
