"""Finding the table in a workbook, and refusing what is not one."""

import contextlib
import io
import zipfile

import openpyxl
import pytest

from procedures.importing.excel import ImportFileError, column_letter, read_table
from tests.procedures.books import HEADER, book

pytestmark = pytest.mark.django_db
ROW = ("1.000001", "Tên", "Bộ Tư pháp", "", "")


def refusal(path, **kwargs) -> str:
    with pytest.raises(ImportFileError) as caught:
        read_table(path, **kwargs)
    message = str(caught.value)
    assert path.name in message
    assert message.endswith(".")
    return message


def test_rows_are_numbered_as_excel_shows_them(tmp_path):
    table = read_table(book(tmp_path / "a.xlsx", ROW, ("", "", "", "", ""), ROW))
    assert table.header_row == 2
    assert [number for number, _ in table.rows] == [3, 5]
    assert table.columns["publisher"] == (2, "Cơ quan ban hành")


def test_the_header_is_found_by_labels_whatever_their_accents_case_place_and_column(tmp_path):
    workbook = openpyxl.Workbook()
    page = workbook.active
    for _ in range(7):
        page.append(["Phụ lục"])
    page.append(["STT", None, "LĨNH  VỰC", "co quan cong khai", "Tên\nthủ tục hành chính", "MÃ TTHC (*)"])
    page.append([1, None, "Hộ tịch", "Bộ Tư pháp", "Tên", "1.000001"])
    workbook.save(tmp_path / "a.xlsx")
    table = read_table(tmp_path / "a.xlsx")
    assert table.header_row == 8
    assert {name: index for name, (index, _) in table.columns.items()} == {
        "sectors": 2,
        "publisher": 3,
        "name": 4,
        "code": 5,
    }
    assert table.unknown_columns == []


def test_a_table_that_begins_away_from_the_corner_keeps_its_numbers(tmp_path):
    workbook = openpyxl.Workbook()
    page = workbook.active
    for column, label in enumerate(HEADER, start=4):
        page.cell(5, column, label)
    for column, value in enumerate(ROW, start=4):
        page.cell(6, column, value)
    workbook.save(tmp_path / "a.xlsx")
    table = read_table(tmp_path / "a.xlsx")
    assert table.header_row == 5
    assert table.columns["code"][0] == 3
    assert table.rows[0][0] == 6


def test_a_missing_column_is_named_with_the_row_taken_for_the_header(tmp_path):
    message = refusal(book(tmp_path / "a.xlsx", ("1.000001", "Tên", "x"), header=("Mã số", "Tên", "Lĩnh vực")))
    assert "thiếu cột “Cơ quan ban hành”" in message
    assert "dòng 2 được đọc là dòng tiêu đề" in message


def test_no_header_at_all_says_which_columns_are_needed(tmp_path):
    assert "“Mã TTHC”, “Tên TTHC”, “Cơ quan ban hành”" in refusal(book(tmp_path / "a.xlsx", header=("a", "b", "c")))


def test_two_header_candidates_name_both_rows(tmp_path):
    assert "dòng 2 và 4" in refusal(book(tmp_path / "a.xlsx", ROW, HEADER, ROW))


def test_two_columns_of_one_meaning_name_both(tmp_path):
    message = refusal(book(tmp_path / "a.xlsx", (*ROW, "1"), header=(*HEADER, "Mã TTHC")))
    assert "“Mã số” (cột A) và “Mã TTHC” (cột F)" in message


def test_a_header_without_rows_is_refused(tmp_path):
    assert "chỉ có dòng tiêu đề (dòng 2)" in refusal(book(tmp_path / "a.xlsx"))


def test_an_empty_sheet_is_refused(tmp_path):
    openpyxl.Workbook().save(tmp_path / "a.xlsx")
    assert "không có dữ liệu" in refusal(tmp_path / "a.xlsx")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "trống (0 byte)"),
        ("Mã số,Tên\n1.000001,Tên".encode(), "không phải tệp Excel .xlsx"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 2000, "Excel kiểu cũ (.xls)"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "đặt mật khẩu"),
        (b"PK\x03\x04 and then nothing of a zip", "bị hỏng hoặc tải chưa trọn"),
        (b"<html><table></table></html>", "không phải tệp Excel .xlsx"),
    ],
)
def test_what_is_not_a_workbook_is_refused(tmp_path, content, sentence):
    (tmp_path / "a.xlsx").write_bytes(content)
    assert sentence in refusal(tmp_path / "a.xlsx")


def zipped(path, **parts):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name.replace("__", "/") + ".xml", content)
    return path


def test_a_zip_that_is_no_workbook_is_refused(tmp_path):
    assert "không phải sổ làm việc Excel" in refusal(zipped(tmp_path / "a.xlsx", word__document=b"<w/>"))


def test_a_workbook_of_garbage_is_refused(tmp_path):
    assert "bị hỏng" in refusal(zipped(tmp_path / "a.xlsx", xl__workbook=b"<not-a-workbook"))


def test_macros_are_refused(tmp_path):
    path = book(tmp_path / "a.xlsm", ROW)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("xl/vbaProject.bin", b"x")
    assert "có macro (.xlsm)" in refusal(path)


def test_a_zip_bomb_is_refused_before_it_is_opened(tmp_path):
    path = book(tmp_path / "a.xlsx", ROW)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/image1.bin", b"\0" * 60_000_000)
    assert "không giống một danh mục" in refusal(path)


def test_an_oversized_file_is_refused(tmp_path, settings):
    settings.UPLOAD_LIMIT_BYTES = 1000
    assert "quá giới hạn" in refusal(book(tmp_path / "a.xlsx", ROW))


def test_a_file_that_is_not_there_is_refused(tmp_path):
    assert "Không mở được tệp" in refusal(tmp_path / "không có.xlsx")


def test_a_truncated_workbook_is_refused(tmp_path):
    whole = book(tmp_path / "whole.xlsx", ROW).read_bytes()
    (tmp_path / "a.xlsx").write_bytes(whole[: len(whole) // 2])
    assert "bị hỏng" in refusal(tmp_path / "a.xlsx")


def two_sheets(path, second_is_catalogue: bool):
    book(path, ROW)
    workbook = openpyxl.load_workbook(path)
    page = workbook.create_sheet("Ghi chú")
    if second_is_catalogue:
        page.append(list(HEADER))
        page.append(list(ROW))
    else:
        page.append(["Người lập", "Ngày"])
    workbook.save(path)
    return path


def test_a_second_sheet_that_is_no_catalogue_is_passed_over(tmp_path):
    assert read_table(two_sheets(tmp_path / "a.xlsx", False)).sheet == "Danh sách TTHC"


def test_two_catalogue_sheets_ask_which(tmp_path):
    path = two_sheets(tmp_path / "a.xlsx", True)
    assert "“Danh sách TTHC”, “Ghi chú”. Chọn một trang tính" in refusal(path)
    assert read_table(path, sheet="ghi chu").header_row == 1


def test_an_unknown_sheet_lists_those_there_are(tmp_path):
    assert "Chọn một trong: “Danh sách TTHC”" in refusal(book(tmp_path / "a.xlsx", ROW), sheet="Khác")


def test_columns_have_excel_letters():
    assert [column_letter(index) for index in (0, 25, 26, 701, 702)] == ["A", "Z", "AA", "ZZ", "AAA"]


def test_random_bytes_never_raise_anything_else(tmp_path):
    whole = bytearray(book(tmp_path / "whole.xlsx", *[ROW] * 20).read_bytes())
    for step in range(7, len(whole), 211):
        broken = bytearray(whole)
        broken[step : step + 5] = b"\xff\x00\xfe\x01\x7f"
        path = tmp_path / "a.xlsx"
        path.write_bytes(io.BytesIO(broken).getvalue())
        with contextlib.suppress(ImportFileError):
            read_table(path)
