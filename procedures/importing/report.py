"""The administrator's own workbook with two more columns: what became of each row, and how to mend it.

Procedures that the catalogue has and the file lacks stand on a sheet of their own.
"""

from collections.abc import Iterable
from copy import copy

import openpyxl
from openpyxl.styles import Alignment, Font, PatternFill

from procedures.importing.evaluating import Evaluation
from procedures.importing.lookups import chunks
from procedures.importing.resource import FIELD_LABELS
from procedures.models import ImportBatch, Procedure, RowOutcome

RESULT, REMEDY = "kết quả", "cách sửa"
SKIPPED = "Bỏ qua"
ABSENT = "Không có trong tệp"
# No labels of a catalogue: the report may be mended and uploaded again, and this sheet must not be read as one.
_ABSENT_HEADER = ("Mã trong danh mục", "Tên trong danh mục", "Thuộc cơ quan", "Đã chọn")
_ABSENT_WIDTHS = (20, 80, 40, 24)
_KEPT, _ABOLISHED = "Giữ nguyên", "Đánh dấu bãi bỏ"
_FILLS = {
    RowOutcome.INVALID: PatternFill("solid", fgColor="FDEAE5"),
    RowOutcome.CREATED: PatternFill("solid", fgColor="E2F3E8"),
    RowOutcome.CHANGED: PatternFill("solid", fgColor="E7EFF9"),
}


def _verdict(outcome: str, after: dict | None) -> str:
    label = RowOutcome(outcome).label
    if outcome == RowOutcome.CHANGED:
        names = ", ".join(FIELD_LABELS[name] for name in after or {} if name in FIELD_LABELS)
        return f"{label}: {names}"
    return str(label)


def _remedy(errors: list[dict], repairs: list[dict], kept: list[str], warnings: list[dict]) -> str:
    lines = [f"{e['column']}: {e['message']}" for e in errors]
    lines += [f"{r['column']}: đã chuẩn hóa “{r['before']}” → “{r['after']}”." for r in repairs]
    lines += [f"{label}: ô trống: giữ giá trị cũ." for label in kept]
    lines += [f"{w['column']} “{w['value']}”: {w['message']}" for w in warnings]
    return "\n".join(lines)


def _skipped(warnings: list[dict]) -> dict[int, tuple[str, str, str]]:
    """Verdicts of the rows that are no procedures: groups, totals, notes."""
    return {warning["row"]: ("", SKIPPED, warning["message"]) for warning in warnings if warning.get("skipped")}


def verdicts_of(evaluation: Evaluation) -> dict[int, tuple[str, str, str]]:
    """Row number → (outcome, result, remedy) of a file just evaluated."""
    return _skipped(evaluation.table.warnings) | {
        o.row.number: (
            o.outcome,
            _verdict(o.outcome, o.after),
            _remedy(o.errors, o.row.repairs, o.kept, o.warnings),
        )
        for o in evaluation.outcomes
    }


def verdicts_of_batch(batch: ImportBatch) -> dict[int, tuple[str, str, str]]:
    """Row number → (outcome, result, remedy) of the rows kept under ``batch``; the others did not change."""
    warnings: dict[int, list[dict]] = {}
    for warning in batch.layout.get("warnings", []):
        if warning["row"] <= batch.layout.get("header_row", 0):
            continue  # about the title above the table, where a report has no verdicts
        warnings.setdefault(warning["row"], []).append(warning)
    verdicts = {
        row.number: (
            row.outcome,
            _verdict(row.outcome, row.after),
            _remedy(row.errors, row.repairs, (row.after or {}).get("kept", []), warnings.pop(row.number, [])),
        )
        for row in batch.rows.all()
    }
    unchanged = RowOutcome.UNCHANGED
    for number, items in warnings.items():
        verdicts[number] = (unchanged, str(unchanged.label), _remedy([], [], [], items))
    return verdicts | _skipped(batch.layout.get("warnings", []))


def absent_of(evaluation: Evaluation, abolish: bool) -> list[tuple[str, str, str, str]]:
    """(code, name, publisher, what was chosen) of the procedures that a file just evaluated lacks."""
    publishers: dict[int, str] = {}
    for piece in chunks(o.procedure.pk for o in evaluation.missing):
        found = Procedure.objects.filter(pk__in=piece).order_by()
        publishers |= dict(found.values_list("pk", "publisher__name"))
    chosen = _ABOLISHED if abolish else _KEPT
    return [(o.row.code, o.row.values["name"], publishers[o.procedure.pk], chosen) for o in evaluation.missing]


def absent_of_batch(batch: ImportBatch) -> list[tuple[str, str, str, str]]:
    """(code, name, publisher, what was chosen) of the procedures that the file of ``batch`` lacks."""
    chosen = _ABOLISHED if batch.options.get("missing") == "abolish" else _KEPT
    rows = batch.rows.filter(outcome=RowOutcome.MISSING).order_by("code", "pk")
    return [
        (code, name, publisher or "", chosen)
        for code, name, publisher in rows.values_list("code", "name", "procedure__publisher__name")
    ]


def write_report(
    source,
    target,
    sheet: str,
    header_row: int,
    verdicts: dict[int, tuple[str, str, str]],
    absent: Iterable[tuple[str, str, str, str]] = (),
) -> None:
    """Copy the workbook ``source`` to ``target`` (paths or binary files) with the two columns after its last one.

    Rows under the header without a verdict and with something in them are reported as unchanged. ``absent``, rows of
    :func:`absent_of`, are listed on a sheet of their own, which replaces that of an earlier report.
    """
    book = openpyxl.load_workbook(source)
    page = book[sheet]
    column = page.max_column + 1
    last_row = page.max_row
    header = page.cell(header_row, column - 1)
    for offset, label in enumerate((RESULT, REMEDY)):
        cell = page.cell(header_row, column + offset, label)
        cell.font, cell.border, cell.fill = copy(header.font), copy(header.border), copy(header.fill)
        cell.alignment = Alignment(wrap_text=True, vertical="center", horizontal="center")
    page.column_dimensions[openpyxl.utils.get_column_letter(column)].width = 24
    page.column_dimensions[openpyxl.utils.get_column_letter(column + 1)].width = 70
    unchanged = (RowOutcome.UNCHANGED, str(RowOutcome.UNCHANGED.label), "")
    for number in range(header_row + 1, last_row + 1):
        if number not in verdicts and not any(cell.value not in (None, "") for cell in page[number]):
            continue
        outcome, result, remedy = verdicts.get(number, unchanged)
        for offset, text in enumerate((result, remedy)):
            cell = page.cell(number, column + offset)
            if not text:
                continue
            # Assigned as text: a remedy that quotes a cell must never turn into a formula.
            cell.value, cell.data_type = text[:32_000], "s"
            cell.alignment = Alignment(wrap_text=True, vertical="top")
            if outcome in _FILLS:
                cell.fill = _FILLS[outcome]
    _write_absent(book, sheet, list(absent))
    book.save(target)


def _write_absent(book: openpyxl.Workbook, sheet: str, absent: list[tuple[str, str, str, str]]) -> None:
    if ABSENT in book.sheetnames and sheet != ABSENT:
        heading = [cell.value for cell in next(book[ABSENT].iter_rows(max_row=1))]
        if heading[: len(_ABSENT_HEADER)] == list(_ABSENT_HEADER):
            del book[ABSENT]
    if not absent:
        return
    page = book.create_sheet(ABSENT)
    for column, (label, width) in enumerate(zip(_ABSENT_HEADER, _ABSENT_WIDTHS, strict=True), start=1):
        page.cell(1, column, label).font = Font(bold=True)
        page.column_dimensions[openpyxl.utils.get_column_letter(column)].width = width
    page.freeze_panes = "A2"
    for number, texts in enumerate(absent, start=2):
        for column, text in enumerate(texts, start=1):
            cell = page.cell(number, column)
            cell.value, cell.data_type = text[:32_000], "s"
            cell.alignment = Alignment(wrap_text=True, vertical="top")
