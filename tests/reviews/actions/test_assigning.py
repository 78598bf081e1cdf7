"""Giving reviews to people."""

import pytest
from django.core.exceptions import ValidationError

from reviews.actions.assigning import assign
from reviews.models import ReviewEvent
from tests.factories import OrganisationFactory, UserFactory
from tests.reviews.cast import make_cast
from tthc_portal.accounts.models import Role

pytestmark = pytest.mark.django_db


def test_an_assignment_takes_the_persons_unit_and_writes_one_event():
    cast = make_cast()
    unit = OrganisationFactory(kind="unit", parent=cast.body)
    person = UserFactory(organisation=unit)
    review = cast.review("draft")
    outcome = assign(by=cast.own["focal_point"], reviews=[review], assignee=person)
    review.refresh_from_db()
    assert (review.assignee, review.unit, len(outcome.done)) == (person, unit, 1)
    event = ReviewEvent.objects.get(review=review, action="assign")
    assert event.changes["assignee"][1] == f"{person} ({person.username})"
    assign(by=cast.own["focal_point"], reviews=[review], assignee=person)
    assert ReviewEvent.objects.filter(action="assign").count() == 1


def test_reviews_sent_excluded_or_of_another_body_are_refused_and_the_rest_given():
    cast = make_cast()
    sent, draft = cast.review("submitted"), cast.review("draft")
    outcome = assign(by=cast.own["focal_point"], reviews=[sent, draft], assignee=cast.own["official"])
    assert [review.pk for review in outcome.done] == [draft.pk]
    assert [review.pk for review, _ in outcome.refused] == [sent.pk]
    sent.refresh_from_db()
    stranger = UserFactory(role=Role.FOCAL_POINT)
    outcome = assign(by=stranger, reviews=[draft], assignee=None)
    assert not outcome.done


def test_only_focal_points_give_and_only_to_their_own_people():
    cast = make_cast()
    review = cast.review("draft")
    with pytest.raises(ValidationError, match="chỉ dành cho công chức đầu mối"):
        assign(by=cast.own["official"], reviews=[review], assignee=None)
    for person in (UserFactory(), cast.own["leader"], UserFactory(organisation=cast.body, is_active=False)):
        with pytest.raises(ValidationError, match="không phải chuyên viên"):
            assign(by=cast.own["focal_point"], reviews=[review], assignee=person)
