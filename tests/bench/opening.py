"""Opening a round, held against one ``bulk_create`` of its reviews."""

import datetime
import gc
import statistics

from django.db import transaction
from django.utils import timezone

from reviews.actions.campaigns import create_campaign, open_campaign
from reviews.models import Campaign, Review, ScopeItem
from tests.bench.measuring import Row, ratio, seconds
from tests.bench.scale import settle
from tthc_portal.accounts.models import User


def prepared(by: User, code: str, like: Campaign) -> Campaign:
    """A round in preparation with the bodies of ``like``."""
    day = timezone.localdate()
    return create_campaign(
        by=by,
        code=code,
        title="Đợt đo tốc độ mở",
        bodies_on=like.bodies_on,
        opens_on=day,
        deadline=day + datetime.timedelta(days=30),
    )


def floor(rows: list[Review]) -> float:
    """Seconds of writing ``rows`` alone, made beforehand and held where the collector does not look for them."""
    for row in rows:
        row.pk = None
    gc.collect()
    gc.freeze()

    def write():
        with transaction.atomic():
            Review.objects.bulk_create(rows, batch_size=5_000)

    try:
        return seconds(write)
    finally:
        gc.unfreeze()


def run(like: Campaign, times: int) -> list[Row]:
    """The line of opening a round as large as the catalogue and what provinces are asked by default make it."""
    by = User.objects.get(username="cuc.lanhdao")
    spent, opened, number = [], [], 0
    for turn in range(times):
        campaign = prepared(by, f"bench-open-{turn}", like)
        opened.append(seconds(lambda campaign=campaign: open_campaign(by=by, campaign=campaign)))
        reviews = Review.objects.filter(campaign=campaign)
        rows = list(reviews)
        number = len(rows)
        reviews._raw_delete("default")
        spent.append(floor(rows))
        del rows
        for model in (Review, ScopeItem):
            model.objects.filter(campaign=campaign)._raw_delete("default")
        Campaign.objects.filter(pk=campaign.pk).update(state="closed", closed_at=timezone.now())
        settle()
    title = f"opening a round of {number:,} reviews ÷ one bulk_create of the rows (n={times})"
    return [ratio(title, statistics.median(opened), statistics.median(spent), 2)]
