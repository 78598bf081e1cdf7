"""The report: the administrator's own workbook, and what the catalogue has and his file lacks."""

import openpyxl
import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from procedures.importing import batches
from procedures.importing.report import ABSENT
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
