"""Input as hurried, mistaken or hostile people give it, through the commands they give it to.

Every refusal names the place, the cause and the next step, prints nothing on standard output, records nothing, and
leaves whole what was recorded before.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias

import pytest

from fieldkit.domain.by_hand import is_made_by_hand
from fieldkit.domain.fields import FieldType
from fieldkit.domain.kinds import Kind, all_kinds
from fieldkit.vault.vault import Vault
from tests.bad import photos, sheets
from tests.cli.conftest import PASSPHRASE, Answer, Fieldkit

TRICK = "=1+1 ‮\x1b[31mred\x07 <script>x</script> [bold]\u200b%s{0} \u2066\x9b2J|'\""
"""Directions, controls, markup of terminals, pages and templates, and a formula, in one line."""

SAFE = re.compile(
    r"[^\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]*"
)

FILE = "this is a folder, not a file"
Refused: TypeAlias = tuple[list[str], int, tuple[str, ...]]
"""Words of a command or lines of a file, the exit code, and what standard error says."""


class Trial:
    """A mission with a few records, and commands that have to be refused in it."""

    def __init__(self, fieldkit: Fieldkit) -> None:
        self.run = fieldkit
        fieldkit.done("add", "person", "name=Maj. Salem", "party=host")
        fieldkit.done("add", "observation", "basis=seen", "text=Gate 2 locked")
        fieldkit.done("add", "seal", "number=4711")
        fieldkit.done("add", "item", "nomenclature=Gyroscope", "serials=447108", "declared=4")
        self.before = self.recorded()

    def recorded(self) -> str:
        return self.run.done("list", "--json").out

    def refused(self, *arguments: str | Path, code: int, says: tuple[str, ...], stdin: str = "") -> Answer:
        """The answer to a command that must be refused with this code, saying each of `says`."""
        answer = self.run(*arguments, stdin=stdin)
        assert answer.code == code, answer.err or answer.out
        assert answer.out == ""
        for each in says:
            assert each in answer.err
        lead, *rest = answer.err.rstrip("\n").split("\n")
        assert ": " in lead
        assert rest, "no next step is told"
        assert rest[-1].startswith("  ")
        harmless(answer)
        return answer


@pytest.fixture
def trial(
    fieldkit: Fieldkit, mission: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Trial]:
    assert mission.is_dir()
    monkeypatch.chdir(tmp_path)
    tried = Trial(fieldkit)
    yield tried
    assert tried.recorded() == tried.before
    assert "Gate 2 locked" in fieldkit.done("show", "A-0004").out
    assert all(
        finding["good"] for finding in fieldkit.done("doctor", "--refold", "--json").document["findings"]
    )


def harmless(answer: Answer) -> None:
    """Nothing that was printed drives a terminal, and no fault of the program shows through."""
    for shown in (answer.out, answer.err):
        assert SAFE.fullmatch(shown), ascii(shown)
        assert "Traceback" not in shown
        assert "Internal error" not in shown


# Fields and values

SEEN = ("add", "observation", "basis=seen")
ITEM = ("add", "item", "nomenclature=x")
MEASURED = ("add", "measurement", "quantity=diameter")


VALUES: list[Refused] = [
    ([*SEEN, "txt=x"], 2, ("observation", "'txt'", "Did you mean text?")),
    (["add", "observatoin", "text=x"], 2, ("'observatoin'", "Did you mean observation?")),
    (["amend", "A-0004", "txt=x", "--reason", "r"], 2, ("'txt'", "Did you mean text?")),
    (["add", "observation", "basis=sean", "text=x"], 2, ("observation.basis", "Did you mean seen?")),
    ([*SEEN, "text="], 2, ("observation.text", "nothing is written", "is needed")),
    ([*ITEM, "mass=12 m"], 2, ("item.mass", "m is a unit of length, not of mass", "kg, g")),
    ([*ITEM, "mass=12 kilo"], 2, ("item.mass", "'kilo' is not a unit", "Did you mean kilogram")),
    ([*ITEM, "mass=12"], 2, ("item.mass", "lacks a unit", "kg")),
    ([*MEASURED, "value=5 mm"], 7, ("measurement.value", "no uncertainty", "5.2 ± 0.1 mm")),
    ([*MEASURED, "value=5 ± 0.1"], 7, ("measurement.value", "no unit", "5.2 ± 0.1 mm")),
    ([*MEASURED, "value=5 ± 0.1 mm", "declared=5 kg"], 7, ("measurement.declared", "dimension")),
    ([*ITEM, "counted=1", "verified=2"], 7, ("item.verified", "2 verified but only 1 counted", "raise counted")),
    (["inventory", "count", "447108", "counted=1", "verified=2"], 7, ("count.verified", "only 1 counted")),
    ([*ITEM, "declared=-1"], 2, ("item.declared", "-1 where a whole number >= 0")),
    (["inventory", "count", "447108", "counted=-1"], 2, ("count.counted", "-1 where a whole number >= 0")),
    (["add", "document", "title=x", "pages=0", "original_seen=yes"], 2, ("document.pages", ">= 1")),
    ([*ITEM, "declared=1.5"], 2, ("item.declared", "'1.5' is not a whole number")),
    ([*ITEM, "declared=many"], 2, ("item.declared", "'many' is not a number")),
    ([*ITEM, f"declared={'9' * 30}"], 2, ("item.declared", "digits")),
    ([*MEASURED, "value=5 ± -0.1 mm"], 2, ("measurement.value", "not negative", "5.2 ± 0.1 mm")),
    (["add", "seal", "number=4711"], 7, ("seal.number", "4711 was applied already: A-0005", "look at A-0005")),
    (["amend", "A-0005", "number=4711", "--reason", "r"], 2, ("nothing to amend", "fieldkit show")),
    (["add", "access", "outcome=refused"], 7, ("access.reason", "needs the reason", "host's words")),
    (["add", "access", "outcome=refused", "reason=closed"], 7, ("access.decided_by", "who decided")),
    (["inventory", "count", "447108", "status=not_accessible"], 7, ("count.reason", "host's words")),
    (["amend", "A-0004", "text=x", "--reason", " "], 7, ("reason", "--reason TEXT")),
    (["retract", "A-0004", "--reason", ""], 7, ("reason", "--reason TEXT")),
    (["retract", "A-0004", "--reason", "x" * 20_001], 2, ("reason", "20001 characters where 20000", "file")),
    (["retract", "A-0004", "--reason", "\udc80"], 2, ("reason", "surrogate", "Type the text again")),
    ([*SEEN, "text=x", "occurred=2026-02-30 10:41"], 2, ("observation.occurred", "calendar", "2026-02-12 10:41")),
    ([*SEEN, "text=x", "occurred=25:61"], 2, ("observation.occurred", "no moment", "10:41")),
    ([*SEEN, "text=x", "occurred=10:41 +15:00"], 2, ("observation.occurred", "+15:00", "+02:00")),
    ([*SEEN, "text=x", "occurred=yesterday"], 2, ("observation.occurred", "'yesterday' is not a time", "10:41")),
    ([*MEASURED, "value=5 ± 1 mm", "calibration_due=2025-02-29"], 2, ("calibration_due", "not a day", "2026-02-12")),
    (["amend", "A-0002", "period=2026-02-14/2026-02-10", "--reason", "r"], 2, ("mission.period", "before it begins")),
    ([*SEEN, f"text={'x' * 20_001}"], 2, ("observation.text", "20001 characters where 20000", "fieldkit attach")),
    ([*ITEM, f"maker={'x' * 501}"], 2, ("item.maker", "501 characters where 500", "fieldkit attach")),
    ([*SEEN, "text=\udc80"], 2, ("observation.text", "surrogate", "Type the text again")),
    ([*SEEN, "text=x", "location=A-0001"], 7, ("observation.location", "A-0001 is a person", "fieldkit list location")),
    ([*SEEN, "text=x", "location=A-0999"], 2, ("'A-0999'", "fieldkit list location")),
    ([*SEEN, "text=x", "text=y"], 2, ("text is given twice", "once")),
    (["show", "A-0999"], 2, ("'A-0999'", "fieldkit search")),
    (["inventory", "count", "44710B", "counted=1"], 2, ("'44710B'", "447108")),
    (["search", " "], 2, ("what is to be found", "word")),
    (["--as", "A. Naser", *SEEN, "text=x"], 2, ("--as", "'A. Naser'", "fieldkit list person")),
    (["--as", "Maj. Salem", *SEEN, "text=x"], 7, ("author", "not of the team", "comment")),
]  # fmt: skip


def test_a_value_that_cannot_stand_is_refused_by_its_field(trial: Trial) -> None:
    for line, code, says in VALUES:
        trial.refused(*line, code=code, says=says)


@pytest.mark.parametrize(
    ("kind", "remedy"),
    [
        ("media", "fieldkit attach"),
        ("intake", "fieldkit photos ingest"),
        ("log", "begins its log itself"),
        ("member", "person"),
        ("witness", "merged"),
        ("mission", "fieldkit amend"),
    ],
)
def test_what_fieldkit_records_of_itself_is_not_recorded_by_hand(
    trial: Trial, kind: str, remedy: str
) -> None:
    says = (f"a record of kind {kind} is made by fieldkit", remedy)
    trial.refused("add", kind, "remark=x", code=7, says=says)
    trial.refused(
        "add", "--from", "-", code=7, says=("standard input:1", *says), stdin=f'{{"kind": "{kind}"}}'
    )


def test_the_laptops_own_records_are_not_corrected_by_hand(trial: Trial) -> None:
    (log,) = trial.run.done("list", "log", "--json").document
    (member,) = trial.run.done("list", "member", "--json").document
    for record, kind in ((log, "log"), (member, "member")):
        trial.refused(
            "amend", record["number"], "device=x", "--reason", "r", code=7, says=(kind, "not amended")
        )
        trial.refused("retract", record["id"], "--reason", "r", code=7, says=(kind, "not retracted"))


def test_nobody_takes_away_what_everything_hangs_on(trial: Trial) -> None:
    """Without the person who keeps the laptop nothing could be recorded any more."""
    keeps = ("A. Nasser keeps laptop A", "fieldkit amend")
    trial.refused("retract", "A-0001", "--reason", "r", code=7, says=keeps)
    leaves = ("amend", "A-0001", "party=host", "role=escort", "--reason", "r")
    trial.refused(*leaves, code=7, says=("person.party", *keeps))
    trial.refused("retract", "A-0002", "--reason", "r", code=7, says=("mission", "fieldkit amend"))


# Many records at once

GOOD = '{"kind": "observation", "basis": "seen", "text": "a lamp"}'


LINES: list[Refused] = [
    ([GOOD, GOOD.replace("text", "txt")], 2, (":2", "'txt'", "Did you mean text?")),
    ([GOOD, "", GOOD.replace('"a lamp"', "")], 5, (":3", "not JSON", "one record a line")),
    ([GOOD, GOOD[:-1]], 5, (":2", "not JSON")),
    ([GOOD, GOOD.replace("}", ', "text": "b"}')], 5, (":2", "'text' occurs twice")),
    ([GOOD, "[1]"], 2, (":2", "no JSON object", "one record a line")),
    ([GOOD, '"words"'], 2, (":2", "no JSON object")),
    ([GOOD, GOOD.replace('"observation"', '["observation"]')], 2, (":2", "which kind")),
    ([GOOD, '{"basis": "seen", "text": "x"}'], 2, (":2", "which kind", '"kind"')),
    ([GOOD, GOOD.replace('"a lamp"', "null")], 2, (":2", "observation.text", "needs text")),
    ([GOOD, GOOD.replace("a lamp", "\\ud800")], 5, (":2", "surrogate")),
    ([GOOD, GOOD.replace("}", ', "id": "A-0001"}')], 2, (":2", "'id'", "Fields:")),
    ([GOOD, GOOD.replace("}", ', "evidence": ["A-0999"]}')], 2, (":2", "'A-0999'", "fieldkit search")),
    ([GOOD, GOOD.replace("}", ', "occurred": {"at": "2026-02-30T10:00:00Z", "offset": "+00:00"}}')], 2, (":2", "occurred", "2026-02-30")),
    (['{"kind": "item", "line": "1", "declared": 1.5}'], 5, (":1", "1.5", "strings")),
    (['{"kind": "item", "line": "1", "declared": NaN}'], 5, (":1", "NaN")),
    (['{"kind": "item", "line": "1", "declared": 1e999}'], 5, (":1", "1e999")),
    (['{"kind": "item", "line": "1", "declared": 99999999999999999999}'], 5, (":1", "9999", "2^53")),
    (['{"kind": "seal", "number": "9"}', '{"kind": "seal", "number": "9"}'], 7, (":2", "seal.number", "9 was applied already")),
    (['{"kind": "seal", "number": "9"}', '{"kind": "access", "outcome": "refused"}'], 7, (":2", "access.reason")),
    (["[" * 100_000], 5, ("nested deeper",)),
    (["[", GOOD, ",", GOOD.replace("seen", "sean"), "]"], 2, ("element 2", "observation.basis", "Did you mean seen?")),
    ([], 2, ("there is nothing in it",)),
]  # fmt: skip


def test_a_bad_line_is_named_and_none_of_the_file_is_recorded(trial: Trial, tmp_path: Path) -> None:
    for lines, code, says in LINES:
        (tmp_path / "notes.jsonl").write_text("\n".join(lines), "utf-8")
        trial.refused("add", "--from", "notes.jsonl", code=code, says=("notes.jsonl", *says))
        assert trial.recorded() == trial.before


def test_lines_in_another_encoding(trial: Trial, tmp_path: Path) -> None:
    file = tmp_path / "notes.jsonl"
    for data in (
        GOOD.encode("utf-16"),
        GOOD.replace("lamp", "Lämpchen").encode("latin-1"),
        bytes(range(128, 256)) * 9,
    ):
        file.write_bytes(data)
        trial.refused("add", "--from", file, code=5, says=(str(file), ":1", "not UTF-8", "one record a line"))


def test_a_byte_order_mark_is_passed_over(fieldkit: Fieldkit, mission: Path, tmp_path: Path) -> None:
    file = tmp_path / "notes.jsonl"
    file.write_text(f"{GOOD}\n{GOOD}\n", "utf-8-sig")
    assert len(fieldkit.done("-m", mission, "add", "--from", file).numbers) == 2


# Lists


@pytest.mark.parametrize("build", sheets.EVERY_UNREADABLE, ids=lambda build: build.__name__)
def test_a_list_that_cannot_be_read_is_named_with_what_to_do(
    trial: Trial, tmp_path: Path, build: Callable[[], bytes]
) -> None:
    named = "csv" if build in (sheets.picture_named_csv, sheets.quotation_never_closed) else "xlsx"
    file = tmp_path / f"list.{named}"
    file.write_bytes(build())
    reason = ("locked with a password", "save it without one") if build is sheets.locked_xlsx else ()
    trial.refused("inventory", "load", file, code=5, says=(f"list.{named}", *reason))


def test_lines_that_cannot_be_read_are_named_by_row_and_column(trial: Trial, tmp_path: Path) -> None:
    file = tmp_path / "list.xlsx"
    file.write_bytes(sheets.bad_quantities(3))
    says = ("list.xlsx", "3 lines", "row 2", "Quantity", "'a few' is not a number", "--skip-rows")
    trial.refused("inventory", "load", file, code=5, says=says)


@pytest.mark.parametrize("encoding", ["cp1251", "utf-16", "koi8-r"])
def test_a_csv_in_another_encoding_is_read_as_it_is_or_refused_with_the_option(
    fieldkit: Fieldkit, mission: Path, tmp_path: Path, encoding: str
) -> None:
    headings = ["Номер", "Наименование", "Серийный номер", "Количество"]
    rows = [[n, "Гироскоп вертикальный", f"Ж-{n}", 1] for n in range(1, 9)]
    file = tmp_path / "list.csv"
    file.write_bytes(sheets.csv(rows, headings, encoding=encoding))
    answer = fieldkit("-m", mission, "inventory", "load", file)
    if answer.code:
        assert (answer.code, answer.out) in ((2, ""), (5, ""))
        assert "list.csv" in answer.err
        assert "--encoding" in answer.err or "--column" in answer.err
        answer = fieldkit("-m", mission, "inventory", "load", file, "--encoding", encoding)
    assert answer.code == 0, answer.err
    assert {item["fields"]["nomenclature"] for item in fieldkit.done("list", "item", "--json").document} == {
        "Гироскоп вертикальный"
    }


def test_a_csv_that_is_not_in_the_encoding_named(trial: Trial, tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_bytes(sheets.csv([[1, "Гироскоп", "Г", "С1", 1, ""]], encoding="cp1251"))
    says = ("list.csv", "not text in utf-8", "--encoding")
    trial.refused("inventory", "load", file, "--encoding", "utf-8", code=5, says=says)
    unknown = ("--encoding", "'klingon'", "utf-8")
    trial.refused("inventory", "load", file, "--encoding", "klingon", code=2, says=unknown)


def test_cells_that_act_on_a_terminal_are_kept_and_shown_harmlessly(
    fieldkit: Fieldkit, mission: Path, tmp_path: Path
) -> None:
    file = tmp_path / "list.csv"
    file.write_bytes(sheets.formulas_and_controls())
    harmless(fieldkit.done("-m", mission, "inventory", "load", file))
    harmless(fieldkit.done("list", "item"))
    kept = [item["fields"]["nomenclature"] for item in fieldkit.done("list", "item", "--json").document]
    assert kept == ["=HYPERLINK(0)", "Gyro\x1b[31mscope"]
    harmless(fieldkit.done("inventory", "reconcile"))


# Photos


@pytest.mark.parametrize(
    "build",
    [photos.broken_off, photos.empty, photos.only_zeros, photos.text_named_jpg, photos.header_alone, photos.tail_of_zeros],
    ids=lambda build: build.__name__,
)  # fmt: skip
def test_a_damaged_photo_is_kept_with_the_reason(
    fieldkit: Fieldkit, mission: Path, tmp_path: Path, build: Callable[[], bytes]
) -> None:
    card = tmp_path / "card"
    card.mkdir()
    (card / "IMG_0001.JPG").write_bytes(photos.sound_jpeg())
    (card / "IMG_0002.JPG").write_bytes(build())
    answer = fieldkit("-m", mission, "photos", "ingest", card, "--json")
    assert answer.code == 1
    (damaged,) = answer.document["damaged"]
    assert damaged["name"].endswith("IMG_0002.JPG")
    assert damaged["problem"]
    frames = fieldkit.done("list", "photo", "--json").document
    assert [frame["fields"].get("damaged") for frame in frames] == [None, damaged["problem"]]
    with Vault.open(mission, PASSPHRASE) as vault:
        kept = vault.get(frames[1]["fields"]["media"])
        assert b"".join(vault.media.open(kept.doc)) == build()
    assert fieldkit.done("doctor", "--refold", "--json").document["good"]
    again = fieldkit("photos", "ingest", card)
    assert "here already" in again.out


def test_a_photo_with_hostile_strings_and_a_hostile_name(
    fieldkit: Fieldkit, mission: Path, tmp_path: Path
) -> None:
    card = tmp_path / "card\u202egpj"
    card.mkdir()
    (card / "IMG\x1b[31m\u202e.JPG").write_bytes(photos.strings_with_controls())
    for line in (
        ["photos", "ingest", card],
        ["photos", "list"],
        ["show", "A-P-0001", "--history"],
        ["list", "camera"],
    ):
        harmless(fieldkit("-m", mission, *line))


# Texts that act


def test_text_from_outside_is_recorded_as_it_came_and_shown_harmlessly(
    fieldkit: Fieldkit, mission: Path
) -> None:
    texts = [kind for kind in all_kinds() if is_made_by_hand(kind.name) and _plain(kind)]
    assert {"observation", "person", "location", "item", "seal", "document", "comment", "finding"} <= {
        kind.name for kind in texts
    }
    lines = [json.dumps({"kind": kind.name, **_plain(kind)}) for kind in texts]
    added = fieldkit.done("-m", mission, "add", "--from", "-", stdin="\n".join(lines)).numbers
    assert len(added) == len(texts)
    for number, kind in zip(added, texts, strict=True):
        shown = fieldkit.done("show", number, "--history")
        harmless(shown)
        assert "⟨U+202E⟩␛[31mred␇ <script>x</script> [bold]" in shown.out
        harmless(fieldkit.done("list", kind.name))
        fields = fieldkit.done("show", number, "--json").document["fields"]
        assert {name: fields[name] for name in _plain(kind) if name in fields} == _plain(kind)
    for wanted in ("<script>x", "[bold]", "=1+1", TRICK):
        found = fieldkit.done("search", wanted)
        harmless(found)
        assert found.out
    assert fieldkit.done("doctor", "--refold", "--json").document["good"]


def test_reasons_and_file_names_are_texts_too(fieldkit: Fieldkit, mission: Path, tmp_path: Path) -> None:
    number = fieldkit.done("-m", mission, *SEEN, "text=x").numbers[0]
    fieldkit.done("amend", number, "text=y", "--reason", TRICK)
    file = tmp_path / "a\x1b[31m\u202e.txt"
    file.write_text("x")
    fieldkit.done("attach", file, "--to", number)
    fieldkit.done("retract", number, "--reason", TRICK)
    shown = fieldkit.done("show", number, "--history")
    harmless(shown)
    assert shown.out.count("⟨U+202E⟩") >= 3
    harmless(fieldkit.done("list", "media"))
    reasons = [
        entry["reason"] for entry in fieldkit.done("show", number, "--history", "--json").document["history"]
    ]
    assert reasons.count(TRICK) == 2


REPEATED = [
    ["add", TRICK, "text=x"],
    ["add", "observation", "basis=" + TRICK, "text=x"],
    ["add", "observation", TRICK],
    ["add", "observation", "basis=seen", "text=x", "occurred=" + TRICK],
    ["add", "item", "nomenclature=x", "mass=5 " + TRICK],
    ["add", "observation", "basis=seen", "text=x", "location=" + TRICK],
    ["--as", TRICK, *SEEN, "text=x"],
    ["show", TRICK],
    ["list", TRICK],
    ["search", "--kind", TRICK, "x"],
    ["amend", TRICK, "text=x", "--reason", "r"],
    ["inventory", "count", TRICK, "counted=1"],
    ["inventory", "load", TRICK],
    ["photos", "ingest", TRICK],
    ["attach", TRICK, "--to", "A-0004"],
    ["-m", TRICK, "list"],
    ["--passphrase-file", TRICK, "list"],
    ["sign", TRICK, "--role", "lead", "--position", "accepts"],
    ["export", "out", "--require", "lead=" + TRICK],
    ["new", "other", "--title", "x", "--as", "y", "--regime", TRICK],
    [TRICK],
    ["list", "-" + TRICK],
]  # fmt: skip


def test_what_was_not_understood_is_repeated_harmlessly(trial: Trial) -> None:
    for line in REPEATED:
        answer = trial.run(*line)
        assert answer.code in (2, 5, 6, 7), line
        assert answer.out == ""
        assert answer.err
        harmless(answer)


# Files and folders


FILES: list[Refused] = [
    (["attach", "nowhere", "--to", "A-0004"], 2, ("nowhere", "no such file")),
    (["attach", "folder", "--to", "A-0004"], 2, ("folder", FILE)),
    (["add", "--from", "nowhere"], 2, ("--from nowhere", "no such file")),
    (["add", "--from", "folder"], 2, ("--from folder", FILE)),
    (["inventory", "load", "folder"], 2, ("folder", FILE)),
    (["inventory", "load", "nowhere"], 2, ("nowhere", "no such file")),
    (["photos", "ingest", "nowhere"], 2, ("nowhere", "no such file", "card")),
    (["photos", "ingest", "folder"], 2, ("folder", "no photo was found")),
    (["controls", "adopt", "nowhere"], 2, ("nowhere", "no such file")),
    (["vault", "restore", "nowhere", "other"], 2, ("nowhere", "no such file")),
    (["vault", "restore", "folder", "other"], 2, ("folder", FILE)),
    (["vault", "restore", "words", "other"], 5, ("words",)),
    (["vault", "backup", "folder"], 2, ("folder",)),
    (["--passphrase-file", "nowhere", "list"], 2, ("--passphrase-file nowhere", "no such file")),
    (["--passphrase-file", "folder", "list"], 2, ("--passphrase-file folder", FILE)),
    (["--passphrase-file", "words", "list"], 2, ("words", "one line", "right file")),
    (["--passphrase-file", "wrong", "list"], 6, ("vault.json", "does not open", "Try again")),
    (["-m", "nowhere", "list"], 5, ("nowhere", "no such file", "folder of a mission")),
    (["-m", "folder", "list"], 5, ("folder", "folder of a mission")),
    (["-m", "words", "list"], 5, ("words", "folder of a mission")),
    (["new", "folder/full", "--title", "T", "--as", "N"], 2, ("full", "something here already", "empty folder")),
    (["new", "words", "--title", "T", "--as", "N"], 2, ("words", "something here already")),
    (["new", "words/below", "--title", "T", "--as", "N"], 8, ("words/below", "a file stands where a folder")),
    (["new", "other", "--title", "", "--as", "N"], 2, ("mission.title", "nothing is written", "is needed")),
    (["new", "other", "--title", "T", "--as", ""], 2, ("who makes the mission", "--as")),
    (["new", "other", "--title", "T", "--as", "N", "--regime", "iaeo"], 2, ("iaeo", "iaea")),
    (["export", "words"], 8, ("words", "a file stands where a folder")),
    (["export", "mission/out"], 2, ("mission/out", "inside the folder of the mission")),
    (["export", "out", "--require", "lead=nowhere"], 2, ("nowhere", "No such file", "public key")),
    (["export", "out", "--require", "lead=words"], 2, ("words", "not an OpenSSH public key", ".pub")),
    (["export", "out", "--encrypt-to", "somebody"], 2, ("--encrypt-to somebody", "no recipient", "age1")),
    (["export", "out", "--encrypt-passphrase-file", "nowhere"], 2, ("nowhere", "no such file")),
    (["sign", "nowhere", "--role", "lead", "--position", "accepts"], 5, ("nowhere", "not to be signed", "Give the bundle's folder")),
    (["sign", "folder", "--role", "lead", "--position", "accepts", "--key", "nowhere"], 2, ("--key nowhere", "no such file")),
    (["verify", "folder", "--keys", "nowhere"], 5, ("nowhere", "No such file", "allowed_signers")),
    (["verify", "folder", "--previous", "nowhere"], 5, ("nowhere", "No such file", "bundle")),
]  # fmt: skip


def test_a_file_that_is_not_there_or_is_something_else(trial: Trial, tmp_path: Path) -> None:
    (tmp_path / "folder" / "full" / "of").mkdir(parents=True)
    (tmp_path / "words").write_text("many\nwords\n")
    (tmp_path / "wrong").write_text("not it\n")
    before = set(tmp_path.rglob("*"))
    for line, code, says in FILES:
        trial.refused(*line, code=code, says=says)
        left = {path for path in tmp_path.rglob("*") if "mission" not in path.parts[:-1]} - before
        assert not left, f"{line} leaves something behind"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("nowhere", "No such file"),
        ("folder", "neither seal.txt nor a manifest"),
        ("words", "is not a bundle"),
        ("torn.zip", "zip"),
        ("bomb.zip", "zip"),
        ("mission", "It is a mission's vault"),
    ],
)
def test_what_is_no_bundle_is_told_in_the_report(trial: Trial, tmp_path: Path, name: str, said: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "words").write_text("words")
    (tmp_path / "torn.zip").write_bytes(b"PK\x03\x04" + bytes(50))
    (tmp_path / "bomb.zip").write_bytes(sheets.zip_bomb())
    answer = trial.run("verify", name)
    assert answer.code == 5
    assert said in answer.out
    assert "RESULT      UNREADABLE." in answer.out
    harmless(answer)
    report = trial.run("verify", name, "--json").document
    assert report["exit_code"] == 5
    assert all(fault["where"] and fault["problem"] for fault in report["faults"])


def test_a_mission_in_use_is_told_and_can_be_written_afterwards(trial: Trial, mission: Path) -> None:
    with Vault.open(mission, PASSPHRASE) as other, other.database.write():
        trial.refused(*SEEN, "text=x", code=8, says=("store.db", "in use", "again"))
        assert "Gate 2 locked" in trial.run.done("list", "observation").out, "reading goes on"


def _plain(kind: Kind) -> dict[str, object]:
    """Values for a record of a kind: the trick in every text, and what else it needs; nothing where it needs links."""
    values: dict[str, object] = dict(_NEEDED.get(kind.name, {}))
    for name, field in kind.fields.items():
        if name in values or name in _FIXED_FORMS:
            continue
        if field.type in (FieldType.LINE, FieldType.TEXT):
            values[name] = [TRICK] if field.many or field.listed else TRICK
        elif field.required:
            return {}
    return values


_FIXED_FORMS = {"language", "damaged", "perceptual_hash"}
_NEEDED: dict[str, dict[str, object]] = {
    "person": {"party": "host"},
    "observation": {"basis": "seen"},
    "document": {"pages": 2, "original_seen": True},
    "photo": {"state": "held"},
    "access": {"outcome": "granted"},
}
