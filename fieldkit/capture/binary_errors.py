"""Error cells of the binary workbooks, XLS and XLSB, found by walking their records. Formats: Microsoft, MS-XLS and MS-XLSB."""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Iterator

from fieldkit.capture.compound_file import stream_of
from fieldkit.capture.error_cells import MOST_ERRORS, UNNAMED, ErrorCells, related_part

_CODES = {
    0x00: "#NULL!",
    0x07: "#DIV/0!",
    0x0F: "#VALUE!",
    0x17: "#REF!",
    0x1D: "#NAME?",
    0x24: "#NUM!",
    0x2A: "#N/A",
}
_XLS_SHEET, _XLS_BEGIN, _XLS_END, _XLS_VALUE = 0x0085, 0x0809, 0x000A, 0x0205
_XLS_FORMULAS = (0x0006, 0x0206, 0x0406)
_ERROR_RESULT = 2
_XLSB_ROW, _XLSB_SHEET = 0, 156
_XLSB_ERRORS = (3, 11)
"""An error as such, and as a formula's result."""


def errors_in_xls(data: bytes, place: int, sheets: int) -> ErrorCells | None:
    """The errors in the sheet at this place (from 0) of an XLS of so many sheets; None where they cannot be told."""
    stream = stream_of(data, ("Workbook", "Book"))
    begins = [
        struct.unpack_from("<I", body)[0]
        for kind, body in _xls_records(stream, 0)
        if kind == _XLS_SHEET and len(body) >= 4
    ]
    if len(begins) != sheets:
        return None
    found: ErrorCells = {}
    depth = 0
    for kind, body in _xls_records(stream, begins[place]):
        depth += (kind == _XLS_BEGIN) - (kind == _XLS_END)
        if depth != 1 or len(body) < 8 or len(found) >= MOST_ERRORS:
            continue
        if kind == _XLS_VALUE and body[7] == 1:
            _note(found, body, body[6])
        elif (
            kind in _XLS_FORMULAS
            and body[12:14] == b"\xff\xff"
            and len(body) > 8
            and body[6] == _ERROR_RESULT
        ):
            _note(found, body, body[8])
    return found


def errors_in_xlsb(archive: zipfile.ZipFile, sheet: str) -> ErrorCells | None:
    """The errors in a sheet of an XLSB; None where they cannot be told."""
    try:
        book = archive.read("xl/workbook.bin")
        relation = next(
            relation
            for kind, body in _xlsb_records(book)
            if kind == _XLSB_SHEET
            for relation, name in [_relation_and_name(body)]
            if name == sheet
        )
        part = archive.read(related_part(archive, "xl/_rels/workbook.bin.rels", relation))
    except (KeyError, StopIteration, struct.error):
        return None
    found: ErrorCells = {}
    row = 0
    for kind, body in _xlsb_records(part):
        if kind == _XLSB_ROW and len(body) >= 4:
            (row,) = struct.unpack_from("<I", body)
        elif kind in _XLSB_ERRORS and len(body) >= 9 and len(found) < MOST_ERRORS:
            (column,) = struct.unpack_from("<I", body)
            found[row + 1, column] = _CODES.get(body[8], UNNAMED)
    return found


def _note(found: ErrorCells, body: bytes, code: int) -> None:
    row, column = struct.unpack_from("<HH", body)
    found[row + 1, column] = _CODES.get(code, UNNAMED)


def _xls_records(stream: bytes, at: int) -> Iterator[tuple[int, bytes]]:
    """Records (kind, body) from a place to the end of what begins there, with what begins and ends within."""
    depth = 0
    while at + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, at)
        yield kind, stream[at + 4 : at + 4 + length]
        depth += (kind == _XLS_BEGIN) - (kind == _XLS_END)
        if depth <= 0 and kind == _XLS_END:
            return
        at += 4 + length


def _xlsb_records(part: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at < len(part):
        kind, at = _number(part, at, 2)
        length, at = _number(part, at, 4)
        yield kind, part[at : at + length]
        at += length


def _number(part: bytes, at: int, most: int) -> tuple[int, int]:
    """A number in at most that many bytes of seven bits, and where what follows begins."""
    value = 0
    for place in range(most):
        if at >= len(part):
            break
        byte = part[at]
        at += 1
        value |= (byte & 0x7F) << 7 * place
        if byte < 0x80:
            break
    return value, at


def _relation_and_name(body: bytes) -> tuple[str, str]:
    texts, at = [], 8
    for _ in range(2):
        (length,) = struct.unpack_from("<I", body, at)
        texts.append(body[at + 4 : at + 4 + 2 * length].decode("utf-16-le", "replace"))
        at += 4 + 2 * length
    return texts[0], texts[1]
