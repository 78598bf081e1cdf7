"""The list of packs: which letter, how many forms, how many still wait, what was saved after it was signed."""

import csv
import datetime
import io
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from reviews.actions.appraisal import accept, return_to_body
from reviews.actions.filling import check, finish, save_review
from reviews.actions.sending import send_signed
from reviews.models import Review, Submission
from reviews.reports import submissions as packs
from tests.factories import OrganisationFactory, ParticipationFactory
from tests.office import sheet_of
from tests.reviews.cast import make_cast

pytestmark = pytest.mark.django_db

ADDRESS = "/reviews/submissions/"


@pytest.fixture
def cast():
    return make_cast()


def sent(cast, number=1, **facts):
    """A pack of ``number`` forms, signed by the leader."""
    reviews = [cast.review("checked") for _ in range(number)]
    facts = {"signer_name": "Lê Quang Hùng", "signer_capacity": "KT. BỘ TRƯỞNG"} | facts
    return send_signed(by=cast.own["leader"], reviews=reviews, **facts)


def of(pack):
    """The forms of a pack."""
    return list(Review.objects.filter(submission_items__submission=pack).order_by("pk"))


def counted(pack):
    (found,) = packs.packs_of([pack], pack.campaign)
    return {name: getattr(found, name) for name in ("number", "waiting", "returned", "accepted", "again", "saved")}


def sent_again(cast, review, reason="Đã viết lại lý do cho rõ hơn trước khi gửi lại lần nữa."):
    """A returned form with another text, signed in a pack of its own."""
    person = cast.own["official"]
    review.refresh_from_db()
    save_review(by=person, review_id=review.pk, base_version=review.version, data={"reason": reason})
    review.refresh_from_db()
    finish(by=person, reviews=[review])
    check(by=cast.own["focal_point"], reviews=[review])
    return send_signed(by=cast.own["leader"], reviews=[review], signer_name="Lê Quang Hùng")


def test_each_form_stands_where_it_is_now_and_in_its_last_pack_alone(cast):
    first = sent(cast, 6)
    forms, officer = of(first), cast.other["appraiser"]
    assert counted(first) == {"number": 6, "waiting": 6, "returned": 0, "accepted": 0, "again": 0, "saved": 0}
    accept(by=officer, reviews=forms[:2])
    return_to_body(by=officer, reviews=forms[2:4], points=["Nêu rõ khoản."])
    assert counted(first) == {"number": 6, "waiting": 2, "returned": 2, "accepted": 2, "again": 0, "saved": 0}
    second = sent_again(cast, forms[2])
    assert counted(first) == {"number": 6, "waiting": 2, "returned": 1, "accepted": 2, "again": 1, "saved": 1}
    assert counted(second) == {"number": 1, "waiting": 1, "returned": 0, "accepted": 0, "again": 0, "saved": 0}
    waiting = Review.objects.filter(status="submitted").count()
    assert sum(counted(pack)["waiting"] for pack in (first, second)) == waiting == 3


def test_what_waits_is_the_list_behind_it(cast, login):
    first = sent(cast, 4)
    forms, client = of(first), login(cast.other["appraiser"])
    return_to_body(by=cast.other["appraiser"], reviews=forms[:1], points=["Nêu rõ khoản."])
    sent_again(cast, forms[0])
    page = client.get(ADDRESS).content.decode()
    links = re.findall(r'data-figure="waiting" href="([^"]+)">(\d+)<', page)
    assert [number for _, number in links] == ["1", "3"]
    for href, number in links:
        answer = client.get(href.replace("&amp;", "&")).content.decode()
        assert f'data-count="{number}"' in answer
        assert "Lần gửi: ký trên hệ thống ngày" in answer
    assert 'data-count="0"' in client.get("/reviews/?submission=999999").content.decode()
    assert 'data-count="0"' in client.get("/reviews/?submission=x").content.decode()


def test_a_form_that_an_adjustment_took_out_waits_for_nobody(cast, login):
    pack, other = sent(cast, 3), sent(cast)
    excluded, removed, _ = of(pack)
    Review.objects.filter(pk=excluded.pk).update(eligible=False, counted=False, frozen_standing="eligible")
    Review.objects.filter(pk__in=[removed.pk, *(one.pk for one in of(other))]).update(
        eligible=False, removed=True, counted=False, frozen_standing="eligible"
    )
    assert (counted(pack)["number"], counted(pack)["waiting"], packs.packs_of([pack], pack.campaign)[0].outside) == (
        3,
        1,
        2,
    )
    client = login(cast.other["appraiser"])
    page = client.get(ADDRESS).content.decode()
    ((href, number),) = re.findall(r'data-figure="waiting" href="([^"]+)">(\d+)<', page)
    assert number == "1"
    assert 'data-count="1"' in client.get(href.replace("&amp;", "&")).content.decode()
    assert "2 phiếu đã ra khỏi diện tính theo điều chỉnh phạm vi" in page
    assert list(packs.with_waiting(Submission.objects.all())) == [pack]


def test_a_body_sees_its_own_packs_and_the_department_all(cast, login):
    sent(cast)
    for person, number in ((cast.own["leader"], 1), (cast.other["leader"], 0), (cast.other["auditor"], 1)):
        assert f'data-count="{number}"' in login(person).get(ADDRESS).content.decode()
    stranger = login(cast.other["leader"])
    pack = Submission.objects.get()
    assert 'data-count="0"' in stranger.get(f"/reviews/?submission={pack.pk}").content.decode()


def test_changes_after_signing_are_told_with_the_way_to_them(cast, login):
    pack = sent(cast, 2)
    client = login(cast.other["appraiser"])
    assert "Giống bản đã ký" in client.get(ADDRESS).content.decode()
    return_to_body(by=cast.other["appraiser"], reviews=of(pack)[:1], points=["Nêu rõ khoản."])
    sent_again(cast, of(pack)[0])
    page = client.get(ADDRESS).content.decode()
    assert "1 phiếu sửa sau khi ký" in page
    assert "Xem nội dung khác bản đã ký" in page
    assert 'data-count="1"' in client.get(f"{ADDRESS}?state=changed").content.decode()
    assert "Nội dung khác bản đã ký" in client.get(reverse("reviews:submission", args=[pack.pk])).content.decode()


def test_filters_narrow_and_what_means_nothing_leaves_none(cast, login):
    pack, done = sent(cast, 2), sent(cast, 1, signer_name="Phạm Thị Mai")
    accept(by=cast.other["appraiser"], reviews=of(done))
    Submission.objects.filter(pk=pack.pk).update(letter_number="15/BXD-VP", letter_date=datetime.date(2021, 10, 5))
    client = login(cast.other["department_head"])
    for query, number in (
        ("", 2), ("q=15/bxd", 1), ("q=pham+mai", 1), ("q=xay+dung", 2), ("q=khong", 0), ("organisation=g17", 2),
        ("organisation=G09", 0), ("kind=ministry", 2), ("kind=province", 0), ("door=signed", 2), ("door=recorded", 0),
        ("state=waiting", 1), ("state=changed", 0), ("state=khac", 0), ("kind=khac", 0), ("page=x", 2),
    ):  # fmt: skip
        assert f'data-count="{number}"' in client.get(f"{ADDRESS}?{query}").content.decode(), query
    assert "Bộ lọc không hợp lệ" in client.get(f"{ADDRESS}?state=khac").content.decode()
    for sort, first in (("sent_at", pack), ("-sent_at", done), ("letter_date", pack), ("gì đó", done)):
        page = client.get(f"{ADDRESS}?sort={sort}").content.decode()
        assert re.search(r"/reviews/submissions/(\d+)/", page)[1] == str(first.pk), sort


def test_exports_hold_every_pack_with_days_as_days_and_numbers_as_numbers(cast, login):
    pack = sent(cast, 3, signer_name="=1+1")
    sent(cast, 1)
    Submission.objects.filter(pk=pack.pk).update(letter_number="15/BXD-VP", letter_date=datetime.date(2021, 10, 5))
    client = login(cast.other["appraiser"])
    sheet = sheet_of(client.get(f"{ADDRESS}?export=xlsx&sort=sent_at"))
    rows = list(sheet.iter_rows(values_only=True))
    assert list(rows[0]) == list(packs.XLSX_HEADER)
    assert len(rows) == 3
    assert rows[1][:6] == ("G17", "Bộ Xây dựng", "15/BXD-VP", datetime.datetime(2021, 10, 5), "=1+1", "KT. BỘ TRƯỞNG")
    assert rows[1][9:14] == (3, 3, 0, 0, 0)
    assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)
    text = b"".join(client.get(f"{ADDRESS}?export=csv&sort=sent_at").streaming_content).decode("utf-8-sig")
    first = next(csv.DictReader(io.StringIO(text)))
    assert (first["letter_date"], first["door"], first["forms"]) == ("2021-10-05", "signed", "3")
    assert first["signer_name"] == "'=1+1"
    assert client.get(f"{ADDRESS}?export=pdf").status_code == 404


def test_the_list_takes_as_many_queries_for_one_pack_as_for_twenty(cast, login):
    client, counts = login(cast.other["appraiser"]), []
    for number in (1, 19):
        for _ in range(number):
            sent(cast)
            ParticipationFactory(campaign=cast.campaign, organisation=OrganisationFactory())
        for query in ("", "?export=csv"):
            with CaptureQueriesContext(connection) as queries:
                answer = client.get(ADDRESS + query)
                if query:
                    list(answer.streaming_content)
            counts.append(len(queries))
    assert counts[:2] == counts[2:]
    assert counts[0] <= 12


def test_without_a_round_or_packs_the_page_says_so(cast, login):
    client = login(cast.other["appraiser"])
    assert "Không có lần gửi nào" in client.get(ADDRESS).content.decode()
    cast.campaign.delete()
    assert "Chưa có đợt rà soát nào" in client.get(ADDRESS).content.decode()
    assert client.get(f"{ADDRESS}?export=csv").status_code == 404


def test_the_department_is_led_there_from_its_home(cast, login):
    sent(cast)
    page = login(cast.other["appraiser"]).get("/").content.decode()
    assert f'<a data-figure="packs" href="{ADDRESS}?campaign={cast.campaign.code}">1</a>' in page
