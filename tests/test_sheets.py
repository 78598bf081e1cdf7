"""CSV and .xlsx out of the portal, read back with other programs' eyes."""

import csv
import datetime
import io

import openpyxl

from tthc_portal.sheets import csv_lines, stream_csv, write_xlsx, xlsx_response

HEADER = ["code", "Tên", "ngày", "số"]
ROWS = [
    ("1.000010", "=HYPERLINK(1)", datetime.date(2021, 9, 30), 3),
    ("2.002308", "Đăng ký\nkhai sinh", None, True),
]


def test_csv_begins_with_a_bom_and_never_with_a_formula():
    text = "".join(csv_lines(HEADER, ROWS))
    assert text.startswith("\ufeffcode,")
    rows = list(csv.reader(io.StringIO(text[1:])))
    assert rows[1] == ["1.000010", "'=HYPERLINK(1)", "2021-09-30", "3"]
    assert rows[2] == ["2.002308", "Đăng ký\nkhai sinh", "", "1"]


def test_csv_streams_in_pieces():
    pieces = list(csv_lines(HEADER, ([str(n), "x", None, n] for n in range(1200))))
    assert len(pieces) == 3
    assert sum(piece.count("\r\n") for piece in pieces) == 1201


def test_the_answer_is_a_download():
    response = stream_csv("phieu.csv", HEADER, ROWS)
    assert response["Content-Disposition"] == 'attachment; filename="phieu.csv"'
    assert response["Content-Type"] == "text/csv; charset=utf-8"


def test_xlsx_keeps_codes_as_text_dates_as_dates_and_formulas_as_text(tmp_path):
    path = tmp_path / "a.xlsx"
    assert write_xlsx(str(path), "Phiếu", HEADER, ROWS) == 2
    sheet = openpyxl.load_workbook(path)["Phiếu"]
    assert sheet["A2"].value == "1.000010"
    assert (sheet["B2"].value, sheet["B2"].data_type) == ("=HYPERLINK(1)", "s")
    assert sheet["C2"].value == datetime.datetime(2021, 9, 30)
    assert (sheet["D2"].value, sheet["D3"].value) == (3, 1)
    assert sheet["C3"].value is None
    assert sheet.freeze_panes == "A2"


def test_xlsx_writes_moments_in_hanoi_and_cuts_text_excel_cannot_hold(tmp_path):
    moment = datetime.datetime(2021, 9, 30, 17, 30, tzinfo=datetime.UTC)
    path = tmp_path / "b.xlsx"
    write_xlsx(str(path), "x", ["a", "b"], [(moment, "đ" * 40_000)])
    sheet = openpyxl.load_workbook(path).active
    assert sheet["A2"].value == datetime.datetime(2021, 10, 1, 0, 30)
    assert len(sheet["B2"].value) == 32_767
    assert sheet["B2"].value.endswith("…")


def test_an_empty_list_is_still_a_sheet():
    response = xlsx_response("rong.xlsx", "Trống", HEADER, [])
    book = openpyxl.load_workbook(io.BytesIO(b"".join(response.streaming_content)))
    for close in response._resource_closers:  # response.close() would also end database connections
        close()
    assert [cell.value for cell in book.active[1]] == HEADER


def test_xlsx_counts_letters_as_excel_does_and_takes_no_text_for_markup(tmp_path):
    path = tmp_path / "c.xlsx"
    texts = ["😀" * 20_000, "<r>a & b</r>", "<r><t>x</t></r>", "<b>đậm</b>", " đầu\nvà cuối ", "0123"]
    write_xlsx(str(path), "x", ["a"], [[text] for text in texts])
    found = [cell.value for (cell,) in openpyxl.load_workbook(path).active.iter_rows(min_row=2)]
    assert len(found[0].encode("utf-16-le")) // 2 <= 32_767
    assert found[0] == "😀" * 16_383 + "…"
    assert found[1:] == ["<r>a & b</r> ", "<r><t>x</t></r> ", *texts[3:]]
    (kind,) = {cell.data_type for (cell,) in openpyxl.load_workbook(path).active.iter_rows(min_row=2)}
    assert kind == "s"
