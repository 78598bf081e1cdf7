"""The only writer of reports of wrong catalogue entries (báo sai danh mục): raised by a body, settled by hand."""

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from procedures.importing.resource import FIELD_LABELS
from procedures.models import Correction, CorrectionState, ImportBatch, ImportRow, ImportState, Procedure, RowOutcome
from tthc_portal.accounts.models import BODY_ROLES, Role
from tthc_portal.text import tidy

# What may be reported as wrong; blank is the entry as a whole (a procedure that should not be there, or is missing).
REPORTABLE = {"": "Cả thủ tục, hoặc thông tin khác", **FIELD_LABELS}
SETTLED = (CorrectionState.CORRECTED, CorrectionState.DECLINED)


def field_label(name: str) -> str:
    """What a person calls the reported ``name``; a name no longer known stands as it is."""
    return REPORTABLE.get(name, name)


def rows_that_touched(procedure: Procedure):
    """Rows of imports in force that made or changed ``procedure``, newest first: what can have corrected it."""
    written = Q(outcome__in=[RowOutcome.CREATED, RowOutcome.CHANGED])
    # A procedure that the file lacked was touched only when it was marked as abolished.
    abolished = Q(outcome=RowOutcome.MISSING, after__isnull=False)
    rows = procedure.import_rows.filter(written | abolished, batch__state=ImportState.APPLIED)
    return rows.select_related("batch").order_by("-batch__applied_at", "-pk")


@transaction.atomic
def report_wrong(*, by, procedure: Procedure, field: str, text: str, suggestion: str = "") -> Correction:
    """Record that ``by`` holds ``field`` of ``procedure`` to be wrong; the same may be reported more than once.

    Raises ValidationError for an unknown field or an empty text, PermissionDenied for people of no body.
    """
    if by.role not in BODY_ROLES:
        raise PermissionDenied
    if field not in REPORTABLE:
        raise ValidationError({"field": "Thông tin này không có trong danh mục. Chọn một thông tin trong danh sách."})
    text = tidy(text)
    if not text:
        raise ValidationError({"text": "Chưa ghi nội dung báo sai. Ghi rõ điều gì sai và vì sao."})
    return Correction.objects.create(
        procedure=procedure,
        field=field,
        text=text,
        suggestion=tidy(suggestion),
        organisation=by.body,
        raised_by=by,
    )


@transaction.atomic
def settle(*, by, correction: Correction, state: str, answer: str = "", batch: ImportBatch | None = None) -> Correction:
    """Answer ``correction``: corrected (by ``batch`` where an import did it) or declined with a sentence.

    Raises ValidationError when it was settled meanwhile, when nothing says what was done or why not, and when
    ``batch`` did not touch the procedure; PermissionDenied for anyone but an administrator.
    """
    if by.role != Role.ADMINISTRATOR:
        raise PermissionDenied
    correction = Correction.objects.select_for_update(of=("self",)).select_related("procedure").get(pk=correction.pk)
    if correction.state != CorrectionState.OPEN:
        raise ValidationError(
            f"Báo sai này đã được {correction.answered_by} trả lời: “{correction.get_state_display()}”. "
            "Câu trả lời của bạn chưa được ghi."
        )
    answer = tidy(answer)
    _refuse_unclear(correction, state, answer, batch)
    correction.state, correction.answer = state, answer
    correction.batch = batch if state == CorrectionState.CORRECTED else None
    correction.answered_by, correction.answered_at = by, timezone.now()
    correction.save(update_fields=["state", "answer", "batch", "answered_by", "answered_at"])
    return correction


def _refuse_unclear(correction: Correction, state: str, answer: str, batch: ImportBatch | None) -> None:
    """Raise when the answer would not tell the reporter what became of his report."""
    if state not in SETTLED:
        raise ValidationError({"state": "Chọn “Đã sửa” hoặc “Không sửa”."})
    if state == CorrectionState.DECLINED and not answer:
        raise ValidationError({"answer": "Không sửa thì phải nói lý do để người báo biết."})
    if state == CorrectionState.CORRECTED and batch is None and not answer:
        raise ValidationError({"answer": "Chọn lượt nhập đã sửa, hoặc ghi đã sửa thế nào."})
    if batch is not None and not ImportRow.objects.filter(
        pk__in=rows_that_touched(correction.procedure).values("pk"), batch=batch
    ):
        raise ValidationError({"batch": "Lượt nhập này không sửa thủ tục đang nói đến. Chọn lượt khác hoặc để trống."})
