"""Several readings at once, as they are pasted from a spreadsheet: what each would be recorded as, and all of them together.

A line is a serial, or a serial, a tab and how many; further cells are left out and told. First every line is looked up; what
is near, on no list or read twice is told and not recorded unless a person takes it. Then all are recorded, or none.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from fieldkit.capture.matching import Match
from fieldkit.capture.tallying import asks_for_a_number, carried_on, look_up, running
from fieldkit.domain.jsontypes import JSON, Doc
from fieldkit.domain.serials import as_read
from fieldkit.domain.views import RecordView
from fieldkit.errors import UsageError
from fieldkit.vault.reading import VaultReader
from fieldkit.vault.recording import Add, Change, Recorded, uuid7
from fieldkit.vault.vault import Vault

MOST_LINES: Final = 2_000
_MOST_DIGITS: Final = 9


class Sort(StrEnum):
    """What a pasted line is."""

    MATCH = "match"
    NEAR = "near"
    EXTRA = "extra"
    TWICE = "twice"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Pasted:
    """One pasted line: the reading, how many (None: one, as its serial says), what it is, and that in words.

    `item` is the item that it counts; for `NEAR` the one it would be taken for, with `offer`.
    """

    line: int
    read: str
    pieces: int | None
    sort: Sort
    item: RecordView | None = None
    offer: Match | None = None
    said: str = ""
    by_serial: bool = True
    """Whether it is a serial; else the number of an item."""


def looked_up(vault: VaultReader, text: str, at: str = "") -> tuple[Pasted, ...]:
    """What every line of a pasted text is, things declared at the place `at` before others. Nothing is recorded.

    Raises `UsageError` for more lines than are looked at in one go.
    """
    lines = [line for line in text.splitlines() if line.strip()]
    if len(lines) > MOST_LINES:
        raise UsageError(f"{len(lines):,} lines", remedy=f"Paste at most {MOST_LINES:,} at once.")
    seen: dict[tuple[str, str], int] = {}
    return tuple(_looked(vault, number, line, at, seen) for number, line in enumerate(lines, start=1))


def record_all(
    vault: Vault,
    lines: Iterable[Pasted],
    values: Mapping[str, JSON],
    *,
    take: Collection[int] = (),
    extra: str = "",
    author: str | None = None,
) -> Sequence[Recorded]:
    """Record the matches, the near ones whose line numbers are in `take`, and those on no list as `extra` things called so
    (none where it is empty); all together or nothing at all. Serials of one item go into one count of it."""
    counter = author or vault.author
    where = str(values.get("location") or "")
    readings: dict[str, list[Pasted]] = {}
    changes: list[Change] = []
    for one in lines:
        if one.sort is Sort.EXTRA and extra:
            changes += _thing(one, extra, values, counter)
        elif one.item is not None and (
            one.sort is Sort.MATCH or (one.sort is Sort.NEAR and one.line in take)
        ):
            readings.setdefault(one.item.id, []).append(one)
    for item, found in readings.items():
        changes += _counts(found, running(vault, item, counter, where), values, counter)
    if not changes:
        raise UsageError(
            "nothing of this would be recorded", remedy="Take the near ones, or name what is on no list."
        )
    return vault.record(changes, author=author)


def _counts(
    lines: Sequence[Pasted], own: RecordView | None, values: Mapping[str, JSON], counter: str
) -> list[Change]:
    """The counts of one item: those with a number stand by themselves, the others carry on what was begun."""
    changes: list[Change] = []
    pieces: list[tuple[str, Match | None]] = []
    item = lines[0].item
    assert item is not None
    for one in lines:
        read = [(one.read, one.offer)] if one.by_serial else []
        if one.pieces is None and read:
            pieces += read
        else:
            counted = {**values, "counted": 1 if one.pieces is None else one.pieces}
            change = carried_on(item, None, read, counted, counter)
            changes += [change] if change is not None else []
    carried = carried_on(item, own, pieces, values, counter) if pieces else None
    return [*changes, *([carried] if carried is not None else [])]


def _looked(vault: VaultReader, number: int, line: str, at: str, seen: dict[tuple[str, str], int]) -> Pasted:
    cells = [cell.strip() for cell in line.strip("\r\n").split("\t")]
    read, said = as_read(cells[0]), cells[1] if len(cells) > 1 else ""
    if not read:
        return Pasted(number, line.strip(), None, Sort.WRONG, said="no serial in its first cell")
    if said and not (said.isascii() and said.isdecimal() and len(said) <= _MOST_DIGITS):
        return Pasted(number, read, None, Sort.WRONG, said=f"{said!r} is no number of pieces")
    pieces = int(said) if said else None
    looked = look_up(vault, read, at)
    item = looked.item
    if item is None and looked.offers:
        offer = looked.offers[0]
        more = f", and {len(looked.offers) - 1} more" if len(looked.offers) > 1 else ""
        why = f"near {offer.serial} ({offer.near})" if not offer.exact else "stands in several lines"
        sort = Sort.NEAR if len(looked.offers) == 1 else Sort.WRONG
        return Pasted(number, read, pieces, sort, offer.item, offer, f"{why}{more}")
    if item is None:
        return Pasted(number, read, pieces, Sort.EXTRA, said="on no list")
    key = (item.id, looked.serial or read)
    if key in seen:
        return Pasted(number, read, pieces, Sort.TWICE, item, said=f"the same as pasted line {seen[key]}")
    seen[key] = number
    if pieces is None and asks_for_a_number(item):
        return Pasted(number, read, pieces, Sort.WRONG, item, said="how many? a tab and the number behind it")
    return Pasted(number, read, pieces, Sort.MATCH, item, by_serial=bool(looked.serial))


def _thing(one: Pasted, called: str, values: Mapping[str, JSON], counter: str) -> list[Change]:
    """Something on no list, and its count."""
    item = uuid7()
    thing: Doc = {"nomenclature": called, "undeclared": True, "observed_serials": [one.read]}
    thing |= {"location": values["location"]} if values.get("location") else {}
    count: Doc = {
        "status": "found", "counter": counter, **values, "item": item, "serials": [one.read], "counted": one.pieces or 1,
    }  # fmt: skip
    return [Add("item", thing, id=item), Add("count", count)]
