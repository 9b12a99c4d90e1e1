"""What it costs to publish a large mission to PostgreSQL, the first time and again."""

from __future__ import annotations

import os
from pathlib import Path

import psycopg

from fieldkit.publish.publishing import publish
from fieldkit.vault.recording import Add
from fieldkit.vault.vault import Vault
from tests.benchmarks.apart import apart
from tests.benchmarks.measuring import row
from tests.publish.servers import installations, server
from tests.vault.missions import PASSPHRASE, new_mission

ENTRIES = int(os.environ.get("FIELDKIT_BENCH_ENTRIES", "1000000"))
_AT_ONCE = 50_000


def record(mission: str, first: str, count: str) -> None:
    """Record so many observations, in the way of every long import."""
    with Vault.open(Path(mission), PASSPHRASE) as vault:
        start, stop = int(first), int(first) + int(count)
        for place in range(start, stop, _AT_ONCE):
            vault.record(
                [
                    Add("observation", {"basis": "seen", "text": f"Crate {n}, two bands, the seal whole."})
                    for n in range(place, min(place + _AT_ONCE, stop))
                ]
            )


def send(mission: str, address: str) -> None:
    """Publish it."""
    with Vault.open(Path(mission), PASSPHRASE) as vault:
        publish(vault, address)


def test_a_million_entries(tmp_path: Path) -> None:
    new_mission(tmp_path / "mission").close()
    mission = tmp_path / "mission"
    spent = apart(f"{__name__}:record", mission, 0, ENTRIES)
    row(f"(recording {ENTRIES:,} entries)", f"{spent.seconds:.0f} s, {spent.memory}", "-")
    with server(installations()[0]) as running:
        address = running.database("missions")
        spent = apart(f"{__name__}:send", mission, address)
        row(
            f"publishing {ENTRIES:,} entries",
            f"{spent.seconds:.1f} s, {spent.rate(ENTRIES, '')}",
            "16 s as COPY alone",
        )
        row("  memory of that", spent.memory, "-")
        spent = apart(f"{__name__}:send", mission, address)
        row("publishing again, nothing new", f"{spent.seconds:.2f} s, {spent.memory}", "-")
        apart(f"{__name__}:record", mission, ENTRIES, 1500)
        spent = apart(f"{__name__}:send", mission, address)
        row("publishing a day of 1,500 more", f"{spent.seconds:.2f} s, {spent.memory}", "-")
        with psycopg.connect(address) as connection:
            ((there, size),) = connection.execute(
                "SELECT count(*), pg_database_size(current_database()) FROM fieldkit.entries"
            )
        row("size of the database", f"{size / 1e6:.0f} MB", "-")
        assert there == ENTRIES + 1500 + 4
