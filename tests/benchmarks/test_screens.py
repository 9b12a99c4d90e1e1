"""What an inspector feels at the keyboard with 100,000 records: keys, unlocking, long lists, while a card is taken in; and what
holds up the screens on an ordinary day. FIELDKIT_BENCH_RUNS says how many cards are taken in."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from fieldkit.vault.recording import Add, Amend
from tests.benchmarks.measuring import median_ms, percentile, row
from tests.benchmarks.test_photos import card
from tests.vault.missions import PASSPHRASE, new_mission

if sys.platform == "win32":
    pytest.skip("needs a POSIX terminal", allow_module_level=True)

RECORDS = int(os.environ.get("FIELDKIT_BENCH_RECORDS", "100000"))
_TOP = Path(__file__).resolve().parents[2]
RUNS = int(os.environ.get("FIELDKIT_BENCH_RUNS", "3"))
_AT_ONCE = 20_000
_COPIES = 12
_VERSIONS = 1000
_ROOMS = 2000


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
    for file in card(tmp_path / "card"):
        for copy in range(1, _COPIES):
            file.with_stem(f"{file.stem}{copy}").write_bytes(file.read_bytes() + b"\0" * copy)
    found: dict[str, list[Any]] = {}
    for _ in range(RUNS):
        shutil.copytree(tmp_path / "visit", tmp_path / "once")
        told = _told("keyboard", tmp_path, "once", "card", "passphrase.txt")
        for name, spent in told.items():
            found.setdefault(name, []).extend(spent)
        shutil.rmtree(tmp_path / "once")
        (tmp_path / "once-held").unlink()
    for name, when in (("alone", ""), ("intake", ", a card being taken in")):
        spent = found[name]
        p95, p99 = (percentile(spent, share) * 1e3 for share in (0.95, 0.99))
        figures = f"p50 {median_ms(spent):.0f}, p95 {p95:.0f}, p99 {p99:.0f}, max {max(spent) * 1e3:.0f} ms"
        row(f"key to painted{when}", figures, "p95 50 ms, max 100 ms")
    _held("  the loop at one thing meanwhile, at most", max(found["held"], key=lambda one: one[1]))
    row("  photos taken in by the end", ", ".join(f"{kept:.0f}" for kept in found["photos"]), "-")
    row("unlocked to first screen, key derivation apart", f"{median_ms(found['unlock']):.0f} ms", "300 ms")
    row(f"list of {RECORDS:,} rows ready", f"{median_ms(found['list']):.0f} ms", "200 ms")
    arrived = f"{found['burst'][0]:.0f} in {found['burst seconds'][0]:.1f} s, painted"
    row("characters of a burst of 501 that arrived", arrived, "all")
    assert found["burst"] == [501] * RUNS


def test_what_holds_up_the_screens(tmp_path: Path) -> None:
    with new_mission(tmp_path / "visit") as vault:
        (site,) = vault.record([Add("location", {"name": "Site", "level": "site"})])
        rooms = vault.record(
            [
                Add("location", {"name": f"Room {n}", "level": "room", "parent": site.id})
                for n in range(_ROOMS)
            ]
        )
        (listed,) = vault.record([Add("declaration", {"name": "Declaration 1"})])

        def item(number: int) -> Add:
            values = {
                "declaration": listed.id, "line": str(number), "nomenclature": f"Crate {number}, valve", "declared": 1,
                "serials": [str(1_000_000 + 7 * number)], "location": rooms[number % _ROOMS].id,
            }  # fmt: skip
            return Add("item", values)

        def observation(number: int) -> Add:
            place = rooms[number % _ROOMS].id
            return Add(
                "observation", {"basis": "seen", "text": f"Crate {number}, two bands", "location": place}
            )

        vault.record([item(number) for number in range(RECORDS // 2)])
        vault.record([observation(number) for number in range(RECORDS // 2)])
        (often,) = vault.record([Add("observation", {"basis": "seen", "text": "Many versions"})])
        for number in range(_VERSIONS):
            vault.record([Amend(often.id, "again", set={"text": f"Many versions {number}"})])
    for step, longest in _told("holding", tmp_path, ".").items():
        _held(f"held up by {step}", longest)


def _held(step: str, longest: Sequence[Any]) -> None:
    """What held up the loop of the screens, as `holding.Held`; by name where it took too long."""
    _, clock, busy, what = longest
    row(step, f"{clock * 1e3:.0f} ms, {busy * 1e3:.0f} of a processor", "100 ms")
    if clock > 0.1:
        row("  which was", what[:60], "-")


def _told(benchmark: str, folder: Path, *arguments: str) -> dict[str, list[Any]]:
    """What a benchmark on a terminal of its own found, over a mission in a folder."""
    (folder / "passphrase.txt").write_text(f"{PASSPHRASE}\n", "utf-8")
    done = subprocess.run(
        [sys.executable, "-m", f"tests.benchmarks.{benchmark}", *(folder / name for name in arguments)],
        cwd=_TOP, stdout=subprocess.PIPE, text=True, check=True, timeout=900,
    )  # fmt: skip
    told: dict[str, list[Any]] = json.loads(done.stdout.splitlines()[-1])
    return told
