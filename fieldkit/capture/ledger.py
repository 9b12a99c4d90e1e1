"""How every declared line stands, in walking order, kept up to date line by line while one counts.

Made once from everything; afterwards only the lines that a new entry can touch are reconciled again: the line itself
and those that share a serial with it. The same entries give the same ledger, whichever way it came about.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence

from fieldkit.capture.walking import Way, way_through
from fieldkit.domain.inventory import (
    Discrepancy,
    LineResult,
    Reconciliation,
    Totals,
    UndeclaredThing,
)
from fieldkit.domain.reconcile import reconcile
from fieldkit.domain.serials import forms_near, normal_form
from fieldkit.vault.inventory_lists import changed_since, declared_lines, lines_at, newest_entry
from fieldkit.vault.reading import VaultReader
from fieldkit.vault.stocktaking import Stock, take_stock, take_stock_of

_MOST_AGAIN = 500
"""Lines that are reconciled again at once; where more are touched, the whole ledger is made anew."""
_MOST_ALIKE = 200
_TOUCHING = {"item": "", "count": "item", "seal": "applied_to", "measurement": "item"}
"""Kinds that bear on a line, and the field that names it."""
_OF_EVERYTHING = frozenset({"location", "declaration", "member", "compartment", "log", ""})
"""Kinds a change of which may touch any line."""
_SUMS = tuple(name for name in Totals.__struct_fields__ if name not in ("declared", "undeclared"))


def order(vault: VaultReader) -> list[str]:
    """The ids of the declared lines in walking order."""
    way = way_through(vault)
    return [line for line, _ in sorted(declared_lines(vault), key=lambda each: way.rank(each[1]))]


def beginning(vault: VaultReader, least: int) -> list[str]:
    """The first of the lines in walking order, place by place until there are `least`; at once, however many there are."""
    found: list[str] = []
    for places in way_through(vault).stops():
        found += lines_at(vault, places)
        if len(found) >= least:
            break
    return found


def stand_of(vault: VaultReader, lines: Sequence[str]) -> dict[str, LineResult]:
    """How a few lines stand, looked at for themselves."""
    result = _reconciled(take_stock_of(vault, lines))
    return {line.declared.id: line for line in result.lines}


class Ledger:
    """Results by line in walking order, things on no line, and the sums of them all."""

    def __init__(self) -> None:
        self.order: list[str] = []
        self.results: dict[str, LineResult] = {}
        self.things: dict[str, UndeclaredThing] = {}
        self.way = Way({})
        self.lines_left = 0
        self.classes: Counter[Discrepancy] = Counter()
        """Lines and things in which each class of discrepancy occurs."""
        self.touched: frozenset[str] = frozenset()
        """Lines and things that the last following looked at again; none where nothing was new."""
        self._sums: Counter[str] = Counter()
        self._read: dict[str, set[str]] = defaultdict(set)
        self._entry = 0

    @classmethod
    def of(cls, vault: VaultReader) -> Ledger:
        """The ledger of everything that is recorded."""
        ledger = cls()
        ledger._entry = newest_entry(vault)
        ledger.way = way_through(vault)
        stock = take_stock(vault)
        result = _reconciled(stock)
        ledger._note_readings(stock)
        ledger._put(result.lines, result.undeclared)
        rank = {line.declared.id: ledger.way.rank(line.declared.location) for line in result.lines}
        ledger.order = sorted(ledger.results, key=rank.__getitem__)
        return ledger

    @property
    def totals(self) -> Totals:
        """In pieces, as a reconciliation gives them."""
        return Totals(**{name: self._sums[name] for name in Totals.__struct_fields__})

    @property
    def differing(self) -> int:
        """Lines that disagree with what was declared in any way."""
        return self._sums["differing"]

    def follow(self, vault: VaultReader) -> bool:
        """Take in what was recorded since; False where the ledger has to be made anew."""
        now = newest_entry(vault)
        self.touched = frozenset()
        if now == self._entry:
            return True
        changed = changed_since(vault, self._entry, _MOST_AGAIN + 1)
        if len(changed) > _MOST_AGAIN or any(kind in _OF_EVERYTHING for _, kind in changed):
            return False
        touched, readings = self._touched(vault, changed)
        around = self._neighbourhood(vault, touched, set[str]().union(*map(forms_near, readings)))
        if around is None:
            return False
        stock = take_stock_of(vault, sorted(around))
        if any(self._moved(line.id, line.location) for line in stock.lines):
            return False
        result = _reconciled(stock)
        gone = around - {line.declared.id for line in result.lines} - {each.id for each in result.undeclared}
        if any(line in self.results for line in gone):
            return False
        self._note_readings(stock)
        for thing in gone:
            self._drop_thing(thing)
        self._put(result.lines, result.undeclared)
        self.touched = frozenset(around)
        self._entry = now
        return True

    def ids(
        self,
        wanted: Callable[[LineResult], bool],
        *,
        places: frozenset[str] | None = None,
        only: Collection[str] | None = None,
    ) -> list[str]:
        """The lines that are `wanted`, in walking order; at these places, among these ids, where asked for."""
        return [
            line
            for line in self.order
            if wanted(result := self.results[line])
            and (places is None or result.declared.location in places)
            and (only is None or line in only)
        ]

    def _moved(self, line: str, location: str) -> bool:
        """Whether a line is new here, or has another place in the order now."""
        held = self.results.get(line)
        return held is None or self.way.rank(held.declared.location) != self.way.rank(location)

    def _touched(self, vault: VaultReader, changed: Iterable[tuple[str, str]]) -> tuple[set[str], set[str]]:
        """The lines that changed records speak of, or spoke of before, and every serial that stands or stood in them."""
        lines, readings = set[str](), set[str]()
        for record, kind in changed:
            if kind not in _TOUCHING:
                continue
            lines |= {record} if kind == "item" else set()
            for entry in vault.entries_of(record):
                target = entry.values.get(_TOUCHING[kind])
                lines |= {target} if isinstance(target, str) else set()
                for name in ("serials", "observed_serials"):
                    held = entry.values.get(name)
                    readings |= {str(each) for each in held} if isinstance(held, list) else set()
        return lines, readings

    def _neighbourhood(self, vault: VaultReader, touched: set[str], forms: set[str]) -> set[str] | None:
        """These lines and all that share a serial with them, or with these forms of serials, however far that reaches."""
        around, seen = set[str](), set[str]()
        ahead = set(touched)
        while ahead or forms - seen:
            around |= ahead
            if len(around) > _MOST_AGAIN:
                return None
            stock = take_stock_of(vault, sorted(ahead))
            held = [*(line.serials for line in stock.lines), *(count.serials for count in stock.counts)]
            forms = forms.union(*(forms_near(serial) for serials in held for serial in serials))
            new = forms - seen
            seen |= forms
            alike = {view.id for view in vault.serials_of(new, _MOST_ALIKE)} if new else set()
            if len(alike) >= _MOST_ALIKE:
                return None
            ahead = alike.union(*(self._read.get(form, ()) for form in new)) - around
        return around

    def _note_readings(self, stock: Stock) -> None:
        """Remember under which item a serial was read that is none of its own: the store finds the others."""
        own = {line.id: {normal_form(serial) for serial in line.serials} for line in stock.lines}
        for count in stock.counts:
            for serial in count.serials:
                form = normal_form(serial)
                if form and count.item and form not in own.get(count.item, ()):
                    self._read[form].add(count.item)

    def _put(self, lines: Iterable[LineResult], things: Iterable[UndeclaredThing]) -> None:
        for line in lines:
            before = self.results.get(line.declared.id)
            if before is not None:
                self._add_line(before, -1)
            self.results[line.declared.id] = line
            self._add_line(line, 1)
        for thing in things:
            self._drop_thing(thing.id)
            self.things[thing.id] = thing
            self._add_thing(thing, 1)

    def _drop_thing(self, thing: str) -> None:
        before = self.things.pop(thing, None)
        if before is not None:
            self._add_thing(before, -1)

    def _add_line(self, line: LineResult, sign: int) -> None:
        sums = self._sums
        for name in _SUMS:
            sums[name] += sign * getattr(line, name)
        sums["declared"] += sign * line.declared.quantity
        sums["undeclared"] += sign * line.over
        sums["differing"] += sign * bool(line.findings)
        self.lines_left += sign * bool(line.left)
        for kind in {finding.discrepancy for finding in line.findings}:
            self.classes[kind] += sign

    def _add_thing(self, thing: UndeclaredThing, sign: int) -> None:
        self._sums["undeclared"] += sign * thing.pieces
        self._sums["observed"] += sign * thing.pieces
        for kind in {finding.discrepancy for finding in thing.findings}:
            self.classes[kind] += sign


def _reconciled(stock: Stock) -> Reconciliation:
    return reconcile(stock.lines, stock.counts, stock.parents, stock.noted)
