"""Rules that need other records, run as a vault runs them: on acts, one after the other, against what stands."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from fieldkit.domain.decode import normalise
from fieldkit.domain.jsontypes import JSON, Doc
from fieldkit.domain.rules import RULED_KINDS, check, check_author
from fieldkit.domain.views import RecordView
from fieldkit.errors import RefusedError
from fieldkit.vault.tables import lookup_key


class Notebook:
    """Records in memory, with the acts a vault offers; it counts what the rules ask."""

    def __init__(self) -> None:
        self.records: dict[str, RecordView] = {}
        self.asked = 0

    def get(self, record_id: str, /) -> RecordView | None:
        self.asked += 1
        return self.records.get(record_id)

    def find(self, kind: str, field: str, value: JSON, /) -> Iterator[RecordView]:
        self.asked += 1
        return iter(
            [
                view
                for view in self.records.values()
                if view.kind == kind
                and lookup_key(field, str(view.doc.get(field))) == lookup_key(field, str(value))
            ]
        )

    def referring(self, record_id: str, field: str | None = None, /) -> Iterator[RecordView]:
        return iter(())

    def mission(self) -> Doc:
        return next((view.doc for view in self.records.values() if view.kind == "mission"), {})

    def marks_within(self) -> list[str]:
        return sorted({view.mark for view in self.records.values() if view.mark and view.kind != "mission"})

    def add(self, kind: str, **values: Any) -> str:
        count = len(self.records) + 1
        record_id = f"0198c1f2-7a54-7c31-9f60-{count:012x}"
        doc = normalise(kind, values)
        check(kind, record_id, "add", None, doc, self)
        self._put(record_id, kind, doc, count)
        return record_id

    def amend(self, record_id: str, **values: Any) -> None:
        view = self.records[record_id]
        doc = normalise(view.kind, {**view.doc, **values})
        check(view.kind, record_id, "amend", view.doc, doc, self)
        self._put(record_id, view.kind, doc, view.seq)

    def retract(self, record_id: str) -> None:
        view = self.records[record_id]
        check(view.kind, record_id, "retract", view.doc, view.doc, self)
        self._put(record_id, view.kind, view.doc, view.seq, retracted=True)

    def _put(self, record_id: str, kind: str, doc: Doc, count: int, *, retracted: bool = False) -> None:
        self.records[record_id] = RecordView(
            record_id, f"A-{count:04d}", kind, doc, "", "", count, f"{count:06d}", "", str(doc.get("mark") or ""),
            retracted, (),
        )  # fmt: skip


@pytest.fixture
def book() -> Notebook:
    return Notebook()


def at(clock: str) -> dict[str, str]:
    return {"at": f"2026-02-12T{clock}:00Z", "offset": "+02:00", "source": "typed"}


def refused(match: str) -> Any:
    return pytest.raises(RefusedError, match=match)


def photo(book: Notebook, **values: Any) -> str:
    file = book.add("media", sha256="ab" * 32, size=3)
    return book.add("photo", state="taken", media=file, sha256="ab" * 32, **values)


def test_a_seal_number_is_applied_once(book: Notebook) -> None:
    first = book.add("seal", number="000417")
    with refused(r"applied already: A-0001"):
        book.add("seal", number="000417")
    other = book.add("seal", number="000418")
    with refused("applied already"):
        book.amend(other, number="000417")
    book.amend(first, remark="looked at again")
    book.retract(first)
    book.add("seal", number="000417")


@pytest.mark.parametrize("again", ["s 77", "S77", "s-77", "S–77", "Ѕ-77", "S/77"])
def test_a_seal_number_is_applied_once_however_it_is_spelt(book: Notebook, again: str) -> None:
    book.add("seal", number="S-77")
    with refused(r"applied already: A-0001, as S-77 \("):
        book.add("seal", number=again)
    book.add("seal", number="S-78")
    book.add("seal", number="SL-7")
    book.add("seal", number="S1-7")


def test_links_lead_to_records_of_the_right_kind(book: Notebook) -> None:
    person = book.add("person", name="A. Nasser", party="team")
    with refused("A-0001 is a person, where interview is asked for"):
        book.add("observation", text="x", basis="told", interview=person)
    with refused("there is no record"):
        book.add("observation", text="x", basis="seen", evidence=["0198c1f2-7a54-7c31-9f60-ffffffffffff"])
    with refused(r"meeting\.statements\.speaker"):
        book.add("meeting", statements=[{"speaker": "0198c1f2-7a54-7c31-9f60-ffffffffffff", "text": "yes"}])
    book.add("meeting", participants=[person], statements=[{"speaker": person, "text": "yes"}])


def test_a_correction_is_not_refused_for_an_older_fault(book: Notebook) -> None:
    gone = "0198c1f2-7a54-7c31-9f60-ffffffffffff"
    record = book.add("incident", text="x")
    view = book.records[record]
    view.doc["evidence"] = [gone]
    book.amend(record, text="y")
    with refused("there is no record"):
        book.amend(record, persons=[gone])


def test_a_record_does_not_rest_on_itself(book: Notebook) -> None:
    record = book.add("incident", text="x")
    with refused("does not link to itself"):
        book.amend(record, evidence=[record])


def test_a_withheld_photo_keeps_its_number(book: Notebook) -> None:
    frame = photo(book)
    with refused("no gaps"):
        book.retract(frame)
    book.amend(frame, state="withheld", state_reason="shows a badge")


def test_original_bytes_never_change(book: Notebook) -> None:
    frame = photo(book)
    with refused("stays as it was recorded"):
        book.amend(frame, sha256="cd" * 32)
    held = book.add("photo", state="held", state_reason="with the host")
    file = book.add("media", sha256="cd" * 32, size=3)
    book.amend(held, state="released", media=file, sha256="cd" * 32)
    with refused("stays"):
        book.amend(file, size=4)


def test_a_comment_of_the_host_is_never_edited(book: Notebook) -> None:
    comment = book.add("comment", text="We do not agree.")
    with refused("not amended by the team"):
        book.amend(comment, text="We agree.")
    with refused("not retracted by the team"):
        book.retract(comment)


def test_a_signature_stands_as_it_was_given(book: Notebook) -> None:
    signature = book.add("signoff", digest="ab" * 32, position="notice_taken")
    with refused("position stays"):
        book.amend(signature, position="agreed")
    book.amend(signature, remark="signed at 18:00")


def test_a_destroyed_item_is_shown_before_and_after(book: Notebook) -> None:
    people = [book.add("person", name=name, party="team") for name in ("A", "B")]
    early, late = photo(book, taken=at("08:00")), photo(book, taken=at("09:00"))
    values = {"disposition": "destroyed", "destruction_method": "cut", "witnesses": people}
    item = book.add("item", line="7")
    with refused("was taken after the photo after"):
        book.amend(item, **values, before_photo=late, after_photo=early)
    with refused("is a person, where photo is asked for"):
        book.amend(item, **values, before_photo=people[0], after_photo=late)
    book.amend(item, **values, before_photo=early, after_photo=late)


def test_a_place_does_not_lie_within_itself(book: Notebook) -> None:
    site = book.add("location", name="Site 2", level="site")
    hall = book.add("location", name="Hall", level="building", parent=site)
    room = book.add("location", name="Room 3", level="room", parent=hall)
    with refused("not part of itself"):
        book.amend(site, parent=room, level=None)
    with refused("a site does not lie within a room"):
        book.add("location", name="Site 3", level="site", parent=room)
    with refused("a state does not lie within a site"):
        book.amend(hall, level="state")


def test_a_new_name_keeps_the_old_one(book: Notebook) -> None:
    hall = book.add("location", name="Assembly hall")
    with refused("would be lost"):
        book.amend(hall, name="Hall 2")
    book.amend(hall, name="Hall 2", aliases=["Assembly hall"])


class TestCustody:
    """No gap and no overlap, whatever the order in which hand-overs are written down."""

    @pytest.fixture
    def chain(self, book: Notebook) -> dict[str, str]:
        names = {name: book.add("person", name=name, party="team") for name in ("Ann", "Ben", "Cem", "Dov")}
        names["thing"] = book.add("item", line="7")
        thing = names["thing"]
        names["first"] = book.add("custody", thing=thing, to_whom=names["Ann"], occurred=at("08:00"))
        names["second"] = book.add(
            "custody", thing=thing, from_whom=names["Ann"], to_whom=names["Ben"], occurred=at("09:00")
        )
        return names

    def hand(self, book: Notebook, chain: dict[str, str], giver: str, taker: str, clock: str) -> str:
        return book.add(
            "custody",
            thing=chain["thing"],
            from_whom=chain[giver],
            to_whom=chain[taker],
            occurred=at(clock),
        )

    def test_a_gap_is_refused(self, book: Notebook, chain: dict[str, str]) -> None:
        with refused("a gap in custody: by A-0007 the thing was with Ben"):
            self.hand(book, chain, "Cem", "Dov", "10:00")
        with refused("a gap"):
            book.add("custody", thing=chain["thing"], to_whom=chain["Cem"], occurred=at("10:00"))
        self.hand(book, chain, "Ben", "Cem", "10:00")

    def test_an_overlap_is_refused(self, book: Notebook, chain: dict[str, str]) -> None:
        with refused("overlap: A-0007 hands the thing over later"):
            self.hand(book, chain, "Ann", "Cem", "08:30")

    def test_what_is_written_down_late_takes_its_place(self, book: Notebook, chain: dict[str, str]) -> None:
        self.hand(book, chain, "Ben", "Cem", "11:00")
        with refused("overlap"):
            self.hand(book, chain, "Ben", "Dov", "10:00")
        with refused("a gap"):
            self.hand(book, chain, "Dov", "Ann", "10:00")

    def test_a_thing_handed_on_within_the_same_minute(self, book: Notebook, chain: dict[str, str]) -> None:
        self.hand(book, chain, "Ben", "Cem", "09:00")
        self.hand(book, chain, "Cem", "Dov", "09:00")

    def test_retracting_leaves_no_gap(self, book: Notebook, chain: dict[str, str]) -> None:
        last = self.hand(book, chain, "Ben", "Cem", "10:00")
        with refused("gap in custody between A-0006 and A-0008"):
            book.retract(chain["second"])
        book.retract(last)
        book.retract(chain["second"])

    def test_correcting_leaves_no_gap(self, book: Notebook, chain: dict[str, str]) -> None:
        self.hand(book, chain, "Ben", "Cem", "10:00")
        with refused("overlap"):
            book.amend(chain["second"], to_whom=chain["Dov"])
        other = book.add("item", line="8")
        with refused("without it there is a gap"):
            book.amend(chain["second"], thing=other)
        book.amend(chain["second"], occurred=at("09:30"), reason="shift")

    def test_every_thing_has_its_own_chain(self, book: Notebook, chain: dict[str, str]) -> None:
        other = book.add("item", line="8")
        book.add("custody", thing=other, to_whom=chain["Dov"], occurred=at("08:30"))


def test_only_the_team_records(book: Notebook) -> None:
    team = book.add("person", name="A. Nasser", party="team")
    host = book.add("person", name="Maj. Salem", party="host")
    check_author(team, book)
    with refused("Maj. Salem is not of the team"):
        check_author(host, book)
    with refused("nobody here"):
        check_author("0198c1f2-7a54-7c31-9f60-ffffffffffff", book)
    book.retract(team)
    with refused("not of the team"):
        check_author(team, book)


def test_a_line_of_a_declaration_costs_one_look_up(book: Notebook) -> None:
    declaration = book.add("declaration", name="List 2")
    book.asked = 0
    book.add("item", declaration=declaration, line="1", serials=["447108"], declared=1)
    assert book.asked == 1
    assert "count" not in RULED_KINDS
