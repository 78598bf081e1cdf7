"""A file with 37 planted errors of 12 kinds: exactly 37 rows are listed, each with column, value and remedy."""

import datetime
import json

import openpyxl
import pytest
from django.core.management import call_command

from procedures.importing.report import REMEDY
from procedures.models import ImportBatch, Procedure
from tests.procedures.books import sheet

pytestmark = pytest.mark.django_db
HEADER = ("STT", "Mã TTHC", "Tên TTHC", "Cơ quan công khai", "Cấp thực hiện", "Tình trạng", "Ngày công bố")
CODE, NAME, PUBLISHER, LEVEL, STATUS, DAY = range(6)
_ASK_CODE = "Mã TTHC phải có dạng 1.004850 hoặc 1.004850.H01."

# Kind → (column, what is planted there row by row, part of the sentence, the remedy it ends with).
PLANTED = [
    (CODE, ["1.004850A", "abc", "11.004850"], _ASK_CODE, "rồi sửa ô này."),
    (CODE, [None, None, " "], "Thiếu mã TTHC.", "hoặc xóa dòng nếu đây không phải một thủ tục."),
    (CODE, [datetime.date(2021, 1, day) for day in (4, 5, 6)], "Excel đã đổi mã thành ngày", "rồi nhập lại mã."),
    (CODE, ["3.000001", "3,000001", "3.000002", 3.000002], "còn có ở dòng", "Giữ lại một dòng cho mỗi mã."),
    (
        PUBLISHER,
        ["Bộ Tư phá", "Cơ quan lạ", "G99"],
        "Không có cơ quan nào mang tên",
        "chọn cơ quan một lần ở trang xem trước.",
    ),
    (PUBLISHER, [None, "", "\u00a0"], "Thiếu cơ quan ban hành của thủ tục mới.", "Bổ sung rồi nhập lại."),
    (NAME, [None, "", "  "], "Thiếu tên TTHC của thủ tục mới.", "Bổ sung rồi nhập lại."),
    (NAME, ["#REF!", "#N/A", "#VALUE!"], "Ô chứa lỗi công thức của Excel.", "bằng giá trị đúng rồi nhập lại."),
    (NAME, ["=A1", '=B2&"x"', "=SUM(1,2)"], "Ô chứa công thức chưa có kết quả.", "bằng giá trị rồi nhập lại."),
    (LEVEL, ["Cấp vùng", "Cấp tỉnh, Cấp phố", "Quận"], "không phải một cấp thực hiện.", "Cấp xã, Cơ quan khác."),
    (STATUS, ["Lạ", "Đang soạn", "?"], "Tình trạng không nhận ra.", "hoặc Bãi bỏ."),
    (DAY, ["31/02/2021", "hôm qua", "2021"], "Ngày không đọc được.", "ví dụ 05/03/2021."),
]


@pytest.fixture
def planted(bodies, tmp_path):
    """(path, {row number: (label, value, part, remedy)}) of a workbook of good rows with the bad ones among them."""
    rows, expected, number = [HEADER], {}, 0

    def good() -> list:
        nonlocal number
        number += 1
        return [f"1.{number:06d}", f"Thủ tục {number}", "Bộ Tư pháp", "Cấp xã", "Đang công khai", "05/03/2021"]

    for column, values, part, remedy in PLANTED:
        for value in values:
            rows += [[len(rows), *good()] for _ in range(5)]
            bad = good()
            bad[column] = value
            rows.append([len(rows), *bad])
            expected[len(rows)] = (HEADER[column + 1], value, part, remedy)
    return sheet(tmp_path / "a.xlsx", rows), expected


def listed(capsys, path) -> dict:
    with pytest.raises(SystemExit) as stop:
        call_command("import_procedures", str(path), "--json", "--report", str(path.with_name("report.xlsx")))
    assert stop.value.code == 1
    return json.loads(capsys.readouterr().out)


def test_exactly_the_37_planted_rows_are_listed_with_column_value_and_remedy(planted, capsys):
    path, expected = planted
    assert (len(expected), len(PLANTED)) == (37, 12)
    result = listed(capsys, path)
    assert (result["invalid"], result["batch"]) == (37, None)
    assert [error["row"] for error in result["errors"]] == list(expected)
    for error in result["errors"]:
        label, value, part, remedy = expected[error["row"]]
        assert error["column"] == label
        assert part in error["message"]
        assert error["message"].endswith(remedy)
        if isinstance(value, datetime.date):
            assert error["value"] == f"{value:%d/%m/%Y}"
        elif "còn có ở dòng" in part:
            assert error["value"] in {"3.000001", "3.000002"}
        else:
            assert error["value"] == (value or "").strip()
    assert not Procedure.objects.exists()
    assert not ImportBatch.objects.exists()


def test_the_report_has_a_remedy_in_those_37_rows_alone(planted, capsys):
    path, expected = planted
    listed(capsys, path)
    page = openpyxl.load_workbook(path.with_name("report.xlsx")).active
    assert page.cell(1, page.max_column).value == REMEDY
    verdicts = {row[0].row for row in page.iter_rows(min_row=2) if row[-2].value == "Lỗi"}
    assert verdicts == set(expected)
    assert all(expected[number][3] in page.cell(number, page.max_column).value for number in expected)
