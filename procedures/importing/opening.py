"""What is looked at before a parser opens a workbook: kind, macros, size, and traps inside a sheet."""

import html
import posixpath
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO
from xml.parsers import expat

from django.conf import settings

from procedures.importing.extent import column_index, is_narrow, is_short, measure, too_large
from procedures.importing.refusals import ImportFileError

MAX_UNPACKED_BYTES = 400 * 1024 * 1024
MAX_COMPRESSION = 200
# Deflate cannot shrink more than about this, whatever the directory of the archive claims.
_DEFLATE_LIMIT = 1_032
# Small enough for the processor's own memory, where looking through it again and again is quick.
_PIECE = 256 * 1024
_LONGEST_ROW = 32 * 1024 * 1024
SAVE_AS_XLSX = "Mở tệp bằng Excel, chọn Lưu thành (Save As), kiểu Excel Workbook (*.xlsx), rồi tải lại"

_BOOK = "xl/workbook.xml"

# Letters and signs that hardly occur in Vietnamese text are looked for first, which costs next to nothing.
_FORMULA_BEGINS = re.compile(rb"f(?<=<f)")
_CONTENT = re.compile(rb"<(?:[^\s<>/:]+:)?(?:v|is|f)\b")
_ROW = re.compile(rb"<(?:\w+:)?row\b([^>]*)>")
_NUMBER = re.compile(rb'\br="(\d+)"')
# Begins with one letter: that is searched for twice as fast as a word.
_HIDES = re.compile(rb'd(?<=hidd)en="')
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
    if len({name.lower() for name in names}) < len(parts):
        # Which of two parts of one name is read differs from reader to reader.
        raise ImportFileError(damaged(file_name))
    if _BOOK not in names:
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


def check_reach(path: Path, name: str, where: str) -> None:
    """Read through the XML of sheet ``name``; raises ImportFileError where reading its cells would take too much.

    ``where`` begins the sentence: file and sheet. Raises ValueError where the sheet is not to be found.
    """
    with zipfile.ZipFile(path) as archive:
        part = _part_of(archive, archive.read(_BOOK), name)
        with archive.open(part) as stream:
            narrow = _all_read(map(is_narrow, _blocks(stream, where)))
        # What needs a second look takes a second reading.
        if not narrow:
            with archive.open(part) as stream:
                narrow = all(map(is_short, _blocks(stream, where)))
        if not narrow:
            with archive.open(part) as stream:
                measure(_pieces(stream), where)


def check_only_sheet(path: Path, where: Callable[[str], str]) -> str:
    """:func:`check_reach` of the sheet of a workbook that has but one, and its name; "" of other workbooks.

    ``where`` makes the beginning of a sentence from the name.
    """
    with zipfile.ZipFile(path) as archive:
        names = [tag.get("name", "") for tag in _elements(archive.read(_BOOK), "sheet")]
    if len(names) != 1:
        return ""
    check_reach(path, names[0], where(names[0]))
    return names[0]


def facts_of_sheet(path: Path, name: str) -> SheetFacts:
    """What the reader does not tell of sheet ``name``, whose reach was checked; needs no more than a piece of it."""
    facts, prefixed = SheetFacts(), None
    with zipfile.ZipFile(path) as archive:
        book = archive.read(_BOOK)
        # Writers that never calculate leave 0 as every result and ask Excel to calculate on opening.
        empty_results = {b"", b"0"} if re.search(rb'fullCalcOnLoad="(?:1|true)"', book) else {b""}
        with archive.open(_part_of(archive, book, name)) as stream:
            for block in _blocks(stream, name):
                prefixed = b"<sheetData" not in block if prefixed is None else prefixed
                if _CONTENT.search(block):  # other rows are only formatted
                    _note_facts(block, prefixed, empty_results, facts)
    return facts


def _note_facts(block: bytes, prefixed: bool, empty_results: set[bytes], facts: SheetFacts) -> None:
    if _HIDES.search(block):
        facts.hidden.update(
            int(number[1])
            for row in _ROW.finditer(block)
            if _HIDDEN.search(row[1]) and (number := _NUMBER.search(row[1]))
        )
    if b"f" in block and (_FORMULA_BEGINS.search(block) or (prefixed and b":f" in block)):
        _note_formulas(block, empty_results, facts)
    # Every error begins with this sign: #REF!, #N/A.
    if b"#" in block and b't="e"' in block:
        for attributes, result in _ERROR.findall(block):
            if place := _PLACE.search(attributes):
                facts.wrong[int(place[2]), column_index(place[1].decode())] = result.decode("utf-8", "replace")


def _note_formulas(block: bytes, empty_results: set[bytes], facts: SheetFacts) -> None:
    for letters, number, attributes, formula, result in _FORMULA.findall(block):
        # A text formula may well have an empty text as its result.
        if result in empty_results and b't="str"' not in attributes and b't="s"' not in attributes:
            place = (int(number), column_index(letters.decode()))
            facts.uncalculated[place] = "=" + html.unescape(formula.decode("utf-8", "replace"))


def _all_read(answers: Iterable[bool]) -> bool:
    """Whether all are true; the last is waited for, because only a part read to its end has its check sum verified."""
    return sum(not answer for answer in answers) == 0


def _pieces(stream: IO[bytes]) -> Iterator[bytes]:
    """The sheet's XML as it unpacks."""
    while piece := stream.read(_PIECE):
        yield piece


def _blocks(stream: IO[bytes], where: str) -> Iterator[bytes]:
    """The sheet's XML in pieces that end between rows."""
    rest = b""
    for piece in _pieces(stream):
        block = rest + piece
        cut = block.rfind(b"<row")
        if cut <= 0:  # looked for only then: what is not there is sought through the whole block
            cut = block.rfind(b":row ")
        if cut <= 0:
            if len(block) > _LONGEST_ROW:
                raise too_large(where, 0)
            rest = block
            continue
        yield block[:cut]
        rest = block[cut:]
    yield rest


def _part_of(archive: zipfile.ZipFile, book: bytes, name: str) -> str:
    """The path inside the archive of the sheet called ``name``; raises ValueError where there is none."""
    sheets = [tag for tag in _elements(book, "sheet") if tag.get("name") == name]
    if not sheets:
        raise ValueError(f"No sheet is called {name}.")
    wanted = next((value for key, value in sheets[0].items() if key.endswith(":id")), None)
    names = {part.lower(): part for part in archive.namelist()}
    for tag in _elements(archive.read("xl/_rels/workbook.xml.rels"), "Relationship"):
        if tag.get("Id") == wanted:
            part = posixpath.normpath(posixpath.join("xl", tag.get("Target", ""))).lstrip("/")
            return names[part.lower()]
    raise ValueError(f"Sheet {name} has no part.")


def _elements(xml: bytes, name: str) -> list[dict[str, str]]:
    """The attributes of all elements ``name``, whatever their prefix."""
    found = []

    def begin(tag: str, attributes: dict[str, str]) -> None:
        if tag.rpartition(":")[2] == name:
            found.append(attributes)

    parser = expat.ParserCreate()
    parser.StartElementHandler = begin
    parser.Parse(xml, True)
    return found
