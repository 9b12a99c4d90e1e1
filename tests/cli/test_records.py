"""Recording, correcting and looking up, as it is typed at a site."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from tests.cli.conftest import Fieldkit


@pytest.fixture(autouse=True)
def _in_a_mission(mission: Path) -> None:
    """Every test here has one."""


def observe(fieldkit: Fieldkit, text: str, *more: str) -> str:
    """Record an observation; its number."""
    return fieldkit.done("add", "observation", "basis=seen", f"text={text}", *more).numbers[0]


def test_what_was_added_is_told_by_id_and_number(fieldkit: Fieldkit) -> None:
    record, number = fieldkit.done("add", "observation", "basis=seen", "text=a lamp").out.split()
    by_number = fieldkit.done("show", number, "--json").document
    by_id = fieldkit.done("show", record, "--json").document
    by_beginning = fieldkit.done("show", record[:18], "--json").document
    assert by_number == by_id == by_beginning
    assert by_id["id"] == record
    assert by_id["fields"]["text"] == "a lamp"


def test_json_of_one_act_is_one_object(fieldkit: Fieldkit) -> None:
    added = fieldkit.done("add", "observation", "basis=seen", "text=x", "--json").document
    assert set(added) == {"id", "number", "hash"}
    amended = fieldkit.done("amend", added["id"], "text=y", "--reason", "misread", "--json").document
    assert (amended["id"], amended["number"]) == (added["id"], added["number"])
    assert amended["hash"] != added["hash"]


def test_values_are_typed_as_people_write_them(fieldkit: Fieldkit) -> None:
    number = observe(fieldkit, "x", "occurred=2026-02-12 10:41 +02:00", "remark=-12 °C outside")
    fields = fieldkit.done("show", number, "--json").document["fields"]
    assert fields["occurred"] == {
        "at": "2026-02-12T08:41:00.000000Z",
        "offset": "+02:00",
        "source": "typed",
    }
    assert "2026-02-12 10:41" in fieldkit.done("list", "observation").out


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        (["observation", "basis=seen", "txt=x"], "text"),
        (["observation", "basis=sean", "text=x"], "seen"),
        (["observatoin", "text=x"], "observation"),
        (["observation", "just words"], "FIELD=VALUE"),
        (["observation", "basis=seen", "text=x", "text=y"], "twice"),
        (["observation", "basis=seen", "text=x", "photos+=A-P-0001"], "FIELD=VALUE"),
        (["observation"], "schema"),
        ([], "schema"),
        (["observation", "basis=seen", "text=x", "occurred=25:61"], "occurred"),
        (["observation", "basis=seen", "text=x", "location=A-0999"], "A-0999"),
    ],
)
def test_what_is_not_understood_is_named_and_nothing_is_recorded(
    fieldkit: Fieldkit, line: list[str], hint: str
) -> None:
    before = fieldkit.done("list").out
    answer = fieldkit("add", *line)
    assert answer.code == 2
    assert hint in answer.err
    assert not answer.out
    assert fieldkit.done("list").out == before


def test_a_rule_of_the_field_refuses(fieldkit: Fieldkit) -> None:
    answer = fieldkit("add", "observation", "basis=told", "text=x")
    assert answer.code == 7
    assert "interview" in answer.err


def test_every_value_that_ever_stood_can_be_shown(fieldkit: Fieldkit) -> None:
    number = observe(fieldkit, "two lamps")
    fieldkit.done("amend", number, "text=three lamps", "--reason", "one stood behind the door")
    shown = fieldkit.done("show", number).out
    assert "three lamps" in shown
    assert "two lamps" not in shown
    history = fieldkit.done("show", number, "--history").out
    assert history.index("two lamps") < history.index("one stood behind the door")
    acts = fieldkit.done("show", number, "--history", "--json").document["history"]
    assert [act["act"] for act in acts] == ["add", "amend"]
    assert acts[1]["supersedes"] == {"text": [acts[0]["hash"]]}


def test_entries_are_counted_from_1_as_the_bundle_counts_its_lines(
    fieldkit: Fieldkit, tmp_path: Path
) -> None:
    number = observe(fieldkit, "two lamps")
    bundle = Path(fieldkit.done("export", tmp_path / "out").out.strip())
    shown = fieldkit.done("show", number, "--json", "--history").document
    (act,) = shown["history"]
    assert shown["entry"] == act["entry"]
    leaves = (bundle / "data" / "log" / act["log"] / "leaves.jsonl").read_bytes().splitlines()
    assert hashlib.sha256(b"\0" + leaves[act["entry"] - 1]).hexdigest() == act["hash"]
    assert f" {len(leaves)} of log {act['log']}" in fieldkit.done("show", number, "--history").out
    index = (bundle / "data" / "views" / "evidence-index.csv").read_text("utf-8")
    assert f",{act['log']},{act['entry']},{act['hash']}" in index


def test_sets_grow_and_shrink_and_values_are_cleared(fieldkit: Fieldkit) -> None:
    place = fieldkit.done("add", "location", "name=Hall", "aliases=Shop 3, Cex 3", "remark=north").numbers[0]
    fieldkit.done("amend", place, "aliases+=Assembly", "aliases-=Cex 3", "remark=", "--reason", "as told")
    fields = fieldkit.done("show", place, "--json").document["fields"]
    assert fields["aliases"] == ["Assembly", "Shop 3"]
    assert "remark" not in fields
    assert fieldkit("amend", place, "name+=Hall 2", "--reason", "r").code == 2
    assert fieldkit("amend", place, "aliases-=never there", "--reason", "r").code == 2


def test_a_list_is_lengthened_in_its_order(fieldkit: Fieldkit) -> None:
    seal = fieldkit.done("add", "seal", "number=S-77").numbers[0]
    for result in ("intact", "broken"):
        look = json.dumps({"at": "10:41", "result": result})
        fieldkit.done("amend", seal, f"checks+={look}", "--reason", "checked")
    checks = fieldkit.done("show", seal, "--json").document["fields"]["checks"]
    assert [check["result"] for check in checks] == ["intact", "broken"]


def test_a_retracted_record_stays_readable(fieldkit: Fieldkit) -> None:
    number = observe(fieldkit, "a mistake")
    fieldkit.done("retract", number, "--reason", "seen in another hall")
    assert number not in fieldkit.done("list", "observation").out
    assert "RETRACTED" in fieldkit.done("list", "observation", "--retracted").out
    assert "seen in another hall" in fieldkit.done("show", number, "--history").out


@pytest.mark.parametrize("act", [["amend", "text=y"], ["retract"]])
@pytest.mark.parametrize(("reason", "code"), [([], 2), (["--reason", " "], 7)])
def test_a_correction_needs_a_reason(
    fieldkit: Fieldkit, act: list[str], reason: list[str], code: int
) -> None:
    number = observe(fieldkit, "x")
    assert fieldkit(act[0], number, *act[1:], *reason).code == code


def test_many_come_as_lines_an_array_or_one_object(fieldkit: Fieldkit, tmp_path: Path) -> None:
    one = {"basis": "seen", "text": "first"}
    two = {"kind": "observation", "basis": "seen", "text": "second", "occurred": "11:05"}
    source = tmp_path / "more.json"
    source.write_text(f"{json.dumps(one)}\n\n{json.dumps(two)}\n", "utf-8")
    assert len(fieldkit.done("add", "observation", "--from", source).numbers) == 2
    assert len(fieldkit.done("add", "observation", "--from", "-", stdin=json.dumps([one, two])).numbers) == 2
    indented = json.dumps(two, indent=2)
    assert len(fieldkit.done("add", "--from", "-", "--json", stdin=indented).document) == 1
    assert len(fieldkit.done("list", "observation", "--json").document) == 5


@pytest.mark.parametrize(
    ("bad", "code", "hint"),
    [
        ('{"basis": "sean", "text": "x"}', 2, "basis"),
        ('{"basis": "seen", "text": 5}', 2, "text"),
        ('{"basis": "seen"', 5, "JSON"),
        ('{"basis": "seen", "text": "x", "text": "y"}', 5, "twice"),
        ("[]", 2, "object"),
        ('{"kind": "person", "name": "N"}', 2, "person"),
        ('{"basis": "told", "text": "x"}', 7, "interview"),
    ],
)
def test_one_bad_line_is_named_and_nothing_of_the_batch_is_recorded(
    fieldkit: Fieldkit, tmp_path: Path, bad: str, code: int, hint: str
) -> None:
    good = '{"basis": "seen", "text": "good"}'
    source = tmp_path / "batch.jsonl"
    source.write_text(f"{good}\n{good}\n{bad}\n{good}\n", "utf-8")
    answer = fieldkit("add", "observation", "--from", source)
    assert answer.code == code
    assert f"{source}:3" in answer.err
    assert hint in answer.err
    assert not answer.out
    assert not fieldkit.done("list", "observation").out


def test_a_file_is_kept_as_evidence(fieldkit: Fieldkit, tmp_path: Path) -> None:
    number = observe(fieldkit, "a form")
    source = tmp_path / "form.txt"
    source.write_bytes(b"filled in by hand")
    media = fieldkit.done("attach", source, "--to", number, "--json").document
    assert fieldkit.done("show", number, "--json").document["fields"]["evidence"] == [media["id"]]
    assert fieldkit.done("show", media["number"], "--json").document["fields"]["name"] == "form.txt"
    assert fieldkit("attach", tmp_path / "missing.txt", "--to", number).code == 2
    assert fieldkit("attach", source, "--to", "A-0999").code == 2


def test_only_the_team_records(fieldkit: Fieldkit) -> None:
    fieldkit.done("add", "person", "name=B. Weiss", "party=team")
    fieldkit.done("add", "person", "name=Maj. Salem", "party=host")
    number = fieldkit.done("add", "observation", "basis=seen", "text=x", "--as", "B. Weiss").numbers[0]
    assert "by B. Weiss" in fieldkit.done("show", number).out
    assert fieldkit("add", "observation", "basis=seen", "text=x", "--as", "Maj. Salem").code == 7
    assert fieldkit("add", "observation", "basis=seen", "text=x", "--as", "Nobody").code == 2


def test_every_word_is_searched_for(fieldkit: Fieldkit) -> None:
    observe(fieldkit, "two gyroscopes on the stand")
    observe(fieldkit, "a gyroscope in its box")
    fieldkit.done("add", "comment", "text=The stand is ours.", "language=en")
    assert len(fieldkit.done("search", "stand", "--json").document) == 2
    assert len(fieldkit.done("search", "stand", "--kind", "comment", "--json").document) == 1
    assert len(fieldkit.done("search", "gyroscopes", "stand", "--json").document) == 1
    assert len(fieldkit.done("search", "stand", "--limit", "1", "--json").document) == 1
    nothing = fieldkit.done("search", "submarine", "--json")
    assert nothing.document == []


def test_the_fields_of_a_kind_need_no_mission(fieldkit: Fieldkit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FIELDKIT_MISSION")
    monkeypatch.delenv("FIELDKIT_PASSPHRASE_FILE")
    assert "basis" in fieldkit.done("schema", "observation").out
    schema = fieldkit.done("schema", "observation", "--json").document
    assert schema["$schema"].endswith("2020-12/schema")
    assert "observation" in fieldkit.done("schema", "--json").document
    assert fieldkit("schema", "observatoin").code == 2
