"""Bringing an earlier value of a form back: a save like any other, that says from where the value comes."""

from django.core.exceptions import ValidationError

from reviews.actions.content import COLUMNS, ROWS, VERSION
from reviews.actions.filling import Saved, save_review
from reviews.actions.versions import UNSAVED
from reviews.models import Review, ReviewEvent
from tthc_portal.accounts.models import User

RESTORABLE = (*COLUMNS, *ROWS)


def kept_values(event: ReviewEvent) -> dict[str, object]:
    """The parts of the form that ``event`` holds: its whole content, or what somebody typed and could not save."""
    if event.action in UNSAVED:
        found = {name: after for name, (_before, after) in event.changes.items()}
    else:
        found = event.content or {}
    return {name: found[name] for name in RESTORABLE if name in found}


def restore(*, by: User, review: Review, sequence: int, name: str, base_version: int) -> Saved:
    """Save ``name`` of the form as event ``sequence`` of ``review`` holds it; ``base_version`` is what the asker saw.

    Permissions, merging and flags are those of any save. Raises ValidationError where the event holds no such value or
    the value no longer fits, and what :func:`reviews.actions.filling.save_review` raises.
    """
    event = ReviewEvent.objects.filter(review=review, sequence=sequence).first()
    values = kept_values(event) if event else {}
    if name not in values:
        raise ValidationError("Lịch sử không giữ giá trị này nên không khôi phục được.")
    data = {name: values[name]}
    try:
        return save_review(by=by, review_id=review.pk, base_version=base_version, data=data, reason=_source(event))
    except ValidationError as error:
        if hasattr(error, "error_dict"):
            raise ValidationError(
                f"Không khôi phục được vì giá trị cũ không còn dùng được: {' '.join(error.messages)}"
            ) from error
        raise


def _source(event: ReviewEvent) -> str:
    if event.action in UNSAVED:
        return f"Khôi phục nội dung chưa lưu được của {event.by}"
    return f"Khôi phục từ phiên bản {event.content[VERSION]}"
