"""Filling a review inside its body: saving, finishing, checking, sending it back to its author."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from reviews.actions.actors import actor_for, verdict
from reviews.actions.content import (
    COLUMNS,
    FLAGS,
    VERSION,
    apply_content,
    changed_between,
    clean_content,
    initial_content,
    refresh_flags,
    rule_levels,
    snapshot,
)
from reviews.actions.events import compose, locked, record
from reviews.actions.moving import Outcome, move
from reviews.models import Conclusion, Review, ReviewEvent
from reviews.rules import completeness, merging
from reviews.rules.completeness import Gap
from reviews.rules.transfers import Level
from reviews.rules.workflow import Action, next_status
from tthc_portal.accounts.models import User
from tthc_portal.text import tidy


class EditConflict(ValidationError):
    """Two people changed the same fields: nothing was saved, and the text that was not is kept in the history.

    ``conflicts`` is {field: merging.Conflict(base, mine, theirs)}; ``merged`` the content with everything that could
    be merged (stored values where a person must choose); ``version`` the one now stored; ``theirs_by`` and
    ``theirs_at`` who saved it and when.
    """

    def __init__(self, review: Review, merge: merging.Merge):
        self.conflicts = merge.conflicts
        self.merged = merge.merged
        self.version = review.version
        self.theirs_by = review.edited_by
        self.theirs_at = review.edited_at
        super().__init__(
            "Phiếu đã được lưu ở nơi khác trong khi bạn đang sửa, và có nội dung hai bên cùng thay đổi. "
            "Hãy chọn nội dung cần giữ ở từng mục rồi lưu lại; nội dung bạn vừa nhập đã được ghi vào lịch sử.",
            code="conflict",
        )


@dataclass(frozen=True, slots=True)
class Saved:
    """A save that went through: ``changed`` is False when nothing was new; ``merged`` when others' edits joined."""

    review: Review
    changed: bool
    merged: bool


def save_review(*, by: User, review_id: int, base_version: int, data: Mapping[str, object]) -> Saved:
    """Save ``data`` (any part of a content) that an editor began from ``base_version``.

    Edits of others since then are merged field by field. Raises EditConflict where both changed a field (what ``by``
    typed is in the history by then), and ValidationError for a move the workflow refuses or a wrong value.
    """
    # The refusal is raised outside the transaction: the record of what could not be saved must stay.
    with transaction.atomic():
        outcome = _save(by, review_id, base_version, data)
    if isinstance(outcome, EditConflict):
        raise outcome
    return outcome


def _save(by: User, review_id: int, base_version: int, data: Mapping[str, object]) -> Saved | EditConflict:
    review = load_locked(review_id)
    allowed = verdict(Action.SAVE, review, actor_for(by, review), review.campaign)
    if not allowed:
        raise ValidationError(allowed.reason, code="refused")
    levels = rule_levels()
    mine = clean_content(data, levels)
    stored = snapshot(review)
    merged = False
    if base_version != review.version:
        merge = merging.merge(_without_version(content_at(review, base_version)), mine, _without_version(stored))
        if not merge.clean:
            unsaved = changed_between({name: stored.get(name) for name in mine}, mine)
            record(review, by=by, action="conflict", changes=unsaved)
            return EditConflict(review, merge)
        merged = True
        mine = {name: merge.merged[name] for name in mine}
    _compose_content(stored, mine, levels)
    return _write(by, review, stored, mine, levels, merged)


def _write(by: User, review: Review, stored: dict, data: dict, levels: Mapping[str, Level], merged: bool) -> Saved:
    changes = apply_content(review, data, by=by, levels=levels)
    first = review.version == 0
    if not changes and not first:
        return Saved(review, False, merged)
    now = timezone.now()
    before = review.status
    review.version += 1
    review.status = next_status(Action.SAVE, before).value
    if review.status != before:
        review.status_since = now
    review.edited_by, review.edited_at = by, now
    changes |= refresh_flags(review, levels)
    event = compose(
        review,
        by=by,
        action=Action.SAVE.value,
        status_before=before,
        status_after=review.status,
        changes=changes,
        content=snapshot(review),
        at=now,
    )
    event.save(force_insert=True)
    review.save(
        update_fields=[
            *COLUMNS,
            "version",
            "status",
            "status_since",
            "edited_by",
            "edited_at",
            "decider_unknown",
            "counted",
            "within",
            "event_count",
            "head_hash",
        ]
    )
    return Saved(review, True, merged)


def load_locked(review_id: int) -> Review:
    """One review locked until the transaction ends, with its round and its frozen procedure."""
    rows = locked(Review.objects.filter(pk=review_id)).select_related("campaign", "scope_item", "organisation")
    return rows.select_related("edited_by").get()


def content_at(review: Review, version: int) -> dict:
    """The content of ``review`` as it was saved at ``version``; {} when no such version is known.

    An unknown version makes every difference a conflict, so nothing is overwritten unseen.
    """
    if version == 0:
        return initial_content(review)
    if version == review.version:
        return snapshot(review)
    kept = ReviewEvent.objects.filter(review=review, content__isnull=False, content__version=version)
    event = kept.order_by("-sequence").first()
    return event.content if event else _undo_saves(review, review.version - version)


def _undo_saves(review: Review, number: int) -> dict:
    """What is stored now with the last ``number`` saves taken back; {} when the history does not hold that many."""
    saves = ReviewEvent.objects.filter(review=review, action=Action.SAVE.value).order_by("-sequence")
    undone = list(saves[:number]) if number > 0 else []
    if not undone or len(undone) < number:
        return {}
    content = snapshot(review)
    for event in undone:
        content |= {name: before for name, (before, _after) in event.changes.items() if name not in FLAGS}
    return content


def _without_version(content: Mapping[str, object]) -> dict:
    return {name: value for name, value in content.items() if name != VERSION}


def _compose_content(stored: Mapping, data: dict, levels: Mapping[str, Level]) -> None:
    """Word the option's content from its transfers while nobody has written it otherwise."""
    if data.keys().isdisjoint(("conclusion", "content", "transfers")):
        return
    final = {name: data.get(name, stored[name]) for name in ("conclusion", "content", "transfers")}
    composed_before = compose_from(stored["transfers"], levels)
    if final["content"] not in ("", composed_before):
        return
    if final["conclusion"] == Conclusion.DECENTRALIZE:
        data["content"] = tidy(compose_from(final["transfers"], levels))
    elif final["content"]:
        data["content"] = ""


def compose_from(rows: Iterable[Mapping], levels: Mapping[str, Level]) -> str:
    """First wording of the option from the transfer rows of a content."""
    return completeness.compose_content(_transfer_row(row, levels) for row in rows)


def _transfer_row(row: Mapping, levels: Mapping[str, Level], ruling: str = "") -> completeness.TransferRow:
    return completeness.TransferRow(
        source_level=levels.get(row["source_level"]),
        target_level=levels.get(row["target_level"]),
        mode=row["mode"],
        ruling=ruling or None,
    )


def gaps(review: Review, levels: Mapping[str, Level] | None = None) -> list[Gap]:
    """Everything that keeps ``review`` from being finished, each tied to a part of the form."""
    levels = rule_levels() if levels is None else levels
    content = snapshot(review) if review.version else initial_content(review)
    rulings = [row.ruling for row in review.transfers.all()]
    rulings += [""] * (len(content["transfers"]) - len(rulings))
    form = completeness.FormContent(
        conclusion=content["conclusion"],
        reason=content["reason"],
        content=content["content"],
        deciders=[
            completeness.DeciderRow(
                level=row["level"],
                level_label=levels[row["level"]].label if row["level"] in levels else "",
                body=row["body"],
                legal_ground=row["legal_ground"],
            )
            for row in content["deciders"]
        ],
        transfers=[
            _transfer_row(row, levels, ruling) for row, ruling in zip(content["transfers"], rulings, strict=True)
        ],
        amendments=[
            completeness.AmendmentRow(row["document_type"], row["number"], row["article"], row["action"])
            for row in content["amendments"]
        ],
        excluded_levels=review.campaign.rule.excluded_levels,
    )
    found = completeness.gaps(form)
    # Whatever the conclusion, nothing is sent while it is not known who decides.
    if review.version and review.decider_unknown and not any(gap.field == "deciders" for gap in found):
        found.append(
            Gap("deciders", "Chưa xác định cấp có thẩm quyền quyết định hiện nay nên chưa gửi được kết quả rà soát.")
        )
    return found


def finish(*, by: User, reviews: Iterable[Review]) -> Outcome:
    """Declare forms complete (hoàn thành): each must have no gap left, else ValidationError({field: sentences})."""
    levels = rule_levels()

    def complete(review: Review) -> None:
        missing: dict[str, list[str]] = {}
        for gap in gaps(review, levels):
            missing.setdefault(gap.field, []).append(gap.message)
        if missing:
            raise ValidationError(missing, code="incomplete")

    return move(by=by, reviews=reviews, action=Action.FINISH, values={"finished_by": by}, check=complete)


def check(*, by: User, reviews: Iterable[Review]) -> Outcome:
    """Pass finished forms on for signing (kiểm tra); never by the one who finished them, unless he is alone."""
    return move(by=by, reviews=reviews, action=Action.CHECK, values={"checked_by": by})


def return_internal(*, by: User, reviews: Iterable[Review], reason: str) -> Outcome:
    """Send forms back to their authors inside the body, with a reason."""
    reason = tidy(reason)
    if not reason:
        raise ValidationError({"reason": ["Trả lại nội bộ phải nêu lý do để người soạn biết cần sửa gì."]})
    return move(
        by=by,
        reviews=reviews,
        action=Action.RETURN_INTERNAL,
        reason=reason,
        values={"checked_by": None},
    )
