"""Errors in cells are told with sheet and cell whatever program wrote the workbook, and never taken for blanks or zeros."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from fieldkit.capture.compound_file import stream_of
from fieldkit.capture.declarations import Loaded, load_declaration
from fieldkit.capture.national_list import read_national_list
from fieldkit.capture.sheets import ERRORS_NOT_TOLD
from fieldkit.errors import UnreadableError
from tests.bad import sheets, workbooks


def loaded(folder: Path, data: bytes) -> Loaded:
    path = folder / "list.bin"
    path.write_bytes(data)
    return load_declaration(None, path, dry_run=True)


@pytest.mark.parametrize("build", workbooks.EVERY_WITH_ERRORS, ids=lambda build: build.__name__)
def test_errors_are_told_with_sheet_and_cell(tmp_path: Path, build: Callable[[], bytes]) -> None:
    result = loaded(tmp_path, build())
    assert (result.sheet, result.lines, result.preview[0]["serials"]) == (workbooks.SHEET, 2, ["S1"])
    assert [name for name in ("serials", "location") if name in result.preview[1]] == []
    told = "\n".join(result.notices)
    assert f"cells of sheet {workbooks.SHEET!r} that hold an error" in told
    assert "read as blank (3): D3 #N/A, F3 #REF!, E4 #REF!" in told
    assert ERRORS_NOT_TOLD not in told


@pytest.mark.parametrize(
    "build", [workbooks.xls_with_errors, workbooks.ods_with_errors_that_are_worth_0], ids=["xls", "ods"]
)
def test_a_quantity_that_is_an_error_is_neither_blank_nor_0(
    tmp_path: Path, build: Callable[[object], bytes]
) -> None:
    rows = [sheets.HEADINGS, [1, "Gyroscope", "GX", "S1", "#DIV/0!"]]
    with pytest.raises(UnreadableError, match=r"row 2, column E .*: the cell holds #DIV/0!"):
        loaded(tmp_path, build(rows))


def test_a_row_of_errors_alone_and_one_beyond_all_values_are_told(tmp_path: Path) -> None:
    rows = [[*sheets.HEADINGS, "Remark"], [1, "Gyroscope", "GX", "S1", 1], [None] * 6 + ["#REF!"], ["#N/A"]]
    told = "\n".join(loaded(tmp_path, workbooks.ods_with_errors_that_are_worth_0(rows)).notices)
    assert "read as blank (2): G3 #REF!, A4 #N/A" in told


def test_where_errors_cannot_be_told_that_is_said(tmp_path: Path) -> None:
    assert ERRORS_NOT_TOLD in loaded(tmp_path, workbooks.ods_with_entities()).notices
    assert ERRORS_NOT_TOLD not in loaded(tmp_path, sheets.sound_xlsx([[1, "Gyro", "GX", "S", 1, ""]])).notices


@pytest.mark.parametrize("build", workbooks.EVERY_CIRCLE, ids=lambda build: build.__name__)
def test_sectors_that_go_round_in_a_circle_end(tmp_path: Path, build: Callable[[], bytes]) -> None:
    stream_of(build(), ("Workbook",))
    with pytest.raises(UnreadableError):
        loaded(tmp_path, build())


def test_of_a_stream_that_is_not_there_nothing_is_given() -> None:
    whole = workbooks.xls_with_errors()
    assert stream_of(whole, ("Book", "Workbook"))[:2] == b"\x09\x08"
    assert stream_of(whole, ("Book",)) == b""
    for length in (0, 20, 600, 1100):
        assert stream_of(whole[:length], ("Workbook",)) in (
            b"",
            stream_of(whole, ("Workbook",))[: length - 1536],
        )


@pytest.mark.parametrize("build", workbooks.EVERY_WITH_ERRORS, ids=lambda build: build.__name__)
def test_no_code_of_a_national_list_is_an_error(tmp_path: Path, build: Callable[[object], bytes]) -> None:
    rows = [("Code", "Title", "Text"), ("9A101", "Engines", "#REF!"), ("#N/A", "More", "of it")]
    (tmp_path / "law.bin").write_bytes(build(rows))
    read, _ = read_national_list(tmp_path / "law.bin")
    assert [entry.code for entry in read.entries] == ["9A101"]
    assert any("read as blank (2): C2 #REF!, A3 #N/A" in notice for notice in read.notices)
