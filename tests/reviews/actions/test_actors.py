"""The asker as the rules see him."""

import pytest
from django.utils import timezone

from reviews.actions.actors import actor_for, actors_for, round_refusal, verdict
from reviews.rules.workflow import Action
from tests.factories import OrganisationFactory, UserFactory
from tests.reviews.cast import make_cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast():
    return make_cast()


def test_people_of_a_unit_belong_to_its_body(cast):
    unit = OrganisationFactory(code="G17.1", kind="unit", parent=cast.body)
    official = UserFactory(organisation=unit)
    actor = actor_for(official, cast.review("draft", assignee=official))
    assert (actor.own_body, actor.is_assignee, actor.unassigned) == (True, True, False)
    assert actor_for(cast.other["official"], cast.review("draft")).own_body is False


def test_the_only_focal_point_is_the_only_active_one_of_the_body_and_its_units(cast):
    focal, review = cast.own["focal_point"], cast.review("ready", finished_by=cast.own["focal_point"])
    assert actor_for(focal, review).only_focal_point is True
    assert actor_for(focal, review).finished_it is True
    unit = OrganisationFactory(code="G17.1", kind="unit", parent=cast.body)
    second = UserFactory(organisation=unit, role="focal_point")
    assert actor_for(focal, review).only_focal_point is False
    second.delete()
    assert actor_for(focal, review).only_focal_point is True
    assert actor_for(cast.own["official"], review).only_focal_point is False


def test_many_reviews_cost_one_query(cast, django_assert_num_queries):
    reviews = [cast.review("draft") for _ in range(20)]
    with django_assert_num_queries(1):
        assert len(actors_for(cast.own["focal_point"], reviews)) == 20


def test_only_an_open_round_is_worked_in(cast):
    review = cast.review("draft")
    actor = actor_for(cast.own["official"], review)
    assert verdict(Action.SAVE, review, actor, cast.campaign) is True
    cast.campaign.state = "closed"
    cast.campaign.closed_at = timezone.now()
    assert "đã đóng" in verdict(Action.SAVE, review, actor, cast.campaign).reason
    accepted = cast.review("accepted")
    head = cast.other["department_head"]
    assert verdict(Action.APPROVE, accepted, actor_for(head, accepted), cast.campaign) is True
    cast.campaign.state = "preparing"
    assert "chưa mở" in round_refusal(cast.campaign)
