"""What it costs to make every folded table again from the journal of a large mission."""

from __future__ import annotations

import os
from pathlib import Path

from fieldkit.vault.doctor import refold
from fieldkit.vault.recording import Add, Amend
from fieldkit.vault.vault import Vault
from tests.benchmarks.apart import apart
from tests.benchmarks.measuring import row
from tests.vault.missions import PASSPHRASE, new_mission

ENTRIES = int(os.environ.get("FIELDKIT_BENCH_ENTRIES", "100000"))
AMENDED = 50
"""One record in so many is amended once."""

_AT_ONCE = 50_000
_REACH = 120 / 1_000_000


def record(mission: str, count: str) -> None:
    """Record so many entries, in the way of every long import."""
    with Vault.open(Path(mission), PASSPHRASE) as vault:
        left = int(count)
        while left > 0:
            adds = min(left, _AT_ONCE) * AMENDED // (AMENDED + 1)
            done = vault.record(
                [
                    Add("observation", {"basis": "seen", "text": f"Crate {n}, two bands, the seal whole."})
                    for n in range(adds)
                ]
            )
            some = done[:: AMENDED + 1][: min(left, _AT_ONCE) - adds] or done[:1]
            vault.record([Amend(one.id, "counted again", set={"text": "Crate, one band."}) for one in some])
            left -= adds + len(some)


def fold_again(mission: str) -> None:
    """Refold, and keep what comes out."""
    with Vault.open(Path(mission), PASSPHRASE) as vault, vault.database.write():
        refold(vault)


def test_a_large_journal_is_folded_again(tmp_path: Path) -> None:
    mission = tmp_path / "mission"
    new_mission(mission).close()
    spent = apart(f"{__name__}:record", mission, ENTRIES)
    row(f"(recording {ENTRIES:,} entries)", f"{spent.seconds:.0f} s, {spent.memory}", "-")
    with Vault.open(mission, PASSPHRASE) as vault:
        size, records = vault.own_log.size, vault.count()
    assert ENTRIES <= size <= ENTRIES * 1.1
    spent = apart(f"{__name__}:fold_again", mission)
    row(
        f"refold of {size:,} entries",
        f"{spent.seconds:.1f} s ({spent.processor:.1f} of processors)",
        f"< {max(1, size * _REACH):.0f} s",
    )
    row("  memory of that", spent.memory, "-")
    with Vault.open(mission, PASSPHRASE) as vault:
        assert vault.count() == records
