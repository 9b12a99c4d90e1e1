"""A country's list from the file as it was found to the table of the comparison, by commands."""

from __future__ import annotations

import csv
import io
import zipfile
from pathlib import Path

import pytest
import xlsxwriter
from python_calamine import CalamineWorkbook

from tests.cli.conftest import Fieldkit

LAW = """\
Decree 12 of 2019,,
Annex I: controlled goods,,
Entry,Wording,Remarks
Category 9 Aerospace,,
9A101,,see 9A001
,"Turbojet and turbofan engines, as follows:",
a.,Engines having both:,
1.,A thrust greater than 400 N,
2.,"A consumption of 0,15 kg/N/h or less",
b.,Engines designed for missiles,
,Note: does not apply to helicopters,
9A004,Launch vehicles that carry at least 500 kg over at least 280 km,
7A103,"=HYPERLINK(""http://x"",""Inertial instruments with gyros"")",
"""


@pytest.fixture
def law(tmp_path: Path) -> Path:
    path = tmp_path / "decree.csv"
    path.write_text(LAW, "utf-8")
    return path


def test_a_list_is_loaded_compared_and_told(
    fieldkit: Fieldkit, mission: Path, law: Path, tmp_path: Path
) -> None:
    none = fieldkit("crosswalk", "status")
    assert (none.code, none.out) == (2, "")
    loaded = fieldkit.done("crosswalk", "load", law, "--name", "Decree 12", "--json").document
    assert loaded["entries"] == 7
    assert [column["field"] for column in loaded["columns"]] == ["code", "text", "note"]
    assert any("row 3" in notice for notice in loaded["notices"])
    files = {view["fields"]["name"]: view for view in fieldkit.done("list", "media", "--json").document}
    assert files["decree.csv"]["fields"]["size"] == len(LAW.encode())
    assert fieldkit("crosswalk", "load", law).code == 7, "the same file again"
    assert fieldkit("crosswalk", "load", law, "--again", "--name", "Decree 12").code == 7, "the same title"

    (proposed,) = fieldkit.done("crosswalk", "propose", "3.A.1", "--json").document
    assert [each["national"] for each in proposed["proposals"]] == ["9A101"]
    assert proposed["proposals"][0]["reasons"][0]["verified"] is False
    shown = fieldkit.done("crosswalk", "propose", "3.A.1").out
    assert "the concordance names 9A101 [unverified]" in shown

    first = fieldkit.done(
        "crosswalk", "record", "3a1", "9A101.a", "--relation", "narrower", "--rationale", "only above 400 N"
    )
    again = fieldkit.done(
        "crosswalk",
        "record",
        "3.A.1",
        "9a101",
        "--relation",
        "same",
        "--rationale",
        "read once more",
        "--json",
    ).document
    assert (again["number"], again["new"]) == (first.numbers[0], False)
    (judged,) = fieldkit.done("list", "crosswalk", "--json").document
    assert judged["fields"]["relation"] == "same"
    assert judged["fields"]["national_entries"] == ["9A101"]
    assert "only above 400 N" in fieldkit.done("show", again["number"], "--history").out
    fieldkit.done(
        "crosswalk", "record", "1.A.1", "9A004", "--relation", "threshold-differs", "--rationale", "280 km"
    )
    fieldkit.done("crosswalk", "record", "17.C.1", "--relation", "absent", "--rationale", "nothing alike")

    status = fieldkit.done("crosswalk", "status", "--json").document
    assert (status["looked_at"], status["states"]["same"], status["states"]["absent"]) == (3, 1, 1)
    assert status["entries"] == sum(item["entries"] for item in status["items"])
    assert "in all" in fieldkit.done("crosswalk", "status").out


@pytest.mark.parametrize(
    "arguments",
    [
        ["99.A.1", "9A101", "--relation", "same", "--rationale", "x"],
        ["3.A.1", "9A999", "--relation", "same", "--rationale", "x"],
        ["3.A.1", "9A101", "--relation", "absent", "--rationale", "x"],
        ["3.A.1", "9A101", "--relation", "alike", "--rationale", "x"],
        ["3.A.1", "9A101", "--relation", "same"],
        ["3.A.1", "9A101", "--relation", "same", "--rationale", "x", "--list", "Decree 13"],
    ],
)
def test_what_is_not_there_is_not_compared(
    fieldkit: Fieldkit, mission: Path, law: Path, arguments: list[str]
) -> None:
    fieldkit.done("crosswalk", "load", law)
    answer = fieldkit("crosswalk", "record", *arguments)
    assert (answer.code, answer.out) == (2, "")
    assert fieldkit("crosswalk", "record", "3.A.1", "--relation", "same", "--rationale", "x").code == 7
    assert fieldkit.done("list", "crosswalk", "--json").document == []


def test_two_lists_are_kept_apart(fieldkit: Fieldkit, mission: Path, law: Path, tmp_path: Path) -> None:
    fieldkit.done("crosswalk", "load", law, "--name", "Decree 12")
    other = tmp_path / "ordinance.csv"
    other.write_text(
        "Code,Text\n6-9.A.6,Inertial measurement equipment\n6-12.A.6,Thermal batteries\n", "utf-8"
    )
    fieldkit.done("crosswalk", "load", other, "--name", "Ordinance")
    several = fieldkit("crosswalk", "status")
    assert several.code == 2
    assert "Ordinance" in several.err
    fieldkit.done(
        "crosswalk",
        "record",
        "9.A.6",
        "6-9.A.6",
        "--relation",
        "same",
        "--rationale",
        "x",
        "--list",
        "ordinance",
    )
    assert fieldkit.done("crosswalk", "status", "--list", "Decree 12", "--json").document["looked_at"] == 0
    assert fieldkit.done("crosswalk", "status", "--list", "Ordinance", "--json").document["looked_at"] == 1
    proposed = fieldkit.done("crosswalk", "propose", "--list", "Ordinance", "--json").document
    by_entry = {each["entry"]: each["proposals"] for each in proposed}
    assert by_entry["12.A.6"][0]["reasons"][0]["source"] == "number"
    assert "9.A.6" not in by_entry, "what was judged is not proposed again"


@pytest.mark.parametrize("suffix", [".xlsx", ".html"])
def test_the_table_has_the_same_bytes_each_time_and_computes_nothing(
    fieldkit: Fieldkit, mission: Path, law: Path, tmp_path: Path, suffix: str
) -> None:
    fieldkit.done("crosswalk", "load", law, "--name", "=1+1")
    fieldkit.done(
        "crosswalk", "record", "9.A.6", "7A103", "--relation", "same", "--rationale", "@SUM(1)<script>"
    )
    fieldkit.done(
        "crosswalk", "record", "1.A.1", "9A004", "--relation", "threshold-differs", "--rationale", "280 km"
    )
    one, two = tmp_path / f"one{suffix}", tmp_path / f"two{suffix}"
    fieldkit.done("crosswalk", "table", one)
    fieldkit.done("crosswalk", "table", two)
    assert one.read_bytes() == two.read_bytes()
    if suffix == ".html":
        page = one.read_text("utf-8")
        assert "<script>" not in page
        assert "src=" not in page
        assert "not yet looked at" in page
        assert "range at least 300 km against at least 280 km: differs" in page
        return
    book = CalamineWorkbook.from_path(str(one))
    rows = book.get_sheet_by_name("Comparison").to_python()
    cells = [str(cell) for row in rows for cell in row]
    assert not [cell for cell in cells if cell.lstrip()[:1] in tuple("=+@")]
    by_entry = {row[0]: row for row in rows}
    assert by_entry["9.A.6"][7] == "'@SUM(1)<script>"
    assert by_entry["1.A.1"][3] == "threshold differs"
    assert by_entry["9.A.4"][3] == "not yet looked at"
    with zipfile.ZipFile(io.BytesIO(one.read_bytes())) as parts:
        sheets = [parts.read(name) for name in parts.namelist() if "worksheets" in name]
    assert not any(b"<f>" in sheet for sheet in sheets)
    assert book.get_sheet_by_name("Coverage").to_python()[-1][0] == "In all"


def test_a_table_needs_a_form(fieldkit: Fieldkit, mission: Path, law: Path, tmp_path: Path) -> None:
    fieldkit.done("crosswalk", "load", law)
    assert fieldkit("crosswalk", "table", tmp_path / "table.pdf").code == 2
    assert fieldkit("crosswalk", "table", tmp_path / "nowhere" / "table.xlsx").code == 8


def test_a_workbook_without_useful_headings_is_read_by_what_its_columns_hold(
    fieldkit: Fieldkit, tmp_path: Path
) -> None:
    path = tmp_path / "list.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("Перечень")
        for place, row in enumerate(
            [("", "Решение"), ("9А101", "Двигатели"), ("7А103", "Гироскопы"), ("а)", "лазерные")]
        ):
            sheet.write_row(place, 0, row)
    read = fieldkit.done("crosswalk", "load", path, "--dry-run", "--json").document
    assert [each["code"] for each in read["preview"]] == ["9А101", "7А103", "7А103.а"]
    assert read["preview"][2]["text"] == "лазерные"
    assert read["dry_run"] is True


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", 5),
        (b"just a sentence\n", 2),
        (b"\0\1\2" * 50, 2),
        (b"PK\x03\x04rubbish", 5),
        (b"Code,Text\n,\n", 5),
    ],
)
def test_what_is_no_list_is_refused(fieldkit: Fieldkit, tmp_path: Path, content: bytes, code: int) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes(content)
    answer = fieldkit("crosswalk", "load", path, "--dry-run")
    assert (answer.code, answer.out) == (code, "")
    assert fieldkit("crosswalk", "load", tmp_path / "none.csv", "--dry-run").code == 2


def test_columns_are_named_by_hand(fieldkit: Fieldkit, tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    held = io.StringIO()
    csv.writer(held).writerows([["A", "Ref", "Stuff"], ["1", "9A101", "Engines"], ["2", "7A103", "Gyros"]])
    path.write_text(held.getvalue(), "utf-8")
    read = fieldkit.done(
        "crosswalk", "load", path, "--dry-run", "--column", "Ref=code", "--column", "C=title", "--json"
    ).document
    assert [(each["code"], each["title"]) for each in read["preview"]] == [
        ("9A101", "Engines"),
        ("7A103", "Gyros"),
    ]
    for wrong in ("Ref", "Nowhere=code", "Ref=codes"):
        assert fieldkit("crosswalk", "load", path, "--dry-run", "--column", wrong).code == 2
