"""What one record costs, what a long list costs, and how quickly either is found again."""

from __future__ import annotations

from pathlib import Path

import sqlcipher3
import xlsxwriter

from fieldkit.capture.declarations import load_declaration
from fieldkit.domain.asking import Asked
from fieldkit.vault import browsing
from fieldkit.vault.places_tree import PlaceTree
from fieldkit.vault.recording import Add
from fieldkit.vault.vault import Vault
from tests.benchmarks.apart import apart
from tests.benchmarks.measuring import median_ms, percentile, row, times
from tests.vault.missions import PASSPHRASE, new_mission

LINES = 100_000


def declaration(path: Path, lines: int) -> Path:
    """A workbook of `lines` declared lines, ten columns."""
    book = xlsxwriter.Workbook(path, {"constant_memory": True})
    sheet = book.add_worksheet("Inventory")
    heads = [
        "No",
        "Item",
        "Type",
        "Serial number",
        "Manufacturer",
        "Quantity",
        "Location",
        "Condition",
        "Unit",
        "Remark",
    ]
    sheet.write_row(0, 0, heads)
    for n in range(lines):
        values = [
            str(n + 1),
            f"Part {n % 977}",
            f"T-{n % 31}",
            f"SN{n:07d}",
            "Acme",
            1,
            f"Hall {n % 11}",
            "good",
            "pieces",
            "",
        ]
        sheet.write_row(n + 1, 0, values)
    book.close()
    return path


def test_one_capture_beside_a_bare_commit(tmp_path: Path) -> None:
    bare = sqlcipher3.connect(tmp_path / "bare.db", isolation_level=None)
    bare.set_key("x'" + "11" * 32 + "'")
    for pragma in ("journal_mode=WAL", "synchronous=FULL"):
        bare.execute(f"PRAGMA {pragma}").fetchall()
    bare.execute("CREATE TABLE one (n INTEGER PRIMARY KEY, body TEXT)")
    with new_mission(tmp_path / "mission") as vault:
        change = Add(
            "observation", {"text": "Two vertical gyroscopes on the stand, dust covers off.", "basis": "seen"}
        )
        times(lambda: vault.record([change]), 20)
        commits, captures = [], []
        for _ in range(300):
            commits += times(lambda: bare.execute("INSERT INTO one (body) VALUES ('x')"), 1)
            captures += times(lambda: vault.record([change]), 1)
    bare.close()
    row("bare one-row commit, median", f"{median_ms(commits):.2f} ms", "-")
    row(
        "one capture made durable, median",
        f"{median_ms(captures):.2f} ms",
        f"<= {median_ms(commits) + 2:.2f} ms",
    )
    row("one capture made durable, p99", f"{percentile(captures, 0.99) * 1e3:.2f} ms", "< 25 ms")
    assert vault.folder.exists()


def load(mission: str, workbook: str) -> None:
    """The load itself."""
    with Vault.open(Path(mission), PASSPHRASE) as vault:
        load_declaration(vault, Path(workbook))


def test_a_long_declaration_and_looking_things_up_in_it(tmp_path: Path) -> None:
    workbook = declaration(tmp_path / "list.xlsx", LINES)
    with new_mission(tmp_path / "mission") as vault:
        folder = vault.folder
    spent = apart(f"{__name__}:load", folder, workbook)
    row(
        f"declaration of {LINES:,} lines from XLSX",
        f"{spent.seconds:.1f} s ({spent.processor:.1f} of processors), {spent.memory}",
        "<= 15 s, < 400 MB",
    )
    with Vault.open(folder, PASSPHRASE) as vault:
        assert vault.count("item") == LINES
        asked = [f"SN{n * 7919 % LINES:07d}" for n in range(200)]
        found = [t for serial in asked for t in times(lambda s=serial: vault.serial_matches(s), 1)]
        row("serial look-up, p95", f"{percentile(found, 0.95) * 1e3:.2f} ms", "< 20 ms")
        words = [f"part {n * 13 % 977} acme" for n in range(100)]
        found = [t for text in words for t in times(lambda s=text: vault.search(s), 1)]
        row("search, p95", f"{percentile(found, 0.95) * 1e3:.2f} ms", "< 20 ms")
        typed = [text[:n] for text in words[:20] for n in range(1, len(text) + 1)]
        found = [t for text in typed for t in times(lambda s=text: vault.search(s), 1)]
        row("type-ahead, p95", f"{percentile(found, 0.95) * 1e3:.2f} ms", "< 50 ms")
        everything = Asked(by=(str(vault.get(vault.author).doc["name"]),))
        assert len(browsing.found(vault, everything)) > LINES
        spent_s = times(lambda: browsing.found(vault, everything), 5)
        row(f"everything by one person ({LINES:,}), median", f"{median_ms(spent_s):.0f} ms", "< 50 ms")
        spent_s = times(lambda: PlaceTree.read(vault).counts(vault), 5)
        row("what is recorded in each place, median", f"{median_ms(spent_s):.0f} ms", "< 50 ms")

    def first_screen() -> None:
        with Vault.open(folder, PASSPHRASE) as opened:
            opened.latest(20)
            opened.counts()

    row(
        "open to first screen, 100,000 records, median",
        f"{median_ms(times(first_screen, 5)):.0f} ms",
        "< 300 ms",
    )
