"""Lists as nobody should hand them over, each builder named by the defect of what it gives."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence

import xlsxwriter

HEADINGS = ("No", "Nomenclature", "Type", "Serial number", "Quantity", "Location")
Rows = Sequence[Sequence[object]]

_TYPES = """<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">
<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>
<Default Extension="xml" ContentType="application/xml"/></Types>"""


def sound_xlsx(
    rows: Rows, headings: Sequence[object] = HEADINGS, *, sheet: str = "Inventory", above: Rows = ()
) -> bytes:
    """A workbook with nothing wrong."""
    return workbook({sheet: [*above, headings, *rows]})


def workbook(sheets: dict[str, Rows], *, hidden: Sequence[str] = ()) -> bytes:
    """Any sheets with any cells; text is never taken for a formula."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False})
    for name, rows in sheets.items():
        sheet = book.add_worksheet(name)
        for number, row in enumerate(rows):
            for place, cell in enumerate(row):
                if cell is not None:
                    sheet.write(number, place, cell)
        if name in hidden:
            sheet.hide()
    book.close()
    return out.getvalue()


def csv(
    rows: Rows, headings: Sequence[object] = HEADINGS, *, delimiter: str = ",", encoding: str = "utf-8"
) -> bytes:
    return "\r\n".join(delimiter.join(map(str, row)) for row in [headings, *rows]).encode(encoding)


def zip_bomb() -> bytes:
    """60 KB that unpack to 64 MiB."""
    return _archive({"xl/worksheets/sheet1.xml": b"<sheetData>" + bytes(64 << 20)}, level=1)


def zip_bomb_that_lies() -> bytes:
    """The same, claiming in its directory to hold 1000 bytes."""
    real = 32 << 20
    data = bytearray(_archive({"xl/worksheets/sheet1.xml": bytes(real)}, level=1))
    size = real.to_bytes(4, "little")
    for place in (data.find(size), data.rfind(size)):
        data[place : place + 4] = (1000).to_bytes(4, "little")
    return bytes(data)


def zip_of_many_parts() -> bytes:
    return _archive({f"xl/worksheets/sheet{n}.xml": b"<x/>" for n in range(6000)})


def locked_xlsx() -> bytes:
    """What a spreadsheet program writes with a password: an OLE container with an encrypted package."""
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)
    return (
        header
        + "EncryptionInfo".encode("utf-16-le")
        + bytes(100)
        + "EncryptedPackage".encode("utf-16-le")
        + bytes(4096)
    )


def value_in_the_last_cell() -> bytes:
    """One item, and a stray value in XFD1048576: 17,000,000,000 cells as a rectangle."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    sheet = book.add_worksheet("Inventory")
    sheet.write_row(0, 0, HEADINGS)
    sheet.write_row(1, 0, [1, "Gyroscope", "GX", "S1", 1, ""])
    sheet.write(1_048_575, 16_383, "x")
    book.close()
    return out.getvalue()


def formats_down_to_the_last_row() -> bytes:
    """One item, and a million rows that hold a format and nothing else."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    sheet = book.add_worksheet("Inventory")
    bold = book.add_format({"bold": True})
    sheet.write_row(0, 0, HEADINGS)
    sheet.write_row(1, 0, [1, "Gyroscope", "GX", "S1", 1, ""])
    for row in (1000, 100_000, 1_048_575):
        sheet.write_blank(row, 0, None, bold)
    book.close()
    return out.getvalue()


def shared_string_repeated_without_end() -> bytes:
    """32 KB of text, named by 100,000 cells: 3 GB once it is read."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    sheet = book.add_worksheet("Inventory")
    sheet.write_row(0, 0, HEADINGS)
    text = "x" * 32_000
    for row in range(1, 10_001):
        for place in range(10):
            sheet.write_string(row, place, text)
    book.close()
    return out.getvalue()


def broken_archive() -> bytes:
    return sound_xlsx([[1, "Gyroscope", "GX", "S1", 1, ""]])[:-400]


def archive_of_something_else() -> bytes:
    return _archive({"mimetype": b"application/epub+zip", "book.html": b"<p>no list</p>"})


def merged_over_rows() -> bytes:
    """A hall merged over three items, a type over two of them, and a quantity over two others; a title over all columns."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    sheet = book.add_worksheet("Inventory")
    plain = book.add_format()
    sheet.merge_range("A1:F1", "Annex 3", plain)
    sheet.write_row(1, 0, HEADINGS)
    for row in range(2, 6):
        sheet.write_row(row, 0, [row - 1, "Gyroscope", "GX", f"S{row - 1}", 1, "Hall 4"])
    sheet.merge_range("F3:F5", "Hall 3", plain)
    sheet.merge_range("C4:C5", "GX-9", plain)
    sheet.write_row(6, 0, [5, "Pump", "P", "S5", None, "Hall 4"])
    sheet.write_row(7, 0, [6, "Pump", "P", "S6", None, "Hall 4"])
    sheet.merge_range("E7:E8", 2, plain)
    book.close()
    return out.getvalue()


def errors_in_cells() -> bytes:
    """What a spreadsheet keeps where a formula failed: in a serial, a place, a quantity, and in cells that nobody reads.
    The sheet is not the first, and its name has to be quoted in XML."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    book.add_worksheet("Cover").write_formula("D2", "=1/0", None, "#DIV/0!")
    sheet = book.add_worksheet("R&D <list>")
    sheet.write_row(0, 0, [*HEADINGS, "Price"])
    sheet.write_row(1, 0, [1, "Gyroscope", "GX", "S1", 1, "Hall 4"])
    sheet.write_formula("D3", "=VLOOKUP(A3,X:X,1)", None, "#N/A")
    sheet.write_row(2, 0, [2, "Gyroscope", "GX"])
    sheet.write_row(2, 4, [1])
    sheet.write_formula("F3", "=Halls!A1", None, "#REF!")
    sheet.write_formula("G3", "=1/0", None, "#DIV/0!")
    sheet.write_row(3, 1, ["Total"])
    sheet.write_formula("E4", "=SUM(#REF!)", None, "#REF!")
    book.close()
    return out.getvalue()


def quantity_that_is_an_error() -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    sheet = book.add_worksheet("Inventory")
    sheet.write_row(0, 0, HEADINGS)
    sheet.write_row(1, 0, [1, "Gyroscope", "GX", "S1"])
    sheet.write_formula("E2", "=1/0", None, "#DIV/0!")
    book.close()
    return out.getvalue()


def ods_that_repeats_one_cell_over_everything() -> bytes:
    """A kilobyte that stands for 17,000,000,000 cells."""
    office, table = (
        "urn:oasis:names:tc:opendocument:xmlns:office:1.0",
        "urn:oasis:names:tc:opendocument:xmlns:table:1.0",
    )
    content = (
        f'<office:document-content xmlns:office="{office}" xmlns:table="{table}"'
        ' xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:spreadsheet>'
        '<table:table table:name="S"><table:table-row table:number-rows-repeated="1048576">'
        '<table:table-cell office:value-type="string" table:number-columns-repeated="16384"><text:p>x</text:p></table:table-cell>'
        "</table:table-row></table:table></office:spreadsheet></office:body></office:document-content>"
    )
    manifest = '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    members = {"mimetype": kind, "META-INF/manifest.xml": manifest, "content.xml": content}
    return _archive({name: text.encode() for name, text in members.items()})


def picture_named_csv() -> bytes:
    return b"\x89PNG\r\n\x1a\n" + bytes(2000)


def web_page_named_xls() -> bytes:
    """What many programs export as "Excel"."""
    cells = "".join(f"<td>{heading}</td>" for heading in HEADINGS)
    return f"\ufeff\n<HTML><body><table><tr>{cells}</tr></table></body></html>".encode()


def xml_named_xls() -> bytes:
    return b'<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?><Workbook><Worksheet/></Workbook>'


def quotation_never_closed() -> bytes:
    return csv([[1, 'Gyro "x', "GX", "S1", 1, ""]]) + b'\r\n2,"Gyroscope' + b"\r\n3,x,y,z,1," * 20_000


def formulas_and_controls() -> bytes:
    """Cells that act in a spreadsheet or on a terminal."""
    return csv(
        [
            [1, "=HYPERLINK(0)", "GX\u202e", "S1", 1, "@SUM(A1)"],
            [2, "Gyro\x1b[31mscope", "+1", "-2", 1, "Hall\u200f 4"],
        ]
    )


def bad_quantities(count: int = 25) -> bytes:
    rows = [[n, f"Item {n}", "T", f"S{n}", "a few" if n <= count else 1, ""] for n in range(1, count + 6)]
    return sound_xlsx(rows)


EVERY_UNREADABLE = (
    zip_bomb,
    zip_bomb_that_lies,
    zip_of_many_parts,
    locked_xlsx,
    value_in_the_last_cell,
    shared_string_repeated_without_end,
    ods_that_repeats_one_cell_over_everything,
    broken_archive,
    archive_of_something_else,
    picture_named_csv,
    web_page_named_xls,
    xml_named_xls,
    quotation_never_closed,
)
"""Builders of files that are refused as unreadable."""


def _archive(members: dict[str, bytes], level: int = 6) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=level) as archive:
        archive.writestr("[Content_Types].xml", _TYPES)
        for name, body in members.items():
            archive.writestr(name, body)
    return out.getvalue()
