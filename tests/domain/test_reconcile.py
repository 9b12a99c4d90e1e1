"""Declared against counted: every piece lands in one place, every class of discrepancy is named, nothing is taken silently."""

from __future__ import annotations

import time
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from fieldkit.domain.inventory import (
    Count,
    DeclaredLine,
    Discrepancy,
    Finding,
    LineResult,
    Measured,
    Reconciliation,
    Seen,
    Status,
    out_of_tolerance,
)
from fieldkit.domain.reconcile import reconcile
from fieldkit.errors import UsageError

TREE = {"site": "", "hall": "site", "room-1": "hall", "room-2": "hall", "store": "site"}


def line(number: int = 1, **fields: Any) -> DeclaredLine:
    return DeclaredLine(id=f"item-{number}", line=str(number), **fields)


def only(declared: DeclaredLine, *counts: Count) -> LineResult:
    (result,) = reconcile([declared], counts, TREE).lines
    return result


def count(name: str = "c1", item: str | None = "item-1", **fields: Any) -> Count:
    return Count(id=name, item=item, **fields)


def classes(result: LineResult) -> set[Discrepancy]:
    return {finding.discrepancy for finding in result.findings}


def test_a_visit_of_118_lines_with_mismatches_missing_and_undeclared_items() -> None:
    lines = [
        line(n, nomenclature="Accelerometer", maker="Plant 4", serials=(f"AO-{n:04}",)) for n in range(1, 119)
    ]
    counts = [count(f"c{n}", f"item-{n}", serials=(f"AO-{n:04}",), verified=1) for n in range(1, 113)]
    counts += [count(f"c{n}", f"item-{n}", serials=(f"A0-{n:04}",)) for n in range(113, 117)]
    counts += [count(f"c{n}", f"item-{n}", status=Seen.NOT_FOUND) for n in (117, 118)]
    counts += [count(f"u{n}", None, serials=(f"ZZ-{n}",)) for n in range(5)]
    result = reconcile(lines, counts)
    totals = result.totals
    assert (totals.declared, totals.matched, totals.identity_mismatch, totals.missing) == (118, 112, 4, 2)
    assert (totals.not_accessible, totals.left, totals.undeclared, totals.observed) == (0, 0, 5, 121)
    assert totals.verified == 112
    assert result.statuses == {Status.MATCHED: 112, Status.IDENTITY_MISMATCH: 4, Status.MISSING: 2}
    assert result.discrepancies == {Discrepancy.SERIAL: 4, Discrepancy.SHORT: 2, Discrepancy.UNDECLARED: 5}
    (offer,) = result.lines[112].offers
    assert (offer.read, offer.declared, offer.line, offer.reason) == ("A0-0113", "AO-0113", "113", "0→O")


def test_three_of_five_counted_are_three_matched_and_two_missing() -> None:
    result = only(line(quantity=5), count(counted=3))
    assert (result.matched, result.missing, result.status) == (3, 2, Status.MISSING)
    assert classes(result) == {Discrepancy.SHORT}


def test_pieces_beyond_the_declared_are_undeclared() -> None:
    result = reconcile([line(quantity=5)], [count(counted=7)])
    assert (result.lines[0].matched, result.lines[0].over, result.lines[0].status) == (5, 2, Status.MATCHED)
    assert (result.totals.undeclared, result.totals.observed) == (2, 7)
    assert result.discrepancies == {Discrepancy.OVER: 1}


def test_what_nobody_looked_at_is_left_not_missing() -> None:
    result = reconcile([line(quantity=5)], [])
    assert (result.lines[0].status, result.totals.left, result.totals.missing) == (Status.LEFT, 5, 0)
    assert result.clean


def test_not_accessed_never_reads_as_nothing_there() -> None:
    shut = count(status=Seen.NOT_ACCESSIBLE, location="store")
    result = only(line(quantity=5), shut)
    assert (result.status, result.not_accessible, result.missing) == (Status.NOT_ACCESSIBLE, 5, 0)
    assert [finding.anomaly for finding in result.findings] == [True]
    half = only(
        line(quantity=5), shut, count("c2", counted=2, location="hall"), count("c3", status=Seen.NOT_FOUND)
    )
    assert half.missing == 0


def test_differing_recounts_wait_for_a_recount() -> None:
    result = only(
        line(quantity=5), count(counted=5, location="hall"), count("c2", counted=4, location="hall")
    )
    assert (result.matched, result.left, result.missing, result.status) == (4, 1, 0, Status.LEFT)
    assert classes(result) == {Discrepancy.COUNTS_DIFFER}
    found = only(line(), count(), count("c2", status=Seen.NOT_FOUND))
    assert (found.left, found.missing, found.matched) == (1, 0, 0)


def test_counts_at_places_apart_add_up_and_an_enclosing_count_is_a_recount() -> None:
    declared = line(quantity=5, location="hall")
    rooms = [count("c1", counted=3, location="room-1"), count("c2", counted=2, location="room-2")]
    assert only(declared, *rooms) == replace(only(declared, count(counted=5, location="hall")))
    whole = only(declared, *rooms, count("c3", counted=5, location="hall"), count("c4", counted=5))
    assert (whole.matched, whole.status, whole.findings) == (5, Status.MATCHED, ())
    fewer = only(declared, *rooms, count("c3", counted=4, location="hall"))
    assert (fewer.matched, fewer.left) == (4, 1)


def test_not_found_where_declared_and_found_elsewhere_is_a_matter_of_place() -> None:
    result = only(line(location="hall"), count(status=Seen.NOT_FOUND), count("c2", location="store"))
    assert (result.status, classes(result)) == (Status.MATCHED, {Discrepancy.LOCATION})


def test_a_room_of_the_declared_hall_is_no_other_place() -> None:
    assert only(line(location="hall"), count(location="room-1")).findings == ()
    assert only(line(location="room-1"), count(location="hall")).findings == ()
    assert classes(only(line(location="room-1"), count(location="room-2"))) == {Discrepancy.LOCATION}


@pytest.mark.parametrize("read", ["A0-1", "ao-1", "AO 1", "АO-1", "A?-1", "…O-1", "ZZ-9"])
def test_a_near_serial_is_never_taken_silently(read: str) -> None:
    result = only(line(serials=("AO-1",)), count(serials=(read,)))
    assert (result.matched, result.identity_mismatch) == (0, 1)
    assert Discrepancy.SERIAL in classes(result)
    taken = only(line(serials=("AO-1",)), count(serials=(read,), taken=((read, "AO-1"),)))
    assert (taken.matched, taken.identity_mismatch) == (1, 0)


def test_a_serial_declared_on_another_line_is_offered_from_there() -> None:
    lines = [line(1, serials=("AB-1",)), line(2, serials=("AB-2",))]
    result = reconcile(lines, [count("c1", "item-1", serials=("AB-2",))])
    assert [(offer.line, offer.reason) for offer in result.lines[0].offers] == [("2", "the same")]
    thing = reconcile(lines, [count("u1", None, serials=("AВ-2",))]).undeclared[0]
    assert [(offer.line, offer.reason) for offer in thing.offers] == [("2", "Cyrillic В→B")]


def test_serials_of_a_line_that_lists_only_some_of_them() -> None:
    declared = line(quantity=3, serials=("S-1",))
    assert only(declared, count(counted=3, serials=("S-1", "S-7", "S-8"))).matched == 3
    wrong = only(declared, count(counted=3, serials=("S-6", "S-7", "S-8")))
    assert (wrong.matched, wrong.identity_mismatch) == (2, 1)


def test_a_surplus_serial_is_the_undeclared_piece_not_a_mismatch() -> None:
    result = only(line(quantity=2, serials=("S-1", "S-2")), count(counted=3, serials=("S-1", "S-2", "S-3")))
    assert (result.matched, result.identity_mismatch, result.over) == (2, 0, 1)
    assert classes(result) == {Discrepancy.OVER, Discrepancy.SERIAL}


def test_an_unread_serial_is_counted_and_an_illegible_one_is_no_match() -> None:
    declared = line(serials=("S-1",))
    assert only(declared, count()).matched == 1
    illegible = only(declared, count(illegible=True))
    assert (illegible.identity_mismatch, classes(illegible)) == (1, {Discrepancy.ILLEGIBLE})
    read_by_another = only(declared, count(illegible=True), count("c2", serials=("S-1",)))
    assert read_by_another.matched == 1
    assert only(line(), count(illegible=True)).matched == 1, "no serial was declared, so none is missed"


def test_another_type_or_maker_is_an_identity_mismatch() -> None:
    declared = line(type="R-1M", maker="Plant 4")
    for other in ({"type": "R-1"}, {"maker": "Plant 5"}):
        result = only(declared, count(**other))
        assert (result.identity_mismatch, classes(result)) == (1, {Discrepancy.TYPE})
    assert only(declared, count(type=" r-1m ", maker="PLANT  4")).findings == ()
    assert only(line(), count(type="R-1")).findings == (), "no type was declared"


def test_condition_and_disposition() -> None:
    result = only(
        line(condition="new", disposition="in_place"),
        count(
            condition="burnt",
            disposition="tagged",
        ),
    )
    assert classes(result) == {Discrepancy.CONDITION}
    assert (result.status, result.matched) == (Status.MATCHED, 1)
    assert all(finding.counts == ("c1",) for finding in result.findings)


@pytest.mark.parametrize("counts", [[], [count()], [count(counted=0, status=Seen.NOT_FOUND)]])
def test_what_else_is_noted_of_a_thing_is_found_whether_or_not_it_was_counted(counts: list[Count]) -> None:
    noted = {"item-1": [Finding(Discrepancy.SEAL, "seal 4711: broken", ("s1",))]}
    result = reconcile([line()], counts, noted=noted)
    assert result.discrepancies[Discrepancy.SEAL] == 1
    assert noted["item-1"][0] in result.lines[0].findings
    assert not result.clean


def test_a_tolerance_is_exact_at_its_edge() -> None:
    """3-4-5: |x - declared| = 2 sqrt(0.3² + 0.4²) = 1 is still within."""

    def measured(value: str) -> Measured:
        return Measured("range", Decimal(10), Decimal(value), Decimal("0.3"), Decimal("0.4"))

    assert not out_of_tolerance(measured("11"))
    assert not out_of_tolerance(measured("9"))
    assert out_of_tolerance(measured("11.000000000000000000001"))


def duplicated(result: Reconciliation) -> list[str]:
    found = [(r.declared.id, r.findings) for r in result.lines] + [
        (t.id, t.findings) for t in result.undeclared
    ]
    return [
        id_ for id_, findings in found if any(f.discrepancy is Discrepancy.DUPLICATE_SERIAL for f in findings)
    ]


def test_a_serial_is_a_duplicate_per_type_and_maker() -> None:
    one, two = (
        line(1, type="R-1", maker="P", serials=("S-1",)),
        line(2, type="R-1", maker="P", serials=("S-1",)),
    )
    assert duplicated(reconcile([one, two], [])) == ["item-1", "item-2"]
    assert duplicated(reconcile([one, replace(two, type="R-2")], [])) == []
    assert duplicated(reconcile([one, replace(two, maker="Q")], [])) == []
    assert duplicated(reconcile([line(1, serials=("-",)), line(2, serials=("-",))], [])) == [], (
        "a dash is no serial"
    )


def test_a_serial_met_at_two_places_or_on_two_things_is_a_duplicate_but_a_recount_is_not() -> None:
    declared = [line(quantity=2, type="R-1", serials=("S-1", "S-2"))]
    met = [count("c1", serials=("S-1",), location="room-1"), count("c2", serials=("S-1",), location="room-1")]
    assert duplicated(reconcile(declared, met, TREE)) == []
    apart = [met[0], replace(met[1], location="room-2")]
    assert duplicated(reconcile(declared, apart, TREE)) == ["item-1"]
    enclosing = [met[0], replace(met[1], location="hall")]
    assert duplicated(reconcile(declared, enclosing, TREE)) == []
    thing = [met[0], count("u1", None, type="R-1", serials=("S-1",))]
    assert duplicated(reconcile(declared, thing, TREE)) == ["item-1", "u1"]


def test_counts_of_one_undeclared_item_are_recounts_of_it() -> None:
    result = reconcile(
        [], [count("u1", "new-1", counted=3), count("u2", "new-1", counted=2), count("u3", None)]
    )
    assert [(thing.id, thing.pieces) for thing in result.undeclared] == [("new-1", 2), ("u3", 1)]
    assert result.totals.undeclared == 3


def test_input_that_contradicts_itself_is_refused() -> None:
    with pytest.raises(UsageError, match="declared twice"):
        reconcile([line(), line()], [])
    with pytest.raises(UsageError):
        reconcile([line(quantity=-1)], [])
    with pytest.raises(UsageError):
        reconcile([line()], [count(counted=-1)])


_SERIALS = st.lists(
    st.sampled_from(["S-1", "S-2", "S-3", "5-1", "s-1", "S-?", "-", "O0", "0O"]), max_size=4
).map(tuple)
_PLACES = st.sampled_from(["", "site", "hall", "room-1", "room-2", "store", "elsewhere"])
_TYPES = st.sampled_from(["", "R-1", "R-2"])


@st.composite
def inventories(draw: st.DrawFn) -> tuple[list[DeclaredLine], list[Count]]:
    lines = [
        line(
            n,
            type=draw(_TYPES),
            quantity=draw(st.integers(0, 5)),
            serials=draw(_SERIALS),
            location=draw(_PLACES),
        )
        for n in range(draw(st.integers(0, 3)))
    ]
    items = st.sampled_from([None, "thing", *(each.id for each in lines)])
    counts = [
        count(
            f"c{n}",
            draw(items),
            status=draw(st.sampled_from(Seen)),
            counted=draw(st.integers(0, 6)),
            verified=draw(st.integers(0, 6)),
            serials=draw(_SERIALS),
            illegible=draw(st.booleans()),
            type=draw(_TYPES),
            location=draw(_PLACES),
        )
        for n in range(draw(st.integers(0, 6)))
    ]
    return lines, counts


@given(inventories(), st.sampled_from([{}, TREE, {"hall": "site", "site": "hall", "room-1": "room-1"}]))
def test_every_piece_lands_in_exactly_one_place(
    inventory: tuple[list[DeclaredLine], list[Count]], tree: dict[str, str]
) -> None:
    lines, counts = inventory
    result = reconcile(lines, counts, tree)
    for each in result.lines:
        parts = (
            each.matched,
            each.identity_mismatch,
            each.missing,
            each.not_accessible,
            each.left,
            each.over,
        )
        assert min(parts) >= 0
        assert each.declared.quantity == sum(parts[:5])
        assert each.observed == each.matched + each.identity_mismatch + each.over
        assert 0 <= each.verified <= each.observed
        assert not (each.missing and each.not_accessible)
    totals = result.totals
    assert totals.declared == sum(each.quantity for each in lines)
    assert totals.declared == (
        totals.matched + totals.identity_mismatch + totals.missing + totals.not_accessible + totals.left
    )
    assert totals.observed == totals.matched + totals.identity_mismatch + totals.undeclared
    assert sum(result.statuses.values()) == len(lines)
    findings = [*(each.findings for each in result.lines), *(each.findings for each in result.undeclared)]
    assert result.clean == (not any(findings))


@given(inventories())
def test_the_order_of_counts_decides_nothing(inventory: tuple[list[DeclaredLine], list[Count]]) -> None:
    lines, counts = inventory
    there, back = reconcile(lines, counts, TREE), reconcile(lines, counts[::-1], TREE)
    assert there.totals == back.totals
    assert there.discrepancies == back.discrepancies
    assert [each.status for each in there.lines] == [each.status for each in back.lines]


@given(inventories())
def test_a_recount_that_agrees_changes_nothing(inventory: tuple[list[DeclaredLine], list[Count]]) -> None:
    """This also holds the short way of lines counted as declared against the long one."""
    lines, counts = inventory
    counts = [replace(each, item=each.item or f"thing-{each.id}") for each in counts]
    again = [replace(each, id=f"{each.id}-again") for each in counts]
    once, twice = reconcile(lines, counts, TREE), reconcile(lines, [*counts, *again], TREE)
    assert once.totals == twice.totals
    assert once.discrepancies == twice.discrepancies
    assert [each.status for each in once.lines] == [each.status for each in twice.lines]


def test_a_declaration_that_gives_every_line_the_same_serial_is_still_quick() -> None:
    """A column of 'n/a' read as serials must not be held line against line."""
    lines = [line(n, serials=("n/a",)) for n in range(5000)]
    counts = [count(f"c{n}", f"item-{n}", serials=("N/A",)) for n in range(5000)]
    started = time.process_time()
    result = reconcile(lines, counts)
    assert time.process_time() - started < 5
    assert result.totals.identity_mismatch == 5000
    assert max(len(finding.text) for finding in result.lines[0].findings) < 200
