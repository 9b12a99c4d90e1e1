"""The fold: whatever the order in which entries arrive, the same entries give the same state."""

from __future__ import annotations

import hashlib
import random

from hypothesis import given, settings
from hypothesis import strategies as st

from fieldkit.domain.jsontypes import Doc
from fieldkit.vault.fold import ADD, AMEND, RETRACT, EntryView, fold

SETS = frozenset({"serials"})


def entry(
    name: str,
    act: str,
    values: Doc,
    supersedes: dict[str, list[str]] | None = None,
    log: str = "a",
    seq: int = 0,
) -> EntryView:
    return EntryView(
        hash=hashlib.sha256(name.encode()).hexdigest(),
        log=log,
        seq=seq,
        kind="item",
        act=act,
        record="r",
        number="A-I-0001",
        author="p",
        recorded={"at": "2026-02-12T08:00:00.000000Z"},
        parents=(),
        supersedes=supersedes or {},
        reason="",
        values=values,
    )


@st.composite
def writings(draw: st.DrawFn) -> list[EntryView]:
    """Acts of two laptops on one record: each has seen some of what was there before, as when laptops seldom meet."""
    entries = [entry("0", ADD, {"condition": "new", "counted": 1, "serials": ["a", "b"]})]
    for position in range(1, draw(st.integers(1, 8))):
        seen = [e for e in entries if draw(st.booleans())] or entries[:1]
        state = fold(seen, SETS)
        field = draw(st.sampled_from(["condition", "counted", "serials", "retracted"]))
        standing = state.fields.get(field)
        heads = standing.heads() if standing else []
        if field == "serials":
            gone = draw(st.lists(st.sampled_from("abc"), unique=True))
            values: Doc = {"serials+": [draw(st.sampled_from("abcd"))], "serials-": list(gone)}
        elif field == "retracted":
            values = {"retracted": draw(st.booleans())}
        else:
            values = {
                field: draw(st.sampled_from(["new", "worn"]) if field == "condition" else st.integers(0, 2))
            }
        log = draw(st.sampled_from("ab"))
        entries.append(entry(str(position), AMEND, values, {field: heads}, log=log, seq=position))
    return entries


@given(writings(), st.integers())
@settings(max_examples=150, deadline=None)
def test_order_of_arrival_changes_nothing(entries: list[EntryView], seed: int) -> None:
    shuffled = entries.copy()
    random.Random(seed).shuffle(shuffled)
    one, other = fold(entries, SETS), fold(shuffled, SETS)
    assert one.doc == other.doc
    assert one.differs == other.differs
    assert one.retracted == other.retracted


@given(writings())
@settings(max_examples=150, deadline=None)
def test_a_value_that_nobody_knowingly_superseded_stays_visible(entries: list[EntryView]) -> None:
    state = fold(entries, SETS)
    for written in entries:
        for field in ("condition", "counted"):
            if field in written.values and not any(
                written.hash in other.supersedes.get(field, ()) for other in entries
            ):
                assert written.values[field] in state.fields[field].distinct()


def test_two_unequal_values_are_a_difference_until_somebody_who_saw_both_decides() -> None:
    first = entry("0", ADD, {"condition": "new"})
    mine = entry("1", AMEND, {"condition": "worn"}, {"condition": [first.hash]}, log="a", seq=1)
    yours = entry("2", AMEND, {"condition": "broken"}, {"condition": [first.hash]}, log="b", seq=0)
    state = fold([first, mine, yours], SETS)
    assert state.differs == ("condition",)
    assert sorted(map(str, state.fields["condition"].distinct())) == ["broken", "worn"]
    decision = entry("3", AMEND, {"condition": "worn"}, {"condition": [mine.hash, yours.hash]}, seq=2)
    settled = fold([first, mine, yours, decision], SETS)
    assert settled.differs == ()
    assert settled.doc["condition"] == "worn"


def test_equal_values_from_two_laptops_are_no_difference() -> None:
    first = entry("0", ADD, {"counted": 1})
    mine = entry("1", AMEND, {"counted": 2}, {"counted": [first.hash]}, seq=1)
    yours = entry("2", AMEND, {"counted": 2}, {"counted": [first.hash]}, log="b")
    assert fold([first, mine, yours], SETS).differs == ()


def test_an_element_added_by_one_who_had_not_seen_the_removal_stays() -> None:
    first = entry("0", ADD, {"serials": ["a"]})
    removed = entry("1", AMEND, {"serials-": ["a"]}, {"serials": [first.hash]}, seq=1)
    readded = entry("2", AMEND, {"serials+": ["a"]}, log="b")
    assert fold([first, removed], SETS).doc.get("serials") is None
    assert fold([first, removed, readded], SETS).doc["serials"] == ["a"]


def test_a_retraction_can_be_taken_back() -> None:
    first = entry("0", ADD, {"counted": 1})
    gone = entry("1", RETRACT, {"retracted": True}, seq=1)
    back = entry("2", AMEND, {"retracted": False}, {"retracted": [gone.hash]}, seq=2)
    assert fold([first, gone], SETS).retracted
    assert not fold([first, gone, back], SETS).retracted


def test_an_amendment_whose_record_has_not_arrived_is_shown() -> None:
    early = entry("1", AMEND, {"condition": "worn"}, {"condition": ["00" * 32]}, seq=1)
    assert fold([early], SETS).doc == {"condition": "worn"}
