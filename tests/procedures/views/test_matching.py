"""The page of wordings that nobody has matched, and the unknown publishers of a preview."""

import datetime

import pytest
from django.db import connection
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from procedures.importing.batches import preview, run_import
from procedures.matching_forms import unknown_publishers
from procedures.models import AuthorityAlias, DecidingAuthority, Procedure, UnresolvedAuthority
from tests.factories import DepartmentFactory, UserFactory
from tests.procedures.books import OLD_HEADER, book
from tthc_portal.accounts.models import OrganisationAlias, Role

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("bodies")]
PAGE = reverse("procedures:matching")
DAY = datetime.date(2026, 7, 1)


def imported(path, *cells, first=1):
    rows = ((f"1.{n:06d}", f"Tên {n}", "G15", cell, "", "") for n, cell in enumerate(cells, start=first))
    return run_import(by=None, path=book(path, *rows, header=OLD_HEADER))


def text(response) -> str:
    return response.content.decode()


def test_wordings_stand_by_number_of_procedures_with_examples_and_a_suggestion(tmp_path, admin, login):
    imported(tmp_path / "a.xlsx", *["Ủy ban cấp tỉnh lạ"] * 5, "Hội đồng lạ")
    page = text(login(admin).get(PAGE))
    assert 'data-count="2"' in page
    assert "6 thủ tục chưa xác định được thẩm quyền" in page
    assert page.index("Ủy ban cấp tỉnh lạ") < page.index("Hội đồng lạ")
    assert "1.000001" in page
    assert "1.000004" not in page
    assert "và 2 thủ tục khác" in page
    assert "Gợi ý: " in page
    assert "Không có cách ghi nào gần giống" in page


def test_a_suggestion_stands_chosen_only_where_the_wordings_are_nearly_the_same(tmp_path, admin, login):
    imported(tmp_path / "a.xlsx", "Tổ chức chính trị và xã hội", "Thủ tướng nước ngoài lạ")
    page = text(login(admin).get(PAGE))
    assert page.count("Gợi ý: ") == 2
    assert page.count(" selected>") == 1
    assert '<option value="SOCIO_POLITICAL" selected>' in page


def test_half_of_a_joined_wording_is_suggested_and_never_stands_chosen(tmp_path, admin, login):
    imported(tmp_path / "a.xlsx", "Chủ tịch Ủy ban nhân dân cấp tỉnh hoặc Sở lạ")
    page = text(login(admin).get(PAGE))
    assert "Gợi ý: " in page
    assert " selected>" not in page


def test_choosing_a_level_once_settles_all_waiting_procedures(tmp_path, admin, login):
    imported(tmp_path / "a.xlsx", "Hội đồng lạ", "Hội đồng lạ")
    client = login(admin)
    response = client.post(f"{PAGE}?q=hoi", {"wording": "Hội đồng lạ", "level": ["PROV_PC", "PROV_PC_CHAIR", ""]})
    assert response.url == f"{PAGE}?q=hoi"
    page = text(client.get(PAGE))
    assert "đã xác định thẩm quyền của 2 thủ tục" in page
    assert "Không còn tên cơ quan nào cần đối chiếu" in page
    assert DecidingAuthority.objects.count() == 4
    assert Procedure.objects.decider_unknown().count() == 0


def test_a_refused_choice_says_why_and_keeps_what_was_chosen(tmp_path, admin, login):
    imported(tmp_path / "a.xlsx", "Hội đồng lạ")
    client = login(admin)
    response = client.post(PAGE, {"wording": "Hội đồng lạ", "level": ["", "KHONG_CO"]})
    assert response.status_code == 422
    assert "không còn trong danh sách" in text(response)
    response = client.post(PAGE, {"wording": "Hội đồng lạ", "level": ["", ""]})
    assert "Chọn ít nhất một cấp" in text(response)
    assert not AuthorityAlias.objects.exists()


def test_the_list_is_searched_without_accents_sorted_and_exported(tmp_path, admin, login):
    imported(tmp_path / "a.xlsx", "Hội đồng lạ", "Tổ công tác lạ", "Tổ công tác lạ")
    client = login(admin)
    assert 'data-count="1"' in text(client.get(PAGE, {"q": "to cong"}))
    assert "Không có cách ghi nào khớp" in text(client.get(PAGE, {"q": "khong co"}))
    page = text(client.get(PAGE, {"sort": "wording"}))
    assert page.index("Hội đồng lạ") < page.index("Tổ công tác lạ")
    csv = b"".join(client.get(PAGE, {"export": "csv"}).streaming_content).decode("utf-8-sig")
    assert csv.splitlines()[0] == "Cách ghi,Số thủ tục,Thủ tục ví dụ,Cấp gợi ý,Giống cách ghi"
    assert csv.splitlines()[1].startswith("Tổ công tác lạ,2,")
    xlsx = client.get(PAGE, {"export": "xlsx"})
    assert xlsx.status_code == 200
    b"".join(getattr(xlsx, "streaming_content", []))
    assert client.get(PAGE, {"export": "pdf"}).status_code == 404


@pytest.mark.parametrize("role", Role)
def test_administrators_act_overseers_read_and_others_are_kept_out(tmp_path, login, role):
    imported(tmp_path / "a.xlsx", "Hội đồng lạ")
    user = UserFactory(organisation=DepartmentFactory(), role=role)
    client = login(user)
    response = client.get(PAGE)
    assert response.status_code == (200 if user.oversees else 403)
    writes = role == Role.ADMINISTRATOR
    if user.oversees:
        assert ('name="level"' in text(response)) == writes
    answer = client.post(PAGE, {"wording": "Hội đồng lạ", "level": "MINISTER"})
    assert answer.status_code == (302 if writes else 403)
    assert UnresolvedAuthority.objects.exists() != writes


def test_twenty_wordings_cost_the_queries_of_one(tmp_path, admin, login):
    client, costs = login(admin), []
    for count in (1, 20):
        imported(tmp_path / f"{count}.xlsx", *(f"Hội đồng {n}" for n in range(count)))
        client.get(PAGE)
        with CaptureQueriesContext(connection) as queries:
            page = text(client.get(PAGE))
        assert f'data-count="{count}"' in page
        costs.append(len(queries))
    assert costs[0] == costs[1]


# -- publishers


@pytest.fixture
def batch(tmp_path, admin):
    """A preview with two unknown publishers, one of them written almost right."""
    wordings = ("Bộ Tư phápp", "Bộ Tư phápp", "Cơ quan lạ hoắc", "G15")
    rows = [(f"1.{n:06d}", "Tên", wording, "", "") for n, wording in enumerate(wordings)]
    return preview(by=admin, path=book(tmp_path / "a.xlsx", *rows), as_of=DAY)


def posted(*rows) -> dict:
    data = {"publishers-TOTAL_FORMS": len(rows), "publishers-INITIAL_FORMS": len(rows)}
    for n, (wording, organisation, start) in enumerate(rows):
        data |= {f"publishers-{n}-wording": wording, f"publishers-{n}-organisation": organisation or ""}
        data |= {f"publishers-{n}-valid_from": start}
    return data


def address(batch) -> str:
    return reverse("procedures:map_publishers", args=[batch.pk])


def test_the_fragment_lists_each_unknown_publisher_with_its_rows_and_the_nearest_body_chosen(batch, justice, bodies):
    unknown = unknown_publishers(batch)
    assert unknown == [{"wording": "Bộ Tư phápp", "rows": 2}, {"wording": "Cơ quan lạ hoắc", "rows": 1}]
    request = RequestFactory().get("/")
    page = render_to_string("procedures/_publishers.html", {"batch": batch, "unknown_publishers": unknown}, request)
    assert f'<option value="{justice.pk}" selected>Bộ Tư pháp (G15)</option>' in page
    assert "Bộ Giao thông vận tải" not in page  # it did not stand on that day
    assert page.count(" selected>") == 2
    assert render_to_string("procedures/_publishers.html", {"batch": batch, "unknown_publishers": []}).strip() == ""


def test_mapping_once_brings_the_preview_up_to_date(batch, admin, login, justice):
    client = login(admin)
    data = posted(("Bộ Tư phápp", justice.pk, ""), ("Cơ quan lạ hoắc", None, ""))
    assert client.post(address(batch), data).url == reverse("procedures:batch", args=[batch.pk])
    batch.refresh_from_db()
    assert (batch.rows_invalid, batch.rows_created) == (1, 3)
    assert "Đã ghi 1 cách ghi" in text(client.get(reverse("procedures:batch", args=[batch.pk])))


def test_what_was_typed_comes_back_with_the_reason(batch, admin, login, justice):
    client = login(admin)
    response = client.post(address(batch), posted(("Bộ Tư phápp", justice.pk, "32/01/2026")))
    assert response.status_code == 422
    assert 'value="32/01/2026"' in text(response)
    assert f'value="{justice.pk}" selected' in text(response)
    response = client.post(address(batch), posted(("Bộ Tư phápp", justice.pk, "02/07/2026")))
    assert "ngày bắt đầu phải từ ngày thành lập" in text(response)
    response = client.post(address(batch), posted(("Bộ Tư phápp", None, "")))
    assert "Chưa chọn cơ quan nào" in text(response)
    assert client.post(address(batch), {}).status_code == 422
    assert not OrganisationAlias.objects.filter(wording="Bộ Tư phápp").exists()


@pytest.mark.parametrize("role", [role for role in Role if role != Role.ADMINISTRATOR])
def test_only_administrators_map_publishers(batch, login, justice, role):
    client = login(UserFactory(organisation=DepartmentFactory(), role=role))
    assert client.post(address(batch), posted(("Bộ Tư phápp", justice.pk, ""))).status_code == 403


def test_reading_the_address_writes_nothing(batch, admin, login):
    assert login(admin).get(address(batch)).status_code == 405
    assert login(admin).post(reverse("procedures:map_publishers", args=[0]), posted()).status_code == 404
