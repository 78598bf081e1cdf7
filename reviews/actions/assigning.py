"""Giving reviews to the people who do them."""

import uuid
from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from reviews.actions.actors import round_refusal
from reviews.actions.events import compose, locked, record_many
from reviews.actions.moving import Outcome
from reviews.models import Campaign, Review, Status
from tthc_portal.accounts.models import OrganisationKind, Role, User

# After sending, the work is the department's; a returned form is work again.
ASSIGNABLE = (Status.NOT_STARTED, Status.DRAFT, Status.READY, Status.CHECKED, Status.RETURNED)


@transaction.atomic
def assign(*, by: User, reviews: Iterable[Review], assignee: User | None) -> Outcome:
    """Give ``reviews`` of the focal point's own body to ``assignee`` (None takes them back from whoever has them).

    The review also goes to the unit of that person, when it is one. Reviews already with that person are counted as
    done and get no event. Raises ValidationError when nothing can be given at all; single refusals are in the outcome.
    """
    if by.role != Role.FOCAL_POINT:
        raise ValidationError("Việc giao phiếu chỉ dành cho công chức đầu mối của cơ quan có phiếu.")
    if assignee is not None and not _works_here(by, assignee):
        raise ValidationError(f"{assignee} không phải chuyên viên hoặc đầu mối đang hoạt động của cơ quan.")
    asked = [review.pk for review in reviews]
    rows = list(locked(Review.objects.filter(pk__in=asked)).select_related("scope_item", "assignee"))
    rounds = Campaign.objects.in_bulk({row.campaign_id for row in rows})
    outcome = Outcome(bulk_id=uuid.uuid4() if len(rows) > 1 else None)
    now = timezone.now()
    changed = []
    for row in rows:
        refusal = _refusal(by, row, rounds[row.campaign_id])
        if refusal:
            outcome.refused.append((row, ValidationError(refusal, code="refused")))
            continue
        outcome.done.append(row)
        if row.assignee_id == (assignee.pk if assignee else None):
            continue
        changes = {"assignee": [_named(row.assignee), _named(assignee)]}
        row.assignee = assignee
        row.unit = _unit_of(assignee)
        outcome.events.append(
            compose(row, by=by, action="assign", changes=changes, bulk_id=outcome.bulk_id, at=now),
        )
        changed.append(row)
    record_many(outcome.events, changed, fields=["assignee", "unit"])
    return outcome


def _refusal(by: User, review: Review, campaign: Campaign) -> str:
    """Why this review cannot be given to anyone; blank when it can."""
    if review.organisation_id != by.body.pk:
        return "Phiếu này thuộc cơ quan khác."
    if not review.eligible:
        return "Thủ tục này được loại trừ khỏi diện rà soát nên không cần giao."
    if review.status not in ASSIGNABLE:
        return f"Phiếu ở trạng thái “{review.get_status_display()}” không giao lại được."
    return round_refusal(campaign)


def _works_here(by: User, person: User) -> bool:
    return person.is_active and person.body == by.body and person.role in (Role.OFFICIAL, Role.FOCAL_POINT)


def _unit_of(person: User | None):
    """The unit a person works in; None for those directly under the body."""
    if person is None or person.organisation.kind != OrganisationKind.UNIT:
        return None
    return person.organisation


def _named(person: User | None) -> str:
    return f"{person} ({person.username})" if person else ""
