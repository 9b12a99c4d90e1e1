"""Which photos are meant: `A-P-0112`, a run `A-P-0112..0115`, several with commas or blanks, and the gaps in a log of numbers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from fieldkit.domain.numbers import HumanNumber, format_number, looks_like_number, parse_number
from fieldkit.errors import UsageError

RUN: Final = ".."
LONGEST_RUN: Final = 10_000


def selected(words: Iterable[str]) -> Iterator[str]:
    """Every reference that the words name, in their order, runs written out; ids pass as they are."""
    for word in words:
        for part in word.replace(",", " ").split():
            first, dots, last = part.partition(RUN)
            if dots:
                yield from _run(first, last, part)
            else:
                yield str(parse_number(part)) if looks_like_number(part) else part


def missing_numbers(numbers: Iterable[str]) -> list[str]:
    """The numbers that are not there although a later one of the same laptop and series is; runs as `A-P-0003..0005`."""
    series: dict[tuple[str, str], set[int]] = {}
    for text in numbers:
        if looks_like_number(text):
            number = parse_number(text)
            series.setdefault((number.letter, number.series), set()).add(number.number)
    return [
        _named(letter, name, first, last)
        for (letter, name), there in sorted(series.items())
        for first, last in _holes(there)
    ]


def _holes(there: set[int]) -> Iterator[tuple[int, int]]:
    expected = 1
    for number in sorted(there):
        if number > expected:
            yield expected, number - 1
        expected = number + 1


def _named(letter: str, series: str, first: int, last: int) -> str:
    name = format_number(letter, series, first)
    return name if first == last else f"{name}{RUN}{last:04d}"


def _run(first: str, last: str, part: str) -> Iterator[str]:
    begin = parse_number(first)
    end = HumanNumber(begin.letter, begin.series, int(last)) if _digits(last) else parse_number(last)
    if (end.letter, end.series) != (begin.letter, begin.series) or end.number < begin.number:
        raise UsageError(
            f"{part!r} is no run of numbers", remedy="Write A-P-0112..0115: from the smaller to the larger."
        )
    if end.number - begin.number >= LONGEST_RUN:
        raise UsageError(f"{part!r} is a run of more than {LONGEST_RUN} numbers")
    for number in range(begin.number, end.number + 1):
        yield format_number(begin.letter, begin.series, number)


def _digits(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 12
