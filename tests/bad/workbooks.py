"""Workbooks that hold errors in place of values, in the formats of other programs: written from their specifications."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Callable, Sequence
from xml.sax.saxutils import escape, quoteattr

SHEET = "R&D <list>"
ROWS: Sequence[Sequence[object]] = (
    ("No", "Nomenclature", "Type", "Serial number", "Quantity", "Location", "Price"),
    (1, "Gyroscope", "GX", "S1", 1, "Hall 4", 100),
    (2, "Gyroscope", "GX", "#N/A", 1, "#REF!", "#DIV/0!"),
    (None, "Total", None, None, "#REF!", None, None),
)
"""A list in which a serial, a place and cells that nobody reads are errors; the sheet is the second of its workbook."""
_CODES = {"#DIV/0!": 0x07, "#REF!": 0x17, "#N/A": 0x2A}
_SECTOR = 512
_FREE, _END, _TABLE = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD


def xls_with_errors(rows: Sequence[Sequence[object]] = ROWS) -> bytes:
    """An XLS; every other error is the result of a formula. A chart with an end of its own stands in front of the cells."""

    def record(kind: int, body: bytes) -> bytes:
        return struct.pack("<HH", kind, len(body)) + body

    def cell(row: int, place: int, value: object, formula: bool) -> bytes:
        head = struct.pack("<HHH", row, place, 0)
        if value in _CODES and formula:
            result = struct.pack("<BBBBBBH", 2, 0, _CODES[str(value)], 0, 0, 0, 0xFFFF)
            return record(0x0006, head + result + struct.pack("<HIH", 0, 0, 2) + b"\x1c\x07")
        if value in _CODES:
            return record(0x0205, head + struct.pack("<BB", _CODES[str(value)], 1))
        if isinstance(value, int):
            return record(0x0203, head + struct.pack("<d", value))
        text = str(value)
        return record(0x0204, head + struct.pack("<HB", len(text), 1) + text.encode("utf-16-le"))

    def sheet(body: bytes) -> bytes:
        return record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0010, 0, 0, 0, 0)) + body + record(0x000A, b"")

    chart = record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0020, 0, 0, 0, 0)) + record(0x000A, b"")
    cells = b"".join(
        cell(row, place, value, (row + place) % 2 == 0)
        for row, values in enumerate(rows)
        for place, value in enumerate(values)
        if value is not None
    )
    sheets = [("Cover", sheet(cell(1, 3, "#DIV/0!", False))), (SHEET, sheet(chart + cells))]
    start = record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0005, 0, 0, 0, 0))
    at = len(start) + sum(13 + 2 * len(name) - 1 for name, _ in sheets) + 4
    listed = b""
    for name, body in sheets:
        listed += record(0x0085, struct.pack("<IBBBB", at, 0, 0, len(name), 1) + name.encode("utf-16-le"))
        at += len(body)
    return _compound(start + listed + record(0x000A, b"") + b"".join(body for _, body in sheets))


def xls_whose_sectors_go_round_in_a_circle() -> bytes:
    data = bytearray(xls_with_errors())
    struct.pack_into("<I", data, _SECTOR + 4, 1)
    return bytes(data)


def xls_whose_list_of_tables_goes_round_in_a_circle() -> bytes:
    data = bytearray(xls_with_errors())
    struct.pack_into("<II", data, 68, 2, 1)
    data[3 * _SECTOR : 4 * _SECTOR] = struct.pack("<128I", *range(127), 2)
    return bytes(data)


def xlsb_with_errors(rows: Sequence[Sequence[object]] = ROWS) -> bytes:
    def record(kind: int, body: bytes = b"") -> bytes:
        size = bytes([len(body) & 0x7F | 0x80, len(body) >> 7]) if len(body) > 0x7F else bytes([len(body)])
        return (bytes([kind & 0x7F | 0x80, kind >> 7]) if kind > 0x7F else bytes([kind])) + size + body

    def text(value: str) -> bytes:
        return struct.pack("<I", len(value)) + value.encode("utf-16-le")

    def cell(place: int, value: object) -> bytes:
        head = struct.pack("<II", place, 0)
        if value in _CODES:
            formula = struct.pack("<HII", 0, 0, 0) if place % 2 else b""
            return record(11 if formula else 3, head + bytes([_CODES[str(value)]]) + formula)
        return (
            record(5, head + struct.pack("<d", value))
            if isinstance(value, int)
            else record(6, head + text(str(value)))
        )

    def sheet(listed: Sequence[Sequence[object]]) -> bytes:
        cells = b"".join(
            record(0, struct.pack("<IIHBBBI", row, 0, 300, 0, 0, 0, 0))
            + b"".join(cell(place, value) for place, value in enumerate(values) if value is not None)
            for row, values in enumerate(listed)
        )
        size = struct.pack("<IIII", 0, len(listed) - 1, 0, max(map(len, listed)) - 1)
        return record(129) + record(148, size) + record(145) + cells + record(146) + record(130)

    names = ("Cover", SHEET)
    bundles = b"".join(
        record(156, struct.pack("<II", 0, n) + text(f"rId{n}") + text(name))
        for n, name in enumerate(names, start=1)
    )
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    relations = "".join(
        f'<Relationship Id="rId{n}" Type="{kind}/worksheet" Target="worksheets/sheet{n}.bin"/>'
        for n in range(1, len(names) + 1)
    )
    return _zip(
        {
            "[Content_Types].xml": f'<Types xmlns="{package}/content-types"/>'.encode(),
            "_rels/.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="rId1"'
            f' Type="{kind}/officeDocument" Target="xl/workbook.bin"/></Relationships>'.encode(),
            "xl/workbook.bin": record(131) + record(143) + bundles + record(144) + record(132),
            "xl/_rels/workbook.bin.rels": f'<Relationships xmlns="{package}/relationships">{relations}</Relationships>'.encode(),
            "xl/worksheets/sheet1.bin": sheet([("x", "#DIV/0!")]),
            "xl/worksheets/sheet2.bin": sheet(rows),
        }
    )


def ods_with_errors(rows: Sequence[Sequence[object]] = ROWS) -> bytes:
    """As LibreOffice writes them: a type of its own, an empty text as the value, what is shown beside it."""
    return _ods(
        lambda shown: (
            f'<table:table-cell table:formula="of:=1/0" office:value-type="string" office:string-value="" calcext:value-type="error">'
            f"<office:annotation><text:p>#NUM!</text:p></office:annotation><text:p>{shown}</text:p></table:table-cell>"
        ),
        rows=rows,
    )


def ods_with_errors_that_are_worth_0(rows: Sequence[Sequence[object]] = ROWS) -> bytes:
    """As other programs write them: a number, and only what is shown tells."""
    return _ods(
        lambda shown: (
            f'<table:table-cell table:formula="of:=1/0" office:value-type="float" office:value="0">'
            f"<text:p>{shown}</text:p></table:table-cell>"
        ),
        rows=rows,
    )


def ods_with_entities() -> bytes:
    doctype = '<!DOCTYPE x [<!ENTITY a "#N/A"><!ENTITY b "&a;&a;">]>'
    return _ods(lambda shown: "<table:table-cell><text:p>#</text:p></table:table-cell>", doctype)


EVERY_WITH_ERRORS = (xls_with_errors, xlsb_with_errors, ods_with_errors, ods_with_errors_that_are_worth_0)
"""Builders of one list: errors in D3, F3, G3 and E4."""

EVERY_CIRCLE = (xls_whose_sectors_go_round_in_a_circle, xls_whose_list_of_tables_goes_round_in_a_circle)


def _ods(error: Callable[[str], str], doctype: str = "", rows: Sequence[Sequence[object]] = ROWS) -> bytes:
    def cell(value: object) -> str:
        if value is None:
            return "<table:table-cell/>"
        if value in _CODES:
            return error(str(value))
        kind = f'float" office:value="{value}' if isinstance(value, int) else "string"
        return f'<table:table-cell office:value-type="{kind}"><text:p>{escape(str(value))}</text:p></table:table-cell>'

    listed = "".join(
        f"<table:table-row>{''.join(map(cell, row))}"
        f'<table:table-cell table:number-columns-repeated="1000"/></table:table-row>'
        for row in rows
    )
    spaces = {
        "office": "urn:oasis:names:tc:opendocument:xmlns:office:1.0",
        "table": "urn:oasis:names:tc:opendocument:xmlns:table:1.0",
        "text": "urn:oasis:names:tc:opendocument:xmlns:text:1.0",
        "calcext": "urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0",
    }
    declared = " ".join(f"xmlns:{name}={quoteattr(space)}" for name, space in spaces.items())
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?>{doctype}<office:document-content {declared}><office:body><office:spreadsheet>'
        f'<table:table table:name="Cover"><table:table-row>{cell("#DIV/0!")}</table:table-row></table:table>'
        f"<table:table table:name={quoteattr(SHEET)}>{listed}"
        '<table:table-row table:number-rows-repeated="1048000"><table:table-cell table:number-columns-repeated="1007"/></table:table-row>'
        "</table:table></office:spreadsheet></office:body></office:document-content>"
    )
    manifest = '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    texts = {"mimetype": kind, "META-INF/manifest.xml": manifest, "content.xml": content}
    return _zip({name: text.encode() for name, text in texts.items()})


def _zip(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in members.items():
            archive.writestr(name, body)
    return out.getvalue()


def _compound(stream: bytes) -> bytes:
    """A compound file with the stream `Workbook`: a table of chains, a directory, then the stream."""
    stream = stream.ljust(4096, b"\0")
    count = -(-len(stream) // _SECTOR)
    table = [_TABLE, _END, *range(3, count + 2), _END]
    table += [_FREE] * (_SECTOR // 4 - len(table))

    def entry(name: str, kind: int, child: int, start: int, size: int) -> bytes:
        raw = f"{name}\0".encode("utf-16-le")
        links = struct.pack("<BBIII", kind, 1, _FREE, _FREE, child)
        return (
            raw.ljust(64, b"\0")
            + struct.pack("<H", len(raw))
            + links
            + bytes(36)
            + struct.pack("<IQ", start, size)
        )

    directory = entry("Root Entry", 5, 1, _END, 0) + entry("Workbook", 2, _FREE, 2, len(stream))
    head = (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
        + struct.pack("<IIIIIIIII", 0, 1, 1, 0, 4096, _END, 0, _END, 0)
        + struct.pack("<109I", 0, *[_FREE] * 108)
    )  # fmt: skip
    body = struct.pack(f"<{len(table)}I", *table) + directory.ljust(_SECTOR, b"\0")
    return head + body + stream.ljust(count * _SECTOR, b"\0")
