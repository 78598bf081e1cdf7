"""The list and the page of one procedure."""

import io

import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from procedures.importing.batches import run_import
from procedures.models import Procedure
from tests.factories import (
    DecidingAuthorityFactory,
    ProcedureFactory,
    ProcedureSectorFactory,
    SectorFactory,
    UserFactory,
)
from tests.procedures.books import OLD_HEADER, book

pytestmark = pytest.mark.django_db
LIST = reverse("procedures:list")


@pytest.fixture
def client(login):
    return login(UserFactory())


def count(response) -> int:
    text = response.content.decode()
    return int(text.split('data-count="')[1].split('"')[0])


def test_the_list_is_searched_without_accents(client):
    ProcedureFactory(code="1.000001", name="Đăng ký khai sinh")
    ProcedureFactory(code="1.000002", name="Đăng ký kết hôn")
    response = client.get(LIST, {"q": "dang ky khai sinh"})
    assert count(response) == 1
    assert "Đăng ký khai sinh" in response.content.decode()
    assert count(client.get(LIST, {"q": "1.000002"})) == 1
    assert "Không có thủ tục nào khớp" in client.get(LIST, {"q": "không có"}).content.decode()


def test_the_list_is_filtered(client, justice):
    sector = SectorFactory(name="Hộ tịch")
    one = ProcedureFactory(publisher=justice, execution_levels=["commune", "province"], status="abolished")
    ProcedureSectorFactory(procedure=one, sector=sector)
    DecidingAuthorityFactory(procedure=one)
    DecidingAuthorityFactory(procedure=one)
    other = ProcedureFactory(execution_levels=["ministry"])
    ProcedureSectorFactory(procedure=other)
    for query in (
        {"organisation": "G15"},
        {"sector": sector.pk},
        {"level": "commune"},
        {"status": "abolished"},
        {"decider": "known"},
        {"decider": "unknown"},
    ):
        assert count(client.get(LIST, query)) == 1, query
    assert count(client.get(LIST)) == 2
    assert count(client.get(LIST, {"organisation": "KHONG"})) == 0


@pytest.mark.parametrize("sort", ["code", "-code", "name", "-name", "publisher", "updated", "-updated", "nonsense", ""])
def test_the_list_is_sorted_and_unknown_orders_do_no_harm(client, sort):
    ProcedureFactory.create_batch(2)
    assert count(client.get(LIST, {"sort": sort, "page": "x"})) == 2


def test_names_stand_in_vietnamese_order(client):
    for name in ("Đổi giấy", "Cấp giấy", "Dừng hoạt động", "Ân hạn"):
        ProcedureFactory(name=name)
    text = client.get(LIST, {"sort": "name"}).content.decode()
    places = [text.index(name) for name in ("Ân hạn", "Cấp giấy", "Dừng hoạt động", "Đổi giấy")]
    assert places == sorted(places)


def full_procedure():
    procedure = ProcedureFactory()
    ProcedureSectorFactory(procedure=procedure)
    DecidingAuthorityFactory(procedure=procedure)


def test_twenty_rows_cost_the_queries_of_one(client):
    full_procedure()
    client.get(LIST)
    with CaptureQueriesContext(connection) as one:
        client.get(LIST)
    for _ in range(19):
        full_procedure()
    with CaptureQueriesContext(connection) as twenty:
        assert count(client.get(LIST)) == 20
    assert len(one) == len(twenty)


def test_fifty_stand_on_a_page(client, justice):
    for _ in range(51):
        ProcedureFactory(publisher=justice)
    assert client.get(LIST).content.decode().count("<tr>") == 51
    assert client.get(LIST, {"page": 2}).content.decode().count("<tr>") == 2


def test_an_export_imports_again_without_a_change_deciders_included(client, bodies, tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path / "media"
    row = ("1.000001", "Tên", "G15", "Bộ trưởng\nSở Tư pháp", "Điều 1", "Cấp xã\nCấp tỉnh", "Hộ tịch\nNuôi con nuôi")
    path = book(tmp_path / "a.xlsx", row, ("2.000010", "+Tên khác", "G15"), header=(*OLD_HEADER, "Lĩnh vực"))
    run_import(by=None, path=path)
    response = client.get(LIST, {"export": "xlsx"})
    content = b"".join(response.streaming_content)
    page = openpyxl.load_workbook(io.BytesIO(content)).active
    assert page["A2"].data_type == "s"
    (tmp_path / "b.xlsx").write_bytes(content)
    again = run_import(by=None, path=tmp_path / "b.xlsx")
    assert (again.counts["unchanged"], again.counts["repaired"]) == (2, 0)
    assert again.warnings == []


def test_a_csv_export_has_all_rows_of_the_filter(client):
    ProcedureFactory.create_batch(3)
    ProcedureFactory(status="abolished")
    response = client.get(LIST, {"export": "csv", "status": "published"})
    lines = b"".join(response.streaming_content).decode("utf-8-sig").strip().split("\r\n")
    assert len(lines) == 4
    assert lines[0].startswith("Mã TTHC,Tên TTHC,Cơ quan ban hành")


def test_a_procedure_shows_where_each_value_came_from(client, bodies, tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path / "media"
    run_import(by=None, path=book(tmp_path / "tep.xlsx", ("1.000001", "Cũ", "G15", "Sở Tư pháp", "Hộ tịch")))
    run_import(by=None, path=book(tmp_path / "moi.xlsx", ("1.000001", "Mới", "G15", "", "")))
    text = client.get(reverse("procedures:detail", args=["1.000001"])).content.decode()
    assert "Chưa xác định ai quyết định" in text
    assert "moi.xlsx" in text
    assert "Thay đổi từ tệp moi.xlsx, dòng 3" in text
    assert "Đưa vào danh mục từ tệp tep.xlsx, dòng 3" in text
    assert f"{reverse('reviews:list')}?q=1.000001" in text
    assert "/procedures/import/" not in text


def test_a_procedure_costs_the_same_queries_with_twenty_deciders(client):
    procedure = ProcedureFactory()
    url = reverse("procedures:detail", args=[procedure.code])
    DecidingAuthorityFactory(procedure=procedure)
    client.get(url)
    with CaptureQueriesContext(connection) as one:
        client.get(url)
    DecidingAuthorityFactory.create_batch(19, procedure=procedure)
    with CaptureQueriesContext(connection) as twenty:
        client.get(url)
    assert len(one) == len(twenty)


def test_a_code_that_is_not_there_is_404(client):
    assert client.get(reverse("procedures:detail", args=["9.999999"])).status_code == 404
    assert Procedure.objects.count() == 0
