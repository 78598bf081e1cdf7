"""From a workbook to rows: the header found by its labels, refusals in one sentence that says what to do."""

from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from python_calamine import CalamineSheet, CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum

from procedures.importing.extent import column_letter
from procedures.importing.grouping import Body, body_of_title, read_body
from procedures.importing.layouts import FIELDS, HEADER_WITHIN, REQUIRED, Header, find_header, lacking
from procedures.importing.mapping import signature
from procedures.importing.opening import (
    SAVE_AS_XLSX,
    check_container,
    check_only_sheet,
    check_reach,
    encrypted,
    facts_of_sheet,
)
from procedures.importing.refusals import ImportFileError
from procedures.models import ColumnMapping
from tthc_portal.text import fold

__all__ = ["FIELDS", "REQUIRED", "ImportFileError", "SheetTable", "Uncalculated", "column_letter", "read_table"]


class Uncalculated(str):
    """The formula of a cell whose result no program has worked out yet."""

    __slots__ = ()


@dataclass(slots=True)
class SheetTable:
    """The part of a workbook that matters.

    ``columns``: field → (index, label as written); ``rows``: (row number as Excel shows it,
    cells), blank rows left out, what group rows name laid into the rows below them. ``kind``: "catalogue", or
    "deciders" for a sheet of codes with deciding authorities that names no publisher. ``labels``: the header as
    written; ``mapping``: field → label as a person said, and ``remembered`` when he said so of an earlier file.
    ``warnings``: what was taken from elsewhere than the row, and rows that are no procedures (``skipped``):
    [{row, column, value, message}].
    """

    file_name: str
    sheet: str
    header_row: int
    columns: dict[str, tuple[int, str]]
    unknown_columns: list[str] = field(default_factory=list)
    rows: list[tuple[int, list]] = field(default_factory=list)
    kind: str = "catalogue"
    labels: list[str] = field(default_factory=list)
    mapping: dict[str, str] = field(default_factory=dict)
    remembered: bool = False
    warnings: list[dict] = field(default_factory=list)

    def label(self, name: str) -> str:
        """How the file calls the column of field ``name``."""
        return self.columns[name][1] if name in self.columns else REQUIRED.get(name, name)


def read_table(
    path, file_name: str = "", sheet: str | None = None, mapping: dict[str, str] | None = None
) -> SheetTable:
    """The catalogue table of the workbook at ``path``; raises :class:`ImportFileError`.

    ``sheet`` is needed only when several sheets have a catalogue's header. ``mapping``, field → label of the file, is
    what a person says of columns not recognised; without it, what was said of the same layout before holds.
    """
    path = Path(path)
    file_name = file_name or path.name
    check_container(path, file_name)
    try:
        # The reader works without holding Python up. While it opens the book, and its shared texts with it, the sheet
        # of most books is checked for its reach, before which no cell is read; while it reads the cells, the sheet is
        # looked through for what it does not tell.
        with ThreadPoolExecutor(max_workers=1) as beside:
            checked = beside.submit(check_only_sheet, path, partial(_where, file_name))
            with CalamineWorkbook.from_path(str(path)) as book:
                return _choose_table(_Source(path, file_name, book, beside, checked), sheet, mapping)
    except PasswordError:
        raise ImportFileError(encrypted(file_name)) from None
    except ImportFileError:
        raise
    except BaseException as error:
        # A panic of the Rust reader is not an Exception; anything else that is not one must pass.
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
            raise
        raise ImportFileError(f"Tệp {file_name} bị hỏng, không đọc được nội dung. {SAVE_AS_XLSX}.") from error


@dataclass(frozen=True, slots=True)
class _Source:
    """An open workbook, who works beside its reader, and the name of a sheet whose reach is checked already."""

    path: Path
    file_name: str
    book: CalamineWorkbook
    beside: ThreadPoolExecutor
    checked: Future[str]


def _where(file_name: str, sheet: str) -> str:
    """How sentences about a sheet begin."""
    return f"Tệp {file_name}, trang tính “{sheet}”"


def _choose_table(source: _Source, wanted: str | None, mapping) -> SheetTable:
    """The table of the wanted sheet, or of the only visible sheet that has a catalogue's header."""
    file_name = source.file_name
    sheets = [meta for meta in source.book.sheets_metadata if meta.typ == SheetTypeEnum.WorkSheet]
    if wanted:
        names = [meta.name for meta in sheets if meta.name == wanted]
        names = names or [meta.name for meta in sheets if fold(meta.name) == fold(wanted)]
        if not names:
            listed = ", ".join(f"“{meta.name}”" for meta in sheets)
            raise ImportFileError(
                f"Tệp {file_name} không có trang tính “{wanted}”. Chọn một trong: {listed}.",
                sheets=[meta.name for meta in sheets],
            )
    else:
        names = [meta.name for meta in sheets if meta.visible == SheetVisibleEnum.Visible]
    tables, refusals = [], []
    for name in names:
        try:
            tables.append(_read_sheet(source, name, mapping))
        except ImportFileError as error:
            error.sheet = name
            refusals.append(error)
    if len(tables) > 1:
        listed = ", ".join(f"“{table.sheet}”" for table in tables)
        raise ImportFileError(
            f"Tệp {file_name} có {len(tables)} trang tính danh mục: {listed}. Chọn một trang tính để nhập.",
            sheets=[table.sheet for table in tables],
        )
    if tables:
        return tables[0]
    if not refusals:
        raise ImportFileError(f"Tệp {file_name} không có trang tính nào hiển thị. Bỏ ẩn trang danh mục rồi tải lại.")
    # Sheets without a catalogue say the least; a sheet that has most of a header says what it lacks.
    raise max(refusals, key=lambda error: (error.recognised, len(error.mappable)))


def _read_sheet(source: _Source, name: str, mapping) -> SheetTable:
    """The table of one sheet."""
    where = _where(source.file_name, name)
    if source.checked.result() != name:
        check_reach(source.path, name, where)
    told = source.beside.submit(facts_of_sheet, source.path, name)
    sheet = source.book.get_sheet_by_name(name)
    if sheet.start is None or sheet.height == 0:
        raise ImportFileError(f"{where} không có dữ liệu. Kiểm tra lại tệp rồi tải lên.")
    matrix = _cells(sheet)
    merges = sheet.merged_cell_ranges or []
    header, remembered = _header(matrix, merges, where, mapping)
    facts = told.result()
    unread = facts.wrong | {place: Uncalculated(formula) for place, formula in facts.uncalculated.items()}
    for (row, column), shown in unread.items():
        if header.last < row <= len(matrix) and column < len(matrix[0]):
            matrix[row - 1][column] = shown
    if "code" not in header.known:
        raise lacking(header, where)
    body = read_body(matrix, header, merges, facts.hidden)
    kind = _kind(header, body, matrix, where)
    if not body.rows:
        raise ImportFileError(
            f"{where} chỉ có dòng tiêu đề (dòng {header.last}), không có thủ tục nào. "
            "Kiểm tra lại bộ lọc khi xuất tệp.",
            len(body.columns),
        )
    return SheetTable(
        source.file_name,
        name,
        header.last,
        body.columns,
        header.unknown,
        body.rows,
        kind=kind,
        labels=header.written,
        mapping=header.mapping,
        remembered=remembered,
        warnings=sorted(body.warnings, key=lambda warning: warning["row"]),
    )


def _cells(sheet: CalamineSheet) -> list[list]:
    """The cells of a sheet that has any, from A1 on; blank ones are ""."""
    if sheet.start[1]:
        return sheet.to_python(skip_empty_area=False)
    # Row by row saves the reader a copy of the sheet, but it leaves blank columns on the left out.
    return list(sheet.iter_rows())


def _header(matrix: list[list], merges, where: str, mapping) -> tuple[Header, bool]:
    """(the header, whether an earlier person's word about this layout was used)."""
    header = find_header(matrix[:HEADER_WITHIN], merges, where, mapping)
    if mapping is None and header.unknown:
        layout = signature(header.written)
        said = ColumnMapping.objects.filter(layout=layout).values_list("mapping", flat=True).first()
        if said:
            return find_header(matrix[:HEADER_WITHIN], merges, where, said), True
    return header, False


def _kind(header: Header, body: Body, matrix: list[list], where: str) -> str:
    """What the table is: a catalogue if each of its rows can have a name and a publisher, else codes with deciders."""
    columns = body.columns
    if "name" in columns and "publisher" not in columns and (found := body_of_title(matrix, header.first)):
        number, publisher = found
        columns["publisher"] = (max(len(matrix[0]), *(len(row) for _, row in body.rows[:1]), 0), "Tiêu đề của bảng")
        for _, row in body.rows:
            row.append(publisher)
        message = "Bảng không có cột Cơ quan ban hành: lấy cơ quan ghi ở tiêu đề cho mọi dòng."
        body.warn(number, "Tiêu đề của bảng", publisher, message)
    if columns.keys() >= REQUIRED.keys():
        return "catalogue"
    if "deciders" in columns:
        return "deciders"
    raise lacking(header, where)
