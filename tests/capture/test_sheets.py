"""Lists of unknown origin are read as written, or refused with the cause and what to do."""

from __future__ import annotations

import random
import time
from collections.abc import Callable

import pytest

from fieldkit.capture.columns import field_of, letters_of, place_of, propose
from fieldkit.capture.sheets import Table, read_table
from fieldkit.errors import UnreadableError, UsageError
from tests.bad import sheets

ROW = [1, "Gyroscope", "GX-7", "SN-1", 4, "Hall 4"]


def rows_of(table: Table) -> list[tuple[int, list[object]]]:
    return [(number, list(cells)) for number, cells in table.rows]


def fields_of(table: Table) -> dict[str, str]:
    return {column.field: column.heading for column in table.columns}


def test_a_workbook_gives_rows_with_their_numbers_in_the_sheet() -> None:
    table = read_table(sheets.sound_xlsx([ROW, [None], ROW]), "list.xlsx")
    assert table.sheet == "Inventory"
    assert rows_of(table) == [(2, [1.0, "Gyroscope", "GX-7", "SN-1", 4.0, "Hall 4"]), (4, rows_of_first())]
    assert set(fields_of(table)) == {"line", "nomenclature", "type", "serials", "declared", "location"}


def rows_of_first() -> list[object]:
    return [1.0, "Gyroscope", "GX-7", "SN-1", 4.0, "Hall 4"]


def test_headings_are_found_below_a_title_and_said_to_be() -> None:
    above = [["Annex 3 to the declaration"], ["Plant 4, as of 2026-01-31"], []]
    table = read_table(sheets.sound_xlsx([ROW], above=above), "list.xlsx")
    assert table.heading_row == 4
    assert [number for number, _ in rows_of(table)] == [5]
    assert any("row 4" in notice for notice in table.notices)


def test_a_list_that_does_not_begin_in_column_a_keeps_its_columns() -> None:
    shifted = [[None, None, *row] for row in (sheets.HEADINGS, ROW)]
    table = read_table(sheets.workbook({"S": shifted}), "list.xlsx")
    serials = next(column for column in table.columns if column.field == "serials")
    assert letters_of(serials.place) == "F"
    assert rows_of(table)[0][1][serials.place] == "SN-1"


def test_the_sheet_that_looks_like_a_list_is_taken_and_the_others_are_named() -> None:
    book = sheets.workbook(
        {"Cover": [["To whom it may concern"]] * 50, "List": [sheets.HEADINGS, ROW], "Secret": [["x"]]},
        hidden=["Secret"],
    )
    table = read_table(book, "list.xlsx")
    assert table.sheet == "List"
    assert any("Cover" in notice and "Secret (hidden)" in notice for notice in table.notices)
    assert read_table(book, "list.xlsx", sheet="List").sheet == "List"
    with pytest.raises(UsageError, match="no sheet 'Lists'") as caught:
        read_table(book, "list.xlsx", sheet="Lists")
    assert "List" in caught.value.remedy


@pytest.mark.parametrize(
    ("encoding", "name"),
    [("utf-8", "Gyroscope é"), ("utf-8-sig", "Гироскоп"), ("utf-16", "Гироскоп"), ("utf-16-le", "Gyroscope"),
     ("cp1252", "Gyroscope à fibre optique, référence"), ("cp1251", "Гироскоп волоконный"), ("cp1256", "جيروسكوب الألياف"),
     ("koi8-r", "Гироскоп волоконный"), ("koi8-r", "НАСОС ТОПЛИВНЫЙ"), ("cp1251", "НАСОС ТОПЛИВНЫЙ"), ("cp866", "Акселерометр")],
)  # fmt: skip
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_csv_is_read_in_its_own_encoding_and_delimiter(encoding: str, name: str, delimiter: str) -> None:
    name = name.replace(",", "")
    data = sheets.csv([[1, name, "GX", "S1", 4, ""]] * 3, delimiter=delimiter, encoding=encoding)
    table = read_table(data, "list.csv")
    assert [cells[1] for _, cells in rows_of(table)] == [name] * 3


def test_a_guessed_encoding_is_said_to_be_a_guess_and_can_be_overruled() -> None:
    data = sheets.csv([[1, "Гироскоп", "GX", "S1", 4, ""]], encoding="cp1251")
    table = read_table(data, "list.csv")
    assert any("cp1251 (a guess" in notice and "--encoding" in notice for notice in table.notices)
    other = read_table(data, "list.csv", encoding="koi8-r")
    assert rows_of(other)[0][1][1] != "Гироскоп"
    with pytest.raises(UsageError, match="no encoding"):
        read_table(data, "list.csv", encoding="klingon")


@pytest.mark.parametrize(
    ("data", "said", "remedy"),
    [
        (b"\xff\xd8\xff\xe0\0\x10JFIF\0" + bytes(500), "it is a picture (JPEG)", "photos ingest"),
        (b"%PDF-1.7\n" + bytes(500), "it is a PDF", "attach"),
        (b"\r\n \r\n", "it holds no rows", "this file is blank"),
        (sheets.ods_that_repeats_one_cell_over_everything(), "an ODS that cannot be read", "save it again"),
    ],
)
def test_what_is_no_list_is_called_what_it_is(data: bytes, said: str, remedy: str) -> None:
    with pytest.raises(UnreadableError) as caught:
        read_table(data, "list.csv")
    assert said in caught.value.problem
    assert remedy in caught.value.remedy
    assert "--sheet" not in caught.value.remedy


def test_excels_line_that_names_the_delimiter_is_obeyed() -> None:
    table = read_table(b"sep=;\r\n" + sheets.csv([ROW], delimiter=";"), "list.csv")
    assert rows_of(table) == [(3, ["1", "Gyroscope", "GX-7", "SN-1", "4", "Hall 4"])]


def test_a_line_break_within_quotation_marks_is_within_one_row() -> None:
    table = read_table(b'No,Name,Serial\r\n1,"Gyro\nscope",S1\r\n2,x,S2\r\n', "list.csv")
    assert [(number, cells[1]) for number, cells in rows_of(table)] == [(2, "Gyro\nscope"), (3, "x")]


@pytest.mark.parametrize("build", sheets.EVERY_UNREADABLE, ids=lambda build: build.__name__)
def test_a_hostile_or_broken_file_is_refused_with_a_remedy(build: Callable[[], bytes]) -> None:
    name = "list.csv" if "csv" in build.__name__ or "quotation" in build.__name__ else "list.xlsx"
    data = build()
    started = time.monotonic()
    with pytest.raises(UnreadableError) as caught:
        rows_of(read_table(data, name))
    assert time.monotonic() - started < 30
    assert name in caught.value.where
    assert caught.value.remedy


def test_random_bytes_that_are_called_a_workbook_are_not_told_as_text() -> None:
    noise = random.Random(7).randbytes(20_000)
    with pytest.raises(UnreadableError, match=r"called \.xlsx, and is neither a workbook nor text") as caught:
        read_table(noise, "rnd.xlsx")
    assert "UTF-8" not in str(caught.value)
    with pytest.raises(UnreadableError) as told:
        read_table(noise, "rnd.csv")
    assert "workbook" not in told.value.problem


def test_a_column_that_is_not_there_is_told_with_the_headings_that_are() -> None:
    data = b"Foo,Bar,Baz\n1,2,3\n"
    with pytest.raises(
        UsageError, match="no column 'zzz'; the first row is: Foo | Bar | Baz".replace("|", r"\|")
    ):
        read_table(data, "list.csv", overrides={"zzz": "serials"})
    assert read_table(data, "list.csv", overrides={"B": "serials"}).columns[0].place == 1
    assert read_table(data, "list.csv", overrides={"Bar": "serials", "foo": "type"}).columns[1].place == 1


def test_a_locked_workbook_says_so() -> None:
    with pytest.raises(UnreadableError, match="locked with a password"):
        read_table(sheets.locked_xlsx(), "list.xlsx")


def test_a_million_empty_rows_cost_nothing() -> None:
    table = read_table(sheets.formats_down_to_the_last_row(), "list.xlsx")
    assert [number for number, _ in rows_of(table)] == [2]


def test_a_formula_gives_its_last_value_and_text_is_never_made_one() -> None:
    table = read_table(sheets.formulas_and_controls(), "list.csv")
    first, second = (cells for _, cells in rows_of(table))
    assert first[1] == "=HYPERLINK(0)"
    assert second[1] == "Gyro\x1b[31mscope"


def test_a_list_without_known_headings_asks_what_the_columns_mean() -> None:
    data = sheets.workbook({"S": [["foo", "bar"], ["Gyroscope", "S1"]]})
    with pytest.raises(UsageError, match=r"foo \| bar") as caught:
        read_table(data, "list.xlsx")
    assert "--column" in caught.value.remedy


def test_columns_may_be_named_by_letter_where_there_are_no_headings() -> None:
    data = sheets.workbook({"S": [["Gyroscope", "S1"], ["Turbopump", "S2"]]})
    table = read_table(data, "list.xlsx", overrides={"A": "nomenclature", "B": "serials"})
    assert table.heading_row == 0
    assert [number for number, _ in rows_of(table)] == [1, 2]


@pytest.mark.parametrize(
    ("heading", "field"),
    [
        ("Serial No.", "serials"), ("S/N", "serials"), ("N° de série", "serials"), ("Заводской №", "serials"), ("Зав. №", "serials"),
        ("Серийный номер", "serials"), ("الرقم التسلسلي", "serials"), ("رقم تسلسلي", "serials"),
        ("الشركة", "maker"), ("شركة", "maker"), ("وزن (كغ)", "mass"), ("موقع", "location"), ("رقم القطعة", "type"), ("رقم", "line"),
        ("Réf.", "type"), ("Repère", "line"), ("Qty", "declared"), ("Quantité", "declared"),
        ("Кол-во", "declared"), ("Количество, шт.", "declared"), ("الكمية", "declared"), ("Désignation", "nomenclature"),
        ("НАИМЕНОВАНИЕ", "nomenclature"), ("الوصف", "nomenclature"), ("№ п/п", "line"), ("No.", "line"), ("Item No", "line"),
        ("Mass (kg)", "mass"), ("Poids [kg]", "mass"), ("Изготовитель", "maker"), ("Serial number of item", "serials"),
        ("Location / Building", "location"), ("Price", ""), ("", ""), ("x" * 500, ""),
    ],
)  # fmt: skip
def test_what_a_heading_means(heading: str, field: str) -> None:
    assert field_of(heading)[0] == field


def test_two_columns_never_become_one_field_except_serials() -> None:
    columns, left = propose(["Name", "Description", "Serial 1", "Serial 2", "Price"], {})
    assert [column.field for column in columns].count("nomenclature") == 1
    assert [column.field for column in columns].count("serials") == 2
    assert "Price" in left


def test_a_column_named_by_hand_wins_and_a_dash_leaves_it_out() -> None:
    headings = ["No", "Name", "Cat. no", "Serial"]
    columns, left = propose(headings, {"cat. NO": "type", "A": "-"})
    assert {column.heading: column.field for column in columns} == {
        "Name": "nomenclature", "Cat. no": "type", "Serial": "serials",
    }  # fmt: skip
    assert left == ("No",)
    with pytest.raises(UsageError, match="no column 'Catalogue'"):
        propose(headings, {"Catalogue": "type"})
    with pytest.raises(UsageError, match="cannot become 'serial'") as caught:
        propose(headings, {"Serial": "serial"})
    assert "serials" in caught.value.remedy


@pytest.mark.parametrize(
    ("place", "letters"), [(0, "A"), (25, "Z"), (26, "AA"), (701, "ZZ"), (16_383, "XFD")]
)
def test_columns_have_the_letters_of_spreadsheets(place: int, letters: str) -> None:
    assert letters_of(place) == letters
    assert place_of(letters) == place
