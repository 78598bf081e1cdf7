"""What stands beside a form and is written for itself: usual wordings of a body, answers to opinions."""

from django.core.exceptions import ValidationError
from django.db import transaction

from reviews.actions.actors import actor_for, verdict
from reviews.actions.events import record
from reviews.actions.versions import load_locked
from reviews.models import Opinion, Phrase, Review, Stance
from reviews.rules.workflow import Action
from tthc_portal.accounts.models import Organisation, User
from tthc_portal.text import tidy

PHRASE_FIELDS = {
    "reason": "Lý do",
    "content": "Nội dung phương án",
    "conditions": "Điều kiện bảo đảm thực hiện",
    "new_steps": "Trình tự, thời hạn mới",
    "transition": "Xử lý hồ sơ chuyển tiếp",
    "criteria": "Lý do của tiêu chí",
}
"""The texts for which a body keeps usual wordings."""

MAX_PHRASES = 30
MAX_PHRASE = 3_000
MAX_ANSWER = 5_000
# What a province's stance is, said of the ministry's procedure: only a proposal asks for a change.
_SAID = {
    Stance.AGREE: Opinion.Stance.AGREE,
    Stance.PROPOSE: Opinion.Stance.OTHER,
    Stance.NO_OPINION: Opinion.Stance.OTHER,
}


@transaction.atomic
def keep_phrase(*, by: User, field: str, text: str) -> Phrase:
    """Keep a wording of ``by``'s body for one of PHRASE_FIELDS; one that is kept already is not kept twice."""
    text = tidy(text)
    if field not in PHRASE_FIELDS:
        raise ValidationError("Chỉ lưu câu hay dùng cho các mục nội dung của phiếu.")
    if not text:
        raise ValidationError("Chưa có nội dung để lưu: hãy gõ hoặc chọn đoạn cần lưu.")
    if len(text) > MAX_PHRASE:
        raise ValidationError(f"Câu dài {len(text)} ký tự, tối đa {MAX_PHRASE} ký tự; hãy rút gọn.")
    # One body at a time, so that two people do not pass the limit together.
    Organisation.objects.select_for_update().get(pk=by.body.pk)
    kept = Phrase.objects.filter(organisation=by.body, field=field)
    same = kept.filter(text=text).first()
    if same:
        return same
    if kept.count() >= MAX_PHRASES:
        raise ValidationError(f"Mỗi mục giữ tối đa {MAX_PHRASES} câu; hãy xóa bớt câu không còn dùng.")
    return Phrase.objects.create(organisation=by.body, field=field, text=text, made_by=by)


def forget_phrase(*, by: User, phrase: Phrase) -> None:
    """Delete a wording of ``by``'s own body; texts that took it over keep it."""
    if phrase.organisation_id != by.body.pk:
        raise ValidationError("Câu này là của cơ quan khác.")
    phrase.delete()


@transaction.atomic
def answer_opinion(
    *,
    by: User,
    review_id: int,
    kind: str,
    text: str,
    source: Review | None = None,
    opinion: Opinion | None = None,
) -> Opinion:
    """Answer what another body says of a procedure: tiếp thu, or giải trình with the reason.

    Either ``source``, the review in which that body said it (its opinion is put on record with the first answer), or
    an ``opinion`` already on record. Raises ValidationError when the review may not be edited now.
    """
    review = load_locked(review_id)
    allowed = verdict(Action.SAVE, review, actor_for(by, review), review.campaign)
    if not allowed:
        raise ValidationError(allowed.reason, code="refused")
    text = tidy(text)
    if kind not in Opinion.AnswerKind.values:
        raise ValidationError("Hãy chọn “Tiếp thu” hoặc “Giải trình”.")
    if kind == Opinion.AnswerKind.EXPLAINED and not text:
        raise ValidationError("Giải trình phải nêu lý do không tiếp thu.")
    if len(text) > MAX_ANSWER:
        raise ValidationError(f"Nội dung dài {len(text)} ký tự, tối đa {MAX_ANSWER} ký tự; hãy rút gọn.")
    row = opinion or _on_record(review, source)
    if row.review_id != review.pk:
        raise ValidationError("Ý kiến này không thuộc phiếu đang xử lý.")
    before = _told(row)
    row.answer_kind, row.answer, row.answered_by = kind, text, by
    if _told(row) != before:
        row.save()
        changes = {"opinions": [before if before["answer_kind"] else None, _told(row)]}
        record(review, by=by, action="answer_opinion", changes=changes)
    return row


def _on_record(review: Review, source: Review | None) -> Opinion:
    """The opinion that ``source`` holds on the procedure of ``review``; a new row, not saved, the first time."""
    if source is None or source.scope_item_id != review.scope_item_id or source.pk == review.pk:
        raise ValidationError("Ý kiến này không thuộc phiếu đang xử lý.")
    kept = Opinion.objects.filter(review=review, source_review=source).first()
    stance = _SAID.get(source.stance, Opinion.Stance.OTHER)
    text = source.content or source.reason
    return kept or Opinion(
        review=review, organisation=source.organisation, source_review=source, stance=stance, text=text
    )


def _told(row: Opinion) -> dict:
    return {"organisation": row.organisation.name, "answer_kind": row.answer_kind, "answer": row.answer}
