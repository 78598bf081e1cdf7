"""From a sheet's row to clean values, with every repair and every error on record."""

import datetime
import re
from dataclasses import dataclass, field
from functools import lru_cache

from procedures.importing.excel import REQUIRED, SheetTable
from procedures.models import ExecutionLevel, ProcedureStatus
from tthc_portal.text import fold, one_line, tidy

VALID_CODE = re.compile(r"\d\.\d{6}(\.H\d{2})?")
# 1.001612.000.00.00.H01: the national code followed by the long form of a province's code.
_LONG_FORM = re.compile(r"(\d\.\d{6})\.000\.00\.00\.(H\d{2})")
# Excel drops zeros at the end of what it takes for a number; a decimal comma is a locale's.
_DAMAGED = re.compile(r"(\d)[.,](\d{2,6})(\.H\d{2})?")
_LONG_BODY_CODE = re.compile(r"\d{3}\.\d{2}\.\d{2}\.([A-Z]\d{2,3})", re.IGNORECASE)
_EXCEL_ERRORS = {"#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NUM!", "#NULL!"}
_SURELY_CLEAN = re.compile(r"[^\x00-\x1f\x7f-\xa0\u0300-\u036f\u200b-\u200d\ufeff]*")

_LEVELS = {
    "cap bo": ExecutionLevel.MINISTRY,
    "bo": ExecutionLevel.MINISTRY,
    "cap trung uong": ExecutionLevel.MINISTRY,
    "trung uong": ExecutionLevel.MINISTRY,
    "cap tinh": ExecutionLevel.PROVINCE,
    "tinh": ExecutionLevel.PROVINCE,
    "cap huyen": ExecutionLevel.DISTRICT,
    "huyen": ExecutionLevel.DISTRICT,
    "cap xa": ExecutionLevel.COMMUNE,
    "xa": ExecutionLevel.COMMUNE,
    "co quan khac": ExecutionLevel.OTHER,
    "chua xac dinh": None,
}
_STATUSES = {
    "dang cong khai": ProcedureStatus.PUBLISHED,
    "cong khai": ProcedureStatus.PUBLISHED,
    "da cong khai": ProcedureStatus.PUBLISHED,
    "con hieu luc": ProcedureStatus.PUBLISHED,
    "hieu luc": ProcedureStatus.PUBLISHED,
    "ban hanh moi": ProcedureStatus.PUBLISHED,
    "moi ban hanh": ProcedureStatus.PUBLISHED,
    "moi": ProcedureStatus.PUBLISHED,
    "sua doi, bo sung": ProcedureStatus.AMENDED,
    "sua doi bo sung": ProcedureStatus.AMENDED,
    "duoc sua doi, bo sung": ProcedureStatus.AMENDED,
    "sua doi": ProcedureStatus.AMENDED,
    "thay the": ProcedureStatus.AMENDED,
    "bai bo": ProcedureStatus.ABOLISHED,
    "bi bai bo": ProcedureStatus.ABOLISHED,
    "da bai bo": ProcedureStatus.ABOLISHED,
    "het hieu luc": ProcedureStatus.ABOLISHED,
    "huy cong khai": ProcedureStatus.ABOLISHED,
}


class CellError(ValueError):
    """A cell cannot be understood; the message says what is wrong and what to do."""


@dataclass(slots=True)
class CleanRow:
    """One row ready for comparison.

    ``values``: field → clean value, blank cells left out; ``blanks``: fields whose cell is blank;
    ``errors``: [{column, value, message}]; ``repairs``: [{column, before, after}].
    """

    number: int
    values: dict = field(default_factory=dict)
    blanks: list[str] = field(default_factory=list)
    errors: list[dict] = field(default_factory=list)
    repairs: list[dict] = field(default_factory=list)

    @property
    def code(self) -> str:
        """The code after repair, or what stands in its cell."""
        return self.values.get("code", "")


def shown(value) -> str:
    """A raw cell as a person sees it in Excel: 5.0 → 5, a date → dd/mm/yyyy."""
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, datetime.datetime):
        return f"{value:%d/%m/%Y}" if value.time() == datetime.time() else f"{value:%H:%M %d/%m/%Y}"
    if isinstance(value, datetime.date):
        return f"{value:%d/%m/%Y}"
    return str(value)


def _short(value) -> str:
    text = shown(value)
    return text if len(text) <= 300 else text[:299] + "…"


def _tidy(text: str) -> str:
    """:func:`tidy`, without its cost for the many texts that need nothing."""
    if _SURELY_CLEAN.fullmatch(text) and "  " not in text and text[:1] != " " and text[-1:] != " ":
        return text
    return tidy(text)


def repair_code(raw) -> str:
    """The national code in ``raw`` (text or number), repaired where only one reading is possible.

    1.00485 → 1.004850; 2,002308 → 2.002308; 1.001612.000.00.00.H01 → 1.001612.H01. Raises :class:`CellError`.
    """
    if isinstance(raw, bool | datetime.date | datetime.time | datetime.timedelta):
        raise CellError(
            "Excel đã đổi mã thành ngày tháng hoặc giá trị khác. Định dạng cột này là Văn bản (Text) rồi nhập lại mã."
        )
    if isinstance(raw, float):
        text = shown(raw)
    else:
        text = re.sub(r"\s+", "", tidy(str(raw))).strip("'’‘`\"").rstrip(".,;").upper()
    if VALID_CODE.fullmatch(text):
        return text
    if match := _LONG_FORM.fullmatch(text):
        return f"{match[1]}.{match[2]}"
    if match := _DAMAGED.fullmatch(text):
        return f"{match[1]}.{match[2]:0<6}{match[3] or ''}"
    if re.fullmatch(r"[1-9]\d{6}", text):
        return f"{text[0]}.{text[1:]}"
    raise CellError(
        "Mã TTHC phải có dạng 1.004850 hoặc 1.004850.H01. Tra lại mã trên Cơ sở dữ liệu quốc gia rồi sửa ô này."
    )


@lru_cache(maxsize=8192)
def _lines(text: str) -> tuple[str, ...]:
    """The non-empty lines of a cell, in order, each once."""
    return tuple(dict.fromkeys(line for line in _tidy(text).split("\n") if line))


@lru_cache(maxsize=1024)
def _publisher(text: str) -> str:
    """A publisher's wording on one line; the long form of a code (000.00.00.G12) becomes the short one."""
    line = one_line(text)
    match = _LONG_BODY_CODE.fullmatch(line)
    return match[1].upper() if match else line


@lru_cache(maxsize=1024)
def _execution_levels(text: str) -> tuple[str, ...]:
    found = []
    for part in re.split(r"[\n,;]+", tidy(text)):
        key = fold(part)
        if key and key not in _LEVELS:
            raise CellError(
                f"“{part.strip()}” không phải một cấp thực hiện. "
                "Chỉ ghi Cấp bộ, Cấp tỉnh, Cấp huyện, Cấp xã, Cơ quan khác."
            )
        if key and _LEVELS[key] and _LEVELS[key] not in found:
            found.append(_LEVELS[key])
    return tuple(str(level) for level in sorted(found, key=list(ExecutionLevel).index))


@lru_cache(maxsize=256)
def _status(text: str) -> str:
    key = fold(text).rstrip(".")
    if key not in _STATUSES:
        raise CellError("Tình trạng không nhận ra. Chỉ ghi Đang công khai, Sửa đổi, bổ sung hoặc Bãi bỏ.")
    return str(_STATUSES[key])


def _date(raw) -> str:
    """A day as ISO text, from a date cell or dd/mm/yyyy."""
    if isinstance(raw, datetime.datetime):
        return raw.date().isoformat()
    if isinstance(raw, datetime.date):
        return raw.isoformat()
    text = shown(raw).strip()
    for form in ("%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y", "%Y-%m-%d"):
        try:
            return datetime.datetime.strptime(text, form).date().isoformat()  # noqa: DTZ007 (a day has no zone)
        except ValueError:
            continue
    raise CellError("Ngày không đọc được. Ghi theo dạng ngày/tháng/năm, ví dụ 05/03/2021.")


def _limited(items: tuple[str, ...] | list[str], limit: int, what: str) -> list[str]:
    for item in items:
        if len(item) > limit:
            raise CellError(f"{what} dài {len(item)} ký tự, quá {limit}. Tách mỗi mục một dòng trong ô rồi nhập lại.")
    return list(items)


def _clean_cell(name: str, raw):
    """(clean value, the value as text to compare with the cell) of one non-blank cell."""
    if name == "code":
        code = repair_code(raw)
        return code, code
    if name == "published_on":
        return _date(raw), None
    text = raw if isinstance(raw, str) else shown(raw)
    if text.strip() in _EXCEL_ERRORS:
        raise CellError("Ô chứa lỗi công thức của Excel. Thay công thức bằng giá trị đúng rồi nhập lại.")
    if name == "name":
        value = _tidy(text)
        value = one_line(value) if "\n" in value else value
        return value, value
    if name == "publisher":
        value = _publisher(text)
        return value, value
    if name == "execution_levels":
        return list(_execution_levels(text)), None
    if name == "status":
        return _status(text), None
    if name == "publishing_decision":
        value = _limited([one_line(text)], 200, "Số quyết định")[0]
        return value, value
    if name == "legal_ground":
        value = _tidy(text)
        return value, value
    lines = _lines(text)
    if name == "sectors":
        return _limited(lines, 300, "Tên lĩnh vực"), "\n".join(lines)
    if name == "deciders":
        return _limited(lines, 500, "Tên cơ quan có thẩm quyền"), "\n".join(lines)
    return list(lines), "\n".join(lines)


def clean_row(number: int, cells: list, columns: dict[str, tuple[int, str]]) -> CleanRow:
    """``cells`` of row ``number`` cleaned; nothing is raised, everything wrong is listed."""
    row = CleanRow(number)
    for name, (index, label) in columns.items():
        raw = cells[index]
        if raw is None or (isinstance(raw, str) and not _tidy(raw)):
            row.blanks.append(name)
            continue
        try:
            value, after = _clean_cell(name, raw)
        except CellError as error:
            row.errors.append({"column": label, "value": _short(raw), "message": str(error)})
            if name == "code":
                row.values["code"] = _short(raw)[:100]
            continue
        row.values[name] = value
        if after is not None and after != (raw if isinstance(raw, str) else shown(raw)):
            row.repairs.append({"column": label, "before": _short(raw), "after": _short(after)})
    if "code" in row.blanks:
        message = "Thiếu mã TTHC. Bổ sung mã, hoặc xóa dòng nếu đây không phải một thủ tục."
        row.errors.insert(0, {"column": columns["code"][1], "value": "", "message": message})
    return row


def clean_table(table: SheetTable) -> list[CleanRow]:
    """All rows of ``table`` cleaned; every row whose code stands twice is in error and names the others."""
    rows = [clean_row(number, cells, table.columns) for number, cells in table.rows]
    places: dict[str, list[int]] = {}
    for row in rows:
        if VALID_CODE.fullmatch(row.code):
            places.setdefault(row.code, []).append(row.number)
    for row in rows:
        numbers = places.get(row.code, ())
        if len(numbers) > 1:
            others = ", ".join(str(number) for number in numbers if number != row.number)
            message = f"Mã {row.code} còn có ở dòng {others}. Giữ lại một dòng cho mỗi mã."
            row.errors.append({"column": table.label("code"), "value": row.code, "message": message})
    return rows


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
