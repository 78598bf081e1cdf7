"""From a workbook to rows: the header found by its labels, refusals in one sentence that says what to do."""

import re
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings
from python_calamine import CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum

from tthc_portal.text import fold, one_line

HEADER_WITHIN = 30
MAX_ROWS = 200_000
MAX_UNPACKED_BYTES = 500 * 1024 * 1024
MAX_COMPRESSION = 200
_SAVE_AS_XLSX = "Mở tệp bằng Excel, chọn Lưu thành (Save As), kiểu Excel Workbook (*.xlsx), rồi tải lại"

# What a column may be called in the layouts met so far, letters and digits of the folded label only.
_LABELS = {
    "code": "maso matthc mathutuc mathutuchanhchinh masotthc masothutuc masothutuchanhchinh",
    "name": "ten tentthc tenthutuc tenthutuchanhchinh",
    "publisher": "coquanbanhanh coquancongkhai coquancongbo coquanbanhanhtthc",
    "executing_bodies": "coquanthuchien coquanthuchientthc",
    "sectors": "linhvuc linhvuctthc tenlinhvuc linhvucthuchien",
    "execution_levels": "capthuchien capthuchientthc",
    "deciders": "coquancothamquyen coquancothamquyenquyetdinh thamquyenquyetdinh thamquyengiaiquyet "
    "coquancothamquyengiaiquyet coquanthamquyen",
    "legal_ground": "cancuphaply",
    "publishing_decision": "qdcongbo soquyetdinh soqd soqdcongbo quyetdinhcongbo soquyetdinhcongbo",
    "published_on": "ngaycongbo ngayquyetdinh ngayqd ngaybanhanh",
    "subjects": "doituongthuchien doituong",
    "status": "tinhtrang trangthai",
}
FIELD_OF_LABEL = {label: name for name, labels in _LABELS.items() for label in labels.split()}
REQUIRED = {"code": "Mã TTHC", "name": "Tên TTHC", "publisher": "Cơ quan ban hành"}


class ImportFileError(Exception):
    """The file cannot be read as a catalogue; the message is one Vietnamese sentence: file, what, remedy."""


@dataclass(slots=True)
class SheetTable:
    """The part of a workbook that matters.

    ``columns``: field → (index, label as written); ``rows``: (row number as Excel shows it,
    cells), blank rows left out.
    """

    file_name: str
    sheet: str
    header_row: int
    columns: dict[str, tuple[int, str]]
    unknown_columns: list[str] = field(default_factory=list)
    rows: list[tuple[int, list]] = field(default_factory=list)

    def label(self, name: str) -> str:
        """How the file calls the column of field ``name``."""
        return self.columns[name][1] if name in self.columns else REQUIRED.get(name, name)


def read_table(path, file_name: str = "", sheet: str | None = None) -> SheetTable:
    """The catalogue table of the workbook at ``path``; raises :class:`ImportFileError`.

    ``sheet`` is needed only when several sheets have a catalogue's header.
    """
    path = Path(path)
    file_name = file_name or path.name
    _refuse_unsafe(path, file_name)
    try:
        with CalamineWorkbook.from_path(str(path)) as book:
            return _choose_table(book, file_name, sheet)
    except PasswordError:
        raise ImportFileError(_encrypted(file_name)) from None
    except ImportFileError:
        raise
    except BaseException as error:
        # A panic of the Rust reader is not an Exception; anything else that is not one must pass.
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
            raise
        raise ImportFileError(f"Tệp {file_name} bị hỏng, không đọc được nội dung. {_SAVE_AS_XLSX}.") from error


def _encrypted(file_name: str) -> str:
    return f"Tệp {file_name} được đặt mật khẩu. Mở bằng Excel, bỏ mật khẩu mở tệp, lưu lại rồi tải lên."


def _refuse_unsafe(path: Path, file_name: str) -> None:
    """Look at the container before any parser opens it: size, kind, macros, zip bombs."""
    try:
        size = path.stat().st_size
        with path.open("rb") as stream:
            start = stream.read(8)
            rest = stream.read(4_000_000) if start == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" else b""
    except OSError as error:
        raise ImportFileError(
            f"Không mở được tệp {file_name} ({error.strerror}). Kiểm tra đường dẫn rồi thử lại."
        ) from None
    limit = settings.UPLOAD_LIMIT_BYTES
    if size == 0:
        raise ImportFileError(f"Tệp {file_name} trống (0 byte). Xuất lại tệp từ hệ thống nguồn rồi tải lên.")
    if size > limit:
        raise ImportFileError(
            f"Tệp {file_name} nặng {size / 1024 / 1024:.0f} MB, quá giới hạn {limit // 1024 // 1024} MB. "
            "Tách thành nhiều tệp hoặc xóa hình ảnh, trang tính thừa rồi tải lại."
        )
    if rest:
        if "EncryptedPackage".encode("utf-16-le") in rest:
            raise ImportFileError(_encrypted(file_name))
        raise ImportFileError(f"Tệp {file_name} là Excel kiểu cũ (.xls), không phải .xlsx. {_SAVE_AS_XLSX}.")
    if not start.startswith(b"PK"):
        raise ImportFileError(f"Tệp {file_name} không phải tệp Excel .xlsx (dù tên tệp ghi thế nào). {_SAVE_AS_XLSX}.")
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        raise ImportFileError(
            f"Tệp {file_name} bị hỏng hoặc tải chưa trọn. Lấy lại tệp từ nguồn rồi tải lên."
        ) from None
    names = {part.filename for part in parts}
    if any(part.flag_bits & 1 for part in parts):
        raise ImportFileError(_encrypted(file_name))
    if "xl/workbook.xml" not in names:
        raise ImportFileError(f"Tệp {file_name} không phải sổ làm việc Excel .xlsx. {_SAVE_AS_XLSX}.")
    if any("vbaproject" in name.lower() for name in names):
        raise ImportFileError(f"Tệp {file_name} có macro (.xlsm) nên không được nhận. {_SAVE_AS_XLSX}.")
    unpacked = sum(part.file_size for part in parts)
    if unpacked > MAX_UNPACKED_BYTES or (unpacked > 10_000_000 and unpacked > MAX_COMPRESSION * size):
        raise ImportFileError(
            f"Tệp {file_name} giải nén ra {unpacked // 1024 // 1024} MB, không giống một danh mục TTHC. "
            "Chép riêng bảng danh mục sang một sổ làm việc mới rồi tải lại."
        )


def _choose_table(book: CalamineWorkbook, file_name: str, wanted: str | None) -> SheetTable:
    """The table of the wanted sheet, or of the only visible sheet that has a catalogue's header."""
    sheets = [meta for meta in book.sheets_metadata if meta.typ == SheetTypeEnum.WorkSheet]
    if wanted:
        names = [meta.name for meta in sheets if fold(meta.name) == fold(wanted)]
        if not names:
            listed = ", ".join(f"“{meta.name}”" for meta in sheets)
            raise ImportFileError(f"Tệp {file_name} không có trang tính “{wanted}”. Chọn một trong: {listed}.")
    else:
        names = [meta.name for meta in sheets if meta.visible == SheetVisibleEnum.Visible]
    tables, refusals = [], []
    for name in names:
        try:
            tables.append(_read_sheet(book, file_name, name))
        except ImportFileError as error:
            refusals.append(error)
    if len(tables) > 1:
        listed = ", ".join(f"“{table.sheet}”" for table in tables)
        raise ImportFileError(
            f"Tệp {file_name} có {len(tables)} trang tính danh mục: {listed}. Chọn một trang tính để nhập."
        )
    if tables:
        return tables[0]
    if not refusals:
        raise ImportFileError(f"Tệp {file_name} không có trang tính nào hiển thị. Bỏ ẩn trang danh mục rồi tải lại.")
    # Sheets without a catalogue say the least; a sheet that has most of a header says what it lacks.
    raise max(refusals, key=lambda error: getattr(error, "recognised", 0))


def _refusal(message: str, recognised: int = 0) -> ImportFileError:
    """An error that remembers how much of a header was there."""
    error = ImportFileError(message)
    error.recognised = recognised
    return error


def _read_sheet(book: CalamineWorkbook, file_name: str, name: str) -> SheetTable:
    """The table of one sheet."""
    sheet = book.get_sheet_by_name(name)
    if sheet.start is None or sheet.height == 0:
        raise _refusal(f"Tệp {file_name}, trang tính “{name}” không có dữ liệu. Kiểm tra lại tệp rồi tải lên.")
    if sheet.end[0] - sheet.start[0] > MAX_ROWS + HEADER_WITHIN:
        raise _refusal(
            f"Tệp {file_name}, trang tính “{name}” có hơn 200.000 dòng. "
            "Xóa các dòng thừa ở cuối bảng hoặc tách tệp rồi tải lại.",
            1,
        )
    matrix = sheet.to_python(skip_empty_area=False)
    header_row, columns, unknown = _find_header(matrix[:HEADER_WITHIN], file_name, name)
    indexes = [index for index, _ in columns.values()]
    rows = [
        (number, row)
        for number, row in enumerate(matrix[header_row:], start=header_row + 1)
        if any(row[index] != "" and not (isinstance(row[index], str) and row[index].isspace()) for index in indexes)
    ]
    if not rows:
        raise _refusal(
            f"Tệp {file_name}, trang tính “{name}” chỉ có dòng tiêu đề (dòng {header_row}), không có thủ tục nào. "
            "Kiểm tra lại bộ lọc khi xuất tệp.",
            len(columns),
        )
    return SheetTable(file_name, name, header_row, columns, unknown, rows)


def _field_of(cell) -> str | None:
    """The field that a header cell names."""
    if not isinstance(cell, str) or not cell or len(cell) > 80:
        return None
    return FIELD_OF_LABEL.get(re.sub(r"[^a-z0-9]", "", fold(cell)))


def _find_header(top: list[list], file_name: str, sheet: str) -> tuple[int, dict[str, tuple[int, str]], list[str]]:
    """(row number, columns, labels not recognised) of the header among the first rows."""
    where = f"Tệp {file_name}, trang tính “{sheet}”"
    found = []
    for number, row in enumerate(top, start=1):
        fields = [(name, index) for index, cell in enumerate(row) if (name := _field_of(cell))]
        if len({name for name, _ in fields}) >= 2:
            found.append((number, row, fields))
    complete = [item for item in found if REQUIRED.keys() <= {name for name, _ in item[2]}]
    if len(complete) > 1:
        numbers = " và ".join(str(number) for number, _, _ in complete[:2])
        raise _refusal(
            f"{where} có hai dòng đều giống dòng tiêu đề: dòng {numbers}. Xóa bớt một dòng rồi tải lại.", len(REQUIRED)
        )
    if not complete:
        wanted = ", ".join(f"“{label}”" for label in REQUIRED.values())
        if not found:
            raise _refusal(
                f"{where} không có dòng tiêu đề trong {HEADER_WITHIN} dòng đầu. Bảng phải có các cột {wanted}."
            )
        number, row, fields = max(found, key=lambda item: len(item[2]))
        lacking = ", ".join(f"“{label}”" for name, label in REQUIRED.items() if name not in {f for f, _ in fields})
        seen = ", ".join(f"“{one_line(str(cell))}”" for cell in row if cell != "")
        raise _refusal(
            f"{where} thiếu cột {lacking}; dòng {number} được đọc là dòng tiêu đề ({seen}). "
            "Thêm cột còn thiếu hoặc sửa tên cột rồi tải lại.",
            len(fields),
        )
    number, row, fields = complete[0]
    columns: dict[str, tuple[int, str]] = {}
    for name, index in fields:
        label = one_line(row[index])
        if name in columns:
            first = f"“{columns[name][1]}” (cột {column_letter(columns[name][0])})"
            second = f"“{label}” (cột {column_letter(index)})"
            raise _refusal(
                f"{where}, dòng tiêu đề {number} có hai cột cùng nghĩa: {first} và {second}. "
                "Xóa bớt một cột rồi tải lại.",
                len(fields),
            )
        columns[name] = (index, label)
    used = {index for index, _ in columns.values()}
    unknown = [one_line(str(cell)) for index, cell in enumerate(row) if index not in used and str(cell).strip()]
    return number, columns, unknown


def column_letter(index: int) -> str:
    """0 → A, 26 → AA."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
