"""Pages on which a wrong entry is reported, listed, answered, and on which the reporter reads the answer."""

import io

import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from procedures.corrections import report_wrong
from procedures.importing.batches import apply, choose, preview, run_import
from procedures.models import Correction, Procedure
from tests.factories import OrganisationFactory, ProcedureFactory, UserFactory
from tests.procedures.books import book
from tthc_portal.accounts.models import Role

pytestmark = pytest.mark.django_db
LIST = reverse("procedures:corrections")


@pytest.fixture
def official(justice):
    return UserFactory(organisation=justice, full_name="Trần Thị Bình")


@pytest.fixture
def procedure(justice):
    return ProcedureFactory(code="1.000001", name="Đăng ký khai sinh", publisher=justice)


def count(response) -> int:
    return int(response.content.decode().split('data-count="')[1].split('"')[0])


def report(by, procedure, text="Sai tên."):
    return report_wrong(by=by, procedure=procedure, field="name", text=text)


def test_an_official_reports_from_the_page_of_the_procedure(login, official, procedure):
    client = login(official)
    url = reverse("procedures:report_wrong", args=[procedure.code])
    assert url in client.get(reverse("procedures:detail", args=[procedure.code])).content.decode()
    assert '<option value="publisher" selected>' in client.get(url, {"field": "publisher"}).content.decode()
    answer = client.post(url, {"field": "publisher", "text": "Cơ quan khác ban hành.", "suggestion": "Bộ Nội vụ"})
    one = Correction.objects.get()
    assert answer["Location"] == reverse("procedures:correction", args=[one.pk])
    page = client.get(answer["Location"]).content.decode()
    assert "Đang chờ quản trị trả lời" in page
    assert "Bộ Nội vụ" in page


def test_a_report_without_text_is_refused_and_what_was_typed_stays(login, official, procedure):
    url = reverse("procedures:report_wrong", args=[procedure.code])
    answer = login(official).post(url, {"field": "name", "text": " ", "suggestion": "Tên đúng"})
    assert answer.status_code == 422
    assert "Chưa ghi nội dung báo sai" in answer.content.decode()
    assert "Tên đúng" in answer.content.decode()
    assert not Correction.objects.exists()


def test_reports_that_wait_are_said_before_another_is_made(login, official, procedure):
    report(official, procedure, "Tên thiếu một chữ.")
    report(UserFactory(), procedure, "Việc của cơ quan khác.")
    page = login(official).get(reverse("procedures:report_wrong", args=[procedure.code])).content.decode()
    assert "Đã có 2 báo sai đang chờ" in page
    assert "Tên thiếu một chữ." in page
    assert "Việc của cơ quan khác." not in page
    page = login(official).get(reverse("procedures:detail", args=[procedure.code])).content.decode()
    assert "Đã có 2 báo sai đang chờ" in page
    assert "Việc của cơ quan khác." not in page


def test_a_body_lists_its_own_and_overseers_all(login, official, procedure, admin):
    other = OrganisationFactory(code="G99")
    mine, theirs = report(official, procedure), report(UserFactory(organisation=other), procedure, "Sai lĩnh vực.")
    assert count(login(official).get(LIST)) == 1
    assert count(login(admin).get(LIST)) == 2
    assert login(official).get(reverse("procedures:correction", args=[theirs.pk])).status_code == 404
    assert login(official).post(reverse("procedures:correction", args=[mine.pk]), {}).status_code == 403
    client = login(UserFactory(role=Role.AUDITOR))
    for query, wanted in (
        ({"state": "open"}, 2),
        ({"state": "declined"}, 0),
        ({"state": "x"}, 0),
        ({"organisation": "G99"}, 1),
        ({"organisation": "X"}, 0),
        ({"q": "khai sinh linh vuc"}, 0),
        ({"q": "khai sinh"}, 2),
        ({"q": "lĩnh vực"}, 1),
        ({"sort": "-code", "page": "x"}, 2),
    ):
        assert count(client.get(LIST, query)) == wanted, query


def test_the_administrator_answers_and_the_reporter_reads_it(login, official, bodies, admin, tmp_path):
    run_import(by=admin, path=book(tmp_path / "a.xlsx", ("1.000001", "Sai", "G15")))
    one = report(official, Procedure.objects.get())
    batch = run_import(by=admin, path=book(tmp_path / "sua.xlsx", ("1.000001", "Đúng", "G15"))).batch
    url = reverse("procedures:correction", args=[one.pk])
    client = login(admin)
    assert "sua.xlsx, dòng 3" in client.get(url).content.decode()
    refused = client.post(url, {"state": "declined", "answer": ""})
    assert refused.status_code == 422
    assert "phải nói lý do" in refused.content.decode()
    assert client.post(url, {"state": "corrected", "batch": batch.pk, "answer": "Đã sửa tên."}).status_code == 302
    again = client.post(url, {"state": "declined", "answer": "Khác."})
    assert "chưa được ghi" in again.content.decode()
    assert "Khác." in again.content.decode()
    reader = login(official)
    page = reader.get(reverse("procedures:detail", args=["1.000001"])).content.decode()
    assert f"sửa theo báo sai #{one.pk}" in page
    assert "Đã sửa tên." in page
    assert "Đã sửa tên." in reader.get(LIST).content.decode()
    assert "sua.xlsx" in reader.get(url).content.decode()


def test_the_history_tells_an_import_that_marked_the_procedure_as_abolished(login, official, bodies, admin, tmp_path):
    rows = ("1.000001", "Một", "G15"), ("1.000002", "Hai", "G15")
    run_import(by=admin, path=book(tmp_path / "a.xlsx", *rows))
    one = report(official, Procedure.objects.get(code="1.000002"), "Đã bãi bỏ.")
    batch = preview(by=admin, path=book(tmp_path / "b.xlsx", rows[0]))
    apply(by=admin, batch=choose(by=admin, batch=batch, missing="abolish", only_valid=False))
    url = reverse("procedures:correction", args=[one.pk])
    assert "b.xlsx, không có trong tệp" in login(admin).get(url).content.decode()
    assert login(admin).post(url, {"state": "corrected", "batch": batch.pk}).status_code == 302
    page = login(official).get(reverse("procedures:detail", args=["1.000002"])).content.decode()
    assert "Ghi là bãi bỏ vì không có trong tệp b.xlsx" in page
    assert f"sửa theo báo sai #{one.pk}" in page


def test_exports_hold_the_rows_of_the_list(login, official, procedure):
    report(official, procedure, "=1+1")
    report(UserFactory(), procedure)
    client = login(official)
    lines = b"".join(client.get(LIST, {"export": "csv"}).streaming_content).decode("utf-8-sig").strip().split("\r\n")
    assert len(lines) == 2
    assert "'=1+1" in lines[1]
    content = b"".join(client.get(LIST, {"export": "xlsx"}).streaming_content)
    assert openpyxl.load_workbook(io.BytesIO(content)).active.max_row == 2
    assert client.get(LIST, {"export": "pdf"}).status_code == 404


def test_twenty_reports_cost_the_queries_of_one(login, official, procedure, admin):
    for user, url in ((admin, LIST), (official, reverse("procedures:detail", args=[procedure.code]))):
        Correction.objects.all().delete()
        client = login(user)
        report(official, procedure)
        client.get(url)
        with CaptureQueriesContext(connection) as one:
            client.get(url)
        for _ in range(19):
            report(official, procedure)
        with CaptureQueriesContext(connection) as twenty:
            client.get(url)
        assert len(one) == len(twenty)


def test_only_people_of_a_body_find_the_button(login, procedure, admin):
    page = login(admin).get(reverse("procedures:detail", args=[procedure.code])).content.decode()
    assert "report-wrong" not in page
    assert login(admin).get(reverse("procedures:report_wrong", args=[procedure.code])).status_code == 403
