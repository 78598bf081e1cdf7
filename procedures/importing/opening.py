"""What is looked at before a parser opens a workbook: kind, macros, size, and traps inside a sheet."""

import html
import posixpath
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings

from procedures.importing.refusals import ImportFileError

MAX_ROWS = 200_000
MAX_COLUMNS = 100
# Sheets this long have their width measured cell by cell: the reader takes memory for the whole rectangle.
_LONG = 20_000
_MAX_CELLS = 5_000_000
MAX_UNPACKED_BYTES = 400 * 1024 * 1024
MAX_COMPRESSION = 200
# Deflate cannot shrink more than about this, whatever the directory of the archive claims.
_DEFLATE_LIMIT = 1_032
_PIECE = 4 * 1024 * 1024
SAVE_AS_XLSX = "Mở tệp bằng Excel, chọn Lưu thành (Save As), kiểu Excel Workbook (*.xlsx), rồi tải lại"

# Column beyond CV, or row from 100,000: looked at closely, whether it holds anything.
# The first pattern finds all that the second would and is cheaper: most tables have less than 27 columns.
_MAYBE_FAR = re.compile(rb'r="[A-Z]?+(?:[A-Z]|\d{6})')
_FAR = re.compile(rb'r="(?:[A-Z]{3}|[D-Z][A-Z]|C[W-Z]|[A-Z]*\d{6})')
_FILLED = re.compile(rb'<(?:\w+:)?c\b[^>]*?\br="([A-Z]+)(\d+)"[^>/]*>(?!</)')
_FORMULA_BEGINS = re.compile(rb"<f")
_CONTENT = re.compile(rb"<(?:\w+:)?(?:v|is|f)\b")
_COLUMN = re.compile(rb'<(?:\w+:)?c r="([A-Z]+)')
_ROW = re.compile(rb"<(?:\w+:)?row\b([^>]*)>")
_NUMBER = re.compile(rb'\br="(\d+)"')
_HIDDEN = re.compile(rb'\bhidden="(?:1|true)"')
_FORMULA = re.compile(
    rb'<(?:\w+:)?c\b[^>]*?\br="([A-Z]+)(\d+)"([^>]*)>\s*'
    rb"<(?:\w+:)?f\b(?:[^>]*/>|[^>]*>([^<]*)</(?:\w+:)?f>)\s*(?:<(?:\w+:)?v[^>]*>([^<]*)</)?"
)
_ERROR = re.compile(
    rb'<(?:\w+:)?c\b([^>]*\bt="e"[^>]*)>(?:\s*<(?:\w+:)?f\b[^>]*>(?:[^<]*</(?:\w+:)?f>)?)?\s*<(?:\w+:)?v[^>]*>([^<]*)'
)
_PLACE = re.compile(rb'\br="([A-Z]+)(\d+)"')


@dataclass(slots=True)
class SheetFacts:
    """What the reader of cells does not tell.

    ``hidden``: numbers of hidden rows; by (row number, column index) ``uncalculated``: formulas without a result, and
    ``wrong``: results that are errors, #REF!, which the reader takes for blank cells.
    """

    hidden: set[int] = field(default_factory=set)
    uncalculated: dict[tuple[int, int], str] = field(default_factory=dict)
    wrong: dict[tuple[int, int], str] = field(default_factory=dict)


def encrypted(file_name: str) -> str:
    """The sentence for a file that asks for a password."""
    return f"Tệp {file_name} được đặt mật khẩu. Mở bằng Excel, bỏ mật khẩu mở tệp, lưu lại rồi tải lên."


def damaged(file_name: str) -> str:
    """The sentence for a file that breaks off or contradicts itself."""
    return f"Tệp {file_name} bị hỏng hoặc tải chưa trọn. Lấy lại tệp từ nguồn rồi tải lên."


def check_container(path: Path, file_name: str) -> None:
    """Look at the container before any parser opens it: size, kind, macros, zip bombs. Raises ImportFileError."""
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
            raise ImportFileError(encrypted(file_name))
        raise ImportFileError(f"Tệp {file_name} là Excel kiểu cũ (.xls), không phải .xlsx. {SAVE_AS_XLSX}.")
    if not start.startswith(b"PK"):
        raise ImportFileError(f"Tệp {file_name} không phải tệp Excel .xlsx (dù tên tệp ghi thế nào). {SAVE_AS_XLSX}.")
    try:
        with zipfile.ZipFile(path) as archive:
            _check_parts(archive, size, file_name)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, EOFError, zipfile.zlib.error):
        raise ImportFileError(damaged(file_name)) from None


def _check_parts(archive: zipfile.ZipFile, size: int, file_name: str) -> None:
    parts = archive.infolist()
    names = {part.filename for part in parts}
    if any(part.flag_bits & 1 for part in parts):
        raise ImportFileError(encrypted(file_name))
    if "xl/workbook.xml" not in names:
        raise ImportFileError(f"Tệp {file_name} không phải sổ làm việc Excel .xlsx. {SAVE_AS_XLSX}.")
    types = archive.read("[Content_Types].xml") if "[Content_Types].xml" in names else b""
    if any("vbaproject" in name.lower() for name in names) or b"macroEnabled" in types[:1_000_000]:
        raise ImportFileError(f"Tệp {file_name} có macro (.xlsm) nên không được nhận. {SAVE_AS_XLSX}.")
    unpacked = sum(part.file_size for part in parts)
    if unpacked > MAX_UNPACKED_BYTES or (unpacked > 10_000_000 and unpacked > MAX_COMPRESSION * size):
        raise ImportFileError(
            f"Tệp {file_name} giải nén ra {unpacked // 1024 // 1024} MB, không giống một danh mục TTHC. "
            "Chép riêng bảng danh mục sang một sổ làm việc mới rồi tải lại."
        )
    for part in parts:
        # The directory may understate what a part unpacks to; reading it through finds the lie.
        could_hide = part.compress_size * _DEFLATE_LIMIT > MAX_UNPACKED_BYTES
        if could_hide and part.filename.endswith(".xml") and "worksheets/" not in part.filename:
            with archive.open(part) as stream:
                while stream.read(_PIECE):
                    pass


def scan_sheet(path: Path, name: str, where: str) -> SheetFacts:
    """Read through the XML of sheet ``name``; raises ImportFileError where reading its cells would take too much.

    ``where`` begins the sentence: file and sheet.
    """
    facts = SheetFacts()
    rows, width, measured = 0, 0, False
    with zipfile.ZipFile(path) as archive:
        book = archive.read("xl/workbook.xml")
        part = _part_of(archive, book, name)
        if part is None:
            return facts
        # Writers that never calculate leave 0 as every result and ask Excel to calculate on opening.
        empty_results = {b"", b"0"} if re.search(rb'fullCalcOnLoad="(?:1|true)"', book) else {b""}
        prefixed = None
        for block in _blocks(archive, part, where):
            prefixed = b"<sheetData" not in block if prefixed is None else prefixed
            if not _CONTENT.search(block):
                continue  # rows that are only formatted
            if _MAYBE_FAR.search(block) and _FAR.search(block):
                _refuse_far(block, where)
            last = block.rfind(b"row ")
            if last >= 0 and (number := _NUMBER.search(block, last)):
                rows = max(rows, int(number[1]))
            if rows > _LONG and not measured:
                width = max(width, *(column_index(letters.decode()) + 1 for letters in set(_COLUMN.findall(block))), 0)
                if width * rows > _MAX_CELLS:
                    _refuse_large(archive, part, where)
                    measured = True
            if b'hidden="' in block:
                facts.hidden.update(
                    int(number[1])
                    for row in _ROW.finditer(block)
                    if _HIDDEN.search(row[1]) and (number := _NUMBER.search(row[1]))
                )
            if _FORMULA_BEGINS.search(block) or (prefixed and b":f" in block):
                _note_formulas(block, empty_results, facts)
            if b't="e"' in block:
                for attributes, result in _ERROR.findall(block):
                    if place := _PLACE.search(attributes):
                        facts.wrong[int(place[2]), column_index(place[1].decode())] = result.decode("utf-8", "replace")
    return facts


def _refuse_large(archive: zipfile.ZipFile, part: str, where: str) -> None:
    """Measure the rectangle that filled cells span, formatted empty ones aside; refuse it where it is too large."""
    rows, width = 0, 0
    for block in _blocks(archive, part, where):
        if cells := _filled(block):
            rows = max(rows, int(cells[-1][1]))
            width = max(width, *(column_index(letters.decode()) + 1 for letters in {cell[0] for cell in cells}))
        if rows * width > _MAX_CELLS:
            raise _too_large(where, 1)


def _too_large(where: str, recognised: int) -> ImportFileError:
    return ImportFileError(
        f"{where} có hơn 200.000 dòng hoặc quá nhiều ô. Xóa các dòng, cột thừa ở cuối bảng hoặc tách tệp rồi tải lại.",
        recognised,
    )


def _filled(block: bytes) -> list[tuple[bytes, bytes]]:
    """(column letters, row number) of the cells that hold something, formatted empty ones aside."""
    return _FILLED.findall(block) if _CONTENT.search(block) else []


def _refuse_far(block: bytes, where: str) -> None:
    """Refuse a filled cell far from the table: the reader would take memory for all that lies between."""
    for letters, number in _filled(block):
        if int(number) > MAX_ROWS:
            raise ImportFileError(
                f"{where} có hơn 200.000 dòng (còn ô có dữ liệu ở dòng {int(number)}). "
                "Xóa các dòng thừa ở cuối bảng hoặc tách tệp rồi tải lại.",
                1,
            )
        if column_index(letters.decode()) >= MAX_COLUMNS:
            raise ImportFileError(
                f"{where} có dữ liệu tới cột {letters.decode()}, quá {MAX_COLUMNS} cột. "
                "Xóa các cột thừa bên phải bảng rồi tải lại.",
                1,
            )


def _note_formulas(block: bytes, empty_results: set[bytes], facts: SheetFacts) -> None:
    for letters, number, attributes, formula, result in _FORMULA.findall(block):
        # A text formula may well have an empty text as its result.
        if result in empty_results and b't="str"' not in attributes and b't="s"' not in attributes:
            place = (int(number), column_index(letters.decode()))
            facts.uncalculated[place] = "=" + html.unescape(formula.decode("utf-8", "replace"))


def _blocks(archive: zipfile.ZipFile, part: str, where: str) -> Iterator[bytes]:
    """The sheet's XML in pieces that end between rows."""
    rest = b""
    with archive.open(part) as stream:
        while piece := stream.read(_PIECE):
            block = rest + piece
            cut = max(block.rfind(b"<row"), block.rfind(b":row "))
            if cut <= 0:
                if len(block) > 8 * _PIECE:
                    raise _too_large(where, 0)
                rest = block
                continue
            yield block[:cut]
            rest = block[cut:]
    yield rest


def _part_of(archive: zipfile.ZipFile, book: bytes, name: str) -> str | None:
    """The path inside the archive of the sheet called ``name``."""
    for tag in re.findall(rb"<(?:\w+:)?sheet\b[^>]*>", book):
        attributes = dict(re.findall(r'([\w:]+)="([^"]*)"', tag.decode("utf-8", "replace")))
        if html.unescape(attributes.get("name", "")) == name:
            wanted = next((value for key, value in attributes.items() if key.endswith(":id")), None)
            break
    else:
        return None
    names = set(archive.namelist())
    if "xl/_rels/workbook.xml.rels" not in names:
        return None
    for tag in re.findall(rb"<(?:\w+:)?Relationship\b[^>]*>", archive.read("xl/_rels/workbook.xml.rels")):
        attributes = dict(re.findall(r'(\w+)="([^"]*)"', tag.decode("utf-8", "replace")))
        if attributes.get("Id") == wanted:
            part = posixpath.normpath(posixpath.join("xl", attributes.get("Target", ""))).lstrip("/")
            return part if part in names else None
    return None


def column_letter(index: int) -> str:
    """0 → A, 26 → AA."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def column_index(letters: str) -> int:
    """A → 0, AA → 26."""
    index = 0
    for letter in letters:
        index = index * 26 + ord(letter) - 64
    return index - 1
