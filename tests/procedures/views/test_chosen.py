"""The pages of wordings matched by hand: who, when, what stands on each, and taking one back."""

import datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from procedures.importing.batches import preview, run_import
from procedures.matching import map_publishers, match_authority
from procedures.models import AuthorityAlias, Matching
from procedures.withdrawing import withdraw
from tests.factories import DepartmentFactory, UserFactory
from tests.procedures.books import OLD_HEADER, book
from tthc_portal.accounts.models import Role

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("bodies")]
PAGE = reverse("procedures:chosen")
DAY = datetime.date(2026, 7, 1)


def imported(path, *cells, first=1):
    rows = ((f"1.{n:06d}", f"Tên {n}", "G15", cell, "", "") for n, cell in enumerate(cells, start=first))
    return run_import(by=None, path=book(path, *rows, header=OLD_HEADER))


def text(response) -> str:
    return response.content.decode()


@pytest.fixture
def word(tmp_path, admin):
    """A wording on which two procedures stand."""
    imported(tmp_path / "a.xlsx", "Hội đồng lạ", "Hội đồng lạ")
    match_authority(by=admin, wording="Hội đồng lạ", levels=["MINISTER"])
    return Matching.objects.get()


def one(word) -> str:
    return reverse("procedures:chosen_detail", args=[word.pk])


def test_the_list_says_who_chose_what_when_and_how_much_stands_on_it(word, admin, login):
    page = text(login(admin).get(PAGE))
    assert 'data-count="1"' in page
    assert f"{word.made_by}" in page
    assert f"{word.made_at.astimezone(datetime.timezone(datetime.timedelta(hours=7))):%H:%M %d/%m/%Y}" in page
    assert "2 thủ tục" in page
    assert "Bộ trưởng" in page
    assert PAGE in text(login(admin).get(reverse("procedures:matching")))


def test_what_stands_on_a_word_is_said_before_it_is_taken_back(word, admin, login):
    page = text(login(admin).get(one(word)))
    assert 'data-count="2"' in page
    assert "1.000001" in page
    assert "<strong>2 thủ tục</strong> trở về" in page
    client = login(admin)
    address = reverse("procedures:withdraw_chosen", args=[word.pk])
    refused = client.post(address, {"reason": " "})
    assert refused.status_code == 422
    assert "Chưa ghi lý do thu hồi" in text(refused)
    assert client.post(address, {"reason": "Chọn nhầm cấp"}).url == PAGE
    page = text(client.get(PAGE))
    assert "2 thủ tục chờ đối chiếu lại" in page
    assert "Chọn nhầm cấp" in page
    assert not AuthorityAlias.objects.exists()
    page = text(client.get(one(word)))
    assert "Người thu hồi" in page
    assert '<form class="form-section"' not in page
    late = client.post(address, {"reason": "Lần nữa"})
    assert late.status_code == 422


def test_a_wording_chosen_again_shows_its_earlier_words(word, admin, login):
    withdraw(by=admin, matching=word, reason="Chọn nhầm")
    match_authority(by=admin, wording="Hội đồng lạ", levels=["PROV_PC"])
    later = Matching.objects.in_force().get()
    assert one(word) in text(login(admin).get(one(later)))
    assert one(later) in text(login(admin).get(one(word)))


def test_a_publisher_names_the_imports_that_use_it(tmp_path, admin, login, justice):
    path = book(tmp_path / "a.xlsx", ("1.000001", "Tên", "Tư pháp cũ", "", ""))
    batch = preview(by=admin, path=path, as_of=DAY)
    choice = {"wording": "Tư pháp cũ", "organisation": justice.pk, "valid_from": None}
    map_publishers(by=admin, batch=batch, choices=[choice])
    page = text(login(admin).get(one(Matching.objects.get())))
    assert f"Lượt nhập {batch.pk}: a.xlsx</a> (Chờ xác nhận): 1 dòng" in page
    assert "Các thủ tục đã nhập giữ nguyên cơ quan ban hành" in page
    assert "Bộ Tư pháp (G15)" in page


def test_the_list_is_filtered_sorted_and_exported(word, admin, login):
    match_authority(by=admin, wording="Tổ công tác lạ", levels=["PROV_PC"])
    withdraw(by=admin, matching=word, reason="Chọn nhầm")
    client = login(admin)
    for query, count in (("q=to cong", 1), ("state=used", 1), ("state=withdrawn", 1), ("kind=publisher", 0), ("", 2)):
        assert f'data-count="{count}"' in text(client.get(f"{PAGE}?{query}"))
    page = text(client.get(PAGE, {"sort": "wording"}))
    assert page.index("Hội đồng lạ") < page.index("Tổ công tác lạ")
    csv = b"".join(client.get(PAGE, {"export": "csv", "sort": "wording"}).streaming_content).decode("utf-8-sig")
    assert csv.splitlines()[0].startswith("Cách ghi,Loại,Được hiểu là,Người chọn,Lúc chọn,Đang dựa vào")
    assert "Chọn nhầm" in csv.splitlines()[1]
    assert b"".join(client.get(PAGE, {"export": "xlsx"}).streaming_content)[:2] == b"PK"
    assert client.get(PAGE, {"export": "pdf"}).status_code == 404


@pytest.mark.parametrize("role", Role)
def test_administrators_take_back_overseers_read_and_others_are_kept_out(word, login, role):
    user = UserFactory(organisation=DepartmentFactory(), role=role)
    client = login(user)
    for address in (PAGE, one(word)):
        assert client.get(address).status_code == (200 if user.oversees else 403)
    writes = role == Role.ADMINISTRATOR
    if user.oversees:
        assert ('name="reason"' in text(client.get(one(word)))) == writes
    answer = client.post(reverse("procedures:withdraw_chosen", args=[word.pk]), {"reason": "Chọn nhầm"})
    assert answer.status_code == (302 if writes else 403)


def test_twenty_words_cost_the_queries_of_one(tmp_path, admin, login):
    client, costs = login(admin), []
    for count in (1, 20):
        wordings = [f"Hội đồng số {n}" for n in range(count)]
        imported(tmp_path / f"{count}.xlsx", *wordings)
        for wording in wordings:
            match_authority(by=admin, wording=wording, levels=["MINISTER"])
        client.get(PAGE)
        with CaptureQueriesContext(connection) as queries:
            assert f'data-count="{count}"' in text(client.get(PAGE))
        costs.append(len(queries))
    assert costs[0] == costs[1]
