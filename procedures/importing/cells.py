"""One cell made clean: what stands in it, what it means, and what is wrong with it."""

import datetime
import re
from functools import lru_cache

from procedures.importing.excel import Uncalculated
from procedures.models import ExecutionLevel, ProcedureStatus
from tthc_portal.text import fold, one_line, tidy

VALID_CODE = re.compile(r"\d\.\d{6}(\.H\d{2})?")
# 1.001612.000.00.00.H01: the national code followed by the long form of a province's code.
_LONG_FORM = re.compile(r"(\d\.\d{6})\.000\.00\.00\.(H\d{2})")
# Excel drops zeros at the end of what it takes for a number; a decimal comma is a locale's.
_DAMAGED = re.compile(r"(\d)[.,](\d{2,6})(\.H\d{2})?")
_LONG_BODY_CODE = re.compile(r"\d{3}\.\d{2}\.\d{2}\.([A-Z]\d{2,3})", re.IGNORECASE)
EXCEL_ERRORS = {"#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NUM!", "#NULL!"}
_NOT_CALCULATED = (
    "Ô chứa công thức chưa có kết quả. Mở tệp bằng Excel để công thức được tính, lưu lại, "
    "hoặc thay công thức bằng giá trị rồi nhập lại."
)
# Dashes, dots and strokes: what people type where they have nothing to say.
_FILLER = re.compile(r"[\s\-\u2010-\u2015\u2212.\u2026\u00b7/\\]*")
_UNSTORABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
SURELY_CLEAN = re.compile(r"[^\x00-\x1f\x7f-\xa0\u0300-\u036f\u200b-\u200d\ufeff]*")

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


def shown(value) -> str:
    """A raw cell as a person sees it in Excel: 5.0 → 5, a date → dd/mm/yyyy."""
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, datetime.datetime):
        return f"{value:%d/%m/%Y}" if value.time() == datetime.time() else f"{value:%H:%M %d/%m/%Y}"
    if isinstance(value, datetime.date):
        return f"{value:%d/%m/%Y}"
    return str(value)


def short(value) -> str:
    """:func:`shown`, cut where nobody reads on."""
    text = shown(value)
    return text if len(text) <= 300 else text[:299] + "…"


def tidy_cell(text: str) -> str:
    """:func:`tidy`, without its cost for the many texts that need nothing."""
    if SURELY_CLEAN.fullmatch(text) and "  " not in text and text[:1] != " " and text[-1:] != " ":
        return text
    return tidy(text)


def is_blank(name: str, text: str) -> bool:
    """Whether ``text`` says nothing as a cell of field ``name``: nothing but spaces, of deciders also a mere dash."""
    return not tidy_cell(text) or (name == "deciders" and _FILLER.fullmatch(text) is not None)


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
    return tuple(dict.fromkeys(line for line in tidy_cell(text).split("\n") if line))


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


def clean_cell(name: str, raw):
    """(clean value, the value as text to compare with the cell) of one non-blank cell."""
    if isinstance(raw, str):
        if type(raw) is Uncalculated:
            raise CellError(_NOT_CALCULATED)
        if raw.strip() in EXCEL_ERRORS:
            raise CellError("Ô chứa lỗi công thức của Excel. Thay công thức bằng giá trị đúng rồi nhập lại.")
    if name == "code":
        code = repair_code(raw)
        return code, code
    if name == "published_on":
        return _date(raw), None
    text = raw if isinstance(raw, str) else shown(raw)
    if name == "name":
        value = tidy_cell(text)
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
        value = tidy_cell(text)
        return value, value
    lines = _lines(text)
    if name == "sectors":
        return _limited(lines, 300, "Tên lĩnh vực"), "\n".join(lines)
    if name == "deciders":
        return _limited(lines, 500, "Tên cơ quan có thẩm quyền"), "\n".join(lines)
    return list(lines), "\n".join(lines)


def as_written(name: str, raw):
    """The value of a cell whose repair was refused: what stands in it. Raises :class:`CellError` if it cannot serve."""
    text = raw if isinstance(raw, str) else shown(raw)
    if name == "code" and not VALID_CODE.fullmatch(text):
        raise CellError(
            "Việc chuẩn hóa ô này đã bị từ chối nên mã giữ như trong tệp, mà mã phải có dạng 1.004850 hoặc "
            "1.004850.H01. Chọn lại chuẩn hóa hoặc sửa ô này."
        )
    if _UNSTORABLE.search(text):
        raise CellError(
            "Việc chuẩn hóa ô này đã bị từ chối nhưng ô có ký tự điều khiển không lưu được. "
            "Chọn lại chuẩn hóa hoặc gõ lại nội dung ô."
        )
    if name == "publishing_decision":
        return _limited([text], 200, "Số quyết định")[0]
    if name in {"executing_bodies", "sectors", "deciders"}:
        limit = {"sectors": 300, "deciders": 500}.get(name, 10_000)
        return _limited([line for line in text.split("\n") if line.strip()], limit, "Nội dung")
    return text
