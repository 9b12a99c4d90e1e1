"""From the rows of a country's control list to its entries, whatever way it was laid out.

A code may stand alone in its row with its words below; sub-paragraphs (`a.`, `1.`, `б)`) hang under the code above them,
deeper ones under those; what has no code goes on with the entry above it; notes are kept apart. Headings in English,
French, German, Spanish, Russian, Ukrainian and Arabic are recognised; where none names the codes, the column that looks
like them is taken, and that is told.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Final

from fieldkit.capture.columns import letters_of, place_of, plain
from fieldkit.capture.error_cells import is_error
from fieldkit.capture.plain import plain_line
from fieldkit.capture.workbook import Cell
from fieldkit.domain.crosswalk import LONGEST_CODE, LONGEST_TEXT, MOST_ENTRIES, NationalEntry, code_key
from fieldkit.domain.nearness import suggestion
from fieldkit.errors import UnreadableError, UsageError

HEADINGS: Final[Mapping[str, tuple[str, ...]]] = {
    "code": (
        "code", "entry", "item", "number", "no", "control entry", "control code", "item number", "eccn", "position", "list number",
        "paragraph", "numéro", "n°", "code de contrôle", "poste", "nummer", "listennummer", "número", "código", "номер", "код",
        "позиция", "номер позиции", "код позиции", "пункт", "номер пункта", "№", "№ п/п", "код товару",
        "رقم", "الرقم", "الرمز", "رقم البند", "البند", "رمز البند",
    ),
    "title": (
        "title", "heading", "name", "item name", "subject", "titre", "intitulé", "désignation", "libellé", "bezeichnung", "titel",
        "título", "denominación", "наименование", "название", "заголовок", "найменування", "العنوان", "الاسم", "التسمية",
    ),
    "text": (
        "text", "description", "control text", "wording", "definition", "controlled goods", "goods", "texte", "contenu",
        "beschreibung", "descripción", "texto", "описание", "текст", "опис", "найменування та опис товару", "содержание",
        "النص", "الوصف", "نص البند",
    ),
    "note": (
        "note", "notes", "remark", "remarks", "comment", "technical note", "technical notes", "remarque", "remarques",
        "anmerkung", "anmerkungen", "nota", "notas", "примечание", "примечания", "примітка", "ملاحظة", "ملاحظات",
    ),
}  # fmt: skip
HEAD_ROWS: Final = 40
_FEWEST: Final = 2
_LETTERS = re.compile(r"[A-Z]{1,3}")
_CODE = re.compile(
    r"(?:[0-9][A-E][0-9]{3}|(?:[A-Z]{1,4}|[0-9]{1,2})-?[0-9]{1,3}(?:\.[A-Z])?|[0-9]{1,2}\.?[A-E])(?:\.?[A-Za-z0-9]{1,3}){0,6}\.?"
)
_MARKERS = re.compile(r"\(?(?:[^\W\d_]|[0-9]{1,2})[.)](?:\s?\(?(?:[^\W\d_]|[0-9]{1,2})[.)])*")
_BARE = re.compile(r"[^\W\d_]|[0-9]{1,2}")
_STEP = re.compile(r"[^\W\d_]+|[0-9]+")
_NOTE = re.compile(
    r"(technical notes?|notes?|n\.?\s?b\.?|see also|remarques?|notes? techniques?|anmerkung(?:en)?|nota|"
    r"примечани[ея]|техническое примечание|примітк[аи]|ملاحظة|ملاحظات)\b[\s\d.]*[:.\-–—]?",
    re.IGNORECASE,
)
_SECTION = re.compile(
    r"(category|categories|part|section|chapter|annex|group|catégorie|partie|chapitre|kategorie|teil|категория|категорія|раздел|"
    r"розділ|часть|группа|الفئة|القسم|الباب|الملحق)\s+\S{1,12}(\s|$|[.:])",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Layout:
    """Which columns hold what; `heading_row` is its place among the rows that were looked at, -1 where there is none."""

    heading_row: int
    columns: Mapping[str, int]
    headings: tuple[tuple[str, str], ...]
    notices: tuple[str, ...]


@dataclass(slots=True)
class Gathered:
    """Entries as they are read, and what people should be told."""

    columns: Mapping[str, int]
    passed_over: list[int] = field(default_factory=list)
    repeated: list[str] = field(default_factory=list)
    cut: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    _codes: dict[str, int] = field(default_factory=dict)
    _entries: list[dict[str, str]] = field(default_factory=list)
    _rows: list[int] = field(default_factory=list)
    _open: int = -1
    _head: int = -1
    _steps: list[str] = field(default_factory=list)

    def read(self, row: int, cells: Sequence[Cell]) -> None:
        """Take one row. Raises `UnreadableError` where the list is longer than any law."""
        held = {name: _text(cells[place]) for name, place in self.columns.items() if place < len(cells)}
        for name in [name for name, text in held.items() if is_error(text)]:
            self.errors.append(f"{letters_of(self.columns[name])}{row} {held.pop(name)}")
        code, title, text, note = (held.get(name, "") for name in HEADINGS)
        if not code and (found := _MARKERS.match(text or title)) and self._head >= 0:
            code = found[0]
            if text:
                text = text[found.end() :].lstrip()
            else:
                title = title[found.end() :].lstrip()
        if code and self._section(code) and not _like_code(code):
            title, code = " ".join(filter(None, (code, title))), ""
        if code:
            self._begin(row, code)
        elif not (title or text or note):
            return
        elif self._open < 0 or self._section(title or text):
            self._open = self._head = -1
            self.passed_over.append(row)
            return
        self._keep("note", note)
        for name, words in (("title", title), ("text", text)):
            if words and _NOTE.match(words) and not code:
                self._keep("note", words)
            else:
                self._keep(name if code or name == "text" else "text", words)

    def entries(self) -> tuple[NationalEntry, ...]:
        """What was read, in the order of the list."""
        return tuple(
            NationalEntry(row=row, **each) for each, row in zip(self._entries, self._rows, strict=True)
        )

    def _begin(self, row: int, code: str) -> None:
        under = self._under(code)
        written, above = (under, self._entries[self._head]["code"]) if under else (code.rstrip(".:"), "")
        if len(written) > LONGEST_CODE:
            self.passed_over.append(row)
            self._open = -1
            return
        key = code_key(written)
        if key in self._codes:
            self.repeated.append(written)
            self._open = self._codes[key]
        else:
            if len(self._entries) >= MOST_ENTRIES:
                raise UnreadableError(
                    f"more than {MOST_ENTRIES} entries", where=f"row {row}", remedy="Is it the right file?"
                )
            self._open = self._codes[key] = len(self._entries)
            self._entries.append({"code": written, "part_of": above})
            self._rows.append(row)
        if not under:
            self._head, self._steps = self._open, []

    def _under(self, code: str) -> str:
        """The full code of a sub-paragraph's marker; empty for a code that stands for itself."""
        marker = code.strip()
        if self._head < 0 or not (_MARKERS.fullmatch(marker) or _BARE.fullmatch(marker)):
            return ""
        above = self._entries[self._head]["code"]
        if _BARE.fullmatch(marker) and not _like_code(above):
            return ""
        for step in _STEP.findall(marker):
            alike = [n for n, known in enumerate(self._steps) if known.isdigit() is step.isdigit()]
            level = next((n for n in reversed(alike) if _follows(self._steps[n], step)), None)
            if level is None:
                level = alike[0] if alike else len(self._steps)
                if code_key(".".join((above, *self._steps[:level], step))) in self._codes:
                    level = len(self._steps)
            self._steps[level:] = [step]
        return ".".join((above, *self._steps))

    def _section(self, words: str) -> bool:
        return bool(_SECTION.match(words)) and len(words) < 200

    def _keep(self, name: str, words: str) -> None:
        if not words or self._open < 0:
            return
        entry = self._entries[self._open]
        whole = f"{entry[name]}\n{words}" if entry.get(name) else words
        if len(whole) > LONGEST_TEXT:
            self.cut.append(entry["code"])
        entry[name] = whole[:LONGEST_TEXT]


def lay_out(rows: Sequence[Sequence[Cell]], overrides: Mapping[str, str], where: str) -> Layout:
    """Find headings and columns in the first rows. `overrides` maps headings or letters to `code`, `title`, `text`, `note`, `-`.

    Raises `UsageError` where no column of codes can be made out, `UnreadableError` where there are no rows.
    """
    _check(overrides)
    if not rows:
        raise UnreadableError(
            "it holds no rows", where=where, remedy="Name the sheet that holds the list: --sheet."
        )
    named = {plain(column) for column in overrides}
    scores = [len({_named(cell, named) for cell in cells} - {""}) for cells in rows[:HEAD_ROWS]]
    best = max(range(len(scores)), key=lambda n: (scores[n], -n), default=0)
    fewest = 1 if any(_named(cell, named) in named for cell in rows[best]) else _FEWEST
    heading_row = best if scores[best] >= fewest else -1
    width = max((len(cells) for cells in rows), default=0)
    headings = [_text(cell) for cell in rows[heading_row]] if heading_row >= 0 else []
    headings += [letters_of(place) for place in range(len(headings), width)]
    columns = _by_hand(headings, overrides, where)
    left_out = [place for name, place in columns.items() if name.startswith("-")]
    columns = {name: place for name, place in columns.items() if not name.startswith("-")}
    for place, heading in enumerate(headings if heading_row >= 0 else ()):
        name = _field_of(heading)
        if name and name not in columns and place not in (*columns.values(), *left_out):
            columns[name] = place
    body = rows[heading_row + 1 :]
    notices = []
    free = [place for place in range(width) if place not in (*columns.values(), *left_out)]
    if "code" not in columns or not _codes_in(body, columns["code"]):
        likely = max(range(width), key=lambda place: (_codes_in(body, place), -place), default=0)
        if "code" not in overrides.values() and _codes_in(body, likely):
            columns = {name: place for name, place in columns.items() if place != likely} | {"code": likely}
            notices.append(f"column {letters_of(likely)} holds codes, whatever its heading says")
            free = [place for place in free if place != likely]
    if "code" in columns and not columns.keys() & {"title", "text"} and free:
        longest = max(free, key=lambda place: (_letters_in(body, place), -place))
        columns["text"] = longest
        notices.append(f"column {letters_of(longest)} was taken for the text: it holds the most words")
    if "code" not in columns:
        seen = " | ".join(filter(None, map(_text, rows[0])))[:300]
        raise UsageError(
            f"no column of codes was recognised; the first row is: {seen}",
            where=where,
            remedy="Say what the columns mean: --column A=code --column B=text.",
        )
    order = sorted(columns.items(), key=lambda pair: pair[1])
    return Layout(
        heading_row,
        columns,
        tuple((headings[place] or letters_of(place), name) for name, place in order),
        tuple(notices),
    )


def gather(rows: Iterable[tuple[int, Sequence[Cell]]], columns: Mapping[str, int]) -> Gathered:
    """Read every row."""
    gathered = Gathered(columns)
    for row, cells in rows:
        gathered.read(row, cells)
    return gathered


def _check(overrides: Mapping[str, str]) -> None:
    for name in overrides.values():
        if name not in HEADINGS and name != "-":
            raise UsageError(
                f"a column cannot become {name!r}",
                where="--column",
                remedy=f"{suggestion(name, HEADINGS)}Fields: {', '.join(HEADINGS)}; - leaves a column out.",
            )


def _by_hand(headings: Sequence[str], overrides: Mapping[str, str], where: str) -> dict[str, int]:
    places = {plain(heading): place for place, heading in reversed(list(enumerate(headings)))}
    chosen: dict[str, int] = {}
    for column, name in overrides.items():
        place = places.get(plain(column))
        if place is None and _LETTERS.fullmatch(column):
            place = place_of(column)
        if place is None or place >= len(headings):
            raise UsageError(
                f"there is no column {column!r}",
                where=where,
                remedy=f"{suggestion(column, headings)}Headings: {', '.join(headings)[:400]}.",
            )
        if name in chosen:
            raise UsageError(
                f"two columns are to become {name}", where="--column", remedy="Name one of them."
            )
        chosen[f"-{place}" if name == "-" else name] = place
    return chosen


def _named(cell: Cell, by_hand: set[str]) -> str:
    words = _text(cell)
    if len(words) > 80:
        return ""
    return plain(words) if plain(words) in by_hand else _field_of(words)


def _field_of(heading: str) -> str:
    words = plain(heading)
    known = _known()
    if words in known:
        return known[words]
    begins = [name for name in known if len(name) >= 4 and words.startswith(f"{name} ")]
    return known[max(begins, key=len)] if begins else ""


@cache
def _known() -> dict[str, str]:
    return {plain(spelling): name for name, spellings in HEADINGS.items() for spelling in spellings}


def _follows(known: str, step: str) -> bool:
    """Whether a step is the next one after another: `b` after `a`, 3 after 2."""
    if step.isdigit():
        return int(step) == int(known) + 1
    return len(step) == len(known) == 1 and ord(step) == ord(known) + 1


def _like_code(text: str) -> bool:
    return len(text) <= LONGEST_CODE and bool(_CODE.fullmatch(code_key(text).upper()))


def _codes_in(rows: Sequence[Sequence[Cell]], place: int) -> int:
    return sum(len(cells) > place and _like_code(_text(cells[place])) for cells in rows)


def _letters_in(rows: Sequence[Sequence[Cell]], place: int) -> int:
    return sum(len(_text(cells[place])) for cells in rows if len(cells) > place)


def _text(cell: Cell) -> str:
    """A cell's words: lines kept, controls replaced, numbers without a `.0`."""
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    lines = (plain_line(line, LONGEST_TEXT) for line in str(cell)[:LONGEST_TEXT].splitlines())
    return "\n".join(line for line in lines if line)
