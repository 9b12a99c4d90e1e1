"""Lists as they are handed over: any spreadsheet or CSV as rows of cells under recognised headings.

Every row keeps the number that it has in the sheet. Cells come as text as written, numbers as numbers. What had to be
guessed or was left out (encoding, other sheets, a heading in the third row) is told in `notices`.
"""

from __future__ import annotations

import codecs
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path

from fieldkit.capture.columns import Column, field_of, is_letters, letters_of, plain, propose
from fieldkit.capture.delimited import Text, open_text, shown
from fieldkit.capture.merged import MergedCells
from fieldkit.capture.picture_kinds import format_of
from fieldkit.capture.skipping import SkippedRows
from fieldkit.capture.workbook import Cell, Rows, is_workbook, open_workbook
from fieldkit.errors import UnavailableError, UnreadableError, UsageError

LARGEST_FILE = 128 << 20
WORKBOOKS = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")
HEAD_ROWS = 40
FEWEST_HEADINGS = 2
_MARKUP = (b"<html", b"<!doctype", b"<table", b"<?xml", b"<meta", b"<workbook")
_A_GUESS = (
    " (a guess: where letters look wrong, name the encoding with --encoding, as cp1251, koi8-r or cp866)"
)


ERRORS_NOT_TOLD = (
    "whether cells hold errors (#REF!, #N/A) cannot be told of this file: such cells read as blank or 0; save it again as"
    " XLSX to be told of them"
)


@dataclass(frozen=True, slots=True)
class Table:
    """A list found in a file: which sheet, which columns are read, which headings are not, rows below the headings.

    `encoding` is empty for a workbook. `heading_row` is 0 where the columns were named by their letters and there are no headings. `rows` can be gone through
    once: row number from 1, cells from column A; afterwards `merged` says which merged cells were filled downwards.
    """

    sheet: str
    encoding: str
    heading_row: int
    columns: tuple[Column, ...]
    left: tuple[str, ...]
    notices: tuple[str, ...]
    merged: MergedCells
    rows: Iterator[tuple[int, list[Cell]]]


def read_file(path: Path) -> bytes:
    """A file's bytes. Raises `UsageError` where there is none, `UnreadableError` where it is too large."""
    try:
        with path.open("rb") as stream:
            size = os.fstat(stream.fileno()).st_size
            if size > LARGEST_FILE:
                raise UnreadableError(
                    f"{size >> 20} MiB are more than a list can be",
                    where=path.name,
                    remedy="Is it the right file?",
                )
            data = stream.read(LARGEST_FILE + 1)
    except FileNotFoundError:
        raise UsageError(
            "there is no such file", where=str(path), remedy="Check its name and folder."
        ) from None
    except IsADirectoryError:
        raise UsageError(
            "this is a folder, not a file", where=str(path), remedy="Name one of the files in it."
        ) from None
    except OSError as error:
        reason = (error.strerror or type(error).__name__).lower()
        raise UnavailableError(
            f"cannot be read: {reason}",
            where=str(path),
            remedy="Check its permissions, or copy it from where it came.",
        ) from None
    if not data:
        raise UnreadableError("the file is empty", where=path.name, remedy="Ask for the list again.")
    return data


def read_table(
    data: bytes,
    name: str,
    *,
    sheet: str | None = None,
    encoding: str | None = None,
    overrides: Mapping[str, str] | None = None,
    skipped: SkippedRows | None = None,
) -> Table:
    """The list in a file, as if the rows in `skipped` were not there. `overrides` maps headings or column letters to
    fields (see `columns.propose`).

    Raises `UnreadableError` (damaged, locked, not text) and `UsageError` (no headings found, unknown sheet or column).
    """
    notices: list[str] = []
    merged = MergedCells(())
    if is_workbook(data[:8]):
        opened = open_workbook(data, name, sheet)
        rows, found, read_as = opened.rows, opened.sheet, ""
        if opened.others:
            notices.append(f"other sheets were not read: {', '.join(opened.others)}")
        if not opened.errors_told:
            notices.append(ERRORS_NOT_TOLD)
        merged = MergedCells(opened.merged)
    else:
        _refuse_others(data[:200], name)
        text = _open_text(data, name, encoding)
        rows, found, read_as = iter_cells(text.rows), "", text.encoding
        notices.append(
            f"read as {text.encoding}{_A_GUESS * text.guessed}, cells parted by {shown(text.delimiter)}"
        )
    if skipped is not None and skipped.spans:
        rows = skipped.without(rows)
    where = f"{name}, sheet {found}" if found else name
    heading_row, columns, left, rows = _headed(rows, where, overrides or {}, notices)
    if merged.spans:
        rows = merged.fill(rows, columns)
    return Table(found, read_as, heading_row, columns, left, tuple(notices), merged, rows)


def _refuse_others(head: bytes, name: str) -> None:
    kind, _ = format_of(head[:32])
    if kind:
        raise UnreadableError(
            f"it is a picture ({kind}), not a list",
            where=name,
            remedy="'fieldkit photos ingest FILE' keeps a picture. Ask for the list as a spreadsheet, or type it into one.",
        )
    if head.startswith(b"%PDF"):
        raise UnreadableError(
            "it is a PDF, not a list",
            where=name,
            remedy="'fieldkit attach FILE --to ID' keeps it. Ask for the list as a spreadsheet, or type it into one.",
        )
    if head.removeprefix(codecs.BOM_UTF8).lstrip().lower().startswith(_MARKUP):
        raise UnreadableError(
            "it is a web page or XML, whatever it is called",
            where=name,
            remedy="Open it in a spreadsheet program, save it as XLSX, and load that file; 'fieldkit attach FILE --to ID' keeps this one.",
        )


def _open_text(data: bytes, name: str, encoding: str | None) -> Text:
    try:
        return open_text(data, name, encoding)
    except UnreadableError as error:
        suffix = Path(name).suffix.lower()
        if encoding or suffix not in WORKBOOKS:
            raise
        raise UnreadableError(
            f"it is called {suffix}, and is neither a workbook nor text",
            where=error.where,
            remedy="It may be damaged or cut short: copy it again from where it came, or ask for it as XLSX or CSV.",
        ) from None


def iter_cells(rows: Iterator[tuple[int, list[str]]]) -> Rows:
    """Rows of text as rows of cells."""
    for number, row in rows:
        cells: list[Cell] = [*row]
        yield number, cells


def _headed(
    rows: Rows, where: str, overrides: Mapping[str, str], notices: list[str]
) -> tuple[int, tuple[Column, ...], tuple[str, ...], Rows]:
    """The row of the headings, the columns that are read, the headings of those that are not, the rows below."""
    head = list(islice(rows, HEAD_ROWS))
    if not head:
        another = "Name the sheet that holds the list: --sheet."
        remedy = another if ", sheet " in where else "Ask for the list again: this file is blank."
        raise UnreadableError("it holds no rows", where=where, remedy=remedy)
    by_name = {plain(column) for column in overrides}
    place, score = 0, 0
    for index, (_, cells) in enumerate(head):
        fields = {
            plain(cell) if plain(cell) in by_name else field_of(cell)[0]
            for cell in cells
            if isinstance(cell, str)
        }
        if (found := len(fields - {""})) > score:
            place, score = index, found
    if score >= FEWEST_HEADINGS or (score and len(head[place][1]) == 1):
        heading_row, headings = head[place]
        body = head[place + 1 :]
        if place:
            notices.append(f"headings are in row {heading_row}; what stands above them was not read as items")
    elif overrides and all(is_letters(column) for column in overrides):
        heading_row, body = 0, head
        headings = [letters_of(index) for index in range(max(len(cells) for _, cells in head))]
    else:
        seen = " | ".join(str(cell) for cell in head[0][1] if cell != "")[:300]
        lacking = "".join(f", and there is no column {column!r}" for column in islice(overrides, 1))
        raise UsageError(
            f"no row of headings was recognised{lacking}; the first row is: {seen}",
            where=where,
            remedy="Say what the columns mean: --column 'HEADING=FIELD' or, by letter, --column B=serials.",
        )
    columns, left = propose(headings, overrides)
    return heading_row, columns, left, chain(body, rows)
