"""The department's morning: taken from kept counts, and the same as counting every review."""

from collections import Counter

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from reviews.models import Review, Status
from reviews.reports.dashboards import bodies_of, national_figures
from reviews.reports.home import department_day
from tests.factories import CampaignFactory, OrganisationFactory, ParticipationFactory
from tests.reviews.cast import make_cast
from tests.reviews.many import many_reviews
from tests.reviews.reports.random_round import make_round

pytestmark = pytest.mark.django_db

APPRAISED = (Status.SUBMITTED, Status.RETURNED, Status.ACCEPTED)


def naive(campaign):
    """{body: {status: number}} of eligible reviews, each looked at."""
    found = {}
    for review in Review.objects.filter(campaign=campaign).select_related("organisation"):
        if review.eligible:
            found.setdefault(review.organisation.code, Counter())[review.status] += 1
    return found


@pytest.mark.parametrize("seed", [0, 1, 3, 4, 5])
def test_every_number_is_that_of_looking_at_each_review(seed):
    campaign = make_round(seed, adjusted=True, procedures=24)
    # Those set right one by one are there: of provinces' own procedures, and made ineligible after they were sent.
    assert Review.objects.filter(kind="local", eligible=True, status__in=APPRAISED).exists()
    assert Review.objects.filter(eligible=False, removed=False, status__in=APPRAISED).exclude(kind="local").exists()
    for _ in range(2):
        counts, day = naive(campaign), department_day(campaign, limit=100)
        together = sum(counts.values(), Counter())
        shown = {queue.figure: queue.number for queue in day.queues}
        assert {status.value: shown[status] for status in APPRAISED} == {one.value: together[one] for one in APPRAISED}
        waiting = {code: numbers[Status.SUBMITTED] for code, numbers in counts.items() if numbers[Status.SUBMITTED]}
        assert {code: queue.number for code, _name, queue in day.waiting} == waiting
        order = [(-queue.number, code) for code, _name, queue in day.waiting]
        assert order == sorted(order)
        assert day.figures == national_figures(campaign)[1]
        # Once more after a change: what is kept is not what was.
        Review.objects.filter(pk__in=Review.objects.filter(eligible=True, status="submitted")[:3]).update(
            status="returned"
        )


def test_most_that_wait_come_first_and_as_many_as_asked():
    campaign = make_round(3, procedures=24)
    day = department_day(campaign, limit=2)
    assert [name for _code, name, _queue in day.waiting] == [
        {body.code: body.name for body in bodies_of(campaign)}[code] for code, _name, _queue in day.waiting
    ]
    assert len(day.waiting) == 2


def test_the_round_is_not_read_however_large_and_however_many_bodies():
    cast = make_cast()
    counts, statements = [], ""
    for number in (1, 19):
        many_reviews(cast, number * 10, first=number * 1000)
        for _ in range(number):
            ParticipationFactory(campaign=cast.campaign, organisation=OrganisationFactory())
        department_day(cast.campaign)
        campaign = type(cast.campaign).objects.get(pk=cast.campaign.pk)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            department_day(campaign)
        counts.append(len(queries))
        statements = " ".join(query["sql"] for query in queries)
    assert counts[0] == counts[1] <= 10
    assert "GROUP BY" not in statements


def test_another_rounds_reviews_are_not_counted():
    cast = make_cast()
    cast.review("submitted")
    other = CampaignFactory()
    ParticipationFactory(campaign=other, organisation=cast.body)
    day = department_day(other)
    assert {queue.figure: queue.number for queue in day.queues}["submitted"] == day.packs.number == 0
    assert day.waiting == []
