"""The administrator's own workbook with two more columns: what became of each row, and how to mend it.

Procedures that the catalogue has and the file lacks stand on a sheet of their own.
"""

import io
import re
import zipfile
from collections.abc import Iterable
from copy import copy
from pathlib import Path

import openpyxl
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.worksheet.worksheet import Worksheet

from procedures.importing.evaluating import Evaluation
from procedures.importing.extent import MAX_COLUMNS
from procedures.importing.layouts import REMEDY, RESULT
from procedures.importing.lookups import chunks
from procedures.importing.resource import FIELD_LABELS
from procedures.models import ImportBatch, Procedure, RowOutcome

SKIPPED = "Bỏ qua"
ABSENT = "Không có trong tệp"
# No labels of a catalogue: the report may be mended and uploaded again, and this sheet must not be read as one.
_ABSENT_HEADER = ("Mã trong danh mục", "Tên trong danh mục", "Thuộc cơ quan", "Đã chọn")
_ABSENT_WIDTHS = (20, 80, 40, 24)
_KEPT, _ABOLISHED = "Giữ nguyên", "Đánh dấu bãi bỏ"
# The names of Strict Open XML, each with its common form.
_STRICT, _COMMON = re.compile(rb'"http://purl\.oclc\.org/ooxml/(\w+)/'), rb'"http://schemas.openxmlformats.org/\1/2006/'
_FILLS = {
    RowOutcome.INVALID: PatternFill("solid", fgColor="FDEAE5"),
    RowOutcome.CREATED: PatternFill("solid", fgColor="E2F3E8"),
    RowOutcome.CHANGED: PatternFill("solid", fgColor="E7EFF9"),
}


class ReportError(Exception):
    """No report can be made of a workbook; the message says what to do."""


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
    file_name: str = "",
) -> None:
    """Copy the workbook ``source`` to ``target`` (paths or binary files) with the two columns after its last one.

    Those of an earlier report are written anew. Rows under the header without a verdict and with something in them are
    reported as unchanged. ``absent``, rows of :func:`absent_of`, are listed on a sheet of their own, which replaces
    that of an earlier report. Raises :class:`ReportError`, which names ``file_name``, where the workbook cannot be
    opened for writing.
    """
    try:
        book = openpyxl.load_workbook(_transitional(source))
        page = book[sheet]
    except OSError:
        raise
    except Exception as error:  # other programs' styles and parts break the library in many ways
        raise ReportError(
            f"Không lập được báo cáo từ tệp {file_name}: tệp đọc được nhưng có định dạng không ghi lại được. "
            "Mở tệp bằng Excel, lưu thành tệp .xlsx mới rồi tải lên lại."
        ) from error
    # What the library offers would make every cell that formats only reach; these are the ones there are.
    filled = {place for place, cell in page._cells.items() if cell.value not in (None, "")}
    column = _place_columns(page, header_row, filled)
    header = page.cell(header_row, max(column - 1, 1))
    for offset, label in enumerate((RESULT, REMEDY)):
        cell = page.cell(header_row, column + offset, label)
        cell.font, cell.border, cell.fill = copy(header.font), copy(header.border), copy(header.fill)
        cell.alignment = Alignment(wrap_text=True, vertical="center", horizontal="center")
    _widen(page, column, (24, 70))
    unchanged = (RowOutcome.UNCHANGED, str(RowOutcome.UNCHANGED.label), "")
    # Numbers not above the header belong to what the file lacks, and to notes about its title.
    for number in sorted(n for n in {row for row, _ in filled} | verdicts.keys() if n > header_row):
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


def _transitional(source):
    """``source``, or a copy in the common form where it is Strict Open XML, which the library does not know."""
    if not isinstance(source, str | Path):
        source.seek(0)
    with zipfile.ZipFile(source) as archive:
        if not _STRICT.search(archive.read("xl/workbook.xml")):
            return source
        copied = io.BytesIO()
        with zipfile.ZipFile(copied, "w", zipfile.ZIP_DEFLATED) as parts:
            for name in archive.namelist():
                part = archive.read(name)
                parts.writestr(name, _STRICT.sub(_COMMON, part) if name.endswith((".xml", ".rels")) else part)
    return copied


def _place_columns(page: Worksheet, header_row: int, filled: set[tuple[int, int]]) -> int:
    """The number of the first of the two columns, made free of what an earlier report said and of merged cells.

    ``filled``: (row, column) of the cells with something in them; formats may reach to the sheet's very edge.
    """
    last = max((column for _, column in filled), default=1)
    if [page.cell(header_row, max(last - 1, 1)).value, page.cell(header_row, last).value] == [RESULT, REMEDY]:
        for row, column in [place for place in filled if place[0] > header_row and place[1] >= last - 1]:
            page.cell(row, column).value, page.cell(row, column).fill = None, PatternFill()
            filled.discard((row, column))
        return last - 1
    merges = [area for area in page.merged_cells.ranges if area.max_row >= header_row]
    column = max([last, *(area.max_col for area in merges if area.max_col <= MAX_COLUMNS)]) + 1
    for area in merges:
        if area.max_col >= column:
            page.unmerge_cells(str(area))
            if area.min_col < column - 1 or (area.min_col < column and area.min_row < area.max_row):
                page.merge_cells(None, area.min_row, area.min_col, area.max_row, column - 1)
    return column


def _widen(page: Worksheet, first: int, widths: tuple[int, ...]) -> None:
    """Give the columns from ``first`` on their widths and show them.

    One width, or hiding, may be noted for a whole range of columns, and two ranges that overlap are an error to Excel.
    """
    for noted in page.column_dimensions.values():
        if noted.min and noted.max and noted.min < first <= noted.max:
            noted.max = first - 1
    for number, width in enumerate(widths, start=first):
        noted = page.column_dimensions[openpyxl.utils.get_column_letter(number)]
        noted.min = noted.max = number
        noted.width, noted.hidden = width, False


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
