"""Declared against counted: which lines are matched, which are not, and what was there that nobody declared.

Every declared piece lands in exactly one of matched, identity_mismatch, missing, not_accessible or left, and every
observed piece in matched, identity_mismatch or undeclared. The rules behind that, in the order they are used:

- Counts at one place are recounts of each other, counts at places apart add up, a count of a place that encloses others
  is a recount of their sum. Where recounts differ, the lowest is what all confirm; the pieces that only some saw are
  neither matched nor missing but left, for a recount.
- Pieces beyond the declared quantity are undeclared. Pieces not met are not accessible where anybody was kept from
  looking, else missing: "not accessed" never reads as "nothing there".
- A line that declares serials is matched in the pieces whose reading is exactly a declared serial, or was taken for one
  by a person, or whose serial nobody looked for. A reading that is none of them, a marking that was looked for and could
  not be read, and another type or maker are identity mismatches. Near readings are offered, with the reason.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from itertools import islice
from typing import TypeAlias

from fieldkit.domain.duplicates import duplicates, folded
from fieldkit.domain.inventory import (
    Count,
    DeclaredLine,
    Discrepancy,
    Finding,
    LineResult,
    Offer,
    Reconciliation,
    Seen,
    Status,
    Totals,
    UndeclaredThing,
)
from fieldkit.domain.placing import Places
from fieldkit.domain.serials import as_read, is_partial, is_serial, near, normal_form, without_zeros
from fieldkit.errors import UsageError

MOST_OFFERS = 5
"""Offers for one reading; more would not be looked at."""

MOST_LOOKED_AT = 50
"""Declared serials held against one reading: a declaration may give every line the same serial."""


def reconcile(
    declared: Iterable[DeclaredLine],
    counts: Iterable[Count],
    parents: Mapping[str, str] | None = None,
    noted: Mapping[str, Sequence[Finding]] | None = None,
) -> Reconciliation:
    """Hold counts against declared lines. `parents` maps a location to the one that encloses it; `noted` maps a line
    or thing to what else was found on it: seals, measurements, numbers that were left out.

    `UsageError` for a line id that repeats or a quantity below 0.
    """
    lines = tuple(declared)
    known = {line.id: line for line in lines}
    if len(known) < len(lines):
        repeated = next(id_ for id_, n in Counter(line.id for line in lines).items() if n > 1)
        raise UsageError(
            f"the line {repeated!r} is declared twice", where="reconcile", remedy="Give each line once."
        )
    by_item: dict[str, list[Count]] = defaultdict(list)
    things: dict[str, list[Count]] = defaultdict(list)
    for count in counts:
        if count.counted < 0 or count.verified < 0:
            raise UsageError(f"a count of {count.counted}", where=count.id, remedy="Give 0 or more pieces.")
        if count.item in known:
            by_item[count.item].append(count)
        else:
            things[count.item or count.id].append(count)

    places = Places(parents or {})
    serials = _Serials(lines)
    beside = duplicates(lines, by_item, things, places)
    for id_, found in (noted or {}).items():
        beside.setdefault(id_, []).extend(found)
    results = tuple(
        _line(line, by_item.get(line.id, ()), places, serials, beside.get(line.id, ())) for line in lines
    )
    undeclared = tuple(
        _thing(id_, tuple(own), places, serials, beside.get(id_, ())) for id_, own in things.items()
    )
    tally: Counter[Discrepancy] = Counter()
    for findings in (*(result.findings for result in results), *(thing.findings for thing in undeclared)):
        tally.update({finding.discrepancy for finding in findings})
    return Reconciliation(
        lines=results,
        undeclared=undeclared,
        totals=_totals(results, undeclared),
        statuses=dict(Counter(result.status for result in results)),
        discrepancies=dict(tally),
    )


_Same: TypeAlias = dict[str, list[DeclaredLine]]
_Alike: TypeAlias = dict[str, list[tuple[str, DeclaredLine]]]


class _Serials:
    """The declared serials of all lines: as declared, and by the form that near readings share."""

    def __init__(self, lines: Iterable[DeclaredLine]) -> None:
        self._lines = lines

    @cached_property
    def _index(self) -> tuple[_Same, _Alike]:
        same: _Same = defaultdict(list)
        alike: _Alike = defaultdict(list)
        for line in self._lines:
            for serial in map(as_read, line.serials):
                same[serial].append(line)
                alike[without_zeros(normal_form(serial))].append((serial, line))
        return same, alike

    def offers(self, read: str, own: DeclaredLine | None) -> list[Offer]:
        """Declared serials that the reading may be: those of its own line, the same one elsewhere, else near ones."""
        exact, alike = self._index
        mine = [(as_read(serial), own) for serial in islice(own.serials, MOST_LOOKED_AT)] if own else []
        same = [(read, line) for line in islice(exact.get(read, ()), MOST_LOOKED_AT) if line is not own]
        found = [*self._near_among(read, mine), *self._near_among(read, same)]
        if not found and not is_partial(read):
            held = alike.get(without_zeros(normal_form(read)), ())
            found.extend(self._near_among(read, islice(held, MOST_LOOKED_AT)))
        return found[:MOST_OFFERS]

    @staticmethod
    def _near_among(read: str, declared: Iterable[tuple[str, DeclaredLine]]) -> list[Offer]:
        return [
            Offer(read, serial, line.id, line.line, str(reason))
            for serial, line in declared
            if (reason := near(read, serial)) is not None
        ]


def _line(
    line: DeclaredLine,
    counts: Sequence[Count],
    places: Places,
    serials: _Serials,
    beside: Sequence[Finding],
) -> LineResult:
    if line.quantity < 0:
        raise UsageError(
            f"a declared quantity of {line.quantity}", where=f"line {line.line}", remedy="Give 0 or more."
        )
    if not counts:
        return LineResult(line, Status.LEFT, left=line.quantity, findings=tuple(beside))
    if len(counts) == 1 and _as_declared(line, counts[0]):
        (count,) = counts
        return LineResult(
            line,
            Status.MATCHED,
            matched=line.quantity,
            observed=line.quantity,
            verified=_verified(count),
            findings=tuple(beside),
        )
    looked = [count for count in counts if count.status is not Seen.NOT_ACCESSIBLE]
    found = [count for count in looked if count.status is Seen.FOUND]
    low, high = places.pieces([(_place(line, count), _pieces(count)) for count in looked])
    verified, _ = places.pieces([(_place(line, count), _verified(count)) for count in looked])
    inside = min(low, line.quantity)
    over = low - inside
    disputed = min(high, line.quantity) - inside
    rest = line.quantity - inside - disputed
    kept_out = len(looked) < len(counts)

    findings: list[Finding] = []
    offers: list[Offer] = []
    if low != high:
        findings.append(_counts_differ(looked, low, high))
    others = _other_type(line, found, findings)
    bad = _identity(
        line, [count for count in found if count.id not in others], places, serials, findings, offers
    )
    other_pieces, _ = places.pieces(
        [(count.location, _pieces(count)) for count in found if count.id in others]
    )
    mismatch = min(inside, max(0, bad + other_pieces - over))
    if rest and kept_out:
        ids = tuple(count.id for count in counts if count.status is Seen.NOT_ACCESSIBLE)
        findings.append(Finding(Discrepancy.NOT_ACCESSIBLE, f"{rest} of {line.quantity} not accessible", ids))
    elif rest:
        findings.append(
            Finding(Discrepancy.SHORT, f"{inside} of {line.quantity} met, {rest} missing", _ids(looked))
        )
    if over:
        findings.append(
            Finding(Discrepancy.OVER, f"{over} more than the {line.quantity} declared", _ids(found))
        )
    for count in found:
        findings.extend(_circumstances(line, count, places))
    findings.extend(beside)

    missing, barred = (0, rest) if kept_out else (rest, 0)
    status = (
        (missing and Status.MISSING)
        or (mismatch and Status.IDENTITY_MISMATCH)
        or (barred and Status.NOT_ACCESSIBLE)
        or (disputed and Status.LEFT)
        or Status.MATCHED
    )
    return LineResult(
        line,
        status,
        matched=inside - mismatch,
        identity_mismatch=mismatch,
        missing=missing,
        not_accessible=barred,
        left=disputed,
        observed=low,
        over=over,
        verified=min(verified, low),
        findings=tuple(findings),
        offers=tuple(offers),
    )


def _as_declared(line: DeclaredLine, count: Count) -> bool:
    """Whether a lone count claims nothing but what was declared: most lines of a large inventory."""
    return (
        count.status is Seen.FOUND
        and count.counted == line.quantity >= len(count.serials)
        and (not count.serials or count.serials == line.serials)
        and not (count.illegible or count.taken)
        and count.type in ("", line.type)
        and count.maker in ("", line.maker)
        and count.location in ("", line.location)
        and count.condition in ("", line.condition)
        and count.disposition in ("", line.disposition)
        and not any(is_partial(serial) for serial in count.serials)
    )


def _thing(
    id_: str, counts: tuple[Count, ...], places: Places, serials: _Serials, beside: Sequence[Finding]
) -> UndeclaredThing:
    looked = [count for count in counts if count.status is not Seen.NOT_ACCESSIBLE]
    low, high = places.pieces([(count.location, _pieces(count)) for count in looked])
    findings = [Finding(Discrepancy.UNDECLARED, f"{low} on no declared line", _ids(counts))]
    if low != high:
        findings.append(_counts_differ(looked, low, high))
    findings.extend(beside)
    read = dict.fromkeys(serial for count in looked for serial in _legible(count.serials))
    offers = tuple(offer for serial in read for offer in serials.offers(serial, None))
    return UndeclaredThing(id_, low, counts, tuple(findings), offers)


def _identity(
    line: DeclaredLine,
    found: Sequence[Count],
    places: Places,
    serials: _Serials,
    findings: list[Finding],
    offers: list[Offer],
) -> int:
    """Pieces whose serial is not one of those declared for the line, or could not be read."""
    read: dict[str, list[str]] = {}
    unread: list[tuple[str, int]] = []
    for count in found:
        taken = {as_read(reading): as_read(serial) for reading, serial in count.taken}
        own = _legible(count.serials)
        for serial in own:
            read.setdefault(taken.get(serial, serial), []).append(count.id)
        unread.append((count.location, _pieces(count) - len(own) if count.illegible else 0))
    partial = [serial for serial in read if is_partial(serial)]
    _, illegible = places.pieces(unread)
    if illegible or partial:
        ids = tuple(c.id for c in found if c.illegible or any(map(is_partial, c.serials)))
        said = "a marking was read in part" if partial else "a marking could not be read"
        findings.append(Finding(Discrepancy.ILLEGIBLE, said, ids))

    expected = set(_legible(line.serials))
    if not expected:
        return 0
    wrong = [serial for serial in read if serial not in expected]
    exact = len(read) - len(wrong)
    bad = max(0, len(wrong) - max(0, line.quantity - len(expected)))
    if bad:
        for serial in wrong:
            text = f"{serial!r} was read, which is not declared for this line"
            findings.append(Finding(Discrepancy.SERIAL, text, tuple(read[serial])))
            offers.extend(serials.offers(serial, line))
    return bad + min(illegible, max(0, len(expected) - exact - bad))


def _other_type(line: DeclaredLine, found: Sequence[Count], findings: list[Finding]) -> set[str]:
    """The counts that name another type or maker than the line."""
    others: set[str] = set()
    for count in found:
        for what, declared, seen in (
            ("type", line.type, count.type),
            ("maker", line.maker, count.maker),
        ):
            if _differ(declared, seen):
                others.add(count.id)
                text = f"{what} {seen!r} where {declared!r} was declared"
                findings.append(Finding(Discrepancy.TYPE, text, (count.id,)))
    return others


def _circumstances(line: DeclaredLine, count: Count, places: Places) -> Iterable[Finding]:
    """What does not touch identity: where it stood, and in which state."""
    if not places.related(line.location, count.location):
        yield Finding(Discrepancy.LOCATION, "met at another place than declared", (count.id,))
    for what, declared, seen in (
        ("condition", line.condition, count.condition),
        ("disposition", line.disposition, count.disposition),
    ):
        if _differ(declared, seen):
            yield Finding(
                Discrepancy.CONDITION, f"{what} {seen!r} where {declared!r} was declared", (count.id,)
            )


def _counts_differ(counts: Sequence[Count], low: int, high: int) -> Finding:
    return Finding(
        Discrepancy.COUNTS_DIFFER, f"counts differ, {low} to {high}: count again together", _ids(counts)
    )


def _totals(lines: Sequence[LineResult], undeclared: Iterable[UndeclaredThing]) -> Totals:
    things = sum(thing.pieces for thing in undeclared)
    return Totals(
        declared=sum(result.declared.quantity for result in lines),
        matched=sum(result.matched for result in lines),
        identity_mismatch=sum(result.identity_mismatch for result in lines),
        missing=sum(result.missing for result in lines),
        not_accessible=sum(result.not_accessible for result in lines),
        left=sum(result.left for result in lines),
        undeclared=sum(result.over for result in lines) + things,
        observed=sum(result.observed for result in lines) + things,
        verified=sum(result.verified for result in lines),
    )


def _pieces(count: Count) -> int:
    """Pieces that one count met: a serial read is a piece seen, even where the number given is lower."""
    if count.status is not Seen.FOUND:
        return 0
    return max(count.counted, len(_legible(count.serials))) if count.serials else count.counted


def _legible(serials: Iterable[str]) -> tuple[str, ...]:
    """The different serials, as read; what holds no letter and no digit (a dash) is none."""
    return tuple(dict.fromkeys(own for own in map(as_read, serials) if is_serial(own)))


def _place(line: DeclaredLine, count: Count) -> str:
    """Where a count speaks of: not found, without a place, is not found where it was declared."""
    return count.location or (line.location if count.status is Seen.NOT_FOUND else "")


def _verified(count: Count) -> int:
    return min(count.verified, _pieces(count)) if count.verified else 0


def _ids(counts: Iterable[Count]) -> tuple[str, ...]:
    return tuple(count.id for count in counts)


def _differ(declared: str, seen: str) -> bool:
    return bool(declared) and bool(seen) and declared != seen and folded(declared) != folded(seen)
