"""Going through a list: take the next, save and next, saved views and columns, all in the address."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from reviews.models import Review, SavedView
from tests.factories import UserFactory
from tests.reviews.cast import REASON, form_data, make_cast
from tests.reviews.many import DECIDER, many_reviews

pytestmark = pytest.mark.django_db
KEEP = {"deciders": [DECIDER], "conclusion": "keep", "reason": REASON}


@pytest.fixture
def cast():
    return make_cast()


def post_form(client, review, button, listed="status=not_started", content=KEEP):
    data = form_data(content, version=0, button=button)
    return client.post(f"/reviews/{review.pk}/", data, query_params={"list": listed})


def test_the_next_is_taken_and_its_form_opened_with_the_list_in_hand(login, cast):
    one, _ = many_reviews(cast, 2)
    client = login(cast.own["official"])
    answer = client.post("/reviews/next/", {"list": "status=not_started"})
    assert answer.status_code == 302
    assert answer["Location"] == f"/reviews/{one.pk}/?list=status%3Dnot_started"
    assert Review.objects.get(pk=one.pk).assignee == cast.own["official"]
    page = client.post("/reviews/next/", {"list": "q=khongco"}, follow=True)
    assert "Không còn phiếu nào chưa giao" in page.content.decode()


def test_save_and_next_goes_to_the_next_form_to_fill(login, cast):
    one, two, three, four = many_reviews(cast, 4)
    Review.objects.filter(pk=two.pk).update(eligible=False)
    client = login(cast.own["official"])
    answer = post_form(client, one, "save_next")
    assert answer["Location"] == f"/reviews/{three.pk}/?list=status%3Dnot_started"
    assert Review.objects.get(pk=one.pk).status == "draft"
    answer = post_form(client, three, "finish_next")
    assert answer["Location"] == f"/reviews/{four.pk}/?list=status%3Dnot_started"
    assert Review.objects.get(pk=three.pk).status == "ready"
    answer = post_form(client, four, "finish_next")
    assert answer["Location"] == "/reviews/?status=not_started"


def test_at_the_end_of_the_list_those_passed_over_come_again(login, cast):
    one, two = many_reviews(cast, 2)
    client = login(cast.own["official"])
    assert post_form(client, two, "save_next", listed="")["Location"] == f"/reviews/{one.pk}/?list="


def test_finish_and_next_stays_where_something_is_missing(login, cast):
    one, _ = many_reviews(cast, 2)
    client = login(cast.own["official"])
    answer = post_form(client, one, "finish_next", content=KEEP | {"reason": "Ngắn"})
    assert answer.status_code == 200
    assert "chưa hoàn thành được phiếu" in answer.content.decode()


def test_the_buttons_stand_on_a_form_that_comes_from_a_list_only(login, cast):
    (one,) = many_reviews(cast, 1)
    client = login(cast.own["official"])
    assert "finish_next" not in client.get(f"/reviews/{one.pk}/").content.decode()
    page = client.get(f"/reviews/{one.pk}/", {"list": ""}).content.decode()
    assert 'value="save_next"' in page
    assert 'value="finish_next"' in page


def test_a_view_is_saved_offered_and_forgotten(login, cast):
    many_reviews(cast, 1)
    client = login(cast.own["official"])
    query = "status=draft&sort=name&page=2&columns=code&columns=unit"
    answer = client.post("/reviews/views/", {"name": "Đang soạn", "is_shared": "on", "query": query})
    assert answer.status_code == 302
    view = SavedView.objects.get()
    assert (view.query, view.columns, view.is_shared) == ("sort=name&status=draft", ["code", "unit"], True)
    page = client.get("/reviews/").content.decode()
    assert 'href="?sort=name&amp;status=draft&amp;columns=code%2Cunit"' in page
    used = client.get("/reviews/?sort=name&status=draft&columns=code,unit").content.decode()
    assert 'aria-current="true"' in used
    assert reverse("reviews:delete_view", args=[view.pk]) in used
    colleague = login(cast.own["focal_point"])
    assert "Đang soạn" in colleague.get("/reviews/").content.decode()
    assert colleague.post(f"/reviews/views/{view.pk}/delete/").status_code == 404
    assert "Đang soạn" not in login(cast.other["official"]).get("/reviews/").content.decode()
    client.post(f"/reviews/views/{view.pk}/delete/", {"query": ""})
    assert not SavedView.objects.exists()


def test_a_view_without_a_name_is_refused_in_words(login, cast):
    page = login(cast.own["official"]).post("/reviews/views/", {"query": ""}, follow=True).content.decode()
    assert "Hãy đặt tên cho cách xem này." in page


def test_columns_are_chosen_in_the_address(login, cast):
    review = cast.review("draft", annual_dossiers=12345, annual_dossiers_unknown=False)
    client = login(cast.own["official"])
    page = client.get("/reviews/?columns=name&columns=dossiers,counted&columns=khongco").content.decode()
    head = page[page.index("<thead>") : page.index("</thead>")]
    for label, shown in {"Hồ sơ một năm": True, "Tính là phân cấp": True, "Lĩnh vực": False, "Mã TTHC": True}.items():
        assert (label in head) is shown, label
    assert '<td class="numeric" data-label="Hồ sơ một năm">12.345</td>' in page
    assert '<td data-label="Tính là phân cấp">Có</td>' in page
    assert f">{review.scope_item.code}</a>" in page
    assert '<input type="hidden" name="columns" value="name" id="id_columns_0">' in page, "the filters keep the columns"


def test_columns_show_nothing_that_was_not_sent(login, cast):
    cast.review("draft", annual_dossiers=12345)
    page = login(cast.other["appraiser"]).get("/reviews/?columns=dossiers,counted,conclusion").content.decode()
    assert "12.345" not in page
    assert page.count("Chưa gửi</span>") == 3


def test_the_list_asks_as_much_for_twenty_rows_as_for_one(login, cast):
    many_reviews(cast, 1)
    unit = UserFactory(organisation=cast.body)
    client = login(cast.own["official"])
    query = "columns=code,name,unit,dossiers"
    client.get(f"/reviews/?{query}")
    number = queries(client, query)
    Review.objects.filter(pk__in=[one.pk for one in many_reviews(cast, 19, first=10)]).update(assignee=unit)
    for name in "abc":
        SavedView.objects.create(user=cast.own["official"], page="reviews", name=name)
    assert queries(client, query) == number


def queries(client, query):
    """How many statements the list takes."""
    with CaptureQueriesContext(connection) as caught:
        assert client.get(f"/reviews/?{query}").status_code == 200
    return len(caught)


def test_officials_tick_rows_for_a_change_of_many(login, cast):
    one, two = many_reviews(cast, 2)
    client = login(cast.own["official"])
    page = client.get("/reviews/").content.decode()
    assert 'formaction="/reviews/bulk-changes/new/"' in page
    assert f'name="review" value="{one.pk}"' in page
    answer = client.post("/reviews/bulk-changes/new/", {"button": "pick", "review": [one.pk, two.pk], "back": ""})
    assert answer.status_code == 200
    assert "2 phiếu" in answer.content.decode()
    leader = login(cast.own["leader"]).get("/reviews/").content.decode()
    assert "bulk-changes/new" not in leader


def test_forms_answered_together_are_marked_and_found(login, cast):
    review = cast.review("draft", conclusion="keep", counted=False)
    Review.objects.filter(pk=review.pk).update(by_exception=True)
    cast.review("draft")
    client = login(cast.own["official"])
    page = client.get("/reviews/?by_exception=1").content.decode()
    assert 'data-count="1"' in page
    assert '<span class="row-note">Trả lời chung</span>' in page
    assert 'data-count="1"' in client.get("/reviews/?by_exception=0").content.decode()
    assert 'data-count="0"' in login(cast.other["appraiser"]).get("/reviews/?by_exception=1").content.decode()
