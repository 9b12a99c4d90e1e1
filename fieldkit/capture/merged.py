"""Cells that a sheet merges over several rows: what stands in them once holds for every row that they span.

A spreadsheet keeps the text in the first row only. What describes a thing is filled downwards; a number of things, a
serial or a line number is not, because it would be there several times.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from fieldkit.capture.columns import Column, letters_of
from fieldkit.capture.workbook import Cell

Span: TypeAlias = tuple[int, int, int]
"""A column (from 0), and the first and last row (from 1) that a merged cell spans in it."""

_ONCE = frozenset({"declared", "serials", "line", "mass"})


@dataclass(slots=True)
class MergedCells:
    """The merged cells of a sheet, and where they were filled or left after `fill` was gone through."""

    spans: Sequence[Span]
    filled: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)

    def fill(
        self, rows: Iterable[tuple[int, list[Cell]]], columns: Sequence[Column]
    ) -> Iterator[tuple[int, list[Cell]]]:
        """The rows, with what merged cells say in every row that they span."""
        fields = {column.place: column.field for column in columns}
        waiting: dict[int, list[Span]] = defaultdict(list)
        for span in self.spans:
            if span[0] in fields:
                waiting[span[1]].append(span)
        open_: dict[int, tuple[int, Cell]] = {}
        for number, cells in rows:
            for place, (last, text) in list(open_.items()):
                if number > last:
                    del open_[place]
                    continue
                cells += [""] * (place + 1 - len(cells))
                if cells[place] == "":
                    cells[place] = text
            for place, first, last in waiting.pop(number, ()):
                text = cells[place] if place < len(cells) else ""
                if text == "":
                    continue
                letters = letters_of(place)
                where = f"{letters}{first}:{letters}{last}"
                if fields[place] in _ONCE:
                    self.left.append(where)
                else:
                    self.filled.append(where)
                    open_[place] = last, text
            yield number, cells
