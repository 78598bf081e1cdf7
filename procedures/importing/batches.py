"""Imports as a person makes them: preview, choose, apply, discard. All or nothing; the same file changes nothing."""

import datetime
import hashlib
from pathlib import Path

from django.core.exceptions import ValidationError
from django.core.files import File
from django.db import IntegrityError, transaction
from django.utils import timezone

from procedures.importing.evaluating import (
    ABOLISH,
    KEEP,
    Evaluation,
    fingerprint,
    join_created,
    record_again,
    record_rows,
    run,
)
from procedures.importing.excel import ImportFileError, SheetTable
from procedures.importing.mapping import layout_of
from procedures.importing.missing import refuse_unread
from procedures.importing.reading import answerable, publisher_coded, read_file, read_stored, said_of_publisher
from procedures.importing.resource import ProcedureResource, collector_paused
from procedures.models import ImportBatch, ImportState, RowOutcome
from procedures.similarity import enqueue as find_similar
from tthc_portal.jobs.runner import can_restart

_RACE = "Một lượt nhập khác vừa ghi cùng lúc nên lượt này chưa ghi gì. Hãy thử lại."


class StalePreview(ValidationError):
    """The catalogue moved between preview and confirmation."""


def digest(path) -> str:
    """SHA-256 of the file, in hexadecimal."""
    with Path(path).open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def earlier_import(sha256: str, *, than: ImportBatch | None = None) -> ImportBatch | None:
    """The latest import still in force of the very same file."""
    same = ImportBatch.objects.filter(sha256=sha256, state=ImportState.APPLIED)
    return (same.exclude(pk=than.pk) if than else same).order_by("-applied_at").first()


def recent():
    """Batches for the list page, newest first, with who made them."""
    return ImportBatch.objects.select_related("created_by", "applied_by").order_by("-created_at", "-pk")


def preview(
    *,
    by,
    path,
    file_name: str = "",
    as_of: datetime.date | None = None,
    sheet: str | None = None,
    table: SheetTable | None = None,
    options: dict | None = None,
) -> ImportBatch:
    """Keep the file and what it would do, without touching the catalogue. Raises :class:`ImportFileError`.

    ``table`` spares a second reading to a caller who has read the file, with ``options`` as it was read. A file that
    only waits for a person to say which sheet, column or publisher is meant is kept with that question.
    """
    day = as_of or timezone.localdate()
    try:
        if table is None:
            table, options = read_file(path, file_name, sheet, day)
    except ImportFileError as error:
        if not answerable(error):
            raise
        question = error
        return keep_file(path, lambda: _record_question(question, by, path, file_name, as_of))
    with collector_paused():
        evaluation = run(table, day)
        return keep_file(path, lambda: record(_new_batch(table, day, by, path, options or {}), evaluation))


def _record_question(error: ImportFileError, by, path, file_name: str, as_of: datetime.date | None) -> ImportBatch:
    """A batch without rows: what is known of the file, and what a person must say before it can be read."""
    batch = ImportBatch(
        file_name=(file_name or Path(path).name)[:300],
        sha256=digest(path),
        as_of=as_of or timezone.localdate(),
        sheet=error.sheet[:100],
        created_by=by,
    )
    ask(batch, error)
    batch.save()
    return batch


def ask(batch: ImportBatch, error: ImportFileError) -> None:
    """Put what ``error`` leaves to a person into the layout of ``batch``, unsaved."""
    batch.layout = layout_of(error) | {"question": str(error), "sheets": error.sheets}


def _new_batch(table: SheetTable, as_of: datetime.date, by, path, options: dict) -> ImportBatch:
    return ImportBatch(
        file_name=table.file_name[:300],
        sha256=digest(path),
        as_of=as_of,
        sheet=table.sheet[:100],
        options=options,
        created_by=by,
    )


def keep_file(path, write) -> ImportBatch:
    """Run ``write`` in a transaction and keep a copy of the file for its batch; no copy stays behind a failure."""
    batch = None
    try:
        with transaction.atomic():
            batch = write()
            if batch is not None and not batch.file:
                with Path(path).open("rb") as stream:
                    batch.file.save(f"{batch.sha256[:16]}.xlsx", File(stream), save=False)
                batch.save()
    except IntegrityError as error:
        _forget_file(batch)
        raise ValidationError(_RACE) from error
    except BaseException:
        _forget_file(batch)
        raise
    return batch


def _forget_file(batch: ImportBatch | None) -> None:
    if batch is not None and batch.file:
        batch.file.delete(save=False)


def record(batch: ImportBatch, evaluation: Evaluation) -> ImportBatch:
    """Write counts and layout of ``evaluation`` under ``batch``, and its rows unless the writing has recorded them."""
    layout = evaluation.layout()
    if evaluation.batch is None:
        layout["fingerprint"] = fingerprint((*evaluation.outcomes, *evaluation.missing))
        batch.sheet = evaluation.table.sheet[:100]
    else:
        layout |= evaluation.written
    batch.layout = layout
    counts = evaluation.counts | {"missing": len(evaluation.missing)}
    batch.rows_total, batch.rows_repaired = counts["rows"], counts["repaired"]
    for name in RowOutcome.values:
        setattr(batch, f"rows_{name}", counts[name])
    batch.save()
    if evaluation.batch is None:
        batch.rows.all().delete()
        record_rows(batch, (*evaluation.outcomes, *evaluation.missing))
    return batch


def lock(batch: ImportBatch | None) -> None:
    """Let one import write at a time: every writer locks the oldest batch first, then its own."""
    ImportBatch.objects.select_for_update().order_by("pk").first()
    if batch is not None:
        batch.refresh_from_db()


def permit(batch: ImportBatch, what: str, *states: str) -> None:
    """Raise ValidationError, saying that ``what`` cannot be done, when ``batch`` is in none of ``states``."""
    if batch.state not in states:
        raise ValidationError(f"Lượt nhập này đang ở trạng thái “{batch.get_state_display()}”, {what}.")


@transaction.atomic
def refresh(*, by, batch: ImportBatch) -> ImportBatch:
    """Read the kept file again with the batch's options and bring the preview up to date.

    Raises ValidationError when the batch is no longer a preview, or when its file cannot be read with these options.
    """
    lock(batch)
    permit(batch, "không xem trước lại được", ImportState.PREVIEWED)
    return record(batch, run(stored_table(batch), batch.as_of, batch.options))


@transaction.atomic
def choose(*, by, batch: ImportBatch, missing: str, only_valid: bool) -> ImportBatch:
    """Decide what becomes of procedures that the file lacks (``keep`` or ``abolish``) and of its invalid rows."""
    lock(batch)
    permit(batch, "không thay đổi lựa chọn được", ImportState.PREVIEWED)
    if missing not in {KEEP, ABOLISH}:
        raise ValidationError("Chọn giữ nguyên hoặc đánh dấu bãi bỏ các thủ tục không có trong tệp.")
    if missing == ABOLISH:
        refuse_abolishing(batch)
    batch.options = batch.options | {"missing": missing, "only_valid": bool(only_valid)}
    batch.save(update_fields=["options"])
    return batch


def refuse_abolishing(batch: ImportBatch) -> None:
    """Raise ValidationError when a previewed file lacks procedures that may stand in its rows of unread codes."""
    if batch.rows_missing:
        refuse_unread(batch.rows.filter(outcome=RowOutcome.INVALID).order_by("number").values_list("number", "code"))


def apply(*, by, batch: ImportBatch, state: str = ImportState.PREVIEWED) -> ImportBatch:
    """Write a previewed import in one transaction, compared anew with the catalogue of this moment.

    Raises ValidationError when it was applied or discarded meanwhile, when a row is invalid (unless only the valid
    ones were asked for), and when the result is no longer what the preview showed; in that case the preview is
    brought up to date first. ``state`` is the one the batch must be in.
    """
    try:
        with collector_paused(), transaction.atomic():
            lock(batch)
            permit(batch, "không ghi được", state)
            evaluation = run(
                stored_table(batch),
                batch.as_of,
                batch.options,
                open_batch=lambda resource: _confirm(batch, resource),
                record=record_again,
            )
            if evaluation.batch is None:
                raise ValidationError(
                    f"Còn {evaluation.count(RowOutcome.INVALID)} dòng lỗi nên chưa ghi gì. Sửa tệp rồi tải lên lại."
                )
            join_created(batch)
            _mark_applied(batch, by, evaluation)
    except IntegrityError as error:
        raise ValidationError(_RACE) from error
    except StalePreview:
        with transaction.atomic():
            lock(batch)
            if batch.state == state:
                batch.state = ImportState.PREVIEWED
                record(batch, run(stored_table(batch), batch.as_of, batch.options))
        raise
    return batch


def stored_table(batch: ImportBatch) -> SheetTable:
    """The table of the kept file as the batch's options read it; ValidationError when it cannot be read."""
    try:
        return read_stored(batch)
    except (ImportFileError, ValueError) as error:
        raise ValidationError(f"Không đọc lại được tệp đã tải lên ({error}). Hãy tải tệp lên lại.") from error


def _confirm(batch: ImportBatch, resource: ProcedureResource) -> ImportBatch:
    """``batch``, if what is about to be written is what its preview showed."""
    if fingerprint((*resource.outcomes, *resource.missing)) != batch.layout.get("fingerprint"):
        raise StalePreview(
            "Danh mục đã thay đổi từ lúc xem trước nên chưa ghi gì. "
            "Kết quả xem trước đã được tính lại; hãy kiểm tra rồi xác nhận lần nữa."
        )
    if resource.only_valid and not resource.changes_anything:
        raise ValidationError("Không có dòng hợp lệ nào làm thay đổi danh mục nên không có gì để ghi.")
    batch.rows.exclude(outcome=RowOutcome.CREATED).delete()
    return batch


def _mark_applied(batch: ImportBatch, by, evaluation: Evaluation) -> ImportBatch:
    batch.state, batch.applied_by, batch.applied_at = ImportState.APPLIED, by, timezone.now()
    find_similar(by)
    return record(batch, evaluation)


@transaction.atomic
def discard(*, by, batch: ImportBatch) -> ImportBatch:
    """Put a previewed import aside; the catalogue was never touched."""
    lock(batch)
    # Writing that no worker is at any more has written nothing.
    left = [ImportState.APPLYING] if batch.job and can_restart(batch.job) else []
    permit(batch, "không bỏ được", ImportState.PREVIEWED, ImportState.READING, *left)
    batch.state = ImportState.DISCARDED
    batch.layout["discarded_by"] = by.pk if by else None
    batch.save(update_fields=["state", "layout"])
    return batch


def run_import(
    *,
    by,
    path,
    file_name: str = "",
    as_of: datetime.date | None = None,
    sheet: str | None = None,
    dry_run: bool = False,
    only_valid: bool = False,
    missing: str = KEEP,
    publisher: str = "",
) -> Evaluation:
    """Import a file in one go. Nothing is written, and ``batch`` is None, when dry, invalid or without changes.

    ``only_valid`` writes the valid rows of a file that has invalid ones; ``missing`` is ``keep`` or ``abolish``;
    ``publisher`` is the code of the body that published all of a file which names none. Raises
    :class:`ImportFileError` for a file that cannot be read, ValidationError for a code that no body bears.
    """
    day = as_of or timezone.localdate()
    chosen = {"publisher": said_of_publisher(publisher_coded(publisher, day), by)} if publisher else {}
    table, read_with = read_file(path, file_name, sheet, day, chosen)
    options = read_with | {"only_valid": only_valid, "missing": missing}
    if dry_run:
        return _dry(run(table, day, options), options)
    evaluation = None

    def write() -> ImportBatch | None:
        nonlocal evaluation
        lock(None)
        evaluation = run(table, day, options, open_batch=open_batch)
        return evaluation.batch and _mark_applied(evaluation.batch, by, evaluation)

    def open_batch(resource: ProcedureResource) -> ImportBatch | None:
        if not resource.changes_anything:
            return None
        kept = {key: value for key, value in options.items() if value not in (False, KEEP)}
        batch = _new_batch(table, day, by, path, kept)
        batch.save()
        return batch

    with collector_paused():
        keep_file(path, write)
    return evaluation


def _dry(evaluation: Evaluation, options: dict) -> Evaluation:
    """``evaluation``, unless writing under ``options`` would be refused."""
    if options["missing"] == ABOLISH and options["only_valid"] and evaluation.missing:
        refuse_unread((o.row.number, o.row.code) for o in evaluation.outcomes if o.errors)
    return evaluation
