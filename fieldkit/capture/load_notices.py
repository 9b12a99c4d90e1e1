"""What is told of a list that was read: everything that was guessed, filled, passed over or stored otherwise than written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from fieldkit.capture.lines import Lines
from fieldkit.capture.sheets import Table
from fieldkit.capture.skipping import SkippedRows
from fieldkit.domain.jsontypes import Doc
from fieldkit.domain.serials import normal_form

EXAMPLES = 5


def notices(table: Table, lines: Lines, items: Sequence[Doc], skipped: SkippedRows) -> list[str]:
    """What people should know of a list that was read, a sentence each: first what changes what the list means."""
    told = []
    if all(column.field != "serials" for column in table.columns):
        told.append(
            "NO COLUMN OF SERIALS WAS FOUND: no item has a serial. If a column holds them, name it: --column 'HEADING=serials'"
        )
    if table.left:
        told.append(f"columns not read (they stay in the file): {', '.join(table.left)[:400]}")
    if lines.errors:
        sheet = f" of sheet {table.sheet!r}" if table.sheet else ""
        told.append(
            f"cells{sheet} that hold an error instead of a value, read as blank ({len(lines.errors)}): {_some(lines.errors)}"
        )
    if table.merged.filled:
        told.append(
            f"merged cells say the same of every row that they span ({len(table.merged.filled)}): {_some(table.merged.filled)}"
        )
    if table.merged.left:
        told.append(not_repeated(table))
    if skipped.met:
        told.append(f"rows skipped as asked ({len(skipped.met)}): {_some(skipped.met)}")
    if skipped.missed:
        told.append(f"rows to be skipped that hold nothing: {_some(skipped.missed)}")
    if lines.passed_over:
        told.append(f"rows passed over ({len(lines.passed_over)}): {_some(lines.passed_over)}")
    if lines.counted_as_one:
        told.append(
            "no column gives the number declared: every line counts as one, or as many as it has serials"
        )
    if lines.number_serials:
        told.append(
            "serials stored as numbers, so that zeros before them are lost"
            f"{' (others in the list begin with 0)' if lines.zeros_before else ''}: rows {_some(lines.number_serials)}"
        )
    if lines.lost_digits:
        told.append(
            f"serials stored as numbers of more than 15 digits, or rounded, are not exact: rows {_some(lines.lost_digits)}"
        )
    if lines.number_codes:
        told.append(
            f"types or list entries stored as numbers, so that zeros may be lost: rows {_some(lines.number_codes)}"
        )
    if lines.text_numbers:
        told.append(f"numbers stored as text were read as numbers: rows {_some(lines.text_numbers)}")
    if lines.bare_sizes:
        told.append(f"sizes without a unit were taken as millimetres: rows {_some(lines.bare_sizes)}")
    if lines.other_sizes:
        told.append(
            f"sizes not written as 1200 x 300 mm stand in the remark: rows {_some(lines.other_sizes)}"
        )
    if lines.several_in_one:
        told.append(
            "serials that may be several, or a run of them, were taken as one (parted by ; they are several): rows"
            f" {_some(lines.several_in_one)}"
        )
    if lines.no_serials:
        told.append(f"no serial is stated ({len(lines.no_serials)}): rows {_some(lines.no_serials)}")
    met = Counter(
        (normal_form(str(serial)), str(item.get("type", "")), str(item.get("maker", "")))
        for item in items
        if isinstance(serials := item.get("serials"), list)
        for serial in serials
    )
    twice = [serial for (serial, _, _), times in met.items() if times > 1 and serial]
    if twice:
        told.append(f"serials declared more than once ({len(twice)}): {_some(twice)}")
    return told


def not_repeated(table: Table) -> str:
    """Which merged cells hold for their first row only."""
    left = table.merged.left
    return f"numbers, serials and masses merged over rows stand in the first of them only ({len(left)}): {_some(left)}"


def _some(values: Sequence[object]) -> str:
    shown = ", ".join(str(value) for value in values[:EXAMPLES])
    return shown if len(values) <= EXAMPLES else f"{shown} and {len(values) - EXAMPLES} more"
