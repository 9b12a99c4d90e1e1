"""The helper that reads workbooks: the file on standard input, rows on standard output, within bounds. See `workbook`.

Sizes are checked before: an archive may unpack to 512 MiB at most, and what it claims is compared with what comes out.
Memory is bounded by what the file holds. Formulas are never evaluated: their last stored values are read; an error stands in its cell as text.

In: a frame with the name of the sheet wanted or nil, then the file. Out: frames of a 4-byte length and a MessagePack body.
First `{"sheet": …, "others": […], "merged": [[column from 0, first row, last row], …], "errors_told": …}` with what is merged over rows, then
lists of `[row number from 1, [cells]]`, an empty list at the end; or
`{"problem": …, "remedy": …}`, or `{"unknown": …, "sheets": […]}`.
"""

from __future__ import annotations

import contextlib
import datetime
import io
import re
import sys
import zipfile
import zlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO

import msgspec

from fieldkit.capture.binary_errors import errors_in_xls, errors_in_xlsb
from fieldkit.capture.columns import likeliness
from fieldkit.capture.error_cells import ErrorCells, errors_in, part_of_sheet
from fieldkit.capture.ods_errors import errors_in_ods
from fieldkit.capture.workbook import LENGTH, SAVE_AGAIN, SECONDS, UNLOCK, Cell
from fieldkit.errors import UnreadableError

LARGEST_UNPACKED = 512 << 20
LARGEST_RATIO = 250
MOST_MEMBERS = 5_000
MOST_CELLS = 16_000_000
MOST_MERGED = 1_000_000
MOST_SHEETS = 60
HEAD_ROWS = 40
LEAST_MEMORY = 768 << 20
MOST_MEMORY = 3 << 30
MEMORY_PER_BYTE = 40
_BATCH = 400
_SHEET_PART = re.compile(r"xl/worksheets/[^/]+\.xml", re.IGNORECASE)
_REFERENCE = re.compile(rb"\sr\s*=\s*[\"']([A-Z]{1,3})([0-9]{1,7})[\"'][^>]*(?<!/)>")


def main() -> None:
    """Read what stands on standard input, and say on standard output what was found."""
    _bound_this_process()
    source = sys.stdin.buffer
    wanted = msgspec.msgpack.decode(source.read(LENGTH.unpack(source.read(LENGTH.size))[0]))
    try:
        for frame in _read(source.read(), wanted):
            _put(sys.stdout.buffer, frame)
        _put(sys.stdout.buffer, [])
    except UnreadableError as error:
        _put(sys.stdout.buffer, {"problem": error.problem, "remedy": error.remedy})
    except MemoryError:
        _put(
            sys.stdout.buffer, {"problem": "it needs more memory than a list can need", "remedy": SAVE_AGAIN}
        )
    except BrokenPipeError:
        pass


def _put(stream: BinaryIO, frame: object) -> None:
    body = msgspec.msgpack.encode(frame)
    stream.write(LENGTH.pack(len(body)) + body)
    stream.flush()


def _bound_this_process(memory: int = MOST_MEMORY) -> None:
    """At most `memory` bytes of address space and `SECONDS` of processor time, where the system can bound them."""
    if sys.platform == "win32":
        return
    import resource

    for limit, value in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CPU, SECONDS),
        (resource.RLIMIT_CORE, 0),
    ):
        with contextlib.suppress(ValueError, OSError):  # bound more tightly already, or not at all
            resource.setrlimit(limit, (value, value))


def _read(data: bytes, wanted: str | None) -> Iterator[Any]:
    import python_calamine as calamine

    unpacked, errors = check_archive(data) if data.startswith(b"PK") else (len(data), {})
    _bound_this_process(min(MOST_MEMORY, LEAST_MEMORY + MEMORY_PER_BYTE * unpacked))
    try:
        workbook = calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
        names = workbook.sheet_names
        if wanted is not None and wanted not in names:
            yield {"unknown": wanted, "sheets": names}
            return
        hidden = {
            each.name
            for each in workbook.sheets_metadata
            if each.visible != calamine.SheetVisibleEnum.Visible
        }
        sheet = workbook.get_sheet_by_name(wanted or _likeliest(workbook, names, hidden))
        others = [f"{name} (hidden)" if name in hidden else name for name in names if name != sheet.name]
        found = _errors_of(data, names, sheet.name, errors)
        head = {"sheet": sheet.name, "others": others, "merged": _merged_over_rows(sheet)}
        yield {**head, "errors_told": found is not None}
        yield from _batches(sheet, found or {})
    except calamine.PasswordError:
        raise UnreadableError("the workbook is locked with a password", remedy=UNLOCK) from None
    except calamine.CalamineError as error:
        if data.startswith(b"PK") and _is_ods(data):
            problem = (
                "an ODS that cannot be read: it is damaged, or repeats cells more often than a list can need"
            )
            raise UnreadableError(problem, remedy=SAVE_AGAIN) from None
        raise UnreadableError(f"no workbook that can be read: {error}", remedy=SAVE_AGAIN) from None


def _merged_over_rows(sheet: Any) -> list[tuple[int, int, int]]:
    found = [
        (left, top + 1, bottom + 1)
        for (top, left), (bottom, _) in sheet.merged_cell_ranges or ()
        if top < bottom
    ]
    if len(found) > MOST_MERGED:
        raise UnreadableError(f"its cells are merged at {len(found)} places", remedy=SAVE_AGAIN)
    return found


def _is_ods(data: bytes) -> bool:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return "mimetype" in archive.namelist() and b"opendocument.spreadsheet" in archive.read("mimetype")


def _likeliest(workbook: Any, names: Sequence[str], hidden: set[str]) -> str:
    visible = [name for name in names if name not in hidden][:MOST_SHEETS] or list(names[:1])
    if not visible:
        raise UnreadableError("the workbook has no sheet", remedy=SAVE_AGAIN)
    if len(visible) == 1:
        return visible[0]

    def rank(name: str) -> tuple[int, int]:
        sheet = workbook.get_sheet_by_name(name)
        head = [[cell for cell in row if isinstance(cell, str)] for row in sheet.to_python(nrows=HEAD_ROWS)]
        return max((likeliness(row) for row in head), default=0), sheet.height

    return max(visible, key=rank)


def _errors_of(
    data: bytes, names: Sequence[str], sheet: str, in_parts: dict[str, ErrorCells]
) -> ErrorCells | None:
    """The errors in a sheet; `in_parts` are those of an XLSX. None where it cannot be told whether there are any."""
    if not data.startswith(b"PK"):
        return errors_in_xls(data, names.index(sheet), len(names))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = archive.namelist()
        if "content.xml" in members:
            return errors_in_ods(archive, sheet)
        if "xl/workbook.bin" in members:
            return errors_in_xlsb(archive, sheet)
        part = part_of_sheet(archive, sheet) if in_parts else ""
        if in_parts and not _SHEET_PART.fullmatch(part):
            return None
        return in_parts.get(part, {})


def _batches(sheet: Any, errors: ErrorCells) -> Iterator[list[tuple[int, list[Cell]]]]:
    batch: list[tuple[int, list[Cell]]] = []
    for number, cells in _with_errors(_rows(sheet), errors):
        while cells and cells[-1] == "":
            cells.pop()
        if cells:
            batch.append((number, cells))
            if len(batch) == _BATCH:
                yield batch
                batch = []
    if batch:
        yield batch


def _rows(sheet: Any) -> Iterator[tuple[int, list[Cell]]]:
    """Every row from the first of the sheet, its cells from column A."""
    indent: list[Cell] = [""] * (sheet.start[1] if sheet.start else 0)
    for number, row in enumerate(sheet.iter_rows(), start=1):
        yield number, [*indent, *(cell if isinstance(cell, str | float) else _plain(cell) for cell in row)]


def _with_errors(
    rows: Iterator[tuple[int, list[Cell]]], errors: ErrorCells
) -> Iterator[tuple[int, list[Cell]]]:
    """The rows with what stands in cells that hold an error, also where that is all that a row holds."""
    in_rows: dict[int, dict[int, str]] = defaultdict(dict)
    for (number, place), text in errors.items():
        in_rows[number][place] = text
    for number, cells in rows:
        yield number, _put_in(cells, in_rows.pop(number, {}))
    for number in sorted(in_rows):
        yield number, _put_in([], in_rows[number])


def _put_in(cells: list[Cell], errors: dict[int, str]) -> list[Cell]:
    if errors:
        cells += [""] * (max(errors) + 1 - len(cells))
        for place, text in errors.items():
            cells[place] = text
    return cells


def _plain(cell: object) -> Cell:
    if isinstance(cell, bool | int | float | str):
        return cell
    if isinstance(cell, datetime.datetime) and cell.time() == datetime.time():
        return cell.date().isoformat()
    if isinstance(cell, datetime.datetime | datetime.date | datetime.time):
        return cell.isoformat()
    return str(cell)


def check_archive(data: bytes) -> tuple[int, dict[str, ErrorCells]]:
    """The bytes that an archive unpacks to, and the cells that hold an error by the part that they are in. Raises `UnreadableError` where that is too much, or not what it claims, or
    where the cells of a sheet span an absurd rectangle."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
            total = sum(member.file_size for member in members)
            if len(members) > MOST_MEMBERS or total > LARGEST_UNPACKED:
                raise UnreadableError(
                    f"it would unpack to {total >> 20} MiB in {len(members)} parts", remedy=SAVE_AGAIN
                )
            if total > LARGEST_RATIO * len(data) and total > 1 << 24:
                raise UnreadableError(
                    f"{len(data)} bytes would unpack to {total >> 20} MiB", remedy=SAVE_AGAIN
                )
            errors: dict[str, ErrorCells] = {}
            for member in members:
                found: ErrorCells = {}
                with archive.open(member) as stream:
                    _check_member(stream, found, cells=bool(_SHEET_PART.fullmatch(member.filename)))
                if found:
                    errors[member.filename] = found
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        NotImplementedError,
        RuntimeError,
        OSError,
        ValueError,
    ) as error:
        raise UnreadableError(f"the archive is damaged: {error}", remedy=SAVE_AGAIN) from None
    return total, errors


def _check_member(stream: Any, errors: ErrorCells, *, cells: bool) -> None:
    """Unpack a part to its end (a wrong size or checksum shows) and, in a sheet, find how far its cells reach and which
    of them hold an error."""
    columns: set[bytes] = set()
    last_row, first_row, rest = 0, 1 << 21, b""
    while chunk := stream.read(1 << 20):
        if not cells:
            continue
        chunk = rest + chunk
        found = _REFERENCE.findall(chunk)
        if found:
            columns.update(column for column, _ in found)
            rows = [int(row) for _, row in found]
            last_row, first_row = max(last_row, max(rows)), min(first_row, min(rows))
        errors_in(chunk, errors)
        rest = chunk[chunk.rfind(b"<") :] if b"<" in chunk[-200:] else b""
    if not columns:
        return
    numbers = [_column_number(column) for column in columns]
    if (max(numbers) - min(numbers) + 1) * (last_row - first_row + 1) > MOST_CELLS:
        raise UnreadableError(
            f"its cells reach from row {first_row} to row {last_row} and over {max(numbers)} columns",
            remedy="A stray value stands far outside the list: delete what is beyond it, save, and load again.",
        )


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number
