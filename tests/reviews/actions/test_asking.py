"""Reviews made inside the database are the rows that the factory of one review describes."""

import datetime

import pytest
from django.utils import timezone

from reviews.actions.asking import ask
from reviews.actions.freezing import review_of
from reviews.models import Review
from tests.factories import CampaignFactory, OrganisationFactory, ScopeItemFactory

pytestmark = pytest.mark.django_db


def test_the_rows_are_those_of_single_reviews_in_every_column():
    campaign, body = CampaignFactory(), OrganisationFactory()
    at = timezone.now() - datetime.timedelta(days=3)
    items = [
        ScopeItemFactory(campaign=campaign),
        ScopeItemFactory(campaign=campaign, excluded=True, rule="commune_only"),
        ScopeItemFactory(campaign=campaign, rule="unknown_decider"),
    ]
    assert ask(campaign, body, "proposal", items, at) == 3
    names = [field.attname for field in Review._meta.concrete_fields if not field.primary_key]
    made = [{name: getattr(review, name) for name in names} for review in Review.objects.order_by("pk")]
    wanted = [review_of(campaign, body, item, "proposal", at) for item in items]
    assert made == [{name: getattr(review, name) for name in names} for review in wanted]
