"""Reading a workbook (XLSX, XLSB, XLS, ODS) in a process of its own, with bounded memory and time.

calamine keeps a sheet as one dense rectangle: a single value in the last cell of a sheet would take 400 GB and end the whole
program. Here it ends a helper, which gets the file on standard input and gives rows on standard output; nothing
is written to disk. Sizes are checked before: an archive may unpack to 512 MiB at most, and what it claims is compared
with what comes out. Formulas are never evaluated: their last stored values are read.

Output: frames of a 4-byte length and a MessagePack body. First `{"sheets": …, "sheet": …}`, then lists of
`[row number from 1, [cells]]`, an empty list at the end; or `{"problem": …, "remedy": …}`.
"""

from __future__ import annotations

import contextlib
import datetime
import io
import os
import re
import struct
import subprocess
import sys
import threading
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO, TypeAlias

import msgspec

from fieldkit.capture.columns import likeliness
from fieldkit.errors import UnavailableError, UnreadableError, UsageError

Cell: TypeAlias = str | int | float | bool
Rows: TypeAlias = Iterator[tuple[int, list[Cell]]]

LARGEST_UNPACKED = 512 << 20
LARGEST_RATIO = 250
MOST_MEMBERS = 5_000
MOST_CELLS = 16_000_000
MOST_SHEETS = 60
HEAD_ROWS = 40
SECONDS = 120
LEAST_MEMORY = 768 << 20
MOST_MEMORY = 3 << 30
MEMORY_PER_BYTE = 40
_BATCH = 400
_LENGTH = struct.Struct(">I")
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_SHEET_PART = re.compile(r"xl/worksheets/[^/]+\.xml", re.IGNORECASE)
_REFERENCE = re.compile(rb"\sr\s*=\s*[\"']([A-Z]{1,3})([0-9]{1,7})[\"'][^>]*(?<!/)>")
_UNLOCK = "Open it with its password, save it without one, and load that file."
_SAVE_AGAIN = "Open it in a spreadsheet program, save it again as XLSX or CSV, and load that file."


@dataclass(frozen=True, slots=True)
class Opened:
    """A sheet of a workbook: its name, the names of the others (hidden ones marked), its rows that are not empty."""

    sheet: str
    others: tuple[str, ...]
    merged: int
    rows: Rows


def is_workbook(head: bytes) -> bool:
    """Whether the first bytes are those of a workbook rather than of text."""
    return head.startswith((b"PK\x03\x04", _OLE))


def open_workbook(data: bytes, name: str, sheet: str | None = None) -> Opened:
    """Read one sheet: the one named, else the one that looks most like a list. Rows come while they are read.

    Raises `UnreadableError` naming the file, with a remedy (locked, damaged, too large), `UsageError` for an unknown sheet.
    """
    if data.startswith(_OLE) and _ENCRYPTED in data:
        raise _unreadable(name, "the workbook is locked with a password", _UNLOCK)
    frames = _run_helper(data, name, sheet)
    first = next(frames)
    if "unknown" in first:
        listed = ", ".join(first["sheets"])
        raise UsageError(f"there is no sheet {sheet!r}", where=name, remedy=f"Sheets: {listed}.")
    return Opened(first["sheet"], tuple(first["others"]), first["merged"], _rows(frames))


def _rows(frames: Iterator[Any]) -> Rows:
    for frame in frames:
        yield from frame


def _run_helper(data: bytes, name: str, sheet: str | None) -> Iterator[Any]:
    environment = dict(os.environ)
    environment["PYTHONPATH"] = os.pathsep.join(entry for entry in sys.path if entry)
    command = [sys.executable, "-P", "-c", "from fieldkit.capture.workbook import main; main()", sheet or ""]
    if sheet is None:
        command.pop()
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment
    )
    timer = threading.Timer(SECONDS, process.kill)
    timer.start()
    try:
        yield from _frames(process, data, name)
    finally:
        timer.cancel()
        process.kill()
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                stream.close()
        process.wait()


def _frames(process: subprocess.Popen[bytes], data: bytes, name: str) -> Iterator[Any]:
    if process.stdin is None or process.stdout is None:
        raise UnavailableError("the helper that reads workbooks did not start", where=name)
    try:
        process.stdin.write(data)
        process.stdin.close()
    except BrokenPipeError:
        pass  # it ended early; what it gave says why
    while True:
        head = process.stdout.read(_LENGTH.size)
        if len(head) < _LENGTH.size:
            raise _unreadable(name, "reading it took more memory or time than a list can need", _SAVE_AGAIN)
        frame = msgspec.msgpack.decode(process.stdout.read(_LENGTH.unpack(head)[0]))
        if isinstance(frame, dict) and "problem" in frame:
            raise _unreadable(name, frame["problem"], frame["remedy"])
        if frame == []:
            return
        yield frame


def _unreadable(name: str, problem: str, remedy: str) -> UnreadableError:
    return UnreadableError(problem, where=name, remedy=remedy)


def main() -> None:
    """The helper: a workbook on standard input, frames on standard output; an argument names the sheet."""
    _bound_this_process()
    wanted = sys.argv[1] if len(sys.argv) > 1 else None
    try:
        for frame in _read(sys.stdin.buffer.read(), wanted):
            _put(sys.stdout.buffer, frame)
        _put(sys.stdout.buffer, [])
    except UnreadableError as error:
        _put(sys.stdout.buffer, {"problem": error.problem, "remedy": error.remedy})
    except MemoryError:
        _put(
            sys.stdout.buffer, {"problem": "it needs more memory than a list can need", "remedy": _SAVE_AGAIN}
        )
    except BrokenPipeError:
        pass


def _put(stream: BinaryIO, frame: object) -> None:
    body = msgspec.msgpack.encode(frame)
    stream.write(_LENGTH.pack(len(body)) + body)
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

    unpacked = check_archive(data) if data.startswith(b"PK") else len(data)
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
        yield {"sheet": sheet.name, "others": others, "merged": len(sheet.merged_cell_ranges or ())}
        yield from _batches(sheet)
    except calamine.PasswordError:
        raise UnreadableError("the workbook is locked with a password", remedy=_UNLOCK) from None
    except calamine.CalamineError as error:
        raise UnreadableError(f"no workbook that can be read: {error}", remedy=_SAVE_AGAIN) from None


def _likeliest(workbook: Any, names: Sequence[str], hidden: set[str]) -> str:
    visible = [name for name in names if name not in hidden][:MOST_SHEETS] or list(names[:1])
    if not visible:
        raise UnreadableError("the workbook has no sheet", remedy=_SAVE_AGAIN)
    if len(visible) == 1:
        return visible[0]

    def rank(name: str) -> tuple[int, int]:
        sheet = workbook.get_sheet_by_name(name)
        head = [[cell for cell in row if isinstance(cell, str)] for row in sheet.to_python(nrows=HEAD_ROWS)]
        return max((likeliness(row) for row in head), default=0), sheet.height

    return max(visible, key=rank)


def _batches(sheet: Any) -> Iterator[list[tuple[int, list[Cell]]]]:
    indent: list[Cell] = [""] * (sheet.start[1] if sheet.start else 0)
    batch: list[tuple[int, list[Cell]]] = []
    for number, row in enumerate(sheet.iter_rows(), start=1):
        while row and row[-1] == "":
            row.pop()
        if row:
            cells: list[Cell] = [*indent, *(c if isinstance(c, str | float) else _plain(c) for c in row)]
            batch.append((number, cells))
            if len(batch) == _BATCH:
                yield batch
                batch = []
    if batch:
        yield batch


def _plain(cell: object) -> Cell:
    if isinstance(cell, bool | int | float | str):
        return cell
    if isinstance(cell, datetime.datetime) and cell.time() == datetime.time():
        return cell.date().isoformat()
    if isinstance(cell, datetime.datetime | datetime.date | datetime.time):
        return cell.isoformat()
    return str(cell)


def check_archive(data: bytes) -> int:
    """The bytes that an archive unpacks to. Raises `UnreadableError` where that is too much, or not what it claims, or
    where the cells of a sheet span an absurd rectangle."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
            total = sum(member.file_size for member in members)
            if len(members) > MOST_MEMBERS or total > LARGEST_UNPACKED:
                raise UnreadableError(
                    f"it would unpack to {total >> 20} MiB in {len(members)} parts", remedy=_SAVE_AGAIN
                )
            if total > LARGEST_RATIO * len(data) and total > 1 << 24:
                raise UnreadableError(
                    f"{len(data)} bytes would unpack to {total >> 20} MiB", remedy=_SAVE_AGAIN
                )
            for member in members:
                with archive.open(member) as stream:
                    _check_member(stream, cells=bool(_SHEET_PART.fullmatch(member.filename)))
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        NotImplementedError,
        RuntimeError,
        OSError,
        ValueError,
    ) as error:
        raise UnreadableError(f"the archive is damaged: {error}", remedy=_SAVE_AGAIN) from None
    return total


def _check_member(stream: Any, *, cells: bool) -> None:
    """Unpack a part to its end (a wrong size or checksum shows) and, in a sheet, find how far its cells reach."""
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
