"""What the inventory's grid shows: which lines, in walking order, how each stands in words, and the sums above them.

The first lines are there at once; the ledger of all of them follows, and from then on takes in what was recorded, line by
line. It is made and followed in one lane of the store alone; rows are read from it in another.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from fieldkit.capture.ledger import Ledger, beginning, order, stand_of
from fieldkit.capture.matching import within
from fieldkit.domain.inventory import LineResult, Status, Totals, UndeclaredThing
from fieldkit.tui.widgets.paged import PAGE, Column, Row
from fieldkit.vault.inventory_lists import members
from fieldkit.vault.pages import views
from fieldkit.vault.reading import VaultReader

ALL, TO_DO, DIFFERING, MISSING, BARRED, EXTRA = (
    "all lines",
    "to do",
    "differing",
    "missing",
    "no access",
    "extra",
)
PARTS: Final = (ALL, TO_DO, DIFFERING, MISSING, BARRED, EXTRA)
COLUMNS: Final = (
    Column("line", 5), Column("item", least=50), Column("serial", 12), Column("decl", 4, right=True, least=50),
    Column("count", 5, right=True, least=50), Column("ver", 3, right=True, least=50), Column("where", least=70),
    Column("state", 15, wide=26),
)  # fmt: skip
_WANTED: Final[dict[str, Callable[[LineResult], bool]]] = {
    ALL: bool,
    TO_DO: lambda line: bool(line.left),
    DIFFERING: lambda line: bool(line.findings),
    MISSING: lambda line: bool(line.missing),
    BARRED: lambda line: bool(line.not_accessible),
    EXTRA: lambda line: bool(line.over),
}
_THINGS: Final = frozenset({ALL, DIFFERING, EXTRA})
_PATH: Final = 2


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which lines: a part of them, those at a place (id) and within it, those of one list (id), those of a draw (ids)."""

    part: str = ALL
    place: str = ""
    declaration: str = ""
    drawn: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Sums:
    """The figures above the grid, in pieces; `here_left` are those still to do among the lines at the place asked for."""

    totals: Totals
    lines_left: int
    here_left: int | None = None


class StockList:
    """The source of the grid."""

    columns: Sequence[Column] = COLUMNS

    def __init__(self) -> None:
        self.wanted = Wanted()
        self.ledger: Ledger | None = None
        self._keys: list[str] | None = None
        self._view = _View()
        self._rank: dict[str, int] = {}

    def keys(self, reader: VaultReader) -> Sequence[str]:
        """The lines wanted, as far as that is known; before the ledger is there, the first ones."""
        return self._keys if self._keys is not None else beginning(reader, 2 * PAGE)

    def rows(self, reader: VaultReader, keys: Sequence[str]) -> Sequence[Row]:
        """How these lines stand."""
        ledger = self.ledger
        if ledger is None:
            found = stand_of(reader, keys)
            names = {view.id: view.number for view in views(reader, keys)}
            return [_line_row(found[key], "") if key in found else Row((names.get(key, ""),)) for key in keys]
        things = {view.id: view for view in views(reader, [key for key in keys if key in ledger.things])}
        rows = []
        for key in keys:
            line, thing = ledger.results.get(key), ledger.things.get(key)
            if line is not None:
                rows.append(_line_row(line, _where(ledger.way.path(line.declared.location))))
            elif thing is not None:
                doc = things[key].doc if key in things else {}
                place = _where(ledger.way.path(str(doc.get("location") or _place_of(thing))))
                what = str(doc.get("nomenclature") or doc.get("type") or "")
                rows.append(_thing_row(thing, what, place))
            else:
                rows.append(Row(("",)))
        return rows

    def all_lines(self, reader: VaultReader) -> None:
        """Every line in walking order, without how it stands."""
        if self.ledger is None:
            self._keys = order(reader)

    def follow(self, reader: VaultReader) -> Sums:
        """Take in what was recorded since the last time, or make the ledger; the sums as they are now."""
        ledger, wanted = self.ledger, self.wanted
        followed = ledger is not None and ledger.follow(reader)
        if ledger is None or not followed:
            ledger = Ledger.of(reader)
            self._rank = {line: place for place, line in enumerate(ledger.order)}
        if not followed or self._view.wanted != wanted:
            self._view = self._looked(reader, ledger, wanted)
        else:
            self._patch(ledger)
        self.ledger, self._keys = ledger, self._placed(reader, ledger)
        totals = ledger.totals
        here = sum(self._view.left.values()) if self._view.part_only else None
        return Sums(totals, ledger.lines_left, here)

    def next_open(self, keys: Sequence[str], after: int) -> str:
        """The next line behind a place in the grid of which something is left to do; empty where nothing is."""
        ledger = self.ledger
        if ledger is None:
            return ""
        for key in (*keys[after + 1 :], *keys[: after + 1]):
            line = ledger.results.get(key)
            if line is not None and line.left:
                return key
        return ""

    def _looked(self, reader: VaultReader, ledger: Ledger, wanted: Wanted) -> _View:
        """What is wanted, looked for among everything."""
        places = within(reader, wanted.place) if wanted.place else None
        only = members(reader, wanted.declaration) if wanted.declaration else None
        view = _View(wanted, places, only)
        asked = _WANTED[wanted.part]
        whole = not view.part_only
        for line in ledger.order:
            result = ledger.results[line]
            if whole or view.holds(line, result.declared.location):
                if not whole and result.left:
                    view.left[line] = result.left
                if asked(result):
                    view.lines.append(line)
        return view

    def _patch(self, ledger: Ledger) -> None:
        """What is wanted, after a few lines have changed."""
        view, asked = self._view, _WANTED[self._view.wanted.part]
        for line in ledger.touched:
            result = ledger.results.get(line)
            if result is None or not view.holds(line, result.declared.location):
                continue
            if view.part_only:
                view.left[line] = result.left
            place = bisect_left(view.lines, self._rank[line], key=self._rank.__getitem__)
            there = place < len(view.lines) and view.lines[place] == line
            if asked(result) and not there:
                view.lines.insert(place, line)
            elif there and not asked(result):
                del view.lines[place]

    def _placed(self, reader: VaultReader, ledger: Ledger) -> list[str]:
        """The lines wanted, with the things on no line behind those of their place."""
        view, keys = self._view, list(self._view.lines)
        if view.wanted.part not in _THINGS or view.only is not None or view.wanted.drawn:
            return keys

        def rank(line: str) -> int:
            return ledger.way.rank(ledger.results[line].declared.location)

        held = {each.id: each for each in views(reader, list(ledger.things))}
        for key, thing in ledger.things.items():
            place = str(held[key].doc.get("location") or "") if key in held else ""
            place = place or _place_of(thing)
            if view.places is None or place in view.places:
                at = bisect_right(view.lines, ledger.way.rank(place), key=rank)
                view.behind.setdefault(at, []).append(key)
        for at in sorted(view.behind, reverse=True):
            keys[at:at] = view.behind[at]
        view.behind.clear()
        return keys


@dataclass(slots=True)
class _View:
    wanted: Wanted = Wanted()
    places: frozenset[str] | None = None
    only: frozenset[str] | None = None
    lines: list[str] = field(default_factory=list)
    left: dict[str, int] = field(default_factory=dict)
    behind: dict[int, list[str]] = field(default_factory=dict)

    @property
    def part_only(self) -> bool:
        """Whether not every line is looked at."""
        return self.places is not None or self.only is not None or bool(self.wanted.drawn)

    def holds(self, line: str, location: str) -> bool:
        """Whether a line is at the place, of the list and of the draw asked for."""
        return (
            (self.places is None or location in self.places)
            and (self.only is None or line in self.only)
            and (not self.wanted.drawn or line in self.wanted.drawn)
        )


def said(line: LineResult) -> tuple[str, str]:
    """How a line stands in a word or two, and the style of its row."""
    declared = line.declared.quantity
    untouched = line.status is Status.LEFT and not line.observed and line.left == declared
    if untouched:
        return ("to do" if not line.findings else f"to do, {_classes(line)}"), (
            "paged--alert" if line.findings else ""
        )
    if line.status is Status.LEFT:
        return "COUNT AGAIN", "paged--alert"
    if line.missing:
        return (f"{line.missing} of {declared} MISSING" if line.observed else "MISSING"), "paged--alert"
    if line.identity_mismatch:
        return f"DIFFERS: {_classes(line)}", "paged--alert"
    if line.not_accessible:
        return "NO ACCESS", "paged--alert"
    if line.over:
        return f"{line.over} EXTRA", "paged--alert"
    if line.findings:
        return f"differs: {_classes(line)}", "paged--alert"
    if line.verified >= line.observed:
        return "verified", "paged--good"
    return "matched", "paged--good"


def _classes(line: LineResult) -> str:
    return ", ".join(dict.fromkeys(each.discrepancy.value.replace("_", " ") for each in line.findings))


def _line_row(line: LineResult, where: str) -> Row:
    declared = line.declared
    state, style = said(line)
    looked = line.left < declared.quantity or line.observed or line.status is not Status.LEFT
    serial = declared.serials[0] if declared.serials else ""
    if len(declared.serials) > 1:
        serial = f"{serial} +{len(declared.serials) - 1}"
    return Row(
        (
            declared.line,
            " ".join(part for part in (declared.nomenclature, declared.type) if part),
            serial,
            f"{declared.quantity:,}",
            f"{line.observed:,}" if looked else "–",
            f"{line.verified:,}" if looked else "–",
            where,
            state,
        ),
        style,
    )


def _thing_row(thing: UndeclaredThing, what: str, where: str) -> Row:
    serials = next((count.serials for count in thing.counts if count.serials), ())
    return Row(
        ("–", f"(extra) {what}", serials[0] if serials else "", "0", f"{thing.pieces:,}", "–", where, "EXTRA"),
        "paged--alert",
    )  # fmt: skip


def _place_of(thing: UndeclaredThing) -> str:
    return next((count.location for count in thing.counts if count.location), "")


def _where(path: Sequence[str]) -> str:
    """The inner end of a way to a place, the narrowest first: what is cut off is known to whoever stands there."""
    return ", ".join(reversed(path[-_PATH:]))
