"""Taking the next form of a list: two people who start on the same list get different ones."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from reviews.actions import assigning
from reviews.actions.actors import round_refusal
from reviews.actions.working import PRESENT_FOR
from reviews.models import Campaign, Review, Status, WorkingCopy
from tthc_portal.accounts.models import User

# Work nobody has finished: what can still be taken up.
TAKEABLE = (Status.NOT_STARTED, Status.DRAFT)


def free_to_take(*, by: User, campaign: Campaign, reviews: QuerySet) -> QuerySet:
    """Those of ``reviews`` (their order kept) that are nobody's, not finished, and not open before anyone else now."""
    present = WorkingCopy.objects.filter(review=OuterRef("pk"), seen_at__gte=timezone.now() - PRESENT_FOR)
    return reviews.filter(
        ~Exists(present.exclude(user=by)),
        campaign=campaign,
        organisation=by.body,
        assignee=None,
        eligible=True,
        removed=False,
        status__in=TAKEABLE,
    )


@transaction.atomic
def take_next(*, by: User, campaign: Campaign, reviews: QuerySet) -> Review | None:
    """Give ``by`` the first of ``reviews`` that is free, with an event; None when none is.

    A row that somebody else is taking this moment is passed over where the database can do so; where it locks as a
    whole, the second asker waits and finds that row taken.
    """
    if by.role not in assigning.FILLERS:
        raise ValidationError("Chỉ chuyên viên, công chức đầu mối nhận phiếu để rà soát.", code="refused")
    refusal = round_refusal(campaign)
    if refusal:
        raise ValidationError(refusal, code="refused")
    free = free_to_take(by=by, campaign=campaign, reviews=reviews)
    rows = free.select_for_update(of=("self",), skip_locked=True).select_related("assignee", "unit", "scope_item")
    row = rows.first()
    if row is None:
        return None
    assigning.give(by=by, rows=[row], plan={row.pk: by}, statuses=TAKEABLE, reason="Nhận phiếu tiếp theo")
    return row
