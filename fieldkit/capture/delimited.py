"""Reading CSV of unknown origin: encoding and delimiter are found out, and said.

A byte order mark decides; else UTF-8 if it is UTF-8, else UTF-16 if every other byte is zero, else one of the Windows code pages
1252 (Western), 1251 (Cyrillic) and 1256 (Arabic), KOI8-R or 866 (Cyrillic), guessed by which letters follow each other and how
common they are. A guess is told, so that a person can name another.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from fieldkit.errors import UnreadableError, UsageError

DELIMITERS = (",", ";", "\t", "|")
_SAMPLE_LINES = 50
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CYRILLIC = "оеаинтсрвлкмдпуяОЕАИНТСРВЛК"
_COMMON = {page: frozenset(_CYRILLIC.encode(page)) for page in ("cp1251", "koi8-r", "cp866")} | {
    "cp1256": frozenset("المنويترةبدعسفهقك".encode("cp1256"))
}
"""The code pages in which letters beyond ASCII follow each other, and the bytes of the letters that are common in them."""
_REMEDY = "Save it as 'CSV UTF-8' in the spreadsheet program, or name the encoding with --encoding."


@dataclass(frozen=True, slots=True)
class Text:
    """Rows of a CSV that are not empty, with their numbers from 1; how it was read, and what was guessed."""

    encoding: str
    delimiter: str
    guessed: bool
    rows: Iterator[tuple[int, list[str]]]


def open_text(data: bytes, name: str, encoding: str | None = None) -> Text:
    """Decode and split a CSV. Raises `UnreadableError` (no text), `UsageError` for an encoding that is not known."""
    found, guessed = (encoding, False) if encoding else encoding_of(data)
    try:
        text = data.decode(found)
    except LookupError:
        raise UsageError(
            f"there is no encoding {found!r}", where="--encoding", remedy="Try utf-8 or cp1251."
        ) from None
    except UnicodeError:
        raise UnreadableError(f"it is not text in {found}", where=name, remedy=_REMEDY) from None
    text = text.removeprefix("\ufeff")
    if text.count("\0") > len(text) // 100:
        raise UnreadableError(
            "this is not a text file", where=name, remedy="Load a CSV, XLSX, XLS or ODS file."
        )
    start, delimiter = _delimiter(text)
    return Text(found, delimiter, guessed, _rows(text[start:], delimiter, name, skipped=1 if start else 0))


def encoding_of(data: bytes) -> tuple[str, bool]:
    """The name of the encoding, and whether it is a guess."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return encoding, False
    head = data[:4096]
    if len(head) >= 4 and head.count(0) > len(head) // 4:
        even, odd = head[::2].count(0), head[1::2].count(0)
        return ("utf-16-be" if even > odd else "utf-16-le"), True
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return _code_page(data), True
    return "utf-8", False


def _code_page(data: bytes) -> str:
    """Western letters beyond ASCII stand alone among others; Cyrillic and Arabic ones follow each other."""
    sample = data[: 1 << 20]
    high = [byte >= 0x80 for byte in sample]
    following = sum(one and other for one, other in pairwise(high))
    if following * 2 < sum(high):
        return "cp1252"
    seen = Counter(byte for byte in sample if byte >= 0x80)
    return max(_COMMON, key=lambda page: sum(seen[byte] for byte in _COMMON[page]))


def _delimiter(text: str) -> tuple[int, str]:
    """Where the table starts and what parts its cells: `sep=;` says so, else what gives the most even rows."""
    first, _, _ = text.partition("\n")
    stated = first.strip().strip('"').lower()
    if stated.startswith("sep=") and len(stated) == 5:
        return len(first) + 1, stated[4]
    sample = "\n".join(text[: 1 << 16].splitlines()[:_SAMPLE_LINES])
    return 0, max(DELIMITERS, key=lambda delimiter: _evenness(sample, delimiter))


def _evenness(sample: str, delimiter: str) -> float:
    try:
        widths = [len(row) for row in csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter) if row]
    except csv.Error:
        return 0.0
    ((width, often),) = Counter(widths).most_common(1) or [(0, 0)]
    return (width - 1) * often / max(1, len(widths))


def _rows(text: str, delimiter: str, name: str, skipped: int) -> Iterator[tuple[int, list[str]]]:
    number = skipped
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
            number += 1
            if any(cell and not cell.isspace() for cell in row):
                yield number, row
    except csv.Error as error:
        long = f"a cell is longer than {csv.field_size_limit()} characters: is a quotation mark not closed?"
        problem = long if "field larger" in str(error) else str(error)
        raise UnreadableError(problem, where=f"{name}, after row {number}", remedy=_REMEDY) from None


def shown(delimiter: str) -> str:
    """A delimiter in words."""
    return {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}.get(delimiter, repr(delimiter))
