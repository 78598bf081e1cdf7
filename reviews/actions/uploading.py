"""Handing in a filled workbook of forms: kept with what it says first, written only when asked, as one batch."""

import hashlib
import uuid
from collections.abc import Callable, Iterable, Mapping

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from reviews.actions.bulk import FILLERS, WRITTEN, rewrite, rulings_of, saved, write
from reviews.actions.content import VERSION, refresh_flags, rule_levels, with_rows
from reviews.actions.events import compose, locked
from reviews.actions.filling import is_short, mark_exception
from reviews.actions.upload_plans import (
    MINE,
    RELATED,
    THEIRS,
    Fate,
    Plan,
    Row,
    bases_of,
    column_sets,
    question_id,
    stored_of,
    weigh,
)
from reviews.actions.versions import next_versions
from reviews.models import BulkChange, BulkKind, Campaign, FormUpload, Review, ReviewEvent
from reviews.rules.transfers import Level
from reviews.rules.workflow import Action, next_status
from reviews.sheets.reading import Filled
from reviews.sheets.values import cells_of
from tthc_portal.accounts.models import Role, User
from tthc_portal.text import tidy


class NotYet(ValidationError):
    """Nothing was written: the forms have moved since the page was made, or answers are missing or cannot stand.

    The answers given so far are kept with the upload.
    """


@transaction.atomic
def receive(*, by: User, filled: Filled, content: bytes, file_name: str) -> FormUpload:
    """Keep a workbook with the cells that were changed in it; no form changes.

    Raises ValidationError for a workbook of another body or of no round, or where ``by`` fills no forms.
    """
    if by.role not in FILLERS:
        raise ValidationError("Việc nhập phiếu Excel chỉ dành cho chuyên viên, công chức đầu mối.", code="refused")
    campaign = Campaign.objects.visible_to(by).filter(pk=filled.campaign).first()
    if campaign is None:
        raise ValidationError("Tệp này không thuộc đợt rà soát nào trên cổng; tải lại tệp từ danh sách phiếu rồi điền.")
    if filled.organisation != by.body.pk:
        raise ValidationError(
            "Tệp này là phiếu của cơ quan khác nên không nhập được; hãy dùng tệp tải từ danh sách phiếu của bạn."
        )
    upload = FormUpload(
        campaign=campaign,
        organisation=by.body,
        file_name=file_name[:300],
        sha256=hashlib.sha256(content).hexdigest(),
        made_by=by,
        report={
            "made_at": filled.made_at.isoformat(),
            "rows": _changed_rows(filled, campaign, by),
            "faults": filled.faults,
            "number": len(filled.rows),
        },
    )
    upload.file.save("phieu.xlsx", ContentFile(content), save=False)
    upload.save()
    return upload


def reviews_of(upload: FormUpload) -> QuerySet:
    """The forms that an upload speaks of, only those of its body in its round."""
    keys = {row["review"] for row in upload.report["rows"]}
    found = Review.objects.filter(pk__in=keys, organisation=upload.organisation_id, campaign=upload.campaign_id)
    return found.order_by("pk").select_related(*RELATED)


def plan_of(*, by: User, upload: FormUpload) -> Plan:
    """What ``upload`` would do if ``by`` wrote it now, with the answers kept so far; reads only."""
    return weigh(by=by, upload=upload, reviews=reviews_of(upload), choices=upload.choices)


def write_refusal(*, by: User, upload: FormUpload) -> str:
    """Why ``by`` cannot write ``upload``; blank when he can. Who handed it in may, and a focal point of its body."""
    own = upload.organisation_id == by.body.pk and by.role in FILLERS
    if not own or (by.role != Role.FOCAL_POINT and upload.made_by_id != by.pk):
        return "Chỉ người nhập tệp hoặc công chức đầu mối của cơ quan được ghi vào phiếu."
    if upload.bulk_change_id:
        at = timezone.localtime(upload.bulk_change.made_at)
        return f"Tệp này đã được ghi vào phiếu lúc {at:%H:%M %d/%m/%Y}, không ghi lần thứ hai."
    return ""


@transaction.atomic
def choose(*, by: User, upload: FormUpload, choices: Mapping[str, str], rest: str = "") -> FormUpload:
    """Keep answers ({question: mine or theirs}) without writing; ``rest`` answers every question still open."""
    upload = _locked(upload)
    _may_write(by, upload)
    _keep(upload, choices)
    if rest in (MINE, THEIRS):
        open_ones = plan_of(by=by, upload=upload).unanswered
        _keep(upload, {question_id(row.review, cell.key): rest for row, cell in open_ones})
    upload.save(update_fields=["choices"])
    return upload


def apply(
    *,
    by: User,
    upload: FormUpload,
    choices: Mapping[str, str],
    seal: str,
    progress: Callable[[int, int], None] | None = None,
) -> BulkChange:
    """Write what the file says, as one batch: a "save" event a form, the side that lost a question kept in the history.

    ``seal`` is that of the plan the page showed. Nothing is finished or sent; ``progress(done, total)`` counts forms
    and may stop the writing, of which nothing is left then. Raises NotYet where the page must be looked at again (the
    answers are kept by then), ValidationError for the wrong person, a second time or no change.
    """
    # Raised outside the transaction: the answers made so far must stay.
    with transaction.atomic():
        outcome = _apply(by, upload, choices, seal, progress or (lambda done, total: None))
    if isinstance(outcome, NotYet):
        raise outcome
    return outcome


def _apply(by: User, upload: FormUpload, choices: Mapping[str, str], seal: str, progress) -> BulkChange | NotYet:
    upload = _locked(upload)
    _may_write(by, upload)
    _keep(upload, choices)
    rows = locked(Review.objects.filter(pk__in=reviews_of(upload).order_by().values("pk")))
    plan = weigh(by=by, upload=upload, reviews=rows.select_related(*RELATED), choices=upload.choices)
    refusal = _not_yet(plan, seal)
    if refusal:
        upload.save(update_fields=["choices"])
        return NotYet(refusal, code="moved")
    if not plan.writes and not plan.questions:
        raise ValidationError("Tệp không có ô nào cần ghi vào phiếu.")
    change = BulkChange(
        id=uuid.uuid4(),
        campaign=upload.campaign,
        organisation=upload.organisation,
        kind=BulkKind.WORKBOOK,
        title=upload.file_name,
        reason=f"Nhập phiếu Excel “{upload.file_name}”",
        changed=len(plan.writes),
        skipped=len(plan.refused),
        made_by=by,
        made_at=timezone.now(),
        values=_told(plan),
    )
    change.save(force_insert=True)
    # The comparison is about half of the work, the writing the other half.
    progress(len(plan.writes) // 2, len(plan.writes))
    _write(plan, change, rule_levels())
    progress(len(plan.writes), len(plan.writes))
    upload.bulk_change = change
    upload.report["outcome"] = _outcome(plan)
    upload.save(update_fields=["choices", "bulk_change", "report"])
    return change


def _not_yet(plan: Plan, seal: str) -> str:
    """Why the plan cannot be written as it stands; blank when it can."""
    if plan.seal != seal:
        return (
            "Phiếu trên cổng đã thay đổi từ lúc bạn xem trước nên chưa ghi gì. Xem lại rồi ghi; "
            "các lựa chọn đã có được giữ nguyên."
        )
    if plan.unanswered:
        return f"Còn {len(plan.unanswered)} ô hai bên cùng sửa chưa được chọn; hãy chọn ở từng ô rồi ghi."
    unfit = [(row, cell) for row, cell in plan.questions if cell.choice == MINE and cell.why]
    if unfit:
        places = "; ".join(f"{row.code}: {cell.why}" for row, cell in unfit[:5])
        return f"Có lựa chọn không dùng được cùng nội dung đang lưu, hãy chọn lại. {places}"
    return ""


def _locked(upload: FormUpload) -> FormUpload:
    found = FormUpload.objects.select_for_update(of=("self",))
    return found.select_related("campaign", "organisation", "bulk_change").get(pk=upload.pk)


def _may_write(by: User, upload: FormUpload) -> None:
    refusal = write_refusal(by=by, upload=upload)
    if refusal:
        raise ValidationError(refusal, code="refused")


def _keep(upload: FormUpload, choices: Mapping[str, str]) -> None:
    """Put answers into ``upload`` (not saved); of others than its own forms none."""
    own = {str(row["review"]) for row in upload.report["rows"]}
    given = {name: side for name, side in choices.items() if side in (MINE, THEIRS) and name.partition(":")[0] in own}
    upload.choices = upload.choices | given


def _changed_rows(filled: Filled, campaign: Campaign, by: User) -> list[dict]:
    """The rows of a workbook as an upload keeps them: of the cells only those that are not as the form had them.

    A form the body does not have keeps all of its cells: they are shown to whoever typed them.
    """
    sets = column_sets(rule_levels())
    keys = {row.review for row in filled.rows}
    own = Review.objects.filter(pk__in=keys, organisation=by.body, campaign=campaign).select_related("scope_item")
    reviews = {review.pk: review for review in with_rows(list(own))}
    bases = bases_of([(row.review, row.version) for row in filled.rows], reviews, filled.made_at)
    found = []
    for row in filled.rows:
        base, review = bases[row.review, row.version], reviews.get(row.review)
        start = cells_of(base, sets[is_short(review)].values()) if base else {}
        cells = {key: tidy(value) if isinstance(value, str) else value for key, value in row.cells.items()}
        found.append(
            {
                "sheet": row.sheet,
                "row": row.row,
                "review": row.review,
                "version": row.version,
                "code": row.code,
                "cells": {key: value for key, value in cells.items() if key not in start or value != start[key]},
                "locked": row.locked,
            }
        )
    return found


def _write(plan: Plan, change: BulkChange, levels: Mapping[str, Level]) -> None:
    """Columns, rows and events of every form that the plan touches, in a few statements."""
    told = [row for row in plan.rows if row.data or row.lost or row.unfit]
    columns = rewrite(((row.review, row.data) for row in plan.writes), levels)
    versions = next_versions(row.review for row in told)
    events: list[ReviewEvent] = []
    for row in told:
        if row.lost or row.unfit:
            events.append(_kept(row, change))
        if row.data:
            events.append(_saved(row, change, versions[row.review.pk], levels))
    if told:
        write(events, [row.review for row in told], [*sorted(columns), *WRITTEN])


def _saved(row: Row, change: BulkChange, version: int, levels: Mapping[str, Level]) -> ReviewEvent:
    review, status = row.review, row.review.status
    review.version = version
    review.status = next_status(Action.SAVE, status).value
    if review.status != status:
        review.status_since = change.made_at
    review.edited_by, review.edited_at = change.made_by, change.made_at
    changes = {name: [row.before.get(name), value] for name, value in row.data.items()}
    changes |= mark_exception(review, False) | refresh_flags(review, levels)
    return saved(review, change, status, changes, change.reason)


def _kept(row: Row, change: BulkChange) -> ReviewEvent:
    """The event that holds the file's text where the portal's was chosen; no part of the batch, so it is never undone.

    Where the file's was chosen, the other text stands in the "before" of the save.
    """
    stored = stored_of(row.review, row.before)
    reason = f"{change.reason}: giữ giá trị trên cổng; giá trị trong tệp được giữ lại ở đây."
    if row.unfit:
        reason += " " + "; ".join(f"{key}: {value}" for key, value in row.unfit.items())
    return compose(
        row.review,
        by=change.made_by,
        action="conflict",
        reason=reason,
        changes={name: [stored.get(name), value] for name, value in row.lost.items()},
        at=change.made_at,
    )


def _told(plan: Plan) -> dict:
    """What the batch keeps of itself: the parts of the form it set, the rulings it displaced."""
    named = dict.fromkeys(name for row in plan.writes for name in row.data if name != VERSION)
    rulings = {str(row.review.pk): rulings_of(row.review) for row in plan.writes if "transfers" in row.data}
    return {"fields": list(named), "skips": {}, "rulings": {pk: found for pk, found in rulings.items() if found}}


def _outcome(plan: Plan) -> dict:
    """What became of the file, kept for its page: the numbers, the answers, and every cell that was not taken."""
    return {
        "forms": len(plan.writes),
        "take": plan.number(Fate.TAKE),
        "keep": plan.number(Fate.KEEP),
        "answers": [[row.review.pk, cell.key, cell.mine, cell.theirs, cell.choice] for row, cell in plan.questions],
        "refused": [
            _refused(row, row.refusal, {cell.key: [cell.mine, cell.why] for cell in cells})
            for row, cells in _left_out(plan.rows)
        ],
    }


def _left_out(rows: Iterable[Row]):
    """(row, its cells that were not taken) of every row with such."""
    for row in rows:
        cells = row.cells if row.refusal else row.of(Fate.WRONG)
        if row.refusal or cells:
            yield row, cells


def _refused(row: Row, why: str, cells: dict) -> dict:
    review = row.review.pk if row.review else None
    return {"sheet": row.sheet, "row": row.number, "code": row.code, "review": review, "why": why, "cells": cells}
