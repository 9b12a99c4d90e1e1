"""A declaration is loaded whole and as written, or not at all, with every fault named where it stands."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fieldkit.capture.columns import propose
from fieldkit.capture.declarations import Loaded, load_declaration
from fieldkit.capture.lines import Lines
from fieldkit.domain.decode import normalise
from fieldkit.errors import RefusedError, UnreadableError, UsageError
from fieldkit.vault.doctor import examine
from fieldkit.vault.recording import Add
from fieldkit.vault.vault import Vault
from tests.bad import sheets

ROW = [1, "Gyroscope", "GX-7", "SN-1", 4, "Hall 4"]


@pytest.fixture
def loaded(tmp_path: Path) -> object:
    def load(data: bytes, name: str = "list.xlsx", **options: object) -> Loaded:
        path = tmp_path / name
        path.write_bytes(data)
        return load_declaration(None, path, dry_run=True, **options)  # type: ignore[arg-type]

    return load


def write(tmp_path: Path, data: bytes, name: str = "list.xlsx") -> Path:
    path = tmp_path / name
    path.write_bytes(data)
    return path


def items(vault: Vault) -> list[dict[str, object]]:
    return [dict(view.doc) for view in vault.list("item")]


def test_every_line_becomes_an_item_with_its_sheet_and_row(vault: Vault, tmp_path: Path) -> None:
    rows = [ROW, [2, "Accelerometer", "AX", "S2; S3", 2, "Hall 4"]]
    path = write(tmp_path, sheets.sound_xlsx(rows))
    result = load_declaration(vault, path, name="Annex 3", version="2026-01-31")
    assert (result.lines, result.declared, result.first_item, result.last_item) == (
        2,
        6,
        "A-I-0001",
        "A-I-0002",
    )
    first, second = items(vault)
    assert {name: first[name] for name in ("line", "nomenclature", "type", "serials", "declared", "sheet", "row")} == {
        "line": "1", "nomenclature": "Gyroscope", "type": "GX-7", "serials": ["SN-1"], "declared": 4,
        "sheet": "Inventory", "row": 2,
    }  # fmt: skip
    assert second["serials"] == ["S2", "S3"]
    declaration = vault.get(result.declaration)
    assert first["declaration"] == declaration.id
    assert (declaration.doc["name"], declaration.doc["version"], declaration.doc["lines"]) == (
        "Annex 3", "2026-01-31", 2,
    )  # fmt: skip
    assert {"column": "Serial number", "field": "serials"} in declaration.doc["columns"]  # type: ignore[operator]


def test_a_line_is_recorded_in_the_form_that_every_record_has(vault: Vault, tmp_path: Path) -> None:
    rows = [[1, " Cafe\u0301 ", "GX", "S2; S1; S2", 2, "Hall\u00a04 "], ROW]
    load_declaration(vault, write(tmp_path, sheets.sound_xlsx(rows)))
    for view in list(vault.list("item")):
        assert normalise("item", view.doc) == view.doc
        again = vault.record([Add("item", view.doc)])[0]
        assert vault.get(again.id).doc == view.doc
    assert [finding.text for finding in examine(vault, refold=True) if not finding.good] == []


def test_the_file_is_kept_as_it_was_handed_over(vault: Vault, tmp_path: Path) -> None:
    path = write(tmp_path, sheets.sound_xlsx([ROW]))
    result = load_declaration(vault, path)
    media = vault.get(str(vault.get(result.declaration).doc["media"]))
    assert b"".join(vault.media.open(media.doc)) == path.read_bytes()
    assert result.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


def test_places_become_locations_and_those_on_record_are_used(vault: Vault, tmp_path: Path) -> None:
    (hall,) = vault.record([Add("location", {"name": "Hall 4", "level": "building"})])
    rows = [ROW, [2, "Pump", "P", "S2", 1, "Hall 5"], [3, "Pump", "P", "S3", 1, "Hall 5"]]
    load_declaration(vault, write(tmp_path, sheets.sound_xlsx(rows)))
    first, second, third = items(vault)
    assert first["location"] == hall.id
    assert second["location"] == third["location"] != hall.id
    assert vault.count("location") == 2


def test_one_bad_line_loads_nothing_and_the_first_twenty_are_named(vault: Vault, tmp_path: Path) -> None:
    path = write(tmp_path, sheets.bad_quantities(25))
    with pytest.raises(UnreadableError) as caught:
        load_declaration(vault, path)
    text = str(caught.value)
    assert "list.xlsx, sheet Inventory: 25 lines cannot be read" in text
    assert "row 2, column E ('Quantity'): 'a few' is not a number" in text
    assert text.count("is not a number") == 20
    assert "and 5 more" in text
    assert caught.value.remedy
    assert vault.count("item") == vault.count("declaration") == vault.count("media") == 0


@pytest.mark.parametrize(
    ("cell", "number"),
    [("5", 5), (5, 5), (5.0, 5), (" 12 ", 12), ("1 200", 1200), ("1\u00a0200", 1200), ("1'200", 1200), ("5 pcs", 5),
     ("5,0", 5), ("٥", 5), ("0", 0), (0, 0)],
)  # fmt: skip
def test_numbers_are_read_however_they_are_stored(loaded: object, cell: object, number: int) -> None:
    result = loaded(sheets.sound_xlsx([[1, "Gyro", "T", "S1", cell, ""]]))  # type: ignore[operator]
    assert result.declared == number


@pytest.mark.parametrize(
    "cell", ["-1", -1, 2.5, "2.5", "2,5", "1,200", "1.200", "many", "1e3000", True, "½", "9" * 30]
)
def test_what_is_no_number_of_things_is_refused(loaded: object, cell: object) -> None:
    with pytest.raises(UnreadableError, match="row 2, column E"):
        loaded(sheets.sound_xlsx([[1, "Gyro", "T", "S1", cell, ""]]))  # type: ignore[operator]


def test_a_number_that_may_be_two_is_refused_with_both(loaded: object) -> None:
    with pytest.raises(UnreadableError, match=r"may be 1\.200 or 1200 .*--decimal"):
        loaded(sheets.sound_xlsx([[1, "Gyro", "T", "S1", "1.200", ""]]))  # type: ignore[operator]
    with pytest.raises(UnreadableError, match=r"row 2, column C .*: '2\.500' may be 2\.500 or 2500"):
        loaded(sheets.csv([["Gyro", 1, "2.500"]], headings=("Name", "Qty", "Mass (kg)")), "l.csv")  # type: ignore[operator]


@pytest.mark.parametrize(
    ("decimal", "quantity", "mass", "value"),
    [
        (",", "1.200", "2.500", "2500"),
        (",", "1.200", "2,500", "2.5"),
        (".", "1,200", "2.500", "2.5"),
        ("", "1200", "0.250", "0.25"),
        ("", "1200", "1.234,5", "1234.5"),
        ("", "1.200.000", "12.5", "12.5"),
    ],
)
def test_the_mark_before_decimals_is_said_or_shows_by_itself(
    vault: Vault, tmp_path: Path, decimal: str, quantity: str, mass: str, value: str
) -> None:
    data = sheets.csv([["Gyro", quantity, mass]], headings=("Name", "Qty", "Mass (kg)"), delimiter=";")
    load_declaration(vault, write(tmp_path, data, "list.csv"), decimal=decimal)
    (item,) = items(vault)
    assert item["declared"] in (1200, 1_200_000)
    assert item["mass"] == {"value": value, "unit": "kg"}
    (declaration,) = vault.list("declaration")
    assert declaration.doc.get("decimal", "") == decimal


def test_a_number_against_the_mark_that_was_said_is_refused(loaded: object) -> None:
    data = sheets.csv([["Gyro", 1, "1.5"]], headings=("Name", "Qty", "Mass (kg)"))
    with pytest.raises(UnreadableError, match="decimals follow ','"):
        loaded(data, "list.csv", decimal=",")  # type: ignore[operator]


def test_a_mass_stored_as_a_number_is_that_number(loaded: object) -> None:
    data = sheets.workbook({"S": [["Name", "Qty", "Mass (kg)"], ["Gyro", 1, 2.375]]})
    for decimal in ("", ","):
        (item,) = loaded(data, decimal=decimal).preview  # type: ignore[operator]
        assert item["mass"] == {"value": "2.375", "unit": "kg"}


def test_arabic_marks_stand_before_decimals_and_between_thousands(loaded: object) -> None:
    data = sheets.csv(
        [["Gyro", "١٬٢٠٠", "١٢٫٥", "١٫٢٥٠ x ٠٫٣ m"]], headings=("Name", "Qty", "Mass (kg)", "Dimensions")
    )
    (item,) = loaded(data, "list.csv").preview  # type: ignore[operator]
    assert (item["declared"], item["mass"]["value"], item["dimensions_mm"]) == (1200, "12.5", "1250 x 300")


def test_a_row_that_holds_only_a_number_is_passed_over_and_told(loaded: object) -> None:
    result = loaded(sheets.csv([["1", "Gyro", 7], ["", "", 7]], headings=("No", "Name", "Qty")), "l.csv")  # type: ignore[operator]
    assert (result.lines, result.declared) == (1, 7)
    assert any("row 3: nothing but a number, not an item: '7'" in notice for notice in result.notices)


def test_rows_are_left_out_on_request_and_the_file_stays_as_handed_over(vault: Vault, tmp_path: Path) -> None:
    rows = [
        ROW,
        ["see page 2"],
        ["x", "checked by", "", "", "Nasser"],
        [*ROW[:3], "SN-2", 1, ""],
        ["", "Sum", "of all", "", "?"],
    ]
    path = write(tmp_path, sheets.sound_xlsx(rows))
    with pytest.raises(UnreadableError) as caught:
        load_declaration(vault, path)
    assert "--skip-rows" in caught.value.remedy
    result = load_declaration(vault, path, skip_rows="6, 3-4,40")
    assert [item["serials"] for item in items(vault)] == [["SN-1"], ["SN-2"]]
    told = "\n".join(result.notices)
    assert "rows skipped as asked (3): 3, 4, 6" in told
    assert "rows to be skipped that hold nothing: 40" in told
    (declaration,) = vault.list("declaration")
    assert declaration.doc["skipped_rows"] == "3-4, 6, 40"
    assert declaration.doc["file_sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize("rows", ["0", "a", "5-3", "1;2", "-4", "9" * 12])
def test_what_names_no_rows_is_refused(tmp_path: Path, rows: str) -> None:
    path = write(tmp_path, sheets.sound_xlsx([ROW]))
    with pytest.raises(UsageError, match="names no rows"):
        load_declaration(None, path, dry_run=True, skip_rows=rows)


def test_a_line_without_a_number_is_refused(loaded: object) -> None:
    with pytest.raises(UnreadableError, match="no number is given"):
        loaded(sheets.sound_xlsx([[1, "Gyro", "T", "S1", None, ""]]))  # type: ignore[operator]


def test_without_a_column_of_numbers_each_line_counts_its_serials_and_that_is_told(loaded: object) -> None:
    data = sheets.csv([["Gyro", "S1"], ["Pump", "S2;S3"], ["Case", ""]], headings=("Name", "Serial"))
    result = loaded(data, "list.csv")  # type: ignore[operator]
    assert result.declared == 1 + 2 + 1
    assert any("no column gives the number" in notice for notice in result.notices)


def test_serials_stored_as_numbers_are_taken_and_told(loaded: object) -> None:
    rows = [
        [1, "Gyro", "T", 42, 1, ""],
        [2, "Gyro", "T", "0042", 1, ""],
        [3, "Gyro", "T", 1234567890123456789, 1, ""],
    ]
    result = loaded(sheets.sound_xlsx(rows))  # type: ignore[operator]
    assert [item["serials"] for item in result.preview][:2] == [["42"], ["0042"]]
    told = "\n".join(result.notices)
    assert "zeros before them are lost (others in the list begin with 0): rows 2" in told
    assert "not exact: rows 4" in told


def test_serials_that_a_spreadsheet_rounded_are_told(loaded: object) -> None:
    data = sheets.csv([[1, "Gyro", "T", "4.47108E+15", 1, ""], [2, "Gyro", "T", "E+1", 1, ""]])
    assert any("not exact: rows 2" in notice for notice in loaded(data, "l.csv").notices)  # type: ignore[operator]


@pytest.mark.parametrize("cell", ["n/a", "N/A", "None", " - ", "б/н", "Б/Н", "Néant", "لا يوجد"])
def test_a_cell_that_says_there_is_no_serial_gives_none_and_that_is_told(loaded: object, cell: str) -> None:
    result = loaded(sheets.sound_xlsx([[1, "Gyro", "T", cell, 2, ""], [2, "Gyro", "T", "NA-1", 1, ""]]))  # type: ignore[operator]
    assert [item.get("serials") for item in result.preview] == [None, ["NA-1"]]
    assert cell == " - " or any("no serial is stated (1): rows 2" in notice for notice in result.notices)


def test_numbers_stored_as_text_and_codes_stored_as_numbers_are_told(loaded: object) -> None:
    rows = [[1, "Gyro", 350, "S1", "4", ""], [2, "Gyro", "0350", "S2", 4, ""]]
    result = loaded(sheets.sound_xlsx(rows))  # type: ignore[operator]
    assert [(item["type"], item["declared"]) for item in result.preview] == [("350", 4), ("0350", 4)]
    told = "\n".join(result.notices)
    assert "types or list entries stored as numbers, so that zeros may be lost: rows 2" in told
    assert "numbers stored as text were read as numbers: rows 2" in told


@pytest.mark.parametrize(
    ("headings", "cells", "field", "value"),
    [
        (("Mass, kg",), (12.5,), "mass", {"value": "12.5", "unit": "kg"}),
        (("Масса, кг",), (12.5,), "mass", {"value": "12.5", "unit": "kg"}),
        (("الوزن، كغ",), ("7",), "mass", {"value": "7", "unit": "kg"}),
        (("Poids [g]",), ("0,5 кг",), "mass", {"value": "0.5", "unit": "kg"}),
        (("Длина, мм",), (1200,), "dimensions_mm", "1200"),
        (("Length (cm)", "Width, cm", "Height, m"), (120, "30,5", 0.2), "dimensions_mm", "1200 x 305 x 200"),
        (("Dimensions",), ("1.2 x 0.3 m",), "dimensions_mm", "1200 x 300"),
        (("Размеры",), ("1,2 м х 30 см",), "dimensions_mm", "1200 x 300"),
        (
            ("Dimensions", "Remarks"),
            ("1.2 x 0.3 feet and a half", "red"),
            "remark",
            "red; Dimensions: 1.2 x 0.3 feet and a half",
        ),
        (("Dimensions, cm",), ("about 12 by 30",), "remark", "Dimensions, cm: about 12 by 30"),
    ],
)
def test_units_stand_in_headings_or_in_cells(
    loaded: object, headings: tuple[str, ...], cells: tuple[object, ...], field: str, value: object
) -> None:
    data = sheets.workbook({"S": [["Name", "Количество, шт.", *headings], ["Gyro", 1, *cells]]})
    (item,) = loaded(data).preview  # type: ignore[operator]
    assert (item[field], item["unit"]) == (value, "шт")


def test_sizes_that_are_taken_as_millimetres_or_not_read_are_told(loaded: object) -> None:
    rows = [["Gyro", 1, "120 x 30"], ["Gyro", 1, "12 inches"], ["Gyro", 1, "about 3 m"], ["Gyro", 1, "3 kg"]]
    result = loaded(sheets.workbook({"S": [["Name", "Quantity", "Size"], *rows]}))  # type: ignore[operator]
    assert [item.get("dimensions_mm") for item in result.preview] == ["120 x 30", "304.8", None, None]
    told = "\n".join(result.notices)
    assert "sizes without a unit were taken as millimetres: rows 2" in told
    assert "sizes not written as 1200 x 300 mm stand in the remark: rows 4, 5" in told


def test_a_mass_takes_its_unit_from_the_cell_or_the_heading_and_needs_one(loaded: object) -> None:
    def masses(heading: str, *cells: object) -> list[object]:
        data = sheets.workbook({"S": [["Name", "Qty", heading], *(["Gyro", 1, cell] for cell in cells)]})
        return [item["mass"] for item in loaded(data).preview]  # type: ignore[operator]

    assert masses("Mass (kg)", 12.5, "800 g") == [
        {"value": "12.5", "unit": "kg"},
        {"value": "800", "unit": "g"},
    ]
    with pytest.raises(UnreadableError, match="a mass needs its unit"):
        masses("Mass", 12.5)
    with pytest.raises(UnreadableError, match="row 2, column C"):
        masses("Mass (km)", 12.5)


@pytest.mark.parametrize(
    "headings",
    [
        "Lfd. Nr.|Bezeichnung|Typ|Hersteller|Seriennummer|Anzahl|Einheit|Standort|Bemerkung|Gewicht (kg)|Zustand|Länge, mm",
        "Pos. Nr.|Benennung|Modell|Marke|Serien-Nr.|Menge|Einheit|Lagerort|Anmerkungen|Gewicht [kg]|Zustand|Größe (mm)",
        "N.º|Descripción|Modelo|Fabricante|N.º de serie|Cantidad|Unidad|Ubicación|Observaciones|Peso (kg)|Estado|Medidas (mm)",
        "Partida|Denominación|Tipo|Marca|Número de serie|Cantidad declarada|Unidad|Lugar|Notas|Masa, kg|Estado|Longitud, mm",
        "序号|名称|型号|制造商|序列号|数量|单位|存放地点|备注|重量（千克）|状态|尺寸 (毫米)",
    ],
)
def test_headings_of_other_languages_are_recognised(loaded: object, headings: str) -> None:
    row = [7, "Gyro", "GX", "NPO", "447108", 1, "pcs", "H4", "red", 12.5, "good", "30 x 40"]
    (item,) = loaded(sheets.workbook({"S": [headings.split("|"), row]})).preview  # type: ignore[operator]
    assert {name: value for name, value in item.items() if name not in ("row", "sheet", "declaration")} == {
        "line": "7", "nomenclature": "Gyro", "type": "GX", "maker": "NPO", "serials": ["447108"], "declared": 1,
        "unit": "pcs", "location": "H4", "remark": "red", "mass": {"value": "12.5", "unit": "kg"}, "condition": "good",
        "dimensions_mm": "30 x 40",
    }  # fmt: skip


def test_headings_between_items_and_totals_are_passed_over_and_told(loaded: object) -> None:
    rows = [[None, "BUILDING 4"], ROW, [None, "Total", None, None, 4], ["Итого", None, None, None, 4]]
    result = loaded(sheets.sound_xlsx(rows))  # type: ignore[operator]
    assert result.lines == 1
    told = "\n".join(result.notices)
    assert "row 2: a heading, not an item: 'BUILDING 4'" in told
    assert "row 4: a total" in told
    assert "row 5: a total" in told


def test_an_item_that_is_called_total_something_with_a_serial_is_an_item(loaded: object) -> None:
    assert loaded(sheets.sound_xlsx([[1, "Total station", "TS", "S1", 1, ""]])).lines == 1  # type: ignore[operator]


def test_what_is_merged_over_rows_holds_for_each_of_them_but_no_number_is_repeated(loaded: object) -> None:
    with pytest.raises(UnreadableError) as caught:
        loaded(sheets.merged_over_rows())  # type: ignore[operator]
    assert "row 8, column E ('Quantity'): no number is given" in str(caught.value)
    assert "stand in the first of them only (1): E7:E8" in str(caught.value)
    result = loaded(sheets.merged_over_rows(), skip_rows="7-8")  # type: ignore[operator]
    assert [(item["location"], item["type"]) for item in result.preview] == [
        ("Hall 3", "GX"), ("Hall 3", "GX-9"), ("Hall 3", "GX-9"), ("Hall 4", "GX"),
    ]  # fmt: skip
    assert any("every row that they span (2): F3:F5, C4:C5" in notice for notice in result.notices)


def test_errors_in_cells_are_told_with_their_cells_and_never_recorded(loaded: object) -> None:
    result = loaded(sheets.errors_in_cells(), sheet="R&D <list>")  # type: ignore[operator]
    assert (result.lines, result.preview[1].get("serials"), result.preview[1].get("location")) == (
        2,
        None,
        None,
    )
    told = "\n".join(result.notices)
    assert "an error instead of a value, read as blank (3): D3 #N/A, F3 #REF!, E4 #REF!" in told
    assert "row 4: a total" in told
    with pytest.raises(UnreadableError, match=r"row 2, column E .*: the cell holds #DIV/0!"):
        loaded(sheets.quantity_that_is_an_error())  # type: ignore[operator]
    data = sheets.csv([["Gyro", "#N/A", 1]], headings=("Name", "Serial", "Qty"))
    assert "serials" not in loaded(data, "list.csv").preview[0]  # type: ignore[operator]


def test_a_list_without_a_column_of_serials_says_so_first(loaded: object) -> None:
    first = loaded(sheets.csv([["Gyro", "S1", 1]], headings=("Name", "Chiffre", "Qty")), "l.csv").notices[1]  # type: ignore[operator]
    assert first.startswith("NO COLUMN OF SERIALS WAS FOUND")
    with_serials = loaded(sheets.sound_xlsx([ROW])).notices  # type: ignore[operator]
    assert not any("SERIALS WAS" in notice for notice in with_serials)


def test_text_is_kept_as_written_even_where_it_acts_elsewhere(vault: Vault, tmp_path: Path) -> None:
    load_declaration(vault, write(tmp_path, sheets.formulas_and_controls(), "list.csv"))
    first, second = items(vault)
    assert first["nomenclature"] == "=HYPERLINK(0)"
    assert first["type"] == "GX\u202e"
    assert second["nomenclature"] == "Gyro\x1b[31mscope"


@pytest.mark.parametrize("cell", ["P-9 / P-10", "P-9 - P-12", "P-9 bis P-12", "P-9..P-12", "с 9 до 12"])
def test_serials_that_may_be_several_are_told(loaded: object, cell: str) -> None:
    result = loaded(
        sheets.sound_xlsx([ROW, [2, "Pump", "P", cell, 4, ""], [3, "Pump", "P", "P/9-A; B 7", 2, ""]])
    )  # type: ignore[operator]
    assert result.preview[1]["serials"] == [cell]
    (told,) = [notice for notice in result.notices if "may be several" in notice]
    assert told.endswith("rows 3")


def test_serials_declared_twice_are_told_not_refused(loaded: object) -> None:
    rows = [[1, "Gyro", "T", "S-1", 1, ""], [2, "Gyro", "T", "s1", 1, ""]]
    assert any("more than once" in notice for notice in loaded(sheets.sound_xlsx(rows)).notices)  # type: ignore[operator]


def test_the_same_file_is_not_loaded_twice_unless_asked(vault: Vault, tmp_path: Path) -> None:
    path = write(tmp_path, sheets.sound_xlsx([ROW]))
    first = load_declaration(vault, path)
    with pytest.raises(RefusedError, match=first.number):
        load_declaration(vault, path)
    load_declaration(vault, path, again=True)
    assert vault.count("declaration") == 2


def test_a_dry_run_records_nothing(vault: Vault, tmp_path: Path) -> None:
    result = load_declaration(vault, write(tmp_path, sheets.sound_xlsx([ROW])), dry_run=True)
    assert result.lines == 1
    assert result.preview[0]["nomenclature"] == "Gyroscope"
    assert vault.count("item") == vault.count("media") == 0


def test_columns_not_read_are_named(loaded: object) -> None:
    data = sheets.csv([["Gyro", 1, "12 EUR"]], headings=("Name", "Qty", "Price"))
    result = loaded(data, "list.csv")  # type: ignore[operator]
    assert result.left == ("Price",)
    assert any("Price" in notice for notice in result.notices)


def test_a_list_in_which_nothing_says_what_the_items_are_is_refused(loaded: object) -> None:
    with pytest.raises(UsageError, match="no column says what the items are"):
        loaded(sheets.csv([[1, 4]], headings=("No", "Qty")), "list.csv")  # type: ignore[operator]


def test_no_file_an_empty_file_and_a_folder_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such file"):
        load_declaration(None, tmp_path / "none.csv", dry_run=True)
    with pytest.raises(UsageError, match="a folder"):
        load_declaration(None, tmp_path, dry_run=True)
    with pytest.raises(UnreadableError, match="empty"):
        load_declaration(None, write(tmp_path, b"", "empty.csv"), dry_run=True)


_CELLS = st.one_of(
    st.text(max_size=30),
    st.integers(-(10**20), 10**20),
    st.floats(),
    st.booleans(),
    st.sampled_from(["", "5 kg", "-", "Total"]),
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(_CELLS, max_size=8))
def test_any_row_is_an_item_a_problem_or_passed_over(cells: list[object]) -> None:
    columns, _ = propose(["No", "Name", "Type", "Serial", "Qty", "Location", "Mass", "Remarks"], {})
    lines = Lines(columns, "S")
    item = lines.read(7, cells)  # type: ignore[arg-type]
    assert item is None or not lines.problems
    assert all(problem.row == 7 and problem.cause for problem in lines.problems)
