"""What one cell of a filled workbook says, as a value of its column, or the sentence why it says nothing."""

import datetime
import re

from openpyxl.cell.read_only import EmptyCell, ReadOnlyCell

from reviews.sheets.columns import NO, YES, SheetColumn
from tthc_portal.text import fold, tidy

Cell = ReadOnlyCell | EmptyCell

_GROUPED = re.compile(r"\d{1,3}([.\s]\d{3})+")
_YES = {fold(YES): True, "x": True, "1": True, "true": True, "dung": True}
_NO = {fold(NO): False, "0": False, "false": False, "sai": False, "-": False}
# Beyond this a workbook's number is no longer the one that was typed.
_EXACT = 10**15
_SHOWN = 200


class CellFault(Exception):
    """A cell that is not taken: the message says why and what to do; ``value`` is what stands in it."""

    def __init__(self, message: str, value: object):
        super().__init__(message)
        self.value = value


def shown(value: object) -> str:
    """A value as a list of faults shows it."""
    if isinstance(value, datetime.datetime):
        day = f"{value:%d/%m/%Y}"
        return day if value.time() == datetime.time() else f"{value:%H:%M} {day}"
    if isinstance(value, datetime.date):
        return f"{value:%d/%m/%Y}"
    text = "" if value is None else str(value)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"


def word(cell: Cell) -> str:
    """What a cell that is not filled shows, as text."""
    return "" if cell.value is None else shown_whole(cell.value)


def shown_whole(value: object) -> str:
    """A value as text, whatever its length; a whole number without a decimal point."""
    if isinstance(value, float) and value.is_integer() and abs(value) < _EXACT:
        return str(int(value))
    return value if isinstance(value, str) else shown(value)


def value_of(cell: Cell, column: SheetColumn) -> str | int | bool | None:
    """The value of a fillable cell: text or code (blank: ""), whole number or None, bool. Raises CellFault."""
    value = cell.value
    if isinstance(value, str):
        value = tidy(value) or None
    kind = cell.data_type if value is not None else "n"
    if kind == "f":
        raise CellFault(
            "Ô chứa công thức; dán giá trị (Paste Special, Values) hoặc ghi lại bằng chữ.", _formula(cell.value)
        )
    if kind == "e":
        raise CellFault("Ô đang báo lỗi công thức; ghi lại nội dung.", value)
    if column.kind == "choice":
        return _choice(value, column)
    if column.kind == "yes_no":
        return _yes_no(value)
    return _number(value) if column.kind == "number" else _text(value)


def _formula(value: object) -> str:
    """A formula as typed; of one over several cells, its text."""
    return str(getattr(value, "text", None) or value)


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        raise CellFault("Ô chứa giá trị đúng/sai của Excel, không phải chữ; ghi lại nội dung.", value)
    if isinstance(value, (datetime.date, datetime.time, datetime.timedelta)):
        raise CellFault(
            "Excel đã đổi nội dung ô thành ngày, giờ; đặt định dạng ô là Văn bản (Text) rồi ghi lại.", value
        )
    text = shown_whole(value)
    if not text.lstrip("-").isdigit():
        raise CellFault(
            "Excel đã đổi nội dung ô thành số lẻ; đặt định dạng ô là Văn bản (Text) rồi ghi lại.",
            text.replace(".", ","),
        )
    return text


def _choice(value: object, column: SheetColumn) -> str:
    if value is None:
        return ""
    if isinstance(value, str) and value in column.choices:
        return column.choices[value]
    said = fold(shown_whole(value))
    for label, code in column.choices.items():
        if said in (fold(label), code.casefold()):
            return code
    listed = ", ".join(f"“{label}”" for label in list(column.choices)[:7])
    more = "…" if len(column.choices) > 7 else ""
    raise CellFault(f"Giá trị không có trong danh sách; chọn một trong: {listed}{more}.", value)


def _yes_no(value: object) -> bool:
    if value is None or isinstance(value, bool):
        return bool(value)
    said = fold(shown_whole(value))
    if said in _YES or said in _NO:
        return said in _YES
    raise CellFault(f"Chọn “{YES}”, “{NO}” hoặc để trống.", value)


def _number(value: object) -> int | None:
    if value is None:
        return None
    if isinstance(value, float) and value.is_integer() and abs(value) < _EXACT:
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str):
        text = re.sub(r"\s", "", value) if _GROUPED.fullmatch(value) else value
        text = text.replace(".", "") if _GROUPED.fullmatch(value) else text
        if text.isascii() and text.lstrip("-").isdigit() and len(text) <= 15 and text.count("-") <= 1:
            return int(text)
    if isinstance(value, (datetime.date, datetime.time)):
        raise CellFault("Ô phải là số, Excel đã đổi thành ngày; đặt định dạng ô là Số (Number) rồi ghi lại.", value)
    raise CellFault("Ô phải là số nguyên, ví dụ 1200; không có số thì để trống.", value)
