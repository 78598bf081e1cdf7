"""Large files: read, written and taken back by the task worker, so that nobody waits at a page and may close it.

A batch being read, written or taken back carries its job. Progress is reported while rows are compared, outside any
transaction; the writing itself is one transaction. A worker killed at any moment leaves the catalogue wholly before or
wholly after, and running its job again finishes what is left to do.
"""

from pathlib import Path

from django.core.exceptions import ValidationError
from django.db import transaction

from procedures.importing import batches
from procedures.importing.evaluating import ABOLISH, run
from procedures.importing.excel import ImportFileError
from procedures.importing.opening import check_container
from procedures.importing.reading import answerable, read_file
from procedures.importing.undo import refuse as refuse_undo
from procedures.importing.undo import undo as undo_batch
from procedures.models import ImportBatch, ImportState
from tthc_portal.jobs import runner
from tthc_portal.jobs.models import Job
from tthc_portal.jobs.runner import Cancelled, Progress

# A file below both is read, written and taken back while the page waits, a second or two.
LONG_ROWS = 3_000
LONG_BYTES = 400 * 1024
READ, APPLY, UNDO = "import_read", "import_apply", "import_undo"

# The writing does not look whether it is still wanted: half of it could not stand.
_LAST = "tất cả trong một lần. Từ lúc này không hủy được nữa."


def upload(*, by, path, file_name: str, as_of, sheet: str | None = None) -> ImportBatch:
    """The preview of the workbook at ``path``, or a batch that a job is going to read when it is large.

    Raises :class:`ImportFileError` for a file that cannot be read.
    """
    if Path(path).stat().st_size > LONG_BYTES:
        check_container(Path(path), file_name)
    else:
        try:
            table, options = read_file(path, file_name, sheet, as_of)
        except ImportFileError:
            # It says which of its refusals a person can settle on the preview.
            return batches.preview(by=by, path=path, file_name=file_name, as_of=as_of, sheet=sheet)
        if len(table.rows) <= LONG_ROWS:
            return batches.preview(by=by, path=path, as_of=as_of, table=table, options=options)
    return batches.keep_file(path, lambda: _begin_reading(by, path, file_name, as_of, sheet))


def _begin_reading(by, path, file_name: str, as_of, sheet: str | None) -> ImportBatch:
    batch = ImportBatch.objects.create(
        file_name=file_name[:300],
        sha256=batches.digest(path),
        as_of=as_of,
        sheet=(sheet or "")[:100],
        state=ImportState.READING,
        created_by=by,
    )
    batch.job = _enqueue(READ, f"Đọc tệp {file_name}"[:300], by, batch)
    return batch


def _enqueue(kind: str, title: str, by, batch: ImportBatch) -> Job:
    return runner.enqueue(kind=kind, title=title, by=by, arguments={"batch": batch.pk})


def is_long(batch: ImportBatch) -> bool:
    """Whether writing ``batch`` is work for the worker."""
    return batch.rows_total > LONG_ROWS


@transaction.atomic
def begin_applying(*, by, batch: ImportBatch) -> ImportBatch:
    """Hand the writing of a previewed batch to the worker; one whose writing came to nothing may be handed again.

    Raises ValidationError when it is in another state, or while a worker may still be at it.
    """
    batches.lock(batch)
    batches.permit(batch, "không ghi được", ImportState.PREVIEWED, ImportState.APPLYING)
    if batch.state == ImportState.APPLYING and batch.job and not runner.can_restart(batch.job):
        raise ValidationError("Tệp đang được ghi. Xem tiến độ trên trang này.")
    if batch.rows_invalid and not batch.options.get("only_valid"):
        raise ValidationError(f"Còn {batch.rows_invalid} dòng lỗi nên chưa ghi gì. Sửa tệp rồi tải lên lại.")
    if batch.options.get("missing") == ABOLISH:
        batches.refuse_abolishing(batch)
    if batch.state == ImportState.APPLYING and batch.job:
        batch.job = runner.restart(by=by, job=batch.job)
    else:
        batch.job = _enqueue(APPLY, f"Ghi vào danh mục: {batch.file_name}"[:300], by, batch)
    batch.state = ImportState.APPLYING
    batch.save(update_fields=["state", "job"])
    return batch


def is_long_undo(batch: ImportBatch) -> bool:
    """Whether taking ``batch`` back is work for the worker: by what it wrote, not by all of its file."""
    return batch.rows_created + batch.rows_changed + batch.rows_abolished > LONG_ROWS


def undo_job(batch: ImportBatch) -> Job | None:
    """The last job that was to take ``batch`` back, whatever became of it."""
    return batch.job if batch.job and batch.job.kind == UNDO else None


@transaction.atomic
def begin_undoing(*, by, batch: ImportBatch) -> ImportBatch:
    """Give the taking back of ``batch`` to the worker; two clicks make one job.

    Raises ValidationError when the import is not in force. What else may stand in the way takes long to look for: the
    job looks, and fails with the sentence.
    """
    batches.lock(batch)
    batches.permit(batch, "không hoàn tác được", ImportState.APPLIED)
    job = undo_job(batch)
    if job and not job.is_over and not job.is_silent:
        return batch
    # A new job, and not the old one again: who asks now is who takes it back.
    batch.job = _enqueue(UNDO, f"Hoàn tác lượt nhập: {batch.file_name}"[:300], by, batch)
    batch.save(update_fields=["job"])
    return batch


def read(job: Job, progress: Progress) -> None:
    """The work of reading: from READING to PREVIEWED; a file that cannot be read, or a cancel, puts the batch aside.

    Raises ValidationError with the reason.
    """
    batch = ImportBatch.objects.get(pk=job.arguments["batch"])
    if batch.state != ImportState.READING:
        return
    try:
        table = batches.stored_table(batch)
        progress(0, len(table.rows), "Đang đối chiếu từng dòng với danh mục.")
        progress.beat()
        evaluation = run(table, batch.as_of, batch.options, progress=progress)
        progress.beat()
    except Cancelled:
        _leave(batch, ImportState.READING, ImportState.DISCARDED)
        raise
    except ValidationError as refusal:
        question = refusal.__cause__
        if isinstance(question, ImportFileError) and answerable(question):
            _ask(batch, question)
            return
        _leave(batch, ImportState.READING, ImportState.DISCARDED, " ".join(refusal.messages))
        raise
    read_with = batch.options
    with transaction.atomic():
        batches.lock(batch)
        if batch.state == ImportState.READING:
            batch.state, batch.options = ImportState.PREVIEWED, read_with
            batches.record(batch, evaluation)


def apply(job: Job, progress: Progress) -> None:
    """The work of writing: from APPLYING to APPLIED, or back to PREVIEWED with the reason as ValidationError."""
    batch = ImportBatch.objects.get(pk=job.arguments["batch"])
    if batch.state != ImportState.APPLYING:
        return
    try:
        table = batches.stored_table(batch)
        progress(0, len(table.rows), "Đang đối chiếu lại từng dòng với danh mục.")
        progress.beat()
        run(table, batch.as_of, batch.options, progress=progress)
        progress(job.total, None, f"Đang ghi vào danh mục, {_LAST}")
        progress.beat()
        batches.apply(by=job.created_by, batch=batch, state=ImportState.APPLYING)
    except (Cancelled, ValidationError):
        _leave(batch, ImportState.APPLYING, ImportState.PREVIEWED)
        raise


def undo(job: Job, progress: Progress) -> None:
    """The work of taking back: from APPLIED to UNDONE; nothing when it is undone already.

    Raises ValidationError with the reason, as the page itself would say it.
    """
    batch = ImportBatch.objects.get(pk=job.arguments["batch"])
    if batch.state != ImportState.APPLIED:
        return
    progress(0, None, "Đang xem có thủ tục nào đã thay đổi hay được dùng từ lúc nhập.")
    progress.beat()
    refuse_undo(batch, progress)
    progress(job.total, None, f"Đang trả danh mục lại như trước, {_LAST}")
    progress.beat()
    with transaction.atomic():
        batches.lock(batch)
        # Another run, or the command line, may have been quicker.
        if batch.state == ImportState.APPLIED:
            undo_batch(by=job.created_by, batch=batch)


@transaction.atomic
def _ask(batch: ImportBatch, question: ImportFileError) -> None:
    """A preview without rows, with what a person must say before the file can be read."""
    batches.lock(batch)
    if batch.state == ImportState.READING:
        batch.state = ImportState.PREVIEWED
        batches.ask(batch, question)
        batch.save(update_fields=["state", "layout"])


@transaction.atomic
def _leave(batch: ImportBatch, state: str, target: str, reason: str = "") -> None:
    """Bring a batch still in ``state`` to ``target``."""
    batches.lock(batch)
    if batch.state == state:
        batch.state = target
        if reason:
            batch.layout = batch.layout | {"unreadable": reason}
        batch.save(update_fields=["state", "layout"])
