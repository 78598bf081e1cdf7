"""What the coordinating department does with what was sent: return, accept, reopen, approve, class a transfer."""

from collections import defaultdict
from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from reviews.actions.actors import round_refusal
from reviews.actions.content import refresh_flags, snapshot
from reviews.actions.events import compose
from reviews.actions.filling import load_locked
from reviews.actions.moving import Outcome, move
from reviews.models import Notice, Query, QueryState, Review, Status, Transfer, TransferClass
from reviews.rules.workflow import Action
from tthc_portal.accounts.models import DEPARTMENT_ROLES, Role, User
from tthc_portal.text import tidy

MAX_POINTS = 30


@transaction.atomic
def return_to_body(*, by: User, reviews: Iterable[Review], points: Iterable[str], reason: str = "") -> Outcome:
    """Send reviews back to their body with points to complete, each a Query on each review; tells the people there.

    Points answered since the last return are closed. Raises ValidationError without a point.
    """
    points = [text for text in (tidy(point) for point in points) if text]
    if not points:
        raise ValidationError({"points": ["Trả lại phải nêu ít nhất một điểm cần hoàn thiện."]})
    if len(points) > MAX_POINTS:
        raise ValidationError({"points": [f"Nhiều nhất {MAX_POINTS} điểm một lần trả lại (đang có {len(points)})."]})
    reason = tidy(reason) or "\n".join(f"{number}. {text}" for number, text in enumerate(points, start=1))

    def raise_points(moving: list[Review]) -> None:
        _close_queries(moving, [QueryState.ANSWERED])
        Query.objects.bulk_create(Query(review=review, text=text, raised_by=by) for review in moving for text in points)

    outcome = move(by=by, reviews=reviews, action=Action.RETURN, reason=reason, before=raise_points)
    _tell(outcome.done)
    return outcome


def accept(*, by: User, reviews: Iterable[Review]) -> Outcome:
    """Agree with what was sent (thống nhất); every point raised before is closed."""
    return move(by=by, reviews=reviews, action=Action.ACCEPT, before=_close_queries)


def reopen(*, by: User, reviews: Iterable[Review], reason: str) -> Outcome:
    """Take back an agreement (mở lại), with a reason."""
    reason = tidy(reason)
    if not reason:
        raise ValidationError({"reason": ["Mở lại phiếu đã thống nhất phải nêu lý do."]})
    return move(by=by, reviews=reviews, action=Action.REOPEN, reason=reason)


def approve(*, by: User, reviews: Iterable[Review], document: str) -> Outcome:
    """Record the Decision that approves the proposals: its number, date and issuer as one line."""
    document = tidy(document)
    if not document:
        raise ValidationError({"document": ["Phải nêu số, ngày và cơ quan ban hành của Quyết định phê duyệt."]})
    if len(document) > 200:
        raise ValidationError({"document": [f"Tên Quyết định dài {len(document)} ký tự, tối đa 200 ký tự."]})
    return move(by=by, reviews=reviews, action=Action.APPROVE, reason=document, values={"approval_document": document})


@transaction.atomic
def rule_transfer(*, by: User, transfer: Transfer, ruling: str, reason: str) -> Review:
    """Class a transfer that the ladder cannot class, with a reason; whether its review counts follows at once.

    Only while the review is with the department (submitted). Raises ValidationError.
    """
    reason = tidy(reason)
    if ruling not in {TransferClass.DOWNWARD, TransferClass.SAME_LEVEL, TransferClass.UPWARD}:
        raise ValidationError({"ruling": ["Hãy chọn một trong ba loại: xuống cấp dưới, cùng cấp, lên cấp trên."]})
    if not reason:
        raise ValidationError({"reason": ["Phân loại chuyển thẩm quyền phải nêu lý do."]})
    review = load_locked(transfer.review_id)
    transfer = Transfer.objects.select_related("source_level", "target_level").get(pk=transfer.pk, review=review)
    _may_rule(by, review, transfer)
    before = {"ruling": transfer.ruling, "reason": transfer.ruling_reason}
    transfer.ruling, transfer.ruling_reason = TransferClass(ruling).value, reason
    transfer.ruled_by, transfer.ruled_at = by, timezone.now()
    transfer.save(update_fields=["ruling", "ruling_reason", "ruled_by", "ruled_at"])
    flags = refresh_flags(review)
    move_name = {"source_level": transfer.source_level_id, "target_level": transfer.target_level_id}
    changes = {"ruling": [move_name | before, move_name | {"ruling": transfer.ruling, "reason": reason}]} | flags
    event = compose(
        review,
        by=by,
        action="rule_transfer",
        status_before=review.status,
        status_after=review.status,
        reason=reason,
        changes=changes,
        content=snapshot(review),
    )
    event.save(force_insert=True)
    review.save(update_fields=["counted", "within", "decider_unknown", "event_count", "head_hash"])
    return review


def _may_rule(by: User, review: Review, transfer: Transfer) -> None:
    if by.role not in DEPARTMENT_ROLES or review.organisation_id == by.body.pk:
        raise ValidationError("Chỉ cơ quan chủ trì đợt rà soát phân loại chuyển thẩm quyền.", code="refused")
    if review.status != Status.SUBMITTED:
        raise ValidationError(
            f"Chỉ phân loại chuyển thẩm quyền khi phiếu “{Status.SUBMITTED.label}”; "
            f"phiếu này đang ở trạng thái “{review.get_status_display()}”.",
            code="refused",
        )
    closed = round_refusal(review.campaign)
    if closed:
        raise ValidationError(closed, code="refused")
    if not review.eligible:
        # A ruling would count nowhere, and leave the frozen figures saying other than the form.
        raise ValidationError(
            "Thủ tục này không thuộc diện tính (đã được loại trừ hoặc đưa ra khỏi phạm vi) nên phiếu chỉ xem, không "
            "phân loại chuyển thẩm quyền.",
            code="refused",
        )
    if transfer.transfer_class != TransferClass.MANUAL:
        raise ValidationError(
            "Việc chuyển thẩm quyền này đã tự xếp loại được theo thang bậc nên không phân loại lại.", code="refused"
        )


def _close_queries(reviews: list[Review], states=(QueryState.OPEN, QueryState.ANSWERED)) -> None:
    Query.objects.filter(review__in=[review.pk for review in reviews], state__in=states).update(
        state=QueryState.CLOSED, closed_at=timezone.now()
    )


def _tell(reviews: list[Review]) -> None:
    """One notice a person: assignees of what came back, and the focal points of the bodies it came back to."""
    mine: dict[int, list[Review]] = defaultdict(list)
    bodies: dict[int, list[Review]] = defaultdict(list)
    for review in reviews:
        bodies[review.organisation_id].append(review)
        if review.assignee_id:
            mine[review.assignee_id].append(review)
    focal_points = User.objects.filter(is_active=True, role=Role.FOCAL_POINT).select_related("organisation")
    for person in focal_points:
        body_id = person.organisation_id if person.organisation_id in bodies else person.organisation.parent_id
        if body_id in bodies:
            mine[person.pk] = bodies[body_id]
    Notice.objects.bulk_create(Notice(user_id=pk, **_words(returned)) for pk, returned in mine.items())


def _words(returned: list[Review]) -> dict[str, str]:
    if len(returned) == 1:
        item = returned[0].scope_item
        text = f"Phiếu {item.code} bị trả lại, yêu cầu hoàn thiện: {item.name}"
        return {"text": text[:500], "url": reverse("reviews:detail", args=[returned[0].pk])}
    return {
        "text": f"{len(returned)} phiếu bị trả lại, yêu cầu hoàn thiện.",
        "url": f"{reverse('reviews:list')}?status={Status.RETURNED.value}",
    }
