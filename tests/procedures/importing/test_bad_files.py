"""Files that are traps: each ends in one sentence, or is read as said, in little time and memory."""

import datetime
import re
import resource
import shutil
import zipfile

import openpyxl
import pytest

from procedures.importing.batches import run_import
from procedures.importing.cleaning import clean_table
from procedures.importing.excel import ImportFileError, read_table
from procedures.models import ImportBatch, Procedure
from tests.procedures.books import HEADER, book, many, sheet

pytestmark = pytest.mark.django_db
NOT_CALCULATED = (
    "Ô chứa công thức chưa có kết quả. Mở tệp bằng Excel để công thức được tính, lưu lại, "
    "hoặc thay công thức bằng giá trị rồi nhập lại."
)
ROW = ("1.000001", "Đăng ký khai sinh", "Bộ Tư pháp", "", "Hộ tịch")


def refused(path) -> str:
    """The one sentence in which an import of ``path`` ends; nothing is written."""
    with pytest.raises(ImportFileError) as caught:
        run_import(by=None, path=path)
    assert not ImportBatch.objects.exists()
    assert not Procedure.objects.exists()
    message = str(caught.value)
    assert path.name in message
    assert "\n" not in message
    assert message.endswith(".")
    return message


def rewritten(path, change):
    """``path`` with the XML of its first sheet put through ``change``."""
    whole = path.with_suffix(".tmp")
    shutil.move(path, whole)
    with zipfile.ZipFile(whole) as source, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
        for part in source.infolist():
            content = source.read(part)
            target.writestr(part.filename, change(content) if part.filename.endswith("sheet1.xml") else content)
    return path


def errors_of(path) -> list[tuple[int, str, str, str]]:
    return [
        (row.number, error["column"], error["value"], error["message"])
        for row in clean_table(read_table(path))
        for error in row.errors
    ]


@pytest.fixture
def _small():
    """The test takes no more than 300 MB above what the process has held before."""
    held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    yield
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - held < 300_000


@pytest.mark.parametrize("part", ["xl/vbaProject.bin", "xl/VBAPROJECT.BIN", "customUI/vbaProject.bin"])
def test_macros(tmp_path, part):
    path = book(tmp_path / "a.xlsx", ROW)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(part, b"x")
    assert "có macro (.xlsm)" in refused(path)


def test_a_workbook_declared_to_have_macros(tmp_path):
    path = book(tmp_path / "a.xlsm", ROW)
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    types = parts["[Content_Types].xml"]
    parts["[Content_Types].xml"] = types.replace(
        b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml",
        b"application/vnd.ms-excel.sheet.macroEnabled.main+xml",
    )
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    assert "có macro" in refused(path)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le"), "đặt mật khẩu"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 2000, "Excel kiểu cũ (.xls)"),
        ("\ufeffMã số,Tên,Cơ quan ban hành\n1.000001,Tên,Bộ Tư pháp\n".encode(), "không phải tệp Excel .xlsx"),
        (b"", "trống (0 byte)"),
    ],
)
def test_what_is_not_an_xlsx_whatever_its_name(tmp_path, content, sentence):
    (tmp_path / "a.xlsx").write_bytes(content)
    assert sentence in refused(tmp_path / "a.xlsx")


@pytest.mark.usefixtures("_small")
def test_a_zip_bomb_beside_the_table(tmp_path):
    path = book(tmp_path / "a.xlsx", ROW)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/image1.bin", b"\0" * 60_000_000)
    assert "không giống một danh mục" in refused(path)


def test_a_sheet_whose_check_sum_does_not_fit_its_bytes(tmp_path):
    path = book(tmp_path / "sai-tong.xlsx", ROW)
    with zipfile.ZipFile(path) as archive:
        right = archive.getinfo("xl/worksheets/sheet1.xml").CRC
    wrong = (right ^ 1).to_bytes(4, "little")
    path.write_bytes(path.read_bytes().replace(right.to_bytes(4, "little"), wrong))
    assert "bị hỏng" in refused(path)


@pytest.mark.usefixtures("_small")
def test_a_part_that_lies_about_its_size(tmp_path):
    path = book(tmp_path / "a.xlsx", ROW)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive, archive.open("xl/lie.xml", "w") as part:
        for _ in range(42):
            part.write(b" " * 10_000_000)
    length = (420_000_000).to_bytes(4, "little")
    content = path.read_bytes()
    path.write_bytes(content.replace(length, (1000).to_bytes(4, "little")))
    assert "bị hỏng hoặc tải chưa trọn" in refused(path)


@pytest.mark.usefixtures("_small")
def test_one_filled_cell_in_the_last_corner(tmp_path):
    path = book(tmp_path / "a.xlsx", ROW)
    corner = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    assert "hơn 200.000 dòng" in refused(rewritten(path, lambda xml: xml.replace(b"</sheetData>", corner)))


@pytest.mark.usefixtures("_small")
def test_a_filled_cell_far_to_the_right(tmp_path):
    path = book(tmp_path / "a.xlsx", ROW)
    far = b'<row r="9"><c r="XFD9"><v>1</v></c></row></sheetData>'
    assert "quá 100 cột" in refused(rewritten(path, lambda xml: xml.replace(b"</sheetData>", far)))


@pytest.mark.usefixtures("_small")
def test_a_million_empty_rows_are_passed_over(tmp_path):
    path = book(tmp_path / "a.xlsx", ROW)
    empty = b"".join(b'<row r="%d"><c r="A%d" s="0"/></row>' % (n, n) for n in range(4, 1_048_577))
    rewritten(path, lambda xml: xml.replace(b"</sheetData>", empty + b"</sheetData>"))
    assert len(read_table(path).rows) == 1


@pytest.mark.usefixtures("_small")
def test_a_million_empty_rows_and_a_space_at_the_end(tmp_path):
    path = book(tmp_path / "a.xlsx", ROW)
    end = b'<row r="1000000"><c r="A1000000" t="inlineStr"><is><t xml:space="preserve"> </t></is></c></row></sheetData>'
    assert "dòng 1000000" in refused(rewritten(path, lambda xml: xml.replace(b"</sheetData>", end)))


@pytest.mark.usefixtures("_small")
def test_a_wide_and_long_rectangle_of_two_cells(tmp_path):
    path = book(tmp_path / "a.xlsx", ROW)
    end = b'<row r="199999"><c r="CV199999"><v>1</v></c></row></sheetData>'
    assert "quá nhiều ô" in refused(rewritten(path, lambda xml: xml.replace(b"</sheetData>", end)))


def test_formulas_with_a_result_give_it_and_those_without_are_in_error(tmp_path):
    path = book(tmp_path / "a.xlsx", ROW, ("1.000002", '="Cấp "&"phép"', "Bộ Tư pháp", "", ""))
    assert errors_of(path) == [
        (
            4,
            "Tên",
            '="Cấp "&"phép"',
            NOT_CALCULATED,
        )
    ]
    result = "<f>\\1</f><v>Cấp phép</v>".encode()
    rewritten(
        path,
        lambda xml: re.sub(rb"<f>(.*?)</f><v ?/?>(?:</v>)?", result, xml).replace(b'<c r="B4"', b'<c t="str" r="B4"'),
    )
    rows = clean_table(read_table(path))
    assert (rows[1].errors, rows[1].values["name"]) == ([], "Cấp phép")


def test_formula_errors_are_in_error_wherever_they_stand(tmp_path):
    path = book(tmp_path / "a.xlsx", ("1.000001", "#REF!", "#N/A", "", "#NAME?"), ("#DIV/0!", *ROW[1:]))
    found = errors_of(path)
    assert [(row, column, value) for row, column, value, _ in found] == [
        (3, "Tên", "#REF!"),
        (3, "Cơ quan ban hành", "#N/A"),
        (3, "Lĩnh vực", "#NAME?"),
        (4, "Mã số", "#DIV/0!"),
    ]
    assert all("lỗi công thức" in message for *_, message in found)


def test_dates_in_code_cells_are_in_error(tmp_path):
    path = book(
        tmp_path / "a.xlsx", (datetime.date(2021, 1, 4), *ROW[1:]), (datetime.datetime(2021, 1, 4, 8), *ROW[1:])
    )
    found = errors_of(path)
    assert [(row, column, value) for row, column, value, _ in found] == [
        (3, "Mã số", "04/01/2021"),
        (4, "Mã số", "08:00 04/01/2021"),
    ]
    assert "Excel đã đổi mã thành ngày tháng" in found[0][3]


def test_control_characters_are_dropped_and_listed(tmp_path):
    path = book(tmp_path / "a.xlsx", ("1.000001", "TênX thủ tục", "Bộ Tư pháp", "", ""))
    with zipfile.ZipFile(path) as archive:
        shared = "xl/sharedStrings.xml" in archive.namelist() and b"X" in archive.read("xl/sharedStrings.xml")
    change = lambda xml: xml.replace("TênX".encode(), "Tên_x0007_".encode())  # noqa: E731
    if shared:
        with zipfile.ZipFile(path) as archive:
            parts = {name: archive.read(name) for name in archive.namelist()}
        with zipfile.ZipFile(path, "w") as archive:
            for name, content in parts.items():
                archive.writestr(name, change(content))
    else:
        rewritten(path, change)
    row = clean_table(read_table(path))[0]
    assert row.errors == []
    assert "\x07" not in row.values["name"]
    assert row.values["name"] == "Tên thủ tục"
    assert [repair["column"] for repair in row.repairs] == ["Tên"]


def test_hidden_rows_are_imported_and_listed(tmp_path):
    path = sheet(tmp_path / "a.xlsx", [HEADER, ROW, ("1.000002", *ROW[1:])], hidden=[2, 3])
    table = read_table(path)
    assert len(table.rows) == 2
    assert [(warning["row"], warning["column"]) for warning in table.warnings] == [(2, "Dòng ẩn"), (3, "Dòng ẩn")]


def test_a_truncated_download(tmp_path):
    path = book(tmp_path / "a.xlsx", *[ROW] * 50)
    path.write_bytes(path.read_bytes()[:-200])
    assert "bị hỏng" in refused(path)


@pytest.mark.usefixtures("_small")
def test_a_large_honest_file_stays_small_in_memory(tmp_path):
    assert len(read_table(many(tmp_path / "a.xlsx", 10_000)).rows) == 10_000


def test_openpyxl_can_still_open_what_we_accept(tmp_path):
    path = sheet(tmp_path / "a.xlsx", [HEADER, ROW])
    assert openpyxl.load_workbook(path).active["A2"].value == "1.000001"
