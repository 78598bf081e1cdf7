"""One engine for every change of status, of one review or of many: lock, ask, check, write state and event."""

import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from reviews.actions.actors import actors_for, verdict
from reviews.actions.content import forget_rows, snapshot, with_rows
from reviews.actions.events import compose, locked, record_many
from reviews.models import Campaign, Review, ReviewEvent
from reviews.rules.workflow import Action, next_status
from tthc_portal.accounts.models import User


@dataclass(slots=True)
class Outcome:
    """What became of the reviews asked for: those moved with their events, and those refused with the reason."""

    done: list[Review] = field(default_factory=list)
    events: list[ReviewEvent] = field(default_factory=list)
    refused: list[tuple[Review, ValidationError]] = field(default_factory=list)
    bulk_id: uuid.UUID | None = None


@transaction.atomic
def move(
    *,
    by: User,
    reviews: Iterable[Review],
    action: Action,
    reason: str = "",
    values: dict | None = None,
    check: Callable[[Review], None] | None = None,
    before: Callable[[list[Review]], None] | None = None,
    all_or_none: bool = False,
    bulk_id: uuid.UUID | None = None,
) -> Outcome:
    """Do ``action`` to ``reviews``; each writes one event with its whole content, many share a bulk id.

    ``values`` are columns set on every moved review; ``check(review)`` may raise ValidationError to refuse one;
    ``before(moving)`` writes what belongs to the move and to its snapshot. One review asked for and refused, or any
    refused with ``all_or_none``, raises ValidationError and writes nothing; otherwise refusals are in the outcome.
    Given a ``bulk_id``, the move is a part of a larger act: its events carry that id, and a refusal never raises.
    """
    asked = list({review.pk for review in reviews})
    rows = list(locked(Review.objects.filter(pk__in=asked)).select_related("scope_item", "organisation", "assignee"))
    rounds = Campaign.objects.in_bulk({row.campaign_id for row in rows})
    actors = actors_for(by, rows)
    outcome = Outcome(bulk_id=bulk_id or (uuid.uuid4() if len(asked) > 1 else None))
    moving = []
    with_rows(rows)
    for row in rows:
        row.campaign = rounds[row.campaign_id]
        error = _refusal(row, action, actors[row.pk], check)
        if error is None:
            moving.append(row)
        else:
            outcome.refused.append((row, error))
    if outcome.refused and (all_or_none or (len(asked) == 1 and bulk_id is None)):
        raise _one_error(outcome.refused)
    if not moving:
        return outcome
    if before:
        before(moving)
        for review in moving:
            forget_rows(review, ["queries"])
        with_rows(moving)
    _write(moving, outcome, by=by, action=action, reason=reason, values=values or {})
    return outcome


def _refusal(review, action, actor, check) -> ValidationError | None:
    allowed = verdict(action, review, actor, review.campaign)
    if not allowed:
        return ValidationError(allowed.reason, code="refused")
    if check is None:
        return None
    try:
        check(review)
    except ValidationError as error:
        return error
    return None


def _write(moving: list[Review], outcome: Outcome, *, by, action: Action, reason: str, values: dict) -> None:
    now = timezone.now()
    by_status: dict[str, list[Review]] = {}
    for review in moving:
        by_status.setdefault(review.status, []).append(review)
    for status, group in by_status.items():
        target = next_status(action, status).value
        columns = values | {"status": target, "status_since": now}
        # One statement for all: the rows of a move differ in nothing but their chains.
        Review.objects.filter(pk__in=[review.pk for review in group]).update(**columns)
        for review in group:
            for name, value in columns.items():
                setattr(review, name, value)
            outcome.events.append(
                compose(
                    review,
                    by=by,
                    action=action.value,
                    status_before=status,
                    status_after=target,
                    reason=reason,
                    content=snapshot(review),
                    bulk_id=outcome.bulk_id,
                    at=now,
                )
            )
            outcome.done.append(review)
    record_many(outcome.events, outcome.done)


def _one_error(refused: list[tuple[Review, ValidationError]]) -> ValidationError:
    """The refusal of one review as it is; of several, one sentence a review, the first ten."""
    if len(refused) == 1:
        return refused[0][1]
    sentences = [f"{review.scope_item.code}: {' '.join(error.messages)}" for review, error in refused[:10]]
    if len(refused) > 10:
        sentences.append(f"Và {len(refused) - 10} phiếu khác.")
    return ValidationError(sentences, code="refused")
