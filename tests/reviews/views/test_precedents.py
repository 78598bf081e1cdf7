"""The panel of precedents and its copying."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from reviews.models import Review
from tests.factories import CampaignFactory, ReviewFactory, ScopeItemFactory
from tests.reviews.cast import fill, form_data, make_cast
from tests.reviews.precedents import MINE, alike, foreign

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast():
    return make_cast()


def address(review, name="precedents"):
    return reverse(f"reviews:{name}", args=[review.pk])


def test_a_strangers_draft_shows_neither_on_the_page_nor_by_a_count(cast, login):
    review = cast.review()
    hidden = foreign(cast, "submitted")
    alike(review, hidden)
    client = login(cast.own["official"])

    def beside():
        return client.get(address(review), headers={"HX-Request": "true"}).content.decode()

    before = beside()
    assert hidden.scope_item.code not in before
    assert "chưa phiếu nào có kết luận mà bạn được xem" in before
    Review.objects.filter(pk=hidden.pk).update(conclusion="", counted=False, status="draft")
    assert beside() == before
    settled = foreign(cast, "accepted")
    alike(review, settled)
    page = beside()
    assert settled.scope_item.code in page
    assert "phiếu khác" not in page


def test_the_page_copies_and_what_was_typed_meanwhile_is_saved_first(cast, login):
    review, source = cast.review(), foreign(cast, "accepted")
    alike(review, source)
    client = login(cast.own["official"])
    page = client.get(address(review)).content.decode()
    assert 'form="take-over"' in page
    beside = client.get(address(review), headers={"HX-Request": "true"})
    assert 'form="review-form"' in beside.content.decode()
    assert "<html" not in beside.content.decode()
    typed = form_data({"deciders": MINE, "reason": "Đang viết dở trong phiếu thì bấm chép."})
    answer = client.post(
        address(review, "take_over"),
        typed | {"source": source.pk, f"part-{source.pk}": ["transfers", "amendments"]},
    )
    assert answer.status_code == 302
    review.refresh_from_db()
    assert review.reason == "Đang viết dở trong phiếu thì bấm chép."
    assert (review.transfers.count(), review.legal_amendments.count()) == (1, 1)


def test_a_source_that_may_not_be_read_is_not_there(cast, login):
    review, hidden = cast.review(), foreign(cast, "submitted")
    answer = login(cast.own["official"]).post(
        address(review, "take_over"), {"source": hidden.pk, f"part-{hidden.pk}": "reason"}
    )
    assert answer.status_code == 404
    review.refresh_from_db()
    assert review.version == 0


def test_who_only_reads_is_offered_no_copying(cast, login):
    review, source = cast.review(), foreign(cast, "accepted")
    alike(review, source)
    page = login(cast.own["leader"]).get(address(review)).content.decode()
    assert source.scope_item.code in page
    assert "Chép phần đã chọn" not in page


def test_the_panel_costs_the_same_for_one_precedent_as_for_many(cast, login):
    client, reviews = login(cast.own["official"]), [cast.review(), cast.review()]
    alike(reviews[0], foreign(cast, "accepted"))
    for number in range(10):
        similar = foreign(cast, "accepted")
        alike(reviews[1], similar, 5000 + number)
        item = ScopeItemFactory(campaign=CampaignFactory(), procedure=similar.scope_item.procedure)
        facts = {"status": "accepted", "version": 1, "conclusion": "keep", "finished_by": cast.other["official"]}
        fill(ReviewFactory(scope_item=item, **facts))
    found = []
    for review in reviews:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            client.get(address(review), headers={"HX-Request": "true"})
        found.append(len(queries))
    assert found[0] == found[1]
