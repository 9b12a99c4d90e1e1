"""Cells in which a spreadsheet program found an error instead of a value: `#DIV/0!`, `#REF!`, `#N/A`.

calamine gives them as blank cells, and some in an ODS as 0. They are found beside it in each of the four formats and put back, so
that people are told instead of a value going missing. Of an XLSX they are found while the archive is checked, part by part.
"""

from __future__ import annotations

import re
import zipfile
from typing import Final, TypeAlias
from xml.sax.saxutils import unescape

ErrorCells: TypeAlias = dict[tuple[int, int], str]
"""Row from 1 and column from 0 to what stands there."""

MOST_ERRORS = 100_000
UNNAMED: Final = "#ERROR!"
_MARKED = re.compile(rb"\bt\s*=\s*[\"']e[\"']")
_CELL = re.compile(
    rb"<(?:\w+:)?c\s(?=[^>]{0,300}\bt\s*=\s*[\"']e[\"'])[^>]{0,300}?\br\s*=\s*[\"']([A-Z]{1,3})([0-9]{1,7})[\"'][^>]*>"
    rb"(?:[^<]*<(?:\w+:)?f\b[^<]*(?:/>|</(?:\w+:)?f>))?(?:[^<]*<(?:\w+:)?v>\s*([^<]{1,20}?)\s*</)?"
)
_SHOWN = re.compile(r"#(?:N/A|N/D|NV|Н/Д|[^\W\d_]{2,12}(?:/0)?[!?])")
_SHEET = re.compile(r"<(?:\w+:)?sheet\s([^<>]{1,2000})>")
_RELATION = re.compile(r"<(?:\w+:)?Relationship\s([^<>]{1,2000})>")
_ATTRIBUTE = re.compile(r"([\w:]{1,60})\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")


def is_error(text: str) -> bool:
    """Whether the text is what a spreadsheet program shows for an error."""
    return text[:1] == "#" and _SHOWN.fullmatch(text) is not None


def errors_in(chunk: bytes, found: ErrorCells) -> None:
    """Note the errors in a piece of a sheet's part of an XLSX."""
    if _MARKED.search(chunk) is None:
        return
    for letters, row, shown in _CELL.findall(chunk):
        if len(found) < MOST_ERRORS:
            text = shown.decode("utf-8", "replace") or found.get(_place(letters, row), "")
            found[_place(letters, row)] = text if is_error(text) else UNNAMED


def part_of_sheet(archive: zipfile.ZipFile, sheet: str) -> str:
    """The name of the part that holds a sheet of an XLSX; empty where it cannot be told."""
    try:
        book = archive.read("xl/workbook.xml").decode("utf-8", "replace")
    except KeyError:
        return ""
    ids = {each.get("name"): each.get("id", "") for each in map(_attributes, _SHEET.findall(book))}
    return related_part(archive, "xl/_rels/workbook.xml.rels", ids.get(sheet, ""))


def related_part(archive: zipfile.ZipFile, relations: str, relation: str) -> str:
    """The name of the part that a workbook calls by a relation's id; empty where it cannot be told."""
    try:
        listed = archive.read(relations).decode("utf-8", "replace")
    except KeyError:
        return ""
    targets = {each.get("Id"): each.get("Target", "") for each in map(_attributes, _RELATION.findall(listed))}
    target = targets.get(relation, "")
    if not target:
        return ""
    return target[1:] if target.startswith("/") else f"xl/{target}"


def _attributes(tag: str) -> dict[str, str]:
    """The attributes of a tag by their names without a prefix."""
    quotes = {"&quot;": '"', "&apos;": "'"}
    return {
        name.rpartition(":")[2]: unescape(double or single, quotes)
        for name, double, single in _ATTRIBUTE.findall(tag)
    }


def _place(letters: bytes, row: bytes) -> tuple[int, int]:
    place = 0
    for letter in letters:
        place = place * 26 + letter - 64
    return int(row), place - 1
