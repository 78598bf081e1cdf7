"""Precedents: who sees which, in which order, and why there is none."""

import pytest

from reviews.reports.precedents import precedents_of
from tests.factories import CampaignFactory, ReviewFactory, ScopeItemFactory
from tests.reviews.cast import make_cast
from tests.reviews.precedents import alike, foreign, settle, two_provinces

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast():
    return make_cast()


@pytest.fixture
def provinces(cast):
    return two_provinces(cast)


def shown(review, reader):
    return [one.review.pk for one in precedents_of(review, reader).found]


def test_a_body_sees_its_own_whatever_their_status_and_of_others_only_what_is_settled(cast):
    review = cast.review()
    own = cast.review("draft")
    alike(review, own)
    others = {}
    for status in ("draft", "ready", "checked", "submitted", "returned", "accepted", "approved"):
        others[status] = foreign(cast, status)
        alike(review, others[status], score=7000)
    settled = {others["accepted"].pk, others["approved"].pk}
    found = precedents_of(review, cast.own["official"])
    assert {one.review.pk for one in found.found} == settled | {own.pk}
    assert found.more == 0
    assert shown(review, cast.own["official"])[0] == own.pk
    sent = {others[status].pk for status in ("submitted", "returned")}
    assert set(shown(review, cast.other["appraiser"])) == settled | sent


def test_why_there_is_none_is_said(cast):
    review, reader = cast.review(), cast.own["official"]
    assert "chưa được so sánh" in precedents_of(review, reader).why_none
    alike(cast.review(), cast.review())
    assert "Không có thủ tục nào" in precedents_of(review, reader).why_none
    alike(review, cast.review())
    assert "Có 1 thủ tục tương tự" in precedents_of(review, reader).why_none


def test_the_reasons_are_told_and_the_closest_come_first(cast):
    review = cast.review()
    far, near = foreign(cast, "accepted"), foreign(cast, "accepted")
    alike(review, far, 4000)
    alike(review, near, 9150, same_sector=True, same_decider=True)
    found = precedents_of(review, cast.own["official"]).found
    assert [one.review.pk for one in found] == [near.pk, far.pk]
    assert [one.why for one in found] == [["giống 91%", "cùng lĩnh vực", "cùng cấp quyết định"], ["tên giống 40%"]]


def test_the_same_procedure_in_an_earlier_round_comes_before_everything(cast):
    review, other = cast.review(), foreign(cast, "approved")
    alike(review, other, 9900)
    item = ScopeItemFactory(campaign=CampaignFactory(), procedure=review.scope_item.procedure)
    earlier = ReviewFactory(scope_item=item, organisation=cast.body, status="draft", version=1, conclusion="keep")
    found = precedents_of(review, cast.own["official"]).found
    assert [one.review.pk for one in found] == [earlier.pk, other.pk]
    assert found[0].why == ["cùng thủ tục này"]


def test_what_provinces_suggest_is_no_precedent_of_the_ministry(cast, provinces):
    settle(provinces[1], cast)
    own = ReviewFactory(scope_item=provinces[1].scope_item, organisation=cast.body)
    assert shown(own, cast.own["official"]) == []
