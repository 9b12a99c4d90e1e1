"""The reconciliation as a workbook: sums, classes, evidence; nothing in it computes, the same records give the same bytes."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook

from tests.bad import photos, sheets
from tests.cli.conftest import Fieldkit

ROWS = [
    [1, "Gyroscope", "GX", "AO-4471", 1, "Store 10"],
    [2, '=HYPERLINK("http://x.example","open")', "+GX", "@SUM(A1)", 1, "Store 2"],
    [3, "Pump", "P-9", "", 4, "Store 2"],
]


@pytest.fixture
def counted(fieldkit: Fieldkit, mission: Path, tmp_path: Path) -> Fieldkit:
    path = tmp_path / "list.xlsx"
    path.write_bytes(sheets.sound_xlsx(ROWS))
    fieldkit.done("inventory", "load", path)
    fieldkit.done("inventory", "count", "A0-4471", "--take", "A-I-0001", "verified=1")
    fieldkit.done("inventory", "count", "A-I-0003", "counted=3", "remark=\u202esecond shelf")
    fieldkit.done("inventory", "count", "Turbopump", "--undeclared", "serials=-2+3")
    card = tmp_path / "card"
    card.mkdir()
    (card / "DSC_0001.JPG").write_bytes(photos.sound_jpeg(seed=1))
    fieldkit.done("photos", "ingest", card, "--owner", "team")
    fieldkit.done("amend", "A-P-0001", "items=A-I-0003", "--reason", "shows the shelf")
    note = tmp_path / "shelf.txt"
    note.write_text("a sketch of the shelf", "utf-8")
    fieldkit.done("attach", note, "--to", "A-I-0003")
    return fieldkit


def rows(path: Path, sheet: str) -> list[list[object]]:
    return CalamineWorkbook.from_path(str(path)).get_sheet_by_name(sheet).to_python()


def test_every_line_stands_with_its_class_its_evidence_and_its_photos(
    counted: Fieldkit, tmp_path: Path
) -> None:
    path = tmp_path / "out.xlsx"
    told = counted.done("inventory", "export", path, "--json")
    assert (told.document["lines"], told.document["undeclared"], told.document["photos"]) == (3, 1, 1)
    assert "not encrypted" in told.err
    head, *lines = rows(path, "Lines")
    found = [dict(zip(head, line, strict=True)) for line in lines]
    assert [(each["Matched"], each["Missing"], each["Left"], each["Result"]) for each in found] == [
        (1, 0, 0, "matched"), (0, 0, 1, "left"), (3, 1, 0, "missing"),
    ]  # fmt: skip
    assert found[0]["Near, taken"] == "A0-4471 for AO-4471 (0→O), A-C-0001"
    assert (found[2]["Classes"], found[2]["What disagrees"]) == ("short", "3 of 4 met, 1 missing")
    assert (found[2]["Evidence"], found[2]["Photos"]) == ("A-F-0003", "A-P-0001")
    assert str(found[2]["Counts"]).startswith("A-C-0002 A. Nasser ")
    (thing,) = rows(path, "On no line")[1:]
    assert (thing[2], thing[5], thing[6]) == ("Turbopump", "'-2+3", 1)
    summary = {line[0]: line[1:] for line in rows(path, "Summary")}
    assert summary["Sum of declared"] == [
        "adds up", "6 declared = 4 matched + 0 identity mismatch + 1 missing + 0 not accessible + 1 left",
    ]  # fmt: skip
    assert summary["Sum of observed"][0] == "adds up"


def test_nothing_in_it_computes_or_leads_outside(counted: Fieldkit, tmp_path: Path) -> None:
    path = tmp_path / "out.xlsx"
    counted.done("inventory", "export", path)
    with zipfile.ZipFile(path) as archive:
        texts = {
            name: archive.read(name).decode() for name in archive.namelist() if name.endswith(("xml", "rels"))
        }
    assert all("<f>" not in text and "<f " not in text for text in texts.values())
    assert all('TargetMode="External"' not in text for text in texts.values())
    lines = rows(path, "Lines")
    assert (lines[2][3], lines[2][4], lines[2][6]) == (
        '\'=HYPERLINK("http://x.example","open")',
        "'+GX",
        "'@SUM(A1)",
    )
    assert "location=\"'Photos'!A2\"" in texts["xl/worksheets/sheet2.xml"]


def test_the_same_records_give_the_same_bytes_and_leave_nothing_beside_them(
    counted: Fieldkit, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    for name in ("one.xlsx", "two.xlsx"):
        counted.done("inventory", "export", out / name)
    assert (out / "one.xlsx").read_bytes() == (out / "two.xlsx").read_bytes()
    assert sorted(each.name for each in out.iterdir()) == ["one.xlsx", "two.xlsx"]
    again = counted("inventory", "export", out / "one.xlsx")
    assert again.code == 2
    assert "already" in again.err
    nowhere = counted("inventory", "export", out / "no" / "one.xlsx")
    assert nowhere.code == 8
