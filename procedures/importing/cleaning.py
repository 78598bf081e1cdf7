"""From a sheet's row to clean values, with every repair and every error on record."""

import re
from collections.abc import Collection, Iterator, Sequence
from itertools import repeat

from procedures.importing.cells import (
    EXCEL_ERRORS,
    SURELY_CLEAN,
    VALID_CODE,
    CellError,
    as_written,
    clean_cell,
    short,
    shown,
    tidy_cell,
)
from procedures.importing.excel import SheetTable, Uncalculated
from procedures.importing.layouts import REQUIRED

# A letter of private use, to look at many cells as one text.
_SEAM = "\ue000"
_VALID_CODES = re.compile(rf"(?:{VALID_CODE.pattern}{_SEAM})*{VALID_CODE.pattern}")
# Spaces to repair, looked for between two seams.
_UNTIDY = ("  ", f"{_SEAM} ", f" {_SEAM}")
_STRETCH = 256


class CleanRow:
    """One row ready for comparison.

    ``values``: field → clean value, blank cells left out; ``blanks``: fields whose cell is blank;
    ``errors``: [{column, value, message}]; ``repairs``: [{column, before, after}].
    """

    # Written out by hand: made by the ten thousand, most of them with nothing but values.
    __slots__ = ("blanks", "errors", "number", "repairs", "values")

    def __init__(self, number: int, values: dict):
        self.number = number
        self.values = values
        self.blanks: list[str] = []
        self.errors: list[dict] = []
        self.repairs: list[dict] = []

    @property
    def code(self) -> str:
        """The code after repair, or what stands in its cell."""
        return self.values.get("code", "")


def clean_row(
    number: int, cells: list, columns: dict[str, tuple[int, str]], refused: Collection[str] = frozenset()
) -> CleanRow:
    """``cells`` of row ``number`` cleaned; nothing is raised, everything wrong is listed.

    ``refused``: labels of the columns whose cell is to be taken as it is written.
    """
    values, blanks, errors, repairs = {}, [], [], []
    for name, (index, label) in columns.items():
        raw = cells[index]
        if raw is None or (isinstance(raw, str) and not tidy_cell(raw)):
            blanks.append(name)
            continue
        try:
            value, after = clean_cell(name, raw)
            if after is not None and after != (raw if isinstance(raw, str) else shown(raw)):
                if label in refused:
                    value = as_written(name, raw)
                else:
                    repairs.append({"column": label, "before": short(raw), "after": short(after)})
        except CellError as error:
            errors.append({"column": label, "value": short(raw), "message": str(error)})
            if name == "code":
                values["code"] = short(raw)[:100]
            continue
        values[name] = value
    if "code" in blanks:
        message = "Thiếu mã TTHC. Bổ sung mã, hoặc xóa dòng nếu đây không phải một thủ tục."
        errors.insert(0, {"column": columns["code"][1], "value": "", "message": message})
    row = CleanRow(number, values)
    row.blanks, row.errors, row.repairs = blanks, errors, repairs
    return row


def clean_table(table: SheetTable, refused: Collection[tuple[int, str]] = frozenset()) -> list[CleanRow]:
    """All rows of ``table`` cleaned; every row whose code stands twice is in error and names the others.

    ``refused``: (row number, column label) of the cells that are to be taken as they are written.
    """
    kept_as_is: dict[int, set[str]] = {}
    for number, label in refused:
        kept_as_is.setdefault(int(number), set()).add(label)
    columns, count = table.columns, len(table.rows)
    # Whole columns first: most cells need nothing, and what repeats is worked out once. Rows with a cell that needs
    # repair, or is wrong, or was refused its repair, then go cell by cell.
    special = bytearray(count)
    for position, (number, _) in enumerate(table.rows) if kept_as_is else ():
        special[position] = number in kept_as_is
    blank = bytearray(count)
    by_column = list(zip(*(cells for _, cells in table.rows), strict=True))
    plain = [_plain_column(name, by_column[index], special, blank) for name, (index, _) in columns.items()]
    names, none = list(columns), frozenset()
    numbers = [number for number, _ in table.rows]
    rows = list(map(CleanRow, numbers, map(dict, map(zip, repeat(names), zip(*plain, strict=True)))))
    # By what the columns marked, few rows are made anew.
    for position in _marked(special):
        number, cells = table.rows[position]
        rows[position] = clean_row(number, cells, columns, kept_as_is.get(number, none))
    for position in _marked(blank):
        if not special[position]:
            values = rows[position].values
            filled = {name: value for name, value in values.items() if value is not None}
            rows[position] = CleanRow(numbers[position], filled)
            rows[position].blanks = [name for name in names if name not in filled]
    _refuse_twins(rows, table)
    return rows


def _marked(marks: bytearray) -> Iterator[int]:
    """The places of ``marks`` that are set, in order."""
    place = marks.find(1)
    while place >= 0:
        yield place
        place = marks.find(1, place + 1)


def _plain_column(name: str, cells: tuple, special: bytearray, blank: bytearray) -> list:
    """The clean values of a column, None for a blank cell; cells that need more are marked in ``special``."""
    if name in {"code", "name"}:
        values = []
        for start in range(0, len(cells), _STRETCH):
            stretch = cells[start : start + _STRETCH]
            if not _all_plain(name, stretch):
                for position, cell in enumerate(stretch, start):
                    special[position] |= not _all_plain(name, [cell])
            values += stretch
        return values
    known: dict[str, tuple] = {}
    values = []
    if set(map(type, cells)) <= {str}:
        # What repeats is asked once; where nothing is blank or wrong the column is done.
        known = {cell: _plain_value(name, cell) for cell in set(cells)}
        if not any(value is None for value, _ in known.values()):
            clean = {cell: value for cell, (value, _) in known.items()}
            return [clean[cell] for cell in cells]
    for position, cell in enumerate(cells):
        if type(cell) is not str:
            special[position] = 1
            values.append(None)
            continue
        if cell not in known:
            known[cell] = _plain_value(name, cell)
        value, needs_more = known[cell]
        if value is None:
            if needs_more:
                special[position] = 1
            else:
                blank[position] = 1
        values.append(value)
    return values


def _plain_value(name: str, cell: str) -> tuple:
    """(clean value, False), or (None, whether the cell needs more than being left blank)."""
    if not tidy_cell(cell):
        return None, False
    try:
        value, after = clean_cell(name, cell)
    except CellError:
        return None, True
    return (None, True) if after is not None and after != cell else (value, False)


def _all_plain(name: str, cells: Sequence) -> bool:
    """Whether every cell of a stretch is text that needs no repair, asked of all at once."""
    try:
        text = _SEAM.join(cells)
    except TypeError:
        return False
    if name == "code":
        return bool(_VALID_CODES.fullmatch(text))
    if not SURELY_CLEAN.fullmatch(text) or text.count(_SEAM) != len(cells) - 1 or "" in cells:
        return False
    between = f"{_SEAM}{text}{_SEAM}"
    return (
        not any(untidy in between for untidy in _UNTIDY)
        and Uncalculated not in set(map(type, cells))
        and not ("#" in text and EXCEL_ERRORS.intersection(cells))
    )


def _refuse_twins(rows: list[CleanRow], table: SheetTable) -> None:
    """Put every row in error whose code stands in another row too."""
    codes = [row.values.get("code", "") for row in rows]
    if len(set(codes)) == len(codes):
        return
    places: dict[str, list[int]] = {}
    for row in rows:
        places.setdefault(row.code, []).append(row.number)
    for row in rows:
        numbers = places[row.code]
        if len(numbers) > 1 and VALID_CODE.fullmatch(row.code):
            others = ", ".join(str(number) for number in numbers if number != row.number)
            message = f"Mã {row.code} còn có ở dòng {others}. Giữ lại một dòng cho mỗi mã."
            row.errors.append({"column": table.label("code"), "value": row.code, "message": message})


def missing(row: CleanRow, table: SheetTable, known: bool) -> list[dict]:
    """Errors of required cells left blank; a procedure already ``known`` keeps what is stored."""
    if known:
        return []
    return [
        {
            "column": table.label(name),
            "value": "",
            "message": f"Thiếu {REQUIRED[name][0].lower()}{REQUIRED[name][1:]} của thủ tục mới. Bổ sung rồi nhập lại.",
        }
        for name in ("name", "publisher")
        if name in row.blanks
    ]
