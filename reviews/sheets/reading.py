"""A filled workbook read back: its rows by form, what a cell says, and everything in it that cannot be taken."""

import datetime
import warnings
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import openpyxl
from openpyxl.cell.read_only import EmptyCell, ReadOnlyCell

from procedures.importing.opening import check_container, check_reach, damaged
from procedures.importing.refusals import ImportFileError
from reviews.actions.content import rule_levels
from reviews.rules.bulk import mode_for
from reviews.sheets.columns import LEVEL, LOCKED, MODE, SheetColumn, columns
from reviews.sheets.seals import (
    FORMAT,
    GUIDE_SHEET,
    HIDDEN,
    MARKER,
    Seal,
    opened,
    still,
)
from reviews.sheets.words import CellFault, shown, value_of, word
from tthc_portal.text import fold, tidy

Cells = tuple[ReadOnlyCell | EmptyCell, ...]

MAX_ROWS = 20_000
_KEYS_WITHIN = 30
_LABELS = {column.key: fold(column.label) for column in LOCKED}
_AGAIN = "Tải lại phiếu Excel từ cổng rồi điền vào tệp mới."


@dataclass(slots=True)
class FilledRow:
    """One form of the workbook.

    ``row``: its number as Excel shows it; ``version``: the version of the form that was written into the file.
    ``cells``: {key: value} of the fillable cells as :func:`reviews.sheets.values.cells_of` gives them; a cell that
    cannot be read is not among them and stands in the faults. ``locked``: only those locked cells that no longer hold
    what the portal wrote, {key: what stands there now}; keys are those of SheetColumn, cells locked in this row only
    included.
    """

    sheet: str
    row: int
    review: int
    version: int
    code: str
    cells: dict[str, object] = field(default_factory=dict)
    locked: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Filled:
    """A workbook as it came back: round and body by primary key, when it was written, its rows in order.

    ``faults``: [{sheet, row, column, value, message}], what was not taken; row 0 speaks of a whole sheet.
    """

    campaign: int
    organisation: int
    made_at: datetime.datetime
    rows: list[FilledRow] = field(default_factory=list)
    faults: list[dict] = field(default_factory=list)

    def fault(self, sheet: str, row: int, column: str, value: object, message: str) -> None:
        """Note something that was not taken."""
        self.faults.append({"sheet": sheet, "row": row, "column": column, "value": shown(value), "message": message})


@dataclass(frozen=True, slots=True)
class _Sheet:
    """A sheet of forms: its columns by key and where each stands in a row."""

    name: str
    keys_row: int
    places: dict[str, int]
    columns: dict[str, SheetColumn]

    def label(self, key: str) -> str:
        return self.columns[key].label if key in self.columns else key


def read(path: str | Path, file_name: str = "") -> Filled:
    """The workbook at ``path`` as it was filled; raises ImportFileError where it is none of the portal's.

    Everything else that is wrong with it is a fault of a sheet, a row or a cell.
    """
    path = Path(path)
    file_name = file_name or path.name
    check_container(path, file_name)
    try:
        with warnings.catch_warnings():
            # What a workbook holds beyond its cells (styles, extensions) is not read and not worth a word.
            warnings.simplefilter("ignore")
            return _read(path, file_name)
    except ImportFileError:
        raise
    except Exception as error:
        # A damaged workbook breaks its reader in any of many ways.
        raise ImportFileError(damaged(file_name)) from error


def _read(path: Path, file_name: str) -> Filled:
    # The directory is read with a handle of our own, so that it is closed whatever happens.
    with path.open("rb") as stream:
        book = openpyxl.load_workbook(stream, read_only=True, keep_links=False, rich_text=False)
        names = [sheet.title for sheet in book.worksheets]
        for name in names:
            check_reach(path, name, f"Tệp {file_name}, trang tính “{name}”")
        for sheet in book.worksheets:
            sheet.reset_dimensions()
        facts_name, filled = _facts(book, file_name)
        levels = rule_levels()
        forms = {"whole": columns(False, levels), "short": columns(True, levels)}
        found = False
        for sheet in book.worksheets:
            if sheet.title == facts_name:
                continue
            rows = _rows_of(sheet, file_name)
            layout = _layout(sheet.title, rows, forms, filled)
            found = found or layout is not None
            if layout:
                _take(layout, rows, filled)
            elif sheet.title != GUIDE_SHEET and any(cell.value is not None for _, row in rows for cell in row):
                filled.fault(
                    sheet.title, 0, "", "", f"Trang “{sheet.title}” không phải trang phiếu của cổng nên không đọc."
                )
    if not found:
        raise ImportFileError(
            f"Tệp {file_name} không còn trang phiếu nào đọc được (thiếu dòng mã cột ẩn ở đầu trang). {_AGAIN}"
        )
    _refuse_twins(filled)
    return filled


def _facts(book, file_name: str) -> tuple[str, Filled]:
    """(name of the hidden sheet, the workbook it speaks of)."""
    for sheet in book.worksheets:
        lines = [[cell.value for cell in row[:2]] for row in sheet.iter_rows(max_row=4, max_col=2)]
        if not lines or not lines[0] or lines[0][0] != MARKER:
            continue
        try:
            told = {str(line[0]): str(line[1]) for line in lines if len(line) == 2}
            if int(told[MARKER]) != FORMAT:
                raise ImportFileError(f"Tệp {file_name} được tải từ một phiên bản khác của cổng. {_AGAIN}")
            made_at = datetime.datetime.fromisoformat(told["made_at"])
            return sheet.title, Filled(int(told["campaign"]), int(told["organisation"]), made_at)
        except (KeyError, ValueError):
            break
    raise ImportFileError(
        f"Tệp {file_name} không phải phiếu Excel tải từ cổng (thiếu trang ẩn ghi đợt rà soát và cơ quan). {_AGAIN}"
    )


def _rows_of(sheet, file_name: str) -> list[tuple[int, Cells]]:
    """(number as Excel shows it, cells) of the rows that hold anything."""
    rows = []
    for number, row in enumerate(sheet.iter_rows(), start=1):
        if any(cell.value is not None for cell in row):
            rows.append((number, row))
        if len(rows) > MAX_ROWS:
            raise ImportFileError(
                f"Tệp {file_name}, trang tính “{sheet.title}” có hơn {MAX_ROWS} dòng, không phải phiếu Excel của cổng. "
                f"{_AGAIN}"
            )
    return rows


def _layout(name: str, rows: list[tuple[int, Cells]], forms: dict, filled: Filled) -> _Sheet | None:
    """Where each column stands, by the hidden line of keys; None for a sheet without one."""
    for number, row in rows:
        if number > _KEYS_WITHIN:
            break
        places: dict[str, list[int]] = defaultdict(list)
        for place, cell in enumerate(row):
            if isinstance(cell.value, str):
                places[tidy(cell.value)].append(place)
        if not places.keys() >= set(HIDDEN):
            continue
        form = forms["short" if "stance" in places else "whole"]
        layout = _Sheet(name, number, {}, {column.key: column for column in form})
        for key in (*HIDDEN, *layout.columns):
            if len(places[key]) == 1:
                layout.places[key] = places[key][0]
            elif key not in HIDDEN:
                _miss(layout, key, len(places[key]), filled)
        if layout.places.keys() >= set(HIDDEN):
            return layout
        filled.fault(name, number, "", "", f"Cột mã ẩn của phiếu bị chép thành nhiều cột nên không đọc trang. {_AGAIN}")
        return layout
    return None


def _miss(layout: _Sheet, key: str, times: int, filled: Filled) -> None:
    label = layout.label(key)
    if times:
        sentence = f"Cột “{label}” có {times} lần nên không biết lấy cột nào; nội dung trên cổng giữ nguyên."
    else:
        sentence = f"Không còn cột “{label}”; nội dung trên cổng giữ nguyên."
    filled.fault(layout.name, layout.keys_row, label, "", sentence)


def _take(layout: _Sheet, rows: Iterable[tuple[int, Cells]], filled: Filled) -> None:
    """Every row below the line of keys."""
    if not layout.places.keys() >= set(HIDDEN):
        return
    for number, row in rows:
        if number <= layout.keys_row:
            continue
        cells = {key: row[place] for key, place in layout.places.items() if place < len(row)}
        if _is_labels(cells) or all(cell.value is None for cell in cells.values()):
            continue
        known = _identity(layout, number, cells, filled)
        if known:
            _read_row(layout, number, cells, *known, filled)


def _is_labels(cells: dict) -> bool:
    """Whether this is the line of labels."""
    said = {key: cells[key].value for key in _LABELS if key in cells}
    return any(isinstance(text, str) and fold(text) == _LABELS[key] for key, text in said.items()) and not any(
        key in cells and cells[key].value is not None for key in HIDDEN
    )


def _identity(layout: _Sheet, number: int, cells: dict, filled: Filled) -> tuple[int, int, Seal] | None:
    """(review, version, seal) of a row; None, and a fault, where it does not know itself."""
    review, version, text = (cells[key].value if key in cells else None for key in HIDDEN)
    visible = tidy(word(cells["code"])) if "code" in cells else ""
    if review is None and text is None:
        message = (
            "Dòng này không phải do cổng ghi (không có mã ẩn của phiếu) nên không nhận; ghi nội dung vào dòng có sẵn."
        )
        filled.fault(layout.name, number, layout.label("code"), visible, message)
        return None
    pk, of_version = _whole(review), _whole(version)
    seal = None
    if pk is not None and of_version is not None and isinstance(text, str):
        seal = opened(text, (filled.campaign, filled.organisation), pk, of_version)
    if seal is None:
        message = f"Mã ẩn của dòng đã bị sửa hoặc dòng được chép từ tệp khác nên không nhận. {_AGAIN}"
        filled.fault(layout.name, number, layout.label("code"), visible, message)
        return None
    if "code" in cells and visible != seal.code:
        message = (
            f"Dòng mang mã ẩn của thủ tục {seal.code} nhưng ô mã ghi “{visible}”: các ô đã bị chép hoặc sắp xếp lệch "
            f"dòng nên không nhận. {_AGAIN}"
        )
        filled.fault(layout.name, number, layout.label("code"), visible, message)
        return None
    return pk, of_version, seal


def _read_row(layout: _Sheet, number: int, cells: dict, review: int, version: int, seal: Seal, filled: Filled) -> None:
    row = FilledRow(layout.name, number, review, version, seal.code)
    for key, column in layout.columns.items():
        if key not in cells:
            continue
        if key in seal.locked:
            text = tidy(word(cells[key]))
            if not still(seal, key, text):
                row.locked[key] = text
        elif not column.locked:
            try:
                row.cells[key] = value_of(cells[key], column)
            except CellFault as fault:
                filled.fault(layout.name, number, column.label, fault.value, str(fault))
    if row.cells.get(LEVEL) and row.cells.get(MODE) == "":
        row.cells[MODE] = mode_for(str(row.cells.get("conclusion", "")))
    filled.rows.append(row)


def _refuse_twins(filled: Filled) -> None:
    """A form that stands in the file twice is not taken at all: nobody knows which of the two is meant."""
    places: dict[int, list[FilledRow]] = defaultdict(list)
    for row in filled.rows:
        places[row.review].append(row)
    twins = {review: rows for review, rows in places.items() if len(rows) > 1}
    for rows in twins.values():
        where = ", ".join(f"dòng {row.row}" for row in rows)
        for row in rows:
            message = f"Thủ tục {row.code} có ở {where}; chỉ giữ một dòng rồi nhập lại."
            filled.fault(row.sheet, row.row, LOCKED[0].label, row.code, message)
    filled.rows = [row for row in filled.rows if row.review not in twins]
    filled.faults.sort(key=lambda fault: (fault["sheet"], fault["row"]))


def _whole(value) -> int | None:
    """A hidden number, however another program wrote it."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return int(value)
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 19:
        return int(value)
    return None
