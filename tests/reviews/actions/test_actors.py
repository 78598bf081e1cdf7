"""The asker as the rules see him."""

import datetime

import pytest
from django.utils import timezone

from reviews.actions.actors import actor_for, actors_for, round_refusal, verdict
from reviews.actions.deadlines import today
from reviews.rules.workflow import Action
from tests.factories import OrganisationFactory, UserFactory
from tests.reviews.cast import make_cast
from tthc_portal.accounts.models import Deputy

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


def stand_in(user, deputy, first=0, last=3):
    days = [today() + datetime.timedelta(days=shift) for shift in (first, last)]
    return Deputy.objects.create(user=user, deputy=deputy, starts_on=days[0], ends_on=days[1], made_by=user)


@pytest.mark.parametrize(("first", "last", "acts"), [(0, 0, True), (-2, 0, True), (1, 3, False), (-3, -1, False)])
def test_a_deputy_acts_as_the_assignee_on_his_days_alone(cast, first, last, acts):
    absent = UserFactory(organisation=cast.body)
    review = cast.review("draft", assignee=absent)
    deputy = cast.own["official"]
    stand_in(absent, deputy, first, last)
    actor = actor_for(deputy, review)
    assert actor.is_assignee is acts
    assert bool(verdict(Action.SAVE, review, actor, cast.campaign)) is acts
    assert bool(verdict(Action.FINISH, review, actor, cast.campaign)) is acts


def test_standing_in_gives_nothing_over_others_and_nothing_to_other_roles(cast):
    absent, third = UserFactory(organisation=cast.body), UserFactory(organisation=cast.body)
    review = cast.review("draft", assignee=third)
    stand_in(absent, cast.own["official"])
    stand_in(third, cast.own["leader"])
    assert actor_for(cast.own["official"], review).is_assignee is False
    assert actor_for(cast.own["leader"], review).is_assignee is False


def test_asking_who_is_stood_in_for_costs_one_query_and_none_where_it_cannot_matter(cast, django_assert_num_queries):
    absent, official = UserFactory(organisation=cast.body), cast.own["official"]
    stand_in(absent, official)
    theirs = [cast.review("draft", assignee=absent) for _ in range(5)]
    own = [cast.review("draft", assignee=official), cast.review("draft")]
    with django_assert_num_queries(1):
        assert all(actor.is_assignee for actor in actors_for(official, theirs).values())
    with django_assert_num_queries(0):
        actors_for(official, own)
    for role in ("leader", "auditor"):
        with django_assert_num_queries(0):
            actors_for(cast.own[role], theirs)
    with django_assert_num_queries(0):
        actors_for(cast.other["appraiser"], theirs)
