"""Taking a change of many forms back: every form not changed since becomes what it was, the others are listed."""

import datetime
from collections.abc import Callable

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from reviews.actions.actors import round_refusal
from reviews.actions.bulk import WRITTEN, at_work, rewrite, saved, write
from reviews.actions.content import COLUMNS, ROWS, VERSION, refresh_flags, rule_levels, snapshot, with_rows
from reviews.actions.events import locked
from reviews.actions.filling import mark_exception
from reviews.models import BulkChange, Review, ReviewEvent, Status
from reviews.rules.workflow import ACTION_LABELS
from tthc_portal.accounts.models import Role, User

# What others may have done to a form since without touching what the batch wrote.
NEUTRAL = ("assign", "conflict", "discard")


def undo_refusal(*, by: User, change: BulkChange) -> str:
    """Why ``by`` cannot take ``change`` back; blank when he can. Who made it may, and the focal point of its body."""
    if change.organisation_id != by.body.pk or by.role not in (Role.OFFICIAL, Role.FOCAL_POINT):
        return "Chỉ người thực hiện hoặc công chức đầu mối của cơ quan được hoàn tác."
    if by.role != Role.FOCAL_POINT and change.made_by_id != by.pk:
        return "Chỉ người thực hiện hoặc công chức đầu mối của cơ quan được hoàn tác."
    if change.undone_at:
        return f"Thay đổi này đã được {change.undone_by} hoàn tác lúc {_moment(change.undone_at)}."
    return round_refusal(change.campaign)


def permitted(*, by: User, change: BulkChange) -> BulkChange:
    """``change`` read anew and locked, if ``by`` may take it back now; ValidationError otherwise."""
    found = BulkChange.objects.select_for_update(of=("self",))
    change = found.select_related("campaign", "organisation", "made_by", "undone_by").get(pk=change.pk)
    refusal = undo_refusal(by=by, change=change)
    if refusal:
        raise ValidationError(refusal, code="refused")
    return change


@transaction.atomic
def undo(*, by: User, change: BulkChange, progress: Callable[[int, int], None] | None = None) -> BulkChange:
    """Restore content, rows and status of every form of ``change`` that nobody has changed since, with an event each.

    The others stay as they are and are listed in ``kept`` with who changed them and when. ``progress(done, total)``
    counts forms and may stop it, with nothing taken back then. Raises ValidationError for the wrong person, a second
    time, or a round no longer open.
    """
    progress = progress or (lambda done, total: None)
    change = permitted(by=by, change=change)
    told: dict[int, list[ReviewEvent]] = {}
    for event in ReviewEvent.objects.filter(bulk_id=change.pk).order_by("review", "sequence"):
        told.setdefault(event.review_id, []).append(event)
    reviews = list(locked(Review.objects.filter(pk__in=list(told))).select_related("scope_item"))
    with_rows(reviews)
    later, typing = _later(change, told), at_work(reviews)
    kept, restored = [], []
    for review in reviews:
        review.campaign = change.campaign
        why = _why_kept(review, told[review.pk], later.get(review.pk), typing.get(review.pk))
        if why:
            kept.append({"code": review.scope_item.code, "review": review.pk, "why": why})
        else:
            restored.append(review)
    change.undone_by, change.undone_at, change.kept = by, timezone.now(), sorted(kept, key=lambda one: one["code"])
    # Looking who has been at a form since is about half of the work.
    progress(len(reviews) // 2, len(reviews))
    _restore(change, restored, told)
    progress(len(reviews), len(reviews))
    change.save(update_fields=["undone_by", "undone_at", "kept"])
    return change


def _later(change: BulkChange, told: dict[int, list[ReviewEvent]]) -> dict[int, ReviewEvent]:
    """The last event of each form that came after the batch and changed something.

    A later batch that was taken back has left nothing behind but on the forms it had to keep.
    """
    undone = BulkChange.objects.filter(organisation=change.organisation_id, undone_at__isnull=False)
    kept = {pk: {one["review"] for one in left} for pk, left in undone.values_list("pk", "kept")}
    events = ReviewEvent.objects.filter(review__in=list(told), at__gte=change.made_at).exclude(bulk_id=change.pk)
    events = events.exclude(action__in=NEUTRAL).select_related("by").order_by("sequence")
    return {
        event.review_id: event
        for event in events.defer("content", "changes")
        if event.sequence > told[event.review_id][-1].sequence
        and (event.bulk_id not in kept or event.review_id in kept[event.bulk_id])
    }


def _why_kept(review: Review, own: list[ReviewEvent], later: ReviewEvent | None, typing: str | None) -> str:
    if later:
        label = dict(ACTION_LABELS).get(later.action, "thay đổi")
        return f"{later.by or 'Hệ thống'} – {label.lower()} lúc {_moment(later.at)}"
    if typing:
        return f"{typing} đang mở phiếu, có nội dung chưa lưu"
    if not review.eligible or review.status != own[-1].status_after:
        return "Phạm vi hoặc trạng thái của phiếu đã thay đổi"
    return ""


def _restore(change: BulkChange, reviews: list[Review], told: dict[int, list[ReviewEvent]]) -> None:
    levels = rule_levels()
    befores = {review.pk: snapshot(review) for review in reviews}
    edits = [(review, _before(told[review.pk])) for review in reviews]
    columns = rewrite(edits, levels, _rulings(change))
    events = []
    for review, data in edits:
        status = review.status
        review.status = told[review.pk][0].status_before
        if review.status != status:
            review.status_since = change.undone_at
        if review.status == Status.NOT_STARTED:
            review.version, review.edited_by, review.edited_at = 0, None, None
        else:
            review.version += 1
            review.edited_by, review.edited_at = change.undone_by, change.undone_at
        if status != review.status and review.status in (Status.NOT_STARTED, Status.DRAFT):
            review.finished_by = None
        changes = {name: [befores[review.pk].get(name), value] for name, value in data.items()}
        changes |= mark_exception(review, _was_exception(review, told[review.pk]))
        changes |= refresh_flags(review, levels)
        reason = f"Hoàn tác thay đổi hàng loạt ngày {_moment(change.made_at)}: {change.reason}"
        facts = {"by": change.undone_by, "at": change.undone_at}
        events.append(saved(review, change, status, changes, reason, **facts))
    if reviews:
        write(events, reviews, [*sorted(columns), *WRITTEN, "finished_by"])


def _was_exception(review: Review, events: list[ReviewEvent]) -> bool:
    """Whether the form was one of those answered together before the batch."""
    told = [event.changes["by_exception"][0] for event in events if "by_exception" in event.changes]
    return told[0] if told else review.by_exception


def _before(events: list[ReviewEvent]) -> dict:
    """The parts of the content that the batch changed, as they were before it."""
    found: dict = {}
    for event in reversed(events):
        found |= {
            name: before
            for name, (before, _after) in event.changes.items()
            if name != VERSION and (name in COLUMNS or name in ROWS)
        }
    return found


def _rulings(change: BulkChange) -> dict[int, dict]:
    return {
        int(pk): {
            key: columns | {"ruled_at": datetime.datetime.fromisoformat(columns["ruled_at"])}
            for key, columns in moves.items()
        }
        for pk, moves in change.values.get("rulings", {}).items()
    }


def _moment(at: datetime.datetime) -> str:
    return timezone.localtime(at).strftime("%H:%M %d/%m/%Y")
