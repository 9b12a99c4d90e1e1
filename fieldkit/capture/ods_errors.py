"""Error cells of an ODS. The standard has no type for them: a program writes a text that is shown and an empty text or 0 as value.

LibreOffice marks them as its own type `error`; else a formula's cell that shows `#DIV/0!` or the like is one.
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from typing import Final
from xml.parsers import expat

from fieldkit.capture.error_cells import MOST_ERRORS, UNNAMED, ErrorCells, is_error

_TABLE: Final = "urn:oasis:names:tc:opendocument:xmlns:table:1.0 "
_TEXT: Final = "urn:oasis:names:tc:opendocument:xmlns:text:1.0 p"
_MARK: Final = "urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0 value-type"
_CELLS: Final = (f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell")
_SIGNS: Final = (b'"error"', b"'error'", b">#")
_LONGEST: Final = 20
_CHUNK: Final = 1 << 20
_MOST_COLUMNS: Final = 16_384


def errors_in_ods(archive: zipfile.ZipFile, sheet: str) -> ErrorCells | None:
    """The errors in a sheet of an ODS; None where they cannot be told."""
    try:
        with archive.open("content.xml") as content:
            before = b""
            while chunk := content.read(_CHUNK):
                if any(sign in before + chunk for sign in _SIGNS):
                    break
                before = chunk[-10:]
            else:
                return {}
        with archive.open("content.xml") as content:
            return _Walk(sheet).through(content.read)
    except (KeyError, expat.ExpatError):
        return None


class _Walk:
    """Through the tables of a spreadsheet to one of them: rows and cells are counted with their repetitions."""

    def __init__(self, sheet: str) -> None:
        self._sheet = sheet
        self._found: ErrorCells = {}
        self._in_row: dict[int, str] = {}
        self._tables: list[bool] = []
        self._row = self._rows = self._column = self._columns = 0
        self._within = 0
        self._shown: list[str] = []
        self._looked_at = self._marked = self._in_text = False

    def through(self, read: Callable[[int], bytes]) -> ErrorCells:
        """The errors in what `read` gives of `content.xml`. Raises `ExpatError`."""
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        parser.StartElementHandler = self._begin
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.EntityDeclHandler = _refuse_entities
        while chunk := read(_CHUNK):
            parser.Parse(chunk)
        parser.Parse(b"", True)
        return self._found

    def _begin(self, name: str, attributes: dict[str, str]) -> None:
        if name == f"{_TABLE}table":
            self._tables.append(attributes.get(f"{_TABLE}name") == self._sheet)
        elif self._tables != [True]:
            return
        elif name == f"{_TABLE}table-row":
            self._rows, self._column = _repeated(attributes, "rows"), 0
            self._in_row.clear()
        elif name in _CELLS:
            self._columns = _repeated(attributes, "columns")
            self._marked = attributes.get(_MARK) == "error"
            self._looked_at = self._marked or f"{_TABLE}formula" in attributes
            self._within = 0
            self._shown.clear()
        elif self._looked_at:
            self._within += 1
            self._in_text = name == _TEXT and self._within == 1

    def _end(self, name: str) -> None:
        if name == f"{_TABLE}table":
            self._tables.pop()
        elif self._tables != [True]:
            return
        elif name in _CELLS:
            self._cell()
        elif name == f"{_TABLE}table-row":
            for row in range(self._row, self._row + self._rows if self._in_row else 0):
                if len(self._found) < MOST_ERRORS:
                    self._found.update({(row + 1, place): text for place, text in self._in_row.items()})
            self._row += self._rows
        elif self._looked_at:
            self._within -= 1
            self._in_text = self._in_text and self._within > 0

    def _text(self, text: str) -> None:
        if self._in_text and len(self._shown) < _LONGEST:
            self._shown.append(text[:_LONGEST])

    def _cell(self) -> None:
        shown = "".join(self._shown).strip()
        if self._looked_at and (self._marked or is_error(shown)):
            for place in range(self._column, min(self._column + self._columns, _MOST_COLUMNS)):
                self._in_row[place] = shown if is_error(shown) else UNNAMED
        self._column += self._columns
        self._looked_at = self._in_text = False


def _repeated(attributes: dict[str, str], what: str) -> int:
    text = attributes.get(f"{_TABLE}number-{what}-repeated", "1")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 8 else 1


def _refuse_entities(*_: object) -> None:
    raise expat.ExpatError("entities are not read")
