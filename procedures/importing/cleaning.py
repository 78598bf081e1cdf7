"""From a sheet's row to clean values, with every repair and every error on record."""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from unicodedata import is_normalized

from procedures.importing.cells import (
    EXCEL_ERRORS,
    VALID_CODE,
    CellError,
    as_written,
    clean_cell,
    is_blank,
    short,
    shown,
)
from procedures.importing.excel import SheetTable
from procedures.importing.layouts import REQUIRED

# Many cells are looked at as one text.
_VALID_CODES = re.compile(rf"(?:{VALID_CODE.pattern}\n)*+")


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


class CleanRows(Sequence):
    """The rows of a table in order. Those with errors or repairs stand ready in ``noted``, by their place.

    All other rows are laid out from the clean columns each time they are asked for: what is kept of one must be kept
    by the caller. ``codes``: the code of each row.
    """

    def __init__(self, numbers: list[int], columns: dict[str, list], blank: bytearray):
        self.noted: dict[int, CleanRow] = {}
        self.codes = list(columns["code"])
        self._numbers, self._names = numbers, list(columns)
        self._columns, self._blank = list(columns.values()), blank

    def __len__(self) -> int:
        return len(self._numbers)

    def __getitem__(self, place: int) -> CleanRow:
        place = range(len(self._numbers))[place]
        return self.noted.get(place) or self._row(place, [column[place] for column in self._columns])

    def __iter__(self) -> Iterator[CleanRow]:
        noted, lay = self.noted, self._row
        for place, values in enumerate(zip(*self._columns, strict=True)):
            yield noted[place] if place in noted else lay(place, values)

    def note(self, place: int, row: CleanRow) -> None:
        """Keep ``row``, which has something to tell, at its place."""
        self.noted[place] = row
        self.codes[place] = row.code

    def _row(self, place: int, values: Iterable) -> CleanRow:
        row = CleanRow(self._numbers[place], dict(zip(self._names, values, strict=True)))
        if self._blank[place]:
            row.blanks = [name for name, value in row.values.items() if value is None]
            for name in row.blanks:
                del row.values[name]
        return row


def clean_row(
    number: int, cells: list, columns: dict[str, tuple[int, str]], refused: Collection[str] = frozenset()
) -> CleanRow:
    """``cells`` of row ``number`` cleaned; nothing is raised, everything wrong is listed.

    ``refused``: labels of the columns whose cell is to be taken as it is written.
    """
    values, blanks, errors, repairs = {}, [], [], []
    for name, (index, label) in columns.items():
        raw = cells[index]
        if raw is None or (isinstance(raw, str) and is_blank(name, raw)):
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


def clean_table(table: SheetTable, refused: Collection[tuple[int, str]] = frozenset()) -> CleanRows:
    """All rows of ``table`` cleaned; every row whose code stands twice is in error and names the others.

    ``refused``: (row number, column label) of the cells that are to be taken as they are written.
    """
    kept_as_is: dict[int, set[str]] = {}
    for number, label in refused:
        kept_as_is.setdefault(int(number), set()).add(label)
    columns, count = table.columns, len(table.rows)
    # Whole columns first: most cells need nothing, and what repeats is worked out once. Rows with a cell that is wrong,
    # or was refused its repair, then go cell by cell.
    special, blank = bytearray(count), bytearray(count)
    for place, (number, _) in enumerate(table.rows) if kept_as_is else ():
        special[place] = number in kept_as_is
    by_column = list(zip(*(cells for _, cells in table.rows), strict=True))
    repairs: dict[int, list[dict]] = {}
    clean = {
        name: _clean_column(name, label, by_column[index], special, blank, repairs)
        for name, (index, label) in columns.items()
    }
    rows = CleanRows([number for number, _ in table.rows], clean, blank)
    for place in sorted(repairs):
        if not special[place]:
            row = rows[place]
            row.repairs = repairs[place]
            rows.note(place, row)
    none = frozenset()
    for place in _marked(special):
        number, cells = table.rows[place]
        rows.note(place, clean_row(number, cells, columns, kept_as_is.get(number, none)))
    _refuse_twins(rows, table)
    return rows


def _marked(marks: bytearray) -> Iterator[int]:
    """The places of ``marks`` that are set, in order."""
    place = marks.find(1)
    while place >= 0:
        yield place
        place = marks.find(1, place + 1)


def _clean_column(
    name: str, label: str, cells: tuple, special: bytearray, blank: bytearray, repairs: dict[int, list[dict]]
) -> list:
    """The clean values of a column, None for a blank cell; what was repaired is added to ``repairs``, by place.

    Cells that need more are marked in ``special``.
    """
    if name in {"code", "name"}:
        if _all_plain(name, cells):
            return list(cells)
        # Hardly a cell repeats.
        is_plain = VALID_CODE.fullmatch if name == "code" else _is_plain
        known = {}
    else:
        # What repeats is asked once; where nothing is blank, wrong or repaired the column is done.
        is_plain, texts = None, set(map(type, cells)) <= {str}
        known = {cell: _clean_text(name, cell) for cell in set(cells) if type(cell) is str}
        if texts and all(value is not None and not after for value, after in known.values()):
            clean = {cell: value for cell, (value, _) in known.items()}
            return [clean[cell] for cell in cells]
    values = []
    for place, cell in enumerate(cells):
        value = None
        if type(cell) is not str:
            special[place] = 1
        elif is_plain and is_plain(cell):
            value = cell
        else:
            value, after = known.get(cell) or _clean_text(name, cell)
            if value is None:
                (special if after is None else blank)[place] = 1
            elif after:
                repairs.setdefault(place, []).append({"column": label, "before": short(cell), "after": after})
        values.append(value)
    return values


def _clean_text(name: str, cell: str) -> tuple:
    """(clean value, how its repair is shown or ""); (None, "") of a blank cell, (None, None) of one that needs more."""
    if name == "name" and cell.isprintable() and is_normalized("NFC", cell) and "#" not in cell:
        # Nothing but spaces can be wrong.
        value = " ".join(cell.split())
        return (value, "" if value == cell else short(value)) if value else (None, "")
    if is_blank(name, cell):
        return (None, None) if name == "code" else (None, "")
    try:
        value, after = clean_cell(name, cell)
    except CellError:
        return None, None
    return value, "" if after is None or after == cell else short(after)


def _is_plain(cell: str) -> bool:
    """Whether a name needs no repair."""
    return (
        cell.isprintable()
        and "  " not in cell
        and cell[:1] not in {"", " ", "#"}
        and cell[-1] != " "
        and is_normalized("NFC", cell)
    )


def _all_plain(name: str, cells: Sequence) -> bool:
    """Whether every one of these cells is text that needs no repair, asked of all at once."""
    if not set(map(type, cells)) <= {str}:
        return False
    if name == "code":
        text = "\n".join((*cells, ""))
        return text.count("\n") == len(cells) and bool(_VALID_CODES.fullmatch(text))
    # With a space about each cell two stand together wherever one is too many, or a cell is blank.
    text = " ".join(("", *cells, ""))
    return (
        text.isprintable()
        and "  " not in text
        and is_normalized("NFC", text)
        and not ("#" in text and EXCEL_ERRORS.intersection(cells))
    )


def _refuse_twins(rows: CleanRows, table: SheetTable) -> None:
    """Put every row in error whose code stands in another row too."""
    if len(set(rows.codes)) == len(rows):
        return
    places: dict[str, list[int]] = {}
    for place, code in enumerate(rows.codes):
        places.setdefault(code, []).append(place)
    for code, same in places.items():
        if len(same) > 1 and VALID_CODE.fullmatch(code):
            twins = {place: rows[place] for place in same}
            for place, row in twins.items():
                rows.note(place, row)
                others = ", ".join(str(twin.number) for twin in twins.values() if twin is not row)
                message = f"Mã {code} còn có ở dòng {others}. Giữ lại một dòng cho mỗi mã."
                row.errors.append({"column": table.label("code"), "value": code, "message": message})


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
