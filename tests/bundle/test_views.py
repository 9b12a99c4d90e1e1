"""The views in a bundle, made from real vaults: what a reader at headquarters, a spreadsheet program or an attacker meets."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fieldkit.bundle.views import write_views
from fieldkit.domain.jsontypes import JSON, Doc
from fieldkit.errors import FieldkitError
from fieldkit.vault.recording import Add, Amend, Retract
from fieldkit.vault.vault import Vault
from tests.vault.missions import PASSPHRASE, new_mission

HOSTILE = '=1</td></style><script>a()</script><img src="//x" onerror=a>\u202egpj.\x1b[2J&lt;'
BIDI = set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f")
AT: Doc = {"at": "2026-02-12T08:41:00.000000Z", "offset": "+02:00", "source": "typed"}
LATER: Doc = {"at": "2026-02-12T08:53:00.000000Z", "offset": "+02:00", "source": "typed"}
DIGEST = "ab" * 32
JPEG = b"\xff\xd8\xff\xe0small picture\xff\xd9"


def views(vault: Vault) -> dict[str, bytes]:
    """Every view as it would lie below data/views/."""
    files: dict[str, bytes] = {}

    def emit(path: str, blocks: Iterable[bytes]) -> None:
        assert path not in files
        files[path] = b"".join(blocks)

    write_views(vault, emit)
    return files


def add(vault: Vault, kind: str, **values: JSON) -> str:
    return vault.record([Add(kind, values)])[0].id


def read_csv(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline=""), strict=True))


class Page(HTMLParser):
    """Elements, ids, and the words of each section and of each row of a table."""

    def __init__(self, data: bytes) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str]] = []
        self.ids: list[str] = []
        self.open: list[str] = []
        self.sections: dict[str, str] = {}
        self.rows: list[str] = []
        self._section = ""
        self.feed(data.decode())
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        found = {name: value or "" for name, value in attrs}
        self.attributes.extend(found.items())
        if "id" in found:
            self.ids.append(found["id"])
        if tag not in ("meta", "img"):
            self.open.append(tag)
        if tag == "section":
            self._section = found["id"]
        if tag == "tr":
            self.rows.append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.sections[self._section] = self.sections.get(self._section, "") + data
        if "tr" in self.open:
            self.rows[-1] = " ".join([*self.rows[-1].split(), *data.split()])

    def row(self, number: str) -> str:
        return next(row for row in self.rows if row.split()[:1] == [number])


@pytest.fixture
def vault(tmp_path: Path) -> Iterator[Vault]:
    with new_mission(tmp_path / "m") as made:
        yield made


def fill(vault: Vault, words: str) -> None:
    """A record of most kinds, with the same words in every text."""
    vault.record(
        [
            Amend(
                vault.mission_id,
                "x",
                set={"mandate": words, "title": words, "marks": [words], "mark": words, "scope": words},
            )
        ]
    )
    host = add(
        vault, "person", name=words, transliteration=words, party="host", function=words, organisation=words
    )
    where: Doc = {"lat": "32.5", "lon": "13.25", "error_m": "10", "source": "gps"}
    place = add(vault, "location", name=words, aliases=[words], position=where)
    common: Doc = {"location": place, "remark": words, "occurred": AT}
    add(
        vault, "access", outcome="refused", reason=words, decided_by=host, measures=[words], alternative=words,
        requested=AT, answered=LATER, with_whom=[host], **common,
    )  # fmt: skip
    talk = add(
        vault, "interview", interviewee=words, refused_topics=[words],
        exchanges=[{"question": words, "answer": words, "objection": words}], **common,
    )  # fmt: skip
    add(
        vault, "observation", text=words, basis="told", interview=talk, inference=words, open_question=words,
        control_entry=words, **common,
    )  # fmt: skip
    add(vault, "meeting", topics=[words], statements=[{"speaker": host, "text": words}], **common)
    declared = add(vault, "declaration", name=words, version=words, sheet=words)
    item = add(
        vault, "item", declaration=declared, line=words, nomenclature=words, type=words, maker=words, serials=[words],
        declared=2, markings=words, condition=words,
    )  # fmt: skip
    add(
        vault,
        "count",
        item=item,
        status="found",
        counted=1,
        serials=["other"],
        type="another",
        condition=words,
    )
    value: Doc = {"value": "5.2", "unit": "mm", "uncertainty": "0.1", "k": "2"}
    add(
        vault, "measurement", quantity=words, value=value, item=item, instrument=words, method=words, **common
    )
    media = add(vault, "media", sha256=DIGEST, size=3, name=words, media_type=words)
    add(vault, "photo", state="withheld", state_reason=words, subject=words, caption=words, file_name=words)
    add(
        vault,
        "photo",
        state="taken",
        media=media,
        sha256=DIGEST,
        subject=words,
        taken_method=words,
        damaged=words,
    )
    vault.put_thumbnails([(DIGEST, JPEG)])
    check: Doc = {"at": AT, "result": "broken", "remark": words}
    add(vault, "seal", number=words, seal_type=words, applied_to=item, checks=[check])
    amount: Doc = {"value": "3", "unit": "g"}
    add(
        vault, "sample", point=words, amount=amount, splits=[{"label": words, "amount": amount, "holder": words}],
        container=words, witnesses=[host],
    )  # fmt: skip
    paper = add(vault, "document", title=words, pages=1, original_seen=False, reference=words, language=words)
    add(vault, "custody", thing=paper, to_whom=host, reason=words)
    add(vault, "commitment", text=words, by_whom=host)
    add(vault, "comment", text=words, language=words, translation=words, target=paper, by_whom=host)
    add(vault, "signoff", digest=DIGEST, position="refused", role=words, target=paper, remark=words)
    add(vault, "finding", statement=words, control_entry=words, mandate_part=words, rests_on=[paper])
    add(vault, "incident", text=words, persons=[host])
    add(vault, "crosswalk", control_entry=words, relation="absent", rationale=words)
    add(vault, "camera", make=words, model=words, serial=words)
    gone = add(vault, "observation", text=words, basis="seen")
    vault.record([Retract(gone, words)])


def test_hostile_words_in_every_field_are_only_words(vault: Vault) -> None:
    fill(vault, HOSTILE)
    files = views(vault)
    report = files["report.html"].decode()
    page = Page(files["report.html"])
    assert not page.open
    assert not page.tags & {"script", "link", "iframe", "object", "form", "base", "svg"}
    assert not [name for name, _ in page.attributes if name.startswith("on") or name == "style"]
    sources = [value for name, value in page.attributes if name in ("src", "href")]
    assert all(value.startswith(("data:image/jpeg;base64,", "#")) for value in sources)
    assert report.count("</style>") == 1
    for path, data in files.items():
        text = data.decode()
        assert not BIDI & set(text), path
        assert "\x1b" not in text, path
        if path.endswith(".csv"):
            cells = [cell for row in csv.reader(io.StringIO(text, newline="")) for cell in row]
            assert not [cell for cell in cells if cell.lstrip()[:1] in tuple("=+-@")], path
        if path.endswith("json"):
            json.loads(text)


def test_every_link_in_the_report_leads_somewhere_and_every_id_is_used_once(vault: Vault) -> None:
    fill(vault, "plain words")
    page = Page(views(vault)["report.html"])
    assert len(page.ids) == len(set(page.ids))
    targets = {value[1:] for name, value in page.attributes if name == "href"}
    assert targets <= set(page.ids)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1, max_size=40))
def test_no_words_whatever_leave_their_cell_or_their_element(vault: Vault, words: str) -> None:
    try:
        add(vault, "incident", text=words, remark=words)
    except FieldkitError:  # words that no record may hold
        return
    files = views(vault)
    assert not Page(files["report.html"]).open
    rows = read_csv(files["csv/incident.csv"])
    assert len(rows) == vault.count("incident")
    assert all(
        None not in row and row["text"].lstrip()[:1] not in tuple("=+-@＝＋－＠")
        for row in rows
        if row["text"].strip()
    )


def test_the_photo_log_has_no_gap(vault: Vault) -> None:
    media = add(vault, "media", sha256=DIGEST, size=3, media_type="image/jpeg", name="a.jpg")
    shown: Doc = {"media": media, "sha256": DIGEST, "state": "taken"}
    vault.put_thumbnails([(DIGEST, JPEG), ("cd" * 32, JPEG)])
    first = vault.record([Add("photo", {**shown, "subject": "crate"})])[0]
    kept = vault.record(
        [Add("photo", {"state": "withheld", "state_reason": "shows the gate", "sha256": "cd" * 32})]
    )[0]
    held = vault.record([Add("photo", {"state": "held", "state_reason": "being looked through"})])[0]
    page = Page(views(vault)["report.html"])
    assert "crate" in page.row(first.number)
    assert "withheld" in page.row(kept.number)
    assert "shows the gate" in page.row(kept.number)
    assert "being looked through" in page.row(held.number)
    pictures = [value for name, value in page.attributes if name == "src"]
    assert len(pictures) == 1


def test_a_number_without_a_record_is_named_in_the_photo_log(vault: Vault) -> None:
    numbers = [
        vault.record([Add("photo", {"state": "held", "state_reason": "asked for"})])[0].number
        for _ in range(5)
    ]
    vault.database.execute("DELETE FROM records WHERE number IN (?, ?)", (numbers[1], numbers[2]))
    page = Page(views(vault)["report.html"])
    assert "no record" in page.row(numbers[1])
    assert numbers[2] in page.row(numbers[1])


def test_a_redacted_copy_is_shown_and_its_withheld_original_is_not(vault: Vault) -> None:
    secret, cleared = "11" * 32, "22" * 32
    vault.put_thumbnails([(secret, b"\xff\xd8secret"), (cleared, b"\xff\xd8cleared")])
    media = [add(vault, "media", sha256=one, size=3) for one in (secret, cleared)]
    original = add(vault, "photo", state="withheld", state_reason="gate", media=media[0], sha256=secret)
    again = add(vault, "photo", state="taken", media=media[0], sha256=secret)
    add(vault, "photo", state="redacted", media=media[1], sha256=cleared, derivative_of=original)
    page = Page(views(vault)["report.html"])
    assert "content is withheld" in page.row(vault.get(again).number)
    assert len([value for name, value in page.attributes if name == "src"]) == 1


def test_refused_access_never_reads_as_nothing_there(vault: Vault) -> None:
    host = add(vault, "person", name="Maj. Idris", party="host")
    site = add(vault, "location", name="Plant", level="site")
    rooms = [
        add(vault, "location", name=name, level="building", parent=site)
        for name in ("Hall", "Bunker", "Shed")
    ]
    add(vault, "access", location=rooms[0], outcome="granted", requested=AT, entered=LATER)
    add(
        vault, "access", location=rooms[1], outcome="refused", requested=AT, answered=LATER, decided_by=host,
        reason="It is empty.",
    )  # fmt: skip
    page = Page(views(vault)["report.html"])
    refused = next(row for row in page.rows if "Bunker" in row and "10:53 answered" in row)
    assert "Not accessed: what lies within is not known." in refused
    assert "12 min" in refused
    assert "Decided by Maj. Idris" in refused
    unasked = next(row for row in page.rows if "Shed" in row)
    assert "granted" not in unasked
    assert "nothing may be concluded" in page.sections["access"]
    assert "Nothing" not in refused


def test_not_accessible_items_are_not_missing(vault: Vault) -> None:
    declared = add(vault, "declaration", name="list")
    for line, status in (("1", "found"), ("2", "not_found"), ("3", "not_accessible")):
        item = add(vault, "item", declaration=declared, line=line, nomenclature=f"thing {line}", declared=1)
        more: Doc = {"counted": 1} if status == "found" else {"reason": "locked"}
        add(vault, "count", item=item, status=status, **more)
    extra = add(vault, "item", nomenclature="spare", undeclared=True)
    add(vault, "count", item=extra, counted=1)
    files = views(vault)
    said = " ".join(Page(files["report.html"]).sections["inventory"].split())
    assert "3 declared = 1 matched + 0 identity mismatch + 1 missing + 1 not accessible" in said
    assert "2 observed = 1 matched + 0 identity mismatch + 1 undeclared" in said
    assert "both sums add up" in said
    results = {row["line"]: row["result"] for row in read_csv(files["reconciliation.csv"])}
    assert results == {"1": "matched", "2": "missing", "3": "not accessible", "": "undeclared"}


def test_what_was_told_is_not_shown_as_seen_and_conclusions_stand_apart(vault: Vault) -> None:
    talk = add(vault, "interview", interviewee="Technician K.")
    add(
        vault,
        "observation",
        text="Twenty were moved.",
        basis="told",
        interview=talk,
        inference="A store exists.",
    )
    add(vault, "observation", text="The hall is orderly.", basis="seen")
    said = Page(views(vault)["report.html"]).sections["observations"]
    seen, told = said.index("Seen by the team"), said.index("Told to the team")
    assert seen < said.index("The hall is orderly.") < told < said.index("Twenty were moved.")
    assert "Technician K.: Twenty were moved." in said
    assert "Conclusion of the team, not observed: A store exists." in said


def test_a_lapsed_calibration_is_flagged(vault: Vault) -> None:
    value: Doc = {"value": "5.2", "unit": "mm", "uncertainty": "0.1", "k": "2"}
    for due in ("2026-01-31", "2026-02-12"):
        add(vault, "measurement", quantity="width", value=value, occurred=AT, calibration_due=due)
    lapsed, valid = (row for row in Page(views(vault)["report.html"]).rows if "width" in row)
    assert "lapsed" in lapsed
    assert "lapsed" not in valid
    assert "5.2 ± 0.1 mm (k=2)" in valid


def test_a_value_beyond_the_tolerance_is_flagged(vault: Vault) -> None:
    for value in ("880.2", "881.4"):
        measured: Doc = {"value": value, "unit": "mm", "uncertainty": "0.4", "k": "2"}
        add(vault, "measurement", quantity="width", value=measured, declared={"value": "0.88", "unit": "m"})
    near, far = (row for row in Page(views(vault)["report.html"]).rows if "width" in row)
    assert "beyond tolerance" not in near
    assert "beyond tolerance" in far


def test_the_highest_mark_stands_at_head_and_foot(vault: Vault) -> None:
    vault.record([Amend(vault.mission_id, "marked", set={"mark_scheme": "un", "mark": "confidential"})])
    add(vault, "incident", text="x", mark="strictly confidential")
    report = views(vault)["report.html"].decode()
    before, after = report.split("<main>")[0], report.split("</main>")[1]
    assert "STRICTLY CONFIDENTIAL" in before.split("<body>")[1]
    assert "STRICTLY CONFIDENTIAL" in after


def test_the_hosts_words_are_verbatim(vault: Vault) -> None:
    words = "العناصر الخمسة قطع غيار"
    add(vault, "comment", text=words, language="ar", translation="spare parts")
    files = views(vault)
    assert f'<blockquote lang="ar" dir="auto">{words}</blockquote>' in files["report.html"].decode()
    said = Page(files["report.html"])
    assert "Translation by the interpreter: spare parts" in said.sections["comments"]


def test_what_was_retracted_stands_in_the_report_with_the_reason(vault: Vault) -> None:
    gone = add(vault, "incident", text="A fire.")
    vault.record([Retract(gone, "it was an exercise")])
    page = Page(views(vault)["report.html"])
    assert "A fire." not in page.sections["incidents"]
    assert "it was an exercise" in page.row(vault.get(gone).number)
    assert "A fire." in page.sections["retracted"]


def test_the_same_heads_give_the_same_bytes(vault: Vault, tmp_path: Path) -> None:
    fill(vault, "plain words")
    before = views(vault)
    assert views(vault) == before
    vault.close()
    with Vault.open(tmp_path / "m", PASSPHRASE) as again:
        assert views(again) == before


def test_every_record_is_in_the_evidence_index_with_its_leaf(vault: Vault) -> None:
    fill(vault, "plain words")
    log = vault.own_log
    hashes = {entry.seq + 1: entry.hash.hex() for entry in vault.entries(log.log)}
    rows = read_csv(views(vault)["evidence-index.csv"])
    assert {row["id"] for row in rows} == {view.id for view in vault.list(None, retracted=True)}
    assert all(hashes[int(row["line"])] == row["leaf hash"] for row in rows)
    mission = next(row for row in rows if row["kind"] == "mission")
    assert mission["leaf hash"] == vault.history(vault.mission_id)[-1].hash


def test_tables_give_back_what_was_recorded(vault: Vault) -> None:
    text = 'quoted "words", a comma;\na second line, العربية'
    host = add(vault, "person", name="Huda Zayed", party="host")
    add(
        vault,
        "incident",
        text=text,
        persons=[host],
        incident_type="equipment",
        mark="confidential",
        occurred=AT,
    )
    data = views(vault)["csv/incident.csv"]
    assert data.endswith(b"\r\n")
    (row,) = read_csv(data)
    assert row["text"] == text
    assert row["persons"] == vault.get(host).number
    assert row["author"] == "Amira Nasser"
    assert row["mark"] == "confidential"
    assert row["occurred"] == "2026-02-12 10:41 +02:00"
    assert row["retracted"] == "no"


def test_the_map_holds_places_and_what_was_measured_there_but_no_withheld_photo(vault: Vault) -> None:
    where: Doc = {"lat": "32.8872", "lon": "13.1913", "error_m": "10", "source": "gps"}
    site = add(vault, "location", name="Plant", position=where)
    hall = add(vault, "location", name="Hall", parent=site)
    value: Doc = {"value": "1", "unit": "mm", "uncertainty": "0.1", "k": "2"}
    measured = add(vault, "measurement", quantity="width", value=value, location=hall)
    add(vault, "photo", state="withheld", state_reason="gate", position=where)
    found = json.loads(views(vault)["places.geojson"])
    assert found["type"] == "FeatureCollection"
    assert {feature["id"] for feature in found["features"]} == {site, measured}
    for feature in found["features"]:
        assert feature["type"] == "Feature"
        assert feature["geometry"] == {"type": "Point", "coordinates": [13.1913, 32.8872]}


def test_the_crate_describes_the_originals_that_travel(vault: Vault) -> None:
    add(vault, "incident", text="evidence follows")
    incident = next(vault.list("incident"))
    vault.attach(io.BytesIO(b"original bytes"), "reading.csv", incident.id)
    graph = {one["@id"]: one for one in json.loads(views(vault)["ro-crate-metadata.json"])["@graph"]}
    assert graph["ro-crate-metadata.json"]["about"] == {"@id": "./"}
    listed = {part["@id"] for part in graph["./"]["hasPart"]}
    assert listed <= set(graph)
    (original,) = (one for name, one in graph.items() if name.startswith("../media/"))
    assert original["@id"] in listed
    assert original["contentSize"] == "14"
    assert original["encodingFormat"] == "text/csv"
    assert original["@id"] == f"../media/{original['sha256']}.csv"
    assert graph["./"]["datePublished"] <= max(view.recorded for view in vault.list(None))


def test_views_come_in_blocks_and_large_lists_are_cut_with_a_word(vault: Vault) -> None:
    declared = add(vault, "declaration", name="list")
    vault.record(
        [
            Add(
                "item",
                {"declaration": declared, "line": str(n), "nomenclature": "thing " * 20, "declared": 1},
            )
            for n in range(2100)
        ]
    )
    blocks: dict[str, list[bytes]] = {}

    def emit(path: str, parts: Iterable[bytes]) -> None:
        blocks[path] = list(parts)

    write_views(vault, emit)
    assert max(len(block) for parts in blocks.values() for block in parts) < 200_000
    assert len(blocks["csv/item.csv"]) > 3
    report = Page(b"".join(blocks["report.html"]))
    assert "100 further lines are in reconciliation.csv" in report.sections["inventory"]
    assert len(read_csv(b"".join(blocks["reconciliation.csv"]))) == 2100


def test_copies_handed_over_stand_below_the_photo_log(vault: Vault) -> None:
    media = add(vault, "media", sha256=DIGEST, size=3, media_type="image/jpeg", name="a.jpg")
    photo = add(vault, "photo", state="taken", media=media, sha256=DIGEST)
    host = add(vault, "person", name="Maj. Salem", party="host")
    files = [{"photo": photo, "sha256": "ef" * 32, "name": "a.jpg"}]
    handout = vault.get(add(vault, "handout", to_whom=host, files=files, medium="USB stick"))
    page = Page(views(vault)["report.html"])
    for said in ("Maj. Salem", "USB stick", "ef" * 32, vault.get(photo).number):
        assert said in page.row(handout.number)


def test_a_draw_shows_what_both_sides_gave_and_a_broken_chain_is_told(vault: Vault) -> None:
    host = add(vault, "person", name="Maj. Salem", party="host")
    item = add(vault, "item", nomenclature="Gyroscope", serials=["AO-1"])
    taken: JSON = [{"read": "A0-1", "declared": "AO-1", "difference": "0→O"}]
    add(vault, "count", item=item, serials=["A0-1"], counted=1, taken=taken)
    add(vault, "plan", population=24, size=10, defects=4, probability="0.9", detection="0.902")
    drawn = add(vault, "draw", population=24, size=1, list_sha256=DIGEST, variant="v", occurred=AT)
    agreed: Doc = {"digest": DIGEST, "position": "agreed", "target": drawn, "occurred": AT}
    add(vault, "signoff", **agreed, role="team", signer=vault.author)
    add(vault, "signoff", **agreed, role="host", signer=host)
    given: JSON = [{"party": "host", "by": host, "digest": "cd" * 32, "committed": LATER}]
    vault.record([Amend(drawn, "given", set={"contributions": given, "seed_method": "commit_reveal"})])
    add(vault, "custody", thing=item, from_whom=vault.author, to_whom=host, occurred=AT)
    page = Page(views(vault)["report.html"])
    number = vault.get(drawn).number
    for said in (
        "1 of 24 pieces",
        DIGEST,
        "Maj. Salem",
        "commit reveal",
        "cd" * 32,
        "has not told",
        "none yet",
    ):
        assert said in page.row(number), said
    assert "0.902 (0.9)" in page.sections["draws"]
    assert any("A0-1 AO-1 0→O" in row for row in page.rows)
    assert "nothing says how Amira Nasser came by the thing" in page.sections["custody"]
