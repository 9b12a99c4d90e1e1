"""Whole visits, made up at random: recounts, places, near serials offered and taken; both sums always hold."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from fieldkit.domain.inventory import Count, DeclaredLine, Discrepancy, Reconciliation, Seen, Status
from fieldkit.domain.reconcile import reconcile

TREE = {"site": "", "hall": "site", "room-1": "hall", "room-2": "hall", "store": "site"}
PLACES = st.sampled_from(["", *TREE])
MISREAD = {"O": "0", "0": "O", "1": "I", "A": "А"}


@dataclass(frozen=True)
class Visit:
    lines: list[DeclaredLine]
    counts: list[Count]

    def held(self) -> Reconciliation:
        return reconcile(self.lines, self.counts, TREE)


@st.composite
def visits(draw: st.DrawFn) -> Visit:
    lines: list[DeclaredLine] = []
    counts: list[Count] = []
    for number in range(draw(st.integers(0, 5))):
        serials = tuple(f"AO-{number}{place}1" for place in range(draw(st.integers(0, 3))))
        line = DeclaredLine(
            f"item-{number}", str(number), type=draw(st.sampled_from(["", "GX"])), serials=serials,
            quantity=draw(st.integers(0, 4)), location=draw(PLACES),
        )  # fmt: skip
        lines.append(line)
        counts += [
            _count(draw, f"c{number}-{again}", line.id, serials) for again in range(draw(st.integers(0, 3)))
        ]
    for number in range(draw(st.integers(0, 3))):
        counts.append(_count(draw, f"u{number}", draw(st.sampled_from([None, "thing"])), ("ZZ-1", "AO-001")))
    return Visit(lines, draw(st.permutations(counts)))


def _count(draw: st.DrawFn, name: str, item: str | None, serials: tuple[str, ...]) -> Count:
    status = draw(st.sampled_from([Seen.FOUND, Seen.FOUND, Seen.FOUND, Seen.NOT_FOUND, Seen.NOT_ACCESSIBLE]))
    read: list[str] = []
    taken: list[tuple[str, str]] = []
    for serial in draw(st.lists(st.sampled_from(serials), unique=True)) if serials else ():
        marks = [MISREAD.get(mark, mark) if draw(st.booleans()) else mark for mark in serial]
        read.append("".join(marks))
        if read[-1] != serial and draw(st.booleans()):
            taken.append((read[-1], serial))
    counted = draw(st.integers(0, 5))
    return Count(
        name, item, status=status, counted=counted if status is Seen.FOUND else 0,
        verified=draw(st.integers(0, counted)), serials=tuple(read) if status is Seen.FOUND else (),
        taken=tuple(taken) if status is Seen.FOUND else (), illegible=draw(st.booleans()),
        type=draw(st.sampled_from(["", "GX", "GY"])), location=draw(PLACES),
    )  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(visits())
def test_both_sums_hold_in_all_and_in_every_line(visit: Visit) -> None:
    found = visit.held()
    totals = found.totals
    assert totals.declared == (
        totals.matched + totals.identity_mismatch + totals.missing + totals.not_accessible + totals.left
    )
    assert totals.observed == totals.matched + totals.identity_mismatch + totals.undeclared
    assert totals.declared == sum(line.quantity for line in visit.lines)
    assert 0 <= totals.verified <= totals.observed
    for line in found.lines:
        parts = (
            line.matched,
            line.identity_mismatch,
            line.missing,
            line.not_accessible,
            line.left,
            line.over,
        )
        assert min(parts) >= 0
        assert line.declared.quantity == sum(parts[:5])
        assert line.observed == line.matched + line.identity_mismatch + line.over
        assert line.verified <= line.observed
    assert sum(found.statuses.values()) == len(visit.lines)


@settings(max_examples=75, deadline=None)
@given(visits())
def test_taking_near_serials_is_what_reading_them_right_would_have_been(visit: Visit) -> None:
    """A taken serial counts as the declared one; without the taking nothing is matched by it."""
    right = [
        replace(
            count, serials=tuple(dict(count.taken).get(serial, serial) for serial in count.serials), taken=()
        )
        for count in visit.counts
    ]
    assert visit.held().totals == reconcile(visit.lines, right, TREE).totals
    untaken = reconcile(visit.lines, [replace(count, taken=()) for count in visit.counts], TREE)
    assert untaken.totals.matched <= visit.held().totals.matched


@settings(max_examples=50, deadline=None)
@given(visits())
def test_a_place_that_was_closed_never_makes_anything_missing(visit: Visit) -> None:
    shut = [Count(f"x{line.id}", line.id, status=Seen.NOT_ACCESSIBLE) for line in visit.lines]
    found = reconcile(visit.lines, [*visit.counts, *shut], TREE)
    assert found.totals.missing == 0
    assert Status.MISSING not in found.statuses
    assert Discrepancy.SHORT not in found.discrepancies
