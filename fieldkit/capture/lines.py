"""From the cells of one row to the fields of an item, strictly: what cannot be read is a problem with its place and remedy.

Text is kept as written, ends trimmed. Spreadsheets store numbers as fractions: 5.0 becomes 5; a serial or a type stored as
a number is taken and told, because zeros are lost, and so is a number stored as text. A cell of serials may hold several,
parted by line ends, semicolons or commas, or say that there is none. Units stand in the cell or in the heading.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache, partial
from typing import NoReturn

from fieldkit.capture.columns import Column, letters_of, unit_symbol
from fieldkit.capture.error_cells import is_error
from fieldkit.capture.numerals import number_of
from fieldkit.capture.workbook import Cell
from fieldkit.domain.decode import normalise
from fieldkit.domain.jsontypes import JSON, Doc
from fieldkit.domain.kinds import kind
from fieldkit.domain.parse import BETWEEN_SIDES, SIDE, parse_sides
from fieldkit.domain.quantities import UNITS, unit
from fieldkit.domain.values import GREATEST_INTEGER, canonical_decimal
from fieldkit.errors import FieldkitError, UsageError

EXACT_DIGITS = 15
LONGEST_AMOUNT = 80
_LINE_ENDS = re.compile(r"[\r\n]+")
_SERIALS = re.compile(r"[;,\n\r]+")
_SEVERAL = re.compile(r"\s[/+&–-]\s|\s(?:and|et|to|bis|und|и|до|و)\s|\.\.|…", re.IGNORECASE)
_AMOUNT = re.compile(r"([+-]?\d[\d\s.,'’٫٬]*)\s*(?![eE][+-]?\d)([^\W\d].{0,39})?", re.DOTALL)
_TOTAL = re.compile(
    r"\s*(grand total|sub-?total|total|total general|suma|summe|gesamt|insgesamt|合计|总计|итого|всего|المجموع|الإجمالي)\b[\s:.]*",
    re.IGNORECASE,
)
_BLANK = {"", "-", "–", "—"}
_NO_SERIAL = frozenset(
    {
        "n/a", "na", "n.a.", "n.a", "none", "nil", "no", "no serial", "no number", "not applicable", "not available", "s/n",
        "néant", "sans", "sans numéro", "sans n°", "aucun", "s.o.", "б/н", "б.н.", "бн", "б/№", "без номера", "без №", "нет", "н/д",
        "لا يوجد", "بدون", "بدون رقم", "غير متوفر",
        "sin", "sin número", "ninguno", "ninguna", "no aplica", "no tiene", "无", "没有", "无编号", "keine", "ohne", "entfällt", "k.a.", "o. nr.",
    }
)  # fmt: skip
_ROUNDED = re.compile(r"\d[.,]\d+[eE]\+?\d{1,3}")
_CODES = {"type", "control_entry"}
_HEADING_FIELDS = {"nomenclature", "line", "type", "location"}
_NUMBERS = {"declared", "unit", "mass"}
_ONE_LINE = {"location"} | {name for name, each in kind("item").fields.items() if each.type == "line"}


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a line of the list: its row, column (letters and heading), cause, remedy."""

    row: int
    column: str
    cause: str
    remedy: str = ""

    def __str__(self) -> str:
        place = f"row {self.row}, column {self.column}" if self.column else f"row {self.row}"
        return f"{place}: {self.cause}" + (f" ({self.remedy})" if self.remedy else "")


@dataclass(slots=True)
class Lines:
    """Reads rows into item fields, gathering problems and what people should be told. `decimal` is the mark before decimals,
    where somebody said it."""

    columns: tuple[Column, ...]
    sheet: str
    decimal: str = ""
    problems: list[Problem] = field(default_factory=list)
    passed_over: list[str] = field(default_factory=list)
    number_serials: list[int] = field(default_factory=list)
    lost_digits: list[int] = field(default_factory=list)
    number_codes: list[int] = field(default_factory=list)
    text_numbers: list[int] = field(default_factory=list)
    no_serials: list[int] = field(default_factory=list)
    several_in_one: list[int] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    bare_sizes: list[int] = field(default_factory=list)
    other_sizes: list[int] = field(default_factory=list)
    zeros_before: bool = False
    counted_as_one: bool = field(init=False)
    _places: dict[str, Column] = field(init=False)
    _unread: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._places = {column.field: column for column in self.columns}
        self.counted_as_one = "declared" not in self._places

    def read(self, row: int, cells: Sequence[Cell]) -> Doc | None:
        """The item that a row declares (its place as text under `location`); None for a row that is no item, or a bad one."""
        held = [
            (column, cell)
            for column in self.columns
            if column.place < len(cells) and (cell := _trimmed(cells[column.place])) not in _BLANK
        ]
        broken = [(column, cell) for column, cell in held if isinstance(cell, str) and is_error(cell)]
        if broken:
            self.errors.extend(f"{letters_of(column.place)}{row} {cell}" for column, cell in broken)
            held = [each for each in held if each not in broken]
        if not held:
            return None
        if why := self._no_item(held, sound=not broken):
            self.passed_over.append(f"row {row}: {why}")
            return None
        values: Doc = {"row": row}
        self._unread.clear()
        if self.sheet:
            values["sheet"] = self.sheet
        before = len(self.problems)
        for column, cell in broken:
            if column.field == "declared":
                remedy = f"ask what it is, or leave the row out with --skip-rows {row}"
                self.problems.append(Problem(row, self._shown(column), f"the cell holds {cell}", remedy))
        for column, cell in held:
            try:
                self._take(values, column, cell, row)
            except FieldkitError as error:
                self._problem(row, column, error)
        if len(self.problems) > before:
            return None
        return self._complete(values, row)

    def _no_item(self, held: Sequence[tuple[Column, Cell]], *, sound: bool) -> str:
        column, cell = held[0]
        if sound and all(each.field in _NUMBERS for each, _ in held):
            said = ", ".join(_short(_text(each)) for _, each in held)
            return f"nothing but a number, not an item: {said}"
        if len(held) <= 3 and _TOTAL.match(str(cell)) and all(each.field != "serials" for each, _ in held):
            return f"a total, not an item: {_short(str(cell))}"
        if sound and len(held) == 1 and len(self.columns) > 2 and column.field in _HEADING_FIELDS:
            return f"a heading, not an item: {_short(str(cell))}"
        return ""

    def _take(self, values: Doc, column: Column, cell: Cell, row: int) -> None:
        name = column.field
        # what is stored as a number is told as one, with a point
        decimal = self.decimal if isinstance(cell, str) else "."
        if name == "declared":
            values["declared"], stated = _amount(cell, decimal)
            stated = stated or column.unit
            if self.sheet and isinstance(cell, str) and cell.isdigit():
                self.text_numbers.append(row)
            if stated and "unit" not in self._places:
                values["unit"] = stated
        elif name == "serials":
            found = self._serials(cell, row)
            if found:
                held = values.get("serials")
                values["serials"] = [*(held if isinstance(held, list) else []), *found]
        elif name == "mass":
            values["mass"] = _mass(cell, column.unit, decimal)
        elif name == "dimensions_mm":
            self._put_size(values, " ".join(_text(cell).split()), column, row, decimal)
        else:
            if isinstance(cell, str):
                text = cell
            else:
                text = _text(cell)
                if name in _CODES:
                    self.number_codes.append(row)
            if name in _ONE_LINE and not text.isprintable():
                text = _LINE_ENDS.sub(" ", text)
            # a place is a name here, and a link once it is recorded
            values[name] = _place_name(text) if name == "location" else text

    def _put_size(self, values: Doc, text: str, column: Column, row: int, decimal: str) -> None:
        """Sides in millimetres; what is written otherwise goes into the remark as it is, and is told."""
        if not _is_size(text):
            self.other_sizes.append(row)
            self._unread.append(f"{column.heading}: {text}")
            return
        if not column.unit and text[-1].isdigit():
            self.bare_sizes.append(row)
        stated = unit_symbol(column.unit) or "mm"
        side = parse_sides(text, stated, number=partial(number_of, decimal=decimal), symbol=unit_symbol)
        before = values.get(column.field)
        values[column.field] = f"{before} x {side}" if before else side

    def _serials(self, cell: Cell, row: int) -> list[str]:
        if not isinstance(cell, str):
            text = _text(cell)
            if not isinstance(cell, bool):
                (self.lost_digits if len(text.lstrip("-")) > EXACT_DIGITS else self.number_serials).append(
                    row
                )
            return [text]
        if cell.casefold() in _NO_SERIAL:
            self.no_serials.append(row)
            return []
        if cell[0] == "0":
            self.zeros_before = True
        elif "+" in cell and _ROUNDED.fullmatch(cell):
            self.lost_digits.append(row)
        found = _split(cell)
        if any(_SEVERAL.search(serial) for serial in found):
            self.several_in_one.append(row)
        return found

    def _complete(self, values: Doc, row: int) -> Doc | None:
        """The item in its one form, but for the place, which is a name still; None where it has a problem."""
        if self.counted_as_one:
            serials = values.get("serials")
            values["declared"] = max(1, len(set(map(str, serials)))) if isinstance(serials, list) else 1
        elif "declared" not in values:
            self.problems.append(
                Problem(
                    row,
                    self._shown(self._places["declared"]),
                    "no number is given",
                    "write 0 if none is declared",
                )
            )
            return None
        if self._unread:
            held = values.get("remark")
            values["remark"] = "; ".join([*([str(held)] if held else []), *self._unread])
        place = values.pop("location", None)
        try:
            item = normalise("item", values)
        except FieldkitError as error:
            name = error.where.partition(".")[2].split("[")[0].split(".")[0]
            column = self._places.get(name)
            self._problem(row, column, error)
            return None
        if place is not None:
            item["location"] = place
        return item

    def _problem(self, row: int, column: Column | None, error: FieldkitError) -> None:
        shown = self._shown(column) if column else ""
        self.problems.append(Problem(row, shown, error.problem, error.remedy.rstrip(".")))

    def _shown(self, column: Column) -> str:
        letters = letters_of(column.place)
        return letters if column.heading == letters else f"{letters} ({_short(column.heading)})"


@lru_cache(maxsize=1024)
def _place_name(text: str) -> JSON:
    """A place's name in its one form. Remembered, because a list names few places in many lines."""
    return normalise("location", {"name": text})["name"]


def _trimmed(cell: Cell) -> Cell:
    return cell.strip() if isinstance(cell, str) else cell


def _text(cell: Cell) -> str:
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, float):
        if cell.is_integer():
            return str(int(cell))
        return repr(cell)
    return str(cell)


def _split(cell: str) -> list[str]:
    found = [part.strip() for part in _SERIALS.split(cell)]
    return [part for part in found if part]


def _amount(cell: Cell, decimal: str) -> tuple[int, str]:
    """A number of things, and the unit that stands behind it. Raises `UsageError`."""
    if isinstance(cell, bool):
        _no_number(cell)
    if isinstance(cell, int | float):
        if not math.isfinite(cell) or cell != int(cell):
            raise UsageError(f"{cell} is not a whole number", remedy="count things, not parts of them")
        number, stated = int(cell), ""
    elif cell.isascii() and cell.isdigit():
        number, stated = int(cell[:30]), ""
    else:
        match = _matched(cell)
        whole, _, fraction = number_of(match[1], decimal).partition(".")
        if fraction.strip("0"):
            raise UsageError(
                f"{_short(cell)} is not a whole number", remedy="count things, not parts of them"
            )
        number, stated = int(whole), (match[2] or "").strip()
    if not 0 <= number <= GREATEST_INTEGER:
        raise UsageError(f"{_short(str(cell))} is not a number of things", remedy="write 0 or more")
    return number, stated


def _mass(cell: Cell, heading_unit: str, decimal: str) -> Doc:
    """A mass with its unit, from the cell or else from the heading. Raises `UsageError`."""
    match = _matched(_text(cell))
    symbol = unit_symbol((match[2] or heading_unit).strip())
    if not symbol:
        raise UsageError("a mass needs its unit", remedy="write 12.5 kg, or Mass (kg) as the heading")
    number = number_of(match[1], decimal)
    return {"value": canonical_decimal(number), "unit": unit(symbol, "mass").symbol}


def _is_size(text: str) -> bool:
    """Whether a text is made of numbers and units of length, parted as sides are."""
    if len(text) > LONGEST_AMOUNT:
        return False
    for side in BETWEEN_SIDES.split(text):
        match = SIDE.fullmatch(side)
        stated = UNITS.get(unit_symbol(match["unit"]) or "mm") if match else None
        if stated is None or stated.dimension != "length":
            return False
    return True


def _matched(text: str) -> re.Match[str]:
    found = _AMOUNT.fullmatch(text) if len(text) <= LONGEST_AMOUNT else None
    return found or _no_number(text)


def _no_number(cell: Cell) -> NoReturn:
    raise UsageError(f"{_short(str(cell))} is not a number", remedy="write digits, as 12")


def _short(text: str) -> str:
    line = " ".join(text.split())
    return f"'{line if len(line) <= 40 else line[:39] + '…'}'"
