"""The report: the administrator's own workbook, and what the catalogue has and his file lacks."""

import itertools
import re
import zipfile

import openpyxl
import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from procedures.importing import batches
from procedures.importing.choices import set_columns
from procedures.importing.report import ABSENT, REMEDY, RESULT
from tests.procedures.books import book, many

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("bodies")]


def rows(path) -> list[tuple]:
    """The sheet of what the file lacks; empty without one."""
    workbook = openpyxl.load_workbook(path)
    return list(workbook[ABSENT].iter_rows(values_only=True)) if ABSENT in workbook.sheetnames else []


def downloaded(client, batch, path):
    path.write_bytes(b"".join(client.get(reverse("procedures:report", args=[batch.pk])).streaming_content))
    return path


def test_procedures_that_the_file_lacks_stand_on_a_sheet_of_their_own(tmp_path, admin, login):
    batches.run_import(by=admin, path=many(tmp_path / "a.xlsx", 3))
    batch = batches.preview(by=admin, path=many(tmp_path / "b.xlsx", 1))
    client = login(admin)
    assert rows(downloaded(client, batch, tmp_path / "r.xlsx")) == [
        ("Mã trong danh mục", "Tên trong danh mục", "Thuộc cơ quan", "Đã chọn"),
        ("1.000001", "Thủ tục số 1", "Bộ Tư pháp", "Giữ nguyên"),
        ("1.000002", "Thủ tục số 2", "Bộ Tư pháp", "Giữ nguyên"),
    ]
    batches.choose(by=admin, batch=batch, missing="abolish", only_valid=False)
    assert {row[3] for row in rows(downloaded(client, batch, tmp_path / "r.xlsx"))[1:]} == {"Đánh dấu bãi bỏ"}
    batches.apply(by=admin, batch=batch)
    assert [row[0] for row in rows(downloaded(client, batch, tmp_path / "r.xlsx"))[1:]] == ["1.000001", "1.000002"]


def test_by_command_too(tmp_path):
    batches.run_import(by=None, path=many(tmp_path / "a.xlsx", 3))
    out = tmp_path / "r.xlsx"
    call_command("import_procedures", str(many(tmp_path / "b.xlsx", 2)), "--dry-run", "--report", str(out))
    assert rows(out)[1:] == [("1.000002", "Thủ tục số 2", "Bộ Tư pháp", "Giữ nguyên")]
    call_command("import_procedures", str(tmp_path / "b.xlsx"), "--missing", "abolish", "--report", str(out))
    assert rows(out)[1:] == [("1.000002", "Thủ tục số 2", "Bộ Tư pháp", "Đánh dấu bãi bỏ")]


def test_a_file_that_lacks_nothing_has_no_such_sheet(tmp_path, admin, login):
    batch = batches.preview(by=admin, path=many(tmp_path / "a.xlsx", 1))
    assert rows(downloaded(login(admin), batch, tmp_path / "r.xlsx")) == []


def test_a_report_mended_and_uploaded_again_is_one_catalogue_and_its_own_report_is_fresh(tmp_path, admin, login):
    batches.run_import(by=admin, path=many(tmp_path / "a.xlsx", 4))
    first = batches.preview(by=admin, path=many(tmp_path / "b.xlsx", 2))
    report = downloaded(login(admin), first, tmp_path / "r.xlsx")
    again = batches.preview(by=admin, path=report)
    assert (again.rows_total, again.rows_unchanged, again.rows_missing) == (2, 2, 2)
    second = downloaded(login(admin), again, tmp_path / "s.xlsx")
    assert [row[0] for row in rows(second)[1:]] == ["1.000002", "1.000003"]
    assert openpyxl.load_workbook(second).sheetnames.count(ABSENT) == 1


def test_a_name_that_looks_like_a_formula_stays_text(tmp_path, admin, login):
    batches.run_import(by=admin, path=book(tmp_path / "a.xlsx", ("1.000001", "'=1+1", "G15", "", "")))
    batches.run_import(by=admin, path=book(tmp_path / "b.xlsx", ("1.000002", "Tên", "G15", "", "")))
    batch = batches.preview(by=admin, path=tmp_path / "b.xlsx")
    page = openpyxl.load_workbook(downloaded(login(admin), batch, tmp_path / "r.xlsx"))[ABSENT]
    assert {cell.data_type for row in page.iter_rows() for cell in row} == {"s"}


def test_twenty_of_them_cost_the_queries_of_one(tmp_path, admin, login):
    client, costs = login(admin), []
    for count in (2, 21):
        batches.run_import(by=admin, path=many(tmp_path / f"{count}.xlsx", count))
        batch = batches.preview(by=admin, path=many(tmp_path / "one.xlsx", 1))
        with CaptureQueriesContext(connection) as queries:
            report = downloaded(client, batch, tmp_path / "r.xlsx")
        assert len(rows(report)) == count
        costs.append(len(queries))
    assert costs[0] == costs[1]


def labels(path, row=2) -> list[str]:
    return [cell.value for cell in openpyxl.load_workbook(path).worksheets[0][row]]


def remade(source, target, change):
    """``source`` with every part of its archive passed through ``change``."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            new.writestr(name, change(name, old.read(name)))
    return target


def strict(_, part: bytes) -> bytes:
    part = part.replace(
        b"http://schemas.openxmlformats.org/spreadsheetml/2006/main", b"http://purl.oclc.org/ooxml/spreadsheetml/main"
    )
    return part.replace(
        b"http://schemas.openxmlformats.org/officeDocument/2006/relationships",
        b"http://purl.oclc.org/ooxml/officeDocument/relationships",
    )


def test_the_two_columns_stand_beside_the_table_however_far_formats_and_merges_reach(tmp_path, admin, login):
    path = many(tmp_path / "a.xlsx", 3)
    workbook = openpyxl.load_workbook(path)
    page = workbook.active
    width = page.max_column
    page.merge_cells("A1:XFD1")
    page.merge_cells(start_row=3, end_row=3, start_column=width, end_column=16_384)
    page.cell(4, 16_384).font = openpyxl.styles.Font(bold=True)
    workbook.save(path)
    batch = batches.preview(by=admin, path=path)
    report = downloaded(login(admin), batch, tmp_path / "r.xlsx")
    assert labels(report)[width : width + 2] == [RESULT, REMEDY]
    assert openpyxl.load_workbook(report).worksheets[0].cell(3, width + 1).value == "Mới"


@pytest.mark.parametrize("start", [4, 6])
def test_the_two_columns_are_seen_where_all_columns_beside_the_table_are_hidden(start, tmp_path, admin, login):
    path = many(tmp_path / "a.xlsx", 1)
    workbook = openpyxl.load_workbook(path)
    noted = workbook.active.column_dimensions[openpyxl.utils.get_column_letter(start)]
    noted.min, noted.max, noted.hidden = start, 16_384, True
    workbook.save(path)
    report = downloaded(login(admin), batches.preview(by=admin, path=path), tmp_path / "r.xlsx")
    with zipfile.ZipFile(report) as archive:
        columns = re.findall(rb"<col [^>]*>", archive.read("xl/worksheets/sheet1.xml"))
    ranges = [tuple(int(re.search(rb'%s="(\d+)"' % end, tag)[1]) for end in (b"min", b"max")) for tag in columns]
    shown = [span for span, tag in zip(ranges, columns, strict=True) if b"hidden" not in tag]
    assert shown[-2:] == [(6, 6), (7, 7)]
    assert all(left[1] < right[0] for left, right in itertools.pairwise(sorted(ranges)))


def test_the_report_of_a_report_has_its_two_columns_once(tmp_path, admin, login):
    batch = batches.preview(by=admin, path=book(tmp_path / "a.xlsx", ("x", "Tên", "G15", "", "")))
    first = downloaded(login(admin), batch, tmp_path / "r.xlsx")
    workbook = openpyxl.load_workbook(first)
    workbook.worksheets[0].cell(3, 1).value = "1.000001"
    workbook.save(first)
    second = downloaded(login(admin), batches.preview(by=admin, path=first), tmp_path / "s.xlsx")
    assert labels(second).count(RESULT) == labels(second).count(REMEDY) == 1
    assert labels(second, 3)[-2:] == ["Mới", None]


def test_a_workbook_saved_as_strict_open_xml_has_its_report(tmp_path, admin, login):
    path = remade(many(tmp_path / "a.xlsx", 2), tmp_path / "strict.xlsx", strict)
    batch = batches.preview(by=admin, path=path)
    assert batch.rows_created == 2
    report = downloaded(login(admin), batch, tmp_path / "r.xlsx")
    assert labels(report)[-2:] == [RESULT, REMEDY]
    assert labels(report, 3)[0] == "1.000000"


def test_a_workbook_that_can_be_read_but_not_written_again_says_so(tmp_path, admin, login):
    def spoil(name, part):
        return re.sub(rb"<fill>.*?</fill>", b"<fill/>", part) if name == "xl/styles.xml" else part

    path = remade(many(tmp_path / "a.xlsx", 2), tmp_path / "spoilt.xlsx", spoil)
    batch = batches.preview(by=admin, path=path)
    page = login(admin).get(reverse("procedures:report", args=[batch.pk]), follow=True).content.decode()
    assert "Không lập được báo cáo từ tệp" in page
    assert "không còn trong kho lưu trữ" not in page
    with pytest.raises(CommandError, match="Không lập được báo cáo từ tệp"):
        call_command("import_procedures", str(path), "--dry-run", "--report", str(tmp_path / "out.xlsx"))


def test_a_report_uploaded_again_is_laid_out_as_the_file_was_so_what_was_said_of_its_columns_holds(
    tmp_path, admin, login
):
    header = ("Mã số", "Tên", "Đơn vị chủ trì")
    first = batches.preview(by=admin, path=book(tmp_path / "a.xlsx", ("1.000001", "Tên", "G15"), header=header))
    set_columns(by=admin, batch=first, mapping={"publisher": "Đơn vị chủ trì"})
    again = batches.preview(by=admin, path=downloaded(login(admin), first, tmp_path / "r.xlsx"))
    assert (again.rows_created, again.layout["remembered"], again.layout["labels"]) == (1, True, list(header))
    assert again.layout["unknown_columns"] == []
