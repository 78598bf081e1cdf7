"""Writing the story of a review: the one place where events are made."""

import datetime
import uuid
from collections.abc import Iterable

from django.db import models, transaction
from django.utils import timezone

from reviews.actions.columns import write_columns
from reviews.models import Campaign, Review, ReviewEvent
from reviews.rules.chain import event_hash
from tthc_portal.accounts.models import User


def locked(reviews: models.QuerySet) -> models.QuerySet:
    """``reviews`` with their rows locked until the transaction ends (SQLite locks the whole database by itself)."""
    return reviews.order_by("pk").select_for_update(of=("self",))


def compose(
    subject: Review | Campaign,
    *,
    by: User | None,
    action: str,
    status_before: str = "",
    status_after: str = "",
    reason: str = "",
    changes: dict | None = None,
    content: dict | None = None,
    bulk_id: uuid.UUID | None = None,
    at: datetime.datetime | None = None,
) -> ReviewEvent:
    """The next event of ``subject``, not yet saved; the head kept on ``subject`` moves, the caller saves it.

    ``changes`` is {field: [before, after]}; ``content`` the whole form, given at every change of status.
    """
    review = subject if isinstance(subject, Review) else None
    event = ReviewEvent(
        campaign_id=subject.campaign_id if review else subject.pk,
        review_id=review.pk if review else None,
        sequence=subject.event_count + 1,
        at=at or timezone.now(),
        by=by,
        action=action,
        reason=reason,
        bulk_id=bulk_id,
        status_before=status_before,
        status_after=status_after,
        changes=changes or {},
        content=content,
        previous_hash=subject.head_hash,
    )
    event.hash = event_hash(event.previous_hash, covered_fields(event))
    subject.event_count = event.sequence
    subject.head_hash = event.hash
    return event


def covered_fields(event: ReviewEvent) -> dict:
    """The fields of ``event`` that its hash covers, as :func:`reviews.rules.chain.event_hash` wants them."""
    return {
        "campaign": event.campaign_id,
        "review": event.review_id,
        "sequence": event.sequence,
        "at": event.at,
        "by": event.by_id,
        "action": event.action,
        "reason": event.reason,
        "bulk_id": event.bulk_id,
        "status_before": event.status_before,
        "status_after": event.status_after,
        "changes": event.changes,
        "content": event.content,
    }


def record(subject: Review | Campaign, **facts) -> ReviewEvent:
    """Compose and save the next event of a locked ``subject``, together with its new head."""
    event = compose(subject, **facts)
    with transaction.atomic():
        event.save(force_insert=True)
        subject.save(update_fields=["event_count", "head_hash"])
    return event


def record_many(events: Iterable[ReviewEvent], reviews: Iterable[Review], *, fields: Iterable[str] = ()) -> None:
    """Save composed ``events`` and the new heads (and changed ``fields``) of their ``reviews`` in few statements."""
    with transaction.atomic():
        ReviewEvent.objects.bulk_create(events, batch_size=2000)
        write_columns(reviews, [*fields, "event_count", "head_hash"])
