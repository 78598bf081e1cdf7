"""The page that answers everything left: exact before and after, counted apart wherever it is shown."""

import re

import pytest

from reviews.actions.filling import save_review
from reviews.models import BulkChange, Review
from tests.reviews.cast import make_cast
from tests.reviews.province import make_province

pytestmark = pytest.mark.django_db
SEAL = re.compile(r'name="seal" value="([^"]+)"')


def seal_of(page):
    return SEAL.search(page)[1]


def test_the_page_says_the_exact_number_and_names_every_procedure_and_reason(login):
    cast, reviews = make_province(8)
    save_review(by=cast.own["official"], review_id=reviews[0].pk, base_version=0, data={"stance": "agree"})
    page = login(cast.own["focal_point"]).get("/reviews/the-rest/").content.decode()
    assert "Không có kiến nghị đối với 7 TTHC còn lại" in page
    assert "Đã có ý kiến riêng, đang soạn" in page
    named = page[page.index('class="rest-list"') :]
    for review in reviews[1:]:
        assert review.scope_item.code in named
    assert reviews[0].scope_item.code not in named
    narrowed = login(cast.own["official"]).get("/reviews/the-rest/?q=3.000001").content.decode()
    assert "Không có kiến nghị đối với 1 TTHC còn lại" in narrowed


def test_it_is_said_once_and_shown_apart(login):
    cast, _ = make_province(5)
    client = login(cast.own["focal_point"])
    page = client.get("/reviews/the-rest/").content.decode()
    answer = client.post("/reviews/the-rest/", {"basis": "Đã rà soát.", "finish": "on", "seal": seal_of(page)})
    change = BulkChange.objects.get()
    assert answer["Location"] == f"/reviews/bulk-changes/{change.pk}/"
    assert "Không có kiến nghị đối với các TTHC còn lại" in client.get(answer["Location"]).content.decode()
    assert Review.objects.filter(by_exception=True, status="ready").count() == 5
    for address in ("/", f"/dashboard/{cast.body.code}/"):
        found = client.get(address).content.decode()
        link = re.search(r'<a data-figure="by_exception" href="([^"]+)">5</a>', found)
        assert link, address
        assert 'data-count="5"' in client.get(link[1].replace("&amp;", "&")).content.decode()
    assert "by_exception" not in login(cast.other["appraiser"]).get(f"/dashboard/{cast.body.code}/").content.decode()
    again = client.get("/reviews/the-rest/").content.decode()
    assert "Không còn TTHC nào để trả lời chung" in again


def test_a_missing_ground_and_a_changed_list_write_nothing_and_keep_what_was_typed(login):
    cast, reviews = make_province(3)
    client = login(cast.own["focal_point"])
    seal = seal_of(client.get("/reviews/the-rest/?q=cap").content.decode())
    answer = client.post("/reviews/the-rest/", {"basis": " ", "seal": seal})
    assert answer.status_code == 422
    assert "Hãy ghi căn cứ" in answer.content.decode()
    Review.objects.filter(pk=reviews[0].pk).update(organisation=cast.rival)
    answer = client.post("/reviews/the-rest/", {"basis": "Câu đã gõ.", "seal": seal})
    assert answer.status_code == 409
    page = answer.content.decode()
    assert "đã thay đổi từ lúc bạn xem trước" in page
    assert "Câu đã gõ." in page
    assert seal_of(page) != seal
    assert not Review.objects.filter(by_exception=True).exists()


def test_ministries_and_leaders_do_not_answer_so(login):
    cast, _ = make_province(1)
    assert login(cast.own["leader"]).get("/reviews/the-rest/").status_code == 403
    assert login(cast.other["focal_point"]).get("/reviews/the-rest/").status_code == 403


def test_only_provinces_are_led_there(login):
    cast, _ = make_province(1)
    assert "/reviews/the-rest/" in login(cast.own["official"]).get("/reviews/").content.decode()
    assert "/reviews/the-rest/" not in login(cast.other["official"]).get("/reviews/").content.decode()


def test_a_home_without_such_answers_says_nothing_of_them(login):
    cast = make_cast()
    assert "trả lời chung" not in login(cast.own["official"]).get("/").content.decode()
