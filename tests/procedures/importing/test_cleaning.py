"""Cells made clean, with repairs and errors on record."""

import csv
import datetime
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from procedures.importing.cells import VALID_CODE, CellError, repair_code
from procedures.importing.cleaning import clean_row, clean_table
from procedures.importing.excel import SheetTable, Uncalculated

COLUMNS = {
    name: (index, label)
    for index, (name, label) in enumerate(
        [
            ("code", "Mã số"),
            ("name", "Tên"),
            ("publisher", "Cơ quan ban hành"),
            ("executing_bodies", "Cơ quan thực hiện"),
            ("sectors", "Lĩnh vực"),
            ("execution_levels", "Cấp thực hiện"),
            ("status", "Tình trạng"),
            ("published_on", "Ngày công bố"),
        ]
    )
}


def cleaned(code="1.000001", *rest, number=3):
    cells = [code, *rest, *[""] * (len(COLUMNS) - 1 - len(rest))]
    return clean_row(number, cells, COLUMNS)


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ("1.004850", "1.004850"),
        ("1.00485", "1.004850"),
        (1.00485, "1.004850"),
        (1.01, "1.010000"),
        ("2,002308", "2.002308"),
        ("1.01417", "1.014170"),
        (" 1.004850\u00a0\n", "1.004850"),
        ("1. 004850", "1.004850"),
        ("'1.004850", "1.004850"),
        ("1.004850.", "1.004850"),
        ("1.004850.000.00.00.H01", "1.004850.H01"),
        ("1.012753.h19", "1.012753.H19"),
        (1004850.0, "1.004850"),
        ("5.000001", "5.000001"),
        ("6.006597", "6.006597"),
        ("1.115155", "1.115155"),
    ],
)
def test_a_damaged_code_is_repaired(raw, code):
    assert repair_code(raw) == code
    assert VALID_CODE.fullmatch(code)


@pytest.mark.parametrize(
    "raw",
    [
        "1.004850A",
        "abc",
        "1",
        2.0,
        1.5,
        1.00485012,
        "1.0048501",
        "11.004850",
        "1.004850.H1",
        True,
        datetime.date(2021, 1, 4),
    ],
)
def test_a_code_with_no_single_reading_is_refused(raw):
    with pytest.raises(CellError):
        repair_code(raw)


def test_text_is_composed_and_spaces_are_single_and_each_repair_is_listed():
    row = cleaned("1.000001", unicodedata.normalize("NFD", "Đăng  ký\u00a0khai sinh\n"), "Bộ Tư pháp ")
    assert row.values["name"] == "Đăng ký khai sinh"
    assert row.values["publisher"] == "Bộ Tư pháp"
    assert [repair["column"] for repair in row.repairs] == ["Tên", "Cơ quan ban hành"]
    assert row.repairs[0]["after"] == "Đăng ký khai sinh"


def test_a_name_stands_on_one_line():
    assert cleaned("1.000001", "Đăng ký\nkhai sinh\tlưu động").values["name"] == "Đăng ký khai sinh lưu động"


def test_the_long_form_of_a_body_code_becomes_the_short_one():
    row = cleaned("1.000001", "Tên", "000.00.00.G12")
    assert row.values["publisher"] == "G12"
    assert row.repairs == [{"column": "Cơ quan ban hành", "before": "000.00.00.G12", "after": "G12"}]


def test_newline_separates_bodies_and_a_comma_never_does():
    cell = "Cục cảnh sát quản lý hành chính về trật tự, xã hội\nCông an tỉnh\nCông an tỉnh\n"
    row = cleaned("1.000001", "Tên", "G01", cell)
    assert row.values["executing_bodies"] == ["Cục cảnh sát quản lý hành chính về trật tự, xã hội", "Công an tỉnh"]


def test_execution_levels_become_codes_in_order():
    row = cleaned("1.000001", "Tên", "G01", "", "", "Cấp xã, Cấp Tỉnh\nCấp bộ")
    assert row.values["execution_levels"] == ["ministry", "province", "commune"]


def test_an_unknown_level_status_or_day_says_what_may_stand_there():
    row = cleaned("1.000001", "Tên", "G01", "", "", "Cấp vùng", "Lạ", "31/02/2021")
    assert [(error["column"], error["value"]) for error in row.errors] == [
        ("Cấp thực hiện", "Cấp vùng"),
        ("Tình trạng", "Lạ"),
        ("Ngày công bố", "31/02/2021"),
    ]


def test_days_are_read_from_date_cells_and_from_text():
    assert cleaned("1.000001", "", "", "", "", "", "", datetime.date(2021, 3, 5)).values["published_on"] == "2021-03-05"
    assert cleaned("1.000001", "", "", "", "", "", "", "05/03/2021").values["published_on"] == "2021-03-05"


def test_a_blank_cell_is_noted_and_gives_no_value():
    row = cleaned("1.000001", "Tên", " \u00a0", None)
    assert "publisher" in row.blanks
    assert "executing_bodies" in row.blanks
    assert row.values == {"code": "1.000001", "name": "Tên"}


FILLERS = ["-", "\u2013", "\u2014", "...", "\u2026", "- -", "/", "\\", "-/-", " \u2212 \n.", "\u2011", "……"]


@pytest.mark.parametrize("cell", FILLERS)
def test_a_dash_or_dots_alone_in_a_cell_of_deciders_say_nothing(cell):
    columns = {"code": (0, "Mã số"), "deciders": (1, "Cơ quan có thẩm quyền")}
    row = clean_row(3, ["1.000001", cell], columns)
    assert (row.values, row.blanks) == ({"code": "1.000001"}, ["deciders"])
    assert (row.errors, row.repairs) == ([], [])
    table = SheetTable("a.xlsx", "Sheet", 1, columns, [], [(3, ["1.000001", cell]), (4, ["1.000002", "Bộ Tư pháp"])])
    first, second = clean_table(table, [(3, "Cơ quan có thẩm quyền")])
    assert (first.values, first.blanks) == (row.values, row.blanks)
    assert second.values["deciders"] == ["Bộ Tư pháp"]
    assert clean_table(table)[0].blanks == ["deciders"]


@pytest.mark.parametrize("cell", ["x", "X", "0", "?", "- Bộ Tư pháp", "không"])
def test_anything_else_in_a_cell_of_deciders_is_what_somebody_has_said(cell):
    assert "deciders" in clean_row(3, ["1.000001", cell], {"code": (0, "Mã"), "deciders": (1, "Cơ quan")}).values


def test_a_dash_in_another_column_is_left_as_it_is_written():
    assert cleaned("1.000001", "Tên", "G15", "-").values["executing_bodies"] == ["-"]


def test_a_row_without_a_code_is_in_error():
    assert "Thiếu mã TTHC" in cleaned("", "Tên").errors[0]["message"]


def test_a_formula_error_is_in_error():
    assert "lỗi công thức" in cleaned("1.000001", "#REF!").errors[0]["message"]


def test_control_characters_are_dropped():
    assert cleaned("1.000001", "Tên\x07 thủ\x0b tục").values["name"] == "Tên thủ tục"


def test_a_code_that_stands_twice_puts_all_its_rows_in_error_naming_the_others():
    cells = [["1.000001", "a"], ["1.000002", "b"], ["1,000001", "c"], [1.000001, "d"]]
    table = SheetTable("a.xlsx", "Sheet", 1, {"code": (0, "Mã số"), "name": (1, "Tên")}, [], list(enumerate(cells, 2)))
    rows = clean_table(table)
    assert [bool(row.errors) for row in rows] == [True, False, True, True]
    assert "dòng 4, 5" in rows[0].errors[0]["message"]
    assert "dòng 2, 5" in rows[1 + 1].errors[0]["message"]


def table_of(*rows) -> SheetTable:
    columns = {
        "code": (0, "Mã số"),
        "name": (1, "Tên"),
        "publisher": (2, "Cơ quan ban hành"),
        "sectors": (3, "Lĩnh vực"),
    }
    return SheetTable("a.xlsx", "Sheet", 1, columns, [], [(number, list(row)) for number, row in enumerate(rows, 2)])


def test_a_refused_repair_leaves_the_cell_as_it_is_written():
    rows = [
        ("1.000001", "Đăng  ký", "Bộ Tư pháp ", "A\nA\n"),
        ("1.000002", "Đăng  ký", "Bộ Tư pháp ", "A\nA\n"),
    ]
    refused = {(2, "Tên"), (2, "Cơ quan ban hành"), (2, "Lĩnh vực")}
    first, second = clean_table(table_of(*rows), refused)
    assert first.values == {
        "code": "1.000001",
        "name": "Đăng  ký",
        "publisher": "Bộ Tư pháp ",
        "sectors": ["A", "A"],
    }
    assert (first.repairs, first.errors) == ([], [])
    assert second.values["name"] == "Đăng ký"
    assert [repair["column"] for repair in second.repairs] == ["Tên", "Cơ quan ban hành", "Lĩnh vực"]


def test_a_code_that_is_wrong_without_its_repair_makes_the_row_invalid_and_says_so():
    row = clean_table(table_of((1.00485, "Tên", "G15", "")), [[2, "Mã số"]])[0]
    assert row.errors[0]["value"] == "1.00485"
    assert "Việc chuẩn hóa ô này đã bị từ chối" in row.errors[0]["message"]
    assert "Chọn lại chuẩn hóa hoặc sửa ô này." in row.errors[0]["message"]


def test_control_characters_cannot_be_kept():
    row = clean_table(table_of(("1.000001", "Tên\x07", "G15", "")), [(2, "Tên")])[0]
    assert "ký tự điều khiển không lưu được" in row.errors[0]["message"]


def test_a_formula_without_a_result_is_in_error():
    for index in range(4):
        cells = ["1.000001", "Tên", "G15", "Hộ tịch"]
        cells[index] = Uncalculated('=A1&"x"')
        row = clean_table(table_of(cells))[0]
        assert [error["value"] for error in row.errors] == ['=A1&"x"']
        assert "công thức chưa có kết quả" in row.errors[0]["message"]


CELLS = [
    *("1.000001", "1.000001\n1.000002", "1,000002", 1.00003, "", "abc", None, datetime.date(2021, 1, 4)),
    *("Tên", "Tên  kép", " đầu", "cuối ", "hai\ndòng", unicodedata.normalize("NFD", "Đường"), "#REF!", "\ue000", 5.0),
    *("A\nA", "A\nB", " ", "\u00a0", "Bộ Tư pháp"),
]


@given(st.lists(st.tuples(*[st.sampled_from(CELLS)] * 4), min_size=1, max_size=12))
def test_whole_columns_are_cleaned_as_single_cells_are(rows):
    table = table_of(*rows)
    expected = [clean_row(number, cells, table.columns) for number, cells in table.rows]
    for fast, slow in zip(clean_table(table), expected, strict=True):
        twins = [error for error in fast.errors if "còn có ở dòng" not in error["message"]]
        assert (fast.values, fast.blanks, fast.repairs, twins) == (slow.values, slow.blanks, slow.repairs, slow.errors)


def test_rows_are_the_same_by_place_and_in_turn_and_those_with_something_to_tell_are_kept():
    rows = clean_table(table_of(("1.000001", "Tên", "G15", ""), ("1.000002", "Tên  kép", "G15", ""), ("x", "", "", "")))
    assert [row.values for row in rows] == [rows[place].values for place in range(len(rows))]
    assert rows[-1].errors == rows[2].errors != []
    assert len(rows[0].blanks) == 1
    assert rows.codes == ["1.000001", "1.000002", "x"]
    assert sorted(rows.noted) == [1, 2]
    assert rows[1] is rows[1]


def test_the_worst_real_rows_all_come_out_clean(samples):
    with (samples / "messy_rows.csv").open(encoding="utf-8-sig") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) > 60
    for row in rows:
        clean = cleaned(
            row["code_raw"], row["name"], row["ministry"], row["implementing_agency"], row["sector"], row["levels"]
        )
        assert clean.errors == []
        assert VALID_CODE.fullmatch(clean.code)
        assert clean.code == row["code"] or "damaged" in row["reason"]
        assert unicodedata.is_normalized("NFC", clean.values["name"])
