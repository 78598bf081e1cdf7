"""Writing a large workbook of forms, and taking back a large change: the worker's, so that nobody waits at a page.

Each is one transaction. A worker killed at any moment leaves all forms as they were or all of them written, and
running its job again finishes what is left to do, which may be nothing.
"""

from collections.abc import Mapping

from django.db import transaction
from django.urls import reverse

from reviews.actions import undoing, uploading
from reviews.models import BulkChange, FormUpload
from tthc_portal.accounts.models import User
from tthc_portal.jobs.models import Job, JobState
from tthc_portal.jobs.runner import Progress, enqueue, job_kind

APPLY_UPLOAD, UNDO_CHANGE = "apply_upload", "undo_bulk_change"
# Forms written, and taken back, while one waits: about half a second and a second and a half on an idle machine.
UPLOAD_FROM, UNDO_FROM = 300, 1_500


def is_long_upload(upload: FormUpload) -> bool:
    """Whether writing ``upload`` is work for the worker; only the forms that its cells would change count."""
    return sum(1 for row in upload.report["rows"] if row["cells"]) > UPLOAD_FROM


def is_long_undo(change: BulkChange) -> bool:
    """Whether taking ``change`` back is work for the worker."""
    return change.changed > UNDO_FROM


def upload_job(upload: FormUpload) -> Job | None:
    """The last job that was to write ``upload``, whatever became of it."""
    return _last(APPLY_UPLOAD, upload=upload.pk)


def undo_job(change: BulkChange) -> Job | None:
    """The last job that was to take ``change`` back, whatever became of it."""
    return _last(UNDO_CHANGE, change=str(change.pk))


def in_hand(job: Job | None) -> bool:
    """Whether a worker has ``job`` or is going to: asking once more would make a second one."""
    return job is not None and job.state in (JobState.WAITING, JobState.RUNNING) and not job.is_silent


@transaction.atomic
def begin_applying(*, by: User, upload: FormUpload, choices: Mapping[str, str], seal: str) -> Job:
    """Keep the answers and give the writing to the worker; the job that has it already, if one does.

    ``seal`` is that of the plan the page showed: forms that have moved since fail the job, and nothing is written.
    Raises ValidationError for the wrong person and for an upload already written.
    """
    # The row is locked by the keeping of the answers, so that two clicks make one job.
    upload = uploading.choose(by=by, upload=upload, choices=choices)
    job = upload_job(upload)
    if in_hand(job):
        return job
    arguments = {"upload": upload.pk, "seal": seal, "page": _page_of(upload)}
    return enqueue(kind=APPLY_UPLOAD, title=_title("Ghi phiếu Excel", upload.file_name), by=by, arguments=arguments)


@transaction.atomic
def begin_undoing(*, by: User, change: BulkChange) -> Job:
    """Give the taking back of ``change`` to the worker; the job that has it already, if one does.

    Raises ValidationError where :func:`reviews.actions.undoing.undo` would at once.
    """
    change = undoing.permitted(by=by, change=change)
    job = undo_job(change)
    if in_hand(job):
        return job
    arguments = {"change": str(change.pk), "page": reverse("reviews:bulk_change", args=[change.pk])}
    return enqueue(kind=UNDO_CHANGE, title=_title("Hoàn tác", str(change)), by=by, arguments=arguments)


@job_kind(APPLY_UPLOAD)
def apply_upload(job: Job, progress: Progress) -> dict:
    """Write ``job.arguments["upload"]`` as its page showed it; a second run finds it written and writes nothing.

    Raises ValidationError with the reason, as the page itself would say it.
    """
    upload = FormUpload.objects.select_related("bulk_change").get(pk=job.arguments["upload"])
    change = upload.bulk_change
    if change is None:
        progress(0, len(upload.report["rows"]), "Đang so từng phiếu rồi ghi, tất cả trong một lần.")
        progress.beat()
        seal = job.arguments["seal"]
        change = uploading.apply(by=job.created_by, upload=upload, choices={}, seal=seal, progress=progress)
    message = f"Đã ghi vào {_number(change.changed)} phiếu. Chưa phiếu nào được hoàn thành hay gửi đi."
    return {"message": message, "url": _page_of(upload), "url_label": "Xem kết quả ghi phiếu"}


@job_kind(UNDO_CHANGE)
def undo_change(job: Job, progress: Progress) -> dict:
    """Take ``job.arguments["change"]`` back; a second run finds it taken back and writes nothing.

    Raises ValidationError with the reason, as the page itself would say it.
    """
    change = BulkChange.objects.select_related("campaign", "organisation").get(pk=job.arguments["change"])
    if change.undone_at is None:
        progress(0, change.changed, "Đang đối chiếu từng phiếu rồi trả lại như trước, tất cả trong một lần.")
        progress.beat()
        change = undoing.undo(by=job.created_by, change=change, progress=progress)
    message = f"Đã hoàn tác {_number(change.changed - len(change.kept))} phiếu."
    if change.kept:
        message += f" {_number(len(change.kept))} phiếu đã thay đổi từ đó nên giữ nguyên, nêu tên ở trang kết quả."
    return {"message": message, "url": job.arguments["page"], "url_label": "Xem kết quả hoàn tác"}


def _last(kind: str, **arguments) -> Job | None:
    named = {f"arguments__{name}": value for name, value in arguments.items()}
    return Job.objects.filter(kind=kind, **named).select_related("created_by").order_by("-pk").first()


def _page_of(upload: FormUpload) -> str:
    return reverse("reviews:upload", args=[upload.pk])


def _title(what: str, which: str) -> str:
    return f"{what}: {which}"[:300]


def _number(number: int) -> str:
    return f"{number:,}".replace(",", ".")
