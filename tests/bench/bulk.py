"""A decision for 1,900 forms at once, held against writing the same rows with one bulk_update and one bulk_create."""

import copy
import statistics

from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from reviews.actions import bulk
from reviews.actions.undoing import undo
from reviews.models import BulkChange, Review, ReviewEvent
from reviews.rules.bulk import Wish
from tests.bench.measuring import Row, ratio, seconds
from tests.factories import CampaignFactory, OrganisationFactory, UserFactory
from tests.reviews.many import many_reviews

REASON = "Các thủ tục này thực hiện thống nhất toàn quốc, cần giữ cấp quyết định hiện nay."
WISH = Wish({"conclusion": "keep", "reason": REASON})


class _Cast:
    """A round and a body of its own, so that nothing else is in the way."""

    def __init__(self, number: int):
        self.campaign = CampaignFactory()
        self.body = OrganisationFactory(code=f"B{self.campaign.pk}")
        self.user = UserFactory(username=f"bench.bulk.{self.campaign.pk}", organisation=self.body)
        many_reviews(self, number, first=self.campaign.pk * 10_000)

    @property
    def reviews(self):
        """Its reviews."""
        return Review.objects.filter(campaign=self.campaign)

    def apply(self) -> BulkChange:
        """Set the wish on all of them."""
        seal = bulk.weigh(by=self.user, campaign=self.campaign, reviews=self.reviews, wish=WISH).seal
        facts = {"by": self.user, "campaign": self.campaign, "reviews": self.reviews, "wish": WISH}
        self.spent = seconds(lambda: setattr(self, "change", bulk.apply(**facts, reason="Cùng nhóm.", seal=seal)))
        return self.change

    def floor(self) -> float:
        """Seconds of the two statements alone: the same columns of the same rows, the same events."""
        rows = list(self.reviews)
        events = list(ReviewEvent.objects.filter(review__in=[row.pk for row in rows]))
        for event in events:
            event.pk, event.sequence = None, event.sequence + 1_000
        again = copy.copy(rows)
        fields = ["conclusion", "reason", *bulk.WRITTEN, "event_count", "head_hash"]

        def write():
            with transaction.atomic():
                Review.objects.bulk_update(again, fields, batch_size=500)
                ReviewEvent.objects.bulk_create(events, batch_size=2000)
                transaction.set_rollback(True)

        return seconds(write)


def run(times: int, number: int = 1_900) -> list[Row]:
    """The lines of the bulk decision and of its undoing: statements, and times the floor."""
    spent, floors, undone = [], [], []
    for _ in range(times):
        cast = _Cast(number)
        change = cast.apply()
        spent.append(cast.spent)
        floors.append(cast.floor())
        undone.append(seconds(lambda cast=cast, change=change: undo(by=cast.user, change=change)))
    cast = _Cast(number)
    seal = bulk.weigh(by=cast.user, campaign=cast.campaign, reviews=cast.reviews, wish=WISH).seal
    with CaptureQueriesContext(connection) as applying:
        change = bulk.apply(
            by=cast.user, campaign=cast.campaign, reviews=cast.reviews, wish=WISH, reason="Cùng nhóm.", seal=seal
        )
    with CaptureQueriesContext(connection) as undoing:
        undo(by=cast.user, change=change)
    limit, title = 30 + number // 100, f"bulk decision on {number:,} rows"
    ours, floor, back = map(statistics.median, (spent, floors, undone))
    return [
        ratio(f"{title} ÷ the two statements", ours, floor, 3),
        ratio("its undoing ÷ the two statements", back, floor, 3),
        Row(f"{title}: SQL statements", str(len(applying)), f"≤ {limit}", "not begun", len(applying) <= limit),
        Row("its undoing: SQL statements", str(len(undoing)), f"≤ {limit}", "unchanged", len(undoing) <= limit),
    ]
