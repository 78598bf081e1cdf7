"""Who asks, seen from a review, and whether he may: the one question behind every button and every action."""

from collections.abc import Iterable
from typing import Literal

from reviews.models import Campaign, CampaignState, Review
from reviews.rules.workflow import Action, Actor, Refusal, permit
from tthc_portal.accounts.deputies import stood_in_for
from tthc_portal.accounts.models import Role, User


def actors_for(user: User, reviews: Iterable[Review]) -> dict[int, Actor]:
    """The asker as an Actor of each review, by the review's primary key; one query at most, however many reviews.

    Whoever stands in for another acts as the assignee of what was given to that one. Only an official needs it: a
    focal point fills every form of the body anyway, and no other role fills any.
    """
    reviews = list(reviews)
    body = user.body
    alone = _is_only_focal_point(user)
    others = {review.assignee_id for review in reviews if review.organisation_id == body.pk} - {None, user.pk}
    acts_as = {user.pk}
    if others and user.role == Role.OFFICIAL:
        acts_as |= stood_in_for(user).keys()
    return {
        review.pk: Actor(
            role=user.role,
            own_body=review.organisation_id == body.pk,
            is_assignee=review.assignee_id in acts_as,
            unassigned=review.assignee_id is None,
            is_unit_head=user.is_unit_head and review.unit_id in (None, user.organisation_id),
            finished_it=review.finished_by_id == user.pk,
            only_focal_point=alone,
            eligible=review.eligible,
        )
        for review in reviews
    }


def actor_for(user: User, review: Review) -> Actor:
    """The asker as an Actor of one review."""
    return actors_for(user, [review])[review.pk]


# A Decision that approves proposals is signed months after the bodies have stopped working.
_AFTER_CLOSING = frozenset({Action.APPROVE})


def verdict(action: Action, review: Review, actor: Actor, campaign: Campaign) -> Literal[True] | Refusal:
    """Whether ``actor`` may do ``action`` to ``review`` now: the table of the workflow, in an open round.

    Once the round is closed, only the approval by a Decision is still recorded.
    """
    allowed = permit(action, review.status, actor)
    late = campaign.state == CampaignState.CLOSED and action in _AFTER_CLOSING
    if allowed and campaign.state != CampaignState.OPEN and not late:
        return Refusal(round_refusal(campaign))
    return allowed


def round_refusal(campaign: Campaign) -> str:
    """Why forms are not worked on in a round that is not open; blank while it is."""
    if campaign.state == CampaignState.PREPARING:
        return f"Đợt rà soát “{campaign.title}” chưa mở nên chưa thao tác được trên phiếu."
    if campaign.state == CampaignState.CLOSED:
        return f"Đợt rà soát “{campaign.title}” đã đóng nên phiếu chỉ xem, không thao tác được."
    return ""


def _is_only_focal_point(user: User) -> bool:
    """Whether the asker is the one active focal point of the body; asked of focal points only."""
    if user.role != Role.FOCAL_POINT:
        return False
    return not User.objects.of_body(user.body).filter(role=Role.FOCAL_POINT).exclude(pk=user.pk).exists()
