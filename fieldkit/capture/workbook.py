"""Reading a workbook (XLSX, XLSB, XLS, ODS) in a process of its own, with bounded memory and time.

calamine keeps a sheet as one dense rectangle: a single value in the last cell of a sheet would take 400 GB and end the whole
program. Here it ends a helper (`workbook_helper`), which gets the file on standard input and gives rows on standard
output; nothing is written to disk, and nothing of the file stands in the list of processes.
"""

from __future__ import annotations

import os
import struct
import subprocess
import sys
import threading
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

import msgspec

from fieldkit.errors import UnavailableError, UnreadableError, UsageError

Cell: TypeAlias = str | int | float | bool
Rows: TypeAlias = Iterator[tuple[int, list[Cell]]]

SECONDS = 120
LENGTH = struct.Struct(">I")
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
UNLOCK = "Open it with its password, save it without one, and load that file."
SAVE_AGAIN = "Open it in a spreadsheet program, save it again as XLSX or CSV, and load that file."
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_HELPER = "from fieldkit.capture.workbook_helper import main; main()"


@dataclass(frozen=True, slots=True)
class Opened:
    """A sheet of a workbook: its name, the names of the others (hidden ones marked), its rows that are not empty.

    `merged` are the cells merged over rows: column from 0, first and last row from 1. Where `errors_told` is false, cells that
    hold an error may read as blank or 0.
    """

    sheet: str
    others: tuple[str, ...]
    merged: tuple[tuple[int, int, int], ...]
    errors_told: bool
    rows: Rows


def is_workbook(head: bytes) -> bool:
    """Whether the first bytes are those of a workbook rather than of text."""
    return head.startswith((b"PK\x03\x04", OLE))


def open_workbook(data: bytes, name: str, sheet: str | None = None) -> Opened:
    """Read one sheet: the one named, else the one that looks most like a list. Rows come while they are read.

    Raises `UnreadableError` naming the file, with a remedy (locked, damaged, too large), `UsageError` for an unknown sheet.
    """
    if data.startswith(OLE) and _ENCRYPTED in data:
        raise _unreadable(name, "the workbook is locked with a password", UNLOCK)
    frames = _run_helper(data, name, sheet)
    first = next(frames)
    if "unknown" in first:
        frames.close()
        raise UsageError(
            f"there is no sheet {sheet!r}", where=name, remedy=f"Sheets: {', '.join(first['sheets'])}."
        )
    merged = tuple(map(tuple, first["merged"]))
    return Opened(first["sheet"], tuple(first["others"]), merged, first["errors_told"], _rows(frames))


def _rows(frames: Iterator[Any]) -> Rows:
    for frame in frames:
        yield from frame


def _run_helper(data: bytes, name: str, sheet: str | None) -> Generator[Any, None, None]:
    environment = dict(os.environ)
    environment["PYTHONPATH"] = os.pathsep.join(entry for entry in sys.path if entry)
    process = subprocess.Popen(
        [sys.executable, "-P", "-c", _HELPER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
    )
    timer = threading.Timer(SECONDS, process.kill)
    timer.start()
    try:
        yield from _frames(process, data, name, sheet)
    finally:
        timer.cancel()
        process.kill()
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                stream.close()
        process.wait()


def _frames(process: subprocess.Popen[bytes], data: bytes, name: str, sheet: str | None) -> Iterator[Any]:
    if process.stdin is None or process.stdout is None:
        raise UnavailableError("the helper that reads workbooks did not start", where=name)
    try:
        wanted = msgspec.msgpack.encode(sheet)
        process.stdin.write(LENGTH.pack(len(wanted)) + wanted)
        process.stdin.write(data)
        process.stdin.close()
    except BrokenPipeError:
        pass  # it ended early; what it gave says why
    while True:
        head = process.stdout.read(LENGTH.size)
        if len(head) < LENGTH.size:
            raise _unreadable(name, "reading it took more memory or time than a list can need", SAVE_AGAIN)
        frame = msgspec.msgpack.decode(process.stdout.read(LENGTH.unpack(head)[0]))
        if isinstance(frame, dict) and "problem" in frame:
            raise _unreadable(name, frame["problem"], frame["remedy"])
        if frame == []:
            return
        yield frame


def _unreadable(name: str, problem: str, remedy: str) -> UnreadableError:
    return UnreadableError(problem, where=name, remedy=remedy)
