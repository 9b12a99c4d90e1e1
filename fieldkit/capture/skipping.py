"""Rows of a list that a person leaves out by their numbers, as `15,20-22`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from fieldkit.capture.workbook import Cell
from fieldkit.errors import UsageError

LAST_ROW = 100_000_000
MOST_SPANS = 500
_SPAN = re.compile(r"\s*([0-9]{1,9})\s*(?:[-–]\s*([0-9]{1,9})\s*)?")


@dataclass(slots=True)
class SkippedRows:
    """Spans of row numbers, sorted, and those of the rows that held something and were left out."""

    spans: tuple[tuple[int, int], ...] = ()
    met: list[int] = field(default_factory=list)

    @classmethod
    def parse(cls, text: str) -> SkippedRows:
        """Raises `UsageError` for what are no row numbers."""
        spans: list[tuple[int, int]] = []
        for part in text.split(","):
            match = _SPAN.fullmatch(part)
            first, last = (int(match[1]), int(match[2] or match[1])) if match else (0, 0)
            if not 1 <= first <= last <= LAST_ROW or len(spans) == MOST_SPANS:
                raise UsageError(
                    f"{part.strip()[:40]!r} names no rows",
                    where="--skip-rows",
                    remedy="As in --skip-rows 15,20-22.",
                )
            spans.append((first, last))
        return cls(tuple(sorted(spans)))

    def without(self, rows: Iterable[tuple[int, list[Cell]]]) -> Iterator[tuple[int, list[Cell]]]:
        """The rows that stay; the others are noted in `met`."""
        for number, cells in rows:
            if any(first <= number <= last for first, last in self.spans):
                self.met.append(number)
            else:
                yield number, cells

    @property
    def missed(self) -> tuple[str, ...]:
        """The spans in which no row held anything."""
        return tuple(
            _shown(*span) for span in self.spans if not any(span[0] <= row <= span[1] for row in self.met)
        )

    def __str__(self) -> str:
        return ", ".join(_shown(*span) for span in self.spans)


def _shown(first: int, last: int) -> str:
    return str(first) if first == last else f"{first}-{last}"
