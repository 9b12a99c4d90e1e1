"""A list of 100,000 things on the spot: known by a serial as read, walked through, drawn from, written out."""

from __future__ import annotations

from collections import deque
from contextlib import closing
from pathlib import Path

from fieldkit.capture import drawing
from fieldkit.capture.draw_records import record_of
from fieldkit.capture.matching import match
from fieldkit.capture.reconciliation_sheet import write_sheet
from fieldkit.capture.sheets import read_table
from fieldkit.capture.walking import walk
from fieldkit.domain.moments import Moment
from fieldkit.domain.replaying import replay
from fieldkit.vault.clock import SystemClock
from fieldkit.vault.recording import Add
from tests.benchmarks.measuring import percentile, row, times
from tests.vault.missions import new_mission

LINES = 100_000


def beside_openpyxl(sheet: Path, ours: float) -> None:
    """What people read workbooks with otherwise, over the same file and in the same run."""
    try:
        from openpyxl import load_workbook
    except ImportError:
        row("openpyxl reads the same", "not installed", "-")
        return
    with closing(load_workbook(sheet, read_only=True)) as book:
        (theirs,) = times(lambda: deque(book["Lines"].iter_rows(values_only=True), 0), 1)
    row("openpyxl reads the same", f"{theirs:.1f} s, {theirs / ours:.1f} times as long", "-")


def test_a_hundred_thousand_things(tmp_path: Path) -> None:
    with new_mission(tmp_path / "mission") as vault:
        (declaration,) = vault.record([Add("declaration", {"name": "List"})])
        numbers = [str(100_000 + n * 7) if n % 2 else f"AO-{n * 7:07d}" for n in range(LINES)]
        vault.record(
            [
                Add(
                    "item", {"declaration": declaration.id, "type": "GX", "serials": [number], "line": str(n)}
                )
                for n, number in enumerate(numbers)
            ]
        )
        asked = [numbers[n * 7918 % LINES] for n in range(200)]
        for what, readings in (
            ("serial as declared", asked),
            ("look-alike", [number.replace("O", "0") for number in asked]),
            ("zeros dropped by a spreadsheet", [f"000{numbers[n * 7918 % LINES + 1]}" for n in range(200)]),
            ("one wrong character", [f"{number[:5]}X{number[6:]}" for number in asked]),
            ("partly illegible", [f"{number[:7]}?{number[8:]}" for number in asked]),
            ("beginning illegible", [f"*{number[4:]}" for number in asked[:50]]),
        ):
            found = [t for read in readings for t in times(lambda read=read: match(vault, read), 1)]
            row(f"{what}, p95", f"{percentile(found, 0.95) * 1e3:.2f} ms", "< 20 ms")
        (host,) = vault.record([Add("person", {"name": "Maj. Salem", "party": "host"})])
        (whole,) = times(lambda: drawing.freeze(vault, declaration=declaration.id, size=1000), 1)
        (view,) = vault.list("draw")
        drawing.agree(vault, view.id, {"team": vault.author, "host": host.id})
        stamp = SystemClock().read()
        now = Moment(at=stamp.at, offset=stamp.offset)
        dice = [int(digit) for digit in "20237331128159211123"]
        (run,) = times(lambda: drawing.roll(vault, view.id, dice, at=now), 1)
        record = record_of(vault, view.id)
        (again,) = times(lambda: replay(record), 1)
        assert all(check.holds for check in replay(record))
        row("read from the vault, frozen, kept", f"{whole:.1f} s", "-")
        row("1,000 drawn and recorded", f"{run * 1e3:.0f} ms", "< 1 s")
        row("repeated from the record", f"{again * 1e3:.0f} ms", "< 1 s")
        (walked,) = times(lambda: walk(vault, left=True), 1)
        row("what is left, in walking order", f"{walked:.1f} s", "-")
        sheet = tmp_path / "sheet.xlsx"
        (written,) = times(lambda: write_sheet(vault, sheet), 1)
        row("written as a workbook", f"{written:.1f} s", "-")
        (read,) = times(lambda: deque(read_table(sheet.read_bytes(), sheet.name, sheet="Lines").rows, 0), 1)
        row("that workbook read again", f"{read:.1f} s", "-")
        beside_openpyxl(sheet, read)
        assert vault.count("item") == LINES
