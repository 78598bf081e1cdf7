"""Imports as a person makes them: preview, apply, discard. All or nothing; the same file again changes nothing."""

import datetime
import hashlib
from dataclasses import dataclass
from pathlib import Path

from django.core.exceptions import ValidationError
from django.core.files import File
from django.db import IntegrityError, transaction
from django.utils import timezone

from procedures.importing.cleaning import clean_table
from procedures.importing.excel import ImportFileError, SheetTable, read_table
from procedures.importing.lookups import chunks
from procedures.importing.resource import FIELD_LABELS, Outcome, ProcedureResource
from procedures.models import (
    ExecutionLevel,
    ImportBatch,
    ImportRow,
    ImportState,
    ProcedureStatus,
    RowOutcome,
)

_RACE = "Một lượt nhập khác vừa ghi cùng lúc nên lượt này chưa ghi gì. Hãy thử lại."
# More warnings than a person reads; the count says how many there were.
_WARNINGS_KEPT = 2_000

_CHOICES = {"execution_levels": dict(ExecutionLevel.choices), "status": dict(ProcedureStatus.choices)}


class StalePreview(ValidationError):
    """The catalogue moved between preview and confirmation."""


@dataclass(slots=True)
class Evaluation:
    """What a file does, or did, to the catalogue."""

    table: SheetTable
    as_of: datetime.date
    outcomes: list[Outcome]
    batch: ImportBatch | None = None

    def count(self, outcome: str) -> int:
        """Rows with this outcome."""
        return sum(o.outcome == outcome for o in self.outcomes)

    @property
    def counts(self) -> dict[str, int]:
        """Counts under the names of the public JSON."""
        return {
            "rows": len(self.outcomes),
            **{name: self.count(name) for name in RowOutcome.values},
            "repaired": sum(bool(o.row.repairs) for o in self.outcomes),
        }

    @property
    def warnings(self) -> list[dict]:
        """What did not stop the import and a person should know."""
        return [warning for o in self.outcomes for warning in o.warnings]


def evaluate(path, *, file_name: str = "", as_of: datetime.date | None = None, sheet: str | None = None) -> Evaluation:
    """What the workbook at ``path`` would do; reads only. Raises :class:`ImportFileError`."""
    return _run(read_table(path, file_name, sheet), as_of or timezone.localdate(), None)


def _run(table: SheetTable, as_of: datetime.date, open_batch) -> Evaluation:
    rows = clean_table(table)
    table.rows.clear()  # the raw cells of a large file are half of what it takes in memory
    resource = ProcedureResource(table, rows, as_of, open_batch)
    outcomes = resource.run()
    evaluation = Evaluation(table, as_of, outcomes, resource.batch)
    if resource.batch:
        resource.batch.layout = _layout(evaluation) | {"sectors_created": resource.links.created_sectors}
    return evaluation


def digest(path) -> str:
    """SHA-256 of the file, in hexadecimal."""
    with Path(path).open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def earlier_import(sha256: str, *, than: ImportBatch | None = None) -> ImportBatch | None:
    """The latest import still in force of the very same file."""
    same = ImportBatch.objects.filter(sha256=sha256, state=ImportState.APPLIED)
    return (same.exclude(pk=than.pk) if than else same).order_by("-applied_at").first()


def preview(
    *, by, path, file_name: str = "", as_of: datetime.date | None = None, sheet: str | None = None
) -> ImportBatch:
    """Keep the file and what it would do, without touching the catalogue. Raises :class:`ImportFileError`."""
    evaluation = evaluate(path, file_name=file_name, as_of=as_of, sheet=sheet)
    return _keep_file(path, lambda: _record_preview(_new_batch(evaluation, by, path), evaluation))


def _new_batch(evaluation: Evaluation, by, path) -> ImportBatch:
    return ImportBatch(
        file_name=evaluation.table.file_name[:300],
        sha256=digest(path),
        as_of=evaluation.as_of,
        sheet=evaluation.table.sheet[:100],
        created_by=by,
    )


def _keep_file(path, write) -> ImportBatch:
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


def _layout(evaluation: Evaluation) -> dict:
    warnings = evaluation.warnings
    return {
        "header_row": evaluation.table.header_row,
        "columns": {name: label for name, (_, label) in evaluation.table.columns.items()},
        "unknown_columns": evaluation.table.unknown_columns,
        "warnings": warnings[:_WARNINGS_KEPT],
        "warnings_total": len(warnings),
    }


def _record_preview(batch: ImportBatch, evaluation: Evaluation) -> ImportBatch:
    """Write counts and rows of ``evaluation`` under ``batch``."""
    batch.layout = _layout(evaluation) | {key: v for key, v in batch.layout.items() if key == "sectors_created"}
    counts = evaluation.counts
    batch.rows_total, batch.rows_repaired = counts["rows"], counts["repaired"]
    for name in RowOutcome.values:
        setattr(batch, f"rows_{name}", counts[name])
    batch.save()
    batch.rows.all().delete()
    for piece in chunks(_import_rows(batch, evaluation.outcomes), 2_000):
        ImportRow.objects.bulk_create(piece)
    return batch


def _import_rows(batch: ImportBatch, outcomes: list[Outcome]):
    """A row for everything that matters: new, changed, invalid, repaired, blank cells that kept a value."""
    for o in outcomes:
        if o.outcome == RowOutcome.UNCHANGED and not (o.row.repairs or o.kept):
            continue
        after = (o.after or {}) | ({"kept": o.kept} if o.kept else {})
        yield ImportRow(
            batch=batch,
            number=o.row.number,
            code=o.row.code[:100],
            name=o.row.values.get("name") or (o.procedure.name if o.procedure else ""),
            procedure_id=o.procedure.pk if o.procedure else None,
            outcome=o.outcome,
            before=o.before,
            after=after or None,
            errors=o.errors,
            repairs=o.row.repairs,
        )


def lock(batch: ImportBatch | None) -> None:
    """Let one import write at a time: every writer locks the oldest batch first, then its own."""
    ImportBatch.objects.select_for_update().order_by("pk").first()
    if batch is not None:
        batch.refresh_from_db()


def apply(*, by, batch: ImportBatch) -> ImportBatch:
    """Write a previewed import in one transaction, compared anew with the catalogue of this moment.

    Raises ValidationError when it was applied or discarded meanwhile, when a row is invalid, and when the result is no
    longer what the preview showed; in that case the preview is brought up to date first.
    """
    try:
        with transaction.atomic():
            lock(batch)
            if batch.state != ImportState.PREVIEWED:
                raise ValidationError(f"Lượt nhập đang ở trạng thái “{batch.get_state_display()}”, không ghi được.")
            table = _stored_table(batch)
            evaluation = _run(table, batch.as_of, lambda outcomes: _confirm(batch, outcomes))
            if evaluation.batch is None:
                raise ValidationError(
                    f"Còn {evaluation.count(RowOutcome.INVALID)} dòng lỗi nên chưa ghi gì. Sửa tệp rồi tải lên lại."
                )
            _mark_applied(batch, by, evaluation)
    except IntegrityError as error:
        raise ValidationError(_RACE) from error
    except StalePreview:
        with transaction.atomic():
            _record_preview(batch, _run(_stored_table(batch), batch.as_of, None))
        raise
    return batch


def _stored_table(batch: ImportBatch) -> SheetTable:
    try:
        return read_table(batch.file.path, batch.file_name, batch.sheet or None)
    except (ImportFileError, ValueError) as error:
        raise ValidationError(f"Không đọc lại được tệp đã tải lên ({error}). Hãy tải tệp lên lại.") from error


def _confirm(batch: ImportBatch, outcomes: list[Outcome]) -> ImportBatch:
    """``batch``, if what is about to be written is what its preview showed."""
    written = {RowOutcome.CREATED, RowOutcome.CHANGED}
    now = {o.row.number: o for o in outcomes if o.outcome in written}
    shown = batch.rows.filter(outcome__in=written).defer("errors", "repairs", "name").iterator(chunk_size=2_000)
    # Read to the end even after a difference: a database cursor left half read stays open.
    different = sum(not _same(row, now.pop(row.number, None)) for row in shown)
    if different or now:
        raise StalePreview(
            "Danh mục đã thay đổi từ lúc xem trước nên chưa ghi gì. "
            "Kết quả xem trước đã được tính lại; hãy kiểm tra rồi xác nhận lần nữa."
        )
    return batch


def _same(row: ImportRow, outcome: Outcome | None) -> bool:
    """Whether a previewed row is what would be written now."""
    after = {name: value for name, value in (row.after or {}).items() if name != "kept"}
    return outcome is not None and (row.outcome, row.before, after) == (outcome.outcome, outcome.before, outcome.after)


def _mark_applied(batch: ImportBatch, by, evaluation: Evaluation) -> ImportBatch:
    batch.state, batch.applied_by, batch.applied_at = ImportState.APPLIED, by, timezone.now()
    return _record_preview(batch, evaluation)


@transaction.atomic
def discard(*, by, batch: ImportBatch) -> ImportBatch:
    """Put a previewed import aside; the catalogue was never touched."""
    lock(batch)
    if batch.state != ImportState.PREVIEWED:
        raise ValidationError(f"Lượt nhập này đang ở trạng thái “{batch.get_state_display()}”, không bỏ được.")
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
) -> Evaluation:
    """Import a file in one go. Nothing is written, and ``batch`` is None, when dry, invalid or without changes.

    Raises :class:`ImportFileError` for a file that cannot be read.
    """
    table = read_table(path, file_name, sheet)
    day = as_of or timezone.localdate()
    if dry_run:
        return _run(table, day, None)
    evaluation = Evaluation(table, day, [])

    def write() -> ImportBatch | None:
        nonlocal evaluation
        lock(None)
        evaluation = _run(table, day, open_batch)
        return evaluation.batch and _mark_applied(evaluation.batch, by, evaluation)

    def open_batch(outcomes: list[Outcome]) -> ImportBatch | None:
        if not any(o.outcome in {RowOutcome.CREATED, RowOutcome.CHANGED} for o in outcomes):
            return None
        batch = _new_batch(Evaluation(table, day, outcomes), by, path)
        batch.save()
        return batch

    _keep_file(path, write)
    return evaluation


def changes_of(row: ImportRow) -> list[dict]:
    """What a row changed, field by field: [{label, before, after}] as text."""
    before, after = row.before or {}, row.after or {}
    return [
        {"label": label, "before": as_text(before.get(name), name), "after": as_text(after.get(name), name)}
        for name, label in FIELD_LABELS.items()
        if name in after
    ]


def as_text(value, name: str = "") -> str:
    """A stored value of field ``name`` of an import row as a person reads it."""
    if not value:
        return ""
    if isinstance(value, dict):
        return value.get("name") or value.get("body") or value.get("level", "")
    if isinstance(value, list):
        return "\n".join(as_text(item, name) for item in value)
    if name == "published_on":
        return f"{datetime.date.fromisoformat(value):%d/%m/%Y}"
    return _CHOICES.get(name, {}).get(value, str(value))


def recent():
    """Batches for the list page, newest first, with who made them."""
    return ImportBatch.objects.select_related("created_by", "applied_by").order_by("-created_at", "-pk")
